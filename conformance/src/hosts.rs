//! Targets: which one the command line names, and being one.

use std::io::{self, BufReader};

use mpconform::case::Need;
use mpconform::kernel::Kernel;
use mpconform::link::{Path, Recipients, Wiring};
use mpconform::plan::{Family, Plan, Role};
use mpconform::policy::Policy;
use mpconform::profile::Profile;
use mpconform::remote::Remote;
use mpconform::serve::Service;
use mpconform::suite::probe;
use mpconform::suite::select::nearest;
use mpconform::suite::target::{Builtin, Target};
use mpconform::testbed::Ports;
use mpconform::{app, mutants};
use mpdissect::source::Interrupt;

use crate::cli::{App, Link, Parameters, Serve, TargetName};
use crate::{Outcome, complain};

/// More than anybody sends who isn't stuck.
const SERVING_RATE: u32 = 50_000;

/// The target that the command line names, ready to be tested.
pub(crate) fn open(name: &TargetName, link: &Link) -> Result<Box<dyn Target>, String> {
    Ok(match name {
        TargetName::Builtin => Box::new(Builtin::conformant()),
        TargetName::Unknowing => Box::new(Builtin::unknowing()),
        TargetName::Kernel => {
            let program = std::env::current_exe()
                .map_err(|error| format!("this program can't be found: {error}"))?;
            Box::new(Kernel::new(program)?)
        }
        TargetName::Profile(_) | TargetName::Host(_) => {
            let profile = profile(name, link)?;
            let arguments = arguments(name, link);
            Box::new(Remote::open(profile, arguments, link.allow_public)?)
        }
    })
}

/// The endpoint of a mutant's name.
pub(crate) fn mutant(name: &str) -> Result<&'static mutants::Mutant, String> {
    mutants::find(name).ok_or_else(|| {
        let names = mutants::all().map(|mutant| mutant.name.to_owned());
        match nearest(name, names, 0.75, 3).as_slice() {
            [] => format!("there is no mutant {name}; `mpconform mutants` shows all"),
            near => format!("there is no mutant {name}; did you mean {}?", near.join(" or ")),
        }
    })
}

/// What is known of a target on a network.
pub(crate) fn profile(name: &TargetName, link: &Link) -> Result<Profile, String> {
    match name {
        TargetName::Profile(file) => Profile::read(file),
        TargetName::Host(at) => Ok(Profile::of_host(*at, link.app, link.path()?)),
        _ => Err("only a target on a network has a profile".to_owned()),
    }
}

/// The arguments that choose such a target again.
fn arguments(name: &TargetName, link: &Link) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut say = |option: &str, value: String| arguments.extend([option.to_owned(), value]);
    match name {
        TargetName::Profile(file) => say("--target", file.display().to_string()),
        TargetName::Host(at) => {
            say("--target", at.to_string());
            if let Some(interface) = &link.interface {
                say("--interface", interface.clone());
            }
            link.address.iter().for_each(|own| say("--address", own.to_string()));
            link.gateway.iter().for_each(|own| say("--gateway", own.to_string()));
            say("--app", link.app.name().to_owned());
        }
        _ => {}
    }
    if link.allow_public {
        arguments.push("--allow-public".to_owned());
    }
    arguments
}

/// Looks at a target.
pub(crate) fn check(name: &TargetName, link: &Link) -> Outcome {
    match look(name, link) {
        Ok(text) => crate::print(text.as_bytes()),
        Err(sentence) => complain(Outcome::Usage, sentence),
    }
}

fn look(name: &TargetName, link: &Link) -> Result<String, String> {
    use std::fmt::Write as _;
    let target = open(name, link)?;
    let mut text = format!("{}\n", target.name());
    let mut works = 0;
    for &role in Role::BOTH {
        for family in Family::BOTH {
            let plan = Plan { role, family, ..Plan::default() };
            let reached = probe::reaches(target.as_ref(), &plan);
            works += u32::from(reached.is_ok());
            let verdict = if reached.is_ok() { "works" } else { "doesn't" };
            let usual = "an MPTCP connection, and data on it";
            let said = reached.err().unwrap_or_else(|| usual.to_owned());
            let _ = writeln!(text, "  {role:<9}  {family}  {verdict:<7}  {said}");
        }
    }
    if works == 0 {
        return Err(format!("{text}nothing of it can be tested"));
    }
    for support in probe::probe(target.as_ref(), &Plan::default(), &target.terms().granted) {
        if !matches!(support.need, Need::Operator | Need::Time) {
            let (has, seen) = match support.seen.strip_prefix(probe::UNTRIED) {
                Some(why) => ("perhaps", format!("it couldn't be tried, {why}")),
                None if support.supported => ("has", support.seen),
                None => ("hasn't", support.seen),
            };
            let _ = writeln!(text, "  {has:<7}  {}: {seen}", support.need.title());
        }
    }
    Ok(text)
}

fn ports(args: &App) -> Ports {
    Ports::all(args.echo, args.sink, args.source)
}

/// Serves as the applications of a target until there are no more orders, or for ever.
pub(crate) fn applications(args: &App) -> Outcome {
    let orders = args.orders.then(|| BufReader::new(io::stdin()));
    match app::serve(ports(args), orders, &mut io::stdout()) {
        Ok(()) => Outcome::Complete,
        Err(sentence) => complain(Outcome::Usage, sentence),
    }
}

/// Serves as the reference endpoint until there are no more orders, or until Ctrl-C.
pub(crate) fn serve(args: &Serve) -> Outcome {
    match run(args) {
        Ok(()) => Outcome::Complete,
        Err(sentence) => complain(Outcome::Usage, sentence),
    }
}

fn run(args: &Serve) -> Result<(), String> {
    let interrupt =
        Interrupt::on_signals().map_err(|error| format!("signals can't be caught: {error}"))?;
    let policy = match &args.mutant {
        Some(name) => mutant(name)?.policy,
        None => Policy::CONFORMANT,
    };
    let path = Path {
        interface: args.interface.clone(),
        addresses: args.address.clone(),
        gateways: args.gateway.clone(),
    };
    let service = Service {
        policy,
        plan: plan(&args.parameters),
        wiring: Wiring {
            paths: vec![path],
            recipients: Recipients::Whoever,
            allow_public: args.allow_public,
            rate: SERVING_RATE,
            own_mac: false,
        },
        ports: ports(&args.apps),
    };
    let orders = args.apps.orders.then(|| BufReader::new(io::stdin()));
    service.run(orders, &mut io::stdout(), &|| interrupt.is_set())
}

/// What the drafts leave open.
pub(crate) fn plan(parameters: &Parameters) -> Plan {
    let usual = Plan::default();
    Plan {
        layout: parameters.maxsf_layout.unwrap_or(usual.layout),
        dialect: parameters.dialect(),
        negotiation: parameters.exp_negotiation,
        target_max: parameters.target_max,
        ..usual
    }
}
