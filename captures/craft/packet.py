"""IP, TCP and UDP packets as octets, with correct lengths and checksums unless a caller overrides one."""

import ipaddress
import struct

from .crypto import internet_checksum

TCP, UDP, IPV4_IN, IPV6_IN, GRE = 6, 17, 4, 41, 47
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}


def pseudo_header(source: str, target: str, protocol: int, length: int) -> bytes:
    """What TCP and UDP checksums cover besides the segment (RFC 9293 section 3.1, RFC 8200 section 8.1)."""
    a, b = ipaddress.ip_address(source), ipaddress.ip_address(target)
    if a.version == 4:
        return a.packed + b.packed + struct.pack("!BBH", 0, protocol, length)
    return a.packed + b.packed + struct.pack("!II", length, protocol)


def ipv4(
    source: str,
    target: str,
    protocol: int,
    payload: bytes,
    *,
    ident: int = 0,
    fragment: int = 0x4000,
    options: bytes = b"",
    total_length: int | None = None,
    header_words: int | None = None,
) -> bytes:
    """An IPv4 packet; ``fragment`` is the whole field of flags and offset, by default "don't fragment"."""
    options += b"\0" * (-len(options) % 4)
    words = 5 + len(options) // 4
    length = words * 4 + len(payload) if total_length is None else total_length
    first = 0x40 | (words if header_words is None else header_words)
    header = struct.pack("!BBHHHBBH", first, 0, length, ident, fragment, 64, protocol, 0)
    header += ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed + options
    return header[:10] + struct.pack("!H", internet_checksum(header)) + header[12:] + payload


def ipv6(
    source: str, target: str, next_header: int, payload: bytes, *, payload_length: int | None = None
) -> bytes:
    """An IPv6 packet; extension headers, if any, are the start of the payload."""
    length = len(payload) if payload_length is None else payload_length
    header = struct.pack("!IHBB", 6 << 28, length, next_header, 64)
    return header + ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed + payload


def ip(source: str, target: str, protocol: int, payload: bytes) -> bytes:
    """An IP packet of the family of its addresses."""
    return (ipv4 if ipaddress.ip_address(source).version == 4 else ipv6)(source, target, protocol, payload)


def tcp_flags(letters: str) -> int:
    """The flag bits for letters such as ``"SA"``."""
    return sum(FLAGS[letter] for letter in letters)


def tcp(
    source: tuple[str, int],
    target: tuple[str, int],
    seq: int,
    ack: int,
    flags: str,
    options: bytes = b"",
    payload: bytes = b"",
    *,
    window: int = 502,
    data_offset: int | None = None,
) -> bytes:
    """A TCP segment; the option area must be a multiple of four octets, at most 40."""
    if len(options) % 4 or len(options) > 40:
        raise ValueError(f"an option area of {len(options)} octets cannot be encoded")
    words = 5 + len(options) // 4 if data_offset is None else data_offset
    segment = struct.pack(
        "!HHIIBBHHH",
        source[1],
        target[1],
        seq & 0xFFFFFFFF,
        ack & 0xFFFFFFFF,
        words << 4,
        tcp_flags(flags),
        window,
        0,
        0,
    )
    segment += options + payload
    check = internet_checksum(pseudo_header(source[0], target[0], TCP, len(segment)) + segment)
    return segment[:16] + struct.pack("!H", check) + segment[18:]


def udp(source: tuple[str, int], target: tuple[str, int], payload: bytes, *, checksum: bool = True) -> bytes:
    """A UDP datagram; tunnels over IPv4 may leave the checksum at zero."""
    datagram = struct.pack("!HHHH", source[1], target[1], 8 + len(payload), 0) + payload
    if not checksum:
        return datagram
    check = internet_checksum(pseudo_header(source[0], target[0], UDP, len(datagram)) + datagram) or 0xFFFF
    return datagram[:6] + struct.pack("!H", check) + datagram[8:]


def addresses(packet: bytes) -> tuple[str, str]:
    """Source and target of an IP packet; missing octets count as zero."""
    where, size = (12, 4) if packet[0] >> 4 == 4 else (8, 16)
    whole = packet.ljust(40, b"\0")
    source, target = whole[where : where + size], whole[where + size : where + 2 * size]
    return str(ipaddress.ip_address(source)), str(ipaddress.ip_address(target))
