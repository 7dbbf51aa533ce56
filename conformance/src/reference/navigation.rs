//! What a host keeps about MP_Navigation, for one connection: as client the diversions that it was
//! asked for, as server the requests that it makes.

mod client;
mod server;
#[cfg(test)]
mod tests;

use std::time::Duration;

use mpdissect::wire::mptcp::Navigation;

use crate::policy::navigation::{NavigationPolicy, Occasion, Reaction};
pub use client::Diversion;
use client::Diversions;
use server::Requests;

/// A subflow as the connection numbers it, never used twice.
pub type SubflowId = u32;

/// A subflow that may carry data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub subflow: SubflowId,
    /// The peer's address ID of the peer's end.
    pub remote_id: u8,
    /// The own address ID of the own end.
    pub local_id: u8,
    /// Either end made it a backup.
    pub backup: bool,
    /// The peer has taken back the address of its end.
    pub withdrawn: bool,
    /// Its window and congestion window have room for a segment now.
    pub has_room: bool,
    /// When the peer's data last arrived on it, if any did.
    pub heard: Option<Duration>,
}

/// How an option came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "properties of a segment, all independent")]
pub struct Arrival {
    /// The subflow that carried it.
    pub on: SubflowId,
    /// The segment had SYN.
    pub syn: bool,
    /// The segment had FIN or RST.
    pub closing: bool,
    /// The segment had RST.
    pub reset: bool,
    /// It completes a handshake (the third ACK).
    pub third: bool,
    /// The segment had a payload.
    pub payload: bool,
    /// How many of the options stand before it in its segment.
    pub nth: u8,
    /// The connection has fallen back to TCP.
    pub fallen_back: bool,
    /// The segment passed TCP's own checks (RFC 9293 §3.10.7.4): where it didn't, the option is
    /// shown to the navigator all the same, which ignores it.
    pub acceptable: bool,
    /// When.
    pub now: Duration,
}

/// The state of one connection.
#[derive(Debug)]
pub struct Navigator {
    client: bool,
    diversions: Diversions,
    requests: Requests,
    resets: Resets,
    received: u32,
}

impl Navigator {
    /// The state of a new connection; `client` if the own host opened it.
    pub fn new(client: bool) -> Self {
        Self {
            client,
            diversions: Diversions::default(),
            requests: Requests::default(),
            resets: Resets::default(),
            received: 0,
        }
    }

    /// Takes an option in; `subflows` are all that are established. Yields the option to send back
    /// on the subflow that carried it.
    pub fn received(
        &mut self,
        policy: &dyn NavigationPolicy,
        option: Navigation,
        arrival: Arrival,
        subflows: &[Candidate],
    ) -> Option<Navigation> {
        self.received = self.received.saturating_add(1);
        let occasions = [
            (arrival.syn || arrival.third, Occasion::Handshake),
            (arrival.closing && !arrival.reset, Occasion::Closing),
            (arrival.reset, Occasion::Resetting),
            (arrival.nth > 0, Occasion::Pair),
            (true, Occasion::Requests(self.received)),
        ];
        for (_, occasion) in occasions.into_iter().filter(|&(is, _)| is) {
            self.resets.react(policy, occasion, arrival.on, subflows);
        }
        let option = policy.reads(option);
        if !policy.heeds(option, &arrival) {
            return None;
        }
        if option.echo {
            self.requests.confirmed(policy, option);
            if !policy.executes_echo() {
                return if policy.echoes_echo() { policy.echo(option) } else { None };
            }
        }
        if !self.client && !policy.heeds_as_server() {
            return None;
        }
        let understood = if policy.means_cancel(option) {
            self.cancel(policy, option, arrival, subflows);
            true
        } else {
            self.switch(policy, option, arrival, subflows)
        };
        let echo = policy.echo(option).filter(|_| understood)?;
        self.diversions.repeat_echo(policy, echo, arrival);
        Some(echo)
    }

    fn cancel(
        &mut self,
        policy: &dyn NavigationPolicy,
        option: Navigation,
        arrival: Arrival,
        subflows: &[Candidate],
    ) {
        if !self.diversions.cancel(policy, option, arrival) {
            self.resets.react(policy, Occasion::IdleCancel, arrival.on, subflows);
        }
        self.adopt_priority(policy, option, arrival);
    }

