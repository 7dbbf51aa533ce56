//! The applications of the host: one echoes, one reads, one sends steadily.

use std::time::Duration;

use super::data::Outgoing;
use super::tcp::BUFFER;
use crate::script::App;
use crate::stream;

/// From one segment of the steady sender to the next.
const INTERVAL: Duration = Duration::from_millis(5);
/// The most octets of one of its segments.
const PORTION: usize = 500;

/// An application and where it stands.
#[derive(Debug)]
pub(super) struct Application {
    app: App,
    /// It has read the end of the stream, or was told to stop.
    ended: bool,
    /// When the steady sender sends next, once the connection is established.
    next: Option<Duration>,
}

impl Application {
    pub(super) fn new(app: App) -> Self {
        Self { app, ended: false, next: None }
    }

    /// The connection is established.
    pub(super) fn start(&mut self, now: Duration) {
        if self.is_steady() && self.next.is_none() {
            self.next = Some(now);
        }
    }

    /// Whether it sends of itself.
    pub(super) fn is_steady(&self) -> bool {
        self.app == App::Source && !self.ended
    }

    /// Whether it will write no more.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Takes octets that came in.
    pub(super) fn read(&mut self, outgoing: &mut Outgoing, octets: &[u8]) {
        if self.app == App::Echo && !self.ended {
            outgoing.write(octets);
        }
    }

    /// Octets that it can't take in, for want of room for what it says to them.
    pub(super) fn unread(&self, outgoing: &Outgoing) -> usize {
        if self.app == App::Echo { outgoing.unsent().min(BUFFER as usize) } else { 0 }
    }

    /// Writes what the operator wants.
    pub(super) fn write(outgoing: &mut Outgoing, octets: u32) {
        outgoing.write(&stream::octets(outgoing.written(), octets as usize));
    }

    /// The other end, or the operator, has closed the connection.
    pub(super) fn stop(&mut self) {
        self.ended = true;
        self.next = None;
    }

    /// When it next does something of itself.
    pub(super) fn next_wake(&self) -> Option<Duration> {
        self.next
    }

    /// Does what is due; segments have room for so many octets.
    pub(super) fn tick(&mut self, now: Duration, outgoing: &mut Outgoing, limit: Option<u32>) {
        let (Some(next), Some(limit)) = (self.next, limit) else { return };
        if next > now {
            return;
        }
        // What there was no room for isn't made up for.
        let due = next + INTERVAL;
        self.next = Some(if due > now { due } else { now + INTERVAL });
        if outgoing.unsent() == 0 {
            let portion = PORTION.min(limit as usize);
            outgoing.write(&stream::octets(outgoing.written(), portion));
        }
    }
}
