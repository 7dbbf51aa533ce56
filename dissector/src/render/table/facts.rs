//! What holds for a whole connection: names, handshake, verified facts, data and addresses.

use super::grid::{Align, Cell, paragraph};
use super::time::{date, seconds, when};
use super::{Meaning, Style, grid, labelled};
use crate::flow::{AnnouncedAddress, Connection, Moment, Origin, Side, Tally};
use crate::render::state::{State, between, data_fin_acknowledged, stream_is_complete};
use crate::wire::mptcp::CapableFlags;

/// A side's letter, as the heading explains it.
pub(super) const fn letter(side: Side) -> &'static str {
    match side {
        Side::A => "A",
        Side::B => "B",
    }
}

/// The lines before the tables.
pub(super) fn head(connection: &Connection, style: &Style<'_>, out: &mut Vec<u8>) {
    title(connection, style, out);
    paragraph("state", state(connection), style, out);
    paragraph("seen", seen(connection), style, out);
    paragraph("handshake", handshake(connection), style, out);
    paragraph("tokens", tokens(connection), style, out);
    paragraph("verified", tally(connection.tally), style, out);
}

fn title(connection: &Connection, style: &Style<'_>, out: &mut Vec<u8>) {
    let peers = &connection.peers;
    let mut cells = vec![
        Cell::new(Meaning::Heading, format!("Connection {}", connection.id)),
        Cell::plain("  "),
    ];
    cells.push(match connection.version {
        // Without any word of the listener it is the initiator's wish.
        Some(version) if peers.b.flags.is_none() && peers.b.key.is_none() => {
            Cell::plain(format!("MPTCP v{version} offered"))
        }
        Some(version) => Cell::plain(format!("MPTCP v{version}")),
        None => Cell::plain("MPTCP v").and(Meaning::Place, "?"),
    });
    if let Some(first) = connection.subflows.first() {
        let address =
            |side: Side| Cell::new(Meaning::Address, first.halves[side].endpoint.to_string());
        // Without the handshake there is no saying who called whom.
        let arrow = if connection.roles_known { " > " } else { " - " };
        cells.extend([Cell::plain("  "), address(Side::A), Cell::plain(arrow), address(Side::B)]);
    }
    grid::line(cells, style, out);
}

fn state(connection: &Connection) -> Vec<Cell> {
    let plain = |text: &str| vec![Cell::plain(text)];
    match State::of(connection) {
        State::Handshake => plain("handshake not complete"),
        State::Established => plain("established"),
        State::HalfClosed => {
            let by = if connection.peers.a.data_fin.is_some() { Side::A } else { Side::B };
            plain(&format!("half closed by the DATA_FIN of {}", letter(by)))
        }
        State::Closed => vec![Cell::new(Meaning::Good, "closed by DATA_FIN of both")],
        State::Fastclose => connection.fastclose.map_or_else(Vec::new, |(at, from)| {
            let text = format!("closed by MP_FASTCLOSE of {}", letter(from));
            placed(connection, Cell::new(Meaning::Warning, text), at)
        }),
        State::Fallback => connection.fallback.map_or_else(Vec::new, |(at, cause)| {
            let cell = Cell::new(Meaning::Warning, "fell back to TCP")
                .and(Meaning::Plain, format!(" ({})", cause.text()));
            placed(connection, cell, at)
        }),
        State::Ended => plain("every subflow ended, DATA_FIN of both not seen"),
        State::Unknown => vec![Cell::unknown()],
    }
}

/// Something with the frame and the time where it was seen.
fn placed(connection: &Connection, cell: Cell, at: Moment) -> Vec<Cell> {
    let mut cells = vec![cell, Cell::plain(format!("frame {}", at.number))];
    cells.extend(at.time.map(|_| Cell::plain(when(connection, at))));
    cells
}

fn seen(connection: &Connection) -> Vec<Cell> {
    let (first, last) = (connection.first, connection.last);
    let frames = if first.number == last.number {
        format!("frame {}", first.number)
    } else {
        format!("frames {} to {}", first.number, last.number)
    };
    let start = first.time.map_or_else(Cell::unknown, |time| Cell::plain(date(time)));
    let lasted = between(first, last);
    let mut cells = vec![start];
    cells.extend(lasted.map(|lasted| Cell::plain(format!("lasted {}", seconds(lasted)))));
    cells.push(Cell::plain(frames));
    cells
}

fn handshake(connection: &Connection) -> Vec<Cell> {
    let mut cells = Vec::new();
    match connection.origin {
        Origin::Handshake => {}
        Origin::Token => cells
            .push(Cell::new(Meaning::Place, "not captured: known from the token of an MP_JOIN")),
        Origin::Middle => cells.push(Cell::new(Meaning::Place, "not captured")),
    }
    let peers = &connection.peers;
    cells.push(match (peers.a.key, peers.b.key) {
        (Some(_), Some(_)) => Cell::plain("keys known"),
        (Some(_), None) => Cell::new(Meaning::Place, "key of A known, of B not"),
        (None, Some(_)) => Cell::new(Meaning::Place, "key of B known, of A not"),
        (None, None) => Cell::new(Meaning::Place, "keys not known"),
    });
    cells.push(match connection.checksum {
        Some(true) => Cell::plain("checksum on"),
        Some(false) => Cell::plain("checksum off"),
        None => Cell::plain("checksum ").and(Meaning::Place, "?"),
    });
    // RFC 6824 §3.1: in v0 the bit is one of the algorithms'.
    if connection.version != Some(0) {
        cells.push(closed_address(connection));
    }
    cells
}

