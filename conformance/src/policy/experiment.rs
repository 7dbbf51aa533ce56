//! How the experimental option is handled (draft-bonaventure-mptcp-exp-option-00).

use std::fmt::Debug;

use super::Conformant;

/// How the experimental option is handled (draft-bonaventure-mptcp-exp-option-00).
pub trait ExperimentPolicy: Debug + Sync {}

impl ExperimentPolicy for Conformant {}
