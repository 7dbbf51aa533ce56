//! The applications of a target that is a real host: one echoes, one reads, one sends steadily, all
//! over MPTCP sockets of that host. They can be given orders, a line each, and say how each went.
//!
//! They do as little as they can to the traffic: no socket option but the one for small segments.

mod connection;

use std::io::{self, BufRead, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::{Domain, Protocol, Socket, Type};

use crate::clock::Stopwatch;
use crate::orders::{self, Line};
use crate::script::{App, Order};
use crate::testbed::Ports;
use connection::Connection;

/// Connections that wait to be accepted, the most at once.
const BACKLOG: i32 = 1024;
/// What is said once all ports are open.
pub const READY: &str = "ready";

/// Serves on these ports of all addresses of the host until `input` ends; where nobody gives orders
/// `input` is nothing, and it is for ever.
///
/// # Errors
///
/// When a port can't be had, or `output` takes no more lines; the sentence says which.
pub fn serve(
    ports: Ports,
    input: Option<impl BufRead + Send + 'static>,
    output: &mut impl Write,
) -> Result<(), String> {
    let mut listeners = Vec::new();
    for app in App::ALL {
        let Some(port) = ports.of(app) else { continue };
        for any in [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)] {
            let listener = listen(SocketAddr::new(any, port)).map_err(|error| {
                format!("port {port} of {any} can't be listened on: {error}; choose another port")
            })?;
            listeners.push((app, listener));
        }
    }
    let gone = |error: io::Error| format!("nobody takes the answers: {error}");
    writeln!(output, "{READY}").and_then(|()| output.flush()).map_err(gone)?;
    let broken = |error: io::Error| format!("orders can't be waited for: {error}");
    let (wake, lines) = match input {
        Some(input) => read(input).map(|(wake, lines)| (Some(wake), Some(lines))),
        None => Ok((None, None)),
    }
    .map_err(broken)?;
    let mut host =
        Host { listeners, connections: Vec::new(), ports: 0..=u16::MAX, clock: Stopwatch::start() };
    loop {
        host.wait(wake.as_ref());
        if let (Some(wake), Some(lines)) = (&wake, &lines) {
            let ended = drain(wake);
            while let Ok(line) = lines.try_recv() {
                let answer = orders::answer(line.parse().and_then(|line| host.obey(&line)));
                writeln!(output, "{answer}").and_then(|()| output.flush()).map_err(gone)?;
            }
            if ended {
                return Ok(());
            }
        }
        host.work();
    }
}

/// Reads orders on a thread of its own; there is something to read on the stream whenever there is
/// one, and its end when there are no more.
fn read(input: impl BufRead + Send + 'static) -> io::Result<(UnixStream, Receiver<String>)> {
    let (here, mut there) = UnixStream::pair()?;
    here.set_nonblocking(true)?;
    let (send, orders) = mpsc::channel();
    std::thread::spawn(move || {
        for line in input.lines().map_while(Result::ok) {
            if send.send(line).is_err() || there.write_all(&[0]).is_err() {
                return;
            }
        }
    });
    Ok((here, orders))
}

/// Takes what there is to read; whether it was the end.
fn drain(mut stream: &UnixStream) -> bool {
    let mut octets = [0; 64];
    loop {
        match io::Read::read(&mut stream, &mut octets) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

/// An MPTCP socket of a version of IP.
fn socket(domain: Domain) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::MPTCP)).map_err(|error| {
        let why = format!("this host has no MPTCP ({error}): look at sysctl net.mptcp.enabled");
        io::Error::new(error.kind(), why)
    })?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn listen(at: SocketAddr) -> io::Result<Socket> {
    let listener = socket(Domain::for_address(at))?;
    if at.is_ipv6() {
        listener.set_only_v6(true)?;
    }
    listener.set_reuse_address(true)?;
    listener.bind(&at.into())?;
    listener.listen(BACKLOG)?;
    Ok(listener)
}

/// All that the applications have open.
struct Host {
    listeners: Vec<(App, Socket)>,
    /// In the order in which they were opened or accepted; those that ended leave their place.
    connections: Vec<Option<Connection>>,
    /// Where the connections of this play come from. Others are left of the one before, which was
    /// over before they were accepted.
    ports: RangeInclusive<u16>,
    clock: Stopwatch,
}

impl Host {
    /// Waits until there is something to do.
    fn wait(&self, wake: Option<&UnixStream>) {
        let now = self.clock.elapsed();
        let mut waits: Vec<PollFd<'_>> = Vec::new();
        waits.extend(wake.map(|wake| PollFd::from_borrowed_fd(wake.as_fd(), PollFlags::IN)));
        let listeners = self.listeners.iter();
        waits
            .extend(listeners.map(|(_, own)| PollFd::from_borrowed_fd(own.as_fd(), PollFlags::IN)));
        let mut due: Option<Duration> = None;
        for connection in self.connections.iter().flatten() {
            waits
                .push(PollFd::from_borrowed_fd(connection.socket().as_fd(), connection.interest()));
            due = [due, connection.due()].into_iter().flatten().min();
        }
        let rest = due.map(|due| due.saturating_sub(now));
        let rest = rest.and_then(|rest| Timespec::try_from(rest).ok());
        // Interrupted or not, everything is looked at.
        let _ready = poll(&mut waits, rest.as_ref());
    }

    /// Does what can be done without waiting.
    fn work(&mut self) {
        let now = self.clock.elapsed();
        for (app, listener) in &self.listeners {
            while let Ok((socket, from)) = listener.accept() {
                let port = from.as_socket().map(|from| from.port());
                let meant = port.is_none_or(|port| self.ports.contains(&port));
                let connection = Connection::new(socket, *app, now);
                match connection {
                    Ok(late) if !meant => late.abort(),
                    connection => self.connections.push(connection.ok()),
                }
            }
        }
        for place in &mut self.connections {
            if place.as_mut().is_some_and(|connection| connection.work(now).is_break()) {
                *place = None;
            }
        }
    }

    fn obey(&mut self, line: &Line) -> Result<(), String> {
        let now = self.clock.elapsed();
        let order = match line {
            Line::Play { ports, .. } => {
                self.ports = ports.clone();
                for connection in self.connections.drain(..).flatten() {
                    connection.abort();
                }
                return Ok(());
            }
            Line::Order(order) => order,
        };
        let conn = match *order {
            Order::Connect { app, to } => {
                let to = SocketAddr::new(to.addr, to.port);
                let socket = socket(Domain::for_address(to)).map_err(|error| error.to_string())?;
                match socket.connect(&to.into()) {
                    Err(error) if !connection::is_pending(&error) => return Err(error.to_string()),
                    _ => {}
                }
                let connection =
                    Connection::new(socket, app, now).map_err(|error| error.to_string())?;
                self.connections.push(Some(connection));
                return Ok(());
            }
            Order::Write { conn, .. } | Order::Close(conn) | Order::Abort(conn) => conn,
            _ => return Err("that is nothing for an application".to_owned()),
        };
        // What was connected meanwhile counts.
        self.work();
        let place = self.connections.get_mut(usize::from(conn));
        let connection = place.and_then(Option::take);
        let Some(mut connection) = connection else {
            return Err(format!("there is no connection {conn}"));
        };
        match *order {
            Order::Abort(_) => {
                connection.abort();
                return Ok(());
            }
            Order::Write { octets, .. } => connection.write(octets),
            _ => connection.close(),
        }
        if connection.work(now).is_continue()
            && let Some(place) = self.connections.get_mut(usize::from(conn))
        {
            *place = Some(connection);
        }
        Ok(())
    }
}
