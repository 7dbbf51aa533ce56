"""Hosts and links as most recordings have them."""

import select
import subprocess
from pathlib import Path

from craft import frame
from craft.capture import SNAP_LENGTH, Block
from craft.reading import pcap_records

from .forwarder import Change, between_devices
from .lab import Lab, Namespace
from .talk import Pair, letters


def hosts(lab: Lab) -> tuple[Namespace, Namespace]:
    """A client and a server on one link, each with three addresses of both families."""
    client, server = lab.namespace("client"), lab.namespace("server")
    lab.link(client, "c0", server, "s0")
    furnish(client, "c0", 1)
    furnish(server, "s0", 2)
    return client, server


def furnish(namespace: Namespace, device: str, host: int) -> None:
    """Give the device the host's three addresses of both families; let nothing wait for anything."""
    nets = range(3)
    namespace.address(
        device, *(f"10.0.{n}.{host}/24" for n in nets), *(f"2001:db8:{n}::{host}/64" for n in nets)
    )
    namespace.limits(4, 4)


def middlebox(lab: Lab, change: Change) -> tuple[Namespace, Namespace]:
    """A client and a server with a middlebox between them that is subject to the change."""
    client, server, middle = lab.namespace("client"), lab.namespace("server"), lab.namespace("middle")
    middle.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
    lab.link(client, "c0", middle, "m0")
    lab.link(middle, "m1", server, "s0")
    furnish(client, "c0", 1)
    furnish(server, "s0", 2)
    lab.at_end(between_devices(middle, "m0", "m1", change).stop)
    return client, server


def burst(pair: Pair, up: int) -> None:
    """The client sends as fast as it can while the server receives: all subflows get their share."""
    pair.client.setblocking(False)
    data, sent, got = letters(up), 0, 0
    while got < up:
        readable, writable, _ = select.select([pair.server], [pair.client] if sent < up else [], [], 10)
        if not readable and not writable:
            raise TimeoutError("a transfer stopped")
        if writable:
            sent += pair.client.send(data[sent : sent + 20000])
        if readable:
            got += len(pair.server.recv(65536))
    pair.client.settimeout(10)


def merge(path: Path, parts: dict[str, Path]) -> None:
    """Write recordings of several interfaces as one pcapng file in order of time, and remove them."""
    make = Block()
    release = subprocess.run(["uname", "-sr"], stdout=subprocess.PIPE, check=True).stdout.strip()
    out, packets = [make.section((3, release))], []
    for index, (device, part) in enumerate(parts.items()):
        out.append(make.interface(frame.ETHERNET, SNAP_LENGTH, (2, device.encode())))
        packets += [(record.time_ns, index, record) for record in pcap_records(part.read_bytes())]
        part.unlink()
    packets.sort(key=lambda each: each[:2])
    out += [make.packet(index, time // 1000, each.octets, each.original) for time, index, each in packets]
    path.write_bytes(b"".join(out))
