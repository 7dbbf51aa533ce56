//! The experimental option (draft-bonaventure-mptcp-exp-option-00 §2, rfc6824bis §3.7).

use crate::case::Case;

pub(super) static CASES: &[&Case] = &[];
