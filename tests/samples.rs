//! What the tool makes of each sample capture, as a person reads it; and that every file in the
//! folder is accounted for.

#[expect(dead_code, reason = "shared with tests that use more of it")]
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use support::{root, run, stdout, text};

/// The captures that can be read, by name.
fn samples() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(root("captures"))
        .expect("the folder is there")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("a plain name"))
        .filter(|name| {
            let extension = Path::new(name).extension();
            extension.is_some_and(|extension| extension == "pcap" || extension == "pcapng")
        })
        .collect();
    names.sort_unstable();
    assert!(names.len() > 50, "{names:?}");
    names
}

fn snapshot(kind: &str, args: &[&str]) {
    for name in samples() {
        let file = format!("captures/{name}");
        let output = stdout(&[args, &[&file]].concat());
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false,
            snapshot_path => root("tests/snapshots") }, {
            insta::assert_snapshot!(format!("{kind}@{name}"), output);
        });
    }
}

#[test]
fn text_of_every_sample() {
    snapshot("text", &[]);
}

#[test]
fn connections_of_every_sample() {
    snapshot("connections", &["--connections"]);
}

#[test]
fn json_of_every_sample() {
    snapshot("json", &["--format", "json", "-c", "8"]);
}

const SUBTYPE: &str = "tcp.options.mptcp.subtype";
const DATA_ACK: &str = "tcp.options.mptcp.rawdataack";
const DSN: &str = "tcp.options.mptcp.rawdataseqno";

/// Columns of options in the middle, at the start, at the end, alone, and with others in between.
const COLUMNS: [&[&str]; 6] = [
    &["frame.number", "frame.time_epoch", SUBTYPE, DATA_ACK, DSN, "frame.len"],
    &[DSN, SUBTYPE, "frame.number"],
    &["frame.number", "frame.len", DATA_ACK, SUBTYPE],
    &[SUBTYPE, DATA_ACK],
    &[DATA_ACK, "frame.number", SUBTYPE, "frame.len", DSN],
    &["tcp.srcport", DATA_ACK, SUBTYPE, "tcp.len", DSN],
];

/// A frame that repeats the options of its flow goes a shorter way, or a part of it, unless a
/// column wants more of it: all ways lead to the same.
fn columns_are_the_same_any_way(file: &str) {
    for start in [&["--format", "fields"][..], &["--format", "csv", "--only", "dss"]] {
        for columns in COLUMNS {
            let lines = |columns: &[&str]| {
                let asked: Vec<&str> = columns.iter().flat_map(|&name| ["-e", name]).collect();
                stdout(&[start, &asked, &[file]].concat())
            };
            // Only the first columns of options are kept, up to the next one of anything else,
            // which here wants connections followed. Neither has more than one value.
            let long =
                lines(&[&["tcp.options.mptcp.flag_T.flag", "mptcp.stream"], columns].concat());
            let cut = |line: &str| line.splitn(3, ['\t', ',']).nth(2).map(str::to_owned);
            let long: Option<Vec<String>> = long.lines().map(cut).collect();
            let short = lines(columns).lines().map(str::to_owned).collect();
            assert_eq!(Some(short), long, "{file} {start:?} {columns:?}");
        }
    }
}

#[test]
fn columns_are_the_same_beside_one_that_wants_more() {
    for name in samples() {
        columns_are_the_same_any_way(&format!("captures/{name}"));
    }
}

