//! What holds for the table of every sample.

use std::path::{Path, PathBuf};

use super::{Style, Totals, connection, heading, summary};
use crate::render::samples::{Read, all, read, sample};
use crate::render::theme::Theme;

/// The table of a sample in that many columns.
fn table(path: &Path, width: usize, colour: bool) -> String {
    let theme = Theme::new(colour);
    let style = Style { width, theme: &theme };
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

#[test]
fn no_line_ends_in_a_blank_and_those_of_ipv4_fit() {
    for path in unpacked() {
        let text = table(&path, 100, false);
        let ipv6 = text.contains('[');
        for line in text.lines() {
            assert_eq!(line.trim_end(), line, "{}", path.display());
            assert!(ipv6 || line.len() <= 100, "{}: {line}", path.display());
        }
    }
}

#[test]
fn colours_change_no_alignment() {
    let path = sample("maxsubflows.pcap");
    let painted = table(&path, 100, true);
    let (first, rest) = painted.split_once('\u{1b}').expect("there are colours");
    let behind = |piece: &str| piece.split_once('m').map_or(String::new(), |(_, text)| text.into());
    let stripped = first.to_owned() + &rest.split('\u{1b}').map(behind).collect::<String>();
    assert_eq!(stripped, table(&path, 100, false));
}

#[test]
fn a_narrow_terminal_gets_the_last_column_below() {
    insta::assert_snapshot!("narrow", table(&sample("join_v6.pcapng"), 72, false));
}
