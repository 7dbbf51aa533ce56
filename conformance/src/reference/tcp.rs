//! TCP on one subflow (RFC 9293): states, sequence numbers, retransmission, windows, reassembly.
//! What options a segment carries is the subflow's business.

mod reassembly;
mod timers;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use mpdissect::wire::tcp::{Endpoint, Flags};

use super::env::Env;
use super::intake::Incoming;
use crate::craft::{self, Area, Header};

/// What the host buffers for a connection, in octets: its largest window.
pub(super) const BUFFER: u32 = 128 * 1024;
/// The window that is advertised when everything is read: less than is buffered, so that there is
/// room for [`Tcp::widen`].
pub(super) const WINDOW: u32 = BUFFER - (WIDER_MAX << SHIFT);
/// The most units that a window is wider than it has to be.
const WIDER_MAX: u32 = 2048;
/// The shift of the windows that it advertises.
pub(super) const SHIFT: u8 = 2;
const FIRST_RTO: Duration = Duration::from_millis(200);
const TIME_WAIT: Duration = Duration::from_secs(1);
/// Segments of the first congestion window (RFC 6928).
const FIRST_FLIGHT: u32 = 10;
/// Duplicate acknowledgments that stand for a loss (RFC 5681 §3.2).
const DUPLICATES: u32 = 3;

/// The states of RFC 9293 §3.3.2, but LISTEN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
    Closed,
}

/// A segment that may have to be sent again.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) seq: u32,
    pub(super) flags: Flags,
    pub(super) payload: Vec<u8>,
    /// The data sequence number of the payload, where it is mapped.
    pub(super) dsn: Option<u64>,
}

impl Sent {
    fn end(&self) -> u32 {
        let control = self.flags.0 & (Flags::SYN | Flags::FIN).0;
        self.seq.wrapping_add(self.payload.len() as u32).wrapping_add(control.count_ones())
    }
}

/// What RFC 9293 §3.10.7.4 says about a segment before anything in it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// It is acceptable.
    Accept,
    /// It isn't, and is answered with an acknowledgment.
    Acknowledge,
    /// It isn't, and isn't answered.
    Drop,
    /// It acknowledges what was never sent, and is answered with a reset.
    Refuse,
    /// It resets the subflow.
    Reset,
    /// It is the SYN once more.
    Again,
}

/// What an acknowledgment changed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// So many octets of sequence space were acknowledged by it.
    pub(super) octets: u32,
    /// The oldest segment has to be sent again at once.
    pub(super) resend: bool,
}

/// What came of a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timeout {
    /// The oldest segment has to be sent again.
    Resend,
    /// The other end's window has to be asked for.
    Probe,
    /// It is over.
    Over,
}

/// One end of a TCP connection.
#[derive(Debug)]
pub(super) struct Tcp {
    pub(super) local: Endpoint,
    pub(super) remote: Endpoint,
    pub(super) state: State,
    pub(super) iss: u32,
    pub(super) una: u32,
    pub(super) nxt: u32,
    /// The other end's window, in octets, and the most that it ever was.
    pub(super) window: u32,
    window_max: u32,
    window_from: (u32, u32),
    peer_shift: Option<u8>,
    pub(super) irs: u32,
    pub(super) rcv_nxt: u32,
    /// So many octets came with the other end's SYN. `irs` lies behind them (RFC 8684 §B.2).
    early: u32,
    /// The window that is advertised, in octets, and how many units more, see [`Self::widen`].
    pub(super) advertised: u32,
    wider: u32,
    wider_at: u32,
    /// The largest segment that the other end takes.
    pub(super) mss: u16,
    /// Whether timestamps are in use, the other end's latest, and what the own clock starts from.
    pub(super) timestamps: bool,
    peer_time: u32,
    time_base: u32,
    pub(super) queue: VecDeque<Sent>,
    later: BTreeMap<u64, Vec<u8>>,
    /// How many octets of the other end's stream were taken over in order.
    pub(super) taken: u64,
    peer_fin: Option<u32>,
    pub(super) congestion_window: u32,
    threshold: u32,
    duplicates: u32,
    recover: Option<u32>,
    rto: Duration,
    pub(super) resend_at: Option<Duration>,
    /// Timeouts in a row.
    pub(super) timeouts: u32,
    probe_at: Option<Duration>,
    probe_interval: Duration,
    over_at: Option<Duration>,
}

