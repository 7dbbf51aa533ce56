//! The conformant endpoint: an MPTCP host as a state machine, without clock and link.

pub mod experiment;
pub mod limit;
pub mod navigation;

use std::time::Duration;

use crate::plan::Plan;
use crate::policy::Policy;
use crate::script::Order;
use crate::testbed::{Peer, Topology, Trouble};

/// An MPTCP host.
#[derive(Debug)]
pub struct Reference {
    policy: Policy,
    plan: Plan,
    topology: Topology,
}

impl Reference {
    /// A host with the target's addresses and ports of a topology, which decides by this policy.
    /// The plan gives the seed and what the drafts leave open.
    pub fn new(policy: Policy, plan: Plan, topology: Topology) -> Self {
        Self { policy, plan, topology }
    }
}

impl Peer for Reference {
    fn receive(&mut self, now: Duration, packet: &[u8], out: &mut Vec<Vec<u8>>) {
        let _ = (now, packet, out, &self.policy, &self.plan, &self.topology);
    }

    fn next_wake(&self) -> Option<Duration> {
        None
    }

    fn wake(&mut self, now: Duration, out: &mut Vec<Vec<u8>>) {
        let _ = (now, out);
    }

    fn order(
        &mut self,
        now: Duration,
        order: &Order,
        out: &mut Vec<Vec<u8>>,
    ) -> Result<(), Trouble> {
        let _ = (now, out);
        Err(Trouble::Unsupported(format!("can't do {order:?}")))
    }
}
