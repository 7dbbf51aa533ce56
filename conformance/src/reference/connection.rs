//! One connection: its subflows, their timers, and their end.

use std::time::Duration;

use mpdissect::crypto::{Algorithm, Derived};
use mpdissect::wire::mptcp::{MpFail, MpTcprst, MptcpOption};
use mpdissect::wire::tcp::{Endpoint, Flags};

use super::app::Application;
use super::close::Farewell;
use super::data::{Ingoing, Outgoing};
use super::env::Env;
use super::experiment::Experiments;
use super::intake::Incoming;
use super::limit::{Census, Limiter};
use super::navigation::{Candidate, Navigator, SubflowId};
use super::path::Paths;
use super::schedule::Latest;
use super::subflow::{Subflow, Voice};
use super::tcp::{State, Tcp, Timeout, WINDOW};
use crate::script::App;

/// How long a connection lives without a subflow (RFC 8684 §3.3.3 leaves it open).
const ORPHANED: Duration = Duration::from_mins(1);

/// One connection, MPTCP or, after a fallback, TCP.
#[derive(Debug)]
pub(super) struct Connection {
    /// Its place among the host's connections.
    pub(super) index: usize,
    /// The own host opened it.
    pub(super) client: bool,
    /// It speaks MPTCP: it was offered, and nothing has spoken against it.
    pub(super) mptcp: bool,
    /// It is over.
    pub(super) done: bool,
    pub(super) own_key: u64,
    pub(super) own: Derived,
    pub(super) peer_key: u64,
    pub(super) peer: Derived,
    /// So many octets came with the SYN.
    pub(super) early: u32,
    /// The flags of the own MP_CAPABLE.
    pub(super) flags: u8,
    pub(super) checksums: bool,
    /// A mapping has come, so that nothing between the two ends takes them away.
    pub(super) mapped: bool,
    /// An infinite mapping has still to be told.
    pub(super) infinite: bool,
    /// The data sequence number of an MP_FAIL that the peer hasn't reacted to.
    pub(super) fail: Option<u64>,
    /// The MP_FAIL with which one of the peer was answered.
    pub(super) answer_to_fail: Option<MpFail>,
    /// Data acknowledgments are sent though the connection is one of TCP.
    pub(super) acknowledges_on: bool,
    /// The ends of the first subflow, the own one first.
    pub(super) ends: (Endpoint, Endpoint),
    pub(super) subflows: Vec<Subflow>,
    next_id: SubflowId,
    pub(super) outgoing: Outgoing,
    pub(super) ingoing: Ingoing,
    pub(super) app: Application,
    pub(super) paths: Paths,
    /// What became of the latest new data.
    pub(super) latest: Latest,
    pub(super) navigator: Navigator,
    pub(super) limiter: Limiter,
    pub(super) experiments: Experiments,
    /// The subflow on which the peer first asked for Maximum Subflows.
    pub(super) negotiated_on: Option<SubflowId>,
    /// What has become of subflows that are no more.
    pub(super) past: Census,
    orphan_until: Option<Duration>,
    /// A subflow has just become ready.
    fresh: bool,
    /// The MP_FASTCLOSE that the peer has to answer.
    pub(super) farewell: Option<Farewell>,
    /// The ends of subflows that there once were: they aren't used again.
    pub(super) spent: Vec<(Endpoint, Endpoint)>,
}

