//! Every malformation of options and headers: which notice each one gets.

use mpdissect::flow::{Phase, Side};

use crate::run::{notes, run};

/// Notices by the note of the packet that has to get them.
const BY_NOTE: &[(&str, &[&str])] = &[
    (
        "option-area",
        &[
            "length 0",
            "length 1",
            "length 255",
            "kind 30 as the last octet: no length",
            "one octet past the end",
            "good DSS, then an MP_PRIO past the end",
        ],
    ),
    (
        "other-version",
        &["MP_PRIO 3, one too long: 4", "MP_PRIO in version 1 with an Address ID: 4"],
    ),
    (
        "misplaced-option",
        &[
            "DSS in a SYN",
            "MP_CAPABLE and DSS in a SYN",
            "MP_CAPABLE and MP_JOIN in a SYN",
            "ADD_ADDR in a SYN",
            "REMOVE_ADDR in a SYN",
            "MP_PRIO in a SYN",
            "MP_FAIL in a SYN",
            "MP_FASTCLOSE in a SYN",
            "MP_TCPRST in a SYN",
            "MP_CAPABLE in a SYN with RST",
            "MP_TCPRST on an ACK",
            "MP_JOIN 24 on the first subflow",
        ],
    ),
    (
        "length-for-segment",
        &[
            "MP_CAPABLE 12 of version 1 in a SYN",
            "MP_CAPABLE 20 in a SYN",
            "MP_JOIN 16 in a SYN",
            "MP_JOIN 24 in a SYN",
            "MP_CAPABLE 4 in a SYN/ACK",
            "MP_CAPABLE 4 on an ACK",
            "MP_CAPABLE 12 on an ACK",
            "MP_JOIN 12 on an ACK",
        ],
    ),
    (
        "malformed-option",
        &[
            "length 2: no subtype",
            "REMOVE_ADDR empty",
            "MP_EXPERIMENTAL 4: half an ExID",
            "DSS, no flag but 8 octets more",
        ],
    ),
    ("reset-reason", &["MP_TCPRST, reason 255"]),
    ("add-addr-echo-unasked", &["ADD_ADDR IPVer 5"]),
    ("padding-not-zero", &["EOL, then rubbish that is not zero", "DSS, EOL, MP_PRIO after it"]),
];

/// Notices by words of the note, where the whole of it isn't above.
const BY_WORDS: &[(&str, &[&str])] = &[
    ("option-area", &["runs past the header's end", "cuts DSS"]),
    ("duplicate-option", &["two "]),
    ("malformed-option", &["one too short", "one too long", "call for", ", length 3"]),
    ("malformed-option", &["MP_JOIN 13", "IPv4, E=", "IPVer 4", "IPVer 6", "subtype 9 "]),
    ("unknown-subtype", &["subtype 1"]),
    ("reserved-bits", &["reserved bit", "reserved nibble", "flags B to G", "flags U V W T"]),
    ("tcp-header", &["data offset 15", "data offset 9 of"]),
];

/// The notice that a packet with this note has to get; `None` where it needs none.
fn expected(note: &str) -> Option<&'static str> {
    let whole = BY_NOTE.iter().find(|(_, notes)| notes.contains(&note));
    // "MP_CAPABLE 13" and the like: a length that the option never has.
    let length = note.strip_prefix("MP_CAPABLE ").is_some_and(|rest| rest.parse::<u8>().is_ok());
    let words = BY_WORDS.iter().find(|(_, words)| words.iter().any(|word| note.contains(word)));
    whole.map(|(name, _)| *name).or(length.then_some("malformed-option")).or(words.map(|w| w.0))
}

#[test]
fn each_malformation_gets_its_notice() {
    let run = run("malformed.pcap");
    let mut silent = Vec::new();
    let mut count = 0;
    for (frame, note) in notes("malformed.pcap") {
        let names: Vec<&str> =
            run.names().into_iter().filter(|(at, _)| *at == frame).map(|(_, name)| name).collect();
        match expected(&note) {
            Some(name) => {
                assert!(names.contains(&name), "{frame}: {note}: {names:?}, expected {name}");
                count += 1;
            }
            None if names.is_empty() => silent.push(frame),
            None => {}
        }
    }
    assert!(count > 170, "only {count} packets were judged");
    // What isn't MPTCP, is no TCP at all, or is well-formed and only unusual.
    assert!(
        silent.iter().all(|frame| *frame == 126 || *frame == 144 || *frame > 148),
        "{silent:?}"
    );
}

#[test]
fn nothing_malformed_changes_the_connection() {
    let run = run("malformed.pcap");
    let connection = &run.connections[0];
    assert_eq!((connection.version, connection.fallback), (Some(1), None));
    // Joined in the middle of it all, by a token that other connections claimed in vain.
    assert_eq!(connection.subflows.len(), 2);
    let phases: Vec<Phase> = connection.subflows.iter().map(|subflow| subflow.phase).collect();
    assert_eq!(phases, [Phase::Reset, Phase::Finished]);
    // By the resets with odd bits, not by an MP_TCPRST on an ACK before them.
    let ended = connection.subflows[0].ended.map(|at| at.number);
    assert_eq!((ended, connection.subflows[0].reset), (Some(183), Some((Side::A, 7, true))));
    for side in Side::BOTH {
        assert_eq!(connection.subflows[0].halves[side].address_id, Some(0));
        assert!(connection.peers[side].addresses.is_empty());
    }
    for other in run.connections.iter().filter(|other| other.first.number < 170 && other.id > 0) {
        assert_eq!((other.fallback, other.fastclose), (None, None), "connection {}", other.id);
    }
}
