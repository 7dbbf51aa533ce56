//! What the target's own segments look like.

use mpdissect::wire::tcp::Flags;

use super::super::setup::joined;

use crate::case::{Axes, Case};
use crate::cases::setup::own_address;
use crate::plan::{Plan, Role};
use crate::script::{
    Act, App, OptPattern, Pattern, S0, S1, Script, ack, add_addr_echo, delivered, established,
    open, seen, stream,
};

/// A connection in which the target sends options of many kinds, on segments of many kinds.
fn conversation(plan: &Plan) -> Script {
    Script::new()
        .act(open().app(App::Echo))
        .given(established(S0))
        .and(joined(plan, S1))
        .act(Act::Write { on: S0, octets: 600 })
        .act(Act::Write { on: S1, octets: 600 })
        .given(delivered(S1))
        .given(stream(0, 1200))
        .act(ack(S0).only([own_address(3)]))
        .given(seen(add_addr_echo(3)))
}

pub(super) static PADDING_ZERO: Case = Case {
    id: "rfc9293/3.1/padding-zero",
    requirements: &["9293-3.1-02"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Whatever follows the end of the target's option lists is zero.",
    fails_when: "An octet other than zero follows the end of an option list.",
    script: |plan| {
        conversation(plan)
            .never(seen(OptPattern::DirtyPadding).from_start().within_ms(50))
            .alive(S0)
    },
};

pub(super) static WELL_FRAMED: Case = Case {
    id: "rfc9293/3.1/well-framed",
    requirements: &["9293-3.1-10"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Every option of the target but EOL and NOP has a length, at least 2 and inside of the \
              option area.",
    fails_when: "An option has no length, or one that can't be.",
    script: |plan| {
        conversation(plan).never(seen(OptPattern::Misframed).from_start().within_ms(50)).alive(S0)
    },
};

pub(super) static MSS_ON_SYN_ONLY: Case = Case {
    id: "rfc9293/3.2/mss-on-syn-only",
    requirements: &["9293-3.2-02"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "The target sends the MSS option on segments with SYN only.",
    fails_when: "A segment without SYN has an MSS option.",
    script: |plan| {
        let elsewhere = Pattern::default().clear(Flags::SYN).with(OptPattern::Kind(2));
        conversation(plan).never(seen(elsewhere).from_start().within_ms(50)).alive(S0)
    },
};
