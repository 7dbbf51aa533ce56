//! Data that comes in an order, in pieces or with options that no sample has.

use mpdissect::flow::{FallbackCause, Missing, Status};
use mpdissect::notice::NoticeId;
use mpdissect::wire::mptcp::{CapableKeys, Dss, Mapping, MptcpOption, Seq};

use crate::scene::{
    ACK, BAD, CLIENT_KEY, FIRST, GOOD, RST, SEGMENTS, SERVER_KEY, Scene, data, segment,
};

#[test]
fn a_mapping_of_which_every_second_segment_comes_first() {
    let mut scene = Scene::open(1, true);
    let octets = data(40 * 500);
    let mapping = scene.mapping(1, &octets);
    for at in (0..40).step_by(2).chain((1..40).step_by(2)) {
        let from = at * 500;
        scene.client(FIRST, 1 + from as u32, ACK, &[mapping], &octets[from..from + 500]);
    }
    assert_eq!(scene.take_sums(), [GOOD]);
}

#[test]
fn a_mapping_in_more_pieces_than_are_remembered() {
    let mut scene = Scene::open(1, true);
    let octets = data(200 * 10);
    let mapping = scene.mapping(1, &octets);
    for at in (0..200).step_by(2).chain((1..200).step_by(2)) {
        let from = at * 10;
        scene.client(FIRST, 1 + from as u32, ACK, &[mapping], &octets[from..from + 10]);
    }
    // It is never called bad, and nothing is said twice.
    assert_eq!(scene.take_sums(), [SEGMENTS]);
}

#[test]
fn a_slow_path_fills_the_gaps_of_a_fast_one() {
    let mut scene = Scene::open(1, false);
    scene.join(2);
    let octets = data(100);
    let pieces = 40;
    for (port, first) in [(2, 1), (FIRST, 0)] {
        for (sent, piece) in (first..pieces).step_by(2).enumerate() {
            let place = 1 + sent as u32 * 100;
            let mapping = scene.remapping(1 + piece * 100, place, &octets);
            scene.client(port, place, ACK, &[mapping], &octets);
        }
    }
    let peer = &scene.connection().peers.a;
    assert_eq!((peer.reinjected, peer.stream_octets()), (0, 4000));
    assert_eq!(peer.out_of_order, 20);
    assert!(!scene.notices.contains(&NoticeId::Reinjection));
}

#[test]
fn more_gaps_than_are_remembered_make_no_reinjection() {
    let mut scene = Scene::open(1, false);
    scene.join(2);
    let octets = data(10);
    for (port, first) in [(2, 1), (FIRST, 0)] {
        for (sent, piece) in (first..1200).step_by(2).enumerate() {
            let place = 1 + sent as u32 * 10;
            let mapping = scene.remapping(1 + piece * 10, place, &octets);
            scene.client(port, place, ACK, &[mapping], &octets);
        }
    }
    let peer = &scene.connection().peers.a;
    assert_eq!(peer.reinjected, 0);
    assert!(peer.out_of_order < 600, "{} are known to be", peer.out_of_order);
    assert!((6000..12_000).contains(&peer.stream_octets()), "{}", peer.stream_octets());
}

#[test]
fn a_mapping_that_comes_after_the_next_is_verified() {
    let mut scene = Scene::open(1, true);
    let (first, second) = (data(500), data(300));
    let (early, late) = (scene.mapping(501, &second), scene.wrong(1, &first));
    scene.client(FIRST, 501, ACK, &[early], &second);
    assert_eq!(scene.take_sums(), [GOOD]);
    scene.client(FIRST, 1, ACK, &[late], &first);
    assert_eq!(scene.take_sums(), [BAD]);
    // Sent again, what is good says nothing new, and what is wrong is wrong once more.
    scene.client(FIRST, 501, ACK, &[early], &second);
    assert_eq!(scene.take_sums(), []);
    scene.client(FIRST, 1, ACK, &[late], &first);
    assert_eq!(scene.take_sums(), [BAD]);
    let wrong = scene.wrong(501, &second);
    scene.client(FIRST, 501, ACK, &[wrong], &second);
    assert_eq!(scene.take_sums(), [BAD]);
}

