//! Each tunnel, and what only looks like one.

use super::*;

fn udp4(port: u16, contents: &[u8]) -> Vec<u8> {
    v4(17, &udp(port, contents))
}

#[test]
fn every_tunnel_leads_to_the_segment() {
    let four = v4(6, &tcp(&NOPS, b"abc"));
    let six = v6(6, &tcp(&NOPS, b"abc"));
    let bridged = ethernet(0x0800, &four);
    let cases = [
        (v4(4, &four), "ipv4 ipip ipv4 tcp"),
        (v4(41, &six), "ipv4 ipip ipv6 tcp"),
        (v6(4, &four), "ipv6 ipip ipv4 tcp"),
        (v6(41, &six), "ipv6 ipip ipv6 tcp"),
        (v4(47, &after("0000 0800", &four)), "ipv4 gre ipv4 tcp"),
        (v4(47, &after("2000 86dd 0000002a", &six)), "ipv4 gre 0x2a ipv6 tcp"),
        (
            v6(47, &after("b000 6558 12340000 0000002b 00000001", &bridged)),
            "ipv6 gre 0x2b ethernet ipv4 tcp",
        ),
        (v4(47, &after("0000 880b 0021", &four)), "ipv4 gre ppp ipv4 tcp"),
        (udp4(4789, &after("08000000 00002a00", &bridged)), "ipv4 udp vxlan 42 ethernet ipv4 tcp"),
        (udp4(8472, &after("08000000 00002a00", &bridged)), "ipv4 udp vxlan 42 ethernet ipv4 tcp"),
        (
            udp4(6081, &after("0200 6558 00002a00 0102 80 01 deadbeef", &bridged)),
            "ipv4 udp geneve 42 ethernet ipv4 tcp",
        ),
        (udp4(6081, &after("0000 86dd 00002a00", &six)), "ipv4 udp geneve 42 ipv6 tcp"),
        (udp4(2152, &after("30ff 002f 00000001", &four)), "ipv4 udp gtp-u 0x1 ipv4 tcp"),
        (udp4(2152, &after("32ff 0047 00000abc 0001 0000", &six)), "ipv4 udp gtp-u 0xabc ipv6 tcp"),
        (
            // A PDU session container, and a second extension header of eight octets.
            udp4(2152, &after("34ff 003f 00000001 0000 0085 010940c0 0200000000000000", &four)),
            "ipv4 udp gtp-u 0x1 ipv4 tcp",
        ),
        (
            udp4(2152, &after("30ff 005b 00000001", &v4(47, &after("0000 86dd", &six)))),
            "ipv4 udp gtp-u 0x1 ipv4 gre ipv6 tcp",
        ),
    ];
    for (octets, expected) in cases {
        let frame = ethernet(if octets[0] >> 4 == 4 { 0x0800 } else { 0x86dd }, &octets);
        let packet = whole(LinkType::ETHERNET, &frame);
        assert_eq!(names(&packet), format!("ethernet {expected}"));
        assert_eq!(packet.segment.unwrap().payload, b"abc", "{expected}");
        assert_eq!(fault(&packet), None, "{expected}");
        assert!(packet.layers.iter().any(|layer| layer.kind.is_tunnel()));
    }
}

#[test]
fn a_port_alone_makes_no_tunnel() {
    let four = v4(6, &tcp(&NOPS, b"abc"));
    let bridged = ethernet(0x0800, &four);
    let cases = [
        udp4(4789, &after("00000000 00002a00", &bridged)),
        udp4(4789, &after("0c000003 00002a00", &bridged)),
        udp4(4789, &hex("08000000 0000")),
        udp4(6081, &after("4000 0800 00002a00", &four)),
        udp4(6081, &after("3f00 0800 00002a00", &[0; 20])),
        udp4(2152, &hex("3201 0004 00000000 00010000")),
        udp4(2152, &after("48ff 0047 00000001", &four)),
        udp4(2152, &after("34ff 0000 00000001 0000 0085 00000000", &four)),
        udp4(2152, &after("34ff 0000 00000001 0000 0085 ff000000", &four)),
        udp4(2152, b""),
        udp4(0, &four),
    ];
    for octets in cases {
        assert_eq!(whole(LinkType::RAW, &octets).stop, Stop::NotTcp(17));
    }
}

#[test]
fn ports_can_be_chosen() {
    let octets = udp4(4444, &after("0000 0800 00000100", &v4(6, &tcp(&NOPS, b"abc"))));
    let wire = u32::try_from(octets.len()).unwrap();
    let ports = TunnelPorts { geneve: [4444, 0], ..TunnelPorts::NONE };
    assert!(locate_with(&ports, LinkType::RAW, &octets, wire).is_ok());
    let packet = decode_with(&ports, LinkType::RAW, &octets, wire);
    assert_eq!(names(&packet), "ipv4 udp geneve 1 ipv4 tcp");
    assert_eq!(whole(LinkType::RAW, &octets).stop, Stop::NotTcp(17));
}

#[test]
fn gre_of_another_version_or_with_source_routes_is_not_followed() {
    let four = v4(6, &tcp(&NOPS, b"abc"));
    for header in ["0001 880b", "4000 0800"] {
        assert_eq!(whole(LinkType::RAW, &v4(47, &after(header, &four))).stop, Stop::NotTcp(47));
    }
}

#[test]
fn lengths_of_udp_are_checked_and_noted() {
    let mut octets = udp4(53, b"abcd");
    octets[25] = 7;
    let stop = whole(LinkType::RAW, &octets).stop;
    let fault = Fault::Short { field: Field::TotalLength, claimed: 7, least: 8 };
    assert_eq!(stop, Stop::Malformed { layer: Name::Udp, offset: 20, fault });
    octets[25] = 200;
    let packet = whole(LinkType::RAW, &octets);
    assert_eq!(packet.stop, Stop::NotTcp(17));
    let expected = Fault::Long { field: Field::TotalLength, claimed: 200, held: 12 };
    assert_eq!(packet.layers.as_slice()[1].fault, Some(expected));
}
