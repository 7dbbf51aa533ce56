#!/usr/bin/env python3
"""Measures mpdissect beside tshark, tcpdump and a bare walk over the same packets, and says which bars it clears.

    ./run.py                three files of 1024 MB in target/bench/, made in the first run
    BENCH_MB=100 ./run.py   a quick run

Recording the files takes root (see files.py). Each round runs every command once, in turn, so that whatever
else the machine does hits all of them alike; what counts is the quickest of a command's runs. Slow commands read
the first megabytes only, and are compared by their time for a packet. All output goes to /dev/null. Peak memory is
the resident set's, page cache not counted, in a run of its own. Exit code 1: a bar was missed or not measured.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import files

HERE = Path(__file__).resolve().parent
WORKSPACE = HERE.parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", WORKSPACE / "target"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
# A command that takes longer than this, in seconds, runs in the first rounds only.
LONG_S, LONG_ROUNDS = 4.0, 2
TSHARK_MB, TCPDUMP_MB = 10, 100
MEMORY_MB = (10, 100)

COUNT_BAR, FIELDS_BAR, TEXT_BAR, MEMORY_BAR_MB, FLAT_MB = 1.5, 300, 15, 64, 4

FRAME = ("frame.number", "tcp.options.mptcp.subtype")
DSS = (
    *FRAME,
    *(
        f"tcp.options.mptcp.{name}"
        for name in ("rawdataack", "rawdataseqno", "subflowseqno", "datalvllen")
    ),
)
JOIN = (*FRAME, *(f"tcp.options.mptcp.{name}" for name in ("addrid", "recvtok", "sendrand")))
# Kind 30 where ordinary segments have it: a BPF expression can't walk over options.
KIND_30 = "tcp[20] == 30 or tcp[24] == 30 or tcp[32] == 30 or tcp[40] == 30"


class Tool(NamedTuple):
    """A command that is measured; it gets a file's path as its last word but for what comes ``behind``."""

    name: str
    words: tuple[str, ...]
    # Megabytes of the file that it reads; all without.
    slice_mb: int | None = None
    behind: tuple[str, ...] = ()

    def command(self, path: Path) -> list[str]:
        """The command line."""
        return [*self.words, str(path), *self.behind]


def columns(names: tuple[str, ...]) -> tuple[str, ...]:
    """``-e`` before each name."""
    return tuple(word for name in names for word in ("-e", name))


def tools() -> list[Tool]:
    """Everything that is measured, as far as it is installed."""
    own = str(TARGET / "release" / "mpdissect")
    tshark = ("tshark", "-n", "-T", "fields")
    every = [
        Tool("floor", (str(TARGET / "release" / "examples" / "floor"),)),
        Tool("count-only", (own, "--count-only")),
        Tool("fields dss", (own, "--format", "fields", "--only", "dss", *columns(DSS))),
        Tool("fields mp_join", (own, "--format", "fields", "--only", "mp_join", *columns(JOIN))),
        Tool("text", (own,)),
        Tool("json", (own, "--format", "json")),
        Tool("tcpdump count", ("tcpdump", "-n", "--count", "-r"), None, (KIND_30,)),
        Tool("tcpdump text", ("tcpdump", "-n", "-r"), TCPDUMP_MB),
        Tool(
            "tshark dss",
            (*tshark, "-Y", "tcp.options.mptcp.subtype == 2", *columns(DSS), "-r"),
            TSHARK_MB,
        ),
        Tool(
            "tshark mp_join",
            (*tshark, "-Y", "tcp.options.mptcp.subtype == 1", *columns(JOIN), "-r"),
            TSHARK_MB,
        ),
    ]
    for missing in sorted({each.words[0] for each in every if not shutil.which(each.words[0])}):
        print(f"{missing} is not installed and not measured")
    return [each for each in every if shutil.which(each.words[0])]


class Sample(NamedTuple):
    """The packets that a tool reads."""

    path: Path
    packets: int
    size: int


