//! What comes back for an experiment that the target doesn't know.

use mpdissect::wire::mptcp::{Dialect, Subtype};

use super::super::setup::joined;
use super::{S, U, about, carry, experiment, flagged, nobodys, opened, quiet};
use crate::case::{Axes, Case, Need};
use crate::plan::{Plan, Role};
use crate::script::{App, OptPattern, S0, S1, Script, ack, data, seen};

pub(super) static REPLY_LAYOUT: Case = Case {
    id: "exp/2/reply-layout",
    requirements: &["exp-2-01"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "What comes back for a probe is an experimental option with the identifier in octets \
              3 and 4.",
    fails_when: "An option of subtype 0xf comes back that is malformed or about another experiment.",
    script: |plan| {
        let exid = nobodys(plan, 0x34);
        quiet()
            .act(carry(experiment(S, exid, &[])))
            .given(seen(OptPattern::Subtype(Subtype::Experimental)).within_ms(1200))
            .expect(seen(about(exid)))
            .alive(S0)
    },
};

pub(super) static RESERVED_SENT_ZERO: Case = Case {
    id: "exp/2/reserved-sent-zero",
    requirements: &["exp-2-02", "exp-3.7-02"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "The reserved bits are zero in what comes back, whatever they were in the probe.",
    fails_when: "An option comes back with a reserved bit set.",
    script: |plan| {
        [0x08, 0x0b]
            .into_iter()
            .fold(quiet(), |script, flags| {
                let exid = nobodys(plan, flags);
                script
                    .act(carry(experiment(flags, exid, &[])))
                    .given(seen(about(exid)))
                    .never(seen(flagged(exid, 0x01, 0x01)).within_ms(50))
                    .never(seen(flagged(exid, 0x02, 0x02)).within_ms(50))
            })
            .alive(S0)
    },
};

pub(super) static RESERVED_IGNORED: Case = Case {
    id: "exp/2/reserved-ignored",
    requirements: &["exp-2-03", "exp-3.7-03", "exp-2-07"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "A probe with reserved bits set is answered like one without.",
    fails_when: "A probe goes without an answer because of its reserved bits.",
    script: |plan| {
        let plain = nobodys(plan, 0x08);
        let first = quiet().act(carry(experiment(0x08, plain, &[]))).given(seen(about(plain)));
        [0x09, 0x0a, 0x0b]
            .into_iter()
            .fold(first, |script, flags| {
                let exid = nobodys(plan, flags);
                script.act(carry(experiment(flags, exid, &[]))).expect(seen(about(exid)))
            })
            .alive(S0)
    },
};

pub(super) static IDENTIFIER_OF_16_BITS: Case = Case {
    id: "exp/2/identifier-of-16-bits",
    requirements: &["exp-2-04"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "Octets 5 and 6, the second half of a 32-bit identifier, are data.",
    fails_when: "What comes back lacks octets 5 and 6.",
    script: |plan| returned(plan, 0x32, &[0xfe, 0xed], 0, 0),
};

pub(super) static PROBE_ANSWERED: Case = Case {
    id: "exp/2/probe-answered",
    requirements: &["exp-2-05"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "A probe, S=1, is answered by an option with its identifier.",
    fails_when: "Nothing about the experiment comes back.",
    script: |plan| {
        let exid = nobodys(plan, 0x34);
        quiet().act(carry(experiment(S, exid, &[]))).expect(seen(about(exid))).alive(S0)
    },
};

pub(super) static UNKNOWN_FLAG: Case = Case {
    id: "exp/2/unknown-flag",
    requirements: &["exp-2-06"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "What comes back for an unknown experiment says so by U=1.",
    fails_when: "The probe of an experiment that nobody knows is answered with U=0.",
    script: |plan| {
        let exid = nobodys(plan, 0x34);
        quiet()
            .act(carry(experiment(S, exid, &[])))
            .given(seen(about(exid)))
            .expect(seen(flagged(exid, U, U)))
            .alive(S0)
    },
};

pub(super) static REJECTION: Case = Case {
    id: "exp/2/rejection",
    requirements: &["exp-2-12", "exp-3.7-04"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "The probe of an unknown experiment comes back with S=0, U=1 and its data.",
    fails_when: "The option that comes back has S=1 or U=0, or other data.",
    script: |plan| returned(plan, 0x34, &[0xab, 0xcd], S | U, U),
};

/// A probe with data that comes back with these of its flags and this data.
fn returned(plan: &Plan, n: u8, octets: &'static [u8], mask: u8, flags: u8) -> Script {
    let exid = nobodys(plan, n);
    quiet()
        .act(carry(experiment(S, exid, octets)))
        .given(seen(about(exid)))
        .expect(seen(OptPattern::Experiment { exid, mask, flags, data: Some(octets) }))
        .alive(S0)
}

pub(super) static USE_RETURNED: Case = Case {
    id: "exp/2/use-returned",
    requirements: &["exp-2-15", "exp-3.7-04"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "An option about an unknown experiment that asks for nothing, S=0 and U=0, comes back \
              as it is but with U=1.",
    fails_when: "Nothing comes back, or something other than the option with U=1.",
    script: |plan| {
        let (bare, with_data) = (nobodys(plan, 0x15), nobodys(plan, 0x16));
        let returned = |exid, data| {
            seen(OptPattern::Experiment { exid, mask: S | U, flags: U, data: Some(data) })
        };
        quiet()
            .act(carry(experiment(0, bare, &[])))
            .expect(returned(bare, &[]))
            .act(carry(experiment(0, with_data, &[0xab, 0xcd])))
            .expect(returned(with_data, &[0xab, 0xcd]))
            .alive(S0)
    },
};

pub(super) static FLAGS_BY_RECEIVED: Case = Case {
    id: "exp/2/flags-by-received",
    requirements: &["exp-2-18"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "S is cleared where a probe is rejected, and stays clear where it wasn't set.",
    fails_when: "An option comes back with S=1.",
    script: |plan| {
        [S, 0]
            .into_iter()
            .fold(quiet(), |script, flags| {
                let exid = nobodys(plan, 0x18 | flags);
                script
                    .act(carry(experiment(flags, exid, &[])))
                    .given(seen(about(exid)))
                    .expect(seen(flagged(exid, S, 0)))
            })
            .alive(S0)
    },
};

pub(super) static SEVERAL_IN_ONE: Case = Case {
    id: "exp/2/several-in-one",
    requirements: &["exp-2-23"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "Two probes of different experiments in one segment are both answered.",
    fails_when: "Only one of the two is answered, or none where one alone is.",
    script: |plan| {
        let [alone, one, other] = [0x50, 0x51, 0x52].map(|n| nobodys(plan, n));
        quiet()
            .act(carry(experiment(S, alone, &[])))
            .given(seen(about(alone)))
            .act(carry(experiment(S, one, &[])).with(experiment(S, other, &[])))
            .expect(seen(about(one)))
            .expect(seen(about(other)))
            .alive(S0)
    },
};

pub(super) static EXTREME_IDENTIFIERS: Case = Case {
    id: "exp/2/extreme-identifiers",
    requirements: &["exp-2-27"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "The identifiers 0x0000 and 0xffff are answered like any other that nobody knows.",
    fails_when: "A probe of 0x0000 or 0xffff goes without an answer.",
    script: |plan| {
        let ordinary = nobodys(plan, 0x34);
        let first = quiet().act(carry(experiment(S, ordinary, &[]))).given(seen(about(ordinary)));
        extremes(plan.dialect)
            .fold(first, |script, exid| {
                script.act(carry(experiment(S, exid, &[]))).expect(seen(about(exid)))
            })
            .alive(S0)
    },
};

/// The least and the greatest identifier, where they don't name Maximum Subflows.
fn extremes(dialect: Dialect) -> impl Iterator<Item = u16> {
    [0x0000, 0xffff].into_iter().filter(move |&exid| exid != dialect.max_subflows_exid())
}

pub(super) static ANY_SEGMENT: Case = Case {
    id: "exp/2/any-segment",
    requirements: &["exp-2-09"],
    roles: Role::BOTH,
    needs: &[Need::Experimental],
    axes: Axes::Plain,
    summary: "A probe is answered on a duplicate ACK and on a second subflow as it is on data.",
    fails_when: "A probe on data is answered, and one on a duplicate ACK or second subflow isn't.",
    script: |plan| {
        let [on_data, on_ack, on_second] = [0x91, 0x92, 0x93].map(|n| nobodys(plan, n));
        // Data of the target between the answers: they are duplicate ACKs in a row otherwise.
        opened(App::Source)
            .and(joined(plan, S1))
            .act(carry(experiment(S, on_data, &[])))
            .given(seen(about(on_data)))
            .act(ack(S0).with(experiment(S, on_ack, &[])))
            .expect(seen(about(on_ack)))
            .act(data(S1, 1).with(experiment(S, on_second, &[])))
            .expect(seen(about(on_second)))
            .alive(S0)
    },
};
