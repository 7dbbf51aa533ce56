"""Link-layer framing around IP packets, one function per link type, and the numbers files use for them."""

import ipaddress
import struct

from .packet import addresses

NULL, ETHERNET, PPP, RAW, LOOP, SLL, IPV4, IPV6, SLL2 = 0, 1, 9, 101, 108, 113, 228, 229, 276
ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_TEB = 0x0800, 0x86DD, 0x6558
VLAN, PROVIDER_VLAN = 0x8100, 0x88A8
AF_INET, AF_INET6 = 2, 10


def is_ipv4(packet: bytes) -> bool:
    """Whether the packet's version nibble says IPv4; anything else is treated as IPv6."""
    return packet[0] >> 4 == 4


def ethertype(packet: bytes) -> int:
    """The EtherType of an IP packet."""
    return ETHERTYPE_IPV4 if is_ipv4(packet) else ETHERTYPE_IPV6


def mac(address: str) -> bytes:
    """A locally administered address that follows from the IP address's last three octets."""
    return b"\x02\0\0" + ipaddress.ip_address(address).packed[-3:]


def ethernet(packet: bytes, *tags: tuple[int, int]) -> bytes:
    """An Ethernet frame; each tag is an EtherType (802.1Q or 802.1ad) and a VLAN number, outermost first."""
    source, target = addresses(packet)
    stacked = b"".join(struct.pack("!HH", kind, vlan) for kind, vlan in tags)
    return mac(target) + mac(source) + stacked + struct.pack("!H", ethertype(packet)) + packet


def null(packet: bytes, order: str = "<") -> bytes:
    """BSD loopback: the address family in the byte order of the capturing machine (24 is NetBSD's IPv6)."""
    return struct.pack(order + "I", AF_INET if is_ipv4(packet) else 24) + packet


def loop(packet: bytes) -> bytes:
    """OpenBSD loopback: the address family in network byte order."""
    return null(packet, ">")


def ppp(packet: bytes, compressed: bool = False) -> bytes:
    """PPP in HDLC-like framing, with or without the address and control octets (RFC 1662)."""
    protocol = 0x0021 if is_ipv4(packet) else 0x0057
    return (b"" if compressed else b"\xff\x03") + struct.pack("!H", protocol) + packet


def sll(packet: bytes, kind: int = 0, tag: int | None = None) -> bytes:
    """Linux cooked capture, version 1; ``kind`` is 0 to us, 3 to others, 4 from us; ``tag`` a VLAN number."""
    octets = mac(addresses(packet)[0])
    inner = struct.pack("!H", ethertype(packet)) + packet
    if tag is not None:
        inner = struct.pack("!HH", VLAN, tag) + inner
    return struct.pack("!HHH", kind, 1, len(octets)) + octets + b"\0\0" + inner


def sll2(packet: bytes, kind: int = 0, interface: int = 3) -> bytes:
    """Linux cooked capture, version 2: protocol first, and an interface index."""
    octets = mac(addresses(packet)[0])
    return (
        struct.pack("!HHIHBB", ethertype(packet), 0, interface, 1, kind, len(octets))
        + octets
        + b"\0\0"
        + packet
    )
