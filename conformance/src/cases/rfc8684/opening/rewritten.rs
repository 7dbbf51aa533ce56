//! A middlebox turns over bits of an option (RFC 8684 §3.1, §3.2, §3.7): one that nobody knows any
//! more is as good as stripped, and a proof that doesn't hold any more proves nothing.

use super::stripped::{first_data, refused_answer};
use super::{MAPPING, carries, case, goes_on, instead, on_syn, on_third, plain};
use crate::case::Case;
use crate::cases::setup::{confirmed, connection};
use crate::plan::Role;
use crate::script::{
    App, Opening, Opt, S0, Script, Sf, established, join, open, refused, sf, stream,
};

/// What makes an option of MPTCP another one: of its kind, of its length, and of its subtype a bit
/// or more.
const CHANGES: [(u8, u8); 3] = [(0, 0x40), (1, 0x01), (2, 0xe0)];

/// One connection for each of these changes on the tester's SYN or SYN/ACK.
fn openings() -> impl Iterator<Item = Opening> {
    (0..).zip(CHANGES).map(|(conn, (at, xor))| {
        open().conn(conn).handshake(on_syn(&instead(Opt::Own.rewritten(at, xor))))
    })
}

pub(super) static SYN: Case = case(
    "rfc8684/3.7/rewrite-on-syn",
    &["8684-3.1-31"],
    Role::LISTENER,
    [
        "A SYN whose MP_CAPABLE became another option opens a connection of TCP.",
        "The SYN/ACK has an option of MPTCP, or there is no connection of TCP.",
    ],
    |_| plain(openings()),
);

pub(super) static SYN_ACK: Case = case(
    "rfc8684/3.7/rewrite-on-syn-ack",
    &["8684-3.1-30"],
    Role::INITIATOR,
    [
        "A SYN/ACK whose MP_CAPABLE became another option makes the connection one of TCP.",
        "The target goes on to send options of MPTCP, or doesn't go on as TCP.",
    ],
    |_| plain(openings()),
);

pub(super) static THIRD_ACK: Case = case(
    "rfc8684/3.7/rewrite-on-third-ack",
    &["8684-3.1-32"],
    Role::LISTENER,
    [
        "A third ACK whose MP_CAPABLE became another option makes the connection one of TCP.",
        "The target goes on to send options of MPTCP, or doesn't go on as TCP.",
    ],
    |_| {
        (0..).zip(CHANGES).fold(Script::new(), |script, (conn, (at, xor))| {
            let third = on_third(instead(Opt::Own.rewritten(at, xor)));
            script
                .act(open().conn(conn).handshake(third))
                .and(carries(sf(conn, 0), 4))
                .and(carries(sf(conn, 0), 4))
                .never(goes_on().within_ms(10))
                .unharmed(sf(conn, 0))
        })
    },
);

pub(super) static FIRST_DATA: Case = case(
    "rfc8684/3.7/rewrite-on-first-data",
    &["8684-3.7-s03"],
    Role::BOTH,
    [
        "First data whose mapping became another kind of option makes the connection one of TCP.",
        "The data doesn't arrive, or the target goes on to send options of MPTCP.",
    ],
    |_| first_data([Opt::Timestamps, MAPPING.rewritten(0, 0x40)]),
);

/// Joins of which one octet was changed on the way: all of them have to be reset.
fn refused_joins(joins: impl IntoIterator<Item = crate::script::Joining>) -> Script {
    let ready = connection(App::Echo).and(confirmed(S0)).given(stream(0, 1));
    let tried = joins.into_iter().fold(ready, |script, joining| {
        let on: Sf = joining.subflow;
        script.act(joining).expect(refused(on))
    });
    tried.and(carries(S0, 4))
}

pub(super) static JOIN_SYN: Case = case(
    "rfc8684/3.2/rewrite-on-join-syn",
    &["8684-3.2-07"],
    Role::LISTENER,
    [
        "A join whose token was changed is reset, and the connection goes on.",
        "The SYN isn't answered with RST, or the connection can't go on.",
    ],
    |_| {
        // The first and the last octet of the token.
        refused_joins((1..).zip([4, 7]).map(|(index, at)| {
            join(sf(0, index)).handshake(on_syn(&instead(Opt::Own.rewritten(at, 0x80))))
        }))
    },
);

pub(super) static JOIN_SYN_ACK: Case = case(
    "rfc8684/3.2/rewrite-on-join-syn-ack",
    &["8684-3.2-09"],
    Role::INITIATOR,
    [
        "A join of the target is reset when one bit of the HMAC in its SYN/ACK was changed, and the \
         connection goes on.",
        "The target doesn't reset the subflow, or the connection can't go on.",
    ],
    |_| {
        // The first and the last octet of the HMAC, each on a connection of its own: a target may
        // shun an address that refused it.
        (0..).zip([4, 11]).fold(Script::new(), |script, (conn, at)| {
            let first = sf(conn, 0);
            let changed = instead(Opt::Own.rewritten(at, 0x01));
            script
                .act(open().conn(conn))
                .given(established(first))
                .and(confirmed(first))
                .given(stream(conn, 1))
                .and(refused_answer(sf(conn, 1), changed))
                .and(carries(first, 4))
        })
    },
);

pub(super) static JOIN_THIRD_ACK: Case = case(
    "rfc8684/3.2/rewrite-on-join-third-ack",
    &["8684-3.2-11"],
    Role::LISTENER,
    [
        "A join of which one bit of the HMAC was changed is reset, and the connection goes on.",
        "The subflow isn't reset, or the connection can't go on.",
    ],
    |_| {
        // The first, a middle and the last octet of the HMAC.
        refused_joins((1..).zip([4, 13, 23]).map(|(index, at)| {
            join(sf(0, index)).handshake(on_third(instead(Opt::Own.rewritten(at, 0x01))))
        }))
    },
);
