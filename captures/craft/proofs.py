"""Holds the facts that a capture claims against the functions that compute them."""

import ipaddress
import struct
from collections import Counter
from collections.abc import Iterable

from . import crypto, option
from .reading import mptcp_options

SYN, ACK = 2, 16
Flow = tuple[bytes, int, bytes, int]


class Segment:
    """What the check needs of one TCP segment over plain IP."""

    def __init__(self, packet: bytes) -> None:
        four = packet[0] >> 4 == 4
        at, size, tcp = (12, 4, (packet[0] & 15) * 4) if four else (8, 16, 40)
        source_port, target_port, self.seq = struct.unpack_from("!HHI", packet, tcp)
        self.flow: Flow = (
            packet[at : at + size],
            source_port,
            packet[at + size : at + 2 * size],
            target_port,
        )
        self.flags = packet[tcp + 13]
        end = struct.unpack_from("!H", packet, 2)[0] if four else 40 + struct.unpack_from("!H", packet, 4)[0]
        self.payload = packet[tcp + (packet[tcp + 12] >> 4) * 4 : end]
        self.options = mptcp_options(packet)

    @property
    def reverse(self) -> Flow:
        """The flow in the other direction."""
        return self.flow[2:] + self.flow[:2]


class Connection:
    """The keys by direction of the first subflow: that of the SYN's sender and that of its receiver."""

    def __init__(self, version: int, checksum: bool) -> None:
        self.version, self.checksum = version, checksum
        self.keys = [b"", b""]
        self.first_mapping_seen = [False, False]


