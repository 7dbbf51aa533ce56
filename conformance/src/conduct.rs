//! `mpconform run`: what the command line asks for is checked as a whole before anything is played.

mod output;
mod progress;

use std::path::Path;

use mpconform::case::Need;
use mpconform::evidence;
use mpconform::expected::Expected;
use mpconform::plan::{Family, Plan, Role};
use mpconform::suite::result::{Run, Standing};
use mpconform::suite::select::{Filter, Selection};
use mpconform::suite::target::{Builtin, Target, Terms};
use mpconform::suite::{self, Config, Support, guard, probe};
use mpconform::verdict::Verdict;
use mpdissect::source::Interrupt;
use mpdissect::wire::mptcp::MaxSubflowsLayout;

use crate::cli::{Claim, Run as Args};
use crate::{Outcome, complain, hosts};
use output::Outputs;
use progress::Progress;

/// Does what the command line asks for.
pub(crate) fn run(args: &Args) -> Outcome {
    match prepare_and_run(args) {
        Ok(outcome) => outcome,
        Err(sentence) => complain(Outcome::Usage, sentence),
    }
}

fn prepare_and_run(args: &Args) -> Result<Outcome, String> {
    let filter = Filter {
        roles: args.variants.role.into_iter().collect(),
        families: args.variants.family.into_iter().collect(),
        layout: args.parameters.maxsf_layout,
    };
    let selection = Selection::new(&args.selectors, &filter).map_err(|error| error.to_string())?;
    let mut expected = expected(args.expected.as_deref())?;
    check_claims(args)?;
    let interrupt =
        Interrupt::on_signals().map_err(|error| format!("signals can't be caught: {error}"))?;
    let outputs = Outputs::open(args)?;
    guard::be_quiet();

    let plan = plan(args);
    let room = layouts(args).map(MaxSubflowsLayout::max).min();
    if let Some(room) = room.filter(|room| plan.target_max > *room) {
        return Err(format!(
            "--target-max {} has no room in the layout of Maximum Subflows; give at most {room}, or \
             another --maxsf-layout",
            plan.target_max
        ));
    }
    let target = target(args)?;
    let terms = target.terms();
    let plan = Plan { time_scale: plan.time_scale.max(terms.time_scale), ..plan };
    if args.expected.is_none() {
        expected = self::expected(terms.expected.as_deref())?;
    }
    if terms.lasts {
        check_listening(target.as_ref(), &terms, &selection, &plan)?;
    }
    let support = match claims(args, &terms) {
        Some(support) => support,
        None => probe::probe(target.as_ref(), &plan, &granted(args, &terms)),
    };
    let config = Config {
        plan,
        jobs: args.jobs.unwrap_or(terms.jobs),
        repeat: args.repeat,
        fail_fast: args.fail_fast,
        strict: args.strict,
        support,
        require: args.require.clone(),
        expected,
        keep_all: args.evidence_all,
    };
    let mut progress = Progress::new(selection.plays.len(), interrupt);
    let mut run = suite::run(target.as_ref(), &selection, &config, &mut progress);
    progress.clear();
    let saved = match &args.evidence {
        Some(folder) => save(&mut run, folder, args.evidence_all),
        None => Ok(()),
    };
    Ok(outputs.write(&run, args, saved.err()))
}

/// The layouts of Maximum Subflows that are played.
fn layouts(args: &Args) -> impl Iterator<Item = MaxSubflowsLayout> {
    let only = args.parameters.maxsf_layout;
    [MaxSubflowsLayout::A, MaxSubflowsLayout::B, MaxSubflowsLayout::C]
        .into_iter()
        .filter(move |layout| only.is_none_or(|only| only == *layout))
}

fn plan(args: &Args) -> Plan {
    let usual = hosts::plan(&args.parameters);
    Plan {
        role: args.variants.role.unwrap_or(usual.role),
        family: args.variants.family.unwrap_or(usual.family),
        seed: args.seed,
        time_scale: args.time_scale,
        ..usual
    }
}

