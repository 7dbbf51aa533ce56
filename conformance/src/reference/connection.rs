//! One connection: its subflows, and how a segment of one of them is taken in.

use std::time::Duration;

use mpdissect::crypto::{Algorithm, Derived};
use mpdissect::wire::mptcp::{CapableKeys, Dss, Mapping, MpCapable, MptcpOption, Seq, Subtype};
use mpdissect::wire::tcp::{Endpoint, Flags};

use super::app::Application;
use super::data::{Ingoing, Outgoing};
use super::env::Env;
use super::experiment::Experiments;
use super::intake::Incoming;
use super::limit::{Census, Limiter};
use super::mapping::{Checked, Handed, Mapped};
use super::navigation::{Candidate, Navigator, SubflowId};
use super::path::Paths;
use super::subflow::{Subflow, Voice, reason};
use super::tcp::{Check, State, Tcp, Timeout, WINDOW};
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
    /// The flags of the own MP_CAPABLE.
    pub(super) flags: u8,
    pub(super) checksums: bool,
    /// A mapping has come, so that nothing between the two ends takes them away.
    pub(super) mapped: bool,
    /// The infinite mapping that still has to be told.
    pub(super) infinite: Option<u64>,
    /// The ends of the first subflow, the own one first.
    pub(super) ends: (Endpoint, Endpoint),
    pub(super) subflows: Vec<Subflow>,
    next_id: SubflowId,
    pub(super) outgoing: Outgoing,
    pub(super) ingoing: Ingoing,
    pub(super) app: Application,
    pub(super) paths: Paths,
    /// The subflow that carried the latest new data.
    pub(super) latest: SubflowId,
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
}

