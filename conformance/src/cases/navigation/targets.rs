//! Interfaces at which no subflow ends: never announced, not joined yet, withdrawn, or lost.

use std::time::Duration;

use super::super::setup::{announcement, connection};
use super::situations::{
    CLIENT, JOIN, KNOWS, brings, cancel, diverted, switch, told, two, withdrawal,
};
use super::switching::still_on_first;
use crate::case::{Axes, Case};
use crate::script::{
    Act, Answer, App, S0, S1, S2, Script, Setting, Sf, ack, carried, delivered, established, seen,
    stream,
};
use mpdissect::wire::tcp::Flags;

/// The tester resets a subflow.
fn broken(on: Sf) -> Script {
    Script::new().act(ack(on).flags(Flags::RST | Flags::ACK))
}

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "nav/4.1/unknown-id-is-ignored",
        requirements: &["nav-4.1-25"],
        roles: CLIENT,
        needs: &[],
        axes: Axes::Plain,
        summary: "A switch to an interface that was never announced changes nothing.",
        fails_when: "The traffic stalls or moves, or the subflow is reset.",
        script: |plan| {
            two(plan).act(told(S0, switch(200))).expect(delivered(S0)).and(still_on_first(1500))
        },
    },
    &Case {
        id: "nav/4.1/withdrawn-id-is-ignored",
        requirements: &["nav-4.1-28"],
        roles: CLIENT,
        needs: &[],
        axes: Axes::Plain,
        summary: "A switch to an interface that was withdrawn changes nothing.",
        fails_when: "The traffic stalls, or the subflow is reset.",
        script: |plan| {
            two(plan)
                .act(brings(S0, withdrawal(1)))
                .given(delivered(S0))
                .given(carried(&[S0], 2000))
                .act(told(S0, switch(1)))
                .expect(delivered(S0))
                .and(still_on_first(1500))
        },
    },
    &Case {
        id: "nav/2/announced-but-not-joined",
        requirements: &["nav-2-13"],
        roles: CLIENT,
        needs: &[],
        axes: Axes::Plain,
        summary: "A switch to an interface whose join isn't finished yet does no harm.",
        fails_when: "The traffic stalls, or the subflow is reset.",
        script: |_| {
            connection(App::Source)
                .act(Setting::Joins(Answer::Silence))
                .given(carried(&[S0], 1000))
                .act(announcement(0, 1, 1))
                .given(seen(JOIN))
                .act(told(S0, switch(1)))
                .expect(delivered(S0))
                .and(still_on_first(1500))
        },
    },
    &Case {
        id: "nav/2/lost-target-frees-the-traffic",
        requirements: &["nav-2-15"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "When the subflow with the diverted traffic is reset, the traffic goes on over \
                  the one that is left.",
        fails_when: "The traffic waits for a subflow that has ended.",
        script: |plan| diverted(plan).and(broken(S1)).expect(carried(&[S0], 2000)),
    },
    &Case {
        id: "nav/2/nothing-is-lost-with-the-target",
        requirements: &["nav-2-16"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "What wasn't acknowledged when the subflow with the diverted traffic was reset \
                  is sent again on the one that is left.",
        fails_when: "Data that was in flight on a subflow that ends is lost.",
        script: |plan| {
            diverted(plan)
                .act(Setting::Path { on: S1, up: false })
                .act(Act::Wait(Duration::from_millis(30)))
                .act(Setting::Path { on: S1, up: true })
                .and(broken(S1))
                .expect(stream(0, 8000).within_ms(10_000))
        },
    },
    &Case {
        id: "nav/2/rejoin-inherits-nothing",
        requirements: &["nav-2-17"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A new subflow to the interface of a diversion that has ended doesn't take the \
                  traffic over.",
        fails_when: "The traffic is led away again as soon as the interface is back.",
        script: |plan| {
            diverted(plan)
                .and(broken(S1))
                .given(carried(&[S0], 1000))
                .act(announcement(0, 1, 1))
                .given(established(S2))
                .given(carried(&[S2], 500))
                .and(still_on_first(1500))
        },
    },
    &Case {
        id: "nav/2/cancel-for-a-lost-target",
        requirements: &["nav-2-17"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A cancel for an interface whose subflow has been lost does no harm.",
        fails_when: "It resets the connection over a cancel that comes too late.",
        script: |plan| {
            diverted(plan)
                .and(broken(S1))
                .given(carried(&[S0], 1000))
                .act(told(S0, cancel(1)))
                .expect(delivered(S0))
                .and(still_on_first(1500))
        },
    },
];
