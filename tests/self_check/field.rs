//! What the self-checks share: one play, and many of them on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use mpconform::case::{Axes, Case, Variant};
use mpconform::cases;
use mpconform::plan::{Family, Plan};
use mpconform::policy::Policy;
use mpconform::reference::Reference;
use mpconform::run::{Outcome, play};
use mpconform::testbed::impair::Impairments;
use mpconform::testbed::memory::Memory;
use mpconform::verdict::Verdict;

/// One thing to play.
pub(crate) type Play = (&'static Case, Variant);

/// How many seeds to play; `MPCONFORM_SEEDS` asks for another number than the usual one.
pub(crate) fn seeds(usual: u64) -> u64 {
    std::env::var("MPCONFORM_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(usual)
}

/// Every variant of every case that this negotiation allows.
pub(crate) fn plays(run: &Plan) -> Vec<Play> {
    let allowed = |case: &&Case| !matches!(case.axes, Axes::Only(only) if only != run.negotiation);
    cases::all()
        .filter(allowed)
        .flat_map(|case| case.variants().map(move |variant| (case, variant)))
        .collect()
}

/// One IP version is enough to tell mutants apart.
pub(crate) fn plays_of_ipv4(run: &Plan) -> Vec<Play> {
    let mut plays = plays(run);
    plays.retain(|(_, variant)| variant.family == Family::V4);
    plays
}

/// Plays against the reference with this policy.
pub(crate) fn against(policy: Policy, (case, variant): Play, run: &Plan) -> Outcome {
    impaired(policy, (case, variant), run, Impairments::default())
}

/// The same over a link that isn't good.
pub(crate) fn impaired(
    policy: Policy,
    (case, variant): Play,
    run: &Plan,
    impairments: Impairments,
) -> Outcome {
    let plan = case.plan(variant, run);
    let topology = Memory::topology(plan.family);
    let reference = Reference::new(policy, plan, topology.clone());
    play(case, &plan, &mut Memory::new(Box::new(reference), topology, impairments))
}

/// The name of a play, as a selector.
pub(crate) fn name((case, variant): Play) -> String {
    format!("{}:{variant}", case.id)
}

/// Does `work` for each of `items` on all cores; the results keep the order.
pub(crate) fn each<I: Sync, R: Send>(items: &[I], work: impl Fn(&I) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some((index, item)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).map(|item| (index, item))
                } {
                    let result = work(item);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// A verdict with its reason, in one line.
pub(crate) fn told(outcome: &Outcome) -> String {
    match &outcome.verdict {
        Verdict::Fail(finding) => format!(
            "fail: {} at step {}: expected {}; seen {} (packet {})",
            finding.requirement, finding.step, finding.expected, finding.seen, finding.packet
        ),
        other => format!("{other}: {}", other.reason().unwrap_or_default()),
    }
}
