"""The list of recordings: each is a function that arranges traffic and has it captured to a path."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from .lab import Lab

# How many octets come before IP: Ethernet, Linux cooked versions 1 and 2, nothing.
ETHERNET, SLL, SLL2, RAW = 14, 16, 20, 0


class Scenario(NamedTuple):
    """A capture that can be made: its name, what it shows, how, and which subtypes must then be in it."""

    name: str
    shows: str
    make: Callable[[Lab, Path], None]
    subtypes: frozenset[int]
    link_octets: int


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    name: str, shows: str, subtypes: set[int], link_octets: int = ETHERNET
) -> Callable[[Callable], Callable]:
    """Register the function that makes the file of that name."""

    def register(make: Callable[[Lab, Path], None]) -> Callable:
        SCENARIOS[name] = Scenario(name, shows, make, frozenset(subtypes), link_octets)
        return make

    return register
