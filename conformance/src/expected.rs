//! The file of expected results: which plays are known not to pass, so that a run fails only for
//! what is new. A play that passes against it fails the run too: the file is out of date then.

use std::fmt::Write as _;
use std::ops::Range;

use serde::Deserialize;

use crate::suite::Play;
use crate::suite::result::{Played, Run};
use crate::suite::select::{names, nearest};
use crate::verdict::Verdict;

/// What is expected not to pass.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    entries: Vec<Entry>,
}

/// One expectation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The id of a case, or of one of its plays, or a beginning of it: a selector.
    case: toml::Spanned<String>,
    /// What it is expected to come to.
    #[serde(default)]
    pub verdict: ExpectedVerdict,
    /// What was seen when the entry was made.
    pub reason: Option<String>,
    /// What is to be said about it.
    pub note: Option<String>,
}

impl Entry {
    /// What the entry is about, as a selector.
    pub fn case(&self) -> &str {
        self.case.get_ref()
    }
}

/// The verdicts that can be expected.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ExpectedVerdict {
    /// It fails.
    #[default]
    Fail,
    /// It fails at times.
    Flaky,
    /// It can't be decided.
    Inconclusive,
    /// It isn't played.
    Skipped,
    /// It breaks the tester.
    Error,
}

impl Expected {
    /// Reads the text of such a file.
    ///
    /// # Errors
    ///
    /// When it isn't one, or names what doesn't exist: a sentence with the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[serde(default)]
            expected: Vec<Entry>,
        }
        let line = |span: Range<usize>| {
            text.get(..span.start).map_or(1, |before| before.matches('\n').count() + 1)
        };
        let file: File = toml::from_str(text).map_err(|error| {
            let message = error.message().replace('\n', ", ");
            match error.span() {
                Some(span) => format!("line {}: {message}", line(span)),
                None => message,
            }
        })?;
        for entry in &file.expected {
            if !Play::all().any(|play| names(entry.case(), &play)) {
                let line = line(entry.case.span());
                let ids = Play::all().map(|play| play.case.id.to_owned());
                let near =
                    nearest(entry.case(), ids.collect::<std::collections::BTreeSet<_>>(), 0.8, 1);
                let hint = near.first().map_or_else(
                    || "remove it".to_owned(),
                    |near| format!("remove it, or did you mean {near}?"),
                );
                return Err(format!(
                    "line {line}: there is no case {} any more; {hint}",
                    entry.case()
                ));
            }
        }
        Ok(Self { entries: file.expected })
    }

    /// What is expected of a play: the last entry that is about it.
    pub fn of(&self, play: &Play) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| names(entry.case(), play))
    }

    /// The text of a file by which a run like this one passes: what failed in it. Notes of plays
    /// that are known already stay.
    pub fn write(run: &Run) -> String {
        let mut text = format!(
            "# Known failures of {}, for mpconform run --expected. A play that passes against this\n\
             # file fails the run: remove its entry then.\n",
            run.target
        );
        for case in run.cases() {
            let broken: Vec<&Played> =
                case.plays.iter().filter(|played| kind(&played.verdict).is_some()).collect();
            // One entry for a whole case that fails in the same way.
            let alike = broken.len() == case.plays.len()
                && case.case.variants().count() == case.plays.len()
                && broken.windows(2).all(|pair| match pair {
                    [one, other] => {
                        kind(&one.verdict) == kind(&other.verdict) && one.note == other.note
                    }
                    _ => true,
                });
            if alike && let Some(first) = broken.first() {
                put(&mut text, case.case.id, first);
            } else {
                for played in broken {
                    put(&mut text, &played.play.to_string(), played);
                }
            }
        }
        text
    }
}

fn kind(verdict: &Verdict) -> Option<&'static str> {
    matches!(verdict, Verdict::Fail(_) | Verdict::Flaky { .. }).then(|| verdict.name())
}

fn put(text: &mut String, case: &str, played: &Played) {
    let lines = [
        ("case", Some(case)),
        ("verdict", kind(&played.verdict)),
        ("reason", played.finding().map(|finding| finding.seen.as_str())),
        ("note", played.note.as_deref()),
    ];
    text.push_str("\n[[expected]]\n");
    for (key, value) in lines {
        if let Some(value) = value {
            // A string takes whatever is written to it.
            let _ = writeln!(text, "{key} = {}", toml::Value::from(value));
        }
    }
}

#[cfg(test)]
mod tests;
