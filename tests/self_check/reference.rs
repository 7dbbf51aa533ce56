//! The reference is judged like anyone, and passes.

use mpconform::plan::{Negotiation, Plan};
use mpconform::policy::Policy;
use mpconform::verdict::Verdict;

use crate::field::{against, each, name, plays, told};

fn passes_all(run: &Plan) {
    let plays = plays(run);
    assert!(plays.len() > 500, "only {} plays", plays.len());
    let told: Vec<String> = each(&plays, |&play| {
        let outcome = against(Policy::CONFORMANT, play, run);
        (outcome.verdict != Verdict::Pass).then(|| format!("{} {}", name(play), told(&outcome)))
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(told.is_empty(), "{} of {}:\n{}", told.len(), plays.len(), told.join("\n"));
}

#[test]
fn passes_every_case_in_every_variant() {
    passes_all(&Plan::default());
}

#[test]
fn passes_them_under_the_other_negotiation() {
    passes_all(&Plan { negotiation: Negotiation::Rfc6824bis, ..Plan::default() });
}

#[test]
fn passes_them_with_other_numbers_for_the_options() {
    let dialect = mpdissect::wire::mptcp::Dialect::new(0xd, 0x1234).expect("a legal subtype");
    passes_all(&Plan { dialect, seed: 7, ..Plan::default() });
}

#[test]
fn the_same_seed_gives_the_same_packets() {
    let run = Plan { seed: 42, ..Plan::default() };
    for play in plays(&run).into_iter().step_by(23) {
        let (one, other) =
            (against(Policy::CONFORMANT, play, &run), against(Policy::CONFORMANT, play, &run));
        assert_eq!(one.transcript, other.transcript, "{}", name(play));
    }
}
