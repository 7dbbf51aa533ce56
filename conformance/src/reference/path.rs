//! The path manager (RFC 8684 §3.4): which addresses there are at both ends, and what is told and
//! joined because of them.

use std::net::IpAddr;
use std::time::Duration;

use mpdissect::crypto::add_addr_hmac;
use mpdissect::wire::field::Octets;
use mpdissect::wire::mptcp::{AddAddr, AddAddrKind, MpPrio, MptcpOption, RemoveAddr};
use mpdissect::wire::tcp::Endpoint;

use super::connection::Connection;
use super::env::Env;
use super::navigation::SubflowId;
use super::subflow::{Subflow, reason};
use super::tcp::State;
use crate::testbed::Trouble;

const FIRST_WAIT: Duration = Duration::from_millis(300);
const ANNOUNCEMENTS_MAX: u32 = 6;
/// Addresses that are kept of a peer.
const KNOWN_MAX: usize = 256;

/// What a connection knows of addresses.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// The peer takes no joins to its address of the first subflow (flag C).
    pub(super) no_joins_to_first: bool,
    /// The peer's addresses by ID, without the first one's.
    known: Vec<(u8, Endpoint)>,
    /// Those that are to be joined once that is possible.
    wanted: Vec<u8>,
    /// The operator's orders to join that came too early: from which own address to which ID.
    ordered: Vec<(u8, u8)>,
    announced: Vec<Announced>,
}

/// An own address that the peer was told, until it says so.
#[derive(Debug)]
struct Announced {
    option: AddAddr,
    sent: u32,
    at: Duration,
}

impl Paths {
    /// A subflow to this address of the peer has come about.
    pub(super) fn met(&mut self, id: u8, end: Endpoint) {
        if id != 0 && self.known.len() < KNOWN_MAX && self.end(id).is_none() {
            self.known.push((id, end));
        }
    }

    fn end(&self, id: u8) -> Option<Endpoint> {
        self.known.iter().find(|(known, _)| *known == id).map(|&(_, end)| end)
    }

    /// When an announcement is repeated, or an address can be joined.
    pub(super) fn next_wake(&self) -> Option<Duration> {
        self.announced.iter().map(|announced| announced.at).min()
    }
}

impl Connection {
    /// The ID of an own address: 0 is that of the first subflow.
    pub(super) fn own_id(&self, env: &Env<'_>, addr: IpAddr) -> u8 {
        if addr == self.ends.0.addr {
            return 0;
        }
        let place = |addr: IpAddr| env.topology.target.iter().position(|own| *own == addr);
        let place = match place(addr) {
            // The first address leaves its number to whatever the first subflow's has.
            Some(0) => place(self.ends.0.addr),
            place => place,
        };
        place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
    }

    /// An own address that is in use nowhere yet gets a port of its own.
    fn own_end(env: &mut Env<'_>, address: u8) -> Option<Endpoint> {
        let addr = *env.topology.target.get(usize::from(address))?;
        Some(Endpoint { addr, port: env.demux.port() })
    }

    /// Whether a join may come to this own address: an application listens at its port, or the
    /// first subflow ends there.
    pub(super) fn can_be_joined(&self, env: &Env<'_>, local: Endpoint) -> bool {
        let ports = env.topology.ports;
        let listens = [ports.echo, ports.sink, ports.source].contains(&local.port);
        let speaks = self.mptcp || env.policy.opening.can_be_joined_after_fallback();
        speaks && !self.done && (listens || local.port == self.ends.0.port)
    }

