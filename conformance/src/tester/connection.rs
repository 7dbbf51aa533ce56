//! What the tester keeps of a connection and of its subflows.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use mpdissect::crypto::{Derived, Sum};
use mpdissect::wire::mptcp::{MptcpOption, Seq};
use mpdissect::wire::tcp::Endpoint;

use super::judge::Stretch;
use super::ranges::Ranges;
use crate::script::{Handshake, Opening, Proof, Segment, Token, Width};

/// One connection of a script.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) opening: Opening,
    /// What the tester's stream begins with, before the pattern: a request to which the answer
    /// isn't known.
    pub(super) request: Vec<u8>,
    /// Whether the tester opens it.
    pub(super) ours: bool,
    /// The tester's port, when the target opens it.
    pub(super) port: u16,
    pub(super) local_key: u64,
    pub(super) local: Derived,
    pub(super) remote: Option<(u64, Derived)>,
    /// Whether mappings have checksums.
    pub(super) checksums: bool,
    /// Whether it goes on as plain TCP.
    pub(super) plain: bool,
    /// The packet with which the target fell back.
    pub(super) fell_back: Option<u64>,
    /// Whether the target has sent a DSS, which shows that it has both keys.
    pub(super) heard_dss: bool,
    pub(super) subflows: Vec<Subflow>,
    /// Octets of the tester's stream that the target took with the SYN: they have no data sequence
    /// numbers (RFC 8684 §B.2).
    pub(super) early: u64,
    /// Octets of the tester's stream that were handed to subflows.
    pub(super) written: u64,
    /// Those that the target acknowledged at the data level, the DATA_FIN included.
    pub(super) acked: u64,
    /// The packet that acknowledged the latest of them.
    pub(super) acked_by: u64,
    /// Where the tester's stream ends, once it was closed, and on which subflow it says so.
    pub(super) closed: Option<(u64, usize)>,
    /// When the DATA_FIN is sent again.
    pub(super) close_timer: Option<Duration>,
    /// What is there of the target's stream, counted from 0.
    pub(super) received: Ranges,
    /// Where the target's stream ends.
    pub(super) remote_end: Option<u64>,
    /// How far the target's stream had come in order, and with which packet.
    pub(super) advances: Vec<(u64, u64)>,
    /// The packet that showed an octet of the target's stream to be wrong, and how.
    pub(super) broken: Option<(u64, String)>,
    /// The end of the octets that ever arrived, acknowledged or not.
    pub(super) newest: u64,
    pub(super) arrivals: Vec<Arrival>,
    /// These and octets that filled a gap before newer ones: all that came for the first time.
    pub(super) firsts: Vec<First>,
    /// What each subflow, by its index, did without when the target used it.
    pub(super) usual: Vec<(u8, Stretch)>,
    /// The last packet of it, either way.
    pub(super) last_packet: u64,
    /// The IDs under which the tester's addresses were announced.
    pub(super) announced: Vec<(IpAddr, u8)>,
    /// The end of all octets of the tester's stream that were ever sent, in order or not.
    pub(super) reach: u64,
    /// The packet that acknowledged at the data level what was never sent.
    pub(super) overacked: Option<u64>,
    /// The tester gave a reason to fall back or to reset.
    pub(super) provoked: bool,
    /// The data acknowledgment, where it doesn't move.
    pub(super) frozen: Option<u64>,
    pub(super) ack_width: Width,
    /// Up to where the tester's windows ever let the target's stream come.
    pub(super) allowed: u64,
    /// The last packet with data beyond that.
    pub(super) overrun: u64,
    /// What ever came of the target's stream, and which parts of it came first on which subflow.
    pub(super) came: Ranges,
    pub(super) carriers: Vec<(u64, u64, u8)>,
    /// What came once more with new sequence numbers.
    pub(super) resent: Vec<Resent>,
}

/// Octets of the target's stream that came once more with new sequence numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resent {
    /// The subflow on which they came first, by its index, and that on which they came again.
    pub(super) from: u8,
    pub(super) to: u8,
    /// The packet.
    pub(super) packet: u64,
}

/// New octets of the target's stream: ones beyond all that came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The first one, counted from 0.
    pub start: u64,
    /// The one behind the last.
    pub end: u64,
    /// The subflow that carried them, by its index.
    pub subflow: u8,
    /// The packet.
    pub packet: u64,
    /// When.
    pub time: Duration,
    /// They came after a pause in which a lost segment may have been given up, so that they may
    /// have been sent on another subflow before.
    pub late: bool,
}

/// Octets of the target's stream that came for the first time.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    pub(super) arrival: Arrival,
    /// Newer ones came before: they were lost, or sent on a slower subflow.
    pub(super) fills: bool,
}

/// How far a subflow has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The tester sent a SYN.
    SynSent,
    /// The tester got a SYN, and answers it if it wants to.
    SynReceived,
    /// The handshake is complete as far as the tester is concerned; of a join, the target has
    /// still to acknowledge the third ACK.
    Unconfirmed,
    /// It is complete.
    Established,
    /// It came to nothing, or one of the ends has reset it.
    Dead,
}

