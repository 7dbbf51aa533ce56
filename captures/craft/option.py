"""TCP options as octets: each function returns one whole option, kind and length included."""

import ipaddress
import struct

KIND = 30
MP_CAPABLE, MP_JOIN, DSS, ADD_ADDR, REMOVE_ADDR = range(5)
MP_PRIO, MP_FAIL, MP_FASTCLOSE, MP_TCPRST = range(5, 9)
MP_NAVIGATION = 9
MP_EXPERIMENTAL = 15

EOL = b"\0"
NOP = b"\1"

CHECKSUM_REQUIRED, EXTENSIBILITY, NO_MORE_SUBFLOWS, HMAC_ALGORITHM = 0x80, 0x40, 0x20, 0x01
DATA_FIN, DSN_8, DSN_PRESENT, ACK_8, ACK_PRESENT = 0x10, 0x08, 0x04, 0x02, 0x01
SYNCHRONISING, UNKNOWN = 0x08, 0x04
MAXIMUM_SUBFLOWS_EXID = 0x00AA


def option(kind: int, body: bytes, length: int | None = None) -> bytes:
    """An option with the given body; ``length`` replaces the true length octet."""
    return bytes([kind, len(body) + 2 if length is None else length]) + body


def mptcp(subtype: int, nibble: int, body: bytes = b"", length: int | None = None) -> bytes:
    """An option of kind 30; ``nibble`` is the low half of the subtype's octet."""
    return option(KIND, bytes([subtype << 4 | nibble]) + body, length)


def mss(octets: int = 1460) -> bytes:
    """Maximum segment size."""
    return option(2, struct.pack("!H", octets))


def window_scale(shift: int = 7) -> bytes:
    """Window scale."""
    return option(3, bytes([shift]))


def sack_permitted() -> bytes:
    """Selective acknowledgements are welcome."""
    return option(4, b"")


def timestamps(value: int, echo: int) -> bytes:
    """Timestamps."""
    return option(8, struct.pack("!II", value & 0xFFFFFFFF, echo & 0xFFFFFFFF))


def mp_capable(
    *keys: bytes,
    version: int = 1,
    flags: int = HMAC_ALGORITHM,
    data_length: int | None = None,
    checksum: int | None = None,
) -> bytes:
    """MP_CAPABLE with no, one or two keys, and with the length (and checksum) of the first data."""
    body = bytes([flags]) + b"".join(keys)
    if data_length is not None:
        body += struct.pack("!H", data_length)
    if checksum is not None:
        body += struct.pack("!H", checksum)
    return mptcp(MP_CAPABLE, version, body)


def mp_join_syn(
    address_id: int, token: bytes, nonce: bytes, backup: bool = False, reserved: int = 0
) -> bytes:
    """MP_JOIN of a SYN; ``reserved`` holds the three upper bits of the nibble in place."""
    return mptcp(MP_JOIN, reserved | int(backup), bytes([address_id]) + token + nonce)


def mp_join_syn_ack(
    address_id: int, hmac: bytes, nonce: bytes, backup: bool = False, reserved: int = 0
) -> bytes:
    """MP_JOIN of a SYN/ACK."""
    return mptcp(MP_JOIN, reserved | int(backup), bytes([address_id]) + hmac + nonce)


def mp_join_ack(hmac: bytes, reserved: int = 0) -> bytes:
    """MP_JOIN of the third packet; ``reserved`` holds 12 bits."""
    return mptcp(MP_JOIN, reserved >> 8, bytes([reserved & 0xFF]) + hmac)


def dss(
    *,
    ack: int | None = None,
    ack_octets: int = 8,
    dsn: int | None = None,
    dsn_octets: int = 8,
    ssn: int = 0,
    length: int = 0,
    checksum: int | None = None,
    fin: bool = False,
    reserved: int = 0,
    nibble: int = 0,
) -> bytes:
    """DSS: a Data ACK, a mapping, or both; numbers are cut to the width asked for."""
    flags, body = reserved, b""
    if fin:
        flags |= DATA_FIN
    if ack is not None:
        flags |= ACK_PRESENT | (ACK_8 if ack_octets == 8 else 0)
        body += (ack % (1 << 8 * ack_octets)).to_bytes(ack_octets, "big")
    if dsn is not None:
        flags |= DSN_PRESENT | (DSN_8 if dsn_octets == 8 else 0)
        body += (dsn % (1 << 8 * dsn_octets)).to_bytes(dsn_octets, "big")
        body += struct.pack("!IH", ssn & 0xFFFFFFFF, length)
        if checksum is not None:
            body += struct.pack("!H", checksum)
    return mptcp(DSS, nibble, bytes([flags]) + body)


