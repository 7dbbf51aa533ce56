//! What applications send: a fixed pattern, so that either end can tell whether an octet is right.

/// The octet at this place of a stream, counted from 0.
pub const fn octet(place: u64) -> u8 {
    place.wrapping_mul(31).wrapping_add(place / 256) as u8
}

/// Octets of the stream from this place on.
pub fn octets(from: u64, count: usize) -> Vec<u8> {
    (from..).take(count).map(octet).collect()
}

/// Whether these octets are those of the stream from this place on.
pub fn matches(from: u64, octets: &[u8]) -> bool {
    (from..).zip(octets).all(|(place, &found)| octet(place) == found)
}
