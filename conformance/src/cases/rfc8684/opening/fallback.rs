//! Connections that become ones of TCP, and stay that (RFC 8684 §3.1, §3.7).

use mpdissect::wire::mptcp::KIND;

use super::{DATA_ACK, carries, case, instead, join_of, on_syn, on_third, plain, signal};
use crate::case::Case;
use crate::cases::setup::own_address;
use crate::plan::{Plan, Role};
use crate::script::{
    Handshake, HandshakeSegment, On, Opt, S0, S1, Script, ack, join, open, refused, seen,
};

pub(super) static PLAIN_ANSWER: Case = case(
    "rfc8684/3.1/plain-answer-means-tcp",
    &["8684-3.1-30"],
    Role::INITIATOR,
    [
        "After a SYN/ACK without MP_CAPABLE the target speaks TCP, on one subflow.",
        "It sends an option of MPTCP or a join, or doesn't go on as TCP.",
    ],
    |_| {
        plain([open().handshake(on_syn(&HandshakeSegment::stripped()))])
            .never(seen(join_of(On::Any)).from_start().within_ms(10))
            .unharmed(S0)
    },
);

/// An option of MPTCP of a subtype that nobody has defined, and that no draft of the run uses.
fn undefined(plan: &Plan) -> Opt {
    let subtype = if plan.dialect.navigation_subtype() == 0xb { 0xc } else { 0xb };
    Opt::Raw(vec![KIND, 4, subtype << 4, 0])
}

pub(super) static UNASKED: Case = case(
    "rfc8684/3.1/nothing-unasked",
    &["8684-3.1-31"],
    Role::LISTENER,
    [
        "A SYN without MP_CAPABLE is answered without it.",
        "The SYN/ACK has an option of MPTCP, or there is no connection of TCP.",
    ],
    |plan| {
        let none = open().handshake(on_syn(&HandshakeSegment::stripped()));
        let other = open().conn(1).handshake(on_syn(&instead(undefined(plan))));
        plain([none, other])
    },
);

pub(super) static PLAIN_THIRD_ACK: Case = case(
    "rfc8684/3.1/plain-third-ack-means-tcp",
    &["8684-3.1-32"],
    Role::LISTENER,
    [
        "After a third ACK without MP_CAPABLE the connection is one of TCP, and can't be joined.",
        "The target sends an option of MPTCP, doesn't go on as TCP, or takes a join.",
    ],
    |_| {
        Script::new()
            .act(open().handshake(on_third(HandshakeSegment::stripped())))
            .and(carries(S0, 4))
            .never(seen(signal(0)).from_start().within_ms(10))
            .act(join(S1))
            .expect(refused(S1))
            .unharmed(S0)
    },
);

pub(super) static REORDERED_SYNS: Case = case(
    "rfc8684/3.1/plain-syn-behind",
    &["8684-3.1-34"],
    Role::LISTENER,
    [
        "When a SYN without MP_CAPABLE follows one with it, a third ACK without it makes the \
         connection one of TCP.",
        "The target goes on with MPTCP, or not as TCP.",
    ],
    |_| {
        let copy = vec![Opt::Mss(536), Opt::SackPermitted, Opt::Timestamps];
        let syn = HandshakeSegment { copies: vec![copy], ..HandshakeSegment::default() };
        let third = HandshakeSegment::stripped();
        Script::new()
            .act(open().handshake(Handshake { syn, third, ..Handshake::default() }))
            .and(carries(S0, 4))
            .never(seen(signal(0)).from_start().within_ms(10))
            .unharmed(S0)
    },
);

pub(super) static STAYS_TCP: Case = case(
    "rfc8684/3.7/never-again-mptcp",
    &["8684-3.7-19"],
    Role::BOTH,
    [
        "A connection that became one of TCP answers no option of MPTCP and takes no join.",
        "The target echoes an address, joins, takes a join, or sends a data acknowledgment.",
    ],
    |plan| {
        let fallen = super::stripped::first_data([Opt::Timestamps]);
        let script = fallen
            .act(ack(S0).only([Opt::Timestamps, Opt::Keys]))
            .act(ack(S0).only([Opt::Timestamps, DATA_ACK]))
            .act(ack(S0).only([own_address(1)]))
            .never(seen(signal(0)).within_ms(100))
            .never(seen(join_of(On::Any)).within_ms(10));
        let script = match plan.role {
            Role::Listener => script.act(join(S1)).expect(refused(S1)),
            Role::Initiator => script,
        };
        script.unharmed(S0)
    },
);
