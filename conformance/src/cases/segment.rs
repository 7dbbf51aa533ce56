//! TCP options and segments under MPTCP (RFC 9293).

use crate::case::Case;

pub(super) static CASES: &[&Case] = &[];
