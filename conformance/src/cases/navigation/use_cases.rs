//! What the draft is for (§3), end to end, with every octet of the stream checked.

use super::super::setup::{announcement, confirmed};
use super::situations::{CLIENT, KNOWS, OBEYS, both, cancel, diverted, four, switch, told};
use crate::case::{Axes, Case};
use crate::script::{
    Act, S0, S1, S2, S3, S4, Setting, carried, delivered, established, leaves, stays, stream,
};

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "nav/3/failing-interface",
        requirements: &["nav-2-06", "nav-4-01"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "Use case: the server leads traffic away from an interface, which then fails; \
                  the stream goes on whole.",
        fails_when: "Traffic is still on the interface when it fails, or octets are lost.",
        script: |plan| {
            both(plan)
                .act(told(S0, switch(1)))
                .expect(leaves(S0, &[S1], 4000))
                .act(Setting::Path { on: S0, up: false })
                .expect(stays(&[S1], 4000))
                .expect(stream(0, 6000))
        },
    },
    &Case {
        id: "nav/3.1/added-interface",
        requirements: &["nav-3.1-01", "nav-2-12"],
        roles: CLIENT,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "Use case: to four subflows comes a new interface of the server, announced, \
                  joined, and one subflow's traffic led there; the others stay in use.",
        fails_when: "The traffic doesn't move to the new subflow, that of other subflows moves too, or \
                     octets are lost.",
        script: |_| {
            four()
                .act(announcement(0, 2, 2))
                .given(established(S4))
                // Until the target knows that the join is finished, it may ignore the request.
                .and(confirmed(S4))
                .act(told(S3, switch(2)))
                .expect(leaves(S3, &[S0, S1, S2, S4], 4000))
                .expect(stream(0, 6000))
                .act(Act::Write { on: S0, octets: 1 })
                .expect(carried(&[S0, S1, S2, S4], 1000))
                .unharmed(S0)
                .unharmed(S1)
                .unharmed(S2)
                .unharmed(S3)
        },
    },
    &Case {
        id: "nav/3.2/better-interface-and-release",
        requirements: &["nav-2-06", "nav-2-10", "nav-4.1-08"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "Use case: traffic is moved to a better interface, released there, and returns \
                  once that takes no more; the stream stays whole.",
        fails_when: "The traffic doesn't move, isn't released, or octets are lost.",
        script: |plan| {
            diverted(plan)
                .act(Act::Write { on: S1, octets: 1 })
                .expect(stays(&[S1], 2000).cites("nav-2-06"))
                .act(told(S1, cancel(1)))
                .given(delivered(S1))
                .act(Setting::Window { on: S1, octets: 0 })
                .expect(carried(&[S0], 1000).within_ms(15_000).cites("nav-4.1-08"))
                .act(Setting::Window { on: S1, octets: 65_535 })
                .expect(stream(0, 6000).within_ms(10_000))
        },
    },
];
