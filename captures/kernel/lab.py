"""Network namespaces, links, sockets within them, and tcpdump as the recorder; all of it gone at the end."""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

IPPROTO_MPTCP = 262
SOL_MPTCP, MPTCP_INFO = 284, 1
CLONE_NEWNET = 0x40000000
SIOCETHTOOL = 0x8946
# ETHTOOL_STSO, SGSO, SGRO: segments as long as the link allows; ETHTOOL_STXCSUM: with checksums in them.
SEGMENTATION = 0x1F, 0x24, 0x2C
CHECKSUMS = (0x17,)
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
PATIENCE_S = 10.0

LIBC = ctypes.CDLL(None, use_errno=True)


def wait_until(what: str, condition: Callable[[], bool], patience: float = PATIENCE_S) -> None:
    """Poll until the condition holds; raise TimeoutError if it does not in time."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {patience:g} s for {what}")
        time.sleep(0.01)


class Namespace:
    """A network namespace and what can be done inside it."""

    def __init__(self, name: str) -> None:
        self.name = name
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.handle = os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)
        self.run("ip", "link", "set", "lo", "up")

    def delete(self) -> None:
        """Remove it, and with it every interface inside."""
        os.close(self.handle)
        subprocess.run(["ip", "netns", "delete", self.name], check=False)

    def command(self, *words: str) -> list[str]:
        """The command line that runs the words inside."""
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words: str) -> str:
        """Run a command inside; its output."""
        done = subprocess.run(self.command(*words), stdout=subprocess.PIPE, check=True, text=True)
        return done.stdout

    def sysctl(self, name: str, value: object) -> None:
        """Set a kernel parameter of the namespace."""
        self.run("sysctl", "-qw", f"{name}={value}")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The calling thread is inside for as long as the block lasts; sockets made there stay there."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            enter(self.handle)
            try:
                yield
            finally:
                enter(home)
        finally:
            os.close(home)

    def socket(
        self, family: int, kind: int = socket.SOCK_STREAM, protocol: int = IPPROTO_MPTCP
    ) -> socket.socket:
        """A socket inside, with a time limit on everything it does."""
        with self.inside():
            made = socket.socket(family, kind, protocol)
        made.settimeout(PATIENCE_S)
        return made

    def offloads_off(self, device: str, offloads: tuple[int, ...] = CHECKSUMS + SEGMENTATION) -> None:
        """Make the device carry ordinary packets."""
        with self.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            for command in offloads:
                value = array("I", [command, 0])
                request = struct.pack("16sP", device.encode(), value.buffer_info()[0])
                fcntl.ioctl(control, SIOCETHTOOL, request)

    def address(self, device: str, *addresses: str) -> None:
        """Give the device addresses and set it up."""
        for address in addresses:
            extra = ["nodad"] if ":" in address else []
            self.run("ip", "address", "add", address, "dev", device, *extra)
        self.run("ip", "link", "set", device, "up")

    def endpoint(self, *words: str) -> None:
        """``ip mptcp endpoint`` with the words."""
        self.run("ip", "mptcp", "endpoint", *words)

    def limits(self, subflows: int, accepted: int) -> None:
        """Subflows that a connection may have besides the first, and announced addresses that it uses."""
        self.run(
            "ip", "mptcp", "limits", "set", "subflows", str(subflows), "add_addr_accepted", str(accepted)
        )

    def tunnel(self, device: str, address: str, peer: str) -> int:
        """A point-to-point device without link layer; the file descriptor of its other side."""
        with self.inside():
            handle = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
            fcntl.ioctl(handle, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
        self.run("ip", "address", "add", address, "peer", peer, "dev", device)
        self.run("ip", "link", "set", device, "up")
        return handle


def enter(handle: int) -> None:
    """Move the calling thread to the network namespace."""
    if LIBC.setns(handle, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, f"could not enter a network namespace: {os.strerror(number)}; run as root")


class Recorder:
    """tcpdump on one device, from when it says that it listens until it is told to stop."""

    def __init__(self, namespace: Namespace, device: str, path: Path, *words: str) -> None:
        self.path = path
        # tcpdump writes as root: without -Z it would change user and lose the right to write there.
        command = [
            "tcpdump",
            "-i",
            device,
            "-U",
            "--immediate-mode",
            "-Z",
            "root",
            "-w",
            str(path),
            *words,
            "tcp",
        ]
        self.process = subprocess.Popen(namespace.command(*command), stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr or ():
            if "listening on" in line:
                return
        raise RuntimeError(f"tcpdump did not start on {device}; is it installed, and are you root?")

    def stop(self) -> None:
        """Let what is under way arrive (the file stops growing), then end tcpdump."""
        if self.process.poll() is not None:
            return
        quiet_since, size = time.monotonic(), -1
        while time.monotonic() - quiet_since < 0.4:
            now = self.path.stat().st_size
            if now != size:
                quiet_since, size = time.monotonic(), now
            time.sleep(0.02)
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=PATIENCE_S)


class Lab:
    """Namespaces named after this process, so that labs don't meet; a context manager that cleans up."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def namespace(self, name: str) -> Namespace:
        """A new namespace."""
        made = Namespace(f"captures-{os.getpid()}-{name}")
        self._stack.callback(made.delete)
        return made

    def at_end(self, close: Callable[[], None]) -> None:
        """Call this at the end, last come first, and before the namespaces that are there already go."""
        self._stack.callback(close)

    def link(self, one: Namespace, one_device: str, other: Namespace, other_device: str) -> None:
        """A virtual Ethernet link between two namespaces, offloads off."""
        subprocess.run(
            ["ip", "link", "add", one_device, "netns", one.name, "type", "veth"]
            + ["peer", "name", other_device, "netns", other.name],
            check=True,
        )
        for namespace, device in ((one, one_device), (other, other_device)):
            namespace.offloads_off(device)
            namespace.run("ip", "link", "set", device, "up")

    def record(self, namespace: Namespace, device: str, path: Path, *words: str) -> Recorder:
        """Start tcpdump."""
        recorder = Recorder(namespace, device, path, *words)
        self.at_end(recorder.stop)
        return recorder