def packed(address: str) -> bytes:
    """The octets of an address, four or sixteen."""
    return ipaddress.ip_address(address).packed


def add_addr(
    address_id: int, address: str, port: int | None = None, hmac: bytes | None = None, reserved: int = 0
) -> bytes:
    """Version 1 ADD_ADDR; without an HMAC it is the echo."""
    body = bytes([address_id]) + packed(address)
    if port is not None:
        body += struct.pack("!H", port)
    return mptcp(ADD_ADDR, reserved | int(hmac is None), body + (hmac or b""))


def add_addr_v0(address_id: int, address: str, port: int | None = None) -> bytes:
    """Version 0 ADD_ADDR: the nibble is the IP version (RFC 6824 section 3.4.1)."""
    octets = packed(address)
    body = bytes([address_id]) + octets + (b"" if port is None else struct.pack("!H", port))
    return mptcp(ADD_ADDR, 4 if len(octets) == 4 else 6, body)


def remove_addr(*address_ids: int, reserved: int = 0) -> bytes:
    """REMOVE_ADDR with any number of Address IDs."""
    return mptcp(REMOVE_ADDR, reserved, bytes(address_ids))


def mp_prio(backup: bool, address_id: int | None = None, reserved: int = 0) -> bytes:
    """MP_PRIO; the form with an Address ID is version 0's (RFC 6824 section 3.3.8)."""
    return mptcp(MP_PRIO, reserved | int(backup), b"" if address_id is None else bytes([address_id]))


def mp_fail(dsn: int, reserved: int = 0) -> bytes:
    """MP_FAIL; ``reserved`` holds 12 bits."""
    return mptcp(MP_FAIL, reserved >> 8, struct.pack("!BQ", reserved & 0xFF, dsn % (1 << 64)))


def mp_fastclose(receiver_key: bytes, reserved: int = 0) -> bytes:
    """MP_FASTCLOSE; ``reserved`` holds 12 bits."""
    return mptcp(MP_FASTCLOSE, reserved >> 8, bytes([reserved & 0xFF]) + receiver_key)


def mp_tcprst(reason: int, flags: int = 0) -> bytes:
    """MP_TCPRST; flag T is 1, the reserved U, V and W are 8, 4 and 2."""
    return mptcp(MP_TCPRST, flags, bytes([reason]))


def mp_navigation(
    address_id: int,
    *,
    cancel: bool = False,
    echo: bool = False,
    backup: bool = False,
    reserved: bool = False,
    subtype: int = MP_NAVIGATION,
) -> bytes:
    """MP_Navigation (draft-kang-tcpm-accurate-data-scheduling-by-server-02 section 4)."""
    nibble = int(reserved) << 3 | int(cancel) << 2 | int(echo) << 1 | int(backup)
    return mptcp(subtype, nibble, bytes([address_id]))


def experimental(exid: int, data: bytes = b"", flags: int = SYNCHRONISING) -> bytes:
    """The experimental option (draft-bonaventure-mptcp-exp-option-00 section 3)."""
    return mptcp(MP_EXPERIMENTAL, flags, struct.pack("!H", exid) + data)


def max_subflows_a(value: int, exid: int = MAXIMUM_SUBFLOWS_EXID, flags: int = SYNCHRONISING) -> bytes:
    """Maximum Subflows, 24 bits after a 16-bit experiment id (draft-boucadair-mptcp-max-subflow-00, -01)."""
    return experimental(exid, value.to_bytes(3, "big"), flags)


def max_subflows_b(value: int, exid: int = 0xAA, flags: int = SYNCHRONISING) -> bytes:
    """Maximum Subflows, 32 bits after an 8-bit experiment id (draft-boucadair-mptcp-max-subflow-02, -03)."""
    return mptcp(MP_EXPERIMENTAL, flags, bytes([exid]) + struct.pack("!I", value))


def max_subflows_c(value: int, exid: int = MAXIMUM_SUBFLOWS_EXID, flags: int = SYNCHRONISING) -> bytes:
    """Maximum Subflows, 32 bits after a 16-bit experiment id: the text of -02 taken at its word."""
    return experimental(exid, struct.pack("!I", value), flags)
