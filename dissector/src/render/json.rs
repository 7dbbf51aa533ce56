//! JSON: one object a line, its keys explained in `docs/json.md` and fixed by
//! `docs/mpdissect.schema.json`.
//!
//! Keys stay, and what they mean stays, as long as [`SCHEMA`] stays. A key that always stands in
//! an object is null where the capture doesn't tell.

mod connection;
mod option;
mod packet;
#[cfg(test)]
mod tests;
mod value;

use serde::Serialize;

use crate::event::{Counts, Event};
use crate::flow::Connection;
use crate::source::Statistics;
use crate::wire::mptcp::Subtype;

/// The number of the schema. It grows when a key goes away, changes its meaning or its type; not
/// when a key, a notice or a subtype is added.
pub const SCHEMA: u32 = 1;

/// What the last line says.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// What went through.
    pub counts: &'a Counts,
    /// Connections that had to leave memory before the end.
    pub evicted: u64,
    /// Whether the input was read to its end: false after an error, an interrupt, or a limit that
    /// the user set.
    pub complete: bool,
    /// What was wrong with the input, if anything.
    pub error: Option<&'a str>,
    /// What the system counted in a live capture.
    pub capture: Option<Statistics>,
}

/// Appends a line about a frame. `comments` are those that the file holds about it.
pub fn packet(event: &Event<'_>, comments: &[String], out: &mut Vec<u8>) {
    line("packet", &packet::Packet::new(event, comments), out);
}

/// Appends a line about a connection, as it stands now.
pub fn connection(connection: &Connection, out: &mut Vec<u8>) {
    line("connection", &connection::View::new(connection), out);
}

/// Appends the last line.
pub fn end(end: &End<'_>, out: &mut Vec<u8>) {
    let counts = end.counts;
    let view = EndView {
        frames: counts.frames,
        segments: counts.segments,
        fragments: counts.fragments,
        cut: counts.cut,
        broken: counts.broken,
        foreign_links: counts.foreign_links,
        mptcp: counts.mptcp,
        subtypes: Subtypes(&counts.subtypes),
        malformed: counts.malformed,
        notices: counts.notices,
        evicted: end.evicted,
        complete: end.complete,
        error: end.error,
        capture: end.capture.map(|counted| Capture {
            received: counted.received,
            dropped_by_kernel: counted.dropped_by_kernel,
            dropped_by_interface: counted.dropped_by_interface,
        }),
    };
    line("end", &view, out);
}

/// What every line starts with.
#[derive(Serialize)]
struct Line<'a, T> {
    schema: u32,
    r#type: &'static str,
    #[serde(flatten)]
    body: &'a T,
}

fn line(kind: &'static str, body: &impl Serialize, out: &mut Vec<u8>) {
    let start = out.len();
    let line = Line { schema: SCHEMA, r#type: kind, body };
    match serde_json::to_writer(&mut *out, &line) {
        Ok(()) => out.push(b'\n'),
        // Memory takes every octet, and no view has a key that isn't a string. Should that ever
        // change, no half of a line may stay.
        Err(_) => out.truncate(start),
    }
}

#[derive(Serialize)]
struct EndView<'a> {
    frames: u64,
    segments: u64,
    fragments: u64,
    cut: u64,
    broken: u64,
    foreign_links: u64,
    mptcp: u64,
    subtypes: Subtypes<'a>,
    malformed: u64,
    notices: u64,
    evicted: u64,
    complete: bool,
    error: Option<&'a str>,
    capture: Option<Capture>,
}

#[derive(Serialize)]
struct Capture {
    received: u32,
    dropped_by_kernel: u32,
    dropped_by_interface: u32,
}

/// Counts of options by what they say they are.
struct Subtypes<'a>(&'a [u64; Subtype::ALL.len()]);

impl Serialize for Subtypes<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named = Subtype::ALL.iter().map(|subtype| subtype.id());
        serializer.collect_map(named.zip(self.0))
    }
}
