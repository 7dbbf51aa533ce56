//! A run over many cases: what is played, against whom, and what it comes to.

pub mod guard;
mod judge;
pub mod probe;
mod repeat;
pub mod result;
pub mod select;
pub mod target;
#[cfg(test)]
mod tests;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use crate::case::{Axes, Case, Need, Variant};
use crate::cases;
use crate::expected::Expected;
use crate::plan::{Family, Plan, Role};
use crate::run::Outcome;
use crate::transcript::{Sender, Transcript};
use crate::verdict::Verdict;
use repeat::Repeated;
use result::{Played, Run, Standing, Stopped};
use select::Selection;
use target::Target;

/// One variant of a case, which is what can be selected, played and reproduced.
#[derive(Clone, Copy, Debug)]
pub struct Play {
    /// The case.
    pub case: &'static Case,
    /// The variant.
    pub variant: Variant,
}

impl Play {
    /// Every play of every case, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        cases::all().flat_map(|case| case.variants().map(move |variant| Self { case, variant }))
    }
}

impl fmt::Display for Play {
    /// `nav/4/switch-moves-traffic:listener:ipv4`, as in a selector.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.case.id, self.variant)
    }
}

/// How it is known what a target supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The user says so.
    Claimed,
    /// Nobody says anything else: that is so with targets of its kind.
    Default,
    /// It was tried out.
    Probed,
}

impl Known {
    /// As an adverb.
    pub const fn how(self) -> &'static str {
        match self {
            Self::Claimed => "as claimed",
            Self::Default => "by default",
            Self::Probed => "as probed",
        }
    }
}

/// Whether a target supports something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// What.
    pub need: Need,
    /// Whether it does.
    pub supported: bool,
    /// How that is known.
    pub known: Known,
    /// What was seen when it was tried out, as a clause; empty where it was claimed.
    pub seen: String,
}

impl Support {
    /// How it is known, with what was seen.
    pub fn how(&self) -> String {
        let how = self.known.how();
        if self.seen.is_empty() { how.to_owned() } else { format!("{how}: {}", self.seen) }
    }

    /// Support of these, and of no others, which the user claims as far as it is of the drafts.
    pub fn claimed(needs: &[Need]) -> Vec<Self> {
        let claim = |need| match need {
            Need::Operator | Need::Time => Self::usual(need, needs),
            _ => Self { known: Known::Claimed, ..Self::usual(need, needs) },
        };
        Need::ALL.into_iter().map(claim).collect()
    }

    /// Support of these, and of no others, where nobody says anything else.
    pub fn by_default(needs: &[Need]) -> Vec<Self> {
        Need::ALL.into_iter().map(|need| Self::usual(need, needs)).collect()
    }

    /// Whether there is this among those, where nobody says anything else.
    fn usual(need: Need, among: &[Need]) -> Self {
        let (supported, known) = (among.contains(&need), Known::Default);
        Self { need, supported, known, seen: String::new() }
    }
}

/// How a run goes.
#[derive(Clone, Debug)]
pub struct Config {
    /// The parameters of all plays.
    pub plan: Plan,
    /// How many plays go on at the same time.
    pub jobs: NonZeroUsize,
    /// How often each is played, with successive seeds.
    pub repeat: NonZeroUsize,
    /// Ends the run at the first play that fails it.
    pub fail_fast: bool,
    /// SHOULD and SHOULD NOT gate as well.
    pub strict: bool,
    /// What the target is said or was seen to support.
    pub support: Vec<Support>,
    /// What it has to support: a play that is skipped for lack of it fails the run.
    pub require: Vec<Need>,
    /// The known failures.
    pub expected: Expected,
    /// Transcripts are kept of plays that passed, too.
    pub keep_all: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            plan: Plan::default(),
            jobs: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            repeat: NonZeroUsize::MIN,
            fail_fast: false,
            strict: false,
            support: Support::by_default(&Need::ALL),
            require: Vec::new(),
            expected: Expected::default(),
            keep_all: false,
        }
    }
}

/// Who is told how a run goes on.
pub trait Observer {
    /// A play has ended, in whatever order they end.
    fn played(&mut self, played: &Played);

    /// Whether the run is to stop: asked after each play.
    fn stop(&self) -> bool {
        false
    }
}

/// Nobody.
impl Observer for () {
    fn played(&mut self, _: &Played) {}
}

/// How long it takes at most until a wish to stop is noticed.
const ATTENTION: Duration = Duration::from_millis(100);

