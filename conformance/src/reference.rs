//! The conformant endpoint: an MPTCP host as a state machine, without clock and link.
//!
//! A host knows its connections and which of them a segment belongs to; a connection knows its
//! subflows and the data above them; a subflow is a connection of TCP. Whatever the documents leave
//! open, or an endpoint could get wrong, is asked of the [`Policy`].

mod app;
mod close;
mod connection;
mod data;
mod drafts;
mod env;
pub mod experiment;
mod fallback;
mod handshake;
mod intake;
pub mod limit;
mod mapping;
pub mod navigation;
mod path;
mod receive;
mod schedule;
mod subflow;
mod tcp;
#[cfg(test)]
mod tests;

use std::time::Duration;

use fastrand::Rng;
use mpdissect::wire::mptcp::{JoinSyn, MpJoin, Subtype};
use mpdissect::wire::tcp::{Endpoint, Flags};

use self::app::Application;
use self::connection::Connection;
use self::env::{Demux, Env};
use self::intake::{Incoming, Intake};
use self::limit::LimitConfig;
use self::subflow::reason;
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
    limits: LimitConfig,
    rng: Rng,
    demux: Demux,
    connections: Vec<Connection>,
    dead: bool,
}

impl Reference {
    /// A host with the target's addresses and ports of a topology, which decides by this policy.
    /// The plan gives the seed and what the drafts leave open.
    pub fn new(policy: Policy, plan: Plan, topology: Topology) -> Self {
        let limits = LimitConfig::new(&plan);
        let rng = Rng::with_seed(plan.seed);
        let (demux, connections) = (Demux::default(), Vec::new());
        Self { policy, plan, topology, limits, rng, demux, connections, dead: false }
    }

    /// What is lent to connections, and the connections.
    fn parts<'a>(
        &'a mut self,
        now: Duration,
        out: &'a mut Vec<Vec<u8>>,
    ) -> (Env<'a>, &'a mut Vec<Connection>) {
        let connections = &self.connections;
        let latest = connections.iter().rev().find_map(|it| it.limiter.peer_maximum());
        let env = Env {
            now,
            policy: self.policy,
            plan: &self.plan,
            topology: &self.topology,
            limits: LimitConfig { inherited: latest, ..self.limits },
            live: connections.iter().map(Connection::live).sum(),
            rng: &mut self.rng,
            demux: &mut self.demux,
            out,
        };
        (env, &mut self.connections)
    }
}

/// Takes a segment in that belongs to no subflow.
fn strange(env: &mut Env<'_>, connections: &mut Vec<Connection>, segment: &Incoming<'_>) {
    let opens = segment.has(Flags::SYN)
        && !segment.head.flags.intersects(Flags::ACK | Flags::RST | Flags::FIN);
    if !opens {
        connection::refuse(env, segment);
        return;
    }
    if handshake::drops(env, segment) {
        return;
    }
    let (local, _) = segment.ends();
    let join = segment.join().filter(|_| segment.capable().is_none()).and_then(|join| match join {
        MpJoin::Syn(join) => Some(*join),
        _ => None,
    });
    let named = join.and_then(|join| {
        let is_meant = |own: u32| env.policy.opening.is_token(join.token, own);
        let mut all = env.demux.tokens.iter().filter(|(own, _)| is_meant(**own));
        all.next().map(|(_, index)| *index)
    });
    let is_here = |own: &&Connection| !own.done && own.ends.0.port == local.port;
    let here: Vec<usize> = connections.iter().filter(is_here).map(|own| own.index).collect();
    let named = named.map(|named| env.policy.paths.joins(named, &here));
    let elsewhere = named
        .and_then(|named| connections.get(named))
        .is_some_and(|connection| connection.ends.0.port != local.port);
    if let Some(join) = &join
        && !(elsewhere && env.policy.paths.takes_join_for_session())
    {
        let connection = named.and_then(|index| connections.get_mut(index));
        match connection.filter(|connection| connection.can_be_joined(env, local)) {
            Some(connection) => {
                connection.accept_join(env, join, segment);
                connection.pump(env);
            }
            // RFC 8684 §3.2: nothing is known by this token.
            None if env.policy.paths.refuses_unknown_tokens() => {
                let why = [reason(env.policy.paths.reason_for_unknown_token(), false)];
                connection::refuse_with(env, segment, &why);
            }
            None => {}
        }
        return;
    }
    if env.policy.paths.joins_malformed()
        && segment.has_subtype(Subtype::MpJoin)
        && let Some(connection) = connections.last_mut()
    {
        let nonce = env.rng.u32(..);
        let join = JoinSyn { reserved: 0, backup: false, address_id: 0, token: 0, nonce };
        connection.accept_join(env, &join, segment);
        return;
    }
    let Some(app) = env.topology.ports.app_at(local.port) else {
        connection::refuse(env, segment);
        return;
    };
    let plain = segment.capable().is_none();
    if plain && !env.policy.opening.speaks_tcp() {
        connection::refuse(env, segment);
        return;
    }
    if plain && !env.policy.opening.outlives_plain_syns() {
        let (_, remote) = segment.ends();
        let same_host = connections.iter_mut().filter(|own| own.ends.1.addr == remote.addr);
        for connection in same_host.filter(|own| own.mptcp && !own.done) {
            connection.reset_all(env, &[reason(0x06, false)]);
        }
    }
    let index = connections.len();
    connections.push(Connection::accept_syn(env, index, app, segment));
}

