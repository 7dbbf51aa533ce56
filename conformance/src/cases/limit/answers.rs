//! What a target says: the form of its options, when it speaks and when it doesn't (§2).

use std::time::Duration;

use mpdissect::wire::mptcp::{
    ExperimentFlags, Experimental, MaxSubflowsLayout, MptcpOption, Subtype,
};

use super::words::{
    able, announced, answer, any, asking, configured, generous, grows, laid_out, option,
    own_answer, sent, session, unasked, unharmed,
};
use crate::case::{Axes, Case, Need};
use crate::plan::{Negotiation, Plan, Role};
use crate::script::{
    Act, Answer, Opt, OptPattern, Pattern, S0, S1, Script, Setting, count, data, delivered, seen,
    sf,
};

const A: Axes = Axes::Layouts(&[MaxSubflowsLayout::A]);
const B: Axes = Axes::Layouts(&[MaxSubflowsLayout::B]);
const C: Axes = Axes::Layouts(&[MaxSubflowsLayout::C]);

pub(super) static KNOWN: Case = Case {
    id: "maxsf/1/known",
    requirements: &["maxsf-1-01"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "An announcement with S=1 is answered in at least one of the layouts.",
    fails_when: "It answers in none of the layouts.",
    script: |plan| {
        use MaxSubflowsLayout::{A, B, C};
        let each = [A, B, C].map(|layout| laid_out(plan, layout, 8, generous(plan)));
        each.into_iter()
            .fold(session(0), |script, it| {
                script.act(data(S0, 8).with(MptcpOption::MaxSubflows(it)))
            })
            .given(delivered(S0))
            .expect(seen(any()))
            .alive(S0)
    },
};

pub(super) static FLAGS_OF_EXPERIMENTS: Case = Case {
    id: "maxsf/2/flags-of-experiments",
    requirements: &["maxsf-2-01"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "The reserved bits of the target's options are zero.",
    fails_when: "It sends an option with a reserved bit set.",
    script: |plan| {
        let reserved = OptPattern::Where {
            name: "Maximum Subflows with a reserved bit set",
            check: |it| matches!(it, MptcpOption::MaxSubflows(it) if it.flags.reserved() != 0),
        };
        asked(plan).given(seen(any())).never(seen(reserved)).alive(S0)
    },
};

pub(super) static LAYOUT_A: Case = Case {
    id: "maxsf/2/layout-a",
    requirements: &["maxsf-2-02"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: A,
    summary: "A target that answers layout A does so with a 16-bit experiment ID and a 24-bit value.",
    fails_when: "Its maximum isn't found where layout A has it.",
    script: answered_in_kind,
};

pub(super) static LAYOUT_B: Case = Case {
    id: "maxsf/2/layout-b",
    requirements: &["maxsf-2-04"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: B,
    summary: "A target that answers layout B does so with an 8-bit experiment ID and a 32-bit value.",
    fails_when: "Its maximum isn't found where layout B has it.",
    script: answered_in_kind,
};

fn answered_in_kind(plan: &Plan) -> Script {
    session(0).and(announced(plan, S0, generous(plan))).expect(seen(own_answer(plan))).alive(S0)
}

pub(super) static LENGTH_A: Case = Case {
    id: "maxsf/2/layout-a-length",
    requirements: &["maxsf-2-03"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: A,
    summary: "An option in layout A is 8 octets long.",
    fails_when: "It answers in layout A with another length.",
    script: |plan| asked(plan).given(seen(any())).never(seen(OptPattern::Malformed)).alive(S0),
};

pub(super) static LENGTH_B: Case = Case {
    id: "maxsf/2/layout-b-length",
    requirements: &["maxsf-2-05"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: B,
    summary: "An option in layout B is 8 octets long.",
    fails_when: "It answers in layout B with another length.",
    script: |plan| {
        let longer = OptPattern::Where {
            name: "MP_EXPERIMENTAL with 0xaa in octet 3",
            check: |it| matches!(it, MptcpOption::Experimental(it) if it.exid >> 8 == 0xaa),
        };
        asked(plan).given(seen(said(plan))).never(seen(longer)).alive(S0)
    },
};

pub(super) static LAYOUT_A_ANSWERED: Case = Case {
    id: "maxsf/2/layout-a-answered",
    requirements: &["maxsf-2-06"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: A,
    summary: "The 16-bit experiment ID with a 24-bit value is answered in the same layout.",
    fails_when: "It answers that layout in another one, or not at all.",
    script: |plan| {
        let same = OptPattern::Where {
            name: "Maximum Subflows in layout A, not S=0 and U=1",
            check: |it| speaks(it, MaxSubflowsLayout::A),
        };
        asked(plan).expect(seen(same)).alive(S0)
    },
};

pub(super) static LAYOUT_C_ANSWERED: Case = Case {
    id: "maxsf/2/layout-c-answered",
    requirements: &["maxsf-2-07"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: C,
    summary: "The 16-bit experiment ID with a 32-bit value is answered in the same layout.",
    fails_when: "It answers that layout in another one, or not at all.",
    script: |plan| {
        let same = OptPattern::Where {
            name: "Maximum Subflows in layout C, not S=0 and U=1",
            check: |it| speaks(it, MaxSubflowsLayout::C),
        };
        asked(plan).expect(seen(same)).alive(S0)
    },
};

pub(super) static EXPERIMENT_ID: Case = Case {
    id: "maxsf/2/experiment-id",
    requirements: &["maxsf-2-09"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "An announcement is answered under its own experiment ID.",
    fails_when: "It answers under another experiment ID.",
    script: |plan| {
        let other = OptPattern::Where {
            name: "MP_EXPERIMENTAL with other data of 3 or 4 octets, not S=0 and U=1",
            check: |it| {
                let value = |it: &Experimental| matches!(it.data.as_slice().len(), 3 | 4);
                matches!(it, MptcpOption::Experimental(it) if it.flags.0 & 0xc != 0x4 && value(it))
            },
        };
        asked(plan).given(seen(said(plan))).never(seen(other)).alive(S0)
    },
};

pub(super) static SAME_VALUE: Case = Case {
    id: "maxsf/2/same-value-on-every-connection",
    requirements: &["maxsf-2-11"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "On each of two connections the target announces its own maximum, whatever the tester's.",
    fails_when: "The value that it announces depends on the tester's.",
    script: |plan| {
        let value = plan.target_max.min(plan.layout.max());
        let other = value.saturating_sub(1).max(1);
        let second = sf(1, 0);
        session(0)
            .and(announced(plan, S0, generous(plan)))
            .expect(seen(Pattern::from(own_answer(plan)).on(S0)))
            .and(session(1))
            .and(announced(plan, second, other))
            .expect(seen(Pattern::from(own_answer(plan)).on(second)))
            .alive(second)
    },
};

pub(super) static NEVER_ZERO: Case = Case {
    id: "maxsf/2/zero-never-announced",
    requirements: &["maxsf-2-12"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "The answer to the smallest maximum is greater than zero.",
    fails_when: "It announces zero.",
    script: |plan| {
        session(0)
            .and(sent(S0, asking(plan, 1)))
            .given(seen(any()))
            .never(seen(zero(plan)))
            .alive(S0)
    },
};

pub(super) static ZERO_NOT_ANSWERED_WITH_ZERO: Case = Case {
    id: "maxsf/2/zero-not-answered-with-zero",
    requirements: &["maxsf-2-12"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "The answer to zero, if there is one, isn't zero.",
    fails_when: "It answers zero with zero.",
    script: |plan| {
        session(0)
            .and(announced(plan, S0, generous(plan)))
            .and(sent(S0, asking(plan, 0)))
            .never(seen(zero(plan)))
            .alive(S0)
    },
};

pub(super) static ANSWERED: Case = Case {
    id: "maxsf/2/announcement-answered",
    requirements: &["maxsf-2-23"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "An announcement with S=1 is answered with the flags of an accepted experiment.",
    fails_when: "It doesn't answer, or with flags that say something else.",
    script: |plan| {
        // The reserved bits and the value are looked at elsewhere.
        let accepted = match plan.negotiation {
            Negotiation::ExpOption00 => OptPattern::Where {
                name: "Maximum Subflows, S=0, U=0",
                check: |it| matches!(it, MptcpOption::MaxSubflows(it) if it.flags.0 & 0xc == 0),
            },
            Negotiation::Rfc6824bis => OptPattern::Where {
                name: "Maximum Subflows, S=1, U=1",
                check: |it| matches!(it, MptcpOption::MaxSubflows(it) if it.flags.0 & 0xc == 0xc),
            },
        };
        asked(plan).expect(seen(accepted)).alive(S0)
    },
};

pub(super) static RESERVED_BITS_IGNORED: Case = Case {
    id: "maxsf/2/reserved-bits-ignored",
    requirements: &["maxsf-2-22"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "An announcement with both reserved bits set is answered like one without.",
    fails_when: "It doesn't answer because of the reserved bits.",
    script: |plan| {
        let odd = option(plan, 0xb, generous(plan));
        session(0)
            .and(announced(plan, S0, generous(plan)))
            .and(sent(S0, Opt::Mptcp(MptcpOption::MaxSubflows(odd))))
            .expect(seen(answer(plan)))
            .alive(S0)
    },
};

pub(super) static SILENT_AFTER_RETURN: Case = Case {
    id: "maxsf/2/silent-after-return",
    requirements: &["maxsf-2-24"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows, Need::Operator],
    axes: Axes::Plain,
    summary: "An announcement that came back as unknown isn't sent again on that connection.",
    fails_when: "It repeats an announcement that came back.",
    script: |plan| {
        let value = plan.target_max.min(plan.layout.max());
        let back = option(plan, ExperimentFlags::UNKNOWN, value);
        let pause = Act::Wait(Duration::from_millis(200));
        configured(plan.target_max, true)
            .act(Setting::Experiments(Answer::Silence))
            .and(session(0))
            .given(seen(unasked()).from_start())
            .and(sent(S0, Opt::Mptcp(MptcpOption::MaxSubflows(back))))
            .act(pause)
            .given(delivered(S0))
            .act(Act::Write { on: S0, octets: 1 })
            .never(seen(any()).within_ms(30_000))
            .alive(S0)
    },
};

pub(super) static RETURNED_SETS_NO_LIMIT: Case = Case {
    id: "maxsf/2/returned-sets-no-limit",
    requirements: &["maxsf-2-24"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "The value of an option that says unknown limits nothing: its sender counts as unlimited.",
    fails_when: "It takes the value of an option with S=0 and U=1 for a maximum.",
    script: |plan| {
        let back = option(plan, ExperimentFlags::UNKNOWN, 1);
        able(plan)
            .and(session(0))
            .and(sent(S0, Opt::Mptcp(MptcpOption::MaxSubflows(back))))
            .and(grows(plan, S1))
            .alive(S0)
    },
};

pub(super) static RETURNED_NOT_ANSWERED: Case = Case {
    id: "maxsf/2/returned-not-answered",
    requirements: &["maxsf-2-25"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "Options with U=1 are never answered, neither with S=0 nor with S=1.",
    fails_when: "It answers an option with U=1.",
    script: |plan| {
        let back = |flags| {
            let it = option(plan, flags, generous(plan));
            data(S0, 8).with(MptcpOption::MaxSubflows(it))
        };
        session(0)
            .act(back(0x4))
            .act(back(0xc))
            .act(back(0x4))
            .given(delivered(S0))
            .never(seen(any()))
            .never(seen(OptPattern::Subtype(Subtype::Experimental)))
            .alive(S0)
    },
};

pub(super) static ANNOUNCED_UNASKED: Case = Case {
    id: "maxsf/3/announced-unasked",
    requirements: &["maxsf-3-01"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows, Need::Operator],
    axes: Axes::Plain,
    summary: "A target that is configured to announces its maximum by itself.",
    fails_when: "It never announces its maximum by itself.",
    script: |plan| {
        configured(plan.target_max, true)
            .and(session(0))
            .expect(seen(unasked()).from_start())
            .alive(S0)
    },
};

/// How many options a flood has.
const FLOOD: u32 = 60;

fn flood(plan: &Plan) -> Script {
    let each = |value| data(S0, 0).with(asking(plan, value));
    let segments = vec![each(2), each(3), each(generous(plan))];
    let rounds = FLOOD / 3;
    let over = Duration::from_millis(60);
    session(0).and(announced(plan, S0, generous(plan))).act(Act::Flood { segments, rounds, over })
}

pub(super) static FLOOD_ANSWERED_ONCE: Case = Case {
    id: "maxsf/4/flood-answered-once",
    requirements: &["maxsf-4-02"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A flood of announcements brings about no larger flood of answers.",
    fails_when: "It sends several options for each that it receives.",
    // Twice as many leaves room for what a network repeats by itself.
    script: |plan| flood(plan).never(count(2 * FLOOD, any())).alive(S0),
};

pub(super) static FLOOD_DOES_NO_HARM: Case = Case {
    id: "maxsf/4/flood-does-no-harm",
    requirements: &["maxsf-4-02"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A flood of announcements leaves the connection usable.",
    fails_when: "It closes a connection that is flooded with announcements.",
    script: |plan| flood(plan).and(unharmed()),
};

/// A connection on which the target is asked for its maximum.
fn asked(plan: &Plan) -> Script {
    session(0).and(sent(S0, asking(plan, generous(plan))))
}

/// Any experimental option that isn't one come back.
fn said(plan: &Plan) -> OptPattern {
    match plan.negotiation {
        Negotiation::ExpOption00 => OptPattern::Where {
            name: "an experiment without U",
            check: |it| flags(it).is_some_and(|flags| !flags.unknown()),
        },
        Negotiation::Rfc6824bis => OptPattern::Where {
            name: "an experiment without U, or with S and U",
            check: |it| flags(it).is_some_and(|flags| !flags.unknown() || flags.synchronising()),
        },
    }
}

/// Maximum Subflows in this layout that isn't one come back.
fn speaks(option: &MptcpOption, layout: MaxSubflowsLayout) -> bool {
    matches!(option, MptcpOption::MaxSubflows(it) if it.layout == layout && it.flags.0 & 0xc != 0x4)
}

fn flags(option: &MptcpOption) -> Option<ExperimentFlags> {
    match option {
        MptcpOption::MaxSubflows(it) => Some(it.flags),
        MptcpOption::Experimental(it) => Some(it.flags),
        _ => None,
    }
}

/// A maximum of zero.
fn zero(plan: &Plan) -> OptPattern {
    match plan.negotiation {
        Negotiation::ExpOption00 => OptPattern::Where {
            name: "Maximum Subflows with the value 0, without U",
            check: |it| matches!(it, MptcpOption::MaxSubflows(it) if it.value == 0 && !it.flags.unknown()),
        },
        Negotiation::Rfc6824bis => OptPattern::Where {
            name: "Maximum Subflows with the value 0, not S=0 and U=1",
            check: |it| matches!(it, MptcpOption::MaxSubflows(it) if it.value == 0 && it.flags.0 & 0xc != 0x4),
        },
    }
}
