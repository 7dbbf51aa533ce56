//! A frame's octets, each range with what it is.

use std::io::Write;

use super::put::Put;
use super::theme::{Meaning, Theme};
use super::tree;
use crate::event::{Decoded, Event};
use crate::wire::field::Field;
use crate::wire::mptcp::Subtype;
use crate::wire::tcp::TcpOption;

/// Octets in a row.
const ROW: usize = 16;
/// Where the words begin.
const WORDS: usize = 4 + 6 + 3 * ROW + 2;
/// Payload octets that are shown.
const PAYLOAD: usize = 64;

/// Appends the frame: headers a layer each, MPTCP options field by field, the start of the payload.
pub fn event(event: &Event<'_>, theme: &Theme, out: &mut Vec<u8>) {
    let frame = event.frame.octets;
    let packet = event.packet();
    let layers = packet.layers.as_slice();
    let header = event.segment.header_offset as usize;
    let options = header + 20;
    for (nth, layer) in layers.iter().enumerate() {
        let start = layer.offset as usize;
        let end = layers.get(nth + 1).map_or(options, |next| next.offset as usize).min(options);
        let range = frame.get(start..end.min(frame.len())).unwrap_or_default();
        rows(start, range, out, |out| write!(out, "{}", layer.kind).unwrap_or_default());
    }
    for (option, own) in event.each_option() {
        let at = options + usize::from(option.offset);
        match own {
            Some(own) => mptcp(event, own, &option, at, theme, out),
            None => rows(at, option.raw, out, |out| write!(out, "{option}").unwrap_or_default()),
        }
    }
    let payload = event.segment.payload;
    let at = header + usize::from(event.segment.header_len);
    let shown = payload.get(..PAYLOAD).unwrap_or(payload);
    rows(at, shown, out, |out| {
        out.text("payload, ");
        out.num(event.segment.payload_len);
        out.text(" octets");
        if payload.len() > shown.len() {
            out.text(", the first ");
            out.num(shown.len());
            out.text(" shown");
        }
    });
}

/// One line for each range of octets that fields share.
fn mptcp(
    event: &Event<'_>,
    decoded: &Decoded,
    option: &TcpOption<'_>,
    at: usize,
    theme: &Theme,
    out: &mut Vec<u8>,
) {
    let subtype = decoded.subtype.unwrap_or(Subtype::Unknown);
    let meaning = match &decoded.meaning {
        Some(Ok(known)) => known,
        Some(Err(malformed)) => {
            theme.paint(Meaning::Error, out, |out| {
                rows(at, option.raw, out, |out| {
                    write!(out, "{} {malformed}", subtype.name()).unwrap_or_default();
                });
            });
            return;
        }
        None => {
            rows(at, option.raw, out, |out| write!(out, "{option}").unwrap_or_default());
            return;
        }
    };
    let mut fields: Vec<Field> = Vec::new();
    meaning.fields(event.dialect, &mut |field| fields.push(field));
    let part =
        |from: u8, to: u8| option.raw.get(usize::from(from)..usize::from(to)).unwrap_or_default();
    theme.paint(Meaning::of(subtype), out, |out| {
        rows(at, part(0, 2), out, |out| {
            out.text("Kind 30, Length ");
            out.num(option.raw.len());
        });
        // Fields that overlap stand on one line; a sum of others says nothing new here.
        fields.retain(|field| field.name != crate::wire::field::Name::Flags);
        let mut rest = fields.as_slice();
        while let Some(first) = rest.first() {
            let (from, mut to) = (first.slot.at, first.slot.at.saturating_add(first.slot.width));
            let mut together = 0;
            for field in rest {
                if field.slot.at >= to {
                    break;
                }
                to = to.max(field.slot.at.saturating_add(field.slot.width));
                together += 1;
            }
            let (line, others) = rest.split_at(together.max(1));
            rows(at + usize::from(from), part(from, to), out, |out| {
                for (nth, field) in line.iter().enumerate() {
                    out.text(if nth > 0 { ", " } else { "" });
                    let label = field.name.label();
                    match label.split_once(": ") {
                        // A flag has a letter, which the tree explains.
                        Some((letter, _)) => {
                            out.text(letter);
                            out.push(b'=');
                        }
                        None => {
                            out.text(label);
                            out.push(b' ');
                        }
                    }
                    tree::value(meaning, field, out);
                }
            });
            rest = others;
        }
    });
}

/// Octets in rows, with the words behind the first.
fn rows(at: usize, octets: &[u8], out: &mut Vec<u8>, words: impl FnOnce(&mut Vec<u8>)) {
    let mut words = Some(words);
    for (nth, row) in octets.chunks(ROW).enumerate() {
        let start = out.len();
        write!(out, "    {:04x}  ", at + nth * ROW).unwrap_or_default();
        for octet in row {
            out.octets(&[*octet]);
            out.push(b' ');
        }
        if let Some(words) = words.take() {
            out.pad(start, WORDS);
            words(out);
        }
        while out.last() == Some(&b' ') {
            out.pop();
        }
        out.push(b'\n');
    }
}
