//! How a segment of a subflow is taken in: acknowledgments, options, payload.

use std::collections::VecDeque;

use mpdissect::wire::mptcp::{
    CapableKeys, Dss, Mapping, MpCapable, MpTcprst, MptcpOption, Seq, Subtype,
};
use mpdissect::wire::tcp::Flags;

use super::connection::{Connection, refuse};
use super::env::Env;
use super::intake::Incoming;
use super::mapping::{Checked, Handed, Mapped};
use super::navigation::SubflowId;
use super::subflow::{Refused, Subflow, reason};
use super::tcp::{BUFFER, Check, State};

impl Connection {
    /// Takes a segment of a subflow in.
    pub(super) fn receive(&mut self, env: &mut Env<'_>, id: SubflowId, segment: &Incoming<'_>) {
        let Some(at) = self.position(id) else { return };
        if self.subflows[at].tcp.state == State::SynSent {
            self.answered(env, at, segment);
        } else {
            match self.subflows[at].tcp.check(segment) {
                Check::Again | Check::Acknowledge
                    if segment.has(Flags::SYN) && !env.policy.opening.outlives_repeated_syns() =>
                {
                    self.reset_subflow(env, at, &[reason(0x01, false)]);
                }
                Check::Accept => self.accept(env, at, segment),
                Check::Acknowledge => {
                    self.heed_drafts(env, at, segment, false, false);
                    self.heed_unacceptable(env, at, segment);
                    if self.subflows[at].tcp.state == State::Closed {
                        self.pump(env);
                        return;
                    }
                    self.is_there(env, at);
                    let voice = self.voice();
                    self.subflows[at].acknowledge(env, &voice);
                }
                Check::Drop => {}
                Check::Refuse => refuse(env, segment),
                Check::Reset if is_odd_reset(env, segment) => {}
                Check::Reset => self.was_reset(env, at, segment),
                Check::Again => self.answer_again(env, at),
            }
        }
        self.pump(env);
    }

