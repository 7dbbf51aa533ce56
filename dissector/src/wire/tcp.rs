//! The TCP header (RFC 9293 §3.1) and the one walk over its option area.
//!
//! A header that lies about its length is kept with the lie said: only a capture or a packet that
//! ends inside the first twenty octets gives no segment.

mod area;
mod kinds;
mod known;
mod options;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

pub(crate) use area::OptionArea;
pub use kinds::{Kind, Lengths, kind, kind_name};
pub use known::{AccEcn, Known, SackBlocks};
pub use options::{OptionFault, Options, TcpOption, from_mptcp, has_mptcp, options};

use super::frame::{Addresses, Fault, Field, LayerKind, Name, Sink, Span, Stop, Walk, narrow};

/// The smallest header, in octets: one without options.
const LEAST: u8 = 20;

/// The length of tables for what a flow's next segment is likely to share with its last one. Each
/// flow has a place in them, by its ports alone: whoever looks there makes sure that it's shared.
pub(crate) const PLACES: usize = 64;

/// One end of a subflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The address in the innermost IP header.
    pub addr: IpAddr,
    /// The port.
    pub port: u16,
}

impl Endpoint {
    /// No end of anything.
    pub(crate) const NONE: Self = Self { addr: IpAddr::V4(Ipv4Addr::UNSPECIFIED), port: 0 };
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.addr {
            IpAddr::V4(addr) => write!(f, "{addr}:{}", self.port),
            IpAddr::V6(addr) => write!(f, "[{addr}]:{}", self.port),
        }
    }
}

/// The twelve bits between the data offset and the window, reserved ones included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(pub u16);

impl Flags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x001);
    /// Synchronises sequence numbers.
    pub const SYN: Self = Self(0x002);
    /// Resets the connection.
    pub const RST: Self = Self(0x004);
    /// Pushes data to the application.
    pub const PSH: Self = Self(0x008);
    /// The acknowledgment number counts.
    pub const ACK: Self = Self(0x010);
    /// The urgent pointer counts.
    pub const URG: Self = Self(0x020);
    /// Echoes congestion (RFC 3168).
    pub const ECE: Self = Self(0x040);
    /// The congestion window was reduced (RFC 3168).
    pub const CWR: Self = Self(0x080);
    /// Accurate congestion feedback (RFC 9768), once the nonce sum.
    pub const AE: Self = Self(0x100);
    /// The three bits that have no meaning yet.
    pub const RESERVED: Self = Self(0xe00);

    /// Whether each of `flags` is set.
    #[inline]
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Whether one or more of `flags` are set.
    #[inline]
    pub const fn intersects(self, flags: Self) -> bool {
        self.0 & flags.0 != 0
    }
}

impl std::ops::BitOr for Flags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Flags {
    /// packetdrill's letters, `S.` for SYN with ACK; `-` when none is set.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LETTERS: [(Flags, char); 9] = [
            (Flags::FIN, 'F'),
            (Flags::SYN, 'S'),
            (Flags::RST, 'R'),
            (Flags::PSH, 'P'),
            (Flags::ACK, '.'),
            (Flags::URG, 'U'),
            (Flags::ECE, 'E'),
            (Flags::CWR, 'W'),
            (Flags::AE, 'A'),
        ];
        let mut text = String::with_capacity(LETTERS.len());
        text.extend(LETTERS.iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, l)| *l));
        f.pad(if text.is_empty() { "-" } else { &text })
    }
}

/// A TCP segment, its options and payload borrowed from the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Who sent it.
    pub src: Endpoint,
    /// Whom it is for.
    pub dst: Endpoint,
    /// The sequence number of the first payload octet, or of SYN.
    pub seq: u32,
    /// The sequence number expected next from the other end, when ACK is set.
    pub ack: u32,
    /// The control bits.
    pub flags: Flags,
    /// The window, not scaled.
    pub window: u16,
    /// The checksum, not verified.
    pub checksum: u16,
    /// The urgent pointer.
    pub urgent: u16,
    /// Where the header starts, in octets from the start of the frame.
    pub header_offset: u32,
    /// The length that the data offset gives, in octets, a multiple of four from 0 to 60.
    pub header_len: u8,
    /// What there is of the option area.
    pub options: &'a [u8],
    /// The capture ends inside the option area.
    pub options_cut: bool,
    /// What there is of the payload.
    pub payload: &'a [u8],
    /// The octets of payload on the wire, by the length in the IP header; of this fragment alone
    /// when it is one.
    pub payload_len: u32,
    /// The first fragment of a datagram: the payload goes on in others.
    pub fragment: bool,
    /// A data offset that is less than the header or more than the packet.
    pub fault: Option<Fault>,
}

