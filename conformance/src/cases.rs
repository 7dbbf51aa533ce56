//! All cases, in the order in which they are listed and reported.

use crate::case::Case;

mod experiment;
mod limit;
mod navigation;
mod rfc8684;
mod segment;
pub mod setup;

/// Every case.
pub fn all() -> impl Iterator<Item = &'static Case> {
    navigation::CASES
        .into_iter()
        .chain([limit::CASES, experiment::CASES, segment::CASES])
        .flatten()
        .copied()
        .chain(rfc8684::all())
}

/// The one of this id.
pub fn find(id: &str) -> Option<&'static Case> {
    all().find(|case| case.id == id)
}
