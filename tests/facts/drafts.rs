//! The two drafts' options at work.

use mpdissect::flow::{NavigationEvent, Pair, Phase, Side};
use mpdissect::wire::mptcp::MaxSubflowsLayout::{self, A, B, C};

use crate::run::{notes, run};

/// Octets of the client by subflow.
fn client(octets: &[Pair<u64>]) -> Vec<u64> {
    octets.iter().map(|pair| pair.a).collect()
}

#[test]
fn traffic_follows_the_navigation() {
    let run = run("navigation.pcap");
    let connection = run.connection();
    let log = connection.navigation.as_ref().expect("requests were sent");
    let seen = |event: &NavigationEvent| {
        let echoed = event.echoed.map(|at| at.number);
        let option = event.option;
        (event.at.number, event.subflow, option.address_id, option.cancel, event.repeats, echoed)
    };
    let timeline: Vec<_> = log.events.iter().map(seen).collect();
    assert_eq!(
        timeline,
        [
            (34, 0, 2, false, 0, Some(35)),
            (52, 1, 3, false, 1, Some(56)),
            (73, 2, 3, true, 0, Some(74)),
        ]
    );
    assert!(log.events.iter().all(|event| event.from == Side::B));
    assert_eq!(log.dropped, 0);
    // 300 octets and eight segments on the first subflow, then where the requests say.
    assert_eq!(client(&connection.octets_after(None)), [8300, 0, 0]);
    assert_eq!(client(&connection.octets_after(Some(0))), [0, 8000, 0]);
    assert_eq!(client(&connection.octets_after(Some(1))), [0, 1000, 8000]);
    assert_eq!(client(&connection.octets_after(Some(2))), [2000, 0, 2000]);
    assert_eq!(run.names(), [(55, "navigation-repeat")]);
}

#[test]
fn odd_navigation_is_noticed_packet_by_packet() {
    let run = run("navigation-odd.pcap");
    assert_eq!(
        run.warnings(),
        [
            (22, "navigation-cancel-unasked"),
            (23, "reserved-bits"),
            (24, "malformed-option"),
            (25, "malformed-option"),
            (26, "navigation-from-client"),
            (26, "navigation-unknown-address"),
            (27, "navigation-unknown-address"),
            (30, "navigation-echo-differs"),
            (32, "navigation-echo-differs"),
            (33, "navigation-backup"),
            (35, "navigation-backup"),
            (38, "duplicate-option"),
            (40, "unknown-subtype"),
            (42, "navigation-unknown-address"),
            (43, "misplaced-option"),
            (44, "misplaced-option"),
            (48, "misplaced-option"),
            (57, "navigation-backup"),
        ]
    );
    let connection = run.connection();
    assert_eq!(connection.subflows[1].priorities.len(), 1);
    assert_eq!(connection.peers.b.addresses[1].removed.map(|at| at.number), Some(41));
}

#[test]
fn the_smaller_maximum_is_in_force() {
    let run = run("maxsubflows.pcap");
    let connection = run.connection();
    let announced =
        |side: Side| connection.peers[side].max_subflows.map(|m| (m.value, m.at.number));
    assert_eq!((announced(Side::A), announced(Side::B)), (Some((4, 1)), Some((2, 2))));
    assert_eq!(connection.max_subflows_in_force(), Some(2));
    assert_eq!(connection.most_at_once.map(|(most, at)| (most, at.number)), Some((3, 14)));
    let phases: Vec<Phase> = connection.subflows.iter().map(|subflow| subflow.phase).collect();
    let (finished, reset) = (Phase::Finished, Phase::Reset);
    assert_eq!(phases, [finished, finished, reset, finished, Phase::Refused]);
    assert_eq!(connection.subflows[2].reset, Some((Side::B, 2, false)));
    assert_eq!(run.names(), [(14, "max-subflows-exceeded"), (31, "join-refused")]);
}

type Announced = (Option<(u32, MaxSubflowsLayout)>, Option<(u32, MaxSubflowsLayout)>);

