//! A frame and everything it says.

use std::net::IpAddr;

use serde::{Serialize, Serializer};

use super::option::{Any, Mptcp};
use super::value::{Each, Seconds, Text, decimal, epoch};
use crate::event::Event;
use crate::flow::{Check, Status, View};
use crate::notice::Notice;
use crate::wire::frame::{Fault, Layer, LayerKind, Name};
use crate::wire::tcp::{Flags, Segment};

#[derive(Serialize)]
pub(super) struct Packet<'e> {
    frame: Frame<'e>,
    layers: Layers<'e>,
    tcp: Tcp<'e>,
    connection: Option<u32>,
    subflow: Option<u32>,
    from: Option<&'static str>,
    relative: Option<Relative>,
    data: Option<Stream>,
    own: Option<Own>,
    mptcp: Options<'e>,
    checks: Checks<'e>,
    notices: Notices<'e>,
}

impl<'e> Packet<'e> {
    pub(super) fn new(event: &'e Event<'e>, comments: &'e [String]) -> Self {
        let view = event.view;
        Self {
            frame: Frame {
                number: event.number,
                time_epoch: epoch(event.frame.time),
                interface: event.frame.interface,
                link: event.frame.link.0,
                wire_len: event.frame.wire_len,
                captured: event.frame.octets.len(),
                comments,
            },
            layers: Layers(event),
            tcp: Tcp::new(event.segment),
            connection: view.map(|view| view.connection),
            subflow: view.map(|view| view.subflow),
            from: view.map(|view| view.from.name()),
            relative: view.map(|view| Relative::new(view, event.segment)),
            data: view.map(Stream::new),
            own: view
                .and_then(|view| view.own)
                .map(|(token, idsn)| Own { token, idsn: Text(idsn) }),
            mptcp: Options(event),
            checks: Checks(&event.findings.checks),
            notices: Notices(&event.findings.notices),
        }
    }
}

#[derive(Serialize)]
struct Frame<'e> {
    number: u64,
    time_epoch: Option<Seconds>,
    interface: u32,
    link: u16,
    wire_len: u32,
    captured: usize,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    comments: &'e [String],
}

/// The headers, outermost first.
struct Layers<'e>(&'e Event<'e>);

impl Serialize for Layers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Event { frame, .. } = self.0;
        let packet = self.0.packet();
        serializer.collect_seq(packet.layers.iter().map(|layer| Header::new(layer, frame.octets)))
    }
}

#[derive(Serialize)]
struct Header {
    name: Text<Name>,
    offset: u32,
    text: Text<LayerKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    src: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dst: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Text<Fault>>,
}

impl Header {
    fn new(layer: &Layer, octets: &[u8]) -> Self {
        let (src, dst) = layer.addresses(octets).unzip();
        Self {
            name: Text(layer.kind.name()),
            offset: layer.offset,
            text: Text(layer.kind),
            src,
            dst,
            fault: layer.fault.map(Text),
        }
    }
}

#[derive(Serialize)]
struct Tcp<'e> {
    src: IpAddr,
    sport: u16,
    dst: IpAddr,
    dport: u16,
    seq: u32,
    ack: u32,
    flags: Text<Flags>,
    flag_bits: u16,
    window: u16,
    urgent: u16,
    header_len: u8,
    payload_len: u32,
    payload_captured: usize,
    options: SegmentOptions<'e>,
}

impl<'e> Tcp<'e> {
    fn new(segment: &'e Segment<'e>) -> Self {
        Self {
            src: segment.src.addr,
            sport: segment.src.port,
            dst: segment.dst.addr,
            dport: segment.dst.port,
            seq: segment.seq,
            ack: segment.ack,
            flags: Text(segment.flags),
            flag_bits: segment.flags.0,
            window: segment.window,
            urgent: segment.urgent,
            header_len: segment.header_len,
            payload_len: segment.payload_len,
            payload_captured: segment.payload.len(),
            options: SegmentOptions(segment),
        }
    }
}

struct SegmentOptions<'e>(&'e Segment<'e>);

impl Serialize for SegmentOptions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.walk_options().map(Any::from))
    }
}

/// Numbers that start small: TCP's from the initial sequence number, the data stream's from the
/// initial data sequence number.
#[derive(Serialize)]
struct Relative {
    seq: u32,
    ack: Option<u32>,
    dsn: Option<Text<u64>>,
    mapping_dsn: Option<Text<u64>>,
    data_ack: Option<Text<u64>>,
}

impl Relative {
    fn new(view: &View, segment: &Segment<'_>) -> Self {
        let since = |number: Option<u64>, first: Option<u64>| {
            number.zip(first).map(|(number, first)| decimal(number.wrapping_sub(first)))
        };
        let (own, peer) = (view.idsn[view.from], view.idsn[view.from.other()]);
        Self {
            seq: view.seq,
            ack: segment.flags.contains(Flags::ACK).then_some(view.ack),
            dsn: since(view.payload_dsn, own),
            mapping_dsn: since(view.mapping_dsn, own),
            data_ack: since(view.data_ack, peer),
        }
    }
}

/// The segment's place in the data stream, in 64 bits.
#[derive(Serialize)]
struct Stream {
    dsn: Option<Text<u64>>,
    mapping_dsn: Option<Text<u64>>,
    data_ack: Option<Text<u64>>,
}

impl Stream {
    fn new(view: &View) -> Self {
        Self {
            dsn: view.payload_dsn.map(decimal),
            mapping_dsn: view.mapping_dsn.map(decimal),
            data_ack: view.data_ack.map(decimal),
        }
    }
}

/// What follows from the sender's key, where the segment has it.
#[derive(Serialize)]
struct Own {
    token: u32,
    idsn: Text<u64>,
}

struct Options<'e>(&'e Event<'e>);

impl Serialize for Options<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = self.0;
        let options = event.options.iter().filter_map(|decoded| Mptcp::new(event, decoded));
        Each(options).serialize(serializer)
    }
}

struct Checks<'e>(&'e [Check]);

impl Serialize for Checks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|check| CheckView {
            fact: check.fact.name(),
            status: check.status.name(),
            reason: match check.status {
                Status::Unverifiable(missing) => Some(missing.text()),
                Status::Good | Status::Bad => None,
            },
            option: check.option,
        }))
    }
}

#[derive(Serialize)]
struct CheckView {
    fact: &'static str,
    status: &'static str,
    reason: Option<&'static str>,
    option: Option<u8>,
}

struct Notices<'e>(&'e [Notice]);

impl Serialize for Notices<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|notice| NoticeView {
            id: notice.id.name(),
            severity: notice.id.severity().name(),
            option: notice.option,
            octet: notice.octet,
            text: &notice.text,
            source: Some(notice.id.source()).filter(|source| !source.is_empty()),
        }))
    }
}

#[derive(Serialize)]
struct NoticeView<'e> {
    id: &'static str,
    severity: &'static str,
    option: Option<u8>,
    octet: Option<u8>,
    text: &'e str,
    source: Option<&'static str>,
}
