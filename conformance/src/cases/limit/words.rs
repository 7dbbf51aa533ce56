//! What the scripts of these cases are put together from.

use mpdissect::wire::mptcp::{
    ExperimentFlags, MaxSubflows, MaxSubflowsLayout, MptcpOption, Subtype,
};

use crate::cases::setup::{announcement, joined};
use crate::plan::{Negotiation, Plan, Role};
use crate::script::{
    Act, App, Expectation, Judgement, Key, Opening, Opt, OptPattern, Order, Pattern, S0, Script,
    Segment, Sf, ack, data, delivered, established, join, open, seen, sf, stream, that,
};

/// The connection on which it is seen beforehand that a target opens subflows at all.
const CONTROL: u8 = 9;
/// How many addresses a testbed is sure to have for the tester.
const ADDRESSES: u8 = 6;

/// An ordinary connection, without timestamps.
pub(super) fn opening(conn: u8, app: App) -> Opening {
    Opening { timestamps: false, ..open().conn(conn).app(app) }
}

/// That connection, established, on which both ends have heard from each other: nothing on the
/// path takes options off data, and a target that opened it knows that it is understood.
pub(super) fn session(conn: u8) -> Script {
    let first = sf(conn, 0);
    let write = Act::Write { on: first, octets: 1 };
    Script::new()
        .act(opening(conn, App::Echo))
        .given(established(first))
        .act(write.clone())
        .given(delivered(first))
        .given(stream(conn, 1))
        .act(write)
        .given(delivered(first))
        .given(stream(conn, 1))
        .given(established(first))
}

/// An option with these flags and this value, in the layout of the plan.
pub(super) fn option(plan: &Plan, flags: u8, value: u32) -> MaxSubflows {
    laid_out(plan, plan.layout, flags, value)
}

/// An option in this layout.
pub(super) fn laid_out(
    plan: &Plan,
    layout: MaxSubflowsLayout,
    flags: u8,
    value: u32,
) -> MaxSubflows {
    let exid = match layout {
        MaxSubflowsLayout::A | MaxSubflowsLayout::C => plan.dialect.max_subflows_exid(),
        MaxSubflowsLayout::B => u16::from(MaxSubflows::EXID_B),
    };
    MaxSubflows { flags: ExperimentFlags(flags), layout, exid, value }
}

/// An option with S=1, which asks for the target's maximum.
pub(super) fn asking(plan: &Plan, value: u32) -> Opt {
    Opt::Mptcp(MptcpOption::MaxSubflows(option(plan, ExperimentFlags::SYNCHRONISING, value)))
}

/// An option with S=0, which asks for nothing.
pub(super) fn telling(plan: &Plan, value: u32) -> Opt {
    Opt::Mptcp(MptcpOption::MaxSubflows(option(plan, 0, value)))
}

/// Sends an option on data, which is sent until it arrives, and sees it arrive.
pub(super) fn sent(on: Sf, option: Opt) -> Script {
    Script::new().act(data(on, 8).with(option)).given(delivered(on))
}

/// Announces this maximum on a subflow: the target has taken it, for it answers.
pub(super) fn announced(plan: &Plan, on: Sf, value: u32) -> Script {
    sent(on, asking(plan, value)).given(seen(answer(plan)))
}

/// A maximum that is above the target's own.
pub(super) fn generous(plan: &Plan) -> u32 {
    plan.target_max.saturating_add(1).min(plan.layout.max())
}

/// The flags of an option that says yes.
pub(super) fn yes(plan: &Plan) -> u8 {
    match plan.negotiation {
        Negotiation::ExpOption00 => 0,
        Negotiation::Rfc6824bis => ExperimentFlags::SYNCHRONISING | ExperimentFlags::UNKNOWN,
    }
}

/// The answer to an announcement.
pub(super) fn answer(plan: &Plan) -> OptPattern {
    match plan.negotiation {
        Negotiation::ExpOption00 => OptPattern::Where {
            name: "Maximum Subflows, S=0, U=0, above zero",
            check: |option| matches!(option, MptcpOption::MaxSubflows(it) if it.flags.0 == 0 && it.value > 0),
        },
        Negotiation::Rfc6824bis => OptPattern::Where {
            name: "Maximum Subflows, S=1, U=1, above zero",
            check: |option| matches!(option, MptcpOption::MaxSubflows(it) if it.flags.0 == 0xc && it.value > 0),
        },
    }
}

