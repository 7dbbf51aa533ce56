"""Recordings of what goes wrong: aborts, refusals, fallback, damage."""

import socket
from pathlib import Path

from .forwarder import ACK, SYN, Change, Segment
from .lab import Lab
from .network import burst, hosts, middlebox
from .registry import scenario
from .talk import abort, connect


@scenario(
    "fastclose.pcap",
    "MP_FASTCLOSE with MP_TCPRST on RSTs: the client aborts two connections of two subflows",
    {0, 1, 2, 7},
)
def fastclose(lab: Lab, path: Path) -> None:
    """Both subflows are reset, each with the server's key."""
    client, server = hosts(lab)
    client.endpoint("add", "10.0.1.1", "id", "11", "subflow")
    recorder = lab.record(client, "c0", path)
    for times in (10, 1):
        pair = connect(client, server)
        pair.exchange(3000, 750)
        pair.wait_for_subflows(1)
        pair.exchange(3000, 750, times)
        abort(pair, pair.client)
    recorder.stop()


@scenario(
    "fastclose_server.pcap",
    "MP_FASTCLOSE: the client aborts with one subflow, then the server with two",
    {0, 1, 2, 7},
)
def fastclose_server(lab: Lab, path: Path) -> None:
    """The server's carries the client's key."""
    client, server = hosts(lab)
    recorder = lab.record(client, "c0", path)
    pair = connect(client, server)
    pair.exchange(4000, 1000, 2)
    abort(pair, pair.client)
    client.endpoint("add", "10.0.1.1", "id", "11", "subflow")
    pair = connect(client, server)
    pair.exchange(4000, 1000)
    pair.wait_for_subflows(1)
    pair.exchange(4000, 1000, 3)
    abort(pair, pair.server)
    recorder.stop()


@scenario(
    "tcprst.pcap",
    "MP_TCPRST: two joins of the client, both reset after the handshake by a server that takes none",
    {0, 1, 2, 8},
)
def tcprst(lab: Lab, path: Path) -> None:
    """The server's limits allow no further subflow."""
    client, server = hosts(lab)
    server.limits(0, 0)
    for n in (1, 2):
        client.endpoint("add", f"10.0.{n}.1", "id", str(10 + n), "subflow")
    recorder = lab.record(client, "c0", path)
    pair = connect(client, server)
    pair.exchange(4000, 1000, 8)
    pair.close()
    recorder.stop()


@scenario("fallback_tcp.pcap", "The server speaks plain TCP: SYN/ACK without MP_CAPABLE", {0})
def fallback_tcp(lab: Lab, path: Path) -> None:
    """The client falls back."""
    client, server = hosts(lab)
    recorder = lab.record(client, "c0", path)
    pair = connect(client, server, server_protocol=socket.IPPROTO_TCP)
    pair.exchange(4000, 1000, 4)
    pair.close()
    recorder.stop()


def stripping(lab: Lab, path: Path, change: Change) -> None:
    """Recorded behind a middlebox that takes MPTCP options away."""
    client, server = middlebox(lab, change)
    recorder = lab.record(client, "c0", path)
    pair = connect(client, server)
    pair.exchange(4000, 1000, 4)
    pair.close()
    recorder.stop()


@scenario(
    "fallback_stripped_syn.pcap",
    "A middlebox strips MP_CAPABLE from SYNs; recorded at the client",
    {0},
)
def fallback_stripped_syn(lab: Lab, path: Path) -> None:
    """The server never learns that the client speaks MPTCP."""
    stripping(lab, path, lambda segment: segment.flags & (SYN | ACK) == SYN and segment.strip())


@scenario(
    "fallback_stripped_data.pcap",
    "A middlebox strips MPTCP options from all but SYNs; recorded at the client",
    {0},
)
def fallback_stripped_data(lab: Lab, path: Path) -> None:
    """Both sides have agreed on MPTCP when its options cease to arrive."""
    stripping(lab, path, lambda segment: not segment.flags & SYN and segment.strip())


class DamageOnce:
    """Changes one octet of one data segment of a source: the first whose number is reached."""

    def __init__(self, source: str, number: int) -> None:
        self.source, self.left = source, number

    def __call__(self, segment: Segment) -> bool:
        if segment.source != self.source or segment.data_length < 500:
            return False
        self.left -= 1
        return self.left == 0 and segment.damage()


def damaged(lab: Lab, path: Path, source: str, further: int) -> None:
    """Checksums on; one octet changes on the way; recorded at the server, where it shows."""
    client, server = middlebox(lab, DamageOnce(source, 5))
    for namespace in (client, server):
        namespace.sysctl("net.mptcp.checksum_enabled", 1)
    for n in range(1, further + 1):
        client.endpoint("add", f"10.0.{n}.1", "id", str(10 + n), "subflow")
    recorder = lab.record(server, "s0", path)
    pair = connect(client, server)
    pair.exchange(1400, 500)
    if further:
        pair.wait_for_subflows(further)
        burst(pair, 60000)
    else:
        pair.exchange(1400, 0, 20)
    pair.close()
    recorder.stop()


@scenario(
    "mpfail_single.pcap",
    "Damage to the only subflow: wrong checksum, MP_FAIL, infinite mapping",
    {0, 2, 6},
)
def mpfail_single(lab: Lab, path: Path) -> None:
    """The connection goes on as plain TCP."""
    damaged(lab, path, "10.0.0.1", 0)


@scenario(
    "mpfail_join.pcap",
    "Damage to one of two subflows: MP_FAIL on a RST, the data goes over the other",
    {0, 1, 2, 6},
)
def mpfail_join(lab: Lab, path: Path) -> None:
    """The connection goes on without the subflow."""
    damaged(lab, path, "10.0.1.1", 1)
