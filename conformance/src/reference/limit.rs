//! What a host keeps about Maximum Subflows, for one connection: both maxima.

use std::time::Duration;

use mpdissect::wire::mptcp::{Dialect, MaxSubflows, MaxSubflowsLayout};

use crate::plan::Negotiation;
use crate::policy::limit::LimitPolicy;

/// What the operator set, for every new connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitConfig {
    /// The own maximum, or any number.
    pub own: Option<u32>,
    /// Whether it is announced without being asked.
    pub announces: bool,
    /// The layout in which the host speaks first.
    pub layout: MaxSubflowsLayout,
    /// The numbers of the option.
    pub dialect: Dialect,
    /// How a received announcement with S=1 is accepted.
    pub negotiation: Negotiation,
}

/// How many subflows a connection has, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Established in both directions, backup ones included.
    pub established: u32,
    /// Among them those that are backups.
    pub backups: u32,
    /// Joins that are in progress, whichever end started them.
    pub joining: u32,
    /// Joins that failed since the connection was opened.
    pub failed: u32,
    /// Subflows that have ended since the connection was opened.
    pub ended: u32,
}

/// The state of one connection.
#[derive(Debug)]
pub struct Limiter {
    config: LimitConfig,
}

impl Limiter {
    /// The state of a new connection.
    pub fn new(config: LimitConfig) -> Self {
        Self { config }
    }

    /// Takes an announcement in; yields the answer. `syn` says that a SYN carried it.
    pub fn received(
        &mut self,
        policy: &dyn LimitPolicy,
        option: MaxSubflows,
        syn: bool,
        now: Duration,
    ) -> Option<MaxSubflows> {
        let _ = (policy, option, syn, now, self.config);
        None
    }

    /// Whether a further subflow may be accepted now: asked at the peer's MP_JOIN SYN, and again
    /// at its third ACK, where the join itself still counts as joining.
    pub fn accepts(&self, policy: &dyn LimitPolicy, census: Census) -> bool {
        let _ = (policy, census);
        true
    }

    /// Whether the own host may open a further subflow now.
    pub fn may_open(&self, policy: &dyn LimitPolicy, census: Census) -> bool {
        let _ = (policy, census);
        true
    }

    /// When there is something to send.
    pub fn next_wake(&self) -> Option<Duration> {
        None
    }

    /// What is to be sent now.
    pub fn wake(&mut self, policy: &dyn LimitPolicy, now: Duration) -> Option<MaxSubflows> {
        let _ = (policy, now);
        None
    }
}
