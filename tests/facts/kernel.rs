//! Real traffic of a sound stack: every fact that can be verified holds, and nothing is an error.
//! Frame numbers differ from recording to recording, so none is named here.

use mpdissect::flow::{Connection, Fact, FallbackCause, Missing, Moment, Origin, Phase, Side};
use mpdissect::notice::{NoticeId, Severity};

use crate::run::{run, samples};

/// The forwarder damaged one segment of these on its way.
const DAMAGED: [&str; 2] = ["mpfail_join.pcap", "mpfail_single.pcap"];

#[test]
fn every_fact_holds_unless_the_path_did_damage() {
    for name in samples("kernel") {
        let run = run(&name);
        let expected = usize::from(DAMAGED.contains(&name.as_str()));
        for fact in [
            Fact::Token,
            Fact::JoinHmac,
            Fact::AddAddrHmac,
            Fact::FastcloseKey,
            Fact::EchoedKey,
            Fact::Checksum,
        ] {
            let [_, bad, _] = run.tally(fact);
            let expected = if fact == Fact::Checksum { expected } else { 0 };
            assert_eq!(bad, expected, "{name}: {}", fact.name());
        }
        let errors: Vec<_> =
            run.notices.iter().filter(|(_, id)| id.severity() == Severity::Error).collect();
        assert_eq!(errors.len(), expected, "{name}: {errors:?}");
        assert!(errors.iter().all(|(_, id)| *id == NoticeId::Checksum), "{name}: {errors:?}");
        assert_eq!(run.counts.malformed, 0, "{name}");
        if name != "late_start.pcap" {
            assert_eq!(run.unverifiable(), [], "{name}");
        }
    }
}

#[test]
fn the_data_stream_is_whole_where_its_end_was_seen() {
    let mut whole = 0;
    for name in samples("kernel") {
        for connection in run(&name).connections {
            for side in Side::BOTH {
                let peer = &connection.peers[side];
                let (Some(idsn), Some(fin)) = (peer.idsn, peer.data_fin) else { continue };
                // The first octet is one behind the initial number.
                let octets = fin.wrapping_sub(idsn).wrapping_sub(1);
                if connection.fallback.is_none() {
                    assert_eq!(peer.stream_octets(), octets, "{name}: {side:?}");
                    whole += 1;
                }
            }
        }
    }
    assert!(whole > 20, "only {whole} streams were seen to their end");
}

fn only(name: &str) -> Connection {
    run(name).connection().clone()
}

#[test]
fn handshakes_and_joins() {
    for (name, subflows) in [
        ("basic_v4.pcap", 1),
        ("basic_v6.pcap", 1),
        ("tunnel_raw.pcap", 1),
        ("join_v4.pcap", 3),
        ("join_v6.pcapng", 3),
        ("join_backup.pcap", 2),
        ("checksum_v4.pcap", 2),
        ("checksum_joins_v6.pcap", 3),
        ("addaddr_v4.pcap", 3),
        ("addaddr_v6.pcapng", 3),
        ("addaddr_port.pcap", 2),
        ("loopback.pcap", 2),
        ("nano.pcap", 2),
        ("any_sll.pcap", 2),
        ("any_sll2.pcap", 2),
        ("two_links.pcapng", 2),
        ("prio.pcap", 3),
        ("snap96.pcap", 2),
    ] {
        let connection = only(name);
        assert_eq!(connection.origin, Origin::Handshake, "{name}");
        assert_eq!(connection.version, Some(1), "{name}");
        assert_eq!(connection.checksum, Some(name.starts_with("checksum")), "{name}");
        assert_eq!(connection.subflows.len(), subflows, "{name}");
        let most = connection.most_at_once.map(|(most, _)| most);
        assert_eq!(most, Some(subflows as u32), "{name}");
        for subflow in &connection.subflows {
            assert_eq!(subflow.phase, Phase::Finished, "{name}");
            let number = |at: Option<Moment>| at.map(|at| at.number);
            assert!(number(subflow.established) < number(subflow.ended), "{name}");
        }
        assert_eq!(connection.fallback, None, "{name}");
    }
}

#[test]
fn checksums_are_in_use_and_verified() {
    for name in ["checksum_v4.pcap", "checksum_joins_v6.pcap"] {
        let [good, ..] = run(name).tally(Fact::Checksum);
        assert!(good > 10, "{name}: {good}");
    }
}

#[test]
fn addresses_are_announced_echoed_and_removed() {
    for (name, count, v6, port) in [
        ("addaddr_v4.pcap", 2, false, false),
        ("addaddr_v6.pcapng", 2, true, false),
        ("addaddr_port.pcap", 1, false, true),
    ] {
        let run = run(name);
        let listener = &run.connection().peers.b;
        assert_eq!(listener.addresses.len(), count, "{name}");
        for announced in &listener.addresses {
            assert_eq!(announced.addr.is_ipv6(), v6, "{name}");
            assert_eq!(announced.port.is_some(), port, "{name}");
            assert!(announced.echoed.is_some_and(|at| at.number > announced.added.number));
            assert_eq!(announced.removed, None, "{name}");
        }
        assert_eq!(run.tally(Fact::AddAddrHmac), [count, 0, 0], "{name}");
    }
    let removed = run("rmaddr.pcap");
    let listener = &removed.connection().peers.b;
    assert!(!listener.addresses.is_empty());
    assert!(listener.addresses.iter().all(|announced| announced.removed.is_some()));
    assert!(removed.frames_with(NoticeId::UnknownAddressId).is_empty());
}

