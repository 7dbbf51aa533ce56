//! The path manager (RFC 8684 §3.4): which addresses there are at both ends, and what is told and
//! joined because of them.

use std::net::IpAddr;
use std::time::Duration;

use mpdissect::wire::field::Octets;
use mpdissect::wire::mptcp::{AddAddr, AddAddrKind, MpPrio, MptcpOption, RemoveAddr};
use mpdissect::wire::tcp::{Endpoint, Flags};

use super::connection::Connection;
use super::env::Env;
use super::navigation::SubflowId;
use super::subflow::{Doubt, Subflow, reason};
use super::tcp::State;
use crate::craft::Area;
use crate::proofs;
use crate::script::Proof;
use crate::testbed::Trouble;

const FIRST_WAIT: Duration = Duration::from_millis(300);
/// How long the answer to a question may take before it is asked again.
const QUESTION_WAIT: Duration = Duration::from_millis(250);
const ANNOUNCEMENTS_MAX: u32 = 6;
/// How often an own ID is taken back: often enough for a bad link, since nobody confirms it.
const REMOVALS_MAX: u32 = 8;
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
    /// IDs that were taken back: nobody confirms that, so that it is said more than once.
    removed: Vec<Removed>,
    /// Joins that came to nothing and are tried again: their ends, and the peer's ID.
    pub(super) lost: Vec<(Endpoint, Endpoint, u8)>,
}

/// An own address that the peer was told, until it says so.
#[derive(Debug)]
struct Announced {
    option: AddAddr,
    sent: u32,
    at: Duration,
}

/// An own ID that was taken back.
#[derive(Debug)]
struct Removed {
    id: u8,
    said: u32,
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
        let removed = self.removed.iter().map(|removed| removed.at);
        self.announced.iter().map(|announced| announced.at).chain(removed).min()
    }
}

impl Connection {
    /// The ID of an own address: 0 is that of the first subflow.
    pub(super) fn own_id(&self, env: &Env<'_>, addr: IpAddr) -> u8 {
        if addr == self.ends.0.addr {
            return 0;
        }
        env.policy.paths.address_id(self.own_place(env, addr))
    }

    /// The place of an own address among those other than the first subflow's, from 1.
    fn own_place(&self, env: &Env<'_>, addr: IpAddr) -> u8 {
        let place = |addr: IpAddr| env.topology.target.iter().position(|own| *own == addr);
        let place = match place(addr) {
            // The first address leaves its number to whatever the first subflow's has.
            Some(0) => place(self.ends.0.addr),
            place => place,
        };
        place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
    }

    /// The own end of a join from one of the own addresses: where it is free, with the port of the
    /// first subflow (RFC 8684 §3.9.1).
    fn own_end(&self, env: &mut Env<'_>, address: u8, remote: Endpoint) -> Option<Endpoint> {
        let addr = *env.topology.target.get(usize::from(address))?;
        let same = Endpoint { addr, port: self.ends.0.port };
        let taken = env.demux.subflows.contains_key(&(same, remote))
            || self.spent.contains(&(same, remote))
            || !env.policy.paths.keeps_own_port();
        Some(if taken { Endpoint { addr, port: env.demux.port() } } else { same })
    }

    /// Joins once more what has come to nothing.
    pub(super) fn rejoin_lost(&mut self, env: &mut Env<'_>) {
        for (local, remote, id) in std::mem::take(&mut self.paths.lost) {
            if !self.done {
                let local = Endpoint { port: env.demux.port(), ..local };
                self.open_join(env, local, remote, id);
            }
        }
    }

    /// Whether a join may come to this own address: an application listens at its port, or the
    /// first subflow ends there.
    pub(super) fn can_be_joined(&self, env: &Env<'_>, local: Endpoint) -> bool {
        let listens = env.topology.ports.app_at(local.port).is_some();
        let speaks = self.mptcp || env.policy.opening.can_be_joined_after_fallback();
        speaks && !self.done && (listens || local.port == self.ends.0.port)
    }

