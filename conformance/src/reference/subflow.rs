//! One subflow: a TCP connection, and the options that its segments carry.

use std::collections::VecDeque;
use std::time::Duration;

use mpdissect::crypto::Sum;
use mpdissect::wire::mptcp::{
    CapableFlags, CapableKeys, Dss, Mapping, MpCapable, MpFail, MpTcprst, MptcpOption, Seq,
};
use mpdissect::wire::tcp::Flags;

use super::env::Env;
use super::mapping::Upward;
use super::navigation::{Candidate, SubflowId};
use super::tcp::{Sent, State, Tcp};
use crate::craft::Area;
use crate::policy::paths::Loss;

/// What every segment of a connection says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice {
    /// The connection speaks MPTCP.
    pub(super) mptcp: bool,
    /// The next data sequence number expected, once it is known.
    pub(super) data_ack: Option<u64>,
    /// Both keys, the own one first.
    pub(super) keys: (u64, u64),
    /// Mappings carry checksums.
    pub(super) checksums: bool,
    /// The flags of the own MP_CAPABLE.
    pub(super) flags: u8,
    /// The data sequence number of the own first octet.
    pub(super) first: u64,
    /// The infinite mapping that a fallback still has to tell.
    pub(super) infinite: bool,
    /// The data sequence number of an MP_FAIL that the peer hasn't reacted to.
    pub(super) fail: Option<u64>,
}

/// The random numbers of a join.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Nonces {
    pub(super) own: u32,
    pub(super) peer: u32,
}

/// One subflow.
#[derive(Debug)]
pub(super) struct Subflow {
    pub(super) id: SubflowId,
    pub(super) tcp: Tcp,
    /// The own host opened it.
    pub(super) own: bool,
    /// The address IDs of both ends.
    pub(super) local_id: u8,
    pub(super) remote_id: u8,
    /// Its join, unless it is the first.
    pub(super) join: Option<Nonces>,
    /// The option of the SYN or SYN/ACK, and that of the third ACK.
    pub(super) hello: Option<MptcpOption>,
    pub(super) third: Option<MptcpOption>,
    /// The cookie for TCP Fast Open that the SYN/ACK gives.
    pub(super) cookie: Option<[u8; 8]>,
    /// The other end is known to have what completes the handshake.
    pub(super) confirmed: bool,
    /// It carries data before that, as it mustn't.
    pub(super) eager: bool,
    /// When the third ACK of a join is sent again, and how long it waited.
    pub(super) third_at: Option<Duration>,
    pub(super) third_wait: Duration,
    /// Which end made it a backup.
    pub(super) own_backup: bool,
    pub(super) peer_backup: bool,
    /// What comes in, and the latest mapping of it.
    pub(super) up: Upward,
    pub(super) mapping: Option<Mapping>,
    /// Data on it was acknowledged together with a data acknowledgment.
    pub(super) proven: bool,
    /// When data last came in.
    pub(super) heard: Option<Duration>,
    /// Options that wait for an acknowledgment to go out on.
    pub(super) replies: VecDeque<Vec<u8>>,
    /// Something has to be acknowledged.
    pub(super) ack_due: bool,
    /// It takes no new data any more.
    pub(super) retired: bool,
    /// A FIN follows what is queued.
    pub(super) fin_wanted: bool,
    /// A RST ended it.
    pub(super) was_reset: bool,
    /// The other end's RST did, and may be asked again where it said so.
    pub(super) was_refused: Option<Refused>,
    /// The other end has taken its address back.
    pub(super) withdrawn: bool,
    /// Whether the other end is still there is being asked.
    pub(super) doubt: Option<Doubt>,
}

/// A RST of the other end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    /// Its reason passes.
    pub(super) transient: bool,
}

/// A question whether the other end is still there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doubt {
    /// When it is asked next, or given up.
    pub(super) at: Duration,
    /// How often it was asked.
    pub(super) asked: u32,
}

impl Subflow {
    /// A subflow that begins with this TCP connection.
    pub(super) fn new(id: SubflowId, tcp: Tcp, own: bool) -> Self {
        Self {
            id,
            tcp,
            own,
            local_id: 0,
            remote_id: 0,
            join: None,
            hello: None,
            third: None,
            cookie: None,
            confirmed: false,
            eager: false,
            third_at: None,
            third_wait: Duration::ZERO,
            own_backup: false,
            peer_backup: false,
            up: Upward::default(),
            mapping: None,
            proven: false,
            heard: None,
            replies: VecDeque::new(),
            ack_due: false,
            retired: false,
            fin_wanted: false,
            was_reset: false,
            was_refused: None,
            withdrawn: false,
            doubt: None,
        }
    }

