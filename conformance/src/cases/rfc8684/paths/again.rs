//! What isn't tried again (RFC 8684 §3.4.1, §3.4.2, §3.6, §3.9.3): joins that were refused, paths that
//! were reset for good, addresses that were taken back.

use std::time::Duration;

use mpdissect::wire::mptcp::{MpTcprst, MptcpOption};
use mpdissect::wire::tcp::Flags;

use super::super::super::setup::{announcement, confirmed, connection};
use super::{JOIN, begins_join, quiet, removes, reset};
use crate::case::{Axes, Case, Need};
use crate::plan::{Plan, Role};
use crate::script::{
    Act, Answer, App, Expectation, Pattern, S0, S1, Script, Setting, ack, delivered, established,
    seen, that,
};

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "rfc8684/3.9.3/refused-join-is-not-repeated",
        requirements: &["8684-3.9.3-03", "8684-3.4.1-13"],
        roles: Role::INITIATOR,
        needs: &[],
        axes: Axes::Plain,
        summary: "A join that was refused with RST isn't soon tried again.",
        fails_when: "It joins the same address again, unasked.",
        script: |_| join_refused().never(joins_again().within_ms(SHORT)).alive(S0),
    },
    &Case {
        id: "rfc8684/3.9.3/refused-join-is-never-repeated",
        requirements: &["8684-3.9.3-03", "8684-3.4.1-13"],
        roles: Role::INITIATOR,
        needs: &[Need::Time],
        axes: Axes::Plain,
        summary: "A join that was refused with RST isn't tried again within two minutes.",
        fails_when: "It joins the same address again, unasked.",
        script: |_| join_refused().never(joins_again().within_ms(LONG)).alive(S0),
    },
    &Case {
        id: "rfc8684/3.6/permanent-reset-is-heeded",
        requirements: &["8684-3.6-06"],
        roles: Role::INITIATOR,
        needs: &[],
        axes: Axes::Plain,
        summary: "After a RST for a reason that doesn't pass, no subflow is soon set up there again.",
        fails_when: "It joins over the same path again.",
        script: |plan| reset_for_good(plan).never(joins_again().within_ms(SHORT)).alive(S0),
    },
    &Case {
        id: "rfc8684/3.6/permanent-reset-is-permanent",
        requirements: &["8684-3.6-06"],
        roles: Role::INITIATOR,
        needs: &[Need::Time],
        axes: Axes::Plain,
        summary: "After a RST for a reason that doesn't pass, no subflow is set up there again within \
                  two minutes.",
        fails_when: "It joins over the same path again.",
        script: |plan| reset_for_good(plan).never(joins_again().within_ms(LONG)).alive(S0),
    },
    &Case {
        id: "rfc8684/3.4.2/removed-is-not-joined",
        requirements: &["8684-3.4.2-06"],
        roles: Role::INITIATOR,
        needs: &[],
        axes: Axes::Plain,
        summary: "An address that was taken back isn't joined again when its subflow is reset.",
        fails_when: "It joins an address that was taken back.",
        script: |plan| {
            quiet(plan, 2)
                .act(removes(&[1]))
                .given(delivered(S0))
                .and(gone_by_reset(reset(S1, [])))
                .never(joins_again().within_ms(SHORT))
                .alive(S0)
        },
    },
];

/// Long enough to see a host that tries again at once, in milliseconds.
const SHORT: u64 = 600;
/// Two minutes, in milliseconds.
const LONG: u64 = 120_000;
/// What was done twice, or on the way, has arrived by then.
const REST: Duration = Duration::from_millis(100);

/// A join that was refused, and everything that came of the announcement.
fn join_refused() -> Script {
    connection(App::Sink)
        .and(confirmed(S0))
        .act(Setting::Joins(Answer::No))
        .act(announcement(0, 1, 1))
        .given(seen(JOIN))
        .and(rest())
}

/// What is looked at begins behind everything that is on the way.
fn rest() -> Script {
    Script::new().act(Act::Wait(REST)).act(ack(S0))
}

/// A second subflow that was reset with MP_TCPRST, T=0.
fn reset_for_good(plan: &Plan) -> Script {
    let (flag_u, flag_v, flag_w) = (false, false, false);
    let why = MpTcprst { flag_u, flag_v, flag_w, transient: false, reason: 3 };
    quiet(plan, 2).and(gone_by_reset(reset(S1, [MptcpOption::MpTcprst(why).into()])))
}

/// The tester's RST has arrived, long after everything else.
fn gone_by_reset(reset: crate::script::Segment) -> Script {
    rest()
        .given(established(S0))
        .act(reset)
        .act(ack(S1))
        .given(seen(Pattern::default().on(S1).set(Flags::RST)))
}

fn joins_again() -> Expectation {
    that("another SYN with MP_JOIN", begins_join)
}
