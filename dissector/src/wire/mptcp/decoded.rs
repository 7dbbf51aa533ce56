//! An option in its segment.

use super::{Dialect, Malformed, MptcpOption, Subtype};
use crate::wire::field::Field;
use crate::wire::tcp::{OptionFault, TcpOption};

/// The octets that decide what an option is and which lengths it may have: kind, length, subtype
/// and flags, and the experiment ID. With fewer at hand no length can be called wrong.
const DECISIVE: u8 = 5;

/// An option of kind 30 and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Its place among the segment's options.
    pub index: u8,
    /// What it says it is; `None` where it is too short to say.
    pub subtype: Option<Subtype>,
    /// What it means, or why it means nothing. `None` where the option area doesn't hold it
    /// whole, which is a fault of the area or, see [`Self::cut`], of the capture.
    pub meaning: Option<Result<MptcpOption, Malformed>>,
    /// What the capture left of it, where the snap length cut it. It may be malformed as well, if
    /// its first octets show that already.
    pub cut: Option<Box<Cut>>,
}

/// What the capture left of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The length that it claims, in octets, where that was captured.
    pub claimed: Option<u8>,
    /// The octets captured, kind and length included: fewer than `claimed`.
    pub held: u8,
    /// The option with zeros for the octets that weren't captured.
    padded: Option<MptcpOption>,
}

impl Decoded {
    /// Decodes an option of kind 30 that stands at this place among the segment's options.
    pub fn new(index: u8, option: &TcpOption<'_>, dialect: Dialect) -> Self {
        let subtype = Subtype::of(option.raw, dialect);
        match option.fault {
            Some(OptionFault::Cut { claimed, held }) => {
                Self::of_cut(index, option.raw, claimed, held, dialect)
            }
            Some(fault) if fault.ends_walk() => Self { index, subtype, meaning: None, cut: None },
            _ => {
                let meaning = Some(MptcpOption::parse(option.raw, dialect));
                Self { index, subtype, meaning, cut: None }
            }
        }
    }

    #[cold]
    fn of_cut(index: u8, raw: &[u8], claimed: Option<u8>, held: u8, dialect: Dialect) -> Self {
        let mut octets = [0; u8::MAX as usize];
        for (place, octet) in octets.iter_mut().zip(raw) {
            *place = *octet;
        }
        let whole = octets.get(..usize::from(claimed.unwrap_or_default())).unwrap_or_default();
        // Without the octet that has it there is no subtype, and no option to speak of.
        let (subtype, parsed) = match Subtype::of(raw, dialect) {
            Some(_) => (Subtype::of(whole, dialect), Some(MptcpOption::parse(whole, dialect))),
            None => (None, None),
        };
        let padded = parsed.and_then(Result::ok);
        let wrong = parsed.filter(|parsed| parsed.is_err() && held >= DECISIVE);
        Self { index, subtype, meaning: wrong, cut: Some(Box::new(Cut { claimed, held, padded })) }
    }

    /// The option, if it is whole and well-formed.
    #[inline]
    pub fn well_formed(&self) -> Option<&MptcpOption> {
        self.meaning.as_ref()?.as_ref().ok()
    }

    /// The option, if it is well-formed as far as it was captured. Of a cut one only the fields
    /// that [`Self::fields`] visits are known.
    pub fn known(&self) -> Option<&MptcpOption> {
        self.well_formed().or_else(|| self.cut.as_ref()?.padded.as_ref())
    }

    /// Whether it breaks a rule. To be cut by the snap length is no fault of its own.
    pub fn is_malformed(&self) -> bool {
        match &self.meaning {
            Some(meaning) => meaning.is_err(),
            None => self.cut.is_none(),
        }
    }

    /// Visits the fields as [`MptcpOption::fields`] does: all of a well-formed option, of a cut
    /// one those that were captured whole, and none of a malformed one.
    pub fn fields(&self, dialect: Dialect, visit: &mut impl FnMut(Field)) {
        let Some(option) = self.known() else { return };
        let held = self.cut.as_ref().map_or(u8::MAX, |cut| cut.held);
        option.fields(dialect, &mut |field| {
            if field.slot.at.saturating_add(field.slot.width) <= held {
                visit(field);
            }
        });
    }
}
