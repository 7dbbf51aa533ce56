//! Proofs, fallbacks, mappings and both versions, in captures written octet by octet.

use mpdissect::flow::{Fact, FallbackCause, Missing, Phase, Side};
use mpdissect::notice::NoticeId;

use crate::run::{notes, run};

#[test]
fn proofs_right_and_wrong() {
    let run = run("hmac.pcap");
    // Counted by the maker's own reader too, which has no word for what can't be verified.
    assert_eq!(run.tally(Fact::JoinHmac), [3, 2, 2]);
    assert_eq!(run.tally(Fact::AddAddrHmac), [6, 8, 1]);
    assert_eq!(run.tally(Fact::FastcloseKey), [1, 2, 0]);
    assert_eq!(run.tally(Fact::Checksum), [10, 3, 0]);
    assert_eq!(run.tally(Fact::Token), [3, 1, 2]);
    // The other wrong key is a sender's own, which is no echo.
    assert_eq!(run.tally(Fact::EchoedKey), [12, 1, 0]);
    assert_eq!(run.frames_with(NoticeId::KeyChanged), [51]);

    let mut bad: Vec<u64> = [
        Fact::JoinHmac,
        Fact::AddAddrHmac,
        Fact::FastcloseKey,
        Fact::Checksum,
        Fact::Token,
        Fact::EchoedKey,
    ]
    .into_iter()
    .flat_map(|fact| run.bad(fact))
    .collect();
    bad.sort_unstable();
    let wrong = |note: &str| {
        ["bad ", "wrong", "without it", "the sender's own key", "towards", "echoes another"]
            .iter()
            .any(|word| note.contains(word))
    };
    let noted: Vec<u64> = notes("hmac.pcap")
        .into_iter()
        .filter(|(_, note)| wrong(note))
        .map(|(frame, _)| frame)
        .collect();
    assert_eq!(bad, noted);

    let first = &run.connections[0];
    let phases: Vec<Phase> = first.subflows.iter().map(|subflow| subflow.phase).collect();
    let (reset, refused) = (Phase::Reset, Phase::Refused);
    // The third was given up by the host that had asked for it.
    assert_eq!(phases, [reset, reset, reset, refused, refused]);
    // A join with a wrong proof is not established.
    assert_eq!(first.most_at_once.map(|(most, _)| most), Some(2));
    assert_eq!(first.fastclose.map(|(at, side)| (at.number, side)), Some((42, Side::A)));
    // Of each address only the announcement with a good proof counts.
    let ids = |side: Side| -> Vec<u8> {
        first.peers[side].addresses.iter().map(|announced| announced.id).collect()
    };
    assert_eq!((ids(Side::A), ids(Side::B)), (vec![6, 7], vec![2, 3, 4, 5]));
    for (frame, _, missing) in run.unverifiable() {
        assert_eq!(missing, Missing::Keys, "frame {frame}");
    }
}

#[test]
fn every_fallback_has_its_cause() {
    let run = run("fallback.pcap");
    let found: Vec<_> = run
        .connections
        .iter()
        .map(|connection| connection.fallback.map(|(at, cause)| (at.number, cause)))
        .collect();
    assert_eq!(
        found,
        [
            Some((2, FallbackCause::SynAckWithout)),
            Some((13, FallbackCause::ThirdAckWithout)),
            Some((24, FallbackCause::DataWithout)),
            Some((35, FallbackCause::AckWithout)),
            Some((49, FallbackCause::MpFail)),
            Some((61, FallbackCause::SynAckWithout)),
            None,
            Some((84, FallbackCause::SynAckWithout)),
            Some((94, FallbackCause::SynAckWithout)),
            Some((104, FallbackCause::SynAckWithout)),
            None,
            None,
            Some((163, FallbackCause::ThirdAckWithout)),
        ]
    );
    assert_eq!(run.bad(Fact::Checksum), [48]);
    assert_eq!(run.frames_with(NoticeId::MpFail), [49, 51]);
    assert_eq!(run.frames_with(NoticeId::InfiniteMapping), [50]);
    assert_eq!(run.frames_with(NoticeId::UnknownVersion), [60, 70]);
    assert_eq!(run.frames_with(NoticeId::Extensibility), [83]);
    assert_eq!(run.frames_with(NoticeId::NoAlgorithm), [93]);
    assert_eq!(run.frames_with(NoticeId::ReservedBits), [103]);
    assert_eq!(run.frames_with(NoticeId::JoinAgainstC), [126]);
    // Version 2 was asked for, version 1 is spoken.
    assert_eq!(run.connections[6].version, Some(1));
    // One side's wish for checksums is enough.
    assert_eq!(run.connections[11].checksum, Some(true));
    assert_eq!(run.tally(Fact::Checksum), [5, 1, 0]);
}

