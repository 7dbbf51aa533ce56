//! Data that comes in an order, in pieces or with options that no sample has.

use mpdissect::crypto::{Algorithm, Sum};
use mpdissect::event::{Config, Dissector};
use mpdissect::flow::{Connection, Fact, FallbackCause, Missing, Phase, Status};
use mpdissect::notice::NoticeId;
use mpdissect::source::{Frame, LinkType, Time};
use mpdissect::wire::mptcp::{
    CapableFlags, CapableKeys, Dialect, Dss, JoinAck, JoinSyn, JoinSynAck, Mapping, MpCapable,
    MpJoin, MptcpOption, Seq,
};

const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;
const CLIENT_KEY: u64 = 0x0123_4567_89ab_cdef;
const SERVER_KEY: u64 = 0xfedc_ba98_7654_3210;
const FIRST: u16 = 1;

const GOOD: Status = Status::Good;
const BAD: Status = Status::Bad;
const SEGMENTS: Status = Status::Unverifiable(Missing::Segments);

/// A client that sends to a server, from one port for each subflow.
struct Scene {
    dissector: Dissector,
    version: u8,
    checksum: bool,
    /// Everything noticed and every verdict about a checksum, since they were asked for last.
    notices: Vec<NoticeId>,
    sums: Vec<Status>,
}

impl Scene {
    /// A connection whose handshake was seen, on port [`FIRST`].
    fn open(version: u8, checksum: bool) -> Self {
        let dissector = Dissector::new(Config::default());
        let (notices, sums) = (Vec::new(), Vec::new());
        let mut scene = Self { dissector, version, checksum, notices, sums };
        let none = if version == 0 { CapableKeys::Sender(CLIENT_KEY) } else { CapableKeys::None };
        let syn = scene.capable(none);
        scene.client(FIRST, 0, SYN, &[syn], b"");
        let syn_ack = scene.capable(CapableKeys::Sender(SERVER_KEY));
        scene.server(FIRST, 1, SYN | ACK, &[syn_ack]);
        let both = CapableKeys::Both { sender: CLIENT_KEY, receiver: SERVER_KEY };
        let ack = scene.capable(both);
        scene.client(FIRST, 1, ACK, &[ack], b"");
        scene
    }

    fn capable(&self, keys: CapableKeys) -> MptcpOption {
        let flags = CapableFlags(if self.checksum { 0x81 } else { 0x01 });
        MptcpOption::MpCapable(MpCapable { version: self.version, flags, keys })
    }

    /// A further subflow, with good proofs.
    fn join(&mut self, port: u16) {
        let algorithm = Algorithm::of_version(self.version).expect("a known version");
        let client = mpdissect::crypto::Party { key: CLIENT_KEY, nonce: 3 };
        let server = mpdissect::crypto::Party { key: SERVER_KEY, nonce: 9 };
        let token = algorithm.derive(SERVER_KEY).token;
        let (reserved, backup, address_id) = (0, false, 1);
        let proof = algorithm.join_hmac(server, client);
        let hmac = u64::from_be_bytes(proof[..8].try_into().expect("eight octets"));
        let syn = JoinSyn { reserved, backup, address_id, token, nonce: 3 };
        let syn_ack = JoinSynAck { reserved, backup, address_id, hmac, nonce: 9 };
        let ack = JoinAck { reserved: 0, hmac: algorithm.join_hmac(client, server) };
        self.client(port, 0, SYN, &[MptcpOption::MpJoin(MpJoin::Syn(syn))], b"");
        self.server(port, 1, SYN | ACK, &[MptcpOption::MpJoin(MpJoin::SynAck(syn_ack))]);
        self.client(port, 1, ACK, &[MptcpOption::MpJoin(MpJoin::Ack(ack))], b"");
        let last = self.connection().subflows.last().map(|subflow| subflow.phase);
        assert_eq!(last, Some(Phase::Established));
    }

    /// A segment of the client whose first octet has this place; the stream's first has place 1.
    fn client(&mut self, port: u16, place: u32, flags: u8, with: &[MptcpOption], payload: &[u8]) {
        let octets = segment(true, port, [place, 1], flags, with, payload);
        self.show(&octets, octets.len() as u32);
    }

    /// A segment of the server without data.
    fn server(&mut self, port: u16, ack: u32, flags: u8, with: &[MptcpOption]) {
        let place = u32::from(flags & SYN == 0);
        let octets = segment(false, port, [place, ack], flags, with, b"");
        self.show(&octets, octets.len() as u32);
    }

