//! Runs the dissector over a sample and keeps what it said.

use std::collections::BTreeMap;
use std::path::PathBuf;

use mpdissect::event::{Config, Counts, Dissector};
use mpdissect::flow::{Connection, Fact, Missing, Status};
use mpdissect::notice::{NoticeId, Severity};
use mpdissect::source::{Input, Source};

/// Everything said about one capture.
pub(crate) struct Run {
    /// Notices with the frame that they are about.
    pub(crate) notices: Vec<(u64, NoticeId)>,
    /// Verified facts with the frame that settled them.
    pub(crate) checks: Vec<(u64, Fact, Status)>,
    /// The options that stated the verified checksums, by frame.
    pub(crate) checksums: BTreeMap<u64, Option<u8>>,
    /// DSN of mapping and of payload by frame, as far as they are known.
    pub(crate) dsns: BTreeMap<u64, (Option<u64>, Option<u64>)>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) counts: Counts,
}

pub(crate) fn captures() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../captures"))
}

/// Dissects a sample from its first frame to its last.
pub(crate) fn run(name: &str) -> Run {
    let path = captures().join(name);
    let mut input = Input::open(&path).unwrap_or_else(|error| panic!("{error}"));
    let mut dissector = Dissector::new(Config::default());
    let (mut notices, mut checks) = (Vec::new(), Vec::new());
    let (mut checksums, mut dsns) = (BTreeMap::new(), BTreeMap::new());
    while input.advance().unwrap_or_else(|error| panic!("{error}")) {
        let (frame, mut room) = (input.frame(), None);
        let Some(event) = dissector.dissect(&frame, &mut room) else { continue };
        let number = event.number;
        notices.extend(event.findings.notices.iter().map(|notice| (number, notice.id)));
        checks.extend(event.findings.checks.iter().map(|c| (number, c.fact, c.status)));
        let sums = event.findings.checks.iter().filter(|check| check.fact == Fact::Checksum);
        checksums.extend(sums.map(|check| (number, check.option)));
        if let Some(view) = event.view {
            dsns.insert(number, (view.mapping_dsn, view.payload_dsn));
        }
    }
    let connections = dissector.tracker().connections().into_iter().cloned().collect();
    Run { notices, checks, checksums, dsns, connections, counts: *dissector.counts() }
}

impl Run {
    /// The only connection of the capture.
    pub(crate) fn connection(&self) -> &Connection {
        assert_eq!(self.connections.len(), 1);
        &self.connections[0]
    }

    /// The frames with this notice.
    pub(crate) fn frames_with(&self, id: NoticeId) -> Vec<u64> {
        self.notices.iter().filter(|(_, other)| *other == id).map(|&(frame, _)| frame).collect()
    }

    /// Notices that are more than remarks.
    pub(crate) fn warnings(&self) -> Vec<(u64, &'static str)> {
        let grave = |id: NoticeId| id.severity() >= Severity::Warning;
        self.notices.iter().filter(|(_, id)| grave(*id)).map(|(at, id)| (*at, id.name())).collect()
    }

    /// Everything noticed.
    pub(crate) fn names(&self) -> Vec<(u64, &'static str)> {
        self.notices.iter().map(|(at, id)| (*at, id.name())).collect()
    }

    /// How many facts of this kind are good, bad and unverifiable.
    pub(crate) fn tally(&self, fact: Fact) -> [usize; 3] {
        let count = |which: fn(Status) -> bool| {
            self.checks.iter().filter(|(_, f, status)| *f == fact && which(*status)).count()
        };
        [
            count(|status| status == Status::Good),
            count(|status| status == Status::Bad),
            count(|status| matches!(status, Status::Unverifiable(_))),
        ]
    }

    /// The frames at which a fact was found bad.
    pub(crate) fn bad(&self, fact: Fact) -> Vec<u64> {
        let bad = self.checks.iter().filter(|(_, f, status)| *f == fact && *status == Status::Bad);
        bad.map(|&(frame, ..)| frame).collect()
    }

    /// The facts that could not be verified, and why.
    pub(crate) fn unverifiable(&self) -> Vec<(u64, Fact, Missing)> {
        self.checks
            .iter()
            .filter_map(|&(frame, fact, status)| match status {
                Status::Unverifiable(missing) => Some((frame, fact, missing)),
                _ => None,
            })
            .collect()
    }
}

/// What `captures/README.md` says about single packets of a sample, as its maker wrote it down.
pub(crate) fn notes(name: &str) -> Vec<(u64, String)> {
    let readme = std::fs::read_to_string(captures().join("README.md")).expect("a README");
    let heading = format!("### {name}");
    let section = readme.lines().skip_while(|line| *line != heading).skip(1);
    let notes: Vec<(u64, String)> = section
        .take_while(|line| !line.starts_with('#'))
        .filter_map(|line| line.strip_prefix("- ")?.split_once(": "))
        .map(|(number, note)| (number.parse().expect("a packet number"), note.to_owned()))
        .collect();
    assert!(!notes.is_empty(), "the README says nothing about packets of {name}");
    notes
}

/// The samples with this origin: `kernel`, `crafted` or `packed`.
pub(crate) fn samples(origin: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(captures().join("README.md")).expect("a README");
    let names = readme.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
        let name = cells.next()?.trim_end_matches('`').to_owned();
        (cells.next() == Some(origin) && !name.contains('/')).then_some(name)
    });
    let names: Vec<String> = names.collect();
    assert!(!names.is_empty(), "the README names no {origin} sample");
    names
}
