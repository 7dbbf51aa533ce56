//! An option in its segment.

use super::{Malformed, MptcpOption, Subtype};

/// An option of kind 30 and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Its place among the segment's options.
    pub index: u8,
    /// What it says it is; `None` where it is too short to say.
    pub subtype: Option<Subtype>,
    /// What it means, or why it means nothing. `None` where the option area doesn't hold it
    /// whole, which is a fault of the area.
    pub meaning: Option<Result<MptcpOption, Malformed>>,
}

impl Decoded {
    /// The option, if it is well-formed.
    #[inline]
    pub fn well_formed(&self) -> Option<&MptcpOption> {
        self.meaning.as_ref()?.as_ref().ok()
    }
}
