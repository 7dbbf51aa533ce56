//! An experiment that the target knows: Maximum Subflows.

use mpdissect::wire::mptcp::{MptcpOption, Subtype};

use super::super::setup::joined;
use super::silence::maximum;
use super::{S, U, carry, quiet};
use crate::case::{Axes, Case, Need};
use crate::plan::{Negotiation, Plan, Role};
use crate::script::{Expectation, OptPattern, S0, S1, Script, data, seen};

pub(super) static POSITIVE_REPLY: Case = Case {
    id: "exp/2/positive-reply",
    requirements: &["exp-2-10", "exp-2-11"],
    roles: Role::BOTH,
    needs: &[Need::Experimental, Need::MaxSubflows],
    axes: Axes::Only(Negotiation::ExpOption00),
    summary: "The probe of a known experiment is answered with S=0 and U=0.",
    fails_when: "The answer to Maximum Subflows with S=1 is malformed or has another flag set.",
    script: |plan| positive(plan, answer_of_exp_00()),
};

pub(super) static POSITIVE_REPLY_BIS: Case = Case {
    id: "exp/3.7/positive-reply",
    requirements: &["exp-3.7-01"],
    roles: Role::BOTH,
    needs: &[Need::Experimental, Need::MaxSubflows],
    axes: Axes::Only(Negotiation::Rfc6824bis),
    summary: "The probe of a known experiment is answered with S=1 and U=1.",
    fails_when: "The answer to Maximum Subflows with S=1 has S=0 or U=0.",
    script: |plan| positive(plan, answer_of_bis()),
};

/// A probe of Maximum Subflows, and the answer to it.
fn positive(plan: &Plan, answer: OptPattern) -> Script {
    negotiated(plan).expect(seen(answer)).alive(S0)
}

/// Maximum Subflows, negotiated on the first subflow.
fn negotiated(plan: &Plan) -> Script {
    quiet().act(carry(maximum(plan, S))).given(seen(OptPattern::Subtype(Subtype::MaxSubflows)))
}

fn answer_of_exp_00() -> OptPattern {
    OptPattern::Where {
        name: "Maximum Subflows with S=0 and U=0",
        check: |option| has_flags(option, 0),
    }
}

fn answer_of_bis() -> OptPattern {
    OptPattern::Where {
        name: "Maximum Subflows with S=1 and U=1",
        check: |option| has_flags(option, S | U),
    }
}

fn has_flags(option: &MptcpOption, flags: u8) -> bool {
    matches!(option, MptcpOption::MaxSubflows(option) if option.flags.0 & (S | U) == flags)
}

/// Maximum Subflows, returned as something that isn't known.
fn rejection() -> Expectation {
    seen(OptPattern::Where {
        name: "Maximum Subflows with S=0 and U=1",
        check: |option| has_flags(option, U),
    })
}

pub(super) static AFTER_NEGOTIATION: Case = Case {
    id: "exp/2/after-negotiation",
    requirements: &["exp-2-14"],
    roles: Role::BOTH,
    needs: &[Need::Experimental, Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A known experiment can be used, S=0 and U=0, once it was negotiated.",
    fails_when: "The option is returned with U=1 after it was accepted.",
    script: |plan| negotiated(plan).act(carry(maximum(plan, 0))).never(rejection()).alive(S0),
};

pub(super) static WHOLE_CONNECTION: Case = Case {
    id: "exp/2/whole-connection",
    requirements: &["exp-2-22"],
    roles: Role::BOTH,
    needs: &[Need::Experimental, Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "What was negotiated on one subflow holds on all of the connection.",
    fails_when: "An option that was accepted on the first subflow is returned with U=1 on another.",
    script: |plan| {
        negotiated(plan)
            .and(joined(plan, S1))
            .act(data(S1, 1).with(maximum(plan, 0)))
            .never(rejection())
            .alive(S0)
    },
};
