//! The values of the options other than Multipath TCP's.

use std::fmt;

use super::kinds;
use super::options::{OptionFault, TcpOption};
use crate::wire::field::Hex;

/// The value of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known<'a> {
    /// The end of the option list.
    Eol,
    /// What follows the end of the option list.
    Padding(&'a [u8]),
    /// An octet that only aligns the next option.
    Nop,
    /// The largest segment that the sender can receive (RFC 9293 §3.7.1).
    Mss(u16),
    /// How far to shift windows (RFC 7323 §2); more than 14 counts as 14.
    WindowScale(u8),
    /// Selective acknowledgments may be sent (RFC 2018 §2).
    SackPermitted,
    /// Selective acknowledgments (RFC 2018 §3).
    Sack(SackBlocks),
    /// Timestamps (RFC 7323 §3).
    Timestamps {
        /// The sender's clock.
        val: u32,
        /// The receiver's clock, echoed.
        ecr: u32,
    },
    /// A signature (RFC 2385).
    Md5(&'a [u8]),
    /// How long data may stay unacknowledged (RFC 5482), in seconds.
    UserTimeout {
        /// The duration, in seconds.
        seconds: u32,
    },
    /// Authentication (RFC 5925).
    TcpAo {
        /// The key that signed this segment.
        key_id: u8,
        /// The key that the sender is ready to receive.
        next_key_id: u8,
        /// The message authentication code.
        mac: &'a [u8],
    },
    /// Multipath TCP: what follows kind and length.
    MultipathTcp(&'a [u8]),
    /// A cookie, or a request for one when it is empty (RFC 7413).
    FastOpen(&'a [u8]),
    /// Negotiation of encryption (RFC 8547).
    Encryption(&'a [u8]),
    /// Counters of accurate congestion feedback (RFC 9768).
    AccEcn(AccEcn),
    /// An experiment (RFC 6994). The identifier may have two octets more, which are then the
    /// first of the data: only those who run the experiment know.
    Experimental {
        /// The identifier.
        exid: u16,
        /// What follows.
        data: &'a [u8],
    },
    /// Any other kind: what follows kind and length.
    Other {
        /// The kind.
        kind: u8,
        /// What follows.
        data: &'a [u8],
    },
}

/// Up to four blocks of a selective acknowledgment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SackBlocks {
    blocks: [(u32, u32); 4],
    count: u8,
}

impl SackBlocks {
    /// The first sequence number of each block, and the one after its last.
    pub fn as_slice(&self) -> &[(u32, u32)] {
        self.blocks.get(..usize::from(self.count)).unwrap_or(&self.blocks)
    }

    fn read(data: &[u8]) -> Self {
        let mut read = Self::default();
        for (block, octets) in read.blocks.iter_mut().zip(data.as_chunks::<8>().0) {
            let &[l0, l1, l2, l3, r0, r1, r2, r3] = octets;
            *block = (u32::from_be_bytes([l0, l1, l2, l3]), u32::from_be_bytes([r0, r1, r2, r3]));
            read.count = read.count.saturating_add(1);
        }
        read
    }
}

/// The counters of accurate congestion feedback, 24 bits each, in octets received; a shorter
/// option leaves the last ones out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccEcn {
    /// Which of the two orders they came in: 0 starts with `e0b`, 1 with `e1b`.
    pub order: u8,
    /// In packets with ECT(0).
    pub e0b: Option<u32>,
    /// In packets marked CE.
    pub ceb: Option<u32>,
    /// In packets with ECT(1).
    pub e1b: Option<u32>,
}

impl AccEcn {
    fn read(order: u8, data: &[u8]) -> Self {
        let mut counters =
            data.as_chunks::<3>().0.iter().map(|&[a, b, c]| u32::from_be_bytes([0, a, b, c]));
        let (first, ceb, last) = (counters.next(), counters.next(), counters.next());
        let (e0b, e1b) = if order == 0 { (first, last) } else { (last, first) };
        Self { order, e0b, ceb, e1b }
    }
}

impl<'a> TcpOption<'a> {
    /// Reads the option's value.
    ///
    /// # Errors
    ///
    /// The fault that the walk found, or a length that the kind's definition doesn't allow.
    pub fn known(&self) -> Result<Known<'a>, OptionFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if self.padding {
            return Ok(Known::Padding(self.raw));
        }
        let data = self.data();
        let known = match (self.kind, data) {
            (kinds::EOL, _) => Some(Known::Eol),
            (kinds::NOP, _) => Some(Known::Nop),
            (kinds::MPTCP, data) => Some(Known::MultipathTcp(data)),
            (kind, data) => match kinds::kind(kind).and_then(|kind| kind.lengths) {
                Some(legal) if !legal.allow(self.raw.len()) => {
                    let claimed = u8::try_from(self.raw.len()).unwrap_or(u8::MAX);
                    return Err(OptionFault::WrongLength { claimed, legal });
                }
                _ => value(kind, data),
            },
        };
        Ok(known.unwrap_or(Known::Other { kind: self.kind, data }))
    }
}

