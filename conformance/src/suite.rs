//! A run over many cases: what is played, against whom, and what it comes to.

pub mod result;

use std::fmt;

use crate::case::{Case, Need, Variant};
use crate::cases;

/// One variant of a case, which is what can be selected, played and reproduced.
#[derive(Clone, Copy, Debug)]
pub struct Play {
    /// The case.
    pub case: &'static Case,
    /// The variant.
    pub variant: Variant,
}

impl Play {
    /// Every play of every case, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        cases::all().flat_map(|case| case.variants().map(move |variant| Self { case, variant }))
    }
}

impl fmt::Display for Play {
    /// `nav/4/switch-moves-traffic:listener:ipv4`, as in a selector.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.case.id, self.variant)
    }
}

/// How it is known what a target supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The user says so, or the target is built in.
    Claimed,
    /// It was tried out.
    Probed,
}

/// Whether a target supports something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// What.
    pub need: Need,
    /// Whether it does.
    pub supported: bool,
    /// How that is known.
    pub known: Known,
    /// What was seen when it was tried out, as a clause; empty where it was claimed.
    pub seen: String,
}
