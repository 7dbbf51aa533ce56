//! Maximum Subflows (draft-boucadair-mptcp-max-subflow).

use crate::case::Case;

pub(super) static CASES: &[&Case] = &[];
