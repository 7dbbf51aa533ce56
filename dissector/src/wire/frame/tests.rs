//! Frames built header by header, and what is found in them.

mod build;
mod links;
mod property;
mod tunnels;

use super::*;
use crate::wire::tcp::{Flags, OptionFault, has_mptcp};
use build::*;

/// Decodes a whole frame, and checks that finding alone comes to the same end.
fn whole(link: LinkType, octets: &[u8]) -> Packet<'_> {
    captured(link, octets, octets.len())
}

/// Decodes the octets kept of a frame that had `wire` octets.
fn captured(link: LinkType, octets: &[u8], wire: usize) -> Packet<'_> {
    let wire = u32::try_from(wire).unwrap();
    let packet = decode(link, octets, wire);
    match locate(link, octets, wire) {
        Ok(located) => {
            assert_eq!(Some(located.segment()), packet.segment);
            assert_eq!(located.option_area(), located.segment().options);
            assert_eq!(located.has_mptcp(), has_mptcp(located.option_area()));
            assert_eq!(packet.stop, Stop::Tcp);
        }
        Err(stop) => {
            assert_eq!(stop, packet.stop);
            assert_eq!(packet.segment, None);
        }
    }
    packet
}

fn names(packet: &Packet<'_>) -> String {
    let names: Vec<_> = packet.layers.iter().map(|layer| layer.kind.to_string()).collect();
    names.join(" ")
}

/// The fault of the layer that has one.
fn fault(packet: &Packet<'_>) -> Option<Fault> {
    packet.layers.iter().find_map(|layer| layer.fault)
}

#[test]
fn a_frame_of_a_linux_host_is_read_field_by_field() {
    // The SYN/ACK of captures/basic_v4.pcap; the values are what tshark reads in it.
    let octets =
        hex("2eb72d190fed 4a9e3a36f7a2 0800 45000048 00004000 400626ae 0a000002 0a000001 \
         1388 e866 34c91344 cdbb989f d012 fe88 6725 0000 \
         020405b4 0402 080a9aab5c348569467b 01 03030a 1e0c0101f399ef7d4f2edfc0");
    let packet = whole(LinkType::ETHERNET, &octets);
    assert_eq!(names(&packet), "ethernet ipv4 tcp");
    let segment = packet.segment.unwrap();
    assert_eq!(segment.src.to_string(), "10.0.0.2:5000");
    assert_eq!(segment.dst.to_string(), "10.0.0.1:59494");
    assert_eq!((segment.seq, segment.ack), (885_592_900, 3_451_623_583));
    assert_eq!(segment.flags, Flags::SYN | Flags::ACK);
    assert_eq!(segment.flags.to_string(), "S.");
    assert_eq!((segment.window, segment.checksum, segment.urgent), (65160, 0x6725, 0));
    assert_eq!((segment.header_offset, segment.header_len), (34, 52));
    assert_eq!((segment.payload.len(), segment.payload_len), (0, 0));
    assert_eq!(segment.sequence_len(), 1);
    assert!(!segment.options_cut && segment.fault.is_none() && !segment.fragment);
    let options: Vec<_> = segment.walk_options().map(|option| option.to_string()).collect();
    assert_eq!(
        options.join(","),
        "mss 1460,sackOK,TS val 2594921524 ecr 2238269051,nop,wscale 10,\
         mptcp 0x0101f399ef7d4f2edfc0"
    );
    let addresses = packet.layers.as_slice()[1].addresses(&octets).unwrap();
    assert_eq!(addresses, (segment.src.addr, segment.dst.addr));
}

#[test]
fn padding_of_a_short_frame_is_no_payload() {
    let mut octets = ethernet(0x0800, &v4(6, &tcp(&[], b"")));
    octets.resize(60, 0);
    let segment = whole(LinkType::ETHERNET, &octets).segment.unwrap();
    assert_eq!((segment.payload, segment.payload_len), (&b""[..], 0));

    let mut octets = ethernet(0x86dd, &v6(6, &tcp(&[], b"x")));
    octets.extend([0; 8]);
    let segment = whole(LinkType::ETHERNET, &octets).segment.unwrap();
    assert_eq!((segment.payload, segment.payload_len), (&b"x"[..], 1));
}

#[test]
fn a_length_of_zero_means_the_length_on_the_wire() {
    let mut octets = v4(6, &tcp(&NOPS, &[7; 3000]));
    octets[2..4].fill(0);
    let segment = captured(LinkType::RAW, &octets[..100], octets.len()).segment.unwrap();
    assert_eq!((segment.payload.len(), segment.payload_len), (56, 3000));
    assert!(segment.payload_cut());

    // A jumbogram: hop-by-hop options with the jumbo payload option (RFC 2675 §2).
    let payload = [&hex("0600 c204 00011188")[..], &tcp(&NOPS, &vec![7; 70_000])].concat();
    let mut octets = v6(0, &payload);
    octets[4..6].fill(0);
    let packet = whole(LinkType::RAW, &octets);
    assert_eq!(names(&packet), "ipv6 hop-by-hop tcp");
    assert_eq!(packet.segment.unwrap().payload_len, 70_000);
}

