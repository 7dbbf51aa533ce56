//! The connections as text: for each its peers, subflows, addresses, data, and what the two drafts
//! add, aligned for a terminal.
//!
//! What isn't in the capture is `?`, never a guess.

mod drafts;
mod facts;
mod grid;
mod subflows;
#[cfg(test)]
mod tests;
mod time;

use self::grid::{Cell, Grid, paragraph};
use super::state::State;
use super::theme::{Meaning, Theme};
use crate::event::Counts;
use crate::flow::{Connection, Tally};

/// How a table is set.
#[derive(Clone, Copy, Debug)]
pub struct Style<'t> {
    /// The columns that a line may take. Lines are longer only where a single item is.
    pub width: usize,
    /// The colours. Alignment goes by the text without them.
    pub theme: &'t Theme,
}

impl Style<'_> {
    /// The narrowest that a table is set for.
    const LEAST: usize = 60;

    fn width(&self) -> usize {
        self.width.max(Self::LEAST)
    }
}

/// Appends what a reader needs to know before the first connection.
pub fn heading(style: &Style<'_>, out: &mut Vec<u8>) {
    for line in [
        "A opened the connection, B listened; where that isn't known, A was seen sending first.",
        "Times count from a connection's first frame. ? is not in the capture, + is at least.",
    ] {
        grid::line([Cell::new(Meaning::Place, line)], style, out);
    }
}

/// Appends a connection, as it stands now, after an empty line.
pub fn connection(connection: &Connection, style: &Style<'_>, out: &mut Vec<u8>) {
    out.push(b'\n');
    facts::head(connection, style, out);
    subflows::table(connection, style, out);
    facts::stream(connection, style, out);
    facts::addresses(connection, style, out);
    drafts::maximum(connection, style, out);
    drafts::navigation(connection, style, out);
}

/// What the connections of a run sum up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    connections: u64,
    subflows: u64,
    fallbacks: u64,
    tally: Tally,
}

impl Totals {
    /// Counts a connection in.
    pub fn add(&mut self, connection: &Connection) {
        self.connections += 1;
        self.subflows += connection.subflows.len() as u64;
        self.fallbacks += u64::from(State::of(connection) == State::Fallback);
        self.tally.good += connection.tally.good;
        self.tally.bad += connection.tally.bad;
        self.tally.unverifiable += connection.tally.unverifiable;
    }
}

/// Appends the sums, after an empty line. `evicted` is how many connections had to leave memory.
pub fn summary(
    totals: &Totals,
    counts: &Counts,
    evicted: u64,
    style: &Style<'_>,
    out: &mut Vec<u8>,
) {
    out.push(b'\n');
    let mut found = vec![
        Cell::plain(number(totals.connections, "connection")),
        Cell::plain(number(totals.subflows, "subflow")),
    ];
    if totals.fallbacks > 0 {
        let text = format!("{} fell back to TCP", totals.fallbacks);
        found.push(Cell::new(Meaning::Warning, text));
    }
    if evicted > 0 {
        let text = format!("{evicted} left before the end to keep memory bounded");
        found.push(Cell::new(Meaning::Warning, text));
    }
    paragraph("total", found, style, out);
    let mut seen = vec![
        Cell::plain(number(counts.frames, "frame")),
        Cell::plain(number(counts.segments, "TCP segment")),
        Cell::plain(format!("{} with MPTCP", counts.mptcp)),
    ];
    if counts.malformed > 0 {
        let text = number(counts.malformed, "malformed option");
        seen.push(Cell::new(Meaning::Error, text));
    }
    if counts.notices > 0 {
        seen.push(Cell::new(Meaning::Warning, number(counts.notices, "notice")));
    }
    paragraph("", seen, style, out);
    paragraph("verified", facts::tally(totals.tally), style, out);
}

/// A count with its noun.
fn number(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A table of which each line starts under the labels.
fn labelled(label: &str, heads: &[(&str, grid::Align)]) -> Grid {
    let mut grid = Grid::new(2);
    let first = Cell::new(Meaning::Place, format!("{label:<width$}", width = grid::LABEL - 4));
    let heads = heads.iter().map(|&(head, align)| Cell::new(Meaning::Place, head).align(align));
    grid.row(std::iter::once(first).chain(heads));
    grid
}
