//! A target in memory, under virtual time.

use std::time::Duration;

use super::impair::Impairments;
use super::{Peer, Testbed, Topology, Trouble};
use crate::plan::Family;
use crate::script::Order;

/// A peer on a link of its own, where time passes only as far as somebody waits for something.
pub struct Memory {
    peer: Box<dyn Peer + Send>,
    topology: Topology,
    now: Duration,
    impairments: Impairments,
}

impl Memory {
    /// A link to this peer.
    pub fn new(peer: Box<dyn Peer + Send>, topology: Topology, impairments: Impairments) -> Self {
        Self { peer, topology, now: Duration::ZERO, impairments }
    }

    /// The addresses that a testbed in memory uses, from the ranges for documentation.
    pub fn topology(family: Family) -> Topology {
        let _ = family;
        todo!()
    }
}

impl Testbed for Memory {
    fn now(&self) -> Duration {
        self.now
    }

    fn send(&mut self, packet: &[u8]) -> Result<(), Trouble> {
        let _ = (packet, &self.impairments);
        todo!()
    }

    fn receive(&mut self, until: Duration) -> Result<Option<Vec<u8>>, Trouble> {
        let _ = until;
        todo!()
    }

    fn order(&mut self, order: &Order) -> Result<(), Trouble> {
        let mut out = Vec::new();
        self.peer.order(self.now, order, &mut out)
    }

    fn topology(&self) -> &Topology {
        &self.topology
    }
}
