//! Joins of the target (RFC 8684 §3.2, §3.9.1): what they look like, and what it does when they are
//! answered wrongly.

use mpdissect::wire::mptcp::{CapableFlags, CapableKeys, MpCapable, MpJoin, MpPrio, MptcpOption};

use super::super::super::setup::{announcement, confirmed, connection};
use super::{PROOF, answered_with, join_on};
use crate::case::{Axes, Case};
use crate::plan::Role;
use crate::script::{
    App, Handshake, HandshakeSegment, Judgement, Opt, OptPattern, Pattern, S0, S1, S2, Script,
    Setting, ack, carried, count, established, join, refused, seen, that,
};
use crate::tester::Tester;

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "rfc8684/3.2/third-ack-is-repeated",
        requirements: &["8684-3.2-05"],
        roles: Role::INITIATOR,
        needs: &[],
        axes: Axes::Plain,
        summary: "A third ACK that nobody acknowledges is sent again.",
        fails_when: "It sends the ACK with MP_JOIN only once.",
        script: |_| {
            unconfirmed(App::Sink)
                .expect(count(2, Pattern::from(PROOF).on(S1)))
                .and(confirmation())
                .alive(S1)
        },
    },
    &Case {
        id: "rfc8684/3.2/no-data-before-confirmation",
        requirements: &["8684-3.2-s02"],
        roles: Role::INITIATOR,
        needs: &[],
        axes: Axes::Plain,
        summary: "A join carries no data before its third ACK is acknowledged.",
        fails_when: "It sends data on the new subflow before that.",
        script: |_| {
            unconfirmed(App::Source)
                .given(seen(Pattern::from(PROOF).on(S1)))
                .never(seen(Pattern::default().on(S1).payload(true)).within_ms(300))
                .and(confirmation())
                .given(carried(&[S1], 500))
                .alive(S1)
        },
    },
    &Case {
        id: "rfc8684/3.2/reserved-bits-are-zero",
        requirements: &["8684-3.2-02", "8684-3.2-06"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "The reserved bits of the target's MP_JOIN are zero, whatever those of the tester's \
                  are.",
        fails_when: "It sets a reserved bit of MP_JOIN.",
        script: |plan| {
            let altered = || HandshakeSegment::instead(Opt::Own.rewritten(2, 0x0e));
            let set =
                OptPattern::Where { name: "MP_JOIN with a reserved bit", check: has_reserved };
            let begun = connection(App::Sink);
            match plan.role {
                Role::Listener => {
                    let handshake = Handshake { syn: altered(), ..Handshake::default() };
                    begun.and(confirmed(S0)).act(join(S1).handshake(handshake))
                }
                Role::Initiator => {
                    begun.act(answered_with(Opt::Own.rewritten(2, 0x0e))).act(announcement(0, 1, 1))
                }
            }
            .given(established(S1))
            .never(seen(set).within_ms(50).from_start())
            .alive(S1)
        },
    },
    &Case {
        id: "rfc8684/3.2/syn-ack-with-wrong-hmac",
        requirements: &["8684-3.2-09", "8684-3.9.3-02"],
        roles: Role::INITIATOR,
        needs: &[],
        axes: Axes::Plain,
        summary: "A SYN/ACK with a wrong HMAC is answered with RST.",
        fails_when: "It goes on with the join, or says nothing.",
        script: |_| {
            connection(App::Sink)
                .act(answered_with(Opt::Own.rewritten(4, 0x01)))
                .act(announcement(0, 1, 1))
                .given(seen(join_on(S1)))
                .expect(refused(S1))
                .never(seen(Pattern::from(PROOF).on(S1)).within_ms(50))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.2/syn-ack-without-join",
        requirements: &["8684-3.2-13", "8684-3.9.3-02"],
        roles: Role::INITIATOR,
        needs: &[],
        axes: Axes::Plain,
        summary: "A SYN/ACK without MP_JOIN is answered with RST.",
        fails_when: "It goes on with the subflow, or says nothing.",
        script: |_| {
            let syn_ack = HandshakeSegment::stripped();
            let handshake = Box::new(Handshake { syn_ack, ..Handshake::default() });
            connection(App::Sink)
                .act(Setting::JoinHandshake(handshake))
                .act(announcement(0, 1, 1))
                .given(seen(join_on(S1)))
                .expect(refused(S1))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.2/syn-ack-of-something-else",
        requirements: &["8684-3.2-14", "8684-3.9.3-02"],
        roles: Role::INITIATOR,
        needs: &[],
        axes: Axes::Plain,
        summary: "A SYN/ACK with MP_CAPABLE or MP_PRIO in the place of MP_JOIN is answered with RST.",
        fails_when: "It goes on with the subflow, or says nothing.",
        script: |_| {
            let capable = MptcpOption::MpCapable(MpCapable {
                version: 1,
                flags: CapableFlags(CapableFlags::HMAC),
                keys: CapableKeys::Sender(0x0123_4567_89ab_cdef),
            });
            let prio = MpPrio { reserved: 0, backup: false, address_id: None };
            connection(App::Sink)
                .act(answered_with(capable.into()))
                .act(announcement(0, 1, 1))
                .given(seen(join_on(S1)))
                .expect(refused(S1))
                .act(answered_with(MptcpOption::MpPrio(prio).into()))
                .act(announcement(0, 2, 2))
                .given(seen(join_on(S2)))
                .expect(refused(S2))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.9.1/destination-port",
        requirements: &["8684-3.9.1-02", "8684-3.9.1-01", "8684-3.4.1-08"],
        roles: Role::INITIATOR,
        needs: &[],
        axes: Axes::Plain,
        summary: "An address that was announced without a port is joined at the port of the first \
                  subflow.",
        fails_when: "It joins another port.",
        script: |_| {
            connection(App::Sink)
                .act(announcement(0, 1, 1))
                .given(established(S1))
                .expect(that("0.1 goes to the port of 0.0", |tester, _| same_port(tester, false)))
                .alive(S1)
        },
    },
    &Case {
        id: "rfc8684/3.9.1/source-port",
        requirements: &["8684-3.9.1-03", "8684-3.9.1-01"],
        roles: Role::INITIATOR,
        needs: &[],
        axes: Axes::Plain,
        summary: "A join starts from the port of the first subflow.",
        fails_when: "It joins from another port, though that one is free.",
        script: |_| {
            connection(App::Sink)
                .act(announcement(0, 1, 1))
                .given(established(S1))
                .expect(that("0.1 comes from the port of 0.0", |tester, _| same_port(tester, true)))
                .alive(S1)
        },
    },
];

/// A join of the target whose third ACK isn't acknowledged.
fn unconfirmed(app: App) -> Script {
    connection(app)
        .and(confirmed(S0))
        .act(announcement(0, 1, 1))
        .act(Setting::Acks { on: S1, acks: false })
}

/// It is acknowledged at last.
fn confirmation() -> Script {
    Script::new().act(Setting::Acks { on: S1, acks: true }).act(ack(S1)).given(established(S1))
}

fn has_reserved(option: &MptcpOption) -> bool {
    match option {
        MptcpOption::MpJoin(MpJoin::Syn(join)) => join.reserved != 0,
        MptcpOption::MpJoin(MpJoin::SynAck(join)) => join.reserved != 0,
        MptcpOption::MpJoin(MpJoin::Ack(join)) => join.reserved != 0,
        _ => false,
    }
}

/// Whether the second subflow has the port of the first at the target's end, or at the tester's.
fn same_port(tester: &Tester, target: bool) -> Judgement {
    let (Some(first), Some(second)) = (tester.ends(S0), tester.ends(S1)) else {
        return Judgement::NotYet;
    };
    let port = |ends: (mpdissect::wire::tcp::Endpoint, mpdissect::wire::tcp::Endpoint)| {
        if target { ends.1.port } else { ends.0.port }
    };
    let syn = tester.seen().iter().find(|seen| seen.sf == Some(S1));
    let packet = syn.map_or(0, |syn| syn.packet);
    if port(first) == port(second) {
        Judgement::Yes(packet)
    } else {
        let seen = format!("port {} instead of {}", port(second), port(first));
        Judgement::Impossible { packet, seen }
    }
}
