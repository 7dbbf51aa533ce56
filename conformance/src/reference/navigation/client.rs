//! The client's side: where traffic was diverted to.

use std::time::Duration;

use mpdissect::wire::mptcp::Navigation;

use super::{Arrival, Candidate, SubflowId};
use crate::policy::navigation::{NavigationPolicy, Release};

/// How much traffic goes on where it was diverted to after a cancel, in segments, before the
/// scheduler chooses freely: §2 has the client continue there, and says nothing of how long.
const LINGERING_SEGMENTS: u32 = 40;
/// How long it waits there for room that a segment needs.
const LINGERING_TIME: Duration = Duration::from_secs(10);
/// The time between repetitions of an echo, where a policy wants them.
const ECHO_INTERVAL: Duration = Duration::from_millis(20);

/// Traffic of one subflow that another one carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diversion {
    /// The subflow whose traffic it is.
    pub carrier: SubflowId,
    /// The address ID that the request named.
    pub address_id: u8,
    /// The subflow that was chosen; none while a policy waits for one.
    pub target: Option<SubflowId>,
    /// Since when it is cancelled, and for how many further segments it lingers.
    cancelled: Option<Lingering>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lingering {
    until: Duration,
    segments: u32,
}

/// All diversions of a connection, at most one for each subflow that requests came on.
#[derive(Debug, Default)]
pub(super) struct Diversions {
    active: Vec<Diversion>,
    /// Those whose target has ended, where a policy wants to revive them.
    dormant: Vec<Diversion>,
    withdrawn: Vec<u8>,
    /// Subflows of which a policy believes that B made them backups.
    demoted: Vec<SubflowId>,
    echoes: Vec<RepeatedEcho>,
}

#[derive(Debug)]
struct RepeatedEcho {
    on: SubflowId,
    option: Navigation,
    left: u32,
    next: Duration,
}

impl Diversions {
    /// Diverts; `false` if no subflow ends at the interface.
    pub(super) fn switch(
        &mut self,
        policy: &dyn NavigationPolicy,
        address_id: u8,
        on: SubflowId,
        subflows: &[Candidate],
    ) -> bool {
        let Some(carrier) = subflows.iter().find(|candidate| candidate.subflow == on) else {
            return false;
        };
        let ends_there = policy.ends_at(carrier, address_id);
        if ends_there && policy.stays_for_own_interface() {
            self.active.retain(|diversion| diversion.carrier != on);
            return true;
        }
        let found: Vec<Candidate> = subflows
            .iter()
            .copied()
            .filter(|candidate| {
                let stands = !candidate.withdrawn;
                candidate.subflow != on
                    && stands
                    && (ends_there || policy.ends_at(candidate, address_id))
            })
            .collect();
        let Some(target) = self.repeated(on, address_id, &found).or_else(|| policy.picks(&found))
        else {
            if policy.waits_for_target(self.withdrawn.contains(&address_id)) {
                self.divert(policy, on, address_id, None);
            }
            return false;
        };
        let movers: Vec<Candidate> =
            if policy.moves_all() { subflows.to_vec() } else { vec![*carrier] };
        for mover in movers.iter().filter(|mover| policy.moves(mover, &target)) {
            self.divert(policy, mover.subflow, address_id, Some(target.subflow));
        }
        true
    }

    /// The target that an earlier copy of the same request came to.
    fn repeated(&self, on: SubflowId, address_id: u8, found: &[Candidate]) -> Option<Candidate> {
        let same = |diversion: &&Diversion| {
            diversion.carrier == on
                && diversion.address_id == address_id
                && diversion.cancelled.is_none()
        };
        let target = self.active.iter().find(same)?.target?;
        found.iter().copied().find(|candidate| candidate.subflow == target)
    }

    /// Leads the traffic of a subflow elsewhere, what was diverted to it included.
    fn divert(
        &mut self,
        policy: &dyn NavigationPolicy,
        carrier: SubflowId,
        address_id: u8,
        target: Option<SubflowId>,
    ) {
        let new = Diversion { carrier, address_id, target, cancelled: None };
        let affected =
            |earlier: &Diversion| earlier.carrier == carrier || earlier.target == Some(carrier);
        if self.active.iter().any(|earlier| {
            affected(earlier) && *earlier != new && !policy.replaces(earlier, address_id)
        }) {
            return;
        }
        self.active.retain(|earlier| earlier.carrier != carrier);
        for earlier in self.active.iter_mut().filter(|earlier| affected(earlier)) {
            *earlier = Diversion { carrier: earlier.carrier, ..new };
        }
        self.active.push(new);
        self.active.retain(|diversion| diversion.target != Some(diversion.carrier));
    }