impl Connection {
    /// A connection whose first subflow is this TCP connection.
    pub(super) fn new(env: &mut Env<'_>, index: usize, client: bool, app: App, tcp: Tcp) -> Self {
        let opening = env.policy.opening;
        let tokens = &env.demux.tokens;
        let in_use = |key| tokens.contains_key(&Algorithm::Sha256.derive(key).token);
        let own_key = opening.key(index, env.rng, &in_use);
        let own = opening.derive(index, own_key);
        let ends = (tcp.local, tcp.remote);
        env.demux.subflows.insert(ends, (index, 0));
        let first = Subflow::new(0, tcp, client);
        Self {
            index,
            client,
            mptcp: true,
            done: false,
            own_key,
            own,
            peer_key: 0,
            peer: Derived { token: 0, idsn: 0 },
            early: 0,
            flags: 0,
            checksums: false,
            mapped: false,
            infinite: false,
            fail: None,
            answer_to_fail: None,
            acknowledges_on: false,
            ends,
            subflows: vec![first],
            next_id: 1,
            outgoing: Outgoing::new(own.idsn),
            ingoing: Ingoing::default(),
            app: Application::new(app),
            paths: Paths::default(),
            latest: Latest::default(),
            navigator: Navigator::new(client),
            limiter: Limiter::new(env.policy.limit, env.limits),
            experiments: Experiments::new(env.plan.negotiation),
            negotiated_on: None,
            past: Census::default(),
            orphan_until: None,
            fresh: false,
            farewell: None,
            spent: Vec::new(),
        }
    }

    /// The peer's key is known.
    pub(super) fn learn_key(&mut self, env: &Env<'_>, key: u64) {
        self.peer_key = key;
        self.peer = env.policy.opening.derive(self.index, key);
        self.ingoing = Ingoing::new(self.peer.idsn);
        if env.policy.opening.numbers_early_data() {
            self.ingoing.nxt = self.ingoing.nxt.wrapping_add(self.early.into());
        }
    }

    /// Whether subflows may be added: a DSS has come on the first one (RFC 8684 §3.1).
    pub(super) fn may_be_extended(&self, env: &Env<'_>) -> bool {
        self.mapped || env.policy.opening.joins_before_dss()
    }

    /// A number for a further subflow.
    pub(super) fn number(&mut self) -> SubflowId {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        id
    }

    /// What every segment says.
    pub(super) fn voice(&self) -> Voice {
        Voice {
            mptcp: self.mptcp || self.acknowledges_on,
            data_ack: Some(self.ingoing.nxt),
            keys: (self.own_key, self.peer_key),
            checksums: self.checksums,
            flags: self.flags,
            first: self.own.idsn.wrapping_add(1),
            infinite: self.infinite,
            fail: self.fail,
        }
    }

    /// The subflows that may carry data, whether they have room or not.
    pub(super) fn candidates(&self, env: &Env<'_>) -> Vec<Candidate> {
        let voice = self.voice();
        let live = self.subflows.iter().filter(|subflow| subflow.is_live());
        live.map(|subflow| subflow.candidate(env, &voice)).collect()
    }

    /// How many subflows are established.
    pub(super) fn live(&self) -> u32 {
        let live = self.subflows.iter().filter(|subflow| subflow.is_live()).count();
        u32::try_from(live).unwrap_or(u32::MAX)
    }

    /// How many subflows there are, by state.
    pub(super) fn census(&self, env: &Env<'_>) -> Census {
        let count = |is: fn(&Subflow) -> bool| {
            u32::try_from(self.subflows.iter().filter(|subflow| is(subflow)).count())
                .unwrap_or(u32::MAX)
        };
        let ending = count(|subflow| subflow.retired && subflow.tcp.is_synchronised());
        Census {
            established: self.live(),
            elsewhere: env.live.saturating_sub(self.live()),
            backups: count(|subflow| subflow.is_live() && subflow.is_backup()),
            joining: count(Subflow::is_joining),
            ended: self.past.ended.saturating_add(ending),
            lingering: count(|subflow| subflow.tcp.state == State::TimeWait),
            ..self.past
        }
    }

    pub(super) fn position(&self, id: SubflowId) -> Option<usize> {
        self.subflows.iter().position(|subflow| subflow.id == id)
    }

    /// Resets a subflow.
    pub(super) fn reset_subflow(&mut self, env: &mut Env<'_>, at: usize, why: &[MptcpOption]) {
        let why = if self.mptcp { told(env, why) } else { Vec::new() };
        self.subflows[at].reset(env, &why);
        let tcp = &self.subflows[at].tcp;
        env.demux.resets.insert((tcp.local, tcp.remote), why);
    }

