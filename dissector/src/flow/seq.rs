//! Sequence numbers: the wrapping 32-bit ones of a subflow, the 64-bit ones of the data.

/// How far `b` lies behind `a` in the wrapping sequence space; negative if it lies before.
pub(super) fn distance(a: u32, b: u32) -> i32 {
    b.wrapping_sub(a).cast_signed()
}

/// The 64-bit number with these low 32 bits that lies nearest to a known one (RFC 8684 §3.3.1).
pub(super) fn expand(low: u32, near: u64) -> u64 {
    near.wrapping_add_signed(i64::from(distance(near as u32, low)))
}

/// A set of octets of one sequence space, as few disjoint ranges in ascending order.
///
/// Ordinary traffic needs one range. A hostile capture can't make it grow: beyond `LIMIT` ranges
/// the lowest one is forgotten. What lies below its end is unknown from then on: never is an octet
/// taken for known that was not seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranges<const LIMIT: usize = 255> {
    known: Vec<(u64, u64)>,
    /// Behind the last octet of the ranges forgotten.
    forgotten_below: u64,
    /// How many octets those had.
    forgotten: u64,
}

/// How many of the octets just inserted were there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inserted {
    /// None, and they lie behind everything known.
    Ahead,
    /// None, but they lie before the end: a gap is filled.
    IntoGap,
    /// That many.
    Again(u64),
    /// Some lie where the set has forgotten what it knew.
    Unknown,
}

impl<const LIMIT: usize> Ranges<LIMIT> {
    /// Adds `start..end` and tells what was there before.
    #[inline]
    pub(super) fn insert(&mut self, start: u64, end: u64) -> Inserted {
        match self.known.last_mut() {
            Some((_, last)) if start == *last && start <= end => {
                *last = end;
                Inserted::Ahead
            }
            _ => self.insert_anywhere(start, end),
        }
    }

    fn insert_anywhere(&mut self, start: u64, end: u64) -> Inserted {
        if start >= end {
            return Inserted::Ahead;
        }
        if start < self.forgotten_below {
            self.insert_anywhere(self.forgotten_below, end);
            return Inserted::Unknown;
        }
        let ahead = self.end().is_none_or(|known_end| start >= known_end);
        // Every range that touches the new one becomes part of it.
        let from = self.known.partition_point(|&(_, known_end)| known_end < start);
        let touching =
            self.known[from..].iter().take_while(|&&(known_start, _)| known_start <= end);
        let (mut to, mut known, mut merged) = (from, 0, (start, end));
        for &(known_start, known_end) in touching {
            known += known_end.min(end) - known_start.max(start);
            merged = (merged.0.min(known_start), merged.1.max(known_end));
            to += 1;
        }
        self.known.splice(from..to, [merged]);
        if self.known.len() > LIMIT {
            let (lowest, lowest_end) = self.known.remove(0);
            self.forgotten_below = lowest_end;
            self.forgotten = self.forgotten.saturating_add(lowest_end - lowest);
        }
        match known {
            0 if ahead => Inserted::Ahead,
            0 => Inserted::IntoGap,
            known => Inserted::Again(known),
        }
    }

    /// Whether every octet of `start..end` is in the set.
    pub(super) fn covers(&self, start: u64, end: u64) -> bool {
        self.missing(start, end).next().is_none()
    }

    /// Whether the set had to forget a range.
    pub(super) fn is_incomplete(&self) -> bool {
        self.forgotten_below > 0
    }

    /// Octets of memory that the set takes beyond the few ranges that any sender may need.
    pub(super) fn extra(&self) -> usize {
        const ORDINARY: usize = 4;
        self.known.capacity().saturating_sub(ORDINARY) * size_of::<(u64, u64)>()
    }

    /// The octets of `start..end` that are not in the set, in ascending order.
    pub(super) fn missing(&self, start: u64, end: u64) -> impl Iterator<Item = (u64, u64)> {
        let known =
            self.known.iter().copied().take_while(move |&(known_start, _)| known_start < end);
        // The end of what is asked for stands like a range that is known.
        known
            .chain([(end, end)])
            .scan(start, |from, (known_start, known_end)| {
                let gap = (*from, known_start);
                *from = (*from).max(known_end);
                Some(gap)
            })
            .filter(|(from, to)| from < to)
    }

    /// Behind the last octet known.
    pub(super) fn end(&self) -> Option<u64> {
        self.known.last().map(|&(_, end)| end)
    }

    /// How many octets were inserted, each counted once, without those that came where the
    /// set had forgotten what it knew.
    pub(super) fn total(&self) -> u64 {
        let known = self.known.iter().map(|&(start, end)| end.saturating_sub(start));
        known.fold(self.forgotten, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn expands_across_the_wrap_in_both_directions() {
        assert_eq!(expand(0x0000_0005, 0x1_ffff_fff0), 0x2_0000_0005);
        assert_eq!(expand(0xffff_fff0, 0x2_0000_0005), 0x1_ffff_fff0);
        assert_eq!(expand(0xffff_fff0, 5), 0xffff_ffff_ffff_fff0);
    }

    #[test]
    fn beyond_the_limit_the_lowest_is_unknown_and_nothing_is_made_up() {
        let mut ranges = Ranges::<4>::default();
        for start in [10, 20, 30, 40, 50] {
            assert!(!ranges.is_incomplete());
            assert_eq!(ranges.insert(start, start + 5), Inserted::Ahead);
        }
        assert!(ranges.is_incomplete());
        assert_eq!(ranges.total(), 25);
        assert_eq!(ranges.insert(0, 5), Inserted::Unknown);
        assert_eq!(ranges.insert(10, 15), Inserted::Unknown);
        assert_eq!(ranges.total(), 25);
        // Across the mark, what lies behind it is kept.
        assert_eq!(ranges.insert(12, 20), Inserted::Unknown);
        assert!(ranges.covers(15, 25) && !ranges.covers(14, 25));
        assert_eq!(ranges.insert(25, 30), Inserted::IntoGap);
        assert_eq!(ranges.insert(15, 35), Inserted::Again(20));
        assert_eq!(ranges.total(), 35);
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_set(inserts in prop::collection::vec((0_u64..60, 1_u64..8), 1..12)) {
            let mut ranges = Ranges::<255>::default();
            let mut set = std::collections::BTreeSet::new();
            for (start, length) in inserts {
                let new: Vec<u64> = (start..start + length).collect();
                let known = new.iter().filter(|octet| set.contains(*octet)).count() as u64;
                let end = set.last().map_or(0, |last| last + 1);
                let expected = match known {
                    0 if start >= end => Inserted::Ahead,
                    0 => Inserted::IntoGap,
                    known => Inserted::Again(known),
                };
                let gaps: Vec<u64> = ranges
                    .missing(start, start + length)
                    .flat_map(|(from, to)| from..to)
                    .collect();
                prop_assert_eq!(
                    gaps,
                    new.iter().copied().filter(|octet| !set.contains(octet)).collect::<Vec<_>>()
                );
                set.extend(new);
                prop_assert_eq!(ranges.insert(start, start + length), expected);
                prop_assert_eq!(ranges.total(), set.len() as u64);
                prop_assert_eq!(ranges.end(), set.last().map(|last| last + 1));
            }
        }
    }
}
