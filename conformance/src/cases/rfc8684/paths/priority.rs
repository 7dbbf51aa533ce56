//! Backups and MP_PRIO (RFC 8684 §3.3.8).

use std::time::Duration;

use mpdissect::wire::mptcp::KIND;

use super::super::super::setup::{announcement, confirmed, connection, joined, prio, sharing};
use super::{answered_with, reset};
use crate::case::{Axes, Case};
use crate::plan::{Plan, Role};
use crate::script::{
    Act, App, Judgement, Opt, S0, S1, Script, ack, carried, data, delivered, established, join,
    spares, that,
};
use crate::tester::Tester;

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "rfc8684/3.3.8/backup-is-spared",
        requirements: &["8684-3.3.8-01"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "A subflow that is joined as a backup carries no data while the first one works.",
        fails_when: "It sends data on the backup.",
        script: |plan| {
            let begun = connection(App::Source).and(confirmed(S0));
            let begun = match plan.role {
                Role::Listener => begun.act(join(S1).backup()),
                Role::Initiator => {
                    begun.act(answered_with(Opt::Own.rewritten(2, 0x01))).act(announcement(0, 1, 1))
                }
            };
            begun
                .given(established(S1))
                .given(carried(&[S0], 1000))
                .never(that("data on 0.1 while 0.0 works", uses_backup).within_ms(900))
                .act(reset(S0, []))
                .given(carried(&[S1], 1000))
        },
    },
    &Case {
        id: "rfc8684/3.3.8/prio-moves-traffic",
        requirements: &["8684-3.3.8-02"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "New data leaves the subflow that MP_PRIO makes a backup, first the one and then the \
                  other of two.",
        fails_when: "It goes on sending on a subflow that the tester has made a backup.",
        script: |plan| {
            sharing(plan, 2)
                .act(ack(S0).with(prio(true)))
                .expect(spares(S0, &[S1], 3000))
                .act(ack(S0).with(prio(false)))
                .act(ack(S1).with(prio(true)))
                .expect(spares(S1, &[S0], 3000))
                .alive(S1)
        },
    },
    &Case {
        id: "rfc8684/3.3.8/prio-concerns-its-subflow",
        requirements: &["8684-3.3.8-s01"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "MP_PRIO on one subflow, even with the address ID of the other as in version 0, \
                  leaves the other its traffic.",
        fails_when: "The traffic leaves a subflow that carried no MP_PRIO.",
        script: |plan| {
            let of_version_0 = Opt::Raw(vec![KIND, 4, 0x51, 0x00]);
            two(plan)
                .act(data(S1, 1).with(prio(true)))
                .given(delivered(S1))
                .act(Act::Wait(SOON))
                .expect(carried(&[S0], 2000))
                .act(data(S1, 1).before(of_version_0))
                .given(delivered(S1))
                .act(Act::Wait(SOON))
                .expect(carried(&[S0], 2000))
        },
    },
];

/// What is on the way arrives within this.
const SOON: Duration = Duration::from_millis(30);

/// A target that sends, and two subflows.
fn two(plan: &Plan) -> Script {
    connection(App::Source).and(joined(plan, S1))
}

/// Whether new data came on the second subflow although the first one was never silent before that,
/// for longer than it takes to find a subflow that doesn't work.
fn uses_backup(tester: &Tester, mark: u64) -> Judgement {
    const BEFORE: Duration = Duration::from_millis(600);
    const SILENCE: Duration = Duration::from_millis(150);
    let on_first = |from: Duration, to: Duration| {
        let data = tester.seen().iter().filter(|seen| seen.sf == Some(S0) && seen.payload_len > 0);
        data.map(|seen| seen.time).filter(move |time| (from..=to).contains(time))
    };
    let works = |to: Duration| {
        let Some(from) = to.checked_sub(BEFORE) else { return false };
        let mut last = from;
        let speaks = on_first(from, to).chain([to]).all(|time| {
            let pause = time.saturating_sub(std::mem::replace(&mut last, time));
            pause < SILENCE
        });
        speaks && on_first(Duration::ZERO, from).next().is_some()
    };
    let backup = tester.arrivals(0).iter().filter(|it| it.packet > mark && it.subflow == 1);
    let found = backup.into_iter().find(|arrival| works(arrival.time));
    found.map_or(Judgement::NotYet, |arrival| Judgement::Yes(arrival.packet))
}
