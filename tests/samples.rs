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

/// A frame that repeats the options of its flow goes a shorter way, unless a column wants more of
/// it: both ways lead to the same.
#[test]
fn columns_are_the_same_beside_one_that_wants_more() {
    let columns = [
        "frame.number",
        "frame.time_epoch",
        "tcp.options.mptcp.subtype",
        "tcp.options.mptcp.rawdataack",
        "tcp.options.mptcp.rawdataseqno",
        "frame.len",
    ];
    let asked: Vec<&str> = columns.iter().flat_map(|column| ["-e", column]).collect();
    for name in samples() {
        let file = format!("captures/{name}");
        for start in [&["--format", "fields"][..], &["--format", "csv", "--only", "dss"]] {
            let short = stdout(&[start, &asked, &[&file]].concat());
            let long = stdout(&[start, &asked, &["-e", "tcp.srcport", &file]].concat());
            let cut = |line: &str| line.rsplit_once(['\t', ',']).map(|(rest, _)| rest.to_owned());
            let long: Option<Vec<String>> = long.lines().map(cut).collect();
            assert_eq!(Some(short.lines().map(str::to_owned).collect()), long, "{file} {start:?}");
        }
    }
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
