//! Options that come on segments of their own (RFC 8684 §3, §3.4, §4): only what TCP accepts counts,
//! and nothing in them is a sign of congestion.

use std::time::Duration;

use mpdissect::wire::mptcp::{KIND, MpPrio, MptcpOption, Subtype};

use super::super::super::setup::{confirmed, connection, own_address};
use super::{ECHO, JOIN, ends, quiet, removal};
use crate::case::{Axes, Case};
use crate::plan::Role;
use crate::script::{
    Ack, Act, Answer, App, Expectation, Handshake, HandshakeSegment, Judgement, Key, Opt,
    OptPattern, S0, S1, Script, Segment, Seq, Setting, What, ack, add_addr_echo, carried,
    established, open, seen, that,
};
use crate::tester::{Seen, Tester};

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "rfc8684/3/acceptability",
        requirements: &["8684-3-03"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "MP_FASTCLOSE with the right key takes no effect in segments far outside the window, \
                  or with an acknowledgment of what was never sent.",
        fails_when: "It resets the subflow for a segment that TCP doesn't accept.",
        script: |_| {
            let fastclose = || Opt::Fastclose(Key::Targets);
            unacceptable(connection(App::Sink).and(confirmed(S0)), fastclose)
                .never(that("0.0 is ended", |tester, mark| ends(tester, mark, &[S0])))
                .unharmed(S0)
                .reachable(1)
        },
    },
    &Case {
        id: "rfc8684/3.4.1/acceptability",
        requirements: &["8684-3.4.1-01", "8684-3-03"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "ADD_ADDR takes no effect in segments that TCP doesn't accept, and the same in one that \
                  it accepts is echoed.",
        fails_when: "It echoes or joins an address from a segment that TCP doesn't accept.",
        script: |_| {
            unacceptable(connection(App::Sink).and(confirmed(S0)), || own_address(1))
                .never(seen(ECHO))
                .never(seen(JOIN).within_ms(20))
                .act(ack(S0).only([own_address(1)]))
                .given(seen(add_addr_echo(1)))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.4.2/acceptability",
        requirements: &["8684-3.4.2-08", "8684-3-03"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "REMOVE_ADDR takes no effect in segments that TCP doesn't accept.",
        fails_when: "It asks whether a path is alive, or ends a subflow, for such a segment.",
        script: |plan| {
            unacceptable(quiet(plan, 2), || removal(&[0, 1]).into())
                .never(that(
                    "0.0 or 0.1 is asked on or ended",
                    |tester, mark| match super::touched(tester, mark, S1) {
                        Judgement::NotYet => super::touched(tester, mark, S0),
                        yes => yes,
                    },
                ))
                .unharmed(S1)
                .unharmed(S0)
        },
    },
    &Case {
        id: "rfc8684/3/duplicate-acks-are-no-congestion",
        requirements: &["8684-3-01", "8684-3.4.1-17", "8684-4-02"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "With data in flight, four duplicate ACKs each with ADD_ADDR, REMOVE_ADDR, MP_PRIO and \
                  an unknown subtype make nobody send that data again.",
        fails_when: "It takes duplicate ACKs with an option of MPTCP for a sign of congestion.",
        script: |_| {
            let prio = MpPrio { reserved: 0, backup: false, address_id: None };
            let signals = [
                own_address(1),
                removal(&[200]).into(),
                MptcpOption::MpPrio(prio).into(),
                Opt::Raw(vec![KIND, 4, 0xa0, 0]),
            ];
            let flying = Script::new()
                // All data has to stay on the first subflow.
                .act(Setting::Joins(Answer::No))
                .act(open().app(App::Source).handshake(without_sack()))
                .given(established(S0))
                .and(confirmed(S0))
                .act(ack(S0).only([own_address(1)]))
                .given(seen(add_addr_echo(1)))
                .given(carried(&[S0], 1000))
                .act(Setting::Acks { on: S0, acks: false })
                .given(carried(&[S0], 1000))
                .act(Act::Wait(Duration::from_millis(30)))
                .given(established(S0));
            signals
                .into_iter()
                .flat_map(|signal| {
                    (0..4).map(move |_| ack(S0).only([Opt::Timestamps, signal.clone()]))
                })
                .fold(flying, |script, segment: Segment| script.act(segment))
                .never(that("data is sent again before its time", sent_again).within_ms(60))
                .act(Setting::Acks { on: S0, acks: true })
                .given(carried(&[S0], 500))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3/signals-in-a-row",
        requirements: &["8684-3-02", "8684-3.4.1-18", "8684-4-03"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "Five addresses, one soon after the other, aren't echoed on three duplicate ACKs in a \
                  row.",
        fails_when: "It sends three duplicate ACKs in a row for the sake of options.",
        script: |_| {
            let run = What::DuplicateAcks { with: OptPattern::Subtype(Subtype::AddAddr), least: 3 };
            (1..=5)
                .fold(connection(App::Sink), |script, id| {
                    // Of several at once a target may echo only some.
                    script
                        .act(ack(S0).only([own_address(id)]))
                        .until(seen(add_addr_echo(id)).within_ms(500))
                })
                .given(seen(ECHO).from_start())
                .never(Expectation::from(run).from_start().within_ms(300))
                .alive(S0)
        },
    },
];

/// Far outside every window, in octets.
const FAR: i32 = 1 << 30;

/// A situation, and behind it an option in segments that TCP doesn't accept.
fn unacceptable(begun: Script, option: impl Fn() -> Opt) -> Script {
    begun
        .act(ack(S0).only([option()]).seq(Seq::Offset(FAR)))
        .act(ack(S0).only([option()]).seq(Seq::Offset(-FAR)))
        .act(ack(S0).only([option()]).acking(Ack::Offset(FAR)))
}

/// A handshake in which the tester doesn't offer selective acknowledgments.
fn without_sack() -> Handshake {
    let only = Some(vec![Opt::Mss(536), Opt::Timestamps, Opt::Own]);
    let segment = HandshakeSegment { only, ..HandshakeSegment::default() };
    Handshake { syn: segment.clone(), syn_ack: segment, ..Handshake::default() }
}

/// Whether data of the first subflow came once more, sent anew, sooner than any retransmission timer
/// would have it.
fn sent_again(tester: &Tester, mark: u64) -> Judgement {
    const SOON: Duration = Duration::from_millis(140);
    let is_data = |seen: &&Seen| seen.sf == Some(S0) && seen.payload_len > 0;
    let again = tester.since(mark).iter().filter(is_data).find(|late| {
        tester.seen().iter().filter(is_data).any(|early| {
            early.packet < late.packet
                && early.seq == late.seq
                && early.timestamps != late.timestamps
                && late.time.saturating_sub(early.time) < SOON
        })
    });
    again.map_or(Judgement::NotYet, |again| Judgement::Yes(again.packet))
}
