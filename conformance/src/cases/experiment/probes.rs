//! What a target does that tries an experiment itself.

use std::time::Duration;

use super::{S, U, about, experiment, flagged, nobodys, quiet};
use crate::case::{Axes, Case, Need};
use crate::plan::{Plan, Role};
use crate::script::{Act, Answer, S0, Script, Setting, data, delivered, gone, probe, seen};

/// A target that was told to try an experiment, and did so; the tester doesn't answer by itself.
fn asked(exid: u16) -> Script {
    quiet().act(Setting::Experiments(Answer::Silence)).act(probe(exid)).given(seen(about(exid)))
}

pub(super) static PROBE_FIRST: Case = Case {
    id: "exp/2/probe-first",
    requirements: &["exp-2-08"],
    roles: Role::BOTH,
    needs: &[Need::Experimental, Need::Operator],
    axes: Axes::Plain,
    summary: "The first option about an experiment has S=1.",
    fails_when: "An experiment is used that the peer wasn't asked about, or has not accepted yet.",
    script: |plan| {
        let exid = nobodys(plan, 0x08);
        asked(exid).never(seen(flagged(exid, S, 0))).alive(S0)
    },
};

pub(super) static OWN_RESERVED_ZERO: Case = Case {
    id: "exp/2/own-reserved-zero",
    requirements: &["exp-2-07", "exp-2-02", "exp-3.7-02"],
    roles: Role::BOTH,
    needs: &[Need::Experimental, Need::Operator],
    axes: Axes::Plain,
    summary: "The reserved bits are zero in options that the target sends of itself.",
    fails_when: "A probe of the target has a reserved bit set.",
    script: |plan| {
        let exid = nobodys(plan, 0x07);
        asked(exid)
            .never(seen(flagged(exid, 0x01, 0x01)).within_ms(50))
            .never(seen(flagged(exid, 0x02, 0x02)).within_ms(50))
            .alive(S0)
    },
};

pub(super) static REJECTION_HEEDED: Case = Case {
    id: "exp/2/rejection-heeded",
    requirements: &["exp-2-13"],
    roles: Role::BOTH,
    needs: &[Need::Experimental, Need::Operator],
    axes: Axes::Plain,
    summary: "An experiment that came back with S=0 and U=1 isn't tried or used again.",
    fails_when: "An option about it is sent after its rejection.",
    script: |plan| {
        let exid = nobodys(plan, 0x13);
        answered(asked(exid), exid, U)
            .act(probe(exid))
            .never(seen(about(exid)).within_ms(1000))
            .alive(S0)
    },
};

/// Behind this script, an answer with these flags that has arrived, and whose effect is there.
fn answered(script: Script, exid: u16, flags: u8) -> Script {
    script
        .act(data(S0, 1).with(experiment(flags, exid, &[])))
        .given(delivered(S0))
        .act(Act::Wait(Duration::from_secs(1)))
        // What the target sent before is over: what follows is about what it sends from here on.
        .given(delivered(S0))
}

pub(super) static SILENCE_TOLERATED: Case = Case {
    id: "exp/2/silence-tolerated",
    requirements: &["exp-2-20"],
    roles: Role::BOTH,
    needs: &[Need::Experimental, Need::Operator],
    axes: Axes::Plain,
    summary: "A target whose probes nobody answers goes on with plain MPTCP.",
    fails_when: "The connection is reset, or stalls, when its probes stay unanswered.",
    script: |plan| {
        let exid = nobodys(plan, 0x20);
        asked(exid).never(gone(S0).within_ms(3000)).unharmed(S0)
    },
};

pub(super) static BOTH_ANSWERS: Case = Case {
    id: "exp/3.7/both-answers",
    requirements: &["exp-3.7-05"],
    roles: Role::BOTH,
    needs: &[Need::Experimental, Need::Operator],
    axes: Axes::Plain,
    summary: "Both ways to accept a probe, S=0 with U=0 and S=1 with U=1, are taken for a yes, and \
              neither is answered.",
    fails_when: "An accepted experiment is left alone as if it were rejected, or its acceptance is \
                 returned with U=1.",
    script: |plan| accepted(plan, 0x05, 0).and(accepted_again(plan, 0x06, S | U)).alive(S0),
};

fn accepted(plan: &Plan, n: u8, flags: u8) -> Script {
    used(asked(nobodys(plan, n)), nobodys(plan, n), flags)
}

/// As [`accepted`], on the connection that is there.
fn accepted_again(plan: &Plan, n: u8, flags: u8) -> Script {
    let exid = nobodys(plan, n);
    used(Script::new().act(probe(exid)).given(seen(about(exid))), exid, flags)
}

/// Behind this script, an answer with these flags, and the experiment as it is used then: often
/// enough that one use arrives.
fn used(asked: Script, exid: u16, flags: u8) -> Script {
    (0..12)
        .fold(answered(asked, exid, flags), |script, _| script.act(probe(exid)))
        .expect(seen(about(exid)))
        .never(seen(flagged(exid, U, U)).from_start().within_ms(50))
}
