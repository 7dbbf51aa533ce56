//! What a case comes to, and why.

use std::fmt;

/// What one play of a case comes to, weakest first: of several, the strongest counts, and of equals
/// the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was not played: what it needs isn't there.
    Skipped {
        /// What is missing.
        reason: String,
    },
    /// The requirement was seen to be met.
    Pass,
    /// It was played, but what it depends on didn't come about.
    Inconclusive {
        /// What didn't.
        reason: String,
    },
    /// Repeats of the same play came to different verdicts.
    Flaky {
        /// The first of each name, in order: at least two.
        verdicts: Vec<Self>,
    },
    /// The target breaks the requirement.
    Fail(Finding),
    /// The tester itself is at fault.
    Error {
        /// What went wrong.
        reason: String,
    },
}

impl Verdict {
    /// Whether it says something about the target.
    pub fn decides(&self) -> bool {
        match self {
            Self::Pass | Self::Fail(_) => true,
            Self::Flaky { verdicts } => verdicts.iter().any(Self::decides),
            Self::Skipped { .. } | Self::Inconclusive { .. } | Self::Error { .. } => false,
        }
    }

    /// The name in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Skipped { .. } => "skipped",
            Self::Inconclusive { .. } => "inconclusive",
            Self::Flaky { .. } => "flaky",
            Self::Fail(_) => "fail",
            Self::Error { .. } => "error",
        }
    }

    /// How strong it is, 0 being the weakest.
    pub const fn strength(&self) -> u8 {
        match self {
            Self::Skipped { .. } => 0,
            Self::Pass => 1,
            Self::Inconclusive { .. } => 2,
            Self::Flaky { .. } => 3,
            Self::Fail(_) => 4,
            Self::Error { .. } => 5,
        }
    }

    /// Why the target failed, or did so at least once.
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Fail(finding) => Some(finding),
            Self::Flaky { verdicts } => verdicts.iter().find_map(Self::finding),
            _ => None,
        }
    }

    /// Why it came to this, where it is neither a pass nor a failure of the target.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Skipped { reason } | Self::Inconclusive { reason } | Self::Error { reason } => {
                Some(reason)
            }
            Self::Pass | Self::Flaky { .. } | Self::Fail(_) => None,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a case failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The id of the requirement that is broken.
    pub requirement: &'static str,
    /// The step of the script, counted from 1.
    pub step: usize,
    /// What was expected, in the notation of scripts.
    pub expected: String,
    /// What was seen instead, in the same notation.
    pub seen: String,
    /// The packet that decided it, as its number in the transcript, counted from 1; when nothing
    /// was seen, the last one before the verdict.
    pub packet: u64,
}
