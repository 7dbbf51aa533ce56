//! One line a packet: place, endpoints, sequence numbers, the options of MPTCP, and below it what
//! was noticed.

use std::io::Write;

use jiff::SignedDuration;

use super::endpoints::Endpoints;
use super::notation::{self, Bases};
use super::put::Put;
use super::theme::{Meaning, Theme};
use crate::event::{Decoded, Event};
use crate::flow::Status;
use crate::notice::Severity;
use crate::source::{LinkType, Resolution, Time};
use crate::wire::frame::LayerKind;
use crate::wire::mptcp::{Cut, Subtype};
use crate::wire::tcp::{Flags, PLACES};

/// How times are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Seconds since the first packet of the run.
    Relative,
    /// Seconds since the packet shown before.
    Delta,
    /// Seconds since 1970-01-01 00:00:00 UTC.
    Epoch,
    /// Date and time in UTC, as in RFC 3339.
    Utc,
}

/// What a line shows beside the options.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// How times are shown.
    pub clock: Clock,
    /// Sequence numbers as they stand on the wire.
    pub absolute: bool,
    /// TCP options of other kinds as well.
    pub all_options: bool,
    /// The terminal's width in columns; lines are not broken without one.
    pub width: Option<usize>,
}

/// Writes lines, and remembers how wide the columns have been.
#[derive(Debug)]
pub struct Lines {
    theme: Theme,
    style: Style,
    zero: Option<Time>,
    shown: Option<Time>,
    nanoseconds: bool,
    endpoints: Endpoints,
    /// The options of the latest line of some flows, which most of a flow's lines share.
    options: Vec<KeptOptions>,
    sequence: usize,
}

/// Options as they were written.
#[derive(Clone, Debug, Default)]
struct KeptOptions {
    id: u64,
    bases: Bases,
    text: Vec<u8>,
}

impl Lines {
    /// Lines in this style.
    pub fn new(theme: Theme, style: Style) -> Self {
        let endpoints = Endpoints::default();
        Self {
            theme,
            style,
            zero: None,
            shown: None,
            nanoseconds: false,
            endpoints,
            options: vec![KeptOptions::default(); PLACES],
            sequence: 16,
        }
    }

    /// Sees a frame of the run, whether or not it is shown: the first one is where relative times
    /// begin, and an interface of finer times gives the column more digits.
    #[inline]
    pub fn meet(&mut self, time: Option<Time>, resolution: Option<Resolution>) {
        if self.zero.is_none() {
            self.zero = time;
        }
        self.nanoseconds |= resolution.is_some_and(Resolution::finer_than_micro);
    }

    /// Appends the event's line, and one below for each notice and comment.
    pub fn event(&mut self, event: &Event<'_>, comments: &[String], out: &mut Vec<u8>) {
        let start = out.len();
        let clock = self.style.clock;
        let time = self.seconds(event.frame.time);
        let nanoseconds = self.nanoseconds;
        self.theme.paint(Meaning::Place, out, |out| {
            out.right(event.number, 6);
            put_time(clock, time, nanoseconds, out);
        });
        self.endpoints.put(event.view, event.segment, out);
        self.put_numbers(event, out);
        self.put_options(event, out);
        self.put_layers(event, out);
        for check in &event.findings.checks {
            let meaning = match check.status {
                Status::Good => Meaning::Good,
                Status::Bad => Meaning::Error,
                Status::Unverifiable(_) => Meaning::Warning,
            };
            out.push(b' ');
            self.theme.paint(meaning, out, |out| {
                out.push(b'[');
                out.text(check.fact.name());
                out.push(b' ');
                out.text(check.status.name());
                if let Status::Unverifiable(missing) = check.status {
                    out.text(": ");
                    out.text(missing.text());
                }
                out.push(b']');
            });
        }
        self.end_line(start, 16, out);
        for notice in &event.findings.notices {
            let start = out.len();
            let severity = notice.id.severity();
            self.theme.paint(Meaning::of_severity(severity), out, |out| {
                out.text(match severity {
                    Severity::Note => "        - ",
                    Severity::Warning => "        ! ",
                    Severity::Error => "        !! ",
                });
                out.text(notice.id.name());
                if let Some(octet) = notice.octet {
                    out.text(" at octet ");
                    out.num(octet);
                }
                out.text(": ");
                out.text(&notice.text);
            });
            self.end_line(start, 12, out);
        }
        for comment in comments {
            for line in comment.lines() {
                out.text("        # ");
                printable(line, out);
                out.push(b'\n');
            }
        }
    }

