//! Link-layer headers: everything between the start of a frame and an IP header.

use super::frame::{Field, LayerKind, Name, Sink, Space, Stop, Walk};
use super::ip;
use crate::source::LinkType;

/// Ethertypes (IANA, IEEE 802 Numbers).
pub(super) mod ethertype {
    pub(in crate::wire) const IPV4: u16 = 0x0800;
    pub(in crate::wire) const IPV6: u16 = 0x86dd;
    pub(super) const BRIDGED_ETHERNET: u16 = 0x6558;
    pub(super) const VLAN: u16 = 0x8100;
    pub(super) const PROVIDER_VLAN: u16 = 0x88a8;
    pub(super) const OLD_STACKED_VLAN: u16 = 0x9100;
    pub(super) const PPP: u16 = 0x880b;
    pub(super) const PPPOE_SESSION: u16 = 0x8864;
    /// Up to here the field is the length of an LLC frame (IEEE 802.3).
    pub(super) const LONGEST_LLC: u16 = 1500;
}

/// Protocols of PPP (RFC 1332, RFC 5072).
const PPP_IPV4: u16 = 0x0021;
const PPP_IPV6: u16 = 0x0057;

/// The address and control octets of PPP in HDLC-like framing (RFC 1662 §3.1).
const ALL_STATIONS: u8 = 0xff;
const UNNUMBERED: u8 = 0x03;

/// Hardware types of Linux under which a cooked header's protocol isn't an ethertype: the three of
/// wireless monitoring, and netlink.
const HARDWARE_WITHOUT_ETHERTYPE: [u16; 4] = [801, 802, 803, 824];

/// Walks a frame from its first octet on.
#[inline]
pub(super) fn start<S: Sink>(walk: &mut Walk<'_, '_, S>, link: LinkType) -> Result<(), Stop> {
    match link {
        LinkType::ETHERNET => ethernet(walk),
        LinkType::LINUX_SLL => cooked(walk),
        LinkType::LINUX_SLL2 => cooked_2(walk),
        LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => ip::either(walk),
        LinkType::IPV4 => ip::v4(walk),
        LinkType::IPV6 => ip::v6(walk),
        LinkType::NULL | LinkType::LOOP => loopback(walk),
        LinkType::PPP => ppp(walk),
        LinkType::PPP_HDLC => hdlc(walk),
        unknown => Err(Stop::UnknownLink(unknown)),
    }
}

/// Ethernet II and IEEE 802.3.
#[inline]
pub(super) fn ethernet<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let &[.., high, low] = walk.span.header::<14>(Name::Ethernet)?;
    walk.pass(LayerKind::Ethernet, 14)?;
    type_or_length(walk, u16::from_be_bytes([high, low]))
}

#[inline]
fn type_or_length<S: Sink>(walk: &mut Walk<'_, '_, S>, value: u16) -> Result<(), Stop> {
    if value <= ethertype::LONGEST_LLC { llc(walk, value) } else { by_ethertype(walk, value) }
}

/// Whatever an ethertype announces.
#[inline]
pub(super) fn by_ethertype<S: Sink>(walk: &mut Walk<'_, '_, S>, kind: u16) -> Result<(), Stop> {
    match kind {
        ethertype::IPV4 => ip::v4(walk),
        ethertype::IPV6 => ip::v6(walk),
        ethertype::VLAN | ethertype::PROVIDER_VLAN | ethertype::OLD_STACKED_VLAN => {
            vlan(walk, kind)
        }
        ethertype::PPPOE_SESSION => pppoe(walk),
        ethertype::BRIDGED_ETHERNET => ethernet(walk),
        ethertype::PPP => ppp(walk),
        _ => Err(Stop::NotIp { space: Space::EtherType, number: kind.into() }),
    }
}

fn vlan<S: Sink>(walk: &mut Walk<'_, '_, S>, tpid: u16) -> Result<(), Stop> {
    let &[tag_high, tag_low, high, low] = walk.span.header(Name::Vlan)?;
    let kind = LayerKind::Vlan {
        tpid,
        priority: tag_high >> 5,
        drop_eligible: tag_high & 0x10 != 0,
        id: u16::from_be_bytes([tag_high & 0x0f, tag_low]),
    };
    walk.pass(kind, 4)?;
    type_or_length(walk, u16::from_be_bytes([high, low]))
}

