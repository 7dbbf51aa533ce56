"""The same kind of traffic under each link type."""

from itertools import cycle

from . import frame
from .capture import pcap
from .registry import crafted
from .sample import mixed

# NetBSD, FreeBSD and Darwin number AF_INET6 differently.
AF_INET6_NUMBERS = 24, 28, 30


@crafted(
    "null.pcap",
    "BSD loopback (link type 0): address families in both byte orders, AF_INET6 as 24, 28 and 30",
)
def null() -> bytes:
    """Byte order alternates from packet to packet; so does the number of AF_INET6."""
    families, orders = cycle(AF_INET6_NUMBERS), cycle(("little", "big"))

    def link(packet: bytes) -> bytes:
        family = frame.AF_INET if frame.is_ipv4(packet) else next(families)
        return family.to_bytes(4, next(orders)) + packet

    return pcap(mixed("null").framed(link), frame.NULL)


@crafted("loop.pcap", "OpenBSD loopback (link type 108)")
def loop() -> bytes:
    """Address families in network byte order."""
    return mixed("loop").pcap(frame.LOOP, frame.loop)


@crafted("raw.pcap", "IP without link layer (link type 101), both families")
def raw() -> bytes:
    """The packets as they are."""
    return mixed("raw").pcap(frame.RAW, bytes)


@crafted("ipv4.pcap", "IPv4 without link layer (link type 228)")
def only_ipv4() -> bytes:
    """The IPv4 half."""
    return pcap([r for r in mixed("ipv4").framed(bytes) if frame.is_ipv4(r.octets)], frame.IPV4)


@crafted("ipv6.pcap", "IPv6 without link layer (link type 229)")
def only_ipv6() -> bytes:
    """The IPv6 half."""
    return pcap([r for r in mixed("ipv6").framed(bytes) if not frame.is_ipv4(r.octets)], frame.IPV6)


@crafted("ppp.pcap", "PPP (link type 9): address and control octets present, then left out")
def ppp() -> bytes:
    """Every other packet is without the two octets."""
    compressed = cycle((False, True))
    return mixed("ppp").pcap(frame.PPP, lambda packet: frame.ppp(packet, next(compressed)))


@crafted("sll-crafted.pcap", "Linux cooked capture version 1 (link type 113): every packet type, a VLAN tag")
def sll() -> bytes:
    """Packet types 0 to 4 in turn; every seventh packet has a tag."""
    kinds, tags = cycle(range(5)), cycle((None,) * 6 + (100,))
    return mixed("sll").pcap(frame.SLL, lambda packet: frame.sll(packet, next(kinds), next(tags)))


@crafted("sll2-crafted.pcap", "Linux cooked capture version 2 (link type 276): several interface indexes")
def sll2() -> bytes:
    """Packet types and interfaces in turn."""
    kinds, interfaces = cycle(range(5)), cycle((2, 3, 4096))
    return mixed("sll2").pcap(frame.SLL2, lambda packet: frame.sll2(packet, next(kinds), next(interfaces)))


@crafted(
    "link-unknown.pcap",
    "A link type that carries no IP (147, private use 0): nothing to dissect, nothing wrong",
)
def link_unknown() -> bytes:
    """Valid as a file."""
    return mixed("link-unknown").pcap(147, bytes)
