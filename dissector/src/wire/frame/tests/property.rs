//! What holds for any octets, and for any frame however it is cut or changed.

use proptest::prelude::*;

use super::*;

const LINKS: [LinkType; 12] = [
    LinkType::NULL,
    LinkType::ETHERNET,
    LinkType::PPP,
    LinkType::RAW_BSD,
    LinkType::RAW_OPENBSD,
    LinkType::PPP_HDLC,
    LinkType::RAW,
    LinkType::LOOP,
    LinkType::LINUX_SLL,
    LinkType::IPV4,
    LinkType::IPV6,
    LinkType::LINUX_SLL2,
];

fn link() -> impl Strategy<Value = LinkType> {
    prop::sample::select(&LINKS[..])
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..60)
}

/// A TCP segment in IP, in up to three tunnels.
fn packet() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::collection::vec(any::<[u8; 4]>(), 0..=10);
    let tunnels = prop::collection::vec(0..11_usize, 0..3);
    (words, payload(), any::<bool>(), tunnels).prop_map(|(words, payload, six, tunnels)| {
        let segment = tcp(&words.concat(), &payload);
        let inner = if six { v6(6, &segment) } else { v4(6, &segment) };
        tunnels.into_iter().fold(inner, wrap)
    })
}

fn wrap(inner: Vec<u8>, tunnel: usize) -> Vec<u8> {
    let six = inner[0] >> 4 == 6;
    let (protocol, ethertype) = if six { (41, 0x86dd) } else { (4, 0x0800) };
    let bridged = ethernet(ethertype, &inner);
    let kind = format!("{ethertype:04x}");
    let gtp = |header: &str, more: usize| {
        after(&format!("{header} {:04x} 00000001", inner.len() + more), &[])
    };
    match tunnel {
        0 => v4(protocol, &inner),
        1 => v6(protocol, &inner),
        2 => v4(47, &after(&format!("0000 {kind}"), &inner)),
        3 => v6(47, &after("b000 6558 0000 0000 00000001 00000001", &bridged)),
        4 => v4(17, &udp(4789, &after("08000000 00000100", &bridged))),
        5 => v6(17, &udp(6081, &after("0100 6558 00000100 01020304", &bridged))),
        6 => v4(17, &udp(2152, &[gtp("30ff", 0), inner].concat())),
        7 => {
            let header = [gtp("34ff", 8), hex("0000 0085 01094000")].concat();
            v6(17, &udp(2152, &[header, inner].concat()))
        }
        8 => v6(0, &after(&format!("{protocol:02x}00 0104 00000000"), &inner)),
        9 => v6(44, &after(&format!("{protocol:02x}00 0000 00000000"), &inner)),
        _ => v4(51, &after(&format!("{protocol:02x}01 0000 00000001 00000002"), &inner)),
    }
}

/// The packet on a link, by one of the ways that the link has of announcing it.
fn framed(link: LinkType, packet: &[u8]) -> Vec<u8> {
    let six = packet[0] >> 4 == 6;
    let kind = if six { "86dd" } else { "0800" };
    match link {
        LinkType::ETHERNET => ethernet(if six { 0x86dd } else { 0x0800 }, packet),
        LinkType::LINUX_SLL => after(&format!("0000 0001 0006 020000000001 0000 {kind}"), packet),
        LinkType::LINUX_SLL2 => {
            after(&format!("{kind} 0000 00000007 0001 04 06 020000000001 0000"), packet)
        }
        LinkType::NULL | LinkType::LOOP => after(if six { "0000001e" } else { "00000002" }, packet),
        LinkType::PPP | LinkType::PPP_HDLC => {
            after(if six { "ff03 0057" } else { "ff03 0021" }, packet)
        }
        _ => packet.to_vec(),
    }
}

/// A frame of any link type; IPv4 alone and IPv6 alone only get what they can carry.
fn frame() -> impl Strategy<Value = (LinkType, Vec<u8>)> {
    (link(), packet()).prop_map(|(link, packet)| {
        let link = match (link, packet[0] >> 4) {
            (LinkType::IPV4 | LinkType::IPV6, 4) => LinkType::IPV4,
            (LinkType::IPV4 | LinkType::IPV6, _) => LinkType::IPV6,
            (link, _) => link,
        };
        (link, framed(link, &packet))
    })
}

/// What must hold of a packet, whatever its octets are.
fn check(packet: &Packet<'_>, octets: &[u8]) {
    let offsets: Vec<_> = packet.layers.iter().map(|layer| layer.offset as usize).collect();
    assert!(offsets.is_sorted());
    assert!(offsets.last().is_none_or(|last| *last <= octets.len()));
    assert!(!packet.stop.to_string().is_empty());
    let Some(segment) = packet.segment else { return };
    assert!(segment.payload.len() <= segment.payload_len as usize);
    assert!(segment.options.len() <= 40);
    let options: Vec<_> = segment.walk_options().collect();
    let raw: Vec<u8> = options.iter().flat_map(|option| option.raw).copied().collect();
    assert_eq!(raw, segment.options, "no octet of the option area is lost");
    let header = segment.header_offset as usize;
    let rest = &octets[header + 20..];
    assert!(rest.starts_with(segment.options));
    assert!(rest[segment.options.len()..].starts_with(segment.payload));
}

proptest! {
    #[test]
    fn any_octets_are_survived(
        link in link(),
        octets in prop::collection::vec(any::<u8>(), 0..300),
        wire in 0..2000_usize,
    ) {
        check(&captured(link, &octets, wire), &octets);
    }

    #[test]
    fn a_changed_frame_is_survived(
        (link, mut octets) in frame(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        keep in any::<prop::sample::Index>(),
    ) {
        for (at, value) in changes {
            let at = at.index(octets.len());
            octets[at] = value;
        }
        let kept = &octets[..=keep.index(octets.len())];
        check(&captured(link, kept, octets.len()), kept);
        check(&whole(link, kept), kept);
    }

    #[test]
    fn a_frame_is_found_whole((link, octets) in frame()) {
        let packet = whole(link, &octets);
        check(&packet, &octets);
        let segment = packet.segment.unwrap();
        prop_assert_eq!(segment.seq, SEQ);
        prop_assert_eq!(segment.payload.len(), segment.payload_len as usize);
        prop_assert_eq!(fault(&packet), None);
    }

    /// The octets that were kept mean what they mean in the whole frame, and where they end is
    /// called a cut and nothing else.
    #[test]
    fn each_prefix_of_a_frame_is_cut_and_not_malformed((link, octets) in frame()) {
        let full = whole(link, &octets).segment.unwrap();
        for kept in 0..octets.len() {
            let packet = captured(link, &octets[..kept], octets.len());
            check(&packet, &octets[..kept]);
            let Some(segment) = packet.segment else {
                prop_assert!(matches!(packet.stop, Stop::Cut { .. }), "{kept}: {}", packet.stop);
                continue;
            };
            prop_assert_eq!(segment.payload_len, full.payload_len);
            prop_assert_eq!((segment.src, segment.dst), (full.src, full.dst));
            prop_assert_eq!((segment.seq, segment.flags), (full.seq, full.flags));
            prop_assert!(full.options.starts_with(segment.options));
            prop_assert!(full.payload.starts_with(segment.payload));
            prop_assert_eq!(segment.options_cut, segment.options.len() < full.options.len());
            prop_assert_eq!(segment.fault, None);
        }
    }
}
