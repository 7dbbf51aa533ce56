//! Every notice of the catalogue is raised: by a sample, or by segments built here.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use mpdissect::crypto::{Algorithm, Party, add_addr_hmac};
use mpdissect::event::{Config, Dissector};
use mpdissect::flow::Tracker;
use mpdissect::notice::NoticeId;
use mpdissect::source::{Frame, LinkType, Time};
use mpdissect::wire::mptcp::{
    AddAddr, AddAddrKind, CapableFlags, CapableKeys, JoinAck, JoinSyn, JoinSynAck, MpCapable,
    MpJoin, MptcpOption, Navigation,
};

use crate::run::{run, samples};
use crate::scene::{ACK, CLIENT_KEY, SERVER_KEY, SYN, dss, packet};

/// A client and a server whose segments go straight to a dissector.
struct Scene {
    dissector: Dissector,
    /// Next sequence number of client and server, of the only subflow that carries data.
    next: [u32; 2],
    frames: i64,
}

/// Who sends: the client from this port, or the server to it.
#[derive(Clone, Copy)]
enum From {
    Client(u16),
    Server(u16),
}

impl Scene {
    /// A connection whose handshake was seen.
    fn open(checksum: bool) -> Self {
        let mut scene =
            Self { dissector: Dissector::new(Config::default()), next: [1000, 5000], frames: 0 };
        let flags = CapableFlags(if checksum { 0x81 } else { 0x01 });
        let capable = |keys| MptcpOption::MpCapable(MpCapable { version: 1, flags, keys });
        scene.say(From::Client(1), SYN, &[capable(CapableKeys::None)], b"");
        scene.say(From::Server(1), SYN | ACK, &[capable(CapableKeys::Sender(SERVER_KEY))], b"");
        let both = CapableKeys::Both { sender: CLIENT_KEY, receiver: SERVER_KEY };
        scene.say(From::Client(1), ACK, &[capable(both)], b"");
        scene
    }

    /// Sends a segment and returns the notices about it.
    fn say(
        &mut self,
        from: From,
        flags: u8,
        options: &[MptcpOption],
        payload: &[u8],
    ) -> Vec<NoticeId> {
        let (client, server) = ([192, 0, 2, 1], [198, 51, 100, 1]);
        let (addresses, side, ports) = match from {
            From::Client(port) => ([client, server], 0, [port, 80]),
            From::Server(port) => ([server, client], 1, [80, port]),
        };
        let numbers = [self.next[side], self.next[1 - side]];
        let frame = packet(addresses, ports, numbers, flags, options, payload);
        if matches!(from, From::Client(1) | From::Server(1)) {
            self.next[side] += payload.len() as u32 + u32::from(flags & SYN != 0);
        }
        self.frames += 1;
        let frame = Frame {
            time: Some(Time(self.frames)),
            link: LinkType::IPV4,
            octets: &frame,
            wire_len: frame.len() as u32,
            interface: 0,
        };
        let mut room = None;
        let event = self.dissector.dissect(&frame, &mut room);
        event.map_or_else(Vec::new, |event| event.findings.notices.iter().map(|n| n.id).collect())
    }

    /// The client maps ten octets as its first data.
    fn map(&mut self, checksum: Option<u16>) -> Vec<NoticeId> {
        self.map_to(1, checksum)
    }

    /// The client maps ten octets, from its first one on, to this place of the data stream.
    fn map_to(&mut self, relative: u64, checksum: Option<u16>) -> Vec<NoticeId> {
        let dsn = Algorithm::Sha256.derive(CLIENT_KEY).idsn.wrapping_add(relative);
        self.say(From::Client(1), ACK, &[dss(dsn, 1, 10, checksum)], b"0123456789")
    }

    /// The server announces this address under ID 7.
    fn announce(&mut self, last: u8) -> Vec<NoticeId> {
        let addr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, last));
        let hmac = add_addr_hmac(SERVER_KEY, CLIENT_KEY, 7, addr, None);
        let kind = AddAddrKind::Fresh { reserved: 0, hmac };
        let option = MptcpOption::AddAddr(AddAddr { kind, address_id: 7, addr, port: None });
        self.say(From::Server(1), ACK, &[option], b"")
    }
}

#[test]
fn a_checksum_is_missing() {
    let mut scene = Scene::open(true);
    assert_eq!(scene.map(None), [NoticeId::ChecksumMissing]);
}

#[test]
fn a_mapping_contradicts_an_earlier_one() {
    let mut scene = Scene::open(false);
    assert_eq!(scene.map_to(1, None), []);
    assert_eq!(scene.map_to(1, None), [NoticeId::Unmapped], "the same mapping, other octets");
    assert!(scene.map_to(2, None).contains(&NoticeId::MappingConflict));
}

#[test]
fn a_checksum_is_not_expected() {
    // It is judged all the same, and the sum of these octets isn't zero.
    let mut scene = Scene::open(false);
    assert_eq!(scene.map(Some(0)), [NoticeId::ChecksumUnexpected, NoticeId::Checksum]);
}

#[test]
fn octets_have_no_mapping() {
    let mut scene = Scene::open(false);
    assert!(scene.map(None).is_empty());
    assert_eq!(scene.say(From::Client(1), ACK, &[], b"behind it"), [NoticeId::Unmapped]);
}

#[test]
fn an_address_id_is_used_again() {
    let mut scene = Scene::open(false);
    assert!(scene.announce(7).is_empty());
    // The same again refreshes it.
    assert!(scene.announce(7).is_empty());
    assert_eq!(scene.announce(8), [NoticeId::AddressIdReused]);
}

