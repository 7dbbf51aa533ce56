//! The scheduler: which subflow carries what (RFC 8684 §3.3.7 and §3.3.8 leave it to the host).

use std::time::Duration;

use mpdissect::wire::tcp::Flags;

use super::connection::Connection;
use super::data::Again;
use super::env::Env;
use super::navigation::{Candidate, SubflowId};
use super::subflow::{Subflow, Voice};
use super::tcp::State;
use crate::policy::data::Burst;

/// Where new data went last.
#[derive(Debug, Default)]
pub(super) struct Latest {
    subflow: SubflowId,
    burst: Burst,
    since: Duration,
}

impl Latest {
    /// So many octets go over this subflow.
    fn note(&mut self, now: Duration, subflow: SubflowId, octets: u32) {
        if subflow != self.subflow {
            self.subflow = subflow;
            self.burst = Burst { number: self.burst.number.saturating_add(1), ..Burst::default() };
            self.since = now;
        }
        self.burst.octets += u64::from(octets);
    }

    /// What went over it in a row up to now.
    fn burst(&self, now: Duration) -> Burst {
        Burst { lasted: now.saturating_sub(self.since), ..self.burst }
    }
}

impl Connection {
    /// Sends what there is to send, as far as there is room.
    pub(super) fn schedule(&mut self, env: &mut Env<'_>) {
        if !self.mptcp {
            self.schedule_plain(env);
            return;
        }
        let joins = self.subflows.iter().any(Subflow::is_joining);
        if self.peer_key == 0 || (joins && !env.policy.opening.sends_while_joining()) {
            return;
        }
        self.schedule_again(env);
        while self.outgoing.unsent() > 0 {
            let Some(at) = self.choose(env) else { break };
            let voice = self.voice();
            let allowed = u32::try_from(self.outgoing.allowed()).unwrap_or(u32::MAX);
            let allowed = if env.policy.data.honours_windows() { allowed } else { u32::MAX };
            let unsent = u32::try_from(self.outgoing.unsent()).unwrap_or(u32::MAX);
            let length = self.subflows[at].room(env, &voice).min(allowed).min(unsent);
            if length == 0 {
                break;
            }
            let dsn = self.outgoing.nxt;
            self.latest.note(env.now, self.subflows[at].id, length);
            self.put(env, at, &voice, dsn, length);
        }
    }

    /// The subflow for the next segment: in turn, those that are no backups.
    fn choose(&mut self, env: &Env<'_>) -> Option<usize> {
        let candidates = self.candidates(env);
        let usable =
            |id: SubflowId| self.position(id).is_some_and(|at| !self.subflows[at].is_stalled(env));
        let wanted: Vec<Candidate> =
            candidates.iter().copied().filter(|one| !one.backup && usable(one.subflow)).collect();
        let wanted = if wanted.is_empty() || env.policy.paths.ignores_backups() {
            candidates.clone()
        } else {
            wanted
        };
        let latest = self.latest.subflow;
        let goes_on = env.policy.data.goes_on(&self.latest.burst(env.now));
        let start = wanted
            .partition_point(|one| one.subflow < latest || (one.subflow == latest && !goes_on));
        let (before, after) = wanted.split_at(start.min(wanted.len()));
        for one in after.iter().chain(before) {
            let policy = env.policy.navigation;
            let Some(routed) = self.navigator.route(policy, one.subflow, &candidates) else {
                continue;
            };
            if candidates.iter().any(|one| one.subflow == routed && one.has_room) {
                return self.position(routed);
            }
        }
        None
    }

    /// Sends again what got lost with its subflow.
    fn schedule_again(&mut self, env: &mut Env<'_>) {
        while let Some(again) = self.outgoing.again.front().copied() {
            let Some(at) = self.choose_other(env, again.on) else { break };
            let voice = self.voice();
            let length = self.subflows[at].room(env, &voice).min(again.length);
            if length == 0 {
                break;
            }
            self.outgoing.again.pop_front();
            if length < again.length {
                let rest = Again {
                    dsn: again.dsn.wrapping_add(u64::from(length)),
                    length: again.length - length,
                    on: again.on,
                };
                self.outgoing.again.push_front(rest);
            }
            if again.dsn >= self.outgoing.una {
                self.put(env, at, &voice, again.dsn, length);
            } else {
                let known = self.outgoing.una.wrapping_sub(again.dsn);
                if known < u64::from(length) {
                    let rest = length - known as u32;
                    self.put(env, at, &voice, self.outgoing.una, rest);
                }
            }
        }
    }

    /// A subflow with room, if possible another than this one, and no backup. What was led to this
    /// one stays there.
    fn choose_other(&mut self, env: &Env<'_>, than: SubflowId) -> Option<usize> {
        let mut candidates = self.candidates(env);
        candidates.retain(|one| one.has_room);
        let all = candidates.clone();
        candidates.sort_by_key(|one| (one.subflow == than, one.backup));
        let chosen = candidates.first()?.subflow;
        let routed = self.navigator.route(env.policy.navigation, chosen, &all);
        self.position(routed?)
    }

