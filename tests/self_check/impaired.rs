//! A bad link, or a middlebox, never makes a conformant target fail.

use mpconform::case::Case;
use mpconform::plan::Plan;
use mpconform::policy::Policy;
use mpconform::testbed::impair::{Deed, Impairments, Place, Rule, Way};
use mpconform::verdict::Verdict;
use mpdissect::wire::mptcp::Subtype;

use crate::field::{each, impaired, name, plays, seeds, told};

/// Seeds of a run that asks for no other number.
const SEEDS: u64 = 400;

/// A link of this seed: up to 20 % of loss, of duplication and of reordering.
fn bad_link(seed: u64) -> Impairments {
    let mut random = fastrand::Rng::with_seed(seed);
    Impairments {
        seed,
        loss: random.u16(0..=200),
        duplication: random.u16(0..=200),
        reordering: random.u16(0..=200),
        jitter: std::time::Duration::from_millis(random.u64(1..=60)),
        ..Impairments::default()
    }
}

#[test]
fn no_bad_link_makes_the_reference_fail() {
    let plays = plays(&Plan::default());
    let seeds: Vec<u64> = (0..seeds(SEEDS)).collect();
    let failed: Vec<String> = each(&seeds, |&seed| {
        let run = Plan { seed, time_scale: 10, ..Plan::default() };
        // Every seed takes another share of the plays, so that each is played many times.
        let share = plays.iter().skip(seed as usize % 10).step_by(10);
        let failed = share.filter_map(|&play| {
            let outcome = impaired(Policy::CONFORMANT, play, &run, bad_link(seed));
            matches!(outcome.verdict, Verdict::Fail(_) | Verdict::Error { .. })
                .then(|| format!("{} --seed {seed}: {}", name(play), told(&outcome)))
        });
        failed.collect::<Vec<_>>()
    })
    .concat();
    assert!(failed.is_empty(), "{}:\n{}", failed.len(), failed.join("\n"));
}

/// What middleboxes do: take MPTCP's options, or some of them, from one kind of segment or from
/// all, in one direction or both. One that takes a draft's option alone looks like a target that
/// doesn't know the draft; whoever fears one lets the run probe.
fn middleboxes() -> Vec<Rule> {
    let places = [
        Place::Any,
        Place::Syn,
        Place::SynAck,
        Place::ThirdAck,
        Place::FirstData,
        Place::LaterData,
    ];
    let ways = [None, Some(Way::ToTarget), Some(Way::ToTester)];
    let subtypes = [None, Some(Subtype::Dss), Some(Subtype::AddAddr)];
    let mut rules = Vec::new();
    for place in places {
        for way in ways {
            rules.extend(subtypes.map(|subtype| Rule {
                way,
                subflow: None,
                place,
                subtype,
                deed: Deed::Strip,
            }));
        }
    }
    rules
}

/// A path that takes ADD_ADDR alone, and all of them, can't be told from a target that doesn't echo
/// or doesn't heed echoes: the cases that are about just that see nothing else.
fn hides_the_echo(rule: &Rule, case: &Case) -> bool {
    let takes_all = rule.place == Place::Any && rule.subtype == Some(Subtype::AddAddr);
    let echoes = ["rfc8684/3.4.1/echo", "rfc8684/3.4.1/echo-ends-repetition"];
    takes_all && echoes.contains(&case.id)
}

#[test]
fn no_middlebox_makes_the_reference_fail() {
    let plays = plays(&Plan::default());
    let pairs: Vec<_> = middleboxes()
        .into_iter()
        .flat_map(|rule| plays.iter().map(move |&play| (rule, play)))
        .filter(|(rule, (case, _))| !hides_the_echo(rule, case))
        .collect();
    let failed: Vec<String> = each(&pairs, |&(rule, play)| {
        let link = Impairments { rules: vec![rule], ..Impairments::default() };
        let outcome = impaired(Policy::CONFORMANT, play, &Plan::default(), link);
        matches!(outcome.verdict, Verdict::Fail(_) | Verdict::Error { .. })
            .then(|| format!("{} {rule:?}: {}", name(play), told(&outcome)))
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(failed.is_empty(), "{}:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn no_other_maximum_makes_the_reference_fail() {
    for target_max in [2, 4, 6, 100, u32::MAX] {
        let run = Plan { target_max, ..Plan::default() };
        let failed: Vec<String> = each(&plays(&run), |&play| {
            let outcome = impaired(Policy::CONFORMANT, play, &run, Impairments::default());
            matches!(outcome.verdict, Verdict::Fail(_) | Verdict::Error { .. })
                .then(|| format!("{} --target-max {target_max}: {}", name(play), told(&outcome)))
        })
        .into_iter()
        .flatten()
        .collect();
        assert!(failed.is_empty(), "{}:\n{}", failed.len(), failed.join("\n"));
    }
}
