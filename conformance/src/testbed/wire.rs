//! A target on a real network, in real time.

use std::time::Duration;

use super::{Testbed, Topology, Trouble};
use crate::clock::Stopwatch;
use crate::link::Seat;
use crate::script::Order;

/// Who can make the target's operator and applications do something.
pub trait Control: Send {
    /// Gives an order, for a play on this topology.
    ///
    /// # Errors
    ///
    /// When the target can't be told, or can't be reached for it.
    fn order(&mut self, order: &Order, topology: &Topology) -> Result<(), Trouble>;
}

/// One play's place on a link.
pub struct Wire {
    seat: Seat,
    topology: Topology,
    control: Box<dyn Control>,
    clock: Stopwatch,
}

impl Wire {
    /// A play from this seat; the topology's ports of the tester are those of the seat.
    pub fn new(seat: Seat, topology: Topology, control: Box<dyn Control>) -> Self {
        let topology = Topology { tester_ports: seat.ports(), ..topology };
        Self { seat, topology, control, clock: Stopwatch::start() }
    }
}

impl Testbed for Wire {
    fn now(&self) -> Duration {
        self.clock.elapsed()
    }

    fn send(&mut self, packet: &[u8]) -> Result<(), Trouble> {
        self.seat.send(packet).map_err(|error| Trouble::Broken(error.to_string()))
    }

    fn receive(&mut self, until: Duration) -> Result<Option<Vec<u8>>, Trouble> {
        let within = until.saturating_sub(self.now());
        self.seat.receive(within).map_err(|error| Trouble::Broken(error.to_string()))
    }

    fn order(&mut self, order: &Order) -> Result<(), Trouble> {
        self.control.order(order, &self.topology)
    }

    fn topology(&self) -> &Topology {
        &self.topology
    }

    fn lasts(&self) -> bool {
        true
    }
}