    pub(super) fn take_add_addr(&mut self, env: &mut Env<'_>, at: usize, add: &AddAddr) {
        let hmac = match add.kind {
            AddAddrKind::Fresh { hmac, .. } => hmac,
            AddAddrKind::Echo { .. } => {
                self.paths.announced.retain(|announced| {
                    let option = announced.option;
                    (option.address_id, option.addr, option.port)
                        != (add.address_id, add.addr, add.port)
                });
                return;
            }
            AddAddrKind::V0 => return,
        };
        let expected =
            add_addr_hmac(self.peer_key, self.own_key, add.address_id, add.addr, add.port);
        if hmac != expected && env.policy.paths.checks_add_addr_hmac() {
            // RFC 8684 §3.4.1: silently ignored.
            return;
        }
        let port = add.port.unwrap_or(self.ends.1.port);
        let end = Endpoint { addr: add.addr, port };
        let known =
            if add.address_id == 0 { Some(self.ends.1) } else { self.paths.end(add.address_id) };
        let in_use = |subflow: &Subflow| subflow.remote_id == add.address_id && !subflow.retired;
        if known.is_some_and(|known| known != end) && self.subflows.iter().any(in_use) {
            // RFC 8684 §3.4.1: the ID of a subflow can't become that of another address.
            return;
        }
        self.paths.known.retain(|(id, _)| *id != add.address_id);
        self.paths.met(add.address_id, end);
        let census = self.census(env);
        let open = self.limiter.may_open(env.policy.limit, census, env.now);
        if env.policy.paths.echoes_add_addr() && (open || env.policy.limit.echoes_at_limit()) {
            let echo = AddAddr { kind: AddAddrKind::Echo { reserved: 0 }, ..*add };
            let octets = MptcpOption::AddAddr(echo).emit(env.plan.dialect);
            self.subflows[at].replies.push_back(octets.as_slice().to_vec());
        }
        if self.client && env.policy.paths.joins_announced() && add.address_id != 0 {
            self.paths.wanted.push(add.address_id);
            self.join_wanted(env);
        }
    }

    /// Joins the addresses that were announced, and those that the operator wants to be joined,
    /// once the first subflow is ready for it.
    pub(super) fn join_wanted(&mut self, env: &mut Env<'_>) {
        if !self.may_be_extended(env) {
            return;
        }
        for (from, to) in std::mem::take(&mut self.paths.ordered) {
            // Nobody waits for the answer any more.
            let _late = self.order_join(env, from, to);
        }
        for id in std::mem::take(&mut self.paths.wanted) {
            let Some(remote) = self.paths.end(id) else { continue };
            let to = |subflow: &Subflow| {
                subflow.tcp.remote == remote
                    && !subflow.retired
                    && subflow.tcp.state != State::Closed
            };
            if self.subflows.iter().any(to) {
                continue;
            }
            if let Some(local) = Self::own_end(env, 0) {
                self.open_join(env, local, remote, id);
            }
        }
    }

    pub(super) fn take_remove_addr(&mut self, env: &mut Env<'_>, remove: &RemoveAddr) {
        if !env.policy.paths.honours_remove_addr() {
            return;
        }
        for &id in remove.address_ids.as_slice() {
            self.paths.known.retain(|(known, _)| *known != id);
            self.navigator.withdrawn(env.policy.navigation, id);
            for at in 0..self.subflows.len() {
                if self.subflows[at].remote_id == id && !self.subflows[at].is_joining() {
                    self.reset_subflow(env, at, &[reason(0x00, false)]);
                }
            }
        }
    }

    /// The operator's order to join one of the peer's addresses.
    pub(super) fn order_join(
        &mut self,
        env: &mut Env<'_>,
        from: u8,
        to: u8,
    ) -> Result<(), Trouble> {
        if !self.mptcp || self.peer_key == 0 {
            return Err(unsupported("there is no MPTCP connection to join"));
        }
        let remote = if to == 0 { Some(self.ends.1) } else { self.paths.end(to) };
        let remote = remote.ok_or_else(|| unsupported("the address ID was never announced"))?;
        // RFC 8684 §3.1: flag C keeps further subflows from the address of the first one.
        if to == 0 && self.paths.no_joins_to_first && env.policy.opening.honours_flag_c() {
            return Ok(());
        }
        if !self.may_be_extended(env) {
            self.paths.ordered.push((from, to));
            return Ok(());
        }
        let local = Self::own_end(env, from)
            .ok_or_else(|| unsupported("the target has no such address"))?;
        self.open_join(env, local, remote, to);
        Ok(())
    }