    /// Why it has come to nothing, if the own host opened it as a join and the other end ended it.
    pub(super) fn loss(&self, over: bool) -> Option<Loss> {
        let refused = self.was_refused.filter(|_| self.own && self.join.is_some() && !over)?;
        match refused {
            _ if self.withdrawn => Some(Loss::Removed),
            _ if !self.confirmed => Some(Loss::Refused),
            Refused { transient: false } => Some(Loss::Reset),
            Refused { transient: true } => None,
        }
    }

    /// Whether new data may go out on it.
    pub(super) fn is_live(&self) -> bool {
        self.tcp.state == State::Established
            && !self.retired
            && (self.confirmed || self.join.is_none() || self.eager)
    }

    /// Whether its handshake is still going on.
    pub(super) fn is_joining(&self) -> bool {
        let syn = matches!(self.tcp.state, State::SynSent | State::SynReceived);
        self.join.is_some()
            && (syn || (!self.confirmed && self.tcp.state == State::Established && !self.retired))
    }

    /// Whether the other end doesn't answer.
    pub(super) fn is_stalled(&self, env: &Env<'_>) -> bool {
        self.tcp.timeouts >= env.policy.data.stalls_after()
    }

    /// Whether either end made it a backup.
    pub(super) fn is_backup(&self) -> bool {
        self.own_backup || self.peer_backup
    }

    /// What others are told about it.
    pub(super) fn candidate(&self, env: &Env<'_>, voice: &Voice) -> Candidate {
        Candidate {
            subflow: self.id,
            remote_id: self.remote_id,
            local_id: self.local_id,
            backup: self.is_backup() || self.withdrawn,
            withdrawn: self.withdrawn,
            has_room: self.room(env, voice) > 0,
            heard: self.heard,
        }
    }

    /// The most octets of payload that a segment has room for.
    pub(super) fn payload_limit(&self, env: &Env<'_>, voice: &Voice) -> u32 {
        let timestamps = if self.tcp.timestamps { 12 } else { 0 };
        let options = timestamps + if voice.mptcp { 28 } else { 0 };
        let limit = env.policy.segment.payload_limit(self.tcp.mss, options).max(1);
        u32::try_from(limit).unwrap_or(u32::MAX)
    }

    /// How many octets the next segment may have: none if it isn't worth one.
    pub(super) fn room(&self, env: &Env<'_>, voice: &Voice) -> u32 {
        if !self.is_live() || self.is_stalled(env) {
            return 0;
        }
        // Until the other end has shown that it speaks MPTCP, one segment is on the way at most:
        // the one that carries the keys once more.
        if voice.mptcp && !self.confirmed && !self.eager && self.tcp.in_flight() > 0 {
            return 0;
        }
        let limit = self.payload_limit(env, voice);
        let room = self.tcp.room(env.policy.data.honours_windows());
        if room >= limit {
            limit
        } else if self.tcp.worthwhile(room) {
            room
        } else {
            0
        }
    }

    /// Sends the SYN or the SYN/ACK.
    pub(super) fn greet(&mut self, env: &mut Env<'_>, voice: &Voice) {
        let ack = if self.tcp.state == State::SynSent { Flags(0) } else { Flags::ACK };
        let seq = self.tcp.iss;
        let flags = Flags::SYN | ack;
        self.queue(env, voice, Sent { seq, flags, payload: Vec::new(), dsn: None });
    }

    /// Sends octets of the data, and keeps them until they are acknowledged.
    pub(super) fn send(&mut self, env: &mut Env<'_>, voice: &Voice, dsn: u64, payload: Vec<u8>) {
        let (seq, flags) = (self.tcp.nxt, Flags::ACK | Flags::PSH);
        self.queue(env, voice, Sent { seq, flags, payload, dsn: Some(dsn) });
        self.ack_due = false;
    }

    /// Sends the FIN, if it is time for it.
    pub(super) fn finish(&mut self, env: &mut Env<'_>, voice: &Voice) {
        if !self.fin_wanted {
            return;
        }
        let Some(next) = self.tcp.fin_leads_to() else { return };
        self.fin_wanted = false;
        let sent = Sent {
            seq: self.tcp.nxt,
            flags: Flags::FIN | Flags::ACK,
            payload: Vec::new(),
            dsn: None,
        };
        self.queue(env, voice, sent);
        self.tcp.state = next;
        self.ack_due = false;
    }

    fn queue(&mut self, env: &mut Env<'_>, voice: &Voice, sent: Sent) {
        let option = self.mapping(env, voice, &sent);
        self.transmit(env, voice, &sent, &option);
        self.tcp.sent(env.now, sent);
    }

