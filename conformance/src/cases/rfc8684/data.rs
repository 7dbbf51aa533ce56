//! Data: mappings and acknowledgments (RFC 8684 §3.3), checksums, failure and fallback behind the handshake (§3.7).

use crate::case::Case;

pub(super) static CASES: &[&Case] = &[];
