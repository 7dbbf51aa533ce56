//! How many cases of which weight came to what, and what that means.

use std::fmt::Write as _;

use super::super::words::{self, Label, visible};
use super::Style;
use super::paint::Meaning;
use crate::catalogue::{self, Gating};
use crate::suite::result::{Gate, Run, Standing};

const ROWS: [(Gating, &str); 3] = [
    (Gating::Always, "MUST, STATED"),
    (Gating::Strict, "SHOULD"),
    (Gating::Named, "MAY, INFERRED"),
];

/// Appends the counts of cases.
pub(super) fn table(run: &Run, style: &Style, text: &mut String) {
    let cases: Vec<(Gating, Label)> = run
        .cases()
        .filter_map(|result| {
            let speaker = words::speaker(&result)?;
            Some((catalogue::first_of(result.case).level.gating(), Label::of(speaker)))
        })
        .collect();
    let of = |label: Label| cases.iter().filter(move |&&(_, each)| each == label);
    let columns: Vec<Label> = Label::ALL
        .into_iter()
        .filter(|&label| matches!(label, Label::Pass | Label::Fail) || of(label).next().is_some())
        .collect();
    let names = ROWS.map(|(_, name)| name.len()).into_iter().max().unwrap_or_default();
    let least: usize = columns.iter().map(|label| label.name().len() + 1).sum();
    let gap = if style.room(names + 7 + least + columns.len()) == Some(0) { 1 } else { 2 };

    let _ = write!(text, "\n{:names$}{:>width$}", "", "cases", width = gap + 5);
    for label in &columns {
        let name = style.paint(Meaning::of(*label), label.name());
        let _ = write!(text, "{:gap$}{name}", "");
    }
    text.push('\n');
    let mut row = |name: &str, gating: Option<Gating>| {
        let here = |&&(own, _): &&(Gating, Label)| gating.is_none_or(|gating| gating == own);
        let all = cases.iter().filter(here).count();
        let _ = write!(text, "{name:names$}{all:>width$}", width = gap + 5);
        for label in &columns {
            let count = of(*label).filter(here).count();
            let width = label.name().len() + gap;
            if count == 0 {
                let _ = write!(
                    text,
                    "{:width$}{}",
                    "",
                    style.paint(Meaning::Place, "·"),
                    width = width - 1
                );
            } else {
                let shown = style.paint(Meaning::of(*label), &count.to_string());
                let digits = count.to_string().len();
                let _ = write!(text, "{:pad$}{shown}", "", pad = width.saturating_sub(digits));
            }
        }
        text.push('\n');
    };
    let mut rows = 0;
    for (gating, name) in ROWS {
        if cases.iter().any(|&(own, _)| own == gating) {
            row(name, Some(gating));
            rows += 1;
        }
    }
    if rows != 1 {
        row("all", None);
    }
    let took: std::time::Duration = run.plays.iter().map(|played| played.took).sum();
    let plays = format!(
        "{}, {:.1} s on the clock of the testbed",
        words::plural(run.plays.len(), "play"),
        took.as_secs_f64(),
    );
    let _ = writeln!(text, "{}", style.paint(Meaning::Place, &plays));
    if let Some(starved) = words::starved(run) {
        let _ = writeln!(text, "{}", style.hanging(&starved, 0, 2, Meaning::Open));
    }
}

/// Appends the result in words.
pub(super) fn gate(run: &Run, style: &Style, text: &mut String) {
    let gate = run.gate();
    let meaning = match gate {
        Gate::Passed => Meaning::Good,
        Gate::Failed => Meaning::Bad,
        Gate::Undecided | Gate::Interrupted => Meaning::Open,
    };
    let name = format!("gate {}", gate.name());
    let why = format!("{} (exit code {})", visible(&words::gate(run)), gate.exit_code());
    let _ = writeln!(
        text,
        "\n{}: {}",
        style.paint(meaning, &name),
        style.hanging(&why, name.len() + 2, 2, Meaning::Plain)
    );
    for (gating, name) in ROWS {
        let reported = run
            .cases()
            .filter(|result| catalogue::first_of(result.case).level.gating() == gating)
            .filter_map(|result| words::speaker(&result))
            .filter(|played| played.standing == Standing::Reported)
            .count();
        let counts = match gating {
            Gating::Always => continue,
            Gating::Strict => "counts with --strict",
            Gating::Named => "counts where a case is selected by its name",
        };
        if reported > 0 {
            let line = format!(
                "not counted: {} of {}, which {counts}",
                words::plural(reported, "failure"),
                name.replace(", ", " or "),
            );
            let _ = writeln!(text, "{}", style.hanging(&line, 0, 2, Meaning::Open));
        }
    }
}
