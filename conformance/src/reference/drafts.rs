//! Where the state machines of the drafts are asked: options that come in, what is due, orders.

use std::time::Duration;

use mpdissect::wire::mptcp::{MaxSubflows, MptcpOption, Navigation, Subtype};
use mpdissect::wire::tcp::Flags;

use super::connection::Connection;
use super::env::Env;
use super::experiment::ExperimentArrival;
use super::intake::{Incoming, Signal};
use super::limit::{Carrier, LimitArrival, Resets};
use super::navigation::Arrival;
use super::subflow::reason;

/// The subtype under which experiments come.
const EXPERIMENTAL: u8 = 0xf;
/// Replies that may wait on one subflow; beyond it nothing is answered.
const REPLIES_MAX: usize = 64;

impl Connection {
    /// Shows the drafts' options of a segment to those who know them. `third` says that it
    /// completes a handshake, `acceptable` that it passed TCP's own checks.
    pub(super) fn heed_drafts(
        &mut self,
        env: &mut Env<'_>,
        at: usize,
        segment: &Incoming<'_>,
        third: bool,
        acceptable: bool,
    ) {
        if segment.signals.is_empty() {
            return;
        }
        let (mut nth, mut navigations) = (0, 0);
        for signal in &segment.signals {
            if self.done || at >= self.subflows.len() {
                return;
            }
            if let Some(option) = navigation(env, signal) {
                let arrival = self.arrival(env, at, segment, third, acceptable);
                self.take_navigation(env, at, option, Arrival { nth: navigations, ..arrival });
                navigations = navigations.saturating_add(1);
            } else if signal.raw.get(2).is_some_and(|octet| octet >> 4 == EXPERIMENTAL) {
                if acceptable || env.policy.experiment.heeds_unacceptable() {
                    self.take_experiment(env, at, segment, signal.raw, third, nth);
                }
                nth = nth.saturating_add(1);
            }
        }
    }

    fn arrival(
        &self,
        env: &Env<'_>,
        at: usize,
        segment: &Incoming<'_>,
        third: bool,
        acceptable: bool,
    ) -> Arrival {
        Arrival {
            on: self.subflows[at].id,
            syn: segment.has(Flags::SYN),
            closing: segment.head.flags.intersects(Flags::FIN | Flags::RST),
            reset: segment.has(Flags::RST),
            third,
            payload: !segment.head.payload.is_empty(),
            nth: 0,
            fallen_back: !self.mptcp,
            acceptable,
            now: env.now,
        }
    }

    fn take_navigation(
        &mut self,
        env: &mut Env<'_>,
        at: usize,
        option: Navigation,
        arrival: Arrival,
    ) {
        let candidates = self.candidates(env);
        let policy = env.policy.navigation;
        let reply = self.navigator.received(policy, option, arrival, &candidates);
        if let Some(reply) = reply {
            self.reply(at, policy.writes(reply, env.plan.dialect));
        }
        self.reset_for_navigation(env);
    }

    fn reset_for_navigation(&mut self, env: &mut Env<'_>) {
        for id in self.navigator.take_resets() {
            if let Some(at) = self.position(id) {
                self.reset_subflow(env, at, &[reason(0x00, false)]);
            }
        }
    }

    fn take_experiment(
        &mut self,
        env: &mut Env<'_>,
        at: usize,
        segment: &Incoming<'_>,
        raw: &[u8],
        third: bool,
        nth: u8,
    ) {
        let syn = segment.has(Flags::SYN);
        let payload = !segment.head.payload.is_empty();
        if let Some(option) = self.limiter.read(env.policy.limit, raw)
            && self.knows(env, at, &option)
        {
            if !self.mptcp && !env.policy.limit.heeds_after_fallback() {
                return;
            }
            let add_addr =
                segment.options().any(|option| matches!(option, MptcpOption::AddAddr(_)));
            let carrier = match (syn, third, payload, add_addr) {
                (true, ..) => Carrier::Syn,
                (_, true, ..) => Carrier::Third,
                (_, _, true, _) => Carrier::Data,
                (_, _, _, true) => Carrier::AddAddr,
                _ => Carrier::Ack,
            };
            let first = self.subflows[at].join.is_none();
            let arrival = LimitArrival { carrier, first, now: env.now };
            let reaction = self.limiter.received(env.policy.limit, option, arrival);
            if let Some(answer) = reaction.answer {
                self.reply(at, answer);
            }
            self.reset_for_limit(env, at, reaction.resets);
            return;
        }
        if (syn || third) && !env.policy.experiment.passes_over_in_handshake() {
            self.reset_subflow(env, at, &[reason(0x02, false)]);
            return;
        }
        if !self.mptcp && !env.policy.experiment.answers_after_fallback() {
            return;
        }
        let arrival = ExperimentArrival { syn, third, payload, nth, now: env.now };
        if let Some(reply) = self.experiments.received(env.policy.experiment, raw, arrival) {
            self.reply(at, reply);
        }
    }

