//! Each link type, and each way it announces IP.

use super::*;

#[test]
fn every_link_type_leads_to_the_segment() {
    let four = v4(6, &tcp(&NOPS, b"abc"));
    let six = v6(6, &tcp(&NOPS, b"abc"));
    let cases = [
        (LinkType::ETHERNET, ethernet(0x0800, &four), "ethernet ipv4 tcp"),
        (LinkType::ETHERNET, ethernet(0x86dd, &six), "ethernet ipv6 tcp"),
        (
            LinkType::ETHERNET,
            ethernet(0x8100, &after("e00c 0800", &four)),
            "ethernet vlan 12 ipv4 tcp",
        ),
        (
            LinkType::ETHERNET,
            ethernet(0x88a8, &after("0fff 9100 0001 8100 0002 86dd", &six)),
            "ethernet vlan 4095 vlan 1 vlan 2 ipv6 tcp",
        ),
        (
            LinkType::ETHERNET,
            ethernet(55, &after("aaaa03 000000 0800", &four)),
            "ethernet snap ipv4 tcp",
        ),
        (
            LinkType::ETHERNET,
            ethernet(0x8864, &after("1100 00ab 0031 0021", &four)),
            "ethernet pppoe 0xab ppp ipv4 tcp",
        ),
        (
            LinkType::LINUX_SLL,
            after("0000 0001 0006 020000000001 0000 0800", &four),
            "sll ipv4 tcp",
        ),
        (
            LinkType::LINUX_SLL,
            after("0004 fffe 0000 000000000000 0000 8100 0005 86dd", &six),
            "sll vlan 5 ipv6 tcp",
        ),
        (
            LinkType::LINUX_SLL2,
            after("86dd 0000 00000007 0001 04 06 020000000001 0000", &six),
            "sll2 ipv6 tcp",
        ),
        (LinkType::RAW, four.clone(), "ipv4 tcp"),
        (LinkType::RAW_BSD, six.clone(), "ipv6 tcp"),
        (LinkType::RAW_OPENBSD, six.clone(), "ipv6 tcp"),
        (LinkType::IPV4, four.clone(), "ipv4 tcp"),
        (LinkType::IPV6, six.clone(), "ipv6 tcp"),
        (LinkType::NULL, after("02000000", &four), "null ipv4 tcp"),
        (LinkType::NULL, after("00000002", &four), "null ipv4 tcp"),
        (LinkType::NULL, after("0a000000", &six), "null ipv6 tcp"),
        (LinkType::NULL, after("00000018", &six), "null ipv6 tcp"),
        (LinkType::NULL, after("1c000000", &six), "null ipv6 tcp"),
        (LinkType::LOOP, after("0000001e", &six), "null ipv6 tcp"),
        (LinkType::PPP, after("ff03 0021", &four), "ppp ipv4 tcp"),
        (LinkType::PPP, after("ff03 57", &six), "ppp ipv6 tcp"),
        (LinkType::PPP, after("0057", &six), "ppp ipv6 tcp"),
        (LinkType::PPP, after("21", &four), "ppp ipv4 tcp"),
        (LinkType::PPP_HDLC, after("ff03 0021", &four), "ppp ipv4 tcp"),
        (LinkType::PPP_HDLC, after("0f00 86dd", &six), "ppp ipv6 tcp"),
    ];
    for (link, octets, expected) in cases {
        let packet = whole(link, &octets);
        assert_eq!((names(&packet).as_str(), packet.stop), (expected, Stop::Tcp));
        let segment = packet.segment.unwrap();
        assert_eq!((segment.seq, segment.payload), (SEQ, &b"abc"[..]), "{expected}");
        let at = segment.header_offset as usize;
        assert_eq!(octets[at..at + 4], hex("c350 1f90"), "{expected}");
        assert_eq!(packet.layers.iter().last().unwrap().offset, segment.header_offset);
    }
}

#[test]
fn values_of_link_headers_are_kept() {
    let octets = ethernet(0x88a8, &after("b00c 0800", &v4(6, &tcp(&[], b""))));
    let expected = LayerKind::Vlan { tpid: 0x88a8, priority: 5, drop_eligible: true, id: 12 };
    assert_eq!(whole(LinkType::ETHERNET, &octets).layers.as_slice()[1].kind, expected);
    let octets = after("0806 0000 00000007 0001 04 06 020000000001 0000", &[0; 28]);
    let packet = whole(LinkType::LINUX_SLL2, &octets);
    assert_eq!(packet.layers.as_slice()[0].kind, LayerKind::Sll2 { interface: 7 });
    assert_eq!(packet.stop, Stop::NotIp { space: Space::EtherType, number: 0x0806 });
}

#[test]
fn links_that_carry_something_else_say_what() {
    let cases = [
        (LinkType::ETHERNET, ethernet(38, &after("424203", &[0; 60])), Space::Llc, 0x4242),
        (LinkType::ETHERNET, ethernet(0x8864, &after("1109", &[0; 8])), Space::EtherType, 0x8864),
        (
            LinkType::LINUX_SLL,
            after("0000 0338 0000 000000000000 0000 0010", b""),
            Space::Hardware,
            824,
        ),
        (LinkType::NULL, after("07000000", b""), Space::Family, 7),
        (LinkType::PPP, after("ff03 c021", b""), Space::Ppp, 0xc021),
        (LinkType::RAW, after("50", &[0; 60]), Space::Version, 5),
    ];
    for (link, octets, space, number) in cases {
        assert_eq!(whole(link, &octets).stop, Stop::NotIp { space, number });
    }
}