/// Plays what was selected. The results come in the order of the selection, whatever the number of
/// jobs.
pub fn run(
    target: &dyn Target,
    selection: &Selection,
    config: &Config,
    observer: &mut dyn Observer,
) -> Run {
    let mut results: Vec<Option<Played>> = Vec::new();
    results.resize_with(selection.plays.len(), || None);
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let gone = AtomicBool::new(false);
    let lasts = target.terms().lasts;
    // Ends repeats, too.
    let halt = AtomicBool::new(false);
    let (done, finished) = mpsc::channel();
    let mut interrupted = false;
    std::thread::scope(|scope| {
        for _ in 0..config.jobs.get().min(selection.plays.len()) {
            let done = done.clone();
            scope.spawn(|| {
                let done = done;
                while !stop.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(selected) = selection.plays.get(at) else { break };
                    let Some(mut played) = played(target, *selected, config, &halt) else { break };
                    if lasts && let Err(reason) = health(target, &played, &config.plan) {
                        let reason = format!("behind this play the target is gone: {reason}");
                        played.verdict = Verdict::Error { reason };
                        played.standing = Standing::Failing;
                        gone.store(true, Ordering::Relaxed);
                        stop.store(true, Ordering::Relaxed);
                    }
                    if config.fail_fast && played.standing.fails_run() {
                        stop.store(true, Ordering::Relaxed);
                    }
                    // The receiver lives as long as this scope.
                    drop(done.send((at, played)));
                }
            });
        }
        drop(done);
        loop {
            match finished.recv_timeout(ATTENTION) {
                Ok((at, played)) => {
                    observer.played(&played);
                    if let Some(slot) = results.get_mut(at) {
                        *slot = Some(played);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if !interrupted && observer.stop() {
                interrupted = true;
                stop.store(true, Ordering::Relaxed);
                halt.store(true, Ordering::Relaxed);
            }
        }
    });
    let mut stopped = None;
    let mut plays: Vec<Played> = results.into_iter().flatten().collect();
    doubt(&mut plays, target, config);
    if interrupted && plays.len() < selection.plays.len() {
        stopped = Some(Stopped::Interrupted);
    } else if config.fail_fast
        && let Some(first) = plays.iter().position(|played| played.standing.fails_run())
        && first + 1 < selection.plays.len()
    {
        // What other jobs were at in the meantime depends on chance, and is left out.
        plays.truncate(first + 1);
        stopped = Some(Stopped::FirstFailure);
    } else if gone.load(Ordering::Relaxed) {
        stopped = Some(Stopped::TargetGone);
    }
    Run {
        target: target.name(),
        plan: config.plan,
        support: config.support.clone(),
        plays,
        selected: selection.plays.len(),
        strict: config.strict,
        stopped,
    }
}

/// Whether a target still works behind a play that shed doubt on that.
fn health(target: &dyn Target, played: &Played, plan: &Plan) -> Result<(), String> {
    if matches!(played.verdict, Verdict::Pass | Verdict::Skipped { .. }) {
        return Ok(());
    }
    let plan = played.play.case.plan(played.play.variant, plan);
    // It may need a moment.
    probe::reaches(target, &plan).or_else(|_| probe::reaches(target, &plan))
}

/// A target from which not a single packet came has failed nothing, unless it can be reached: its
/// failures are undecided then.
fn doubt(plays: &mut [Played], target: &dyn Target, config: &Config) {
    let heard = |played: &Played| {
        let packets = &played.transcript.packets;
        played.verdict == Verdict::Pass || packets.iter().any(|one| one.from == Sender::Target)
    };
    if plays.iter().any(heard) {
        return;
    }
    for role in Role::BOTH {
        for family in Family::BOTH {
            let like = |played: &&mut Played| {
                let variant = played.play.variant;
                played.finding().is_some() && (variant.role, variant.family) == (*role, family)
            };
            let mut failed = plays.iter_mut().filter(like).peekable();
            let plan = Plan { role: *role, family, ..config.plan };
            if failed.peek().is_none() || probe::reaches(target, &plan).is_ok() {
                continue;
            }
            for played in failed {
                let reason = "the target can't be reached: no packet of it came in the whole run";
                played.verdict = Verdict::Inconclusive { reason: reason.to_owned() };
                played.standing = Standing::Good;
            }
        }
    }
}

/// Plays one of them, as often as it is wanted, and judges what it came to.
fn played(
    target: &dyn Target,
    selected: select::Selected,
    config: &Config,
    halt: &AtomicBool,
) -> Option<Played> {
    let play = selected.play;
    let lacks = missing(play.case, config);
    let Repeated { seed, outcome, starved } = match &lacks {
        Some(lack) => Repeated {
            seed: config.plan.seed,
            outcome: Outcome::unplayed(Verdict::Skipped { reason: lack.reason.clone() }),
            starved: Vec::new(),
        },
        None => repeat::repeated(target, play, config, halt)?,
    };
    let required = lacks.and_then(|lack| lack.need).filter(|need| config.require.contains(need));
    let entry = config.expected.of(&play);
    let standing = judge::standing(
        &outcome.verdict,
        &judge::Weight {
            gating: crate::catalogue::first_of(play.case).level.gating(),
            strict: config.strict,
            named: selected.named,
            required: required.is_some(),
            expected: entry.map(|entry| entry.verdict),
        },
    );
    let mut again = target::again(target, play, config, seed);
    if let Some(need) = required {
        again.extend(["--supports", "probe", "--require", need.name()].map(str::to_owned));
    }
    let plain = matches!(outcome.verdict, Verdict::Pass) && standing == Standing::Good;
    Some(Played {
        play,
        verdict: outcome.verdict,
        standing,
        note: entry.and_then(|entry| entry.note.clone()),
        seed,
        took: outcome.took,
        starved,
        transcript: if plain && !config.keep_all {
            Transcript::default()
        } else {
            outcome.transcript
        },
        evidence: None,
        again,
    })
}

/// What keeps a case from being played.
struct Lack {
    need: Option<Need>,
    reason: String,
}

fn missing(case: &Case, config: &Config) -> Option<Lack> {
    let lacking = |need: &&Need| {
        !config.support.iter().any(|support| support.need == **need && support.supported)
    };
    if let Some(&need) = case.needs.iter().find(lacking) {
        let support = config.support.iter().find(|support| support.need == need);
        let why = support.map_or_else(|| Known::Default.how().to_owned(), Support::how);
        let reason = format!("the target doesn't support {} ({why})", need.title());
        return Some(Lack { need: Some(need), reason });
    }
    match case.axes {
        Axes::Only(negotiation) if negotiation != config.plan.negotiation => Some(Lack {
            need: None,
            reason: format!(
                "it is about experiments accepted as in --exp-negotiation {negotiation}"
            ),
        }),
        _ => None,
    }
}
