//! What the options of recent segments mean.
//!
//! A sender states a mapping on each of the segments that it spans, and acknowledges the same data
//! more than once: octet by octet, most segments carry the options of the one before on the same
//! flow. Those aren't decoded again.

use super::Decoded;
use crate::wire::mptcp::{self, Dialect};
use crate::wire::tcp::{Flags, OptionArea, Segment};

/// Flows whose latest options are kept.
const KEPT: usize = 64;

/// The latest options of some flows.
#[derive(Debug)]
pub(super) struct Recent {
    areas: Vec<Area>,
    /// Areas decoded so far.
    decoded: u64,
}

/// An option area, decoded.
#[derive(Clone, Debug, Default)]
pub(super) struct Area {
    octets: OptionArea,
    /// What no other area has.
    pub(super) id: u64,
    /// Its options of kind 30.
    pub(super) options: Vec<Decoded>,
    /// Whether there may have been more of them: cut or malformed.
    pub(super) unclear: bool,
    /// Whether an option of any kind has a fault.
    pub(super) faulty: bool,
    /// The control bits of the latest segment on which nothing about it was odd.
    pub(super) clean_with: Option<Flags>,
}

impl Recent {
    pub(super) fn new() -> Self {
        Self { areas: vec![Area::default(); KEPT], decoded: 0 }
    }

    /// The options of a segment. All those of a dissector are of one dialect.
    #[inline]
    pub(super) fn area(&mut self, segment: &Segment<'_>, dialect: Dialect) -> &mut Area {
        let area = &mut self.areas[segment.place_among(KEPT)];
        if !area.octets.is_of(segment) {
            self.decoded = self.decoded.wrapping_add(1);
            area.decode(segment, dialect);
            area.id = self.decoded;
        }
        area
    }
}

impl Area {
    fn decode(&mut self, segment: &Segment<'_>, dialect: Dialect) {
        self.octets = OptionArea::of(segment);
        self.options.clear();
        self.unclear = segment.options_cut;
        self.faulty = false;
        self.clean_with = None;
        let mut walk = segment.walk_options();
        for (index, option) in (walk.pass_usual_start()..).zip(walk) {
            self.faulty |= option.fault.is_some();
            if option.kind != mptcp::KIND || option.padding {
                continue;
            }
            let decoded = Decoded::new(index, &option, dialect);
            self.unclear |= decoded.well_formed().is_none();
            self.options.push(decoded);
        }
    }
}
