//! MP_FASTCLOSE: closes the whole connection at once (RFC 8684 §3.5, RFC 6824 §3.5).
//!
//! ```text
//! |     Kind      |    Length     |Subtype|      (reserved)       |
//! |                  Option Receiver's Key (64 bits)              |
//! ```

use super::layout::regular;
use crate::wire::field::Slot;

regular! {
    /// The MP_FASTCLOSE option.
    MpFastclose, 12 octets
    /// Twelve reserved bits.
    reserved: u16 = Reserved at Slot::bits(2, 2, 0x0fff);
    /// The key of the peer that the option is sent to.
    key: u64 = ReceiverKey at Slot::octets(4, 8);
}
