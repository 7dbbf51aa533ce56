//! Joins of which segments come more than once, or are overtaken by data (RFC 8684 §3.2, §6). Before
//! each of them stands one as it should be.

use mpdissect::wire::mptcp::{MpJoin, MptcpOption};
use mpdissect::wire::tcp::Flags;

use super::repeated::disordered;
use super::{carries, case};
use crate::case::Case;
use crate::cases::setup::{announcement, confirmed, connection, joined};
use crate::plan::{Plan, Role};
use crate::script::{
    Act, App, Handshake, HandshakeSegment, Judgement, Opt, OptPattern, Pattern, S0, S1, S2, Script,
    Seq, Setting, What, ack, acknowledged, data, delivered, established, join, open, seen, stream,
    that,
};
use crate::tester::Tester;

/// A connection with a second subflow.
fn begun(plan: &Plan, app: App) -> Script {
    connection(app).and(joined(plan, S1)).given(delivered(S0))
}

/// The SYN or SYN/ACK of a join, and the same once more: a copy has to name all of the options that
/// the segment has by itself.
fn twice() -> HandshakeSegment {
    let copy = vec![Opt::Mss(open().mss), Opt::SackPermitted, Opt::Timestamps, Opt::Own];
    HandshakeSegment { copies: vec![copy], ..HandshakeSegment::default() }
}

/// One more join of the target is answered like this.
fn answered(handshake: Handshake) -> Script {
    Script::new()
        .act(Setting::JoinHandshake(Box::new(handshake)))
        .act(announcement(0, 2, 2))
        .given(seen(Pattern::default().on(S2).set(Flags::SYN)))
}

/// The third subflow comes about, and it and the connection carry data.
fn joins() -> Script {
    Script::new().expect(established(S2)).unharmed(S2).and(carries(S0, 4))
}

pub(super) static SYN_TWICE: Case = case(
    "rfc8684/3.2/duplicate-join-syn",
    &["8684-3.2-s01"],
    Role::LISTENER,
    [
        "A join whose SYN comes twice is one join: the third ACK proves what the first SYN/ACK asked \
         for.",
        "The join is reset, or the subflow carries no data.",
    ],
    |plan| {
        let handshake = Handshake { syn: twice(), ..Handshake::default() };
        begun(plan, App::Echo).act(join(S2).handshake(handshake)).and(joins())
    },
);

pub(super) static SYN_ACK_TWICE: Case = case(
    "rfc8684/3.2/duplicate-join-syn-ack",
    &["8684-3.2-05"],
    Role::INITIATOR,
    [
        "A SYN/ACK that answers a join twice, as if the third ACK was lost, completes it once.",
        "The join comes to nothing, or the subflow carries no data.",
    ],
    |plan| {
        let handshake = Handshake { syn_ack: twice(), ..Handshake::default() };
        begun(plan, App::Echo).and(answered(handshake)).and(joins())
    },
);

pub(super) static THIRD_ACK_TWICE: Case = case(
    "rfc8684/3.2/duplicate-join-third-ack",
    &["8684-3.2-04"],
    Role::LISTENER,
    [
        "A third ACK that comes twice, and once more behind data, is acknowledged and changes \
         nothing.",
        "The subflow is reset, or a late copy isn't acknowledged.",
    ],
    |plan| {
        let copies = vec![vec![Opt::Timestamps, Opt::Own]];
        let third = HandshakeSegment { copies, ..HandshakeSegment::default() };
        let handshake = Handshake { third, ..Handshake::default() };
        let acknowledged = Pattern::default().on(S2).set(Flags::ACK).clear(Flags::RST);
        // Behind the first copies come an octet that shows that no harm was done, and these.
        let more = 4;
        let of_the_third_ack = Seq::Offset(-(1 + i32::from(more)));
        begun(plan, App::Echo)
            .act(join(S2).handshake(handshake))
            .and(joins())
            .act(data(S2, more))
            .expect(delivered(S2))
            .expect(stream(0, more.into()))
            .act(ack(S2).only([Opt::Timestamps, Opt::Own]).seq(of_the_third_ack))
            .expect(seen(acknowledged))
            .unharmed(S2)
    },
);

