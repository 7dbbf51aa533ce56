//! The fields of a DSS (RFC 8684 §3.3), and whether checksums are there.

use mpdissect::wire::mptcp::{MpTcprst, MptcpOption};

use super::{more_is_acknowledged, ready, reset_because, shaped, summed, with};
use crate::case::{Axes, Case};
use crate::cases::setup::joined;
use crate::plan::{Plan, Role};
use crate::script::{
    App, Checksum, OptPattern, S0, S1, Script, Sf, ack, acknowledged, dss, established, gone, seen,
    sf, stream,
};

pub(super) static RESERVED: Case = Case {
    id: "rfc8684/3.3/reserved-bits",
    requirements: &["8684-3.3-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "The reserved bits of every DSS are 0, also in answer to some that aren't.",
    fails_when: "A DSS of the target has a reserved bit set, or one with them set isn't taken.",
    script: |_| {
        let set = OptPattern::Where {
            name: "dss with reserved bits",
            check: |option| matches!(option, MptcpOption::Dss(dss) if dss.reserved != 0),
        };
        with(App::Source)
            .given(stream(0, 500))
            .act(shaped(S0, 2, dss().reserved(0x7f)))
            .act(ack(S0).shaped(dss().unmapped().reserved(0x55)))
            .expect(acknowledged(0, 3))
            .given(stream(0, 500))
            .never(seen(set).from_start().within_ms(50))
            .unharmed(S0)
    },
};

/// Data with a checksum, or without one, against what was negotiated: reset, and not acknowledged.
fn disagrees(before: Script, on: Sf, octets: u64, checksum: Checksum) -> Script {
    before
        .act(shaped(on, 4, dss().checksum(checksum)).place(0))
        .expect(gone(on))
        .never(acknowledged(on.conn, octets + 1).within_ms(50))
        .reachable(1)
}

pub(super) static UNNEGOTIATED_CHECKSUM: Case = Case {
    id: "rfc8684/3.3/checksum-not-negotiated",
    requirements: &["8684-3.3-02"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A mapping with a checksum, where none were negotiated, resets the subflow.",
    fails_when: "The subflow isn't reset, or the data is acknowledged.",
    script: |_| disagrees(with(App::Sink), S0, 1, Checksum::Present),
};

pub(super) static MISSING_CHECKSUM: Case = Case {
    id: "rfc8684/3.3/checksum-missing",
    requirements: &["8684-3.3-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A mapping without a checksum, where they were negotiated, resets the subflow.",
    fails_when: "The subflow isn't reset, or the data is acknowledged.",
    script: |_| disagrees(ready(summed(App::Sink)), S0, 1, Checksum::Absent),
};

pub(super) static MISSING_AT_ONCE: Case = Case {
    id: "rfc8684/3.3/checksum-missing-at-once",
    requirements: &["8684-3.3-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "The same holds for the first mapping of a connection.",
    fails_when: "The subflow isn't reset, or the data is acknowledged.",
    script: |_| {
        let opened = Script::new().act(summed(App::Sink)).given(established(S0));
        disagrees(opened, S0, 0, Checksum::Absent)
    },
};

/// The same on a second subflow: the first one goes on.
fn disagrees_on_a_join(before: Script, plan: &Plan, checksum: Checksum) -> Script {
    before
        .and(joined(plan, S1))
        .act(shaped(S1, 4, dss().checksum(checksum)).place(0))
        .expect(gone(S1))
        .never(more_is_acknowledged().within_ms(50))
        .unharmed(S0)
}

pub(super) static UNNEGOTIATED_ON_A_JOIN: Case = Case {
    id: "rfc8684/3.3/checksum-not-negotiated-on-a-join",
    requirements: &["8684-3.3-02"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A mapping with a checksum on one of two subflows, where none were negotiated, resets \
              that one.",
    fails_when: "The subflow isn't reset, the data is acknowledged, or the other subflow suffers.",
    script: |plan| disagrees_on_a_join(with(App::Sink), plan, Checksum::Present),
};

pub(super) static MISSING_ON_A_JOIN: Case = Case {
    id: "rfc8684/3.3/checksum-missing-on-a-join",
    requirements: &["8684-3.3-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A mapping without a checksum on one of two subflows, where they were negotiated, resets \
              that one.",
    fails_when: "The subflow isn't reset, the data is acknowledged, or the other subflow suffers.",
    script: |plan| disagrees_on_a_join(ready(summed(App::Sink)), plan, Checksum::Absent),
};

pub(super) static REASON: Case = Case {
    id: "rfc8684/3.3/checksum-reset-reason",
    requirements: &["8684-3.3-04"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "The RST over a checksum that is there, or isn't, has the reason 0x01.",
    fails_when: "The RST has no MP_TCPRST, or another reason.",
    script: |plan| {
        let other = sf(1, 1);
        let because = |on| {
            reset_because(on, "mp_tcprst reason=0x01", |option| {
                matches!(option, MptcpOption::MpTcprst(MpTcprst { reason: 0x01, .. }))
            })
        };
        with(App::Sink)
            .and(joined(plan, S1))
            .act(shaped(S1, 4, dss().checksum(Checksum::Present)).place(0))
            .given(gone(S1))
            .expect(because(S1))
            .and(ready(summed(App::Sink).conn(1)))
            .and(joined(plan, other))
            .act(shaped(other, 4, dss().checksum(Checksum::Absent)).place(0))
            .given(gone(other))
            .expect(because(other))
            .reachable(2)
    },
};

pub(super) static IDLE_WIDTH_FLAGS: Case = Case {
    id: "rfc8684/3.3/width-flags-alone",
    requirements: &["8684-3.3-s01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Flag a without A, and flag m without M, change nothing.",
    fails_when: "Data with such a flag isn't acknowledged, or the connection suffers.",
    script: |_| {
        with(App::Sink)
            .act(shaped(S0, 4, dss().data_ack(None).idle_width_flags(1)))
            .expect(acknowledged(0, 5))
            .act(ack(S0).shaped(dss().unmapped().idle_width_flags(2)))
            .act(shaped(S0, 4, dss().data_ack(None).idle_width_flags(1)))
            .expect(acknowledged(0, 9))
            .unharmed(S0)
    },
};
