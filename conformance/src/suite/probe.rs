//! Tries out what a target supports, with scripts of their own: a target that fails a case is not
//! taken for one that doesn't know what the case is about.

use mpdissect::source::LinkType;
use mpdissect::wire::field::Octets;
use mpdissect::wire::frame;
use mpdissect::wire::mptcp::{ExperimentFlags, Experimental, MaxSubflows, MptcpOption, Navigation};
use mpdissect::wire::tcp::Flags;

use super::repeat::once;
use super::target::Target;
use super::{Known, Support};
use crate::case::{Axes, Case, Need, Variant};
use crate::cases::setup;
use crate::plan::{Plan, Role};
use crate::run;
use crate::script::{App, OptPattern, S0, S1, Script, ack, leaves, seen};
use crate::transcript::{Packet, Sender};
use crate::verdict::Verdict;

/// What stands before the reason where something couldn't be tried out.
pub const UNTRIED: &str = "it couldn't be tried: ";

/// What a target is seen to support. That its operator takes orders can't be seen, nor how much
/// time there is: that is what is `granted`.
pub fn probe(target: &dyn Target, plan: &Plan, granted: &[Need]) -> Vec<Support> {
    let tried = [
        (
            Need::Navigation,
            &[&NAVIGATION_ECHO, &NAVIGATION_MOVE][..],
            "it neither echoed a request nor followed it",
        ),
        (Need::MaxSubflows, &[&MAX_SUBFLOWS][..], "it didn't answer an announcement with S=1"),
        (
            Need::Experimental,
            &[&EXPERIMENTAL][..],
            "it didn't return an unknown experiment with U=1",
        ),
    ];
    let mut support: Vec<Support> = tried
        .into_iter()
        .map(|(need, cases, silence)| {
            let verdicts: Vec<Verdict> = cases
                .iter()
                .map(|case| {
                    let variant = Variant {
                        role: match case.roles {
                            [only] => *only,
                            _ => plan.role,
                        },
                        family: plan.family,
                        layout: None,
                    };
                    once(target, case, &case.plan(variant, plan)).0.verdict
                })
                .collect();
            let supported = verdicts.contains(&Verdict::Pass);
            let undecided = verdicts.iter().find_map(Verdict::reason);
            let seen = match undecided {
                _ if supported => "it reacted".to_owned(),
                Some(reason) => format!("{UNTRIED}{reason}"),
                None => silence.to_owned(),
            };
            Support { need, supported, known: Known::Probed, seen }
        })
        .collect();
    support.extend([Need::Operator, Need::Time].map(|need| Support::usual(need, granted)));
    support
}

/// Whether a target can be reached at all: whether an ordinary connection to one of its
/// applications works.
///
/// # Errors
///
/// What went wrong, as a clause.
pub fn reaches(target: &dyn Target, plan: &Plan) -> Result<(), String> {
    let variant = Variant { role: plan.role, family: plan.family, layout: None };
    let mut why = String::new();
    for case in [&SINK, &ECHO, &SOURCE] {
        let verdict = once(target, case, &case.plan(variant, plan)).0.verdict;
        match verdict {
            Verdict::Pass => return Ok(()),
            // It hasn't got this application: perhaps another.
            Verdict::Skipped { reason } => why = reason,
            other => return Err(other.reason().unwrap_or("it fails").to_owned()),
        }
    }
    Err(why)
}

/// Whether anything listens where a target that listens is said to be: whether one of its applications
/// answers a SYN. `None` where that can't be tried.
///
/// # Errors
///
/// What they do instead, in a sentence that says what to do.
pub fn listens(target: &dyn Target, plan: &Plan) -> Option<Result<(), String>> {
    let variant = Variant { role: Role::Listener, family: plan.family, layout: None };
    let mut closed = None;
    for (case, app) in [(&SINK, App::Sink), (&ECHO, App::Echo), (&SOURCE, App::Source)] {
        let plan = case.plan(variant, plan);
        let mut testbed = target.testbed(&plan).ok()?;
        let address = testbed.topology().target.first().copied()?;
        let Some(port) = testbed.topology().ports.of(app) else { continue };
        let outcome = run::play(case, &plan, testbed.as_mut());
        let mut answers = outcome.transcript.packets.iter().filter_map(flags_of_target);
        closed = Some(match answers.next() {
            Some(flags) if flags.contains(Flags::RST) => format!(
                "nothing listens on port {port} of {address}: start an application there that uses \
                 MPTCP, or name the port of one"
            ),
            Some(_) => return Some(Ok(())),
            None => format!(
                "port {port} of {address} doesn't answer: name one on which an application listens, \
                 and see to it that no firewall is before it"
            ),
        });
    }
    closed.map(Err)
}

