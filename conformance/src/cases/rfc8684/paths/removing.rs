//! Addresses that the tester takes back (RFC 8684 §3.4.2), and the IDs by which they are known (§3.2).

use super::super::super::setup::{announced, confirmed, connection};
use super::{ends, question, quiet, removes, touched};
use crate::case::{Axes, Case, Need};
use crate::plan::Role;
use crate::script::{
    App, Judgement, S0, S1, S2, Script, Setting, Sf, ack, delivered, established, gone, join, sf,
    that,
};
use crate::tester::Tester;

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "rfc8684/3.2/ids-name-addresses",
        requirements: &["8684-3.2-01"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "Of subflows to addresses with the IDs 0, 5 and 9, removing 9 leaves the first two in \
                  use.",
        fails_when: "It asks whether a path to another ID is alive, or ends its subflow.",
        script: |plan| {
            let begun = connection(App::Sink).and(confirmed(S0));
            match plan.role {
                Role::Listener => begun
                    .act(join(S1).address_id(5))
                    .given(established(S1))
                    .act(join(S2).address_id(9)),
                Role::Initiator => begun
                    .act(ack(S0).only([announced(5, 1)]))
                    .given(established(S1))
                    .act(ack(S0).only([announced(9, 2)])),
            }
            .given(established(S2))
            .act(removes(&[9]))
            .given(delivered(S0))
            .never(that("0.0 or 0.1 is asked on or ended", |tester, mark| {
                any_touched(tester, mark, &[S0, S1])
            }))
            .unharmed(S0)
            .unharmed(S1)
        },
    },
    &Case {
        id: "rfc8684/3.4.2/unknown-and-listed-ids",
        requirements: &["8684-3.4.2-s01"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "REMOVE_ADDR for three unknown IDs changes nothing; in a list behind an unknown one, \
                  every ID counts.",
        fails_when: "It does something about a subflow for an unknown ID, or heeds only the beginning of a list.",
        script: |plan| {
            quiet(plan, 3)
                .act(removes(&[200, 201, 202]))
                .given(delivered(S0))
                .never(that("a subflow is asked on or ended", |tester, mark| {
                    any_touched(tester, mark, &[S0, S1, S2])
                }))
                .unharmed(S1)
                .unharmed(S2)
                .act(removes(&[201, 1, 2]))
                .given(that("0.1 is asked on or ended", |tester, mark| touched(tester, mark, S1)))
                .expect(that("0.2 is asked on or ended", |tester, mark| touched(tester, mark, S2)))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.4.2/asks-before-removal",
        requirements: &["8684-3.4.2-04"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "Before anything else, a removed path is asked whether it is alive.",
        fails_when: "It ends the subflow without having sent a keepalive on it, or does nothing.",
        script: |plan| {
            quiet(plan, 2)
                .act(removes(&[1]))
                .expect(that("a keepalive on 0.1", asks_first))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.4.2/living-path-is-kept",
        requirements: &["8684-3.4.2-05"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "A removed path that answers is kept.",
        fails_when: "It ends the subflow although the path is alive.",
        script: |plan| {
            quiet(plan, 2)
                .act(removes(&[1]))
                .given(delivered(S0))
                .never(that("0.1 is ended", |tester, mark| ends(tester, mark, &[S1])))
                .unharmed(S1)
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.4.2/dead-path-is-reset",
        requirements: &["8684-3.4.2-10"],
        roles: Role::BOTH,
        needs: &[Need::Time],
        axes: Axes::Plain,
        summary: "Removed paths that don't answer are ended with RST.",
        fails_when: "It leaves the subflows as they are, or ends them without RST.",
        script: |plan| {
            let silent = (1..6).map(|index| Setting::Acks { on: sf(0, index), acks: false });
            silent
                .fold(quiet(plan, 6), Script::act)
                .act(removes(&[1, 2, 3, 4, 5]))
                .given(delivered(S0))
                .expect(that("a removed subflow is reset", any_reset).within_ms(120_000))
                .alive(S0)
        },
    },
];

fn any_touched(tester: &Tester, mark: u64, among: &[Sf]) -> Judgement {
    let mut judged = among.iter().map(|&on| touched(tester, mark, on));
    judged.find(|it| matches!(it, Judgement::Yes(_))).unwrap_or(Judgement::NotYet)
}

fn asks_first(tester: &Tester, mark: u64) -> Judgement {
    match (question(tester, mark, S1), ends(tester, mark, &[S1])) {
        (Some(seen), _) => Judgement::Yes(seen.packet),
        (None, Judgement::Yes(packet)) => {
            Judgement::Impossible { packet, seen: tester.show(packet) }
        }
        (None, other) => other,
    }
}

fn any_reset(tester: &Tester, mark: u64) -> Judgement {
    let judged = (1..6).map(|index| tester.judge(&gone(sf(0, index)).what, mark));
    judged.into_iter().find(|it| matches!(it, Judgement::Yes(_))).unwrap_or(Judgement::NotYet)
}
