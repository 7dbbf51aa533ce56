//! Markdown: the cases down, the targets across. One run is a table with one column.
//!
//! It is made from [JSON reports](super::json), so that runs on several machines come together.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::json::{Case, Report, Totals, Variant};
use super::words::{self, Label, visible};
use crate::suite::result::Run;

/// Writes a run.
///
/// # Errors
///
/// Those of `out`.
pub fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    matrix(&[Report::from(run)], out)
}

/// Writes runs side by side, in the order given.
///
/// # Errors
///
/// Those of `out`.
pub fn matrix(reports: &[Report], out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::from("# Conformance\n\n");
    targets(reports, &mut text);
    for (suite, rows) in &suites(reports) {
        let _ = write!(text, "\n## {}\n\n| case | level |", escaped(suite));
        for report in reports {
            let _ = write!(text, " {} |", escaped(&report.target));
        }
        let _ = writeln!(text, "\n|---|---|{}", "---|".repeat(reports.len()));
        for row in rows {
            cells(row, &mut text);
        }
    }
    for report in reports {
        findings(report, &mut text);
    }
    out.write_all(text.as_bytes())
}

fn targets(reports: &[Report], text: &mut String) {
    text.push_str("| target | gate | cases |");
    for label in Label::ALL {
        let _ = write!(text, " {label} |");
    }
    let _ = writeln!(text, " seed | mpconform |\n|---|---|--:|{}--:|---|", "--:|".repeat(8));
    for report in reports {
        let _ = write!(
            text,
            "| {} | {} | {} |",
            escaped(&report.target),
            strong(&report.gate.result, report.gate.exit_code != 0),
            report.totals.cases.all,
        );
        for label in Label::ALL {
            let count = report.totals.cases.get(label);
            let _ = if count == 0 { text.write_str(" |") } else { write!(text, " {count} |") };
        }
        let (seed, version) = (&report.parameters.seed, &report.tool.version);
        let _ = writeln!(text, " {} | {} |", escaped(seed), escaped(version));
    }
}

impl Totals {
    fn get(&self, label: Label) -> usize {
        match label {
            Label::Pass => self.pass,
            Label::Fail => self.fail,
            Label::Xfail => self.xfail,
            Label::Xpass => self.xpass,
            Label::Flaky => self.flaky,
            Label::Inconclusive => self.inconclusive,
            Label::Skipped => self.skipped,
            Label::Error => self.error,
        }
    }
}

/// A case in each report that has it.
type Row<'a> = Vec<Option<&'a Case>>;

