//! How the experimental option is handled (draft-bonaventure-mptcp-exp-option-00 §2, later
//! draft-ietf-mptcp-rfc6824bis-05 to -10 §3.7). Sections without a document are the first one's.

use std::fmt::Debug;

use mpdissect::wire::mptcp::ExperimentFlags;

use super::Conformant;
use crate::reference::experiment::ExperimentArrival;

/// How the experimental option is handled.
pub trait ExperimentPolicy: Debug + Sync {
    /// Whether an option of this length, in octets, is long enough to be one. The identifier ends
    /// with octet 4 (§2).
    fn is_long_enough(&self, length: usize) -> bool {
        length >= 5
    }

    /// Whether an experiment of this identifier may be spoken of at all: every value is possible.
    fn is_identifier(&self, exid: u16) -> bool {
        let _ = exid;
        true
    }

    /// The flags as they are understood: the two reserved bits say nothing (§2).
    fn flags_read(&self, flags: ExperimentFlags) -> ExperimentFlags {
        ExperimentFlags(flags.0 & !ExperimentFlags::RESERVED)
    }

    /// Whether an unknown experiment is answered when it came in like this: in any segment but
    /// those of a handshake, which leave no room for an answer.
    fn answers(&self, arrival: ExperimentArrival) -> bool {
        !arrival.syn && !arrival.third
    }

    /// Whether an unknown experiment is returned when it asks for an answer, S=1 (§2).
    fn returns_probe(&self) -> bool {
        true
    }

    /// Whether an unknown experiment is returned when it doesn't ask for an answer, S=0 (§2).
    fn returns_use(&self) -> bool {
        true
    }

    /// Whether what somebody else returned, U=1, is answered: never, or two hosts would go on
    /// returning one option for ever.
    fn answers_return(&self) -> bool {
        false
    }

    /// The flags of the returned option, by those received: S=0 and U=1 (§2).
    fn returned_flags(&self, received: ExperimentFlags) -> ExperimentFlags {
        let _ = received;
        ExperimentFlags(ExperimentFlags::UNKNOWN)
    }

    /// The identifier of the returned option: the received one (§2).
    fn returned_identifier(&self, received: u16) -> u16 {
        received
    }

    /// The data of the returned option: as received (§2).
    fn returned_data<'a>(&self, received: &'a [u8]) -> &'a [u8] {
        received
    }

    /// How often one option is returned.
    fn returns(&self) -> u8 {
        1
    }

    /// The flags with which an experiment is first tried on a connection: S=1 (§2).
    fn probe_flags(&self) -> ExperimentFlags {
        ExperimentFlags(ExperimentFlags::SYNCHRONISING)
    }

    /// Whether an answer with these flags says that the peer knows the experiment. The two texts
    /// differ in how they say yes: neither flag, or both.
    fn is_yes(&self, flags: ExperimentFlags) -> bool {
        flags.synchronising() == flags.unknown()
    }

    /// Whether an experiment that the peer returned as unknown is left alone for the rest of the
    /// connection (§2).
    fn heeds_rejection(&self) -> bool {
        true
    }

    /// Whether the connection is given up because nobody answered a probe.
    fn insists_on_answer(&self) -> bool {
        false
    }

    /// Whether the host uses Maximum Subflows, an experiment that it knows, when it is told so by
    /// an option with S=0 after the peer asked with S=1: `here` on the same subflow, else on
    /// another of the connection (§2).
    fn knows_after_negotiation(&self, here: bool) -> bool {
        let _ = here;
        true
    }

    /// Whether the options of MPTCP behind this one in a segment are read.
    fn reads_on(&self) -> bool {
        true
    }

    /// Whether an option is heeded on a segment that TCP doesn't accept.
    fn heeds_unacceptable(&self) -> bool {
        false
    }

    /// Whether an experimental option in a segment of a handshake is passed over, instead of
    /// refusing the connection or subflow.
    fn passes_over_in_handshake(&self) -> bool {
        true
    }

    /// Whether options are answered although the connection has fallen back to TCP.
    fn answers_after_fallback(&self) -> bool {
        false
    }
}

impl ExperimentPolicy for Conformant {}
