//! What a maximum says: which octets it is read from, which values are valid, and what they allow
//! (§2).

use mpdissect::wire::mptcp::{MaxSubflows, MaxSubflowsLayout, MptcpOption};

use super::words::{
    able, announced, answer, asking, carries, filled, generous, grown, grows, laid_out,
    own_maximum, sent, session, stands, telling, unharmed,
};
use crate::case::{Axes, Case, Need};
use crate::cases::setup::joined;
use crate::plan::{Plan, Role};
use crate::script::{Opt, S0, S1, S2, Script, data, delivered, seen};

const B_OR_C: Axes = Axes::Layouts(&[MaxSubflowsLayout::B, MaxSubflowsLayout::C]);
const A_ONLY: Axes = Axes::Layouts(&[MaxSubflowsLayout::A]);

pub(super) static EVERY_LAYOUT_LIMITS: Case = Case {
    id: "maxsf/2/every-layout-limits",
    requirements: &["maxsf-2-08"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "A maximum of 2 is read as 2 in the layout that octets 3 and 4 and the length name.",
    fails_when: "It reads another number than 2 from one of the layouts.",
    script: |plan| {
        session(0).and(announced(plan, S0, 2)).and(grown(plan, S1)).and(stands(plan, S2))
    },
};

pub(super) static B_NOT_READ_AS_A: Case = Case {
    id: "maxsf/2/layout-b-not-read-as-a",
    requirements: &["maxsf-2-08"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Layouts(&[MaxSubflowsLayout::B]),
    summary: "The value 0x01000001 in layout B isn't read as a 1 of 24 bits.",
    fails_when: "It reads only the last 24 bits of layout B.",
    script: |plan| unlimited(plan, 0x0100_0001),
};

pub(super) static OTHER_EXPERIMENT: Case = Case {
    id: "maxsf/2/other-experiment-sets-no-limit",
    requirements: &["maxsf-2-10"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "An option with the next experiment ID limits nothing.",
    fails_when: "It takes a maximum from an option of another experiment.",
    script: |plan| {
        let it = laid_out(plan, plan.layout, 0, 1);
        let other = MaxSubflows { exid: it.exid ^ 1, ..it };
        harmless(plan, [Opt::Mptcp(MptcpOption::MaxSubflows(other))])
    },
};

pub(super) static JOINS_UP_TO_MAXIMUM: Case = Case {
    id: "maxsf/2/joins-up-to-maximum",
    requirements: &["maxsf-2-11"],
    roles: Role::LISTENER,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "As many subflows as the target announces can be joined.",
    fails_when: "It refuses a join although its maximum isn't reached.",
    script: |plan| {
        let (own, known) = own_maximum(plan);
        let last = crate::script::sf(0, own.saturating_sub(1).max(1));
        known
            .and(able(plan))
            .and(session(0))
            .and(announced(plan, S0, generous(plan)))
            .and(filled(plan, 0, last.index))
            .and(grows(plan, last))
            .alive(S0)
    },
};

pub(super) static ZERO_SETS_NO_LIMIT: Case = Case {
    id: "maxsf/2/zero-sets-no-limit",
    requirements: &["maxsf-2-13"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "After a maximum of zero there is room for a subflow as if nothing had been said.",
    fails_when: "It takes zero for a limit.",
    script: |plan| harmless(plan, [telling(plan, 0), asking(plan, 0)]),
};

pub(super) static ZERO_DOES_NO_HARM: Case = Case {
    id: "maxsf/2/zero-does-no-harm",
    requirements: &["maxsf-2-13"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::EVERY_LAYOUT,
    summary: "A maximum of zero leaves the subflows that there are unharmed.",
    fails_when: "It closes a subflow because of a zero.",
    script: |plan| {
        session(0)
            .and(joined(plan, S1))
            .and(carries(S1))
            .act(data(S0, 8).with(asking(plan, 0)))
            .expect(delivered(S0))
            .act(data(S1, 8).with(asking(plan, 0)))
            .expect(delivered(S1))
            .and(unharmed())
            .unharmed(S1)
    },
};

pub(super) static ZERO_KEEPS_EARLIER: Case = Case {
    id: "maxsf/2/zero-keeps-earlier-limit",
    requirements: &["maxsf-2-13"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "A maximum of zero doesn't lift the limit that is in force.",
    fails_when: "It drops the earlier maximum when it receives a zero.",
    script: |plan| {
        session(0)
            .and(announced(plan, S0, 2))
            .and(sent(S0, telling(plan, 0)))
            .and(grown(plan, S1))
            .and(stands(plan, S2))
    },
};

pub(super) static FIRST_SUBFLOW_COUNTS: Case = Case {
    id: "maxsf/2/first-subflow-counts",
    requirements: &["maxsf-2-14"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A maximum of 1 leaves no room for another subflow.",
    fails_when: "It counts additional subflows only.",
    script: |plan| session(0).and(announced(plan, S0, 1)).and(stands(plan, S1)),
};

pub(super) static ONE_IS_VALID: Case = Case {
    id: "maxsf/2/one-is-valid",
    requirements: &["maxsf-2-16"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "A maximum of 1 is answered like any other.",
    fails_when: "It takes 1 for invalid.",
    script: |plan| valid(plan, 2, 1).and(unharmed()),
};

pub(super) static LARGEST_24_BITS: Case = Case {
    id: "maxsf/2/largest-of-24-bits",
    requirements: &["maxsf-2-17"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: A_ONLY,
    summary: "The largest value of layout A limits nothing.",
    fails_when: "It reads 0xffffff as a small or an invalid number.",
    script: |plan| unlimited(plan, 0x00ff_ffff),
};

pub(super) static LARGEST_32_BITS: Case = Case {
    id: "maxsf/2/largest-of-32-bits",
    requirements: &["maxsf-2-18"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: B_OR_C,
    summary: "The largest value of layouts B and C limits nothing.",
    fails_when: "It reads 0xffffffff as a small or an invalid number.",
    script: |plan| unlimited(plan, u32::MAX),
};

pub(super) static HALF_OF_32_BITS: Case = Case {
    id: "maxsf/2/half-of-32-bits",
    requirements: &["maxsf-2-18"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: B_OR_C,
    summary: "The value 0x80000000 of layouts B and C limits nothing.",
    fails_when: "It reads 0x80000000 as a negative number.",
    script: |plan| unlimited(plan, 0x8000_0000),
};

pub(super) static NOT_CUT_TO_24_BITS: Case = Case {
    id: "maxsf/2/not-cut-to-24-bits",
    requirements: &["maxsf-2-19"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: B_OR_C,
    summary: "The value 0x01000000 of layouts B and C is valid and limits nothing.",
    fails_when: "It reads 0x01000000 as zero.",
    script: |plan| unlimited(plan, 0x0100_0000),
};

pub(super) static TRUNCATED: Case = Case {
    id: "maxsf/2/truncated-sets-no-limit",
    requirements: &["maxsf-2-20"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "Options that are cut to 3 to 7 octets limit nothing.",
    fails_when: "It takes a maximum from an option that is too short.",
    script: |plan| harmless(plan, (3..=7).map(|length| cut(plan, length))),
};

pub(super) static OVERLONG: Case = Case {
    id: "maxsf/2/overlong-sets-no-limit",
    requirements: &["maxsf-2-21"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::EVERY_LAYOUT,
    summary: "Options of 10 and 12 octets limit nothing.",
    fails_when: "It takes a maximum from an option that is too long.",
    script: |plan| {
        let one = octets(plan, 1);
        harmless(plan, [10, 12].map(|length| sized(&one, length)))
    },
};

/// The octets of an option with S=0.
fn octets(plan: &Plan, value: u32) -> Vec<u8> {
    let it = laid_out(plan, plan.layout, 0, value & plan.layout.max());
    MptcpOption::MaxSubflows(it).emit(plan.dialect).as_slice().to_vec()
}

/// An option with another length, well framed: cut, or filled up with zeros.
fn sized(whole: &[u8], length: u8) -> Opt {
    let mut octets = whole.to_vec();
    octets.resize(usize::from(length), 0);
    if let Some(claimed) = octets.get_mut(1) {
        *claimed = length;
    }
    Opt::Raw(octets)
}

/// An option that is cut to this length, where what is left of the value says 1.
fn cut(plan: &Plan, length: u8) -> Opt {
    let at = if plan.layout == MaxSubflowsLayout::B { 4 } else { 5 };
    let mut octets = octets(plan, 0);
    octets.truncate(usize::from(length));
    if let Some(last) = octets.get_mut(at..).and_then(<[u8]>::last_mut) {
        *last = 1;
    }
    sized(&octets, length)
}

/// Options that limit nothing.
fn harmless(plan: &Plan, options: impl IntoIterator<Item = Opt>) -> Script {
    let said = options
        .into_iter()
        .fold(Script::new(), |script, option| script.act(data(S0, 8).with(option)));
    able(plan).and(session(0)).and(said).given(delivered(S0)).and(grows(plan, S1)).alive(S0)
}

/// A target that answers an earlier maximum is asked once more, with this one, and answers again.
fn valid(plan: &Plan, earlier: u32, value: u32) -> Script {
    session(0)
        .and(announced(plan, S0, earlier))
        .and(sent(S0, asking(plan, value)))
        .expect(seen(answer(plan)))
}

/// A maximum that is valid and limits nothing. The earlier one leaves no room for a subflow, so
/// that there is room only if this one is in force.
fn unlimited(plan: &Plan, value: u32) -> Script {
    able(plan).and(valid(plan, 1, value)).and(grows(plan, S1)).alive(S0)
}
