//! Captures that lack a direction or a segment, and addresses and ports that are used again.

use std::net::{IpAddr, Ipv4Addr};

use mpdissect::crypto::add_addr_hmac;
use mpdissect::flow::{Phase, Tracker};
use mpdissect::notice::NoticeId;
use mpdissect::wire::field::Octets;
use mpdissect::wire::mptcp::{
    AddAddr, AddAddrKind, CapableKeys, MpCapable, MptcpOption, Navigation, RemoveAddr,
};

use crate::scene::{ACK, CLIENT_KEY, FIRST, SERVER_KEY, SYN, Scene, data};

/// Both keys, as a third ACK has them.
const BOTH: CapableKeys = CapableKeys::Both { sender: CLIENT_KEY, receiver: SERVER_KEY };

#[test]
fn a_third_ack_shows_the_syn_ack_that_the_capture_lacks() {
    let mut scene = Scene::new(1, false);
    let [syn, ack] = [CapableKeys::None, BOTH].map(|keys| scene.capable(keys));
    scene.client(FIRST, 0, SYN, &[syn], b"");
    scene.client(FIRST, 1, ACK, &[ack], b"");
    assert_eq!(scene.connection().subflows[0].phase, Phase::Established);
}

#[test]
fn a_dss_of_the_listener_shows_the_third_ack_that_the_capture_lacks() {
    let mut scene = Scene::new(1, false);
    let syn_ack = scene.capable(CapableKeys::Sender(SERVER_KEY));
    scene.server(FIRST, 1, SYN | ACK, &[syn_ack]);
    scene.server(FIRST, 1, ACK, &[]);
    assert_eq!(scene.connection().subflows[0].phase, Phase::SynAck);
    let dss = scene.mapping(1, b"octets");
    scene.server(FIRST, 1, ACK, &[dss]);
    assert_eq!(scene.connection().subflows[0].phase, Phase::Established);
}

#[test]
fn an_echo_is_not_verified_by_an_echo() {
    let mut scene = Scene::new(1, false);
    let wrong = CapableKeys::Both { sender: CLIENT_KEY, receiver: 0x9999 };
    let [syn, ack] = [CapableKeys::None, wrong].map(|keys| scene.capable(keys));
    scene.client(FIRST, 0, SYN, &[syn], b"");
    scene.client(FIRST, 1, ACK, &[ack], b"");
    scene.client(FIRST, 1, ACK, &[ack], b"");
    let tally = scene.connection().tally;
    assert_eq!((tally.good, tally.bad, tally.unverifiable), (0, 0, 2));
    // The listener's own word comes late, and goes before its peer's.
    let syn_ack = scene.capable(CapableKeys::Sender(SERVER_KEY));
    scene.server(FIRST, 1, SYN | ACK, &[syn_ack]);
    assert_eq!(scene.notices, [NoticeId::KeyChanged]);
}

#[test]
fn a_syn_ack_of_another_connection_starts_one() {
    let mut scene = Scene::new(1, false);
    let syn_ack = scene.capable(CapableKeys::Sender(SERVER_KEY));
    scene.server(FIRST, 1, SYN | ACK, &[syn_ack]);
    scene.server(FIRST, 1, SYN | ACK, &[syn_ack]);
    assert_eq!(scene.dissector.tracker().connections().len(), 1);
    let other = scene.capable(CapableKeys::Sender(CLIENT_KEY));
    scene.show_server([70_000, 90_000], SYN | ACK, &[other]);
    assert_eq!(scene.dissector.tracker().connections().len(), 2);
    assert_eq!(scene.notices, []);
}

#[test]
fn a_syn_that_is_answered_twice_is_one_connection() {
    let mut scene = Scene::new(1, false);
    let syn = scene.capable(CapableKeys::None);
    scene.client(FIRST, 0, SYN, &[syn], b"");
    let syn_ack = scene.capable(CapableKeys::Sender(SERVER_KEY));
    scene.server(FIRST, 1, SYN | ACK, &[syn_ack]);
    // Of a server that keeps no state, and made another number.
    scene.show_server([70_000, 1], SYN | ACK, &[syn_ack]);
    assert_eq!(scene.dissector.tracker().connections().len(), 1);
}

#[test]
fn the_other_direction_follows_when_ports_are_used_again() {
    let mut scene = Scene::open(1, false);
    scene.server(FIRST, 1, ACK, &[]);
    let [syn, ack] = [CapableKeys::None, BOTH].map(|keys| scene.capable(keys));
    scene.client(FIRST, 500_000, SYN, &[syn], b"");
    let syn_ack = scene.capable(CapableKeys::Sender(SERVER_KEY));
    scene.show_server([700_000, 500_001], SYN | ACK, &[syn_ack]);
    scene.client(FIRST, 500_001, ACK, &[ack], b"");
    let dss = scene.mapping(1, b"octets");
    scene.show_server([700_001, 500_001], ACK, &[dss]);
    let connections = scene.dissector.tracker().connections();
    let packets: Vec<_> =
        connections.iter().map(|connection| connection.subflows[0].halves.b.packets).collect();
    assert_eq!(packets, [2, 2]);
    assert_eq!(connections[0].subflows[0].phase, Phase::Replaced);
}

