//! The experimental option (draft-bonaventure-mptcp-exp-option-00 §2, rfc6824bis §3.7).

mod answers;
mod known;
mod probes;
mod silence;
mod surroundings;

use mpdissect::wire::field::Octets;
use mpdissect::wire::mptcp::{ExperimentFlags, Experimental, MptcpOption};

use crate::case::Case;
use crate::cases::setup::nobodys;
use crate::script::{
    Act, App, Opt, OptPattern, S0, Script, Segment, data, delivered, established, open,
};

pub(super) static CASES: &[&Case] = &[
    &answers::REPLY_LAYOUT,
    &answers::RESERVED_SENT_ZERO,
    &answers::RESERVED_IGNORED,
    &answers::IDENTIFIER_OF_16_BITS,
    &answers::PROBE_ANSWERED,
    &answers::UNKNOWN_FLAG,
    &answers::REJECTION,
    &answers::USE_RETURNED,
    &answers::FLAGS_BY_RECEIVED,
    &answers::SEVERAL_IN_ONE,
    &answers::EXTREME_IDENTIFIERS,
    &answers::ANY_SEGMENT,
    &silence::SHORT_OPTIONS,
    &silence::RETURNS,
    &silence::FLOOD,
    &silence::DUPLICATE_ACKS,
    &silence::OUT_OF_WINDOW,
    &silence::AFTER_FALLBACK,
    &surroundings::SHORT_HARMLESS,
    &surroundings::OTHER_OPTIONS,
    &surroundings::HANDSHAKES,
    &surroundings::FULL_AREA,
    &probes::PROBE_FIRST,
    &probes::OWN_RESERVED_ZERO,
    &probes::REJECTION_HEEDED,
    &probes::SILENCE_TOLERATED,
    &probes::BOTH_ANSWERS,
    &known::POSITIVE_REPLY,
    &known::POSITIVE_REPLY_BIS,
    &known::AFTER_NEGOTIATION,
    &known::WHOLE_CONNECTION,
];

const S: u8 = ExperimentFlags::SYNCHRONISING;
const U: u8 = ExperimentFlags::UNKNOWN;

/// An experimental option.
fn experiment(flags: u8, exid: u16, data: &[u8]) -> Opt {
    let data = Octets::new(data).unwrap_or(Octets::EMPTY);
    MptcpOption::Experimental(Experimental { flags: ExperimentFlags(flags), exid, data }).into()
}

/// An experimental option about this experiment, whatever it says.
fn about(exid: u16) -> OptPattern {
    flagged(exid, 0, 0)
}

/// An experimental option about this experiment with these of the flags in `mask`.
fn flagged(exid: u16, mask: u8, flags: u8) -> OptPattern {
    OptPattern::Experiment { exid, mask, flags, data: None }
}

/// Connection 0 to an application that says nothing, with room for other options.
fn quiet() -> Script {
    opened(App::Sink)
}

/// [`quiet`], but to any application.
fn opened(app: App) -> Script {
    // Once data was acknowledged, both ends know that it is a connection of MPTCP.
    Script::new()
        .act(open().app(app).without_timestamps())
        .given(established(S0))
        .act(Act::Write { on: S0, octets: 1 })
        .given(delivered(S0))
}

/// An option on one octet of data, so that it arrives.
fn carry(option: Opt) -> Segment {
    data(S0, 1).with(option)
}
