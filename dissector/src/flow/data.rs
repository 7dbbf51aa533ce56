//! Data: mappings, their checksums, and each octet's place in the data stream.

use super::check::{Fact, Missing, Status};
use super::connection::{Connection, FallbackCause, Half, Phase};
use super::seq::{Inserted, Ranges, distance, expand};
use super::step::Step;
use super::summing::{Piece, Sums};
use crate::crypto::Sum;
use crate::notice::NoticeId;
use crate::wire::mptcp::{CapableKeys, Dss, Mapping, MptcpOption, Seq, Subtype};
use crate::wire::tcp::{Flags, Segment};

/// What one side of a subflow said about its octets.
#[derive(Clone, Debug, Default)]
pub(super) struct Mappings {
    current: Option<Mapped>,
    /// The one before: a segment may hold the end of one mapping and the start of the next.
    previous: Option<Mapped>,
    /// Segments that came out of order and without a mapping: it may follow.
    early: Vec<Early>,
    /// Octets that the SYN carried. No mapping is about them, and the numbers of mappings count
    /// from behind them (RFC 8684 appendix B).
    pub(super) on_syn: u32,
    /// Where the first mapped octet is.
    first_mapped: Option<u64>,
    /// Whether any DSS was seen from this side.
    pub(super) any: bool,
    pub(super) sums: Sums,
    /// The subflow's octets that were seen, to tell those sent again from those out of order.
    seen: Ranges<63>,
    /// Octets of memory beyond what every subflow takes that are accounted for.
    accounted: usize,
    /// Distance 2^32 is told by counting wraps of the subflow's sequence numbers.
    position: u64,
}

/// A mapping with its data sequence number made whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mapped {
    pub(super) dsn: u64,
    /// The subflow's octet that it starts at; the first octet is 1.
    pub(super) start: u64,
    /// `None` is the infinite mapping.
    length: Option<u16>,
}

/// Octets whose mapping wasn't seen yet: segments, or what other mappings left of one.
#[derive(Clone, Copy, Debug)]
struct Early {
    start: u64,
    end: u64,
    /// Of all its octets, or why it isn't known.
    sum: Result<Sum, Missing>,
}

impl Early {
    fn append(&mut self, next: Self) {
        let sums = self.sum.and_then(|sum| Ok((sum, next.sum?)));
        self.sum = sums.map(|(sum, behind)| sum.join(next.start - self.start, behind));
        self.end = next.end;
    }
}

impl Mapped {
    fn dsn_of(&self, place: u64) -> Option<u64> {
        let offset = place.checked_sub(self.start)?;
        let covered = self.length.is_none_or(|length| offset < u64::from(length));
        covered.then(|| self.dsn.wrapping_add(offset))
    }

    /// Where both put the first octet that they share, if that isn't the same place.
    fn conflict(&self, other: &Self) -> Option<(u64, u64)> {
        // An infinite mapping takes the place of what was before (RFC 8684 §3.7).
        self.length.and(other.length)?;
        let shared = self.start.max(other.start);
        let (own, others) = (self.dsn_of(shared)?, other.dsn_of(shared)?);
        (own != others).then_some((own, others))
    }

    /// Behind the last octet.
    fn end(&self) -> u64 {
        self.length.map_or(u64::MAX, |length| self.start.saturating_add(length.into()))
    }
}

impl Mappings {
    const EARLY_MAX: usize = 8;
    const UNREACHED: u64 = u64::MAX / 2;

    /// The place of a relative 32-bit sequence number in the subflow, wraps counted.
    fn place(&self, relative: u32) -> u64 {
        expand(relative, self.position)
    }

    /// Keeps octets without a mapping. Where there are too many segments the first ones become one,
    /// and the oldest is forgotten if none follows on another.
    fn keep(&mut self, early: Early) {
        if self.early.len() >= Self::EARLY_MAX {
            let joined = self.early.array_windows().position(|[one, other]| one.end == other.start);
            let next = self.early.remove(joined.map_or(0, |joined| joined + 1));
            if let Some(joined) = joined.and_then(|joined| self.early.get_mut(joined)) {
                joined.append(next);
            }
        }
        self.early.push(early);
    }

    /// Whether the segment that states the mapping of this place may be missing: octets as far
    /// before it as a mapping reaches weren't seen, or aren't known any more.
    fn lack_before(&self, place: u64) -> bool {
        !self.seen.covers(place.saturating_sub(u16::MAX.into()).max(1), place)
    }

    /// Octets of memory beyond what every subflow takes.
    fn needed(&self) -> usize {
        self.sums.extra() + self.seen.extra()
    }

