//! What comes in order on a subflow, and where it belongs in the data (RFC 8684 §3.3.1).

use std::collections::VecDeque;

use mpdissect::crypto::Sum;

/// Mappings that are kept at once.
const MAPPINGS_MAX: usize = 256;
/// Octets without a mapping that a subflow may have: a window of them (RFC 8684 §3.3.1).
const UNMAPPED_MAX: usize = 64 * 1024;

/// A mapping, in places of the subflow's stream, of which the first octet is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mapped {
    pub(super) from: u64,
    pub(super) length: u64,
    pub(super) dsn: u64,
    /// As the other end sent it: it is part of what the checksum covers.
    pub(super) checked: Option<Checked>,
}

/// What a mapping's checksum is over, besides the octets, and what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) ssn: u32,
    pub(super) length: u16,
    pub(super) checksum: u16,
    pub(super) dsn: u64,
}

/// What a subflow hands up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Handed {
    /// Octets and where they belong.
    Octets(u64, Vec<u8>),
    /// A mapping whose checksum is wrong, and its octets.
    Broken(u64, Vec<u8>),
}

/// The octets of a subflow on their way up.
#[derive(Debug, Default)]
pub(super) struct Upward {
    mappings: VecDeque<Mapped>,
    held: VecDeque<u8>,
    /// How many octets were handed up.
    passed: u64,
}

impl Upward {
    /// Notes a mapping. Of two for the same octets the first one holds.
    pub(super) fn map(&mut self, mapped: Mapped) {
        let end = mapped.from.saturating_add(mapped.length);
        let overlaps = |known: &Mapped| {
            known.from < end && mapped.from < known.from.saturating_add(known.length)
        };
        if end <= self.passed
            || self.mappings.len() >= MAPPINGS_MAX
            || self.mappings.iter().any(overlaps)
        {
            return;
        }
        let at = self.mappings.partition_point(|known| known.from < mapped.from);
        self.mappings.insert(at, mapped);
    }

    /// Takes octets that came in order.
    pub(super) fn push(&mut self, octets: &[u8]) {
        self.held.extend(octets);
    }

    /// What can be handed up next.
    pub(super) fn pop(&mut self) -> Option<Handed> {
        while let Some(front) = self.mappings.front()
            && front.from.saturating_add(front.length) <= self.passed
        {
            self.mappings.pop_front();
        }
        let mapped = *self.mappings.front()?;
        let inside = self.passed.checked_sub(mapped.from)?;
        let left = usize::try_from(mapped.length.saturating_sub(inside)).unwrap_or(usize::MAX);
        let Some(checked) = mapped.checked else {
            let octets = self.drain(left.min(self.held.len()));
            let dsn = mapped.dsn.wrapping_add(inside);
            return (!octets.is_empty()).then_some(Handed::Octets(dsn, octets));
        };
        if self.held.len() < left {
            return None;
        }
        let octets = self.drain(left);
        let sum = Sum::of_mapping(checked.dsn, checked.ssn, checked.length).add(0, &octets);
        Some(if inside == 0 && sum.checksum() == checked.checksum {
            Handed::Octets(mapped.dsn, octets)
        } else {
            Handed::Broken(mapped.dsn, octets)
        })
    }

    /// Everything that is held, whether it is mapped or not.
    pub(super) fn pop_plain(&mut self) -> Vec<u8> {
        self.mappings.clear();
        self.drain(self.held.len())
    }

    /// Whether there are octets at the front that no mapping covers.
    pub(super) fn is_unmapped(&self) -> bool {
        !self.held.is_empty() && self.mappings.front().is_none_or(|front| front.from > self.passed)
    }

    /// Whether more octets without a mapping wait than ever could get one.
    pub(super) fn is_stuck(&self) -> bool {
        self.is_unmapped() && self.held.len() > UNMAPPED_MAX
    }

    fn drain(&mut self, count: usize) -> Vec<u8> {
        self.passed += count as u64;
        self.held.drain(..count).collect()
    }
}
