//! All cases, in the order in which they are listed and reported.

use crate::case::Case;

mod experiment;
mod limit;
mod navigation;
mod segment;
pub mod setup;

/// Every case.
pub fn all() -> impl Iterator<Item = &'static Case> {
    [navigation::CASES, limit::CASES, experiment::CASES, segment::CASES]
        .into_iter()
        .flatten()
        .copied()
}

/// The one of this id.
pub fn find(id: &str) -> Option<&'static Case> {
    all().find(|case| case.id == id)
}
