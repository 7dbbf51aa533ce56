//! Text in columns, and in paragraphs behind a label.

use super::{Meaning, Style};

/// The columns that a label and the space around it take.
pub(super) const LABEL: usize = 14;
/// Between two columns.
const GAP: usize = 2;

/// To which side of its column a cell keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// A few pieces of text that stay together.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pieces: Vec<(Meaning, String)>,
    align: Align,
}

impl Cell {
    pub(super) fn new(meaning: Meaning, text: impl Into<String>) -> Self {
        Self { pieces: vec![(meaning, text.into())], align: Align::Left }
    }

    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::new(Meaning::Plain, text)
    }

    /// A number, kept to the right.
    pub(super) fn number(number: u64) -> Self {
        Self::plain(number.to_string()).align(Align::Right)
    }

    /// What isn't known.
    pub(super) fn unknown() -> Self {
        Self::new(Meaning::Place, "?")
    }

    pub(super) fn empty() -> Self {
        Self { pieces: Vec::new(), align: Align::Left }
    }

    #[must_use]
    pub(super) fn and(mut self, meaning: Meaning, text: impl Into<String>) -> Self {
        self.pieces.push((meaning, text.into()));
        self
    }

    #[must_use]
    pub(super) fn align(mut self, align: Align) -> Self {
        self.align = align;
        self
    }

    fn width(&self) -> usize {
        // Everything shown here is ASCII.
        self.pieces.iter().map(|(_, text)| text.len()).sum()
    }

    fn write(&self, style: &Style<'_>, out: &mut Vec<u8>) {
        for (meaning, text) in self.pieces.iter().filter(|(_, text)| !text.is_empty()) {
            style.theme.paint(*meaning, out, |out| out.extend_from_slice(text.as_bytes()));
        }
    }
}

/// Appends a line of cells with nothing between them.
pub(super) fn line(cells: impl IntoIterator<Item = Cell>, style: &Style<'_>, out: &mut Vec<u8>) {
    cells.into_iter().for_each(|cell| cell.write(style, out));
    out.push(b'\n');
}

/// Appends a label and, behind it, items with commas between them; as many lines as they need.
pub(super) fn paragraph(
    label: &str,
    items: impl IntoIterator<Item = Cell>,
    style: &Style<'_>,
    out: &mut Vec<u8>,
) {
    let items: Vec<Cell> = items.into_iter().collect();
    if items.is_empty() {
        return;
    }
    spaces(2, out);
    Cell::new(Meaning::Place, format!("{label:<width$}", width = LABEL - 2)).write(style, out);
    wrapped(&items, LABEL, style, out);
}

fn spaces(count: usize, out: &mut Vec<u8>) {
    out.resize(out.len() + count, b' ');
}

/// A line of a grid.
enum Row {
    /// In columns.
    Cells(Vec<Cell>),
    /// Items that start a little behind the second column's start, and take the rest of the line
    /// and further ones.
    Span(Vec<Cell>),
}

/// Rows whose columns are as wide as their widest cell.
pub(super) struct Grid {
    indent: usize,
    rows: Vec<Row>,
}

impl Grid {
    pub(super) fn new(indent: usize) -> Self {
        Self { indent, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(Row::Cells(cells.into_iter().collect()));
    }

    /// A row of items with commas between them, which belongs to the row before.
    pub(super) fn span(&mut self, items: impl IntoIterator<Item = Cell>) {
        self.rows.push(Row::Span(items.into_iter().collect()));
    }

    fn columns(&self) -> Vec<usize> {
        let mut columns = Vec::new();
        for row in &self.rows {
            let Row::Cells(cells) = row else { continue };
            for (index, cell) in cells.iter().enumerate() {
                match columns.get_mut(index) {
                    Some(width) => *width = cell.width().max(*width),
                    None => columns.push(cell.width()),
                }
            }
        }
        columns
    }

    /// Appends the rows. Where they are too wide, the last column moves below its row.
    pub(super) fn write(&self, style: &Style<'_>, out: &mut Vec<u8>) {
        let columns = self.columns();
        let whole = columns.iter().map(|width| width + GAP).sum::<usize>() + self.indent;
        let fits = whole.saturating_sub(GAP) <= style.width();
        let second = self.indent + columns.first().map_or(0, |width| width + GAP);
        let below = second + GAP;
        for (number, row) in self.rows.iter().enumerate() {
            match row {
                Row::Span(items) => {
                    spaces(below, out);
                    wrapped(items, below, style, out);
                }
                Row::Cells(cells) if !fits && cells.len() == columns.len() => {
                    let (last, first) = cells.split_last().unzip();
                    aligned(first.unwrap_or_default(), &columns, self.indent, style, out);
                    // The head of a column that isn't there any more would say nothing.
                    if let Some(last) = last.filter(|_| number > 0) {
                        spaces(below, out);
                        wrapped(std::slice::from_ref(last), below, style, out);
                    }
                }
                Row::Cells(cells) => aligned(cells, &columns, self.indent, style, out),
            }
        }
    }
}

fn aligned(cells: &[Cell], columns: &[usize], indent: usize, style: &Style<'_>, out: &mut Vec<u8>) {
    // Blanks are owed until there is something to stand behind them: no line ends in one.
    let mut owed = indent;
    for (cell, &column) in cells.iter().zip(columns) {
        let width = cell.width();
        let pad = column.saturating_sub(width);
        let (before, after) = match cell.align {
            Align::Left => (0, pad),
            Align::Right => (pad, 0),
        };
        if width > 0 {
            spaces(owed + before, out);
            cell.write(style, out);
            owed = after + GAP;
        } else {
            owed += column + GAP;
        }
    }
    out.push(b'\n');
}

/// Appends items with commas between them to a line that stands at column `indent`, and goes on
/// below that column.
fn wrapped(items: &[Cell], indent: usize, style: &Style<'_>, out: &mut Vec<u8>) {
    let mut column = indent;
    for (index, item) in items.iter().enumerate() {
        let comma = usize::from(index + 1 < items.len());
        let width = item.width() + comma;
        if column > indent {
            if column + 1 + width > style.width() {
                out.push(b'\n');
                spaces(indent, out);
                column = indent;
            } else {
                out.push(b' ');
                column += 1;
            }
        }
        item.write(style, out);
        if comma > 0 {
            out.push(b',');
        }
        column += width;
    }
    out.push(b'\n');
}