/// Whether `a` lies before `b` in the wrapping sequence space.
pub(super) fn before(a: u32, b: u32) -> bool {
    b.wrapping_sub(a).cast_signed() > 0
}

impl Tcp {
    /// A connection that is about to be opened by the own host.
    pub(super) fn new(local: Endpoint, remote: Endpoint, env: &mut Env<'_>) -> Self {
        let (nth, random) = (env.demux.number(), env.rng.u32(..));
        let iss = env.policy.opening.initial_sequence_number(nth, random);
        Self {
            local,
            remote,
            state: State::SynSent,
            iss,
            una: iss,
            nxt: iss,
            window: 0,
            window_max: 0,
            window_from: (0, 0),
            peer_shift: None,
            irs: 0,
            rcv_nxt: 0,
            early: 0,
            advertised: WINDOW,
            wider: 0,
            wider_at: 0,
            // RFC 9293 §3.7.1, MUST-15 and SHLD-5: what holds without the option.
            mss: if local.addr.is_ipv4() { 536 } else { 1220 },
            timestamps: false,
            peer_time: 0,
            time_base: env.rng.u32(..),
            queue: VecDeque::new(),
            later: BTreeMap::new(),
            taken: 0,
            peer_fin: None,
            congestion_window: 0,
            threshold: u32::MAX,
            duplicates: 0,
            recover: None,
            rto: FIRST_RTO,
            resend_at: None,
            timeouts: 0,
            probe_at: None,
            probe_interval: FIRST_RTO,
            over_at: None,
        }
    }

    /// Takes over what a SYN or SYN/ACK says.
    pub(super) fn synchronise(&mut self, syn: &Incoming<'_>) {
        self.irs = syn.head.seq;
        self.rcv_nxt = syn.head.seq.wrapping_add(1);
        if let Some(mss) = syn.offers.mss {
            self.mss = mss.clamp(88, own_mss(self.local));
        }
        self.peer_shift = syn.offers.shift;
        self.window = u32::from(syn.head.window);
        self.window_max = self.window;
        self.window_from = (syn.head.seq, syn.head.ack);
        if let Some((value, _)) = syn.timestamps {
            self.timestamps = true;
            self.peer_time = value;
        }
        self.congestion_window = u32::from(self.mss) * FIRST_FLIGHT;
    }

    /// Takes what came with the SYN: the first octet behind it is the first one of mappings (RFC
    /// 8684 §B.2).
    pub(super) fn take_early(&mut self, octets: u32) {
        self.early = octets;
        self.irs = self.irs.wrapping_add(octets);
        self.rcv_nxt = self.rcv_nxt.wrapping_add(octets);
    }

    /// The largest segment that is offered.
    pub(super) fn own_mss(&self) -> u16 {
        own_mss(self.local)
    }

    /// The shift of windows to offer: none in the answer to a SYN that has none.
    pub(super) fn own_shift(&self) -> Option<u8> {
        (self.state == State::SynSent || self.peer_shift.is_some()).then_some(SHIFT)
    }

    /// The own clock and the other end's latest.
    pub(super) fn clocks(&self, env: &Env<'_>) -> (u32, u32) {
        (self.time_base.wrapping_add(env.now.as_millis() as u32), self.peer_time)
    }

    /// Octets in flight.
    pub(super) fn in_flight(&self) -> u32 {
        self.nxt.wrapping_sub(self.una)
    }

