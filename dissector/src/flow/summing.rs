//! Checksums of mappings, whose octets may come in several segments, in any order and more than
//! once.

use super::check::{Check, Fact, Missing, Status};
use super::connection::Connection;
use super::data::Mapped;
use super::mistake::{self, unless};
use super::seq::Ranges;
use super::step::{Findings, Step};
use crate::crypto::Sum;
use crate::notice::{Notice, NoticeId};
use crate::wire::mptcp::Mapping;

/// Mappings whose checksum waits for octets. A sender may have several under way, and a hostile
/// capture any number, so the list is short and forgets the oldest.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    waiting: Vec<Waiting>,
    /// The octets whose mappings are dealt with.
    settled: Ranges<RANGES_MAX>,
}

/// A mapping of 64 kB in segments of half a kilobyte, every second of which is still to come.
const RANGES_MAX: usize = 63;

#[derive(Clone, Debug)]
struct Waiting {
    mapped: Mapped,
    end: u64,
    /// The latest frame that stated the mapping, and by which option.
    stated: (u64, u8),
    mapping: Mapping,
    sum: Sum,
    summed: Ranges<RANGES_MAX>,
}

/// What there is of the octets of a segment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece<'p> {
    /// Those that were captured.
    Octets(&'p [u8]),
    /// The sum of all of them, or why it isn't known.
    Sum(Result<Sum, Missing>),
}

impl Piece<'_> {
    /// Adds the octets `from..to` of the segment's `length` to a sum in which the first of them
    /// stands at `at`.
    ///
    /// # Errors
    ///
    /// What is missing where they aren't all there.
    fn add(self, sum: Sum, at: u64, from: u64, to: u64, length: u64) -> Result<Sum, Missing> {
        match self {
            Self::Octets(octets) => {
                let wanted = usize::try_from(from).ok().zip(usize::try_from(to).ok());
                let octets = wanted.and_then(|(from, to)| octets.get(from..to));
                octets.map(|octets| sum.add(at, octets)).ok_or(Missing::Payload)
            }
            // The segment is there, but not which part of the sum is of these.
            Self::Sum(Ok(_)) if (from, to) != (0, length) => Err(Missing::Segments),
            Self::Sum(whole) => whole.map(|whole| sum.join(at, whole)),
        }
    }
}

impl Sums {
    const WAITING_MAX: usize = 32;

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Gives up mappings that end before this place, and tells how many.
    pub(super) fn give_up(&mut self, place: u64) -> usize {
        let Self { waiting, settled } = self;
        let before = waiting.len();
        waiting.retain(|waiting| {
            let lost = waiting.end <= place;
            if lost {
                settled.insert(waiting.mapped.start, waiting.end);
            }
            !lost
        });
        before - waiting.len()
    }

    /// Gives back the memory of what waits no longer.
    pub(super) fn shrink(&mut self) {
        self.waiting.shrink_to_fit();
    }

    /// Octets of memory that they take beyond what every subflow does.
    pub(super) fn extra(&self) -> usize {
        let sets: usize = self.waiting.iter().map(|waiting| waiting.summed.extra()).sum();
        self.waiting.capacity() * size_of::<Waiting>() + self.settled.extra() + sets
    }
}

