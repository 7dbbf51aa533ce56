//! MP_TCPRST: why a subflow is reset (RFC 8684 §3.6; v0 has no such option).
//!
//! ```text
//! |     Kind      |    Length     |Subtype|U|V|W|T|    Reason     |
//! ```

use super::layout::regular;
use crate::wire::field::Slot;

regular! {
    /// The MP_TCPRST option.
    MpTcprst, 4 octets
    /// U: unassigned.
    flag_u: bool = FlagU at Slot::bits(2, 1, 0x08);
    /// V: unassigned.
    flag_v: bool = FlagV at Slot::bits(2, 1, 0x04);
    /// W: unassigned.
    flag_w: bool = FlagW at Slot::bits(2, 1, 0x02);
    /// T: the condition is transient, a new subflow may be tried later.
    transient: bool = FlagT at Slot::bits(2, 1, 0x01);
    /// The reason code.
    reason: u8 = ResetReason at Slot::octets(3, 1);
}

/// The name of a reason code in the registry of RFC 8684 §7.4.
pub const fn reset_reason(code: u8) -> &'static str {
    match code {
        0x00 => "unspecified error",
        0x01 => "MPTCP-specific error",
        0x02 => "lack of resources",
        0x03 => "administratively prohibited",
        0x04 => "too much outstanding data",
        0x05 => "unacceptable performance",
        0x06 => "middlebox interference",
        _ => "unassigned",
    }
}
