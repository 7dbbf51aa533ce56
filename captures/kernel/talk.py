"""Two applications that talk over a Multipath TCP socket, each in its own namespace, driven by one thread."""

import socket
import struct
from typing import NamedTuple

from .lab import IPPROTO_MPTCP, MPTCP_INFO, SOL_MPTCP, Namespace, wait_until

PORT = 5000


class Pair(NamedTuple):
    """The two ends of a connection, and the listener, which has to stay for subflows to join."""

    client: socket.socket
    server: socket.socket
    listener: socket.socket

    def exchange(self, up: int = 4000, down: int = 1000, times: int = 1) -> None:
        """The client sends, the server receives all of it and answers, the client receives the answer."""
        for _ in range(times):
            if up:
                self.client.sendall(letters(up))
                receive(self.server, up)
            if down:
                self.server.sendall(letters(down))
                receive(self.client, down)

    def wait_for_subflows(self, count: int) -> None:
        """Wait until both sides have so many subflows besides the first."""
        ends = self.client, self.server
        wait_until(f"{count} further subflows", lambda: all(subflows(end) >= count for end in ends))

    def close(self) -> None:
        """Close in order: the client first, the server when it has seen the end."""
        self.client.shutdown(socket.SHUT_WR)
        receive_end(self.server)
        self.server.close()
        receive_end(self.client)
        self.client.close()
        self.listener.close()


def letters(count: int) -> bytes:
    """A payload that a person recognises."""
    return (b"abcdefghijklmnopqrstuvwxyz0123456789" * (count // 36 + 1))[:count]


def receive(end: socket.socket, count: int) -> None:
    """Receive exactly so many octets."""
    while count:
        got = len(end.recv(count))
        if not got:
            raise ConnectionError(f"the connection ended {count} octets early")
        count -= got


def receive_end(end: socket.socket) -> None:
    """Receive until the other side has closed."""
    while end.recv(65536):
        pass


def subflows(end: socket.socket) -> int:
    """Subflows besides the first, as the kernel counts them."""
    return end.getsockopt(SOL_MPTCP, MPTCP_INFO, 64)[0]


def announced(end: socket.socket) -> int:
    """Addresses of the peer that have been accepted."""
    return end.getsockopt(SOL_MPTCP, MPTCP_INFO, 64)[2]


def connect(
    client: Namespace,
    server: Namespace,
    address: str = "10.0.0.2",
    *,
    server_protocol: int = IPPROTO_MPTCP,
) -> Pair:
    """A connection from one namespace to the other; ``server_protocol`` may make the server a plain one."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = listen(server, family, server_protocol)
    end = client.socket(family)
    end.connect((address, PORT))
    return accept(end, listener)


def listen(
    server: Namespace, family: int, protocol: int = IPPROTO_MPTCP, fast_open: bool = False
) -> socket.socket:
    """A socket that listens on every address of the family."""
    listener = server.socket(family, protocol=protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if fast_open:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 8)
    listener.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", PORT))
    listener.listen()
    return listener


def accept(end: socket.socket, listener: socket.socket) -> Pair:
    """The pair of a client and what the listener makes of it."""
    accepted, _ = listener.accept()
    accepted.settimeout(end.gettimeout())
    for each in (end, accepted):
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Pair(end, accepted, listener)


def abort(pair: Pair, end: socket.socket) -> None:
    """One end closes at once and throws away what is under way; the other sees a reset."""
    other = pair.server if end is pair.client else pair.client
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
    try:
        receive_end(other)
    except ConnectionError:
        pass
    other.close()
    pair.listener.close()
