//! What is in force, given what both ends announced, and that both ends keep to it (§3).

use super::words::{
    able, able_when_announced, absent, announced, attempt, configured, filled, generous, grown,
    grows, opening, own_maximum, sent, session, stands, telling, unasked,
};
use crate::case::{Axes, Case, Need};
use crate::cases::setup::confirmed;
use crate::plan::{Plan, Role};
use crate::script::{
    Answer, App, Judgement, Order, S0, S1, S2, Script, Setting, established, seen, sf, that,
};
use crate::tester::Tester;

pub(super) static ACCEPTOR_KEEPS_TESTERS: Case = Case {
    id: "maxsf/3/acceptor-keeps-testers-maximum",
    requirements: &["maxsf-3-04"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "With the tester's maximum at 2, which is no more than its own, it maintains two subflows.",
    fails_when: "It accepts a third subflow although the tester's maximum is 2.",
    script: testers_maximum,
};

pub(super) static ACCEPTOR_KEEPS_OWN: Case = Case {
    id: "maxsf/3/acceptor-keeps-own-maximum",
    requirements: &["maxsf-3-04"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "With the tester's maximum above its own, it maintains as many subflows as its own allows.",
    fails_when: "It accepts more subflows than its own maximum allows.",
    script: own_is_smaller,
};

pub(super) static ACCEPTOR_KEEPS_EQUAL: Case = Case {
    id: "maxsf/3/acceptor-keeps-equal-maximum",
    requirements: &["maxsf-3-04"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "With both maxima equal, it maintains as many subflows as both allow.",
    fails_when: "It accepts more subflows than both maxima allow.",
    script: both_are_equal,
};

pub(super) static OPENER_KEEPS_TESTERS: Case = Case {
    id: "maxsf/3/opener-keeps-testers-maximum",
    requirements: &["maxsf-3-05"],
    roles: Role::INITIATOR,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "With the tester's maximum at 2, which is no more than its own, it opens one more subflow.",
    fails_when: "It opens a third subflow although the tester's maximum is 2.",
    script: testers_maximum,
};

pub(super) static OPENER_KEEPS_OWN: Case = Case {
    id: "maxsf/3/opener-keeps-own-maximum",
    requirements: &["maxsf-3-05"],
    roles: Role::INITIATOR,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "With the tester's maximum above its own, it opens as many subflows as its own allows.",
    fails_when: "It opens more subflows than its own maximum allows.",
    script: own_is_smaller,
};

pub(super) static OPENER_KEEPS_EQUAL: Case = Case {
    id: "maxsf/3/opener-keeps-equal-maximum",
    requirements: &["maxsf-3-05"],
    roles: Role::INITIATOR,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "With both maxima equal, it opens as many subflows as both allow.",
    fails_when: "It opens more subflows than both maxima allow.",
    script: both_are_equal,
};

pub(super) static OPENER_IN_STORM: Case = Case {
    id: "maxsf/3/opener-in-storm",
    requirements: &["maxsf-3-05"],
    roles: Role::INITIATOR,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "Told five addresses at once while the limit is 2, it opens one more subflow.",
    fails_when: "It starts several joins at once, none of which counts before it is complete.",
    script: |plan| {
        let storm =
            (1..=5).fold(Script::new(), |script, index| script.act(attempt(plan, sf(0, index))));
        session(0)
            .and(announced(plan, S0, 2))
            .and(storm)
            .given(established(S1))
            .never(absent(plan, S2))
            .alive(S0)
    },
};

fn testers_maximum(plan: &Plan) -> Script {
    session(0).and(announced(plan, S0, 2)).and(grown(plan, S1)).and(stands(plan, S2))
}

fn own_is_smaller(plan: &Plan) -> Script {
    let (own, known) = own_maximum(plan);
    known
        .and(session(0))
        .and(announced(plan, S0, generous(plan)))
        .and(filled(plan, 0, own))
        .and(stands(plan, sf(0, own)))
}

fn both_are_equal(plan: &Plan) -> Script {
    let (own, known) = own_maximum(plan);
    known
        .and(session(0))
        .and(announced(plan, S0, plan.target_max))
        .and(filled(plan, 0, own))
        .and(stands(plan, sf(0, own)))
}

/// Declares a case for an order of announcement and a relation of the two maxima.
macro_rules! relation {
    ($name:ident, $id:literal, $order:ident, $tester:literal to $target:literal, $summary:literal) => {
        pub(super) static $name: Case = Case {
            id: $id,
            requirements: &["maxsf-3-06"],
            roles: Role::BOTH,
            needs: &[Need::MaxSubflows, Need::Operator],
            axes: Axes::Plain,
            summary: $summary,
            fails_when: "The number of subflows that there is room for isn't the smaller maximum.",
            script: |plan| {
                let room = if $tester < $target { $tester } else { $target };
                let begun = $order(plan, $tester, $target);
                (1..room)
                    .fold(begun, |script, index| script.and(grows(plan, sf(0, index))))
                    .and(stands(plan, sf(0, room)))
            },
        };
    };
}

relation!(
    TESTER_FIRST_SMALLER,
    "maxsf/3/tester-first-smaller",
    tester_first,
    2 to 3,
    "The tester announces 2 first, the target 3: there is room for 2."
);
relation!(
    TESTER_FIRST_LARGER,
    "maxsf/3/tester-first-larger",
    tester_first,
    3 to 2,
    "The tester announces 3 first, the target 2: there is room for 2."
);
relation!(
    TESTER_FIRST_EQUAL,
    "maxsf/3/tester-first-equal",
    tester_first,
    3 to 3,
    "The tester announces 3 first, the target 3 too: there is room for 3."
);
relation!(
    TARGET_FIRST_SMALLER,
    "maxsf/3/target-first-smaller",
    target_first,
    3 to 2,
    "The target announces 2 first, the tester 3: there is room for 2."
);
relation!(
    TARGET_FIRST_LARGER,
    "maxsf/3/target-first-larger",
    target_first,
    2 to 3,
    "The target announces 3 first, the tester 2: there is room for 2."
);
relation!(
    TARGET_FIRST_EQUAL,
    "maxsf/3/target-first-equal",
    target_first,
    3 to 3,
    "The target announces 3 first, the tester 3 too: there is room for 3."
);

fn tester_first(plan: &Plan, tester: u32, target: u32) -> Script {
    able(plan).and(configured(target, false)).and(session(0)).and(announced(plan, S0, tester))
}

fn target_first(plan: &Plan, tester: u32, target: u32) -> Script {
    able(plan)
        .and(configured(target, true))
        .act(Setting::Experiments(Answer::Silence))
        .and(session(0))
        .given(seen(unasked()).from_start())
        .and(announced(plan, S0, tester))
}

pub(super) static ABSENT_ACCEPTS: Case = Case {
    id: "maxsf/3/absent-accepts-any-number",
    requirements: &["maxsf-3-13"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A tester that announces nothing can join as many subflows as the target maintains.",
    fails_when: "It limits a tester that hasn't announced a maximum.",
    script: |plan| {
        let (own, known) = own_maximum(plan);
        known
            .and(able_when_announced(plan))
            .and(session(0))
            .and(
                (1..own).fold(Script::new(), |script, index| script.and(grows(plan, sf(0, index)))),
            )
            .alive(S0)
    },
};

pub(super) static ABSENT_OPENS: Case = Case {
    id: "maxsf/3/absent-opens-any-number",
    requirements: &["maxsf-3-13"],
    roles: Role::INITIATOR,
    needs: &[Need::MaxSubflows, Need::Operator],
    axes: Axes::Plain,
    summary: "Ordered to, a target opens a subflow to a tester that announces nothing.",
    fails_when: "It opens none to a tester that hasn't announced a maximum.",
    script: |plan| {
        let join = |conn| Order::Join { conn, from: 1, to: 0 };
        // The first connection shows that the order is carried out.
        let second = sf(1, 0);
        session(0)
            .and(announced(plan, S0, generous(plan)))
            .act(join(0))
            .given(established(S1))
            .and(session(1))
            .act(join(1))
            .expect(established(sf(1, 1)))
            .alive(second)
    },
};

pub(super) static ONLY_TESTER: Case = Case {
    id: "maxsf/3/only-tester-announces",
    requirements: &["maxsf-3-14"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A target that wasn't asked for its maximum keeps to the tester's.",
    fails_when: "It ignores the tester's maximum because it hasn't announced one itself.",
    script: |plan| {
        session(0).and(sent(S0, telling(plan, 2))).and(grown(plan, S1)).and(stands(plan, S2))
    },
};

pub(super) static ONLY_TARGET: Case = Case {
    id: "maxsf/3/only-target-announces",
    requirements: &["maxsf-3-15"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows, Need::Operator],
    axes: Axes::Plain,
    summary: "A target that announced 2 to a silent tester accepts one more subflow.",
    fails_when: "It doesn't keep to its own maximum because the tester hasn't announced one.",
    script: |plan| {
        configured(2, true)
            .act(Setting::Experiments(Answer::Silence))
            .and(session(0))
            .given(seen(unasked()).from_start())
            .and(grown(plan, S1))
            .and(stands(plan, S2))
    },
};

pub(super) static PER_CONNECTION: Case = Case {
    id: "maxsf/3/per-connection",
    requirements: &["maxsf-3-16"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "Each of two connections with a limit of 2 has room for one more subflow.",
    fails_when: "It counts the subflows of all connections together.",
    script: |plan| {
        let second = sf(1, 1);
        session(0)
            .and(announced(plan, S0, 2))
            .and(grown(plan, S1))
            .and(session(1))
            .and(announced(plan, sf(1, 0), 2))
            .and(grows(plan, second))
            .alive(S0)
            .alive(second)
    },
};

/// More subflows than any host needs for one connection.
const MANY: u8 = 64;

pub(super) static CEILING: Case = Case {
    id: "maxsf/4/number-is-limited",
    requirements: &["maxsf-4-01"],
    roles: Role::LISTENER,
    needs: &[],
    axes: Axes::Plain,
    summary: "Of 64 joins at least one is refused or left unanswered, though nobody announced a maximum.",
    fails_when: "It accepts 64 subflows for one connection.",
    script: |plan| {
        let joins =
            (1..=MANY).fold(Script::new(), |script, index| script.act(attempt(plan, sf(0, index))));
        let all = that("all joins are established", all_established);
        able(plan)
            .act(opening(0, App::Sink))
            .given(established(S0))
            .and(confirmed(S0))
            .and(joins)
            .never(all.within_ms(5000))
            .alive(S0)
            .reachable(1)
    },
};

fn all_established(tester: &Tester, _: u64) -> Judgement {
    if (1..=MANY).all(|index| tester.is_open(sf(0, index))) {
        Judgement::Yes(tester.seen().last().map_or(0, |seen| seen.packet))
    } else {
        Judgement::NotYet
    }
}
