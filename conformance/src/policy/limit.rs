//! How Maximum Subflows is handled (draft-boucadair-mptcp-max-subflow).

use std::fmt::Debug;
use std::time::Duration;

use mpdissect::wire::mptcp::{
    Dialect, ExperimentFlags, MaxSubflows, MaxSubflowsLayout, MptcpOption,
};

use super::Conformant;
use crate::plan::Negotiation;
use crate::reference::limit::{Census, Maxima, Refusal, Resets, Stage, Taken};

/// How Maximum Subflows is handled (draft-boucadair-mptcp-max-subflow).
pub trait LimitPolicy: Debug + Sync {
    // Reading.

    /// What an option of subtype 0xf says, kind and length included; `None` if it is malformed or
    /// another experiment. 0xaa in octet 3 makes it layout B, the 16-bit experiment ID A or C.
    fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
        match MptcpOption::parse(option, dialect) {
            Ok(MptcpOption::MaxSubflows(option)) => Some(option),
            _ => None,
        }
    }

    /// Whether reserved bits that are set make no difference.
    fn ignores_reserved(&self) -> bool {
        true
    }

    /// The maximum that a received value stands for; `None` if it isn't valid (§2: it is greater
    /// than zero).
    fn accepts_value(&self, value: u32) -> Option<u32> {
        (value > 0).then_some(value)
    }

    /// How many subflows a maximum allows, the first one included.
    fn allows(&self, value: u32) -> u32 {
        value
    }

    /// Whether an option on a SYN or SYN/ACK is taken, which no text asks for.
    fn heeds_on_syn(&self) -> bool {
        false
    }

    /// Whether an option on another subflow than the first is taken: it speaks of the connection.
    fn heeds_on_joined(&self) -> bool {
        true
    }

    /// Whether the value of an option counts that was returned because it wasn't understood.
    fn heeds_returned(&self) -> bool {
        false
    }

    /// Whether an option counts after the fallback to TCP.
    fn heeds_after_fallback(&self) -> bool {
        false
    }

    /// Which of the peer's maxima holds when it announces another one.
    fn replaces(&self, earlier: u32, later: u32) -> u32 {
        let _ = earlier;
        later
    }

    /// For how long a maximum holds without being repeated; `None` for as long as the connection.
    fn lifetime(&self) -> Option<Duration> {
        None
    }

    /// Whether the maximum of an earlier connection holds for the next one.
    fn carries_over(&self) -> bool {
        false
    }

    /// What is reset because of an option.
    fn resets(&self, taken: Taken) -> Resets {
        let _ = taken;
        Resets::Nothing
    }

    /// Whether a SYN or SYN/ACK with the option is taken in at all.
    fn takes_syn(&self) -> bool {
        true
    }

    // Answering and announcing.

    /// Whether an option with these flags is answered: one that asks for it, unless it is itself
    /// one that came back.
    fn answers(&self, flags: ExperimentFlags) -> bool {
        flags.synchronising() && !flags.unknown()
    }

    /// The flags of an answer.
    fn answer_flags(&self, negotiation: Negotiation) -> ExperimentFlags {
        ExperimentFlags(match negotiation {
            Negotiation::ExpOption00 => 0,
            Negotiation::Rfc6824bis => ExperimentFlags::SYNCHRONISING | ExperimentFlags::UNKNOWN,
        })
    }

    /// The layout of an answer.
    fn answer_layout(&self, received: MaxSubflowsLayout) -> MaxSubflowsLayout {
        received
    }

    /// The value of an answer: the own maximum, or without one the largest number that fits.
    fn answer_value(&self, own: Option<u32>, received: u32, layout: MaxSubflowsLayout) -> u32 {
        let _ = received;
        own.unwrap_or(u32::MAX).min(layout.max())
    }

    /// The value of an answer to a value that isn't valid; `None` for no answer.
    fn answer_to_invalid(&self) -> Option<u32> {
        None
    }

    /// How often an answer is sent.
    fn answer_copies(&self) -> u32 {
        1
    }

    /// The octets of an option, kind and length included.
    fn emit(&self, option: MaxSubflows, dialect: Dialect) -> Vec<u8> {
        MptcpOption::MaxSubflows(option).emit(dialect).as_slice().to_vec()
    }

    /// Whether the own maximum is announced without being asked, if the operator wants it.
    fn announces(&self) -> bool {
        true
    }

    /// How long an announcement waits for its answer before it is sent again; `None` to give up.
    fn patience(&self, sent: u32) -> Option<Duration> {
        // Half a second, then one, then two: often enough for one of them to get through.
        let doubled = 1 << sent.saturating_sub(1).min(2);
        (sent < 10).then(|| Duration::from_millis(500).saturating_mul(doubled))
    }

    /// Whether an announcement that came back as not understood ends it for this connection.
    fn heeds_return(&self) -> bool {
        true
    }

    /// Whether an announcement takes the place of MP_JOIN on the third ACK of a join: both don't
    /// fit.
    fn displaces_join(&self) -> bool {
        false
    }

    // Enforcing.

    /// What is in force, given what both ends announced: the smaller one.
    fn in_force(&self, maxima: Maxima) -> Option<u32> {
        match (maxima.own, maxima.peer) {
            (Some(own), Some(peer)) => Some(own.min(peer)),
            (own, peer) => own.or(peer),
        }
    }

    /// The maximum of a peer that has announced none.
    fn presumed(&self) -> Option<u32> {
        None
    }

    /// The most subflows that a connection ever has (§4: the number should be limited).
    fn ceiling(&self) -> u32 {
        32
    }

    /// How many subflows count. Joins of the peer count once they are complete, so that those that
    /// fail take nobody's place; the own ones at once, so that all of them may succeed.
    fn counted(&self, census: Census, stage: Stage) -> u32 {
        match stage {
            Stage::Syn | Stage::Third => census.established,
            Stage::Opening => census.established.saturating_add(census.joining),
        }
    }

    /// Whether the limit is looked at here.
    fn enforces(&self, stage: Stage) -> bool {
        let _ = stage;
        true
    }

    /// How a join beyond the limit is refused.
    fn refusal(&self) -> Refusal {
        Refusal::Reset { reason: Some(0x03) }
    }

    /// Whether an ADD_ADDR is sent back when there is no room for another subflow.
    fn echoes_at_limit(&self) -> bool {
        true
    }
}

impl LimitPolicy for Conformant {}