    fn advance(&mut self, place: u64) {
        // A number half the space behind the last is no place that was reached.
        if place < Self::UNREACHED && place > self.position {
            self.position = place;
        }
    }

    fn dsn_of(&self, place: u64) -> Option<u64> {
        self.covering(place).map(|(_, dsn)| dsn)
    }

    /// The mappings that are known, the latest first.
    fn known(&self) -> impl Iterator<Item = Mapped> {
        self.current.into_iter().chain(self.previous)
    }

    /// The latest mapping of the octet at this place, and where that has it in the data stream.
    #[inline]
    fn covering(&self, place: u64) -> Option<(Mapped, u64)> {
        self.known().find_map(|mapped| Some((mapped, mapped.dsn_of(place)?)))
    }

    /// The longest run of octets from `place` on, up to `end`, that are of one mapping or of
    /// none: where it ends, and its first octet's place in the data stream.
    fn run(&self, place: u64, end: u64) -> (u64, Option<u64>) {
        match self.covering(place) {
            Some((mapped, dsn)) => (mapped.end().min(end), Some(dsn)),
            None => {
                let starts = self.known().map(|mapped| mapped.start).filter(|&start| start > place);
                (starts.min().unwrap_or(end).min(end), None)
            }
        }
    }
}

impl Half {
    /// The place of a segment's first octet of data in the subflow, where the SYN is known.
    pub(super) fn place_of(&self, segment: &Segment<'_>) -> Option<u64> {
        Some(self.mappings.place(data_seq(segment).wrapping_sub(self.isn?)))
    }
}

/// The sequence number of the first octet of data: SYN has one of its own.
fn data_seq(segment: &Segment<'_>) -> u32 {
    segment.seq.wrapping_add(u32::from(segment.flags.contains(Flags::SYN)))
}

