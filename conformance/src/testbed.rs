//! A target on a link, and the time that passes there: all that a case needs of the world.

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use mpdissect::wire::tcp::Endpoint;
use serde::Deserialize;

use crate::script::{App, Order};

pub mod impair;
pub mod memory;
pub mod peers;
pub mod wire;

/// A target that can be sent packets and given orders.
pub trait Testbed {
    /// The time since the testbed was made.
    fn now(&self) -> Duration;

    /// Sends an IP packet to the target.
    ///
    /// # Errors
    ///
    /// When the link doesn't take it.
    fn send(&mut self, packet: &[u8]) -> Result<(), Trouble>;

    /// The next IP packet for the tester, or `None` once `until` has come without one.
    ///
    /// # Errors
    ///
    /// When the link is broken.
    fn receive(&mut self, until: Duration) -> Result<Option<Vec<u8>>, Trouble>;

    /// Has the target's operator or application do something.
    ///
    /// # Errors
    ///
    /// When it can't, or doesn't know how.
    fn order(&mut self, order: &Order) -> Result<(), Trouble>;

    /// Who is where.
    fn topology(&self) -> &Topology;

    /// Whether the target goes on when the play is over, and should be left without connections.
    fn lasts(&self) -> bool {
        false
    }
}

/// A request that makes an application send, which sends by itself in other targets; what it sends
/// isn't known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request(pub Vec<u8>);

impl Request {
    /// An HTTP request for something large (RFC 9112 §3).
    pub fn get(host: &str, path: &str) -> Self {
        Self(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n").into_bytes())
    }
}

/// The addresses and ports of a testbed, all of one version of IP.
#[derive(Clone, Debug)]
pub struct Topology {
    /// The tester's addresses; six are enough for every case.
    pub tester: Vec<IpAddr>,
    /// The tester's ports.
    pub tester_ports: RangeInclusive<u16>,
    /// The target's addresses, at least two if it is to open subflows of its own.
    pub target: Vec<IpAddr>,
    /// The ports on which the target's applications listen.
    pub ports: Ports,
    /// What the source has to be asked, if it doesn't send by itself.
    pub request: Option<Request>,
    /// Every frame of the target is one segment as it sent it: no device has put some together.
    pub whole_segments: bool,
    /// Nothing between tester and target changes packets, so that whatever is wrong is the
    /// target's doing.
    pub clean_path: bool,
}

/// The ports of the target's applications, of those that it has.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Ports {
    /// The one that echoes.
    pub echo: Option<u16>,
    /// The one that only reads.
    pub sink: Option<u16>,
    /// The one that sends steadily.
    pub source: Option<u16>,
}

impl Ports {
    /// All three.
    pub const fn all(echo: u16, sink: u16, source: u16) -> Self {
        Self { echo: Some(echo), sink: Some(sink), source: Some(source) }
    }

    /// One application alone.
    pub fn only(app: App, port: u16) -> Self {
        let of = |own| (own == app).then_some(port);
        Self { echo: of(App::Echo), sink: of(App::Sink), source: of(App::Source) }
    }

    /// Those that there are.
    pub fn all_of(&self) -> Vec<u16> {
        App::ALL.into_iter().filter_map(|app| self.of(app)).collect()
    }

    /// The application that listens on a port.
    pub fn app_at(&self, port: u16) -> Option<App> {
        App::ALL.into_iter().find(|app| self.of(*app) == Some(port))
    }

    /// The port of an application.
    pub const fn of(&self, app: App) -> Option<u16> {
        match app {
            App::Echo => self.echo,
            App::Sink => self.sink,
            App::Source => self.source,
        }
    }
}

impl Topology {
    /// Where an application of the target listens.
    pub fn listener(&self, app: App, address: u8) -> Option<Endpoint> {
        let addr = *self.target.get(usize::from(address))?;
        Some(Endpoint { addr, port: self.ports.of(app)? })
    }
}

/// Why a testbed didn't do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The target doesn't know how to do that: the case can't be decided.
    Unsupported(String),
    /// The link or the target's control is broken: an error.
    Broken(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(what) | Self::Broken(what) => f.write_str(what),
        }
    }
}

/// A host in memory: a state machine that owns neither clock nor link.
pub trait Peer {
    /// Takes an IP packet in, and appends to `out` those that it sends.
    fn receive(&mut self, now: Duration, packet: &[u8], out: &mut Vec<Vec<u8>>);

    /// When it next has something to do by itself.
    fn next_wake(&self) -> Option<Duration>;

    /// Lets it do what is due.
    fn wake(&mut self, now: Duration, out: &mut Vec<Vec<u8>>);

    /// Gives it an order.
    ///
    /// # Errors
    ///
    /// When it can't, or doesn't know how.
    fn order(
        &mut self,
        now: Duration,
        order: &Order,
        out: &mut Vec<Vec<u8>>,
    ) -> Result<(), Trouble>;
}
