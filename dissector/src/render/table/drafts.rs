//! What the two drafts add: the limit on subflows, and traffic that is moved.

use super::facts::letter;
use super::grid::{Align, Cell, paragraph};
use super::time::{seconds, when};
use super::{Meaning, Style, labelled, number};
use crate::flow::{Connection, NavigationEvent, Side};
use crate::render::state::between;

/// The announced maxima, the limit in force, and the most subflows at once.
pub(super) fn maximum(connection: &Connection, style: &Style<'_>, out: &mut Vec<u8>) {
    let mut cells: Vec<Cell> = Side::BOTH
        .into_iter()
        .map(|side| {
            let cell = Cell::plain(format!("{} ", letter(side)));
            match connection.peers[side].max_subflows {
                Some(maximum) => cell.and(
                    Meaning::Draft,
                    format!("announces {} (layout {})", maximum.value, maximum.layout.letter()),
                ),
                // A capture that begins later may have missed it.
                None if connection.seen_from_start() => cell.and(Meaning::Plain, "announces none"),
                None => cell.and(Meaning::Plain, "announces ").and(Meaning::Place, "?"),
            }
        })
        .collect();
    if let Some(limit) = connection.max_subflows_in_force() {
        cells.push(Cell::new(Meaning::Draft, format!("{limit} in force")));
    }
    let most = match connection.most_at_once {
        Some((most, at)) => {
            let more = if connection.may_have_more_subflows() { "+" } else { "" };
            Cell::plain(format!("{most}{more} at once in frame {}", at.number))
        }
        None => Cell::unknown().and(Meaning::Plain, " at once"),
    };
    cells.push(most);
    if let Some((excess, at)) = connection.excess {
        cells.push(Cell::new(Meaning::Error, format!("{excess} over in frame {}", at.number)));
    }
    paragraph("maximum", cells, style, out);
}

/// The timeline of MP_Navigation, with what the subflows carried between two events.
pub(super) fn navigation(connection: &Connection, style: &Style<'_>, out: &mut Vec<u8>) {
    let Some(log) = &connection.navigation else { return };
    let mut grid = labelled(
        "navigation",
        &[
            ("at", Align::Left),
            ("frame", Align::Right),
            ("from", Align::Left),
            ("request", Align::Left),
            ("subflow", Align::Right),
            ("B", Align::Left),
            ("repeats", Align::Right),
            ("echo after", Align::Left),
        ],
    );
    grid.span(carried(connection, None));
    for (index, event) in log.events.iter().enumerate() {
        grid.row(row(connection, event));
        grid.span(carried(connection, Some(index)));
    }
    if log.dropped > 0 {
        let text = format!("and {}", number(log.dropped, "further request"));
        grid.span([Cell::new(Meaning::Warning, text)]);
    }
    grid.write(style, out);
}

fn row(connection: &Connection, event: &NavigationEvent) -> [Cell; 9] {
    let option = event.option;
    let request = if option.cancel {
        format!("cancel ID {}", option.address_id)
    } else {
        format!("switch to ID {}", option.address_id)
    };
    let echo = match event.echoed {
        Some(at) => {
            let text = match between(event.at, at) {
                Some(after) => seconds(after),
                None => format!("frame {}", at.number),
            };
            Cell::new(Meaning::Good, text)
        }
        None => Cell::new(Meaning::Warning, "no echo"),
    };
    [
        Cell::empty(),
        Cell::plain(when(connection, event.at)),
        Cell::number(event.at.number),
        Cell::plain(letter(event.from)),
        Cell::new(Meaning::Draft, request),
        Cell::number(event.subflow as u64),
        Cell::plain(if option.backup { "1" } else { "0" }),
        Cell::number(event.repeats.into()),
        echo,
    ]
}

/// Which subflow carried how many octets in each direction since an event.
fn carried(connection: &Connection, event: Option<usize>) -> Vec<Cell> {
    let mut cells: Vec<Cell> = connection
        .octets_after(event)
        .into_iter()
        .enumerate()
        .filter_map(|(subflow, octets)| {
            let octets = match (octets.a, octets.b) {
                (0, 0) => return None,
                (a, 0) => format!("{a} from A"),
                (0, b) => format!("{b} from B"),
                (a, b) => format!("{a} from A and {b} from B"),
            };
            Some(Cell::plain(format!("subflow {subflow} carries {octets}")))
        })
        .collect();
    if cells.is_empty() {
        cells.push(Cell::plain("no data"));
    }
    cells
}