impl Step<'_> {
    pub(super) fn on_dss(&mut self, index: u8, dss: &Dss) {
        self.half().mappings.any = true;
        if let Some(ack) = dss.data_ack
            && let Some(ack) = whole(ack, self.receiver().near)
        {
            self.receiver().near.get_or_insert(ack);
            let known = &mut self.sender().data_ack;
            if known.is_none_or(|known| ack.wrapping_sub(known).cast_signed() > 0) {
                *known = Some(ack);
            }
        }
        let Some(mapping) = dss.mapping else { return };
        let dsn = whole(mapping.dsn, self.sender().near);
        if let Some(dsn) = dsn {
            let near = dsn.wrapping_add(mapping.length.into());
            let known = &mut self.sender().near;
            if known.is_none_or(|known| near.wrapping_sub(known).cast_signed() > 0) {
                *known = Some(near);
            }
            if dss.data_fin {
                self.sender().data_fin = Some(near.wrapping_sub(1));
            }
        }
        if mapping.length == 0 {
            self.notice(index, NoticeId::InfiniteMapping, "the mapping has length 0");
            self.fall_back(FallbackCause::InfiniteMapping);
        }
        self.check_presence(index, mapping.checksum.is_some(), mapping.length);
        self.map(index, mapping, dss.data_fin, dsn);
    }

    /// The mapping that an MP_CAPABLE with data implies: the stream's first octets, right behind
    /// the SYN (RFC 8684 §3.1).
    fn map_first_data(&mut self) {
        // What doesn't belong on the segment or on the subflow maps nothing.
        if !self.seen.carries(Subtype::MpCapable) || self.subflow().initial == Some(false) {
            return;
        }
        let first = self.seen.well_formed().find_map(|(index, option)| match option {
            MptcpOption::MpCapable(capable) => Some((index, capable.keys)),
            _ => None,
        });
        if let Some((index, CapableKeys::Data { length, checksum, .. })) = first {
            let dsn = self.sender().idsn.map(|idsn| idsn.wrapping_add(1));
            self.check_presence(index, checksum.is_some(), length);
            let seq = Seq::Long(dsn.unwrap_or_default());
            self.map(index, Mapping { dsn: seq, ssn: 1, length, checksum }, false, dsn);
        }
    }

    /// RFC 8684 §3.3.1: a checksum on every mapping or on none, as the handshake agreed.
    fn check_presence(&mut self, index: u8, present: bool, length: u16) {
        match (self.connection.checksum, present) {
            // The infinite mapping of a fallback has no data to sum up (RFC 8684 §3.7).
            (Some(true), false) if length > 0 => {
                self.notice(index, NoticeId::ChecksumMissing, "the handshake asked for one");
            }
            (Some(false), true) => {
                self.notice(index, NoticeId::ChecksumUnexpected, "the handshake asked for none");
            }
            _ => {}
        }
    }

    fn map(&mut self, index: u8, mapping: Mapping, data_fin: bool, dsn: Option<u64>) {
        // RFC 6824 §3.3: what v0 didn't agree on is to be ignored; in v1 it ends the subflow.
        let ignored = (self.connection.version, self.connection.checksum) == (Some(0), Some(false));
        let checked = mapping.checksum.filter(|_| mapping.length > 0 && !ignored);
        let Some(dsn) = dsn else {
            if checked.is_some() {
                self.check(Some(index), Fact::Checksum, Status::Unverifiable(Missing::Dsn));
            }
            return;
        };
        let half = self.half();
        let start = half.mappings.place(mapping.ssn.wrapping_add(half.mappings.on_syn));
        let length = (mapping.length > 0).then_some(mapping.length);
        let mapped = Mapped { dsn, start, length };
        // SSN 0 maps no octet of the subflow: a DATA_FIN alone (RFC 8684 §3.3.3).
        if mapping.ssn != 0 {
            let mappings = &mut half.mappings;
            mappings.first_mapped.get_or_insert(start);
            if mappings.current != Some(mapped) {
                let conflict = mappings.known().find_map(|known| known.conflict(&mapped));
                mappings.previous = mappings.current.replace(mapped);
                if let Some((before, now)) = conflict {
                    let from = self.from;
                    let (before, now) = (self.place_of(from, before), self.place_of(from, now));
                    let text = format!("octets were at {before} and are now at {now}");
                    self.notice(index, NoticeId::MappingConflict, text);
                }
            }
        }
        if let Some(checksum) = checked {
            self.expect_sum(index, &mapping, mapped, checksum, data_fin);
        }
        self.map_early(mapped);
    }

    /// Gives the mapping the octets that came before it.
    fn map_early(&mut self, mapped: Mapped) {
        if self.half().mappings.early.is_empty() {
            return;
        }
        for early in std::mem::take(&mut self.half().mappings.early) {
            let Early { start, end, sum } = early;
            let (from, to) = (start.max(mapped.start), end.min(mapped.end()));
            let Some(dsn) = mapped.dsn_of(from).filter(|_| from < to) else {
                self.half().mappings.keep(early);
                continue;
            };
            self.place_in_stream(dsn, to - from, true);
            self.sum_up(start, end, Piece::Sum(sum));
            // The sum of a part can't be told from the sum of the whole.
            let sum = sum.and(Err(Missing::Segments));
            for (start, end) in [(start, from), (to, end)] {
                if start < end {
                    self.half().mappings.keep(Early { start, end, sum });
                }
            }
        }
    }

    /// The segment's payload, after its options.
    pub(super) fn on_payload(&mut self) {
        self.map_first_data();
        self.place_payload();
        self.account();
    }

    /// Takes account of the memory that gaps and waiting mappings need. It is not given back
    /// before the connection goes, for the next gap would need it again, unless a connection comes
    /// to need more than any that is real.
    #[inline]
    pub(super) fn account(&mut self) {
        let mappings = &mut self.half().mappings;
        let needed = mappings.needed();
        let more = needed.saturating_sub(mappings.accounted);
        if more == 0 {
            return;
        }
        mappings.accounted += more;
        self.connection.extra += more;
        if self.connection.extra > Connection::EXTRA_MAX {
            self.give_up_sums();
        }
    }

    #[cold]
    fn give_up_sums(&mut self) {
        let mappings = &mut self.half().mappings;
        let lost = mappings.sums.give_up(u64::MAX);
        mappings.sums.shrink();
        let less = mappings.accounted.saturating_sub(mappings.needed());
        mappings.accounted -= less;
        self.connection.extra -= less;
        for _ in 0..lost {
            self.check(None, Fact::Checksum, Status::Unverifiable(Missing::Segments));
        }
    }

    fn place_payload(&mut self) {
        let segment = self.seen.segment;
        let half = self.half();
        let Some(place) = half.place_of(segment) else { return };
        let length = u64::from(segment.payload_len);
        let end = place.saturating_add(length);
        let again =
            half.next.map_or(0, |next| distance(data_seq(segment), next).max(0).cast_unsigned());
        if place < Mappings::UNREACHED
            && let Inserted::Again(octets) = half.mappings.seen.insert(place, end)
        {
            half.retransmitted += octets;
        }
        half.mappings.advance(end);
        self.sum_up(place, end, Piece::Octets(segment.payload));
        let (mut from, mut unmapped) = (place, 0);
        while from < end {
            let (to, dsn) = self.half().mappings.run(from, end);
            match dsn {
                Some(dsn) => self.place_in_stream(dsn, to.saturating_sub(from), again > 0),
                None => unmapped += to.saturating_sub(from),
            }
            from = to;
        }
        if unmapped == length && self.half().mappings.lack_before(place) {
            // Its mapping may be on a segment that is still to come.
            let whole = segment.payload.len() as u64 == length;
            let sum = whole.then(|| Sum::default().add(0, segment.payload));
            let sum = sum.ok_or(Missing::Payload);
            self.half().mappings.keep(Early { start: place, end, sum });
        } else if unmapped > 0 && u64::from(again) < length {
            self.without_mapping(unmapped);
        }
    }

    /// What the acknowledgment number says about the other side's mappings.
    pub(super) fn on_acknowledgment(&mut self) {
        let segment = self.seen.segment;
        if !self.seen.has(Flags::ACK) || self.seen.has(Flags::SYN) {
            return;
        }
        let half = self.other_half();
        let mappings = &half.mappings;
        let (waiting, first) = (!mappings.sums.is_empty(), mappings.first_mapped);
        let Some(isn) = half.isn.filter(|_| waiting || first.is_some()) else {
            return;
        };
        let place = mappings.place(segment.ack.wrapping_sub(isn));
        if first.is_some_and(|first| place > first) && self.seen.carries_nothing() {
            self.check_data_ack();
        }
        if !waiting {
            return;
        }
        // What the peer has and the capture has not won't come any more.
        for _ in 0..self.other_half().mappings.sums.give_up(place) {
            self.check(None, Fact::Checksum, Status::Unverifiable(Missing::Segments));
        }
    }

    /// RFC 8684 §3.7: whose mapped data is acknowledged without any Data ACK falls back, unless
    /// further subflows have shown that the path carries the options. RFC 6824 §3.6 has no such
    /// exception.
    fn check_data_ack(&mut self) {
        let silent = !self.half().mappings.any;
        let alone = self.connection.version == Some(0) || self.connection.subflows.len() == 1;
        let subflow = self.subflow();
        let whole = subflow.initial == Some(true) && subflow.phase == Phase::Established;
        if silent && alone && whole && !self.seen.unclear && !self.seen.has(Flags::RST) {
            self.fall_back(FallbackCause::AckWithout);
        }
    }

    /// A segment that TCP sent again or out of order says nothing about the connection level.
    fn place_in_stream(&mut self, dsn: u64, length: u64, by_tcp: bool) {
        // The stream may wrap at 2^64; a segment across the wrap is rarer than any other.
        let Some(end) = dsn.checked_add(length) else { return };
        let stream = &mut self.sender().stream;
        let before = stream.extra();
        let inserted = stream.insert(dsn, end);
        let more = stream.extra().saturating_sub(before);
        self.connection.extra += more;
        match inserted {
            _ if by_tcp => {}
            Inserted::Ahead | Inserted::Unknown => {}
            Inserted::IntoGap => {
                self.sender().out_of_order += 1;
                let place = self.place_of(self.from, dsn);
                self.remark(NoticeId::OutOfOrder, format!("{length} octets at {place}"));
            }
            Inserted::Again(octets) => {
                self.sender().reinjected += octets;
                let place = self.place_of(self.from, dsn);
                self.remark(NoticeId::Reinjection, format!("{octets} octets at {place}"));
            }
        }
    }

    fn without_mapping(&mut self, octets: u64) {
        let syn = self.seen.has(Flags::SYN);
        if syn || self.seen.unclear || self.connection.fallback.is_some() {
            return;
        }
        let initial = self.subflow().initial == Some(true);
        let first = initial && !self.half().mappings.any && self.half().mappings.current.is_none();
        if first {
            self.fall_back(FallbackCause::DataWithout);
        } else if self.subflow().initial.is_some() {
            self.remark(NoticeId::Unmapped, format!("{octets} octets"));
        }
    }

    /// The segment's first octet in the data stream, where that is known.
    pub(super) fn payload_dsn(&mut self) -> Option<u64> {
        let segment = self.seen.segment;
        if segment.payload_len == 0 {
            return None;
        }
        let half = self.half();
        half.mappings.dsn_of(half.place_of(segment)?)
    }
}

/// A data sequence number in 64 bits, where what it has is enough to tell.
pub(super) fn whole(seq: Seq, near: Option<u64>) -> Option<u64> {
    match seq {
        Seq::Long(whole) => Some(whole),
        Seq::Short(low) => near.map(|near| expand(low, near)),
    }
}
