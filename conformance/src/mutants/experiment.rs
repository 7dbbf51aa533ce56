use mpdissect::wire::mptcp::ExperimentFlags;

use super::mutants;
use crate::reference::experiment::ExperimentArrival;

const S: u8 = ExperimentFlags::SYNCHRONISING;
const U: u8 = ExperimentFlags::UNKNOWN;

mutants! { experiment: ExperimentPolicy;
    /// Answers options that end before their identifier does.
    "exp-answers-short" = AnswersShort fails [
        "nav/4.1/private-subtype-is-too-short",
        "exp/2/short-not-answered",
        "nav/4.1/private-subtype-is-too-short",
    ] {
        fn is_long_enough(&self, length: usize) -> bool { length >= 3 }
    }
    /// Ignores the experiments 0x0000 and 0xffff.
    "exp-ignores-extremes" = IgnoresExtremes fails [
        "exp/2/extreme-identifiers",
    ] {
        fn is_identifier(&self, exid: u16) -> bool { exid != 0 && exid != u16::MAX }
    }
    /// Takes a reserved bit for U, and so for something not to be answered.
    "exp-minds-reserved-bits" = MindsReserved fails [
        "exp/2/reserved-ignored",
    ] {
        fn flags_read(&self, flags: ExperimentFlags) -> ExperimentFlags {
            if flags.reserved() == 0 { flags } else { ExperimentFlags(flags.0 | U) }
        }
    }
    /// Looks for experiments on data only.
    "exp-data-only" = DataOnly fails [
        "exp/2/any-segment",
    ] {
        fn answers(&self, arrival: ExperimentArrival) -> bool { arrival.payload }
    }
    /// Looks at the first experimental option of a segment only.
    "exp-first-only" = FirstOnly fails [
        "exp/2/several-in-one",
    ] {
        fn answers(&self, arrival: ExperimentArrival) -> bool { arrival.nth == 0 }
    }
    /// Says nothing to the probe of an unknown experiment.
    "exp-silent-to-probes" = SilentToProbes fails [
        "exp/2/probe-answered",
    ] {
        fn returns_probe(&self) -> bool { false }
    }
    /// Says nothing to the use of an unknown experiment.
    "exp-silent-to-use" = SilentToUse fails [
        "exp/2/use-returned",
    ] {
        fn returns_use(&self) -> bool { false }
    }
    /// Returns options that were returned to it.
    "exp-returns-returns" = ReturnsReturns fails [
        "exp/2/returns-not-answered",
    ] {
        fn answers_return(&self) -> bool { true }
    }
    /// Accepts experiments that it doesn't know.
    "exp-accepts-all" = AcceptsAll fails [
        "exp/2/unknown-flag",
        "exp/2/rejection",
        "exp/2/use-returned",
    ] {
        fn returned_flags(&self, _: ExperimentFlags) -> ExperimentFlags { ExperimentFlags(0) }
    }
    /// Leaves S set in the probes that it rejects.
    "exp-keeps-s" = KeepsS fails [
        "exp/2/rejection",
        "exp/2/flags-by-received",
    ] {
        fn returned_flags(&self, received: ExperimentFlags) -> ExperimentFlags {
            ExperimentFlags(received.0 & S | U)
        }
    }
    /// Sets S in everything that it returns.
    "exp-sets-s" = SetsS fails [
        "exp/2/rejection",
        "exp/2/use-returned",
        "exp/2/flags-by-received",
    ] {
        fn returned_flags(&self, _: ExperimentFlags) -> ExperimentFlags { ExperimentFlags(S | U) }
    }
    /// Returns the reserved bits as they came.
    "exp-returns-reserved-bits" = ReturnsReserved fails [
        "exp/2/reserved-sent-zero",
    ] {
        fn returned_flags(&self, received: ExperimentFlags) -> ExperimentFlags {
            ExperimentFlags(received.reserved() | U)
        }
    }
    /// Sets a reserved bit in everything that it returns.
    "exp-sets-reserved-bit" = SetsReserved fails [
        "exp/2/reserved-sent-zero",
    ] {
        fn returned_flags(&self, _: ExperimentFlags) -> ExperimentFlags {
            ExperimentFlags(U | 0x01)
        }
    }
    /// Writes identifiers with their octets in the wrong order.
    "exp-swaps-identifier" = SwapsIdentifier fails [
        "exp/2/reply-layout",
        "exp/2/probe-answered",
        "exp/2/use-returned",
    ] {
        fn returned_identifier(&self, received: u16) -> u16 { received.swap_bytes() }
    }
    /// Returns options without their data.
    "exp-drops-data" = DropsData fails [
        "exp/2/identifier-of-16-bits",
        "exp/2/rejection",
        "exp/2/use-returned",
    ] {
        fn returned_data<'a>(&self, _: &'a [u8]) -> &'a [u8] { &[] }
    }
    /// Takes a first octet of data with the highest bit set for the rest of an identifier.
    "exp-identifier-of-32-bits" = IdentifierOf32Bits fails [
        "exp/2/identifier-of-16-bits",
        "exp/2/rejection",
        "exp/2/use-returned",
    ] {
        fn returned_data<'a>(&self, received: &'a [u8]) -> &'a [u8] {
            received.get(2..).unwrap_or_default()
        }
    }
    /// Returns every option five times.
    "exp-amplifies" = Amplifies fails [
        "exp/2/no-amplification",
    ] {
        fn returns(&self) -> u8 { 5 }
    }
    /// Uses experiments without asking.
    "exp-uses-unasked" = UsesUnasked fails [
        "exp/2/probe-first",
    ] {
        fn probe_flags(&self) -> ExperimentFlags { ExperimentFlags(0) }
    }
    /// Sets both reserved bits in its own probes.
    "exp-probes-with-reserved-bits" = ProbesWithReserved fails [
        "exp/2/own-reserved-zero",
    ] {
        fn probe_flags(&self) -> ExperimentFlags { ExperimentFlags(S | 0x03) }
    }
    /// Takes S=1 with U=1 for a no.
    "exp-knows-no-bis" = KnowsNoBis fails [
        "exp/3.7/both-answers",
    ] {
        fn is_yes(&self, flags: ExperimentFlags) -> bool { !flags.unknown() }
    }
    /// Tries an experiment again that was rejected.
    "exp-insists-on-experiment" = InsistsOnExperiment fails [
        "exp/2/rejection-heeded",
    ] {
        fn heeds_rejection(&self) -> bool { false }
    }
    /// Resets the connection when nobody answers its probes.
    "exp-insists-on-answer" = InsistsOnAnswer fails [
        "exp/2/silence-tolerated",
    ] {
        fn insists_on_answer(&self) -> bool { true }
    }
    /// Returns Maximum Subflows without S, even if it accepted the experiment.
    "exp-forgets-negotiation" = ForgetsNegotiation fails [
        "exp/2/after-negotiation",
        "exp/2/whole-connection",
    ] {
        fn knows_after_negotiation(&self, _: bool) -> bool { false }
    }
    /// Negotiates Maximum Subflows for each subflow anew.
    "exp-negotiates-per-subflow" = NegotiatesPerSubflow fails [
        "exp/2/whole-connection",
    ] {
        fn knows_after_negotiation(&self, here: bool) -> bool { here }
    }
    /// Reads no options behind an experimental one.
    "exp-reads-no-further" = ReadsNoFurther fails [
        "exp/2/other-options",
        "rfc9293/3.1/unknown-subtypes-on-data",
    ] {
        fn reads_on(&self) -> bool { false }
    }
    /// Answers experiments on segments that TCP doesn't accept.
    "exp-ignores-window" = IgnoresWindow fails [
        "exp/2/out-of-window",
    ] {
        fn heeds_unacceptable(&self) -> bool { true }
    }
    /// Refuses handshakes that have an experimental option.
    "exp-refuses-in-handshake" = RefusesInHandshake fails [
        "exp/2/handshakes",
        "rfc9293/3.1/unknown-subtypes-on-handshake",
    ] {
        fn passes_over_in_handshake(&self) -> bool { false }
    }
    /// Answers experiments although the connection has fallen back to TCP.
    "exp-answers-after-fallback" = AnswersAfterFallback fails [
        "exp/2/after-fallback",
    ] {
        fn answers_after_fallback(&self) -> bool { true }
    }
}
