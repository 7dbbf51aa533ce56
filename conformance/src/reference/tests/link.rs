//! A link with a host at either end, under virtual time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use fastrand::Rng;
use mpdissect::source::LinkType;
use mpdissect::wire::frame;
use mpdissect::wire::tcp::{Endpoint, Flags};

use crate::craft;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::reference::Reference;
use crate::reference::connection::Connection;
use crate::script::{App, Order};
use crate::testbed::memory::Memory;
use crate::testbed::{Peer, Topology};

const DELAY: Duration = Duration::from_millis(5);

/// What happens on the way, in per cent of the packets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Impaired {
    pub(super) loss: u8,
    pub(super) duplication: u8,
    pub(super) reordering: u8,
}

/// Changes a packet on its way, or lets it disappear. The flag says that the client sent it.
pub(super) type Middlebox = fn(bool, Vec<u8>) -> Option<Vec<u8>>;

/// When a packet arrives, which one it is, at which host, and its octets.
type Flight = (Duration, u64, usize, Vec<u8>);

/// A client, a server, and what flies between them.
pub(super) struct Pair {
    hosts: [Reference; 2],
    topology: Topology,
    pub(super) now: Duration,
    flying: BinaryHeap<Reverse<Flight>>,
    count: u64,
    rng: Rng,
    pub(super) impaired: Impaired,
    pub(super) middlebox: Middlebox,
    /// One packet in four is changed like this: which octet, and to what.
    pub(super) mutations: Vec<(u16, u8)>,
}

impl Pair {
    pub(super) fn new(plan: Plan, impaired: Impaired) -> Self {
        Self::with([Policy::CONFORMANT; 2], plan, impaired)
    }

    /// With the policies of client and server.
    pub(super) fn with(policies: [Policy; 2], plan: Plan, impaired: Impaired) -> Self {
        let topology = Memory::topology(plan.family);
        let swapped = Topology {
            tester_ports: topology.tester_ports.clone(),
            tester: topology.target.clone(),
            target: topology.tester.clone(),
            ports: topology.ports,
            request: None,
            whole_segments: true,
            clean_path: true,
        };
        let [client, server] = policies;
        let other = Plan { seed: plan.seed.wrapping_add(1), ..plan };
        Self {
            hosts: [
                Reference::new(client, plan, swapped),
                Reference::new(server, other, topology.clone()),
            ],
            topology,
            now: Duration::ZERO,
            flying: BinaryHeap::new(),
            count: 0,
            rng: Rng::with_seed(plan.seed),
            impaired,
            middlebox: |_, packet| Some(packet),
            mutations: Vec::new(),
        }
    }

    pub(super) fn client(&self) -> &Connection {
        &self.hosts[0].connections[0]
    }

    pub(super) fn server(&self) -> &Connection {
        &self.hosts[1].connections[0]
    }

    /// Has the client open a connection, which reads, to an application that echoes, or to the one
    /// that sends if the client's application reads steadily.
    pub(super) fn connect(&mut self, app: App) {
        self.connect_to(app, App::Echo);
    }

    pub(super) fn connect_to(&mut self, app: App, to: App) {
        let to: Endpoint = self.topology.listener(to, 0).expect("a listener");
        self.order_client(&Order::Connect { app, to });
    }

    pub(super) fn order_client(&mut self, order: &Order) {
        self.order(0, order);
    }

    pub(super) fn order_server(&mut self, order: &Order) {
        self.order(1, order);
    }

    fn order(&mut self, host: usize, order: &Order) {
        assert!(self.try_order(host, order), "{order:?} can't be done");
    }

    /// Gives an order to the client (0) or the server (1). Whether it can be done.
    pub(super) fn try_order(&mut self, host: usize, order: &Order) -> bool {
        let mut out = Vec::new();
        let done = self.hosts[host].order(self.now, order, &mut out).is_ok();
        self.launch(host, out);
        done
    }

    fn mutate(&mut self, packet: Vec<u8>) -> Vec<u8> {
        if self.mutations.is_empty() || self.rng.u8(..) > 63 {
            return packet;
        }
        let length = packet.len() as u32;
        let Some(segment) = frame::decode(LinkType::RAW, &packet, length).segment else {
            return packet;
        };
        let mut header = craft::Header { options: &[], ..craft::Header::of(&segment) };
        let mut options = segment.options.to_vec();
        let (at, octet) = self.mutations[self.rng.usize(0..self.mutations.len())];
        match usize::from(at) % (options.len() + 8) {
            0 => header.seq = header.seq.wrapping_add(octet.into()),
            1 => header.ack = header.ack.wrapping_add(octet.into()),
            2 => header.flags = Flags(octet.into()),
            3 => header.window = octet.into(),
            4 => header.data_offset = Some(octet & 0x0f),
            5 => options.truncate(octet.into()),
            at => {
                if let Some(place) = options.get_mut(at - 6) {
                    *place = octet;
                }
            }
        }
        header.options = &options;
        craft::packet(&header, segment.payload)
    }

    /// Octets that the server's echo has brought back to the client.
    pub(super) fn echoed(&self) -> u64 {
        let client = self.client();
        client.ingoing.nxt.wrapping_sub(client.peer.idsn).saturating_sub(1)
            - u64::from(client.ingoing.finished)
    }

    fn launch(&mut self, from: usize, out: Vec<Vec<u8>>) {
        for packet in out {
            let Some(packet) = (self.middlebox)(from == 0, packet) else { continue };
            let packet = self.mutate(packet);
            let mut hits = |share: u8| self.rng.u8(0..100) < share;
            if hits(self.impaired.loss) {
                continue;
            }
            let copies = if hits(self.impaired.duplication) { 2 } else { 1 };
            for _ in 0..copies {
                let late = self.rng.u8(0..100) < self.impaired.reordering;
                let more = if late { self.rng.u64(0..20) } else { 0 };
                let at = self.now + DELAY + Duration::from_millis(more);
                self.count += 1;
                self.flying.push(Reverse((at, self.count, 1 - from, packet.clone())));
            }
        }
    }

    /// Lets so much time pass.
    pub(super) fn run(&mut self, time: Duration) {
        let until = self.now + time;
        let mut idle = 0;
        loop {
            let arrival = self.flying.peek().map(|Reverse((at, ..))| *at);
            let wakes = [0, 1].map(|host| self.hosts[host].next_wake());
            let next = wakes.into_iter().chain([arrival]).flatten().min();
            let Some(next) = next.filter(|next| *next <= until) else { break };
            idle = if next <= self.now { idle + 1 } else { 0 };
            assert!(idle < 10_000, "something is due for ever at {next:?}");
            self.now = self.now.max(next);
            if arrival == Some(next)
                && let Some(Reverse((_, _, to, packet))) = self.flying.pop()
            {
                let mut out = Vec::new();
                self.hosts[to].receive(self.now, &packet, &mut out);
                self.launch(to, out);
            } else {
                for host in [0, 1] {
                    let mut out = Vec::new();
                    self.hosts[host].wake(self.now, &mut out);
                    self.launch(host, out);
                }
            }
        }
        self.now = until;
    }
}
