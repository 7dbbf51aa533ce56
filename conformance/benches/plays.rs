//! How fast cases are played: the whole suite against the built-in reference, on all cores and on
//! one, each the best of a few rounds; and once against the kernel of this machine.

use std::num::NonZeroUsize;
use std::time::Duration;

use mpconform::cases;
use mpconform::clock::Stopwatch;
use mpconform::kernel::Kernel;
use mpconform::suite::result::Gate;
use mpconform::suite::select::Selection;
use mpconform::suite::target::{Builtin, Target};
use mpconform::suite::{self, Config, Support};

const ROUNDS: usize = 5;
/// The whole suite takes no longer than this.
const BAR: Duration = Duration::from_secs(2);
/// And this against the kernel, with 16 plays at the same time on two cores.
const KERNEL_BAR: Duration = Duration::from_secs(30);

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
    // What is measured is shown, whatever came before.
    let kernel_reached = kernel(&selection);
    if !(reached && kernel_reached) {
        std::process::exit(1);
    }
}

/// Against the kernel; whether that decided something and was fast enough, or can't be done here.
fn kernel(selection: &Selection) -> bool {
    // It lies where the folder of this example does.
    let here = std::env::current_exe().unwrap_or_default();
    let program = here.ancestors().nth(2).unwrap_or(&here).join("mpconform");
    let target = match Kernel::new(program) {
        Ok(target) => target,
        Err(why) => {
            println!("kernel: not measured, {why}");
            return true;
        }
    };
    let terms = target.terms();
    let config =
        Config { jobs: terms.jobs, support: Support::claimed(&terms.granted), ..Config::default() };
    let watch = Stopwatch::start();
    let run = suite::run(&target, selection, &config, &mut ());
    let took = watch.elapsed();
    // The plays of a case, one behind the other.
    let mut times: Vec<(Duration, &str)> = run
        .cases()
        .map(|case| (case.plays.iter().map(|play| play.took).sum(), case.case.id))
        .filter(|(took, _): &(Duration, _)| !took.is_zero())
        .collect();
    times.sort_unstable_by(|one, other| other.cmp(one));
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX).max(1);
    // What the kernel fails is known; a run that decides nothing is fast for nothing.
    let gate = run.gate();
    println!("{}: gate {}", target.name(), gate.name());
    let reached = took <= KERNEL_BAR && gate != Gate::Undecided;
    println!(
        "{}, {} jobs: {count} cases in {:.1} s, {:.0} ms each; at most {KERNEL_BAR:?}: {}",
        target.name(),
        config.jobs,
        took.as_secs_f64(),
        took.as_secs_f64() * 1000.0 / f64::from(count),
        if reached { "pass" } else { "FAIL" }
    );
    println!("seconds of each case, its plays one behind the other:");
    for row in times.chunks(3) {
        let shown: Vec<String> =
            row.iter().map(|(took, id)| format!("{:>7.3} {id:<50}", took.as_secs_f64())).collect();
        println!("{}", shown.concat().trim_end());
    }
    reached
}
