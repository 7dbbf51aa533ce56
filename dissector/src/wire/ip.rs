//! IPv4 (RFC 791) and IPv6 (RFC 8200) with their options, extension headers and fragments.

use super::frame::{Addresses, Fault, Field, Fragment, LayerKind, Name, Sink, Space, Stop, Walk};
use super::tcp;
use super::tunnel;

/// Protocol numbers (IANA, Protocol Numbers).
pub(super) mod protocol {
    pub(in crate::wire) const HOP_BY_HOP: u8 = 0;
    pub(in crate::wire) const IPV4: u8 = 4;
    pub(in crate::wire) const TCP: u8 = 6;
    pub(in crate::wire) const UDP: u8 = 17;
    pub(in crate::wire) const IPV6: u8 = 41;
    pub(in crate::wire) const ROUTING: u8 = 43;
    pub(in crate::wire) const FRAGMENT: u8 = 44;
    pub(in crate::wire) const GRE: u8 = 47;
    pub(in crate::wire) const AUTHENTICATION: u8 = 51;
    pub(in crate::wire) const DESTINATION: u8 = 60;
    pub(in crate::wire) const MOBILITY: u8 = 135;
    pub(in crate::wire) const HOST_IDENTITY: u8 = 139;
    pub(in crate::wire) const SHIM6: u8 = 140;
}

const V4_LEAST: u16 = 20;
const V6_LENGTH: u32 = 40;

/// IP of the version that its first four bits say.
pub(super) fn either<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let &[first] = walk.span.header(Name::Ipv4)?;
    match first >> 4 {
        4 => v4(walk),
        6 => v6(walk),
        version => Err(Stop::NotIp { space: Space::Version, number: version.into() }),
    }
}

/// IPv4.
#[inline]
pub(super) fn v4<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let header = walk.span.header::<20>(Name::Ipv4)?;
    let &[first, tos, t0, t1, _, _, f0, f1, ttl, next, _, _, ref addresses @ ..] = header;
    let length = u16::from(first & 0x0f) << 2;
    let total = u16::from_be_bytes([t0, t1]);
    // A total length of 0 is what a capture on the sending machine shows of a segment that its
    // network card was left to divide.
    if first >> 4 != 4 || length < V4_LEAST || (total < length && total != 0) {
        return Err(walk.span.malformed(Name::Ipv4, v4_fault(first >> 4, length, total)));
    }
    if length > V4_LEAST {
        walk.span.take(Name::Ipv4, length.into())?;
    }
    let fragment = v4_fragment(u16::from_be_bytes([f0, f1]));
    walk.pass(LayerKind::Ipv4 { ttl, tos, fragment }, length.into())?;
    if total != 0 {
        walk.contents(Field::TotalLength, total, length);
    }
    if let Some(fragment) = fragment {
        walk.enter_fragment(fragment, next)?;
    }
    walk.addresses = Addresses::V4(addresses);
    payload(walk, next)
}

#[cold]
fn v4_fault(version: u8, length: u16, total: u16) -> Fault {
    if version != 4 {
        Fault::Version { found: version }
    } else if length < V4_LEAST {
        Fault::Short { field: Field::HeaderLength, claimed: length, least: V4_LEAST }
    } else {
        Fault::Short { field: Field::TotalLength, claimed: total, least: length }
    }
}

/// The offset, 13 bits in units of 8 octets, and the bit that says more follow.
#[inline]
pub(super) fn v4_fragment(field: u16) -> Option<Fragment> {
    let (more, offset) = (field & 0x2000 != 0, (field & 0x1fff) << 3);
    (more || offset != 0).then_some(Fragment { offset, more })
}

/// IPv6.
#[inline]
pub(super) fn v6<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let header = walk.span.header::<40>(Name::Ipv6)?;
    let &[first, second, _, _, l0, l1, next, hop_limit, ref addresses @ ..] = header;
    if first >> 4 != 6 {
        return Err(walk.span.malformed(Name::Ipv6, Fault::Version { found: first >> 4 }));
    }
    let class = (first << 4) | (second >> 4);
    walk.addresses = Addresses::V6(addresses);
    walk.pass(LayerKind::Ipv6 { hop_limit, class }, V6_LENGTH)?;
    // RFC 2675 §2: the length of a jumbogram is in an option and this one is 0, as it is in what
    // a network card was left to divide. Both end where the frame ends.
    let length = u16::from_be_bytes([l0, l1]);
    if length != 0 {
        walk.contents(Field::PayloadLength, length, 0);
    }
    payload(walk, next)
}

/// Whatever a protocol number announces.
#[inline]
fn payload<S: Sink>(walk: &mut Walk<'_, '_, S>, next: u8) -> Result<(), Stop> {
    match next {
        protocol::TCP => tcp::reach(walk),
        protocol::UDP => tunnel::udp(walk),
        _ => rare_payload(walk, next),
    }
}

fn rare_payload<S: Sink>(walk: &mut Walk<'_, '_, S>, next: u8) -> Result<(), Stop> {
    match next {
        protocol::IPV4 => {
            walk.pass(LayerKind::IpInIp, 0)?;
            v4(walk)
        }
        protocol::IPV6 => {
            walk.pass(LayerKind::IpInIp, 0)?;
            v6(walk)
        }
        protocol::GRE => tunnel::gre(walk),
        protocol::AUTHENTICATION => extension(walk, next),
        protocol::FRAGMENT if walk.addresses.are_v6() => v6_fragment(walk),
        protocol::HOP_BY_HOP
        | protocol::ROUTING
        | protocol::DESTINATION
        | protocol::MOBILITY
        | protocol::HOST_IDENTITY
        | protocol::SHIM6
            if walk.addresses.are_v6() =>
        {
            extension(walk, next)
        }
        _ => Err(Stop::NotTcp(next)),
    }
}

/// An extension header of IPv6, or the authentication header of either version: what follows, then
/// a length. RFC 8200 §4.2 counts in eights and leaves the first eight out; RFC 4302 §2.2 counts
/// in fours and leaves the first two out, for a header of at least twelve octets.
fn extension<S: Sink>(walk: &mut Walk<'_, '_, S>, kind: u8) -> Result<(), Stop> {
    let name = Name::extension(kind);
    let &[next, count] = walk.span.header(name)?;
    let count = u16::from(count);
    let length = if kind == protocol::AUTHENTICATION {
        count.saturating_add(2) << 2
    } else {
        count.saturating_add(1) << 3
    };
    if kind == protocol::AUTHENTICATION && length < 12 {
        let field = Field::HeaderLength;
        let fault = Fault::Short { field, claimed: length, least: 12 };
        return Err(walk.span.malformed(name, fault));
    }
    walk.span.take(name, length.into())?;
    walk.pass(LayerKind::Extension(kind), length.into())?;
    payload(walk, next)
}

/// The fragment header of IPv6 (RFC 8200 §4.5): the offset is the upper 13 bits of its field, the
/// bit that says more follow the lowest.
fn v6_fragment<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let &[next, _, f0, f1, _, _, _, _] = walk.span.header(Name::Fragment)?;
    let field = u16::from_be_bytes([f0, f1]);
    let fragment = Fragment { offset: field & 0xfff8, more: field & 1 != 0 };
    walk.pass(LayerKind::Ipv6Fragment(fragment), 8)?;
    walk.enter_fragment(fragment, next)?;
    payload(walk, next)
}
