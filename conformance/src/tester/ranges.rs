//! Which octets of a stream are there.

/// Sorted ranges of octets, none of which touch: start and end of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// Adds the octets from `start` up to `end`, and yields those that weren't there.
    pub(super) fn insert(&mut self, start: u64, end: u64) -> Vec<(u64, u64)> {
        if start >= end {
            return Vec::new();
        }
        // Nearly everything comes in order.
        match self.0.last_mut() {
            None => {
                self.0.push((start, end));
                return vec![(start, end)];
            }
            Some(last) if last.1 == start => {
                last.1 = end;
                return vec![(start, end)];
            }
            Some(_) => {}
        }
        let mut fresh = Vec::new();
        let (mut low, mut high, mut at) = (start, end, start);
        let mut kept = Vec::with_capacity(self.0.len() + 1);
        for &(from, to) in &self.0 {
            if to < start || from > end {
                kept.push((from, to));
                continue;
            }
            if at < from {
                fresh.push((at, from.min(end)));
            }
            at = at.max(to);
            (low, high) = (low.min(from), high.max(to));
        }
        if at < end {
            fresh.push((at, end));
        }
        kept.push((low, high));
        kept.sort_unstable();
        self.0 = kept;
        fresh
    }

    /// Up to where everything is there from 0 on.
    pub(super) fn contiguous(&self) -> u64 {
        self.0.first().filter(|(start, _)| *start == 0).map_or(0, |(_, end)| *end)
    }

    /// The end of what is there.
    pub(super) fn end(&self) -> u64 {
        self.0.last().map_or(0, |(_, end)| *end)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::Ranges;

    proptest! {
        #[test]
        fn ranges_are_the_set_of_their_octets(
            parts in prop::collection::vec((0_u64..60, 0_u64..12), 0..20),
        ) {
            let (mut ranges, mut set) = (Ranges::default(), BTreeSet::new());
            for (start, length) in parts {
                let fresh: Vec<u64> = ranges
                    .insert(start, start + length)
                    .into_iter()
                    .flat_map(|(from, to)| from..to)
                    .collect();
                let expected: Vec<u64> =
                    (start..start + length).filter(|octet| set.insert(*octet)).collect();
                prop_assert_eq!(fresh, expected);
                let held: Vec<u64> =
                    ranges.0.iter().flat_map(|&(from, to)| from..to).collect();
                prop_assert_eq!(held, set.iter().copied().collect::<Vec<_>>());
                prop_assert!(ranges.0.windows(2).all(|pair| pair[0].1 < pair[1].0));
                let contiguous = (0..100).take_while(|octet| set.contains(octet)).count();
                prop_assert_eq!(ranges.contiguous(), contiguous as u64);
            }
        }
    }
}
