//! One connection of an application.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::ops::ControlFlow;
use std::time::Duration;

use rustix::event::PollFlags;
use socket2::Socket;

use crate::script::App;
use crate::stream;

/// From one portion of the steady sender to the next.
const INTERVAL: Duration = Duration::from_millis(30);
/// The octets of one portion: more than schedulers that fill one subflow before they turn to the
/// next give to one, so that all of them carry data.
const PORTION: u32 = 80_000;
/// What an echo holds back at most before it stops reading, in octets.
const BUFFER: usize = 1 << 16;

pub(super) struct Connection {
    socket: Socket,
    app: App,
    /// What was written but not taken by the socket yet.
    outgoing: VecDeque<u8>,
    /// How many octets of the pattern were written.
    written: u64,
    /// When the steady sender sends next.
    next: Duration,
    /// It has read the end of the stream.
    ended: bool,
    /// It has nothing more to say once what is outgoing is gone, and then that it has said it.
    closing: bool,
    shut: bool,
}

/// Whether something isn't done yet, but goes on by itself.
pub(super) fn is_pending(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
        || error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error())
}

impl Connection {
    pub(super) fn new(socket: Socket, app: App, now: Duration) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        // What an application writes leaves at once.
        socket.set_tcp_nodelay(true)?;
        Ok(Self {
            socket,
            app,
            outgoing: VecDeque::new(),
            written: 0,
            next: now,
            ended: false,
            closing: false,
            shut: false,
        })
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// What it waits for from the socket.
    pub(super) fn interest(&self) -> PollFlags {
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, self.reads());
        flags.set(PollFlags::OUT, !self.outgoing.is_empty());
        flags
    }

    fn reads(&self) -> bool {
        !self.ended && (self.app != App::Echo || self.outgoing.len() < BUFFER)
    }

    /// When it next does something of itself.
    pub(super) fn due(&self) -> Option<Duration> {
        let steady = self.app == App::Source && !self.closing;
        (steady && self.outgoing.is_empty()).then_some(self.next)
    }

    /// Writes further octets of the pattern.
    pub(super) fn write(&mut self, octets: u32) {
        self.outgoing.extend(stream::octets(self.written, octets as usize));
        self.written += u64::from(octets);
    }

    /// Closes it in an orderly way, once everything is said.
    pub(super) fn close(&mut self) {
        self.closing = true;
    }

    /// Forgets it, and lets the other end know.
    pub(super) fn abort(self) {
        drop(self.socket.set_linger(Some(Duration::ZERO)));
    }

    /// Does what can be done without waiting, until it is over.
    pub(super) fn work(&mut self, now: Duration) -> ControlFlow<()> {
        if self.due().is_some_and(|due| due <= now) {
            // What there was no room for isn't made up for.
            self.next = now + INTERVAL;
            self.write(PORTION);
        }
        let done = self.read().and_then(|()| self.flush());
        match done {
            Ok(()) if self.shut && self.ended => ControlFlow::Break(()),
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn read(&mut self) -> io::Result<()> {
        let mut octets = [0; 4096];
        while self.reads() {
            match self.socket.read(&mut octets) {
                Ok(0) => {
                    self.ended = true;
                    self.closing = true;
                }
                Ok(count) if self.app == App::Echo => {
                    self.outgoing.extend(octets.get(..count).unwrap_or_default());
                }
                Ok(_) => {}
                Err(error) if is_pending(&error) || not_connected(&error) => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        while !self.outgoing.is_empty() {
            let (front, _) = self.outgoing.as_slices();
            match self.socket.write(front) {
                Ok(count) => drop(self.outgoing.drain(..count)),
                Err(error) if is_pending(&error) || not_connected(&error) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.closing && !self.shut {
            self.shut = true;
            self.socket.shutdown(Shutdown::Write)?;
        }
        Ok(())
    }
}

/// Whether a connection is still being opened.
fn not_connected(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotConnected
}
