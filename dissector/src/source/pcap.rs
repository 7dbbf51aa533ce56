//! The classic capture file: one header, then records (draft-ietf-opsawg-pcap).

use super::error::Fault;
use super::{Interface, LinkType, Resolution, Time};

/// Octets of the file header.
pub(super) const HEADER_LEN: usize = 24;
/// Octets of a record header.
const RECORD_HEADER_LEN: usize = 16;
/// Octets of a record header in the variant of a patched libpcap of old Linux systems, which
/// adds an interface index, a protocol and a direction.
const PATCHED_RECORD_HEADER_LEN: usize = 24;

pub(super) const MAGIC_MICRO: u32 = 0xa1b2_c3d4;
pub(super) const MAGIC_NANO: u32 = 0xa1b2_3c4d;
const MAGIC_PATCHED: u32 = 0xa1b2_cd34;

/// The byte order of a file's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Least significant octet first.
    Little,
    /// Most significant octet first.
    Big,
}

impl Order {
    #[inline]
    pub(super) fn u32(self, octets: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(octets),
            Self::Big => u32::from_be_bytes(octets),
        }
    }

    #[inline]
    pub(super) fn u16(self, octets: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(octets),
            Self::Big => u16::from_be_bytes(octets),
        }
    }

    /// A number inside of octets, if they reach that far.
    #[inline]
    pub(super) fn u32_at(self, octets: &[u8], at: usize) -> Option<u32> {
        octets.get(at..)?.first_chunk().map(|chunk| self.u32(*chunk))
    }

    /// A number inside of octets, if they reach that far.
    #[inline]
    pub(super) fn u16_at(self, octets: &[u8], at: usize) -> Option<u16> {
        octets.get(at..)?.first_chunk().map(|chunk| self.u16(*chunk))
    }
}

/// What a file's header says about its records.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pcap {
    order: Order,
    /// Nanoseconds in a unit of the second half of a time.
    fraction: i64,
    /// Octets of each record's header.
    pub(super) header_len: usize,
    lengths: Lengths,
    /// What every frame starts with.
    pub(super) link: LinkType,
}

/// The order of a record's two lengths, which changed within version 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lengths {
    /// Captured first, since version 2.4.
    CapturedFirst,
    /// Captured last, before version 2.3.
    CapturedLast,
    /// In version 2.3 either, and the smaller one is what was captured.
    SmallerCaptured,
}

/// A record's header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// Octets of the frame that follow.
    pub(super) captured: u32,
    /// Octets that it had on the wire.
    pub(super) wire_len: u32,
    /// When it was captured.
    pub(super) time: Time,
}

/// The byte order of a file that starts so, if it is of this format.
pub(super) fn detect(start: [u8; 4]) -> Option<Order> {
    [Order::Little, Order::Big]
        .into_iter()
        .find(|order| matches!(order.u32(start), MAGIC_MICRO | MAGIC_NANO | MAGIC_PATCHED))
}

/// Whether a file of less than four octets may be the start of one of this format.
pub(super) fn is_cut_magic(start: &[u8]) -> bool {
    [MAGIC_MICRO, MAGIC_NANO, MAGIC_PATCHED].into_iter().any(|magic| {
        [magic.to_le_bytes(), magic.to_be_bytes()]
            .iter()
            .any(|whole| start.len() < whole.len() && whole.starts_with(start))
    })
}

impl Pcap {
    /// Reads the file header.
    pub(super) fn parse(header: &[u8; HEADER_LEN], order: Order) -> Result<Self, Fault> {
        let half = |at| order.u16_at(header, at).unwrap_or(0);
        let (major, minor) = (half(4), half(6));
        let lengths = match (major, minor) {
            // libpcap names no number above 4, and reads them as that.
            (2, 4..) => Lengths::CapturedFirst,
            (2, 3) => Lengths::SmallerCaptured,
            // 543.0 was written by a vendor's tcpdump, whose records are of the old order.
            (2, _) | (543, 0) => Lengths::CapturedLast,
            _ => return Err(Fault::Version { format: "pcap", at: 0, major, minor }),
        };
        let magic = order.u32_at(header, 0);
        Ok(Self {
            order,
            fraction: if magic == Some(MAGIC_NANO) { 1 } else { 1_000 },
            header_len: match magic {
                Some(MAGIC_PATCHED) => PATCHED_RECORD_HEADER_LEN,
                _ => RECORD_HEADER_LEN,
            },
            lengths,
            // The upper half tells about a frame check sequence.
            link: LinkType(order.u32_at(header, 20).unwrap_or(0) as u16),
        })
    }

    /// The interface that stands for the whole file.
    pub(super) fn interface(&self, header: &[u8; HEADER_LEN]) -> Interface {
        let snaplen = self.order.u32_at(header, 16).unwrap_or(0);
        let resolution = if self.fraction == 1 { Resolution::NANO } else { Resolution::MICRO };
        Interface::new(self.link, snaplen, resolution)
    }

    /// The header of the record that the octets start with, if it is there.
    #[inline]
    pub(super) fn record(&self, octets: &[u8]) -> Option<Record> {
        let header = octets.first_chunk::<RECORD_HEADER_LEN>()?;
        let [seconds, fraction, first, second] = header.as_chunks().0 else { return None };
        let (first, second) = (self.order.u32(*first), self.order.u32(*second));
        let (captured, wire_len) = match self.lengths {
            Lengths::CapturedFirst => (first, second),
            Lengths::CapturedLast => (second, first),
            Lengths::SmallerCaptured => (first.min(second), first.max(second)),
        };
        let fraction = i64::from(self.order.u32(*fraction)).wrapping_mul(self.fraction);
        let time = Time::from_parts(self.order.u32(*seconds).into(), fraction);
        Some(Record { captured, wire_len: wire_len.max(captured), time })
    }
}
