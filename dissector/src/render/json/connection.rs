//! A connection with its peers, subflows and timeline.

use std::net::IpAddr;

use serde::Serialize;

use super::value::{At, Key, Seconds, Sides, Text, decimal};
use crate::flow::{
    AnnouncedAddress, AnnouncedMaximum, Connection, FallbackCause, Half, NavigationEvent, Pair,
    Peer, Side, Subflow, Tally,
};
use crate::render::state::{
    State, between, data_fin_acknowledged, retransmitted, stream_is_complete,
};
use crate::wire::mptcp::{CapableFlags, reset_reason};

#[derive(Serialize)]
pub(super) struct View {
    id: u32,
    origin: &'static str,
    roles_known: bool,
    version: Option<u8>,
    checksum: Option<bool>,
    state: &'static str,
    first: At,
    last: At,
    duration: Option<Seconds>,
    fallback: Option<Fallback>,
    fastclose: Option<Fastclose>,
    peers: Sides<PeerView>,
    subflows: Vec<SubflowView>,
    max_subflows: MaxSubflows,
    navigation: Option<Navigation>,
    checks: Checks,
}

impl View {
    pub(super) fn new(connection: &Connection) -> Self {
        let peer = |side| PeerView::new(connection, side);
        Self {
            id: connection.id,
            origin: connection.origin.name(),
            roles_known: connection.roles_known,
            version: connection.version,
            checksum: connection.checksum,
            state: State::of(connection).name(),
            first: connection.first.into(),
            last: connection.last.into(),
            duration: between(connection.first, connection.last).map(Seconds),
            fallback: connection.fallback.map(|(at, cause)| Fallback::new(at.into(), cause)),
            fastclose: connection
                .fastclose
                .map(|(at, from)| Fastclose { at: at.into(), from: from.name() }),
            peers: Pair::from_fn(peer).into(),
            subflows: (0..).zip(&connection.subflows).map(SubflowView::from).collect(),
            max_subflows: MaxSubflows::new(connection),
            navigation: Navigation::new(connection),
            checks: connection.tally.into(),
        }
    }
}

#[derive(Serialize)]
struct Fallback {
    at: At,
    cause: &'static str,
    text: &'static str,
}

impl Fallback {
    fn new(at: At, cause: FallbackCause) -> Self {
        Self { at, cause: cause.name(), text: cause.text() }
    }
}

#[derive(Serialize)]
struct Fastclose {
    at: At,
    from: &'static str,
}

#[derive(Serialize)]
struct PeerView {
    key: Option<Key>,
    token: Option<u32>,
    idsn: Option<Text<u64>>,
    flags: Option<Flags>,
    addresses: Vec<Address>,
    max_subflows: Option<Maximum>,
    stream: Stream,
}

#[derive(Serialize)]
struct Flags {
    checksum: bool,
    extensibility: bool,
    /// Flag C, which v0 doesn't have.
    no_more_subflows: Option<bool>,
    bits: u8,
}

#[derive(Serialize)]
struct Stream {
    octets: u64,
    complete: bool,
    reinjected: u64,
    out_of_order: u64,
    data_fin: Option<Text<u64>>,
    data_fin_acknowledged: Option<bool>,
    /// The highest Data ACK that this side sent.
    data_ack: Option<Text<u64>>,
}

impl PeerView {
    fn new(connection: &Connection, side: Side) -> Self {
        let peer: &Peer = &connection.peers[side];
        let v1 = connection.version.is_some_and(|version| version > 0);
        let flags = |flags: CapableFlags| Flags {
            checksum: flags.has(CapableFlags::CHECKSUM),
            extensibility: flags.has(CapableFlags::EXTENSIBILITY),
            no_more_subflows: v1.then(|| flags.has(CapableFlags::NO_MORE_SUBFLOWS)),
            bits: flags.0,
        };
        Self {
            key: peer.key.map(Key),
            token: peer.token,
            idsn: peer.idsn.map(decimal),
            flags: peer.flags.map(flags),
            addresses: peer.addresses.iter().map(Address::from).collect(),
            max_subflows: peer.max_subflows.map(Maximum::from),
            stream: Stream {
                octets: peer.stream_octets(),
                complete: stream_is_complete(connection, side),
                reinjected: peer.reinjected,
                out_of_order: peer.out_of_order,
                data_fin: peer.data_fin.map(decimal),
                data_fin_acknowledged: data_fin_acknowledged(connection, side),
                data_ack: peer.data_ack.map(decimal),
            },
        }
    }
}

#[derive(Serialize)]
struct Address {
    id: u8,
    addr: IpAddr,
    port: Option<u16>,
    added: At,
    echoed: Option<At>,
    removed: Option<At>,
}

impl From<&AnnouncedAddress> for Address {
    fn from(address: &AnnouncedAddress) -> Self {
        Self {
            id: address.id,
            addr: address.addr,
            port: address.port,
            added: address.added.into(),
            echoed: address.echoed.map(At::from),
            removed: address.removed.map(At::from),
        }
    }
}

#[derive(Serialize)]
struct Maximum {
    value: u32,
    layout: char,
    at: At,
}

