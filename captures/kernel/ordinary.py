"""Recordings of connections as they should be: joins, announcements, priorities, checksums, fast open."""

import socket
from pathlib import Path

from .lab import Lab, wait_until
from .network import burst, hosts, merge
from .registry import scenario
from .talk import PORT, accept, announced, connect, letters, listen, receive


def basic(lab: Lab, path: Path, address: str) -> None:
    """One subflow, two exchanges, an ordinary close."""
    client, server = hosts(lab)
    recorder = lab.record(client, "c0", path)
    pair = connect(client, server, address)
    pair.exchange(4000, 1000, 8)
    pair.close()
    recorder.stop()


@scenario("basic_v4.pcap", "One subflow over IPv4: handshake, data both ways, DATA_FIN", {0, 2})
def basic_v4(lab: Lab, path: Path) -> None:
    """Over IPv4."""
    basic(lab, path, "10.0.0.2")


@scenario("basic_v6.pcap", "One subflow over IPv6: handshake, data both ways, DATA_FIN", {0, 2})
def basic_v6(lab: Lab, path: Path) -> None:
    """Over IPv6."""
    basic(lab, path, "2001:db8:0::2")


def joins(
    lab: Lab, path: Path, six: bool = False, count: int = 2, flags: tuple[str, ...] = (), **options
) -> None:
    """The client opens further subflows from its other addresses; all carry data."""
    client, server = hosts(lab)
    for name, value in options.get("sysctl", ()):
        client.sysctl(name, value)
        server.sysctl(name, value)
    for n in range(1, count + 1):
        source = f"2001:db8:{n}::1" if six else f"10.0.{n}.1"
        client.endpoint("add", source, "id", str(10 + n), "subflow", *flags)
    recorder = lab.record(client, "c0", path, *options.get("words", ()))
    pair = connect(client, server, "2001:db8:0::2" if six else "10.0.0.2")
    pair.exchange(1000, 1000)
    pair.wait_for_subflows(count)
    burst(pair, options.get("octets", 60000))
    pair.exchange(4000, 1000, 3)
    pair.close()
    recorder.stop()


@scenario("join_v4.pcap", "Two further subflows over IPv4, opened by the client", {0, 1, 2})
def join_v4(lab: Lab, path: Path) -> None:
    """Address IDs 11 and 12."""
    joins(lab, path)


@scenario("join_backup.pcap", "A backup subflow: flag B in MP_JOIN", {0, 1, 2})
def join_backup(lab: Lab, path: Path) -> None:
    """Address ID 11, which carries no data."""
    joins(lab, path, count=1, flags=("backup",))


@scenario("join_v6.pcapng", "Two further subflows over IPv6, in a pcapng file", {0, 1, 2})
def join_v6(lab: Lab, path: Path) -> None:
    """Recorded as pcap, then written as pcapng."""
    part = path.with_suffix(".part")
    joins(lab, part, six=True)
    merge(path, {"c0": part})


@scenario("checksum_v4.pcap", "DSS checksums, one further subflow, mappings over several segments", {0, 1, 2})
def checksum_v4(lab: Lab, path: Path) -> None:
    """A mapping of 4000 octets takes three segments."""
    joins(lab, path, count=1, sysctl=[("net.mptcp.checksum_enabled", 1)])


@scenario(
    "checksum_joins_v6.pcap",
    "DSS checksums over IPv6, two further subflows, mappings over several segments",
    {0, 1, 2},
)
def checksum_joins_v6(lab: Lab, path: Path) -> None:
    """As over IPv4, with one subflow more."""
    joins(lab, path, six=True, sysctl=[("net.mptcp.checksum_enabled", 1)])


def announcements(lab: Lab, path: Path, six: bool = False, port: bool = False) -> None:
    """The server announces its other addresses; the client joins to each."""
    client, server = hosts(lab)
    count = 1 if port else 2
    for n in range(1, count + 1):
        extra = ["port", "5001"] if port else []
        target = f"2001:db8:{n}::2" if six else f"10.0.{n}.2"
        server.endpoint("add", target, "id", str(20 + n), "signal", *extra)
    recorder = lab.record(client, "c0", path)
    pair = connect(client, server, "2001:db8:0::2" if six else "10.0.0.2")
    pair.exchange(1000, 1000)
    pair.wait_for_subflows(count)
    burst(pair, 60000)
    pair.exchange(4000, 1000, 3)
    pair.close()
    recorder.stop()


