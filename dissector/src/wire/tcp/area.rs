//! Option areas that are kept, to be recognized when they come again.

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
    /// What is to be recognized of an area, whose end the capture left out if it is `cut`.
    pub(crate) fn new(area: &[u8], cut: bool) -> Self {
        let (octets, behind_timestamps) = parts(area);
        let octets = Octets::new(octets).unwrap_or(Octets::EMPTY);
        Self { octets, behind_timestamps, cut }
    }

    /// Whether another area has the same options, in the same places.
    #[inline]
    pub(crate) fn is_like(&self, area: &[u8], cut: bool) -> bool {
        let (octets, behind_timestamps) = parts(area);
        self.octets.as_slice() == octets
            && (self.behind_timestamps, self.cut) == (behind_timestamps, cut)
    }
}

#[inline]
fn parts(area: &[u8]) -> (&[u8], bool) {
    match after_timestamps(area) {
        Some(behind) => (behind, true),
        None => (area, false),
    }
}
