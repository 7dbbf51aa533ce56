//! A cancel ends what a switch began, and moves nothing by itself.

use super::situations::{CLIENT, KNOWS, both, cancel, diverted, switch, told, two};
use super::switching::still_on_first;
use crate::case::{Axes, Case};
use crate::script::{Act, S0, S1, Script, Setting, Sf, carried, delivered, established, leaves};

/// How long a client may go on where its traffic was led to, in milliseconds, until it has to be
/// seen to choose freely.
const LONG_ENOUGH: u64 = 15_000;

/// The interface of the second subflow takes nothing more, and traffic goes on over the first one.
fn comes_back() -> Script {
    Script::new()
        .act(Setting::Window { on: S1, octets: 0 })
        .expect(carried(&[S0], 1000).within_ms(LONG_ENOUGH))
}

/// The traffic that was led away is released by a cancel on this subflow.
fn released(on: Sf) -> Script {
    Script::new().act(told(on, cancel(1))).given(delivered(on))
}

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "nav/2/cancel-moves-nothing",
        requirements: &["nav-2-10"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "Right after a cancel the subflow that the traffic was led to goes on carrying new \
                  data.",
        fails_when: "A cancel moves all traffic back at once.",
        script: |plan| {
            diverted(plan)
                .and(released(S1))
                .act(Act::Write { on: S1, octets: 1 })
                .expect(carried(&[S1], 1000))
        },
    },
    &Case {
        id: "nav/4.1/cancel-ends-the-diversion",
        requirements: &["nav-4.1-08"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "After a cancel the traffic can use the first subflow again, once the other one \
                  takes nothing more.",
        fails_when: "It keeps to the diversion although that was cancelled.",
        script: |plan| diverted(plan).and(released(S1)).and(comes_back()),
    },
    &Case {
        id: "nav/2/cancel-on-another-subflow",
        requirements: &["nav-2-09"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A cancel is honoured on another subflow than the one with the diverted traffic.",
        fails_when: "It heeds a cancel only where the diverted traffic is.",
        script: |plan| diverted(plan).and(released(S0)).and(comes_back()),
    },
    &Case {
        id: "nav/2/cancel-frees-the-scheduler",
        requirements: &["nav-2-11"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "After a cancel the traffic moves to the other subflow when its own one gets slow.",
        fails_when: "It keeps to the diversion although that was cancelled.",
        script: |plan| {
            diverted(plan)
                .and(released(S1))
                .act(Setting::Acks { on: S1, acks: false })
                .expect(carried(&[S0], 1000).within_ms(12_000))
        },
    },
    &Case {
        id: "nav/4.1/cancel-of-another-id-is-none",
        requirements: &["nav-4.1-10"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A cancel for another address ID leaves a diversion as it is.",
        fails_when: "Any cancel ends any diversion.",
        script: |plan| {
            diverted(plan)
                .act(told(S1, cancel(2)))
                .given(delivered(S1))
                .given(carried(&[S1], 25_000))
                .act(Act::Write { on: S1, octets: 1 })
                .expect(leaves(S0, &[S1], 4000))
        },
    },
    &Case {
        id: "nav/4.1/idle-cancel-is-ignored",
        requirements: &["nav-4.1-09"],
        roles: CLIENT,
        needs: &[],
        axes: Axes::Plain,
        summary: "Cancels where nothing was asked for, known ID or not, change nothing.",
        fails_when: "It resets a subflow or moves traffic because of them.",
        script: |plan| {
            let twice = |on| {
                Script::new()
                    .act(told(on, cancel(1)))
                    .act(told(on, cancel(0)))
                    .act(told(on, cancel(1)))
                    .act(told(on, cancel(0)))
            };
            two(plan)
                .and(twice(S0))
                .expect(delivered(S0))
                .act(Act::Write { on: S1, octets: 1 })
                .expect(carried(&[S0, S1], 1500))
        },
    },
    &Case {
        id: "nav/4/only-a-clear-r-diverts",
        requirements: &["nav-4-03"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "With R set nothing moves; the same option with R clear moves the traffic.",
        fails_when: "It doesn't tell a switch from a cancel by R.",
        script: |plan| {
            both(plan)
                .act(told(S0, cancel(1)))
                .given(delivered(S0))
                .and(still_on_first(1500))
                .act(told(S0, switch(1)))
                .expect(leaves(S0, &[S1], 4000))
        },
    },
    &Case {
        id: "nav/4/set-r-is-no-switch",
        requirements: &["nav-4-04"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "R=1 is read as §4.1 defines it, and not as §4 can be read.",
        fails_when: "It takes R=1 for a switch: the dialect of §4.",
        script: |plan| {
            two(plan).act(told(S0, cancel(1))).given(delivered(S0)).and(still_on_first(1500))
        },
    },
    &Case {
        id: "nav/4.1/switch-after-cancel-diverts-again",
        requirements: &["nav-4.1-32"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch that follows its own cancel is honoured again.",
        fails_when: "It takes a new request for one that it has dealt with.",
        script: |plan| {
            diverted(plan)
                .and(released(S1))
                .act(told(S0, switch(1)))
                .given(delivered(S0))
                .given(carried(&[S1], 25_000))
                .given(established(S0))
                .act(Act::Write { on: S1, octets: 1 })
                .expect(leaves(S0, &[S1], 4000))
        },
    },
];
