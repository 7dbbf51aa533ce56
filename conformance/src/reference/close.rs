//! How connections end: orderly (RFC 8684 §3.3.3), or at once (§3.5).

use std::time::Duration;

use mpdissect::wire::mptcp::{MpFastclose, MptcpOption};

use super::connection::Connection;
use super::env::Env;
use super::navigation::SubflowId;
use super::subflow::reason;

/// How long the first MP_FASTCLOSE waits for its answer.
const FAREWELL_WAIT: Duration = Duration::from_millis(250);

/// An MP_FASTCLOSE on an ACK that wasn't answered yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Farewell {
    /// Where it was said.
    on: SubflowId,
    /// How often.
    said: u32,
    /// When it is said again.
    pub(super) at: Duration,
}

impl Connection {
    /// The peer's stream has ended.
    pub(super) fn end_of_stream(&mut self) {
        self.app.stop();
        for subflow in &mut self.subflows {
            subflow.ack_due = true;
        }
    }

    /// Ends the own stream, once the application wants to and everything was sent.
    pub(super) fn close_stream(&mut self, env: &mut Env<'_>) {
        if !self.app.has_ended() || self.outgoing.unsent() > 0 {
            return;
        }
        if !self.mptcp {
            for subflow in &mut self.subflows {
                subflow.fin_wanted |= subflow.tcp.fin_leads_to().is_some();
            }
            return;
        }
        if self.peer_key != 0
            && env.policy.data.sends_data_fin()
            && let Some(fin) = self.outgoing.finish(env.now)
        {
            self.send_data_fin(env, fin);
        }
    }

    pub(super) fn send_data_fin(&mut self, env: &mut Env<'_>, fin: u64) {
        let voice = self.voice();
        let usable = |is_stalled: bool| !is_stalled;
        let at = self
            .speaker(|subflow| usable(subflow.is_stalled(env)))
            .or_else(|| self.subflows.iter().position(|subflow| subflow.tcp.is_synchronised()));
        if let Some(at) = at {
            self.subflows[at].say_data_fin(env, &voice, fin);
        }
    }

    /// Ends the subflows once both streams have ended.
    pub(super) fn finish(&mut self, env: &mut Env<'_>) {
        let waits = env.policy.data.waits_to_close();
        let ended = self.outgoing.fin_is_acknowledged() || (!waits && self.outgoing.fin.is_some());
        if !self.mptcp || !self.ingoing.finished || !ended {
            return;
        }
        if !env.policy.data.closes_with_fin() {
            self.reset_all(env, &[]);
            return;
        }
        for at in 0..self.subflows.len() {
            if self.subflows[at].is_stalled(env) && !env.policy.data.closes_stalled() {
                self.subflows[at].tcp.close();
                continue;
            }
            self.retire(env, at);
            let subflow = &mut self.subflows[at];
            subflow.fin_wanted |= subflow.tcp.fin_leads_to().is_some();
        }
    }

    /// Takes an MP_FASTCLOSE in; `reset` if a RST carried it.
    pub(super) fn take_fastclose(
        &mut self,
        env: &mut Env<'_>,
        fastclose: &MpFastclose,
        reset: bool,
    ) {
        let policy = env.policy.paths;
        let right = policy.takes_fastclose(fastclose.key, self.own_key, self.peer_key);
        if !right || !policy.honours_fastclose(reset) {
            return;
        }
        // RFC 8684 §3.5: every subflow is answered with RST, and the connection is over.
        self.reset_all(env, &[reason(0x00, false)]);
        if policy.forgets_after_fastclose() {
            self.abandon();
        }
    }

    /// Resets all subflows.
    pub(super) fn reset_all(&mut self, env: &mut Env<'_>, why: &[MptcpOption]) {
        for at in 0..self.subflows.len() {
            if self.subflows[at].tcp.state != super::tcp::State::Closed {
                self.reset_subflow(env, at, why);
            }
        }
    }

    /// The operator's order to end the connection at once.
    pub(super) fn order_abort(&mut self, env: &mut Env<'_>) {
        let spoken = self.mptcp && self.peer_key != 0;
        let on = self.speaker(|_| true).filter(|_| spoken);
        for at in 0..self.subflows.len() {
            if Some(at) == on {
                self.retire(env, at);
            } else {
                self.subflows[at].reset(env, &[]);
            }
        }
        if let Some(on) = on {
            // RFC 8684 §3.5: the peer is to answer with RST.
            self.farewell = Some(Farewell { on: self.subflows[on].id, said: 0, at: env.now });
            self.app.stop();
            self.say_farewell(env);
        } else {
            self.abandon();
        }
        self.pump(env);
    }

    /// The option that ends the connection at once.
    fn fastclose(&self) -> MptcpOption {
        MptcpOption::MpFastclose(MpFastclose { reserved: 0, key: self.peer_key })
    }

    /// Sends MP_FASTCLOSE, once more, or gives up waiting for its answer.
    pub(super) fn say_farewell(&mut self, env: &mut Env<'_>) {
        let Some(farewell) = self.farewell.filter(|farewell| farewell.at <= env.now) else {
            return;
        };
        let Some(at) = self.position(farewell.on).filter(|_| !self.done) else {
            self.farewell = None;
            return;
        };
        let option = self.fastclose();
        if farewell.said > env.policy.paths.repeats_fastclose() {
            // RFC 8684 §3.5: nobody has answered.
            let gives_up = env.policy.paths.gives_up_with_fastclose();
            let why = [option];
            self.subflows[at].reset(env, if gives_up { &why } else { &[] });
            self.farewell = None;
            self.abandon();
            return;
        }
        let voice = self.voice();
        self.subflows[at].tell(env, &voice, &option);
        let said = farewell.said.saturating_add(1);
        self.farewell =
            Some(Farewell { said, at: env.now + FAREWELL_WAIT * said.min(4), ..farewell });
    }
}
