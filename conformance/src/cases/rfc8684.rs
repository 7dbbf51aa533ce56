//! MPTCP itself (RFC 8684). None of these cases needs anything of a draft.

mod data;
mod opening;
mod paths;

use crate::case::Case;

pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    [opening::CASES, paths::CASES, data::CASES].into_iter().flatten().copied()
}
