//! How connections of MPTCP are opened (RFC 8684 §3.1), and when they aren't (§3.7).

use std::fmt::Debug;

use mpdissect::wire::mptcp::CapableFlags;

use super::Conformant;

/// How connections of MPTCP are opened (RFC 8684 §3.1), and when they aren't (§3.7).
pub trait OpeningPolicy: Debug + Sync {
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
}

impl OpeningPolicy for Conformant {}
