//! A line for each case, its variants summed up.

use std::fmt::Write as _;

use super::super::words::{self, Label, visible};
use super::paint::{Meaning, columns, cut};
use super::{Style, shown};
use crate::suite::result::{CaseResult, Played, Run};

/// The least room in which a detail is worth a place on the line of its case.
const LEAST: usize = 24;

/// Appends the cases, those of a suite together.
pub(super) fn list(run: &Run, style: &Style, text: &mut String) {
    let rows: Vec<Row<'_>> = run.cases().filter_map(|result| Row::of(&result)).collect();
    let widest = |width: fn(&Row<'_>) -> usize| rows.iter().map(width).max().unwrap_or_default();
    let widths = Widths {
        label: widest(|row| row.label.name().len()),
        id: widest(|row| columns(&row.id)),
        level: widest(|row| row.level.len()),
        share: widest(|row| row.share.len()),
    };
    let mut suite = None;
    for row in &rows {
        let own = row.id.split('/').next();
        if suite != own {
            text.push('\n');
            suite = own;
        }
        row.write(&widths, style, text);
    }
}

struct Widths {
    label: usize,
    id: usize,
    level: usize,
    share: usize,
}

struct Row<'a> {
    label: Label,
    shown: String,
    meaning: Meaning,
    id: String,
    level: &'static str,
    /// In how many of its variants it came to this: `4`, or `1/4`.
    share: String,
    detail: String,
    summary: &'a str,
}

impl<'a> Row<'a> {
    fn of(result: &CaseResult<'a>) -> Option<Self> {
        let speaker = words::speaker(result)?;
        let label = Label::of(speaker);
        let plays = result.plays;
        let alike: Vec<&Played> =
            plays.iter().filter(|played| Label::of(played) == label).collect();
        let share = if alike.len() == plays.len() {
            plays.len().to_string()
        } else {
            format!("{}/{}", alike.len(), plays.len())
        };
        Some(Self {
            label,
            shown: shown(speaker),
            meaning: Meaning::of_played(speaker),
            id: visible(result.case.id).into_owned(),
            level: speaker.requirement().level.name(),
            share,
            detail: detail(label, speaker, plays),
            summary: result.case.summary,
        })
    }

    fn write(&self, widths: &Widths, style: &Style, text: &mut String) {
        let name = &self.shown;
        let label = style.paint(self.meaning, name);
        let indent = widths.label + 2;
        let _ = write!(
            text,
            "{label}{:gap$}{:id$}  {}{:level$}  {:>share$}",
            "",
            self.id,
            style.paint(Meaning::Place, self.level),
            "",
            self.share,
            gap = indent - name.len(),
            id = widths.id,
            level = widths.level - self.level.len(),
            share = widths.share,
        );
        let taken = indent + widths.id + 2 + widths.level + 2 + widths.share + 2;
        let room = style.room(taken).unwrap_or(usize::MAX);
        if self.detail.is_empty() {
            if room >= LEAST {
                let summary = cut(&visible(self.summary), room);
                let _ = write!(text, "  {}", style.paint(Meaning::Place, &summary));
            }
        } else if room >= LEAST && columns(&self.detail) <= room.max(LEAST) {
            let _ = write!(text, "  {}", visible(&self.detail));
        } else if room >= 2 * LEAST {
            let _ = write!(text, "  {}", visible(&cut(&visible(&self.detail), room)));
        } else {
            let room = style.room(indent).unwrap_or(usize::MAX);
            let detail = cut(&visible(&self.detail), room);
            let _ = write!(text, "\n{:indent$}{detail}", "");
        }
        text.push('\n');
    }
}

/// Which variants differ, or why it is no pass; nothing where there is nothing to say.
fn detail(label: Label, speaker: &Played, plays: &[Played]) -> String {
    let mut parts = Vec::new();
    for other in Label::ALL {
        let alike: Vec<&Played> =
            plays.iter().filter(|played| Label::of(played) == other).collect();
        let Some(names) = words::variants(&alike, plays) else { continue };
        if other == label {
            parts.insert(0, names);
        } else if !matches!(other, Label::Pass) {
            parts.push(format!("{other}: {names}"));
        }
    }
    if parts.is_empty() && matches!(label, Label::Skipped | Label::Inconclusive | Label::Error) {
        parts.extend(words::reason(speaker));
    } else if let (Label::Xfail | Label::Xpass, Some(note)) = (label, &speaker.note) {
        parts.push(note.clone());
    }
    parts.join("; ")
}