    pub(super) fn take_add_addr(&mut self, env: &mut Env<'_>, at: usize, add: &AddAddr) {
        let hmac = match add.kind {
            AddAddrKind::Fresh { hmac, .. } => hmac,
            AddAddrKind::Echo { .. } if !env.policy.paths.stops_on_echo() => return,
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
        let policy = env.policy.paths;
        let keys = (self.peer_key, self.own_key);
        let proven = policy.address_proofs().iter().any(|&proof| {
            hmac == proofs::of_address(proof, keys, add.address_id, add.addr, add.port)
        });
        if !proven && policy.checks_add_addr_hmac() || !policy.heeds_add_addr(add) {
            // RFC 8684 §3.4.1: silently ignored.
            return;
        }
        let port = add.port.unwrap_or_else(|| policy.port_to_join(self.ends.1.port));
        let end = Endpoint { addr: add.addr, port };
        let known =
            if add.address_id == 0 { Some(self.ends.1) } else { self.paths.end(add.address_id) };
        let in_use = |subflow: &Subflow| subflow.remote_id == add.address_id && !subflow.retired;
        if known.is_some_and(|known| known.addr != end.addr) && self.subflows.iter().any(in_use) {
            // RFC 8684 §3.4.1: the ID of a subflow can't become that of another address.
            return;
        }
        let moved = known.is_some_and(|known| known.port != end.port);
        let moves = !moved || policy.joins_other_port();
        if moves {
            self.paths.known.retain(|(id, _)| *id != add.address_id);
            self.paths.met(add.address_id, end);
        }
        let census = self.census(env);
        let open = self.limiter.may_open(env.policy.limit, census, env.now);
        let echo = env.policy.paths.echo(add);
        if let Some(echo) = echo.filter(|_| open || env.policy.limit.echoes_at_limit()) {
            let octets = MptcpOption::AddAddr(echo).emit(env.plan.dialect);
            self.subflows[at].replies.push_back(octets.as_slice().to_vec());
        }
        let reachable = add.addr.is_ipv4() == self.ends.0.addr.is_ipv4();
        let joins = self.client && env.policy.paths.joins_announced() && moves;
        if joins && add.address_id != 0 && reachable {
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
            if let Some(local) = self.own_end(env, 0, remote) {
                self.open_join(env, local, remote, id);
            }
        }
    }

    pub(super) fn take_remove_addr(&mut self, env: &mut Env<'_>, remove: &RemoveAddr) {
        for (place, &id) in remove.address_ids.as_slice().iter().enumerate() {
            if !env.policy.paths.honours_remove_addr(place) {
                continue;
            }
            self.paths.known.retain(|(known, _)| *known != id);
            self.navigator.withdrawn(env.policy.navigation, id);
            for at in 0..self.subflows.len() {
                let subflow = &mut self.subflows[at];
                let concerns = env.policy.paths.removal_concerns(id, subflow.remote_id);
                let asked = subflow.doubt.is_some();
                if concerns && !asked && !subflow.is_joining() && !subflow.retired {
                    // RFC 8684 §3.4.2: first it is asked whether the path still works.
                    subflow.withdrawn = true;
                    subflow.doubt = Some(Doubt { at: env.now, asked: 0 });
                    self.question(env, at);
                }
            }
        }
    }

    /// Asks whether the other end of a subflow is still there, or gives it up.
    pub(super) fn question(&mut self, env: &mut Env<'_>, at: usize) {
        let Some(doubt) = self.subflows[at].doubt.filter(|doubt| doubt.at <= env.now) else {
            return;
        };
        if !self.subflows[at].tcp.is_synchronised() {
            self.subflows[at].doubt = None;
            return;
        }
        if doubt.asked >= env.policy.paths.questions() {
            self.subflows[at].doubt = None;
            if env.policy.paths.resets_dead_paths() {
                self.reset_subflow(env, at, &[reason(0x00, false)]);
            }
            return;
        }
        let tcp = &self.subflows[at].tcp;
        tcp.emit(env, Flags::ACK, tcp.nxt.wrapping_sub(1), &Area::new(), &[]);
        self.subflows[at].doubt =
            Some(Doubt { at: env.now + QUESTION_WAIT, asked: doubt.asked + 1 });
    }

    /// The other end of a subflow has shown that it is still there.
    pub(super) fn is_there(&mut self, env: &mut Env<'_>, at: usize) {
        let asked = self.subflows[at].doubt.take().is_some();
        if asked && !env.policy.paths.keeps_living_paths() {
            self.reset_subflow(env, at, &[reason(0x00, false)]);
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
        let local = self
            .own_end(env, from, remote)
            .ok_or_else(|| unsupported("the target has no such address"))?;
        self.open_join(env, local, remote, to);
        Ok(())
    }

    /// The operator's order to close a subflow.
    pub(super) fn order_leave(&mut self, env: &mut Env<'_>, id: SubflowId) -> Result<(), Trouble> {
        let at = self.position(id).ok_or_else(|| unsupported("there is no such subflow"))?;
        if env.policy.paths.leaves_with_fin() {
            self.retire(env, at);
            self.subflows[at].fin_wanted = true;
        } else {
            let local_id = self.subflows[at].local_id;
            self.tell_removal(env, local_id);
            self.reset_subflow(env, at, &[reason(0x00, false)]);
        }
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
        let keys = (self.own_key, self.peer_key);
        let hmac = proofs::of_address(Proof::Right, keys, address_id, addr, None);
        let kind = AddAddrKind::Fresh { reserved: env.policy.paths.reserved_of_add_addr(), hmac };
        let option = AddAddr { kind, address_id, addr, port: None };
        self.paths.removed.retain(|removed| removed.id != address_id);
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
        let in_use = self.subflows.iter().any(|subflow| subflow.local_id == id);
        if env.policy.paths.announces_removal(in_use) {
            self.tell_removal(env, id);
        }
        for at in 0..self.subflows.len() {
            if self.subflows[at].local_id != id {
                continue;
            }
            if env.policy.paths.resets_withdrawn() {
                // RFC 8684 §3.4.2: for the middleboxes on that path.
                self.reset_subflow(env, at, &[reason(0x00, false)]);
            } else {
                self.retire(env, at);
                self.subflows[at].fin_wanted = true;
            }
        }
        Ok(())
    }

    /// Tells that an own address is no more, on a subflow from another one.
    fn tell_removal(&mut self, env: &mut Env<'_>, id: u8) {
        self.paths.removed.push(Removed { id, said: 0, at: env.now });
        self.repeat_removals(env);
    }

    fn repeat_removals(&mut self, env: &mut Env<'_>) {
        let mut removed = std::mem::take(&mut self.paths.removed);
        let now = env.now;
        for removed in removed.iter_mut().filter(|removed| removed.at <= now) {
            let Some(address_ids) = Octets::new(&[removed.id]) else { continue };
            let remove = MptcpOption::RemoveAddr(RemoveAddr { reserved: 0, address_ids });
            let voice = self.voice();
            if let Some(on) = self.speaker(|subflow| subflow.local_id != removed.id) {
                self.subflows[on].tell(env, &voice, &remove);
            }
            removed.said += 1;
            removed.at = now + FIRST_WAIT;
        }
        removed.retain(|removed| removed.said < REMOVALS_MAX);
        self.paths.removed = removed;
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
        self.repeat_removals(env);
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
