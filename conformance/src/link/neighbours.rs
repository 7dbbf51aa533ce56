//! Finding neighbours and being found: ARP (RFC 826) and neighbour discovery (RFC 4861).

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use pnet::packet::Packet;
use pnet::packet::arp::{ArpHardwareTypes, ArpOperations, ArpPacket, MutableArpPacket};
use pnet::packet::ethernet::{EtherTypes, EthernetPacket};
use pnet::packet::icmpv6::{self, Icmpv6Packet, Icmpv6Types, MutableIcmpv6Packet};
use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::ipv6::{Ipv6Packet, MutableIpv6Packet};
use pnet::util::MacAddr;

use super::ethernet::{frame, solicited};

/// Who is where on a link, and what waits to be sent until that is known.
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    known: BTreeMap<IpAddr, MacAddr>,
    waiting: BTreeMap<IpAddr, Vec<Vec<u8>>>,
}

impl Neighbours {
    /// Packets that wait for one neighbour, the most.
    const WAITING: usize = 64;

    pub(super) fn find(&self, hop: IpAddr) -> Option<MacAddr> {
        self.known.get(&hop).copied()
    }

    /// Keeps a packet until it is known where it has to go.
    pub(super) fn keep(&mut self, hop: IpAddr, packet: &[u8]) {
        let waiting = self.waiting.entry(hop).or_default();
        if waiting.len() < Self::WAITING {
            waiting.push(packet.to_vec());
        }
    }

    /// Notes where a neighbour is; what waited for that.
    pub(super) fn learn(&mut self, hop: IpAddr, mac: MacAddr) -> Vec<Vec<u8>> {
        self.known.insert(hop, mac);
        self.waiting.remove(&hop).unwrap_or_default()
    }
}

/// What a frame about neighbours says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// Where somebody is.
    pub(super) neighbour: Option<(IpAddr, MacAddr)>,
    /// What the tester has to answer.
    pub(super) answer: Option<Vec<u8>>,
}

/// The frame that asks where somebody is; nothing where the addresses are of different versions.
pub(super) fn question(own: MacAddr, from: IpAddr, hop: IpAddr) -> Option<Vec<u8>> {
    match (from, hop) {
        (IpAddr::V4(from), IpAddr::V4(hop)) => {
            let nobody = MacAddr::zero();
            let arp = arp_frame(ArpOperations::Request, (own, from), (nobody, hop))?;
            Some(frame(own, MacAddr::broadcast(), EtherTypes::Arp, &arp))
        }
        (IpAddr::V6(from), IpAddr::V6(target)) => {
            let (group, mac) = solicited(target);
            let kind = Icmpv6Types::NeighborSolicit;
            let packet = discovery(kind, 0, (own, from), group, target)?;
            Some(frame(own, mac, EtherTypes::Ipv6, &packet))
        }
        _ => None,
    }
}

/// The frame that tells everybody where the tester is, whatever they remember (RFC 5227 §2.3,
/// RFC 4861 §7.2.6).
pub(super) fn announcement(own: MacAddr, address: IpAddr) -> Option<Vec<u8>> {
    match address {
        IpAddr::V4(address) => {
            let here = (own, address);
            let arp = arp_frame(ArpOperations::Request, here, (MacAddr::zero(), address))?;
            Some(frame(own, MacAddr::broadcast(), EtherTypes::Arp, &arp))
        }
        IpAddr::V6(address) => {
            let (group, mac) = ALL_NODES;
            let packet = advert((own, address), group, OVERRIDES)?;
            Some(frame(own, mac, EtherTypes::Ipv6, &packet))
        }
    }
}

/// Reads a frame, for a tester that is here and has these addresses.
pub(super) fn hear(own: MacAddr, addresses: &[IpAddr], octets: &EthernetPacket<'_>) -> Heard {
    match octets.get_ethertype() {
        EtherTypes::Arp => hear_arp(own, addresses, octets.payload()),
        EtherTypes::Ipv6 => hear_discovery(own, addresses, octets.payload()),
        _ => None,
    }
    .unwrap_or_default()
}

