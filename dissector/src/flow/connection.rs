//! What is known of a connection, its two peers and its subflows.

use std::net::IpAddr;
use std::ops::{Index, IndexMut};

use super::check::Status;
use super::data::Mappings;
use super::navigation::NavigationLog;
use super::seq::{Ranges, distance};
use crate::crypto::Algorithm;
use crate::source::Time;
use crate::wire::mptcp::{AddAddr, CapableFlags, MaxSubflowsLayout, Navigation};
use crate::wire::tcp::{Endpoint, Flags, Segment};

/// One of the two hosts of a connection, named as in RFC 8684 §3.2.
///
/// A is the initiator and B the listener where the capture shows who is who. Otherwise A is
/// whoever was seen sending first, and [`Connection::roles_known`] is false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The initiator.
    A,
    /// The listener.
    B,
}

impl Side {
    /// Both sides, A first.
    pub const BOTH: [Self; 2] = [Self::A, Self::B];

    /// The peer.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// The letter in lower case, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }
}

/// Something that each side has its own of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair<T> {
    /// Side A's.
    pub a: T,
    /// Side B's.
    pub b: T,
}

impl<T> Pair<T> {
    /// This side's, and its peer's.
    #[inline]
    pub(super) fn split(&mut self, side: Side) -> (&mut T, &mut T) {
        match side {
            Side::A => (&mut self.a, &mut self.b),
            Side::B => (&mut self.b, &mut self.a),
        }
    }

    /// Makes each side's from the side.
    pub fn from_fn(mut make: impl FnMut(Side) -> T) -> Self {
        Self { a: make(Side::A), b: make(Side::B) }
    }
}

impl<T> Index<Side> for Pair<T> {
    type Output = T;

    fn index(&self, side: Side) -> &T {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }
}

impl<T> IndexMut<Side> for Pair<T> {
    fn index_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::A => &mut self.a,
            Side::B => &mut self.b,
        }
    }
}

/// A frame and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The frame's number in this run, from 1.
    pub number: u64,
    /// When it was captured, if the source says.
    pub time: Option<Time>,
}

/// How the tool came to know a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From its MP_CAPABLE handshake, or a part of it.
    Handshake,
    /// From an MP_JOIN with a token that no handshake in the capture explains.
    Token,
    /// From segments in its middle: other subflows may belong to it, unseen or listed apart.
    Middle,
}

impl Origin {
    /// The name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Token => "token",
            Self::Middle => "middle",
        }
    }
}

/// Why a connection goes on as regular TCP (RFC 8684 §3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FallbackCause {
    /// The SYN was sent again without MP_CAPABLE.
    SynWithout,
    /// The SYN/ACK has no MP_CAPABLE.
    SynAckWithout,
    /// The first ACK of the initiator has no MP_CAPABLE.
    ThirdAckWithout,
    /// The first data has no mapping.
    DataWithout,
    /// Mapped data was acknowledged without a Data ACK.
    AckWithout,
    /// A checksum failed.
    MpFail,
    /// A mapping of length zero.
    InfiniteMapping,
}

impl FallbackCause {
    /// The name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SynWithout => "syn-without",
            Self::SynAckWithout => "syn-ack-without",
            Self::ThirdAckWithout => "third-ack-without",
            Self::DataWithout => "data-without",
            Self::AckWithout => "ack-without",
            Self::MpFail => "mp-fail",
            Self::InfiniteMapping => "infinite-mapping",
        }
    }

    /// The cause as a clause.
    pub const fn text(self) -> &'static str {
        match self {
            Self::SynWithout => "the SYN was sent again without MP_CAPABLE",
            Self::SynAckWithout => "the SYN/ACK has no MP_CAPABLE",
            Self::ThirdAckWithout => "the third ACK has no MP_CAPABLE",
            Self::DataWithout => "the first data has no mapping",
            Self::AckWithout => "mapped data was acknowledged without a Data ACK",
            Self::MpFail => "MP_FAIL: a checksum failed",
            Self::InfiniteMapping => "an infinite mapping",
        }
    }
}

