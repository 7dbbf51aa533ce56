//! What can be done in a script.

use std::time::Duration;

use super::segment::{Opt, Proof, Segment, Sf};
use super::shape::Width;
use mpdissect::wire::tcp::Endpoint;

/// Something that is done, by the tester or, on order, by the target's operator or application.
#[derive(Clone, Debug)]
pub enum Act {
    /// A connection is opened, by the end that the role of the target says.
    Open(Opening),
    /// The tester joins a subflow to a connection: the handshake goes on by itself.
    Join(Joining),
    /// The tester sends the third ACK of a join that withheld it.
    Finish(Sf),
    /// The tester sends a segment.
    Send(Segment),
    /// The tester sends these in turn, so many rounds of them, spread evenly over a time.
    Flood {
        /// What is sent.
        segments: Vec<Segment>,
        /// How many rounds.
        rounds: u32,
        /// How long all of it takes.
        over: Duration,
    },
    /// The tester's application writes: mapped, acknowledged, retransmitted like any data.
    Write {
        /// The subflow that carries it.
        on: Sf,
        /// How much, in octets.
        octets: u32,
    },
    /// The tester closes its direction of a subflow with a FIN.
    Fin(Sf),
    /// The tester closes its direction of the connection with a DATA_FIN, on this subflow.
    DataFin(Sf),
    /// The target is made to do something.
    Order(Order),
    /// The tester behaves in another way from here on.
    Set(Setting),
    /// Time passes.
    Wait(Duration),
}

impl From<Opening> for Act {
    fn from(opening: Opening) -> Self {
        Self::Open(opening)
    }
}

impl From<Joining> for Act {
    fn from(joining: Joining) -> Self {
        Self::Join(joining)
    }
}

impl From<Segment> for Act {
    fn from(segment: Segment) -> Self {
        Self::Send(segment)
    }
}

impl From<Order> for Act {
    fn from(order: Order) -> Self {
        Self::Order(order)
    }
}

impl From<Setting> for Act {
    fn from(setting: Setting) -> Self {
        Self::Set(setting)
    }
}

/// What the target's application does with a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum App {
    /// It sends back what it receives.
    #[default]
    Echo,
    /// It reads and says nothing.
    Sink,
    /// It reads, and sends steadily until it is closed.
    Source,
}

impl App {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Echo, Self::Sink, Self::Source];

    /// The name in orders and profiles.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Sink => "sink",
            Self::Source => "source",
        }
    }
}

/// How a connection is opened. When the target is the initiator, its application is told to
/// connect, and what is said here about the SYN doesn't apply.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The number of the connection in the script, from 0.
    pub conn: u8,
    /// What the target's application does.
    pub app: App,
    /// The segments of the handshake.
    pub handshake: Handshake,
    /// The version in the tester's MP_CAPABLE.
    pub version: u8,
    /// Flags A to H of the tester's MP_CAPABLE.
    pub flags: u8,
    /// The largest segment that the tester takes, in octets.
    pub mss: u16,
    /// Whether the tester offers timestamps (RFC 7323).
    pub timestamps: bool,
    /// The tester's key, if any won't do.
    pub key: Option<u64>,
    /// The window that the tester's subflows offer from the start, in octets.
    pub window: u32,
    /// Whether SYNs of the target that carry MP_CAPABLE get lost.
    pub loses_capable: bool,
    /// So many octets go with the tester's SYN, and the cookie that the target gave on an earlier
    /// connection (RFC 7413).
    pub early: u16,
}

/// How the tester joins.
#[derive(Clone, Debug)]
pub struct Joining {
    /// The subflow: the next one of its connection.
    pub subflow: Sf,
    /// Which of the tester's addresses.
    pub from: u8,
    /// Which of the target's addresses.
    pub to: u8,
    /// The address ID of the tester's address.
    pub address_id: u8,
    /// Whether it starts as a backup.
    pub backup: bool,
    /// The token that names the connection.
    pub token: Token,
    /// The HMAC on the third ACK.
    pub hmac: Proof,
    /// Which of the target's ports.
    pub door: Door,
    /// Whether the third ACK waits for [`Act::Finish`].
    pub withheld: bool,
    /// The segments of the handshake.
    pub handshake: Handshake,
}

/// A port of the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Door {
    /// That of the connection's application.
    #[default]
    Own,
    /// That of this application.
    Of(App),
    /// One at which nobody listens.
    Closed,
}

/// The token in an MP_JOIN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Token {
    /// The target's.
    #[default]
    Right,
    /// One that no connection of the target has.
    Unknown,
    /// The least significant 32 bits of the hash that the right one is the most significant of.
    LowBits,
    /// The right one with its octets the other way round.
    Swapped,
    /// The one that the target's key has when its octets are hashed the other way round.
    OfSwappedKey,
}

/// The three segments of a handshake, as far as the tester sends them.
#[derive(Clone, Debug, Default)]
pub struct Handshake {
    /// The SYN.
    pub syn: HandshakeSegment,
    /// The SYN/ACK, when the tester is the listener.
    pub syn_ack: HandshakeSegment,
    /// The third ACK.
    pub third: HandshakeSegment,
}

/// One segment of a handshake.
#[derive(Clone, Debug, Default)]
pub struct HandshakeSegment {
    /// Options before MP_CAPABLE or MP_JOIN and behind those of TCP.
    pub before: Vec<Opt>,
    /// MP_CAPABLE or MP_JOIN itself.
    pub own: Own,
    /// Options behind it.
    pub after: Vec<Opt>,
    /// Exactly these options, and none of TCP's or MPTCP's own.
    pub only: Option<Vec<Opt>>,
    /// Further copies of the segment right behind it, each with exactly these options.
    pub copies: Vec<Vec<Opt>>,
    /// It gets lost, however often it is sent.
    pub lost: bool,
}