    /// Ends what a cancel names; `false` if there was nothing to end.
    pub(super) fn cancel(
        &mut self,
        policy: &dyn NavigationPolicy,
        option: Navigation,
        arrival: Arrival,
    ) -> bool {
        let release = policy.release();
        let (mut any, mut back) = (false, Vec::new());
        self.active.retain_mut(|diversion| {
            if !policy.cancels(diversion, option, &arrival) {
                return true;
            }
            any = true;
            let lingering = Lingering {
                until: arrival.now.saturating_add(LINGERING_TIME),
                segments: LINGERING_SEGMENTS,
            };
            match release {
                Release::Lingering => {
                    diversion.cancelled.get_or_insert(lingering);
                    diversion.target.is_some()
                }
                Release::AtOnce => {
                    let (carrier, target) = (diversion.target, Some(diversion.carrier));
                    back.extend(carrier.map(|carrier| Diversion { carrier, target, ..*diversion }));
                    false
                }
                Release::Pinned => true,
            }
        });
        self.active.append(&mut back);
        any
    }

    /// Whether the traffic of a subflow goes elsewhere.
    pub(super) fn leads_away(&self, subflow: SubflowId) -> bool {
        self.active.iter().any(|diversion| diversion.carrier == subflow)
    }

    pub(super) fn demote(&mut self, subflow: SubflowId) {
        if !self.demoted.contains(&subflow) {
            self.demoted.push(subflow);
        }
    }

    pub(super) fn route(
        &mut self,
        policy: &dyn NavigationPolicy,
        chosen: SubflowId,
        subflows: &[Candidate],
    ) -> Option<SubflowId> {
        self.revive(policy, subflows);
        let Some(at) = self.active.iter().position(|diversion| diversion.carrier == chosen) else {
            return Some(self.without_demoted(chosen, subflows));
        };
        let diversion = self.active.get_mut(at)?;
        let target =
            subflows.iter().find(|candidate| diversion.target == Some(candidate.subflow))?;
        if !target.has_room {
            return None;
        }
        if let Some(lingering) = &mut diversion.cancelled {
            lingering.segments = lingering.segments.saturating_sub(1);
            if lingering.segments == 0 {
                self.active.remove(at);
            }
        }
        Some(target.subflow)
    }

    fn without_demoted(&self, chosen: SubflowId, subflows: &[Candidate]) -> SubflowId {
        let regular = |candidate: &&Candidate| {
            candidate.has_room && !candidate.backup && !self.demoted.contains(&candidate.subflow)
        };
        match subflows.iter().find(regular) {
            Some(other) if self.demoted.contains(&chosen) => other.subflow,
            _ => chosen,
        }
    }

    fn revive(&mut self, policy: &dyn NavigationPolicy, subflows: &[Candidate]) {
        for diversion in std::mem::take(&mut self.dormant) {
            let again = subflows.iter().find(|candidate| {
                candidate.subflow != diversion.carrier
                    && policy.ends_at(candidate, diversion.address_id)
            });
            match again {
                Some(target) => {
                    self.active.push(Diversion { target: Some(target.subflow), ..diversion });
                }
                None => self.dormant.push(diversion),
            }
        }
    }

    pub(super) fn ended(&mut self, policy: &dyn NavigationPolicy, subflow: SubflowId) {
        self.active.retain(|diversion| diversion.carrier != subflow);
        self.dormant.retain(|diversion| diversion.carrier != subflow);
        self.demoted.retain(|demoted| *demoted != subflow);
        self.echoes.retain(|echo| echo.on != subflow);
        if policy.forgets_with_target() {
            let (left, kept) =
                self.active.drain(..).partition(|diversion| diversion.target == Some(subflow));
            self.active = kept;
            if policy.revives() {
                self.dormant.extend::<Vec<_>>(left);
            }
        }
    }

    pub(super) fn withdrawn(&mut self, policy: &dyn NavigationPolicy, address_id: u8) {
        if policy.forgets_with_target() {
            self.active.retain(|diversion| diversion.address_id != address_id);
        }
        if !self.withdrawn.contains(&address_id) {
            self.withdrawn.push(address_id);
        }
    }

    pub(super) fn repeat_echo(
        &mut self,
        policy: &dyn NavigationPolicy,
        option: Navigation,
        arrival: Arrival,
    ) {
        let left = policy.repeats_echo();
        if left > 0 {
            let next = arrival.now.saturating_add(ECHO_INTERVAL);
            self.echoes.push(RepeatedEcho { on: arrival.on, option, left, next });
        }
    }

    pub(super) fn next_wake(&self) -> Option<Duration> {
        let lingering = self.active.iter().filter_map(|diversion| diversion.cancelled);
        lingering.map(|it| it.until).chain(self.echoes.iter().map(|echo| echo.next)).min()
    }

    pub(super) fn wake(&mut self, now: Duration) -> Vec<(SubflowId, Navigation)> {
        self.active.retain(|diversion| diversion.cancelled.is_none_or(|it| it.until > now));
        let mut due = Vec::new();
        for echo in self.echoes.iter_mut().filter(|echo| echo.next <= now) {
            due.push((echo.on, echo.option));
            echo.left = echo.left.saturating_sub(1);
            echo.next = now.saturating_add(ECHO_INTERVAL);
        }
        self.echoes.retain(|echo| echo.left > 0);
        due
    }
}
