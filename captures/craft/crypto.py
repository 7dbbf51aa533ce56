"""Tokens, initial data sequence numbers, HMACs and checksums of Multipath TCP, versions 0 and 1."""

import hashlib
import hmac
import struct
from collections.abc import Callable


def digest(key: bytes, version: int) -> bytes:
    """Hash a key: SHA-1 in version 0 (RFC 6824 section 3.2), SHA-256 in version 1 (RFC 8684 section 3.2)."""
    return (hashlib.sha1 if version == 0 else hashlib.sha256)(key).digest()


def token(key: bytes, version: int = 1) -> bytes:
    """The first four octets of the digest name the connection towards the owner of the key."""
    return digest(key, version)[:4]


def initial_dsn(key: bytes, version: int = 1) -> int:
    """The last eight octets of the digest; the first data octet has the number after it."""
    return int.from_bytes(digest(key, version)[-8:], "big")


def keyed(key: bytes, message: bytes, version: int = 1) -> bytes:
    """HMAC with the hash of the version, whole: 20 octets in version 0, 32 in version 1."""
    function: Callable = hashlib.sha1 if version == 0 else hashlib.sha256
    return hmac.new(key, message, function).digest()


def join_hmac(
    sender_key: bytes, other_key: bytes, sender_nonce: bytes, other_nonce: bytes, version: int = 1
) -> bytes:
    """The sender's proof in an MP_JOIN, whole: sender's key and nonce come first (RFC 8684 section 3.2)."""
    return keyed(sender_key + other_key, sender_nonce + other_nonce, version)


def join_hmac_syn_ack(
    sender_key: bytes, other_key: bytes, sender_nonce: bytes, other_nonce: bytes, version: int = 1
) -> bytes:
    """What the SYN/ACK carries: the leftmost 64 bits."""
    return join_hmac(sender_key, other_key, sender_nonce, other_nonce, version)[:8]


def join_hmac_ack(
    sender_key: bytes, other_key: bytes, sender_nonce: bytes, other_nonce: bytes, version: int = 1
) -> bytes:
    """What the third packet carries: the leftmost 160 bits, which is all of HMAC-SHA1."""
    return join_hmac(sender_key, other_key, sender_nonce, other_nonce, version)[:20]


def add_addr_hmac(
    sender_key: bytes, other_key: bytes, address_id: int, address: bytes, port: int = 0
) -> bytes:
    """The rightmost 64 bits over id, address and port; no port counts as 0 (RFC 8684 section 3.4.1)."""
    message = bytes([address_id]) + address + struct.pack("!H", port)
    return keyed(sender_key + other_key, message)[-8:]


def ones_complement_sum(octets: bytes) -> int:
    """Sum of 16-bit words with end-around carry; an odd last octet is padded with zero (RFC 1071)."""
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def internet_checksum(octets: bytes) -> int:
    """The complement of the one's complement sum."""
    return ~ones_complement_sum(octets) & 0xFFFF


def dss_checksum(dsn: int, ssn: int, length: int, payload: bytes) -> int:
    """Checksum of a mapping: its pseudo-header and its payload (RFC 8684 section 3.3.1).

    The data sequence number always counts with 64 bits, whatever width the option has; ``length`` is the
    data-level length, which counts a DATA_FIN.
    """
    pseudo_header = struct.pack("!QIHH", dsn & (1 << 64) - 1, ssn & 0xFFFFFFFF, length, 0)
    return internet_checksum(pseudo_header + payload)
