//! The experimental option (draft-bonaventure-mptcp-exp-option-00 §2 to §4; later §3.7 of
//! draft-ietf-mptcp-rfc6824bis-05 to -10), which carries an experiment of any kind.
//!
//! ```text
//! |     Kind      |    Length     |Subtype|S|U|rsv|  Experiment   |
//! | Id. (16 bits) | Subtype-specific data  (variable length)  ...
//! ```

use nom::IResult;
use nom::Parser;
use nom::number::complete::be_u16;

use super::Malformed;
use super::layout::Layout;
use crate::wire::field::{Field, Name, Octets, Slot, Value};

/// Octet 2's low nibble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ExperimentFlags(pub u8);

impl ExperimentFlags {
    /// S: the sender expects a reply with the same experiment ID.
    pub const SYNCHRONISING: u8 = 0x08;
    /// U: the option is returned because its sender did not know or could not parse it.
    pub const UNKNOWN: u8 = 0x04;
    /// Two reserved bits.
    pub const RESERVED: u8 = 0x03;

    /// Whether S is set.
    pub const fn synchronising(self) -> bool {
        self.0 & Self::SYNCHRONISING != 0
    }

    /// Whether U is set.
    pub const fn unknown(self) -> bool {
        self.0 & Self::UNKNOWN != 0
    }

    /// The reserved bits.
    pub const fn reserved(self) -> u8 {
        self.0 & Self::RESERVED
    }

    /// The flags of an option that is long enough to have them.
    pub(super) fn of(option: &[u8]) -> Self {
        Self(option.get(2).map_or(0, |octet| octet & 0x0f))
    }

    pub(super) fn fields(self, visit: &mut impl FnMut(Field)) {
        let bits = |mask: u8| Slot::bits(2, 1, u64::from(mask));
        visit(Field::uint(Name::Synchronising, bits(Self::SYNCHRONISING), self.synchronising()));
        visit(Field::uint(Name::UnknownExperiment, bits(Self::UNKNOWN), self.unknown()));
        visit(Field::uint(Name::ExperimentalReserved, bits(Self::RESERVED), self.reserved()));
    }
}

/// An experiment that isn't known, or one without its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Experimental {
    /// S, U and the reserved bits.
    pub flags: ExperimentFlags,
    /// The experiment ID.
    pub exid: u16,
    /// What follows it.
    pub data: Octets,
}

impl Experimental {
    pub(super) fn parse(option: &[u8]) -> Result<Self, Malformed> {
        let body = option.get(3..).unwrap_or_default();
        let parsed: IResult<_, _> = be_u16.parse(body);
        match parsed.map(|(data, exid)| (Octets::new(data), exid)) {
            Ok((Some(data), exid)) => Ok(Self { flags: ExperimentFlags::of(option), exid, data }),
            _ => Err(Malformed::length(
                option,
                "the experimental option",
                "at least 5 octets",
                "draft-bonaventure-mptcp-exp-option-00 §3",
            )),
        }
    }
}

impl Layout for Experimental {
    fn length(&self) -> u8 {
        (self.data.as_slice().len() as u8).saturating_add(5)
    }

    fn fields(&self, visit: &mut impl FnMut(Field)) {
        self.flags.fields(visit);
        visit(Field::uint(Name::ExperimentId, Slot::octets(3, 2), self.exid));
        let width = self.data.as_slice().len() as u8;
        if width > 0 {
            let slot = Slot::octets(5, width);
            visit(Field { name: Name::ExperimentData, slot, value: Value::Octets(self.data) });
        }
    }
}
