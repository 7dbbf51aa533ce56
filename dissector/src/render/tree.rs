//! Every field of a packet, as a tree.

mod headers;

use std::fmt::Display;
use std::io::Write;

use super::endpoints::put_endpoint;
use super::line::{printable, put_flags};
use super::put::Put;
use super::theme::{Meaning, Theme};
use crate::event::{Decoded, Event};
use crate::flow::{Side, View};
use crate::wire::field::{Field, Name, Slot, Value};
use crate::wire::frame::Name as LayerName;
use crate::wire::mptcp::{MptcpOption, Subtype, reset_reason};
use crate::wire::tcp::{Flags, TcpOption};

/// How far the values of fields stand to the right.
const VALUES: usize = 42;

/// Appends the event's tree.
pub fn event(event: &Event<'_>, theme: &Theme, out: &mut Vec<u8>) {
    let packet = event.packet();
    let (captured, wire) = (event.frame.octets.len(), event.frame.wire_len);
    item(
        2,
        format_args!("frame {}: {wire} octets on the wire, {captured} captured", event.number),
        out,
    );
    for layer in packet.layers.as_slice() {
        if layer.kind.name() == LayerName::Tcp {
            tcp(event, out);
            continue;
        }
        let header = event.frame.octets.get(layer.offset as usize..).unwrap_or_default();
        let fault = layer.fault.map(|fault| format!(": {fault}")).unwrap_or_default();
        match layer.addresses(event.frame.octets) {
            Some((src, dst)) => {
                let more = headers::ip(header);
                item(2, format_args!("{} {src} > {dst}{more}{fault}", layer.kind), out);
            }
            None => {
                let more = headers::link(layer.kind, header);
                item(2, format_args!("{}{more}{fault}", layer.kind), out);
            }
        }
    }
    for (option, own) in event.each_option() {
        match own {
            Some(own) => mptcp(event, own, &option, theme, out),
            None => item(4, option, out),
        }
        if let Some(fault) = option.fault {
            theme.paint(Meaning::Error, out, |out| item(6, format_args!("!! {fault}"), out));
        }
    }
    if let Some(view) = &event.view {
        stream(view, theme, out);
    }
}

fn item(indent: usize, text: impl Display, out: &mut Vec<u8>) {
    out.resize(out.len() + indent, b' ');
    // File contents reach this text only as numbers and addresses.
    writeln!(out, "{text}").unwrap_or_default();
}

fn tcp(event: &Event<'_>, out: &mut Vec<u8>) {
    let segment = event.segment;
    out.text("  tcp ");
    put_endpoint(&segment.src, out);
    out.text(" > ");
    put_endpoint(&segment.dst, out);
    out.push(b' ');
    put_flags(segment.flags, out);
    out.text(" seq ");
    out.num(segment.seq);
    if segment.flags.contains(Flags::ACK) {
        out.text(" ack ");
        out.num(segment.ack);
    }
    out.text(" win ");
    out.num(segment.window);
    out.text(" checksum ");
    out.hex(segment.checksum.into(), 4);
    if segment.flags.contains(Flags::URG) {
        out.text(" urgent ");
        out.num(segment.urgent);
    }
    out.text(" payload ");
    out.num(segment.payload_len);
    if segment.payload_cut() {
        out.text(", ");
        out.num(segment.payload.len());
        out.text(" captured");
    }
    out.text("; header ");
    out.num(segment.header_len);
    out.text(if segment.options_cut { ", options cut by the snap length\n" } else { "\n" });
}

fn mptcp(
    event: &Event<'_>,
    decoded: &Decoded,
    option: &TcpOption<'_>,
    theme: &Theme,
    out: &mut Vec<u8>,
) {
    let subtype = decoded.subtype.unwrap_or(Subtype::Unknown);
    theme.paint(Meaning::of(subtype), out, |out| {
        item(4, format_args!("{}, {} octets", subtype.name(), option.raw.len()), out);
    });
    if let Some(known) = decoded.known() {
        decoded.fields(event.dialect, &mut |field| put_field(known, &field, out));
    }
    if let Some(Err(malformed)) = &decoded.meaning {
        theme.paint(Meaning::Error, out, |out| item(6, format_args!("!! {malformed}"), out));
    }
    // The octets of a cut option that no field takes are nowhere else.
    if decoded.well_formed().is_none() {
        raw(option, out);
    }
}

