//! Subflows found by their 4-tuple, connections by their token, and what they say over time.
//!
//! One pass, and no guess: what the capture doesn't show is unknown. The state is bounded, see
//! [`Tracker::new`].

mod address;
mod check;
mod close;
mod connection;
mod data;
mod handshake;
mod limit;
pub mod mistake;
mod navigation;
mod seq;
mod step;
mod summing;

use std::net::IpAddr;

use hashbrown::HashMap;
use slab::Slab;

pub use check::{Check, Fact, Missing, Status};
pub use connection::{
    AnnouncedAddress, AnnouncedMaximum, Connection, FallbackCause, Half, Moment, Origin, Pair,
    Peer, Phase, Side, Subflow, Tally,
};
pub use navigation::{NavigationEvent, NavigationLog};
pub use step::{Findings, Fitting, Seen};

use self::step::{NewToken, Step};
use crate::notice::{Notice, NoticeId};
use crate::wire::mptcp::{MpJoin, MptcpOption};
use crate::wire::tcp::{Endpoint, Flags, PLACES, Segment};

/// A 4-tuple without direction: the lower endpoint comes first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FlowKey {
    low: u128,
    high: u128,
    ports: u32,
}

impl FlowKey {
    pub(crate) fn new(segment: &Segment<'_>) -> Self {
        let bits = |endpoint: &Endpoint| match endpoint.addr {
            IpAddr::V4(addr) => addr.to_ipv6_mapped().to_bits(),
            IpAddr::V6(addr) => addr.to_bits(),
        };
        let (src, dst) = (bits(&segment.src), bits(&segment.dst));
        let (sport, dport) = (segment.src.port, segment.dst.port);
        let ports = |low: u16, high: u16| (u32::from(low) << 16) | u32::from(high);
        if (src, sport) <= (dst, dport) {
            Self { low: src, high: dst, ports: ports(sport, dport) }
        } else {
            Self { low: dst, high: src, ports: ports(dport, sport) }
        }
    }
}

/// Where a subflow is kept, by the slot of its connection.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    slot: u32,
    subflow: u32,
}

/// A direction of a subflow, and where that is kept and whose it is, if it is kept.
#[derive(Clone, Copy, Debug)]
struct Recent {
    src: Endpoint,
    dst: Endpoint,
    place: Option<(Place, Side)>,
}

impl Recent {
    const NONE: Self = Self { src: Endpoint::NONE, dst: Endpoint::NONE, place: None };
}

/// What is known of a segment from its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The connection's number in this run.
    pub connection: u32,
    /// The subflow's number in its connection.
    pub subflow: u32,
    /// Who sent the segment.
    pub from: Side,
    /// The sequence number relative to the sender's initial one, or to the first one seen.
    pub seq: u32,
    /// The acknowledgment number, likewise; 0 without ACK.
    pub ack: u32,
    /// The 64-bit data sequence number of the mapping on this segment.
    pub mapping_dsn: Option<u64>,
    /// The 64-bit Data ACK on this segment.
    pub data_ack: Option<u64>,
    /// The 64-bit data sequence number of the first payload octet.
    pub payload_dsn: Option<u64>,
    /// The initial data sequence number of each side.
    pub idsn: Pair<Option<u64>>,
    /// Whether the subflow began with MP_CAPABLE.
    pub initial: Option<bool>,
    /// Token and initial data sequence number of the sender, where this segment has its key.
    pub own: Option<(u32, u64)>,
}

impl View {
    /// What there is before the first segment.
    const NOTHING: Self = Self {
        connection: 0,
        subflow: 0,
        from: Side::A,
        seq: 0,
        ack: 0,
        mapping_dsn: None,
        data_ack: None,
        payload_dsn: None,
        idsn: Pair { a: None, b: None },
        initial: None,
        own: None,
    };
}

/// The connections of a run.
#[derive(Debug)]
pub struct Tracker {
    places: HashMap<FlowKey, Place>,
    /// Where the latest subflows are, for the next segment is often of one of them.
    recent: Vec<Recent>,
    /// The slots of connections by the tokens of their peers.
    tokens: HashMap<u32, u32>,
    connections: Slab<Connection>,
    subflows: usize,
    /// Octets that connections take beyond what every one does.
    extra: usize,
    next: u32,
    limit: usize,
    evicted: u64,
    leaving: Vec<Connection>,
    /// What the latest segment's connection said of it.
    view: View,
}