#[test]
fn version_0_from_handshake_to_close() {
    let run = run("v0.pcap");
    assert_eq!(
        run.names(),
        [(32, "checksum"), (33, "mp-fail"), (34, "reinjection"), (36, "fastclose")]
    );
    assert_eq!(run.tally(Fact::JoinHmac), [4, 0, 0]);
    assert_eq!(run.tally(Fact::Token), [2, 0, 0]);
    assert_eq!(run.tally(Fact::FastcloseKey), [1, 0, 0]);
    assert_eq!(run.tally(Fact::Checksum), [6, 1, 0]);
    let connection = &run.connections[0];
    assert_eq!((connection.version, connection.fallback), (Some(0), None));
    let added: Vec<_> = connection
        .peers
        .b
        .addresses
        .iter()
        .map(|a| {
            (a.added.number, a.addr.is_ipv6(), a.port.is_some(), a.removed.map(|at| at.number))
        })
        .collect();
    assert_eq!(
        added,
        [
            (13, false, false, None),
            (14, false, true, None),
            (15, true, false, Some(31)),
            (16, true, true, Some(31)),
        ]
    );
    // MP_PRIO with an address ID is about another subflow than the one that carries it.
    let changes = |index: usize| -> Vec<(u64, bool)> {
        let priorities = &connection.subflows[index].priorities;
        priorities.iter().map(|&(at, _, backup)| (at.number, backup)).collect()
    };
    assert_eq!(changes(1), [(30, true)]);
    assert_eq!(changes(2), [(21, true), (22, true), (29, false)]);
}

#[test]
fn width_flags_and_data_fin_by_the_flags_in_each_note() {
    let run = run("dss-widths.pcap");
    let (mut idle, mut fin, mut reserved) = (Vec::new(), Vec::new(), Vec::new());
    for (frame, note) in notes("dss-widths.pcap") {
        if let Some(flags) = note.strip_prefix("flags ").filter(|flags| *flags != "none") {
            let has = |flag: char| flags.contains(flag);
            if has('a') && !has('A') || has('m') && !has('M') {
                idle.push(frame);
            }
            if has('F') && !has('M') {
                fin.push(frame);
            }
        }
        if note.starts_with("reserved bit 0x") || note.starts_with("bit ") {
            reserved.push(frame);
        }
    }
    assert_eq!(run.frames_with(NoticeId::IdleWidthFlag), idle);
    assert_eq!(run.frames_with(NoticeId::DataFinWithoutMapping), fin);
    assert_eq!(run.frames_with(NoticeId::ReservedBits), reserved);
    assert_eq!(run.frames_with(NoticeId::InfiniteMapping), [506]);
    assert!(idle.len() > 20 && fin.len() > 10 && reserved.len() == 7);
    assert!(run.frames_with(NoticeId::Unmapped).is_empty());
}

#[test]
fn mappings_over_several_segments_in_any_order() {
    let run = run("dss-widths.pcap");
    assert_eq!(run.tally(Fact::Checksum), [80, 1, 1]);
    assert_eq!(run.bad(Fact::Checksum), [543]);
    // The second of three segments is not in the capture, and the peer has it.
    assert_eq!(run.unverifiable(), [(554, Fact::Checksum, Missing::Segments)]);
    // Stated on each of three segments, and on the first of three only.
    assert_eq!((run.checksums[&522], run.checksums[&526]), (Some(3), None));
    let spanning = run.connections.last().expect("the capture holds connections");
    let peer = &spanning.peers.a;
    let sent = peer.data_fin.zip(peer.idsn).map(|(fin, idsn)| fin.wrapping_sub(idsn) - 1);
    // What was lost is missing in the stream, and nothing else.
    assert_eq!(sent.map(|sent| sent - peer.stream_octets()), Some(501));
}

