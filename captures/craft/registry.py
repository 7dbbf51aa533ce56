"""The list of crafted files: each is a function that returns the file's octets, registered under its name."""

from collections.abc import Callable
from typing import NamedTuple

from .capture import Trace


class Crafted(NamedTuple):
    """One crafted file: what it shows, its octets, and what its packets show by number, where noted."""

    name: str
    shows: str
    build: Callable[[], tuple[bytes, dict[int, str]]]


FILES: dict[str, Crafted] = {}


def crafted(name: str, shows: str) -> Callable[[Callable], Callable]:
    """Register a function as the maker of a file; it returns the octets, or a trace to be written as pcap."""

    def register(make: Callable) -> Callable:
        def build() -> tuple[bytes, dict[int, str]]:
            made = make()
            return (made.pcap(), made.notes) if isinstance(made, Trace) else (made, {})

        if name in FILES:
            raise ValueError(f"{name} is registered twice")
        FILES[name] = Crafted(name, shows, build)
        return make

    return register
