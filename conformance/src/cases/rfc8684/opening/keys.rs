//! Keys (RFC 8684 §3.1).

use std::collections::BTreeSet;

use super::{came, case, ruled_out};
use crate::case::Case;
use crate::plan::Role;
use crate::script::{Judgement, Script, established, open, sf, that};
use crate::tester::Tester;

/// So many keys show a pattern if there is one: that a bit of random ones is the same in all of
/// them happens once in 30 million times.
const CROWD: u8 = 32;

pub(super) static UNIQUE: Case = case(
    "rfc8684/3.1/keys-are-unique-and-random",
    &["8684-3.1-07", "8684-3.1-06"],
    Role::BOTH,
    [
        "The keys of 32 connections at a time all differ, in no way that can be foreseen.",
        "Two connections have one key, or keys share bits or follow one another evenly.",
    ],
    |_| {
        let opened = (0..CROWD).fold(Script::new(), |script, conn| script.act(open().conn(conn)));
        (0..CROWD)
            .fold(opened, |script, conn| script.given(established(sf(conn, 0))))
            .expect(that("all keys differ", differ))
            .expect(
                that("no bit and no step between keys is always the same", vary)
                    .cites("8684-3.1-06"),
            )
            .alive(sf(0, 0))
            .alive(sf(CROWD - 1, 0))
    },
);

fn keys(tester: &Tester) -> Vec<u64> {
    (0..CROWD).filter_map(|conn| tester.keys(conn)?.1).collect()
}

fn differ(tester: &Tester, _: u64) -> Judgement {
    let keys = keys(tester);
    let unique: BTreeSet<u64> = keys.iter().copied().collect();
    if unique.len() < keys.len() {
        let count = keys.len();
        return ruled_out(
            tester,
            format!("{} different keys of {count} connections", unique.len()),
        );
    }
    came(tester)
}

fn vary(tester: &Tester, _: u64) -> Judgement {
    let keys = keys(tester);
    let always_set = keys.iter().fold(u64::MAX, |bits, key| bits & key);
    let never_set = !keys.iter().fold(0, |bits, key| bits | key);
    if always_set != 0 || never_set != 0 {
        let same = always_set | never_set;
        return ruled_out(tester, format!("bits {same:#018x} are the same in all keys"));
    }
    let steps: Vec<u64> =
        keys.iter().zip(keys.iter().skip(1)).map(|(one, next)| next.wrapping_sub(*one)).collect();
    let different: BTreeSet<u64> = steps.iter().copied().collect();
    if different.len() < steps.len() {
        return ruled_out(tester, "some keys follow one another by the same step");
    }
    came(tester)
}
