//! Subflows and addresses: joining (RFC 8684 §3.2), priorities (§3.3.8), ADD_ADDR and REMOVE_ADDR (§3.4), fast close and
//! resets (§3.5, §3.6), heuristics (§3.9).

use crate::case::Case;

pub(super) static CASES: &[&Case] = &[];
