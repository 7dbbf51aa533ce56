"""The three large files that are measured: recorded from the running kernel, or pieced together from the samples.

- ``full.pcap``: bulk transfers in packets of 1500 octets, DSS checksums on;
- ``small.pcap``: the same in packets of 200 octets, checksums off as by default;
- ``plain.pcap``: TCP and UDP, half of the octets each, and no Multipath TCP at all.

Recording takes root, tcpdump, iproute2 and a kernel with Multipath TCP. Without them the sample captures are
repeated with other addresses, ports and times: the same kinds of packets, but fewer kinds of what may happen.
"""

import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
sys.path.insert(0, str(CAPTURES))
sys.dont_write_bytecode = True

from kernel.lab import IPPROTO_MPTCP, Lab, Namespace  # noqa: E402
from kernel.talk import PORT, Pair, accept, listen  # noqa: E402

MEGABYTE = 1_000_000
FILE_HEADER, RECORD_HEADER = 24, 16
CONNECTIONS = 4
# Octets a second of each connection: what tcpdump keeps up with beside them.
PACE = 20 * MEGABYTE
# What tcpdump may be behind before the kernel drops packets, in KiB.
RECORDER_BUFFER = 1 << 20
PATIENCE_S = 900


class Kind(NamedTuple):
    """What distinguishes a file."""

    name: str
    mtu: int
    multipath: bool
    checksums: bool
    # Captured octets of a packet, where the samples stand in for a recording.
    cut: int | None


KINDS = (
    Kind("full", 1500, True, True, None),
    Kind("small", 200, True, False, 110),
    Kind("plain", 1500, False, False, None),
)


