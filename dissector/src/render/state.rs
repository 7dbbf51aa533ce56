//! Where a connection stands, from everything seen of it: the table and JSON say the same.

use crate::flow::{Connection, Half, Moment, Phase, Side};

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The handshake isn't complete.
    Handshake,
    /// At least one subflow is established.
    Established,
    /// One side sent its DATA_FIN.
    HalfClosed,
    /// Both sides sent their DATA_FIN (RFC 8684 §3.3.3).
    Closed,
    /// An MP_FASTCLOSE closed it.
    Fastclose,
    /// It goes on as regular TCP, or ended so.
    Fallback,
    /// Every subflow is over, and no DATA_FIN of both sides was seen.
    Ended,
    /// The capture doesn't tell.
    Unknown,
}

impl State {
    pub(super) fn of(connection: &Connection) -> Self {
        let finished =
            Side::BOTH.iter().filter(|&&side| connection.peers[side].data_fin.is_some()).count();
        let mut phases = connection.subflows.iter().map(|subflow| subflow.phase);
        let over = !connection.subflows.is_empty() && phases.clone().all(Phase::is_over);
        if connection.fastclose.is_some() {
            Self::Fastclose
        } else if connection.fallback.is_some() {
            Self::Fallback
        } else if finished == Side::BOTH.len() {
            Self::Closed
        } else if over {
            Self::Ended
        } else if finished > 0 {
            Self::HalfClosed
        } else if phases.clone().any(|phase| phase == Phase::Established) {
            Self::Established
        } else if phases.any(|phase| matches!(phase, Phase::Syn | Phase::SynAck)) {
            Self::Handshake
        } else {
            Self::Unknown
        }
    }

    /// The name, as in JSON.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Established => "established",
            Self::HalfClosed => "half-closed",
            Self::Closed => "closed",
            Self::Fastclose => "fastclose",
            Self::Fallback => "fallback",
            Self::Ended => "ended",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether a side's DATA_FIN was acknowledged; `None` where none was seen.
pub(super) fn data_fin_acknowledged(connection: &Connection, side: Side) -> Option<bool> {
    let fin = connection.peers[side].data_fin?;
    let ack = connection.peers[side.other()].data_ack;
    // RFC 8684 §3.3.3: the DATA_FIN takes one number of the data sequence.
    Some(ack.is_some_and(|ack| ack.wrapping_sub(fin).cast_signed() > 0))
}

/// Whether every octet that a side sent could be given its place in the data stream: those of a
/// subflow whose SYN isn't in the capture can't.
pub(super) fn stream_is_complete(connection: &Connection, side: Side) -> bool {
    connection.subflows.iter().all(|subflow| {
        let half = &subflow.halves[side];
        half.isn.is_some() || half.octets == 0
    })
}

/// Octets that TCP sent again; `None` where they could not be told from others, for the SYN isn't
/// in the capture.
pub(super) fn retransmitted(half: &Half) -> Option<u64> {
    (half.isn.is_some() || half.octets == 0).then_some(half.retransmitted)
}

/// Nanoseconds from one moment to another, where both have a time.
pub(super) fn between(from: Moment, to: Moment) -> Option<i64> {
    Some(to.time?.0.saturating_sub(from.time?.0))
}
