//! Lengths that can't be: what stands behind them can't be found.

use mpdissect::wire::mptcp::KIND;

use super::{UNKNOWN_KIND, echo_of_any, quiet, ready, roomy};
use crate::case::{Axes, Case};
use crate::cases::setup::own_address;
use crate::plan::Role;
use crate::script::{Handshake, HandshakeSegment, Opt, S0, Script, ack, data, sf};

/// A host that is sent each of these areas as options on an ACK and on data, on the third ACK, and
/// on SYN or SYN/ACK, on connections of their own, and has to be reachable afterwards.
fn survived(areas: &[Vec<u8>]) -> Script {
    let count = areas.len() as u8;
    let opened = (0..count).fold(Script::new(), |script, conn| script.and(ready(roomy(conn))));
    (0..)
        .zip(areas)
        .fold(opened, |script, (conn, area)| {
            let on = sf(conn, 0);
            let bad = || HandshakeSegment {
                after: vec![Opt::Raw(area.clone())],
                ..HandshakeSegment::default()
            };
            let on_third = Handshake { third: bad(), ..Handshake::default() };
            let on_syn = Handshake { syn: bad(), syn_ack: bad(), ..Handshake::default() };
            script
                .act(ack(on).with(Opt::Raw(area.clone())))
                .act(data(on, 1).before(Opt::Raw(area.clone())))
                .act(roomy(count + 2 * conn).handshake(on_third))
                .act(roomy(count + 2 * conn + 1).handshake(on_syn))
        })
        .never(echo_of_any().within_ms(50))
        .reachable(3 * count)
}

pub(super) static LENGTH_ZERO: Case = Case {
    id: "rfc9293/3.1/length-zero",
    requirements: &["9293-3.1-11"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "An option of kind 30 with length 0 is survived on any segment.",
    fails_when: "The host no longer accepts connections after an option with length 0.",
    script: |_| survived(&[vec![KIND, 0, 0x20, 0x04]]),
};

pub(super) static LENGTH_ONE: Case = Case {
    id: "rfc9293/3.1/length-one",
    requirements: &["9293-3.1-12"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Options of kind 30 and of an unknown kind with length 1 are survived on any segment.",
    fails_when: "The host no longer accepts connections after an option with length 1.",
    script: |_| survived(&[[KIND, 1].repeat(4), [UNKNOWN_KIND, 1].repeat(4)]),
};

pub(super) static PAST_THE_END: Case = Case {
    id: "rfc9293/3.1/past-the-end",
    requirements: &["9293-3.1-13"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "An option that claims more than the option area has takes no effect, and nothing \
              behind the area is read as part of it.",
    fails_when: "An ADD_ADDR whose length runs past the area is echoed, or the host is dead.",
    script: |_| {
        let lying = |id, length| Opt::Lying(Box::new(own_address(id)), length);
        let subtypes = (0x0..=0xf).fold(quiet(), |script, subtype: u8| {
            let [rest_and_one, most] = [5, 255].map(|length| {
                // Behind a DSS, whose length is two more than a multiple of four.
                let option = vec![KIND, length, subtype << 4 | 0x8, 0x5a];
                data(S0, 2).with(Opt::Nop).with(Opt::Nop).with(Opt::Raw(option))
            });
            script.act(if subtype.is_multiple_of(2) { rest_and_one } else { most })
        });
        subtypes
            .act(ack(S0).only([lying(3, 255)]))
            .act(ack(S0).only([lying(4, 40)]))
            .never(echo_of_any())
            .reachable(1)
    },
};

pub(super) static LONE_KIND: Case = Case {
    id: "rfc9293/3.1/lone-kind",
    requirements: &["9293-3.1-14"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A kind without a length at the very end of the option area is survived.",
    fails_when: "The host no longer accepts connections after such a segment.",
    script: |_| {
        quiet()
            // The DSS ends two octets behind a word boundary: the kind is the last of a word.
            .act(data(S0, 1).with(Opt::Nop).with(Opt::Raw(vec![KIND])))
            .act(data(S0, 1).with(Opt::Nop).with(Opt::Raw(vec![UNKNOWN_KIND])))
            .act(ack(S0).only([Opt::Nop, Opt::Nop, Opt::Nop, Opt::Raw(vec![KIND])]))
            .never(echo_of_any().within_ms(50))
            .reachable(1)
    },
};