/// The value of an option whose length is legal; none when this module has no name for it.
fn value(kind: u8, data: &[u8]) -> Option<Known<'_>> {
    Some(match (kind, data) {
        (kinds::MSS, &[high, low]) => Known::Mss(u16::from_be_bytes([high, low])),
        (kinds::WINDOW_SCALE, &[shift]) => Known::WindowScale(shift),
        (kinds::SACK_PERMITTED, []) => Known::SackPermitted,
        (kinds::SACK, data) => Known::Sack(SackBlocks::read(data)),
        (kinds::TIMESTAMPS, &[v0, v1, v2, v3, e0, e1, e2, e3]) => Known::Timestamps {
            val: u32::from_be_bytes([v0, v1, v2, v3]),
            ecr: u32::from_be_bytes([e0, e1, e2, e3]),
        },
        (kinds::MD5, data) => Known::Md5(data),
        // RFC 5482 §3: the first bit says that the rest counts minutes.
        (kinds::USER_TIMEOUT, &[high, low]) => {
            let unit = if high & 0x80 == 0 { 1 } else { 60 };
            let count = u32::from(u16::from_be_bytes([high & 0x7f, low]));
            Known::UserTimeout { seconds: count.saturating_mul(unit) }
        }
        (kinds::AUTHENTICATION, &[key_id, next_key_id, ref mac @ ..]) => {
            Known::TcpAo { key_id, next_key_id, mac }
        }
        (kinds::FAST_OPEN, data) => Known::FastOpen(data),
        (kinds::ENCRYPTION, data) => Known::Encryption(data),
        (kinds::ACC_ECN_0, data) => Known::AccEcn(AccEcn::read(0, data)),
        (kinds::ACC_ECN_1, data) => Known::AccEcn(AccEcn::read(1, data)),
        (kinds::EXPERIMENT_1 | kinds::EXPERIMENT_2, &[high, low, ref data @ ..]) => {
            Known::Experimental { exid: u16::from_be_bytes([high, low]), data }
        }
        _ => return None,
    })
}

impl fmt::Display for Known<'_> {
    /// packetdrill's notation where it has one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Eol => f.write_str("eol"),
            Self::Padding(octets) => write!(f, "padding 0x{}", Hex(octets)),
            Self::Nop => f.write_str("nop"),
            Self::Mss(size) => write!(f, "mss {size}"),
            Self::WindowScale(shift) => write!(f, "wscale {shift}"),
            Self::SackPermitted => f.write_str("sackOK"),
            Self::Sack(blocks) => {
                f.write_str("sack")?;
                blocks.as_slice().iter().try_for_each(|(left, right)| write!(f, " {left}:{right}"))
            }
            Self::Timestamps { val, ecr } => write!(f, "TS val {val} ecr {ecr}"),
            Self::Md5(digest) => write!(f, "md5 {}", Hex(digest)),
            Self::UserTimeout { seconds } => write!(f, "uto {seconds}s"),
            Self::TcpAo { key_id, next_key_id, mac } => {
                write!(f, "tcp-ao keyid {key_id} rnextkeyid {next_key_id} mac 0x{}", Hex(mac))
            }
            Self::MultipathTcp(data) => write!(f, "mptcp 0x{}", Hex(data)),
            Self::FastOpen([]) => f.write_str("FO"),
            Self::FastOpen(cookie) => write!(f, "FO {}", Hex(cookie)),
            Self::Encryption([]) => f.write_str("eno"),
            Self::Encryption(data) => write!(f, "eno 0x{}", Hex(data)),
            Self::AccEcn(counters) => counters.fmt(f),
            Self::Experimental { exid, data: [] } => write!(f, "exp {exid:#06x}"),
            Self::Experimental { exid, data } => write!(f, "exp {exid:#06x} 0x{}", Hex(data)),
            Self::Other { kind, data } => {
                match kinds::kind_name(kind) {
                    Some(name) => f.write_str(name)?,
                    None => write!(f, "kind {kind}")?,
                }
                if data.is_empty() { Ok(()) } else { write!(f, " 0x{}", Hex(data)) }
            }
        }
    }
}

impl fmt::Display for AccEcn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (e0b, ceb, e1b) = (("e0b", self.e0b), ("ceb", self.ceb), ("e1b", self.e1b));
        let counters = if self.order == 0 { [e0b, ceb, e1b] } else { [e1b, ceb, e0b] };
        write!(f, "accecn{}", self.order)?;
        for (name, count) in counters {
            if let Some(count) = count {
                write!(f, " {name} {count}")?;
            }
        }
        Ok(())
    }
}
