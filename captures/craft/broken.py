"""Files that are no valid captures; each name says what is wrong."""

import gzip
import struct

from . import frame
from .capture import Block, pcap, pcap_header
from .files import microseconds
from .registry import crafted
from .sample import mixed

RECORDS = mixed("broken").framed()
WHOLE = pcap(RECORDS)


def record_at(number: int) -> int:
    """The offset of a record's header in the whole file; the first has number 0."""
    return 24 + sum(16 + len(r.octets) for r in RECORDS[:number])


@crafted("broken/cut-in-file-header.pcap", "Ends after 17 of the 24 octets of the file header")
def cut_in_file_header() -> bytes:
    """Too short to know its link type."""
    return WHOLE[:17]


@crafted("broken/cut-in-record-header.pcap", "Five packets, then 9 of the 16 octets of a record header")
def cut_in_record_header() -> bytes:
    """What comes before is good."""
    return WHOLE[: record_at(5) + 9]


@crafted("broken/cut-in-record.pcap", "Five packets, then a record that ends after 30 octets")
def cut_in_record() -> bytes:
    """What comes before is good."""
    return WHOLE[: record_at(5) + 16 + 30]


@crafted("broken/record-of-4-gigabytes.pcap", "Five packets, then a record that claims 2^32-1 octets")
def record_of_4_gigabytes() -> bytes:
    """The claim must not be believed to the point of allocating it."""
    head = struct.pack("<IIII", RECORDS[5].time_ns // 10**9, 0, 0xFFFFFFFF, 0xFFFFFFFF)
    return WHOLE[: record_at(5)] + head + RECORDS[5].octets


@crafted(
    "broken/snap-length-0.pcap",
    "A file header with snap length 0; some writers do that, and the packets are whole",
)
def snap_length_0() -> bytes:
    """Readable with good will."""
    return pcap_header(frame.ETHERNET, snap_length=0) + WHOLE[24:]


@crafted(
    "broken/record-longer-than-wire.pcap",
    "The third record has more octets than its length on the wire",
)
def record_longer_than_wire() -> bytes:
    """Captured length 100 more than the original length says."""
    at = record_at(2) + 12
    return WHOLE[:at] + struct.pack("<I", max(len(RECORDS[2].octets) - 20, 0)) + WHOLE[at + 4 :]


@crafted("broken/microseconds-overflow.pcap", "The third record's microseconds are 4,000,000,000")
def microseconds_overflow() -> bytes:
    """A time that does not exist; the packets are good."""
    at = record_at(2) + 4
    return WHOLE[:at] + struct.pack("<I", 4_000_000_000) + WHOLE[at + 4 :]


@crafted("broken/version-9.pcap", "A file header of version 9.9")
def version_9() -> bytes:
    """No such format is known."""
    return WHOLE[:4] + struct.pack("<HH", 9, 9) + WHOLE[8:]


@crafted("broken/text.pcap", "Plain text")
def text() -> bytes:
    """Not a capture at all."""
    return b"This is a text file, whatever its name says.\n" * 4


@crafted("broken/empty.pcap", "No octet at all")
def empty() -> bytes:
    """Not even a magic number."""
    return b""


@crafted("broken/three-octets.pcap", "Three of the four octets of the magic number")
def three_octets() -> bytes:
    """Too short to tell."""
    return WHOLE[:3]


def pcapng(count: int = 5) -> bytes:
    """A good start: section, interface, packets."""
    make = Block()
    head = make.section() + make.interface(frame.ETHERNET)
    return head + b"".join(make.packet(0, microseconds(r), r.octets, r.original) for r in RECORDS[:count])


def next_packet() -> bytes:
    """The sixth packet's block."""
    record = RECORDS[5]
    return Block().packet(0, microseconds(record), record.octets, record.original)


@crafted("broken/block-past-end.pcapng", "Five packets, then a block that claims 1,000,000 octets")
def block_past_end() -> bytes:
    """The length lies, front and back."""
    block = next_packet()
    size = struct.pack("<I", 1_000_000)
    return pcapng() + block[:4] + size + block[8:-4] + size


@crafted("broken/block-of-4-gigabytes.pcapng", "Five packets, then a block that claims 2^32-4 octets")
def block_of_4_gigabytes() -> bytes:
    """The claim must not be believed to the point of allocating it."""
    block = next_packet()
    return pcapng() + block[:4] + struct.pack("<I", 0xFFFFFFFC) + block[8:]


@crafted("broken/block-not-multiple-of-4.pcapng", "Five packets, then a block of length 61")
def block_not_multiple_of_4() -> bytes:
    """Blocks are padded to 32 bits."""
    size = struct.pack("<I", 61)
    return pcapng() + struct.pack("<I", 6) + size + bytes(61 - 12) + size


@crafted("broken/block-too-short.pcapng", "Five packets, then a block of length 8, shorter than any")
def block_too_short() -> bytes:
    """A reader that trusts it goes around in circles."""
    return pcapng() + struct.pack("<II", 6, 8) + next_packet()[8:]


@crafted(
    "broken/trailer-mismatch.pcapng",
    "Five packets, then a block whose two lengths differ; a good one follows",
)
def trailer_mismatch() -> bytes:
    """Which of the two is right cannot be known."""
    block = next_packet()
    return pcapng() + block[:-4] + struct.pack("<I", len(block) + 4) + block


@crafted(
    "broken/packet-past-block.pcapng",
    "Five packets, then one that claims more octets than its block has",
)
def packet_past_block() -> bytes:
    """The captured length points past the block's end; the block itself is well formed."""
    block = next_packet()
    return pcapng() + block[:20] + struct.pack("<I", 5000) + block[24:] + block


@crafted("broken/no-interface.pcapng", "A section with packets but no interface")
def no_interface() -> bytes:
    """The link type cannot be known."""
    return Block().section() + next_packet()


@crafted(
    "broken/interface-missing.pcapng",
    "Five packets, then one of interface 7, which was not described; a good one",
)
def interface_missing() -> bytes:
    """Only that one packet is lost."""
    record = RECORDS[5]
    stray = Block().packet(7, microseconds(record), record.octets, record.original)
    return pcapng() + stray + next_packet()


@crafted("broken/byte-order-magic.pcapng", "The byte-order magic is neither 1a2b3c4d nor its reverse")
def byte_order_magic() -> bytes:
    """Nothing after it can be read."""
    good = pcapng()
    return good[:8] + b"\x11\x22\x33\x44" + good[12:]


@crafted("broken/version-9.pcapng", "A section of major version 9")
def pcapng_version_9() -> bytes:
    """To be refused, as the format says."""
    good = pcapng()
    return good[:12] + struct.pack("<HH", 9, 0) + good[16:]


@crafted("broken/cut-in-block.pcapng", "Five packets, then the first 40 octets of a block")
def cut_in_block() -> bytes:
    """What comes before is good."""
    return pcapng() + next_packet()[:40]


@crafted("broken/option-past-block.pcapng", "An interface whose option claims 5000 octets; five packets")
def option_past_block() -> bytes:
    """The block's own length is right, so the packets can be had."""
    make = Block()
    body = struct.pack("<HHI", frame.ETHERNET, 0, 0) + struct.pack("<HH", 2, 5000) + b"eth0"
    head = make.section() + make.block(1, body)
    return head + b"".join(make.packet(0, microseconds(r), r.octets, r.original) for r in RECORDS[:5])


@crafted("broken/cut.pcap.gz", "A gzip file cut in the middle")
def cut_gzip() -> bytes:
    """Stored without compression, so that the octets do not depend on the library's version."""
    packed = gzip.compress(WHOLE, compresslevel=0, mtime=0)
    return packed[: len(packed) // 2]


@crafted("broken/checksum.pcap.gz", "A gzip file whose CRC is wrong")
def gzip_checksum() -> bytes:
    """The data is all there; the check at the end fails."""
    packed = gzip.compress(WHOLE, compresslevel=0, mtime=0)
    return packed[:-8] + bytes(4) + packed[-4:]


@crafted("broken/text.gz", "Plain text, compressed")
def text_gzip() -> bytes:
    """A good gzip file that holds no capture."""
    return gzip.compress(text(), compresslevel=0, mtime=0)
