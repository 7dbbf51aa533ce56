//! What r and B do not say.

use mpdissect::wire::mptcp::Navigation;

use super::situations::{CLIENT, KNOWS, both, cancel, switch, told, two};
use super::switching::still_on_first;
use crate::case::{Axes, Case};
use crate::script::{S0, S1, delivered, leaves};

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "nav/4.1/reserved-bit-is-ignored",
        requirements: &["nav-4.1-06"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch with r=1 moves the traffic like any.",
        fails_when: "It ignores requests whose reserved bit is set.",
        script: |plan| {
            let odd = Navigation { reserved: true, ..switch(1) };
            both(plan).act(told(S0, odd)).expect(leaves(S0, &[S1], 4000))
        },
    },
    &Case {
        id: "nav/4.1/b-changes-no-priority",
        requirements: &["nav-4.1-20"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "B=1 on a regular subflow, in a request that moves nothing, leaves it regular.",
        fails_when: "It takes B for a change of priority, as in MP_PRIO.",
        script: |plan| {
            let odd = |asked| Navigation { backup: true, ..asked };
            two(plan)
                .act(told(S0, odd(switch(0))))
                .act(told(S0, odd(cancel(0))))
                .given(delivered(S0))
                .and(still_on_first(1500))
        },
    },
    &Case {
        id: "nav/4.1/b-says-nothing-of-the-target",
        requirements: &["nav-4.1-21"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch with B=1 moves the traffic to a regular subflow like any.",
        fails_when: "It looks for a backup subflow, or ignores the request, because of B.",
        script: |plan| {
            let odd = Navigation { backup: true, ..switch(1) };
            both(plan).act(told(S0, odd)).expect(leaves(S0, &[S1], 4000))
        },
    },
];
