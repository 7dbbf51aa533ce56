//! Tries out what a target supports, with scripts of their own: a target that fails a case is not
//! taken for one that doesn't know what the case is about.

use mpdissect::wire::mptcp::{Experimental, MaxSubflows, MptcpOption, Navigation, Subtype};

use super::target::Target;
use super::{Known, Support, once};
use crate::case::{Axes, Case, Need};
use crate::cases::setup;
use crate::plan::{Plan, Role};
use crate::script::{App, OptPattern, S0, S1, Script, ack, leaves, seen};
use crate::verdict::Verdict;

/// An experiment that nobody knows.
const UNKNOWN_EXID: u16 = 0xfffe;

/// What a target is seen to support of these. That its operator takes orders can't be seen, and is
/// what `operator` says.
pub fn probe(target: &dyn Target, plan: &Plan, operator: bool) -> Vec<Support> {
    let tried = [
        (Need::Navigation, &[&NAVIGATION_ECHO, &NAVIGATION_MOVE][..], "it neither echoed a request nor followed it"),
        (Need::MaxSubflows, &[&MAX_SUBFLOWS][..], "it didn't answer an announcement with S=1"),
        (Need::Experimental, &[&EXPERIMENTAL][..], "it didn't return an unknown experiment with U=1"),
    ];
    let mut support: Vec<Support> = tried
        .into_iter()
        .map(|(need, cases, silence)| {
            let verdicts: Vec<Verdict> = cases
                .iter()
                .map(|case| {
                    let variant = super::Variant {
                        role: case.roles.first().copied().unwrap_or(Role::Listener),
                        family: plan.family,
                        layout: None,
                    };
                    once(target, case, &case.plan(variant, plan)).verdict
                })
                .collect();
            let supported = verdicts.contains(&Verdict::Pass);
            let undecided = verdicts.iter().find_map(Verdict::reason);
            let seen = match undecided {
                _ if supported => "it reacted".to_owned(),
                Some(reason) => format!("it couldn't be tried: {reason}"),
                None => silence.to_owned(),
            };
            Support { need, supported, known: Known::Probed, seen }
        })
        .collect();
    support.push(Support {
        need: Need::Operator,
        supported: operator,
        known: Known::Claimed,
        seen: String::new(),
    });
    support
}

static NAVIGATION_ECHO: Case = Case {
    id: "probe/nav/echo",
    requirements: &["nav-4.1-01"],
    roles: &[Role::Initiator],
    needs: &[],
    axes: Axes::Plain,
    summary: "A request to switch is echoed.",
    fails_when: "The target sends no echo.",
    script: |plan| {
        switched(plan).expect(seen(OptPattern::Where {
            name: "an echo of the request",
            check: |option| matches!(option, MptcpOption::Navigation(echo) if echo.echo),
        }))
    },
};

static NAVIGATION_MOVE: Case = Case {
    id: "probe/nav/move",
    requirements: &["nav-4.1-01"],
    roles: &[Role::Initiator],
    needs: &[],
    axes: Axes::Plain,
    summary: "A request to switch moves traffic.",
    fails_when: "The target goes on as before.",
    script: |plan| switched(plan).expect(leaves(S0, &[S1], 3000)),
};
