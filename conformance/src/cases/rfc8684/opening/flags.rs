//! Flags A to H of MP_CAPABLE (RFC 8684 §3.1).

use mpdissect::wire::mptcp::{CapableFlags, CapableKeys, MptcpOption};
use mpdissect::wire::tcp::Flags;

use super::{agreement, carries, case, join_of, plain};
use crate::case::{Axes, Case, Need};
use crate::cases::setup::confirmed;
use crate::plan::Role;
use crate::script::{
    On, Opening, OptPattern, Order, Pattern, S0, Script, established, open, seen, sf,
};

const A: u8 = CapableFlags::CHECKSUM;
const B: u8 = CapableFlags::EXTENSIBILITY;
const C: u8 = CapableFlags::NO_MORE_SUBFLOWS;
const H: u8 = CapableFlags::HMAC;

/// An MP_CAPABLE of which something holds.
const fn capable(name: &'static str, check: fn(&MptcpOption) -> bool) -> OptPattern {
    OptPattern::Where { name, check }
}

const WITH_B: OptPattern = capable(
    "MP_CAPABLE with flag B",
    |option| matches!(option, MptcpOption::MpCapable(own) if own.flags.has(B)),
);
const WITHOUT_H: OptPattern = capable(
    "MP_CAPABLE without flag H",
    |option| matches!(option, MptcpOption::MpCapable(own) if !own.flags.has(H)),
);
const WITH_OTHERS: OptPattern = capable(
    "MP_CAPABLE with one of flags D to G",
    |option| matches!(option, MptcpOption::MpCapable(own) if own.flags.0 & 0x1e != 0),
);
const WITHOUT_ALGORITHM: OptPattern = capable(
    "MP_CAPABLE without any of flags D to H",
    |option| matches!(option, MptcpOption::MpCapable(own) if !own.flags.any_algorithm(own.version)),
);

/// An ordinary connection, and two that the tester opens with flags that the target may not
/// repeat.
fn provoked() -> Script {
    let opened = Script::new()
        .act(open())
        .act(open().conn(1).with_flags(B | H))
        .act(open().conn(2).with_flags(0x1f));
    let opened = opened.given(established(S0));
    opened.and(carries(S0, 4)).and(carries(sf(1, 0), 4)).and(carries(sf(2, 0), 4))
}

pub(super) static EXTENSIBILITY_SENT: Case = case(
    "rfc8684/3.1/flag-b-is-zero",
    &["8684-3.1-15"],
    Role::BOTH,
    [
        "No MP_CAPABLE of the target has flag B, whatever the tester's have.",
        "An MP_CAPABLE of the target has flag B.",
    ],
    |_| provoked().never(seen(WITH_B).from_start().within_ms(10)).alive(S0),
);

pub(super) static EXTENSIBILITY_RECEIVED: Case = case(
    "rfc8684/3.1/flag-b-falls-back",
    &["8684-3.1-16"],
    Role::BOTH,
    [
        "An MP_CAPABLE with flag B on the SYN or SYN/ACK is as good as none.",
        "The target takes it up, or doesn't go on as TCP.",
    ],
    |_| {
        plain(
            [B | H, A | B | H]
                .into_iter()
                .zip(0..)
                .map(|(flags, conn)| open().conn(conn).with_flags(flags)),
        )
    },
);

pub(super) static NO_MORE_SUBFLOWS: Case = Case {
    id: "rfc8684/3.1/flag-c-keeps-joins-away",
    requirements: &["8684-3.1-17"],
    roles: Role::BOTH,
    needs: &[Need::Operator],
    axes: Axes::Plain,
    summary: "A target that is told to join the tester's first address doesn't, after flag C, and \
              does without it.",
    fails_when: "It sends a join there although the tester's MP_CAPABLE had flag C.",
    script: |_| {
        let order = |conn| Order::Join { conn, from: 1, to: 0 };
        let ready = |opening: Opening| {
            let first = sf(opening.conn, 0);
            Script::new().act(opening).given(established(first)).and(confirmed(first))
        };
        ready(open().flags(C))
            .act(order(0))
            .never(seen(join_of(On::Conn(0))))
            .alive(S0)
            .and(ready(open().conn(1)))
            .act(order(1))
            .given(seen(join_of(On::Conn(1))).from_start())
            .alive(sf(1, 0))
    },
};

