//! What no target may take amiss, whether it knows the option or not.

use std::time::Duration;

use mpdissect::wire::mptcp::Subtype;

use super::super::setup::connection;
use super::situations::{ANY, SERVER, cancel, option, raw, roomy, switch, traffic, two};
use super::switching::still_on_first;
use crate::case::{Axes, Case};
use crate::plan::Role;
use crate::script::{
    Act, App, Opt, OptPattern, S0, S1, Script, Segment, ack, carried, count, data, delivered, seen,
    stream,
};
use mpdissect::wire::mptcp::MptcpOption;

/// Any MPTCP option of a subtype that nothing was assigned to.
pub(super) const UNKNOWN: OptPattern = OptPattern::Subtype(Subtype::Unknown);

/// An experimental option with U=1, however short.
const REJECTION: OptPattern = OptPattern::Where {
    name: "an experimental option with U=1",
    check: |option| match option {
        MptcpOption::Experimental(it) => it.flags.unknown(),
        MptcpOption::MaxSubflows(it) => it.flags.unknown(),
        _ => false,
    },
};

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "nav/4/unknown-options-are-ignored",
        requirements: &["nav-4-08"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "Options of four octets under each unassigned subtype, with each combination of \
                  flags, are ignored.",
        fails_when: "It answers an option that it doesn't know, or resets the subflow.",
        script: |_| {
            let mut script = connection(App::Sink);
            for subtype in 0x9..=0xe {
                for flags in 0..16 {
                    script = script.act(ack(S0).with(raw(subtype, flags, 1)));
                }
                script = script.act(data(S0, 1).with(raw(subtype, 0, 1)));
            }
            script.expect(delivered(S0)).never(seen(UNKNOWN).within_ms(100)).unharmed(S0)
        },
    },
    &Case {
        id: "nav/4/every-combination-of-flags-is-harmless",
        requirements: &["nav-4-09"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "The option with each of the sixteen combinations of r, R, E and B leaves data \
                  flowing.",
        fails_when: "A combination of flags resets the subflow, stalls it, or makes it fall back.",
        script: |plan| {
            let subtype = plan.dialect.navigation_subtype();
            (0..16)
                .fold(two(plan), |script, flags| {
                    script
                        .act(data(S0, 1).with(raw(subtype, flags, 1)))
                        .act(data(S1, 1).with(raw(subtype, flags, 1)))
                })
                .expect(delivered(S0))
                .expect(delivered(S1))
                .act(Act::Write { on: S0, octets: 1 })
                .expect(stream(0, 2000))
        },
    },
    &Case {
        id: "nav/2/server-ignores-requests",
        requirements: &["nav-2-02"],
        roles: SERVER,
        needs: &[],
        axes: Axes::Plain,
        summary: "A server to which a client sends switch and cancel does neither.",
        fails_when: "A server lets its client lead its traffic, or resets the subflow.",
        script: |plan| {
            two(plan)
                .act(super::situations::told(S0, switch(1)))
                .expect(delivered(S0))
                .and(still_on_first(1500))
                .act(super::situations::told(S0, cancel(0)))
                .expect(delivered(S0))
                .act(super::situations::told(S1, switch(0)))
                .expect(delivered(S1))
                .act(Act::Write { on: S0, octets: 1 })
                .expect(carried(&[S0, S1], 1000))
        },
    },
    &Case {
        id: "nav/4.1/pairs-in-one-segment",
        requirements: &["nav-4.1-31"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "Two of the options in one segment, equal or contradictory, upset nothing.",
        fails_when: "It resets the subflow, or stops sending.",
        script: |plan| {
            let pairs = [
                [switch(1), switch(1)],
                [switch(1), cancel(1)],
                [cancel(1), switch(1)],
                [switch(1), switch(0)],
            ];
            let script = pairs.into_iter().fold(roomy(plan), |script, pair| {
                let both = || pair.map(option).map(Opt::Mptcp);
                let beside = both().into_iter().fold(ack(S0), Segment::with);
                script
                    .act(ack(S0).only(both()))
                    .act(beside)
                    .act(data(S0, 10).only([Opt::Dss].into_iter().chain(both())))
            });
            script.expect(delivered(S0)).expect(stream(0, 3000))
        },
    },
    &Case {
        id: "nav/4.1/flood-is-survived",
        requirements: &["nav-4.1-34"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "A thousand switches and cancels in turn within a second are survived, and \
                  answered no more often than they came.",
        fails_when: "It resets the subflow, or multiplies what it is sent.",
        script: |plan| {
            let flood = Act::Flood {
                segments: vec![ack(S0).with(option(switch(1))), ack(S0).with(option(cancel(1)))],
                rounds: 500,
                over: Duration::from_secs(1),
            };
            super::situations::quiet(plan)
                .act(flood)
                .never(count(2000, ANY).within_ms(200))
                .unharmed(S0)
        },
    },
    &Case {
        id: "nav/4.1/private-subtype-is-too-short",
        requirements: &["nav-4.1-35"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "Under subtype 0xf the option is too short to be an experiment, whatever r and R \
                  would say there, and isn't returned.",
        fails_when: "It returns an experimental option that has no room for its identifier.",
        script: |_| {
            [0x0, 0x4, 0x8]
                .into_iter()
                .fold(connection(App::Sink), |script, flags| {
                    script.act(data(S0, 1).with(raw(0xf, flags, 5)))
                })
                .expect(delivered(S0))
                .never(seen(REJECTION).within_ms(100))
                .unharmed(S0)
        },
    },
    &Case {
        id: "nav/4/behind-and-before-a-dss",
        requirements: &["nav-4-09"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "An unknown option before or behind the DSS doesn't keep the data from being \
                  acknowledged at the data level.",
        fails_when: "It loses the DSS that stands next to an option that it doesn't know.",
        script: |plan| {
            let own = plan.dialect.navigation_subtype();
            let other = if own == 0xe { 0xd } else { 0xe };
            Script::new()
                .and(connection(App::Sink))
                .and(traffic(S0))
                .act(data(S0, 50).before(raw(other, 0, 1)))
                .act(data(S0, 50).with(raw(other, 0, 1)))
                .expect(delivered(S0))
        },
    },
];
