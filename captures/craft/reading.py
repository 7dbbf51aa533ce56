"""Just enough reading of capture files to count packets and to see which options are in them."""

import struct
from collections.abc import Iterator

from .capture import Record
from .option import KIND

ETHERNET_HEADER = 14


def records(octets: bytes) -> Iterator[Record]:
    """The records of a pcap file or the packets of a pcapng file, up to where it ends or makes no sense."""
    return pcapng_records(octets) if octets[:4] == b"\n\r\r\n" else pcap_records(octets)


def pcap_records(octets: bytes) -> Iterator[Record]:
    """The records of a pcap file of any byte order and resolution."""
    magics = {
        b"\xd4\xc3\xb2\xa1": ("<", 1000),
        b"\x4d\x3c\xb2\xa1": ("<", 1),
        b"\xa1\xb2\xc3\xd4": (">", 1000),
        b"\xa1\xb2\x3c\x4d": (">", 1),
    }
    if octets[:4] not in magics:
        return
    order, unit = magics[octets[:4]]
    at = 24
    while at + 16 <= len(octets):
        seconds, part, length, original = struct.unpack_from(order + "IIII", octets, at)
        if at + 16 + length > len(octets):
            return
        yield Record(seconds * 10**9 + part * unit, octets[at + 16 : at + 16 + length], original)
        at += 16 + length


def pcapng_records(octets: bytes) -> Iterator[Record]:
    """Packets of all kinds of pcapng blocks; their times stay in units of the interface."""
    order, at = "<", 0
    while at + 12 <= len(octets):
        if octets[at : at + 4] == b"\n\r\r\n":
            order = "<" if octets[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, length = struct.unpack_from(order + "II", octets, at)
        body = octets[at + 8 : at + length - 4]
        if length < 12 or length % 4 or at + length > len(octets):
            return
        if kind in (2, 6) and len(body) >= 20:
            high, low, captured, original = struct.unpack_from(order + "IIII", body, 4)
            if captured <= len(body) - 20:
                yield Record(high << 32 | low, body[20 : 20 + captured], original)
        elif kind == 3:
            yield Record(0, body[4:], struct.unpack_from(order + "I", body)[0])
        at += length


def mptcp_options(packet: bytes) -> list[bytes]:
    """The MPTCP options of an IP packet with TCP right behind its header."""
    if packet[0] >> 4 == 4:
        tcp = (packet[0] & 15) * 4 if packet[9] == 6 else len(packet)
    else:
        tcp = 40 if packet[6] == 6 else len(packet)
    if tcp + 20 > len(packet):
        return []
    at, end, found = tcp + 20, min(tcp + (packet[tcp + 12] >> 4) * 4, len(packet)), []
    while at + 1 < end and packet[at] != 0:
        if packet[at] == 1:
            at += 1
            continue
        length = packet[at + 1]
        if length < 2 or at + length > end:
            break
        if packet[at] == KIND and length > 2:
            found.append(packet[at : at + length])
        at += length
    return found


def ip_packets(octets: bytes, skip: int = ETHERNET_HEADER) -> Iterator[bytes]:
    """The IP packets of a file whose link layer takes ``skip`` octets."""
    for record in records(octets):
        if len(record.octets) > skip + 20:
            yield record.octets[skip:]
