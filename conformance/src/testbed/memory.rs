//! A target in memory, under virtual time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::impair::{Impairments, Link, Way};
use super::{Peer, Ports, Testbed, Topology, Trouble};
use crate::plan::Family;
use crate::script::Order;

/// A peer on a link of its own, where time passes only as far as somebody waits for something.
pub struct Memory {
    peer: Box<dyn Peer + Send>,
    topology: Topology,
    now: Duration,
    link: Link,
    flying: BinaryHeap<Reverse<Flying>>,
    launched: u64,
    /// What the peer hands over, kept for its capacity.
    out: Vec<Vec<u8>>,
}

/// A packet on its way: the earliest to arrive is the least, and of two the first that left.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Flying {
    at: Duration,
    number: u64,
    way: Way,
    octets: Vec<u8>,
}

impl Memory {
    /// A peer that wakes so often without time passing never sleeps again.
    const RESTLESS: u32 = 10_000;

    /// A link to this peer.
    pub fn new(peer: Box<dyn Peer + Send>, topology: Topology, impairments: Impairments) -> Self {
        Self {
            peer,
            topology,
            now: Duration::ZERO,
            link: Link::new(impairments),
            flying: BinaryHeap::new(),
            launched: 0,
            out: Vec::new(),
        }
    }

    /// The addresses that a testbed in memory uses, from the ranges for documentation (RFC 5737,
    /// RFC 3849).
    pub fn topology(family: Family) -> Topology {
        let host = |net: u8, host: u8| match family {
            Family::V4 if net == 0 => IpAddr::V4(Ipv4Addr::new(198, 51, 100, host)),
            Family::V4 => IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)),
            Family::V6 => {
                let (net, host) = (u16::from(net), u16::from(host));
                IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, net, 0, 0, 0, host))
            }
        };
        Topology {
            tester: (1..=6).map(|number| host(0, number)).collect(),
            tester_ports: 32_768..=60_999,
            target: (1..=3).map(|number| host(1, number)).collect(),
            ports: Ports::all(7, 9, 19),
            request: None,
            whole_segments: true,
            clean_path: false,
        }
    }

    fn launch(&mut self, way: Way, octets: Vec<u8>) {
        let (now, flying, launched) = (self.now, &mut self.flying, &mut self.launched);
        self.link.pass(way, octets, &mut |after, octets| {
            flying.push(Reverse(Flying { at: now + after, number: *launched, way, octets }));
            *launched += 1;
        });
    }

    /// Sends on what the peer handed over.
    fn collect(&mut self, mut out: Vec<Vec<u8>>) {
        for octets in out.drain(..) {
            self.launch(Way::ToTester, octets);
        }
        self.out = out;
    }
}

impl Testbed for Memory {
    fn now(&self) -> Duration {
        self.now
    }

    fn send(&mut self, packet: &[u8]) -> Result<(), Trouble> {
        self.launch(Way::ToTarget, packet.to_vec());
        Ok(())
    }

    fn receive(&mut self, until: Duration) -> Result<Option<Vec<u8>>, Trouble> {
        let mut restless = 0;
        loop {
            let arrival = self.flying.peek().map(|Reverse(flying)| flying.at);
            let wake = self.peer.next_wake();
            let next = [arrival, wake].into_iter().flatten().min();
            let Some(next) = next.filter(|&next| next <= until.max(self.now)) else {
                self.now = self.now.max(until);
                return Ok(None);
            };
            restless = if next > self.now { 0 } else { restless + 1 };
            if restless > Self::RESTLESS {
                return Err(Trouble::Broken("the target in memory never comes to rest".into()));
            }
            self.now = self.now.max(next);
            let mut out = std::mem::take(&mut self.out);
            if arrival.is_some_and(|arrival| arrival <= next) {
                let Some(Reverse(flying)) = self.flying.pop() else { continue };
                if flying.way == Way::ToTester {
                    self.out = out;
                    return Ok(Some(flying.octets));
                }
                self.peer.receive(self.now, &flying.octets, &mut out);
            } else {
                self.peer.wake(self.now, &mut out);
            }
            self.collect(out);
        }
    }

    fn order(&mut self, order: &Order) -> Result<(), Trouble> {
        let mut out = std::mem::take(&mut self.out);
        let done = self.peer.order(self.now, order, &mut out);
        self.collect(out);
        done
    }

    fn topology(&self) -> &Topology {
        &self.topology
    }
}
