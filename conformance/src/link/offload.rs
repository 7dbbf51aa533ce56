//! Checksums that a sender on this machine leaves to a device that never sees the segment: in
//! their place stands the sum over the pseudo-header alone.

use std::net::IpAddr;

use pnet::packet::Packet;
use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::ipv4::Ipv4Packet;
use pnet::packet::ipv6::Ipv6Packet;
use pnet::packet::tcp::{self, MutableTcpPacket};
use pnet::util;

use super::ethernet;

/// Where the checksum of a TCP header is, in words of two octets.
const CHECKSUM: usize = 8;

/// Puts the right checksum in where there is only that of the pseudo-header; one that is wrong in
/// any other way stays.
pub(super) fn complete(packet: &mut [u8]) {
    let Some((src, dst)) = ethernet::addresses(packet) else { return };
    let start = match src {
        IpAddr::V4(_) => match Ipv4Packet::new(packet) {
            Some(ip) => usize::from(ip.get_header_length()) * 4,
            None => return,
        },
        IpAddr::V6(_) => Ipv6Packet::minimum_packet_size(),
    };
    let Some(mut segment) = packet.get_mut(start..).and_then(MutableTcpPacket::new) else { return };
    let nothing = vec![0; segment.packet().len()];
    let tcp = IpNextHeaderProtocols::Tcp;
    let (pseudo, whole) = match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => (
            util::ipv4_checksum(&nothing, CHECKSUM, &[], &src, &dst, tcp),
            tcp::ipv4_checksum(&segment.to_immutable(), &src, &dst),
        ),
        (IpAddr::V6(src), IpAddr::V6(dst)) => (
            util::ipv6_checksum(&nothing, CHECKSUM, &[], &src, &dst, tcp),
            tcp::ipv6_checksum(&segment.to_immutable(), &src, &dst),
        ),
        _ => return,
    };
    if segment.get_checksum() == !pseudo {
        segment.set_checksum(whole);
    }
}

#[cfg(test)]
mod tests {
    use mpdissect::wire::tcp::{Endpoint, Flags};

    use super::complete;
    use crate::craft::{Header, packet};

    #[test]
    fn only_the_sum_of_the_pseudo_header_is_completed() {
        for (src, dst, at) in [("192.0.2.1", "192.0.2.2", 36), ("2001:db8::1", "2001:db8::2", 56)] {
            let end = |addr: &str, port| Endpoint { addr: addr.parse().expect("address"), port };
            let header = Header {
                seq: 3,
                ack: 4,
                flags: Flags::ACK,
                window: 5,
                ..Header::between(end(src, 1), end(dst, 2))
            };
            let right = packet(&header, b"payload");
            // The sum of both addresses, the protocol and the length, as a sender leaves it.
            let addresses = if at == 36 { &right[12..20] } else { &right[8..40] };
            let words =
                addresses.chunks(2).map(|word| u32::from(word[0]) << 8 | u32::from(word[1]));
            let sum = words.sum::<u32>() + 6 + 27;
            let partial = (sum % 0xffff) as u16;
            let mut left = right.clone();
            left[at..at + 2].copy_from_slice(&partial.to_be_bytes());
            complete(&mut left);
            assert_eq!(left, right);
            let mut wrong = packet(&Header { wrong_checksum: true, ..header }, b"payload");
            let before = wrong.clone();
            complete(&mut wrong);
            assert_eq!(wrong, before);
        }
    }
}
