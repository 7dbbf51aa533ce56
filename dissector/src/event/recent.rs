//! What the options of recent segments mean.
//!
//! A sender states a mapping on each of the segments that it spans, and acknowledges the same data
//! more than once: octet by octet, most segments carry the options of the one before on the same
//! flow. Those aren't decoded again.

use super::Decoded;
use crate::flow::Fitting;
use crate::wire::frame::Located;
use crate::wire::mptcp::{self, Dialect, Subtypes};
use crate::wire::tcp::{Flags, OptionArea, PLACES, Segment};

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
    /// What those say they are.
    pub(super) subtypes: Subtypes,
    /// Whether there may have been more of them: cut or malformed.
    pub(super) unclear: bool,
    /// Whether an option of any kind has a fault.
    pub(super) faulty: bool,
    /// How many of its options are malformed.
    pub(super) malformed: u64,
    /// The control bits of the latest segment that had it.
    flags: Option<Flags>,
    /// Its options that belong on such a segment.
    pub(super) fitting: Fitting,
    /// Nothing about it was odd on such a segment.
    pub(super) clean: bool,
}

impl Recent {
    pub(super) fn new() -> Self {
        Self { areas: vec![Area::default(); PLACES], decoded: 0 }
    }

    /// The options of a segment if they are those of the latest one in its place.
    #[inline]
    pub(super) fn known(&self, located: &Located<'_>) -> Option<&Area> {
        let area = &self.areas[located.place()];
        area.octets.is_like(located.option_area(), located.is_area_cut()).then_some(area)
    }

    /// The options of a segment. All those of a dissector are of one dialect.
    #[inline]
    pub(super) fn area(&mut self, segment: &Segment<'_>, dialect: Dialect) -> &mut Area {
        let area = &mut self.areas[segment.place()];
        if !area.octets.is_like(segment.options, segment.options_cut) {
            self.decoded = self.decoded.wrapping_add(1);
            area.decode(segment, dialect);
            area.id = self.decoded;
        }
        // The same options with the same control bits are as they were.
        if area.flags != Some(segment.flags) {
            area.meet(segment.flags);
        }
        area
    }
}

impl Area {
    /// Looks at the options with the control bits of a segment.
    #[inline(never)]
    fn meet(&mut self, flags: Flags) {
        self.flags = Some(flags);
        self.fitting = Fitting::of(&self.options, flags);
        self.clean = false;
    }

    #[inline(never)]
    fn decode(&mut self, segment: &Segment<'_>, dialect: Dialect) {
        self.octets = OptionArea::new(segment.options, segment.options_cut);
        self.options.clear();
        self.unclear = segment.options_cut;
        self.faulty = false;
        self.malformed = 0;
        self.flags = None;
        let mut walk = segment.walk_options();
        for (index, option) in (walk.pass_usual_start()..).zip(walk) {
            self.faulty |= option.fault.is_some();
            if option.kind != mptcp::KIND || option.padding {
                continue;
            }
            let decoded = Decoded::new(index, &option, dialect);
            self.unclear |= decoded.well_formed().is_none();
            self.malformed += u64::from(decoded.is_malformed());
            self.options.push(decoded);
        }
        self.subtypes = self.options.iter().filter_map(|decoded| decoded.subtype).collect();
    }
}
