use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use mpdissect::wire::mptcp::{MaxSubflowsLayout, Subtype};

use super::CASES;
use crate::case::{Axes, Case, Variant};
use crate::mutants;
use crate::plan::{Family, Negotiation, Plan};
use crate::policy::Policy;
use crate::reference::Reference;
use crate::run::play;
use crate::testbed::impair::{Deed, Impairments, Place, Rule, Way};
use crate::testbed::memory::Memory;
use crate::testbed::peers::Broken;
use crate::testbed::{Peer, Topology};
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

/// Plays everything once over a link; what fails is told.
fn failures_over(
    peer: impl Fn(Policy, Plan, &Topology) -> Box<dyn Peer + Send>,
    run: &Plan,
    link: &Impairments,
) -> String {
    let mut odd = String::new();
    for &case in CASES {
        for variant in variants(case, run) {
            let plan = case.plan(variant, run);
            let topology = Memory::topology(plan.family);
            let host = peer(Policy::CONFORMANT, plan, &topology);
            let mut testbed = Memory::new(host, topology, link.clone());
            let verdict = play(case, &plan, &mut testbed).verdict;
            if matches!(verdict, Verdict::Fail(_) | Verdict::Error { .. }) {
                let _ = writeln!(odd, "{}:{variant} {verdict:?}", case.id);
            }
        }
    }
    odd
}

fn reference(policy: Policy, plan: Plan, topology: &Topology) -> Box<dyn Peer + Send> {
    Box::new(Reference::new(policy, plan, topology.clone()))
}

#[test]
fn bad_links_make_no_case_fail() {
    let seeds = std::env::var("MAXSF_SEEDS").ok().and_then(|it| it.parse().ok()).unwrap_or(3);
    let from: u64 = std::env::var("MAXSF_FROM").ok().and_then(|it| it.parse().ok()).unwrap_or(0);
    for seed in from..from + seeds {
        let share = [50, 100, 200][seed as usize % 3];
        let link = Impairments {
            seed,
            jitter: Duration::from_millis(20),
            loss: share,
            duplication: share,
            reordering: share,
            ..Impairments::default()
        };
        let run = Plan { seed, time_scale: 10, ..Plan::default() };
        let odd = failures_over(reference, &run, &link);
        assert!(odd.is_empty(), "seed {seed}: {odd}");
    }
}

#[test]
fn middleboxes_make_no_case_fail() {
    let subtypes = [None, Some(Subtype::AddAddr), Some(Subtype::MpJoin), Some(Subtype::Dss)];
    let mut all = String::new();
    for place in
        [Place::Any, Place::Syn, Place::SynAck, Place::ThirdAck, Place::FirstData, Place::LaterData]
    {
        for subtype in subtypes {
            for way in [None, Some(Way::ToTarget), Some(Way::ToTester)] {
                let rule = Rule { way, subflow: None, place, subtype, deed: Deed::Strip };
                let link = Impairments { rules: vec![rule], ..Impairments::default() };
                let odd = failures_over(reference, &Plan::default(), &link);
                for line in odd.lines() {
                    let _ = writeln!(all, "{place:?} {subtype:?} {way:?} {line}");
                }
            }
        }
    }
    assert!(all.is_empty(), "{all}");
}

#[test]
fn other_maxima_make_no_case_fail() {
    for target_max in [2, 4, 5, 6, 100, u32::MAX] {
        let run = Plan { target_max, ..Plan::default() };
        let odd = failures_over(reference, &run, &Impairments::default());
        assert!(odd.is_empty(), "{target_max}: {odd}");
    }
}

#[test]
fn broken_peers_pass_nothing() {
    let mut odd = String::new();
    for peer in Broken::ALL {
        for &case in CASES {
            for variant in variants(case, &Plan::default()) {
                let plan = case.plan(variant, &Plan::default());
                let topology = Memory::topology(plan.family);
                let mut testbed = Memory::new(Box::new(peer), topology, Impairments::default());
                if play(case, &plan, &mut testbed).verdict == Verdict::Pass {
                    let _ = writeln!(odd, "{peer:?} {}:{variant}", case.id);
                }
            }
        }
    }
    assert!(odd.is_empty(), "{odd}");
}
