//! Frames of Ethernet around IP packets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use pnet::packet::Packet;
use pnet::packet::ethernet::{EtherType, EtherTypes, EthernetPacket, MutableEthernetPacket};
use pnet::packet::ipv4::Ipv4Packet;
use pnet::packet::ipv6::Ipv6Packet;
use pnet::util::MacAddr;

/// A frame with this payload.
pub(super) fn frame(from: MacAddr, to: MacAddr, kind: EtherType, payload: &[u8]) -> Vec<u8> {
    let mut octets = vec![0; EthernetPacket::minimum_packet_size() + payload.len()];
    if let Some(mut view) = MutableEthernetPacket::new(&mut octets) {
        view.set_source(from);
        view.set_destination(to);
        view.set_ethertype(kind);
        view.set_payload(payload);
    }
    octets
}

/// The type of an IP packet, from its first octet.
pub(super) fn kind(packet: &[u8]) -> Option<EtherType> {
    match packet.first()? >> 4 {
        4 => Some(EtherTypes::Ipv4),
        6 => Some(EtherTypes::Ipv6),
        _ => None,
    }
}

/// Source and destination of an IP packet.
pub(super) fn addresses(packet: &[u8]) -> Option<(IpAddr, IpAddr)> {
    match packet.first()? >> 4 {
        4 => {
            let view = Ipv4Packet::new(packet)?;
            Some((view.get_source().into(), view.get_destination().into()))
        }
        6 => {
            let view = Ipv6Packet::new(packet)?;
            Some((view.get_source().into(), view.get_destination().into()))
        }
        _ => None,
    }
}

/// The IP packet in a frame, without the padding of short frames.
pub(super) fn ip(frame: &EthernetPacket<'_>) -> Option<Vec<u8>> {
    let payload = frame.payload();
    let len = match frame.get_ethertype() {
        // Segments that a device still has to cut may be longer than their length can say.
        EtherTypes::Ipv4 => match Ipv4Packet::new(payload)?.get_total_length() {
            0 => payload.len(),
            len => usize::from(len),
        },
        EtherTypes::Ipv6 => match Ipv6Packet::new(payload)?.get_payload_length() {
            0 => payload.len(),
            len => usize::from(len) + Ipv6Packet::minimum_packet_size(),
        },
        _ => return None,
    };
    payload.get(..len).map(<[u8]>::to_vec)
}

/// Where neighbours are asked for: everybody for IPv4, and for IPv6 the group of the address
/// (RFC 4291 §2.7.1, RFC 2464 §7).
pub(super) fn solicited(address: Ipv6Addr) -> (Ipv6Addr, MacAddr) {
    let [.., a, b, c] = address.octets();
    let group = Ipv6Addr::new(
        0xff02,
        0,
        0,
        0,
        0,
        1,
        0xff00 | u16::from(a),
        u16::from(b) << 8 | u16::from(c),
    );
    (group, MacAddr::new(0x33, 0x33, 0xff, a, b, c))
}

/// Whether an IPv4 address is one of a single host.
pub(super) fn is_one_host(address: Ipv4Addr) -> bool {
    !address.is_broadcast() && !address.is_multicast() && !address.is_unspecified()
}
