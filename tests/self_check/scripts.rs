//! What every script owes: silence never decides anything by itself.

use mpconform::cases;
use mpconform::plan::{Negotiation, Plan};
use mpconform::script::{Act, Expectation, Pattern, Script, Step, What};
use mpdissect::wire::tcp::Flags;

use crate::field::{name, plays};

/// The steps of a script at which something is forbidden.
fn prohibitions(script: &Script) -> impl Iterator<Item = usize> {
    let steps = script.steps.iter().enumerate();
    steps.filter(|(_, step)| matches!(step, Step::Never(_))).map(|(at, _)| at)
}

/// Whether an act is one that a host which works does something about.
fn asks(act: &Act) -> bool {
    !matches!(act, Act::Set(_) | Act::Wait(_))
}

/// Whether a host that has broken down can't bring this about: no RST, and nothing from before.
fn is_alive(expectation: &Expectation) -> bool {
    let counted = matches!(expectation.what, What::Stream { .. } | What::Acknowledged { .. });
    let resets = |pattern: &Pattern| pattern.set.contains(Flags::RST);
    let is_reset = match &expectation.what {
        What::Refused(_) | What::Gone(_) => true,
        What::Segments { pattern, .. } => resets(pattern),
        _ => false,
    };
    !is_reset && (counted || !expectation.from_start)
}

/// Whether a step shows that the target works: without it the case isn't passed.
fn shows_life(step: &Step) -> bool {
    match step {
        Step::Given(it) | Step::Expect(it) | Step::Alive(it) => is_alive(it),
        Step::Do(_) | Step::Until(_) | Step::Never(_) => false,
    }
}

/// What is wrong with a script, if anything is.
fn fault(script: &Script) -> Option<String> {
    for at in prohibitions(script) {
        if !script.steps[..at].iter().any(shows_life) {
            return Some(format!("nothing shows before step {} that the target works", at + 1));
        }
        let mut behind = script.steps[at + 1..].iter();
        let asked = behind.any(|step| matches!(step, Step::Do(act) if asks(act)));
        if !asked || !behind.any(shows_life) {
            return Some(format!("nothing shows behind step {} that the target works", at + 1));
        }
    }
    None
}

#[test]
fn whatever_is_forbidden_stands_between_signs_of_life() {
    for negotiation in [Negotiation::ExpOption00, Negotiation::Rfc6824bis] {
        let run = Plan { negotiation, ..Plan::default() };
        let plays = plays(&run);
        let scripts = || plays.iter().map(|&(case, it)| (case.script)(&case.plan(it, &run)));
        let forbidding = scripts().filter(|script| prohibitions(script).next().is_some()).count();
        assert!(forbidding > 300, "only {forbidding} plays forbid anything");
        let faults: Vec<String> = plays
            .iter()
            .zip(scripts())
            .filter_map(|(&play, script)| Some(format!("{}: {}", name(play), fault(&script)?)))
            .collect();
        assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
    }
}

/// Every case that the document about middleboxes names exists.
#[test]
fn the_matrix_of_middleboxes_names_cases() {
    let text = include_str!("../../docs/middleboxes.md");
    let named: Vec<&str> =
        text.split('`').skip(1).step_by(2).filter(|name| name.starts_with("rfc")).collect();
    assert!(named.len() > 50, "{named:?}");
    let unknown: Vec<&&str> = named.iter().filter(|id| cases::find(id).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
