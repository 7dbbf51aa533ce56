//! Every decision that the reference endpoint takes, each a method whose default is conformant. A
//! mutant overrides exactly one.

pub mod data;
pub mod experiment;
pub mod limit;
pub mod navigation;
pub mod opening;
pub mod paths;
pub mod segment;

use mpdissect::wire::mptcp::{Dialect, MaxSubflows, Navigation};

use crate::reference::experiment::ExperimentArrival;
use crate::reference::navigation::Arrival;

/// The decisions of one endpoint, by subject.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// TCP's options and segments (RFC 9293).
    pub segment: &'static dyn segment::SegmentPolicy,
    /// Connections of MPTCP: whether and how they are opened (RFC 8684).
    pub opening: &'static dyn opening::OpeningPolicy,
    /// Their subflows and addresses.
    pub paths: &'static dyn paths::PathPolicy,
    /// Their data.
    pub data: &'static dyn data::DataPolicy,
    /// The experimental option.
    pub experiment: &'static dyn experiment::ExperimentPolicy,
    /// Maximum Subflows.
    pub limit: &'static dyn limit::LimitPolicy,
    /// MP_Navigation.
    pub navigation: &'static dyn navigation::NavigationPolicy,
}

impl Policy {
    /// The conformant one.
    pub const CONFORMANT: Self = Self {
        segment: &Conformant,
        opening: &Conformant,
        paths: &Conformant,
        data: &Conformant,
        experiment: &Conformant,
        limit: &Conformant,
        navigation: &Conformant,
    };

    /// One that knows neither draft nor experiments, and ignores them.
    pub const UNKNOWING: Self = Self {
        experiment: &Unknowing,
        limit: &Unknowing,
        navigation: &Unknowing,
        ..Self::CONFORMANT
    };
}

impl Default for Policy {
    fn default() -> Self {
        Self::CONFORMANT
    }
}

/// Takes every decision as the documents want it.
#[derive(Clone, Copy, Debug)]
pub struct Conformant;

/// Has never heard of the drafts.
#[derive(Clone, Copy, Debug)]
struct Unknowing;

impl experiment::ExperimentPolicy for Unknowing {
    fn answers(&self, _: ExperimentArrival) -> bool {
        false
    }
}

impl limit::LimitPolicy for Unknowing {
    fn read(&self, _: &[u8], _: Dialect) -> Option<MaxSubflows> {
        None
    }
}

impl navigation::NavigationPolicy for Unknowing {
    fn heeds(&self, _: Navigation, _: &Arrival) -> bool {
        false
    }
}
