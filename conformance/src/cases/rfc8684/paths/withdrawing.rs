//! Addresses that the target takes back, and subflows that it leaves (RFC 8684 §3.4.2), on its
//! operator's orders.

use mpdissect::wire::mptcp::{AddAddrKind, MptcpOption, Subtype};

use super::super::super::setup::{confirmed, connection};
use super::{ANNOUNCEMENT, quiet};
use crate::case::{Axes, Case, Need};
use crate::plan::Role;
use crate::script::{
    App, Judgement, OptPattern, Order, S0, S1, Script, ack, closed, established, gone, seen, that,
};
use crate::tester::Tester;

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "rfc8684/3.4.2/removal-is-announced",
        requirements: &["8684-3.4.2-01"],
        roles: Role::BOTH,
        needs: &[Need::Operator],
        axes: Axes::Plain,
        summary: "When the target takes back an address in use, REMOVE_ADDR with its ID comes on \
                  another subflow.",
        fails_when: "It says nothing, or another ID.",
        script: |_| {
            used()
                .act(WITHDRAW)
                .expect(that("REMOVE_ADDR for the ID of 0.1 on another subflow", removes_used))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.4.2/removal-of-unused",
        requirements: &["8684-3.4.2-02"],
        roles: Role::BOTH,
        needs: &[Need::Operator],
        axes: Axes::Plain,
        summary: "When the target takes back an address that it announced and nobody uses, \
                  REMOVE_ADDR with its ID comes.",
        fails_when: "It says nothing, or another ID.",
        script: |_| {
            connection(App::Sink)
                .and(confirmed(S0))
                .act(Order::Announce { conn: 0, address: 1 })
                .given(seen(ANNOUNCEMENT))
                .act(WITHDRAW)
                .expect(that("REMOVE_ADDR for the announced ID", removes_announced))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.4.2/withdrawn-is-reset",
        requirements: &["8684-3.4.2-09"],
        roles: Role::BOTH,
        needs: &[Need::Operator],
        axes: Axes::Plain,
        summary: "When the target takes back an address, it resets the subflows that end there.",
        fails_when: "It closes them in another way, or leaves them as they are.",
        script: |_| used().act(WITHDRAW).act(ack(S1)).expect(gone(S1)).alive(S0),
    },
    &Case {
        id: "rfc8684/3.4.2/leaves-with-fin",
        requirements: &["8684-3.4.2-11"],
        roles: Role::BOTH,
        needs: &[Need::Operator],
        axes: Axes::Plain,
        summary: "Told to give up one of two subflows that work, the target closes it with FIN and \
                  removes no address.",
        fails_when: "It sends REMOVE_ADDR, or ends the subflow without FIN.",
        script: |plan| {
            quiet(plan, 2)
                .act(Order::Leave(S1))
                .expect(closed(S1))
                .never(seen(OptPattern::Subtype(Subtype::RemoveAddr)).within_ms(100))
                .alive(S0)
        },
    },
];

const WITHDRAW: Order = Order::Withdraw { conn: 0, address: 1 };

/// A connection with a second subflow from another address of the target.
fn used() -> Script {
    connection(App::Sink)
        .and(confirmed(S0))
        .act(Order::Join { conn: 0, from: 1, to: 0 })
        .given(established(S1))
}

fn removes_used(tester: &Tester, mark: u64) -> Judgement {
    tester.address_ids(S1).map_or(Judgement::NotYet, |(_, id)| removed(tester, mark, id))
}

fn removes_announced(tester: &Tester, mark: u64) -> Judgement {
    let mut announced = tester.seen().iter().flat_map(crate::tester::Seen::well_formed);
    let id = announced.find_map(|option| match option {
        MptcpOption::AddAddr(add) if matches!(add.kind, AddAddrKind::Fresh { .. }) => {
            Some(add.address_id)
        }
        _ => None,
    });
    id.map_or(Judgement::NotYet, |id| removed(tester, mark, id))
}

/// REMOVE_ADDR with this ID on a subflow other than the second.
fn removed(tester: &Tester, mark: u64, id: u8) -> Judgement {
    let names = |option: &MptcpOption| matches!(option, MptcpOption::RemoveAddr(it) if it.address_ids.as_slice().contains(&id));
    let found = tester
        .since(mark)
        .iter()
        .find(|seen| seen.sf.is_some_and(|sf| sf != S1) && seen.well_formed().any(names));
    found.map_or(Judgement::NotYet, |seen| Judgement::Yes(seen.packet))
}