#[test]
fn priorities_change_over_time() {
    let backup = only("join_backup.pcap");
    assert_eq!(backup.subflows[0].backup(), Some(false));
    assert_eq!(backup.subflows[1].backup(), Some(true));
    let changes: Vec<Vec<bool>> = only("prio.pcap")
        .subflows
        .iter()
        .map(|subflow| subflow.priorities.iter().map(|&(.., backup)| backup).collect())
        .collect();
    assert_eq!(changes, [vec![], vec![true, false], vec![true]]);
}

#[test]
fn fallbacks_have_their_cause() {
    for (name, cause) in [
        ("fallback_tcp.pcap", FallbackCause::SynAckWithout),
        ("fallback_stripped_syn.pcap", FallbackCause::SynAckWithout),
        // Recorded at the client, whose own options are still there.
        ("fallback_stripped_data.pcap", FallbackCause::AckWithout),
        ("mpfail_single.pcap", FallbackCause::MpFail),
    ] {
        assert_eq!(only(name).fallback.map(|(_, cause)| cause), Some(cause), "{name}");
    }
    // With another subflow left the connection stays what it is.
    assert_eq!(only("mpfail_join.pcap").fallback, None);
}

#[test]
fn damage_is_found_and_reported_by_the_peer() {
    for name in DAMAGED {
        let run = run(name);
        let (bad, reported) = (run.bad(Fact::Checksum), run.frames_with(NoticeId::MpFail));
        assert!(bad[0] < reported[0], "{name}: bad in {bad:?}, reported in {reported:?}");
    }
    assert_eq!(run("mpfail_single.pcap").frames_with(NoticeId::InfiniteMapping).len(), 1);
}

#[test]
fn connections_closed_at_once() {
    for (name, closed_by) in
        [("fastclose.pcap", [Side::A, Side::A]), ("fastclose_server.pcap", [Side::A, Side::B])]
    {
        let run = run(name);
        let by: Vec<Side> =
            run.connections.iter().filter_map(|c| c.fastclose.map(|(_, side)| side)).collect();
        assert_eq!(by, closed_by, "{name}");
        for connection in &run.connections {
            assert!(connection.subflows.iter().all(|s| s.phase == Phase::Reset), "{name}");
        }
        let [good, ..] = run.tally(Fact::FastcloseKey);
        assert!(good >= 2, "{name}");
    }
}

#[test]
fn resets_have_the_reason_that_came_first() {
    let connection = only("tcprst.pcap");
    assert_eq!(connection.subflows[0].phase, Phase::Finished);
    for subflow in &connection.subflows[1..] {
        assert_eq!(subflow.phase, Phase::Reset);
        // Administratively prohibited.
        assert_eq!(subflow.reset, Some((Side::B, 3, false)));
    }
}

#[test]
fn data_of_a_syn_is_no_part_of_the_data_stream() {
    let run = run("tfo_v4.pcap");
    assert_eq!(run.connections.len(), 3);
    for connection in &run.connections[1..] {
        let subflow = &connection.subflows[0];
        assert!(connection.peers.a.stream_octets() < subflow.halves.a.octets);
        assert_eq!(connection.peers.a.reinjected, 0);
    }
    for (&frame, &(mapping, payload)) in &run.dsns {
        if let (Some(mapping), Some(payload)) = (mapping, payload) {
            assert!(payload >= mapping, "frame {frame}: octet {payload} before its {mapping}");
        }
    }
    assert!(run.frames_with(NoticeId::Unmapped).is_empty());
}

#[test]
fn a_late_start_leaves_things_unknown() {
    let run = run("late_start.pcap");
    assert_eq!(run.connections.len(), 3);
    for connection in &run.connections {
        assert!(!connection.roles_known);
        assert_eq!((connection.version, connection.checksum), (None, None));
        for side in Side::BOTH {
            let peer = &connection.peers[side];
            assert_eq!((peer.key, peer.idsn, peer.flags.is_some()), (None, None, false));
        }
        if connection.origin == Origin::Middle {
            let subflow = &connection.subflows[0];
            assert_eq!(
                (subflow.initial, subflow.opened_by, subflow.established),
                (None, None, None)
            );
            assert_eq!((subflow.backup(), subflow.halves.a.isn), (None, None));
            assert_eq!(connection.most_at_once, None);
        }
    }
    let reasons: Vec<_> =
        run.unverifiable().into_iter().map(|(_, fact, why)| (fact, why)).collect();
    let keys = Missing::Keys;
    assert_eq!(reasons, [(Fact::Token, keys), (Fact::JoinHmac, keys), (Fact::JoinHmac, keys)]);
    assert_eq!(run.frames_with(NoticeId::UnknownToken).len(), 1);
    assert!(run.frames_with(NoticeId::Unmapped).is_empty());
}
