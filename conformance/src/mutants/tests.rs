//! The cases against the reference, and against every mutant.

use std::fmt::Write;

use crate::case::{Axes, Case};
use crate::cases;
use crate::mutants;
use crate::plan::{Negotiation, Plan};
use crate::policy::Policy;
use crate::reference::Reference;
use crate::run;
use crate::testbed::impair::Impairments;
use crate::testbed::memory::Memory;
use crate::testbed::peers::Broken;
use crate::verdict::Verdict;

/// The verdicts of all variants of a case.
fn verdicts(
    case: &'static Case,
    run: &Plan,
    policy: Policy,
    impairments: &Impairments,
) -> Vec<(String, Verdict)> {
    if matches!(case.axes, Axes::Only(negotiation) if negotiation != run.negotiation) {
        return Vec::new();
    }
    let play = |variant| {
        let plan = case.plan(variant, run);
        let topology = Memory::topology(plan.family);
        let host = Reference::new(policy, plan, topology.clone());
        let impairments = Impairments { seed: plan.seed, ..impairments.clone() };
        let mut testbed = Memory::new(Box::new(host), topology, impairments);
        (format!("{}:{variant}", case.id), run::play(case, &plan, &mut testbed).verdict)
    };
    case.variants().map(play).collect()
}

/// The cases that this area is about.
fn chosen() -> impl Iterator<Item = &'static Case> {
    let prefixes = std::env::var("CASES").unwrap_or_else(|_| "exp/ rfc9293/".into());
    cases::all().filter(move |case| prefixes.split(' ').any(|prefix| case.id.starts_with(prefix)))
}

#[test]
fn the_reference_passes() {
    let mut complaints = String::new();
    for negotiation in [Negotiation::ExpOption00, Negotiation::Rfc6824bis] {
        let plan = Plan { negotiation, ..Plan::default() };
        for case in chosen() {
            for (play, verdict) in
                verdicts(case, &plan, Policy::CONFORMANT, &Impairments::default())
            {
                if verdict != Verdict::Pass {
                    let _ = writeln!(complaints, "{play} ({negotiation}): {verdict:?}");
                }
            }
        }
    }
    assert!(complaints.is_empty(), "\n{complaints}");
}

#[test]
fn mutants_fail_what_they_name() {
    let mut complaints = String::new();
    let prefixes = std::env::var("MUTANTS").unwrap_or_else(|_| "exp- tcp-".into());
    let of_area = |name: &str| prefixes.split(' ').any(|prefix| name.starts_with(prefix));
    for mutant in mutants::all().filter(|mutant| of_area(mutant.name)) {
        for case in chosen() {
            let mut worst = Verdict::Pass;
            for negotiation in [Negotiation::ExpOption00, Negotiation::Rfc6824bis] {
                let plan = Plan { negotiation, ..Plan::default() };
                for (play, verdict) in verdicts(case, &plan, mutant.policy, &Impairments::default())
                {
                    if let Verdict::Error { reason } = &verdict {
                        let _ = writeln!(complaints, "{}: {play}: error: {reason}", mutant.name);
                    }
                    worst = worst.or_stronger(verdict);
                }
            }
            let named = mutant.fails.contains(&case.id);
            let failed = matches!(worst, Verdict::Fail(_));
            if named != failed {
                let how = if named { "named, but" } else { "not named, but" };
                let _ = writeln!(complaints, "{}: {}: {how} {worst:?}", mutant.name, case.id);
            }
        }
    }
    assert!(complaints.is_empty(), "\n{complaints}");
}

#[test]
fn impairments_fail_nothing() {
    let mut complaints = String::new();
    let seeds: u64 = std::env::var("SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(3);
    for seed in 0..seeds {
        let impairments = Impairments {
            jitter: std::time::Duration::from_millis(20),
            loss: 200,
            duplication: 200,
            reordering: 200,
            ..Impairments::default()
        };
        let plan = Plan { seed, time_scale: 10, ..Plan::default() };
        for case in chosen() {
            for (play, verdict) in verdicts(case, &plan, Policy::CONFORMANT, &impairments) {
                if matches!(verdict, Verdict::Fail(_) | Verdict::Error { .. }) {
                    let _ = writeln!(complaints, "{play} seed {seed}: {verdict:?}");
                }
            }
        }
    }
    assert!(complaints.is_empty(), "\n{complaints}");
}

#[test]
fn nothing_passes_against_broken_peers() {
    let mut passed = String::new();
    for peer in Broken::ALL {
        for case in chosen() {
            for variant in case.variants() {
                let plan = case.plan(variant, &Plan::default());
                let topology = Memory::topology(plan.family);
                let mut testbed = Memory::new(Box::new(peer), topology, Impairments::default());
                if run::play(case, &plan, &mut testbed).verdict == Verdict::Pass {
                    let _ = writeln!(passed, "{}:{variant} against {peer:?}", case.id);
                }
            }
        }
    }
    assert!(passed.is_empty(), "\n{passed}");
}
