//! How connections end: orderly (RFC 8684 §3.3.3), or at once (§3.5).

use mpdissect::wire::mptcp::{MpFastclose, MptcpOption};

use super::connection::Connection;
use super::env::Env;
use super::subflow::reason;

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
        if !self.mptcp || !self.ingoing.finished || !self.outgoing.fin_is_acknowledged() {
            return;
        }
        for at in 0..self.subflows.len() {
            self.retire(env, at);
            let subflow = &mut self.subflows[at];
            subflow.fin_wanted |= subflow.tcp.fin_leads_to().is_some();
        }
    }

    pub(super) fn take_fastclose(&mut self, env: &mut Env<'_>, at: usize, fastclose: &MpFastclose) {
        let _ = at;
        if fastclose.key != self.own_key && env.policy.paths.checks_fastclose_key() {
            return;
        }
        if !env.policy.paths.honours_fastclose() {
            return;
        }
        // RFC 8684 §3.5: every subflow is answered with RST, and the connection is over.
        self.reset_all(env, &[reason(0x00, false)]);
        self.abandon();
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
        let fastclose = MpFastclose { reserved: 0, key: self.peer_key };
        let why = [MptcpOption::MpFastclose(fastclose)];
        let why: &[MptcpOption] = if self.mptcp && self.peer_key != 0 { &why } else { &[] };
        for at in 0..self.subflows.len() {
            self.subflows[at].reset(env, why);
        }
        self.abandon();
        self.pump(env);
    }
}
