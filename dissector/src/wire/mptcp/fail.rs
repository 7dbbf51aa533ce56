//! MP_FAIL: a checksum failed, from here on there is no trustworthy mapping (RFC 8684 §3.7,
//! RFC 6824 §3.6).
//!
//! ```text
//! |     Kind      |   Length=12   |Subtype|      (reserved)       |
//! |                 Data Sequence Number (8 octets)               |
//! ```

use super::layout::regular;
use crate::wire::field::Slot;

regular! {
    /// The MP_FAIL option.
    MpFail, 12 octets
    /// Twelve reserved bits.
    reserved: u16 = Reserved at Slot::bits(2, 2, 0x0fff);
    /// Where the data that failed the check starts.
    dsn: u64 = Dsn at Slot::octets(4, 8);
}