    /// Nanoseconds by the style's clock.
    fn seconds(&mut self, time: Option<Time>) -> Option<i64> {
        let Time(now) = time?;
        self.zero.get_or_insert(Time(now));
        let since = |then: Option<Time>| now.saturating_sub(then.unwrap_or(Time(now)).0);
        let nanos = match self.style.clock {
            Clock::Relative => since(self.zero),
            Clock::Delta => since(self.shown),
            Clock::Epoch | Clock::Utc => now,
        };
        self.shown = time;
        Some(nanos)
    }

    /// Flags, sequence number to the next one with the length between, and acknowledgment.
    fn put_numbers(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        let segment = event.segment;
        match segment.flags {
            // Nearly every segment.
            Flags::ACK => out.text(".   "),
            flags => {
                let start = out.len();
                put_flags(flags, out);
                out.pad(start, 4);
            }
        }
        let start = out.len();
        let (seq, ack) = match &event.view {
            Some(view) if !self.style.absolute => (view.seq, view.ack),
            _ => (segment.seq, segment.ack),
        };
        out.num(seq);
        out.push(b':');
        out.num(seq.wrapping_add(segment.payload_len));
        out.push(b'(');
        out.num(segment.payload_len);
        out.push(b')');
        if segment.flags.contains(Flags::ACK) {
            out.text(" ack ");
            out.num(ack);
        }
        self.sequence = self.sequence.max(out.len() - start);
        out.pad(start, self.sequence + 2);
    }

    fn put_options(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        let bases = match &event.view {
            Some(view) if !self.style.absolute => Bases::of(view),
            _ => Bases::default(),
        };
        if self.style.all_options {
            self.write_options(event, bases, out);
            return;
        }
        if event.options.is_empty() {
            return;
        }
        let place = event.segment.place();
        let kept = &self.options[place];
        if kept.bases == bases && !kept.text.is_empty() && kept.id == event.options_id {
            out.extend_from_slice(&kept.text);
            return;
        }
        let start = out.len();
        self.write_options(event, bases, out);
        let kept = &mut self.options[place];
        (kept.id, kept.bases) = (event.options_id, bases);
        kept.text.clear();
        kept.text.extend_from_slice(&out[start..]);
    }

    fn write_options(&self, event: &Event<'_>, bases: Bases, out: &mut Vec<u8>) {
        out.push(b'<');
        let mut separator = "";
        let mut between = |out: &mut Vec<u8>| {
            out.text(separator);
            separator = ", ";
        };
        if self.style.all_options {
            for (option, own) in event.each_option() {
                between(out);
                match own {
                    Some(own) => self.put_option(own, bases, event, out),
                    None => write!(out, "{option}").unwrap_or_default(),
                }
            }
        } else {
            for own in event.options {
                between(out);
                self.put_option(own, bases, event, out);
            }
        }
        out.push(b'>');
    }

    fn put_option(&self, own: &Decoded, bases: Bases, event: &Event<'_>, out: &mut Vec<u8>) {
        let subtype = own.subtype.unwrap_or(Subtype::Unknown);
        if let Some(Ok(option)) = &own.meaning {
            self.theme.paint(Meaning::of(subtype), out, |out| notation::option(option, bases, out));
            return;
        }
        let cut = own.cut.as_deref().filter(|_| !own.is_malformed());
        let meaning = cut.map_or(Meaning::Error, |_| Meaning::of(subtype));
        self.theme.paint(meaning, out, |out| {
            out.text(subtype.id());
            match cut {
                Some(&Cut { claimed: Some(claimed), held, .. }) => {
                    out.text(" cut after ");
                    out.num(held);
                    out.text(" of ");
                    out.num(claimed);
                    out.text(" octets 0x");
                }
                Some(_) => out.text(" cut after the kind 0x"),
                None => out.text(" malformed 0x"),
            }
            if let Some(option) = event.tcp_options().nth(own.index.into()) {
                out.octets(option.raw);
            }
        });
    }

    /// Ends the line that began at `start`. Where it runs past the terminal's edge it is broken
    /// between words, and goes on further in.
    fn end_line(&self, start: usize, indent: usize, out: &mut Vec<u8>) {
        while out.last() == Some(&b' ') {
            out.pop();
        }
        let too_wide = |width: &usize| *width > 2 * indent && visible(&out[start..]) > *width;
        if let Some(width) = self.style.width.filter(too_wide) {
            let line = out.split_off(start);
            let mut column = 0;
            // Spaces wait for the word behind them: at the edge they are left out.
            let mut spaces = 0;
            for word in line.split(|&octet| octet == b' ') {
                let columns = visible(word);
                if columns > 0 && column + spaces + columns > width && column > indent {
                    out.push(b'\n');
                    out.resize(out.len() + indent, b' ');
                    (column, spaces) = (indent, 0);
                }
                if columns > 0 {
                    out.resize(out.len() + spaces, b' ');
                    (column, spaces) = (column + spaces + columns, 0);
                }
                out.extend_from_slice(word);
                spaces += 1;
            }
        }
        out.push(b'\n');
    }

