//! MPTCP itself (RFC 8684). None of these cases needs anything of a draft.

mod data;
mod opening;
mod paths;

use crate::case::Case;

pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    let subjects = [opening::CASES].into_iter().chain(paths::CASES).chain([data::CASES]);
    subjects.flatten().copied()
}