fn hear_arp(own: MacAddr, addresses: &[IpAddr], octets: &[u8]) -> Option<Heard> {
    let arp = ArpPacket::new(octets)?;
    let (from, to) = (arp.get_sender_proto_addr(), arp.get_target_proto_addr());
    let sender = arp.get_sender_hw_addr();
    // A probe for duplicates says nothing of where its sender is (RFC 5227 §2.1).
    let neighbour = (!from.is_unspecified()).then_some((IpAddr::V4(from), sender));
    let asks = arp.get_operation() == ArpOperations::Request && addresses.contains(&to.into());
    let answer = if asks {
        let reply = arp_frame(ArpOperations::Reply, (own, to), (sender, from))?;
        Some(frame(own, sender, EtherTypes::Arp, &reply))
    } else {
        None
    };
    Some(Heard { neighbour, answer })
}

fn arp_frame(
    operation: pnet::packet::arp::ArpOperation,
    from: (MacAddr, Ipv4Addr),
    to: (MacAddr, Ipv4Addr),
) -> Option<Vec<u8>> {
    let mut octets = vec![0; MutableArpPacket::minimum_packet_size()];
    let mut view = MutableArpPacket::new(&mut octets)?;
    view.set_hardware_type(ArpHardwareTypes::Ethernet);
    view.set_protocol_type(EtherTypes::Ipv4);
    view.set_hw_addr_len(6);
    view.set_proto_addr_len(4);
    view.set_operation(operation);
    view.set_sender_hw_addr(from.0);
    view.set_sender_proto_addr(from.1);
    view.set_target_hw_addr(to.0);
    view.set_target_proto_addr(to.1);
    Some(octets)
}

/// The places of a message of neighbour discovery (RFC 4861 §4.3, §4.4): flags, target, option.
const FLAGS: usize = 4;
const TARGET: usize = 8;
const OPTION: usize = 24;
const LENGTH: usize = 32;
/// A message is worth something only if it can't have come through a router (§7.1).
const HOP_LIMIT: u8 = 255;
/// The flags of an advertisement (§4.4): it was asked for, and it replaces what was known.
const SOLICITED: u8 = 0x40;
const OVERRIDES: u8 = 0x20;
/// Everybody on the link (RFC 4291 §2.7.1, RFC 2464 §7).
const ALL_NODES: (Ipv6Addr, MacAddr) =
    (Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1), MacAddr(0x33, 0x33, 0, 0, 0, 1));

fn hear_discovery(own: MacAddr, addresses: &[IpAddr], octets: &[u8]) -> Option<Heard> {
    let ip = Ipv6Packet::new(octets)?;
    if ip.get_next_header() != IpNextHeaderProtocols::Icmpv6 || ip.get_hop_limit() != HOP_LIMIT {
        return None;
    }
    let message = ip.payload().get(..usize::from(ip.get_payload_length()))?;
    let target: [u8; 16] = message.get(TARGET..OPTION)?.try_into().ok()?;
    let target = Ipv6Addr::from(target);
    let option = message.get(OPTION..).and_then(link_layer);
    match Icmpv6Packet::new(message)?.get_icmpv6_type() {
        Icmpv6Types::NeighborAdvert => {
            Some(Heard { neighbour: option.map(|mac| (target.into(), mac)), answer: None })
        }
        Icmpv6Types::NeighborSolicit if addresses.contains(&target.into()) => {
            let asker = ip.get_source();
            // Who looks for a duplicate of its own address can't be answered, and finds none.
            let mac = option.filter(|_| !asker.is_unspecified())?;
            let answer = advert((own, target), asker, SOLICITED | OVERRIDES)?;
            Some(Heard {
                neighbour: Some((asker.into(), mac)),
                answer: Some(frame(own, mac, EtherTypes::Ipv6, &answer)),
            })
        }
        _ => None,
    }
}

