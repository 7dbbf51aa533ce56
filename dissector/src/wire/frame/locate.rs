//! A TCP header that was found and not yet read.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::span::Span;
use crate::wire::tcp::{self, Segment};

/// Source and destination as they stand in an IP header.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) enum Addresses<'a> {
    /// Of IPv4.
    V4(&'a [u8; 8]),
    /// Of IPv6.
    V6(&'a [u8; 32]),
}

impl Addresses<'_> {
    /// What a walk starts with, before any IP header.
    pub(super) const NONE: Self = Self::V4(&[0; 8]);

    /// Whether they are IPv6's.
    #[inline]
    pub(in crate::wire) fn are_v6(self) -> bool {
        matches!(self, Self::V6(_))
    }

    /// Source and destination.
    #[inline]
    pub(in crate::wire) fn read(self) -> (IpAddr, IpAddr) {
        match self {
            Self::V4(&[s0, s1, s2, s3, d0, d1, d2, d3]) => (
                IpAddr::V4(Ipv4Addr::new(s0, s1, s2, s3)),
                IpAddr::V4(Ipv4Addr::new(d0, d1, d2, d3)),
            ),
            Self::V6(octets) => {
                let (source, destination) = match octets.as_chunks::<16>().0 {
                    [source, destination] => (*source, *destination),
                    _ => Default::default(),
                };
                (IpAddr::V6(source.into()), IpAddr::V6(Ipv6Addr::from(destination)))
            }
        }
    }
}

/// Where a frame's TCP header is. Finding it is all that happens to most frames: the header is
/// read only when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Located<'a> {
    pub(super) span: Span<'a>,
    pub(super) addresses: Addresses<'a>,
    pub(super) faulty: bool,
}

impl<'a> Located<'a> {
    /// What there is of the option area.
    #[inline]
    pub fn option_area(&self) -> &'a [u8] {
        tcp::option_area(self.span).0
    }

    /// Whether the capture ends inside the option area.
    #[inline]
    pub(crate) fn is_area_cut(&self) -> bool {
        tcp::option_area(self.span).1
    }

    /// What [`Segment::place`] gives.
    #[inline]
    pub(crate) fn place(&self) -> usize {
        tcp::place_of(self.span)
    }

    /// Whether the segment has an option of Multipath TCP, well-formed or not.
    #[inline]
    pub fn has_mptcp(&self) -> bool {
        tcp::has_mptcp(self.option_area())
    }

    /// Whether a header on the way breaks a rule: [`decode`](super::decode) tells which.
    #[inline]
    pub fn is_faulty(&self) -> bool {
        self.faulty
    }

    /// Reads the header.
    #[inline]
    pub fn segment(&self) -> Segment<'a> {
        Segment::read(self.span, self.addresses)
    }
}
