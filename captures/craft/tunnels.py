"""Connections inside tunnels, behind VLAN tags, under IP options and extension headers, and in fragments."""

import ipaddress
import struct
from collections.abc import Callable
from itertools import count

from . import frame
from .capture import Trace
from .crypto import internet_checksum
from .packet import GRE, IPV4_IN, IPV6_IN, TCP, UDP, addresses, ip, ipv4, ipv6, udp
from .registry import crafted
from .sample import handshake_and_data

OUTER_4 = "203.0.113.1", "203.0.113.2"
OUTER_6 = "2001:db8:f::1", "2001:db8:f::2"
GRE_CHECKSUM, GRE_KEY, GRE_SEQUENCE = 0x8000, 0x2000, 0x1000
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION = 0, 43, 44, 60
SEGMENT_ROUTING = 4
VXLAN_PORT, GENEVE_PORT, GTPU_PORT = 4789, 6081, 2152
Wrap = Callable[[bytes], bytes]


def ends(outer: tuple[str, str], inner: bytes) -> tuple[str, str]:
    """The tunnel's ends in the direction of the inner packet: client addresses are the lower ones."""
    source, target = addresses(inner)
    forward = source.startswith(("192.0.2", "203.0.113.1", "2001:db8:c")) or target.startswith("2001:db8:5")
    return outer if forward else outer[::-1]


def in_ip(inner: bytes, outer: tuple[str, str]) -> bytes:
    """IP in IP (RFC 2003, RFC 2473, RFC 4213)."""
    return ip(*ends(outer, inner), IPV4_IN if frame.is_ipv4(inner) else IPV6_IN, inner)


def in_gre(inner: bytes, flags: int = 0, outer: tuple[str, str] = OUTER_4, bridged: bool = False) -> bytes:
    """GRE (RFC 2784, RFC 2890), around IP or, bridged, around an Ethernet frame."""
    payload = frame.ethernet(inner) if bridged else inner
    header = struct.pack("!HH", flags, frame.ETHERTYPE_TEB if bridged else frame.ethertype(inner))
    rest = struct.pack("!I", 0xC0FFEE) if flags & GRE_KEY else b""
    rest += struct.pack("!I", 7) if flags & GRE_SEQUENCE else b""
    if flags & GRE_CHECKSUM:
        check = internet_checksum(header + bytes(4) + rest + payload)
        rest = struct.pack("!HH", check, 0) + rest
    return ip(*ends(outer, inner), GRE, header + rest + payload)


def in_udp(inner: bytes, port: int, payload: bytes, outer: tuple[str, str] = OUTER_4) -> bytes:
    """A UDP datagram to the tunnel's port; over IPv4 without checksum, as tunnels do."""
    source, target = ends(outer, inner)
    datagram = udp((source, 50123), (target, port), payload, checksum=":" in source)
    return ip(source, target, UDP, datagram)


def in_vxlan(inner: bytes, outer: tuple[str, str] = OUTER_4, *tags: tuple[int, int]) -> bytes:
    """VXLAN (RFC 7348), network 42."""
    return in_udp(
        inner, VXLAN_PORT, struct.pack("!II", 0x08 << 24, 42 << 8) + frame.ethernet(inner, *tags), outer
    )