    fn show(&mut self, octets: &[u8], wire_len: u32) {
        let link = LinkType::IPV4;
        let frame = Frame { time: Some(Time(0)), link, octets, wire_len, interface: 0 };
        let mut room = None;
        let Some(event) = self.dissector.dissect(&frame, &mut room) else { return };
        self.notices.extend(event.findings.notices.iter().map(|notice| notice.id));
        let sums = event.findings.checks.iter().filter(|check| check.fact == Fact::Checksum);
        self.sums.extend(sums.map(|check| check.status));
    }

    /// A mapping of these octets onto the same place in the stream and in the subflow, with the
    /// right checksum if there is to be one.
    fn mapping(&self, place: u32, octets: &[u8]) -> MptcpOption {
        self.remapping(place.into(), place, octets)
    }

    /// A mapping of these octets onto a place in the stream and one in the subflow.
    fn remapping(&self, stream: u64, place: u32, octets: &[u8]) -> MptcpOption {
        let algorithm = Algorithm::of_version(self.version).expect("a known version");
        let dsn = algorithm.derive(CLIENT_KEY).idsn.wrapping_add(stream);
        let length = octets.len() as u16;
        let sum = Sum::of_mapping(dsn, place, length).add(0, octets).checksum();
        dss(dsn, place, length, self.checksum.then_some(sum))
    }

    /// The same mapping with another checksum.
    fn wrong(&self, place: u32, octets: &[u8]) -> MptcpOption {
        match self.mapping(place, octets) {
            MptcpOption::Dss(Dss {
                mapping: Some(Mapping { dsn, length, checksum, .. }), ..
            }) => {
                let Seq::Long(dsn) = dsn else { unreachable!("it was made long") };
                dss(dsn, place, length, checksum.map(|sum| sum ^ 0x1234))
            }
            other => unreachable!("{other:?} is no mapping"),
        }
    }

    fn connection(&mut self) -> &Connection {
        let connections = self.dissector.tracker().connections();
        assert_eq!(connections.len(), 1);
        connections[0]
    }

    fn take_sums(&mut self) -> Vec<Status> {
        std::mem::take(&mut self.sums)
    }

    fn retransmitted(&mut self) -> u64 {
        self.connection().subflows[0].halves.a.retransmitted
    }
}

fn dss(dsn: u64, ssn: u32, length: u16, checksum: Option<u16>) -> MptcpOption {
    let mapping = Some(Mapping { dsn: Seq::Long(dsn), ssn, length, checksum });
    let (reserved, data_fin, data_ack, idle_width_flags) = (0, false, None, 0);
    MptcpOption::Dss(Dss { reserved, data_fin, data_ack, mapping, idle_width_flags })
}

/// An IPv4 packet; place and acknowledgment are relative to the initial sequence numbers.
fn segment(
    from_client: bool,
    port: u16,
    [place, acknowledged]: [u32; 2],
    flags: u8,
    options: &[MptcpOption],
    payload: &[u8],
) -> Vec<u8> {
    const CLIENT_ISN: u32 = 0xffff_fff0;
    const SERVER_ISN: u32 = 5000;
    let mut area = Vec::new();
    for option in options {
        area.extend(option.emit(Dialect::default()).as_slice());
        area.resize(area.len().next_multiple_of(4), 1);
    }
    let (client, server) = ([192, 0, 2, 1], [198, 51, 100, 1]);
    let (source, target, ports, isns) = if from_client {
        (client, server, [port, 80], [CLIENT_ISN, SERVER_ISN])
    } else {
        (server, client, [80, port], [SERVER_ISN, CLIENT_ISN])
    };
    let total = (40 + area.len() + payload.len()) as u16;
    let mut octets = vec![0x45, 0];
    octets.extend(total.to_be_bytes());
    octets.extend([0, 0, 0, 0, 64, 6, 0, 0]);
    octets.extend(source);
    octets.extend(target);
    octets.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    octets.extend(isns[0].wrapping_add(place).to_be_bytes());
    octets.extend(isns[1].wrapping_add(acknowledged).to_be_bytes());
    octets.extend([(5 + area.len() as u8 / 4) << 4, flags, 0xff, 0xff, 0, 0, 0, 0]);
    octets.extend(area);
    octets.extend(payload);
    octets
}

/// Octets of which no two neighbours are alike.
fn data(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 256) as u8).collect()
}

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
    // Sent again they say nothing new.
    scene.client(FIRST, 1, ACK, &[late], &first);
    scene.client(FIRST, 501, ACK, &[early], &second);
    assert_eq!(scene.take_sums(), []);
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
