//! `mpconform run`: what the command line asks for is checked as a whole before anything is played.

mod output;
mod progress;

use std::path::Path;

use mpconform::case::Need;
use mpconform::evidence;
use mpconform::expected::Expected;
use mpconform::kernel::Kernel;
use mpconform::mutants;
use mpconform::plan::{Family, Plan, Role};
use mpconform::suite::result::{Run, Standing};
use mpconform::suite::select::{Filter, Selection, nearest};
use mpconform::suite::target::{Builtin, Target};
use mpconform::suite::{self, Config, Support, guard, probe};
use mpconform::verdict::Verdict;
use mpdissect::source::Interrupt;
use mpdissect::wire::mptcp::MaxSubflowsLayout;

use crate::cli::{Claim, Run as Args, TargetName};
use crate::{Outcome, complain};
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
    let target = target(args)?;
    let filter = Filter {
        roles: args.variants.role.into_iter().collect(),
        families: args.variants.family.into_iter().collect(),
        layout: args.parameters.maxsf_layout,
    };
    let selection = Selection::new(&args.selectors, &filter).map_err(|error| error.to_string())?;
    let claims = claims(args)?;
    let expected = expected(args.expected.as_deref())?;
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
    let defaults = Config::default();
    let config = Config {
        plan,
        jobs: args.jobs.unwrap_or(defaults.jobs),
        repeat: args.repeat,
        fail_fast: args.fail_fast,
        strict: args.strict,
        support: claims.unwrap_or_else(|| probe::probe(target.as_ref(), &plan, &granted(args))),
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
    // What was found is shown even where some of it couldn't be saved.
    let outcome = outputs.write(&run, args);
    Ok(match saved {
        Ok(()) => outcome,
        Err(sentence) => complain(Outcome::Usage, sentence),
    })
}

/// The layouts of Maximum Subflows that are played.
fn layouts(args: &Args) -> impl Iterator<Item = MaxSubflowsLayout> {
    let only = args.parameters.maxsf_layout;
    [MaxSubflowsLayout::A, MaxSubflowsLayout::B, MaxSubflowsLayout::C]
        .into_iter()
        .filter(move |layout| only.is_none_or(|only| only == *layout))
}

fn plan(args: &Args) -> Plan {
    let usual = Plan::default();
    let parameters = &args.parameters;
    Plan {
        role: args.variants.role.unwrap_or(Role::Listener),
        family: args.variants.family.unwrap_or(Family::V4),
        layout: parameters.maxsf_layout.unwrap_or(usual.layout),
        dialect: parameters.dialect(),
        negotiation: parameters.exp_negotiation,
        target_max: parameters.target_max,
        seed: args.seed,
        time_scale: args.time_scale,
    }
}

fn target(args: &Args) -> Result<Box<dyn Target>, String> {
    let Some(name) = &args.mutant else {
        return Ok(match args.target {
            TargetName::Builtin => Box::new(Builtin::conformant()),
            TargetName::Unknowing => Box::new(Builtin::unknowing()),
            TargetName::Kernel => Box::new(Kernel::new()?),
        });
    };
    let mutant = mutants::find(name).ok_or_else(|| {
        let names = mutants::all().map(|mutant| mutant.name.to_owned());
        match nearest(name, names, 0.75, 3).as_slice() {
            [] => format!("there is no mutant {name}; `mpconform mutants` shows all"),
            near => format!("there is no mutant {name}; did you mean {}?", near.join(" or ")),
        }
    })?;
    Ok(Box::new(Builtin::mutant(mutant)))
}

/// What the target supports, or nothing if that is to be tried out.
fn claims(args: &Args) -> Result<Option<Vec<Support>>, String> {
    let supports = &args.supports;
    let alone = |claim| supports.contains(&claim) && supports.len() > 1;
    if alone(Claim::Nothing) || alone(Claim::Probe) {
        return Err("--supports none and --supports probe stand alone".to_owned());
    }
    if supports.contains(&Claim::Probe) {
        return Ok(None);
    }
    let mut needs: Vec<Need> = supports
        .iter()
        .filter_map(|claim| match claim {
            Claim::Supports(need) => Some(*need),
            Claim::Nothing | Claim::Probe => None,
        })
        .collect();
    if supports.is_empty() && args.target == TargetName::Builtin {
        needs.extend(Need::ALL);
    }
    needs.extend(granted(args));
    let missing = args.require.iter().find(|need| !needs.contains(need));
    if !supports.is_empty()
        && let Some(missing) = missing
    {
        let name = missing.name();
        return Err(format!("--require {name} asks for what --supports says is missing"));
    }
    Ok(Some(Support::claimed(&needs)))
}

/// What is there whatever the target supports: somebody who gives orders, and time.
fn granted(args: &Args) -> Vec<Need> {
    // Whoever is built in takes no time.
    let builtin = matches!(args.target, TargetName::Builtin | TargetName::Unknowing);
    let time = (builtin || args.slow).then_some(Need::Time);
    [Need::Operator].into_iter().chain(time).collect()
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
