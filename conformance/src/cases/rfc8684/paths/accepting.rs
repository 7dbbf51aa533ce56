//! Joins of the tester (RFC 8684 §3.2): tokens, proofs, and how what is wrong is refused.

use mpdissect::wire::mptcp::{KIND, MpJoin, MptcpOption, Subtype};
use mpdissect::wire::tcp::Flags;

use super::super::super::setup::{confirmed, connection};
use super::{FAILURES, answer_on, failures, join_on, reset_with};
use crate::case::{Axes, Case};
use crate::cases::setup::announcement;
use crate::plan::{Plan, Role};
use crate::script::{
    App, Door, Handshake, HandshakeSegment, Judgement, Opt, OptPattern, Pattern, Proof, S0, S1, S2,
    S3, Script, Sf, Token, What, ack, established, join, open, refused, seen, sf, that,
};
use crate::tester::Tester;

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "rfc8684/3.2/syn-ack-of-a-join",
        requirements: &["8684-3.2-03"],
        roles: Role::LISTENER,
        needs: &[],
        axes: Axes::Plain,
        summary: "Two joins with the right token are answered with MP_JOIN, the right HMAC and two \
                  different random numbers.",
        fails_when: "It answers without MP_JOIN or with another HMAC, or uses a random number twice.",
        script: |_| {
            begun()
                .act(join(S1))
                .expect(established(S1))
                .act(join(S2))
                .expect(established(S2))
                .expect(that("the random numbers differ", nonces_differ).from_start())
                .alive(S2)
        },
    },
    &Case {
        id: "rfc8684/3.2/third-ack-is-acknowledged",
        requirements: &["8684-3.2-04"],
        roles: Role::LISTENER,
        needs: &[],
        axes: Axes::Plain,
        summary: "The third ACK of a join is acknowledged, and once more when it comes once more.",
        fails_when: "It doesn't answer a third ACK with an ACK, or only the first time.",
        script: |_| {
            begun()
                .act(join(S1))
                .given(seen(answer_on(S1)))
                .expect(established(S1))
                .act(ack(S1).only([Opt::Timestamps, Opt::Own]))
                .expect(seen(Pattern::default().on(S1).set(Flags::ACK).clear(Flags::RST)))
                .alive(S1)
        },
    },
    &Case {
        id: "rfc8684/3.2/unknown-token-is-refused",
        requirements: &["8684-3.2-07", "8684-3.9.3-02"],
        roles: Role::LISTENER,
        needs: &[],
        axes: Axes::Plain,
        summary: "A join with a token that names no connection is refused with RST.",
        fails_when: "It answers such a join with silence or a SYN/ACK.",
        script: |_| {
            begun().act(join(S1).token(Token::Unknown)).expect(refused(S1)).alive(S0).reachable(1)
        },
    },
    &Case {
        id: "rfc8684/3.2/reason-of-refusal",
        requirements: &["8684-3.2-s03"],
        roles: Role::LISTENER,
        needs: &[],
        axes: Axes::Plain,
        summary: "The RST that refuses an unknown token says that something is wrong with MPTCP, or \
                  that it is prohibited.",
        fails_when: "Its RST has no MP_TCPRST, or another reason.",
        script: |_| {
            let fits = OptPattern::Where {
                name: "MP_TCPRST with reason 1 or 3",
                check: |it| matches!(it, MptcpOption::MpTcprst(it) if matches!(it.reason, 1 | 3)),
            };
            (1..=FAILURES)
                .fold(begun(), |script, index| script.act(join(sf(0, index)).token(Token::Unknown)))
                .given(refused(sf(0, FAILURES)))
                .expect(seen(reset_with(fits)))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.2/third-ack-with-wrong-hmac",
        requirements: &["8684-3.2-11", "8684-3.9.3-02"],
        roles: Role::LISTENER,
        needs: &[],
        axes: Axes::Plain,
        summary: "A third ACK whose HMAC is wrong in its first or last octet is answered with RST.",
        fails_when: "It accepts such a subflow, or says nothing.",
        script: |_| {
            begun()
                .act(join(S1).hmac(Proof::Wrong))
                .given(seen(answer_on(S1)))
                .expect(refused(S1))
                .act(join(S2).hmac(Proof::WrongEnd))
                .given(seen(answer_on(S2)))
                .expect(refused(S2))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.2/hmacs-of-a-join",
        requirements: &["8684-3.2-s01"],
        roles: Role::LISTENER,
        needs: &[],
        axes: Axes::Plain,
        summary: "The HMACs of a join are cut at the left and keyed with the sender's key first: \
                  others are refused, the right one is accepted.",
        fails_when: "It takes the rightmost 160 bits or swapped keys, or proves itself with others \
                     than the leftmost 64 bits.",
        script: |_| {
            begun()
                .act(join(S1).hmac(Proof::OtherEnd))
                .given(seen(answer_on(S1)))
                .expect(refused(S1))
                .act(join(S2).hmac(Proof::Swapped))
                .given(seen(answer_on(S2)))
                .expect(refused(S2))
                .act(join(S3))
                .given(seen(answer_on(S3)))
                .expect(established(S3))
                .alive(S3)
        },
    },
    &Case {
        id: "rfc8684/3.2/third-ack-without-join",
        requirements: &["8684-3.2-12", "8684-3.9.3-02"],
        roles: Role::LISTENER,
        needs: &[],
        axes: Axes::Plain,
        summary: "A third ACK without MP_JOIN, bare or with a DSS instead, is answered with RST.",
        fails_when: "It accepts such a subflow, or says nothing.",
        script: |_| {
            begun()
                .act(join(S1).handshake(third(HandshakeSegment::stripped())))
                .given(seen(answer_on(S1)))
                .expect(refused(S1))
                .act(join(S2).handshake(third(HandshakeSegment::instead(Opt::Dss))))
                .given(seen(answer_on(S2)))
                .expect(refused(S2))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.2/reason-of-failure",
        requirements: &["8684-3.2-10"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "The RST for a join without the right proof says that something is wrong with MPTCP.",
        fails_when: "Its RST has no MP_TCPRST with reason 1.",
        script: |plan| {
            begun()
                .and(failures(plan))
                .expect(seen(reset_with(MPTCP_ERROR)).from_start())
                .and(stripped(plan))
                .expect(seen(reset_with(MPTCP_ERROR)))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.2/token-names-the-connection",
        requirements: &["8684-3.2-15"],
        roles: Role::LISTENER,
        needs: &[],
        axes: Axes::Plain,
        summary: "Of two connections to one port a join is added to the one that its token names, and \
                  to another or a closed port it opens no session of its own.",
        fails_when: "It adds the join to the other connection, or answers a join to another port \
                     with silence or without MP_JOIN.",
        script: |_| {
            let (other, joined) = (sf(1, 0), sf(1, 1));
            begun()
                .act(open().conn(1).app(App::Sink))
                .given(established(other))
                .and(confirmed(other))
                .act(join(joined))
                .given(seen(answer_on(joined)))
                .expect(established(joined))
                .unharmed(joined)
                .act(join(S1).door(Door::Of(App::Echo)))
                .expect(that("0.1 is accepted or refused", |tester, mark| {
                    settled(tester, mark, S1)
                }))
                .act(join(S2).door(Door::Closed))
                .expect(that("0.2 is accepted or refused", |tester, mark| {
                    settled(tester, mark, S2)
                }))
                .alive(S0)
                .alive(other)
        },
    },
    &Case {
        id: "rfc8684/3.2/refused-beyond-the-bound",
        requirements: &["8684-3.2-08"],
        roles: Role::LISTENER,
        needs: &[],
        axes: Axes::Plain,
        summary: "Of 40 joins, each that isn't accepted is refused with RST.",
        fails_when: "It answers a join beyond its own bound with silence, or without MP_JOIN.",
        script: |_| {
            (1..=MANY)
                .fold(begun(), |script, index| {
                    script.act(join(sf(0, index)).from(index % ADDRESSES))
                })
                .expect(that("each join is accepted or refused", all_settled))
                .given(that("a join is refused", any_refused))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.2/malformed-join",
        requirements: &["8684-3.9.3-02"],
        roles: Role::LISTENER,
        needs: &[],
        axes: Axes::Plain,
        summary: "A SYN whose MP_JOIN has the length of a SYN/ACK's joins nothing.",
        fails_when: "It answers such a SYN with MP_JOIN or not at all.",
        script: |_| {
            let mut octets = vec![KIND, 16, 0x10, 1];
            octets.resize(16, 0x6a);
            let syn = HandshakeSegment::instead(Opt::Raw(octets));
            begun()
                .act(join(S1).handshake(Handshake { syn, ..Handshake::default() }))
                .expect(that("RST, or a SYN/ACK without MP_JOIN", joins_nothing))
                .alive(S0)
        },
    },
];

const MPTCP_ERROR: OptPattern = OptPattern::Where {
    name: "MP_TCPRST with reason 1",
    check: |option| matches!(option, MptcpOption::MpTcprst(it) if it.reason == 1),
};

/// More subflows than a host accepts by itself.
const MANY: u8 = 40;
const ADDRESSES: u8 = 6;

/// A connection that can be joined.
fn begun() -> Script {
    connection(App::Sink).and(confirmed(S0))
}

fn third(third: HandshakeSegment) -> Handshake {
    Handshake { third, ..Handshake::default() }
}

/// Joins that fail for want of an MP_JOIN, on the third ACK or the SYN/ACK.
fn stripped(plan: &Plan) -> Script {
    let joins = 1..=FAILURES;
    match plan.role {
        Role::Listener => joins
            .fold(Script::new(), |script, index| {
                let join = join(sf(0, FAILURES + index)).from(index);
                script.act(join.handshake(third(HandshakeSegment::stripped())))
            })
            .given(seen(answer_on(sf(0, 2 * FAILURES))))
            .given(refused(sf(0, 2 * FAILURES))),
        Role::Initiator => {
            let syn_ack = HandshakeSegment::stripped();
            let handshake = Box::new(Handshake { syn_ack, ..Handshake::default() });
            let set = crate::script::Setting::JoinHandshake(handshake);
            // A connection of its own: of one, a target may take only so many addresses.
            let begun = Script::new()
                .act(open().conn(1).app(App::Sink))
                .given(established(sf(1, 0)))
                .and(confirmed(sf(1, 0)))
                .act(set);
            joins.fold(begun, |script, index| {
                let on = sf(1, index);
                script
                    .act(announcement(1, index, index))
                    .given(seen(join_on(on)))
                    .given(refused(on))
            })
        }
    }
}

fn nonces_differ(tester: &Tester, mark: u64) -> Judgement {
    let nonce = |on: Sf| {
        let seen = tester.since(mark).iter().filter(move |seen| seen.sf == Some(on));
        let mut joins = seen.flat_map(|seen| seen.well_formed().map(move |it| (it, seen.packet)));
        joins.find_map(|(option, packet)| match option {
            MptcpOption::MpJoin(MpJoin::SynAck(join)) => Some((join.nonce, packet)),
            _ => None,
        })
    };
    match (nonce(S1), nonce(S2)) {
        (Some((one, _)), Some((other, packet))) if one == other => {
            Judgement::Impossible { packet, seen: format!("{one:#010x} twice") }
        }
        (Some(_), Some((_, packet))) => Judgement::Yes(packet),
        _ => Judgement::NotYet,
    }
}

/// Whether a join is refused or accepted, and nothing else.
fn settled(tester: &Tester, mark: u64, on: Sf) -> Judgement {
    let outcomes = [What::Refused(on), What::Gone(on)].map(|what| tester.judge(&what, mark));
    match outcomes.into_iter().find(|it| matches!(it, Judgement::Yes(_))) {
        Some(refused) => refused,
        None => tester.judge(&What::Established(on), mark),
    }
}

fn all_settled(tester: &Tester, mark: u64) -> Judgement {
    let judged = (1..=MANY).map(|index| settled(tester, mark, sf(0, index)));
    judged.fold(Judgement::Yes(mark), |all, one| match (all, one) {
        (Judgement::Yes(all), Judgement::Yes(one)) => Judgement::Yes(all.max(one)),
        (all @ Judgement::Impossible { .. }, _) | (_, all @ Judgement::Impossible { .. }) => all,
        _ => Judgement::NotYet,
    })
}

fn any_refused(tester: &Tester, mark: u64) -> Judgement {
    let judged = (1..=MANY).map(|index| tester.judge(&What::Refused(sf(0, index)), mark));
    judged.into_iter().find(|it| matches!(it, Judgement::Yes(_))).unwrap_or(Judgement::NotYet)
}

fn joins_nothing(tester: &Tester, mark: u64) -> Judgement {
    let answer = tester.since(mark).iter().find(|seen| seen.sf == Some(S1));
    match answer {
        None => Judgement::NotYet,
        Some(seen) if seen.has(&OptPattern::Subtype(Subtype::MpJoin)) => {
            Judgement::Impossible { packet: seen.packet, seen: seen.notation() }
        }
        Some(seen) => Judgement::Yes(seen.packet),
    }
}