    /// Sends the oldest segment once more.
    pub(super) fn resend(&mut self, env: &mut Env<'_>, voice: &Voice) {
        let Some(sent) = self.tcp.queue.front().cloned() else { return };
        let latest = self.tcp.queue.iter().rev().find(|sent| sent.dsn.is_some());
        let mapped = match latest {
            Some(latest) if !env.policy.data.maps_what_it_carries() => latest.clone(),
            _ => sent.clone(),
        };
        let dsn = mapped.dsn.map(|dsn| env.policy.data.mapped_again(dsn));
        let dsn = dsn.filter(|_| env.policy.data.maps_retransmissions());
        let option = self.mapping(env, voice, &Sent { dsn, ..mapped });
        self.transmit(env, voice, &sent, &option);
    }

    fn transmit(&self, env: &mut Env<'_>, voice: &Voice, sent: &Sent, option: &MptcpOption) {
        let mut area = Area::new();
        if sent.flags.contains(Flags::SYN) {
            self.offer(env, &mut area, sent.flags);
        } else {
            self.clocks(env, &mut area);
            if voice.mptcp || (voice.infinite && sent.dsn.is_some()) {
                add(env, &mut area, option);
            }
        }
        let more = if sent.dsn.is_some() { env.policy.data.flags_of_data() } else { Flags(0) };
        self.tcp.emit(env, sent.flags | more, sent.seq, &area, &sent.payload);
    }

    /// The options of a SYN: those of TCP, in four words and a half, and MPTCP's.
    fn offer(&self, env: &Env<'_>, area: &mut Area, flags: Flags) {
        area.mss(self.tcp.own_mss());
        area.sack_permitted();
        if self.tcp.timestamps || !flags.contains(Flags::ACK) {
            let (value, echo) = self.tcp.clocks(env);
            let [v0, v1, v2, v3] = value.to_be_bytes();
            let [e0, e1, e2, e3] = echo.to_be_bytes();
            area.raw(&[8, 10, v0, v1, v2, v3, e0, e1, e2, e3]);
        } else {
            area.raw(&[1, 1]);
        }
        if let Some(shift) = self.tcp.own_shift() {
            area.raw(&[1]);
            area.window_scale(shift);
        }
        if let Some(hello) = &self.hello {
            add(env, area, hello);
        }
        if let Some(cookie) = self.cookie.filter(|_| area.has_room(10)) {
            area.raw(&[34, 10]);
            area.raw(&cookie);
        }
    }

    fn clocks(&self, env: &Env<'_>, area: &mut Area) {
        if self.tcp.timestamps {
            let (value, echo) = self.tcp.clocks(env);
            area.timestamps(value, echo);
        }
    }

    /// The DSS of a segment, or the MP_CAPABLE of the first data.
    fn mapping(&self, env: &Env<'_>, voice: &Voice, sent: &Sent) -> MptcpOption {
        let Some(dsn) = sent.dsn else { return acknowledgment(env, voice) };
        let ssn = sent.seq.wrapping_sub(self.tcp.iss);
        if voice.infinite {
            // RFC 8684 §3.7: a length of zero, and a checksum of zero where there are checksums.
            let checksum = voice.checksums.then_some(0);
            let mapping = Mapping { dsn: Seq::Long(dsn), ssn, length: 0, checksum };
            return dss(env, voice, Some(mapping), false);
        }
        let length = u16::try_from(sent.payload.len()).unwrap_or(u16::MAX);
        let sum = || Sum::of_mapping(dsn, ssn, length).add(0, &sent.payload).checksum();
        let checksum = voice.checksums.then(sum).map(|sum| env.policy.data.own_checksum(sum));
        let with_keys = env.policy.opening.maps_first_data_with_keys();
        let first = self.own && self.join.is_none() && dsn == voice.first;
        if first && !self.confirmed && with_keys {
            let (sender, receiver) = voice.keys;
            let keys = CapableKeys::Data { sender, receiver, length, checksum };
            let flags = CapableFlags(voice.flags);
            return MptcpOption::MpCapable(MpCapable { version: 1, flags, keys });
        }
        dss(env, voice, Some(Mapping { dsn: number(env, dsn), ssn, length, checksum }), false)
    }

    /// Sends an acknowledgment: the third ACK while the other end may not have it.
    pub(super) fn acknowledge(&mut self, env: &mut Env<'_>, voice: &Voice) {
        self.ack_due = false;
        let mut area = Area::new();
        self.clocks(env, &mut area);
        if voice.mptcp {
            match &self.third {
                Some(third) if !self.confirmed => add(env, &mut area, third),
                _ => add(env, &mut area, &acknowledgment(env, voice)),
            }
        }
        if let Some(dsn) = voice.fail {
            add(env, &mut area, &MptcpOption::MpFail(MpFail { reserved: 0, dsn }));
        }
        self.tcp.emit(env, Flags::ACK, self.tcp.nxt, &area, &[]);
    }

