//! Checksums that are wrong (RFC 8684 §3.7).

use mpdissect::wire::mptcp::{MpFail, MptcpOption, Subtype};
use mpdissect::wire::tcp::Flags;

use super::{more_is_acknowledged, ready, shaped, summed};
use crate::case::{Axes, Case};
use crate::cases::setup::joined;
use crate::plan::Role;
use crate::script::{
    Act, App, Expectation, Judgement, Opt, OptPattern, Pattern, S0, S1, S2, Script, Segment,
    Setting, Sf, Width, ack, data, delivered, dss, gone, seen, that,
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
            .never(more_is_acknowledged().within_ms(50))
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
            .never(more_is_acknowledged().within_ms(50))
            .act(Act::Write { on: S0, octets: 8 })
            .expect(delivered(S0))
            .unharmed(S0)
    },
};

/// The tester's infinite mapping with MP_FAIL, and plain data behind it.
fn falls_back() -> Script {
    Script::new()
        .act(shaped(S0, 4, dss().length(0)).with(Opt::Fail))
        .act(Setting::Plain(0))
        .expect(delivered(S0))
        .never(gone(S0).within_ms(50))
        .unharmed(S0)
}

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
            .never(more_is_acknowledged().within_ms(50))
            .and(falls_back())
    },
};

/// Data whose DSS was changed on the way, in the last octet of its checksum or of its data sequence
/// number; no part of the stream.
fn rewritten(on: Sf, at: u8) -> Segment {
    data(on, 8).only([Opt::Timestamps, Opt::Dss.rewritten(at, 0x20)]).place(0)
}

/// Where these octets are, counted from the kind, with data acknowledgment and data sequence number
/// of 64 bits.
const END_OF_DSN: u8 = 19;
const END_OF_CHECKSUM: u8 = 27;

pub(super) static CHANGED_OPTION: Case = Case {
    id: "rfc8684/3.7/rewrite-on-later-data",
    requirements: &["8684-3.7-s02", "8684-3.7-10"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A changed checksum on the only subflow: MP_FAIL, and after an infinite mapping plain \
              TCP.",
    fails_when: "No MP_FAIL names the start of the mapping, or plain data isn't taken then.",
    script: |_| {
        ready(summed(App::Sink))
            .act(rewritten(S0, END_OF_CHECKSUM))
            .expect(names_the_mapping())
            .never(more_is_acknowledged().cites("8684-3.7-10").within_ms(50))
            .and(falls_back())
    },
};

pub(super) static CHANGED_OPTION_OF_A_JOIN: Case = Case {
    id: "rfc8684/3.7/rewrite-on-join-data",
    requirements: &["8684-3.7-10"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A changed data sequence number on one of two subflows: RST with MP_FAIL.",
    fails_when: "The data is acknowledged, there is no RST with MP_FAIL, or the other subflow \
                 suffers.",
    script: |plan| {
        ready(summed(App::Echo))
            .and(joined(plan, S1))
            .act(rewritten(S1, END_OF_DSN))
            .expect(reset_with_fail(S1))
            .never(more_is_acknowledged().within_ms(50))
            .act(Act::Write { on: S0, octets: 8 })
            .expect(delivered(S0))
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

pub(super) static BAD_BEHIND_A_LOST_SUBFLOW: Case = Case {
    id: "rfc8684/3.7/wrong-checksum-behind-a-lost-subflow",
    requirements: &["8684-3.7-13"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Changed data on the only subflow left, with data missing that went with another one: \
              RST with MP_FAIL.",
    fails_when: "The subflow isn't reset with MP_FAIL.",
    script: |plan| {
        let lost = Pattern::default().on(S1).set(Flags::RST);
        ready(summed(App::Sink))
            .and(joined(plan, S1))
            .act(data(S0, 8).place(8))
            .given(stands_behind_a_gap())
            .act(ack(S1).flags(Flags::RST | Flags::ACK).only([]))
            .act(ack(S1))
            .given(seen(lost))
            .act(changed(S0, 8).place(16))
            .expect(reset_with_fail(S0))
            .reachable(1)
    },
};

/// The data level waits for what the other subflow had, while this one has nothing outstanding.
fn stands_behind_a_gap() -> Expectation {
    that("0.0 is acknowledged as a subflow", |tester, mark| {
        if tester.is_acknowledged(S0) { Judgement::Yes(mark) } else { Judgement::NotYet }
    })
}

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
