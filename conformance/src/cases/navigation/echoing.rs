//! What confirms a request: the same option with E=1.

use std::time::Duration;

use mpdissect::wire::mptcp::{MptcpOption, Navigation};

use super::super::setup::connection;
use super::situations::{
    ANY, CLIENT, ECHO, KNOWS, REQUEST, cancel, diverted, echo_of, option, quiet, switch, told, two,
};
use super::switching::still_on_first;
use crate::case::{Axes, Case};
use crate::plan::Role;
use crate::script::{
    Act, App, Expectation, Judgement, OptPattern, S0, S1, Script, Setting, What, ack, carried,
    count, delivered, established, leaves, seen, that,
};
use crate::tester::{Seen, Tester};

/// An echo that isn't that of a switch to ID 1.
const OTHER_ECHO: OptPattern = OptPattern::Where {
    name: "MP_Navigation other than R=0 E=1 B=0 ID=1",
    check: |option| match option {
        MptcpOption::Navigation(it) => !it.echo || it.cancel || it.backup || it.address_id != 1,
        _ => false,
    },
};

/// The option with its reserved bit set.
pub(super) const RESERVED: OptPattern = OptPattern::Where {
    name: "MP_Navigation with r=1",
    check: |option| matches!(option, MptcpOption::Navigation(it) if it.reserved),
};

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "nav/4.1/switch-is-echoed",
        requirements: &["nav-4.1-12", "nav-4.1-11"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch comes back with E=1.",
        fails_when: "It doesn't confirm requests.",
        script: |plan| {
            quiet(plan).act(told(S0, switch(1))).expect(seen(option(echo_of(switch(1)))))
        },
    },
    &Case {
        id: "nav/4.1/cancel-is-echoed",
        requirements: &["nav-4.1-14"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A cancel comes back with E=1.",
        fails_when: "It confirms only switches.",
        script: |plan| {
            quiet(plan)
                .act(told(S0, switch(1)))
                .given(delivered(S0))
                .act(told(S1, cancel(1)))
                .expect(seen(option(echo_of(cancel(1)))))
        },
    },
    &Case {
        id: "nav/4.1/echo-repeats-the-flags",
        requirements: &["nav-4.1-13"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "All four combinations of R and B come back unchanged, with the address ID.",
        fails_when: "Its echo says something else than what was asked for.",
        script: |plan| {
            let with_b = |asked| Navigation { backup: true, ..asked };
            [switch(1), with_b(switch(1)), cancel(1), with_b(cancel(1))]
                .into_iter()
                .fold(quiet(plan), |script, asked| {
                    script.act(told(S0, asked)).expect(seen(option(echo_of(asked))))
                })
        },
    },
    &Case {
        id: "nav/4.1/b-is-not-taken-for-e",
        requirements: &["nav-4.1-18"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A request with B=1 is echoed with both bits: B stands where ADD_ADDR has its E.",
        fails_when: "It takes B for E, and the request for an echo.",
        script: |plan| {
            let asked = Navigation { backup: true, ..switch(1) };
            quiet(plan).act(told(S0, asked)).expect(seen(option(echo_of(asked))))
        },
    },
    &Case {
        id: "nav/4.1/own-interface-is-echoed",
        requirements: &["nav-4.1-27"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch to the interface at which its own subflow ends is echoed like any.",
        fails_when: "It doesn't confirm a request that changes nothing.",
        script: |plan| {
            quiet(plan).act(told(S0, switch(0))).expect(seen(option(echo_of(switch(0)))))
        },
    },
    &Case {
        id: "nav/4.1/every-copy-may-be-echoed",
        requirements: &["nav-4.1-30"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch that comes five times moves the traffic once, and is echoed no more \
                  often than it came.",
        fails_when: "It sends more echoes than requests came, or moves the traffic again.",
        script: |plan| {
            diverted(plan)
                .act(told(S0, switch(1)))
                .act(told(S0, switch(1)))
                .act(told(S0, switch(1)))
                .act(told(S0, switch(1)))
                .act(told(S0, switch(1)))
                .expect(delivered(S0))
                .expect(leaves(S0, &[S1], 4000))
                .never(count(40, ECHO).within_ms(150))
                .alive(S1)
        },
    },
    &Case {
        id: "nav/4.1/echo-is-not-obeyed",
        requirements: &["nav-4.1-15"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "An option with E=1 that nobody asked for moves nothing, whatever r, R and B say.",
        fails_when: "It takes an echo for a request, or only some of them for echoes.",
        script: |plan| {
            let asked = [
                switch(1),
                Navigation { backup: true, ..switch(1) },
                Navigation { reserved: true, ..switch(1) },
                cancel(1),
            ];
            asked.map(echo_of).into_iter().fold(two(plan), |script, echo| {
                script
                    .act(told(S0, echo))
                    .act(told(S0, echo))
                    .given(delivered(S0))
                    .and(still_on_first(1500))
            })
        },
    },
    &Case {
        id: "nav/4.1/echo-is-not-echoed",
        requirements: &["nav-4.1-15"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "An option with E=1 that nobody asked for is not answered.",
        fails_when: "It answers an echo, which two hosts could go on with for ever.",
        script: |plan| {
            quiet(plan)
                .act(told(S0, echo_of(switch(1))))
                .act(told(S0, echo_of(cancel(1))))
                .given(delivered(S0))
                .never(seen(ANY).within_ms(200))
                .alive(S0)
        },
    },
    &Case {
        id: "nav/4.1/layout-of-the-echo",
        requirements: &["nav-4.1-01"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "Flags and address ID of an echo stand where the figure has them.",
        fails_when: "It writes a field of an echo to another place.",
        script: |plan| {
            quiet(plan)
                .act(told(S0, switch(1)))
                .given(seen(ANY))
                .never(seen(OTHER_ECHO).within_ms(50))
                .alive(S0)
        },
    },
    &Case {
        id: "nav/4.1/length-of-the-echo",
        requirements: &["nav-4.1-02"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "An echo is four octets long.",
        fails_when: "Its echo has another length.",
        script: |plan| {
            quiet(plan)
                .act(told(S0, switch(1)))
                .given(seen(ANY))
                .never(seen(OptPattern::Malformed).within_ms(50))
                .alive(S0)
        },
    },
    &Case {
        id: "nav/4.1/reserved-bit-is-clear-in-the-echo",
        requirements: &["nav-4.1-05"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "An echo has r=0, also when the request had r=1.",
        fails_when: "It copies the reserved bit into its echo.",
        script: |plan| {
            let odd = |asked| Navigation { reserved: true, ..asked };
            quiet(plan)
                .act(told(S0, odd(switch(1))))
                .act(told(S0, odd(cancel(1))))
                .given(delivered(S0))
                .given(seen(ANY))
                .never(seen(RESERVED).within_ms(100))
                .alive(S0)
        },
    },
    &Case {
        id: "nav/2/client-asks-for-nothing",
        requirements: &["nav-2-01"],
        roles: CLIENT,
        needs: &[],
        axes: Axes::Plain,
        summary: "A client sends no requests of its own, not even when it was sent some.",
        fails_when: "It sends the option with E=0.",
        script: |plan| {
            diverted_or_not(plan).never(seen(REQUEST).from_start().within_ms(100)).alive(S0)
        },
    },
    &Case {
        id: "nav/4/echoes-in-a-row",
        requirements: &["nav-4-07"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "However many requests come in a row, no more than two duplicate ACKs in a row \
                  carry echoes.",
        fails_when: "It sends duplicate ACKs with an echo three times in a row.",
        script: |plan| {
            let requests = Act::Flood {
                segments: vec![ack(S0).with(option(switch(1)))],
                rounds: 8,
                over: Duration::from_millis(80),
            };
            quiet(plan)
                .act(requests)
                .given(seen(ECHO))
                .never(Expectation::from(What::DuplicateAcks { with: ANY, least: 3 }).within_ms(50))
                .alive(S0)
        },
    },
    &Case {
        id: "nav/4/duplicate-acks-are-no-congestion",
        requirements: &["nav-4-07"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "Four duplicate ACKs that carry the option, with data in flight, make nobody send \
                  that data again.",
        fails_when: "It takes duplicate ACKs with the option for a sign of congestion.",
        script: |_| {
            let bare = || ack(S0).with(option(switch(0)));
            connection(App::Source)
                .given(carried(&[S0], 1000))
                .act(Setting::Acks { on: S0, acks: false })
                .given(carried(&[S0], 1000))
                .act(Act::Wait(Duration::from_millis(30)))
                .given(established(S0))
                .act(bare())
                .act(bare())
                .act(bare())
                .act(bare())
                .never(that("data is sent again before its time", sent_again).within_ms(60))
                .act(Setting::Acks { on: S0, acks: true })
                .and(alive())
        },
    },
];

/// Two subflows that were sent a switch and a cancel, whatever came of it.
fn diverted_or_not(plan: &crate::plan::Plan) -> crate::script::Script {
    two(plan)
        .act(told(S0, switch(1)))
        .given(delivered(S0))
        .act(told(S1, cancel(1)))
        .given(delivered(S1))
        .act(Act::Write { on: S0, octets: 1 })
        .given(delivered(S0))
}

/// The target still sends and acknowledges.
fn alive() -> Script {
    Script::new().given(carried(&[S0], 500)).alive(S0)
}

/// Whether data that came after the acknowledgments were stopped came once more, sent anew, sooner
/// than any retransmission timer would have it.
fn sent_again(tester: &Tester, mark: u64) -> Judgement {
    const SOON: Duration = Duration::from_millis(140);
    let data = |seen: &&Seen| seen.sf == Some(S0) && seen.payload_len > 0;
    let again = tester.since(mark).iter().filter(data).find(|late| {
        tester.seen().iter().filter(data).any(|early| {
            early.packet < late.packet
                && early.seq == late.seq
                && early.timestamps != late.timestamps
                && late.time.saturating_sub(early.time) < SOON
        })
    });
    again.map_or(Judgement::NotYet, |again| Judgement::Yes(again.packet))
}