@scenario(
    "addaddr_v4.pcap",
    "ADD_ADDR of two IPv4 addresses with echoes, and the joins that follow",
    {0, 1, 2, 3},
)
def addaddr_v4(lab: Lab, path: Path) -> None:
    """Address IDs 21 and 22."""
    announcements(lab, path)


@scenario("addaddr_v6.pcapng", "ADD_ADDR of two IPv6 addresses with echoes, in a pcapng file", {0, 1, 2, 3})
def addaddr_v6(lab: Lab, path: Path) -> None:
    """Recorded as pcap, then written as pcapng."""
    part = path.with_suffix(".part")
    announcements(lab, part, six=True)
    merge(path, {"c0": part})


@scenario(
    "addaddr_port.pcap",
    "ADD_ADDR of an IPv4 address with a port, its echo, and the join to it",
    {0, 1, 2, 3},
)
def addaddr_port(lab: Lab, path: Path) -> None:
    """Port 5001."""
    announcements(lab, path, port=True)


@scenario("rmaddr.pcap", "REMOVE_ADDR from both sides, after ADD_ADDR and joins", {0, 1, 2, 3, 4})
def rmaddr(lab: Lab, path: Path) -> None:
    """The server takes back both its addresses, the client one."""
    client, server = hosts(lab)
    for n in (1, 2):
        server.endpoint("add", f"10.0.{n}.2", "id", str(20 + n), "signal")
    client.endpoint("add", "10.0.1.1", "id", "11", "subflow")
    recorder = lab.record(client, "c0", path)
    pair = connect(client, server)
    pair.exchange(1000, 1000, 2)
    pair.wait_for_subflows(2)
    wait_until("both addresses", lambda: announced(pair.client) >= 2)
    pair.exchange(2000, 500, 4)
    for namespace, number in ((server, "21"), (client, "11"), (server, "22")):
        namespace.endpoint("delete", "id", number)
        pair.exchange(2000, 500, 4)
    pair.close()
    recorder.stop()


@scenario(
    "prio.pcap",
    "MP_PRIO: one subflow made a backup and ordinary again, then another a backup",
    {0, 1, 2, 5},
)
def prio(lab: Lab, path: Path) -> None:
    """Address IDs 11 and 12, of the client."""
    client, server = hosts(lab)
    for n in (1, 2):
        client.endpoint("add", f"10.0.{n}.1", "id", str(10 + n), "subflow")
    recorder = lab.record(client, "c0", path)
    pair = connect(client, server)
    pair.exchange(1500, 500)
    pair.wait_for_subflows(2)
    burst(pair, 20000)
    for number, state in (("11", "backup"), ("11", "nobackup"), ("12", "backup")):
        client.endpoint("change", "id", number, state)
        burst(pair, 15000)
    pair.close()
    recorder.stop()


@scenario("tfo_v4.pcap", "TCP Fast Open: a cookie is asked for, then data in the SYN", {0, 2})
def tfo_v4(lab: Lab, path: Path) -> None:
    """Three connections, the later ones with the cookie of the first."""
    client, server = hosts(lab)
    for namespace in (client, server):
        namespace.sysctl("net.ipv4.tcp_fastopen", 3)
    recorder = lab.record(client, "c0", path)
    for _ in range(3):
        listener = listen(server, socket.AF_INET, fast_open=True)
        end = client.socket(socket.AF_INET)
        end.settimeout(None)
        end.sendto(letters(600), socket.MSG_FASTOPEN, ("10.0.0.2", PORT))
        end.settimeout(10)
        pair = accept(end, listener)
        receive(pair.server, 600)
        pair.exchange(2000, 1000, 3)
        pair.close()
    recorder.stop()