/// The MP_CAPABLE or MP_JOIN of a handshake segment.
#[derive(Clone, Debug, Default)]
pub enum Own {
    /// As it should be.
    #[default]
    Right,
    /// Left out.
    Absent,
    /// Something else in its place.
    Instead(Opt),
}

/// What the target's operator or application is told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// To open a connection to the tester. [`Act::Open`] gives this order when it has to.
    Connect {
        /// What the application does with it.
        app: App,
        /// Where to.
        to: Endpoint,
    },
    /// To send so many octets on a connection.
    Write {
        /// The connection.
        conn: u8,
        /// How much, in octets.
        octets: u32,
    },
    /// To close a connection in an orderly way.
    Close(u8),
    /// To abort a connection.
    Abort(u8),
    /// To join a subflow from one of its addresses to the tester's address with this ID.
    Join {
        /// The connection.
        conn: u8,
        /// Which of the target's addresses.
        from: u8,
        /// The address ID of the tester's address, 0 for that of the first subflow.
        to: u8,
    },
    /// To announce another of its addresses.
    Announce {
        /// The connection.
        conn: u8,
        /// Which of the target's addresses.
        address: u8,
    },
    /// To take back an address.
    Withdraw {
        /// The connection.
        conn: u8,
        /// Which of the target's addresses.
        address: u8,
    },
    /// To change the priority of a subflow.
    Prioritise {
        /// The subflow.
        on: Sf,
        /// Whether it becomes a backup.
        backup: bool,
    },
    /// To close its direction of a subflow with a FIN, and leave the connection as it is.
    Leave(Sf),
    /// To lead the tester's traffic to the subflow of this address ID of the target's, or to cancel
    /// that.
    Navigate {
        /// The connection.
        conn: u8,
        /// The address ID of the target's address.
        address_id: u8,
        /// Whether it is a cancellation.
        cancel: bool,
    },
    /// From now on, for new connections: to have this maximum of its own number of subflows, or
    /// none, and to announce it by itself or only when it is asked.
    LimitSubflows {
        /// The maximum.
        own: Option<u32>,
        /// Whether it announces it by itself, with S=1.
        announces: bool,
    },
    /// To try whether the tester knows an experiment: an experimental option with S=1.
    Probe {
        /// The connection.
        conn: u8,
        /// The experiment ID.
        exid: u16,
    },
}

/// How the tester behaves.
#[derive(Clone, Debug)]
pub enum Setting {
    /// Whether it acknowledges what arrives on a subflow.
    Acks {
        /// The subflow.
        on: Sf,
        /// Whether it does.
        acks: bool,
    },
    /// Whether anything passes on the path of a subflow, in either direction.
    Path {
        /// The subflow.
        on: Sf,
        /// Whether it does.
        up: bool,
    },
    /// The window that it advertises on a subflow, in octets.
    Window {
        /// The subflow.
        on: Sf,
        /// How much.
        octets: u32,
    },
    /// Whether its acknowledgments on a subflow have options of MPTCP.
    Signals {
        /// The subflow.
        on: Sf,
        /// Whether they do.
        signals: bool,
    },
    /// Whether its data acknowledgment moves on with what arrives.
    DataAcks {
        /// The connection.
        conn: u8,
        /// Whether it does.
        moves: bool,
    },
    /// The width of its data acknowledgments.
    DataAckWidth {
        /// The connection.
        conn: u8,
        /// The width.
        width: Width,
    },
    /// A connection is one of TCP for the tester: it sends no mapping and no data acknowledgment of
    /// its own, and takes what comes as it is. When the target opens it, this has to be set before
    /// its third ACK is answered, or the target is told that the tester speaks MPTCP.
    Plain(u8),
    /// Whether it sends back every ADD_ADDR with E set.
    EchoesAddAddr(bool),
    /// Whether it sends back requests of MP_Navigation with E set.
    EchoesNavigation(bool),
    /// What it says to joins of the target.
    Joins(Answer),
    /// The segments with which it answers joins of the target.
    JoinHandshake(Box<Handshake>),
    /// Whether it answers MP_FASTCLOSE with RST.
    AnswersFastclose(bool),
    /// What it says to experimental options of the target that expect an answer, Maximum Subflows
    /// included.
    Experiments(Answer),
}

/// What the tester says to something that the target asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// Yes. To an experiment: as the run's negotiation has it, and for Maximum Subflows with the
    /// value 8.
    #[default]
    Yes,
    /// No: a RST, or for an experiment the option returned with S=0 and U=1.
    No,
    /// Nothing.
    Silence,
}

impl Handshake {
    /// Whether the tester's MP_CAPABLE or MP_JOIN is missing or replaced in one of the segments.
    pub fn deviates(&self) -> bool {
        [&self.syn, &self.syn_ack, &self.third].into_iter().any(HandshakeSegment::own_is_missing)
    }
}

impl HandshakeSegment {
    /// One without the tester's MP_CAPABLE or MP_JOIN.
    pub fn stripped() -> Self {
        Self { own: Own::Absent, ..Self::default() }
    }

    /// One with something else in the place of the tester's MP_CAPABLE or MP_JOIN.
    pub fn instead(option: Opt) -> Self {
        Self { own: Own::Instead(option), ..Self::default() }
    }

    /// Whether the tester's MP_CAPABLE or MP_JOIN is missing or replaced.
    pub fn own_is_missing(&self) -> bool {
        match &self.only {
            Some(only) => !only.contains(&Opt::Own),
            None => !matches!(self.own, Own::Right),
        }
    }
}