impl From<AnnouncedMaximum> for Maximum {
    fn from(maximum: AnnouncedMaximum) -> Self {
        Self { value: maximum.value, layout: maximum.layout.letter(), at: maximum.at.into() }
    }
}

#[derive(Serialize)]
struct SubflowView {
    id: u32,
    initial: Option<bool>,
    opened_by: Option<&'static str>,
    phase: &'static str,
    backup: Option<bool>,
    first: At,
    last: At,
    established: Option<At>,
    ended: Option<At>,
    duration: Option<Seconds>,
    reset: Option<Reset>,
    priorities: Vec<Priority>,
    halves: Sides<HalfView>,
}

impl From<(u32, &Subflow)> for SubflowView {
    fn from((id, subflow): (u32, &Subflow)) -> Self {
        let priority = |&(at, from, backup): &(_, Side, _)| Priority {
            at: At::from(at),
            from: from.name(),
            backup,
        };
        Self {
            id,
            initial: subflow.initial,
            opened_by: subflow.opened_by.map(Side::name),
            phase: subflow.phase.name(),
            backup: subflow.backup(),
            first: subflow.first.into(),
            last: subflow.last.into(),
            established: subflow.established.map(At::from),
            ended: subflow.ended.map(At::from),
            duration: between(subflow.first, subflow.last).map(Seconds),
            reset: subflow.reset.map(Reset::from),
            priorities: subflow.priorities.iter().map(priority).collect(),
            halves: Pair::from_fn(|side| HalfView::from(&subflow.halves[side])).into(),
        }
    }
}

#[derive(Serialize)]
struct Reset {
    from: &'static str,
    reason: u8,
    text: &'static str,
    transient: bool,
}

impl From<(Side, u8, bool)> for Reset {
    fn from((from, reason, transient): (Side, u8, bool)) -> Self {
        Self { from: from.name(), reason, text: reset_reason(reason), transient }
    }
}

#[derive(Serialize)]
struct Priority {
    at: At,
    from: &'static str,
    backup: bool,
}

#[derive(Serialize)]
struct HalfView {
    addr: IpAddr,
    port: u16,
    address_id: Option<u8>,
    backup: Option<bool>,
    packets: u64,
    octets: u64,
    retransmitted: Option<u64>,
    fin: bool,
}

impl From<&Half> for HalfView {
    fn from(half: &Half) -> Self {
        Self {
            addr: half.endpoint.addr,
            port: half.endpoint.port,
            address_id: half.address_id,
            backup: half.backup,
            packets: half.packets,
            octets: half.octets,
            retransmitted: retransmitted(half),
            fin: half.fin,
        }
    }
}

/// The most subflows at once against what was announced.
#[derive(Serialize)]
struct MaxSubflows {
    in_force: Option<u32>,
    most_at_once: Option<Most>,
    over_by: Option<u32>,
}

#[derive(Serialize)]
struct Most {
    subflows: u32,
    at_least: bool,
    at: At,
}

impl MaxSubflows {
    fn new(connection: &Connection) -> Self {
        let at_least = connection.may_have_more_subflows();
        Self {
            in_force: connection.max_subflows_in_force(),
            most_at_once: connection.most_at_once.map(|(subflows, at)| Most {
                subflows,
                at_least,
                at: at.into(),
            }),
            over_by: connection.excess.map(|(excess, _)| excess),
        }
    }
}

#[derive(Serialize)]
struct Navigation {
    octets_before: Vec<Sides<u64>>,
    events: Vec<Event>,
    dropped: u64,
}

impl Navigation {
    fn new(connection: &Connection) -> Option<Self> {
        let log = connection.navigation.as_ref()?;
        let octets = |event| connection.octets_after(event).into_iter().map(Sides::from).collect();
        let event = |(index, event)| Event::new(event, octets(Some(index)));
        Some(Self {
            octets_before: octets(None),
            events: log.events.iter().enumerate().map(event).collect(),
            dropped: log.dropped,
        })
    }
}

#[derive(Serialize)]
struct Event {
    at: At,
    from: &'static str,
    subflow: usize,
    action: &'static str,
    address_id: u8,
    backup: bool,
    reserved: bool,
    repeats: u32,
    echoed: Option<At>,
    /// What each subflow carried until the next event, in the order of the subflows.
    octets_after: Vec<Sides<u64>>,
}

impl Event {
    fn new(event: &NavigationEvent, octets_after: Vec<Sides<u64>>) -> Self {
        Self {
            at: event.at.into(),
            from: event.from.name(),
            subflow: event.subflow,
            action: if event.option.cancel { "cancel" } else { "switch" },
            address_id: event.option.address_id,
            backup: event.option.backup,
            reserved: event.option.reserved,
            repeats: event.repeats,
            echoed: event.echoed.map(At::from),
            octets_after,
        }
    }
}

#[derive(Serialize)]
struct Checks {
    good: u64,
    bad: u64,
    unverifiable: u64,
}

impl From<Tally> for Checks {
    fn from(Tally { good, bad, unverifiable }: Tally) -> Self {
        Self { good, bad, unverifiable }
    }
}
