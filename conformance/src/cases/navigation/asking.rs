//! A server that asks its client to move traffic, on order of its operator.

use std::time::Duration;

use mpdissect::wire::mptcp::{Decoded, MptcpOption};

use super::super::setup::connection;
use super::echoing::RESERVED;
use super::situations::{
    ANNOUNCED, ANY, BACKUP, CANCEL, LEAD, OBEYS, RELEASE, REQUEST, SERVER, brings, echo_of, served,
    switch, to_second, told, traffic,
};
use crate::case::{Axes, Case, Need};
use crate::script::{
    Act, App, Expectation, Judgement, OptPattern, Order, Pattern, S0, S1, Setting, What, ack,
    count, data, delivered, established, seen, that,
};
use crate::tester::Tester;

/// A request that isn't a plain switch to ID 1, whatever B says.
const OTHER_REQUEST: OptPattern = OptPattern::Where {
    name: "MP_Navigation other than R=0 E=0 ID=1",
    check: |option| match option {
        MptcpOption::Navigation(it) => it.cancel || it.echo || it.address_id != 1,
        _ => false,
    },
};

/// A request with B set, and one without.
const WITH_B: OptPattern = OptPattern::Where {
    name: "MP_Navigation with B=1",
    check: |option| matches!(option, MptcpOption::Navigation(it) if it.backup),
};
const WITHOUT_B: OptPattern = OptPattern::Where {
    name: "MP_Navigation with B=0",
    check: |option| matches!(option, MptcpOption::Navigation(it) if !it.backup),
};

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "nav/2/request-where-the-traffic-is",
        requirements: &["nav-2-03"],
        roles: SERVER,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "A request is sent on one subflow: the one whose traffic shall move.",
        fails_when: "It sends the request on all subflows, or none.",
        script: |_| {
            served(false)
                .act(LEAD)
                .expect(seen(Pattern::from(ANY).on(S0)))
                .never(seen(Pattern::from(ANY).on(S1)).within_ms(100))
                .alive(S0)
        },
    },
    &Case {
        id: "nav/2/cancel-where-the-traffic-went",
        requirements: &["nav-2-08"],
        roles: SERVER,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "A cancel is sent on the subflow that the traffic was led to.",
        fails_when: "It sends the cancel on another subflow.",
        script: |_| {
            served(true)
                .act(LEAD)
                .given(seen(REQUEST))
                .and(traffic(S1))
                .act(RELEASE)
                .expect(seen(Pattern::from(CANCEL).on(S1)))
                .never(seen(Pattern::from(CANCEL).on(S0)).within_ms(100))
                .alive(S1)
        },
    },
    &Case {
        id: "nav/2/announced-before-the-switch",
        requirements: &["nav-2-12"],
        roles: SERVER,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "A switch to a new interface waits until that was announced and joined.",
        fails_when: "It asks for an interface at which no subflow can end yet.",
        script: |_| {
            connection(App::Sink)
                .and(traffic(S0))
                .act(Setting::EchoesAddAddr(false))
                .act(Order::Announce { conn: 0, address: 1 })
                .act(LEAD)
                .never(seen(REQUEST).within_ms(300))
                .alive(S0)
                .given(seen(ANNOUNCED).from_start())
                .act(to_second(S1))
                .given(established(S1))
                .given(seen(REQUEST))
        },
    },
    &Case {
        id: "nav/4.1/layout-of-the-request",
        requirements: &["nav-4.1-01"],
        roles: SERVER,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "Flags and address ID of a request stand where the figure has them.",
        fails_when: "It writes a field of a request to another place.",
        script: |_| {
            served(false)
                .act(LEAD)
                .given(seen(ANY))
                .never(seen(OTHER_REQUEST).within_ms(50))
                .alive(S0)
        },
    },
    &Case {
        id: "nav/4.1/length-of-the-request",
        requirements: &["nav-4.1-02"],
        roles: SERVER,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "A request is four octets long.",
        fails_when: "Its request has another length.",
        script: |_| {
            served(false)
                .act(LEAD)
                .given(seen(ANY))
                .never(seen(OptPattern::Malformed).within_ms(50))
                .alive(S0)
        },
    },
    &Case {
        id: "nav/4.1/reserved-bit-is-clear-in-the-request",
        requirements: &["nav-4.1-05"],
        roles: SERVER,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "A request has r=0.",
        fails_when: "It sets the reserved bit.",
        script: |_| {
            served(false).act(LEAD).given(seen(ANY)).never(seen(RESERVED).within_ms(50)).alive(S0)
        },
    },
    &Case {
        id: "nav/4.1/b-is-clear-on-a-regular-subflow",
        requirements: &["nav-4.1-19"],
        roles: SERVER,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "A request on a regular subflow has B=0.",
        fails_when: "It sets B on a subflow that is no backup.",
        script: |_| {
            served(false).act(LEAD).given(seen(REQUEST)).never(seen(WITH_B).within_ms(50)).alive(S0)
        },
    },
    &Case {
        id: "nav/4.1/b-is-set-on-a-backup-subflow",
        requirements: &["nav-4.1-19"],
        roles: SERVER,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "A request on a subflow that MP_PRIO made a backup has B=1.",
        fails_when: "It leaves B clear on a backup subflow.",
        script: |_| {
            served(false)
                .act(brings(S1, BACKUP))
                .given(delivered(S1))
                .act(brings(S0, BACKUP))
                .given(delivered(S0))
                .act(LEAD)
                .given(seen(REQUEST))
                .never(seen(WITHOUT_B).within_ms(50))
                .alive(S0)
        },
    },
    &Case {
        id: "nav/4.1/repetition-ends",
        requirements: &["nav-4.1-16"],
        roles: SERVER,
        needs: &[Need::Navigation, Need::Operator, Need::Time],
        axes: Axes::Plain,
        summary: "A request that nobody confirms is repeated a limited number of times only.",
        fails_when: "It goes on repeating a request for ever.",
        script: |_| {
            served(false)
                .act(LEAD)
                .given(seen(REQUEST))
                .act(Act::Wait(Duration::from_mins(2)))
                .act(data(S0, 1))
                .never(seen(REQUEST).within_ms(60_000))
                .alive(S0)
        },
    },
    &Case {
        id: "nav/4.1/repetition-is-identical",
        requirements: &["nav-4.1-16"],
        roles: SERVER,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "Each repetition of a request has the same octets.",
        fails_when: "It changes the request when it repeats it.",
        script: |_| {
            served(false)
                .act(LEAD)
                .given(count(2, REQUEST).within_ms(10_000))
                .never(that("a repetition differs from the first request", altered).within_ms(5000))
                .alive(S0)
        },
    },
    &Case {
        id: "nav/4.1/echo-ends-the-repetition",
        requirements: &["nav-4.1-17"],
        roles: SERVER,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "A request that was confirmed is not repeated.",
        fails_when: "It goes on repeating a request that was echoed.",
        script: |_| {
            served(false)
                .act(LEAD)
                .given(seen(REQUEST))
                .act(told(S0, echo_of(switch(1))))
                .given(delivered(S0))
                .act(Act::Wait(Duration::from_millis(300)))
                .given(delivered(S0))
                .act(data(S0, 1))
                .never(seen(REQUEST).within_ms(120_000))
                .alive(S0)
        },
    },
    &Case {
        id: "nav/7/unanswered-request-does-no-harm",
        requirements: &["nav-7-02"],
        roles: SERVER,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "A server that gets no echo gives up and goes on as before.",
        fails_when: "It gives the subflow up because its request wasn't confirmed.",
        script: |_| {
            served(false)
                .act(LEAD)
                .given(seen(REQUEST))
                .act(Act::Wait(Duration::from_secs(20)))
                .act(ack(S0))
                .unharmed(S0)
                .unharmed(S1)
        },
    },
    &Case {
        id: "nav/4/requests-in-a-row",
        requirements: &["nav-4-07"],
        roles: SERVER,
        needs: OBEYS,
        axes: Axes::Plain,
        summary: "However often a request is repeated, no more than two duplicate ACKs in a row \
                  carry it.",
        fails_when: "It sends duplicate ACKs with a request three times in a row.",
        script: |_| {
            let row = What::DuplicateAcks { with: ANY, least: 3 };
            served(false)
                .act(LEAD)
                .given(seen(REQUEST))
                .never(Expectation::from(row).within_ms(6000))
                .alive(S0)
        },
    },
];

/// Whether a request differs from the one before it.
fn altered(tester: &Tester, _: u64) -> Judgement {
    let mut requests = tester.seen().iter().flat_map(|seen| {
        let options = seen.options.iter().filter_map(Decoded::well_formed);
        options.filter_map(|option| match option {
            MptcpOption::Navigation(it) if !it.echo => Some((seen.packet, *it)),
            _ => None,
        })
    });
    let Some((_, first)) = requests.next() else { return Judgement::NotYet };
    let other = requests.find(|(_, other)| *other != first);
    other.map_or(Judgement::NotYet, |(packet, _)| Judgement::Yes(packet))
}
