//! Why a subflow was reset (RFC 8684 §3.6).

use mpdissect::wire::mptcp::{MpTcprst, MptcpOption, Subtype};
use mpdissect::wire::tcp::Flags;

use super::super::super::setup::{confirmed, connection};
use super::{failures, quiet, reset, reset_with};
use crate::case::{Axes, Case};
use crate::plan::Role;
use crate::script::{App, OptPattern, Pattern, S0, S1, ack, seen};

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "rfc8684/3.6/flags-are-sent-as-zero",
        requirements: &["8684-3.6-07"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "Flags U, V and W of the MP_TCPRST with which the target refuses wrong joins are \
                  clear.",
        fails_when: "It sets one of them.",
        script: |plan| {
            let set = OptPattern::Where {
                name: "MP_TCPRST with U, V or W",
                check: |option| {
                    matches!(option, MptcpOption::MpTcprst(it)
                        if it.flag_u || it.flag_v || it.flag_w)
                },
            };
            let any = OptPattern::Subtype(Subtype::MpTcprst);
            connection(App::Sink)
                .and(confirmed(S0))
                .and(failures(plan))
                .given(seen(reset_with(any)).from_start())
                .never(seen(set).from_start().within_ms(20))
                .alive(S0)
        },
    },
    &Case {
        id: "rfc8684/3.6/flags-are-ignored",
        requirements: &["8684-3.6-08"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "A RST whose MP_TCPRST has U, V and W set ends its subflow, and no other.",
        fails_when: "It goes on with that subflow, or ends another one.",
        script: |plan| {
            let option = MptcpOption::MpTcprst(MpTcprst {
                flag_u: true,
                flag_v: true,
                flag_w: true,
                transient: false,
                reason: 1,
            });
            quiet(plan, 2)
                .act(reset(S1, [option.into()]))
                .act(ack(S1))
                .expect(seen(Pattern::default().on(S1).set(Flags::RST)))
                .unharmed(S0)
        },
    },
];