impl Place {
    /// The subflow isn't kept.
    const UNTRACKED: u32 = u32::MAX;
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.slot, self.subflow)
    }
}

impl std::fmt::Debug for FlowKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:x}-{:x}:{:x}", self.low, self.high, self.ports)
    }
}

impl Tracker {
    /// The subflows that are kept unless told otherwise: some 25 MB when all of them carry data.
    pub const SUBFLOWS: usize = 20_000;
    /// The subflows of one connection that are kept.
    pub const SUBFLOWS_PER_CONNECTION: usize = 1024;

    /// What counts as much as a subflow, in octets: announced addresses, requests, priorities and
    /// half-seen mappings, of which a hostile capture can hold any number.
    const OCTETS_PER_SUBFLOW: usize = 1024;

    /// A tracker that keeps at most this many subflows, at least 16; fewer where connections have
    /// more to remember than their subflows. When more comes, the connections longest silent have
    /// to leave, an eighth of them at a time.
    pub fn new(limit: usize) -> Self {
        Self {
            places: HashMap::new(),
            recent: vec![Recent::NONE; PLACES],
            tokens: HashMap::new(),
            connections: Slab::new(),
            subflows: 0,
            extra: 0,
            next: 0,
            limit: limit.max(16),
            evicted: 0,
            leaving: Vec::new(),
            view: View::NOTHING,
        }
    }

    /// Whether there is nothing that a segment without MPTCP options could belong to.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Connections that had to leave.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Whether any had to leave since [`take_leaving`](Self::take_leaving).
    #[inline]
    pub fn has_leaving(&self) -> bool {
        !self.leaving.is_empty()
    }

    /// Connections that had to leave when the latest segment came. Whoever wants them asks after
    /// each segment: they are not kept longer.
    pub fn take_leaving(&mut self) -> Vec<Connection> {
        std::mem::take(&mut self.leaving)
    }

    /// Every connection that is kept, in order of appearance.
    pub fn connections(&self) -> Vec<&Connection> {
        let mut all: Vec<_> = self.connections.iter().map(|(_, connection)| connection).collect();
        all.sort_unstable_by_key(|connection| connection.id);
        all
    }

    /// Looks at a segment. `None` for one that belongs to no MPTCP connection.
    pub fn observe(&mut self, seen: &Seen<'_>, out: &mut Findings) -> Option<&View> {
        self.leaving.clear();
        let (place, from) = self.place(seen, out)?;
        let connection = self.connections.get_mut(place.slot as usize)?;
        let index = place.subflow as usize;
        let before = connection.extra;
        let mut step = Step { seen, connection, index, from, forged: false, out };
        step.run();
        step.view(&mut self.view);
        let after = connection.extra;
        for NewToken { token, instead_of } in out.tokens.drain(..) {
            if let Some(old) = instead_of.filter(|old| self.tokens.get(old) == Some(&place.slot)) {
                self.tokens.remove(&old);
            }
            self.tokens.insert(token, place.slot);
        }
        if before != after {
            self.extra = self.extra - before + after;
            // The connection of this segment is the last to leave.
            if self.is_full() {
                self.make_room(Some(place.slot));
            }
        }
        Some(&self.view)
    }

    /// Finds the subflow of a segment, which it may be the first one of, and its sender.
    #[inline]
    fn place(&mut self, seen: &Seen<'_>, out: &mut Findings) -> Option<(Place, Side)> {
        let segment = seen.segment;
        let recent = &self.recent[segment.place()];
        // A SYN may be of another subflow than the one that had its addresses and ports before.
        if recent.place.is_some()
            && !seen.has(Flags::SYN)
            && (recent.src, recent.dst) == (segment.src, segment.dst)
        {
            return recent.place;
        }
        self.find_place(seen, out)
    }

    fn find_place(&mut self, seen: &Seen<'_>, out: &mut Findings) -> Option<(Place, Side)> {
        let segment = seen.segment;
        let key = FlowKey::new(segment);
        let place = match self.places.get(&key).copied() {
            Some(place) if !self.is_anew(place, seen) => place,
            old => {
                if let Some(old) = old {
                    self.replace(old, seen.at);
                    // The other direction has the old place as well.
                    self.recent.fill(Recent::NONE);
                }
                self.admit(key, seen, out)?
            }
        };
        let connection = self.connections.get(place.slot as usize)?;
        let subflow = connection.subflows.get(place.subflow as usize)?;
        let from = subflow.sender_of(segment);
        let recent = &mut self.recent[segment.place()];
        *recent = Recent { src: segment.src, dst: segment.dst, place: Some((place, from)) };
        recent.place
    }

