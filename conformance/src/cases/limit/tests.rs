use std::collections::BTreeSet;
use std::fmt::Write as _;

use mpdissect::wire::mptcp::MaxSubflowsLayout;

use super::CASES;
use crate::case::{Axes, Case, Variant};
use crate::mutants;
use crate::plan::{Family, Negotiation, Plan};
use crate::policy::Policy;
use crate::reference::Reference;
use crate::run::play;
use crate::testbed::impair::Impairments;
use crate::testbed::memory::Memory;
use crate::verdict::Verdict;

fn verdict(case: &'static Case, variant: Variant, policy: Policy, run: &Plan) -> Verdict {
    let plan = case.plan(variant, run);
    let topology = Memory::topology(plan.family);
    let reference = Reference::new(policy, plan, topology.clone());
    let mut testbed = Memory::new(Box::new(reference), topology, Impairments::default());
    play(case, &plan, &mut testbed).verdict
}

/// The plays of a case under these parameters of a run.
fn variants(case: &'static Case, run: &Plan) -> Vec<Variant> {
    match case.axes {
        Axes::Only(negotiation) if negotiation != run.negotiation => Vec::new(),
        _ => case.variants().collect(),
    }
}

#[test]
fn the_reference_passes_every_case() {
    let mut odd = String::new();
    {
        for (negotiation, layout) in [
            (Negotiation::ExpOption00, MaxSubflowsLayout::A),
            (Negotiation::Rfc6824bis, MaxSubflowsLayout::B),
            (Negotiation::ExpOption00, MaxSubflowsLayout::C),
        ] {
            let run = Plan { layout, negotiation, ..Plan::default() };
            for &case in CASES {
                for variant in variants(case, &run) {
                    let verdict = verdict(case, variant, Policy::CONFORMANT, &run);
                    if verdict != Verdict::Pass {
                        let _ = writeln!(
                            odd,
                            "{negotiation} {layout:?} {}:{variant} {verdict:?}",
                            case.id
                        );
                    }
                }
            }
        }
    }
    assert!(odd.is_empty(), "{odd}");
}

#[test]
fn every_mutant_fails_the_cases_that_it_names() {
    let mut odd = String::new();
    let failed_by = |policy: Policy| -> BTreeSet<&str> {
        let run = Plan::default();
        crate::cases::all()
            .filter(|case| {
                let first = variants(case, &run).into_iter();
                first
                    .filter(|variant| variant.family == Family::V4)
                    .any(|variant| matches!(verdict(case, variant, policy, &run), Verdict::Fail(_)))
            })
            .map(|case| case.id)
            .collect()
    };
    let always = failed_by(Policy::CONFORMANT);
    for mutant in mutants::all().filter(|mutant| mutant.name.starts_with("limit-")) {
        let failed: BTreeSet<&str> =
            failed_by(mutant.policy).difference(&always).copied().collect();
        let named: BTreeSet<&str> = mutant.fails.iter().copied().collect();
        if failed != named {
            let _ = writeln!(odd, "{}: {failed:?}", mutant.name);
        }
    }
    assert!(odd.is_empty(), "{odd}");
}