#[test]
fn a_length_past_the_end_is_noted_and_the_rest_decoded() {
    let mut octets = v4(6, &tcp(&NOPS, b"abc"));
    octets[2..4].copy_from_slice(&1500_u16.to_be_bytes());
    let packet = whole(LinkType::RAW, &octets);
    let segment = packet.segment.unwrap();
    assert_eq!((segment.payload, segment.payload_len), (&b"abc"[..], 3));
    let expected = Fault::Long { field: Field::TotalLength, claimed: 1500, held: 47 };
    assert_eq!(packet.layers.as_slice()[0].fault, Some(expected));
    assert_eq!(
        expected.to_string(),
        "total length of 1500 octets is more than the 47 that there are"
    );

    let mut octets = v6(6, &tcp(&NOPS, b"abc"));
    octets[4..6].copy_from_slice(&1500_u16.to_be_bytes());
    let packet = whole(LinkType::RAW, &octets);
    assert_eq!(packet.segment.unwrap().payload_len, 3);
    let expected = Fault::Long { field: Field::PayloadLength, claimed: 1500, held: 27 };
    assert_eq!(fault(&packet), Some(expected));
}

#[test]
fn headers_that_cannot_be_believed_end_the_walk() {
    let cases: [(usize, u8, &str); 4] = [
        (0, 0x55, "ipv4 header at octet 14: version 5 has no place here"),
        (
            0,
            0x44,
            "ipv4 header at octet 14: header length of 16 octets is smaller than the least \
             possible, 20",
        ),
        (
            3,
            19,
            "ipv4 header at octet 14: total length of 19 octets is smaller than the least \
             possible, 20",
        ),
        (3, 39, "tcp header at octet 34: the packet ends after 19 of at least 20 octets"),
    ];
    for (at, value, expected) in cases {
        let mut octets = ethernet(0x0800, &v4(6, &tcp(&[], b"")));
        octets[14 + at] = value;
        assert_eq!(whole(LinkType::ETHERNET, &octets).stop.to_string(), expected);
    }
    let mut octets = ethernet(0x86dd, &v6(6, &tcp(&[], b"")));
    octets[14] = 0x40;
    let stop = whole(LinkType::ETHERNET, &octets).stop;
    assert_eq!(stop.to_string(), "ipv6 header at octet 14: version 4 has no place here");
}

#[test]
fn a_data_offset_that_lies_keeps_the_segment() {
    let mut octets = v4(6, &tcp(&NOPS, b"abc"));
    octets[32] = 0x40;
    let packet = whole(LinkType::RAW, &octets);
    let segment = packet.segment.unwrap();
    let expected = Fault::Short { field: Field::DataOffset, claimed: 16, least: 20 };
    assert_eq!(segment.fault, Some(expected));
    assert_eq!(fault(&packet), Some(expected));
    assert_eq!((segment.options.len(), segment.payload.len(), segment.seq), (0, 7, SEQ));

    octets[32] = 0xf0;
    let segment = whole(LinkType::RAW, &octets).segment.unwrap();
    let expected = Fault::Long { field: Field::DataOffset, claimed: 60, held: 27 };
    assert_eq!(segment.fault, Some(expected));
    assert_eq!((segment.options.len(), segment.payload_len), (7, 0));
    assert!(!segment.options_cut);
}

#[test]
fn a_capture_cut_inside_the_options_says_so() {
    let area = [&NOPS[..2], &hex("1e0c0181 0011223344556677 0101")[..]].concat();
    let octets = ethernet(0x0800, &v4(6, &tcp(&area, b"payload")));
    let segment = captured(LinkType::ETHERNET, &octets[..60], octets.len()).segment.unwrap();
    assert!(segment.options_cut && segment.payload_cut());
    assert_eq!((segment.options.len(), segment.payload_len), (6, 7));
    let last = segment.walk_options().last().unwrap();
    assert_eq!((last.kind, last.raw), (30, &hex("1e0c0181")[..]));
    assert_eq!(last.fault, Some(OptionFault::Cut { claimed: Some(12), held: 4 }));
}

#[test]
fn a_capture_cut_inside_the_last_header_is_a_cut() {
    let octets = v4(6, &tcp(&[], b""));
    let stop = captured(LinkType::RAW, &octets[..39], octets.len()).stop;
    assert_eq!(stop, Stop::Cut { layer: Name::Tcp, offset: 20 });
    assert_eq!(stop.to_string(), "the capture cuts the tcp header at octet 20");
}

