//! Plays a case against a target: owns no clock and no socket, and prints nothing.

use std::time::Duration;

use crate::case::Case;
use crate::plan::Plan;
use crate::testbed::Testbed;
use crate::transcript::Transcript;
use crate::verdict::Verdict;

/// What one play of a case came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// What was sent and seen.
    pub transcript: Transcript,
    /// How long it took on the clock of the testbed.
    pub took: Duration,
}

/// Plays one variant of a case; `plan` is the one that [`Case::plan`] gave.
pub fn play(case: &'static Case, plan: &Plan, testbed: &mut dyn Testbed) -> Outcome {
    let _ = (case, plan, testbed);
    Outcome {
        verdict: Verdict::Error { reason: "nothing is played yet".into() },
        transcript: Transcript::default(),
        took: Duration::ZERO,
    }
}
