//! Text for people: a line for each case, each failure in a block of its own, a summary.
//!
//! In a pipe it is plain and nothing is cut or wrapped, so that a line can be searched for.

mod cases;
mod findings;
mod paint;
mod summary;

use std::fmt::Write as _;
use std::io::{self, Write};

use self::paint::{Meaning, Paint, wrapped};
use super::words::{self, Label, visible};
use crate::suite::Known;
use crate::suite::result::{Played, Run};

/// How the text is set.
#[derive(Clone, Debug)]
pub struct Style {
    paint: Paint,
    width: Option<usize>,
}

impl Style {
    /// The narrowest that text is set for.
    const LEAST: usize = 60;
    /// The most lines of a terminal that one fact takes.
    const MOST: usize = 8;

    /// With or without colours; in as many columns as a terminal has, or `None` to leave lines as
    /// long as they are.
    pub fn new(colour: bool, width: Option<usize>) -> Self {
        Self { paint: Paint::new(colour), width: width.map(|width| width.max(Self::LEAST)) }
    }

    /// Without colours, for files and pipes.
    pub fn plain() -> Self {
        Self::new(false, None)
    }

    fn paint(&self, meaning: Meaning, text: &str) -> String {
        self.paint.text(meaning, text)
    }

    /// The columns that are left behind this many.
    fn room(&self, taken: usize) -> Option<usize> {
        self.width.map(|width| width.saturating_sub(taken))
    }

    /// A text that begins behind this many columns, and whose further lines are indented.
    fn hanging(&self, text: &str, taken: usize, indent: usize, meaning: Meaning) -> String {
        let lines: Vec<String> = text.split('\n').map(|line| visible(line).into_owned()).collect();
        let width = self.room(indent).unwrap_or(usize::MAX);
        let mut lines = wrapped(&lines.join("\n"), taken.saturating_sub(indent), width);
        if self.width.is_some() && lines.len() > Self::MOST {
            let more = lines.len() - Self::MOST + 1;
            lines.truncate(Self::MOST - 1);
            lines.push(format!("… {more} more lines, which --report json=FILE has whole"));
        }
        let painted: Vec<String> = lines.iter().map(|line| self.paint(meaning, line)).collect();
        painted.join(&format!("\n{:indent$}", ""))
    }
}

/// Writes a run.
///
/// # Errors
///
/// Those of `out`.
pub fn write(run: &Run, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut text = without_gate(run, style);
    summary::gate(run, style, &mut text);
    out.write_all(text.as_bytes())
}

/// What a run came to, but not whether that is good enough: for one whose results are lost.
pub fn without_gate(run: &Run, style: &Style) -> String {
    let mut text = String::new();
    heading(run, style, &mut text);
    cases::list(run, style, &mut text);
    findings::blocks(run, style, &mut text);
    findings::reasons(run, style, &mut text);
    summary::table(run, style, &mut text);
    text
}

/// What a play came to, in capitals if it fails the run.
fn shown(played: &Played) -> String {
    let name = Label::of(played).name();
    if played.standing.fails_run() { name.to_uppercase() } else { name.to_owned() }
}

fn heading(run: &Run, style: &Style, text: &mut String) {
    let _ = writeln!(
        text,
        "{} against {}",
        style.paint(Meaning::Heading, concat!("mpconform ", env!("CARGO_PKG_VERSION"))),
        style.paint(Meaning::Heading, &visible(&run.target)),
    );
    let parameters: Vec<String> = words::parameters(run)
        .into_iter()
        .map(|(name, value)| format!("{name} {}", visible(&value)))
        .collect();
    let _ = writeln!(text, "{}", style.hanging(&parameters.join(", "), 0, 0, Meaning::Place));
    for known in [Known::Claimed, Known::Probed, Known::Default] {
        let supported = run.support.iter().filter(|each| each.supported && each.known == known);
        let names: Vec<&str> = supported.map(|support| support.need.name()).collect();
        if !names.is_empty() {
            let line = format!("supports {}, {}", names.join(", "), known.how());
            let _ = writeln!(text, "{}", style.hanging(&line, 0, 0, Meaning::Place));
        }
    }
    for support in run.support.iter().filter(|support| !support.supported) {
        let line = format!("doesn't support {}, {}", support.need.name(), support.how());
        let _ = writeln!(text, "{}", style.hanging(&line, 0, 0, Meaning::Open));
    }
}
