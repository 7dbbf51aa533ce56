//! Option areas that are kept, to be recognized when they come again.

use super::Segment;
use super::options::after_timestamps;
use crate::wire::field::Octets;

/// The octets of an option area but for the values of timestamps at its usual place, which change
/// all the time and tell nothing of the other options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OptionArea {
    octets: Octets,
    behind_timestamps: bool,
    cut: bool,
}

impl Default for OptionArea {
    /// An empty area.
    fn default() -> Self {
        Self { octets: Octets::EMPTY, behind_timestamps: false, cut: false }
    }
}

impl OptionArea {
    /// What is to be recognized of a segment's options.
    pub(crate) fn of(segment: &Segment<'_>) -> Self {
        let (octets, behind_timestamps) = parts(segment);
        let octets = Octets::new(octets).unwrap_or(Octets::EMPTY);
        Self { octets, behind_timestamps, cut: segment.options_cut }
    }

    /// Whether a segment has the same options, in the same places.
    #[inline]
    pub(crate) fn is_of(&self, segment: &Segment<'_>) -> bool {
        let (octets, behind_timestamps) = parts(segment);
        self.octets.as_slice() == octets
            && (self.behind_timestamps, self.cut) == (behind_timestamps, segment.options_cut)
    }
}

#[inline]
fn parts<'a>(segment: &Segment<'a>) -> (&'a [u8], bool) {
    match after_timestamps(segment.options) {
        Some(behind) => (behind, true),
        None => (segment.options, false),
    }
}
