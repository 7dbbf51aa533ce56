//! Every sample's connections as a terminal of 100 columns shows them.

use std::path::{Path, PathBuf};

use super::{Meaning, Style, Totals, connection, heading, summary};
use crate::render::samples::{Read, all, read, sample};

/// The table of a sample in that many columns.
fn table(path: &Path, width: usize, paint: &dyn Fn(Meaning, &str) -> String) -> String {
    let style = Style { width, paint };
    let mut out = Vec::new();
    let Read { mut dissector, .. } = read(path, |_, _| {});
    let mut totals = Totals::default();
    heading(&style, &mut out);
    let evicted = dissector.tracker().evicted();
    for each in dissector.tracker().connections() {
        connection(each, &style, &mut out);
        totals.add(each);
    }
    summary(&totals, dissector.counts(), evicted, &style, &mut out);
    String::from_utf8(out).expect("a table is text")
}

/// The samples, without those that are packed forms of others.
fn unpacked() -> impl Iterator<Item = PathBuf> {
    all("").into_iter().filter(|path| {
        path.extension().is_some_and(|extension| extension == "pcap" || extension == "pcapng")
    })
}

fn plain(_: Meaning, text: &str) -> String {
    text.to_owned()
}

#[test]
fn tables_of_samples() {
    for path in unpacked() {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        insta::assert_snapshot!(name, table(&path, 100, &plain));
    }
}

#[test]
fn no_line_ends_in_a_blank_and_those_of_ipv4_fit() {
    for path in unpacked() {
        let text = table(&path, 100, &plain);
        let ipv6 = text.contains('[');
        for line in text.lines() {
            assert_eq!(line.trim_end(), line, "{}", path.display());
            assert!(ipv6 || line.len() <= 100, "{}: {line}", path.display());
        }
    }
}

#[test]
fn colours_change_no_alignment() {
    let paint = |meaning: Meaning, text: &str| match meaning {
        Meaning::Plain => text.to_owned(),
        _ => format!("\u{1b}[1m{text}\u{1b}[0m"),
    };
    let path = sample("maxsubflows.pcap");
    let painted = table(&path, 100, &paint);
    assert!(painted.contains('\u{1b}'));
    let stripped = painted.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
    assert_eq!(stripped, table(&path, 100, &plain));
}

#[test]
fn a_narrow_terminal_gets_the_last_column_below() {
    insta::assert_snapshot!("narrow", table(&sample("join_v6.pcapng"), 72, &plain));
}
