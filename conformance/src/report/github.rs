//! Annotations of a GitHub workflow: a command for each case that isn't a plain pass, on standard
//! output of a step.
//!
//! GitHub shows the first ten errors and ten warnings of a step, so a case gives one annotation
//! for all of its plays, and what fails the run comes first.

use std::io::{self, Write};

use super::words::{self, Label, visible};
use crate::catalogue::Gating;
use crate::suite::result::{CaseResult, Played, Run};

/// Writes a run.
///
/// # Errors
///
/// Those of `out`.
pub fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let mut annotations: Vec<(Severity, String)> = Vec::new();
    for result in run.cases() {
        if let Some(speaker) = words::speaker(&result)
            && let Some(severity) = Severity::of(speaker)
        {
            annotations.push((severity, annotation(severity, &result, speaker)));
        }
    }
    annotations.sort_by_key(|&(severity, _)| severity);
    for (_, line) in &annotations {
        writeln!(out, "{line}")?;
    }
    let text = format!("{}, gate {}: {}", run.target, run.gate().name(), words::gate(run));
    let severity = if run.gate().exit_code() == 0 { Severity::Notice } else { Severity::Error };
    writeln!(out, "::{} title=mpconform::{}", severity.command(), data(&text))
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Error,
    Warning,
    Notice,
}

impl Severity {
    fn of(played: &Played) -> Option<Self> {
        let label = Label::of(played);
        if played.standing.fails_run() {
            return Some(Self::Error);
        }
        match label {
            Label::Pass | Label::Skipped => None,
            Label::Xfail | Label::Inconclusive => Some(Self::Notice),
            Label::Fail | Label::Flaky | Label::Xpass | Label::Error => {
                match played.requirement().level.gating() {
                    Gating::Always | Gating::Strict => Some(Self::Warning),
                    Gating::Named => Some(Self::Notice),
                }
            }
        }
    }

    const fn command(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

fn annotation(severity: Severity, result: &CaseResult<'_>, speaker: &Played) -> String {
    let label = Label::of(speaker);
    let alike: Vec<&Played> =
        result.plays.iter().filter(|played| Label::of(played) == label).collect();
    let share = match words::variants(&alike, result.plays) {
        Some(variants) => format!("{} of {}: {variants}", alike.len(), result.plays.len()),
        None => words::plural(alike.len(), "variant"),
    };
    let requirement = speaker.requirement();
    let mut lines = vec![
        format!("{}: {}", result.case.id, result.case.summary),
        format!("{label} ({share}), {} {}", requirement.level, requirement.place()),
    ];
    lines.extend(words::reason(speaker));
    lines.extend(words::evidence(speaker).map(|evidence| format!("evidence: {evidence}")));
    lines.push(format!("again: {}", words::again(speaker)));
    let lines: Vec<_> = lines.iter().map(|line| data(line)).collect();
    let title = property(&format!("{} {}", label, result.case.id));
    format!("::{} title={title}::{}", severity.command(), lines.join("%0A"))
}

/// What stands behind the second `::` of a workflow command.
fn data(text: &str) -> String {
    visible(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What stands in a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
