//! Nothing passes against a peer that says nothing, resets everything, or sends everything back.

use mpconform::plan::Plan;
use mpconform::run::play;
use mpconform::testbed::impair::Impairments;
use mpconform::testbed::memory::Memory;
use mpconform::testbed::peers::Broken;
use mpconform::verdict::Verdict;

use crate::field::{each, name, plays};

fn nothing_passes(peer: Broken) {
    let run = Plan::default();
    let plays = plays(&run);
    let passed: Vec<String> = each(&plays, |&(case, variant)| {
        let plan = case.plan(variant, &run);
        let topology = Memory::topology(plan.family);
        let mut testbed = Memory::new(Box::new(peer), topology, Impairments::default());
        let outcome = play(case, &plan, &mut testbed);
        (outcome.verdict == Verdict::Pass).then(|| name((case, variant)))
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(passed.is_empty(), "{} passed:\n{}", passed.len(), passed.join("\n"));
}

#[test]
fn nothing_passes_against_silence() {
    nothing_passes(Broken::Silent);
}

#[test]
fn nothing_passes_against_resets() {
    nothing_passes(Broken::Resetting);
}

#[test]
fn nothing_passes_against_an_echo() {
    nothing_passes(Broken::Echoing);
}