    /// Whether the interface is one that a subflow ends at.
    fn switch(
        &mut self,
        policy: &dyn NavigationPolicy,
        option: Navigation,
        arrival: Arrival,
        subflows: &[Candidate],
    ) -> bool {
        self.adopt_priority(policy, option, arrival);
        if !self.diversions.switch(policy, option.address_id, arrival.on, subflows) {
            self.resets.react(policy, Occasion::UnknownInterface, arrival.on, subflows);
            return false;
        }
        if self.diversions.leads_away(arrival.on) {
            self.resets.react(policy, Occasion::Left, arrival.on, subflows);
        }
        true
    }

    fn adopt_priority(
        &mut self,
        policy: &dyn NavigationPolicy,
        option: Navigation,
        arrival: Arrival,
    ) {
        if option.backup && policy.adopts_priority() {
            self.diversions.demote(arrival.on);
        }
    }

    /// Which subflow carries what the scheduler would put on `chosen`; `None` to let it wait.
    pub fn route(
        &mut self,
        policy: &dyn NavigationPolicy,
        chosen: SubflowId,
        subflows: &[Candidate],
    ) -> Option<SubflowId> {
        self.diversions.route(policy, chosen, subflows)
    }

    /// Whether what is in flight on a subflow is given up, neither retransmitted there nor sent
    /// elsewhere.
    pub fn abandons(&self, policy: &dyn NavigationPolicy, subflow: SubflowId) -> bool {
        policy.abandons_in_flight() && self.diversions.leads_away(subflow)
    }

    /// The operator's order: asks the peer to lead its traffic to the subflow of an own address, or
    /// cancels that. A switch to an address to which there is no subflow yet is kept until there
    /// is one. `false` if there is no subflow to ask on.
    pub fn order(
        &mut self,
        policy: &dyn NavigationPolicy,
        address_id: u8,
        cancel: bool,
        now: Duration,
        subflows: &[Candidate],
    ) -> bool {
        !self.client && self.requests.order(policy, address_id, cancel, now, subflows)
    }

    /// A subflow has ended.
    pub fn ended(&mut self, policy: &dyn NavigationPolicy, subflow: SubflowId) {
        self.diversions.ended(policy, subflow);
        self.requests.ended(subflow);
    }

    /// The peer has withdrawn an address ID.
    pub fn withdrawn(&mut self, policy: &dyn NavigationPolicy, address_id: u8) {
        self.diversions.withdrawn(policy, address_id);
    }

    /// When there is something to do.
    pub fn next_wake(&self) -> Option<Duration> {
        [self.diversions.next_wake(), self.requests.next_wake()].into_iter().flatten().min()
    }

    /// What is to be sent now, and on which subflow: to be called when something is due, after an
    /// order, and when a subflow was established.
    pub fn wake(
        &mut self,
        policy: &dyn NavigationPolicy,
        now: Duration,
        subflows: &[Candidate],
    ) -> Vec<(SubflowId, Navigation)> {
        let mut due = self.diversions.wake(now);
        let (requests, unanswered) = self.requests.wake(policy, now, subflows);
        due.extend(requests);
        for on in unanswered {
            self.resets.react(policy, Occasion::Unanswered, on, subflows);
        }
        due
    }

    /// The subflows that are to be reset on account of MP_Navigation, once each.
    pub fn take_resets(&mut self) -> Vec<SubflowId> {
        std::mem::take(&mut self.resets.subflows)
    }
}

/// The subflows that are to be reset.
#[derive(Debug, Default)]
struct Resets {
    subflows: Vec<SubflowId>,
}

impl Resets {
    fn react(
        &mut self,
        policy: &dyn NavigationPolicy,
        occasion: Occasion,
        on: SubflowId,
        subflows: &[Candidate],
    ) {
        let also: &[Candidate] = match policy.reaction(occasion) {
            Reaction::Nothing => return,
            Reaction::Reset => &[],
            Reaction::ResetAll => subflows,
        };
        for subflow in also.iter().map(|candidate| candidate.subflow).chain([on]) {
            if !self.subflows.contains(&subflow) {
                self.subflows.push(subflow);
            }
        }
    }
}