#[test]
fn fragments_are_named() {
    let mut octets = v4(6, &tcp(&NOPS, &[7; 20]));
    octets[6] = 0x20;
    let packet = whole(LinkType::RAW, &octets);
    assert_eq!(names(&packet), "ipv4 fragment 0+ tcp");
    let segment = packet.segment.unwrap();
    assert!(segment.fragment);
    assert_eq!(segment.payload_len, 20);

    octets[6..8].copy_from_slice(&[0x20, 185]);
    let packet = whole(LinkType::RAW, &octets);
    assert_eq!(packet.stop, Stop::Fragment { offset: 1480, protocol: 6 });
    assert_eq!(names(&packet), "ipv4 fragment 1480+");

    let later = [&hex("0600 05c8 00000001")[..], &[7; 40]].concat();
    let packet_octets = v6(44, &later);
    let packet = whole(LinkType::RAW, &packet_octets);
    assert_eq!(packet.stop, Stop::Fragment { offset: 1480, protocol: 6 });
    assert_eq!(names(&packet), "ipv6 fragment 1480");

    let first = [&hex("0600 0001 00000001")[..], &tcp(&NOPS, b"abc")].concat();
    let packet_octets = v6(44, &first);
    assert!(whole(LinkType::RAW, &packet_octets).segment.unwrap().fragment);

    // A datagram in one fragment is whole (RFC 6946).
    let atomic = [&hex("0600 0000 00000001")[..], &tcp(&NOPS, b"abc")].concat();
    let packet_octets = v6(44, &atomic);
    assert!(!whole(LinkType::RAW, &packet_octets).segment.unwrap().fragment);
}

#[test]
fn a_first_fragment_accuses_nobody() {
    // Sixteen octets of a TCP header.
    let mut octets = v4(6, &tcp(&[], b"")[..16]);
    octets[6] = 0x20;
    let stop = whole(LinkType::RAW, &octets).stop;
    assert_eq!(stop, Stop::FragmentEnds { layer: Name::Tcp, offset: 20 });
    // The inner packet's length counts what comes in other fragments.
    let inner = v4(6, &tcp(&NOPS, &[7; 500]));
    let mut octets = v4(4, &inner[..200]);
    octets[6] = 0x20;
    let packet = whole(LinkType::RAW, &octets);
    assert_eq!(fault(&packet), None);
    assert_eq!(packet.segment.unwrap().payload_len, 156);
}

#[test]
fn ip_options_and_extension_headers_are_passed() {
    let segment = tcp(&NOPS, b"abc");
    let mut octets = v4(6, &[&hex("94040000")[..], &segment].concat());
    octets[0] = 0x46;
    assert_eq!(whole(LinkType::RAW, &octets).segment.unwrap().header_offset, 24);
    let framed = ethernet(0x0800, &octets);
    assert_eq!(whole(LinkType::ETHERNET, &framed).segment.unwrap().header_offset, 38);

    let chain = [
        hex("2b00 0104 00000000"),
        hex("3c02 0400 00000000 20010db8000000000000000000000001"),
        hex("3300 0104 00000000"),
        hex("0604 0000 00000001 00000002 000102030405060708090a0b"),
        segment,
    ]
    .concat();
    let octets = v6(0, &chain);
    let packet = whole(LinkType::RAW, &octets);
    assert_eq!(names(&packet), "ipv6 hop-by-hop routing destination ah tcp");
    assert_eq!(packet.segment.unwrap().payload, b"abc");
    // The numbers of extension headers mean nothing in IPv4.
    assert_eq!(whole(LinkType::RAW, &v4(0, &chain)).stop, Stop::NotTcp(0));
}

#[test]
fn what_is_not_tcp_is_named() {
    assert_eq!(whole(LinkType::RAW, &v4(1, b"12345678")).stop, Stop::NotTcp(1));
    assert_eq!(whole(LinkType::RAW, &v6(59, b"")).stop, Stop::NotTcp(59));
    assert_eq!(whole(LinkType::RAW, &v4(17, &udp(53, b"12345678"))).stop, Stop::NotTcp(17));
    let stop = whole(LinkType(147), b"").stop;
    assert_eq!(stop.to_string(), "link type 147 is not supported");
    let stop = whole(LinkType::ETHERNET, &ethernet(0x0806, &[0; 28])).stop;
    assert_eq!(stop.to_string(), "ethertype 0x0806 is not IP");
}

#[test]
fn nesting_has_a_bound() {
    let mut octets = tcp(&NOPS, b"abc");
    for _ in 0..12 {
        octets = v4(4, &octets);
    }
    // The innermost header announces TCP.
    let last = 11 * 20 + 9;
    octets[last] = 6;
    let packet = whole(LinkType::RAW, &octets);
    assert_eq!(packet.layers.as_slice().len(), 24);
    assert_eq!(packet.segment.unwrap().payload, b"abc");

    for _ in 0..10 {
        octets = v4(4, &octets);
    }
    assert_eq!(whole(LinkType::RAW, &octets).stop, Stop::TooDeep);
}
