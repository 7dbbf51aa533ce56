//! What a host keeps about MP_Navigation, for one connection: as client the diversions that it was
//! asked for, as server the requests that it makes.

use std::time::Duration;

use mpdissect::wire::mptcp::Navigation;

use crate::policy::navigation::NavigationPolicy;

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
    /// Its window and congestion window have room for a segment now.
    pub has_room: bool,
}

/// How an option came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The subflow that carried it.
    pub on: SubflowId,
    /// The segment had SYN.
    pub syn: bool,
    /// The segment had FIN or RST.
    pub closing: bool,
    /// It completes a handshake (the third ACK).
    pub third: bool,
    /// When.
    pub now: Duration,
}

/// The state of one connection.
#[derive(Debug, Default)]
pub struct Navigator {}

impl Navigator {
    /// The state of a new connection; `client` if the own host opened it.
    pub fn new(client: bool) -> Self {
        let _ = client;
        Self::default()
    }

    /// Takes an option in that passed TCP's own checks; `subflows` are all that are established.
    /// Yields the option to send back on the subflow that carried it.
    pub fn received(
        &mut self,
        policy: &dyn NavigationPolicy,
        option: Navigation,
        arrival: Arrival,
        subflows: &[Candidate],
    ) -> Option<Navigation> {
        let _ = (policy, option, arrival, subflows);
        None
    }

    /// Which subflow carries what the scheduler would put on `chosen`; `None` to let it wait.
    pub fn route(
        &mut self,
        policy: &dyn NavigationPolicy,
        chosen: SubflowId,
        subflows: &[Candidate],
    ) -> Option<SubflowId> {
        let _ = (policy, subflows);
        Some(chosen)
    }

    /// The operator's order: asks the peer to lead its traffic to the subflow of an own address, or
    /// cancels that. `false` if there is no subflow to ask on.
    pub fn order(
        &mut self,
        policy: &dyn NavigationPolicy,
        address_id: u8,
        cancel: bool,
        now: Duration,
        subflows: &[Candidate],
    ) -> bool {
        let _ = (policy, address_id, cancel, now, subflows);
        false
    }

    /// A subflow has ended.
    pub fn ended(&mut self, policy: &dyn NavigationPolicy, subflow: SubflowId) {
        let _ = (policy, subflow);
    }

    /// The peer has withdrawn an address ID.
    pub fn withdrawn(&mut self, policy: &dyn NavigationPolicy, address_id: u8) {
        let _ = (policy, address_id);
    }

    /// When there is something to send.
    pub fn next_wake(&self) -> Option<Duration> {
        None
    }

    /// What is to be sent now, and on which subflow.
    pub fn wake(
        &mut self,
        policy: &dyn NavigationPolicy,
        now: Duration,
        subflows: &[Candidate],
    ) -> Vec<(SubflowId, Navigation)> {
        let _ = (policy, now, subflows);
        Vec::new()
    }
}