    /// A subflow carries no new data from here on.
    pub(super) fn retire(&mut self, env: &Env<'_>, at: usize) {
        let subflow = &mut self.subflows[at];
        if !std::mem::replace(&mut subflow.retired, true) {
            self.navigator.ended(env.policy.navigation, subflow.id);
        }
    }

    /// A subflow is ready for data.
    pub(super) fn established(&mut self, env: &Env<'_>) {
        self.orphan_until = None;
        self.app.start(env.now);
        self.fresh = true;
    }

    /// When there is something to do.
    pub(super) fn next_wake(&self) -> Option<Duration> {
        if self.done && self.subflows.is_empty() {
            return None;
        }
        let subflows = self.subflows.iter();
        let timers = subflows.flat_map(|subflow| {
            [subflow.tcp.next_wake(), subflow.third_at, subflow.doubt.map(|doubt| doubt.at)]
        });
        let live = self.subflows.iter().any(Subflow::is_live) && !self.done;
        // Nothing is due before there is a subflow to say it on.
        let speaks = self.mptcp && !self.done && self.speaker(|_| true).is_some();
        timers
            .chain([
                self.app.next_wake().filter(|_| live),
                self.outgoing.next_wake().filter(|_| self.mptcp && !self.done),
                self.paths.next_wake().filter(|_| speaks),
                self.drafts_next_wake().filter(|_| speaks),
                self.orphan_until,
                self.farewell.map(|farewell| farewell.at),
            ])
            .flatten()
            .min()
    }

    /// Does what is due.
    pub(super) fn wake(&mut self, env: &mut Env<'_>) {
        if self.next_wake().is_none_or(|at| at > env.now) {
            return;
        }
        let voice = self.voice();
        for at in 0..self.subflows.len() {
            let id = self.subflows[at].id;
            match self.subflows[at].tcp.timeout(env.now) {
                Some(Timeout::Resend) => self.timed_out(env, at),
                Some(Timeout::Probe) => {
                    let tcp = &self.subflows[at].tcp;
                    let area = crate::craft::Area::new();
                    tcp.emit(env, Flags::ACK, tcp.nxt.wrapping_sub(1), &area, &[]);
                }
                Some(Timeout::Over) | None => {}
            }
            let subflow = &mut self.subflows[at];
            if subflow.third_at.is_some_and(|at| at <= env.now) {
                subflow.third_wait = (subflow.third_wait * 2).min(Duration::from_secs(1));
                subflow.third_at = Some(env.now + subflow.third_wait);
                subflow.acknowledge(env, &voice);
            }
            self.question(env, at);
            debug_assert_eq!(self.subflows.get(at).map(|subflow| subflow.id), Some(id));
        }
        self.say_farewell(env);
        if self.orphan_until.is_some_and(|until| until <= env.now) {
            self.abandon();
        }
        if self.mptcp && !self.done {
            self.drafts_due(env);
            self.paths_due(env);
            self.data_due(env);
        }
        self.pump(env);
    }

    /// Forgets subflows that are over, and does for the rest what follows from everything else.
    pub(super) fn pump(&mut self, env: &mut Env<'_>) {
        self.sweep(env);
        if !self.done && self.farewell.is_none() {
            if std::mem::take(&mut self.fresh) {
                self.request_navigation(env);
            }
            let limit = self.segment_limit(env);
            self.app.tick(env.now, &mut self.outgoing, limit);
            self.close_stream(env);
        }
        if !self.done && self.farewell.is_none() {
            self.schedule(env);
        }
        self.finish(env);
        let window = self.window(env);
        let voice = self.voice();
        let waits = self.outgoing.unsent() > 0 || self.app.is_steady();
        for subflow in &mut self.subflows {
            subflow.tcp.advertised = window;
            subflow.finish(env, &voice);
            subflow.tcp.probe(env.now, waits);
            if subflow.is_live() || subflow.retired {
                subflow.answer(env, &voice);
            }
            if subflow.ack_due && subflow.tcp.is_synchronised() {
                subflow.acknowledge(env, &voice);
            }
        }
        self.sweep(env);
    }

