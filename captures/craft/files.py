"""File formats: byte orders, time resolutions, interfaces, sections, every kind of pcapng block."""

import struct
from fractions import Fraction

from . import frame
from .capture import SNAP_LENGTH, Block, Record, pcap
from .registry import crafted
from .sample import mixed

COMMENT, NAME, DESCRIPTION = 1, 2, 3
IF_TSRESOL, IF_TSOFFSET = 9, 14
CUSTOM_UTF8 = 2988
# The private enterprise number set aside for documentation (RFC 5612).
ENTERPRISE = 32473


def microseconds(record: Record) -> int:
    """The record's time in the default resolution."""
    return record.time_ns // 1000


@crafted("big-endian.pcap", "pcap in big-endian byte order, microseconds")
def big_endian() -> bytes:
    """The magic number reads a1b2c3d4."""
    return pcap(mixed("big-endian").framed(), order=">")


@crafted("big-endian-nano.pcap", "pcap in big-endian byte order, nanoseconds")
def big_endian_nano() -> bytes:
    """The magic number reads a1b23c4d; times have digits below a microsecond."""
    records = [
        r._replace(time_ns=r.time_ns + n * 111) for n, r in enumerate(mixed("big-endian-nano").framed())
    ]
    return pcap(records, order=">", nano=True)


@crafted("snap-crafted.pcap", "Snap length 74: headers cut within the option area, and data cut off")
def snap() -> bytes:
    """74 octets hold Ethernet, IPv4, TCP and 20 octets of options; of IPv6 segments, the fixed TCP header."""
    return pcap(mixed("snap").framed(), snap_length=74)


def simple_pcapng(order: str, seed: str) -> bytes:
    """One section, one interface, Enhanced Packet Blocks."""
    make = Block(order)
    out = make.section() + make.interface(frame.ETHERNET, SNAP_LENGTH)
    return out + b"".join(make.packet(0, microseconds(r), r.octets, r.original) for r in mixed(seed).framed())


@crafted("little-endian.pcapng", "pcapng in little-endian byte order")
def pcapng_little() -> bytes:
    """The plainest form."""
    return simple_pcapng("<", "pcapng-little")


@crafted("big-endian.pcapng", "pcapng in big-endian byte order")
def pcapng_big() -> bytes:
    """The plainest form, the other way around."""
    return simple_pcapng(">", "pcapng-big")


# Name, link type, framing, snap length (0: none), if_tsresol octet, its units per second, if_tsoffset in s.
INTERFACES = (
    ("ethernet", frame.ETHERNET, frame.ethernet, 0, None, 10**6, None),
    ("milliseconds", frame.RAW, bytes, 65535, 3, 10**3, None),
    ("nanoseconds", frame.SLL2, frame.sll2, SNAP_LENGTH, 9, 10**9, None),
    ("binary", frame.SLL, frame.sll, 96, 0x80 | 20, 1 << 20, None),
    ("offset", frame.LOOP, frame.loop, 70, 6, 10**6, 1_700_000_000),
    ("before", frame.PPP, frame.ppp, 0, 9, 10**9, -3600),
)


@crafted(
    "interfaces.pcapng",
    "Six interfaces: link types, snap lengths, if_tsresol 10^-3 to 10^-9 and 2^-20, offsets",
)
def interfaces() -> bytes:
    """Packets of the same two connections, dealt out to the interfaces in turn."""
    make = Block()
    out = [make.section()]
    for name, link_type, _, snap_length, resolution, _, offset in INTERFACES:
        options = [(NAME, name.encode())]
        if resolution is not None:
            options.append((IF_TSRESOL, bytes([resolution])))
        if offset is not None:
            options.append((IF_TSOFFSET, struct.pack("<q", offset)))
        out.append(make.interface(link_type, snap_length, *options))
    for n, record in enumerate(mixed("interfaces").records):
        index = n % len(INTERFACES)
        _, _, link, snap_length, _, units, offset = INTERFACES[index]
        octets = link(record.octets)
        time = Fraction(record.time_ns, 10**9) - (offset or 0)
        out.append(make.packet(index, int(time * units), octets[: snap_length or None], len(octets)))
    return b"".join(out)