#[test]
fn an_echo_differs_from_its_announcement() {
    let mut scene = Scene::open(false);
    scene.announce(7);
    let mut echo = |last| {
        let addr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, last));
        let kind = AddAddrKind::Echo { reserved: 0 };
        let option = MptcpOption::AddAddr(AddAddr { kind, address_id: 7, addr, port: None });
        scene.say(From::Client(1), ACK, &[option], b"")
    };
    assert_eq!(echo(9), [NoticeId::AddAddrEchoDiffers]);
    assert!(echo(7).is_empty());
}

#[test]
fn an_echo_of_no_request() {
    let mut scene = Scene::open(false);
    let echo =
        Navigation { reserved: false, cancel: false, echo: true, backup: false, address_id: 0 };
    let notices = scene.say(From::Client(1), ACK, &[MptcpOption::Navigation(echo)], b"");
    assert_eq!(notices, [NoticeId::NavigationEchoUnasked]);
}

/// Joins from a port with a good proof; the notices about its SYN.
fn join(scene: &mut Scene, port: u16) -> Vec<NoticeId> {
    let derived = Algorithm::Sha256.derive(SERVER_KEY);
    let (client, server) =
        (Party { key: CLIENT_KEY, nonce: port.into() }, Party { key: SERVER_KEY, nonce: 9 });
    let proof = Algorithm::Sha256.join_hmac(server, client);
    let truncated = u64::from_be_bytes(proof[..8].try_into().expect("eight octets"));
    let (reserved, backup, address_id) = (0, false, 1);
    let syn = JoinSyn { reserved, backup, address_id, token: derived.token, nonce: port.into() };
    let syn_ack = JoinSynAck { reserved, backup, address_id: 0, hmac: truncated, nonce: 9 };
    let ack = JoinAck { reserved: 0, hmac: Algorithm::Sha256.join_hmac(client, server) };
    let wrap = MptcpOption::MpJoin;
    let notices = scene.say(From::Client(port), SYN, &[wrap(MpJoin::Syn(syn))], b"");
    scene.say(From::Server(port), SYN | ACK, &[wrap(MpJoin::SynAck(syn_ack))], b"");
    scene.say(From::Client(port), ACK, &[wrap(MpJoin::Ack(ack))], b"");
    notices
}

#[test]
fn too_many_subflows_to_follow() {
    let mut scene = Scene::open(false);
    let limit = Tracker::SUBFLOWS_PER_CONNECTION as u16;
    for number in 1..limit {
        assert!(join(&mut scene, 1 + number).is_empty(), "join {number}");
    }
    assert_eq!(join(&mut scene, 1 + limit), [NoticeId::Untracked]);
    let connections = scene.dissector.tracker().connections();
    assert_eq!(connections[0].subflows.len(), usize::from(limit));
    assert_eq!(connections[0].most_at_once.map(|(most, _)| most), Some(u32::from(limit)));
    assert_eq!((connections[0].tally.bad, connections[0].tally.unverifiable), (0, 0));
}

#[test]
fn every_notice_is_raised_by_a_sample_or_above() {
    let mut raised: BTreeSet<NoticeId> = BTreeSet::from([
        NoticeId::ChecksumMissing,
        NoticeId::MappingConflict,
        NoticeId::ChecksumUnexpected,
        NoticeId::Unmapped,
        NoticeId::AddressIdReused,
        NoticeId::AddAddrEchoDiffers,
        NoticeId::NavigationEchoUnasked,
        NoticeId::Untracked,
    ]);
    for name in samples("kernel").into_iter().chain(samples("crafted")) {
        raised.extend(run(&name).notices.into_iter().map(|(_, id)| id));
    }
    let missing: Vec<&str> =
        NoticeId::ALL.iter().filter(|id| !raised.contains(id)).map(|id| id.name()).collect();
    assert!(missing.is_empty(), "never raised: {missing:?}");
}

#[test]
fn names_are_unique_and_say_something() {
    let names: BTreeSet<&str> = NoticeId::ALL.iter().map(|id| id.name()).collect();
    assert_eq!(names.len(), NoticeId::ALL.len());
    for id in NoticeId::ALL {
        assert!(!id.summary().is_empty(), "{}", id.name());
        assert!(id.name().chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", id.name());
    }
}

/// Connections of one subflow each, whose server announces every address ID and then some.
#[test]
fn what_connections_remember_counts_against_the_limit() {
    const LIMIT: usize = 64;
    let mut scene = Scene::open(false);
    let config = Config { state_limit: LIMIT, ..Config::default() };
    scene.dissector = Dissector::new(config);
    let mut most = 0;
    for port in 2..200_u16 {
        let flags = CapableFlags(0x01);
        let syn = MpCapable { version: 1, flags, keys: CapableKeys::None };
        scene.say(From::Client(port), SYN, &[MptcpOption::MpCapable(syn)], b"");
        for id in 0..=255_u8 {
            let addr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, id));
            let kind = AddAddrKind::V0;
            let option = AddAddr { kind, address_id: id, addr, port: None };
            scene.say(From::Server(port), ACK, &[MptcpOption::AddAddr(option)], b"");
        }
        let connections = scene.dissector.tracker().connections();
        let kept: usize = connections.iter().map(|c| c.peers.b.addresses.len()).sum();
        most = most.max(kept);
    }
    assert!(most >= 256, "the busiest connection is kept whole, not {most} addresses");
    // A kibibyte holds a good dozen addresses at most; one connection may exceed its share.
    assert!(most <= LIMIT * 13 + 256, "{most} addresses are kept");
    assert!(scene.dissector.tracker().evicted() > 100);
}
