//! REMOVE_ADDR: takes announced addresses back (RFC 8684 §3.4.2, RFC 6824 §3.4.2).
//!
//! ```text
//! |     Kind      |Length = 3 + n |Subtype|(resvd)|   Address ID  | ...
//! ```

use super::Malformed;
use super::layout::Layout;
use crate::wire::field::{Field, Name, Octets, Slot};

/// The REMOVE_ADDR option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoveAddr {
    /// Four reserved bits.
    pub reserved: u8,
    /// One or more address IDs.
    pub address_ids: Octets,
}

impl RemoveAddr {
    pub(super) fn parse(option: &[u8]) -> Result<Self, Malformed> {
        match option {
            &[_, _, flags, ref ids @ ..] if !ids.is_empty() => {
                Octets::new(ids).map(|address_ids| Self { reserved: flags & 0x0f, address_ids })
            }
            _ => None,
        }
        .ok_or_else(|| {
            Malformed::length(option, "REMOVE_ADDR", "at least 4 octets", "RFC 8684 §3.4.2")
        })
    }
}

impl Layout for RemoveAddr {
    fn length(&self) -> u8 {
        (self.address_ids.as_slice().len() as u8).saturating_add(3)
    }

    fn fields(&self, visit: &mut impl FnMut(Field)) {
        visit(Field::uint(Name::RemoveAddrReserved, Slot::bits(2, 1, 0x0f), self.reserved));
        for (at, &id) in (3..).zip(self.address_ids.as_slice()) {
            visit(Field::uint(Name::AddressId, Slot::octets(at, 1), id));
        }
    }
}
