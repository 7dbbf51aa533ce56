//! What a run came to, in the formats that people and other programs read.
//!
//! Every format shows the same [`Run`] and leaves nothing of it to chance: the order is that of
//! the plays, no clock is read, and text that came from a target or from a path is escaped by the
//! rules of the format, after [`words::visible`] where control characters could do harm.

pub mod github;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
pub mod tap;
#[cfg(test)]
mod tests;
pub mod text;
pub mod words;

use std::io::{self, Write};

use crate::suite::result::Run;

/// A format of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// What a person reads.
    Text,
    /// One object, as `docs/mpconform.schema.json` fixes it.
    Json,
    /// JUnit XML as Maven Surefire writes it.
    Junit,
    /// The Test Anything Protocol, version 14.
    Tap,
    /// SARIF 2.1.0.
    Sarif,
    /// A table of cases and targets.
    Markdown,
    /// Annotations of a GitHub workflow.
    Github,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Text, Self::Json, Self::Junit, Self::Tap, Self::Sarif, Self::Markdown, Self::Github];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Tap => "tap",
            Self::Sarif => "sarif",
            Self::Markdown => "markdown",
            Self::Github => "github",
        }
    }
}

/// Writes a report. Text is written without colours and without regard to a terminal's width; for
/// a terminal there is [`text::write`].
///
/// # Errors
///
/// Those of `out`.
pub fn write(format: Format, run: &Run, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(run, &text::Style::plain(), out),
        Format::Json => json::write(run, out),
        Format::Junit => junit::write(run, out),
        Format::Tap => tap::write(run, out),
        Format::Sarif => sarif::write(run, out),
        Format::Markdown => markdown::write(run, out),
        Format::Github => github::write(run, out),
    }
}
