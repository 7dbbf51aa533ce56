//! What a run came to: all that the reports are made from.

use std::path::PathBuf;
use std::time::Duration;

use super::{Play, Support};
use crate::case::Case;
use crate::catalogue::{self, Requirement};
use crate::plan::Plan;
use crate::transcript::Transcript;
use crate::verdict::{Finding, Verdict};

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Run {
    /// The target's name, as it is selected on the command line (`builtin`, or a mutant's name).
    pub target: String,
    /// What the whole run was played with; its role and family say nothing.
    pub plan: Plan,
    /// What the target supports.
    pub support: Vec<Support>,
    /// Every play that was selected, in the order of the cases and their variants; those behind the
    /// point where a run was stopped are missing.
    pub plays: Vec<Played>,
    /// How many plays were selected.
    pub selected: usize,
    /// Whether SHOULD and SHOULD NOT gate as well.
    pub strict: bool,
    /// Why not all that was selected was played.
    pub stopped: Option<Stopped>,
}

/// Why a run ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// At the first play that fails the run, as asked for.
    FirstFailure,
    /// By the user.
    Interrupted,
    /// Where the target didn't answer any more.
    TargetGone,
}

/// What one play came to.
#[derive(Clone, Debug)]
pub struct Played {
    /// What was played.
    pub play: Play,
    /// What it came to; of several repeats that agree, the first.
    pub verdict: Verdict,
    /// What that means for the run.
    pub standing: Standing,
    /// What the file of expected results says about it.
    pub note: Option<String>,
    /// The seed with which it came to this.
    pub seed: u64,
    /// How long it took on the clock of the testbed.
    pub took: Duration,
    /// What it came to before, where that doesn't count: the tester was kept from its work by a lack
    /// of processors, and the play was begun again.
    pub starved: Vec<Verdict>,
    /// What was sent and seen; empty if it wasn't played.
    pub transcript: Transcript,
    /// The file with the evidence, if it was written.
    pub evidence: Option<PathBuf>,
    /// The arguments of `mpconform` that play just this again.
    pub again: Vec<String>,
}

/// What a verdict means for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Nothing to fail it for.
    Good,
    /// It failed, but what it is about doesn't gate in this run.
    Reported,
    /// It failed, as the file of expected results says (xfail).
    Known,
    /// It passed against the file of expected results (xpass), and that fails the run.
    Surprising,
    /// It fails the run: a gating failure, an error, or a skip of what is required.
    Failing,
}

impl Standing {
    /// Whether it fails the run.
    pub const fn fails_run(self) -> bool {
        matches!(self, Self::Surprising | Self::Failing)
    }

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Reported => "reported",
            Self::Known => "xfail",
            Self::Surprising => "xpass",
            Self::Failing => "failing",
        }
    }
}

impl Played {
    /// The finding, if it failed at least once.
    pub fn finding(&self) -> Option<&Finding> {
        self.verdict.finding()
    }

    /// The requirement that its verdict is about: the one that was broken, or else the one that
    /// the case exists for.
    pub fn requirement(&self) -> &'static Requirement {
        let broken = self.finding().and_then(|finding| catalogue::find(finding.requirement));
        broken.unwrap_or_else(|| catalogue::first_of(self.play.case))
    }

    /// Whether a requirement was decided.
    pub fn conclusive(&self) -> bool {
        self.verdict.decides()
    }
}

/// What all plays of one case came to.
#[derive(Clone, Copy, Debug)]
pub struct CaseResult<'a> {
    /// The case.
    pub case: &'static Case,
    /// Its plays that were selected.
    pub plays: &'a [Played],
}

impl CaseResult<'_> {
    /// The strongest verdict among its plays, which speaks for the case.
    pub fn worst(&self) -> Option<&Played> {
        let mut plays = self.plays.iter();
        let first = plays.next()?;
        Some(plays.fold(first, |worst, other| {
            if other.verdict.strength() > worst.verdict.strength() { other } else { worst }
        }))
    }

    /// What its plays mean for the run together.
    pub fn standing(&self) -> Standing {
        self.plays.iter().map(|played| played.standing).max().unwrap_or(Standing::Good)
    }

    /// How many plays came to what.
    pub fn totals(&self) -> Totals {
        Totals::of(self.plays)
    }
}

/// How many plays came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All that have a result.
    pub plays: usize,
    /// Passed.
    pub passed: usize,
    /// Failed, known or not, gating or not.
    pub failed: usize,
    /// Came to different verdicts.
    pub flaky: usize,
    /// Couldn't be decided.
    pub inconclusive: usize,
    /// Weren't played.
    pub skipped: usize,
    /// Broke the tester.
    pub errors: usize,
    /// Failed as expected: xfail.
    pub known: usize,
    /// Passed unexpectedly: xpass.
    pub surprising: usize,
    /// Fail the run: gating failures, errors, unexpected passes and skips of what is required.
    pub failing: usize,
}

impl Totals {
    /// Those of some plays.
    pub fn of(plays: &[Played]) -> Self {
        let mut totals = Self { plays: plays.len(), ..Self::default() };
        for played in plays {
            *match played.verdict {
                Verdict::Pass => &mut totals.passed,
                Verdict::Fail(_) => &mut totals.failed,
                Verdict::Flaky { .. } => &mut totals.flaky,
                Verdict::Inconclusive { .. } => &mut totals.inconclusive,
                Verdict::Skipped { .. } => &mut totals.skipped,
                Verdict::Error { .. } => &mut totals.errors,
            } += 1;
            totals.known += usize::from(played.standing == Standing::Known);
            totals.surprising += usize::from(played.standing == Standing::Surprising);
            totals.failing += usize::from(played.standing.fails_run());
        }
        totals
    }
}

/// Whether a run is good enough to go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Something was decided, and nothing speaks against the target.
    Passed,
    /// The target doesn't conform, or does so unexpectedly.
    Failed,
    /// Nothing could be decided.
    Undecided,
    /// It was stopped by the user before its end.
    Interrupted,
}

impl Gate {
    /// The exit code of the command.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Undecided => 3,
            Self::Interrupted => 130,
        }
    }

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Undecided => "undecided",
            Self::Interrupted => "interrupted",
        }
    }
}

impl Run {
    /// The results by case, in order.
    pub fn cases(&self) -> impl Iterator<Item = CaseResult<'_>> {
        let same = |one: &Played, other: &Played| std::ptr::eq(one.play.case, other.play.case);
        self.plays.chunk_by(same).filter_map(|plays| {
            let case = plays.first()?.play.case;
            Some(CaseResult { case, plays })
        })
    }

    /// How many plays came to what.
    pub fn totals(&self) -> Totals {
        Totals::of(&self.plays)
    }

    /// What it means.
    pub fn gate(&self) -> Gate {
        if self.stopped == Some(Stopped::Interrupted) {
            return Gate::Interrupted;
        }
        // What is required and missing decides, and so does a pass that wasn't expected; errors
        // alone decide nothing.
        let decided = self.plays.iter().any(|played| {
            played.conclusive()
                || matches!(played.verdict, Verdict::Skipped { .. }) && played.standing.fails_run()
        });
        if !decided {
            Gate::Undecided
        } else if self.plays.iter().any(|played| played.standing.fails_run()) {
            Gate::Failed
        } else {
            Gate::Passed
        }
    }
}
