//! Addresses that the target announces (RFC 8684 §3.4.1), on its operator's orders.

use std::collections::BTreeMap;
use std::net::IpAddr;

use mpdissect::wire::mptcp::{AddAddrKind, MpJoin, MptcpOption};

use super::super::super::setup::{confirmed, connection};
use super::ANNOUNCEMENT;
use super::announcing::RESERVED;
use crate::case::{Axes, Case, Need};
use crate::plan::Role;
use crate::script::{
    Act, App, Judgement, Order, S0, S1, Script, Setting, count, established, seen, that,
};
use crate::tester::Tester;

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "rfc8684/3.4.1/one-address-per-id",
        requirements: &["8684-3.4.1-02", "8684-3.4.1-14", "8684-3.4.1-16"],
        roles: Role::BOTH,
        needs: &[Need::Operator],
        axes: Axes::Plain,
        summary: "Told to announce and to use another of its addresses, and to announce it again, the \
                  target gives each ID to one address.",
        fails_when: "An ID stands for two of its addresses without having been removed in between.",
        script: |_| {
            begun()
                .act(ANNOUNCE)
                .given(seen(ANNOUNCEMENT))
                .act(Order::Join { conn: 0, from: 1, to: 0 })
                .given(established(S1))
                .act(ANNOUNCE)
                .act(Act::Write { on: S0, octets: 1 })
                .never(that("an ID stands for two addresses", is_ambiguous).within_ms(300))
                .alive(S1)
        },
    },
    &Case {
        id: "rfc8684/3.4.1/reserved-bits-of-its-own",
        requirements: &["8684-3.4.1-10"],
        roles: Role::BOTH,
        needs: &[Need::Operator],
        axes: Axes::Plain,
        summary: "The three unassigned bits of the target's ADD_ADDR are clear.",
        fails_when: "It sets one of them.",
        script: |_| {
            begun()
                .act(ANNOUNCE)
                .given(seen(ANNOUNCEMENT))
                .never(seen(RESERVED).within_ms(20))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.4.1/echo-ends-repetition",
        requirements: &["8684-3.4.1-s03"],
        roles: Role::BOTH,
        needs: &[Need::Operator, Need::Time],
        axes: Axes::Plain,
        summary: "An ADD_ADDR that is repeated for want of an echo isn't repeated any more once there \
                  is one.",
        fails_when: "It goes on repeating an address that was echoed.",
        script: |_| {
            begun()
                .act(Setting::EchoesAddAddr(false))
                .act(ANNOUNCE)
                .given(count(2, ANNOUNCEMENT).within_ms(LONG))
                .act(Setting::EchoesAddAddr(true))
                .given(seen(ANNOUNCEMENT).within_ms(LONG))
                .act(Setting::EchoesAddAddr(true))
                .act(Act::Wait(std::time::Duration::from_millis(400)))
                .given(established(S0))
                .act(Setting::EchoesAddAddr(true))
                .never(seen(ANNOUNCEMENT).within_ms(LONG))
                .alive(S0)
        },
    },
];

/// Longer than it takes a host to repeat an address, in milliseconds.
const LONG: u64 = 130_000;
const ANNOUNCE: Order = Order::Announce { conn: 0, address: 1 };

fn begun() -> Script {
    connection(App::Sink).and(confirmed(S0))
}

/// Whether an ID of the target's stood for an address and, before it was removed, for another.
fn is_ambiguous(tester: &Tester, _: u64) -> Judgement {
    let Some((_, first)) = tester.ends(S0) else { return Judgement::NotYet };
    let mut known: BTreeMap<u8, IpAddr> = BTreeMap::from([(0, first.addr)]);
    for seen in tester.seen() {
        for option in seen.well_formed() {
            let named = match option {
                MptcpOption::AddAddr(add) if matches!(add.kind, AddAddrKind::Fresh { .. }) => {
                    Some((add.address_id, add.addr))
                }
                MptcpOption::MpJoin(MpJoin::Syn(join)) => Some((join.address_id, seen.src.addr)),
                MptcpOption::MpJoin(MpJoin::SynAck(join)) => Some((join.address_id, seen.src.addr)),
                MptcpOption::RemoveAddr(remove) => {
                    known.retain(|id, _| !remove.address_ids.as_slice().contains(id));
                    None
                }
                _ => None,
            };
            let Some((id, addr)) = named else { continue };
            if *known.entry(id).or_insert(addr) != addr {
                return Judgement::Yes(seen.packet);
            }
        }
    }
    Judgement::NotYet
}
