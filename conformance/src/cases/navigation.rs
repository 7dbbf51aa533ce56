//! MP_Navigation (draft-kang-tcpm-accurate-data-scheduling-by-server).
//!
//! The draft's client is a target that initiates, its server one that listens. Traffic is that of
//! an application that sends steadily, spread over the regular subflows: a switch is seen as new
//! data that keeps away from one subflow.

mod asking;
mod cancelling;
mod echoing;
mod flags;
mod places;
mod situations;
mod switching;
mod targets;
mod tolerance;
mod use_cases;

use crate::case::Case;

/// By the subject of the cases.
pub(super) static CASES: [&[&Case]; 9] = [
    switching::CASES,
    cancelling::CASES,
    echoing::CASES,
    flags::CASES,
    targets::CASES,
    places::CASES,
    tolerance::CASES,
    asking::CASES,
    use_cases::CASES,
];
