//! The subflows: a row for each side of each, and what happened to it.

use super::facts::letter;
use super::grid::{Align, Cell};
use super::time::when;
use super::{Meaning, Style, labelled};
use crate::flow::{Connection, Half, Phase, Side, Subflow};
use crate::render::state::retransmitted;
use crate::wire::mptcp::reset_reason;

pub(super) fn table(connection: &Connection, style: &Style<'_>, out: &mut Vec<u8>) {
    let mut grid = labelled(
        "subflow",
        &[
            ("from", Align::Left),
            ("ID", Align::Right),
            ("backup", Align::Left),
            ("pkts", Align::Right),
            ("octets", Align::Right),
            ("resent", Align::Right),
            ("life", Align::Left),
        ],
    );
    for (number, subflow) in connection.subflows.iter().enumerate() {
        let halves = &subflow.halves;
        let number = Cell::plain(number.to_string()).align(Align::Right);
        grid.row(row(number, Side::A, &halves.a, opening(connection, subflow)));
        grid.row(row(Cell::empty(), Side::B, &halves.b, ending(connection, subflow)));
        if let Some((from, reason, transient)) = subflow.reset {
            let transience = if transient { ", transient" } else { "" };
            let text = format!("MP_TCPRST of {}: {}", letter(from), reset_reason(reason));
            let code = format!(" ({reason:#04x}{transience})");
            grid.span([Cell::new(Meaning::Warning, text).and(Meaning::Plain, code)]);
        }
        if !subflow.priorities.is_empty() {
            grid.span(subflow.priorities.iter().map(|&(at, from, backup)| {
                let wish = if backup { "backup" } else { "regular use" };
                let text = format!("{} asks for {wish} {}", letter(from), when(connection, at));
                Cell::plain(text)
            }));
        }
    }
    grid.write(style, out);
}

fn row(number: Cell, side: Side, half: &Half, life: Cell) -> [Cell; 8] {
    let from =
        Cell::plain(format!("{} ", letter(side))).and(Meaning::Address, half.endpoint.to_string());
    let id = half.address_id.map_or_else(Cell::unknown, |id| Cell::number(id.into()));
    let backup = match half.backup {
        Some(true) => Cell::new(Meaning::Warning, "yes"),
        Some(false) => Cell::plain("no"),
        None => Cell::unknown(),
    };
    let resent = retransmitted(half).map_or_else(Cell::unknown, Cell::number).align(Align::Right);
    [
        number,
        from,
        id.align(Align::Right),
        backup,
        Cell::number(half.packets),
        Cell::number(half.octets),
        resent,
        life,
    ]
}

/// How it began.
fn opening(connection: &Connection, subflow: &Subflow) -> Cell {
    let at = when(connection, subflow.first);
    match subflow.opened_by {
        Some(side) => Cell::plain(format!("opened by {} {at}", letter(side))),
        None => Cell::new(Meaning::Place, "opened ?").and(Meaning::Plain, format!(", first {at}")),
    }
}

/// Where it is now.
fn ending(connection: &Connection, subflow: &Subflow) -> Cell {
    let at = when(connection, subflow.ended.unwrap_or(subflow.last));
    match subflow.phase {
        Phase::Unknown => {
            Cell::new(Meaning::Place, "phase ?").and(Meaning::Plain, format!(", last {at}"))
        }
        Phase::Syn => Cell::plain("SYN without an answer"),
        Phase::SynAck => Cell::plain("SYN/ACK without an answer"),
        Phase::Established => Cell::plain(format!("open, last {at}")),
        Phase::Refused => {
            Cell::new(Meaning::Warning, "join refused").and(Meaning::Plain, format!(" {at}"))
        }
        Phase::Replaced => Cell::plain(format!("replaced {at}")),
        Phase::Finished => Cell::plain(format!("finished {at}")),
        Phase::Reset => Cell::new(Meaning::Warning, "reset").and(Meaning::Plain, format!(" {at}")),
    }
}
