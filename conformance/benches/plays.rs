//! How fast cases are played: the whole suite against the built-in reference, on all cores and on
//! one, each the best of a few rounds.

use std::num::NonZeroUsize;
use std::time::Duration;

use mpconform::cases;
use mpconform::clock::Stopwatch;
use mpconform::suite::result::Gate;
use mpconform::suite::select::Selection;
use mpconform::suite::target::Builtin;
use mpconform::suite::{self, Config};

const ROUNDS: usize = 5;
/// The whole suite takes no longer than this.
const BAR: Duration = Duration::from_secs(2);

fn main() {
    let (selection, target, all) =
        (Selection::all(), Builtin::conformant(), Config::default().jobs);
    let cases = cases::all().count();
    println!("{cases} cases, {} plays, best of {ROUNDS} rounds", selection.plays.len());
    println!("jobs    seconds    cases/s    plays/s");
    let mut whole = Duration::MAX;
    for jobs in [NonZeroUsize::MIN, all] {
        let config = Config { jobs, ..Config::default() };
        let best = (0..ROUNDS).map(|_| {
            let watch = Stopwatch::start();
            let run = suite::run(&target, &selection, &config, &mut ());
            let took = watch.elapsed();
            assert_eq!(run.gate(), Gate::Passed, "the reference fails");
            took
        });
        whole = best.min().unwrap_or(Duration::MAX);
        let seconds = whole.as_secs_f64();
        let each = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds;
        println!(
            "{jobs:>4} {seconds:>10.3} {:>10.0} {:>10.0}",
            each(cases),
            each(selection.plays.len())
        );
    }
    let reached = whole <= BAR;
    println!("whole suite at most {BAR:?}: {}", if reached { "pass" } else { "FAIL" });
    if !reached {
        std::process::exit(1);
    }
}
