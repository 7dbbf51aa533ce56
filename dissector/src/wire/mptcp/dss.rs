//! DSS: maps subflow octets into the data sequence and acknowledges it (RFC 8684 §3.3,
//! RFC 6824 §3.3).
//!
//! ```text
//! |     Kind      |    Length     |Subtype| (reserved)  |F|m|M|a|A|
//! |           Data ACK (4 or 8 octets, if A)                      |
//! |   Data Sequence Number (4 or 8 octets, if M)                  |
//! |              Subflow Sequence Number (4 octets, if M)         |
//! |  Data-Level Length (2 octets) |  Checksum (2 octets, if used) |
//! ```

use nom::combinator::{cond, map};
use nom::number::complete::{be_u16, be_u32, be_u64};
use nom::{IResult, Parser};

use super::Malformed;
use super::layout::{Cursor, Layout};
use crate::wire::field::{Field, Name, Slot};

const F: u16 = 0x10;
const M8: u16 = 0x08;
const M: u16 = 0x04;
const A8: u16 = 0x02;
const A: u16 = 0x01;
const RESERVED: u16 = 0x0fe0;

/// A data sequence number as it stands on the wire, four or eight octets wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seq {
    /// The low 32 bits.
    Short(u32),
    /// All 64 bits.
    Long(u64),
}

impl Seq {
    /// The octets it takes.
    pub const fn width(self) -> u8 {
        match self {
            Self::Short(_) => 4,
            Self::Long(_) => 8,
        }
    }

    /// The number as it stands there, without the missing upper half.
    pub const fn raw(self) -> u64 {
        match self {
            Self::Short(low) => low as u64,
            Self::Long(whole) => whole,
        }
    }

    fn parse(long: bool, input: &[u8]) -> IResult<&[u8], Self> {
        if long {
            map(be_u64, Self::Long).parse(input)
        } else {
            map(be_u32, Self::Short).parse(input)
        }
    }
}

/// The mapping part of a DSS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The data sequence number of the first octet.
    pub dsn: Seq,
    /// The first octet's place in the subflow, relative to the initial sequence number.
    pub ssn: u32,
    /// Length in octets; 0 is the infinite mapping of a fallback (RFC 8684 §3.7).
    pub length: u16,
    /// Checksum over pseudo-header and data, if there is one.
    pub checksum: Option<u16>,
}

/// The DSS option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dss {
    /// Seven reserved bits.
    pub reserved: u8,
    /// F: the mapping's last octet is followed by the DATA_FIN.
    pub data_fin: bool,
    /// The next data sequence number expected.
    pub data_ack: Option<Seq>,
    /// The mapping.
    pub mapping: Option<Mapping>,
    /// `a` without A or `m` without M, which say nothing (flags in the lowest two bits: m, a).
    pub idle_width_flags: u8,
}

impl Dss {
    pub(super) fn parse(option: &[u8]) -> Result<Self, Malformed> {
        let wrong = |legal| Malformed::length(option, "DSS", legal, "RFC 8684 §3.3");
        let Some((&[_, _, high, low], body)) = option.split_first_chunk() else {
            return Err(wrong("at least 4 octets"));
        };
        let flags = u16::from_be_bytes([high, low]);
        let fixed = Self::body_length(flags);
        let with_checksum = match body.len().checked_sub(usize::from(fixed)) {
            Some(0) => false,
            // RFC 8684 §3.3: the checksum has no flag of its own, the length shows it.
            Some(2) if flags & M != 0 => true,
            _ => return Err(wrong(Self::legal_length(flags))),
        };
        match Self::body(flags, with_checksum, body) {
            Ok((_, dss)) => Ok(dss),
            Err(_) => Err(wrong(Self::legal_length(flags))),
        }
    }