    /// Whether a SYN, or the answer to one that the capture lacks, starts a new TCP connection on a
    /// 4-tuple that was used before.
    fn is_anew(&self, place: Place, seen: &Seen<'_>) -> bool {
        if !seen.has(Flags::SYN) {
            return false;
        }
        let connection = self.connections.get(place.slot as usize);
        let subflow = connection.and_then(|known| known.subflows.get(place.subflow as usize));
        let Some(subflow) = subflow else { return seen.is_syn() };
        let segment = seen.segment;
        let from = subflow.sender_of(segment);
        let (own, other) = (&subflow.halves[from], &subflow.halves[from.other()]);
        if seen.is_syn_ack() {
            // A server without state may answer the same SYN with another number.
            let answers = |isn: u32| (1..=1 << 16).contains(&segment.ack.wrapping_sub(isn));
            return own.isn.is_some_and(|isn| isn != segment.seq)
                && !other.isn.is_some_and(answers);
        }
        match own.isn {
            Some(isn) => isn != segment.seq || subflow.phase.is_over(),
            // Its own SYN comes before anything else that a half sends.
            None => own.packets > 0 || subflow.phase == Phase::Unknown,
        }
    }

    /// Ends a subflow whose 4-tuple another TCP connection has now.
    fn replace(&mut self, place: Place, at: Moment) {
        let connection = self.connections.get_mut(place.slot as usize);
        let subflow = connection.and_then(|c| c.subflows.get_mut(place.subflow as usize));
        if let Some(subflow) = subflow.filter(|subflow| !subflow.phase.is_over()) {
            subflow.phase = Phase::Replaced;
            subflow.ended = Some(at);
        }
    }

    /// Takes in the first segment of a subflow, if it has anything of MPTCP.
    fn admit(&mut self, key: FlowKey, seen: &Seen<'_>, out: &mut Findings) -> Option<Place> {
        if seen.carries_nothing() {
            // The 4-tuple was an MPTCP subflow and is something else now.
            if seen.has(Flags::SYN) {
                self.places.remove(&key);
            }
            return None;
        }
        let find = |which: fn(&MptcpOption) -> bool| {
            seen.well_formed().map(|(_, option)| option).find(|option| which(option))
        };
        let capable = find(|option| matches!(option, MptcpOption::MpCapable(_)));
        let join = find(|option| matches!(option, MptcpOption::MpJoin(_)));
        let token = match join {
            Some(MptcpOption::MpJoin(MpJoin::Syn(syn))) if seen.is_syn() => Some(syn.token),
            _ => None,
        };
        let known = token.and_then(|token| self.tokens.get(&token).copied());
        if self.is_full() {
            self.make_room(known);
        }
        let (slot, sender) = match (capable, token, known) {
            (Some(MptcpOption::MpCapable(capable)), ..) => {
                // A SYN/ACK is the listener's; both keys are the initiator's.
                let listener = seen.is_syn_ack() && capable.receiver_key().is_none();
                let sender = if listener { Side::B } else { Side::A };
                (self.open(Origin::Handshake, seen), sender)
            }
            (_, Some(token), Some(slot)) => {
                let connection = self.connections.get_mut(slot as usize)?;
                if connection.subflows.len() >= Self::SUBFLOWS_PER_CONNECTION.min(self.limit) {
                    let untracked = Place { slot, subflow: Place::UNTRACKED };
                    // A SYN that is sent again is no further subflow.
                    if self.places.insert(key, untracked) != Some(untracked) {
                        let text = format!("{} are", connection.subflows.len());
                        out.notices.push(Notice::new(NoticeId::Untracked, text));
                        connection.untracked += 1;
                        connection.extra += size_of::<(FlowKey, Place)>();
                        self.extra += size_of::<(FlowKey, Place)>();
                    }
                    return None;
                }
                let to_b = connection.peers.b.token == Some(token)
                    || connection.listens_at(Side::B, seen.segment.dst);
                (slot, if to_b { Side::A } else { Side::B })
            }
            (_, Some(token), None) => {
                let slot = self.open(Origin::Token, seen);
                self.connections.get_mut(slot as usize)?.peers.b.token = Some(token);
                self.tokens.insert(token, slot);
                (slot, Side::A)
            }
            _ => (self.open(Origin::Middle, seen), Side::A),
        };
        let connection = self.connections.get_mut(slot as usize)?;
        let mut subflow = Subflow::new(seen.segment.src, seen.segment.dst, sender, seen.at);
        let opening = seen.segment.flags.contains(Flags::SYN);
        if capable.is_some() || join.is_some() || opening {
            subflow.initial = match (capable, join) {
                (Some(_), _) => Some(true),
                (None, Some(_)) => Some(false),
                (None, None) => None,
            };
            let syn_ack = seen.is_syn_ack();
            subflow.opened_by = Some(if syn_ack { sender.other() } else { sender });
            subflow.phase = match (seen.is_syn(), syn_ack) {
                (true, _) | (_, true) => Phase::Syn,
                _ => Phase::SynAck,
            };
        }
        let place = Place { slot, subflow: connection.subflows.len() as u32 };
        connection.subflows.push(subflow);
        self.subflows += 1;
        self.places.insert(key, place);
        Some(place)
    }