fn raw(option: &TcpOption<'_>, out: &mut Vec<u8>) {
    out.text("      octets ");
    out.octets(option.raw);
    out.push(b'\n');
}

/// Label, value, and where the field stands.
fn put_field(option: &MptcpOption, field: &Field, out: &mut Vec<u8>) {
    let start = out.len();
    out.text("      ");
    out.text(field.name.label());
    out.push(b' ');
    while out.len() < start + VALUES {
        out.push(b'.');
    }
    out.push(b' ');
    value(option, field, out);
    out.pad(start, VALUES + 26);
    out.text("  ");
    place(field.slot, out);
    out.push(b'\n');
}

/// A field's value, with the name behind a number that has one.
pub(super) fn value(option: &MptcpOption, field: &Field, out: &mut Vec<u8>) {
    match (field.name, field.value) {
        // Keys, tokens and the like are compared by eye, which hexadecimal makes easier.
        (
            Name::SenderKey | Name::ReceiverKey | Name::SenderTruncatedHmac | Name::AddAddrHmac,
            Value::Uint(number),
        ) => {
            out.hex(number, 16);
        }
        (Name::ReceiverToken | Name::SenderRandom, Value::Uint(number)) => out.hex(number, 8),
        _ => write!(out, "{field}").unwrap_or_default(),
    }
    match (field.name, option) {
        (Name::Subtype, _) => {
            out.text(" ");
            out.text(option.subtype().name());
        }
        (Name::ResetReason, MptcpOption::MpTcprst(reset)) => {
            out.text(" ");
            out.text(reset_reason(reset.reason));
        }
        _ => {}
    }
}

/// `octet 2 mask 0x0f`, `octets 4-11`.
fn place(slot: Slot, out: &mut Vec<u8>) {
    let last = slot.at.saturating_add(slot.width).saturating_sub(1);
    out.text(if slot.width > 1 { "octets " } else { "octet " });
    out.num(slot.at);
    if slot.width > 1 {
        out.push(b'-');
        out.num(last);
    }
    if slot.width <= 2 && slot.mask != Slot::octets(slot.at, slot.width).mask {
        out.text(" mask ");
        out.hex(slot.mask, slot.width * 2);
    }
}

/// Where the segment stands in its connection.
fn stream(view: &View, theme: &Theme, out: &mut Vec<u8>) {
    theme.paint(Meaning::Heading, out, |out| {
        item(4, format_args!("connection {}, subflow {}", view.connection, view.subflow), out);
    });
    let number = |label: &str, value: Option<u64>, base: Option<u64>, out: &mut Vec<u8>| {
        let Some(value) = value else { return };
        match base {
            Some(base) => {
                let relative = value.wrapping_sub(base);
                item(6, format_args!("{label} {value}, relative {relative}"), out);
            }
            None => item(6, format_args!("{label} {value}"), out),
        }
    };
    let (own, peer) = (view.idsn[view.from], view.idsn[view.from.other()]);
    number("mapping from DSN", view.mapping_dsn, own, out);
    number("payload from DSN", view.payload_dsn, own, out);
    number("Data ACK", view.data_ack, peer, out);
    if let Some((token, idsn)) = view.own {
        let side = if view.from == Side::A { "A" } else { "B" };
        item(6, format_args!("key of {side}: token {token:#010x}, initial DSN {idsn}"), out);
    }
}

/// Appends comments of the frame.
pub fn comments(comments: &[String], out: &mut Vec<u8>) {
    for comment in comments {
        out.text("  # ");
        printable(comment, out);
        out.push(b'\n');
    }
}
