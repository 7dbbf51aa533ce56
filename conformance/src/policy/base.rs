//! How MPTCP itself is handled (RFC 8684).

use std::fmt::Debug;

use super::Conformant;

/// How MPTCP itself is handled (RFC 8684).
pub trait BasePolicy: Debug + Sync {}

impl BasePolicy for Conformant {}
