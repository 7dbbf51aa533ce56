//! The third ACK, the first data, and what may follow them (RFC 8684 §3.1).

use mpdissect::wire::mptcp::{CapableKeys, MptcpOption, Subtype};
use mpdissect::wire::tcp::Flags;

use super::{MAPPING, case, instead, join_of, on_syn, on_third, plain, signal};
use crate::case::Case;
use crate::cases::setup::{announcement, confirmed, own_address};
use crate::plan::Role;
use crate::script::{
    Act, App, Judgement, On, Opt, OptPattern, Pattern, S0, S1, S2, Script, Setting, ack,
    add_addr_echo, data, delivered, established, join, open, seen, sf, stream, that,
};
use crate::tester::{Seen, Tester};

pub(super) static THIRD_ACK: Case = case(
    "rfc8684/3.1/third-ack-has-both-keys",
    &["8684-3.1-11"],
    Role::INITIATOR,
    [
        "A target that has nothing to say sends both keys with its third ACK, its own one first.",
        "The first segment behind the SYN has no MP_CAPABLE of 20 octets, or not these keys.",
    ],
    |_| {
        Script::new()
            .act(open())
            .expect(that("the third ACK has both keys", both_keys))
            .unharmed(S0)
    },
);

/// The segments of the first subflow behind the SYN.
fn behind_syn(tester: &Tester) -> impl Iterator<Item = &Seen> {
    let own = tester.seen().iter().filter(|seen| seen.sf == Some(S0));
    own.filter(|seen| !seen.flags.contains(Flags::SYN))
}

fn both_keys(tester: &Tester, _: u64) -> Judgement {
    let Some(third) = behind_syn(tester).next() else { return Judgement::NotYet };
    let local = tester.keys(0).map(|(local, _)| local);
    let right = third.well_formed().any(|option| match option {
        MptcpOption::MpCapable(own) => {
            matches!(own.keys, CapableKeys::Both { receiver, .. } if Some(receiver) == local)
        }
        _ => false,
    });
    verdict(tester, third, right)
}

fn verdict(tester: &Tester, seen: &Seen, right: bool) -> Judgement {
    let packet = seen.packet;
    if right {
        Judgement::Yes(packet)
    } else {
        Judgement::Impossible { packet, seen: tester.show(packet) }
    }
}

pub(super) static FIRST_DATA: Case = case(
    "rfc8684/3.1/first-data-has-both-keys",
    &["8684-3.1-s02"],
    Role::INITIATOR,
    [
        "A target that speaks first repeats both keys with its first data, and with what it sends \
         again of it, until it has heard a DSS.",
        "Its first data has no MP_CAPABLE with both keys and a length that covers it, or what \
         follows later has no DSS.",
    ],
    |_| {
        let dss = Pattern::default().on(S0).payload(true).with(OptPattern::Subtype(Subtype::Dss));
        Script::new()
            .act(open().app(App::Source))
            .act(Setting::Acks { on: S0, acks: false })
            .expect(that("the first data has both keys, twice", maps_first))
            .act(Setting::Acks { on: S0, acks: true })
            .act(Act::Write { on: S0, octets: 1 })
            .expect(delivered(S0))
            .expect(seen(dss))
            .expect(stream(0, 1000))
    },
);

fn maps_first(tester: &Tester, _: u64) -> Judgement {
    let local = tester.keys(0).map(|(local, _)| local);
    let first =
        |seen: &&Seen| seen.payload_len > 0 && tester.place_behind_syn(S0, seen.seq) == Some(1);
    let (mut times, mut latest) = (0, 0);
    for seen in behind_syn(tester).filter(first) {
        let right = seen.well_formed().any(|option| match option {
            MptcpOption::MpCapable(own) => match own.keys {
                CapableKeys::Data { receiver, length, .. } => {
                    Some(receiver) == local && u32::from(length) >= seen.payload_len
                }
                _ => false,
            },
            _ => false,
        });
        if !right {
            return verdict(tester, seen, false);
        }
        (times, latest) = (times + 1, seen.packet);
    }
    if times < 2 { Judgement::NotYet } else { Judgement::Yes(latest) }
}

pub(super) static COMPROMISED: Case = case(
    "rfc8684/3.1/compromised-handshake",
    &["8684-3.1-12"],
    Role::BOTH,
    [
        "A third ACK that returns another key than the target's, or a SYN/ACK with a version that \
         wasn't offered, ends MPTCP on the connection.",
        "The target goes on with MPTCP, or not as TCP.",
    ],
    |plan| match plan.role {
        // One bit of the returned key: octets 12 to 19.
        Role::Listener => {
            [12, 19].into_iter().zip(0..).fold(Script::new(), |script, (at, conn)| {
                let third = on_third(instead(Opt::Own.rewritten(at, 0x01)));
                let on = sf(conn, 0);
                script
                    .act(open().conn(conn).handshake(third))
                    .act(data(on, 4).only([Opt::Timestamps, MAPPING]))
                    .expect(delivered(on))
                    .expect(stream(conn, 4))
                    .never(seen(signal(conn)).from_start().within_ms(10))
                    .and(super::carries(on, 4))
            })
        }
        Role::Initiator => plain([2, 3].into_iter().zip(0..).map(|(version, conn)| {
            let other = instead(Opt::Own.rewritten(2, 0x01 ^ version));
            open().conn(conn).handshake(on_syn(&other))
        })),
    },
);

pub(super) static NO_EARLY_JOIN: Case = case(
    "rfc8684/3.1/no-join-before-dss",
    &["8684-3.1-13"],
    Role::BOTH,
    [
        "No subflow is added before a DSS has come on the first one.",
        "A join of the tester is completed, or the target joins, before the tester sent a DSS.",
    ],
    |plan| match plan.role {
        Role::Listener => Script::new()
            .act(open())
            .given(established(S0))
            .act(join(S1))
            .never(established(S1).within_ms(150))
            .and(confirmed(S0))
            .act(join(S2))
            .given(established(S2)),
        Role::Initiator => Script::new()
            .act(open())
            .act(Setting::Acks { on: S0, acks: false })
            .given(established(S0))
            .act(ack(S0).only([Opt::Timestamps, own_address(1)]))
            // Who echoes it has read it, however busy the machine is.
            .until(seen(add_addr_echo(1)).within_ms(500))
            .never(seen(join_of(On::Any)).within_ms(150))
            .act(Setting::Acks { on: S0, acks: true })
            .and(confirmed(S0))
            .act(announcement(0, 1, 1))
            .given(established(S1)),
    },
);