/// Flag C: whether a side takes no subflows to the address and port of its first one.
fn closed_address(connection: &Connection) -> Cell {
    let set = |side: Side| {
        let flags = connection.peers[side].flags;
        flags.map(|flags| flags.has(CapableFlags::NO_MORE_SUBFLOWS))
    };
    match (set(Side::A), set(Side::B)) {
        (Some(true), Some(true)) => Cell::new(Meaning::Warning, "flag C of both"),
        (Some(true), _) => Cell::new(Meaning::Warning, "flag C of A"),
        (_, Some(true)) => Cell::new(Meaning::Warning, "flag C of B"),
        (Some(false), Some(false)) => Cell::plain("flag C clear"),
        _ => Cell::plain("flag C ").and(Meaning::Place, "?"),
    }
}

fn tokens(connection: &Connection) -> [Cell; 2] {
    Side::BOTH.map(|side| {
        let cell = Cell::plain(format!("{} ", letter(side)));
        match connection.peers[side].token {
            Some(token) => cell.and(Meaning::Handshake, format!("{token:#010x}")),
            None => cell.and(Meaning::Place, "?"),
        }
    })
}

/// Counts of verified facts, those that are there.
pub(super) fn tally(tally: Tally) -> Vec<Cell> {
    let counts = [
        (Meaning::Good, tally.good, "good"),
        (Meaning::Error, tally.bad, "bad"),
        (Meaning::Place, tally.unverifiable, "unverifiable"),
    ];
    let mut cells: Vec<Cell> = counts
        .iter()
        .filter(|(_, count, _)| *count > 0)
        .map(|(meaning, count, what)| Cell::new(*meaning, format!("{count} {what}")))
        .collect();
    if cells.is_empty() {
        cells.push(Cell::plain("nothing to verify"));
    }
    cells
}

/// What each side sent on the data level.
pub(super) fn stream(connection: &Connection, style: &Style<'_>, out: &mut Vec<u8>) {
    let mut grid = labelled(
        "data",
        &[
            ("from", Align::Left),
            ("octets", Align::Right),
            ("reinjected", Align::Right),
            ("out of order", Align::Right),
            ("DATA_FIN", Align::Left),
        ],
    );
    for side in Side::BOTH {
        let peer = &connection.peers[side];
        let fin = match data_fin_acknowledged(connection, side) {
            Some(true) => Cell::new(Meaning::Good, "acknowledged"),
            Some(false) => Cell::new(Meaning::Warning, "not acknowledged"),
            None => Cell::plain("not seen"),
        };
        let complete = stream_is_complete(connection, side);
        let counts = [peer.stream_octets(), peer.reinjected, peer.out_of_order].map(|count| {
            if outside_of_stream(connection, side) {
                Cell::plain("-").align(Align::Right)
            } else {
                at_least(count, complete)
            }
        });
        let head = [Cell::empty(), Cell::plain(letter(side))];
        grid.row(head.into_iter().chain(counts).chain([fin]));
    }
    grid.write(style, out);
}

/// Whether everything that a side sent came after a fallback, and so has no place in a data stream.
fn outside_of_stream(connection: &Connection, side: Side) -> bool {
    let sent = connection.subflows.iter().any(|subflow| subflow.halves[side].octets > 0);
    sent && connection.fallback.is_some() && connection.peers[side].stream_octets() == 0
}

/// A count that is too low where something could not be counted.
fn at_least(count: u64, complete: bool) -> Cell {
    match (count, complete) {
        (count, true) => Cell::number(count),
        (0, false) => Cell::unknown().align(Align::Right),
        (count, false) => {
            Cell::plain(count.to_string()).and(Meaning::Place, "+").align(Align::Right)
        }
    }
}

/// What each side announced, and what became of it.
pub(super) fn addresses(connection: &Connection, style: &Style<'_>, out: &mut Vec<u8>) {
    let announced = Side::BOTH.map(|side| connection.peers[side].addresses.as_slice());
    if announced.iter().all(|addresses| addresses.is_empty()) {
        return;
    }
    let mut grid = labelled(
        "addresses",
        &[
            ("of", Align::Left),
            ("ID", Align::Right),
            ("address", Align::Left),
            ("port", Align::Right),
            ("announced", Align::Left),
            ("echo", Align::Left),
            ("removed", Align::Left),
        ],
    );
    for (side, addresses) in Side::BOTH.into_iter().zip(announced) {
        for address in addresses {
            grid.row(address_row(connection, side, address));
        }
    }
    grid.write(style, out);
}

fn address_row(connection: &Connection, side: Side, address: &AnnouncedAddress) -> [Cell; 8] {
    let echo = match (address.echoed, connection.version) {
        (Some(at), _) => Cell::new(Meaning::Good, when(connection, at)),
        // RFC 6824 §3.4.1: v0 has none.
        (None, Some(0)) => Cell::plain("-"),
        (None, _) => Cell::new(Meaning::Warning, "none"),
    };
    [
        Cell::empty(),
        Cell::plain(letter(side)),
        Cell::number(address.id.into()),
        Cell::new(Meaning::Address, address.addr.to_string()),
        Cell::plain(address.port.map_or_else(|| "-".to_owned(), |port| port.to_string()))
            .align(Align::Right),
        Cell::plain(when(connection, address.added)),
        echo,
        Cell::plain(address.removed.map_or_else(|| "-".to_owned(), |at| when(connection, at))),
    ]
}