pub(super) static ALGORITHM_SENT: Case = case(
    "rfc8684/3.1/algorithm-is-sha256",
    &["8684-3.1-18", "8684-3.1-19", "8684-3.1-20"],
    Role::BOTH,
    [
        "Each MP_CAPABLE of the target has flag H and none of D to G, whatever the tester's have.",
        "An MP_CAPABLE of the target names no algorithm, or another one.",
    ],
    |_| {
        provoked()
            .never(seen(WITHOUT_ALGORITHM).from_start().within_ms(10).cites("8684-3.1-20"))
            .never(seen(WITHOUT_H).from_start().within_ms(10))
            .never(seen(WITH_OTHERS).from_start().within_ms(10).cites("8684-3.1-19"))
            .alive(S0)
    },
);

pub(super) static NO_ALGORITHM: Case = case(
    "rfc8684/3.1/no-algorithm-falls-back",
    &["8684-3.1-21"],
    Role::BOTH,
    [
        "An MP_CAPABLE without any of flags D to H on the SYN or SYN/ACK is as good as none.",
        "The target takes it up, or doesn't go on as TCP.",
    ],
    |_| {
        plain(
            [0x00, A].into_iter().zip(0..).map(|(flags, conn)| open().conn(conn).with_flags(flags)),
        )
    },
);

pub(super) static UNKNOWN_ALGORITHM: Case = case(
    "rfc8684/3.1/unknown-algorithms-fall-back",
    &["8684-3.1-29"],
    Role::LISTENER,
    [
        "A SYN that proposes only algorithms that nobody has defined is answered as TCP.",
        "The SYN/ACK has an MP_CAPABLE, or there is no connection.",
    ],
    |_| {
        plain(
            [0x02, 0x10, 0x1e]
                .into_iter()
                .zip(0..)
                .map(|(flags, conn)| open().conn(conn).with_flags(flags)),
        )
    },
);

pub(super) static ONE_OF_SEVERAL: Case = case(
    "rfc8684/3.1/one-algorithm-of-several",
    &["8684-3.1-s04"],
    Role::LISTENER,
    [
        "Of several algorithms the target chooses the one that is defined.",
        "The SYN/ACK has no MP_CAPABLE, or repeats other algorithms.",
    ],
    |_| {
        let proposals = [0x1f, 0x03];
        let opened = proposals.into_iter().zip(0..).fold(Script::new(), |script, (flags, conn)| {
            script.act(open().conn(conn).with_flags(flags))
        });
        let chosen = capable(
            "MP_CAPABLE with flag H and none of D to G",
            |option| matches!(option, MptcpOption::MpCapable(own) if own.flags.0 & 0x1f == H),
        );
        let agreed = [0, 1]
            .into_iter()
            .fold(opened, |script, conn| script.expect(seen(agreement(conn).with(chosen))));
        agreed.and(carries(S0, 4)).and(carries(sf(1, 0), 4))
    },
);

/// Data of the target without a checksum.
const UNCHECKED: OptPattern = OptPattern::Where {
    name: "a mapping without checksum",
    check: |option| match option {
        MptcpOption::Dss(dss) => {
            dss.mapping.is_some_and(|mapping| mapping.length > 0 && mapping.checksum.is_none())
        }
        MptcpOption::MpCapable(own) => {
            matches!(own.keys, CapableKeys::Data { checksum: None, .. })
        }
        _ => false,
    },
};

pub(super) static CHECKSUMS: Case = case(
    "rfc8684/3.1/flag-a-means-checksums",
    &["8684-3.1-26", "8684-3.1-28"],
    Role::BOTH,
    [
        "After flag A of the tester there are checksums either way, or no MPTCP.",
        "A mapping of the target has no checksum, or one of the tester's with a right one isn't \
         acknowledged.",
    ],
    |_| {
        let checked = Script::new()
            .act(open().flags(A))
            .act(open().conn(1).flags(A))
            .and(carries(S0, 8))
            .and(carries(sf(1, 0), 8));
        checked.never(seen(UNCHECKED).from_start().within_ms(10)).alive(S0)
    },
);

pub(super) static CHECKSUMS_CONFIRMED: Case = case(
    "rfc8684/3.1/flag-a-is-confirmed",
    &["8684-3.1-27"],
    Role::INITIATOR,
    [
        "Flag A of the SYN/ACK is repeated on the third ACK, and what follows has checksums.",
        "The third ACK has no flag A, or a mapping of the target has no checksum.",
    ],
    |_| {
        let confirmed = capable(
            "MP_CAPABLE with flag A",
            |option| matches!(option, MptcpOption::MpCapable(own) if own.flags.has(A)),
        );
        let third = Pattern::default().on(S0).clear(Flags::SYN).with(confirmed);
        Script::new()
            .act(open().flags(A))
            .given(established(S0))
            .expect(seen(third).from_start())
            .and(carries(S0, 8))
            .never(seen(UNCHECKED).from_start().within_ms(10))
            .alive(S0)
    },
);