/// What both sides announce in the connection whose SYN has this note.
fn announced(note: &str) -> Announced {
    let layout = match note.split_once(':').map_or("", |(start, _)| start) {
        "layout B" => B,
        "layout C" => C,
        _ => A,
    };
    let both = |value: u32| (Some((value, layout)), Some((value, layout)));
    let what = note.split_once(": ").map_or(note, |(_, what)| what);
    match what {
        "client 8, server 3" => (Some((8, layout)), Some((3, layout))),
        "zero from the client" => (None, Some((4, layout))),
        "zero from the server" => (Some((4, layout)), None),
        "one" => both(1),
        "2^24-1" => both((1 << 24) - 1),
        "2^24" => both(1 << 24),
        "2^31" => both(1 << 31),
        "2^32-1" => both(u32::MAX),
        "client layout A, server layout B" => (Some((8, A)), Some((3, B))),
        "only the client announces" => (Some((5, A)), None),
        "only the server announces" => (None, Some((5, A))),
        "client announces 8, then 2 with its first data" => (Some((2, A)), Some((6, A))),
        "server announces 3, then 9 on an ACK" => (Some((8, A)), Some((9, A))),
        "3, then 7" => (Some((7, A)), None),
        "reserved flag bits set" => both(4),
        "returned as unknown" | "on the third packet" | "on the first data" => (Some((4, A)), None),
        "on an ACK of the server" => (None, Some((4, A))),
        _ => (None, None),
    }
}

#[test]
fn every_layout_and_value_of_maximum_subflows() {
    let run = run("maxsubflows-layouts.pcap");
    let notes = notes("maxsubflows-layouts.pcap");
    let mut seen = 0;
    for connection in &run.connections {
        let first = connection.first.number;
        // The last connection has its options further on.
        let Some((_, note)) = notes.iter().find(|(frame, _)| *frame == first) else { continue };
        let of = |side: Side| connection.peers[side].max_subflows.map(|m| (m.value, m.layout));
        assert_eq!((of(Side::A), of(Side::B)), announced(note), "{note}");
        seen += 1;
    }
    assert_eq!((seen, run.connections.len()), (40, 41));
    let last = &run.connections[40];
    assert_eq!(last.max_subflows_in_force(), Some(4));
    let warnings = run.warnings();
    for (frame, note) in &notes {
        let expected: Option<(u64, &str)> = match note.as_str() {
            note if note.ends_with("zero from the client") => Some((*frame, "max-subflows-zero")),
            note if note.ends_with("zero from the server") => {
                Some((*frame + 1, "max-subflows-zero"))
            }
            "length 6: 8-bit value" | "length 7: 16-bit value" | "length 10: 40-bit value" => {
                Some((*frame, "malformed-option"))
            }
            "reserved flag bits set" => Some((*frame, "reserved-bits")),
            "on the SYN/ACK of an MP_JOIN" => Some((*frame, "max-subflows-changed")),
            "client announces 8, then 2 with its first data" => {
                Some((*frame + 3, "max-subflows-changed"))
            }
            _ => None,
        };
        if let Some(expected) = expected {
            assert!(warnings.contains(&expected), "{note}: {expected:?}");
        }
    }
}

#[test]
fn experiments_and_their_rejection() {
    let run = run("experimental.pcap");
    for (frame, note) in notes("experimental.pcap") {
        let names: Vec<&str> =
            run.names().into_iter().filter(|(at, _)| *at == frame).map(|(_, name)| name).collect();
        let rejected = ["rejected: S=0 U=1", "returned: could not be parsed"];
        assert_eq!(
            names.contains(&"experiment-rejected"),
            rejected.contains(&note.as_str()),
            "{frame}: {note}"
        );
        let malformed = note.starts_with("length 3") || note.starts_with("length 4");
        assert_eq!(names.contains(&"malformed-option"), malformed, "{frame}: {note}");
        let reserved = note.contains("reserved bit");
        assert_eq!(names.contains(&"reserved-bits"), reserved, "{frame}: {note}");
    }
}
