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
/// Ordinary traffic needs one range. A hostile capture can't make it grow: at the limit the lowest
/// two ranges become one, which forgets a gap that is unlikely to be filled any more.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranges(Vec<(u64, u64)>);

/// How many of the octets just inserted were there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inserted {
    /// None, and they lie behind everything known.
    Ahead,
    /// None, but they lie before the end: a gap is filled.
    IntoGap,
    /// That many.
    Again(u64),
}

impl Ranges {
    const LIMIT: usize = 16;

    /// Adds `start..end` and tells what was there before.
    #[inline]
    pub(super) fn insert(&mut self, start: u64, end: u64) -> Inserted {
        match self.0.last_mut() {
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
        let ahead = self.end().is_none_or(|known_end| start >= known_end);
        // Every range that touches the new one becomes part of it.
        let from = self.0.partition_point(|&(_, known_end)| known_end < start);
        let touching = self.0[from..].iter().take_while(|&&(known_start, _)| known_start <= end);
        let (mut to, mut known, mut merged) = (from, 0, (start, end));
        for &(known_start, known_end) in touching {
            known += known_end.min(end) - known_start.max(start);
            merged = (merged.0.min(known_start), merged.1.max(known_end));
            to += 1;
        }
        self.0.splice(from..to, [merged]);
        if self.0.len() > Self::LIMIT {
            self.0[1].0 = self.0[0].0;
            self.0.remove(0);
        }
        match known {
            0 if ahead => Inserted::Ahead,
            0 => Inserted::IntoGap,
            known => Inserted::Again(known),
        }
    }

    /// The octets of `start..end` that are not in the set, in ascending order.
    pub(super) fn missing(&self, start: u64, end: u64) -> impl Iterator<Item = (u64, u64)> {
        let known = self.0.iter().copied().take_while(move |&(known_start, _)| known_start < end);
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
        self.0.last().map(|&(_, end)| end)
    }

    /// How many octets are in the set.
    pub(super) fn total(&self) -> u64 {
        self.0.iter().map(|&(start, end)| end.saturating_sub(start)).sum()
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

    proptest! {
        #[test]
        fn agrees_with_a_plain_set(inserts in prop::collection::vec((0_u64..60, 1_u64..8), 1..12)) {
            let mut ranges = Ranges::default();
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
