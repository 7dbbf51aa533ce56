//! Options that arrive more than once, or behind what came later (RFC 8684 §1.1, §3.1, §6).

use super::{case, on_third};
use crate::case::Case;
use crate::cases::setup::{confirmed, connection};
use crate::plan::Role;
use crate::script::{
    App, Handshake, HandshakeSegment, Opt, S0, Script, Seq, Sf, ack, data, delivered, dss,
    established, open, sf, stream,
};

pub(super) static FIRST_MAPPING: Case = case(
    "rfc8684/3.1/first-mapping-repeated",
    &["8684-3.1-s03"],
    Role::LISTENER,
    [
        "First data that is mapped by an MP_CAPABLE in each of two segments, and by a DSS once \
         more, arrives once.",
        "It isn't acknowledged, or arrives otherwise than it was sent, or the subflow is reset.",
    ],
    |_| {
        let part = || data(S0, 4).only([Opt::Timestamps, Opt::FirstData(8)]);
        Script::new()
            .act(open())
            .given(established(S0))
            .act(part())
            .act(part())
            .expect(delivered(S0))
            .expect(stream(0, 8))
            .act(data(S0, 8).seq(Seq::Offset(-8)))
            .act(data(S0, 2))
            .expect(delivered(S0))
            .expect(stream(0, 2))
            .unharmed(S0)
    },
);

pub(super) static HANDSHAKE: Case = case(
    "rfc8684/3.1/capable-twice",
    &["9293-3.1-17"],
    Role::BOTH,
    [
        "An MP_CAPABLE that a segment of a handshake has twice says what it says once.",
        "There is no connection of MPTCP, or it can't carry data.",
    ],
    |_| {
        // A second one leaves no room for much else.
        let twice = HandshakeSegment {
            only: Some(vec![Opt::Mss(536), Opt::Own, Opt::Own]),
            ..HandshakeSegment::default()
        };
        let third = HandshakeSegment {
            only: Some(vec![Opt::Own, Opt::Own]),
            ..HandshakeSegment::default()
        };
        let handshake = Handshake { syn: twice.clone(), syn_ack: twice, third };
        Script::new()
            .act(open().without_timestamps().handshake(handshake))
            .expect(established(S0))
            .and(super::carries(S0, 4))
    },
);

pub(super) static COPIES: Case = case(
    "rfc8684/3.1/duplicate-handshake",
    &["8684-3.1-s03"],
    Role::BOTH,
    [
        "A connection of which each segment of the handshake comes twice is one connection.",
        "There is no connection of MPTCP, or it can't carry data.",
    ],
    |_| {
        let twice = |options: Vec<Opt>| HandshakeSegment {
            copies: vec![options],
            ..HandshakeSegment::default()
        };
        let syn = twice(vec![Opt::Mss(536), Opt::SackPermitted, Opt::Own]);
        let third = twice(vec![Opt::Own]);
        let handshake = Handshake { syn: syn.clone(), syn_ack: syn, third };
        let copied = sf(1, 0);
        Script::new()
            .act(open().without_timestamps())
            .given(established(S0))
            .act(open().conn(1).without_timestamps().handshake(handshake))
            .expect(established(copied))
            .and(super::carries(copied, 4))
            .and(super::carries(copied, 4))
            .unharmed(S0)
    },
);

pub(super) static HALVES: Case = case(
    "rfc8684/6/copy-on-halves",
    &["8684-6-s04"],
    Role::BOTH,
    [
        "A mapping that was copied onto every part of a divided segment maps it once.",
        "The data doesn't arrive, or otherwise than it was sent, or the subflow is reset.",
    ],
    |_| {
        let part = |nth: u8| {
            let behind = i32::from(nth) * 2;
            data(S0, 2).shaped(dss().length(6).dsn_plus(-i64::from(behind)).ssn_plus(-behind))
        };
        connection(App::Echo)
            .and(confirmed(S0))
            .given(stream(0, 1))
            .act(part(0))
            .act(part(1))
            .act(part(2))
            .expect(delivered(S0))
            .expect(stream(0, 6))
            .unharmed(S0)
    },
);

/// Data that later data overtakes, and that comes twice, arrives once.
pub(super) fn disordered(on: Sf) -> Script {
    let later = || data(on, 4).seq(Seq::Offset(4));
    Script::new()
        .act(later())
        .act(later())
        .act(data(on, 4))
        .act(data(on, 4))
        .expect(delivered(on))
        .expect(stream(on.conn, 8))
        .act(data(on, 8).seq(Seq::Offset(-8)))
        .act(data(on, 2))
        .expect(delivered(on))
        .expect(stream(on.conn, 2))
}

pub(super) static LATER_DATA: Case = case(
    "rfc8684/6/reorder-later-data",
    &["8684-6-s04"],
    Role::BOTH,
    [
        "Later data that comes twice, and behind what was sent after it, arrives once.",
        "The data isn't acknowledged at the data level, doesn't come back as it was sent, or the \
         subflow is reset.",
    ],
    |_| {
        connection(App::Echo)
            .and(confirmed(S0))
            .given(stream(0, 1))
            .and(disordered(S0))
            .unharmed(S0)
    },
);

pub(super) static THIRD_BEHIND_DATA: Case = case(
    "rfc8684/3.7/reorder-third-ack",
    &["8684-3.1-s03"],
    Role::LISTENER,
    [
        "First data whose MP_CAPABLE overtakes that of the third ACK opens the connection, and the \
         late third ACK changes nothing.",
        "The data isn't acknowledged at the data level, or doesn't come back.",
    ],
    |_| {
        let third = HandshakeSegment { lost: true, ..HandshakeSegment::default() };
        Script::new()
            .act(open().handshake(on_third(third)))
            .act(data(S0, 4))
            .expect(delivered(S0))
            .expect(stream(0, 4))
            .act(ack(S0).only([Opt::Timestamps, Opt::Keys]))
            .act(data(S0, 4))
            .expect(delivered(S0))
            .expect(stream(0, 4))
            .unharmed(sf(0, 0))
    },
);

pub(super) static FIRST_BEHIND_LATER: Case = case(
    "rfc8684/3.7/reorder-first-data",
    &["8684-3.1-s03"],
    Role::LISTENER,
    [
        "Data with a DSS that overtakes first data with an MP_CAPABLE waits for it.",
        "The data isn't acknowledged at the data level, or doesn't come back as it was sent.",
    ],
    |_| {
        Script::new()
            .act(open())
            .given(established(S0))
            .act(data(S0, 4).seq(Seq::Offset(4)))
            .act(data(S0, 4))
            .act(data(S0, 4))
            .expect(delivered(S0))
            .expect(stream(0, 8))
            .unharmed(S0)
    },
);
