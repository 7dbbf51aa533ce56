//! How MP_Navigation is handled (draft-kang-tcpm-accurate-data-scheduling-by-server).

use std::fmt::Debug;

use super::Conformant;

/// How MP_Navigation is handled (draft-kang-tcpm-accurate-data-scheduling-by-server).
pub trait NavigationPolicy: Debug + Sync {}

impl NavigationPolicy for Conformant {}