class Proofs:
    """Reads segments in order; ``counts`` says how many facts of each kind were good and how many bad."""

    def __init__(self, packets: Iterable[bytes]) -> None:
        self.counts: Counter[tuple[str, bool]] = Counter()
        self._connections: list[Connection] = []
        self._sides: dict[Flow, tuple[Connection, int]] = {}
        self._initial: dict[Flow, int] = {}
        self._nonces: dict[Flow, bytes] = {}
        self._mappings: dict[tuple[Flow, int], tuple[Connection, int, int, int]] = {}
        self._octets: dict[Flow, dict[int, int]] = {}
        for packet in packets:
            segment = Segment(packet)
            if segment.flags & SYN:
                self._initial[segment.flow] = segment.seq
                self._octets[segment.flow] = {}
            self._store(segment)
            for each in segment.options:
                self._option(segment, each)
        self._check_mappings()

    def _judge(self, what: str, good: bool) -> None:
        self.counts[what, good] += 1

    def _store(self, segment: Segment) -> None:
        """Keep each octet under its subflow sequence number; its first copy counts."""
        if segment.flow not in self._initial or not segment.payload:
            return
        start = segment.seq - self._initial[segment.flow] + bool(segment.flags & SYN) & 0xFFFFFFFF
        for at, octet in enumerate(segment.payload, start):
            self._octets[segment.flow].setdefault(at, octet)

    def _option(self, segment: Segment, octets: bytes) -> None:
        match octets[2] >> 4:
            case option.MP_CAPABLE:
                self._capable(segment, octets)
            case option.MP_JOIN:
                self._join(segment, octets)
            case option.DSS:
                self._dss(segment, octets)
            case option.ADD_ADDR:
                self._add_addr(segment, octets)
            case option.MP_FASTCLOSE if segment.flow in self._sides:
                link, side = self._sides[segment.flow]
                self._judge("FASTCLOSE key", octets[4:12] == link.keys[1 - side])

    def _capable(self, segment: Segment, octets: bytes) -> None:
        version, length = octets[2] & 15, len(octets)
        if segment.flags & SYN and not segment.flags & ACK:
            link = Connection(version, bool(octets[3] & option.CHECKSUM_REQUIRED))
            link.keys[0] = octets[4:12]
            self._connections.append(link)
            self._sides[segment.flow], self._sides[segment.reverse] = (link, 0), (link, 1)
        elif segment.flow in self._sides:
            link, _ = self._sides[segment.flow]
            if segment.flags & SYN:
                link.keys[1] = octets[4:12]
                link.checksum |= bool(octets[3] & option.CHECKSUM_REQUIRED)
            elif length >= 20:
                link.keys[0] = link.keys[0] or octets[4:12]
                self._judge("echoed keys", octets[4:20] == b"".join(link.keys))
            if length >= 22:
                link.first_mapping_seen[0] = True
            if length == 24:
                data_length, checksum = struct.unpack_from("!HH", octets, 20)
                dsn = crypto.initial_dsn(link.keys[0], version) + 1
                self._mappings[segment.flow, 1] = link, dsn, data_length, checksum

    def _join(self, segment: Segment, octets: bytes) -> None:
        if len(octets) == 12:
            self._nonces[segment.flow] = octets[8:12]
            for link in self._connections:
                for side in (0, 1):
                    if all(link.keys) and crypto.token(link.keys[side], link.version) == octets[4:8]:
                        self._sides[segment.flow] = link, 1 - side
                        self._sides[segment.reverse] = link, side
            self._judge("token", segment.flow in self._sides)
            return
        if segment.flow not in self._sides or segment.reverse not in self._nonces:
            return
        if len(octets) == 16:
            self._nonces[segment.flow] = octets[12:16]
        link, side = self._sides[segment.flow]
        nonces = self._nonces[segment.flow], self._nonces[segment.reverse]
        whole = crypto.join_hmac(link.keys[side], link.keys[1 - side], *nonces, link.version)
        if len(octets) == 16:
            self._judge("MP_JOIN SYN/ACK HMAC", octets[4:12] == whole[:8])
        elif len(octets) == 24:
            self._judge("MP_JOIN ACK HMAC", octets[4:24] == whole[:20])

    def _add_addr(self, segment: Segment, octets: bytes) -> None:
        if segment.flow not in self._sides or octets[2] & 15 or len(octets) not in (16, 18, 28, 30):
            return
        link, side = self._sides[segment.flow]
        address, rest = (
            octets[4:-8][: 4 if len(octets) < 20 else 16],
            octets[4:-8][4 if len(octets) < 20 else 16 :],
        )
        port = int.from_bytes(rest, "big")
        proof = crypto.add_addr_hmac(link.keys[side], link.keys[1 - side], octets[3], address, port)
        family = f"IPv{ipaddress.ip_address(address).version}{' with port' if rest else ''}"
        self._judge(f"ADD_ADDR HMAC {family}", octets[-8:] == proof)

    def _dss(self, segment: Segment, octets: bytes) -> None:
        flags = octets[3]
        if segment.flow not in self._sides or not flags & option.DSN_PRESENT:
            return
        link, side = self._sides[segment.flow]
        at = 4 + (0 if not flags & option.ACK_PRESENT else 8 if flags & option.ACK_8 else 4)
        size = 8 if flags & option.DSN_8 else 4
        dsn = int.from_bytes(octets[at : at + size], "big")
        ssn, length = struct.unpack_from("!IH", octets, at + size)
        first = crypto.initial_dsn(link.keys[side], link.version) + 1
        if size == 4:
            dsn = first + (dsn - first & 0xFFFFFFFF)
        if not link.first_mapping_seen[side] and ssn == 1 and segment.payload:
            self._judge("first DSN after IDSN", dsn == first)
        link.first_mapping_seen[side] = True
        if len(octets) == at + size + 8 and length:
            checksum = struct.unpack_from("!H", octets, at + size + 6)[0]
            self._mappings.setdefault((segment.flow, ssn), (link, dsn, length, checksum))

    def _check_mappings(self) -> None:
        """Checksums of those mappings whose payload is here as a whole; SSN 0 has none."""
        for (flow, ssn), (_, dsn, length, checksum) in self._mappings.items():
            kept = self._octets.get(flow, {})
            # A DATA_FIN counts in the length, but has no octet.
            wanted = range(ssn, ssn + length) if ssn else range(0)
            payload = bytes(kept[at] for at in wanted if at in kept)
            if wanted and wanted[0] in kept and len(payload) == length - 1 and wanted[-1] in kept:
                continue
            if len(payload) in (length, length - 1):
                self._judge("checksum", crypto.dss_checksum(dsn, ssn, length, payload) == checksum)