/// One subflow.
#[derive(Debug)]
pub(super) struct Subflow {
    pub(super) local: Endpoint,
    pub(super) remote: Endpoint,
    /// Whether the tester sent its SYN.
    pub(super) ours: bool,
    pub(super) handshake: Handshake,
    pub(super) state: State,
    pub(super) address_id: u8,
    pub(super) remote_id: u8,
    pub(super) backup: bool,
    pub(super) token: Token,
    pub(super) hmac: Proof,
    /// The third ACK isn't sent for now.
    pub(super) withheld: bool,
    pub(super) nonce: u32,
    pub(super) remote_nonce: u32,
    /// Whether timestamps are in use.
    pub(super) timestamps: bool,
    /// The latest one of the target.
    pub(super) recent: u32,
    pub(super) remote_mss: u16,
    pub(super) initial: u32,
    /// The next sequence number.
    pub(super) next: u32,
    /// The first one that isn't acknowledged.
    pub(super) unacked: u32,
    pub(super) remote_window: u32,
    pub(super) queue: VecDeque<Queued>,
    /// Segments with data that were acknowledged, at the data level perhaps not yet.
    pub(super) half_done: VecDeque<Queued>,
    pub(super) timer: Option<Duration>,
    pub(super) timeout: Duration,
    /// The target's initial sequence number.
    pub(super) remote_initial: u32,
    /// What is there of its sequence space, counted from the SYN.
    pub(super) received: Ranges,
    pub(super) maps: Vec<Map>,
    /// Payload for which no mapping has come, by its place behind the SYN.
    pub(super) unmapped: Vec<(u64, Vec<u8>)>,
    /// The tester acknowledges what arrives.
    pub(super) acks: bool,
    /// Its acknowledgments have options of MPTCP.
    pub(super) signals: bool,
    /// Packets pass, either way.
    pub(super) up: bool,
    pub(super) window: u32,
    /// Up to where the windows that were offered ever let the target come, counted from its SYN.
    pub(super) allowed: u64,
    /// The last packet with data beyond that.
    pub(super) overrun: u64,
    /// The end of all that ever came, counted from the SYN.
    pub(super) reach: u64,
    /// The last packet with nothing but octets that came before.
    pub(super) retransmitted: u64,
    /// Answers that wait for the handshake.
    pub(super) answers: Vec<MptcpOption>,
    /// They went with the SYN/ACK.
    pub(super) answered: bool,
    /// The packets with which things came about.
    pub(super) marks: Marks,
}

/// The packets with which something came about on a subflow.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    pub(super) established: Option<u64>,
    /// The target sent something behind its handshake.
    pub(super) confirmed: Option<u64>,
    pub(super) reset: Option<u64>,
    /// The RST said that something is wrong with MPTCP.
    pub(super) blamed: bool,
    pub(super) fin: Option<u64>,
    /// The tester's RST says more than that the subflow is over: no other one may come before it.
    pub(super) closes_all: bool,
    /// The target's own proof was wrong.
    pub(super) unproven: bool,
    /// Why it came to nothing without a RST of the target.
    pub(super) failed: Option<(u64, String)>,
    /// The last acknowledgment of something new.
    pub(super) acked: u64,
}

/// A mapping of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Map {
    /// The first octet's place behind the SYN.
    pub(super) place: u64,
    /// The same in the stream.
    pub(super) stream: u64,
    pub(super) length: u64,
}

/// Something that takes sequence numbers, kept until it is acknowledged.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) seq: u32,
    /// The sequence numbers that it takes.
    pub(super) length: u32,
    pub(super) segment: Segment,
    /// Where its payload is in the tester's stream.
    pub(super) offset: u64,
    /// Its first packet, once it was sent.
    pub(super) packet: Option<u64>,
    pub(super) step: usize,
}

impl Connection {
    /// Octets of the tester's stream.
    pub(super) fn outgoing(&self, from: u64, count: usize) -> Vec<u8> {
        let mut octets = crate::stream::octets(from, count);
        let start = usize::try_from(from).unwrap_or(usize::MAX);
        let request = self.request.get(start..).unwrap_or_default();
        for (octet, asked) in octets.iter_mut().zip(request) {
            *octet = *asked;
        }
        octets
    }

    /// The next octet of the target's stream, as the number that acknowledges it.
    pub(super) fn data_ack(&self) -> u64 {
        if let Some(frozen) = self.frozen {
            return frozen;
        }
        let (_, remote) = self.remote.unwrap_or((0, Derived { token: 0, idsn: 0 }));
        let in_order = self.in_order();
        let closed = self.remote_end.is_some_and(|end| in_order >= end);
        remote.idsn.wrapping_add(1).wrapping_add(in_order).wrapping_add(u64::from(closed))
    }

    /// How much of the target's stream is there without a gap.
    pub(super) fn in_order(&self) -> u64 {
        self.received.contiguous()
    }

    /// The data sequence number of an octet of the tester's stream.
    pub(super) fn dsn(&self, offset: u64) -> u64 {
        self.first_dsn().wrapping_add(offset)
    }