    /// How many further octets both windows allow.
    pub(super) fn room(&self, honours_window: bool) -> u32 {
        let window = if honours_window { self.window } else { u32::MAX };
        window.min(self.congestion_window).saturating_sub(self.in_flight())
    }

    /// Whether so few octets as there is room for are worth a segment (RFC 9293 §3.8.6.2.1).
    pub(super) fn worthwhile(&self, octets: u32) -> bool {
        octets > 0 && (self.in_flight() == 0 || octets >= self.window_max / 2)
    }

    /// Whether data may still be sent.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Established | State::CloseWait)
    }

    /// Whether both ends have synchronised.
    pub(super) fn is_synchronised(&self) -> bool {
        !matches!(self.state, State::SynSent | State::SynReceived | State::Closed)
    }

    /// Judges a segment for any state behind SYN-SENT.
    pub(super) fn check(&self, segment: &Incoming<'_>) -> Check {
        let head = &segment.head;
        let acceptable = self.in_window(head.seq, head.sequence_len());
        if segment.has(Flags::RST) {
            return if acceptable { Check::Reset } else { Check::Drop };
        }
        if segment.has(Flags::SYN) {
            let again = self.state == State::SynReceived
                && head.seq == self.irs.wrapping_sub(self.early)
                && !segment.has(Flags::ACK);
            return if again { Check::Again } else { Check::Acknowledge };
        }
        if !acceptable {
            return Check::Acknowledge;
        }
        if !segment.has(Flags::ACK) {
            return Check::Drop;
        }
        if self.state == State::SynReceived {
            let right = before(self.una, head.ack) && !before(self.nxt, head.ack);
            return if right { Check::Accept } else { Check::Refuse };
        }
        // RFC 9293 §3.10.7.4: neither what was never sent, nor what is older than any window.
        let oldest = self.una.wrapping_sub(self.window_max.max(1));
        if before(self.nxt, head.ack) || before(head.ack, oldest) {
            return Check::Acknowledge;
        }
        Check::Accept
    }

    fn in_window(&self, seq: u32, length: u32) -> bool {
        let inside = |at: u32| at.wrapping_sub(self.rcv_nxt) < BUFFER;
        inside(seq) || (length > 0 && inside(seq.wrapping_add(length).wrapping_sub(1)))
    }

    /// Takes the acknowledgment, the window and the clock of an acceptable segment.
    /// `may_be_congestion` says whether a duplicate acknowledgment counts as one.
    pub(super) fn acknowledged(
        &mut self,
        now: Duration,
        segment: &Incoming<'_>,
        may_be_congestion: bool,
    ) -> Progress {
        let head = &segment.head;
        if let Some((value, _)) = segment.timestamps
            && !before(self.rcv_nxt, head.seq)
            && !before(value, self.peer_time)
        {
            self.peer_time = value;
        }
        let mut progress = Progress::default();
        let window = u32::from(head.window) << self.peer_shift_in_use();
        if before(self.una, head.ack) && !before(self.nxt, head.ack) {
            progress.octets = head.ack.wrapping_sub(self.una);
            self.una = head.ack;
            while self.queue.front().is_some_and(|sent| !before(head.ack, sent.end())) {
                self.queue.pop_front();
            }
            self.grow(progress.octets);
            self.duplicates = 0;
            self.timeouts = 0;
            self.rto = FIRST_RTO;
            self.resend_at = if self.queue.is_empty() { None } else { Some(now + self.rto) };
            // RFC 6582 §3.2: a partial acknowledgment shows the next hole.
            match self.recover {
                Some(recover) if before(self.una, recover) => {
                    progress.resend = !self.queue.is_empty();
                }
                _ => self.recover = None,
            }
        } else if head.ack == self.una
            && !self.queue.is_empty()
            && head.payload_len == 0
            && !segment.has(Flags::FIN)
            && window == self.window
            && may_be_congestion
        {
            self.duplicates = self.duplicates.saturating_add(1);
            if self.duplicates == DUPLICATES && self.recover.is_none() {
                self.shrink();
                self.congestion_window = self.threshold;
                self.recover = Some(self.nxt);
                progress.resend = true;
            }
        }
        let (from_seq, from_ack) = self.window_from;
        if before(from_seq, head.seq) || (from_seq == head.seq && !before(head.ack, from_ack)) {
            self.window = window;
            self.window_max = self.window_max.max(window);
            self.window_from = (head.seq, head.ack);
            if window > 0 {
                self.probe_at = None;
                self.probe_interval = FIRST_RTO;
            }
        }
        progress
    }

    /// The other end's shift; windows are only shifted where both ends offered it.
    pub(super) fn peer_shift_in_use(&self) -> u8 {
        self.peer_shift.unwrap_or(0)
    }

    fn grow(&mut self, octets: u32) {
        let mss = u32::from(self.mss);
        let more = if self.congestion_window < self.threshold {
            octets.min(2 * mss)
        } else {
            (mss * mss / self.congestion_window.max(1)).max(1)
        };
        self.congestion_window = self.congestion_window.saturating_add(more).min(1 << 20);
    }

    fn shrink(&mut self) {
        self.threshold = (self.in_flight() / 2).max(2 * u32::from(self.mss));
    }

    /// The own SYN or FIN is acknowledged.
    pub(super) fn after_acknowledgment(&mut self, now: Duration) {
        let all = self.una == self.nxt;
        self.state = match self.state {
            State::SynReceived => State::Established,
            State::FinWait1 if all => State::FinWait2,
            State::Closing if all => {
                self.over_at = Some(now + TIME_WAIT);
                State::TimeWait
            }
            State::LastAck if all => State::Closed,
            state => state,
        };
    }

    /// Whether the own host may send its FIN now, and what state that leads to.
    pub(super) fn fin_leads_to(&self) -> Option<State> {
        match self.state {
            State::Established => Some(State::FinWait1),
            State::CloseWait => Some(State::LastAck),
            _ => None,
        }
    }

    /// Notes a segment that was sent and takes sequence space.
    pub(super) fn sent(&mut self, now: Duration, sent: Sent) {
        self.nxt = sent.end();
        self.queue.push_back(sent);
        self.resend_at = self.resend_at.or(Some(now + self.rto));
    }

    /// The subflow is over at once.
    pub(super) fn close(&mut self) {
        self.state = State::Closed;
        (self.resend_at, self.probe_at, self.over_at) = (None, None, None);
    }

    /// Has the next segment advertise another window than the one before, by one unit, and so that
    /// no window ever shrinks for it.
    pub(super) fn widen(&mut self) {
        if self.wider_at != self.rcv_nxt {
            (self.wider_at, self.wider) = (self.rcv_nxt, 0);
        }
        self.wider = (self.wider + 1) % WIDER_MAX;
    }

    /// Sends a segment as it is.
    pub(super) fn emit(
        &self,
        env: &mut Env<'_>,
        flags: Flags,
        seq: u32,
        options: &Area,
        payload: &[u8],
    ) {
        let shift = if flags.contains(Flags::SYN) || self.peer_shift.is_none() { 0 } else { SHIFT };
        let options = env.policy.segment.area(options.as_slice().to_vec(), flags);
        let wider = if self.wider_at == self.rcv_nxt { self.wider } else { 0 };
        let most = u32::from(u16::MAX) - WIDER_MAX;
        let window = (self.advertised >> shift).min(most) + wider;
        let header = Header {
            seq,
            ack: if flags.contains(Flags::ACK) { self.rcv_nxt } else { 0 },
            flags,
            window: u16::try_from(window).unwrap_or(u16::MAX),
            options: &options,
            ..Header::between(self.local, self.remote)
        };
        env.out.push(craft::packet(&header, payload));
    }
}

/// The largest segment that fits a packet of 1500 octets.
fn own_mss(local: Endpoint) -> u16 {
    if local.addr.is_ipv4() { 1460 } else { 1440 }
}
