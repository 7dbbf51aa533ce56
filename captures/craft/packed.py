"""Compressed forms of one small capture: their content is fixed, their octets are up to the compressor."""

import gzip
import lzma
import subprocess
from collections.abc import Callable

ORIGINAL = "maxsubflows.pcap"


def tool(*command: str) -> Callable[[bytes], bytes]:
    """A compressor or decompressor that works from standard input to standard output."""

    def run(octets: bytes) -> bytes:
        return subprocess.run(command, input=octets, stdout=subprocess.PIPE, check=True).stdout

    return run


def two_members(octets: bytes) -> bytes:
    """gzip files may be put one behind the other; the cut is in the middle of a record."""
    half = len(octets) // 2
    return gzip.compress(octets[:half], mtime=0) + gzip.compress(octets[half:], mtime=0)


# Name, what it shows, how to pack, how to unpack.
PACKED: tuple[tuple[str, str, Callable[[bytes], bytes], Callable[[bytes], bytes]], ...] = (
    ("maxsubflows.pcap.gz", "gzip", lambda octets: gzip.compress(octets, mtime=0), gzip.decompress),
    ("maxsubflows-members.pcap.gz", "gzip in two members", two_members, gzip.decompress),
    ("maxsubflows.pcap.xz", "xz", lzma.compress, lzma.decompress),
    ("maxsubflows.pcap.zst", "Zstandard", tool("zstd", "-qc"), tool("zstd", "-dqc")),
    ("maxsubflows.pcap.lz4", "LZ4", tool("lz4", "-qc"), tool("lz4", "-dqc")),
)
