//! What failed, each in a block of its own; and why the rest wasn't decided.

use std::fmt::Write as _;

use super::super::words::{self, Label, visible};
use super::paint::{Meaning, columns};
use super::{Style, shown};
use crate::suite::result::{CaseResult, Played, Run};
use crate::verdict::Finding;

/// What the names of facts and the space behind them take.
const NAMES: usize = 14;

/// Appends the failures: those that fail the run first.
pub(super) fn blocks(run: &Run, style: &Style, text: &mut String) {
    for failing in [true, false] {
        for result in run.cases() {
            for alike in alike(&result) {
                let Some(first) = alike.first() else { continue };
                let told = first.standing.fails_run()
                    || matches!(Label::of(first), Label::Fail | Label::Flaky | Label::Error);
                if told && first.standing.fails_run() == failing {
                    block(&result, &alike, first, style, text);
                }
            }
        }
    }
}

/// The plays of a case, those together that came to the same at the same step, or for the same
/// reason. What was seen may differ in keys and numbers.
fn alike<'a>(result: &CaseResult<'a>) -> Vec<Vec<&'a Played>> {
    let mut groups: Vec<Vec<&Played>> = Vec::new();
    for played in result.plays {
        let known =
            groups.iter_mut().find(|group| group.first().is_some_and(|first| same(first, played)));
        match known {
            Some(group) => group.push(played),
            None => groups.push(vec![played]),
        }
    }
    groups
}

fn same(one: &Played, other: &Played) -> bool {
    let kind = |played: &Played| (Label::of(played), played.standing);
    let place = |finding: &Finding| (finding.requirement, finding.step, finding.expected.clone());
    kind(one) == kind(other)
        && match (one.finding(), other.finding()) {
            (Some(one), Some(other)) => place(one) == place(other),
            _ => words::reason(one) == words::reason(other),
        }
}

fn block(
    result: &CaseResult<'_>,
    alike: &[&Played],
    first: &Played,
    style: &Style,
    text: &mut String,
) {
    let label = Label::of(first);
    let meaning = Meaning::of_played(first);
    let names = match words::variants(alike, result.plays) {
        Some(names) => names,
        None if alike.len() == 1 => first.play.variant.to_string(),
        None if alike.len() == 2 => "both variants".to_owned(),
        None => format!("all {} variants", alike.len()),
    };
    let name = shown(first);
    let id = visible(result.case.id);
    let _ = writeln!(
        text,
        "\n{} {}, {}",
        style.paint(meaning, &name),
        style.paint(Meaning::Heading, &id),
        style.hanging(&names, name.len() + columns(&id) + 3, 2, Meaning::Plain),
    );
    let weight = words::weight(first).filter(|_| !first.standing.fails_run());
    let summary = match weight {
        Some(weight) => format!("{} This {weight}.", result.case.summary),
        None => result.case.summary.to_owned(),
    };
    let _ = writeln!(text, "  {}", style.hanging(&summary, 2, 2, Meaning::Plain));
    let requirement = first.requirement();
    let place = format!("{}, {}, {}", requirement.id, requirement.level, requirement.place());
    fact("requirement", &place, Meaning::Plain, style, text);
    fact("", &requirement.statement, Meaning::Place, style, text);
    match first.finding() {
        Some(finding) => {
            fact("expected", &finding.expected, Meaning::Good, style, text);
            let mut others = alike.iter().filter_map(|played| played.finding());
            let differ = others.any(|other| other.seen != finding.seen);
            let seen = if differ {
                format!("{} (in {})", finding.seen, first.play.variant)
            } else {
                finding.seen.clone()
            };
            fact("seen", &seen, meaning, style, text);
            let packet = format!("{}, at step {}", finding.packet, finding.step);
            fact("packet", &packet, Meaning::Plain, style, text);
            if label == Label::Flaky {
                let repeats = words::reason(first).unwrap_or_default();
                fact("reason", &repeats, Meaning::Plain, style, text);
            }
        }
        None => {
            let reason = words::reason(first).unwrap_or_default();
            fact("reason", &reason, meaning, style, text);
        }
    }
    if first.finding().is_some()
        && let Some(note) = &first.note
    {
        fact("note", note, Meaning::Plain, style, text);
    }
    // What is copied to a command line is never wrapped.
    if let Some(evidence) = words::evidence(first) {
        let others = alike.iter().filter(|played| played.evidence.is_some()).count() - 1;
        let more = if others > 0 { format!(" (and {others} more)") } else { String::new() };
        let file = format!("{}{more}", visible(&evidence));
        labelled("evidence", &style.paint(Meaning::Plain, &file), style, text);
    }
    let again = visible(&words::again(first)).into_owned();
    labelled("again", &style.paint(Meaning::Heading, &again), style, text);
}

fn fact(name: &str, value: &str, meaning: Meaning, style: &Style, text: &mut String) {
    labelled(name, &style.hanging(value, NAMES, NAMES, meaning), style, text);
}

fn labelled(name: &str, value: &str, style: &Style, text: &mut String) {
    let gap = NAMES - 2 - name.len();
    let _ = writeln!(text, "  {}{:gap$}{value}", style.paint(Meaning::Place, name), "");
}

/// Appends the reasons for which plays were skipped or stayed undecided, and the failures that
/// were expected; each reason once.
pub(super) fn reasons(run: &Run, style: &Style, text: &mut String) {
    let mut groups: Vec<(Label, String, Vec<&Played>)> = Vec::new();
    for played in &run.plays {
        let label = Label::of(played);
        let listed = matches!(label, Label::Skipped | Label::Inconclusive | Label::Xfail);
        if !listed || played.standing.fails_run() {
            continue;
        }
        let reason = words::reason(played).unwrap_or_default();
        match groups.iter_mut().find(|(l, r, _)| *l == label && *r == reason) {
            Some((_, _, plays)) => plays.push(played),
            None => groups.push((label, reason, vec![played])),
        }
    }
    groups.sort_by_key(|&(label, ..)| std::cmp::Reverse(label));
    let indent = NAMES + 2;
    for (number, (label, reason, plays)) in groups.iter().enumerate() {
        if number == 0 {
            text.push('\n');
        }
        let mut cases: Vec<&str> = plays.iter().map(|played| played.play.case.id).collect();
        cases.dedup();
        let who = match (plays.as_slice(), cases.as_slice()) {
            ([one], _) => one.play.to_string(),
            (some, [one]) => format!("{one}, {}", words::plural(some.len(), "variant")),
            (some, cases) => {
                format!("{} of {} cases", words::plural(some.len(), "play"), cases.len())
            }
        };
        let _ = writeln!(
            text,
            "{}{:gap$}{}\n{:indent$}{}",
            style.paint(Meaning::of(*label), label.name()),
            "",
            style.hanging(&who, indent, indent, Meaning::Plain),
            "",
            style.hanging(reason, indent, indent, Meaning::Place),
            gap = indent - label.name().len(),
        );
    }
}
