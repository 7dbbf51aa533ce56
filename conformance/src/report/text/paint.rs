//! Colours by meaning, and lines that fit.

use colored::Colorize;

use super::super::words::Label;
use crate::suite::result::Played;

/// What a piece of text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Plain,
    /// What only helps to find one's place.
    Place,
    Heading,
    Good,
    /// What wasn't decided.
    Open,
    Known,
    Bad,
    /// The tester's own fault.
    Broken,
}

impl Meaning {
    const ALL: [Self; 8] = [
        Self::Plain,
        Self::Place,
        Self::Heading,
        Self::Good,
        Self::Open,
        Self::Known,
        Self::Bad,
        Self::Broken,
    ];

    /// What a play came to, by what that means for the run.
    pub(super) fn of_played(played: &Played) -> Self {
        match Self::of(Label::of(played)) {
            Self::Broken => Self::Broken,
            _ if played.standing.fails_run() => Self::Bad,
            Self::Bad => Self::Open,
            meaning => meaning,
        }
    }

    pub(super) const fn of(label: Label) -> Self {
        match label {
            Label::Pass => Self::Good,
            Label::Skipped => Self::Place,
            Label::Inconclusive | Label::Flaky => Self::Open,
            Label::Xfail => Self::Known,
            Label::Fail | Label::Xpass => Self::Bad,
            Label::Error => Self::Broken,
        }
    }
}

/// What goes before and behind a piece of text, for each meaning.
#[derive(Clone, Debug)]
pub(super) struct Paint {
    marks: [(String, String); Meaning::ALL.len()],
}

impl Paint {
    pub(super) fn new(colour: bool) -> Self {
        if !colour {
            return Self { marks: Default::default() };
        }
        // The library's switch is one for the whole process.
        colored::control::set_override(true);
        let marks = Meaning::ALL.map(|meaning| {
            let mark = match meaning {
                Meaning::Plain => "|".normal(),
                Meaning::Place => "|".dimmed(),
                Meaning::Heading => "|".bold(),
                Meaning::Good => "|".green(),
                Meaning::Open => "|".yellow(),
                Meaning::Known => "|".cyan(),
                Meaning::Bad => "|".red().bold(),
                Meaning::Broken => "|".magenta().bold(),
            };
            let mark = mark.to_string();
            let (before, behind) = mark.split_once('|').unwrap_or_default();
            (before.to_owned(), behind.to_owned())
        });
        Self { marks }
    }

    pub(super) fn text(&self, meaning: Meaning, text: &str) -> String {
        let (before, behind) = &self.marks[meaning as usize];
        if text.is_empty() { String::new() } else { format!("{before}{text}{behind}") }
    }
}

/// How many columns a text takes; what is written here has one for each character.
pub(super) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// A text in this many columns at most, with an ellipsis where it was cut.
pub(super) fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The lines of a text, none wider than this unless a single word is; before the first one, this
/// many columns are taken.
pub(super) fn wrapped(text: &str, taken: usize, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut room = width.saturating_sub(taken);
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && columns(&line) + 1 + columns(word) > room {
                lines.push(std::mem::take(&mut line));
                room = width;
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
        room = width;
    }
    lines
}