    /// The window of the connection, which is that of all its subflows (RFC 8684 §3.3.5).
    fn window(&self, env: &Env<'_>) -> u32 {
        let unread = u32::try_from(self.app.unread(&self.outgoing)).unwrap_or(u32::MAX);
        if env.policy.data.shrinks_window() {
            env.policy.data.window(unread, WINDOW)
        } else {
            WINDOW
        }
    }

    fn sweep(&mut self, env: &mut Env<'_>) {
        let mut at = 0;
        while at < self.subflows.len() {
            if self.subflows[at].tcp.state != State::Closed {
                at += 1;
                continue;
            }
            self.retire(env, at);
            let subflow = self.subflows.remove(at);
            env.demux.subflows.remove(&(subflow.tcp.local, subflow.tcp.remote));
            self.spent.push((subflow.tcp.local, subflow.tcp.remote));
            if let Some(loss) = subflow.loss(self.done)
                && env.policy.paths.rejoins(loss)
            {
                self.paths.lost.push((subflow.tcp.local, subflow.tcp.remote, subflow.remote_id));
            }
            if subflow.join.is_some() && !subflow.confirmed {
                self.past.failed = self.past.failed.saturating_add(1);
            } else {
                self.past.ended = self.past.ended.saturating_add(1);
                self.past.reset += u32::from(subflow.was_reset);
            }
            let abandons = self.navigator.abandons(env.policy.navigation, subflow.id);
            if self.mptcp && !abandons && env.policy.data.sends_elsewhere() {
                self.outgoing.lost(subflow.id);
            }
            if self.subflows.is_empty() && !self.done {
                self.without_subflow(env);
            }
        }
        self.rejoin_lost(env);
        if self.done {
            env.demux.tokens.remove(&self.own.token);
        }
    }

    fn without_subflow(&mut self, env: &Env<'_>) {
        let over = self.ingoing.finished && self.outgoing.fin_is_acknowledged();
        let outlives = env.policy.data.outlives_subflows();
        if self.mptcp && self.subflows.is_empty() && !over && self.peer_key != 0 && outlives {
            self.orphan_until = Some(env.now + ORPHANED);
        } else {
            self.abandon();
        }
    }

    /// The connection is over; what is left of its subflows ends by itself.
    pub(super) fn abandon(&mut self) {
        self.done = true;
        self.orphan_until = None;
        self.outgoing.forget_timer();
        self.app.stop();
    }
}

/// What goes on a RST: its reason as the host tells it.
fn told(env: &Env<'_>, options: &[MptcpOption]) -> Vec<MptcpOption> {
    let policy = env.policy.paths;
    let clear = policy.clears_flags_of_reasons();
    let tell = |option: &MptcpOption| match option {
        MptcpOption::MpTcprst(_) if !policy.tells_reasons() => None,
        MptcpOption::MpTcprst(own) if !clear => {
            Some(MptcpOption::MpTcprst(MpTcprst { flag_u: true, ..*own }))
        }
        other => Some(*other),
    };
    options.iter().filter_map(tell).collect()
}

/// Answers a segment that belongs to nothing (RFC 9293 §3.10.7.1).
pub(super) fn refuse(env: &mut Env<'_>, segment: &Incoming<'_>) {
    if segment.has(Flags::RST) {
        return;
    }
    let why = env.demux.resets.get(&segment.ends()).cloned().unwrap_or_default();
    refuse_with(env, segment, &why);
}

/// Answers a segment with RST and these options.
pub(super) fn refuse_with(env: &mut Env<'_>, segment: &Incoming<'_>, options: &[MptcpOption]) {
    let head = &segment.head;
    let (seq, flags) =
        if segment.has(Flags::ACK) { (head.ack, Flags::RST) } else { (0, Flags::RST | Flags::ACK) };
    let (local, remote) = segment.ends();
    let mut area = crate::craft::Area::new();
    for option in told(env, options) {
        area.mptcp(&option, env.plan.dialect);
    }
    let mut tcp = Tcp::new(local, remote, env);
    tcp.rcv_nxt = head.seq.wrapping_add(head.sequence_len());
    tcp.advertised = 0;
    tcp.emit(env, flags, seq, &area, &[]);
}