    fn put(&mut self, env: &mut Env<'_>, at: usize, voice: &Voice, dsn: u64, length: u32) {
        let payload = self.outgoing.octets(dsn, length);
        if payload.is_empty() {
            return;
        }
        let length = payload.len() as u32;
        let id = self.subflows[at].id;
        self.subflows[at].send(env, voice, dsn, payload);
        self.outgoing.sent(env.now, dsn, length, id);
    }

    /// What a connection of TCP sends.
    fn schedule_plain(&mut self, env: &mut Env<'_>) {
        let voice = self.voice();
        let Some(at) = self.subflows.iter().position(|subflow| subflow.tcp.is_open()) else {
            return;
        };
        while self.outgoing.unsent() > 0 {
            let subflow = &self.subflows[at];
            let limit = subflow.payload_limit(env, &voice);
            let room = subflow.tcp.room(env.policy.data.honours_windows()).min(limit);
            let unsent = u32::try_from(self.outgoing.unsent()).unwrap_or(u32::MAX);
            let unsent = if env.policy.data.frees_by_subflow(self.mapped) {
                unsent
            } else {
                unsent.min(u32::try_from(self.outgoing.allowed()).unwrap_or(u32::MAX))
            };
            if room < limit && !subflow.tcp.worthwhile(room) {
                break;
            }
            let dsn = self.outgoing.nxt;
            let voice = self.voice();
            self.put(env, at, &voice, dsn, room.min(unsent));
            self.infinite = false;
            if self.outgoing.nxt == dsn {
                break;
            }
        }
        self.outgoing.forget_timer();
    }

    /// A segment was not acknowledged in time.
    pub(super) fn timed_out(&mut self, env: &mut Env<'_>, at: usize) {
        let voice = self.voice();
        let id = self.subflows[at].id;
        let data = self.subflows[at]
            .tcp
            .queue
            .front()
            .is_some_and(|sent| !sent.flags.intersects(Flags::SYN | Flags::FIN));
        let abandoned = self.navigator.abandons(env.policy.navigation, id);
        let subflow = &mut self.subflows[at];
        if subflow.tcp.state == State::SynSent
            && subflow.join.is_none()
            && subflow.tcp.timeouts >= env.policy.opening.syns_before_tcp()
        {
            // RFC 8684 §3.9.3: perhaps the path takes no SYN with MP_CAPABLE.
            subflow.hello = None;
            self.fall_back(env);
        }
        let delivered = self.mptcp
            && self.subflows[at].tcp.queue.front().is_some_and(|sent| {
                let end = |dsn: u64| dsn.wrapping_add(sent.payload.len() as u64);
                sent.dsn.is_some_and(|dsn| end(dsn) <= self.outgoing.una)
            });
        let abandoned = abandoned || (delivered && !env.policy.data.retransmits_delivered());
        if env.policy.data.retransmits() && !(data && abandoned) {
            self.subflows[at].resend(env, &voice);
        }
        let stalls = self.subflows[at].tcp.timeouts == env.policy.data.stalls_after();
        if self.mptcp && stalls && !abandoned && env.policy.data.sends_elsewhere() {
            self.outgoing.lost(id);
        }
    }

    /// What waits for an acknowledgment of the data level has waited too long.
    pub(super) fn data_due(&mut self, env: &mut Env<'_>) {
        if !self.outgoing.overdue(env.now) {
            return;
        }
        if let Some(oldest) = self.outgoing.oldest() {
            let queued = |subflow: &Subflow| {
                subflow.tcp.queue.iter().any(|sent| {
                    let end = |dsn: u64| dsn.wrapping_add(sent.payload.len() as u64);
                    sent.dsn.is_some_and(|dsn| dsn <= oldest.dsn && oldest.dsn < end(dsn))
                })
            };
            let waiting = self.outgoing.again.iter().any(|again| again.dsn == oldest.dsn);
            if !waiting && !self.subflows.iter().any(queued) && env.policy.data.sends_elsewhere() {
                self.outgoing.again.push_back(oldest);
            }
        } else if let Some(fin) = self.outgoing.fin
            && !self.outgoing.fin_is_acknowledged()
        {
            self.send_data_fin(env, fin);
        }
    }

    /// The most octets that a segment of any subflow has room for; none without a subflow.
    pub(super) fn segment_limit(&self, env: &Env<'_>) -> Option<u32> {
        let voice = self.voice();
        let live = self.subflows.iter().filter(|subflow| subflow.is_live());
        live.map(|subflow| subflow.payload_limit(env, &voice)).min()
    }
}
