//! MP_Navigation (draft-kang-tcpm-accurate-data-scheduling-by-server).

use crate::case::Case;

pub(super) static CASES: &[&Case] = &[];
