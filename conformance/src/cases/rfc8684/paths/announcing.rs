//! Addresses that the tester announces (RFC 8684 §3.4.1).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use mpdissect::wire::mptcp::{AddAddrKind, MptcpOption};

use super::super::super::setup::{announced, confirmed, connection, joined, own_address};
use super::{ECHO, JOIN, quiet, removes, touched};
use crate::case::{Axes, Case};
use crate::plan::{Family, Plan, Role};
use crate::script::{
    Address, App, Judgement, Opt, OptPattern, Proof, S0, S1, Script, ack, add_addr_echo, delivered,
    established, gone, join, open, seen, sf, stream, that,
};
use crate::tester::Tester;

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "rfc8684/3.4.1/echo",
        requirements: &["8684-3.4.1-s01"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "ADD_ADDR for addresses of both versions of IP, with a port and without, is echoed \
                  with the same ID, address and port.",
        fails_when: "It doesn't echo an address, or not as it was announced.",
        script: |plan| {
            let other = Address::Nobody(nobody(plan.family));
            let tester = Address::Tester(1);
            let add = |id, address, port| {
                ack(S0).only([Opt::AddAddr { id, address, port, hmac: Proof::Right }])
            };
            talking()
                .act(add(1, tester, None))
                .expect(that("an echo of 1", |tester, mark| echoed(tester, mark, 1, true, false)))
                .act(add(2, tester, Some(0)))
                .expect(that("an echo of 2", |tester, mark| echoed(tester, mark, 2, true, true)))
                .act(add(3, other, None))
                .expect(that("an echo of 3", |tester, mark| echoed(tester, mark, 3, false, false)))
                .act(add(4, other, Some(0)))
                .expect(that("an echo of 4", |tester, mark| echoed(tester, mark, 4, false, true)))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.4.1/hmac-covers-absent-port",
        requirements: &["8684-3.4.1-s02"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "The HMAC of an address without a port is over two zeros in its place: without them \
                  it isn't echoed, with them it is.",
        fails_when: "It echoes the first, or not the second.",
        script: |_| {
            talking()
                .act(ack(S0).only([own_address(2)]))
                .given(seen(add_addr_echo(2)))
                .act(ack(S0).only([proven(3, Proof::Portless)]))
                .never(seen(add_addr_echo(3)).within_ms(200))
                .act(ack(S0).only([own_address(3)]))
                .expect(seen(add_addr_echo(3)))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.4.1/wrong-hmac-is-ignored",
        requirements: &["8684-3.4.1-09"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "ADD_ADDR is ignored with one bit of its HMAC changed at either end, with the leftmost \
                  bits, and with swapped keys.",
        fails_when: "It echoes such an address, joins it, or resets the subflow.",
        script: |_| {
            [Proof::Wrong, Proof::WrongEnd, Proof::OtherEnd, Proof::Swapped]
                .into_iter()
                .fold(talking(), |script, proof| script.act(ack(S0).only([proven(3, proof)])))
                .never(seen(ECHO).within_ms(300))
                .never(seen(JOIN).within_ms(20))
                .never(gone(S0).within_ms(20))
                .act(ack(S0).only([own_address(3)]))
                .given(seen(add_addr_echo(3)))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.4.1/reserved-bits",
        requirements: &["8684-3.4.1-11", "8684-3.4.1-10"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "An ADD_ADDR with the three unassigned bits set is echoed like any other, and the \
                  echo has them clear.",
        fails_when: "It doesn't echo because of the bits, or sends them back.",
        script: |_| {
            talking()
                .act(ack(S0).only([own_address(1)]))
                .given(seen(add_addr_echo(1)))
                .act(ack(S0).only([own_address(2).rewritten(2, 0x0e)]))
                .expect(seen(add_addr_echo(2)))
                .never(seen(RESERVED).within_ms(20).cites("8684-3.4.1-10"))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.4.1/other-port-is-joined",
        requirements: &["8684-3.4.1-15"],
        roles: Role::INITIATOR,
        needs: &[],
        axes: Axes::Plain,
        summary: "When an address is announced once more with another port, that port is joined.",
        fails_when: "It joins no further port of an address that it has joined.",
        script: |plan| {
            let moved = Opt::AddAddr {
                id: 1,
                address: Address::Tester(1),
                port: Some(1),
                hmac: Proof::Right,
            };
            quiet(plan, 2)
                .act(ack(S0).only([moved]))
                .expect(that("a join to the other port of the address", joins_other_port))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.4.1/table-of-addresses",
        requirements: &["8684-3.4.1-03"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "REMOVE_ADDR finds the subflow to an ID that came with MP_JOIN or ADD_ADDR, and only \
                  that of its own connection.",
        fails_when: "It does nothing about the subflow when its own connection says so, or ends it \
                     when another one does.",
        script: |plan| {
            let (other, second) = (sf(1, 0), sf(1, 1));
            seventh(plan, 0)
                .act(open().conn(1).app(App::Sink))
                .given(established(other))
                .and(joined(plan, second))
                .act(crate::script::data(other, 1).with(super::removal(&[7])))
                .given(delivered(other))
                .never(that("0.1 is ended", |tester, mark| super::ends(tester, mark, &[S1])))
                .unharmed(S1)
                .act(removes(&[7]))
                .expect(that("0.1 is asked on or ended", |tester, mark| touched(tester, mark, S1)))
                .alive(S0)
        },
    },
];

/// An address of either version of IP at which there is nobody.
const NOBODY_V4: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 77);
const NOBODY_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 0x77);

/// ADD_ADDR with one of the unassigned bits set.
pub(super) const RESERVED: OptPattern = OptPattern::Where {
    name: "ADD_ADDR with an unassigned bit",
    check: |option| match option {
        MptcpOption::AddAddr(add) => match add.kind {
            AddAddrKind::Fresh { reserved, .. } | AddAddrKind::Echo { reserved } => reserved != 0,
            AddAddrKind::V0 => false,
        },
        _ => false,
    },
};

/// Nobody's address, of the other version of IP.
fn nobody(family: Family) -> IpAddr {
    match family {
        Family::V4 => NOBODY_V6.into(),
        Family::V6 => NOBODY_V4.into(),
    }
}

/// A connection on which the target has sent data too: what it says is no third ACK any more.
fn talking() -> Script {
    connection(App::Echo).and(confirmed(S0)).given(stream(0, 1))
}

/// ADD_ADDR for the tester's address of this number with such an HMAC.
fn proven(id: u8, hmac: Proof) -> Opt {
    Opt::AddAddr { id, address: Address::Tester(id), port: None, hmac }
}

/// A connection with a second subflow to the tester's address 1, which has the ID 7.
fn seventh(plan: &Plan, conn: u8) -> Script {
    let (first, second) = (sf(conn, 0), sf(conn, 1));
    let begun = Script::new()
        .act(open().conn(conn).app(App::Sink))
        .given(established(first))
        .and(confirmed(first));
    match plan.role {
        Role::Listener => begun.act(join(second).address_id(7)),
        Role::Initiator => begun.act(ack(first).only([announced(7, 1)])),
    }
    .given(established(second))
}

/// Whether an address was echoed as it was announced: the tester's second or nobody's, with the
/// port of the connection or without.
fn echoed(tester: &Tester, mark: u64, id: u8, own: bool, port: bool) -> Judgement {
    let address = tester.topology().tester.get(1).copied();
    let addr = if own { address } else { Some(nobody(tester.plan().family)) };
    let port = tester.ends(S0).map(|(end, _)| end.port).filter(|_| port);
    for seen in tester.since(mark) {
        for option in seen.well_formed() {
            let MptcpOption::AddAddr(add) = option else { continue };
            if !matches!(add.kind, AddAddrKind::Echo { .. }) || add.address_id != id {
                continue;
            }
            return if Some(add.addr) == addr && add.port == port {
                Judgement::Yes(seen.packet)
            } else {
                Judgement::Impossible { packet: seen.packet, seen: seen.notation() }
            };
        }
    }
    Judgement::NotYet
}

fn joins_other_port(tester: &Tester, mark: u64) -> Judgement {
    let port = tester.ends(S0).map(|(end, _)| end.port.wrapping_add(1));
    let addr = tester.topology().tester.get(1).copied();
    let is_meant =
        |end: mpdissect::wire::tcp::Endpoint| Some(end.port) == port && Some(end.addr) == addr;
    let found = tester.since(mark).iter().find(|seen| seen.has(&JOIN) && is_meant(seen.dst));
    found.map_or(Judgement::NotYet, |seen| Judgement::Yes(seen.packet))
}
