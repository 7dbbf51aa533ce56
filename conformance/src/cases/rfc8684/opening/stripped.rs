//! A middlebox strips options from one kind of segment (RFC 8684 §3.2, §3.7, §6). Connections that
//! are opened fall back to TCP, subflows that are joined fail, what is mapped twice goes on.

use std::time::Duration;

use mpdissect::wire::mptcp::Subtype;

use super::{MAPPING, agreement, carries, case, goes_on, join_of, on_syn, on_third, plain};
use crate::case::Case;
use crate::cases::setup::{announcement, confirmed, connection};
use crate::plan::Role;
use crate::script::{
    Act, App, Handshake, HandshakeSegment, On, Opt, OptPattern, Pattern, S0, S1, Script, Setting,
    Sf, data, delivered, dss, join, open, refused, seen, stream,
};

pub(super) static SYN: Case = case(
    "rfc8684/3.7/strip-on-syn",
    &["8684-3.7-01", "8684-6-01"],
    Role::LISTENER,
    [
        "A SYN that lost its MP_CAPABLE opens a connection of TCP.",
        "There is no connection, or the target sends an option of MPTCP.",
    ],
    |_| plain([open().handshake(on_syn(&HandshakeSegment::stripped()))]),
);

pub(super) static SYN_ACK: Case = case(
    "rfc8684/3.7/strip-on-syn-ack",
    &["8684-3.7-02", "8684-6-01"],
    Role::INITIATOR,
    [
        "A SYN/ACK that lost its MP_CAPABLE makes the connection one of TCP.",
        "There is no connection, or the target goes on to send options of MPTCP.",
    ],
    |_| plain([open().handshake(on_syn(&HandshakeSegment::stripped()))]),
);

pub(super) static THIRD_ACK: Case = case(
    "rfc8684/3.7/strip-on-third-ack",
    &["8684-3.1-32"],
    Role::LISTENER,
    [
        "A third ACK that lost its MP_CAPABLE makes the connection one of TCP, although later data \
         is mapped.",
        "The target sends an option of MPTCP, or doesn't go on as TCP.",
    ],
    |_| {
        Script::new()
            .act(open().handshake(on_third(HandshakeSegment::stripped())))
            .and(carries(S0, 1))
            .act(data(S0, 4).only([Opt::Timestamps, MAPPING]))
            .expect(delivered(S0))
            .expect(stream(0, 4))
            .and(carries(S0, 4))
            .never(goes_on().within_ms(10))
            .alive(S0)
    },
);

/// First data of the tester with exactly these options, when both ends have agreed to MPTCP: it
/// has to make the connection one of TCP.
pub(super) fn first_data(options: impl IntoIterator<Item = Opt>) -> Script {
    Script::new()
        .act(open())
        .act(Setting::Plain(0))
        .act(data(S0, 4).only(options))
        .expect(delivered(S0))
        .expect(stream(0, 4))
        .and(carries(S0, 4))
        .never(goes_on().within_ms(10))
        .alive(S0)
}

pub(super) static FIRST_DATA: Case = case(
    "rfc8684/3.7/strip-on-first-data",
    &["8684-3.7-s03"],
    Role::BOTH,
    [
        "First data that lost its mapping, before any DSS came, makes the connection one of TCP.",
        "The data doesn't arrive, or the target goes on to send options of MPTCP.",
    ],
    |_| first_data([Opt::Timestamps]),
);

pub(super) static COVERED_DATA: Case = case(
    "rfc8684/6/strip-on-covered-data",
    &["8684-6-s02"],
    Role::BOTH,
    [
        "Later data that lost its mapping arrives if another mapping covers it.",
        "It doesn't arrive, or the subflow is reset.",
    ],
    |_| {
        connection(App::Echo)
            .and(confirmed(S0))
            .given(stream(0, 1))
            .act(data(S0, 2).shaped(dss().length(6)))
            .act(data(S0, 2).only([Opt::Timestamps]))
            .act(data(S0, 2).only([Opt::Timestamps]))
            .expect(delivered(S0))
            .expect(stream(0, 6))
            .unharmed(S0)
    },
);

pub(super) static SOME_ACKS: Case = case(
    "rfc8684/6/strip-on-some-acks",
    &["8684-6-s03"],
    Role::BOTH,
    [
        "Acknowledgments that lost their DSS in the middle of a connection leave it one of MPTCP.",
        "The target's data no longer flows, or has no mapping any more.",
    ],
    |_| {
        let mapped = Pattern::default().on(S0).payload(true);
        let mapped = mapped.with(OptPattern::Subtype(Subtype::Dss));
        connection(App::Source)
            .and(confirmed(S0))
            .given(stream(0, 3000))
            .act(Setting::Signals { on: S0, signals: false })
            .act(Act::Wait(Duration::from_millis(30)))
            .act(Setting::Signals { on: S0, signals: true })
            .act(Act::Wait(Duration::from_millis(30)))
            .expect(stream(0, 1000))
            .act(Act::Write { on: S0, octets: 1 })
            .expect(delivered(S0))
            .expect(seen(mapped))
    },
);

pub(super) static JOIN_SYN: Case = case(
    "rfc8684/6/strip-on-join-syn",
    &["8684-6-s01"],
    Role::LISTENER,
    [
        "A SYN that lost its MP_JOIN isn't taken for a join, and does the connection no harm.",
        "The SYN/ACK has an option of MPTCP, or the connection can't go on.",
    ],
    |_| {
        let syn = HandshakeSegment::stripped();
        connection(App::Echo)
            .and(confirmed(S0))
            .given(stream(0, 1))
            .act(join(S1).from(0).handshake(on_syn(&syn)))
            .never(seen(agreement(0).on(S1)).within_ms(60))
            .and(carries(S0, 4))
    },
);

/// A join of the target that is answered by a SYN/ACK like this: it has to be reset.
pub(super) fn refused_answer(on: Sf, syn_ack: HandshakeSegment) -> Script {
    let handshake = Handshake { syn_ack, ..Handshake::default() };
    Script::new()
        .act(Setting::JoinHandshake(Box::new(handshake)))
        .act(announcement(on.conn, on.index, on.index))
        .given(seen(join_of(On::Any)))
        .expect(refused(on))
}

pub(super) static JOIN_SYN_ACK: Case = case(
    "rfc8684/3.2/strip-on-join-syn-ack",
    &["8684-3.2-13"],
    Role::INITIATOR,
    [
        "A join of the target whose SYN/ACK lost its MP_JOIN is reset, and the connection goes on.",
        "The target doesn't reset the subflow, or the connection can't go on.",
    ],
    |_| {
        connection(App::Echo)
            .and(confirmed(S0))
            .given(stream(0, 1))
            .and(refused_answer(S1, HandshakeSegment::stripped()))
            .and(carries(S0, 4))
    },
);

pub(super) static JOIN_THIRD_ACK: Case = case(
    "rfc8684/3.2/strip-on-join-third-ack",
    &["8684-3.2-12"],
    Role::LISTENER,
    [
        "A join whose third ACK lost its MP_JOIN is reset, and the connection goes on.",
        "The subflow isn't reset, or the connection can't go on.",
    ],
    |_| {
        let third = HandshakeSegment::stripped();
        connection(App::Echo)
            .and(confirmed(S0))
            .given(stream(0, 1))
            .act(join(S1).handshake(on_third(third)))
            .expect(refused(S1))
            .and(carries(S0, 4))
    },
);
