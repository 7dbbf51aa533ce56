//! Maximum Subflows: how many concurrent subflows a peer maintains
//! (draft-boucadair-mptcp-max-subflow §2), carried in the experimental option.
//!
//! ```text
//! A |     Kind      |  Length = 8   |Subtype|S|U|rsv|  Experiment   |
//!   | Id. (16 bits) |              Maximum Subflows                 |
//! B |     Kind      |  Length = 8   |Subtype|S|U|rsv|  ExID = 0xaa  |
//!   |                        Maximum Subflows                       |
//! C |     Kind      |  Length = 9   |Subtype|S|U|rsv|  Experiment   |
//!   | Id. (16 bits) |        Maximum Subflows (32 bits)             |
//! ```

use super::Malformed;
use super::experimental::ExperimentFlags;
use super::layout::{Cursor, Layout};
use crate::wire::field::{Field, Name, Slot};

/// How a Maximum Subflows option is laid out: the revisions of its draft differ, and -02 and -03
/// can be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxSubflowsLayout {
    /// 16-bit experiment ID, 24-bit value, 8 octets: extensions-00, -00 and -01.
    A,
    /// 8-bit experiment ID 0xaa, 32-bit value, 8 octets: the figure of -02 and -03.
    B,
    /// 16-bit experiment ID, 32-bit value, 9 octets: the text of -02 and -03, which refers to the
    /// shared experimental format.
    C,
}

impl MaxSubflowsLayout {
    /// The letter, as in reports and options.
    pub const fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::B => 'B',
            Self::C => 'C',
        }
    }

    /// The largest value that the layout has room for.
    pub const fn max(self) -> u32 {
        match self {
            Self::A => 0x00ff_ffff,
            Self::B | Self::C => u32::MAX,
        }
    }
}

/// The Maximum Subflows option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxSubflows {
    /// S, U and the reserved bits.
    pub flags: ExperimentFlags,
    /// Which layout carries it.
    pub layout: MaxSubflowsLayout,
    /// The experiment ID; its low octet alone in layout B.
    pub exid: u16,
    /// The most subflows that the sender maintains at once for this connection. Zero is on the
    /// wire sometimes, and never valid.
    pub value: u32,
}

impl MaxSubflows {
    /// The one-octet experiment ID of layout B (-02 and -03, §2).
    pub const EXID_B: u8 = 0xaa;

    /// The layout in which this option would be a Maximum Subflows, if any: the configured
    /// 16-bit ID comes first, since it is the user's word.
    pub(super) fn recognise(option: &[u8], exid: u16) -> Option<MaxSubflowsLayout> {
        let id: u16 = u16::from_be_bytes(*option.get(3..)?.first_chunk()?);
        match option.len() {
            // Without data it is a capability check of the bare experimental option.
            0..=5 => None,
            9 if id == exid => Some(MaxSubflowsLayout::C),
            _ if id == exid => Some(MaxSubflowsLayout::A),
            8 if id.to_be_bytes()[0] == Self::EXID_B => Some(MaxSubflowsLayout::B),
            _ => None,
        }
    }

    pub(super) fn parse(option: &[u8], layout: MaxSubflowsLayout) -> Result<Self, Malformed> {
        let wrong = || {
            Malformed::length(
                option,
                "Maximum Subflows",
                "8 octets, or 9 with a 32-bit value",
                "draft-boucadair-mptcp-max-subflow §2",
            )
        };
        let (exid, value) = match layout {
            MaxSubflowsLayout::A => (Slot::octets(3, 2), Slot::octets(5, 3)),
            MaxSubflowsLayout::B => (Slot::octets(3, 1), Slot::octets(4, 4)),
            MaxSubflowsLayout::C => (Slot::octets(3, 2), Slot::octets(5, 4)),
        };
        let read = |slot: Slot| slot.uint(option).ok_or_else(wrong);
        let whole = Self {
            flags: ExperimentFlags::of(option),
            layout,
            exid: read(exid)? as u16,
            value: read(value)? as u32,
        };
        if option.len() == usize::from(whole.length()) { Ok(whole) } else { Err(wrong()) }
    }
}

impl Layout for MaxSubflows {
    fn length(&self) -> u8 {
        if self.layout == MaxSubflowsLayout::C { 9 } else { 8 }
    }

    fn fields(&self, visit: &mut impl FnMut(Field)) {
        self.flags.fields(visit);
        let (exid, exid_width, value_width) = match self.layout {
            MaxSubflowsLayout::A => (Name::ExperimentId, 2, 3),
            MaxSubflowsLayout::B => (Name::ExperimentId8, 1, 4),
            MaxSubflowsLayout::C => (Name::ExperimentId, 2, 4),
        };
        let mut cursor = Cursor(3);
        visit(Field::uint(exid, cursor.take(exid_width), self.exid));
        visit(Field::uint(Name::MaxSubflows, cursor.take(value_width), self.value));
    }
}