/// A connection and everything seen of it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its number in this run, from 0, in order of appearance.
    pub id: u32,
    /// How it became known.
    pub origin: Origin,
    /// Whether side A is known to be the initiator.
    pub roles_known: bool,
    /// The protocol version, when the handshake was seen.
    pub version: Option<u8>,
    /// Whether DSS checksums are in use, when the handshake was seen.
    pub checksum: Option<bool>,
    /// What is known of each peer.
    pub peers: Pair<Peer>,
    /// The subflows in order of appearance.
    pub subflows: Vec<Subflow>,
    /// The first frame.
    pub first: Moment,
    /// The latest frame.
    pub last: Moment,
    /// When and why it went on as regular TCP.
    pub fallback: Option<(Moment, FallbackCause)>,
    /// When an MP_FASTCLOSE closed it, and who sent that.
    pub fastclose: Option<(Moment, Side)>,
    /// The most subflows established at once, and when there were so many first.
    pub most_at_once: Option<(u32, Moment)>,
    /// The most subflows above the limit in force at once, and when there were so many first.
    pub excess: Option<(u32, Moment)>,
    /// Subflows beyond [`Tracker::SUBFLOWS_PER_CONNECTION`](super::Tracker), which aren't known.
    pub untracked: u64,
    /// Requests to move traffic, if there were any.
    pub navigation: Option<Box<NavigationLog>>,
    /// How many facts held, did not hold, and could not be verified.
    pub tally: Tally,
    /// Octets of memory beyond what every connection takes, see [`super::Tracker::new`].
    pub(super) extra: usize,
}

/// Counts of verified facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Facts that hold.
    pub good: u64,
    /// Facts that don't.
    pub bad: u64,
    /// Facts for which something is missing.
    pub unverifiable: u64,
}

impl Tally {
    pub(super) fn count(&mut self, status: Status) {
        match status {
            Status::Good => self.good += 1,
            Status::Bad => self.bad += 1,
            Status::Unverifiable(_) => self.unverifiable += 1,
        }
    }
}

impl Connection {
    /// The octets of [`extra`](Self::extra) beyond which checksums that wait for octets are given up.
    pub(super) const EXTRA_MAX: usize = 8 << 20;

    pub(super) fn new(id: u32, origin: Origin, at: Moment) -> Self {
        Self {
            id,
            origin,
            roles_known: origin == Origin::Handshake,
            version: None,
            checksum: None,
            peers: Pair::default(),
            subflows: Vec::with_capacity(1),
            first: at,
            last: at,
            fallback: None,
            fastclose: None,
            most_at_once: None,
            excess: None,
            untracked: 0,
            navigation: None,
            tally: Tally::default(),
            extra: 0,
        }
    }

    /// The hash of the connection's version, if that is known.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.version.and_then(Algorithm::of_version)
    }

    /// How many subflows are established now.
    pub fn open_subflows(&self) -> u32 {
        self.subflows.iter().filter(|subflow| subflow.phase == Phase::Established).count() as u32
    }

    /// The limit on concurrent subflows in force: the smaller of both announced maxima. Where only
    /// one peer announced one, the other may open any number
    /// (draft-boucadair-mptcp-max-subflow §3).
    pub fn max_subflows_in_force(&self) -> Option<u32> {
        Some(self.peers.a.max_subflows?.value.min(self.peers.b.max_subflows?.value))
    }

    /// Whether the capture holds the connection from its SYN on, so that what isn't in it wasn't
    /// said.
    pub fn seen_from_start(&self) -> bool {
        let initial = self.subflows.first().filter(|subflow| subflow.initial == Some(true));
        initial.is_some_and(|initial| Side::BOTH.iter().all(|&s| initial.halves[s].isn.is_some()))
    }

    /// Whether there may have been more subflows than those known here.
    pub fn may_have_more_subflows(&self) -> bool {
        !self.seen_from_start() || self.untracked > 0
    }

    /// Whether this endpoint is one of this side's alone, by the subflows seen.
    pub(super) fn listens_at(&self, side: Side, endpoint: Endpoint) -> bool {
        let has = |side: Side| self.subflows.iter().any(|s| s.halves[side].endpoint == endpoint);
        has(side) && !has(side.other())
    }

    /// What a side is called: its role where that is known, else its letter.
    pub const fn role(&self, side: Side) -> &'static str {
        match (self.roles_known, side) {
            (true, Side::A) => "initiator",
            (true, Side::B) => "listener",
            (false, Side::A) => "A",
            (false, Side::B) => "B",
        }
    }
}