def name_resolution(make: Block) -> bytes:
    """Name Resolution Block with one name for each family, and a comment."""

    def record(kind: int, value: bytes) -> bytes:
        return struct.pack(make.order + "HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)

    four = record(1, bytes([192, 0, 2, 1]) + b"client.example\0")
    six = record(2, bytes.fromhex("20010db8000c") + bytes(9) + b"\1" + b"client6.example\0")
    return make.block(4, four + six + record(0, b"") + make.options((COMMENT, b"names")))


def statistics(make: Block, time: int, received: int) -> bytes:
    """Interface Statistics Block of the first interface: received, and two dropped."""
    options = make.options(
        (4, struct.pack(make.order + "Q", received)),
        (5, struct.pack(make.order + "Q", 2)),
        (COMMENT, b"two lost"),
    )
    return make.block(5, struct.pack(make.order + "III", 0, time >> 32, time & 0xFFFFFFFF) + options)


@crafted(
    "blocks.pcapng",
    "Every pcapng block: comments, names, statistics, custom, simple, obsolete, unknown, secrets",
)
def blocks() -> bytes:
    """All that is not a packet is to be skipped or shown, never to disturb."""
    make = Block()
    records = mixed("blocks").framed()
    custom = struct.pack("<I", ENTERPRISE)
    out = [
        make.section(
            (COMMENT, "section comment, with an umlaut: ü".encode()), (2, b"hardware"), (3, b"system")
        ),
        make.interface(
            frame.ETHERNET, 0, (NAME, b"eth0"), (COMMENT, b"interface comment"), (DESCRIPTION, b"first")
        ),
        name_resolution(make),
        make.block(0x0BAD0BAD, b"an unknown block, to be skipped"),
        make.block(0x00000BAD, custom + b"custom data, may be copied"),
        make.block(0x40000BAD, custom + b"custom data, not to be copied"),
        make.block(10, struct.pack("<II", 0x544C534B, 5) + b"dummy"),
    ]
    for n, record in enumerate(records):
        time = microseconds(record)
        match n % 6:
            case 1:
                options = [(COMMENT, f"packet {n + 1}".encode()), (COMMENT, b"a second comment")]
                out.append(make.packet(0, time, record.octets, record.original, *options))
            case 2:
                out.append(make.simple_packet(record.octets, record.original))
            case 3:
                out.append(make.obsolete_packet(0, time, record.octets, record.original, 3))
            case 4:
                flags, custom_option = (2, struct.pack("<I", 1)), (CUSTOM_UTF8, custom + b"custom option")
                out.append(make.packet(0, time, record.octets, record.original, flags, custom_option))
            case _:
                out.append(make.packet(0, time, record.octets, record.original))
    out.append(statistics(make, microseconds(records[-1]), len(records)))
    out.append(make.block(0x80000001, b"local use"))
    return b"".join(out)


@crafted("sections.pcapng", "Two sections, little-endian then big-endian, each with its own interfaces")
def sections() -> bytes:
    """Interface 0 is Ethernet in the first section, raw IP in the second; a third section is empty."""
    little, big = Block("<"), Block(">")
    records = mixed("sections").records
    half = len(records) // 2
    out = [little.section((COMMENT, b"little-endian")), little.interface(frame.ETHERNET)]
    for record in records[:half]:
        octets = frame.ethernet(record.octets)
        out.append(little.packet(0, microseconds(record), octets, len(octets)))
    out += [big.section((COMMENT, b"big-endian")), big.interface(frame.RAW, 0, (IF_TSRESOL, b"\x09"))]
    out += [big.packet(0, r.time_ns, r.octets, r.original) for r in records[half:]]
    out.append(little.section((COMMENT, b"empty")))
    return b"".join(out)
