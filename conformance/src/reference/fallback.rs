//! How a connection becomes one of TCP (RFC 8684 §3.7).

use mpdissect::wire::mptcp::{Dss, MpFail, MptcpOption};

use super::connection::Connection;
use super::env::Env;
use super::intake::Incoming;
use super::subflow::reason;

impl Connection {
    /// From here on the connection is one of TCP.
    pub(super) fn fall_back(&mut self, env: &mut Env<'_>) {
        if !self.mptcp {
            return;
        }
        self.mptcp = false;
        self.outgoing.forget_timer();
        if !env.policy.opening.can_be_joined_after_fallback() {
            env.demux.tokens.remove(&self.own.token);
        }
        for subflow in &mut self.subflows {
            subflow.replies.clear();
            subflow.third = None;
            subflow.third_at = None;
        }
        if self.ingoing.finished {
            self.app.stop();
        }
    }

    /// Octets have come that no mapping covers.
    pub(super) fn unmapped(&mut self, env: &mut Env<'_>, at: usize) {
        let data = env.policy.data;
        let only = self.subflows.len() == 1 && self.subflows[at].join.is_none();
        if only && !self.mapped && env.policy.opening.takes_plain_first_data() {
            // The first data has no mapping: options get lost on the way.
            self.fall_back(env);
            return;
        }
        let stuck = self.subflows[at].up.is_stuck() && data.breaks_off_unmapped();
        if stuck || !data.waits_for_mapping() {
            if !data.drops_unmapped() {
                let octets = self.subflows[at].up.pop_plain();
                let dsn = self.ingoing.nxt;
                self.deliver(env, dsn, &octets);
            }
            // RFC 8684 §3.3.1: the mapping won't come any more.
            self.reset_subflow(env, at, &[reason(data.reason_for_unmapped(), false)]);
        }
    }

    /// The octets of a mapping aren't those that were sent.
    pub(super) fn checksum_failed(
        &mut self,
        env: &mut Env<'_>,
        at: usize,
        dsn: u64,
        octets: &[u8],
    ) {
        let data = env.policy.data;
        let named = data.failed(dsn);
        let contiguous = dsn == self.ingoing.nxt && !self.ingoing.has_gap();
        if self.subflows.len() > 1 || (!contiguous && data.resets_with_gap()) {
            // The others go on; the data comes once more on one of them, or on a new one.
            if data.discards_failed() {
                self.ingoing.discard_from(dsn);
            } else {
                self.deliver(env, dsn, octets);
            }
            let fail = MptcpOption::MpFail(MpFail { reserved: 0, dsn: named });
            self.reset_subflow(env, at, &[fail, reason(0x06, false)]);
            return;
        }
        // The only subflow goes on as TCP, with what was changed on the way.
        self.fail = Some(named);
        self.subflows[at].ack_due = true;
        self.deliver(env, dsn, octets);
        self.infinite = true;
        self.fall_back(env);
    }

    pub(super) fn take_fail(&mut self, env: &mut Env<'_>, at: usize) {
        let data = env.policy.data;
        if self.subflows.len() > 1 {
            return;
        }
        if data.answers_fail() {
            let fail = MpFail { reserved: 0, dsn: self.ingoing.nxt };
            let voice = self.voice();
            self.subflows[at].tell(env, &voice, &MptcpOption::MpFail(fail));
            self.answer_to_fail = Some(fail);
        }
        if data.honours_fail() {
            self.infinite = true;
            self.fall_back(env);
        }
    }

    /// A segment for a connection that has fallen back: what it says about that.
    pub(super) fn settle_fallback(&mut self, env: &mut Env<'_>, at: usize, segment: &Incoming<'_>) {
        let fails = segment.options().any(|option| matches!(option, MptcpOption::MpFail(_)));
        if let Some(answer) = self.answer_to_fail.filter(|_| fails) {
            // The answer got lost.
            let voice = self.voice();
            self.subflows[at].tell(env, &voice, &MptcpOption::MpFail(answer));
        }
        let infinite = |dss: &Dss| dss.mapping.is_some_and(|mapping| mapping.length == 0);
        let plain = segment.head.payload_len > 0 && segment.dss().is_none();
        if fails || plain || segment.dss().is_some_and(infinite) {
            self.fail = None;
        }
    }

    /// The peer maps everything from here on, or has never mapped anything.
    pub(super) fn take_infinite_mapping(&mut self, env: &mut Env<'_>) {
        if self.subflows.len() == 1 {
            self.fall_back(env);
            self.acknowledges_on = env.policy.data.acknowledges_behind_infinite();
        }
    }
}
