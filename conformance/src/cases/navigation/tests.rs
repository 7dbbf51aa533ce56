//! The reference passes every case of the area, and each of its mutants fails exactly the cases
//! that it names.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use mpdissect::wire::mptcp::Subtype;

use super::CASES;
use crate::case::{Case, Variant};
use crate::mutants;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::reference::Reference;
use crate::run;
use crate::testbed::impair::{Deed, Impairments, Place, Rule, Way};
use crate::testbed::memory::Memory;
use crate::testbed::peers::Broken;
use crate::verdict::Verdict;

fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.into_iter().flatten().copied()
}

fn play(policy: Policy, case: &'static Case, variant: Variant, run: &Plan) -> Verdict {
    play_over(&Impairments::default(), policy, case, variant, run)
}

fn play_over(
    link: &Impairments,
    policy: Policy,
    case: &'static Case,
    variant: Variant,
    run: &Plan,
) -> Verdict {
    let plan = case.plan(variant, run);
    let topology = Memory::topology(plan.family);
    let peer = Box::new(Reference::new(policy, plan, topology.clone()));
    let mut testbed = Memory::new(peer, topology, link.clone());
    run::play(case, &plan, &mut testbed).verdict
}

/// What fails over a link.
fn failures(link: &Impairments, run: &Plan) -> String {
    let mut odd = String::new();
    for case in cases() {
        for variant in case.variants() {
            let verdict = play_over(link, Policy::CONFORMANT, case, variant, run);
            if matches!(verdict, Verdict::Fail(_) | Verdict::Error { .. }) {
                let _ = writeln!(odd, "{}:{variant}: {verdict:?}", case.id);
            }
        }
    }
    odd
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

#[test]
fn bad_links_make_nothing_fail() {
    for (seed, share) in (0..).zip([50, 100, 150, 200]) {
        let link = Impairments {
            seed,
            jitter: Duration::from_millis(20),
            loss: share,
            duplication: share,
            reordering: share,
            ..Impairments::default()
        };
        let odd = failures(&link, &Plan { seed, time_scale: 10, ..Plan::default() });
        assert!(odd.is_empty(), "seed {seed}:\n{odd}");
    }
}

#[test]
fn middleboxes_make_nothing_fail() {
    let places = [Place::Any, Place::Syn, Place::SynAck, Place::ThirdAck, Place::FirstData];
    let subtypes = [None, Some(Subtype::AddAddr), Some(Subtype::MpJoin), Some(Subtype::Dss)];
    for place in places {
        for subtype in subtypes {
            for way in [Way::ToTarget, Way::ToTester] {
                let rule =
                    Rule { way: Some(way), subflow: None, place, subtype, deed: Deed::Strip };
                let link = Impairments { rules: vec![rule], ..Impairments::default() };
                let odd = failures(&link, &Plan::default());
                assert!(odd.is_empty(), "{rule:?}:\n{odd}");
            }
        }
    }
}

#[test]
fn nothing_passes_against_broken_peers() {
    for broken in Broken::ALL {
        for case in cases() {
            for variant in case.variants() {
                let plan = case.plan(variant, &Plan::default());
                let topology = Memory::topology(plan.family);
                let mut testbed = Memory::new(Box::new(broken), topology, Impairments::default());
                let verdict = run::play(case, &plan, &mut testbed).verdict;
                assert_ne!(verdict, Verdict::Pass, "{broken:?} {}:{variant}", case.id);
            }
        }
    }
}