/// The control bits of a segment, if it is the target's.
fn flags_of_target(packet: &Packet) -> Option<Flags> {
    if packet.from != Sender::Target {
        return None;
    }
    let length = u32::try_from(packet.octets.len()).ok()?;
    let located = frame::locate(LinkType::RAW, &packet.octets, length).ok()?;
    Some(located.segment().flags)
}

static SINK: Case = connection(|_| setup::connection(App::Sink).alive(S0));
static ECHO: Case = connection(|_| setup::connection(App::Echo).alive(S0));
static SOURCE: Case = connection(|_| setup::connection(App::Source).alive(S0));

const fn connection(script: fn(&Plan) -> Script) -> Case {
    Case {
        id: "probe/any/connection",
        requirements: &["8684-3.1-11"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "An ordinary connection is opened.",
        fails_when: "The target can't be reached.",
        script,
    }
}

static NAVIGATION_ECHO: Case = Case {
    id: "probe/nav/echo",
    requirements: &["nav-4.1-01"],
    roles: Role::INITIATOR,
    needs: &[],
    axes: Axes::Plain,
    summary: "A request to switch is echoed.",
    fails_when: "The target sends no echo.",
    script: |plan| {
        switched(setup::flowing(plan, 2)).expect(seen(OptPattern::Where {
            name: "an echo of the request",
            check: |option| matches!(option, MptcpOption::Navigation(echo) if echo.echo),
        }))
    },
};

static NAVIGATION_MOVE: Case = Case {
    id: "probe/nav/move",
    requirements: &["nav-4.1-01"],
    roles: Role::INITIATOR,
    needs: &[],
    axes: Axes::Plain,
    summary: "A request to switch moves traffic.",
    fails_when: "The target goes on as before.",
    script: |plan| switched(setup::sharing(plan, 2)).expect(leaves(S0, &[S1], 3000)),
};

static MAX_SUBFLOWS: Case = Case {
    id: "probe/maxsf/answer",
    requirements: &["maxsf-2-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "An announcement that wants an answer gets one.",
    fails_when: "The target says nothing, or that it doesn't know the option.",
    script: |plan| {
        let announcement = MaxSubflows {
            flags: ExperimentFlags(ExperimentFlags::SYNCHRONISING),
            layout: plan.layout,
            exid: plan.dialect.max_subflows_exid(),
            value: 8,
        };
        asked(MptcpOption::MaxSubflows(announcement)).expect(seen(OptPattern::Where {
            name: "an announcement of its own",
            check: |option| {
                let refuses = |flags: ExperimentFlags| flags.unknown() && !flags.synchronising();
                matches!(option, MptcpOption::MaxSubflows(own) if !refuses(own.flags))
            },
        }))
    },
};

static EXPERIMENTAL: Case = Case {
    id: "probe/exp/return",
    requirements: &["exp-2-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "An experiment that isn't known is returned with U=1.",
    fails_when: "The target says nothing.",
    script: |plan| {
        let exid = setup::nobodys(plan, 0xfe);
        let unknown = Experimental {
            flags: ExperimentFlags(ExperimentFlags::SYNCHRONISING),
            exid,
            data: Octets::EMPTY,
        };
        asked(MptcpOption::Experimental(unknown)).expect(seen(OptPattern::Experiment {
            exid,
            mask: ExperimentFlags::UNKNOWN,
            flags: ExperimentFlags::UNKNOWN,
            data: None,
        }))
    },
};

/// The target of this situation, which sends over two subflows, is asked to leave the first.
fn switched(situation: Script) -> Script {
    let request =
        Navigation { reserved: false, cancel: false, echo: false, backup: false, address_id: 1 };
    situation.act(ack(S0).with(MptcpOption::Navigation(request)))
}

/// A target is sent an option on an ACK.
fn asked(option: MptcpOption) -> Script {
    setup::connection(App::Echo).act(ack(S0).with(option))
}