    /// Takes in a connection and tells its slot.
    fn open(&mut self, origin: Origin, seen: &Seen<'_>) -> u32 {
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        self.connections.insert(Connection::new(id, origin, seen.at)) as u32
    }

    fn is_full(&self) -> bool {
        self.subflows + self.extra / Self::OCTETS_PER_SUBFLOW >= self.limit
    }

    /// Lets the connections go that were silent longest, but for one.
    fn make_room(&mut self, but: Option<u32>) {
        let but = but.map(|slot| slot as usize);
        let mut silent: Vec<(u64, usize)> = self
            .connections
            .iter()
            .filter(|(slot, _)| Some(*slot) != but)
            .map(|(slot, connection)| (connection.last.number, slot))
            .collect();
        if silent.is_empty() {
            return;
        }
        let leave = (silent.len() / 8).max(1);
        silent.select_nth_unstable(leave - 1);
        silent.truncate(leave);
        silent.sort_unstable();
        for connection in silent.iter().filter_map(|(_, slot)| self.connections.try_remove(*slot)) {
            self.subflows -= connection.subflows.len();
            self.extra -= connection.extra;
            self.evicted += 1;
            self.leaving.push(connection);
        }
        self.recent.fill(Recent::NONE);
        // The next connections may have the slots of these.
        self.places.retain(|_, place| self.connections.contains(place.slot as usize));
        self.tokens.retain(|_, slot| self.connections.contains(*slot as usize));
    }
}

impl Step<'_> {
    fn view(&mut self, view: &mut View) {
        let segment = self.seen.segment;
        let (acknowledges, from) = (self.seen.has(Flags::ACK), self.from);
        let subflow = self.subflow();
        let initial = subflow.initial;
        let (own, other) = subflow.halves.split(from);
        let base = own.base.unwrap_or_default();
        let other_base = other.base.unwrap_or_default();
        let (own_near, peer_near) = (self.sender().near, self.receiver().near);
        *view = View {
            connection: self.connection.id,
            subflow: self.index as u32,
            from: self.from,
            seq: segment.seq.wrapping_sub(base),
            ack: if acknowledges { segment.ack.wrapping_sub(other_base) } else { 0 },
            mapping_dsn: None,
            data_ack: None,
            payload_dsn: self.payload_dsn(),
            idsn: Pair::from_fn(|side| self.connection.peers[side].idsn),
            initial,
            own: None,
        };
        for (_, option) in self.seen.well_formed() {
            match option {
                MptcpOption::Dss(dss) => {
                    view.data_ack = dss.data_ack.and_then(|ack| data::whole(ack, peer_near));
                    let mapping = dss.mapping;
                    view.mapping_dsn = mapping.and_then(|m| data::whole(m.dsn, own_near));
                }
                MptcpOption::MpCapable(capable) if capable.sender_key().is_some() => {
                    let sender = self.sender();
                    view.own = sender.token.zip(sender.idsn);
                }
                _ => {}
            }
        }
    }
}
