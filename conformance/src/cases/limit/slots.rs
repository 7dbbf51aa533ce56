//! Which subflows count, how one too many is refused, and that nothing else suffers (§3).

use std::time::Duration;

use mpdissect::wire::mptcp::{MpPrio, MptcpOption};
use mpdissect::wire::tcp::Flags;

use super::words::{able, announced, carries, grown, grows, session, stands, unharmed};
use crate::case::{Axes, Case, Need};
use crate::cases::setup::announcement;
use crate::plan::{Plan, Role};
use crate::script::{
    Act, Judgement, OptPattern, Order, Pattern, S0, S1, S2, Script, add_addr_echo, closed, data,
    delivered, established, join, refused, seen, sf, that,
};
use crate::tester::Tester;

pub(super) static REFUSED_WITH_RESET: Case = Case {
    id: "maxsf/3/refused-with-reset",
    requirements: &["maxsf-3-07"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A join beyond the limit is refused with RST.",
    fails_when: "It doesn't answer a join beyond the limit, or accepts it.",
    script: |plan| at_limit(plan).act(join(S2)).expect(refused(S2)).alive(S0),
};

pub(super) static REASON_FITS: Case = Case {
    id: "maxsf/3/reason-of-refusal",
    requirements: &["maxsf-3-07"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A reason for the refusal, if one is given, is lack of resources or prohibition.",
    fails_when: "It refuses a join beyond the limit for a reason that doesn't fit.",
    script: |plan| {
        let other = OptPattern::Where {
            name: "MP_TCPRST with another reason than 2 or 3",
            check: |it| matches!(it, MptcpOption::MpTcprst(it) if !matches!(it.reason, 2 | 3)),
        };
        let wrong = Pattern::from(other).on(S2).set(Flags::RST);
        at_limit(plan).act(join(S2)).given(refused(S2)).never(seen(wrong)).alive(S0)
    },
};

pub(super) static REFUSAL_DOES_NO_HARM: Case = Case {
    id: "maxsf/3/refusal-does-no-harm",
    requirements: &["maxsf-3-08"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "After a join was refused, both subflows still carry data.",
    fails_when: "It closes other subflows when it refuses a join.",
    script: |plan| {
        at_limit(plan)
            .and(carries(S1))
            .act(join(S2))
            .given(refused(S2))
            .and(unharmed())
            .unharmed(S1)
    },
};

pub(super) static BACKUP_COUNTS: Case = Case {
    id: "maxsf/2/backup-counts",
    requirements: &["maxsf-2-15"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "With a limit of 2, a backup subflow leaves no room for a third one.",
    fails_when: "It doesn't count subflows that are backups.",
    script: |plan| {
        let backup = MptcpOption::MpPrio(MpPrio { reserved: 0, backup: true, address_id: None });
        match plan.role {
            Role::Listener => {
                session(0).and(announced(plan, S0, 2)).act(join(S1).backup()).given(established(S1))
            }
            Role::Initiator => at_limit(plan).act(data(S1, 8).with(backup)).given(delivered(S1)),
        }
        .and(stands(plan, S2))
    },
};

pub(super) static FREED_BY_FIN: Case = Case {
    id: "maxsf/3/freed-by-fin",
    requirements: &["maxsf-3-09"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A subflow that was closed with FIN leaves its place to another one.",
    fails_when: "It goes on counting a subflow that was closed.",
    script: |plan| {
        at_limit(plan).act(Act::Fin(S1)).given(closed(S1)).and(grows(plan, S2)).alive(S0)
    },
};

pub(super) static FREED_BY_RESET: Case = Case {
    id: "maxsf/3/freed-by-reset",
    requirements: &["maxsf-3-09"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A subflow that was reset leaves its place to another one.",
    fails_when: "It goes on counting a subflow that was reset.",
    script: |plan| {
        // A RST is answered by nobody, so it is sent until one of them must have arrived.
        let reset = data(S1, 0).flags(Flags::RST | Flags::ACK).only([]);
        let over = Duration::from_millis(120);
        at_limit(plan)
            .act(Act::Flood { segments: vec![reset], rounds: 12, over })
            .act(Act::Write { on: S0, octets: 1 })
            .given(delivered(S0))
            .and(grows(plan, S2))
            .alive(S0)
    },
};

pub(super) static FREED_IN_TIME_WAIT: Case = Case {
    id: "maxsf/3/freed-in-time-wait",
    requirements: &["maxsf-3-12"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows, Need::Operator],
    axes: Axes::Plain,
    summary: "A subflow that the target closed first, and keeps for a while, leaves its place at once.",
    fails_when: "It counts a subflow that is in TIME_WAIT.",
    script: |plan| {
        at_limit(plan)
            .act(Order::Leave(S1))
            .given(closed(S1))
            .act(Act::Fin(S1))
            .act(Act::Wait(Duration::from_millis(50)))
            .given(delivered(S0))
            .and(grows(plan, S2))
            .alive(S0)
    },
};

/// How many joins come to nothing.
const FAILURES: u8 = 20;

pub(super) static WRONG_HMAC_TAKES_NONE: Case = Case {
    id: "maxsf/3/wrong-hmac-takes-no-place",
    requirements: &["maxsf-3-10"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "Twenty joins with a wrong HMAC leave the last place free.",
    fails_when: "It counts joins that failed.",
    script: |plan| {
        let last = sf(0, FAILURES + 1);
        (1..=FAILURES)
            .fold(able(plan).and(session(0)).and(announced(plan, S0, 2)), |script, index| {
                script.act(join(sf(0, index)).from(index % 6).wrong_hmac())
            })
            .given(refused(sf(0, FAILURES)))
            .and(grows(plan, last))
            .alive(S0)
    },
};

pub(super) static ABANDONED_TAKES_NONE: Case = Case {
    id: "maxsf/3/abandoned-takes-no-place",
    requirements: &["maxsf-3-10"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "Twenty joins without a third ACK leave the last place free.",
    fails_when: "It counts joins that nobody completes.",
    script: |plan| {
        let last = sf(0, FAILURES + 1);
        let answered = Pattern::default().on(S1).set(Flags::SYN | Flags::ACK);
        (1..=FAILURES)
            .fold(able(plan).and(session(0)).and(announced(plan, S0, 2)), |script, index| {
                script.act(join(sf(0, index)).from(index % 6).withheld())
            })
            .given(seen(answered))
            .and(grows(plan, last))
            .alive(S0)
    },
};

pub(super) static ECHO_AT_LIMIT: Case = Case {
    id: "maxsf/3/echo-at-limit",
    requirements: &["maxsf-3-24"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "An address that is announced when there is no room left is still echoed.",
    fails_when: "It doesn't echo ADD_ADDR when the limit is reached.",
    script: |plan| {
        // A target that opens subflows joins this address.
        let joined = match plan.role {
            Role::Listener => Script::new().act(join(S1)),
            Role::Initiator => Script::new(),
        };
        session(0)
            .act(announcement(0, 4, 4))
            .given(seen(add_addr_echo(4)))
            .and(joined)
            .given(established(S1))
            .and(announced(plan, S0, 2))
            .act(announcement(0, 5, 5))
            .expect(seen(add_addr_echo(5)))
            .alive(S0)
    },
};

pub(super) static NO_OPENING_AT_LIMIT: Case = Case {
    id: "maxsf/3/no-opening-at-limit",
    requirements: &["maxsf-3-24"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "An address that is announced when there is no room left isn't joined.",
    fails_when: "It opens a subflow to a new address although the limit is reached.",
    script: |plan| {
        at_limit(plan).act(announcement(0, 5, 5)).never(seen(Pattern::default().on(S2))).alive(S0)
    },
};

pub(super) static RACE_FOR_THE_LAST: Case = Case {
    id: "maxsf/3/race-for-the-last",
    requirements: &["maxsf-3-11"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "Of two joins that are completed at once, at most one gets the last place.",
    fails_when: "It looks at the limit before a join is complete only.",
    script: |plan| {
        let both = that("both joins are established", both_established);
        session(0)
            .and(announced(plan, S0, 2))
            .act(join(S1).withheld())
            .act(join(S2).withheld())
            // Whoever keeps a place for a join that isn't complete doesn't answer the other one, so
            // that its SYN/ACK has time to come, but needn't.
            .given(seen(Pattern::default().on(S1).set(Flags::SYN | Flags::ACK)))
            .act(Act::Wait(Duration::from_millis(500)))
            .act(Act::Finish(S1))
            .act(Act::Finish(S2))
            .never(both)
            .alive(S0)
    },
};

fn both_established(tester: &Tester, _: u64) -> Judgement {
    if tester.is_open(S1) && tester.is_open(S2) {
        Judgement::Yes(tester.seen().last().map_or(0, |seen| seen.packet))
    } else {
        Judgement::NotYet
    }
}

/// A connection with two subflows, which is all that the tester's maximum allows.
fn at_limit(plan: &Plan) -> Script {
    session(0).and(announced(plan, S0, 2)).and(grown(plan, S1))
}