/// What is kept of options is kept by ports: these flows have one place, as `place` in
/// `wire/tcp.rs` gives it.
#[test]
fn columns_are_those_of_the_flow_whose_place_is_shared() {
    const PORTS: [u16; 2] = [1000, 1064];
    let dss = |ack: u8| vec![30, 8, 0x20, 0x01, 0, 0, 0, ack];
    let stamped = |time: u8| [&[1, 1, 8, 10, 0, 0, 0, time, 0, 0, 0, 0][..], &dss(1)].concat();
    let prio = vec![30, 3, 0x50, 1];
    let areas = [vec![], prio, dss(1), dss(2), stamped(3), stamped(4)];
    // Alternately, for each pair of what both may have, equal ones too.
    let mut segments = Vec::new();
    for (one, other) in areas.iter().flat_map(|one| areas.iter().map(move |other| (one, other))) {
        for _ in 0..3 {
            segments.extend(PORTS.into_iter().zip([one, other]));
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("shared.pcap");
    std::fs::write(&file, capture(&segments)).expect("written");
    let file = file.to_str().expect("a plain path");
    columns_are_the_same_any_way(file);

    let columns = ["--format", "fields", "-e", "frame.number", "-e", DATA_ACK, "-e", "frame.len"];
    let expected: Vec<String> = (1..)
        .zip(&segments)
        .filter(|(_, (_, area))| !area.is_empty())
        .map(|(number, (_, area))| {
            let ack = area.iter().rposition(|&octet| octet == 30).map(|at| &area[at..]);
            let ack = ack.and_then(|option| option.get(7)).map(u8::to_string).unwrap_or_default();
            format!("{number}\t{ack}\t{}", 40 + area.len())
        })
        .collect();
    assert_eq!(stdout(&[&columns[..], &[file]].concat()).lines().collect::<Vec<_>>(), expected);
}

/// A capture of IPv4 packets without payload: each one's source port and options.
fn capture(segments: &[(u16, &Vec<u8>)]) -> Vec<u8> {
    // pcap 2.4 with microseconds, and a link type of IPv4 packets (LINKTYPE_IPV4).
    let header = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 228_u32];
    let mut file = header.map(u32::to_le_bytes).concat();
    for (seconds, (port, options)) in (1..).zip(segments) {
        let mut packet = [0; 40];
        let length = packet.len() + options.len();
        (packet[0], packet[3], packet[9]) = (0x45, length as u8, 6);
        packet[20..22].copy_from_slice(&port.to_be_bytes());
        // To port 80 goes an ACK, its header counted in words of four octets.
        (packet[23], packet[32], packet[33]) = (80, (5 + options.len() as u8 / 4) << 4, 0x10);
        let record = [seconds, 0, length as u32, length as u32].map(u32::to_le_bytes);
        file.extend([&record.concat(), &packet[..], options].concat());
    }
    file
}

#[test]
fn trees_and_octets_of_some_samples() {
    for name in [
        "navigation-odd.pcap",
        "maxsubflows-layouts.pcap",
        "malformed.pcap",
        "v0.pcap",
        "tunnels.pcap",
    ] {
        let file = format!("captures/{name}");
        let output = stdout(&["-vx", "-c", "24", &file]);
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false,
            snapshot_path => root("tests/snapshots") }, {
            insta::assert_snapshot!(format!("tree@{name}"), output);
        });
    }
}

#[test]
fn every_file_is_accounted_for() {
    let readme = std::fs::read_to_string(root("captures/README.md")).expect("the page is there");
    let listed: BTreeSet<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name))
        .collect();
    let mut found = BTreeSet::new();
    for folder in ["", "broken/"] {
        for entry in std::fs::read_dir(root("captures").join(folder)).expect("the folder is there")
        {
            let name = entry.expect("readable").file_name().into_string().expect("a plain name");
            if name.contains(".pcap") || folder == "broken/" {
                found.insert(format!("{folder}{name}"));
            }
        }
    }
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(listed, found);
}

#[test]
fn damage_is_told_for_every_broken_file() {
    let mut told = Vec::new();
    let mut names: Vec<_> = std::fs::read_dir(root("captures/broken"))
        .expect("the folder is there")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("a plain name"))
        .collect();
    names.sort_unstable();
    for name in names {
        let output = run(&[&format!("captures/broken/{name}")]);
        let code = output.status.code().expect("no signal");
        let lines = text(&output.stdout).lines().count();
        let said = text(&output.stderr);
        told.push(format!("{name}: exit {code}, {lines} lines\n  {}\n", said.trim_end()));
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false,
        snapshot_path => root("tests/snapshots") }, {
        insta::assert_snapshot!("broken", told.concat());
    });
}
