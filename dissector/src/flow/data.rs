//! Data: mappings, their checksums, and each octet's place in the data stream.

use super::check::{Fact, Missing, Status};
use super::connection::FallbackCause;
use super::seq::{Inserted, Ranges, distance, expand};
use super::step::Step;
use crate::crypto::Sum;
use crate::notice::NoticeId;
use crate::wire::mptcp::{CapableKeys, Dss, Mapping, MptcpOption, Seq};
use crate::wire::tcp::Flags;

/// What one side of a subflow said about its octets.
#[derive(Clone, Debug, Default)]
pub(super) struct Mappings {
    current: Option<Mapped>,
    /// Whether any DSS was seen from this side.
    pub(super) any: bool,
    /// Mappings whose checksum waits for more octets. A sender may have several under way, and a
    /// hostile capture any number, so the list is short and forgets the oldest.
    pending: Vec<Pending>,
    /// Behind the last octet of the mappings that are dealt with.
    settled: u64,
    /// Distance 2^32 is told by counting wraps of the subflow's sequence numbers.
    position: u64,
}

/// A mapping with its data sequence number made whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mapped {
    dsn: u64,
    /// The subflow's octet that it starts at; the first octet is 1.
    start: u64,
    /// `None` is the infinite mapping.
    length: Option<u16>,
}

#[derive(Clone, Debug)]
struct Pending {
    mapped: Mapped,
    end: u64,
    checksum: u16,
    sum: Sum,
    summed: Ranges,
}

impl Mappings {
    const PENDING_MAX: usize = 32;

    /// The place of a relative 32-bit sequence number in the subflow, wraps counted.
    fn place(&self, relative: u32) -> u64 {
        expand(relative, self.position)
    }

    fn advance(&mut self, place: u64) {
        // A number half the space behind the last is no place that was reached.
        if place < u64::MAX / 2 && place > self.position {
            self.position = place;
        }
    }