def in_geneve(
    inner: bytes, options: bytes = b"", bridged: bool = True, outer: tuple[str, str] = OUTER_4
) -> bytes:
    """Geneve (RFC 8926), network 42, around Ethernet or IP."""
    kind = frame.ETHERTYPE_TEB if bridged else frame.ethertype(inner)
    header = struct.pack("!BBHI", len(options) // 4, 0, kind, 42 << 8) + options
    return in_udp(inner, GENEVE_PORT, header + (frame.ethernet(inner) if bridged else inner), outer)


def in_gtpu(
    inner: bytes, *extensions: tuple[int, bytes], sequence: bool = False, outer: tuple[str, str] = OUTER_4
) -> bytes:
    """GTP-U (3GPP TS 29.281 section 5): optional sequence number, extension headers of 4n-2 octets."""
    flags = 0x30 | (0x04 if extensions else 0) | (0x02 if sequence else 0)
    optional = b""
    if sequence or extensions:
        kinds = [kind for kind, _ in extensions] + [0]
        optional = struct.pack("!HBB", 1234 if sequence else 0, 0, kinds[0])
        for (_, content), following in zip(extensions, kinds[1:], strict=True):
            optional += bytes([(len(content) + 2) // 4]) + content + bytes([following])
    header = struct.pack("!BBHI", flags, 255, len(optional) + len(inner), 0xCAFE)
    return in_udp(inner, GTPU_PORT, header + optional + inner, outer)


def with_options(packet: bytes) -> bytes:
    """The IPv4 packet with options: record route with room for two, NOP, router alert."""
    options = b"\x07\x0b\x04" + bytes(8) + b"\x01" + b"\x94\x04\0\0"
    return ipv4(*addresses(packet), TCP, packet[20:], options=options)


def with_extensions(packet: bytes, *kinds: int) -> bytes:
    """The IPv6 packet with extension headers, routing being a segment list of one (RFC 8754)."""
    body, following = packet[40:], TCP
    for kind in reversed(kinds):
        if kind == ROUTING:
            target = ipaddress.ip_address(addresses(packet)[1]).packed
            header = struct.pack("!BBBBI", following, 2, SEGMENT_ROUTING, 0, 0) + target
        elif kind == DESTINATION:
            header = struct.pack("!BBBB", following, 1, 1, 12) + bytes(12)
        else:
            header = struct.pack("!BBBB", following, 0, 1, 4) + bytes(4)
        body, following = header + body, kind
    return ipv6(*addresses(packet), following, body)


def fragments(packet: bytes, size: int) -> list[bytes]:
    """The packet in fragments with ``size`` octets of payload each; size is a multiple of eight."""
    four = frame.is_ipv4(packet)
    body = packet[20:] if four else packet[40:]
    made = []
    for at in range(0, len(body), size):
        piece, more = body[at : at + size], at + size < len(body)
        if four:
            made.append(
                ipv4(*addresses(packet), TCP, piece, ident=4321, fragment=at // 8 | (0x2000 if more else 0))
            )
        else:
            header = struct.pack("!BBHI", TCP, 0, at | int(more), 4321)
            made.append(ipv6(*addresses(packet), FRAGMENT, header + piece))
    return made


PDU_SESSION = 0x85, b"\x10\x09"
CASES: tuple[tuple[str, bool, Wrap], ...] = (
    ("IPv4 in IPv4", False, lambda p: in_ip(p, OUTER_4)),
    ("IPv6 in IPv4", True, lambda p: in_ip(p, OUTER_4)),
    ("IPv4 in IPv6", False, lambda p: in_ip(p, OUTER_6)),
    ("IPv6 in IPv6", True, lambda p: in_ip(p, OUTER_6)),
    ("GRE", False, in_gre),
    ("GRE, inner IPv6", True, in_gre),
    ("GRE with key", False, lambda p: in_gre(p, GRE_KEY)),
    ("GRE with sequence number", False, lambda p: in_gre(p, GRE_SEQUENCE)),
    ("GRE with checksum", False, lambda p: in_gre(p, GRE_CHECKSUM)),
    ("GRE with checksum, key and sequence number", True, lambda p: in_gre(p, 0xB000)),
    ("GRE over IPv6", False, lambda p: in_gre(p, 0, OUTER_6)),
    ("GRE, Ethernet bridged", False, lambda p: in_gre(p, GRE_KEY, bridged=True)),
    ("VXLAN", False, in_vxlan),
    ("VXLAN over IPv6, inner IPv6", True, lambda p: in_vxlan(p, OUTER_6)),
    ("VXLAN with an inner 802.1Q tag", False, lambda p: in_vxlan(p, OUTER_4, (frame.VLAN, 7))),
    ("Geneve", False, in_geneve),
    ("Geneve with 12 octets of options", True, lambda p: in_geneve(p, b"\1\2\3\2" + bytes(8))),
    ("Geneve around IP", False, lambda p: in_geneve(p, bridged=False)),
    ("GTP-U", False, in_gtpu),
    ("GTP-U, inner IPv6", True, in_gtpu),
    ("GTP-U with sequence number", False, lambda p: in_gtpu(p, sequence=True)),
    ("GTP-U with PDU session container", False, lambda p: in_gtpu(p, PDU_SESSION)),
    (
        "GTP-U with sequence number and two extension headers",
        True,
        lambda p: in_gtpu(p, (0xC0, b"\0\1"), PDU_SESSION, sequence=True),
    ),
    ("GTP-U over IPv6", False, lambda p: in_gtpu(p, PDU_SESSION, outer=OUTER_6)),
    ("IPv4 in IPv4 in GTP-U", False, lambda p: in_gtpu(in_ip(p, OUTER_4))),
    ("GRE in VXLAN", True, lambda p: in_vxlan(in_gre(p), OUTER_6)),
    ("IPv4 options", False, with_options),
    ("IPv6 hop-by-hop options", True, lambda p: with_extensions(p, HOP_BY_HOP)),
    ("IPv6 routing header", True, lambda p: with_extensions(p, ROUTING)),
    ("IPv6 destination options", True, lambda p: with_extensions(p, DESTINATION)),
    (
        "IPv6 hop-by-hop, routing and destination options",
        True,
        lambda p: with_extensions(p, HOP_BY_HOP, ROUTING, DESTINATION),
    ),
)

VLANS: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = (
    ("802.1Q", ((frame.VLAN, 100),)),
    ("802.1Q with priority 5", ((frame.VLAN, 5 << 13 | 100),)),
    ("802.1ad around 802.1Q", ((frame.PROVIDER_VLAN, 200), (frame.VLAN, 100))),
    ("802.1Q around 802.1Q", ((frame.VLAN, 200), (frame.VLAN, 100))),
    ("three tags", ((frame.PROVIDER_VLAN, 300), (frame.VLAN, 200), (frame.VLAN, 100))),
    ("provider tag of 0x9100 around 802.1Q", ((0x9100, 200), (frame.VLAN, 100))),
)


@crafted(
    "tunnels.pcap",
    "MPTCP in IP-in-IP, GRE, VXLAN, Geneve, GTP-U, nested; VLAN tags; IP options; fragments",
)
def tunnels() -> Trace:
    """All cases as Ethernet frames, each case with a connection of its own."""
    trace, ports = Trace(link=bytes), count(49000)

    def inner(six: bool, octets: int = 120) -> list[bytes]:
        port = next(ports)
        return handshake_and_data(f"tunnels-{port}", port, six=six, octets=octets)

    for name, six, wrap in CASES:
        trace.note(name)
        for packet in inner(six):
            trace.add(frame.ethernet(wrap(packet)))
    for name, tags in VLANS:
        trace.note(name)
        for packet in inner(False):
            trace.add(frame.ethernet(packet, *tags))
    for six, size, name in (
        (False, 200, "IPv4, data in fragments of 200 octets"),
        (True, 200, "IPv6, data in fragments of 200 octets"),
        (False, 16, "IPv4, a first fragment that ends within the TCP header"),
        (True, 1400, "IPv6, a fragment header on a whole packet"),
    ):
        trace.note(name)
        for packet in inner(six, 500 if size > 16 else 20):
            carries_data = len(packet) > (150 if size > 16 else 60)
            atomic = size == 1400
            for piece in fragments(packet, size) if carries_data or atomic else [packet]:
                trace.add(frame.ethernet(piece))
    return trace
