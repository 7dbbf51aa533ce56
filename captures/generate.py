#!/usr/bin/env python3
"""Makes the sample captures again: the crafted ones octet by octet, the others from the running kernel.

The crafted files are the same on every machine. The kernel's differ each time in keys and times, so making
them again gives the same kind of content; that takes root, tcpdump, iproute2 and a kernel with Multipath TCP.
"""

import argparse
import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from craft import readme  # noqa: E402
from craft.packed import ORIGINAL, PACKED  # noqa: E402
from craft.reading import ip_packets, mptcp_options  # noqa: E402
from craft.registry import FILES  # noqa: E402
from kernel.lab import Lab  # noqa: E402
from kernel.registry import SCENARIOS, Scenario  # noqa: E402

# Importing them registers the files that they make.
MODULES = (
    "craft.navigation",
    "craft.maxsubflows",
    "craft.experimental",
    "craft.version0",
    "craft.mappings",
    "craft.verification",
    "craft.fallback",
    "craft.malformed",
    "craft.tunnels",
    "craft.links",
    "craft.files",
    "craft.broken",
    "kernel.ordinary",
    "kernel.trouble",
    "kernel.places",
)
ATTEMPTS = 3
for module in MODULES:
    importlib.import_module(module)


def write_crafted(folder: Path) -> None:
    """Write every crafted file, and the compressed ones."""
    for name, file in FILES.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.build()[0])
    original = FILES[ORIGINAL].build()[0]
    for name, _, pack, _ in PACKED:
        (folder / name).write_bytes(pack(original))


def check(folder: Path) -> list[str]:
    """What differs between the folder and what would be written, one sentence each."""
    faults = []
    for name, file in FILES.items():
        target = folder / name
        if not target.is_file():
            faults.append(f"{name} is missing")
        elif target.read_bytes() != file.build()[0]:
            faults.append(f"{name} is not what --crafted writes")
    original = FILES[ORIGINAL].build()[0]
    for name, _, _, unpack in PACKED:
        target = folder / name
        if not target.is_file():
            faults.append(f"{name} is missing")
        elif unpack(target.read_bytes()) != original:
            faults.append(f"{name} does not unpack to {ORIGINAL}")
    faults += [f"{name} is missing" for name in SCENARIOS if not (folder / name).is_file()]
    known = {*FILES, *SCENARIOS, *(each[0] for each in PACKED)}
    present = [each for pattern in ("*.pcap*", "broken/*") for each in folder.glob(pattern)]
    strays = sorted(str(each.relative_to(folder)) for each in present)
    faults += [f"{name} is known to no recipe" for name in strays if name not in known]
    listing = folder / "README.md"
    if any(fault.endswith("is missing") for fault in faults):
        return faults
    if not listing.is_file() or listing.read_text() != readme.text(folder, SCENARIOS):
        faults.append("README.md is not what --readme writes")
    return faults


def record(scenario: Scenario, target: Path) -> None:
    """Record one file, again if an option that it is about did not come up."""
    missing: set[int] = set()
    for _ in range(ATTEMPTS):
        with Lab() as lab:
            scenario.make(lab, target)
        packets = ip_packets(target.read_bytes(), scenario.link_octets)
        seen = {each[2] >> 4 for packet in packets for each in mptcp_options(packet)}
        missing = set(scenario.subtypes) - seen
        if not missing:
            return
    raise RuntimeError(f"{target.name}: no option of subtype {sorted(missing)} in {ATTEMPTS} attempts")


def write_kernel(folder: Path, names: list[str]) -> None:
    """Record the named files, or all; a file is replaced only when it is complete."""
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        sys.exit(f"no kernel capture is named {', '.join(unknown)}; --list shows the names")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="captures-") as scratch:
        for name in names or SCENARIOS:
            made = Path(scratch) / name
            record(SCENARIOS[name], made)
            (folder / name).write_bytes(made.read_bytes())
            print(f"{name}: {made.stat().st_size} octets", flush=True)


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--list", action="store_true", help="show every file and what it is about")
    task.add_argument(
        "--crafted", action="store_true", help="write the crafted files and their compressed forms"
    )
    task.add_argument(
        "--kernel", nargs="*", metavar="NAME", help="record from the kernel: all, or the files named"
    )
    task.add_argument(
        "--check", action="store_true", help="compare the files with what would be written; exit 1"
    )
    task.add_argument("--readme", action="store_true", help="write README.md from the recipes and the files")
    parser.add_argument(
        "--out", type=Path, default=HERE, metavar="DIR", help="where the files are (default: here)"
    )
    given = parser.parse_args()
    if given.list:
        for name, origin, shows in readme.entries(SCENARIOS):
            print(f"{name:42} {origin:8} {shows}")
    elif given.crafted:
        write_crafted(given.out)
    elif given.kernel is not None:
        write_kernel(given.out, given.kernel)
    elif given.readme:
        (given.out / "README.md").write_text(readme.text(given.out, SCENARIOS))
    elif faults := check(given.out):
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as fault:
        sys.exit(f"failed: {fault}; recording takes root, tcpdump and iproute2, packing takes zstd and lz4")