/// One host's part in a connection.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    /// Its key.
    pub key: Option<u64>,
    /// Whether only its peer said so: what it has said itself since goes before that.
    pub(super) key_is_hearsay: bool,
    /// Its token: from the key, or from an MP_JOIN.
    pub token: Option<u32>,
    /// The initial data sequence number of what it sends, from the key.
    pub idsn: Option<u64>,
    /// The flags of its MP_CAPABLE.
    pub flags: Option<CapableFlags>,
    /// The maximum that it announced.
    pub max_subflows: Option<AnnouncedMaximum>,
    /// The addresses that it announced, in order, at most [`Peer::ADDRESSES_MAX`].
    pub addresses: Vec<AnnouncedAddress>,
    /// The data sequence number of its DATA_FIN.
    pub data_fin: Option<u64>,
    /// The highest Data ACK that it sent.
    pub data_ack: Option<u64>,
    /// Octets of its data stream that came again on another subflow.
    pub reinjected: u64,
    /// Segments of its data stream that came out of order.
    pub out_of_order: u64,
    pub(super) stream: Ranges,
    /// The latest data sequence number, near which the next one is looked for.
    pub(super) near: Option<u64>,
}

impl Peer {
    /// As many as there are address IDs.
    pub const ADDRESSES_MAX: usize = 256;

    /// Distinct octets of the data stream that were seen; at least so many where the stream had more
    /// gaps at once than are remembered.
    pub fn stream_octets(&self) -> u64 {
        self.stream.total()
    }
}

/// An announced Maximum Subflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnnouncedMaximum {
    /// The value, never zero.
    pub value: u32,
    /// The layout that carried it.
    pub layout: MaxSubflowsLayout,
    /// Where it was seen.
    pub at: Moment,
}

/// An address that a peer announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnnouncedAddress {
    /// Its ID.
    pub id: u8,
    /// The address.
    pub addr: IpAddr,
    /// The port, if there was one.
    pub port: Option<u16>,
    /// Where it was announced.
    pub added: Moment,
    /// Where the peer confirmed it.
    pub echoed: Option<Moment>,
    /// Where it was taken back.
    pub removed: Option<Moment>,
}

impl AnnouncedAddress {
    /// Whether an ADD_ADDR is about this very address and port.
    pub(super) fn is_of(&self, announced: &AddAddr) -> bool {
        (self.id, self.addr, self.port) == (announced.address_id, announced.addr, announced.port)
    }
}

/// Where a subflow is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Seen in its middle: whether it is established isn't known.
    Unknown,
    /// The SYN was seen.
    Syn,
    /// The SYN/ACK was seen.
    SynAck,
    /// The handshake is complete.
    Established,
    /// A join that the other host did not accept.
    Refused,
    /// Both FINs were seen.
    Finished,
    /// A RST was seen.
    Reset,
    /// Its end wasn't seen, but another TCP connection has its addresses and ports.
    Replaced,
}

impl Phase {
    /// The name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Syn => "syn",
            Self::SynAck => "syn-ack",
            Self::Established => "established",
            Self::Refused => "refused",
            Self::Finished => "finished",
            Self::Reset => "reset",
            Self::Replaced => "replaced",
        }
    }

    /// Whether nothing more is expected on the subflow.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Refused | Self::Finished | Self::Reset | Self::Replaced)
    }
}

