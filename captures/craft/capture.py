"""Traces in memory and the capture file formats they are written to."""

import struct
from collections.abc import Callable
from typing import NamedTuple

from . import frame

START_NS = 1_750_000_000_000_000_000
SNAP_LENGTH = 262_144


class Record(NamedTuple):
    """One captured packet; ``original`` is its length on the wire, which a snap length leaves untouched."""

    time_ns: int
    octets: bytes
    original: int


class Trace:
    """IP packets in order of time, with notes that say what is to be seen at a packet.

    ``link`` puts the link-layer header in front of each when a file is made.
    """

    def __init__(self, link: Callable[[bytes], bytes] = frame.ethernet) -> None:
        self.link = link
        self.now_ns = START_NS
        self.records: list[Record] = []
        self.notes: dict[int, str] = {}

    def wait(self, microseconds: int) -> None:
        """Let time pass before the next packet."""
        self.now_ns += microseconds * 1000

    def add(self, packet: bytes, note: str = "") -> None:
        """Record a packet now; the next one comes 250 microseconds later unless told otherwise."""
        self.records.append(Record(self.now_ns, packet, len(packet)))
        self.wait(250)
        if note:
            self.notes[len(self.records)] = note

    def note(self, text: str) -> None:
        """Say something about the packet that comes next."""
        number = len(self.records) + 1
        self.notes[number] = f"{self.notes[number]}; {text}" if number in self.notes else text

    def framed(self, link: Callable[[bytes], bytes] | None = None) -> list[Record]:
        """The records with link-layer framing, the trace's own unless told otherwise."""
        framed = [Record(r.time_ns, (link or self.link)(r.octets), 0) for r in self.records]
        return [r._replace(original=len(r.octets)) for r in framed]

    def pcap(self, link_type: int = frame.ETHERNET, link: Callable[[bytes], bytes] | None = None) -> bytes:
        """The trace as a little-endian capture file with microseconds."""
        return pcap(self.framed(link), link_type)


def pcap_header(
    link_type: int, order: str = "<", nano: bool = False, snap_length: int = SNAP_LENGTH
) -> bytes:
    """The first 24 octets of a pcap file."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap_length, link_type)


def pcap(
    records: list[Record],
    link_type: int = frame.ETHERNET,
    order: str = "<",
    nano: bool = False,
    snap_length: int = SNAP_LENGTH,
) -> bytes:
    """A pcap file; longer packets are cut to the snap length."""
    out = [pcap_header(link_type, order, nano, snap_length)]
    for record in records:
        seconds, rest = divmod(record.time_ns, 1_000_000_000)
        octets = record.octets[:snap_length]
        out.append(
            struct.pack(order + "IIII", seconds, rest if nano else rest // 1000, len(octets), record.original)
        )
        out.append(octets)
    return b"".join(out)


class Block:
    """pcapng blocks in one byte order (draft-ietf-opsawg-pcapng)."""

    def __init__(self, order: str = "<") -> None:
        self.order = order

    def block(self, kind: int, body: bytes) -> bytes:
        """A block of any type: padded to 32 bits, its length before and after the body."""
        body += b"\0" * (-len(body) % 4)
        size = len(body) + 12
        return struct.pack(self.order + "II", kind, size) + body + struct.pack(self.order + "I", size)

    def options(self, *options: tuple[int, bytes]) -> bytes:
        """An option list, closed by its end mark; nothing at all if there is no option."""
        if not options:
            return b""
        out = b""
        for code, value in options:
            out += struct.pack(self.order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)
        return out + b"\0" * 4

    def section(self, *options: tuple[int, bytes]) -> bytes:
        """Section Header Block of unspecified section length."""
        return self.block(
            0x0A0D0D0A, struct.pack(self.order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + self.options(*options)
        )

    def interface(self, link_type: int, snap_length: int = 0, *options: tuple[int, bytes]) -> bytes:
        """Interface Description Block; snap length 0 means no limit."""
        return self.block(
            1, struct.pack(self.order + "HHI", link_type, 0, snap_length) + self.options(*options)
        )

    def packet(
        self, interface: int, time: int, octets: bytes, original: int, *options: tuple[int, bytes]
    ) -> bytes:
        """Enhanced Packet Block; ``time`` counts in the interface's resolution."""
        head = struct.pack(
            self.order + "IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(octets), original
        )
        return self.block(6, head + octets + b"\0" * (-len(octets) % 4) + self.options(*options))

    def simple_packet(self, octets: bytes, original: int) -> bytes:
        """Simple Packet Block: the first interface, no time."""
        return self.block(3, struct.pack(self.order + "I", original) + octets)

    def obsolete_packet(self, interface: int, time: int, octets: bytes, original: int, drops: int) -> bytes:
        """Packet Block, which the Enhanced one replaced."""
        head = struct.pack(
            self.order + "HHIIII", interface, drops, time >> 32, time & 0xFFFFFFFF, len(octets), original
        )
        return self.block(2, head + octets)
