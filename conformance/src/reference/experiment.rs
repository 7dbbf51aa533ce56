//! What a host keeps about the experimental option, for one connection: which experiments were
//! tried, and with what result.

use std::time::Duration;

use mpdissect::wire::mptcp::Experimental;

use crate::plan::Negotiation;
use crate::policy::experiment::ExperimentPolicy;

/// How an experimental option came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExperimentArrival {
    /// The segment had SYN.
    pub syn: bool,
    /// When.
    pub now: Duration,
}

/// The state of one connection.
#[derive(Debug, Default)]
pub struct Experiments {}

impl Experiments {
    /// The state of a new connection.
    pub fn new(negotiation: Negotiation) -> Self {
        let _ = negotiation;
        Self::default()
    }

    /// Takes an option in whose experiment the host doesn't know, as its raw octets, kind and
    /// length included, however malformed. Yields the octets of the option to send back.
    pub fn received(
        &mut self,
        policy: &dyn ExperimentPolicy,
        option: &[u8],
        arrival: ExperimentArrival,
    ) -> Option<Vec<u8>> {
        let _ = (policy, option, arrival);
        None
    }

    /// The operator's order: tries whether the peer knows an experiment.
    pub fn order(&mut self, policy: &dyn ExperimentPolicy, exid: u16, now: Duration) {
        let _ = (policy, exid, now);
    }

    /// When there is something to send.
    pub fn next_wake(&self) -> Option<Duration> {
        None
    }

    /// What is to be sent now.
    pub fn wake(&mut self, policy: &dyn ExperimentPolicy, now: Duration) -> Option<Experimental> {
        let _ = (policy, now);
        None
    }
}