/// IEEE 802.2; only SNAP with an ethertype leads to IP (RFC 1042).
fn llc<S: Sink>(walk: &mut Walk<'_, '_, S>, length: u16) -> Result<(), Stop> {
    walk.span.limit(length.into());
    let &[destination, source] = walk.span.header(Name::Snap)?;
    let other =
        Stop::NotIp { space: Space::Llc, number: u16::from_be_bytes([destination, source]).into() };
    if (destination, source) != (0xaa, 0xaa) {
        return Err(other);
    }
    match *walk.span.header(Name::Snap)? {
        [_, _, 0x03, 0, 0, 0 | 0xf8, high, low] => {
            walk.pass(LayerKind::Snap, 8)?;
            by_ethertype(walk, u16::from_be_bytes([high, low]))
        }
        _ => Err(other),
    }
}

/// Linux cooked capture: packet type, hardware type, address length, address, protocol.
fn cooked<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let &[_, _, hardware_high, hardware_low, .., high, low] = walk.span.header::<16>(Name::Sll)?;
    walk.pass(LayerKind::Sll, 16)?;
    by_cooked_protocol(walk, [hardware_high, hardware_low], [high, low])
}

/// Linux cooked capture, version 2: protocol, two reserved octets, interface, hardware type,
/// packet type, address length, address.
fn cooked_2<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let &[high, low, _, _, i0, i1, i2, i3, hardware_high, hardware_low, ..] =
        walk.span.header::<20>(Name::Sll2)?;
    let interface = u32::from_be_bytes([i0, i1, i2, i3]);
    walk.pass(LayerKind::Sll2 { interface }, 20)?;
    by_cooked_protocol(walk, [hardware_high, hardware_low], [high, low])
}

fn by_cooked_protocol<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
    hardware: [u8; 2],
    protocol: [u8; 2],
) -> Result<(), Stop> {
    let hardware = u16::from_be_bytes(hardware);
    if HARDWARE_WITHOUT_ETHERTYPE.contains(&hardware) {
        return Err(Stop::NotIp { space: Space::Hardware, number: hardware.into() });
    }
    by_ethertype(walk, u16::from_be_bytes(protocol))
}

/// The loopback of the BSDs. A family is a small number, which tells its byte order.
fn loopback<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let little = u32::from_le_bytes(*walk.span.header(Name::Null)?);
    let family = if little > 0xffff { little.swap_bytes() } else { little };
    walk.pass(LayerKind::Null { family }, 4)?;
    match family {
        2 => ip::v4(walk),
        // Linux, NetBSD and OpenBSD, FreeBSD, macOS: each has its own number for IPv6.
        10 | 24 | 28 | 30 => ip::v6(walk),
        _ => Err(Stop::NotIp { space: Space::Family, number: family }),
    }
}

/// PPP, the address and control octets there or left out (RFC 1661 §6.6), the protocol in two
/// octets or compressed to one, which is then odd (§6.5).
pub(super) fn ppp<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let mut inside = walk.span;
    let mut length: u32 = 0;
    let &[mut first] = inside.header(Name::Ppp)?;
    if first == ALL_STATIONS && *inside.header(Name::Ppp)? == [ALL_STATIONS, UNNUMBERED] {
        length = 2;
        inside.skip(length);
        [first] = *inside.header(Name::Ppp)?;
    }
    let (protocol, field) = if first & 1 == 1 {
        (u16::from(first), 1)
    } else {
        (u16::from_be_bytes(*inside.header(Name::Ppp)?), 2)
    };
    walk.pass(LayerKind::Ppp, length.saturating_add(field))?;
    match protocol {
        PPP_IPV4 => ip::v4(walk),
        PPP_IPV6 => ip::v6(walk),
        _ => Err(Stop::NotIp { space: Space::Ppp, number: protocol.into() }),
    }
}

/// PPP in HDLC-like framing, or Cisco's framing, which the same link type stands for: unicast or
/// broadcast in the first octet, zero in the second, then an ethertype.
fn hdlc<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    match *walk.span.header(Name::Ppp)? {
        [0x0f | 0x8f, 0, high, low] => {
            walk.pass(LayerKind::Ppp, 4)?;
            by_ethertype(walk, u16::from_be_bytes([high, low]))
        }
        _ => ppp(walk),
    }
}

/// A session frame of PPP over Ethernet (RFC 2516 §4): version and type 1, code 0.
fn pppoe<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let &[version_type, code, s0, s1, l0, l1] = walk.span.header(Name::Pppoe)?;
    if version_type != 0x11 || code != 0 {
        return Err(Stop::NotIp {
            space: Space::EtherType,
            number: ethertype::PPPOE_SESSION.into(),
        });
    }
    walk.pass(LayerKind::Pppoe { session: u16::from_be_bytes([s0, s1]) }, 6)?;
    walk.contents(Field::PayloadLength, u16::from_be_bytes([l0, l1]), 0);
    ppp(walk)
}
