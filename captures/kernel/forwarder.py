"""A middlebox in user space: passes frames between two devices, and may change them on the way."""

import os
import select
import socket
import struct
import threading
from collections.abc import Callable

from craft.crypto import internet_checksum
from craft.packet import TCP, pseudo_header

from .lab import Namespace

ETH_P_ALL = 3
PACKET_OUTGOING = 4
KIND_MPTCP, KIND_NOP, KIND_EOL = 30, 1, 0
SYN, ACK, FIN = 2, 16, 1
# A change gets a view of an IPv4 TCP segment, may write to it, and says whether it has.
Change = Callable[["Segment"], bool]


class Segment:
    """A TCP segment within an Ethernet frame that holds IPv4 without tags."""

    def __init__(self, frame: bytearray) -> None:
        self.frame = frame
        self.tcp = 14 + (frame[14] & 15) * 4
        self.end = 14 + struct.unpack_from("!H", frame, 16)[0]
        self.options = self.tcp + 20
        self.payload = self.tcp + (frame[self.tcp + 12] >> 4) * 4
        self.flags = frame[self.tcp + 13]
        self.source = socket.inet_ntoa(bytes(frame[26:30]))
        self.target = socket.inet_ntoa(bytes(frame[30:34]))

    @property
    def data_length(self) -> int:
        """Octets of payload."""
        return self.end - self.payload

    def strip(self) -> bool:
        """Put NOPs in the place of every MPTCP option."""
        at, changed = self.options, False
        while at < self.payload and self.frame[at] != KIND_EOL:
            if self.frame[at] == KIND_NOP:
                at += 1
                continue
            length = self.frame[at + 1]
            if length < 2 or at + length > self.payload:
                break
            if self.frame[at] == KIND_MPTCP:
                self.frame[at : at + length] = bytes([KIND_NOP]) * length
                changed = True
            at += length
        return changed

    def damage(self) -> bool:
        """Change one octet in the middle of the payload."""
        self.frame[(self.payload + self.end) // 2] ^= 0x55
        return True

    def fix_checksum(self) -> None:
        """Make the TCP checksum right again, as a middlebox does that knows TCP but not MPTCP."""
        struct.pack_into("!H", self.frame, self.tcp + 16, 0)
        octets = bytes(self.frame[self.tcp : self.end])
        check = internet_checksum(pseudo_header(self.source, self.target, TCP, len(octets)) + octets)
        struct.pack_into("!H", self.frame, self.tcp + 16, check)


def changed(octets: bytes, change: Change) -> bytes:
    """The frame after the change, if it is IPv4 TCP at all."""
    if len(octets) < 54 or octets[12:14] != b"\x08\x00" or octets[23] != TCP:
        return octets
    segment = Segment(bytearray(octets))
    if change(segment):
        segment.fix_checksum()
    return bytes(segment.frame)


class Forwarder:
    """A thread that copies between two ends until stopped; each end can be read and written."""

    def __init__(self, routes: dict[int, Callable[[], None]]) -> None:
        self._routes = routes
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        os.write(self._wake_write, b"x")
        self._thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._wake_read, *self._routes], [], [])
            if self._wake_read in ready:
                return
            for handle in ready:
                self._routes[handle]()


def between_devices(namespace: Namespace, one: str, other: str, change: Change) -> Forwarder:
    """Forward Ethernet frames between two devices of a namespace, TCP over IPv4 subject to the change."""
    ends = []
    for device in (one, other):
        end = namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        end.bind((device, 0))
        ends.append(end)

    def route(source: socket.socket, target: socket.socket) -> Callable[[], None]:
        def copy() -> None:
            octets, address = source.recvfrom(65536)
            if address[2] != PACKET_OUTGOING:
                target.send(changed(octets, change))

        return copy

    return Forwarder({a.fileno(): route(a, b) for a, b in (ends, ends[::-1])})


def between_tunnels(one: int, other: int) -> Forwarder:
    """Forward IP packets between two tunnel devices."""

    def route(source: int, target: int) -> Callable[[], None]:
        def copy() -> None:
            os.write(target, os.read(source, 65536))

        return copy

    return Forwarder({one: route(one, other), other: route(other, one)})