#[test]
fn numbers_are_whole_from_any_mix_of_widths() {
    let run = run("dss-widths.pcap");
    for connection in run.connections.iter().filter(|c| c.first.number < 513) {
        for side in Side::BOTH {
            let peer = &connection.peers[side];
            let (Some(idsn), Some(fin)) = (peer.idsn, peer.data_fin) else { continue };
            let octets = fin.wrapping_sub(idsn).wrapping_sub(1);
            assert_eq!(peer.stream_octets(), octets, "connection {}", connection.id);
        }
    }
    // The connection whose numbers pass 2^32, from below it to above.
    let wrapping = run.connections.iter().find(|c| c.first.number == 383).expect("it is there");
    for side in Side::BOTH {
        let peer = &wrapping.peers[side];
        let (idsn, fin) = (peer.idsn.expect("its key is"), peer.data_fin.expect("its end is"));
        assert_eq!(fin >> 32, (idsn >> 32) + 1);
        assert!(peer.stream_octets() >= 2500);
    }
}

#[test]
fn the_same_octets_again_and_late() {
    let run = run("reinjection.pcap");
    assert_eq!(run.frames_with(NoticeId::Reinjection), [11, 13, 20]);
    assert_eq!(run.frames_with(NoticeId::OutOfOrder), [16, 17]);
    let connection = run.connection();
    let client = &connection.peers.a;
    assert_eq!((client.reinjected, client.out_of_order), (1000 + 300 + 100, 2));
    assert_eq!(client.stream_octets(), 2800);
    // A retransmission within one subflow is none.
    assert_eq!(connection.subflows[0].halves.a.retransmitted, 300);
    assert_eq!(run.tally(Fact::Checksum), [12, 0, 0]);
}

#[test]
fn the_same_facts_whatever_the_container_and_the_link() {
    for name in [
        "big-endian.pcap",
        "big-endian-nano.pcap",
        "big-endian.pcapng",
        "little-endian.pcapng",
        "blocks.pcapng",
        "sections.pcapng",
        "loop.pcap",
        "null.pcap",
        "ppp.pcap",
        "raw.pcap",
        "sll-crafted.pcap",
        "sll2-crafted.pcap",
    ] {
        let run = run(name);
        assert!(run.names().is_empty(), "{name}");
        assert_eq!(run.connections.len(), 2, "{name}");
        assert_eq!(run.tally(Fact::EchoedKey), [4, 0, 0], "{name}");
        assert_eq!(run.tally(Fact::Token), [2, 0, 0], "{name}");
        assert_eq!(run.tally(Fact::JoinHmac), [4, 0, 0], "{name}");
        for connection in &run.connections {
            assert_eq!(connection.most_at_once.map(|(most, _)| most), Some(2), "{name}");
        }
    }
    for name in ["ipv4.pcap", "ipv6.pcap"] {
        let run = run(name);
        assert_eq!((run.connections.len(), run.tally(Fact::JoinHmac)), (1, [2, 0, 0]), "{name}");
    }
    let packed = ["gz", "xz", "zst", "lz4"].map(|packing| format!("maxsubflows.pcap.{packing}"));
    let plain = run("maxsubflows.pcap");
    for name in packed.iter().map(String::as_str).chain(["maxsubflows-members.pcap.gz"]) {
        let run = run(name);
        assert_eq!(run.names(), plain.names(), "{name}");
        assert_eq!((run.checks, run.counts), (plain.checks.clone(), plain.counts), "{name}");
    }
    let nothing = run("link-unknown.pcap");
    assert_eq!((nothing.counts.frames, nothing.counts.segments), (48, 0));
}

#[test]
fn connections_in_tunnels() {
    let run = run("tunnels.pcap");
    assert!(run.names().is_empty());
    // One for each wrapping, but for the one whose TCP headers lie in two fragments.
    assert_eq!(run.connections.len(), 40);
    assert_eq!(run.tally(Fact::EchoedKey), [80, 0, 0]);
    for connection in &run.connections {
        let phase = connection.subflows[0].phase;
        assert_eq!(phase, Phase::Established, "connection {}", connection.id);
    }
}

#[test]
fn options_that_the_snap_length_cut() {
    let run = run("snap-crafted.pcap");
    assert!(!run.notices.is_empty());
    assert!(run.notices.iter().all(|(_, id)| *id == NoticeId::OptionsCut), "{:?}", run.names());
    assert!(run.connections.is_empty() && run.checks.is_empty());
}