    /// Whether Maximum Subflows is used as it was negotiated.
    fn knows(&mut self, env: &Env<'_>, at: usize, option: &MaxSubflows) -> bool {
        let (asks, returned) = (option.flags.synchronising(), option.flags.unknown());
        let here = self.negotiated_on == Some(self.subflows[at].id);
        if asks && !returned {
            self.negotiated_on.get_or_insert(self.subflows[at].id);
        }
        let uses = !asks && !returned && self.negotiated_on.is_some();
        !uses || env.policy.experiment.knows_after_negotiation(here)
    }

    fn reset_for_limit(&mut self, env: &mut Env<'_>, at: usize, resets: Resets) {
        let why = [reason(0x02, false)];
        match resets {
            Resets::Nothing => {}
            Resets::Carrier => self.reset_subflow(env, at, &why),
            Resets::Connection => self.reset_all(env, &why),
            Resets::Beyond(count) => {
                let keep = usize::try_from(count).unwrap_or(usize::MAX);
                let live: Vec<usize> =
                    (0..self.subflows.len()).filter(|&at| self.subflows[at].is_live()).collect();
                for &at in live.iter().skip(keep) {
                    self.reset_subflow(env, at, &why);
                }
            }
        }
    }

    fn reply(&mut self, at: usize, option: Vec<u8>) {
        let replies = &mut self.subflows[at].replies;
        if replies.len() < REPLIES_MAX {
            replies.push_back(option);
        }
    }

    /// When one of them has something to say.
    pub(super) fn drafts_next_wake(&self) -> Option<Duration> {
        // Until there is somebody to say it to, it waits.
        self.speaker(|_| true)?;
        let wakes =
            [self.navigator.next_wake(), self.limiter.next_wake(), self.experiments.next_wake()];
        wakes.into_iter().flatten().min()
    }

    /// Says what they have to say.
    pub(super) fn drafts_due(&mut self, env: &mut Env<'_>) {
        let due = |at: Option<Duration>| at.is_some_and(|at| at <= env.now);
        let (navigation, limit, experiment) = (
            due(self.navigator.next_wake()),
            due(self.limiter.next_wake()),
            due(self.experiments.next_wake()),
        );
        if navigation {
            self.request_navigation(env);
        }
        let Some(on) = self.speaker(|_| true) else { return };
        let voice = self.voice();
        if limit && let Some(option) = self.limiter.wake(env.policy.limit, env.now) {
            self.subflows[on].say(env, &voice, &option);
        }
        while experiment && let Some(option) = self.experiments.wake(env.policy.experiment, env.now)
        {
            self.subflows[on].tell(env, &voice, &MptcpOption::Experimental(option));
        }
        if self.experiments.gives_up(env.policy.experiment) {
            self.reset_all(env, &[reason(0x00, false)]);
            self.abandon();
        }
    }

    /// Sends the requests of MP_Navigation that are due.
    pub(super) fn request_navigation(&mut self, env: &mut Env<'_>) {
        if !self.mptcp {
            return;
        }
        let candidates = self.candidates(env);
        let policy = env.policy.navigation;
        let voice = self.voice();
        for (on, option) in self.navigator.wake(policy, env.now, &candidates) {
            if let Some(at) = self.position(on) {
                let octets = policy.writes(option, env.plan.dialect);
                self.subflows[at].say(env, &voice, &octets);
            }
        }
        self.reset_for_navigation(env);
    }

    /// The operator's order about MP_Navigation. Whether there is a subflow to ask on.
    pub(super) fn order_navigation(
        &mut self,
        env: &mut Env<'_>,
        address_id: u8,
        cancel: bool,
    ) -> bool {
        let candidates = self.candidates(env);
        let policy = env.policy.navigation;
        let done = self.navigator.order(policy, address_id, cancel, env.now, &candidates);
        self.request_navigation(env);
        done
    }

    /// The operator's order to try an experiment.
    pub(super) fn order_probe(&mut self, env: &mut Env<'_>, exid: u16) {
        self.experiments.order(env.policy.experiment, exid, env.now);
        self.drafts_due(env);
    }
}

/// The MP_Navigation that an option is.
fn navigation(env: &Env<'_>, signal: &Signal<'_>) -> Option<Navigation> {
    if let Some(MptcpOption::Navigation(option)) = signal.option {
        return Some(option);
    }
    let dialect = env.plan.dialect;
    let subtype = Subtype::of(signal.raw, dialect);
    let none = (signal.option.is_none() && subtype == Some(Subtype::Navigation))
        || subtype == Some(Subtype::Unknown);
    none.then(|| env.policy.navigation.salvages(signal.raw, dialect)).flatten()
}