#[test]
fn a_mapping_forgotten_as_the_oldest_is_counted_once() {
    let mut scene = Scene::open(1, true);
    let octets = data(20);
    for round in 0..2 {
        for number in 0..40 {
            let place = 1 + number * 20;
            let mapping = scene.mapping(place, &octets);
            // Half of each, so that it waits.
            scene.client(FIRST, place, ACK, &[mapping], &octets[..10]);
        }
        let expected: &[Status] = if round == 0 { &[SEGMENTS; 8] } else { &[] };
        assert_eq!(scene.take_sums(), expected, "round {round}");
    }
}

#[test]
fn segments_out_of_order_are_not_sent_again() {
    let mut scene = Scene::open(1, false);
    let octets = data(400);
    let mapping = scene.mapping(1, &octets);
    for from in [0, 200, 100, 300] {
        scene.client(FIRST, 1 + from as u32, ACK, &[mapping], &octets[from..from + 100]);
    }
    assert_eq!(scene.retransmitted(), 0);
    // Half of these was seen before, and then all of them.
    let more = data(100);
    let mapping = scene.mapping(401, &more);
    scene.client(FIRST, 351, ACK, &[mapping], &[&octets[350..], &more[..50]].concat());
    assert_eq!(scene.retransmitted(), 50);
    scene.client(FIRST, 201, ACK, &[], &octets[200..300]);
    assert_eq!(scene.retransmitted(), 150);
    let peer = &scene.connection().peers.a;
    assert_eq!((peer.reinjected, peer.out_of_order, peer.stream_octets()), (0, 0, 450));
}

#[test]
fn more_gaps_in_a_subflow_than_are_remembered_make_no_retransmission() {
    let mut scene = Scene::open(1, false);
    let octets = data(200 * 10);
    let mapping = scene.mapping(1, &octets);
    for at in (0..200).step_by(2).chain((1..200).step_by(2)) {
        let from = at * 10;
        scene.client(FIRST, 1 + from as u32, ACK, &[mapping], &octets[from..from + 10]);
    }
    assert_eq!(scene.retransmitted(), 0);
}

#[test]
fn a_segment_of_two_mappings_that_comes_before_both() {
    for swapped in [false, true] {
        let mut scene = Scene::open(1, true);
        let octets = data(1500);
        let first = scene.mapping(1, &octets[..1000]);
        let second = scene.mapping(1001, &octets[1000..]);
        scene.client(FIRST, 801, ACK, &[], &octets[800..1200]);
        assert_eq!(scene.take_sums(), []);
        // Which part of its sum is of which mapping is not known, and no snap length is to blame.
        let mut rest = [(1, first, &octets[..800]), (1201, second, &octets[1200..])];
        if swapped {
            rest.reverse();
        }
        for (place, mapping, octets) in rest {
            scene.client(FIRST, place, ACK, &[mapping], octets);
        }
        assert_eq!(scene.take_sums(), [SEGMENTS; 2], "swapped: {swapped}");
        assert_eq!(scene.connection().peers.a.stream_octets(), 1500);
    }
}

#[test]
fn an_early_segment_of_one_mapping_is_summed_up() {
    let mut scene = Scene::open(1, true);
    let octets = data(1001);
    let mapping = scene.mapping(1, &octets);
    scene.client(FIRST, 302, ACK, &[], &octets[301..]);
    scene.client(FIRST, 1, ACK, &[mapping], &octets[..301]);
    assert_eq!(scene.take_sums(), [GOOD]);
}

#[test]
fn a_mapping_that_was_lost_comes_after_many_segments_of_it() {
    for (length, sums) in [(2000, &[GOOD][..]), (1000, &[GOOD, GOOD])] {
        let mut scene = Scene::open(1, true);
        let octets = data(2000);
        // Only the first segment of a mapping states it.
        let starts: Vec<usize> = (0..2000).step_by(length).collect();
        let stated =
            starts.iter().map(|&at| (at, scene.mapping(1 + at as u32, &octets[at..at + length])));
        let stated: Vec<_> = stated.collect();
        for at in (0..2000).step_by(100).filter(|at| !starts.contains(at)) {
            scene.client(FIRST, 1 + at as u32, ACK, &[], &octets[at..at + 100]);
        }
        for (at, mapping) in stated {
            scene.client(FIRST, 1 + at as u32, ACK, &[mapping], &octets[at..at + 100]);
        }
        assert_eq!(scene.notices, [], "mappings of {length}");
        assert_eq!(scene.take_sums(), sums, "mappings of {length}");
        assert_eq!(scene.connection().peers.a.stream_octets(), 2000);
    }
}

