//! How data is mapped, acknowledged and closed (RFC 8684 §3.3), and what happens when it can't be (§3.7).

use std::fmt::Debug;

use super::Conformant;

/// How data is mapped, acknowledged and closed (RFC 8684 §3.3), and what happens when it can't be (§3.7).
pub trait DataPolicy: Debug + Sync {
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

    /// Whether the end of the own stream is told with a DATA_FIN (§3.3.3).
    fn sends_data_fin(&self) -> bool {
        true
    }

    /// Whether a DATA_FIN is taken (§3.3.3).
    fn honours_data_fin(&self) -> bool {
        true
    }

    /// Whether MP_FAIL on the only subflow makes the connection one of TCP (§3.7).
    fn honours_fail(&self) -> bool {
        true
    }
}

impl DataPolicy for Conformant {}