    /// Sends an option on an acknowledgment, with as much else as fits.
    pub(super) fn say(&mut self, env: &mut Env<'_>, voice: &Voice, option: &[u8]) {
        let mut area = Area::new();
        let clocks = if self.tcp.timestamps { 12 } else { 0 };
        // As long as the peer may lack the keys they come first: without them it would take this
        // for the third ACK of a connection of TCP.
        let other = match &self.third {
            Some(third) if !self.confirmed => third.emit(env.plan.dialect),
            _ => acknowledgment(env, voice).emit(env.plan.dialect),
        };
        let other = if voice.mptcp { other.as_slice() } else { &[] };
        let keys = if self.confirmed { 0 } else { other.len() };
        if clocks + keys + option.len() <= Area::MAX || keys + option.len() > Area::MAX {
            self.clocks(env, &mut area);
        }
        if area.has_room(other.len() + option.len()) {
            area.raw(other);
            self.ack_due = false;
        } else if std::mem::take(&mut self.ack_due) {
            // Data is never acknowledged without the data level.
            self.acknowledge(env, voice);
        }
        if !area.has_room(option.len()) {
            area = Area::new();
        }
        area.raw(option);
        if env.policy.data.avoids_duplicates() {
            self.tcp.widen();
        }
        self.tcp.emit(env, Flags::ACK, self.tcp.nxt, &area, &[]);
    }

    /// Sends what waits for an acknowledgment to go out on.
    pub(super) fn answer(&mut self, env: &mut Env<'_>, voice: &Voice) {
        while let Some(reply) = self.replies.pop_front() {
            self.say(env, voice, &reply);
        }
    }

    /// Sends an option of the base protocol on an acknowledgment.
    pub(super) fn tell(&mut self, env: &mut Env<'_>, voice: &Voice, option: &MptcpOption) {
        let octets = option.emit(env.plan.dialect);
        self.say(env, voice, octets.as_slice());
    }

    /// Sends the DATA_FIN on an acknowledgment.
    pub(super) fn say_data_fin(&mut self, env: &mut Env<'_>, voice: &Voice, fin: u64) {
        // RFC 8684 §3.3.3: without data, it maps one octet to the subflow sequence number 0.
        let checksum = voice.checksums.then(|| Sum::of_mapping(fin, 0, 1).checksum());
        let ssn = env.policy.data.ssn_of_data_fin(self.tcp.nxt.wrapping_sub(self.tcp.iss));
        let mapping = Mapping { dsn: number(env, fin), ssn, length: 1, checksum };
        let option = dss(env, voice, Some(mapping), true);
        self.tell(env, voice, &option);
    }

    /// Resets the subflow, with these options.
    pub(super) fn reset(&mut self, env: &mut Env<'_>, options: &[MptcpOption]) {
        let mut area = Area::new();
        if self.tcp.is_synchronised() {
            self.clocks(env, &mut area);
        }
        for option in options {
            add(env, &mut area, option);
        }
        self.tcp.emit(env, Flags::RST | Flags::ACK, self.tcp.nxt, &area, &[]);
        self.tcp.close();
        self.was_reset = true;
    }
}

/// An MP_TCPRST with this reason.
pub(super) fn reason(code: u8, transient: bool) -> MptcpOption {
    let (flag_u, flag_v, flag_w) = (false, false, false);
    MptcpOption::MpTcprst(MpTcprst { flag_u, flag_v, flag_w, transient, reason: code })
}

fn add(env: &Env<'_>, area: &mut Area, option: &MptcpOption) {
    area.mptcp(option, env.plan.dialect);
}

/// A DSS that only acknowledges.
fn acknowledgment(env: &Env<'_>, voice: &Voice) -> MptcpOption {
    dss(env, voice, None, false)
}

fn dss(env: &Env<'_>, voice: &Voice, mapping: Option<Mapping>, data_fin: bool) -> MptcpOption {
    let data_ack = voice.data_ack.filter(|_| env.policy.data.acknowledges_data());
    let data_ack = data_ack.map(|ack| number(env, ack));
    let reserved = env.policy.data.reserved_bits();
    MptcpOption::Dss(Dss { reserved, data_fin, data_ack, mapping, idle_width_flags: 0 })
}

fn number(env: &Env<'_>, number: u64) -> Seq {
    if env.policy.data.writes_long_numbers() {
        Seq::Long(number)
    } else {
        Seq::Short(number as u32)
    }
}
