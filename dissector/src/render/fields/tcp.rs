//! The columns of the TCP header and of its options other than MPTCP's.

use super::Context;
use super::registry::{Column, Needs};
use super::values::Values;
use crate::render::put::Put;
use crate::wire::tcp::{Flags, Known};

pub(super) const COLUMNS: &[Column] = &[
    Column::other("tcp.srcport", "Source port", Needs::Packet, |c, out| {
        out.num(c.event.segment.src.port);
    }),
    Column::other("tcp.dstport", "Destination port", Needs::Packet, |c, out| {
        out.num(c.event.segment.dst.port);
    }),
    Column::other("tcp.stream", "TCP conversation", Needs::Streams, |c, out| {
        c.now.place.iter().for_each(|place| out.num(place.stream));
    }),
    Column::other("tcp.seq", "Sequence number, relative", Needs::Streams, |c, out| {
        c.now.place.iter().for_each(|place| out.num(place.seq));
    }),
    Column::other("tcp.seq_raw", "Sequence number", Needs::Packet, |c, out| {
        out.num(c.event.segment.seq);
    }),
    Column::other("tcp.ack", "Acknowledgment number, relative", Needs::Streams, |c, out| {
        c.now.place.iter().for_each(|place| out.num(place.ack));
    }),
    Column::other("tcp.ack_raw", "Acknowledgment number", Needs::Packet, |c, out| {
        out.num(c.event.segment.ack);
    }),
    Column::other("tcp.hdr_len", "Octets of the header", Needs::Packet, |c, out| {
        out.num(c.event.segment.header_len);
    }),
    Column::other("tcp.flags", "Control bits", Needs::Packet, |c, out| {
        out.hex(c.event.segment.flags.0, 4);
    }),
    Column::other("tcp.flags.res", "Reserved control bits", Needs::Packet, |c, out| {
        out.flag(c.event.segment.flags.intersects(Flags::RESERVED));
    }),
    Column::other("tcp.flags.ae", "AE, once NS", Needs::Packet, |c, out| {
        out.flag(c.event.segment.flags.contains(Flags::AE));
    }),
    Column::other("tcp.flags.cwr", "CWR", Needs::Packet, |c, out| {
        out.flag(c.event.segment.flags.contains(Flags::CWR));
    }),
    Column::other("tcp.flags.ece", "ECE", Needs::Packet, |c, out| {
        out.flag(c.event.segment.flags.contains(Flags::ECE));
    }),
    Column::other("tcp.flags.urg", "URG", Needs::Packet, |c, out| {
        out.flag(c.event.segment.flags.contains(Flags::URG));
    }),
    Column::other("tcp.flags.ack", "ACK", Needs::Packet, |c, out| {
        out.flag(c.event.segment.flags.contains(Flags::ACK));
    }),
    Column::other("tcp.flags.push", "PSH", Needs::Packet, |c, out| {
        out.flag(c.event.segment.flags.contains(Flags::PSH));
    }),
    Column::other("tcp.flags.reset", "RST", Needs::Packet, |c, out| {
        out.flag(c.event.segment.flags.contains(Flags::RST));
    }),
    Column::other("tcp.flags.syn", "SYN", Needs::Packet, |c, out| {
        out.flag(c.event.segment.flags.contains(Flags::SYN));
    }),
    Column::other("tcp.flags.fin", "FIN", Needs::Packet, |c, out| {
        out.flag(c.event.segment.flags.contains(Flags::FIN));
    }),
    Column::other("tcp.flags.str", "Control bits as letters", Needs::Packet, letters),
    Column::other("tcp.window_size_value", "Window, not scaled", Needs::Packet, |c, out| {
        out.num(c.event.segment.window);
    }),
    Column::other("tcp.checksum", "Checksum of the segment", Needs::Packet, |c, out| {
        out.hex(c.event.segment.checksum, 4);
    }),
    Column::other("tcp.urgent_pointer", "Urgent pointer", Needs::Packet, |c, out| {
        out.num(c.event.segment.urgent);
    }),
    Column::other("tcp.len", "Octets of payload", Needs::Packet, |c, out| {
        // Where the header's length can't be, nobody knows where the payload starts.
        if c.event.segment.fault.is_none() {
            out.num(c.event.segment.payload_len);
        }
    }),
    Column::other("tcp.option_kind", "Kinds of the options", Needs::Packet, |c, out| {
        c.event.tcp_options().filter(|option| !option.padding).for_each(|option| {
            out.num(option.kind);
        });
    }),
    Column::other("tcp.option_len", "Lengths of the options", Needs::Packet, |c, out| {
        // End of options and no-operation have no length.
        let longer = c.event.tcp_options().filter(|option| !option.padding && option.kind > 1);
        longer.filter_map(|option| option.raw.get(1)).for_each(|length| out.num(*length));
    }),
    Column::other("tcp.options", "The option area", Needs::Packet, |c, out| {
        out.octets(c.event.segment.options);
    }),
    Column::other("tcp.options.mss_val", "Maximum segment size", Needs::Packet, |c, out| {
        known(c, |value| {
            if let Known::Mss(size) = value {
                out.num(size);
            }
        });
    }),
    Column::other("tcp.options.wscale.shift", "Window scale", Needs::Packet, |c, out| {
        known(c, |value| {
            if let Known::WindowScale(shift) = value {
                out.num(shift);
            }
        });
    }),
    Column::other("tcp.options.timestamp.tsval", "Timestamp", Needs::Packet, |c, out| {
        known(c, |value| {
            if let Known::Timestamps { val, .. } = value {
                out.num(val);
            }
        });
    }),
    Column::other("tcp.options.timestamp.tsecr", "Timestamp echoed", Needs::Packet, |c, out| {
        known(c, |value| {
            if let Known::Timestamps { ecr, .. } = value {
                out.num(ecr);
            }
        });
    }),
];

fn known(c: &Context<'_>, visit: impl FnMut(Known<'_>)) {
    c.event.tcp_options().filter_map(|option| option.known().ok()).for_each(visit);
}

/// Wireshark's twelve letters, a middle dot for each bit that isn't set.
fn letters(c: &Context<'_>, out: &mut Values<'_>) {
    const LETTERS: &[u8; 12] = b"RRRACEUAPRSF";
    const UNSET: &str = "\u{b7}";
    let bits = c.event.segment.flags.0;
    let out = out.next();
    for (&letter, place) in LETTERS.iter().zip((0..LETTERS.len()).rev()) {
        if bits >> place & 1 == 1 {
            out.push(letter);
        } else {
            out.text(UNSET);
        }
    }
}