impl<'a> Segment<'a> {
    /// Reads the segment at the start of `span`; without its first twenty octets, all are zero.
    #[inline]
    pub(super) fn read(span: Span<'a>, addresses: Addresses<'_>) -> Self {
        let header = span.octets.first_chunk().unwrap_or(&[0; 20]);
        let &[p0, p1, q0, q1, s0, s1, s2, s3, a0, a1, a2, a3, offset, low, w0, w1, c0, c1, u0, u1] =
            header;
        let header_len = header_len(header);
        let (options, payload) = split(span.octets, header_len);
        let area = u32::from(header_len.saturating_sub(LEAST));
        let after = span.wire.saturating_sub(LEAST.into());
        let (source, destination) = addresses.read();
        Self {
            src: Endpoint { addr: source, port: u16::from_be_bytes([p0, p1]) },
            dst: Endpoint { addr: destination, port: u16::from_be_bytes([q0, q1]) },
            seq: u32::from_be_bytes([s0, s1, s2, s3]),
            ack: u32::from_be_bytes([a0, a1, a2, a3]),
            flags: Flags(u16::from_be_bytes([offset & 0x0f, low])),
            window: u16::from_be_bytes([w0, w1]),
            checksum: u16::from_be_bytes([c0, c1]),
            urgent: u16::from_be_bytes([u0, u1]),
            header_offset: span.offset,
            header_len,
            options,
            options_cut: is_cut(options, header_len, span.wire),
            payload,
            payload_len: after.saturating_sub(area),
            fragment: span.fragment,
            fault: data_offset_fault(header_len, span.wire),
        }
    }

    /// Walks over the options.
    #[inline]
    pub fn walk_options(&self) -> Options<'a> {
        Options::new(self.options, self.options_cut)
    }

    /// The place of its flow, see [`PLACES`].
    #[inline]
    pub(crate) fn place(&self) -> usize {
        place(self.src.port, self.dst.port)
    }

    /// Whether the capture ends inside the payload.
    pub fn payload_cut(&self) -> bool {
        self.payload.len() < self.payload_len as usize
    }

    /// What this segment takes of the sequence space: its payload, SYN and FIN.
    pub fn sequence_len(&self) -> u32 {
        self.payload_len
            .wrapping_add(u32::from(self.flags.contains(Flags::SYN)))
            .wrapping_add(u32::from(self.flags.contains(Flags::FIN)))
    }
}

/// The end of a walk: a TCP header starts here, and its first twenty octets are there.
#[inline]
pub(super) fn reach<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let header = walk.span.header::<20>(Name::Tcp)?;
    walk.pass(LayerKind::Tcp, 0)?;
    if let Some(fault) = data_offset_fault(header_len(header), walk.span.wire) {
        walk.note(fault);
    }
    Ok(())
}

/// What there is of the option area of the segment at the start of `span`, and whether the capture
/// ends inside it.
#[inline]
pub(super) fn option_area(span: Span<'_>) -> (&[u8], bool) {
    span.octets.first_chunk().map_or((&[], false), |header| {
        let header_len = header_len(header);
        let (options, _) = split(span.octets, header_len);
        (options, is_cut(options, header_len, span.wire))
    })
}

/// The place of the flow whose segment is at the start of `span`.
#[inline]
pub(super) fn place_of(span: Span<'_>) -> usize {
    let &[p0, p1, q0, q1] = span.octets.first_chunk().unwrap_or(&[0; 4]);
    place(u16::from_be_bytes([p0, p1]), u16::from_be_bytes([q0, q1]))
}

#[inline]
fn place(source: u16, destination: u16) -> usize {
    usize::from(source.wrapping_add(destination.rotate_left(3))) % PLACES
}

/// Whether less of the option area is there than the header claims and the packet had.
#[inline]
fn is_cut(options: &[u8], header_len: u8, wire: u32) -> bool {
    let area = u32::from(header_len.saturating_sub(LEAST));
    options.len() < area.min(wire.saturating_sub(LEAST.into())) as usize
}

/// The length that the data offset gives, in octets.
#[inline]
fn header_len(header: &[u8; 20]) -> u8 {
    let &[_, _, _, _, _, _, _, _, _, _, _, _, offset, ..] = header;
    (offset >> 4) << 2
}

/// Option area and payload, as far as they are there.
#[inline]
fn split(octets: &[u8], header_len: u8) -> (&[u8], &[u8]) {
    let rest = octets.get(usize::from(LEAST)..).unwrap_or_default();
    let area = usize::from(header_len.saturating_sub(LEAST));
    rest.split_at_checked(area).unwrap_or((rest, &[]))
}

#[inline]
fn data_offset_fault(header_len: u8, wire: u32) -> Option<Fault> {
    let (field, claimed) = (Field::DataOffset, u16::from(header_len));
    if header_len < LEAST {
        Some(Fault::Short { field, claimed, least: LEAST.into() })
    } else if u32::from(header_len) > wire {
        Some(Fault::Long { field, claimed, held: narrow(wire) })
    } else {
        None
    }
}
