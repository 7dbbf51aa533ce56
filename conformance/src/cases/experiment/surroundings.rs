//! What an experimental option must not disturb, known to the target or not.

use mpdissect::wire::mptcp::KIND;

use super::silence::short;
use super::{S, U, experiment, nobodys, quiet};
use crate::case::{Axes, Case};
use crate::cases::setup::own_address;
use crate::plan::{Plan, Role};
use crate::script::{
    Handshake, HandshakeSegment, Opt, S0, S1, Script, ack, add_addr_echo, data, delivered,
    established, gone, join, open, seen, sf,
};

pub(super) static SHORT_HARMLESS: Case = Case {
    id: "exp/2/short-harmless",
    requirements: &["exp-2-19"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Options too short for an identifier leave the DSS behind them in force.",
    fails_when: "Data isn't acknowledged because such an option stands before its DSS.",
    script: |plan| {
        let sent = short(plan)
            .into_iter()
            .fold(quiet(), |script, option| script.act(data(S0, 1).before(option)));
        sent.expect(delivered(S0))
    },
};

pub(super) static OTHER_OPTIONS: Case = Case {
    id: "exp/2/other-options",
    requirements: &["exp-2-21"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A DSS or ADD_ADDR in the same segment as a probe is processed, whichever comes first.",
    fails_when: "Data isn't acknowledged, or an address not echoed, because of a probe.",
    script: |plan| {
        let probe = |n| experiment(S, nobodys(plan, n), &[]);
        quiet()
            .act(data(S0, 1).before(probe(0x21)))
            .act(data(S0, 1).with(probe(0x22)))
            .expect(delivered(S0))
            .act(ack(S0).only([own_address(2)]))
            .given(seen(add_addr_echo(2)))
            .act(ack(S0).only([own_address(3), probe(0x23)]))
            .expect(seen(add_addr_echo(3)))
            .act(ack(S0).only([probe(0x24), own_address(4)]))
            .expect(seen(add_addr_echo(4)))
    },
};

pub(super) static HANDSHAKES: Case = Case {
    id: "exp/2/handshakes",
    requirements: &["exp-2-26"],
    roles: Role::LISTENER,
    needs: &[],
    axes: Axes::Plain,
    summary: "A probe beside MP_CAPABLE or MP_JOIN on a SYN or third ACK doesn't disturb.",
    fails_when: "A handshake isn't completed because of a probe.",
    script: |plan| {
        let with = |n| HandshakeSegment {
            after: vec![experiment(S, nobodys(plan, n), &[])],
            ..HandshakeSegment::default()
        };
        let on_syn = |n| Handshake { syn: with(n), ..Handshake::default() };
        let on_third = |n| Handshake { third: with(n), ..Handshake::default() };
        let open = || open().without_timestamps();
        Script::new()
            .act(open().handshake(on_syn(0x61)))
            .expect(established(S0))
            .unharmed(S0)
            .act(join(S1).handshake(on_syn(0x62)))
            .expect(established(S1))
            .act(open().conn(1).handshake(on_third(0x63)))
            .expect(established(sf(1, 0)))
            .unharmed(sf(1, 0))
            .act(join(sf(1, 1)).handshake(on_third(0x64)))
            .expect(established(sf(1, 1)))
            .reachable(2)
    },
};

pub(super) static FULL_AREA: Case = Case {
    id: "exp/2/full-area",
    requirements: &["exp-2-27"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Experimental options that fill the option area are survived.",
    fails_when: "The connection, or the host, is no longer usable after an option of 40 octets.",
    script: |plan| {
        let sent = extremes(plan)
            .into_iter()
            .fold(quiet(), |script, option| script.act(ack(S0).only([option])));
        sent.never(gone(S0).within_ms(50)).unharmed(S0).reachable(1)
    },
};

/// Options of 40 octets with the least and the greatest identifier, and one in between.
fn extremes(plan: &Plan) -> Vec<Opt> {
    let known = plan.dialect.max_subflows_exid();
    let exids = [0x0000, 0xffff, nobodys(plan, 0x27)].into_iter().filter(|&exid| exid != known);
    let whole = |flags: u8, exid: u16| {
        let [high, low] = exid.to_be_bytes();
        let mut option = vec![KIND, 40, 0xf0 | flags, high, low];
        option.resize(40, 0xa5);
        Opt::Raw(option)
    };
    exids.flat_map(|exid| [whole(S, exid), whole(0, exid), whole(U, exid)]).collect()
}
