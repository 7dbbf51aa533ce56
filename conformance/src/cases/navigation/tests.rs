//! The reference passes every case of the area, and each of its mutants fails exactly the cases
//! that it names.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::CASES;
use crate::case::{Case, Variant};
use crate::mutants;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::reference::Reference;
use crate::run;
use crate::testbed::impair::Impairments;
use crate::testbed::memory::Memory;
use crate::verdict::Verdict;

fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.into_iter().flatten().copied()
}

fn play(policy: Policy, case: &'static Case, variant: Variant, run: &Plan) -> Verdict {
    let plan = case.plan(variant, run);
    let topology = Memory::topology(plan.family);
    let peer = Box::new(Reference::new(policy, plan, topology.clone()));
    let mut testbed = Memory::new(peer, topology, Impairments::default());
    run::play(case, &plan, &mut testbed).verdict
}

#[test]
fn the_reference_passes() {
    let mut odd = String::new();
    for case in cases() {
        for variant in case.variants() {
            let verdict = play(Policy::CONFORMANT, case, variant, &Plan::default());
            if verdict != Verdict::Pass {
                let _ = writeln!(odd, "{}:{variant}: {verdict:?}", case.id);
            }
        }
    }
    assert!(odd.is_empty(), "\n{odd}");
}

#[test]
fn mutants_fail_what_they_name() {
    let mut odd = String::new();
    for mutant in mutants::all().filter(|mutant| mutant.name.starts_with("nav-")) {
        let fails = |case: &&'static Case| {
            case.variants().any(|variant| {
                let verdict = play(mutant.policy, case, variant, &Plan::default());
                matches!(verdict, Verdict::Fail(_))
            })
        };
        let failed: BTreeSet<&str> = cases().filter(fails).map(|case| case.id).collect();
        let named: BTreeSet<&str> =
            mutant.fails.iter().copied().filter(|id| id.starts_with("nav/")).collect();
        if failed != named {
            let _ = writeln!(odd, "{}: fails {failed:?}, names {named:?}", mutant.name);
        }
    }
    assert!(odd.is_empty(), "\n{odd}");
}
