//! The situations that the cases start from, and the words that they are told in.

use mpdissect::wire::field::Octets;
use mpdissect::wire::mptcp::{KIND, MpJoin, MpPrio, MptcpOption, Navigation, RemoveAddr, Subtype};

use super::super::setup::{announcement, connection, flowing, joined, sharing};
use crate::case::Need;
use crate::plan::{Plan, Role};
use crate::script::{
    App, Joining, Opt, OptPattern, Order, S0, S1, S2, S3, Script, Segment, Setting, Sf, carried,
    data, delivered, established, join, leaves, open, shares,
};

/// A target that is the draft's client.
pub(super) const CLIENT: &[Role] = Role::INITIATOR;
/// A target that is the draft's server.
pub(super) const SERVER: &[Role] = Role::LISTENER;
/// It has to know the option.
pub(super) const KNOWS: &[Need] = &[Need::Navigation];
/// It has to know the option, and to do what its operator wants.
pub(super) const OBEYS: &[Need] = &[Need::Navigation, Need::Operator];

/// A request to move traffic to the interface of this address ID.
pub(super) const fn switch(address_id: u8) -> Navigation {
    Navigation { reserved: false, cancel: false, echo: false, backup: false, address_id }
}

/// A request to cancel that.
pub(super) const fn cancel(address_id: u8) -> Navigation {
    Navigation { cancel: true, ..switch(address_id) }
}

/// What confirms a request.
pub(super) const fn echo_of(request: Navigation) -> Navigation {
    Navigation { echo: true, ..request }
}

/// The option in a segment or pattern.
pub(super) const fn option(navigation: Navigation) -> MptcpOption {
    MptcpOption::Navigation(navigation)
}

/// A segment that brings an option for certain: with an octet of data, so that it is retransmitted.
pub(super) fn told(on: Sf, navigation: Navigation) -> Segment {
    brings(on, option(navigation))
}

/// The octets of the option under any subtype, with any flags.
pub(super) fn raw(subtype: u8, flags: u8, address_id: u8) -> Opt {
    Opt::Raw(vec![KIND, 4, subtype << 4 | flags, address_id])
}

/// Any option of MP_Navigation's subtype, well-formed or not.
pub(super) const ANY: OptPattern = OptPattern::Subtype(Subtype::Navigation);

/// Any request.
pub(super) const REQUEST: OptPattern = OptPattern::Where {
    name: "MP_Navigation with E=0",
    check: |option| matches!(option, MptcpOption::Navigation(it) if !it.echo),
};

/// Any cancel.
pub(super) const CANCEL: OptPattern = OptPattern::Where {
    name: "MP_Navigation with R=1 and E=0",
    check: |option| matches!(option, MptcpOption::Navigation(it) if it.cancel && !it.echo),
};

/// Any echo.
pub(super) const ECHO: OptPattern = OptPattern::Where {
    name: "MP_Navigation with E=1",
    check: |option| matches!(option, MptcpOption::Navigation(it) if it.echo),
};

/// A SYN that joins.
pub(super) const JOIN: OptPattern = OptPattern::Where {
    name: "MP_JOIN on a SYN",
    check: |option| matches!(option, MptcpOption::MpJoin(MpJoin::Syn(_))),
};

/// The announcement of ID 1.
pub(super) const ANNOUNCED: OptPattern = OptPattern::AddAddr { echo: false, id: Some(1) };

/// The request to use a subflow as a backup.
pub(super) const BACKUP: MptcpOption =
    MptcpOption::MpPrio(MpPrio { reserved: 0, backup: true, address_id: None });

/// The withdrawal of an address ID.
pub(super) fn withdrawal(address_id: u8) -> MptcpOption {
    let address_ids = Octets::new(&[address_id]).unwrap_or(Octets::EMPTY);
    MptcpOption::RemoveAddr(RemoveAddr { reserved: 0, address_ids })
}

/// A segment that brings any MPTCP option for certain.
pub(super) fn brings(on: Sf, option: MptcpOption) -> Segment {
    data(on, 1).with(option)
}

/// Traffic on two subflows: the second one ends at the tester's address with ID 1.
pub(super) fn two(plan: &Plan) -> Script {
    flowing(plan, 2)
}

/// [`two`], both of which are used all the time.
pub(super) fn both(plan: &Plan) -> Script {
    sharing(plan, 2)
}

/// [`two`], with room for other options.
pub(super) fn roomy(plan: &Plan) -> Script {
    Script::new()
        .act(open().app(App::Source).without_timestamps())
        .given(established(S0))
        .and(joined(plan, S1))
        .given(carried(&[S0, S1], 1000))
}

/// Traffic on three subflows, to the IDs 0, 1 and 2, all of which are used all the time.
pub(super) fn three(plan: &Plan) -> Script {
    sharing(plan, 3)
}

/// Two subflows, to the IDs 0 and 1, without traffic.
pub(super) fn quiet(plan: &Plan) -> Script {
    connection(App::Sink).and(joined(plan, S1))
}

/// Traffic of the first subflow that was led to the second one.
pub(super) fn diverted(plan: &Plan) -> Script {
    both(plan).act(told(S0, switch(1))).given(delivered(S0)).given(leaves(S0, &[S1], 3000))
}

/// Traffic on three subflows, of which the last two, from two addresses of the target, end at the
/// interface with ID 1.
pub(super) fn shared() -> Script {
    connection(App::Source)
        .act(announcement(0, 1, 1))
        .given(established(S1))
        .act(Order::Join { conn: 0, from: 1, to: 1 })
        .given(established(S2))
        .given(shares(&[S0, S1, S2]))
}

/// Traffic on four subflows: from both addresses of the target to both of the tester. The figures
/// of §3 start from it.
pub(super) fn four() -> Script {
    connection(App::Source)
        .act(announcement(0, 1, 1))
        .given(established(S1))
        .act(Order::Join { conn: 0, from: 1, to: 0 })
        .given(established(S2))
        .act(Order::Join { conn: 0, from: 1, to: 1 })
        .given(established(S3))
        .given(shares(&[S0, S1, S2, S3]))
}

/// The tester's join to the second address of a target that listens, which has the ID 1.
pub(super) fn to_second(subflow: Sf) -> Joining {
    Joining { to: 1, ..join(subflow) }
}

/// The tester's traffic on the first subflow of a target that listens, the second one ends at the
/// target's address with ID 1. The tester answers requests as it is told.
pub(super) fn served(echoes: bool) -> Script {
    connection(App::Sink)
        .and(traffic(S0))
        .act(Setting::EchoesNavigation(echoes))
        .act(to_second(S1))
        .given(established(S1))
        .and(traffic(S0))
}

/// The tester's traffic moves to this subflow.
pub(super) fn traffic(on: Sf) -> Script {
    Script::new().act(data(on, 400)).given(delivered(on))
}

/// The operator asks a target that listens to lead the tester's traffic to its second address.
pub(super) const LEAD: Order = Order::Navigate { conn: 0, address_id: 1, cancel: false };
/// The operator takes that back.
pub(super) const RELEASE: Order = Order::Navigate { conn: 0, address_id: 1, cancel: true };