impl Connection {
    /// A connection whose first subflow is this TCP connection.
    pub(super) fn new(env: &mut Env<'_>, index: usize, client: bool, app: App, tcp: Tcp) -> Self {
        let (own_key, own) = loop {
            let key = env.rng.u64(..);
            let derived = Algorithm::Sha256.derive(key);
            if !env.demux.tokens.contains_key(&derived.token) {
                break (key, derived);
            }
        };
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
            flags: 0,
            checksums: false,
            mapped: false,
            infinite: None,
            ends,
            subflows: vec![first],
            next_id: 1,
            outgoing: Outgoing::new(own.idsn),
            ingoing: Ingoing::default(),
            app: Application::new(app),
            paths: Paths::default(),
            latest: 0,
            navigator: Navigator::new(client),
            limiter: Limiter::new(env.policy.limit, env.limits),
            experiments: Experiments::new(env.plan.negotiation),
            negotiated_on: None,
            past: Census::default(),
            orphan_until: None,
            fresh: false,
        }
    }

    /// The peer's key is known.
    pub(super) fn learn_key(&mut self, key: u64) {
        self.peer_key = key;
        self.peer = Algorithm::Sha256.derive(key);
        self.ingoing = Ingoing::new(self.peer.idsn);
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
            mptcp: self.mptcp,
            data_ack: Some(self.ingoing.nxt),
            keys: (self.own_key, self.peer_key),
            checksums: self.checksums,
            flags: self.flags,
            first: self.own.idsn.wrapping_add(1),
            infinite: self.infinite,
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

    /// Takes a segment of a subflow in.
    pub(super) fn receive(&mut self, env: &mut Env<'_>, id: SubflowId, segment: &Incoming<'_>) {
        let Some(at) = self.position(id) else { return };
        if self.subflows[at].tcp.state == State::SynSent {
            self.answered(env, at, segment);
        } else {
            match self.subflows[at].tcp.check(segment) {
                Check::Accept => self.accept(env, at, segment),
                Check::Acknowledge => {
                    self.heed_drafts(env, at, segment, false, false);
                    let voice = self.voice();
                    self.subflows[at].acknowledge(env, &voice);
                }
                Check::Drop => {}
                Check::Refuse => refuse(env, segment),
                Check::Reset => self.was_reset(env, at, segment),
                Check::Again => {
                    let voice = self.voice();
                    self.subflows[at].resend(env, &voice);
                }
            }
        }
        self.pump(env);
    }

    fn accept(&mut self, env: &mut Env<'_>, at: usize, segment: &Incoming<'_>) {
        let third = self.subflows[at].tcp.state == State::SynReceived;
        if third && !self.completed(env, at, segment) {
            return;
        }
        self.confirm(env, at, segment);
        self.take_acknowledgment(env, at, segment);
        if third {
            self.request_navigation(env);
        }
        if self.mptcp {
            self.take_options(env, at, segment);
        }
        if self.done || self.subflows[at].tcp.state == State::Closed {
            return;
        }
        self.heed_drafts(env, at, segment, third, true);
        let joins = self.subflows[at].join.is_some() && segment.join().is_some();
        if joins && env.policy.base.confirms_joins() {
            // RFC 8684 §3.2: the fourth packet, without which the peer may not send data and
            // sends the third one again.
            self.subflows[at].ack_due = true;
        }
        if !(env.policy.navigation.drops_data() && hides(segment).is_some()) {
            self.take_payload(env, at, segment);
        }
        if self.subflows[at].tcp.take_fin(env.now) {
            self.subflows[at].ack_due = true;
            self.retire(env, at);
            if self.mptcp {
                self.subflows[at].fin_wanted = true;
            } else {
                self.end_of_stream();
            }
        }
    }

    fn take_acknowledgment(&mut self, env: &mut Env<'_>, at: usize, segment: &Incoming<'_>) {
        // RFC 8684 §3: an option that comes on a duplicate acknowledgment is no sign of
        // congestion.
        let plain = segment.options().all(|option| matches!(option, MptcpOption::Dss(_)))
            && segment.signals.iter().all(|signal| signal.option.is_some());
        let counts = plain || env.policy.base.counts_signals_as_congestion();
        let counts = counts || env.policy.navigation.counts_as_duplicate_ack();
        let voice = self.voice();
        let subflow = &mut self.subflows[at];
        let queued = payload_in(subflow);
        let progress = subflow.tcp.acknowledged(env.now, segment, counts);
        if progress.octets > 0 {
            subflow.tcp.after_acknowledgment(env.now);
            let acknowledged = queued.saturating_sub(payload_in(subflow));
            if !self.mptcp {
                let una = self.outgoing.una.wrapping_add(acknowledged);
                self.outgoing.acknowledge(env.now, una);
                self.outgoing.forget_timer();
            } else if acknowledged > 0 && !self.mapped && segment.signals.is_empty() {
                // RFC 8684 §3.7: data is acknowledged on the subflow alone, so that options
                // get lost on the way.
                self.fall_back(env);
                let una = self.outgoing.una.wrapping_add(acknowledged);
                self.outgoing.acknowledge(env.now, una);
            }
        }
        if progress.resend && !self.navigator.abandons(env.policy.navigation, self.subflows[at].id)
        {
            self.subflows[at].resend(env, &voice);
        }
    }

    /// A segment shows that the peer has what completes the handshake.
    fn confirm(&mut self, env: &mut Env<'_>, at: usize, segment: &Incoming<'_>) {
        let subflow = &mut self.subflows[at];
        let shows = subflow.join.is_some() || !segment.signals.is_empty();
        if self.mptcp && !subflow.confirmed && shows {
            subflow.confirmed = true;
            subflow.third_at = None;
            self.established(env);
        }
    }

    fn take_options(&mut self, env: &mut Env<'_>, at: usize, segment: &Incoming<'_>) {
        let hidden = env.policy.navigation.hides_other_options();
        let behind = hides(segment).filter(|_| hidden);
        for option in segment.options().take(behind.unwrap_or(usize::MAX)) {
            match option {
                MptcpOption::MpCapable(capable) => self.take_capable(env, at, capable),
                MptcpOption::Dss(dss) => self.take_dss(env, at, dss, segment),
                MptcpOption::AddAddr(add) => self.take_add_addr(env, at, add),
                MptcpOption::RemoveAddr(remove) => self.take_remove_addr(env, remove),
                MptcpOption::MpPrio(prio) if env.policy.base.honours_priority() => {
                    self.subflows[at].peer_backup = prio.backup;
                }
                MptcpOption::MpFail(fail) => self.take_fail(env, fail),
                MptcpOption::MpFastclose(fastclose) => self.take_fastclose(env, at, fastclose),
                MptcpOption::Experimental(_) if !env.policy.experiment.reads_on() => return,
                _ => {}
            }
            if self.done || !self.mptcp {
                return;
            }
        }
    }

    /// The mapping in an MP_CAPABLE with data (RFC 8684 §3.1).
    fn take_capable(&mut self, env: &mut Env<'_>, at: usize, capable: &MpCapable) {
        let CapableKeys::Data { sender, receiver, length, checksum } = capable.keys else { return };
        let own = sender == self.peer_key && receiver == self.own_key;
        if self.subflows[at].join.is_some() || !own {
            return;
        }
        let dsn = Seq::Long(self.peer.idsn.wrapping_add(1));
        self.take_mapping(env, at, Mapping { dsn, ssn: 1, length, checksum }, false);
    }

    fn take_dss(&mut self, env: &mut Env<'_>, at: usize, dss: &Dss, segment: &Incoming<'_>) {
        let first = !std::mem::replace(&mut self.mapped, true);
        if let Some(ack) = dss.data_ack {
            let ack = match ack {
                Seq::Short(low) => self.outgoing.expand(low),
                Seq::Long(ack) => ack,
            };
            if self.outgoing.acknowledge(env.now, ack) || ack == self.outgoing.una {
                let shift = self.subflows[at].tcp.peer_shift_in_use();
                let window = u64::from(segment.head.window) << shift;
                self.outgoing.allow(ack.wrapping_add(window));
            }
        }
        if let Some(mapping) = dss.mapping {
            if mapping.length == 0 {
                self.take_infinite_mapping(env, first);
            } else {
                self.take_mapping(env, at, mapping, dss.data_fin);
            }
        }
    }

    fn take_mapping(&mut self, env: &mut Env<'_>, at: usize, mapping: Mapping, data_fin: bool) {
        self.mapped = true;
        if mapping.checksum.is_some() != self.checksums && env.policy.base.insists_on_checksums() {
            // RFC 8684 §3.3.1: checksums are used by all or by none.
            self.reset_subflow(env, at, &[reason(0x01, false)]);
            return;
        }
        let dsn = match mapping.dsn {
            Seq::Short(low) => self.ingoing.expand(low),
            Seq::Long(dsn) => dsn,
        };
        let fin = u64::from(data_fin);
        let length = u64::from(mapping.length).saturating_sub(fin);
        if data_fin && env.policy.base.honours_data_fin() {
            self.ingoing.finish(dsn.wrapping_add(length));
            self.subflows[at].ack_due = true;
        }
        if length == 0 {
            return;
        }
        let checked = mapping.checksum.map(|checksum| Checked {
            ssn: mapping.ssn,
            length: mapping.length,
            checksum,
        });
        let subflow = &mut self.subflows[at];
        let from = subflow.tcp.place_of(mapping.ssn);
        subflow.up.map(Mapped { from, length, dsn, checked });
    }

    fn take_payload(&mut self, env: &mut Env<'_>, at: usize, segment: &Incoming<'_>) {
        let subflow = &mut self.subflows[at];
        if segment.head.sequence_len() > 0 {
            subflow.ack_due = true;
        }
        let octets = subflow.tcp.take(segment);
        if !octets.is_empty() {
            subflow.heard = Some(env.now);
        }
        subflow.up.push(&octets);
        self.hand_up(env, at);
    }

    /// Hands what has come on a subflow to the data level.
    fn hand_up(&mut self, env: &mut Env<'_>, at: usize) {
        while self.mptcp {
            let Some(handed) = self.subflows[at].up.pop() else { break };
            match handed {
                Handed::Broken(dsn, octets) if env.policy.base.verifies_checksums() => {
                    self.checksum_failed(env, at, dsn, &octets);
                }
                Handed::Octets(dsn, octets) | Handed::Broken(dsn, octets) => {
                    self.deliver(dsn, &octets);
                }
            }
            if self.subflows[at].tcp.state == State::Closed {
                return;
            }
        }
        if self.mptcp && self.subflows[at].up.is_unmapped() {
            self.unmapped(env, at);
        }
        if !self.mptcp {
            let octets = self.subflows[at].up.pop_plain();
            self.ingoing.nxt = self.ingoing.nxt.wrapping_add(octets.len() as u64);
            self.app.read(&mut self.outgoing, &octets);
        }
        if self.mptcp && self.ingoing.take_fin() {
            self.end_of_stream();
        }
    }

    /// Takes octets of the data in.
    pub(super) fn deliver(&mut self, dsn: u64, octets: &[u8]) {
        let octets = self.ingoing.take(dsn, octets);
        self.app.read(&mut self.outgoing, &octets);
    }

    fn was_reset(&mut self, env: &mut Env<'_>, at: usize, segment: &Incoming<'_>) {
        let fastclose = segment.options().find_map(|option| match option {
            MptcpOption::MpFastclose(fastclose) if self.mptcp => Some(*fastclose),
            _ => None,
        });
        if self.mptcp {
            self.heed_drafts(env, at, segment, false, true);
        }
        self.subflows[at].tcp.close();
        self.subflows[at].was_reset = true;
        if let Some(fastclose) = fastclose {
            self.take_fastclose(env, at, &fastclose);
        }
        if !self.mptcp {
            self.abandon();
        }
    }

    /// Resets a subflow.
    pub(super) fn reset_subflow(&mut self, env: &mut Env<'_>, at: usize, why: &[MptcpOption]) {
        let why = if self.mptcp && env.policy.base.tells_reasons() { why } else { &[] };
        self.subflows[at].reset(env, why);
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
        let timers = subflows.flat_map(|subflow| [subflow.tcp.next_wake(), subflow.third_at]);
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
            debug_assert_eq!(self.subflows.get(at).map(|subflow| subflow.id), Some(id));
        }
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
        if !self.done {
            if std::mem::take(&mut self.fresh) {
                self.request_navigation(env);
            }
            let limit = self.segment_limit(env);
            self.app.tick(env.now, &mut self.outgoing, limit);
            self.close_stream(env);
        }
        if !self.done {
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
        if env.policy.base.shrinks_window() { WINDOW.saturating_sub(unread) } else { WINDOW }
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
            if subflow.join.is_some() && !subflow.confirmed {
                self.past.failed = self.past.failed.saturating_add(1);
            } else {
                self.past.ended = self.past.ended.saturating_add(1);
                self.past.reset += u32::from(subflow.was_reset);
            }
            let abandons = self.navigator.abandons(env.policy.navigation, subflow.id);
            if self.mptcp && !abandons && env.policy.base.sends_elsewhere() {
                self.outgoing.lost(subflow.id);
            }
            if self.subflows.is_empty() && !self.done {
                self.without_subflow(env);
            }
        }
        if self.done {
            env.demux.tokens.remove(&self.own.token);
        }
    }

    fn without_subflow(&mut self, env: &Env<'_>) {
        let over = self.ingoing.finished && self.outgoing.fin_is_acknowledged();
        if self.mptcp && self.subflows.is_empty() && !over && self.peer_key != 0 {
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

/// How many well-formed options stand before one with the subtype of MP_Navigation or an unknown
/// one, if there is any.
fn hides(segment: &Incoming<'_>) -> Option<usize> {
    let hiding =
        |option: &MptcpOption| matches!(option.subtype(), Subtype::Navigation | Subtype::Unknown);
    segment.options().position(hiding)
}

/// Octets of payload that wait for an acknowledgment of the subflow.
fn payload_in(subflow: &Subflow) -> u64 {
    subflow.tcp.queue.iter().map(|sent| sent.payload.len() as u64).sum()
}

/// Answers a segment that belongs to nothing (RFC 9293 §3.10.7.1).
pub(super) fn refuse(env: &mut Env<'_>, segment: &Incoming<'_>) {
    if segment.has(Flags::RST) {
        return;
    }
    refuse_with(env, segment, &[]);
}

/// Answers a segment with RST and these options.
pub(super) fn refuse_with(env: &mut Env<'_>, segment: &Incoming<'_>, options: &[MptcpOption]) {
    let head = &segment.head;
    let (seq, flags) =
        if segment.has(Flags::ACK) { (head.ack, Flags::RST) } else { (0, Flags::RST | Flags::ACK) };
    let (local, remote) = segment.ends();
    let mut area = crate::craft::Area::new();
    for option in options {
        area.mptcp(option, env.plan.dialect);
    }
    let mut tcp = Tcp::new(local, remote, env);
    tcp.rcv_nxt = head.seq.wrapping_add(head.sequence_len());
    tcp.advertised = 0;
    tcp.emit(env, flags, seq, &area, &[]);
}
