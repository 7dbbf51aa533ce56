//! One play, as often as it takes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::guard;
use super::target::Target;
use super::{Config, Play};
use crate::case::Case;
use crate::plan::Plan;
use crate::run::{self, Outcome};
use crate::testbed::Trouble;
use crate::verdict::Verdict;

/// What stands for all repeats of a play.
pub(super) struct Repeated {
    /// With which seed it came to the outcome.
    pub(super) seed: u64,
    /// That of the first if they agree, else the strongest with the first verdict of each name.
    pub(super) outcome: Outcome,
    /// See [`Played::starved`](super::result::Played::starved).
    pub(super) starved: Vec<Verdict>,
}

/// Plays one of them as often as it is wanted. Nothing if the user stops it before the first has
/// begun.
pub(super) fn repeated(
    target: &dyn Target,
    play: Play,
    config: &Config,
    halt: &AtomicBool,
) -> Option<Repeated> {
    let mut verdicts: Vec<Verdict> = Vec::new();
    let mut strongest: Option<(u64, Outcome)> = None;
    let mut starved = Vec::new();
    for number in 0..config.repeat.get() as u64 {
        if halt.load(Ordering::Relaxed) {
            break;
        }
        let seed = config.plan.seed.wrapping_add(number);
        let plan = play.case.plan(play.variant, &Plan { seed, ..config.plan });
        let (outcome, discarded) = once(target, play.case, &plan);
        starved.extend(discarded);
        if !verdicts.iter().any(|verdict| verdict.name() == outcome.verdict.name()) {
            verdicts.push(outcome.verdict.clone());
        }
        let stronger = strongest
            .as_ref()
            .is_none_or(|(_, own)| outcome.verdict.strength() > own.verdict.strength());
        if stronger {
            strongest = Some((seed, outcome));
        }
    }
    let (seed, outcome) = strongest?;
    let verdict = if verdicts.len() == 1 { outcome.verdict } else { Verdict::Flaky { verdicts } };
    Some(Repeated { seed, outcome: Outcome { verdict, ..outcome }, starved })
}

/// How long a tester may be kept from its work in a play that isn't a pass: timers of the target may
/// have run out for want of an answer, so that the play says nothing about it.
const STARVED: Duration = Duration::from_millis(400);
/// How often a play is begun again because of that.
const AGAIN: usize = 3;

/// Plays a case once; again if the tester didn't get to play it as it should. With what came of the
/// plays that don't count because of that.
pub(super) fn once(
    target: &dyn Target,
    case: &'static Case,
    plan: &Plan,
) -> (Outcome, Vec<Verdict>) {
    let mut starved = Vec::new();
    loop {
        let mut outcome = attempt(target, case, plan);
        let passed = matches!(outcome.verdict, Verdict::Pass | Verdict::Skipped { .. });
        if passed || outcome.starved < STARVED {
            return (outcome, starved);
        }
        if starved.len() == AGAIN {
            if matches!(outcome.verdict, Verdict::Fail(_)) {
                outcome.verdict = Verdict::Inconclusive { reason: no_time(outcome.starved) };
            }
            return (outcome, starved);
        }
        starved.push(outcome.verdict);
    }
}

/// Why a failure says nothing about the target.
fn no_time(starved: Duration) -> String {
    format!(
        "this machine kept the tester from its work for {:.1} s, and too long in {AGAIN} plays before, \
         so that the target may have waited for it in vain: fewer --jobs, or less beside them",
        starved.as_secs_f64()
    )
}

/// Plays a case, come what may.
fn attempt(target: &dyn Target, case: &'static Case, plan: &Plan) -> Outcome {
    let played = guard::guarded(|| match target.testbed(plan) {
        Ok(mut testbed) => run::play(case, plan, testbed.as_mut()),
        Err(Trouble::Unsupported(reason)) => Outcome::unplayed(Verdict::Skipped { reason }),
        Err(Trouble::Broken(reason)) => Outcome::unplayed(Verdict::Error { reason }),
    });
    played.unwrap_or_else(|reason| Outcome::unplayed(Verdict::Error { reason }))
}
