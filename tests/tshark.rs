//! Every row of `fields`, over every sample capture, against what tshark prints for it.
//!
//! `tshark-differences.toml` lists where the two differ and why. A difference that no rule covers
//! fails, and so does a rule that covers more or fewer than it says. Wireshark 4.0 is what the
//! spelling of values follows; without it the comparison is skipped, with `CI=true` that fails.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use mpdissect::event::{Config, Dissector};
use mpdissect::render::fields::{Column, Columns, Layout};
use mpdissect::source::{Input, Source};
use mpdissect::wire::frame::TunnelPorts;
use regex::Regex;
use serde::Deserialize;

const CAPTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../captures");
const DIFFERENCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/tshark-differences.toml");

/// Stands for the column of a row that only one of the two has.
const ROW: &str = "row";

/// The differences that there are meant to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Differences {
    /// Captures that tshark can't open.
    unreadable: BTreeSet<String>,
    /// Captures in which tshark also numbers what is no packet, so that rows are compared in order.
    renumbered: BTreeSet<String>,
    /// Columns that tshark doesn't have.
    own: BTreeSet<String>,
    rule: Vec<Rule>,
}

/// A kind of difference. Patterns match whole values.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// The names of the captures.
    #[serde(with = "pattern", default = "pattern::any")]
    captures: Regex,
    /// The names of the columns.
    #[serde(with = "pattern")]
    columns: Regex,
    /// What tshark prints.
    #[serde(with = "pattern", default = "pattern::any")]
    tshark: Regex,
    /// What is printed here.
    #[serde(with = "pattern", default = "pattern::any")]
    ours: Regex,
    /// What other columns of the row have here.
    #[serde(default)]
    given: BTreeMap<String, String>,
    /// How many values differ in this way.
    count: usize,
    /// Why.
    reason: String,
}

mod pattern {
    use regex::Regex;
    use serde::{Deserialize, Deserializer, de::Error};

    pub(super) fn whole(text: &str) -> Result<Regex, regex::Error> {
        Regex::new(&format!("^(?:{text})$"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Regex, D::Error> {
        whole(&String::deserialize(from)?).map_err(D::Error::custom)
    }

    pub(super) fn any() -> Regex {
        Regex::new("").expect("the empty pattern is one")
    }
}

impl Rule {
    fn covers(&self, found: &Difference) -> bool {
        self.captures.is_match(&found.capture)
            && self.columns.is_match(&found.column)
            && self.tshark.is_match(&found.tshark)
            && self.ours.is_match(&found.ours)
            && self.given.iter().all(|(column, wanted)| {
                let value = found.row.get(column).map_or("", String::as_str);
                pattern::whole(wanted).is_ok_and(|wanted| wanted.is_match(value))
            })
    }
}

type Row = HashMap<String, String>;

/// One value, or one row, that isn't the same.
struct Difference {
    capture: String,
    frame: u64,
    column: String,
    tshark: String,
    ours: String,
    row: Row,
}

#[test]
fn every_difference_from_tshark_has_its_reason() {
    let Some(known) = tshark_fields() else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "tshark 4.0 is not installed");
        eprintln!("SKIPPED: tshark 4.0 is not installed, so nothing was compared with it");
        return;
    };
    let text = std::fs::read_to_string(DIFFERENCES).expect("the list is there");
    let listed: Differences = toml::from_str(&text).expect("the list is well-formed");
    let (shared, own): (Vec<_>, Vec<_>) =
        Column::all().map(|column| column.name).partition(|name| known.contains(*name));
    let own: BTreeSet<String> = own.into_iter().map(str::to_owned).collect();
    assert_eq!(own, listed.own, "columns that tshark doesn't have");

    let captures = captures();
    let (next, found, rows) = (AtomicUsize::new(0), Mutex::new(Vec::new()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(capture) = captures.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ours = our_rows(capture);
                    let theirs = tshark_rows(capture, &shared);
                    let name = name_of(capture);
                    assert_eq!(
                        theirs.is_none(),
                        listed.unreadable.contains(&name),
                        "whether tshark opens {name}"
                    );
                    let Some(mut theirs) = theirs else { continue };
                    if listed.renumbered.contains(&name) {
                        assert_eq!(ours.len(), theirs.len(), "rows of {name}");
                        theirs = ours.keys().copied().zip(theirs.into_values()).collect();
                    }
                    rows.fetch_add(ours.len(), Ordering::Relaxed);
                    let differences = compare(&name, &shared, &ours, &theirs);
                    found.lock().expect("no thread failed").extend(differences);
                }
            });
        }
    });
    let rows = rows.into_inner();
    assert!(rows > 1000, "only {rows} rows were compared");
    judge(&listed.rule, &found.into_inner().expect("no thread failed"));
}

/// The fields that tshark has, if it is there in the version that is followed.
fn tshark_fields() -> Option<BTreeSet<String>> {
    let version = tshark(&["--version"])?;
    version.starts_with("TShark (Wireshark) 4.0.").then_some(())?;
    let fields = tshark(&["-G", "fields"])?;
    let names = fields.lines().filter_map(|line| line.split('\t').nth(2));
    Some(names.map(str::to_owned).collect())
}

