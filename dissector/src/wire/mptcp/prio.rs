//! MP_PRIO: makes a subflow a backup or a regular one (RFC 8684 §3.3.8, RFC 6824 §3.3.8).
//!
//! ```text
//! |     Kind      |     Length    |Subtype|(rsv)|B| AddrID (v0, optional) |
//! ```
//!
//! 3 octets; v0 also has 4, where the address ID names the subflows that change.

use super::Malformed;
use super::layout::Layout;
use crate::wire::field::{Field, Name, Slot};

/// The MP_PRIO option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MpPrio {
    /// Three reserved bits.
    pub reserved: u8,
    /// B: use the subflow as a backup.
    pub backup: bool,
    /// v0 only: the change is for all subflows with this address ID.
    pub address_id: Option<u8>,
}

impl MpPrio {
    pub(super) fn parse(option: &[u8]) -> Result<Self, Malformed> {
        let (flags, address_id) = match *option {
            [_, _, flags] => (flags, None),
            [_, _, flags, id] => (flags, Some(id)),
            _ => {
                let legal = "3 octets, in v0 also 4";
                return Err(Malformed::length(option, "MP_PRIO", legal, "RFC 8684 §3.3.8"));
            }
        };
        Ok(Self { reserved: (flags & 0x0e) >> 1, backup: flags & 0x01 != 0, address_id })
    }
}

impl Layout for MpPrio {
    fn length(&self) -> u8 {
        if self.address_id.is_some() { 4 } else { 3 }
    }

    fn fields(&self, visit: &mut impl FnMut(Field)) {
        visit(Field::uint(Name::PrioReserved, Slot::bits(2, 1, 0x0e), self.reserved));
        visit(Field::uint(Name::Backup, Slot::bits(2, 1, 0x01), self.backup));
        if let Some(id) = self.address_id {
            visit(Field::uint(Name::AddressId, Slot::octets(3, 1), id));
        }
    }
}