    fn body(flags: u16, with_checksum: bool, input: &[u8]) -> IResult<&[u8], Self> {
        let (input, data_ack) =
            cond(flags & A != 0, |i| Seq::parse(flags & A8 != 0, i)).parse(input)?;
        let (input, mapping) = cond(
            flags & M != 0,
            map(
                (|i| Seq::parse(flags & M8 != 0, i), be_u32, be_u16, cond(with_checksum, be_u16)),
                |(dsn, ssn, length, checksum)| Mapping { dsn, ssn, length, checksum },
            ),
        )
        .parse(input)?;
        let idle_m = u8::from(flags & (M | M8) == M8);
        let idle_a = u8::from(flags & (A | A8) == A8);
        Ok((
            input,
            Self {
                reserved: ((flags & RESERVED) >> RESERVED.trailing_zeros()) as u8,
                data_fin: flags & F != 0,
                data_ack,
                mapping,
                idle_width_flags: (idle_m << 1) | idle_a,
            },
        ))
    }

    /// The octets behind the flags, without a checksum.
    const fn body_length(flags: u16) -> u8 {
        let ack = match flags & (A | A8) {
            A => 4,
            x if x & A != 0 => 8,
            _ => 0,
        };
        let mapping = match flags & (M | M8) {
            M => 10,
            x if x & M != 0 => 14,
            _ => 0,
        };
        u8::saturating_add(ack, mapping)
    }

    /// What the flags allow, for the message.
    const fn legal_length(flags: u16) -> &'static str {
        match Self::body_length(flags) {
            0 => "4 octets by its flags",
            4 => "8 octets by its flags",
            8 => "12 octets by its flags",
            10 => "14 octets by its flags, 16 with a checksum",
            14 => "18 octets by its flags, 20 with a checksum",
            18 => "22 octets by its flags, 24 with a checksum",
            _ => "26 octets by its flags, 28 with a checksum",
        }
    }

    /// F, m, M, a and A as they stand in octet 3.
    pub fn flags(&self) -> u8 {
        let long = |seq: Option<Seq>| matches!(seq, Some(Seq::Long(_)));
        let dsn = self.mapping.map(|mapping| mapping.dsn);
        let bit = |set: bool, mask: u16| if set { mask as u8 } else { 0 };
        bit(self.data_fin, F)
            | bit(long(dsn) || self.idle_width_flags & 2 != 0, M8)
            | bit(dsn.is_some(), M)
            | bit(long(self.data_ack) || self.idle_width_flags & 1 != 0, A8)
            | bit(self.data_ack.is_some(), A)
    }
}

impl Layout for Dss {
    fn length(&self) -> u8 {
        let checksum = self.mapping.is_some_and(|mapping| mapping.checksum.is_some());
        let body = Self::body_length(u16::from(self.flags()));
        body.saturating_add(if checksum { 6 } else { 4 })
    }

    #[inline]
    fn fields(&self, visit: &mut impl FnMut(Field)) {
        visit(Field::uint(Name::DssReserved, Slot::bits(2, 2, u64::from(RESERVED)), self.reserved));
        let flags = self.flags();
        for (name, mask) in [
            (Name::DataFin, F),
            (Name::Dsn8, M8),
            (Name::MappingPresent, M),
            (Name::DataAck8, A8),
            (Name::DataAckPresent, A),
        ] {
            let set = u16::from(flags) & mask != 0;
            visit(Field::uint(name, Slot::bits(3, 1, u64::from(mask)), set));
        }
        let mut cursor = Cursor(4);
        let mut next = |name, width, value: u64| {
            visit(Field::uint(name, cursor.take(width), value));
        };
        if let Some(ack) = self.data_ack {
            next(Name::DataAck, ack.width(), ack.raw());
        }
        if let Some(mapping) = self.mapping {
            next(Name::Dsn, mapping.dsn.width(), mapping.dsn.raw());
            next(Name::SubflowSequence, 4, u64::from(mapping.ssn));
            next(Name::DataLength, 2, u64::from(mapping.length));
            if let Some(checksum) = mapping.checksum {
                next(Name::Checksum, 2, u64::from(checksum));
            }
        }
    }
}
