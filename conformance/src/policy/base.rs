//! How MPTCP itself is handled (RFC 8684).

use std::fmt::Debug;

use mpdissect::wire::mptcp::CapableFlags;

use super::Conformant;

/// How MPTCP itself is handled (RFC 8684).
pub trait BasePolicy: Debug + Sync {
    // Opening.

    /// Flags A to H of the own MP_CAPABLE (§3.1).
    fn capable_flags(&self) -> u8 {
        CapableFlags::HMAC
    }

    /// Whether an MP_CAPABLE of another version is taken for one of version 1 (§3.1).
    fn ignores_version(&self) -> bool {
        false
    }

    /// Whether an MP_CAPABLE with flag B is taken up (§3.1: it must be ignored).
    fn ignores_extensibility(&self) -> bool {
        false
    }

    /// Whether an MP_CAPABLE without a known algorithm is taken up (§3.1: it must be ignored).
    fn ignores_algorithms(&self) -> bool {
        false
    }

    // Joining.

    /// Whether a join to an unknown token is refused with RST (§3.2), instead of in silence.
    fn refuses_unknown_tokens(&self) -> bool {
        true
    }

    /// Whether a join has to prove that it knows both keys (§3.2).
    fn checks_join_hmac(&self) -> bool {
        true
    }

    /// The reason for the reset of a join without proof (§3.6).
    fn reason_for_bad_join(&self) -> u8 {
        0x01
    }

    /// Whether the third ACK of a join is acknowledged (§3.2).
    fn confirms_joins(&self) -> bool {
        true
    }

    // Data.

    /// Whether data is acknowledged at the data level (§3.3.2).
    fn acknowledges_data(&self) -> bool {
        true
    }

    /// Whether data sequence numbers and acknowledgments are sent with eight octets.
    fn writes_long_numbers(&self) -> bool {
        true
    }

    /// Whether a wrong checksum of a mapping counts (§3.3.1, §3.7).
    fn verifies_checksums(&self) -> bool {
        true
    }

    /// Whether a mapping has to have a checksum exactly where they were negotiated (§3.3.1).
    fn insists_on_checksums(&self) -> bool {
        true
    }

    /// Whether the peer's windows are respected (§3.3.5, RFC 9293 §3.8.6).
    fn honours_windows(&self) -> bool {
        true
    }

    /// Whether the own window shrinks when the application doesn't keep up (§3.3.5).
    fn shrinks_window(&self) -> bool {
        true
    }

    /// Whether segments are sent again that nobody acknowledged (RFC 9293 §3.8.1).
    fn retransmits(&self) -> bool {
        true
    }

    /// After how many timeouts in a row a subflow counts as stalled.
    fn stalls_after(&self) -> u32 {
        2
    }

    /// Whether what a subflow didn't bring home is sent on another (§3.3.6).
    fn sends_elsewhere(&self) -> bool {
        true
    }

    /// Whether a duplicate acknowledgment with other options than DSS counts as a sign of
    /// congestion (§3: it doesn't).
    fn counts_signals_as_congestion(&self) -> bool {
        false
    }

    /// Whether an acknowledgment that is sent for the sake of an option advertises another window
    /// than the one before: then it is no duplicate acknowledgment (RFC 5681 §2), of which there
    /// may be two in a row (§3).
    fn avoids_duplicates(&self) -> bool {
        true
    }

    // Priorities and addresses.

    /// Whether the peer can make a subflow a backup (§3.3.8).
    fn honours_priority(&self) -> bool {
        true
    }

    /// Whether backups carry data like any other subflow.
    fn ignores_backups(&self) -> bool {
        false
    }

    /// Whether ADD_ADDR has to have the right HMAC (§3.4.1).
    fn checks_add_addr_hmac(&self) -> bool {
        true
    }

    /// Whether ADD_ADDR is echoed (§3.4.1).
    fn echoes_add_addr(&self) -> bool {
        true
    }

    /// Whether an own ADD_ADDR is repeated until it is echoed (§3.4.1).
    fn repeats_add_addr(&self) -> bool {
        true
    }

    /// Whether a client joins every address that it is told.
    fn joins_announced(&self) -> bool {
        true
    }

    /// Whether REMOVE_ADDR ends the subflows of its addresses (§3.4.2).
    fn honours_remove_addr(&self) -> bool {
        true
    }

    /// Whether flag C keeps the host from joining the address of the first subflow (§3.1).
    fn honours_flag_c(&self) -> bool {
        true
    }

    // Closing.

    /// Whether the end of the own stream is told with a DATA_FIN (§3.3.3).
    fn sends_data_fin(&self) -> bool {
        true
    }

    /// Whether a DATA_FIN is taken (§3.3.3).
    fn honours_data_fin(&self) -> bool {
        true
    }

    /// Whether MP_FASTCLOSE has to have the own key (§3.5).
    fn checks_fastclose_key(&self) -> bool {
        true
    }

    /// Whether MP_FASTCLOSE ends the connection (§3.5).
    fn honours_fastclose(&self) -> bool {
        true
    }

    /// Whether resets of subflows come with MP_TCPRST (§3.6).
    fn tells_reasons(&self) -> bool {
        true
    }

    /// Whether MP_FAIL on the only subflow makes the connection one of TCP (§3.7).
    fn honours_fail(&self) -> bool {
        true
    }
}

impl BasePolicy for Conformant {}
