//! Data: mappings and acknowledgments (RFC 8684 §3.3), checksums, failure and fallback behind the handshake (§3.7).

mod acks;
mod fail;
mod fallback;
mod fin;
mod format;
mod mapping;
mod retain;
mod unmapped;
mod widths;
mod windows;

use mpdissect::wire::mptcp::{CapableFlags, Dss, MpTcprst, MptcpOption, Seq};
use mpdissect::wire::tcp::Flags;

use crate::case::Case;
use crate::script::{
    Act, App, Expectation, Judgement, Opening, OptPattern, Pattern, Script, Segment, Sf, Shape,
    acknowledged, data, delivered, established, open, seen, sf, that,
};
use crate::tester::Seen;

pub(super) static CASES: &[&Case] = &[
    &format::RESERVED,
    &format::UNNEGOTIATED_CHECKSUM,
    &format::MISSING_CHECKSUM,
    &format::MISSING_AT_ONCE,
    &format::UNNEGOTIATED_ON_A_JOIN,
    &format::MISSING_ON_A_JOIN,
    &format::REASON,
    &format::IDLE_WIDTH_FLAGS,
    &mapping::STAYS,
    &mapping::FIRST_COPY,
    &mapping::FIRST_COPY_OF_QUEUED,
    &mapping::OLD_RANGE,
    &mapping::NO_URGENT_DATA,
    &mapping::URGENT_IS_DATA,
    &mapping::OVERLAPPING,
    &unmapped::IS_ACKNOWLEDGED,
    &unmapped::A_WINDOW_OF_IT,
    &unmapped::ON_A_JOIN,
    &unmapped::REASON,
    &unmapped::NEVER_HANDED_UP,
    &widths::WRAP,
    &widths::WRAP_OF_SHORT,
    &widths::OUT_OF_ORDER,
    &widths::BOTH,
    &widths::SHORT,
    &widths::SUM_OVER_64_BITS,
    &widths::OWN_SUMS,
    &acks::LONG_FOR_LONG,
    &acks::EITHER_WIDTH,
    &acks::WINDOW_NEEDS_DATA_ACK,
    &acks::WITHOUT_DATA_ACK,
    &fin::ALONE,
    &fin::WAITS,
    &fin::ORDERLY,
    &fin::TARGET_FIRST,
    &fin::SIMULTANEOUS,
    &fin::ALL_SUBFLOWS,
    &fin::STALLED_SUBFLOW,
    &fin::BEFORE_DATA,
    &fin::WITH_DATA,
    &fin::ACROSS_SUBFLOWS,
    &fin::REPEATED,
    &fin::WITHOUT_DATA_FIN,
    &windows::RIGHT_EDGE,
    &windows::HOLE_IN_SUBFLOW,
    &windows::LARGEST_COUNTS,
    &windows::EACH_COUNTS,
    &windows::BEYOND,
    &retain::UNTIL_DATA_ACK,
    &retain::NOT_INFERRED,
    &retain::ORIGINAL_GOES_ON,
    &fail::BAD_CHECKSUM,
    &fail::BAD_ON_SEVERAL,
    &fail::BAD_ON_THE_ONLY_ONE,
    &fail::CHANGED_OPTION,
    &fail::CHANGED_OPTION_OF_A_JOIN,
    &fail::BAD_WITH_GAP,
    &fail::BAD_BEHIND_A_LOST_SUBFLOW,
    &fail::DISCARDED,
    &fallback::EVERY_SEGMENT_IS_MAPPED,
    &fallback::JOIN_WITHOUT_DATA_ACK,
    &fallback::JOIN_REASON,
    &fallback::FIRST_WITHOUT_DATA_ACK,
    &fallback::FAIL_IS_ANSWERED,
    &fallback::FREED_BY_SUBFLOW,
    &fallback::NO_DATA_ACKS,
];

/// A key of the tester whose data sequence numbers wrap in their lower 32 bits after
/// [`BEFORE_WRAP`] octets.
const WRAPPING_KEY: u64 = 0x6d70_636f_0019_8185;
/// The octets of data before the wrap.
const BEFORE_WRAP: u32 = 41;

/// Connection `conn` with this application and MSS enough for a few octets at once, ready: an
/// octet was delivered, so that mappings pass.
fn ready(opening: Opening) -> Script {
    let first = sf(opening.conn, 0);
    Script::new()
        .act(opening)
        .given(established(first))
        .act(Act::Write { on: first, octets: 1 })
        .given(delivered(first))
}

/// An ordinary connection with this application, as connection 0, ready.
fn with(app: App) -> Script {
    ready(open().app(app))
}

/// An opening that wants checksums.
fn summed(app: App) -> Opening {
    open().app(app).flags(CapableFlags::CHECKSUM)
}

/// Data with a DSS of another shape.
fn shaped(on: Sf, octets: u16, shape: Shape) -> Segment {
    data(on, octets).shaped(shape)
}

/// Octets beyond the stream that was written, which something was wrong with, are acknowledged at
/// the data level.
fn more_is_acknowledged() -> Expectation {
    that("data that isn't right is acknowledged", |tester, mark| {
        let written = tester.written(0);
        let more = |seen: &&Seen| {
            let acked = acks(seen).and_then(|ack| tester.acknowledged(0, ack));
            acked.is_some_and(|acked| acked > written)
        };
        let found = tester.since(mark).iter().find(more);
        found.map_or(Judgement::NotYet, |seen| Judgement::Yes(seen.packet))
    })
}

/// Nothing of what isn't right to acknowledge is acknowledged on connection 0: no more than so
/// many octets, for a moment. What follows shows that there was an answer.
fn no_more_than(octets: u64) -> Expectation {
    acknowledged(0, octets + 1).within_ms(250)
}

/// A RST on a subflow with this reason.
fn reset_because(on: Sf, name: &'static str, check: fn(&MptcpOption) -> bool) -> Expectation {
    seen(Pattern::default().on(on).set(Flags::RST).with(OptPattern::Where { name, check }))
}

/// An MP_TCPRST with the reason that middleboxes interfere.
fn middlebox(option: &MptcpOption) -> bool {
    matches!(option, MptcpOption::MpTcprst(MpTcprst { reason: 0x06, .. }))
}

/// The DSS of a segment.
fn dss_of(seen: &Seen) -> Option<&Dss> {
    seen.well_formed().find_map(|option| match option {
        MptcpOption::Dss(dss) => Some(dss),
        _ => None,
    })
}

/// An ACK or data of the target with a DSS that acknowledges.
fn acks(seen: &Seen) -> Option<Seq> {
    dss_of(seen)?.data_ack
}

#[cfg(test)]
mod tests {
    use mpdissect::crypto::Algorithm;

    use super::{BEFORE_WRAP, WRAPPING_KEY};

    #[test]
    fn the_key_wraps_where_it_says() {
        let first = Algorithm::Sha256.derive(WRAPPING_KEY).idsn.wrapping_add(1);
        assert_eq!((first as u32).wrapping_add(BEFORE_WRAP), 0);
    }
}
