//! Which version and which length an MP_CAPABLE has (RFC 8684 §3.1).

use mpdissect::wire::mptcp::{CapableKeys, KIND, MptcpOption};
use mpdissect::wire::tcp::Flags;

use super::{MANY, case, instead, on_syn, plain, ruled_out};
use crate::case::Case;
use crate::plan::{Plan, Role};
use crate::script::{
    Judgement, Opt, OptPattern, Pattern, Script, count, established, open, sf, that,
};
use crate::tester::Tester;

pub(super) static NEWEST_FIRST: Case = case(
    "rfc8684/3.1/newest-version-first",
    &["8684-3.1-01"],
    Role::INITIATOR,
    [
        "Each connection is first offered with version 1.",
        "A SYN offers version 0 although the target speaks version 1.",
    ],
    |_| {
        let capable = OptPattern::Where {
            name: "any MP_CAPABLE",
            check: |option| matches!(option, MptcpOption::MpCapable(_)),
        };
        let offer = Pattern::default().set(Flags::SYN).with(capable);
        (0..MANY)
            .fold(Script::new(), |script, conn| script.act(open().conn(conn)))
            .given(established(sf(0, 0)))
            .given(count(MANY.into(), offer).from_start())
            .expect(that("no SYN offers version 0", offers).from_start())
            .unharmed(sf(0, 0))
    },
);

fn offers(tester: &Tester, _: u64) -> Judgement {
    let mut latest = Judgement::NotYet;
    for seen in tester.seen().iter().filter(|seen| seen.flags.contains(Flags::SYN)) {
        for option in seen.well_formed() {
            let MptcpOption::MpCapable(capable) = option else { continue };
            if capable.version == 0 {
                let seen_as = tester.show(seen.packet);
                return Judgement::Impossible { packet: seen.packet, seen: seen_as };
            }
            latest = Judgement::Yes(seen.packet);
        }
    }
    latest
}

/// What the tester offers, by connection.
const OFFERED: [u8; 4] = [0, 1, 2, 15];

pub(super) static NOT_ABOVE: Case = case(
    "rfc8684/3.1/version-not-above-offer",
    &["8684-3.1-02"],
    Role::LISTENER,
    [
        "SYNs of versions 0, 1, 2 and 15 are answered with no higher version, or as TCP.",
        "A SYN/ACK has a higher version than its SYN, or there is no connection.",
    ],
    |_| {
        let opened = (0..).zip(OFFERED).fold(Script::new(), |script, (conn, version)| {
            script.act(open().conn(conn).version(version))
        });
        let asked = opened.expect(that("each SYN is answered, with no higher version", answers));
        (0..4).fold(asked, |script, conn| script.unharmed(sf(conn, 0)))
    },
);

fn answers(tester: &Tester, _: u64) -> Judgement {
    let answers = tester.seen().iter().filter(|seen| {
        seen.flags.contains(Flags::SYN | Flags::ACK) && seen.sf.is_some_and(|sf| sf.index == 0)
    });
    let mut answered = [None; OFFERED.len()];
    for seen in answers {
        let conn = seen.sf.map_or(0, |sf| usize::from(sf.conn));
        let Some(&offered) = OFFERED.get(conn) else { continue };
        let above = |option: &MptcpOption| match option {
            MptcpOption::MpCapable(capable) => capable.version > offered,
            _ => false,
        };
        if seen.well_formed().any(above) {
            let (packet, seen) = (seen.packet, tester.show(seen.packet));
            return Judgement::Impossible { packet, seen };
        }
        answered[conn] = Some(seen.packet);
    }
    let all: Option<Vec<u64>> = answered.into_iter().collect();
    let last = all.and_then(|packets| packets.into_iter().max());
    last.map_or(Judgement::NotYet, Judgement::Yes)
}

pub(super) static LENGTHS: Case = case(
    "rfc8684/3.1/lengths-of-capable",
    &["8684-3.1-s01"],
    Role::BOTH,
    [
        "MP_CAPABLE has 4, 12 and 20 octets on SYN, SYN/ACK and third ACK; with another length it \
         isn't there.",
        "The target sends or takes up an MP_CAPABLE of a wrong length.",
    ],
    |plan| {
        let own = Script::new()
            .act(open())
            .given(established(sf(0, 0)))
            .expect(that("each MP_CAPABLE has the length of its segment", lengths).from_start())
            .unharmed(sf(0, 0));
        let openings = (1..).zip(wrong_lengths(plan)).map(|(conn, length)| {
            let mut octets = vec![KIND, length, 0x01, 0x01];
            octets.resize(length.into(), 0x5a);
            open().conn(conn).handshake(on_syn(&instead(Opt::Raw(octets))))
        });
        own.and(plain(openings)).unharmed(sf(0, 0))
    },
);

/// Lengths that belong on other segments, or on none.
fn wrong_lengths(plan: &Plan) -> [u8; 4] {
    match plan.role {
        Role::Listener => [3, 5, 12, 20],
        Role::Initiator => [3, 4, 13, 20],
    }
}

fn lengths(tester: &Tester, _: u64) -> Judgement {
    let mut latest = Judgement::NotYet;
    let own = tester.seen().iter().filter(|seen| seen.sf == Some(sf(0, 0)));
    for seen in own {
        for option in seen.well_formed() {
            let MptcpOption::MpCapable(capable) = option else { continue };
            let (syn, ack) = (seen.flags.contains(Flags::SYN), seen.flags.contains(Flags::ACK));
            let right = matches!(
                (capable.keys, syn, ack, seen.payload_len),
                (CapableKeys::None, true, false, _)
                    | (CapableKeys::Sender(_), true, true, _)
                    | (CapableKeys::Both { .. }, false, true, 0)
                    | (CapableKeys::Data { .. }, false, true, 1..)
            );
            if !right {
                return ruled_out(tester, tester.show(seen.packet));
            }
            latest = Judgement::Yes(seen.packet);
        }
    }
    latest
}
