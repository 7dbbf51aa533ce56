//! Tunnels over IP and UDP. A UDP port only hints at one: contents that don't fit its header are
//! ordinary UDP.

use super::frame::{Fault, Field, LayerKind, Name, Sink, Stop, Walk};
use super::ip::{self, protocol};
use super::link;

const UDP_HEADER: u16 = 8;

/// Destination ports of UDP that mean a tunnel; 0 means none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TunnelPorts {
    /// VXLAN.
    pub vxlan: [u16; 2],
    /// Geneve.
    pub geneve: [u16; 2],
    /// The user plane of GTP.
    pub gtp_u: [u16; 2],
}

impl TunnelPorts {
    /// The registered ports, and 8472 for VXLAN, which Linux used before there was one.
    pub const DEFAULT: Self = Self { vxlan: [4789, 8472], geneve: [6081, 0], gtp_u: [2152, 0] };
    /// No tunnel over UDP at all.
    pub const NONE: Self = Self { vxlan: [0; 2], geneve: [0; 2], gtp_u: [0; 2] };
}

impl Default for TunnelPorts {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// UDP (RFC 768), and whatever its destination port announces.
pub(super) fn udp<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let &[s0, s1, d0, d1, l0, l1, _, _] = walk.span.header(Name::Udp)?;
    let source = u16::from_be_bytes([s0, s1]);
    let destination = u16::from_be_bytes([d0, d1]);
    let length = u16::from_be_bytes([l0, l1]);
    // RFC 2675 §4: the length is 0 in a jumbogram.
    if length < UDP_HEADER && length != 0 {
        let field = Field::TotalLength;
        let fault = Fault::Short { field, claimed: length, least: UDP_HEADER };
        return Err(walk.span.malformed(Name::Udp, fault));
    }
    walk.pass(LayerKind::Udp { source, destination }, UDP_HEADER.into())?;
    if length != 0 {
        walk.contents(Field::TotalLength, length, UDP_HEADER);
    }
    match destination {
        0 => Err(Stop::NotTcp(protocol::UDP)),
        port if walk.ports.vxlan.contains(&port) => vxlan(walk),
        port if walk.ports.geneve.contains(&port) => geneve(walk),
        port if walk.ports.gtp_u.contains(&port) => gtp_u(walk),
        _ => Err(Stop::NotTcp(protocol::UDP)),
    }
}

/// Contents that are too short for the header of a tunnel are no tunnel; a cut stays a cut.
fn or_udp<T>(header: Result<T, Stop>) -> Result<T, Stop> {
    header.map_err(|stop| match stop {
        Stop::Malformed { .. } => Stop::NotTcp(protocol::UDP),
        other => other,
    })
}

/// RFC 7348 §5: flags of which only the one for a valid network is set, and Ethernet inside. The
/// two flags of the group policy extension are let through.
fn vxlan<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let &[flags, _, _, _, v0, v1, v2, _] = or_udp(walk.span.header(Name::Vxlan))?;
    if flags & 0x3f != 0x08 {
        return Err(Stop::NotTcp(protocol::UDP));
    }
    walk.pass(LayerKind::Vxlan { vni: u32::from_be_bytes([0, v0, v1, v2]) }, 8)?;
    link::ethernet(walk)
}

/// RFC 8926 §3.4: version 0 and the length of the options in fours, flags, an ethertype, the
/// network.
fn geneve<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    let &[first, _, p0, p1, v0, v1, v2, _] = or_udp(walk.span.header(Name::Geneve))?;
    if first >> 6 != 0 {
        return Err(Stop::NotTcp(protocol::UDP));
    }
    let length = (u32::from(first & 0x3f) << 2).saturating_add(8);
    or_udp(walk.span.take(Name::Geneve, length))?;
    walk.pass(LayerKind::Geneve { vni: u32::from_be_bytes([0, v0, v1, v2]) }, length)?;
    link::by_ethertype(walk, u16::from_be_bytes([p0, p1]))
}

/// 3GPP TS 29.281 §5.1: version 1, protocol type 1 and three flags, of which any one adds four
/// octets, the last of which is the type of the first extension header. Type 255 carries a packet.
fn gtp_u<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    const PACKET: u8 = 255;
    const EXTENDED: u8 = 0x04;
    let &[flags, kind, l0, l1, t0, t1, t2, t3] = or_udp(walk.span.header(Name::GtpU))?;
    if flags >> 4 != 0b0011 || kind != PACKET {
        return Err(Stop::NotTcp(protocol::UDP));
    }
    let mut length = 8;
    if flags & 0x07 != 0 {
        let optional = or_udp(walk.span.take(Name::GtpU, 12))?;
        length = 12;
        let mut next = if flags & EXTENDED == 0 { 0 } else { last(optional) };
        while next != 0 {
            let mut rest = walk.span;
            rest.skip(length);
            let &[fours] = or_udp(rest.header(Name::GtpU))?;
            if fours == 0 {
                return Err(Stop::NotTcp(protocol::UDP));
            }
            let size = u32::from(fours) << 2;
            next = last(or_udp(rest.take(Name::GtpU, size))?);
            length = length.saturating_add(size);
        }
    }
    walk.pass(LayerKind::GtpU { teid: u32::from_be_bytes([t0, t1, t2, t3]) }, length)?;
    // The length counts what follows the first eight octets.
    let counted = u16::try_from(length.saturating_sub(8)).unwrap_or(u16::MAX);
    walk.contents(Field::PayloadLength, u16::from_be_bytes([l0, l1]), counted);
    ip::either(walk)
}

fn last(octets: &[u8]) -> u8 {
    octets.last().copied().unwrap_or_default()
}

/// RFC 2784 and RFC 2890: version 0 with optional checksum, key and sequence number. Source
/// routing (RFC 1701) and version 1 (RFC 2637) are not followed.
pub(super) fn gre<S: Sink>(walk: &mut Walk<'_, '_, S>) -> Result<(), Stop> {
    const CHECKSUM: u8 = 0x80;
    const ROUTING: u8 = 0x40;
    const KEY: u8 = 0x20;
    const SEQUENCE: u8 = 0x10;
    let &[flags, version, p0, p1] = walk.span.header(Name::Gre)?;
    if version & 0x07 != 0 || flags & ROUTING != 0 {
        return Err(Stop::NotTcp(protocol::GRE));
    }
    let size = |flag| if flags & flag == 0 { 0 } else { 4 };
    let before_key = 4_u32.saturating_add(size(CHECKSUM));
    let length = before_key.saturating_add(size(KEY)).saturating_add(size(SEQUENCE));
    let header = walk.span.take(Name::Gre, length)?;
    let key = header.get(before_key as usize..).and_then(<[u8]>::first_chunk);
    let key = key.filter(|_| flags & KEY != 0).map(|key| u32::from_be_bytes(*key));
    let protocol = u16::from_be_bytes([p0, p1]);
    walk.pass(LayerKind::Gre { key, protocol }, length)?;
    link::by_ethertype(walk, protocol)
}