#[test]
fn an_early_segment_that_the_snap_length_cut() {
    let mut scene = Scene::open(1, true);
    let octets = data(1000);
    let mapping = scene.mapping(1, &octets);
    let mut cut = segment(true, FIRST, [501, 1], ACK, &[], &octets[500..]);
    let length = cut.len() as u32;
    cut.truncate(60);
    scene.show(&cut, length);
    scene.client(FIRST, 1, ACK, &[mapping], &octets[..500]);
    assert_eq!(scene.take_sums(), [Status::Unverifiable(Missing::Payload)]);
}

#[test]
fn first_data_maps_nothing_on_a_joined_subflow() {
    let mut scene = Scene::open(1, true);
    scene.join(2);
    let octets = data(40);
    let (sender, receiver) = (CLIENT_KEY, SERVER_KEY);
    let keys = CapableKeys::Data { sender, receiver, length: 40, checksum: Some(0x1234) };
    let capable = scene.capable(keys);
    scene.client(2, 1, ACK, &[capable], &octets);
    assert_eq!(scene.notices, [NoticeId::MisplacedOption, NoticeId::Unmapped]);
    assert_eq!(scene.take_sums(), []);
    assert_eq!(scene.connection().peers.a.stream_octets(), 0);
}

#[test]
fn first_data_maps_nothing_on_a_reset() {
    let mut scene = Scene::open(1, true);
    let octets = data(40);
    let (sender, receiver) = (CLIENT_KEY, SERVER_KEY);
    let keys = CapableKeys::Data { sender, receiver, length: 40, checksum: Some(0x1234) };
    let capable = scene.capable(keys);
    scene.client(FIRST, 1, ACK | RST, &[capable], &octets);
    assert_eq!(scene.take_sums(), []);
    assert_eq!(scene.connection().peers.a.stream_octets(), 0);
}

#[test]
fn a_checksum_that_was_not_agreed_on() {
    for (version, expected) in [(0, &[] as &[Status]), (1, &[BAD])] {
        let mut scene = Scene::open(version, false);
        let octets = data(40);
        scene.checksum = true;
        let mapping = scene.wrong(1, &octets);
        scene.client(FIRST, 1, ACK, &[mapping], &octets);
        assert_eq!(scene.take_sums(), expected, "version {version}");
        assert!(scene.notices.contains(&NoticeId::ChecksumUnexpected), "version {version}");
        assert_eq!(scene.connection().peers.a.stream_octets(), 40);
    }
}

#[test]
fn an_acknowledgment_without_data_ack_beside_another_subflow() {
    for (version, expected) in [(0, Some(FallbackCause::AckWithout)), (1, None)] {
        let mut scene = Scene::open(version, false);
        scene.join(2);
        let octets = data(40);
        let mapping = scene.mapping(1, &octets);
        scene.client(FIRST, 1, ACK, &[mapping], &octets);
        scene.server(FIRST, 41, ACK, &[]);
        let cause = scene.connection().fallback.map(|(_, cause)| cause);
        assert_eq!(cause, expected, "version {version}");
    }
}

#[test]
fn short_numbers_are_near_the_highest_one() {
    const FAR: u64 = 1 << 31;
    let mut scene = Scene::open(1, true);
    let octets = data(10);
    // The last one but one is the first mapping once more.
    for (stream, place) in [(1, 1), (FAR + 100, 11), (FAR + 110, 21), (1, 1), (FAR + 120, 31)] {
        let mut mapping = scene.remapping(stream, place, &octets);
        if let MptcpOption::Dss(Dss { mapping: Some(Mapping { dsn, .. }), .. }) = &mut mapping
            && let Seq::Long(whole) = *dsn
            && stream > FAR + 100
        {
            *dsn = Seq::Short(whole as u32);
        }
        scene.client(FIRST, place, ACK, &[mapping], &octets);
    }
    // A checksum is over 64 bits of the number.
    assert_eq!(scene.take_sums(), [GOOD; 4]);
}
