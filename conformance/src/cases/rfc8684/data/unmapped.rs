//! Data without a mapping (RFC 8684 §3.3.1, §3.7).

use super::{middlebox, more_is_acknowledged, no_more_than, reset_because, shaped, with};
use crate::case::{Axes, Case};
use crate::cases::setup::joined;
use crate::plan::Role;
use crate::script::{
    Act, App, Opt, S0, S1, Script, Segment, Sf, acknowledged, data, delivered, dss, gone, stream,
};

/// Data without any option of MPTCP, that is no part of the stream.
fn bare(on: Sf, octets: u16) -> Segment {
    data(on, octets).only([Opt::Timestamps]).place(0)
}

/// More of it than any window that the target can offer: the tester's SYN has no window scale.
fn more_than_a_window(script: Script, segment: &Segment) -> Script {
    (0..68).fold(script, |script, _| script.act(segment.clone()))
}

pub(super) static IS_ACKNOWLEDGED: Case = Case {
    id: "rfc8684/3.3.1/unmapped-is-acknowledged",
    requirements: &["8684-3.3.1-07"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Data without a mapping is acknowledged on the subflow, but not at the data level.",
    fails_when: "It isn't acknowledged on the subflow, or it is at the data level, or no data is any \
                 more.",
    script: |_| {
        with(App::Sink)
            .act(bare(S0, 4))
            .expect(delivered(S0))
            .never(no_more_than(1))
            // Its mapping comes with more data.
            .act(shaped(S0, 4, dss().dsn_plus(-4).ssn_plus(-4).length(8)).place(4))
            .never(gone(S0).within_ms(100))
            // Whether the target kept the data or not, the same data on new octets is taken.
            .act(Act::Write { on: S0, octets: 8 })
            .expect(acknowledged(0, 9))
            .unharmed(S0)
    },
};

pub(super) static A_WINDOW_OF_IT: Case = Case {
    id: "rfc8684/3.3.1/window-of-unmapped-data",
    requirements: &["8684-3.3.1-09", "8684-3.7-07"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A subflow on which a whole window of data has no mapping is reset.",
    fails_when: "The subflow isn't reset, or the data is acknowledged at the data level.",
    script: |_| {
        more_than_a_window(with(App::Sink), &bare(S0, 1000))
            .expect(gone(S0))
            .never(acknowledged(0, 2).within_ms(50))
            .reachable(1)
    },
};

pub(super) static ON_A_JOIN: Case = Case {
    id: "rfc8684/3.7/strip-on-join-data",
    requirements: &["8684-3.7-07"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "One of two subflows on which a window of data has no mapping is reset; the other goes \
              on.",
    fails_when: "The subflow isn't reset, the data is acknowledged at the data level, or the other \
                 subflow suffers.",
    script: |plan| {
        more_than_a_window(with(App::Sink).and(joined(plan, S1)), &bare(S1, 1000))
            .expect(gone(S1))
            .never(more_is_acknowledged().within_ms(50))
            .unharmed(S0)
    },
};

pub(super) static REASON: Case = Case {
    id: "rfc8684/3.7/reason-of-vanished-options",
    requirements: &["8684-3.7-08"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "The RST for a subflow whose mappings vanish has the reason 0x06.",
    fails_when: "The RST has no MP_TCPRST, or another reason.",
    script: |plan| {
        more_than_a_window(with(App::Sink).and(joined(plan, S1)), &bare(S1, 1000))
            .given(gone(S1))
            .expect(reset_because(S1, "mp_tcprst reason=0x06", middlebox))
            .unharmed(S0)
    },
};

pub(super) static NEVER_HANDED_UP: Case = Case {
    id: "rfc8684/3.3.1/unmapped-is-never-handed-up",
    requirements: &["8684-3.3.1-10"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "What came without a mapping is dropped with its subflow.",
    fails_when: "The application gets octets that no mapping covered.",
    script: |plan| {
        let connected = with(App::Echo).and(joined(plan, S1));
        more_than_a_window(connected, &bare(S1, 1000).foreign())
            .given(gone(S1))
            .act(Act::Write { on: S0, octets: 8 })
            .expect(stream(0, 9).from_start())
            .unharmed(S0)
    },
};
