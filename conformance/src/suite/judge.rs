//! What a verdict means for a run.

use super::result::Standing;
use crate::catalogue::Gating;
use crate::expected::ExpectedVerdict;
use crate::verdict::Verdict;

/// How much a play weighs.
pub(super) struct Weight {
    pub(super) gating: Gating,
    pub(super) strict: bool,
    /// It was asked for by its exact name.
    pub(super) named: bool,
    /// What it lacks is required.
    pub(super) required: bool,
    pub(super) expected: Option<ExpectedVerdict>,
}

pub(super) fn standing(verdict: &Verdict, weight: &Weight) -> Standing {
    let gates = match weight.gating {
        Gating::Always => true,
        Gating::Strict => weight.strict || weight.named,
        Gating::Named => weight.named,
    };
    let failed = if gates { Standing::Failing } else { Standing::Reported };
    match (verdict, weight.expected) {
        (Verdict::Pass, Some(expected)) if expected != ExpectedVerdict::Flaky => {
            Standing::Surprising
        }
        (Verdict::Fail(_), Some(ExpectedVerdict::Fail | ExpectedVerdict::Flaky))
        | (Verdict::Error { .. }, Some(ExpectedVerdict::Error)) => Standing::Known,
        // An error of the tester is never what is known of a target.
        (Verdict::Flaky { verdicts }, Some(ExpectedVerdict::Fail | ExpectedVerdict::Flaky))
            if !verdicts.iter().any(|one| matches!(one, Verdict::Error { .. })) =>
        {
            Standing::Known
        }
        (Verdict::Error { .. }, _) => Standing::Failing,
        (Verdict::Fail(_), _) => failed,
        (Verdict::Flaky { verdicts }, _) => {
            let mut standings =
                verdicts.iter().map(|one| standing(one, &Weight { expected: None, ..*weight }));
            if standings.any(Standing::fails_run) { Standing::Failing } else { Standing::Reported }
        }
        (Verdict::Skipped { .. }, _) if weight.required => Standing::Failing,
        (Verdict::Pass | Verdict::Skipped { .. } | Verdict::Inconclusive { .. }, _) => {
            Standing::Good
        }
    }
}
