"""The README of the samples: a row for each file, then what single packets show where that has been noted."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from .packed import ORIGINAL, PACKED
from .reading import records
from .registry import FILES

OPENING = """\
# Sample captures

`kernel` files are real traffic of Linux 6.18 (`net/mptcp`), recorded with tcpdump in network namespaces.
`crafted` files are written octet by octet with fixed seeds: their keys, tokens, data sequence numbers, HMACs
and checksums are right unless the text says otherwise. `packed` files are compressed forms of a crafted one.
Files in `broken/` are not valid captures, so their packets are not counted.

    ./generate.py --list             every file and what it is about
    ./generate.py --crafted          write the crafted files; the result is the same everywhere
    ./generate.py --check            compare the files here with the recipes; exit code 1 on a difference
    ./generate.py --kernel [NAME…]   record the kernel's files anew, as root; keys and times differ
    ./generate.py --readme           write this file

`craft/` builds the crafted files, `kernel/` records the others with tcpdump and iproute2; both need no more
than Python's standard library, the packed files also `zstd` and `lz4`.
"""


def entries(scenarios: Mapping) -> Iterator[tuple[str, str, str]]:
    """Name, origin and content of every file."""
    for name, scenario in sorted(scenarios.items()):
        yield name, "kernel", scenario.shows
    for name, file in sorted(FILES.items(), key=lambda each: ("/" in each[0], each[0])):
        yield name, "crafted", file.shows
    for name, form, _, _ in PACKED:
        yield name, "packed", f"{ORIGINAL} in {form}"


def text(folder: Path, scenarios: Mapping) -> str:
    """The whole README for the files in the folder."""
    packed = {name: unpack for name, _, _, unpack in PACKED}
    lines = [OPENING, "| file | origin | packets | what it shows |", "|---|---|---:|---|"]
    for name, origin, shows in entries(scenarios):
        octets = (folder / name).read_bytes()
        whole = packed[name](octets) if name in packed else octets
        count = "" if name.startswith("broken/") else len(list(records(whole)))
        lines.append(f"| `{name}` | {origin} | {count} | {shows} |")
    lines += [
        "",
        "## Packet by packet",
        "",
        "Numbers count from 1; a note at a SYN is about its connection.",
    ]
    for name, file in FILES.items():
        notes = file.build()[1]
        if notes:
            lines += ["", f"### {name}", ""]
            lines += [f"- {number}: {note}" for number, note in sorted(notes.items())]
    return "\n".join(lines) + "\n"
