//! How segments and TCP options are handled (RFC 9293).

use std::fmt::Debug;

use super::Conformant;

/// How segments and TCP options are handled (RFC 9293).
pub trait SegmentPolicy: Debug + Sync {}

impl SegmentPolicy for Conformant {}