    /// VLANs and tunnels; plain frames have none and aren't decoded again for it.
    fn put_layers(&self, event: &Event<'_>, out: &mut Vec<u8>) {
        let plain = event.frame.link == LinkType::ETHERNET && !event.segment.fragment;
        if plain && matches!(event.segment.header_offset, 34 | 54) {
            return;
        }
        let packet = event.packet();
        let mut outer = None;
        let mut first = true;
        for layer in packet.layers.as_slice() {
            let tagged = matches!(layer.kind, LayerKind::Vlan { .. });
            let fragment = matches!(
                layer.kind,
                LayerKind::Ipv4 { fragment: Some(_), .. } | LayerKind::Ipv6Fragment(_)
            );
            if tagged || fragment || layer.kind.is_tunnel() {
                self.theme.paint(Meaning::Place, out, |out| {
                    out.text(if first { " via " } else { ", " });
                    write!(out, "{}", layer.kind).unwrap_or_default();
                    if let Some((src, dst)) = outer
                        && layer.kind.is_tunnel()
                    {
                        out.push(b' ');
                        out.addr(src);
                        out.text(" > ");
                        out.addr(dst);
                    }
                });
                first = false;
            }
            outer = layer.addresses(event.frame.octets).or(outer);
        }
    }
}

/// TCP flags as packetdrill and tcpdump write them: letters, and a dot for ACK.
pub(super) fn put_flags(flags: Flags, out: &mut Vec<u8>) {
    const LETTERS: [(Flags, u8); 9] = [
        (Flags::SYN, b'S'),
        (Flags::FIN, b'F'),
        (Flags::RST, b'R'),
        (Flags::PSH, b'P'),
        (Flags::URG, b'U'),
        (Flags::ECE, b'E'),
        (Flags::CWR, b'W'),
        (Flags::AE, b'e'),
        (Flags::ACK, b'.'),
    ];
    let start = out.len();
    out.extend(LETTERS.iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, letter)| letter));
    if out.len() == start {
        out.push(b'-');
    }
}

/// Nanoseconds as seconds with six or nine digits behind the point, between spaces.
fn put_time(clock: Clock, nanos: Option<i64>, nanoseconds: bool, out: &mut Vec<u8>) {
    let written = match nanos {
        Some(nanos @ 0..) if clock != Clock::Utc && !nanoseconds => {
            out.seconds(nanos.cast_unsigned())
        }
        _ => false,
    };
    if !written {
        put_unusual_time(clock, nanos, nanoseconds, out);
    }
}

#[inline(never)]
fn put_unusual_time(clock: Clock, nanos: Option<i64>, nanoseconds: bool, out: &mut Vec<u8>) {
    out.text("  ");
    match nanos {
        None => out.text(if nanoseconds { "              -" } else { "           -" }),
        Some(nanos) if clock == Clock::Utc => {
            let time = jiff::Timestamp::UNIX_EPOCH + SignedDuration::from_nanos(nanos);
            write!(out, "{time:.9}").unwrap_or_default();
        }
        Some(nanos) => {
            let magnitude = nanos.unsigned_abs();
            let (seconds, below) = (magnitude / 1_000_000_000, magnitude % 1_000_000_000);
            if nanos < 0 {
                let start = out.len();
                out.push(b'-');
                out.num(seconds);
                let missing = 5_usize.saturating_sub(out.len() - start);
                out.splice(start..start, std::iter::repeat_n(b' ', missing));
            } else {
                out.right(seconds, 5);
            }
            out.push(b'.');
            if nanoseconds {
                out.digits::<9>(below);
            } else {
                out.digits::<6>(below / 1000);
            }
        }
    }
    out.text("  ");
}

/// The columns that text takes on a terminal: colours take none.
fn visible(text: &[u8]) -> usize {
    let mut columns = 0;
    let mut in_escape = false;
    for &octet in text {
        match octet {
            0x1b => in_escape = true,
            b'm' if in_escape => in_escape = false,
            // Octets that continue a UTF-8 character.
            0x80..=0xbf => {}
            _ => columns += usize::from(!in_escape),
        }
    }
    columns
}

/// Text from a file: control characters could play tricks on a terminal.
pub(super) fn printable(text: &str, out: &mut Vec<u8>) {
    let mut octets = [0; 4];
    for character in text.chars() {
        let shown = if character.is_control() { '\u{fffd}' } else { character };
        out.text(shown.encode_utf8(&mut octets));
    }
}
