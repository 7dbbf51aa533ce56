//! A scheduler that sends in bursts is never taken for one that does what it was asked for.

use std::time::Duration;

use mpconform::case::Need;
use mpconform::plan::Plan;
use mpconform::policy::Policy;
use mpconform::policy::data::{Burst, DataPolicy};
use mpconform::policy::paths::PathPolicy;
use mpconform::script::{Step, What};
use mpconform::verdict::Verdict;

use crate::field::{Play, against, each, name, plays_of_ipv4, seeds, told};

/// Seeds of a run that asks for no other number.
const SEEDS: u64 = 30;

/// Sends on one subflow for a while, then on the other.
#[derive(Debug)]
struct Bursts {
    seed: u64,
    /// A burst ends with one of so many octets,
    octets: (u64, u64),
    /// or after such a time, in milliseconds.
    lasting: (u64, u64),
}

impl Bursts {
    /// The bursts of this seed: all alike or not, ended by their octets, their time or both.
    fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        // As many short ones as long ones.
        let mut range = |least: u64| {
            let longest = least << random.u32(0..=7);
            let shortest = if random.bool() { longest } else { random.u64(0..=longest) };
            (shortest, longest)
        };
        let (octets, lasting) = (range(1000), range(5));
        match seed % 3 {
            0 => Self { seed, octets, lasting: (1000, 1000) },
            1 => Self { seed, octets: (u64::MAX, u64::MAX), lasting },
            _ => Self { seed, octets, lasting },
        }
    }
}

impl DataPolicy for Bursts {
    fn goes_on(&self, burst: &Burst) -> bool {
        let mut random = fastrand::Rng::with_seed(self.seed ^ burst.number.rotate_left(32));
        let octets = random.u64(self.octets.0..=self.octets.1);
        let lasting = Duration::from_millis(random.u64(self.lasting.0..=self.lasting.1));
        burst.octets < octets && burst.lasted < lasting
    }
}

/// Sends on backups as on any subflow.
#[derive(Debug)]
struct Heedless;

impl PathPolicy for Heedless {
    fn ignores_backups(&self) -> bool {
        true
    }
}

/// Whether a case asks whether new data left a subflow.
fn is_about_leaving(&(case, variant): &Play) -> bool {
    let script = (case.script)(&case.plan(variant, &Plan::default()));
    let asked = |step: &Step| match step {
        Step::Given(it) | Step::Expect(it) => {
            matches!(it.what, What::Leaves { .. } | What::Stays { .. })
        }
        _ => false,
    };
    script.steps.iter().any(asked)
}

/// Nothing of these is passed by peers that send in bursts and have this policy otherwise, and many
/// are failed: bursts that are short tell that nothing is left.
fn nothing_passes(policy: Policy, plays: &[Play]) {
    let pairs: Vec<(u64, Play)> =
        (0..seeds(SEEDS)).flat_map(|seed| plays.iter().map(move |&play| (seed, play))).collect();
    let verdicts = each(&pairs, |&(seed, play)| {
        let data: &'static Bursts = Box::leak(Box::new(Bursts::new(seed)));
        let run = Plan { seed, ..Plan::default() };
        let verdict = against(Policy { data, ..policy }, play, &run).verdict;
        (verdict, format!("{} {data:?}", name(play)))
    });
    let failed = verdicts.iter().filter(|(verdict, _)| matches!(verdict, Verdict::Fail(_))).count();
    let passed = verdicts.into_iter().filter(|(verdict, _)| *verdict == Verdict::Pass);
    let passed: Vec<String> = passed.map(|(_, name)| name).collect();
    assert!(passed.is_empty(), "{} passed:\n{}", passed.len(), passed.join("\n"));
    assert!(failed * 10 > pairs.len(), "only {failed} of {} failed", pairs.len());
}

#[test]
fn bursts_do_not_pass_for_navigation() {
    let mut plays = plays_of_ipv4(&Plan::default());
    plays.retain(|play| play.0.needs.contains(&Need::Navigation) && is_about_leaving(play));
    assert!(plays.len() > 30, "only {} plays", plays.len());
    nothing_passes(Policy::UNKNOWING, &plays);
}

#[test]
fn bursts_do_not_pass_for_priorities() {
    let mut plays = plays_of_ipv4(&Plan::default());
    plays.retain(|(case, _)| case.id == "rfc8684/3.3.8/prio-moves-traffic");
    assert_eq!(plays.len(), 2);
    nothing_passes(Policy { paths: &Heedless, ..Policy::CONFORMANT }, &plays);
}

/// Bursts alone are no fault: who sends in short ones and does what it was asked for doesn't fail.
#[test]
fn bursts_alone_fail_nothing() {
    let mut plays = plays_of_ipv4(&Plan::default());
    plays.retain(is_about_leaving);
    let pairs: Vec<(u64, Play)> = (0..seeds(SEEDS) / 10)
        .flat_map(|seed| plays.iter().map(move |&play| (seed, play)))
        .collect();
    let failed: Vec<String> = each(&pairs, |&(seed, play)| {
        let data: &'static Bursts = Box::leak(Box::new(Bursts::new(seed)));
        let run = Plan { seed, ..Plan::default() };
        let outcome = against(Policy { data, ..Policy::CONFORMANT }, play, &run);
        matches!(outcome.verdict, Verdict::Fail(_) | Verdict::Error { .. })
            .then(|| format!("{} {data:?}: {}", name(play), told(&outcome)))
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(failed.is_empty(), "{}:\n{}", failed.len(), failed.join("\n"));
}
