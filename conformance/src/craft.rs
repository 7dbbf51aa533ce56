//! Segments to octets: IP and TCP headers through pnet's views, options as they are given.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use mpdissect::wire::mptcp::{Dialect, MptcpOption};
use mpdissect::wire::tcp::{Endpoint, Flags, Segment};
use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::ipv4::{self, MutableIpv4Packet};
use pnet::packet::ipv6::MutableIpv6Packet;
use pnet::packet::tcp::{self, MutableTcpPacket};

const TCP_HEADER: usize = 20;

/// The headers of a segment.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// Who sends it.
    pub src: Endpoint,
    /// Whom it is for, of the same version of IP.
    pub dst: Endpoint,
    /// The sequence number.
    pub seq: u32,
    /// The acknowledgment number.
    pub ack: u32,
    /// The control bits, reserved ones included.
    pub flags: Flags,
    /// The window, not scaled.
    pub window: u16,
    /// The urgent pointer.
    pub urgent: u16,
    /// The options, at most [`Area::MAX`] octets of them; padded to words of four octets.
    pub options: &'a [u8],
    /// The data offset in words of four octets, where it isn't the true one.
    pub data_offset: Option<u8>,
    /// Whether the checksum is deliberately wrong.
    pub wrong_checksum: bool,
}

impl<'a> Header<'a> {
    /// One without flags, options and numbers.
    pub const fn between(src: Endpoint, dst: Endpoint) -> Self {
        Self {
            src,
            dst,
            seq: 0,
            ack: 0,
            flags: Flags(0),
            window: 0,
            urgent: 0,
            options: &[],
            data_offset: None,
            wrong_checksum: false,
        }
    }

    /// That of a segment which was received.
    pub const fn of(segment: &Segment<'a>) -> Self {
        Self {
            seq: segment.seq,
            ack: segment.ack,
            flags: segment.flags,
            window: segment.window,
            urgent: segment.urgent,
            options: segment.options,
            ..Self::between(segment.src, segment.dst)
        }
    }
}

/// The IP packet with this segment. Addresses of different versions of IP give an empty one.
pub fn packet(header: &Header<'_>, payload: &[u8]) -> Vec<u8> {
    let options = header.options.get(..Area::MAX).unwrap_or(header.options);
    let header_len = TCP_HEADER + options.len().next_multiple_of(4);
    let tcp_len = header_len + payload.len();
    match (header.src.addr, header.dst.addr) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            let mut octets = vec![0; MutableIpv4Packet::minimum_packet_size() + tcp_len];
            ip_v4(&mut octets, src, dst);
            let segment = octets.get_mut(MutableIpv4Packet::minimum_packet_size()..);
            fill(segment.unwrap_or_default(), header, options, payload, |view| {
                tcp::ipv4_checksum(&view.to_immutable(), &src, &dst)
            });
            octets
        }
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            let mut octets = vec![0; MutableIpv6Packet::minimum_packet_size() + tcp_len];
            ip_v6(&mut octets, tcp_len, src, dst);
            let segment = octets.get_mut(MutableIpv6Packet::minimum_packet_size()..);
            fill(segment.unwrap_or_default(), header, options, payload, |view| {
                tcp::ipv6_checksum(&view.to_immutable(), &src, &dst)
            });
            octets
        }
        _ => Vec::new(),
    }
}

/// The RST for a segment that is nobody's (RFC 9293 §3.10.7.1).
pub fn refusal(segment: &Segment<'_>) -> Vec<u8> {
    let has_ack = segment.flags.contains(Flags::ACK);
    let end = segment.seq.wrapping_add(segment.sequence_len());
    let header = Header {
        seq: if has_ack { segment.ack } else { 0 },
        ack: if has_ack { 0 } else { end },
        flags: if has_ack { Flags::RST } else { Flags::RST | Flags::ACK },
        ..Header::between(segment.dst, segment.src)
    };
    packet(&header, &[])
}

fn ip_v4(octets: &mut [u8], src: Ipv4Addr, dst: Ipv4Addr) {
    let total = octets.len() as u16;
    let Some(mut view) = MutableIpv4Packet::new(octets) else { return };
    view.set_version(4);
    view.set_header_length(5);
    view.set_total_length(total);
    view.set_flags(0b010);
    view.set_ttl(64);
    view.set_next_level_protocol(IpNextHeaderProtocols::Tcp);
    view.set_source(src);
    view.set_destination(dst);
    view.set_checksum(ipv4::checksum(&view.to_immutable()));
}

fn ip_v6(octets: &mut [u8], tcp_len: usize, src: Ipv6Addr, dst: Ipv6Addr) {
    let Some(mut view) = MutableIpv6Packet::new(octets) else { return };
    view.set_version(6);
    view.set_payload_length(tcp_len as u16);
    view.set_next_header(IpNextHeaderProtocols::Tcp);
    view.set_hop_limit(64);
    view.set_source(src);
    view.set_destination(dst);
}

