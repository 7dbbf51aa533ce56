//! MP_Navigation: a server asks its client to move traffic to another subflow, or cancels that
//! (draft-kang-tcpm-accurate-data-scheduling-by-server §4).
//!
//! ```text
//! |     Kind      |  Length = 4   |Subtype|r|R|E|B|   Address ID  |
//! ```
//!
//! The layout is the same in revisions -00 to -02. The draft prints no length, its figure has four
//! octets; no subtype was ever assigned, so it is a parameter of the dialect. B stands where
//! MP_PRIO has its B, but E does not stand where ADD_ADDR has its E.

use super::layout::regular;
use crate::wire::field::Slot;

regular! {
    /// The MP_Navigation option.
    Navigation, 4 octets
    /// r: reserved.
    reserved: bool = NavigationReserved at Slot::bits(2, 1, 0x08);
    /// R: cancel the navigation instead of asking for it.
    cancel: bool = NavigationCancel at Slot::bits(2, 1, 0x04);
    /// E: confirms a received request, like the echo of ADD_ADDR.
    echo: bool = NavigationEcho at Slot::bits(2, 1, 0x02);
    /// B: the subflow that carries the option is a backup.
    backup: bool = NavigationBackup at Slot::bits(2, 1, 0x01);
    /// The address ID of the interface that the traffic shall move to.
    address_id: u8 = AddressId at Slot::octets(3, 1);
}
