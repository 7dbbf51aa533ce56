//! MP_CAPABLE: opens a connection and carries the keys (RFC 8684 §3.1, RFC 6824 §3.1).
//!
//! ```text
//! +---------------+---------------+-------+-------+---------------+
//! |     Kind      |    Length     |Subtype|Version|A|B|C|D|E|F|G|H|
//! +---------------+---------------+-------+-------+---------------+
//! |                   Option Sender's Key (64 bits)               |
//! |                  Option Receiver's Key (64 bits)              |
//! |  Data-Level Length (16 bits)  |  Checksum (16 bits, optional) |
//! +-------------------------------+-------------------------------+
//! ```
//!
//! v1: SYN 4 octets, SYN/ACK 12, ACK 20, first data 22, or 24 with a checksum.
//! v0: SYN and SYN/ACK 12, ACK 20.

use nom::combinator::map;
use nom::number::complete::{be_u16, be_u64};
use nom::{IResult, Parser};

use super::Malformed;
use super::layout::Layout;
use crate::wire::field::{Field, Name, Slot};

/// Flags A to H of octet 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CapableFlags(pub u8);

impl CapableFlags {
    /// A: the sender wants DSS checksums.
    pub const CHECKSUM: u8 = 0x80;
    /// B: an extension that whoever doesn't know it must not accept.
    pub const EXTENSIBILITY: u8 = 0x40;
    /// C: no subflows to this source address and port (v1 only).
    pub const NO_MORE_SUBFLOWS: u8 = 0x20;
    /// H: HMAC-SHA256 in v1, HMAC-SHA1 in v0.
    pub const HMAC: u8 = 0x01;

    /// Whether all these bits are set.
    pub const fn has(self, bits: u8) -> bool {
        self.0 & bits == bits
    }

    /// Whether any algorithm is offered.
    pub const fn any_algorithm(self, version: u8) -> bool {
        self.0 & (Self::HMAC | Self::unassigned(version)) != 0
    }

    /// The bits of algorithms that nobody has defined: D to G (RFC 8684 §3.1), in v0 C to G
    /// (RFC 6824 §3.1).
    pub const fn unassigned(version: u8) -> u8 {
        if version == 0 { 0x3e } else { 0x1e }
    }
}

/// What stands behind the flags; the option's length tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapableKeys {
    /// Nothing: the SYN of v1.
    None,
    /// The sender's key: SYN/ACK, and the SYN of v0.
    Sender(u64),
    /// Both keys: the third ACK.
    Both {
        /// The sender's own key.
        sender: u64,
        /// The key received from the peer.
        receiver: u64,
    },
    /// Both keys on the first data (v1).
    Data {
        /// The sender's own key.
        sender: u64,
        /// The key received from the peer.
        receiver: u64,
        /// Data-level length in octets.
        length: u16,
        /// Checksum over pseudo-header and data, if checksums are in use.
        checksum: Option<u16>,
    },
}

/// The MP_CAPABLE option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MpCapable {
    /// The protocol version, 0 to 15.
    pub version: u8,
    /// Flags A to H.
    pub flags: CapableFlags,
    /// Keys and first mapping.
    pub keys: CapableKeys,
}

impl MpCapable {
    /// The sender's key, if the option has it.
    pub const fn sender_key(&self) -> Option<u64> {
        match self.keys {
            CapableKeys::None => None,
            CapableKeys::Sender(sender)
            | CapableKeys::Both { sender, .. }
            | CapableKeys::Data { sender, .. } => Some(sender),
        }
    }

    /// The receiver's key, if the option has it.
    pub const fn receiver_key(&self) -> Option<u64> {
        match self.keys {
            CapableKeys::None | CapableKeys::Sender(_) => None,
            CapableKeys::Both { receiver, .. } | CapableKeys::Data { receiver, .. } => {
                Some(receiver)
            }
        }
    }

    pub(super) fn parse(option: &[u8]) -> Result<Self, Malformed> {
        let version = option.get(2).map_or(0, |octet| octet & 0x0f);
        let legal = if version == 0 { "12 or 20 octets" } else { "4, 12, 20, 22 or 24 octets" };
        let wrong = || Malformed::length(option, "MP_CAPABLE", legal, source(version));
        let flags = CapableFlags(*option.get(3).ok_or_else(wrong)?);
        let body = option.get(4..).ok_or_else(wrong)?;
        let keys = match (version, body.len()) {
            (1.., 0) => CapableKeys::None,
            (_, 8 | 16) | (1.., 18 | 20) => keys(body).map_err(|_| wrong())?.1,
            _ => return Err(wrong()),
        };
        Ok(Self { version, flags, keys })
    }
}

fn keys(body: &[u8]) -> IResult<&[u8], CapableKeys> {
    match body.len() {
        8 => map(be_u64, CapableKeys::Sender).parse(body),
        16 => map((be_u64, be_u64), |(sender, receiver)| CapableKeys::Both { sender, receiver })
            .parse(body),
        18 => map((be_u64, be_u64, be_u16), |(sender, receiver, length)| CapableKeys::Data {
            sender,
            receiver,
            length,
            checksum: None,
        })
        .parse(body),
        _ => map((be_u64, be_u64, be_u16, be_u16), |(sender, receiver, length, checksum)| {
            CapableKeys::Data { sender, receiver, length, checksum: Some(checksum) }
        })
        .parse(body),
    }
}

/// The section that lays the option out for a version.
const fn source(version: u8) -> &'static str {
    if version == 0 { "RFC 6824 §3.1" } else { "RFC 8684 §3.1" }
}

impl Layout for MpCapable {
    fn length(&self) -> u8 {
        match self.keys {
            CapableKeys::None => 4,
            CapableKeys::Sender(_) => 12,
            CapableKeys::Both { .. } => 20,
            CapableKeys::Data { checksum: None, .. } => 22,
            CapableKeys::Data { checksum: Some(_), .. } => 24,
        }
    }

    fn fields(&self, visit: &mut impl FnMut(Field)) {
        visit(Field::uint(Name::Version, Slot::bits(2, 1, 0x0f), self.version));
        let flags = self.flags.0;
        let mut bit = |name, mask: u8| {
            let slot = Slot::bits(3, 1, u64::from(mask));
            visit(Field::uint(name, slot, (flags & mask) >> mask.trailing_zeros()));
        };
        bit(Name::ChecksumRequired, CapableFlags::CHECKSUM);
        bit(Name::Extensibility, CapableFlags::EXTENSIBILITY);
        if self.version > 0 {
            bit(Name::NoMoreSubflows, CapableFlags::NO_MORE_SUBFLOWS);
        }
        bit(Name::CryptoReserved, CapableFlags::unassigned(self.version));
        bit(if self.version == 0 { Name::Sha1 } else { Name::Sha256 }, CapableFlags::HMAC);
        if let Some(key) = self.sender_key() {
            visit(Field::uint(Name::SenderKey, Slot::octets(4, 8), key));
        }
        if let Some(key) = self.receiver_key() {
            visit(Field::uint(Name::ReceiverKey, Slot::octets(12, 8), key));
        }
        if let CapableKeys::Data { length, checksum, .. } = self.keys {
            visit(Field::uint(Name::DataLength, Slot::octets(20, 2), length));
            if let Some(checksum) = checksum {
                visit(Field::uint(Name::Checksum, Slot::octets(22, 2), checksum));
            }
        }
    }
}