impl Peer for Reference {
    fn receive(&mut self, now: Duration, packet: &[u8], out: &mut Vec<Vec<u8>>) {
        if self.dead {
            return;
        }
        let segment = match intake::read(packet, self.policy.segment, self.plan.dialect) {
            Intake::Nothing => return,
            Intake::Death => {
                self.dead = true;
                return;
            }
            Intake::Segment(segment) => segment,
            Intake::Refused(segment) => {
                let (mut env, _) = self.parts(now, out);
                connection::refuse(&mut env, &segment);
                return;
            }
        };
        let (mut env, connections) = self.parts(now, out);
        let ends = segment.ends();
        if !env.topology.target.contains(&ends.0.addr) {
            return;
        }
        let known = env.demux.subflows.get(&ends).copied();
        let connection = known.and_then(|(index, id)| Some((connections.get_mut(index)?, id)));
        match connection {
            Some((connection, id)) => connection.receive(&mut env, id, &segment),
            None => strange(&mut env, connections, &segment),
        }
    }

    fn next_wake(&self) -> Option<Duration> {
        if self.dead {
            return None;
        }
        self.connections.iter().filter_map(Connection::next_wake).min()
    }

    fn wake(&mut self, now: Duration, out: &mut Vec<Vec<u8>>) {
        if self.dead {
            return;
        }
        let (mut env, connections) = self.parts(now, out);
        for connection in connections {
            connection.wake(&mut env);
        }
    }

    fn order(
        &mut self,
        now: Duration,
        order: &Order,
        out: &mut Vec<Vec<u8>>,
    ) -> Result<(), Trouble> {
        if let Order::LimitSubflows { own, announces } = *order {
            self.limits = LimitConfig { own, announces, ..self.limits };
            return Ok(());
        }
        let (mut env, connections) = self.parts(now, out);
        let env = &mut env;
        if let Order::Connect { app, to } = *order {
            let addr = *env
                .topology
                .target
                .first()
                .ok_or_else(|| Trouble::Unsupported("the target has no address".into()))?;
            let local = Endpoint { addr, port: env.demux.port() };
            let index = connections.len();
            connections.push(Connection::open(env, index, app, local, to));
            return Ok(());
        }
        let connection = connection_of(order)
            .and_then(|conn| connections.get_mut(usize::from(conn)))
            .filter(|connection| !connection.done)
            .ok_or_else(|| Trouble::Unsupported("there is no such connection".into()))?;
        let done = match *order {
            Order::Write { octets, .. } => {
                Application::write(&mut connection.outgoing, octets);
                Ok(())
            }
            Order::Close(_) => {
                connection.app.stop();
                Ok(())
            }
            Order::Abort(_) => {
                connection.order_abort(env);
                return Ok(());
            }
            Order::Join { from, to, .. } => connection.order_join(env, from, to),
            Order::Announce { address, .. } => connection.order_announce(env, address),
            Order::Withdraw { address, .. } => connection.order_withdraw(env, address),
            Order::Prioritise { on, backup } => {
                connection.order_priority(env, u32::from(on.index), backup)
            }
            Order::Leave(on) => connection.order_leave(env, u32::from(on.index)),
            Order::Navigate { address_id, cancel, .. } => {
                if connection.order_navigation(env, address_id, cancel) {
                    Ok(())
                } else {
                    Err(Trouble::Unsupported("there is no subflow to ask on".into()))
                }
            }
            Order::Probe { exid, .. } => {
                connection.order_probe(env, exid);
                Ok(())
            }
            Order::Connect { .. } | Order::LimitSubflows { .. } => Ok(()),
        };
        connection.pump(env);
        done
    }
}

/// The connection that an order is about.
fn connection_of(order: &Order) -> Option<u8> {
    match *order {
        Order::Write { conn, .. }
        | Order::Close(conn)
        | Order::Abort(conn)
        | Order::Join { conn, .. }
        | Order::Announce { conn, .. }
        | Order::Withdraw { conn, .. }
        | Order::Navigate { conn, .. }
        | Order::Probe { conn, .. } => Some(conn),
        Order::Prioritise { on, .. } | Order::Leave(on) => Some(on.conn),
        Order::Connect { .. } | Order::LimitSubflows { .. } => None,
    }
}