def make(folder: Path, megabytes: int) -> dict[str, Path]:
    """The files by name, each of so many megabytes; those that are there already stay."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for kind in KINDS:
        path = folder / f"{kind.name}-{megabytes}.pcap"
        if not is_whole(path, megabytes * MEGABYTE):
            part = path.with_suffix(".part")
            try:
                record(kind, part, megabytes * MEGABYTE)
                origin = "recorded from this kernel"
            except (OSError, RuntimeError, subprocess.CalledProcessError) as fault:
                print(f"{path.name}: recording failed ({fault}); the samples are repeated instead", flush=True)
                repeat(kind, part, megabytes * MEGABYTE)
                origin = "sample captures repeated"
            cut(part, path, megabytes * MEGABYTE)
            part.unlink()
            path.with_suffix(".origin").write_text(origin)
        made[kind.name] = path
    return made


def origin(path: Path) -> str:
    """Where a file that was made comes from."""
    return path.with_suffix(".origin").read_text()


def is_whole(path: Path, size: int) -> bool:
    """Whether a run before made the file to its end."""
    return (
        path.is_file()
        and path.with_suffix(".origin").is_file()
        and size - (1 << 17) < path.stat().st_size <= size
    )


def lengths(path: Path) -> Iterator[int]:
    """The length of each record, header included."""
    unpack = struct.Struct("<8xI4x").unpack_from
    with path.open("rb") as file:
        file.seek(FILE_HEADER)
        rest = b""
        while block := file.read(1 << 22):
            rest += block
            at = 0
            while at + RECORD_HEADER <= len(rest):
                length = RECORD_HEADER + unpack(rest, at)[0]
                if at + length > len(rest):
                    break
                yield length
                at += length
            rest = rest[at:]


def cut(source: Path, target: Path, size: int) -> int:
    """Copy the whole records that fit into ``size`` octets; how many they are."""
    end, count = FILE_HEADER, 0
    for length in lengths(source):
        if end + length > size:
            break
        end, count = end + length, count + 1
    with source.open("rb") as file, target.open("wb") as out:
        left = end
        while left and (block := file.read(min(left, 1 << 22))):
            out.write(block)
            left -= len(block)
    return count


# Recording


def record(kind: Kind, path: Path, size: int) -> None:
    """Record transfers between two namespaces until the file is large enough."""
    if not shutil.which("tcpdump"):
        raise RuntimeError("tcpdump is not installed")
    print(f"{path.name}: recording {size // MEGABYTE} MB from the kernel", flush=True)
    with Lab() as lab:
        client, server = lab.namespace("client"), lab.namespace("server")
        lab.link(client, "c0", server, "s0")
        for host, namespace, device in ((1, client, "c0"), (2, server, "s0")):
            namespace.run("ip", "link", "set", device, "mtu", str(kind.mtu))
            namespace.address(device, f"10.0.0.{host}/24", f"10.0.1.{host}/24")
            namespace.limits(1, 1)
            namespace.sysctl("net.mptcp.checksum_enabled", int(kind.checksums))
            namespace.sysctl("net.ipv4.tcp_mtu_probing", 0)
        client.endpoint("add", "10.0.1.1", "id", "11", "subflow")
        with Recording(client, "c0", path) as recording:
            if kind.multipath:
                transfer(client, server, IPPROTO_MPTCP, recording.reached(size))
            else:
                transfer(client, server, socket.IPPROTO_TCP, recording.reached(size // 2))
                datagrams(client, server, recording.reached(size))


class Recording:
    """tcpdump on a device. A drop is an error: a connection with holes is no ordinary one."""

    def __init__(self, namespace: Namespace, device: str, path: Path) -> None:
        self.path = path
        words = ["tcpdump", "-n", "-i", device, "-Z", "root", "-B", str(RECORDER_BUFFER), "-w", str(path)]
        self.process = subprocess.Popen(
            namespace.command(*words, "tcp or udp"), stderr=subprocess.PIPE, text=True
        )

    def __enter__(self) -> "Recording":
        if not any("listening on" in line for line in self.process.stderr or ()):
            raise RuntimeError("tcpdump did not start; are you root?")
        return self

    def __exit__(self, fault: object, *_: object) -> None:
        time.sleep(1)
        self.process.terminate()
        said = self.process.communicate(timeout=60)[1]
        dropped = re.search(r"(\d+) packets dropped by kernel", said)
        if fault is None and (dropped is None or dropped[1] != "0"):
            raise RuntimeError(f"tcpdump was too slow: {said.strip()}")

    def reached(self, size: int) -> Callable[[], bool]:
        """Whether the file is large enough, with some to spare for what is cut off."""
        return lambda: self.path.stat().st_size > size + MEGABYTE


def transfer(client: Namespace, server: Namespace, protocol: int, enough: Callable[[], bool]) -> None:
    """Several connections at once, each at the pace, one way and now and then the other."""
    listener = listen(server, socket.AF_INET, protocol)
    pairs = []
    for _ in range(CONNECTIONS):
        end = client.socket(socket.AF_INET, protocol=protocol)
        end.connect(("10.0.0.2", PORT))
        pairs.append(accept(end, listener))
    threads = [threading.Thread(target=stream, args=(pair, enough)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    if any(thread.is_alive() for thread in threads):
        raise RuntimeError("a transfer stopped")
    listener.close()


def stream(pair: Pair, enough: Callable[[], bool]) -> None:
    """Send until it is enough, answer each megabyte, close in order."""
    data = bytes(range(256)) * 256
    answers = threading.Thread(target=answer, args=(pair.server,))
    answers.start()
    start, sent = time.monotonic(), 0
    with suppress(OSError):
        while not enough():
            for _ in range(16):
                pair.client.sendall(data)
                sent += len(data)
                time.sleep(max(0.0, start + sent / PACE - time.monotonic()))
            pair.client.recv(65536)
        pair.client.shutdown(socket.SHUT_WR)
        while pair.client.recv(65536):
            pass
    pair.client.close()
    answers.join()


def answer(end: socket.socket) -> None:
    """Receive to the end; send a little for each megabyte."""
    got, answered = 0, 0
    with suppress(OSError):
        while block := end.recv(65536):
            got += len(block)
            while answered < got >> 20:
                end.sendall(block[:2000])
                answered += 1
    end.close()


def datagrams(client: Namespace, server: Namespace, enough: Callable[[], bool]) -> None:
    """UDP of several sizes."""
    receiver = server.socket(socket.AF_INET, socket.SOCK_DGRAM, 0)
    receiver.bind(("10.0.0.2", PORT))
    sender = client.socket(socket.AF_INET, socket.SOCK_DGRAM, 0)
    while not enough():
        for size in (1200, 1472, 300, 1472) * 16:
            sender.sendto(bytes(size), ("10.0.0.2", PORT))
    for end in (sender, receiver):
        end.close()


# Standing in for a recording

SAMPLES = ("basic_v4.pcap", "join_v4.pcap", "checksum_v4.pcap", "prio.pcap")
MPTCP, EOL, NOP = 30, 0, 1


def repeat(kind: Kind, path: Path, size: int) -> None:
    """Write the samples again and again, with other addresses and later times each time."""
    packets = [each for name in SAMPLES for each in records(CAPTURES / name, kind)]
    with path.open("wb") as out:
        out.write((CAPTURES / SAMPLES[0]).read_bytes()[:FILE_HEADER])
        # Hosts 1 and 2 of the networks 10.0.0 to 10.0.2 move to 10.x.y, four networks a round.
        for turn in range(1 << 30):
            network = (turn * 4) & 0xFFFF
            for at, packet in packets:
                # Source and destination: the last octet but one tells the network.
                for place in (FRAME_SOURCE + 1, FRAME_SOURCE + 5):
                    struct.pack_into(">H", packet, place, network | packet[place + 1] & 3)
                struct.pack_into("<II", packet, 0, at // 10**6 + turn * 2, at % 10**6)
                out.write(packet)
            if out.tell() > size:
                return


FRAME_SOURCE = RECORD_HEADER + 14 + 12


def records(path: Path, kind: Kind) -> Iterator[tuple[int, bytearray]]:
    """Times in microseconds and records of a sample, made to fit the kind."""
    content, at = path.read_bytes(), FILE_HEADER
    for length in lengths(path):
        packet = bytearray(content[at : at + length])
        at += length
        seconds, part, captured, wire = struct.unpack_from("<IIII", packet)
        if not kind.multipath:
            without_mptcp(packet, RECORD_HEADER + 14 + 20)
        if kind.cut:
            captured = min(captured, kind.cut)
            del packet[RECORD_HEADER + captured :]
            struct.pack_into("<II", packet, 8, captured, wire)
        yield seconds * 10**6 + part, packet


def without_mptcp(packet: bytearray, tcp: int) -> None:
    """Overwrite options of Multipath TCP with padding, as some middleboxes do."""
    at, end = tcp + 20, min(tcp + (packet[tcp + 12] >> 4) * 4, len(packet))
    while at + 1 < end and packet[at] != EOL:
        length = 1 if packet[at] == NOP else max(packet[at + 1], 2)
        if packet[at] == MPTCP:
            packet[at : min(at + length, end)] = bytes([NOP]) * (min(at + length, end) - at)
        at += length
