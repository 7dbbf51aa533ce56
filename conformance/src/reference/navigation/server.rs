//! The server's side: what it asks its client for, until that is confirmed.

use std::cmp::Reverse;
use std::time::Duration;

use mpdissect::wire::mptcp::Navigation;

use super::{Candidate, SubflowId};
use crate::policy::navigation::NavigationPolicy;

/// The time between repetitions of a request.
const INTERVAL: Duration = Duration::from_secs(1);

/// The requests that aren't confirmed yet.
#[derive(Debug, Default)]
pub(super) struct Requests {
    sent: Vec<Request>,
    /// Switches that wait for a subflow to their interface, by address ID.
    waiting: Vec<u8>,
}

#[derive(Debug)]
struct Request {
    on: SubflowId,
    option: Navigation,
    times: u32,
    next: Duration,
}

impl Requests {
    /// Takes an order; `false` if no subflow can carry the request.
    pub(super) fn order(
        &mut self,
        policy: &dyn NavigationPolicy,
        address_id: u8,
        cancel: bool,
        now: Duration,
        subflows: &[Candidate],
    ) -> bool {
        // What is repeated from now on must not undo what was ordered last.
        self.sent.retain(|request| request.option.address_id != address_id);
        self.waiting.retain(|id| *id != address_id);
        let exists = subflows.iter().any(|candidate| candidate.local_id == address_id);
        if !cancel && !exists && policy.waits_for_join() {
            self.waiting.push(address_id);
            return !subflows.is_empty();
        }
        let mut fitting: Vec<Candidate> = subflows
            .iter()
            .copied()
            .filter(|candidate| policy.may_carry(candidate, address_id, cancel))
            .collect();
        fitting.sort_by_key(|candidate| (Reverse(candidate.heard), candidate.subflow));
        for carrier in policy.asks_on(&fitting, subflows) {
            let backup = policy.tells_backup(&carrier);
            let option = Navigation { reserved: false, cancel, echo: false, backup, address_id };
            self.sent.push(Request { on: carrier.subflow, option, times: 0, next: now });
        }
        !fitting.is_empty()
    }

    /// The client has sent a request back.
    pub(super) fn confirmed(&mut self, policy: &dyn NavigationPolicy, echo: Navigation) {
        if policy.stops_on_echo() {
            self.sent.retain(|request| {
                request.option.address_id != echo.address_id || request.option.cancel != echo.cancel
            });
        }
    }

    pub(super) fn ended(&mut self, subflow: SubflowId) {
        self.sent.retain(|request| request.on != subflow);
    }

    pub(super) fn next_wake(&self) -> Option<Duration> {
        self.sent.iter().map(|request| request.next).min()
    }

    /// What is due, and the subflows of requests that are given up.
    pub(super) fn wake(
        &mut self,
        policy: &dyn NavigationPolicy,
        now: Duration,
        subflows: &[Candidate],
    ) -> (Vec<(SubflowId, Navigation)>, Vec<SubflowId>) {
        for address_id in std::mem::take(&mut self.waiting) {
            self.order(policy, address_id, false, now, subflows);
        }
        let (mut due, mut unanswered) = (Vec::new(), Vec::new());
        self.sent.retain_mut(|request| {
            if request.next > now {
                return true;
            }
            if request.times > 0 && !policy.asks_again(request.times) {
                unanswered.push(request.on);
                return false;
            }
            due.push((request.on, policy.asks(request.option, request.times)));
            request.times = request.times.saturating_add(1);
            request.next = now.saturating_add(INTERVAL);
            true
        });
        (due, unanswered)
    }
}
