//! How a connection becomes one of TCP (RFC 8684 §3.7).

use mpdissect::wire::mptcp::{MpFail, MptcpOption};

use super::connection::Connection;
use super::env::Env;
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
        let only = self.subflows.len() == 1 && self.subflows[at].join.is_none();
        if only && !self.mapped && env.policy.opening.takes_plain_first_data() {
            // The first data has no mapping: options get lost on the way.
            self.fall_back(env);
        } else if self.subflows[at].up.is_stuck() {
            // RFC 8684 §3.3.1: the mapping won't come any more.
            self.reset_subflow(env, at, &[reason(0x06, false)]);
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
        let fail = MptcpOption::MpFail(MpFail { reserved: 0, dsn });
        if self.subflows.len() > 1 {
            // The others go on; the data comes once more on one of them.
            self.subflows[at].reset(env, &[fail, reason(0x06, false)]);
            return;
        }
        // The only subflow goes on as TCP, with what was changed on the way.
        let voice = self.voice();
        self.subflows[at].tell(env, &voice, &fail);
        self.deliver(dsn, octets);
        self.infinite = Some(self.outgoing.nxt);
        self.fall_back(env);
    }

    pub(super) fn take_fail(&mut self, env: &mut Env<'_>, fail: &MpFail) {
        let _ = fail;
        if self.subflows.len() == 1 && env.policy.data.honours_fail() {
            self.infinite = Some(self.outgoing.nxt);
            self.fall_back(env);
        }
    }

    /// The peer maps everything from here on, or has never mapped anything.
    pub(super) fn take_infinite_mapping(&mut self, env: &mut Env<'_>, first: bool) {
        let _ = first;
        if self.subflows.len() == 1 {
            self.fall_back(env);
        }
    }
}