/// One TCP connection of an MPTCP connection.
#[derive(Clone, Debug)]
pub struct Subflow {
    /// Whether it began with MP_CAPABLE or MP_JOIN; `None` where the beginning wasn't seen.
    pub initial: Option<bool>,
    /// Who sent the SYN.
    pub opened_by: Option<Side>,
    /// Where it is in its life.
    pub phase: Phase,
    /// Each side's part.
    pub halves: Pair<Half>,
    /// The first frame.
    pub first: Moment,
    /// The latest frame.
    pub last: Moment,
    /// When it was established.
    pub established: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
    /// Reason code and transience of an MP_TCPRST, and who sent it.
    pub reset: Option<(Side, u8, bool)>,
    /// When a side asked for backup or regular use, at most [`Subflow::PRIORITIES_MAX`].
    pub priorities: Vec<(Moment, Side, bool)>,
}

impl Subflow {
    /// Changes of priority that are remembered.
    pub const PRIORITIES_MAX: usize = 64;

    /// Whose segment this one of the subflow is.
    pub(super) fn sender_of(&self, segment: &Segment<'_>) -> Side {
        if self.halves.a.endpoint == segment.src { Side::A } else { Side::B }
    }

    /// Remembers a change of priority, and tells how many octets that takes.
    pub(super) fn prioritise(&mut self, at: Moment, from: Side, backup: bool) -> usize {
        if self.priorities.len() >= Self::PRIORITIES_MAX {
            return 0;
        }
        self.priorities.push((at, from, backup));
        size_of::<(Moment, Side, bool)>()
    }

    pub(super) fn new(from: Endpoint, to: Endpoint, sender: Side, at: Moment) -> Self {
        let half = |side| Half::new(if side == sender { from } else { to });
        Self {
            initial: None,
            opened_by: None,
            phase: Phase::Unknown,
            halves: Pair::from_fn(half),
            first: at,
            last: at,
            established: None,
            ended: None,
            reset: None,
            priorities: Vec::new(),
        }
    }

    /// Whether either side wants it used as a backup only; unknown where neither said anything
    /// and the handshake wasn't seen.
    pub fn backup(&self) -> Option<bool> {
        match (self.halves.a.backup, self.halves.b.backup) {
            (None, None) => None,
            (a, b) => Some(a == Some(true) || b == Some(true)),
        }
    }

    /// Payload octets of both sides.
    pub fn octets(&self) -> Pair<u64> {
        Pair { a: self.halves.a.octets, b: self.halves.b.octets }
    }
}

/// One side of a subflow.
#[derive(Clone, Debug)]
pub struct Half {
    /// Address and port.
    pub endpoint: Endpoint,
    /// The address's ID; 0 on the initial subflow.
    pub address_id: Option<u8>,
    /// Whether this side asked for backup use.
    pub backup: Option<bool>,
    /// Segments sent.
    pub packets: u64,
    /// Payload octets sent, repeated ones included.
    pub octets: u64,
    /// Payload octets that TCP sent again.
    pub retransmitted: u64,
    /// Whether a FIN was seen.
    pub fin: bool,
    /// The initial sequence number, when the SYN was seen.
    pub isn: Option<u32>,
    /// What relative numbers are relative to: the ISN, or one less than the first number seen.
    pub(super) base: Option<u32>,
    /// Behind the highest sequence number seen.
    pub(super) next: Option<u32>,
    pub(super) nonce: Option<u32>,
    pub(super) mappings: Mappings,
}

impl Half {
    fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            address_id: None,
            backup: None,
            packets: 0,
            octets: 0,
            retransmitted: 0,
            fin: false,
            isn: None,
            base: None,
            next: None,
            nonce: None,
            mappings: Mappings::default(),
        }
    }

    /// Takes account of a segment that was sent.
    #[inline]
    pub(super) fn count(&mut self, segment: &Segment<'_>) {
        self.packets += 1;
        self.octets += u64::from(segment.payload_len);
        self.fin |= segment.flags.contains(Flags::FIN);
        let next = segment.seq.wrapping_add(segment.sequence_len());
        if self.next.is_none_or(|known| distance(known, next) > 0) {
            self.next = Some(next);
        }
    }
}

/// What an MP_Navigation asks for, regardless of E and B.
pub(super) const fn same_request(one: &Navigation, other: &Navigation) -> bool {
    one.cancel == other.cancel && one.address_id == other.address_id
}
