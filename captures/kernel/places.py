"""Recordings that are about where and how tcpdump listens."""

from pathlib import Path

from .forwarder import between_tunnels
from .lab import SEGMENTATION, Lab
from .network import burst, hosts, merge
from .ordinary import joins
from .registry import RAW, SLL, SLL2, scenario
from .talk import connect


@scenario("snap96.pcap", "Snap length 96: data cut off, headers whole", {0, 1, 2})
def snap96(lab: Lab, path: Path) -> None:
    """The option area is just whole."""
    joins(lab, path, count=1, words=("-s", "96"), octets=400000)


@scenario("nano.pcap", "Times in nanoseconds", {0, 1, 2})
def nano(lab: Lab, path: Path) -> None:
    """By tcpdump's option for it."""
    joins(lab, path, count=1, words=("--time-stamp-precision=nano",), octets=20000)


def cooked(lab: Lab, path: Path, kind: str) -> None:
    """Recorded on all devices of the client at once."""
    client, server = hosts(lab)
    client.endpoint("add", "10.0.1.1", "id", "11", "subflow")
    recorder = lab.record(client, "any", path, "-y", kind)
    pair = connect(client, server)
    pair.exchange(4000, 1000)
    pair.wait_for_subflows(1)
    pair.exchange(4000, 1000, 8)
    pair.close()
    recorder.stop()


@scenario("any_sll.pcap", "Recorded on all interfaces: Linux cooked capture, version 1", {0, 1, 2}, SLL)
def any_sll(lab: Lab, path: Path) -> None:
    """Link type 113."""
    cooked(lab, path, "LINUX_SLL")


@scenario("any_sll2.pcap", "Recorded on all interfaces: Linux cooked capture, version 2", {0, 1, 2}, SLL2)
def any_sll2(lab: Lab, path: Path) -> None:
    """Link type 276."""
    cooked(lab, path, "LINUX_SLL2")


@scenario(
    "late_start.pcap",
    "Recording begins in mid-connection: no handshake of the first two subflows",
    {1, 2},
)
def late_start(lab: Lab, path: Path) -> None:
    """A third subflow joins under the eyes of the recorder; its HMACs can't be verified."""
    client, server = hosts(lab)
    client.endpoint("add", "10.0.1.1", "id", "11", "subflow")
    pair = connect(client, server)
    pair.exchange(4000, 1000)
    pair.wait_for_subflows(1)
    recorder = lab.record(client, "c0", path)
    burst(pair, 20000)
    client.endpoint("add", "10.0.2.1", "id", "12", "subflow")
    pair.wait_for_subflows(2)
    burst(pair, 20000)
    pair.exchange(2000, 1000, 2)
    pair.close()
    recorder.stop()


@scenario("loopback.pcap", "On the loopback interface, within one host", {0, 1, 2})
def loopback(lab: Lab, path: Path) -> None:
    """An MTU of 1500 and a further subflow; nobody fills in TCP checksums on loopback, so they are wrong."""
    host = lab.namespace("host")
    host.offloads_off("lo", SEGMENTATION)
    host.run("ip", "link", "set", "lo", "mtu", "1500")
    host.run("ip", "address", "add", "10.0.9.1/32", "dev", "lo")
    host.limits(4, 4)
    host.endpoint("add", "10.0.9.1", "id", "19", "subflow")
    recorder = lab.record(host, "lo", path)
    pair = connect(host, host, "127.0.0.1")
    pair.exchange(4000, 1000, 6)
    pair.close()
    recorder.stop()


@scenario("tunnel_raw.pcap", "On a tunnel device: raw IP without link layer", {0, 2}, RAW)
def tunnel_raw(lab: Lab, path: Path) -> None:
    """Link type 101."""
    client, server = lab.namespace("client"), lab.namespace("server")
    ends = (
        client.tunnel("tun0", "10.0.0.1", "10.0.0.2"),
        server.tunnel("tun0", "10.0.0.2", "10.0.0.1"),
    )
    lab.at_end(between_tunnels(*ends).stop)
    recorder = lab.record(client, "tun0", path)
    pair = connect(client, server)
    pair.exchange(4000, 1000, 5)
    pair.close()
    recorder.stop()


@scenario(
    "two_links.pcapng",
    "Two links, each recorded on its own: a pcapng file with two interfaces",
    {0, 1, 2},
)
def two_links(lab: Lab, path: Path) -> None:
    """The second subflow has an interface to itself."""
    client, server = lab.namespace("client"), lab.namespace("server")
    parts = {}
    for n in range(2):
        lab.link(client, f"c{n}", server, f"s{n}")
        client.address(f"c{n}", f"10.0.{n}.1/24")
        server.address(f"s{n}", f"10.0.{n}.2/24")
        parts[f"c{n}"] = path.with_suffix(f".part{n}")
    client.limits(4, 4)
    server.limits(4, 4)
    server.endpoint("add", "10.0.1.2", "id", "21", "signal")
    recorders = [lab.record(client, device, part) for device, part in parts.items()]
    pair = connect(client, server)
    pair.exchange(1000, 1000)
    pair.wait_for_subflows(1)
    burst(pair, 50000)
    pair.exchange(4000, 1000, 3)
    pair.close()
    for recorder in recorders:
        recorder.stop()
    merge(path, parts)