/// The answer to an announcement, every field as it has to be in the layout of the plan.
pub(super) fn own_answer(plan: &Plan) -> MptcpOption {
    let value = plan.target_max.min(plan.layout.max());
    MptcpOption::MaxSubflows(option(plan, yes(plan), value))
}

/// Any Maximum Subflows, well-formed or not.
pub(super) fn any() -> OptPattern {
    OptPattern::Subtype(Subtype::MaxSubflows)
}

/// An announcement that the target makes by itself.
pub(super) fn unasked() -> OptPattern {
    OptPattern::Where {
        name: "Maximum Subflows, S=1, U=0, above zero",
        check: |option| matches!(option, MptcpOption::MaxSubflows(it) if it.flags.0 == 8 && it.value > 0),
    }
}

/// The target's operator has it use this maximum from here on.
pub(super) fn configured(own: u32, announces: bool) -> Script {
    Script::new().act(Order::LimitSubflows { own: Some(own), announces })
}

/// Asks for one more subflow on a connection, the one of this number if it comes about.
pub(super) fn attempt(plan: &Plan, on: Sf) -> Act {
    let index = on.index;
    match plan.role {
        Role::Listener => join(on).from(index % ADDRESSES).into(),
        Role::Initiator => announcement(on.conn, index, index % ADDRESSES).into(),
    }
}

/// That subflow doesn't come about; a target that would have to open it doesn't try to.
pub(super) fn absent(plan: &Plan, on: Sf) -> Expectation {
    match plan.role {
        Role::Listener => established(on),
        Role::Initiator => seen(Pattern::default().on(on)),
    }
}

/// That subflow, which there is room for.
pub(super) fn grown(plan: &Plan, on: Sf) -> Script {
    Script::new().act(attempt(plan, on)).given(established(on))
}

/// A subflow carries data before anything else is looked at.
pub(super) fn carries(on: Sf) -> Script {
    Script::new().act(Act::Write { on, octets: 1 }).given(delivered(on))
}

/// All subflows of a connection below this number, which there is room for.
pub(super) fn filled(plan: &Plan, conn: u8, below: u8) -> Script {
    (1..below).fold(Script::new(), |script, index| script.and(grown(plan, sf(conn, index))))
}

/// A demand that there is room for one more subflow.
pub(super) fn grows(plan: &Plan, on: Sf) -> Script {
    Script::new().act(attempt(plan, on)).expect(established(on))
}

/// A demand that there is no room for one more subflow, and the connection is alive.
pub(super) fn stands(plan: &Plan, on: Sf) -> Script {
    let first = sf(on.conn, 0);
    Script::new().act(attempt(plan, on)).never(absent(plan, on)).alive(first)
}

/// The proof that subflows can be joined at all: that a target which has to open them does so when
/// it is told addresses, and that nothing on the path keeps it from that.
pub(super) fn able(plan: &Plan) -> Script {
    session(CONTROL).and(joined(plan, sf(CONTROL, 1))).act(abort(CONTROL))
}

/// The same proof on a connection where the tester announces a maximum, for what a target does
/// where it announces none.
pub(super) fn able_when_announced(plan: &Plan) -> Script {
    session(CONTROL)
        .and(announced(plan, sf(CONTROL, 0), generous(plan)))
        .and(grown(plan, sf(CONTROL, 1)))
        .act(abort(CONTROL))
}

/// The end of a connection that has served its purpose. Nothing depends on whether it arrives.
pub(super) fn abort(conn: u8) -> Segment {
    ack(sf(conn, 0)).only([Opt::Fastclose(Key::Targets)])
}

/// The number of subflows that the target's own maximum allows, where the tester's addresses are
/// enough to reach it; otherwise nothing that depends on it can be decided.
pub(super) fn own_maximum(plan: &Plan) -> (u8, Script) {
    match u8::try_from(plan.target_max) {
        Ok(own @ 1..ADDRESSES) => (own, Script::new()),
        _ => {
            let known = that("the target's own maximum is below six", |_, packet| {
                let seen = "a larger one".into();
                Judgement::Impossible { packet, seen }
            });
            (1, Script::new().given(known))
        }
    }
}

/// The first subflow still carries data both ways, as far as that is the point.
pub(super) fn unharmed() -> Script {
    Script::new().unharmed(S0)
}
