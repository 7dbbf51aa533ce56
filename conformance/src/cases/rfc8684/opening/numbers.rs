//! What follows from a key: token and initial data sequence number (RFC 8684 §3.1); and initial
//! sequence numbers of subflows, which follow from nothing (§3).

use std::collections::BTreeSet;

use mpdissect::crypto::Algorithm;
use mpdissect::wire::mptcp::{CapableKeys, MptcpOption, Seq};
use mpdissect::wire::tcp::Flags;

use super::{MANY, came, case, join_of, ruled_out};
use crate::case::Case;
use crate::cases::setup::{announcement, confirmed, joined};
use crate::plan::Role;
use crate::script::{Act, Judgement, On, Script, Token, established, join, open, seen, sf, that};
use crate::tester::Tester;

/// So many connections with these numbers, all of them established.
fn many() -> Script {
    let opened = (0..MANY).fold(Script::new(), |script, conn| script.act(open().conn(conn)));
    (0..MANY).fold(opened, |script, conn| script.given(established(sf(conn, 0))))
}

pub(super) static ISN: Case = case(
    "rfc8684/3/initial-sequence-numbers",
    &["8684-3-04"],
    Role::BOTH,
    [
        "The initial sequence numbers of ten connections and a joined subflow all differ, and \
         don't just count up.",
        "Two subflows have the same initial sequence number, or each is a little higher than the \
         one before.",
    ],
    |plan| {
        many()
            .and(joined(plan, sf(0, 1)))
            .expect(that("initial sequence numbers differ and don't count up", scattered))
            .alive(sf(0, 1))
    },
);

fn scattered(tester: &Tester, _: u64) -> Judgement {
    // In the order in which they came.
    let (mut subflows, mut values) = (BTreeSet::new(), Vec::new());
    for seen in tester.seen().iter().filter(|seen| seen.flags.contains(Flags::SYN)) {
        if seen.sf.is_some_and(|sf| subflows.insert(sf)) {
            values.push(seen.seq);
        }
    }
    let unique: BTreeSet<u32> = values.iter().copied().collect();
    if unique.len() < values.len() {
        let (some, all) = (unique.len(), values.len());
        return ruled_out(tester, format!("{some} different numbers on {all} subflows"));
    }
    // RFC 6528 §3: beside the hash there is a clock of 4 microseconds, which makes 2^26 in four
    // minutes.
    let steps = values.iter().zip(values.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a));
    if steps.into_iter().all(|step| step < 1 << 26) {
        return ruled_out(tester, "each number a little higher than the one before");
    }
    came(tester)
}

pub(super) static TOKEN: Case = case(
    "rfc8684/3.1/token-of-key",
    &["8684-3.1-22", "8684-3.1-24"],
    Role::BOTH,
    [
        "A token is the most significant 32 bits of the SHA-256 of the key in network byte order.",
        "A join with that token isn't taken, or one with another is; or the target joins with \
         another.",
    ],
    |plan| {
        let conn = MANY - 1;
        let first = sf(conn, 0);
        if plan.role == Role::Initiator {
            return many()
                .and(confirmed(first))
                .act(announcement(conn, 1, 1))
                .given(seen(join_of(On::Any)))
                .expect(established(sf(conn, 1)))
                .unharmed(sf(conn, 1));
        }
        let own = many()
            .and(confirmed(first))
            .act(join(sf(conn, 1)))
            .expect(established(sf(conn, 1)))
            .unharmed(sf(conn, 1));
        let others = [
            (2, Token::LowBits, "8684-3.1-22"),
            (3, Token::Swapped, "8684-3.1-24"),
            (4, Token::OfSwappedKey, "8684-3.1-24"),
        ];
        let others = others.into_iter().fold(own, |script, (index, token, requirement)| {
            script
                .act(join(sf(conn, index)).token(token))
                .never(established(sf(conn, index)).within_ms(60).cites(requirement))
        });
        others.alive(first)
    },
);

pub(super) static IDSN: Case = case(
    "rfc8684/3.1/initial-data-sequence-numbers",
    &["8684-3.1-23", "8684-3.1-24", "8684-3.1-25", "8684-3.1-35", "8684-3.1-s05"],
    Role::BOTH,
    [
        "Either end's data begins one behind the last 64 bits of the SHA-256 of its own key.",
        "The first octet isn't acknowledged as the second behind the tester's initial number, or \
         the target's first octet isn't the first behind its own.",
    ],
    |_| {
        let opened = many();
        let written = (0..MANY)
            .fold(opened, |script, conn| script.act(Act::Write { on: sf(conn, 0), octets: 1 }));
        written
            .expect(that("each first octet is acknowledged with the tester's IDSN + 2", acked))
            .expect(
                that("each first octet of the target has its IDSN + 1", mapped)
                    .cites("8684-3.1-35"),
            )
            .unharmed(sf(0, 0))
    },
);

/// How far a number of the data level is behind a key's initial one.
fn behind(number: Seq, key: u64) -> u64 {
    let idsn = Algorithm::Sha256.derive(key).idsn;
    match number {
        Seq::Long(number) => number.wrapping_sub(idsn),
        Seq::Short(low) => u64::from(low.wrapping_sub(idsn as u32)),
    }
}

fn acked(tester: &Tester, _: u64) -> Judgement {
    let mut done = BTreeSet::new();
    for seen in tester.seen() {
        let Some(conn) = seen.sf.map(|sf| sf.conn) else { continue };
        let Some((own, _)) = tester.keys(conn) else { continue };
        for option in seen.well_formed() {
            let MptcpOption::Dss(dss) = option else { continue };
            match dss.data_ack.map(|ack| behind(ack, own)) {
                Some(2) => {
                    done.insert(conn);
                }
                Some(1) | None => {}
                Some(_) => {
                    let (packet, seen) = (seen.packet, tester.show(seen.packet));
                    return Judgement::Impossible { packet, seen };
                }
            }
        }
    }
    if done.len() < usize::from(MANY) { Judgement::NotYet } else { came(tester) }
}

fn mapped(tester: &Tester, _: u64) -> Judgement {
    let mut done = BTreeSet::new();
    for seen in tester.seen().iter().filter(|seen| seen.payload_len > 0) {
        let Some(conn) = seen.sf.map(|sf| sf.conn) else { continue };
        let Some((_, Some(key))) = tester.keys(conn) else { continue };
        for option in seen.well_formed() {
            let first = match option {
                MptcpOption::Dss(dss) => dss.mapping.map(|mapping| behind(mapping.dsn, key)),
                MptcpOption::MpCapable(capable) => {
                    matches!(capable.keys, CapableKeys::Data { .. }).then_some(1)
                }
                _ => None,
            };
            match first {
                Some(1) => {
                    done.insert(conn);
                }
                None => {}
                Some(_) => {
                    let (packet, seen) = (seen.packet, tester.show(seen.packet));
                    return Judgement::Impossible { packet, seen };
                }
            }
        }
    }
    if done.len() < usize::from(MANY) { Judgement::NotYet } else { came(tester) }
}