/// What tshark prints, away from anyone's preferences.
fn tshark(args: &[&str]) -> Option<String> {
    let home = tempfile::tempdir().expect("a directory can be made");
    let output = Command::new("tshark")
        .env("HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path())
        .args(args)
        .output()
        .ok()?;
    // It exits with 2 where a file is cut, after what was good of it.
    (output.status.success() || !output.stdout.is_empty())
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn captures() -> Vec<PathBuf> {
    let files = std::fs::read_dir(CAPTURES).expect("the captures are there");
    let mut files: Vec<PathBuf> = files
        .map(|file| file.expect("the folder can be read").path())
        .filter(|path| name_of(path).contains(".pcap"))
        .collect();
    files.sort();
    files
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The rows of a capture with every column, by frame.
fn our_rows(capture: &Path) -> BTreeMap<u64, Row> {
    let names: Vec<_> = Column::all().map(|column| column.name).collect();
    let mut columns = Columns::new(&names, Layout::Tabs).expect("all names are known");
    let mut dissector = Dissector::new(Config::default());
    let mut source = Input::open(capture).expect("the capture opens");
    let mut rows = BTreeMap::new();
    let mut line = Vec::new();
    while source.advance().expect("the capture is whole") {
        let (frame, mut room) = (source.frame(), None);
        columns.see(&TunnelPorts::DEFAULT, &frame);
        let Some(event) = dissector.dissect(&frame, &mut room) else { continue };
        line.clear();
        columns.row(&event, &mut line);
        if !line.is_empty() {
            let text = std::str::from_utf8(&line).expect("a row is text");
            rows.insert(event.number, row(&names, text.trim_end_matches('\n')));
        }
    }
    rows
}

/// The rows that tshark prints; none where it can't open the file.
fn tshark_rows(capture: &Path, columns: &[&str]) -> Option<BTreeMap<u64, Row>> {
    let file = capture.to_str().expect("samples have plain names");
    // Without the option it says nothing of the places of payload in the data stream.
    let mut args = vec!["-n", "-r", file, "-o", "mptcp.analyze_mappings:TRUE"];
    args.extend(["-Y", "tcp.options.mptcp.subtype", "-T", "fields"]);
    for column in columns {
        args.extend(["-e", column]);
    }
    let text = tshark(&args)?;
    let rows = text.lines().map(|line| row(columns, line));
    Some(rows.map(|row| (row["frame.number"].parse().expect("a number"), row)).collect())
}

fn row(columns: &[&str], line: &str) -> Row {
    let values: Vec<_> = line.split('\t').collect();
    assert_eq!(values.len(), columns.len(), "as many values as columns in {line:?}");
    columns.iter().zip(values).map(|(name, value)| ((*name).to_owned(), value.to_owned())).collect()
}

fn compare(
    capture: &str,
    columns: &[&str],
    ours: &BTreeMap<u64, Row>,
    theirs: &BTreeMap<u64, Row>,
) -> Vec<Difference> {
    let frames: BTreeSet<u64> = ours.keys().chain(theirs.keys()).copied().collect();
    let mut differences = Vec::new();
    for frame in frames {
        let mut differ = |column: &str, tshark: &str, here: &str| {
            differences.push(Difference {
                capture: capture.to_owned(),
                frame,
                column: column.to_owned(),
                tshark: tshark.to_owned(),
                ours: here.to_owned(),
                row: ours.get(&frame).cloned().unwrap_or_default(),
            });
        };
        match (ours.get(&frame), theirs.get(&frame)) {
            (Some(ours), Some(theirs)) => {
                for column in columns.iter().filter(|column| ours[**column] != theirs[**column]) {
                    differ(column, &theirs[*column], &ours[*column]);
                }
            }
            (Some(_), None) => differ(ROW, "none", "one"),
            (None, _) => differ(ROW, "one", "none"),
        }
    }
    differences
}

/// Each difference belongs to the first rule that covers it.
fn judge(rules: &[Rule], found: &[Difference]) {
    let mut counts = vec![0_usize; rules.len()];
    let mut unlisted: BTreeMap<(&str, &str), Vec<&Difference>> = BTreeMap::new();
    for difference in found {
        match rules.iter().position(|rule| rule.covers(difference)) {
            Some(rule) => counts[rule] += 1,
            None => unlisted
                .entry((&difference.column, &difference.capture))
                .or_default()
                .push(difference),
        }
    }
    let mut report = String::new();
    for ((column, capture), differences) in &unlisted {
        writeln!(report, "{column} in {capture}: {} unlisted", differences.len()).unwrap();
        for Difference { frame, tshark, ours, .. } in differences.iter().take(5) {
            writeln!(report, "    frame {frame}: tshark {tshark:?}, here {ours:?}").unwrap();
        }
    }
    for (rule, count) in rules.iter().zip(&counts) {
        if rule.count != *count {
            let (columns, expected) = (rule.columns.as_str(), rule.count);
            writeln!(report, "{columns}: {expected} listed, {count} found: {}", rule.reason)
                .unwrap();
        }
    }
    assert!(report.is_empty(), "{report}");
}
