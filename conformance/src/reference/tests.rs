//! Two hosts that talk to each other over a link of a few lines.

mod link;

use std::time::Duration;

use mpdissect::source::LinkType;
use mpdissect::wire::frame;
use mpdissect::wire::mptcp::CapableFlags;
use mpdissect::wire::tcp::Flags;
use proptest::prelude::*;

use self::link::{Impaired, Middlebox, Pair};
use super::Reference;
use crate::craft;
use crate::plan::{Family, Plan};
use crate::policy::Policy;
use crate::script::{App, Order, sf};
use crate::testbed::Peer;
use crate::testbed::memory::Memory;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn pair(family: Family) -> Pair {
    Pair::new(Plan { family, target_max: 8, ..Plan::default() }, Impaired::default())
}

#[test]
fn opens_joins_and_echoes_in_both_versions_of_ip() {
    for family in Family::BOTH {
        let mut pair = pair(family);
        pair.connect(App::Sink);
        // RFC 8684 §3.1: there are no joins before the first data.
        pair.order_client(&Order::Write { conn: 0, octets: 1 });
        pair.run(seconds(1));
        assert!(pair.client().mptcp && pair.server().mptcp);
        pair.order_client(&Order::Join { conn: 0, from: 1, to: 0 });
        pair.order_server(&Order::Announce { conn: 0, address: 1 });
        pair.run(seconds(1));
        assert_eq!(pair.client().live(), 3, "{family}");
        assert_eq!(pair.server().live(), 3, "{family}");
        pair.order_client(&Order::Write { conn: 0, octets: 100_000 });
        pair.run(seconds(10));
        assert_eq!(pair.echoed(), 100_001, "{family}");
        for subflow in &pair.client().subflows {
            assert!(subflow.tcp.taken > 10_000, "{family}: {}", subflow.tcp.taken);
        }
        pair.order_client(&Order::Close(0));
        pair.run(seconds(3));
        assert!(pair.client().done && pair.server().done, "{family}");
        assert!(pair.client().subflows.is_empty() && pair.server().subflows.is_empty());
    }
}

#[test]
fn echoes_over_three_subflows_whatever_the_link_does() {
    for seed in 0..60 {
        let plan = Plan { seed, target_max: 8, ..Plan::default() };
        let impaired = Impaired { loss: 15, duplication: 10, reordering: 20 };
        let mut pair = Pair::new(plan, impaired);
        pair.connect(App::Sink);
        pair.order_client(&Order::Write { conn: 0, octets: 1 });
        pair.run(seconds(5));
        assert!(pair.server().mptcp, "seed {seed}");
        for from in [1, 2] {
            pair.order_client(&Order::Join { conn: 0, from, to: 0 });
        }
        pair.run(seconds(8));
        assert!(pair.client().live() >= 2, "seed {seed}");
        pair.order_client(&Order::Write { conn: 0, octets: 100_000 });
        pair.run(seconds(240));
        assert_eq!(pair.echoed(), 100_001, "seed {seed}");
        pair.order_client(&Order::Close(0));
        pair.run(seconds(60));
        assert!(pair.client().done && pair.server().done, "seed {seed}");
    }
}

/// Wants checksums.
#[derive(Debug)]
struct Checksums;

impl crate::policy::opening::OpeningPolicy for Checksums {
    fn capable_flags(&self) -> u8 {
        CapableFlags::HMAC | CapableFlags::CHECKSUM
    }
}

const WANTS_CHECKSUMS: Policy = Policy { opening: &Checksums, ..Policy::CONFORMANT };

#[test]
fn checksums_are_used_when_either_end_wants_them_and_none_is_wrong() {
    let wants = WANTS_CHECKSUMS;
    for policies in [[wants, Policy::CONFORMANT], [Policy::CONFORMANT, wants]] {
        let mut pair = Pair::with(policies, Plan::default(), Impaired::default());
        pair.connect(App::Source);
        pair.run(seconds(1));
        pair.order_client(&Order::Join { conn: 0, from: 1, to: 0 });
        pair.run(seconds(1));
        assert!(pair.client().checksums && pair.server().checksums);
        assert_eq!(pair.client().live(), 2);
        assert!(pair.echoed() > 100_000);
    }
}

#[test]
fn a_dead_subflow_costs_no_octet() {
    let mut pair = pair(Family::V4);
    pair.connect(App::Source);
    pair.run(seconds(1));
    pair.order_client(&Order::Join { conn: 0, from: 1, to: 0 });
    pair.run(seconds(1));
    // Nothing passes any more on the path of the second address.
    pair.middlebox = |_, packet| {
        let second: [u8; 4] = [198, 51, 100, 2];
        (packet.get(12..16) != Some(&second) && packet.get(16..20) != Some(&second))
            .then_some(packet)
    };
    let before = pair.echoed();
    pair.run(seconds(5));
    assert!(pair.echoed() > before + 200_000, "{} {before}", pair.echoed());
}

#[test]
fn fastclose_ends_both_ends_at_once() {
    let mut pair = pair(Family::V6);
    pair.connect(App::Sink);
    pair.run(seconds(1));
    pair.order_client(&Order::Join { conn: 0, from: 1, to: 0 });
    pair.run(seconds(1));
    pair.order_server(&Order::Abort(0));
    pair.run(seconds(1));
    assert!(pair.client().done && pair.server().done);
}