    fn accept(&mut self, env: &mut Env<'_>, at: usize, segment: &Incoming<'_>) {
        let third = self.subflows[at].tcp.state == State::SynReceived;
        if third && !self.completed(env, at, segment) {
            return;
        }
        self.is_there(env, at);
        if self.subflows[at].tcp.state == State::Closed {
            return;
        }
        if self.is_in_doubt(env, at, segment, third) {
            self.reset_subflow(env, at, &[reason(0x01, false)]);
            return;
        }
        self.confirm(env, at, segment);
        self.take_acknowledgment(env, at, segment);
        if third {
            self.request_navigation(env);
        }
        if self.mptcp || env.policy.opening.heeds_options_after_fallback() {
            self.take_options(env, at, segment);
        } else {
            self.settle_fallback(env, at, segment);
        }
        if self.done || self.subflows[at].tcp.state == State::Closed {
            return;
        }
        self.heed_drafts(env, at, segment, third, true);
        let joins = self.subflows[at].join.is_some() && segment.join().is_some();
        if joins && env.policy.paths.confirms_joins(!third) {
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
        let counts = plain || env.policy.data.counts_signals_as_congestion();
        let counts = counts || env.policy.navigation.counts_as_duplicate_ack();
        let voice = self.voice();
        let options_may_be_lost = !self.mapped || !env.policy.opening.outlives_bare_acks();
        let forgets = self.mptcp && !env.policy.data.keeps_until_data_ack();
        let sent = if forgets { self.subflows[at].tcp.queue.clone() } else { VecDeque::new() };
        let subflow = &mut self.subflows[at];
        let queued = payload_in(subflow);
        let progress = subflow.tcp.acknowledged(env.now, segment, counts);
        if progress.octets > 0 {
            subflow.tcp.after_acknowledgment(env.now);
            let acknowledged = queued.saturating_sub(payload_in(subflow));
            let left = subflow.tcp.queue.len();
            for gone in sent.iter().take(sent.len().saturating_sub(left)) {
                self.outgoing.forget(gone.dsn.unwrap_or_default());
            }
            let data_ack = segment.dss().is_some_and(|dss| dss.data_ack.is_some());
            subflow.proven |= acknowledged > 0 && data_ack;
            let bare = acknowledged > 0 && !data_ack && segment.signals.is_empty();
            if !self.mptcp && !env.policy.data.frees_by_subflow(self.mapped) {
                self.outgoing.forget_timer();
            } else if !self.mptcp {
                let una = self.outgoing.una.wrapping_add(acknowledged);
                self.outgoing.acknowledge(env.now, una);
                self.outgoing.forget_timer();
            } else if bare && subflow.join.is_some() && !subflow.proven {
                if env.policy.data.minds_missing_data_acks() {
                    // RFC 8684 §3.7: options get lost on the way of this subflow.
                    let why = reason(env.policy.data.reason_for_missing_data_acks(), false);
                    self.reset_subflow(env, at, &[why]);
                    return;
                }
            } else if bare && options_may_be_lost && env.policy.data.falls_back_without_data_acks()
            {
                // RFC 8684 §3.7: data is acknowledged on the subflow alone, so that options
                // get lost on the way. The other end is told, in case they do in one direction.
                self.infinite = true;
                self.fall_back(env);
                let una = self.outgoing.una.wrapping_add(acknowledged);
                self.outgoing.acknowledge(env.now, una);
            }
        }
        if self.mptcp && env.policy.data.takes_window_without_data_ack() && segment.dss().is_none()
        {
            let shift = self.subflows[at].tcp.peer_shift_in_use();
            let window = u64::from(segment.head.window) << shift;
            self.outgoing.allow(self.outgoing.una.wrapping_add(window));
        }
        if progress.resend && !self.navigator.abandons(env.policy.navigation, self.subflows[at].id)
        {
            self.subflows[at].resend(env, &voice);
        }
    }

    /// Whether a host that is particular about joins ends one for the sake of a segment: a third
    /// ACK once more, or data instead of the ACK of the own one.
    fn is_in_doubt(&self, env: &Env<'_>, at: usize, segment: &Incoming<'_>, third: bool) -> bool {
        let (policy, subflow) = (env.policy.paths, &self.subflows[at]);
        let again = !third && segment.join().is_some() && !policy.outlives_repeated_third();
        let data = subflow.own && !subflow.confirmed && segment.head.payload_len > 0;
        subflow.join.is_some() && (again || (data && !policy.takes_data_for_confirmation()))
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
                MptcpOption::MpFail(_) => self.take_fail(env, at),
                MptcpOption::Experimental(_) if !env.policy.experiment.reads_on() => return,
                other => self.take_signal(env, at, other),
            }
            if self.done || !self.mptcp {
                return;
            }
        }
    }

    /// Takes an option in that is about subflows and addresses.
    fn take_signal(&mut self, env: &mut Env<'_>, at: usize, option: &MptcpOption) {
        match option {
            MptcpOption::AddAddr(add) => self.take_add_addr(env, at, add),
            MptcpOption::RemoveAddr(remove) => self.take_remove_addr(env, remove),
            MptcpOption::MpPrio(prio) if env.policy.paths.honours_priority() => {
                for (index, subflow) in self.subflows.iter_mut().enumerate() {
                    if env.policy.paths.is_concerned(index == at) {
                        subflow.peer_backup = prio.backup;
                    }
                }
            }
            MptcpOption::MpFastclose(fastclose) => self.take_fastclose(env, fastclose, false),
            _ => {}
        }
    }

    /// RFC 8684 §3: options on a segment that TCP doesn't accept take no effect.
    fn heed_unacceptable(&mut self, env: &mut Env<'_>, at: usize, segment: &Incoming<'_>) {
        for option in segment.options() {
            if self.mptcp && !self.done && env.policy.paths.heeds_unacceptable(option) {
                self.take_signal(env, at, option);
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
        if self.mapped && !env.policy.opening.takes_repeated_mappings() {
            self.reset_subflow(env, at, &[reason(0x01, false)]);
            return;
        }
        let dsn = Seq::Long(self.peer.idsn.wrapping_add(1));
        self.take_mapping(env, at, Mapping { dsn, ssn: 1, length, checksum }, false);
    }

    fn take_dss(&mut self, env: &mut Env<'_>, at: usize, dss: &Dss, segment: &Incoming<'_>) {
        let data = env.policy.data;
        if dss.idle_width_flags != 0 && data.minds_idle_width_flags() {
            return;
        }
        if segment.has(Flags::URG) && !data.reads_urgent() {
            return;
        }
        let first = !std::mem::replace(&mut self.mapped, true);
        if first {
            self.join_wanted(env);
        }
        if let Some(ack) = dss.data_ack.filter(|ack| data.takes_short_acks() || ack.width() == 8) {
            let ack = match ack {
                Seq::Short(low) => data.promoted(low, self.outgoing.una, self.outgoing.una),
                Seq::Long(ack) => ack,
            };
            if self.outgoing.acknowledge(env.now, ack) || ack == self.outgoing.una {
                let shift = self.subflows[at].tcp.peer_shift_in_use();
                let window = u64::from(segment.head.window) << shift;
                if data.takes_window_of(self.subflows[at].join.is_none()) {
                    self.outgoing.allow(ack.wrapping_add(window));
                }
            }
        }
        let reads = dss.data_ack.is_some() || data.reads_without_data_ack();
        if let Some(mapping) = dss.mapping.filter(|_| reads) {
            if mapping.length == 0 {
                self.take_infinite_mapping(env);
            } else {
                self.take_mapping_of(env, at, mapping, dss.data_fin, segment);
            }
        }
    }

    /// A mapping and the segment that it came with.
    fn take_mapping_of(
        &mut self,
        env: &mut Env<'_>,
        at: usize,
        mut mapping: Mapping,
        data_fin: bool,
        segment: &Incoming<'_>,
    ) {
        let opening = env.policy.opening;
        let copied = self.subflows[at].mapping.replace(mapping) == Some(mapping);
        if copied && !data_fin && !opening.takes_copied_mappings() {
            self.reset_subflow(env, at, &[reason(0x01, false)]);
            return;
        }
        let carried = u16::try_from(segment.head.payload.len()).unwrap_or(u16::MAX);
        if carried > 0 && !data_fin && !opening.maps_beyond_segment() {
            mapping.length = mapping.length.min(carried);
        }
        self.take_mapping(env, at, mapping, data_fin);
    }

    fn take_mapping(&mut self, env: &mut Env<'_>, at: usize, mapping: Mapping, data_fin: bool) {
        self.mapped = true;
        let data = env.policy.data;
        if mapping.checksum.is_some() != self.checksums && data.insists_on_checksums() {
            // RFC 8684 §3.3.1: checksums are used by all or by none.
            self.reset_subflow(env, at, &[reason(data.reason_for_disagreement(), false)]);
            return;
        }
        let dsn = match mapping.dsn {
            Seq::Short(_) if !data.takes_short_numbers() => return,
            Seq::Short(low) => data.promoted(low, self.ingoing.nxt, self.ingoing.latest),
            Seq::Long(dsn) => dsn,
        };
        self.ingoing.latest = self.ingoing.latest.max(dsn);
        let fin = u64::from(data_fin);
        let length = u64::from(mapping.length).saturating_sub(fin);
        let alone = length == 0;
        if data_fin && data.honours_data_fin() && (alone || data.takes_fin_with_data()) {
            self.ingoing.finish(dsn.wrapping_add(length));
            if !data.orders_data_fin() {
                self.ingoing.nxt = dsn.wrapping_add(length);
            }
            self.subflows[at].ack_due = true;
        }
        if length == 0 {
            return;
        }
        let checked = mapping.checksum.map(|checksum| Checked {
            ssn: mapping.ssn,
            length: mapping.length,
            checksum,
            dsn: if mapping.dsn.width() == 4 { data.summed(dsn) } else { dsn },
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
        let early = segment.head.seq != subflow.tcp.rcv_nxt;
        if early && !env.policy.data.orders_subflow() {
            let mapping = segment.dss().and_then(|dss| dss.mapping);
            if let Some(Mapping { dsn: Seq::Long(dsn), .. }) = mapping {
                self.deliver(env, dsn, segment.head.payload);
            }
        }
        let subflow = &mut self.subflows[at];
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
                Handed::Broken(dsn, octets) if env.policy.data.verifies_checksums() => {
                    self.checksum_failed(env, at, dsn, &octets);
                }
                Handed::Octets(dsn, octets) | Handed::Broken(dsn, octets) => {
                    let known = dsn.wrapping_add(octets.len() as u64) <= self.ingoing.nxt;
                    if known && env.policy.data.minds_old_data() {
                        self.reset_subflow(env, at, &[reason(0x01, false)]);
                        return;
                    }
                    self.deliver(env, dsn, &octets);
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
    pub(super) fn deliver(&mut self, env: &Env<'_>, dsn: u64, octets: &[u8]) {
        let data = env.policy.data;
        let before = self.ingoing.nxt;
        let ahead = dsn.wrapping_sub(before).cast_signed();
        if data.hands_up_twice() && ahead < 0 {
            self.app.read(&mut self.outgoing, octets);
        }
        if ahead >= i64::from(BUFFER) && !data.minds_data_window() {
            self.ingoing.nxt = dsn;
        }
        let octets = self.ingoing.take(dsn, octets, data.keeps_first_copy());
        self.ingoing.nxt = data.advanced(before, self.ingoing.nxt);
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
        let transient = |option: &MptcpOption| {
            matches!(option, MptcpOption::MpTcprst(MpTcprst { transient: true, .. }))
        };
        self.subflows[at].tcp.close();
        self.subflows[at].was_reset = true;
        self.subflows[at].was_refused =
            Some(Refused { transient: segment.options().any(transient) });
        if let Some(fastclose) = fastclose {
            self.take_fastclose(env, &fastclose, true);
        } else if env.policy.paths.ends_with_subflow() {
            self.reset_all(env, &[]);
            self.abandon();
        }
        if !self.mptcp || self.farewell.is_some() {
            self.abandon();
        }
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

/// Whether a RST doesn't count for the flags of its reason.
fn is_odd_reset(env: &Env<'_>, segment: &Incoming<'_>) -> bool {
    let odd = |option: &MptcpOption| matches!(option, MptcpOption::MpTcprst(it) if it.flag_u || it.flag_v || it.flag_w);
    !env.policy.paths.ignores_flags_of_reasons() && segment.options().any(odd)
}
