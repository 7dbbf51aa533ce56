//! Windows of the connection and of its subflows (RFC 8684 §3.3.4, §3.3.5, §3.8).

use super::{acks, shaped, with};
use crate::case::{Axes, Case};
use crate::cases::setup::{joined, prio};
use crate::plan::{Plan, Role};
use crate::script::{
    Act, App, Judgement, On, S0, S1, Script, Seq, Setting, Sf, ack, acknowledged, carried, data,
    delivered, dss, established, open, overruns, sf, spares, stream, that,
};
use crate::tester::Tester;

pub(super) static RIGHT_EDGE: Case = Case {
    id: "rfc8684/3.3.4/right-edge-stays",
    requirements: &["8684-3.3.4-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Data acknowledgment and window together never move to the left.",
    fails_when: "A later data acknowledgment and its window allow less than an earlier one.",
    script: |_| {
        // The application can't get rid of its echo, and reads no more at some time.
        with(App::Echo)
            .given(stream(0, 1).from_start())
            .act(Setting::Window { on: S0, octets: 0 })
            .act(Act::Write { on: S0, octets: 20_000 })
            .given(delivered(S0))
            .act(Setting::Window { on: S0, octets: 60_000 })
            .given(stream(0, 10_001).from_start())
            .never(
                that("the right edge of the window moves to the left", edge_moves)
                    .from_start()
                    .within_ms(50),
            )
            .unharmed(S0)
    },
};

/// Of two segments, the one that acknowledges more was sent later: its window must not end before
/// the other's. The tester has no window scale, so that windows stand as they are.
fn edge_moves(tester: &Tester, mark: u64) -> Judgement {
    let mut edges: Vec<(u64, u64)> = Vec::new();
    for seen in tester.since(mark).iter().filter(|seen| seen.sf.is_some_and(|sf| sf.conn == 0)) {
        let Some(acked) = acks(seen).and_then(|ack| tester.acknowledged(0, ack)) else { continue };
        let edge = acked + u64::from(seen.window);
        if edges.iter().any(|&(before, right)| before < acked && edge < right) {
            return Judgement::Yes(seen.packet);
        }
        match edges.iter_mut().find(|(before, _)| *before == acked) {
            Some(known) => known.1 = known.1.max(edge),
            None => edges.push((acked, edge)),
        }
    }
    Judgement::NotYet
}

pub(super) static HOLE_IN_SUBFLOW: Case = Case {
    id: "rfc8684/3.3.4/hole-in-the-subflow",
    requirements: &["8684-3.3.4-02"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "The next data, on octets of the subflow with a hole before them, isn't taken yet.",
    fails_when: "It is acknowledged at the data level before the hole is filled.",
    script: |_| {
        with(App::Sink)
            .act(data(S0, 4).seq(Seq::Offset(1000)).place(0))
            .never(acknowledged(0, 2).within_ms(250))
            .act(Act::Write { on: S0, octets: 4 })
            .expect(delivered(S0))
            .reachable(1)
    },
};

/// A source that sends on one of two subflows with small windows, because the other is a backup, so
/// that it is known where what it has to say next will come. Then one of the windows becomes large.
fn unequal(plan: &Plan, used: Sf, large: Sf) -> Script {
    let on = |index| sf(used.conn, index);
    let spare = on(1 - used.index);
    Script::new()
        .act(open().conn(used.conn).app(App::Source).window(SMALL))
        .given(established(on(0)))
        .and(joined(plan, on(1)))
        .act(ack(spare).with(prio(true)))
        .given(spares(spare, &[used], u64::from(SMALL) * 2))
        .act(Setting::Window { on: large, octets: 20_000 })
}

/// The small window, in octets.
const SMALL: u32 = 1200;

pub(super) static LARGEST_COUNTS: Case = Case {
    id: "rfc8684/3.3.5/largest-window-counts",
    requirements: &["8684-3.3.5-01", "8684-4-04"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "The largest window of the subflows is that of the connection, whichever has it.",
    fails_when: "The target stops because another subflow has a smaller window, or none.",
    script: |plan| {
        let only = |conn: u8, large: u8| {
            let (large, small) = (sf(conn, large), sf(conn, 1 - large));
            unequal(plan, large, large)
                .act(Setting::Window { on: small, octets: 0 })
                .expect(carried(&[large], u64::from(SMALL) * 4))
                .act(Setting::Window { on: small, octets: SMALL })
                .alive(sf(conn, 0))
        };
        only(0, 1).and(only(1, 0))
    },
};

pub(super) static EACH_COUNTS: Case = Case {
    id: "rfc8684/3.3.5/window-of-each-subflow",
    requirements: &["8684-3.3.5-02"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "On each subflow no more is sent than its own window allows.",
    fails_when: "A subflow gets more than its window because another one has a larger one.",
    script: |plan| {
        let acks = |on: Sf, acks: bool| Setting::Acks { on, acks };
        let one = |conn: u8, used: u8| {
            let (used, other) = (sf(conn, used), sf(conn, 1 - used));
            unequal(plan, used, other)
                .act(acks(used, false))
                .never(overruns(On::Only(used)).from_start().within_ms(300))
                .never(overruns(On::Only(other)).from_start().within_ms(50))
                .act(acks(used, true))
                .expect(stream(conn, 2000))
                .alive(sf(conn, 0))
        };
        one(0, 0).and(one(1, 1))
    },
};

pub(super) static BEYOND: Case = Case {
    id: "rfc8684/3.8/beyond-the-window",
    requirements: &["8684-3.8-s01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Data beyond the window of the connection is dropped and not acknowledged.",
    fails_when: "It is acknowledged at the data level, or the connection suffers.",
    script: |plan| {
        let far = |plus| shaped(S1, 4, dss().dsn_plus(plus)).place(0);
        with(App::Echo)
            .and(joined(plan, S1))
            .given(stream(0, 1).from_start())
            .act(far(1 << 31))
            .act(far(1 << 30))
            .never(
                that("something that wasn't sent is acknowledged", |tester, _| {
                    tester.overacked(0).map_or(Judgement::NotYet, Judgement::Yes)
                })
                .within_ms(250),
            )
            .given(delivered(S1))
            .act(Act::Write { on: S0, octets: 8 })
            .expect(stream(0, 8))
            .unharmed(S0)
    },
};
