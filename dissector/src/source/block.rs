//! The one large buffer that frames are borrowed from.

use std::io::{self, Read};

/// A window over a stream of octets. It is read into in large blocks and grows only when one
/// record is larger than it, and then only as far as octets really arrive.
pub(super) struct Block {
    octets: Vec<u8>,
    start: usize,
    end: usize,
    /// Where in the stream the first octet of `octets` was.
    base: u64,
}

impl Block {
    /// An empty one of `size` octets.
    pub(super) fn new(size: usize) -> Self {
        Self { octets: vec![0; size.max(64)], start: 0, end: 0, base: 0 }
    }

    /// The octets that were read and not consumed.
    #[inline]
    pub(super) fn rest(&self) -> &[u8] {
        self.octets.get(self.start..self.end).unwrap_or_default()
    }

    /// Where the rest starts, for [`slice`](Self::slice).
    #[inline]
    pub(super) fn position(&self) -> usize {
        self.start
    }

    /// Where in the stream the rest starts.
    pub(super) fn offset(&self) -> u64 {
        self.base.saturating_add(self.start as u64)
    }

    /// Octets by their position, valid until the next [`fill`](Self::fill).
    #[inline]
    pub(super) fn slice(&self, start: usize, end: usize) -> &[u8] {
        self.octets.get(start..end).unwrap_or_default()
    }

    /// Moves past octets of the rest.
    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }

    /// Reads once. `need` is how long the rest has to become for the caller to go on; the buffer
    /// makes room for it step by step. Returns `false` at the end of the stream.
    pub(super) fn fill(&mut self, reader: &mut dyn Read, need: usize) -> io::Result<bool> {
        let size = self.octets.len();
        // Half a buffer of room is worth a read; less is worth moving the few octets that are
        // left to the front.
        let cramped = size.saturating_sub(self.end) < size / 2;
        if self.start > 0 && (cramped || size.saturating_sub(self.start) < need) {
            self.octets.copy_within(self.start..self.end, 0);
            self.base = self.offset();
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        if self.end == size {
            self.octets.resize(need.min(size.saturating_mul(2)).max(size.saturating_add(1)), 0);
        }
        let room = self.octets.get_mut(self.end..).unwrap_or_default();
        let limit = room.len();
        let count = reader.read(room)?.min(limit);
        self.end = self.end.saturating_add(count);
        Ok(count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_only_as_octets_arrive() {
        let stream = vec![7_u8; 1_000];
        let mut reader = stream.as_slice();
        let mut block = Block::new(64);
        while block.fill(&mut reader, 1 << 40).unwrap() {}
        assert_eq!(block.rest(), stream);
        assert!(block.octets.len() <= 2_048);
    }

    #[test]
    fn offsets_count_the_stream() {
        let stream: Vec<u8> = (0..=255).collect();
        let mut reader = stream.as_slice();
        let mut block = Block::new(64);
        let mut seen = Vec::new();
        loop {
            while block.rest().len() < 40 && block.fill(&mut reader, 40).unwrap() {}
            let Some(part) = block.rest().get(..40) else { break };
            assert_eq!(block.offset(), u64::from(part[0]));
            seen.extend_from_slice(part);
            block.consume(40);
        }
        assert_eq!(seen, stream[..240]);
        assert_eq!(block.rest(), &stream[240..]);
    }
}
