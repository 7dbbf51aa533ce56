//! A subtype that no document known here assigns: kept octet by octet.

use super::Malformed;
use super::layout::Layout;
use crate::wire::field::{Field, Name, Octets, Slot, Value};

/// An option of kind 30 with an unknown subtype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownSubtype {
    /// The subtype, 0 to 15.
    pub subtype: u8,
    /// Octet 2's low nibble.
    pub flags: u8,
    /// What follows it.
    pub data: Octets,
}

impl UnknownSubtype {
    pub(super) fn parse(option: &[u8]) -> Result<Self, Malformed> {
        match option {
            &[_, _, octet, ref data @ ..] => Octets::new(data).map(|data| Self {
                subtype: octet >> 4,
                flags: octet & 0x0f,
                data,
            }),
            _ => None,
        }
        .ok_or_else(|| Malformed::length(option, "MPTCP", "3 to 40 octets", "RFC 8684 §3"))
    }
}

impl Layout for UnknownSubtype {
    fn length(&self) -> u8 {
        (self.data.as_slice().len() as u8).saturating_add(3)
    }

    fn fields(&self, visit: &mut impl FnMut(Field)) {
        visit(Field::uint(Name::UnknownFlags, Slot::bits(2, 1, 0x0f), self.flags));
        let width = self.data.as_slice().len() as u8;
        if width > 0 {
            let slot = Slot::octets(3, width);
            visit(Field { name: Name::UnknownData, slot, value: Value::Octets(self.data) });
        }
    }
}