impl Step<'_> {
    /// Takes in a mapping with a checksum.
    pub(super) fn expect_sum(
        &mut self,
        index: u8,
        mapping: &Mapping,
        mapped: Mapped,
        checksum: u16,
        data_fin: bool,
    ) {
        let sum = Sum::of_mapping(mapped.dsn, mapping.ssn, mapping.length);
        // RFC 8684 §3.3.3: a DATA_FIN counts as the last octet of the length, and has no octet.
        let octets = u64::from(mapping.length).saturating_sub(u64::from(data_fin));
        if octets == 0 {
            let whole = sum.add(0, &checksum.to_be_bytes());
            self.check_whole(index, whole, mapping, mapped.dsn, data_fin);
            return;
        }
        if self.half().isn.is_none() {
            self.check(Some(index), Fact::Checksum, Status::Unverifiable(Missing::Isn));
            return;
        }
        let end = mapped.start.saturating_add(octets);
        let stated = (self.seen.at.number, index);
        let sums = &mut self.half().mappings.sums;
        let again = |waiting: &&mut Waiting| {
            waiting.mapped == mapped && waiting.mapping.checksum == mapping.checksum
        };
        if let Some(waiting) = sums.waiting.iter_mut().find(again) {
            waiting.stated = stated;
            return;
        }
        if sums.settled.covers(mapped.start, end) {
            self.check_again(index, mapping, mapped, end, sum);
            return;
        }
        let full = sums.waiting.len() >= Sums::WAITING_MAX;
        if full {
            let oldest = sums.waiting.remove(0);
            sums.settled.insert(oldest.mapped.start, oldest.end);
        }
        let summed = Ranges::default();
        sums.waiting.push(Waiting { mapped, end, stated, mapping: *mapping, sum, summed });
        self.account();
        if full {
            self.check(None, Fact::Checksum, Status::Unverifiable(Missing::Segments));
        }
    }

    /// A mapping whose octets are dealt with says nothing new, unless all of them come again beside
    /// it and its checksum isn't theirs.
    fn check_again(&mut self, index: u8, mapping: &Mapping, mapped: Mapped, end: u64, sum: Sum) {
        let segment = self.seen.segment;
        let octets = self.half().place_of(segment).and_then(|place| {
            let from = usize::try_from(mapped.start.checked_sub(place)?).ok()?;
            let to = usize::try_from(end.checked_sub(place)?).ok()?;
            segment.payload.get(from..to)
        });
        let (Some(octets), Some(checksum)) = (octets, mapping.checksum) else { return };
        let whole = sum.add(0, octets).add(0, &checksum.to_be_bytes());
        if whole.checksum() != 0 {
            let data_fin = end - mapped.start < mapping.length.into();
            self.check_whole(index, whole, mapping, mapped.dsn, data_fin);
        }
    }

    /// Checks the sum of everything, the checksum included, that the option's own segment has.
    fn check_whole(&mut self, index: u8, whole: Sum, mapping: &Mapping, dsn: u64, data_fin: bool) {
        let status = Status::of(whole.checksum() == 0);
        self.check(Some(index), Fact::Checksum, status);
        if status == Status::Bad {
            self.out.notices.push(wrong(Some(index), whole, mapping, dsn, data_fin));
        }
    }

    /// Adds octets of the subflow to the mappings that wait for them.
    pub(super) fn sum_up(&mut self, place: u64, end: u64, piece: Piece<'_>) {
        if self.half().mappings.sums.is_empty() {
            return;
        }
        let now = self.seen.at.number;
        let Findings { checks, notices, .. } = &mut *self.out;
        let Connection { subflows, tally, .. } = &mut *self.connection;
        let half = &mut subflows[self.index].halves[self.from];
        let Sums { waiting, settled } = &mut half.mappings.sums;
        waiting.retain_mut(|waiting| {
            let (start, length) = (waiting.mapped.start, end.saturating_sub(place));
            let (from, to) = (place.max(start), end.min(waiting.end));
            if from >= to {
                return true;
            }
            let (frame, index) = waiting.stated;
            let option = (frame == now).then_some(index);
            let whole_end = waiting.end;
            let mut settle = |status| {
                tally.count(status);
                checks.push(Check { fact: Fact::Checksum, status, option });
                settled.insert(start, whole_end);
                false
            };
            for (gap, gap_end) in waiting.summed.missing(from, to) {
                let sum = piece.add(waiting.sum, gap - start, gap - place, gap_end - place, length);
                match sum {
                    Ok(sum) => waiting.sum = sum,
                    Err(missing) => return settle(Status::Unverifiable(missing)),
                }
            }
            // A mapping in one segment, the ordinary case, needs no set.
            if (from, to) != (start, waiting.end) {
                waiting.summed.insert(from, to);
                if waiting.summed.is_incomplete() {
                    return settle(Status::Unverifiable(Missing::Segments));
                }
                if !waiting.summed.covers(start, waiting.end) {
                    return true;
                }
            }
            let mapping = &waiting.mapping;
            let checksum = mapping.checksum.unwrap_or_default();
            let whole = waiting.sum.add(0, &checksum.to_be_bytes());
            let status = Status::of(whole.checksum() == 0);
            if status == Status::Bad {
                let data_fin = whole_end - start < mapping.length.into();
                notices.push(wrong(option, whole, mapping, waiting.mapped.dsn, data_fin));
            }
            settle(status)
        });
    }
}

/// Says that a mapping's checksum is wrong. `option` states the mapping, where this segment has it.
fn wrong(option: Option<u8>, whole: Sum, mapping: &Mapping, dsn: u64, data_fin: bool) -> Notice {
    let mistake = mistake::of_checksum(whole, mapping, dsn, data_fin);
    let text = unless("not what pseudo-header and data sum up to", mistake);
    Notice { option, ..Notice::new(NoticeId::Checksum, text) }
}