#[test]
fn what_the_handshake_agreed_on_stays() {
    let mut scene = Scene::open(1, false);
    let late = MpCapable { version: 0, ..capable_of(&scene) };
    scene.server(FIRST, 1, ACK, &[MptcpOption::MpCapable(late)]);
    assert_eq!(scene.notices, [NoticeId::OtherVersion]);
    assert_eq!(scene.connection().version, Some(1));
    scene.join(2);
}

fn capable_of(scene: &Scene) -> MpCapable {
    match scene.capable(BOTH) {
        MptcpOption::MpCapable(capable) => capable,
        other => unreachable!("{other:?} was asked for as MP_CAPABLE"),
    }
}

#[test]
fn data_without_a_mapping_is_noticed_behind_a_gap_that_no_mapping_reaches_over() {
    let mut scene = Scene::open(1, false);
    let octets = data(10_000);
    for place in (1..120_000).step_by(10_000).filter(|&place| place != 10_001) {
        let mapping = scene.mapping(place, &octets);
        scene.client(FIRST, place, ACK, &[mapping], &octets);
    }
    scene.notices.clear();
    scene.client(FIRST, 120_001, ACK, &[], b"octets");
    assert_eq!(scene.notices, [NoticeId::Unmapped]);
}

#[test]
fn an_address_was_removed_when_it_was_removed_first() {
    let mut scene = Scene::open(1, false);
    let addr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 5));
    let hmac = add_addr_hmac(SERVER_KEY, CLIENT_KEY, 5, addr, None);
    let kind = AddAddrKind::Fresh { reserved: 0, hmac };
    let added = MptcpOption::AddAddr(AddAddr { kind, address_id: 5, addr, port: None });
    let ids = Octets::new(&[5]).expect("an ID");
    let removed = MptcpOption::RemoveAddr(RemoveAddr { reserved: 0, address_ids: ids });
    scene.server(FIRST, 1, ACK, &[added]);
    scene.server(FIRST, 1, ACK, &[removed]);
    scene.server(FIRST, 1, ACK, &[removed]);
    let frame = scene.connection().peers.b.addresses[0].removed.map(|at| at.number);
    assert_eq!(frame, Some(5));
}

#[test]
fn a_join_too_many_counts_once() {
    let mut scene = Scene::open(1, false);
    let most = Tracker::SUBFLOWS_PER_CONNECTION as u16;
    for port in 2..=most {
        scene.join_syn(port);
    }
    assert_eq!(scene.notices, []);
    for _ in 0..3 {
        scene.join_syn(most + 1);
    }
    assert_eq!(scene.notices, [NoticeId::Untracked]);
    assert_eq!(scene.connection().untracked, 1);
}

#[test]
fn a_request_is_repeated_on_its_own_subflow() {
    let request = |address_id| {
        let (reserved, cancel, echo, backup) = (false, false, false, false);
        MptcpOption::Navigation(Navigation { reserved, cancel, echo, backup, address_id })
    };
    let mut scene = Scene::open(1, false);
    scene.join(2);
    // Another request is under way, about the traffic of another subflow.
    for (port, id) in [(FIRST, 0), (2, 1), (FIRST, 0), (2, 0)] {
        scene.server(port, 1, ACK, &[request(id)]);
    }
    let log = scene.connection().navigation.as_ref().expect("there are requests");
    let events: Vec<_> = log.events.iter().map(|event| (event.subflow, event.repeats)).collect();
    assert_eq!(events, [(0, 1), (1, 0), (1, 0)]);
}

#[test]
fn an_echo_of_nothing_is_no_request() {
    let (reserved, cancel, echo, backup, address_id) = (false, false, true, false, 0);
    let echo = Navigation { reserved, cancel, echo, backup, address_id };
    let mut scene = Scene::open(1, false);
    scene.client(FIRST, 1, ACK, &[MptcpOption::Navigation(echo)], b"");
    assert_eq!(scene.notices, [NoticeId::NavigationEchoUnasked]);
    assert!(scene.connection().navigation.is_none());
}

#[test]
fn a_key_that_was_replaced_lets_nobody_join() {
    let mut scene = Scene::new(1, false);
    let syn = scene.capable(CapableKeys::None);
    scene.client(FIRST, 0, SYN, &[syn], b"");
    for key in [SERVER_KEY, !SERVER_KEY] {
        let syn_ack = scene.capable(CapableKeys::Sender(key));
        scene.server(FIRST, 1, SYN | ACK, &[syn_ack]);
    }
    assert_eq!(scene.notices, [NoticeId::KeyChanged]);
    scene.join_syn(2);
    let connections = scene.dissector.tracker().connections();
    assert_eq!(connections.iter().map(|known| known.subflows.len()).collect::<Vec<_>>(), [1, 1]);
}