/// The rows of each suite, in the order in which cases and suites first appear.
fn suites(reports: &[Report]) -> Vec<(&str, Vec<Row<'_>>)> {
    let mut suites: Vec<(&str, Vec<(&str, Row<'_>)>)> = Vec::new();
    for (column, report) in reports.iter().enumerate() {
        for case in &report.cases {
            let suite = case.id.split('/').next().unwrap_or_default();
            let known = suites.iter().position(|&(name, _)| name == suite);
            let index = known.unwrap_or_else(|| {
                suites.push((suite, Vec::new()));
                suites.len() - 1
            });
            let Some((_, rows)) = suites.get_mut(index) else { continue };
            let known = rows.iter().position(|&(id, _)| id == case.id);
            let index = known.unwrap_or_else(|| {
                rows.push((&case.id, vec![None; reports.len()]));
                rows.len() - 1
            });
            let place = rows.get_mut(index).and_then(|(_, row)| row.get_mut(column));
            if let Some(place) = place {
                *place = Some(case);
            }
        }
    }
    suites
        .into_iter()
        .map(|(suite, rows)| (suite, rows.into_iter().map(|(_, row)| row).collect()))
        .collect()
}

fn cells(row: &Row<'_>, text: &mut String) {
    let Some(any) = row.iter().flatten().next() else { return };
    // A bar ends the cell of a table even in code.
    let id = code(&any.id).replace('|', "\\|");
    let _ = write!(text, "| {id} | {} |", escaped(&any.level));
    for case in row {
        let _ = match case {
            Some(case) => write!(text, " {} |", cell(case)),
            None => text.write_str(" – |"),
        };
    }
    text.push('\n');
}

/// The result of a case, and in how many of its variants, if not in all.
fn cell(case: &Case) -> String {
    let word = strong(case.result.name(), case.fails_run);
    let alike = case.variants.iter().filter(|variant| variant.result == case.result).count();
    if alike == case.variants.len() {
        word
    } else {
        format!("{word} {alike}/{}", case.variants.len())
    }
}

/// Everything that is no plain pass, the same in several variants once.
fn findings(report: &Report, text: &mut String) {
    let mut listed = false;
    for case in &report.cases {
        let mut seen: Vec<(&Variant, Vec<&str>)> = Vec::new();
        let told = |variant: &&Variant| {
            variant.fails_run || !matches!(variant.result, Label::Pass | Label::Skipped)
        };
        for variant in case.variants.iter().filter(told) {
            let known = seen.iter_mut().find(|(first, _)| alike(first, variant));
            match known {
                Some((_, names)) => names.push(&variant.variant),
                None => seen.push((variant, vec![&variant.variant])),
            }
        }
        for (variant, names) in seen {
            if !listed {
                let _ = writeln!(text, "\n## Findings: {}\n", escaped(&report.target));
                listed = true;
            }
            let names = if names.len() == case.variants.len() {
                "every variant".to_owned()
            } else {
                names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ")
            };
            finding(report, case, variant, &names, text);
        }
    }
}

/// Whether variants came to the same at the same step, or for the same reason. What was seen may
/// differ in keys and numbers; the first speaks for all.
fn alike(one: &Variant, other: &Variant) -> bool {
    (one.result, one.fails_run) == (other.result, other.fails_run)
        && match (&one.finding, &other.finding) {
            (Some(one), Some(other)) => (one.step, &one.expected) == (other.step, &other.expected),
            _ => one.reason == other.reason,
        }
}

fn finding(report: &Report, case: &Case, variant: &Variant, names: &str, text: &mut String) {
    let result = strong(variant.result.name(), variant.fails_run);
    let _ = writeln!(text, "- {result} {}, {names}: {}", code(&case.id), escaped(&case.summary));
    if let Some(cited) = report.requirements.get(&variant.requirement) {
        let place = format!("{} §{}", cited.document, cited.section);
        let url = cited.url.replace(['<', '>', '\n'], "");
        let _ = writeln!(
            text,
            "  - {} {}, [{}](<{url}>): {}",
            escaped(&variant.level),
            code(&variant.requirement),
            escaped(&place),
            escaped(&cited.statement),
        );
    }
    if let Some(finding) = &variant.finding {
        let _ = writeln!(text, "  - expected: {}", escaped(&finding.expected));
        let _ = writeln!(text, "  - seen: {} (packet {})", escaped(&finding.seen), finding.packet);
        if let Some(note) = &variant.expectation {
            let _ = writeln!(text, "  - {}", escaped(note));
        }
    } else if let Some(reason) = &variant.reason {
        let _ = writeln!(text, "  - {}", escaped(reason));
    }
    if let Some(evidence) = &variant.evidence {
        let _ = writeln!(text, "  - evidence: {}", code(evidence));
    }
    let _ = writeln!(text, "  - again: {}", code(&words::command(&variant.again)));
}

fn strong(word: &str, strong: bool) -> String {
    if strong { format!("**{}**", escaped(word)) } else { escaped(word) }
}

/// Text in which nothing is markup, fit for a cell of a table.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            // An at sign would notify whoever has that name.
            '@' => shown.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '$' => {
                shown.push('\\');
                shown.push(c);
            }
            _ => shown.push(c),
        }
    }
    shown
}

/// Text as code, in a fence that is longer than any row of backticks in it.
fn code(text: &str) -> String {
    let text = visible(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}
