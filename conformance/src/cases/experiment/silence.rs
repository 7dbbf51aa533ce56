//! What must not be answered, or not so often.

use std::time::Duration;

use mpdissect::wire::mptcp::ExperimentFlags;
use mpdissect::wire::mptcp::{KIND, MaxSubflows, MaxSubflowsLayout, MptcpOption, Subtype};
use mpdissect::wire::tcp::Flags;

use super::{S, U, about, carry, experiment, nobodys, quiet};
use crate::case::{Axes, Case, Need};
use crate::plan::{Plan, Role};
use crate::script::{
    Act, Expectation, Handshake, HandshakeSegment, Opt, OptPattern, Own, Pattern, S0, Script, Seq,
    What, ack, count, data, established, fell_back, open, seen,
};

pub(super) static SHORT_OPTIONS: Case = Case {
    id: "exp/2/short-not-answered",
    requirements: &["exp-2-16", "exp-3.7-04"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Options too short for an identifier are silently discarded.",
    fails_when: "An option of subtype 0xf with 3 or 4 octets is answered.",
    script: |plan| {
        let sent =
            short(plan).into_iter().fold(quiet(), |script, option| script.act(carry(option)));
        sent.never(seen(ANSWER)).never(seen(OptPattern::Malformed)).alive(S0)
    },
};

/// An option of subtype 0xf that isn't a host's own probe or announcement.
const ANSWER: OptPattern = OptPattern::Where {
    name: "an experimental option other than S=1, U=0",
    check: |option| match option {
        MptcpOption::Experimental(it) => it.flags.0 & (S | U) != S,
        MptcpOption::MaxSubflows(it) => it.flags.0 & (S | U) != S,
        _ => false,
    },
};

/// Options of subtype 0xf that end before their identifier does.
pub(super) fn short(plan: &Plan) -> Vec<Opt> {
    let mut short = vec![Opt::Raw(vec![KIND, 3, 0xf8]), Opt::Raw(vec![KIND, 3, 0xf0])];
    // Four octets are MP_Navigation where that has subtype 0xf.
    if plan.dialect.navigation_subtype() != 0xf {
        short.push(Opt::Raw(vec![KIND, 4, 0xf8, 0x12]));
    }
    short
}

pub(super) static RETURNS: Case = Case {
    id: "exp/2/returns-not-answered",
    requirements: &["exp-2-17"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "Options with U=1 that answer nothing are dropped, whether the experiment is known or \
              not, and whether S is set or not.",
    fails_when: "An option with U=1 is answered.",
    script: |plan| {
        let (one, other) = (nobodys(plan, 0x04), nobodys(plan, 0x0c));
        quiet()
            .act(carry(experiment(U, one, &[])))
            .act(carry(experiment(S | U, other, &[])))
            .act(carry(maximum(plan, U)))
            .act(carry(maximum(plan, S | U)))
            .never(seen(about(one)))
            .never(seen(about(other)))
            .never(seen(OptPattern::Where {
                name: "an answer about Maximum Subflows",
                check: |option| match option {
                    // S=1 with U=0 is no answer: the target may announce its own maximum.
                    MptcpOption::MaxSubflows(option) => option.flags.0 & (S | U) != S,
                    _ => false,
                },
            }))
            .alive(S0)
    },
};

/// Maximum Subflows, the experiment that is known, with these flags.
pub(super) fn maximum(plan: &Plan, flags: u8) -> Opt {
    let layout = plan.layout;
    let exid = match layout {
        MaxSubflowsLayout::B => MaxSubflows::EXID_B.into(),
        MaxSubflowsLayout::A | MaxSubflowsLayout::C => plan.dialect.max_subflows_exid(),
    };
    let flags = ExperimentFlags(flags);
    MptcpOption::MaxSubflows(MaxSubflows { flags, layout, exid, value: 8 }).into()
}

pub(super) static FLOOD: Case = Case {
    id: "exp/2/no-amplification",
    requirements: &["exp-2-24"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "One probe never gives more than one answer.",
    fails_when: "Many probes are answered by more than twice as many options.",
    script: |plan| {
        let (alone, exid) = (nobodys(plan, 0x23), nobodys(plan, 0x24));
        quiet()
            .act(carry(experiment(S, alone, &[])))
            .given(seen(about(alone)))
            .act(Act::Flood {
                segments: vec![carry(experiment(S, exid, &[]))],
                rounds: PROBES,
                over: Duration::from_millis(200),
            })
            // A path may duplicate a probe or an answer, but not most of them.
            .never(count(PROBES * 2 + 1, about(exid)).within_ms(600))
            .alive(S0)
    },
};

/// How many probes make a flood.
const PROBES: u32 = 20;

pub(super) static DUPLICATE_ACKS: Case = Case {
    id: "exp/2/no-duplicate-ack-run",
    requirements: &["exp-2-24"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "Answers to many probes on bare ACKs don't look like congestion.",
    fails_when: "Three duplicate ACKs with answers follow one another.",
    script: |plan| {
        let alone = nobodys(plan, 0x23);
        // One experiment for each, so that no two answers are equal.
        let probe = |n| ack(S0).with(experiment(S, nobodys(plan, n), &[]));
        let run =
            What::DuplicateAcks { with: OptPattern::Subtype(Subtype::Experimental), least: 3 };
        quiet()
            .act(carry(experiment(S, alone, &[])))
            .given(seen(about(alone)))
            .act(Act::Flood {
                segments: (0x80..0x80 + PROBES as u8).map(probe).collect(),
                rounds: 1,
                over: Duration::from_millis(200),
            })
            .never(Expectation::from(run).within_ms(600))
            .alive(S0)
    },
};

pub(super) static OUT_OF_WINDOW: Case = Case {
    id: "exp/2/out-of-window",
    requirements: &["exp-2-25"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "A probe on a segment that TCP doesn't accept has no effect.",
    fails_when: "A probe is answered although its segment is far outside of the window.",
    script: |plan| {
        let (inside, outside) = (nobodys(plan, 0x25), nobodys(plan, 0x26));
        quiet()
            .act(carry(experiment(S, inside, &[])))
            .given(seen(about(inside)))
            .act(data(S0, 1).seq(Seq::Offset(0x4000_0000)).with(experiment(S, outside, &[])))
            .never(seen(about(outside)))
            .alive(S0)
    },
};

pub(super) static AFTER_FALLBACK: Case = Case {
    id: "exp/2/after-fallback",
    requirements: &["exp-2-28"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "No experiment is answered once the connection has fallen back to TCP.",
    fails_when: "A probe on a connection without MPTCP is answered by an option of kind 30.",
    script: |plan| {
        let exid = nobodys(plan, 0x28);
        let absent = HandshakeSegment { own: Own::Absent, ..HandshakeSegment::default() };
        let plain = Handshake { syn_ack: absent.clone(), third: absent, ..Handshake::default() };
        Script::new()
            .act(open().without_timestamps().handshake(plain))
            .given(established(S0))
            .act(Act::Write { on: S0, octets: 1 })
            .given(fell_back(0))
            .act(data(S0, 1).only([experiment(S, exid, &[])]))
            .never(seen(Pattern::from(OptPattern::Kind(KIND)).clear(Flags::SYN)))
            .alive(S0)
    },
};
