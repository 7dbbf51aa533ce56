//! Data sequence numbers of 32 and of 64 bits (RFC 8684 §3.3.1), and checksums over them.

use mpdissect::wire::mptcp::Subtype;

use super::{BEFORE_WRAP, WRAPPING_KEY, ready, shaped, summed, with};
use crate::case::{Axes, Case};
use crate::plan::Role;
use crate::script::{
    Act, App, Checksum, Opening, OptPattern, Pattern, S0, Script, Width, acknowledged, data,
    delivered, dss, established, open, seen, sf, stream,
};

/// A connection whose data sequence numbers soon wrap in their lower 32 bits, with so many octets
/// before that.
fn before_the_wrap(app: App, left: u32) -> Script {
    let opening = Opening { key: Some(WRAPPING_KEY), ..open().app(app) };
    ready(opening).act(Act::Write { on: S0, octets: BEFORE_WRAP - 1 - left }).given(delivered(S0))
}

pub(super) static WRAP: Case = Case {
    id: "rfc8684/3.3.1/64-bits-across-the-wrap",
    requirements: &["8684-3.3.1-11"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Data sequence numbers and acknowledgments carry into their upper 32 bits.",
    fails_when: "Data behind the wrap of the lower 32 bits isn't acknowledged as what it is.",
    script: |_| {
        before_the_wrap(App::Echo, 4)
            .act(Act::Write { on: S0, octets: 8 })
            .expect(acknowledged(0, u64::from(BEFORE_WRAP) + 4))
            .unharmed(S0)
            .expect(stream(0, u64::from(BEFORE_WRAP) + 5).from_start())
    },
};

pub(super) static WRAP_OF_SHORT: Case = Case {
    id: "rfc8684/3.3.1/32-bits-across-the-wrap",
    requirements: &["8684-3.3.1-16", "8684-3.3.1-15"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Data sequence numbers of 32 bits that wrap add one to the upper half.",
    fails_when: "Data behind the wrap isn't acknowledged as what it is.",
    script: |_| {
        let short = || dss().dsn(Width::Short);
        before_the_wrap(App::Echo, 4)
            .act(shaped(S0, 4, short()))
            .act(shaped(S0, 4, short()))
            .expect(acknowledged(0, u64::from(BEFORE_WRAP) + 4))
            .unharmed(S0)
            .expect(stream(0, u64::from(BEFORE_WRAP) + 5).from_start())
            // And the same with the wrap in the middle of a segment.
            .act(open().conn(1).app(App::Sink).key(WRAPPING_KEY))
            .given(established(sf(1, 0)))
            .act(Act::Write { on: sf(1, 0), octets: BEFORE_WRAP - 4 })
            .given(delivered(sf(1, 0)))
            .act(shaped(sf(1, 0), 8, short()))
            .act(shaped(sf(1, 0), 4, short()))
            .expect(acknowledged(1, u64::from(BEFORE_WRAP) + 8))
            .unharmed(sf(1, 0))
    },
};

pub(super) static OUT_OF_ORDER: Case = Case {
    id: "rfc8684/3.3.1/out-of-order-around-the-wrap",
    requirements: &["8684-3.3.1-17"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Data from before the wrap that comes behind it is no second wrap.",
    fails_when: "Anything but the right data is acknowledged, or the echo isn't right.",
    script: |_| {
        let short = || dss().dsn(Width::Short);
        let all = u64::from(BEFORE_WRAP) + 4;
        before_the_wrap(App::Echo, 4)
            .act(shaped(S0, 4, short()).place(4))
            .act(shaped(S0, 4, short()))
            .expect(acknowledged(0, all))
            // What was received once more, from before the wrap.
            .act(shaped(S0, 4, short()).place(-4))
            .act(Act::Write { on: S0, octets: 5 })
            .expect(acknowledged(0, all + 1))
            .act(shaped(S0, 4, short()))
            .expect(acknowledged(0, all + 5))
            .expect(stream(0, all + 5).from_start())
            .unharmed(S0)
    },
};

pub(super) static BOTH: Case = Case {
    id: "rfc8684/3.3.1/both-widths-in-turn",
    requirements: &["8684-3.3.1-13"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Sequence numbers and acknowledgments of 32 and 64 bits, in each combination.",
    fails_when: "Data with one of the combinations isn't acknowledged.",
    script: |_| {
        let widths = [Width::Short, Width::Long];
        let combinations = widths.into_iter().flat_map(|ack| widths.map(|dsn| (ack, dsn)));
        let rounds = combinations.clone().chain(combinations);
        (1..)
            .zip(rounds)
            .fold(with(App::Echo), |script, (round, (ack, dsn))| {
                script
                    .act(shaped(S0, 3, dss().data_ack(Some(ack)).dsn(dsn)))
                    .expect(acknowledged(0, 1 + round * 3))
            })
            .expect(stream(0, 25).from_start())
            .unharmed(S0)
    },
};

pub(super) static SHORT: Case = Case {
    id: "rfc8684/3.3.1/32-bits-from-the-start",
    requirements: &["8684-3.3.1-15"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "The first mapping of a connection and later ones may have 32 bits, with checksums too.",
    fails_when: "Data with a data sequence number of 32 bits isn't acknowledged.",
    script: |_| {
        let other = sf(1, 0);
        let short = || dss().dsn(Width::Short);
        Script::new()
            .act(open().app(App::Sink))
            .given(established(S0))
            .act(shaped(S0, 3, short()))
            .act(shaped(S0, 3, short().data_ack(None)))
            .expect(acknowledged(0, 6))
            .unharmed(S0)
            .act(summed(App::Sink).conn(1))
            .given(established(other))
            .act(shaped(other, 3, short()))
            .act(shaped(other, 3, short().data_ack(Some(Width::Short))))
            .expect(acknowledged(1, 6))
            .unharmed(other)
    },
};

pub(super) static SUM_OVER_64_BITS: Case = Case {
    id: "rfc8684/3.3.1/checksum-over-64-bits",
    requirements: &["8684-3.3.1-s01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Checksums are over all 64 bits of the data sequence number, also where 32 are sent.",
    fails_when: "A checksum over 64 bits is taken for wrong, or one over 32 bits for right.",
    script: |_| {
        let short = || dss().dsn(Width::Short);
        let fail = Pattern::from(OptPattern::Subtype(Subtype::MpFail)).on(S0);
        ready(summed(App::Sink))
            .act(shaped(S0, 6, short()))
            .expect(delivered(S0))
            .act(data(S0, 6))
            .expect(acknowledged(0, 13))
            .act(shaped(S0, 6, short().checksum(Checksum::OverLowHalf)))
            .expect(seen(fail))
            .reachable(1)
    },
};

pub(super) static OWN_SUMS: Case = Case {
    id: "rfc8684/3.3.1/own-checksums",
    requirements: &["8684-3.3.1-s01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Every mapping of the target has the right checksum, where they were negotiated.",
    fails_when: "A mapping has a wrong checksum, or none.",
    script: |_| {
        ready(summed(App::Source))
            .expect(stream(0, 3000))
            .act(Act::DataFin(S0))
            .given(acknowledged(0, 2))
            .expect(stream(0, 0))
            .reachable(1)
    },
};
