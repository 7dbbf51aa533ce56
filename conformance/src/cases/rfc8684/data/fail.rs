//! Checksums that are wrong (RFC 8684 §3.7).

use mpdissect::wire::mptcp::{MpFail, MptcpOption, Subtype};
use mpdissect::wire::tcp::Flags;

use super::{ready, shaped, summed};
use crate::case::{Axes, Case};
use crate::cases::setup::joined;
use crate::plan::Role;
use crate::script::{
    Act, App, Expectation, Judgement, Opt, OptPattern, Pattern, S0, S1, S2, Segment, Setting, Sf,
    Width, data, delivered, dss, gone, seen, that,
};
use crate::tester::Tester;

/// Data that was changed on the way, so that its checksum is wrong; no part of the stream.
fn changed(on: Sf, octets: u16) -> Segment {
    data(on, octets).foreign().place(0)
}

/// The target says with MP_FAIL that the mapping is at fault that begins at the next octet of the
/// tester's stream, and names no other.
fn names_the_mapping() -> Expectation {
    that("mp_fail with the data sequence number of the mapping", |tester, mark| {
        for seen in tester.since(mark) {
            let Some(fail) = fail_of(seen) else { continue };
            let place = tester.own_place(0, fail.dsn);
            return if place == Some(tester.written(0)) {
                Judgement::Yes(seen.packet)
            } else {
                Judgement::Impossible { packet: seen.packet, seen: seen.notation() }
            };
        }
        Judgement::NotYet
    })
}

fn fail_of(seen: &crate::tester::Seen) -> Option<MpFail> {
    seen.well_formed().find_map(|option| match option {
        MptcpOption::MpFail(fail) => Some(*fail),
        _ => None,
    })
}

/// A RST with MP_FAIL.
fn reset_with_fail(on: Sf) -> Expectation {
    let pattern = Pattern::default().on(on).set(Flags::RST);
    seen(pattern.with(OptPattern::Subtype(Subtype::MpFail)))
}

pub(super) static BAD_CHECKSUM: Case = Case {
    id: "rfc8684/3.7/wrong-checksum-on-one-of-two",
    requirements: &["8684-3.7-10", "8684-3.7-s01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Changed data on one of two subflows: RST with MP_FAIL, no data acknowledgment.",
    fails_when: "The data is acknowledged, or there is no RST with MP_FAIL that names its start.",
    script: |plan| {
        ready(summed(App::Echo))
            .and(joined(plan, S1))
            .act(changed(S1, 8).shaped(dss().dsn(Width::Short)))
            .expect(reset_with_fail(S1))
            .expect(names_the_mapping().cites("8684-3.7-s01"))
            .never(that("the changed data is acknowledged", acknowledges_more).within_ms(50))
            .act(Act::Write { on: S0, octets: 8 })
            .expect(delivered(S0))
            .unharmed(S0)
    },
};

/// The echo of everything that was written, and nothing else, has arrived.
fn whole_stream(tester: &Tester, _: u64) -> Judgement {
    match tester.broken(0) {
        Some((packet, seen)) => Judgement::Impossible { packet, seen },
        None if tester.in_order(0) >= tester.written(0) => Judgement::Yes(tester.packets()),
        None => Judgement::NotYet,
    }
}

/// More than what was written is acknowledged at the data level.
fn acknowledges_more(tester: &Tester, mark: u64) -> Judgement {
    let written = tester.written(0);
    let more = |seen: &&crate::tester::Seen| {
        super::acks(seen)
            .is_some_and(|ack| tester.acknowledged(0, ack).is_some_and(|acked| acked > written))
    };
    let found = tester.since(mark).iter().find(more);
    found.map_or(Judgement::NotYet, |seen| Judgement::Yes(seen.packet))
}

pub(super) static BAD_ON_SEVERAL: Case = Case {
    id: "rfc8684/3.7/wrong-checksums-on-two-of-three",
    requirements: &["8684-3.7-10"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Changed data on two of three subflows ends both; the third one goes on.",
    fails_when: "One of the two isn't reset with MP_FAIL, or the data is acknowledged.",
    script: |plan| {
        ready(summed(App::Echo))
            .and(joined(plan, S1))
            .and(joined(plan, S2))
            .act(changed(S1, 8))
            .act(changed(S2, 8))
            .expect(reset_with_fail(S1))
            .expect(reset_with_fail(S2))
            .never(that("the changed data is acknowledged", acknowledges_more).within_ms(50))
            .act(Act::Write { on: S0, octets: 8 })
            .expect(delivered(S0))
            .unharmed(S0)
    },
};

pub(super) static BAD_ON_THE_ONLY_ONE: Case = Case {
    id: "rfc8684/3.7/wrong-checksum-on-the-only-subflow",
    requirements: &["8684-3.7-s02", "8684-3.7-10"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Changed data on the only subflow: MP_FAIL, and after an infinite mapping plain TCP.",
    fails_when: "No MP_FAIL names the start of the mapping, or plain data isn't taken then.",
    script: |_| {
        ready(summed(App::Sink))
            .act(changed(S0, 8))
            .expect(names_the_mapping())
            .never(that("the changed data is acknowledged", acknowledges_more).within_ms(50))
            .act(shaped(S0, 4, dss().length(0)).with(Opt::Fail))
            .act(Setting::Plain(0))
            .expect(delivered(S0))
            .never(gone(S0).within_ms(50))
            .unharmed(S0)
    },
};

pub(super) static BAD_WITH_GAP: Case = Case {
    id: "rfc8684/3.7/wrong-checksum-behind-a-gap",
    requirements: &["8684-3.7-13"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Changed data on the only subflow, with data missing before it: RST with MP_FAIL.",
    fails_when: "The subflow isn't reset with MP_FAIL.",
    script: |_| {
        ready(summed(App::Sink))
            .act(data(S0, 8).place(8))
            .act(changed(S0, 8).place(16))
            .expect(reset_with_fail(S0))
            .reachable(1)
    },
};

pub(super) static DISCARDED: Case = Case {
    id: "rfc8684/3.7/changed-data-is-discarded",
    requirements: &["8684-3.7-14"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "After a reset with MP_FAIL the data comes once more, and the application gets that.",
    fails_when: "The application gets the changed data.",
    script: |plan| {
        ready(summed(App::Echo))
            .and(joined(plan, S1))
            .act(data(S1, 8).place(8))
            .act(changed(S1, 8).place(16))
            .given(gone(S1))
            .act(Act::Write { on: S0, octets: 8 })
            .act(Act::Write { on: S0, octets: 16 })
            .expect(that("the whole stream, as it was written", whole_stream))
            .unharmed(S0)
    },
};