#[test]
fn without_options_on_the_way_both_ends_speak_tcp() {
    // On SYNs alone, on everything but SYNs, in one direction, and on data alone.
    let strips: [Middlebox; 4] = [
        |_, packet| Some(strip(packet, |flags, _| flags.contains(Flags::SYN))),
        |_, packet| Some(strip(packet, |flags, _| !flags.contains(Flags::SYN))),
        |client, packet| {
            Some(if client {
                strip(packet, |flags, _| !flags.contains(Flags::SYN))
            } else {
                packet
            })
        },
        |_, packet| Some(strip(packet, |_, payload| payload)),
    ];
    for (number, middlebox) in strips.into_iter().enumerate() {
        let mut pair = pair(Family::V4);
        pair.middlebox = middlebox;
        pair.connect(App::Sink);
        pair.run(seconds(1));
        pair.order_client(&Order::Write { conn: 0, octets: 50_000 });
        pair.run(seconds(5));
        assert!(!pair.client().mptcp && !pair.server().mptcp, "{number}");
        assert_eq!(pair.client().subflows[0].tcp.taken, 50_000, "{number}");
        pair.order_client(&Order::Close(0));
        pair.run(seconds(3));
        assert!(pair.client().done && pair.server().done, "{number}");
    }
}

/// The packet with NOPs in place of MPTCP's options, where the flags and whether there is a payload
/// say so.
fn strip(packet: Vec<u8>, when: impl Fn(Flags, bool) -> bool) -> Vec<u8> {
    let length = packet.len() as u32;
    let segment = frame::decode(LinkType::RAW, &packet, length).segment.expect("a segment");
    if !when(segment.flags, !segment.payload.is_empty()) {
        return packet;
    }
    let mut options = segment.options.to_vec();
    for option in segment.walk_options().filter(|option| option.kind == 30) {
        let at = usize::from(option.offset);
        options[at..at + option.raw.len()].fill(1);
    }
    let header = craft::Header { options: &options, ..craft::Header::of(&segment) };
    craft::packet(&header, segment.payload)
}

#[test]
fn a_payload_that_was_changed_makes_the_only_subflow_one_of_tcp() {
    let mut pair = Pair::with([WANTS_CHECKSUMS; 2], Plan::default(), Impaired::default());
    pair.connect(App::Sink);
    pair.run(seconds(1));
    pair.order_client(&Order::Write { conn: 0, octets: 1000 });
    pair.run(seconds(1));
    pair.middlebox = |client, packet| {
        let segment = frame::decode(LinkType::RAW, &packet, packet.len() as u32).segment;
        let Some(segment) = segment.filter(|segment| client && !segment.payload.is_empty()) else {
            return Some(packet);
        };
        let header = craft::Header::of(&segment);
        Some(craft::packet(&header, &vec![b'x'; segment.payload.len()]))
    };
    pair.order_client(&Order::Write { conn: 0, octets: 3000 });
    pair.run(seconds(3));
    assert!(!pair.client().mptcp && !pair.server().mptcp);
    assert_eq!(pair.client().subflows[0].tcp.taken, 4000);
}

#[test]
fn addresses_are_announced_joined_and_taken_back() {
    for family in Family::BOTH {
        let mut pair = pair(family);
        pair.connect(App::Source);
        pair.run(seconds(1));
        for address in [1, 2] {
            pair.order_server(&Order::Announce { conn: 0, address });
        }
        pair.run(seconds(1));
        assert_eq!(pair.client().live(), 3);
        assert_eq!(pair.server().paths.next_wake(), None, "every announcement was confirmed");
        pair.order_server(&Order::Withdraw { conn: 0, address: 1 });
        pair.run(seconds(1));
        assert_eq!(pair.client().live(), 2);
        let before = pair.echoed();
        pair.order_client(&Order::Prioritise { on: sf(0, 2), backup: true });
        pair.run(seconds(1));
        let server = pair.server();
        assert!(server.subflows.iter().any(|subflow| subflow.id == 2 && subflow.peer_backup));
        assert!(pair.echoed() > before);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Packets of a real conversation, changed in a few octets, their checksums made right again.
    #[test]
    fn nothing_panics_whatever_arrives(
        seed in any::<u64>(),
        changes in prop::collection::vec((any::<u16>(), any::<u8>()), 1..40),
    ) {
        let mut pair = Pair::new(
            Plan { seed, target_max: 8, ..Plan::default() },
            Impaired { loss: 5, duplication: 5, reordering: 10 },
        );
        pair.mutations = changes;
        pair.connect(App::Source);
        pair.run(seconds(1));
        for order in [
            Order::Join { conn: 0, from: 1, to: 0 },
            Order::Write { conn: 0, octets: 5000 },
            Order::Announce { conn: 0, address: 1 },
            Order::Probe { conn: 0, exid: 0x1234 },
            Order::Close(0),
        ] {
            pair.try_order(0, &order);
            pair.try_order(1, &order);
            pair.run(seconds(1));
        }
    }

    #[test]
    fn nothing_panics_on_noise(packets in prop::collection::vec(any::<Vec<u8>>(), 1..50)) {
        let topology = Memory::topology(Family::V4);
        let mut host = Reference::new(Policy::CONFORMANT, Plan::default(), topology);
        let mut out = Vec::new();
        for packet in packets {
            host.receive(Duration::ZERO, &packet, &mut out);
        }
        prop_assert!(out.is_empty());
    }
}