/// The link-layer address in the options of a message (RFC 4861 §4.6.1).
fn link_layer(mut options: &[u8]) -> Option<MacAddr> {
    while let &[kind, words, ..] = options {
        let len = usize::from(words) * 8;
        if let (1 | 2, Some(address)) = (kind, options.get(2..8)) {
            return <[u8; 6]>::try_from(address).ok().map(MacAddr::from);
        }
        options = options.get(len.max(8)..)?;
    }
    None
}

fn advert(from: (MacAddr, Ipv6Addr), to: Ipv6Addr, flags: u8) -> Option<Vec<u8>> {
    discovery(Icmpv6Types::NeighborAdvert, flags, from, to, from.1)
}

fn discovery(
    kind: icmpv6::Icmpv6Type,
    flags: u8,
    from: (MacAddr, Ipv6Addr),
    to: Ipv6Addr,
    target: Ipv6Addr,
) -> Option<Vec<u8>> {
    let mut octets = vec![0; MutableIpv6Packet::minimum_packet_size() + LENGTH];
    let mut ip = MutableIpv6Packet::new(&mut octets)?;
    ip.set_version(6);
    ip.set_payload_length(LENGTH as u16);
    ip.set_next_header(IpNextHeaderProtocols::Icmpv6);
    ip.set_hop_limit(HOP_LIMIT);
    ip.set_source(from.1);
    ip.set_destination(to);
    let mut message = [0; LENGTH];
    message[FLAGS] = flags;
    message[TARGET..OPTION].copy_from_slice(&target.octets());
    // The sender's link-layer address, or the target's, who are one (§4.6.1).
    message[OPTION] = if kind == Icmpv6Types::NeighborAdvert { 2 } else { 1 };
    message[OPTION + 1] = 1;
    message[OPTION + 2..].copy_from_slice(&from.0.octets());
    let mut view = MutableIcmpv6Packet::new(&mut message)?;
    view.set_icmpv6_type(kind);
    view.set_checksum(icmpv6::checksum(&view.to_immutable(), &from.1, &to));
    ip.set_payload(&message);
    Some(octets)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use pnet::packet::ethernet::EthernetPacket;
    use pnet::util::MacAddr;

    use super::{Heard, hear, question};

    const HERE: MacAddr = MacAddr(2, 0, 0, 0, 0, 1);
    const THERE: MacAddr = MacAddr(2, 0, 0, 0, 0, 2);

    #[test]
    fn whoever_asks_is_answered_and_both_know_each_other() {
        for (here, there) in [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")] {
            let [here, there] = [here, there].map(|one| one.parse::<IpAddr>().expect("address"));
            let asked = question(THERE, there, here).expect("a question");
            let asked = EthernetPacket::new(&asked).expect("a frame");
            let heard = hear(HERE, &[here], &asked);
            assert_eq!(heard.neighbour, Some((there, THERE)));
            let answer = heard.answer.expect("an answer");
            let answer = EthernetPacket::new(&answer).expect("a frame");
            assert_eq!(answer.get_destination(), THERE);
            let learnt = hear(THERE, &[there], &answer);
            assert_eq!(learnt, Heard { neighbour: Some((here, HERE)), answer: None });
            assert_eq!(hear(HERE, &[], &asked).answer, None, "not for others");
        }
    }

    #[test]
    fn garbage_is_nothing() {
        for len in 0..120 {
            for kind in [[0x08, 0x06], [0x86, 0xdd], [0x08, 0x00]] {
                let mut octets = vec![0; len];
                if len >= 14 {
                    octets[12..14].copy_from_slice(&kind);
                }
                if let Some(frame) = EthernetPacket::new(&octets) {
                    assert_eq!(hear(HERE, &[], &frame).answer, None);
                }
            }
        }
    }
}