fn target(args: &Args) -> Result<Box<dyn Target>, String> {
    match &args.mutant {
        Some(name) => Ok(Box::new(Builtin::mutant(hosts::mutant(name)?))),
        None => hosts::open(&args.target, &args.link),
    }
}

/// A target that doesn't listen where it is said to is known before anything is played.
fn check_listening(
    target: &dyn Target,
    terms: &Terms,
    selection: &Selection,
    plan: &Plan,
) -> Result<(), String> {
    let of = |role, family| {
        let mut plays = selection.plays.iter().map(|selected| selected.play.variant);
        plays.any(|variant| variant.role == role && variant.family == family)
    };
    // One that is told to connect may have no need to listen.
    let connects = terms.granted.contains(&Need::Operator);
    if connects && Family::BOTH.into_iter().any(|family| of(Role::Initiator, family)) {
        return Ok(());
    }
    let mut closed = Ok(());
    for family in Family::BOTH.into_iter().filter(|family| of(Role::Listener, *family)) {
        match probe::listens(target, &Plan { family, ..*plan }) {
            Some(Ok(())) => return Ok(()),
            Some(Err(sentence)) => closed = closed.and(Err(sentence)),
            None => {}
        }
    }
    closed
}

/// What is said about the target has to make sense by itself.
fn check_claims(args: &Args) -> Result<(), String> {
    let supports = &args.supports;
    let alone = |claim| supports.contains(&claim) && supports.len() > 1;
    if alone(Claim::Nothing) || alone(Claim::Probe) {
        return Err("--supports none and --supports probe stand alone".to_owned());
    }
    let claims = |need: &&Need| supports.contains(&Claim::Supports(**need));
    let missing = args.require.iter().find(|need| !claims(need));
    match missing {
        Some(missing) if !supports.is_empty() && !supports.contains(&Claim::Probe) => {
            let name = missing.name();
            Err(format!("--require {name} asks for what --supports says is missing"))
        }
        _ => Ok(()),
    }
}

/// What the target supports, or nothing if that is to be tried out.
fn claims(args: &Args, terms: &Terms) -> Option<Vec<Support>> {
    if args.supports.contains(&Claim::Probe) {
        return None;
    }
    let said = args.supports.iter().filter_map(|claim| match claim {
        Claim::Supports(need) => Some(*need),
        Claim::Nothing | Claim::Probe => None,
    });
    let granted = granted(args, terms).into_iter();
    Some(if args.supports.is_empty() {
        let usual = terms.supports.iter().flatten().copied();
        terms.supports.as_ref()?;
        Support::by_default(&usual.chain(granted).collect::<Vec<_>>())
    } else {
        Support::claimed(&said.chain(granted).collect::<Vec<_>>())
    })
}

/// What is there whatever the target supports.
fn granted(args: &Args, terms: &Terms) -> Vec<Need> {
    terms.granted.iter().copied().chain(args.slow.then_some(Need::Time)).collect()
}

fn expected(file: Option<&Path>) -> Result<Expected, String> {
    let Some(file) = file else { return Ok(Expected::default()) };
    let name = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("{name} can't be read: {}", output::reason(&error)))?;
    Expected::parse(&text).map_err(|error| format!("{name}, {error}"))
}

/// Writes the evidence of each play that isn't a plain pass, or of all that were played.
fn save(run: &mut Run, folder: &Path, all: bool) -> Result<(), String> {
    for played in &mut run.plays {
        let plain = played.verdict == Verdict::Pass && played.standing == Standing::Good;
        if matches!(played.verdict, Verdict::Skipped { .. }) || plain && !all {
            continue;
        }
        let path =
            evidence::write(folder, played, &run.target).map_err(|error| error.to_string())?;
        played.evidence = Some(path);
    }
    Ok(())
}