    /// The operator's order to close a subflow.
    pub(super) fn order_leave(&mut self, env: &Env<'_>, id: SubflowId) -> Result<(), Trouble> {
        let at = self.position(id).ok_or_else(|| unsupported("there is no such subflow"))?;
        self.retire(env, at);
        self.subflows[at].fin_wanted = true;
        Ok(())
    }

    /// The operator's order to announce an own address.
    pub(super) fn order_announce(&mut self, env: &mut Env<'_>, address: u8) -> Result<(), Trouble> {
        let addr = *env
            .topology
            .target
            .get(usize::from(address))
            .ok_or_else(|| unsupported("the target has no such address"))?;
        let address_id = self.own_id(env, addr);
        let hmac = add_addr_hmac(self.own_key, self.peer_key, address_id, addr, None);
        let kind = AddAddrKind::Fresh { reserved: 0, hmac };
        let option = AddAddr { kind, address_id, addr, port: None };
        self.paths.announced.push(Announced { option, sent: 0, at: env.now });
        self.paths_due(env);
        Ok(())
    }

    /// The operator's order to take an own address back.
    pub(super) fn order_withdraw(&mut self, env: &mut Env<'_>, address: u8) -> Result<(), Trouble> {
        let addr = *env
            .topology
            .target
            .get(usize::from(address))
            .ok_or_else(|| unsupported("the target has no such address"))?;
        let id = self.own_id(env, addr);
        self.paths.announced.retain(|announced| announced.option.address_id != id);
        let Some(address_ids) = Octets::new(&[id]) else { return Ok(()) };
        let remove = MptcpOption::RemoveAddr(RemoveAddr { reserved: 0, address_ids });
        let voice = self.voice();
        if let Some(on) = self.speaker(|subflow| subflow.local_id != id) {
            self.subflows[on].tell(env, &voice, &remove);
        }
        for at in 0..self.subflows.len() {
            if self.subflows[at].local_id == id {
                self.retire(env, at);
                self.subflows[at].fin_wanted = true;
            }
        }
        Ok(())
    }

    /// The operator's order to change a subflow's priority.
    pub(super) fn order_priority(
        &mut self,
        env: &mut Env<'_>,
        id: SubflowId,
        backup: bool,
    ) -> Result<(), Trouble> {
        let at = self.position(id).ok_or_else(|| unsupported("there is no such subflow"))?;
        let prio = MpPrio { reserved: 0, backup, address_id: None };
        let voice = self.voice();
        self.subflows[at].own_backup = backup;
        self.subflows[at].tell(env, &voice, &MptcpOption::MpPrio(prio));
        Ok(())
    }

    /// The subflow on which something is told: the first that is ready, if possible one of these.
    pub(super) fn speaker(&self, fits: impl Fn(&Subflow) -> bool) -> Option<usize> {
        let live = |subflow: &&Subflow| subflow.is_live();
        let best = self.subflows.iter().position(|subflow| live(&subflow) && fits(subflow));
        best.or_else(|| self.subflows.iter().position(|subflow| live(&subflow)))
    }

    /// Repeats announcements that nobody confirmed.
    pub(super) fn paths_due(&mut self, env: &mut Env<'_>) {
        let Some(on) = self.speaker(|_| true) else { return };
        let voice = self.voice();
        let wait = env.policy.paths.repeats_add_addr().then_some(FIRST_WAIT);
        for announced in &mut self.paths.announced {
            if announced.at > env.now {
                continue;
            }
            self.subflows[on].tell(env, &voice, &MptcpOption::AddAddr(announced.option));
            announced.sent += 1;
            let wait = wait.map_or(Duration::MAX, |wait| wait * announced.sent);
            announced.at = env.now.saturating_add(wait);
        }
        self.paths.announced.retain(|announced| {
            announced.sent < ANNOUNCEMENTS_MAX && announced.at != Duration::MAX
        });
    }
}

fn unsupported(why: &str) -> Trouble {
    Trouble::Unsupported(why.into())
}