    fn dsn_of(&self, place: u64) -> Option<u64> {
        let mapped = self.current?;
        let offset = place.checked_sub(mapped.start)?;
        let covered = mapped.length.is_none_or(|length| offset < u64::from(length));
        covered.then(|| mapped.dsn.wrapping_add(offset))
    }
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
        let first = self.seen.options.iter().find_map(|&(index, ref option)| match option {
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
        let option = Some(index);
        let known_isn = self.half().isn.is_some();
        let checked = mapping.checksum.filter(|_| mapping.length > 0);
        let Some(dsn) = dsn else {
            if checked.is_some() {
                self.check(option, Fact::Checksum, Status::Unverifiable(Missing::Dsn));
            }
            return;
        };
        let half = self.half();
        let start = half.mappings.place(mapping.ssn);
        let length = (mapping.length > 0).then_some(mapping.length);
        let mapped = Mapped { dsn, start, length };
        // SSN 0 maps no octet of the subflow: a DATA_FIN alone (RFC 8684 §3.3.3).
        if mapping.ssn != 0 {
            half.mappings.current = Some(mapped);
        }
        let Some(checksum) = checked else { return };
        let sum = Sum::of_mapping(dsn, mapping.ssn, mapping.length);
        // RFC 8684 §3.3.3: a DATA_FIN counts as the last octet of the length, and has no octet.
        let octets = u64::from(mapping.length) - u64::from(data_fin);
        if octets == 0 {
            let holds = sum.add(0, &checksum.to_be_bytes()).checksum() == 0;
            self.settle(option, holds);
            return;
        }
        if !known_isn {
            self.check(option, Fact::Checksum, Status::Unverifiable(Missing::Isn));
            return;
        }
        let half = self.half();
        let end = start.saturating_add(octets);
        let mappings = &mut half.mappings;
        if end <= mappings.settled
            || mappings.pending.iter().any(|p| p.mapped == mapped && p.checksum == checksum)
        {
            return;
        }
        let forgotten = mappings.pending.len() >= Mappings::PENDING_MAX;
        if forgotten {
            mappings.pending.remove(0);
        }
        mappings.pending.push(Pending { mapped, end, checksum, sum, summed: Ranges::default() });
        if forgotten {
            self.check(None, Fact::Checksum, Status::Unverifiable(Missing::Segments));
        }
    }

    fn settle(&mut self, option: Option<u8>, holds: bool) {
        self.check(option, Fact::Checksum, Status::of(holds));
        if !holds {
            let text = "not what pseudo-header and data sum up to";
            match option {
                Some(index) => self.notice(index, NoticeId::Checksum, text),
                None => self.remark(NoticeId::Checksum, text),
            }
        }
    }

    /// The segment's payload, after its options.
    pub(super) fn on_payload(&mut self) {
        self.map_first_data();
        let segment = self.seen.segment;
        let syn = u32::from(self.seen.has(Flags::SYN));
        let Some(isn) = self.half().isn else { return };
        let relative = segment.seq.wrapping_sub(isn).wrapping_add(syn);
        let length = u64::from(segment.payload_len);
        let half = self.half();
        let place = half.mappings.place(relative);
        let end = place.saturating_add(length);
        let again = half
            .next
            .map_or(0, |next| distance(segment.seq.wrapping_add(syn), next).max(0).cast_unsigned());
        half.retransmitted += u64::from(again).min(length);
        half.mappings.advance(end);
        let dsn = half.mappings.dsn_of(place);
        self.sum_up(place, end);
        match dsn {
            Some(dsn) => self.place_in_stream(dsn, length, again > 0),
            None => self.without_mapping(),
        }
    }

    /// Adds the payload to the mappings that wait for it.
    fn sum_up(&mut self, place: u64, end: u64) {
        if self.half().mappings.pending.is_empty() {
            return;
        }
        let payload = self.seen.segment.payload;
        let own = self.seen.options.iter().map(|&(index, _)| index).next();
        let captured = place.saturating_add(payload.len() as u64);
        let mut done: Vec<Status> = Vec::new();
        let mappings = &mut self.half().mappings;
        let mut settled = mappings.settled;
        mappings.pending.retain_mut(|pending| {
            let (from, to) = (place.max(pending.mapped.start), end.min(pending.end));
            if from >= to {
                return true;
            }
            if to > captured {
                done.push(Status::Unverifiable(Missing::Payload));
                settled = settled.max(pending.end);
                return false;
            }
            for (gap_start, gap_end) in pending.summed.missing(from, to) {
                let octets = payload
                    .get((gap_start - place) as usize..(gap_end - place) as usize)
                    .unwrap_or_default();
                pending.sum = pending.sum.add(gap_start - pending.mapped.start, octets);
            }
            pending.summed.insert(from, to);
            let wanted = pending.end - pending.mapped.start;
            if pending.summed.total() == wanted {
                let whole = pending.sum.add(0, &pending.checksum.to_be_bytes());
                done.push(Status::of(whole.checksum() == 0));
                settled = settled.max(pending.end);
                return false;
            }
            true
        });
        mappings.settled = settled;
        for status in done {
            match status {
                Status::Unverifiable(_) => self.check(own, Fact::Checksum, status),
                _ => self.settle(own, status == Status::Good),
            }
        }
    }

    /// A segment that TCP sent again or out of order says nothing about the connection level.
    fn place_in_stream(&mut self, dsn: u64, length: u64, by_tcp: bool) {
        // The stream may wrap at 2^64; a segment across the wrap is rarer than any other.
        let Some(end) = dsn.checked_add(length) else { return };
        match self.sender().stream.insert(dsn, end) {
            _ if by_tcp => {}
            Inserted::Ahead => {}
            Inserted::IntoGap => {
                self.sender().out_of_order += 1;
                self.remark(NoticeId::OutOfOrder, format!("{length} octets at DSN {dsn}"));
            }
            Inserted::Again(octets) => {
                self.sender().reinjected += octets;
                self.remark(NoticeId::Reinjection, format!("{octets} octets at DSN {dsn}"));
            }
        }
    }

    fn without_mapping(&mut self) {
        let syn = self.seen.has(Flags::SYN);
        if syn || self.seen.unclear || self.connection.fallback.is_some() {
            return;
        }
        let initial = self.subflow().initial == Some(true);
        let first = initial && !self.half().mappings.any && self.half().mappings.current.is_none();
        if first {
            self.fall_back(FallbackCause::DataWithout);
        } else if self.subflow().initial.is_some() {
            let octets = self.seen.segment.payload_len;
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
        let place = half.mappings.place(segment.seq.wrapping_sub(half.isn?));
        half.mappings.dsn_of(place)
    }
}

/// A data sequence number in 64 bits, where what it has is enough to tell.
pub(super) fn whole(seq: Seq, near: Option<u64>) -> Option<u64> {
    match seq {
        Seq::Long(whole) => Some(whole),
        Seq::Short(low) => near.map(|near| expand(low, near)),
    }
}
