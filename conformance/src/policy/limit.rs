//! How Maximum Subflows is handled (draft-boucadair-mptcp-max-subflow).

use std::fmt::Debug;

use super::Conformant;

/// How Maximum Subflows is handled (draft-boucadair-mptcp-max-subflow).
pub trait LimitPolicy: Debug + Sync {}

impl LimitPolicy for Conformant {}