fn fill(
    segment: &mut [u8],
    header: &Header<'_>,
    options: &[u8],
    payload: &[u8],
    checksum: impl FnOnce(&MutableTcpPacket<'_>) -> u16,
) {
    let header_len = segment.len().saturating_sub(payload.len());
    if let Some(place) = segment.get_mut(header_len..) {
        place.copy_from_slice(payload);
    }
    let Some(mut view) = MutableTcpPacket::new(segment) else { return };
    view.set_source(header.src.port);
    view.set_destination(header.dst.port);
    view.set_sequence(header.seq);
    view.set_acknowledgement(header.ack);
    view.set_reserved((header.flags.0 >> 8) as u8 & 0x0f);
    view.set_flags(header.flags.0 as u8);
    view.set_window(header.window);
    view.set_urgent_ptr(header.urgent);
    // Where the options are is told by the true offset; a false one is written when all is there.
    view.set_data_offset((header_len / 4) as u8);
    for (place, octet) in view.get_options_raw_mut().iter_mut().zip(options) {
        *place = *octet;
    }
    if let Some(words) = header.data_offset {
        view.set_data_offset(words & 0x0f);
    }
    let right = checksum(&view);
    // A sum of all ones and one of all zeros are the same: turning one bit over makes neither.
    view.set_checksum(if header.wrong_checksum { right ^ 0x0100 } else { right });
}

/// The options of a segment, in the order in which they are added.
#[derive(Clone, Debug, Default)]
pub struct Area {
    octets: Vec<u8>,
}

impl Area {
    /// The most that fits behind a TCP header, in octets.
    pub const MAX: usize = 40;

    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds octets as they are.
    pub fn raw(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    /// Adds the largest segment size.
    pub fn mss(&mut self, size: u16) {
        let [high, low] = size.to_be_bytes();
        self.raw(&[2, 4, high, low]);
    }

    /// Adds a shift of windows.
    pub fn window_scale(&mut self, shift: u8) {
        self.raw(&[3, 3, shift]);
    }

    /// Adds the permission of selective acknowledgments.
    pub fn sack_permitted(&mut self) {
        self.raw(&[4, 2]);
    }

    /// Adds timestamps (RFC 7323) behind two NOPs.
    pub fn timestamps(&mut self, value: u32, echo: u32) {
        self.raw(&[1, 1, 8, 10]);
        self.raw(&value.to_be_bytes());
        self.raw(&echo.to_be_bytes());
    }

    /// Adds an option of MPTCP.
    pub fn mptcp(&mut self, option: &MptcpOption, dialect: Dialect) {
        self.raw(option.emit(dialect).as_slice());
    }

    /// The octets that it takes, without padding.
    pub fn len(&self) -> usize {
        self.octets.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Whether another so many octets fit.
    pub fn has_room(&self, more: usize) -> bool {
        self.octets.len() + more <= Self::MAX
    }

    /// The octets.
    pub fn as_slice(&self) -> &[u8] {
        &self.octets
    }
}

#[cfg(test)]
mod tests {
    use mpdissect::source::LinkType;
    use mpdissect::wire::frame;
    use mpdissect::wire::tcp::{Endpoint, Flags};

    use super::{Header, packet};

    fn ends(v6: bool) -> (Endpoint, Endpoint) {
        let (a, b) = if v6 { ("2001:db8::1", "2001:db8::2") } else { ("192.0.2.1", "192.0.2.2") };
        let end = |addr: &str, port| Endpoint { addr: addr.parse().expect("address"), port };
        (end(a, 1234), end(b, 80))
    }

    fn header(v6: bool, options: &[u8]) -> Header<'_> {
        let (src, dst) = ends(v6);
        Header {
            src,
            dst,
            seq: 0x0102_0304,
            ack: 0x0506_0708,
            flags: Flags::ACK | Flags::PSH | Flags(0xa00),
            window: 9,
            urgent: 10,
            options,
            data_offset: None,
            wrong_checksum: false,
        }
    }

    /// The sum over a TCP segment and its pseudo-header, which is all ones if it is right.
    fn sum(octets: &[u8], v6: bool) -> u16 {
        let (addresses, tcp) =
            if v6 { (&octets[8..40], &octets[40..]) } else { (&octets[12..20], &octets[20..]) };
        let mut sum = 6 + tcp.len() as u32;
        for chunk in addresses.chunks(2).chain(tcp.chunks(2)) {
            sum += u32::from(chunk[0]) << 8 | chunk.get(1).copied().map_or(0, u32::from);
        }
        (sum % 0xffff) as u16
    }

    #[test]
    fn what_is_built_reads_back() {
        for v6 in [false, true] {
            let header = header(v6, &[30, 3, 0x51]);
            let octets = packet(&header, b"hello");
            let read = frame::decode(LinkType::RAW, &octets, octets.len() as u32);
            let segment = read.segment.expect("a segment");
            assert_eq!((segment.src, segment.dst), (header.src, header.dst));
            assert_eq!((segment.seq, segment.ack), (header.seq, header.ack));
            assert_eq!((segment.flags, segment.window, segment.urgent), (header.flags, 9, 10));
            assert_eq!(segment.options, [30, 3, 0x51, 0]);
            assert_eq!(segment.payload, b"hello");
            assert_eq!(sum(&octets, v6), 0);
        }
    }

    #[test]
    fn lies_are_written_as_told() {
        for v6 in [false, true] {
            let lying = Header { data_offset: Some(3), ..header(v6, &[]) };
            let octets = packet(&lying, b"odd");
            let read = frame::decode(LinkType::RAW, &octets, octets.len() as u32);
            assert_eq!(read.segment.expect("a segment").header_len, 12);
            assert_eq!(sum(&octets, v6), 0, "the checksum is over what is there");
            let wrong = Header { wrong_checksum: true, ..header(v6, &[]) };
            assert_ne!(sum(&packet(&wrong, b"odd"), v6), 0);
        }
    }
}