pub(super) static OPTION_TWICE: Case = case(
    "rfc8684/3.2/join-twice",
    &["9293-3.1-17"],
    Role::BOTH,
    [
        "An MP_JOIN that a SYN or SYN/ACK has twice says what it says once.",
        "There is no further subflow, or it can't carry data.",
    ],
    |plan| {
        // Two of them leave no room for much else.
        let twice = HandshakeSegment {
            only: Some(vec![Opt::Mss(open().mss), Opt::Own, Opt::Own]),
            ..HandshakeSegment::default()
        };
        let handshake = Handshake { syn: twice.clone(), syn_ack: twice, ..Handshake::default() };
        let begun = Script::new()
            .act(open().without_timestamps())
            .given(established(S0))
            .and(joined(plan, S1))
            .given(delivered(S0));
        let tried = match plan.role {
            Role::Listener => begun.act(join(S2).handshake(handshake)),
            Role::Initiator => begun.and(answered(handshake)),
        };
        tried.and(joins())
    },
);

/// A subflow has come about, or came to nothing by a RST.
fn settled(tester: &Tester, mark: u64) -> Judgement {
    let reset = Pattern::default().on(S2).set(Flags::RST);
    match tester.judge(&What::Segments { pattern: reset, least: 1 }, mark) {
        Judgement::NotYet => tester.judge(&What::Established(S2), mark),
        reset => reset,
    }
}

pub(super) static DATA_BEFORE_THIRD_ACK: Case = case(
    "rfc8684/3.2/reorder-join-third-ack",
    &["8684-3.2-12"],
    Role::LISTENER,
    [
        "Data that overtakes the third ACK of a join isn't taken before the proof, and the \
         connection goes on.",
        "The data is acknowledged at the data level before the third ACK came, or never.",
    ],
    |_| {
        // What `confirmed` writes: so much of the stream is acknowledged before the join.
        let before = 1;
        let more = 4;
        connection(App::Sink)
            .and(confirmed(S0))
            .act(join(S1))
            .given(established(S1))
            .act(join(S2).withheld())
            .given(seen(Pattern::default().on(S2).set(Flags::SYN | Flags::ACK)))
            // No part of the stream yet, or it would come on the first subflow after a reset.
            .act(data(S2, 4).place(0))
            // Longer than a delayed acknowledgment takes.
            .never(acknowledged(0, before + 1).within_ms(250))
            .act(Act::Finish(S2))
            // RFC 8684 §3.2 wants a reset where no proof comes; a host may as well wait for it.
            .expect(that("0.2 is accepted or reset", settled).from_start())
            .act(Act::Write { on: S0, octets: more })
            .expect(acknowledged(0, before + u64::from(more)))
            .unharmed(S0)
    },
);

/// A third ACK that joins.
const PROOF: OptPattern = OptPattern::Where {
    name: "MP_JOIN on a third ACK",
    check: |option| matches!(option, MptcpOption::MpJoin(MpJoin::Ack(_))),
};

pub(super) static DATA_BEFORE_CONFIRMATION: Case = case(
    "rfc8684/3.2/reorder-join-confirmation",
    &["8684-3.2-s02"],
    Role::INITIATOR,
    [
        "Data that overtakes the ACK of a join's third ACK confirms the join as well as that.",
        "The data isn't acknowledged, or the subflow is reset.",
    ],
    |plan| {
        begun(plan, App::Sink)
            .act(announcement(0, 2, 2))
            .act(Setting::Acks { on: S2, acks: false })
            .given(seen(Pattern::from(PROOF).on(S2)))
            .act(data(S2, 4))
            .expect(delivered(S2))
            .act(Setting::Acks { on: S2, acks: true })
            .unharmed(S2)
            .unharmed(S0)
    },
);

pub(super) static DATA: Case = case(
    "rfc8684/3.2/reorder-join-data",
    &["8684-6-s04"],
    Role::BOTH,
    [
        "Data of a join that later data overtakes, and that comes twice, arrives once.",
        "The data isn't acknowledged at the data level, doesn't come back as it was sent, or the \
         subflow is reset.",
    ],
    |plan| begun(plan, App::Echo).and(carries(S1, 4)).and(disordered(S1)).unharmed(S1).unharmed(S0),
);
