//! Checksums of mappings, whose octets may come in several segments, in any order and more than
//! once.

use super::check::{Fact, Missing, Status};
use super::data::Mapped;
use super::seq::Ranges;
use super::step::Step;
use crate::crypto::Sum;
use crate::notice::NoticeId;
use crate::wire::mptcp::Mapping;

/// Mappings whose checksum waits for octets. A sender may have several under way, and a hostile
/// capture any number, so the list is short and forgets the oldest.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    waiting: Vec<Waiting>,
    /// Behind the last octet of the mappings that are dealt with.
    settled: u64,
}

#[derive(Clone, Debug)]
struct Waiting {
    mapped: Mapped,
    end: u64,
    checksum: u16,
    sum: Sum,
    summed: Ranges,
}

/// What there is of the octets of a segment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece<'p> {
    /// Those that were captured.
    Octets(&'p [u8]),
    /// The sum of all of them, unless the snap length cut some.
    Sum(Option<Sum>),
}

impl Piece<'_> {
    /// Adds the octets `from..to` of the segment's `length` to a sum in which the first of them
    /// stands at `at`; `None` where they aren't all there.
    fn add(self, sum: Sum, at: u64, from: u64, to: u64, length: u64) -> Option<Sum> {
        match self {
            Self::Octets(octets) => {
                let wanted = usize::try_from(from).ok()?..usize::try_from(to).ok()?;
                Some(sum.add(at, octets.get(wanted)?))
            }
            Self::Sum(whole) => Some(sum.join(at, whole.filter(|_| from == 0 && to == length)?)),
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
        let before = self.waiting.len();
        self.waiting.retain(|waiting| waiting.end > place);
        let lost = before - self.waiting.len();
        if lost > 0 {
            self.settled = self.settled.max(place);
        }
        lost
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
            let holds = sum.add(0, &checksum.to_be_bytes()).checksum() == 0;
            self.settle(Some(index), holds);
            return;
        }
        if self.half().isn.is_none() {
            self.check(Some(index), Fact::Checksum, Status::Unverifiable(Missing::Isn));
            return;
        }
        let end = mapped.start.saturating_add(octets);
        let sums = &mut self.half().mappings.sums;
        let again = |waiting: &Waiting| waiting.mapped == mapped && waiting.checksum == checksum;
        if end <= sums.settled || sums.waiting.iter().any(again) {
            return;
        }
        let full = sums.waiting.len() >= Sums::WAITING_MAX;
        if full {
            sums.waiting.remove(0);
        }
        let summed = Ranges::default();
        sums.waiting.push(Waiting { mapped, end, checksum, sum, summed });
        if full {
            self.check(None, Fact::Checksum, Status::Unverifiable(Missing::Segments));
        }
    }

    /// Adds octets of the subflow to the mappings that wait for them.
    pub(super) fn sum_up(&mut self, place: u64, end: u64, piece: Piece<'_>) {
        if self.half().mappings.sums.is_empty() {
            return;
        }
        let own = self.seen.options.first().map(|&(index, _)| index);
        let (mut good, mut bad, mut cut) = (0, 0, 0);
        let sums = &mut self.half().mappings.sums;
        let mut settled = sums.settled;
        sums.waiting.retain_mut(|waiting| {
            let (start, length) = (waiting.mapped.start, end.saturating_sub(place));
            let (from, to) = (place.max(start), end.min(waiting.end));
            if from >= to {
                return true;
            }
            for (gap, gap_end) in waiting.summed.missing(from, to) {
                let sum = piece.add(waiting.sum, gap - start, gap - place, gap_end - place, length);
                let Some(sum) = sum else {
                    cut += 1;
                    settled = settled.max(waiting.end);
                    return false;
                };
                waiting.sum = sum;
            }
            waiting.summed.insert(from, to);
            if waiting.summed.total() < waiting.end - start {
                return true;
            }
            let whole = waiting.sum.add(0, &waiting.checksum.to_be_bytes());
            *(if whole.checksum() == 0 { &mut good } else { &mut bad }) += 1;
            settled = settled.max(waiting.end);
            false
        });
        sums.settled = settled;
        for _ in 0..good {
            self.settle(own, true);
        }
        for _ in 0..bad {
            self.settle(own, false);
        }
        for _ in 0..cut {
            self.check(own, Fact::Checksum, Status::Unverifiable(Missing::Payload));
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
}
