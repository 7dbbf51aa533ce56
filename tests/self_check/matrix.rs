//! Each mutant fails exactly the cases that it names, and each case is named.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use mpconform::case::{Axes, Case};
use mpconform::cases;
use mpconform::mutants::{self, Mutant};
use mpconform::plan::{Negotiation, Plan};
use mpconform::verdict::Verdict;

use crate::field::{Play, against, each, name, plays, plays_of_ipv4, told};

/// What a case came to in its variants, the strongest first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Error,
    Fails,
    Inconclusive,
    Passes,
}

impl Mark {
    fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Error { .. } => Self::Error,
            Verdict::Fail(_) => Self::Fails,
            Verdict::Pass => Self::Passes,
            _ => Self::Inconclusive,
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Error => '!',
            Self::Fails => 'F',
            Self::Inconclusive => 'i',
            Self::Passes => '·',
        }
    }
}

/// The negotiation that a case is played under.
fn run_of(case: &Case) -> Plan {
    match case.axes {
        Axes::Only(negotiation) => Plan { negotiation, ..Plan::default() },
        _ => Plan::default(),
    }
}

/// All cases: those of the other negotiation too.
fn all_cases() -> Vec<Play> {
    let mut plays = plays_of_ipv4(&Plan::default());
    let bis = Plan { negotiation: Negotiation::Rfc6824bis, ..Plan::default() };
    plays.extend(
        plays_of_ipv4(&bis)
            .into_iter()
            .filter(|(case, _)| case.axes == Axes::Only(Negotiation::Rfc6824bis)),
    );
    plays
}

#[test]
fn each_mutant_fails_exactly_the_cases_it_names() {
    let mutants: Vec<&Mutant> = mutants::all().collect();
    let plays = all_cases();
    let pairs: Vec<(usize, Play)> = (0..mutants.len())
        .flat_map(|mutant| plays.iter().map(move |&play| (mutant, play)))
        .collect();
    let outcomes = each(&pairs, |&(mutant, play)| {
        let outcome = against(mutants[mutant].policy, play, &run_of(play.0));
        let told = told(&outcome);
        (Mark::of(&outcome.verdict), told)
    });
    let mut marks: BTreeMap<(usize, &str), Mark> = BTreeMap::new();
    let mut wrong = String::new();
    for (&(mutant, (case, variant)), (mark, told)) in pairs.iter().zip(&outcomes) {
        let entry = marks.entry((mutant, case.id)).or_insert(Mark::Passes);
        if (*mark as u8) < (*entry as u8) {
            *entry = *mark;
        }
        let named = mutants[mutant].fails.contains(&case.id);
        if *mark == Mark::Error || (*mark == Mark::Fails && !named) {
            let _ = writeln!(wrong, "{} {}:{variant} {told}", mutants[mutant].name, case.id);
        }
    }
    for (index, mutant) in mutants.iter().enumerate() {
        for case in mutant.fails {
            match marks.get(&(index, *case)) {
                Some(Mark::Fails) => {}
                Some(_) => {
                    let _ = writeln!(wrong, "{} doesn't fail {case}", mutant.name);
                }
                None => {
                    let _ = writeln!(wrong, "{} names {case}, which doesn't exist", mutant.name);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    insta::assert_snapshot!("matrix", drawn(&mutants, &marks));
}

/// A row for each case, a column for each mutant.
fn drawn(mutants: &[&Mutant], marks: &BTreeMap<(usize, &str), Mark>) -> String {
    let mut text = String::from("F fails, i inconclusive, · passes; columns:\n");
    for (index, mutant) in mutants.iter().enumerate() {
        let _ = writeln!(text, "{:>4}  {}", index + 1, mutant.name);
    }
    let width = cases::all().map(|case| case.id.len()).max().unwrap_or_default();
    let digits = |place: usize| -> String {
        (1..=mutants.len()).map(|number| char::from(b'0' + (number / place % 10) as u8)).collect()
    };
    for place in [100, 10, 1] {
        let _ = writeln!(text, "{:width$}  {}", "", digits(place));
    }
    for case in cases::all() {
        let row: String = (0..mutants.len())
            .map(|mutant| marks.get(&(mutant, case.id)).map_or(' ', |mark| mark.letter()))
            .collect();
        let _ = writeln!(text, "{:width$}  {row}", case.id);
    }
    text
}

/// What a case is about shows in every variant: layout, role and IP version change nothing.
#[test]
fn a_named_case_fails_in_each_variant_of_the_roles_it_fails_in() {
    let pairs: Vec<(&Mutant, Play)> = mutants::all()
        .flat_map(|mutant| {
            let cases = mutant.fails.iter().filter_map(|id| cases::find(id));
            let plays = cases.flat_map(|case| {
                plays(&run_of(case)).into_iter().filter(move |(own, _)| own.id == case.id)
            });
            plays.map(move |play| (mutant, play)).collect::<Vec<_>>()
        })
        .collect();
    let failed = each(&pairs, |&(mutant, play)| {
        let outcome = against(mutant.policy, play, &run_of(play.0));
        matches!(outcome.verdict, Verdict::Fail(_))
    });
    let mut roles: BTreeMap<_, Vec<(String, bool)>> = BTreeMap::new();
    for (&(mutant, play), failed) in pairs.iter().zip(failed) {
        let key = (mutant.name, play.0.id, play.1.role, play.1.layout.map(|layout| layout as u8));
        roles.entry(key).or_default().push((name(play), failed));
    }
    let uneven: Vec<_> = roles
        .into_iter()
        .filter(|(_, plays)| plays.iter().any(|play| play.1) != plays.iter().all(|play| play.1))
        .collect();
    assert!(uneven.is_empty(), "{uneven:#?}");
}

#[test]
fn each_case_is_named_by_a_mutant() {
    let named: BTreeSet<&str> =
        mutants::all().flat_map(|mutant| mutant.fails.iter().copied()).collect();
    let unnamed: Vec<&str> =
        cases::all().map(|case| case.id).filter(|id| !named.contains(id)).collect();
    assert!(unnamed.is_empty(), "no mutant fails {unnamed:#?}");
}

#[test]
fn each_mutant_has_a_name_of_its_own_and_fails_something() {
    let mut names = BTreeSet::new();
    for mutant in mutants::all() {
        assert!(names.insert(mutant.name), "{} twice", mutant.name);
        assert!(!mutant.fails.is_empty(), "{} fails nothing", mutant.name);
    }
}