    /// The number of the first octet of the tester's stream, if it had one.
    fn first_dsn(&self) -> u64 {
        self.local.idsn.wrapping_add(1).wrapping_sub(self.early)
    }

    /// The place in the target's stream of a data sequence number.
    pub(super) fn place(&self, dsn: Seq) -> Option<u64> {
        let (_, remote) = self.remote?;
        let first = remote.idsn.wrapping_add(1);
        unwrapped(dsn, first, self.in_order())
    }

    /// How much of the tester's stream a data acknowledgment acknowledges.
    pub(super) fn acknowledged(&self, ack: Seq) -> Option<u64> {
        unwrapped(ack, self.first_dsn(), self.acked)
    }

    /// The data acknowledgment as a place in the target's stream.
    pub(super) fn data_ack_place(&self) -> u64 {
        let (_, remote) = self.remote.unwrap_or((0, Derived { token: 0, idsn: 0 }));
        self.data_ack().wrapping_sub(remote.idsn.wrapping_add(1))
    }

    /// A number of the data level in the width of the tester's data acknowledgments.
    pub(super) fn sized(width: Width, number: u64) -> Seq {
        match width {
            Width::Short => Seq::Short(number as u32),
            Width::Long => Seq::Long(number),
        }
    }

    /// The most that the target can acknowledge at the data level.
    pub(super) fn end_of_sent(&self) -> u64 {
        let closed = self.closed.map_or(0, |(end, _)| end + 1);
        self.written.max(self.reach).max(closed)
    }

    /// The checksum of a mapping of the target, over what its stream should be there.
    pub(super) fn checksum_of(&self, stream: u64, ssn: u32, length: u16, octets: u64) -> u16 {
        let (_, remote) = self.remote.unwrap_or((0, Derived { token: 0, idsn: 0 }));
        let dsn = remote.idsn.wrapping_add(1).wrapping_add(stream);
        let payload = self.outgoing(stream, octets as usize);
        Sum::of_mapping(dsn, ssn, length).add(0, &payload).checksum()
    }

    /// Everything that was written is acknowledged at the data level.
    pub(super) fn is_acked(&self) -> bool {
        self.acked >= self.written
    }

    /// The tester's handshake isn't the ordinary one, so that a fallback is no surprise.
    pub(super) fn deviates(&self) -> bool {
        use mpdissect::wire::mptcp::CapableFlags;
        let opening = &self.opening;
        opening.version != 1
            || opening.loses_capable
            || opening.flags & CapableFlags::EXTENSIBILITY != 0
            || opening.flags & CapableFlags::HMAC == 0
            || opening.handshake.deviates()
    }
}

/// The distance of a number from the first one; the missing upper half of a short one is that
/// with which it comes nearest to `near`.
fn unwrapped(number: Seq, first: u64, near: u64) -> Option<u64> {
    let offset = match number {
        Seq::Long(whole) => whole.wrapping_sub(first),
        Seq::Short(low) => {
            let expected = first.wrapping_add(near);
            let ahead = low.wrapping_sub(expected as u32).cast_signed();
            near.wrapping_add_signed(ahead.into())
        }
    };
    // Numbers before the first one come out huge.
    (offset < 1 << 48).then_some(offset)
}

impl Subflow {
    pub(super) const TIMEOUT: Duration = Duration::from_millis(200);
    pub(super) const LONGEST_TIMEOUT: Duration = Duration::from_secs(1);

    /// Takes up something that was sent before as the next of this subflow's sequence space.
    pub(super) fn requeue(&mut self, queued: Queued) {
        let seq = self.next;
        self.next = seq.wrapping_add(queued.length);
        self.queue.push_back(Queued { seq, packet: None, ..queued });
    }

    /// The next sequence number of the target, counted from its SYN.
    pub(super) fn expected(&self) -> u64 {
        self.received.contiguous()
    }

    /// The acknowledgment number.
    pub(super) fn ack(&self) -> u32 {
        self.remote_initial.wrapping_add(self.expected() as u32)
    }

    /// The place of a sequence number behind the target's SYN.
    pub(super) fn place(&self, seq: u32) -> Option<u64> {
        let ahead = seq.wrapping_sub(self.ack()).cast_signed();
        self.expected().checked_add_signed(ahead.into())
    }

    /// The place of a subflow sequence number of a mapping.
    pub(super) fn place_of_ssn(&self, ssn: u32) -> Option<u64> {
        self.place(self.remote_initial.wrapping_add(ssn))
    }

    /// Whether segments can be exchanged.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Unconfirmed | State::Established)
    }

    /// Sets the timer anew.
    pub(super) fn restart_timer(&mut self, now: Duration) {
        self.timeout = Self::TIMEOUT;
        self.timer = Some(now + self.timeout);
    }

    /// Sets the timer for the next time, later than the last.
    pub(super) fn back_off(&mut self, now: Duration) {
        self.timeout = (self.timeout * 2).min(Self::LONGEST_TIMEOUT);
        self.timer = Some(now + self.timeout);
    }
}
