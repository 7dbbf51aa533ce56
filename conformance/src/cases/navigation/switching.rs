//! A switch moves the traffic of the subflow that carried it, and nothing else.

use std::time::Duration;

use super::situations::{
    BACKUP, CLIENT, JOIN, KNOWS, OBEYS, both, four, option, shared, switch, three, told, two,
};
use crate::case::{Axes, Case};
use crate::script::{
    Act, Order, S0, S1, S2, S3, Setting, ack, carried, delivered, established, leaves, seen,
    shares, spares, stream,
};
pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "nav/4/switch-moves-traffic",
        requirements: &["nav-4-01", "nav-2-06", "nav-4.1-07"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch moves the traffic of the subflow that carried it to the one of the \
                  address ID.",
        fails_when: "It goes on sending new data on the subflow that it was asked to leave.",
        script: |plan| both(plan).act(told(S0, switch(1))).expect(leaves(S0, &[S1], 4000)),
    },
    &Case {
        id: "nav/2/second-interface-is-found",
        requirements: &["nav-2-05"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "Of three subflows, the address ID of the second one leads all traffic there.",
        fails_when: "It takes another subflow than the one that ends at the interface named.",
        script: |plan| {
            three(plan)
                .act(told(S0, switch(1)))
                .act(told(S2, switch(1)))
                .expect(leaves(S0, &[S1], 4000))
                .expect(leaves(S2, &[S1], 4000))
        },
    },
    &Case {
        id: "nav/2/third-interface-is-found",
        requirements: &["nav-2-05"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "Of three subflows, the address ID of the third one leads all traffic there.",
        fails_when: "It takes another subflow than the one that ends at the interface named.",
        script: |plan| {
            three(plan)
                .act(told(S0, switch(2)))
                .act(told(S1, switch(2)))
                .expect(leaves(S0, &[S2], 4000))
                .expect(leaves(S1, &[S2], 4000))
        },
    },
    &Case {
        id: "nav/2/any-subflow-carries-the-request",
        requirements: &["nav-2-04"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch is honoured on a subflow that isn't the first one.",
        fails_when: "It heeds requests on the first subflow only.",
        script: |plan| three(plan).act(told(S2, switch(1))).expect(leaves(S2, &[S0, S1], 4000)),
    },
    &Case {
        id: "nav/4/other-subflows-keep-their-traffic",
        requirements: &["nav-4-02"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch leaves the traffic of subflows that didn't carry it where it is.",
        fails_when: "A switch on one subflow empties another one too.",
        script: |plan| {
            three(plan)
                .act(told(S0, switch(1)))
                .given(delivered(S0))
                .given(leaves(S0, &[S1, S2], 3000))
                .given(delivered(S0))
                .act(told(S0, switch(1)))
                .expect(carried(&[S2], 2000))
        },
    },
    &Case {
        id: "nav/2/server-keeps-its-choice",
        requirements: &["nav-2-07"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "What the server sends on the subflow that the client's traffic has left is \
                  still acknowledged.",
        fails_when: "It refuses data on the subflow that it was asked to leave.",
        script: |plan| {
            both(plan)
                .act(told(S0, switch(1)))
                .given(leaves(S0, &[S1], 3000))
                .act(Act::Write { on: S0, octets: 1000 })
                .expect(delivered(S0))
        },
    },
    &Case {
        id: "nav/4.1/id-is-of-the-server",
        requirements: &["nav-4.1-22"],
        roles: CLIENT,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "Where an own address has the same ID as one of the server, the server's is \
                  meant.",
        fails_when: "It looks the address ID up among its own addresses.",
        script: |plan| {
            both(plan)
                .act(Order::Join { conn: 0, from: 1, to: 0 })
                .given(established(S2))
                .given(shares(&[S0, S1, S2]))
                .act(told(S0, switch(1)))
                .act(told(S2, switch(1)))
                .expect(leaves(S0, &[S1], 4000))
                .expect(leaves(S2, &[S1], 4000))
        },
    },
    &Case {
        id: "nav/4.1/shared-id-takes-one-of-its-subflows",
        requirements: &["nav-4.1-23"],
        roles: CLIENT,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "Where two subflows end at the interface, the traffic moves to one of them.",
        fails_when: "It doesn't move because the interface has more than one subflow.",
        script: |_| shared().act(told(S0, switch(1))).expect(leaves(S0, &[S1, S2], 4000)),
    },
    &Case {
        id: "nav/4.1/shared-id-is-free-choice",
        requirements: &["nav-4.1-24", "nav-3.2-02"],
        roles: CLIENT,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "However traffic is spread over the subflows of the interface, both stay usable \
                  and the stream is whole.",
        fails_when: "Traffic stays away from all subflows of the interface, or stalls.",
        script: |_| {
            shared()
                .act(told(S0, switch(1)))
                .expect(leaves(S0, &[S1, S2], 4000))
                .expect(stream(0, 4000))
                .unharmed(S1)
                .unharmed(S2)
        },
    },
    &Case {
        id: "nav/3.2/existing-subflow-serves",
        requirements: &["nav-3.2-01"],
        roles: CLIENT,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "With four subflows, a switch to an interface in use moves the traffic to one \
                  that exists and opens none.",
        fails_when: "It doesn't use the subflows that exist, or joins another one.",
        script: |_| {
            four()
                .act(told(S0, switch(1)))
                .expect(leaves(S0, &[S1, S3], 4000))
                .never(seen(JOIN).within_ms(50))
                .alive(S1)
        },
    },
    &Case {
        id: "nav/3.2/subflows-of-other-interfaces-are-no-target",
        requirements: &["nav-3.2-02"],
        roles: CLIENT,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "With four subflows, the traffic of both that end elsewhere moves to those of \
                  the interface named.",
        fails_when: "Traffic moves to neither of the two subflows that end at the interface.",
        script: |_| {
            four()
                .act(told(S0, switch(1)))
                .act(told(S2, switch(1)))
                .expect(leaves(S0, &[S1, S3], 4000))
                .expect(leaves(S2, &[S1, S3], 4000))
        },
    },
    &Case {
        id: "nav/4.1/id-zero-is-the-first-address",
        requirements: &["nav-4.1-26"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "Address ID 0 leads traffic to the first subflow.",
        fails_when: "It takes address ID 0 for unknown.",
        script: |plan| both(plan).act(told(S1, switch(0))).expect(leaves(S1, &[S0], 4000)),
    },
    &Case {
        id: "nav/4.1/own-interface-changes-nothing",
        requirements: &["nav-4.1-27"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch to the interface at which its own subflow ends leaves the traffic \
                  there.",
        fails_when: "It leaves the subflow although the interface named is its own.",
        script: |plan| {
            two(plan).act(told(S0, switch(0))).given(delivered(S0)).and(still_on_first(1500))
        },
    },
    &Case {
        id: "nav/4.1/backup-target-is-honoured",
        requirements: &["nav-4.1-29"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch to the interface of a backup subflow moves the traffic there.",
        fails_when: "It prefers regular subflows to the one that it was asked to use.",
        script: |plan| {
            both(plan)
                .act(ack(S1).with(BACKUP))
                .given(spares(S1, &[S0], 2000))
                .given(delivered(S1))
                .act(told(S0, switch(1)))
                .expect(leaves(S0, &[S1], 4000))
        },
    },
    &Case {
        id: "nav/4.1/later-switch-replaces",
        requirements: &["nav-4.1-32"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A second switch, on the subflow with the diverted traffic, moves it on.",
        fails_when: "It sticks to the first of several requests.",
        script: |plan| {
            three(plan)
                .act(told(S0, switch(1)))
                .given(delivered(S0))
                .given(leaves(S0, &[S1, S2], 3000))
                .given(delivered(S0))
                .act(told(S1, switch(2)))
                .expect(leaves(S1, &[S2], 4000))
                .expect(leaves(S0, &[S2], 4000))
        },
    },
    &Case {
        id: "nav/4.1/later-switch-on-the-same-subflow-replaces",
        requirements: &["nav-4.1-32"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A second switch, on the subflow that carried the first one, decides.",
        fails_when: "It sticks to the first of several requests.",
        script: |plan| {
            three(plan)
                .act(told(S0, switch(1)))
                .act(told(S1, switch(2)))
                .given(delivered(S0))
                .act(told(S0, switch(2)))
                .expect(leaves(S0, &[S2], 4000))
                .expect(leaves(S1, &[S2], 4000))
        },
    },
    &Case {
        id: "nav/4.1/opposite-switches-do-not-stall",
        requirements: &["nav-4.1-33"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "Requests that send two subflows' traffic to each other's interface, again and \
                  again, leave it flowing.",
        fails_when: "The traffic stalls, or the connection ends.",
        script: |plan| {
            let there_and_back = || Act::Flood {
                segments: vec![ack(S0).with(option(switch(1))), ack(S1).with(option(switch(0)))],
                rounds: 5,
                over: Duration::from_millis(50),
            };
            two(plan)
                .act(there_and_back())
                .act(told(S0, switch(1)))
                .act(told(S1, switch(0)))
                .expect(stream(0, 6000))
                .unharmed(S0)
                .unharmed(S1)
        },
    },
    &Case {
        id: "nav/5/nothing-is-lost-across-a-switch",
        requirements: &["nav-5-02"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "Data that was lost on the subflow before a switch is sent again, and the \
                  stream stays whole.",
        fails_when: "It gives up what was in flight on the subflow that it leaves.",
        script: |plan| {
            two(plan)
                .act(Setting::Path { on: S0, up: false })
                .given(carried(&[S1], 2000))
                .act(Setting::Path { on: S0, up: true })
                .act(told(S0, switch(1)))
                .expect(stream(0, 20_000).within_ms(10_000))
        },
    },
    &Case {
        id: "nav/7/no-authentication-is-needed",
        requirements: &["nav-7-01"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch is honoured as it is, without an HMAC.",
        fails_when: "It ignores requests that nothing authenticates.",
        script: |plan| {
            both(plan).act(ack(S0).with(option(switch(1)))).expect(leaves(S0, &[S1], 4000))
        },
    },
];

/// The first subflow goes on carrying new data.
pub(super) fn still_on_first(octets: u64) -> crate::script::Script {
    crate::script::Script::new()
        .act(Act::Write { on: S0, octets: 1 })
        .expect(carried(&[S0], octets))
}