class Samples:
    """Files and their first megabytes, cut when they are asked for and kept."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, int | None], Sample] = {}

    def get(self, path: Path, megabytes: int | None) -> Sample:
        """The file, or its first so many megabytes."""
        if megabytes is not None and path.stat().st_size <= megabytes * files.MEGABYTE:
            megabytes = None
        key = path, megabytes
        if key not in self._known:
            part = path
            if megabytes is not None:
                part = path.with_name(f"{path.stem}-first-{megabytes}.pcap")
                files.cut(path, part, megabytes * files.MEGABYTE)
            packets = sum(1 for _ in files.lengths(part))
            self._known[key] = Sample(part, packets, part.stat().st_size)
        return self._known[key]


def run(command: list[str]) -> float:
    """Seconds that a command takes from start to end."""
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise RuntimeError(f"{' '.join(command)} failed with exit code {done.returncode}: {said}")
    return seconds


def peak_memory(command: list[str]) -> float | None:
    """Megabytes at the peak. GNU time asks for it: a child of this process would inherit its size."""
    if not shutil.which("time"):
        return None
    done = subprocess.run(
        [shutil.which("time"), "-f", "%M", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=True,
    )
    return int(done.stderr.split()[-1]) * 1024 / files.MEGABYTE


class Measured(NamedTuple):
    """What came out for a tool on a file."""

    sample: Sample
    seconds: float
    memory: float | None

    @property
    def per_packet(self) -> float:
        """Nanoseconds."""
        return self.seconds / self.sample.packets * 1e9


def measure(every: list[Tool], path: Path, samples: Samples) -> dict[str, Measured]:
    """All tools on a file, in rounds."""
    times: dict[str, list[float]] = {tool.name: [] for tool in every}
    broken = set()
    for number in range(ROUNDS):
        for tool in every:
            known = times[tool.name]
            if tool.name in broken or (number >= LONG_ROUNDS and min(known) > LONG_S):
                continue
            try:
                known.append(run(tool.command(samples.get(path, tool.slice_mb).path)))
            except RuntimeError as fault:
                print(fault)
                broken.add(tool.name)
    measured = {}
    for tool in every:
        if tool.name not in broken:
            sample = samples.get(path, tool.slice_mb)
            memory = peak_memory(tool.command(sample.path))
            measured[tool.name] = Measured(sample, min(times[tool.name]), memory)
    return measured


def show(title: str, measured: dict[str, Measured]) -> None:
    """The table of a file."""
    floor = measured["floor"].per_packet
    print(f"\n{title}")
    print(f"{'':16}{'packets/s':>14}{'MB/s':>9}{'ns/packet':>11}{'× floor':>10}{'peak MB':>9}  read")
    for name, each in measured.items():
        rate = each.sample.packets / each.seconds
        volume = each.sample.size / each.seconds / files.MEGABYTE
        memory = "?" if each.memory is None else f"{each.memory:.1f}"
        print(
            f"{name:16}{rate:14,.0f}{volume:9,.1f}{each.per_packet:11,.1f}"
            f"{each.per_packet / floor:10,.2f}{memory:>9}  {each.sample.size / files.MEGABYTE:,.0f} MB,"
            f" {each.seconds:.3f} s"
        )
    sys.stdout.flush()


def show_memory(
    every: list[Tool], path: Path, samples: Samples, largest: dict[str, Measured]
) -> dict[str, list[float]]:
    """Peak memory against the file's size, of mpdissect's modes."""
    peaks = {}
    sizes = [size for size in MEMORY_MB if size * files.MEGABYTE < path.stat().st_size]
    print(f"\npeak memory in MB, {path.name}")
    heads = [*sizes, path.stat().st_size // files.MEGABYTE]
    print(f"{'':16}" + "".join(f"{f'{size} MB':>10}" for size in heads))
    for tool in every:
        whole = largest.get(tool.name)
        if tool.slice_mb or whole is None or whole.memory is None:
            continue
        row = [peak_memory(tool.command(samples.get(path, size).path)) for size in sizes]
        row.append(whole.memory)
        print(f"{tool.name:16}" + "".join(f"{each:10.1f}" for each in row))
        if tool.words[0].endswith("mpdissect"):
            peaks[f"{tool.name} on {path.name}"] = row
    sys.stdout.flush()
    return peaks


class Bars:
    """What has to hold, and whether it does."""

    def __init__(self) -> None:
        self.missed = 0
        print("\nbars")

    def hold(self, what: str, bar: str, value: float | None, holds: Callable[[float], bool]) -> None:
        """Print one."""
        passed = value is not None and holds(value)
        self.missed += not passed
        word = "pass" if passed else "FAIL" if value is not None else "NOT MEASURED"
        shown = "" if value is None else f"{value:,.2f}"
        print(f"{what:48}{bar:>10}{shown:>12}  {word}")


def ratio(measured: dict[str, Measured], slow: str, fast: str) -> float | None:
    """How many times longer a packet takes."""
    if slow not in measured or fast not in measured:
        return None
    return measured[slow].per_packet / measured[fast].per_packet


def judge(results: dict[str, dict[str, Measured]], peaks: dict[str, list[float]]) -> int:
    """The bars; how many were missed."""
    bars = Bars()
    for name, measured in results.items():
        bars.hold(
            f"count-only against the floor, {name}",
            f"≤ {COUNT_BAR}",
            ratio(measured, "count-only", "floor"),
            lambda value: value <= COUNT_BAR,
        )
    for name in ("full", "small"):
        for subtype in ("dss", "mp_join"):
            bars.hold(
                f"tshark against fields of {subtype}, {name}",
                f"≥ {FIELDS_BAR}",
                ratio(results[name], f"tshark {subtype}", f"fields {subtype}"),
                lambda value: value >= FIELDS_BAR,
            )
        bars.hold(
            f"tcpdump's text against text, {name}",
            f"≥ {TEXT_BAR}",
            ratio(results[name], "tcpdump text", "text"),
            lambda value: value >= TEXT_BAR,
        )
    bars.hold(
        "most memory of any mode, MB",
        f"< {MEMORY_BAR_MB}",
        max((peak for row in peaks.values() for peak in row), default=None),
        lambda value: value < MEMORY_BAR_MB,
    )
    bars.hold(
        "most growth from the smallest file to the largest, MB",
        f"≤ {FLAT_MB}",
        max((row[-1] - row[0] for row in peaks.values()), default=None),
        lambda value: value <= FLAT_MB,
    )
    return bars.missed


def main() -> int:
    """Build, make the files, measure, judge."""
    build = ["cargo", "build", "--release", "--package", "mpdissect", "--bin", "mpdissect", "--example", "floor"]
    subprocess.run(build, cwd=WORKSPACE, check=True)
    megabytes = int(os.environ.get("BENCH_MB", "1024"))
    paths = files.make(TARGET / "bench", megabytes)
    every, samples = tools(), Samples()
    results, peaks = {}, {}
    for name, path in paths.items():
        without = [tool for tool in every if name != "plain" or not tool.name.startswith("tshark")]
        results[name] = measure(without, path, samples)
        packets = samples.get(path, None).packets
        show(f"{path.name}: {packets:,} packets, {files.origin(path)}", results[name])
        peaks |= show_memory(without, path, samples, results[name])
    return 1 if judge(results, peaks) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, ValueError, subprocess.CalledProcessError) as fault:
        sys.exit(f"failed: {fault}")
