"""Repeatable "random" octets: the same seed gives the same octets on every machine and Python release."""

import hashlib


class Chance:
    """A stream of octets from SHA-256 over a seed and a counter."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._counter = 0

    def octets(self, count: int) -> bytes:
        """The next ``count`` octets; each call starts a fresh block."""
        out = bytearray()
        while len(out) < count:
            out += hashlib.sha256(self._seed + self._counter.to_bytes(8, "big")).digest()
            self._counter += 1
        return bytes(out[:count])

    def number(self, bits: int) -> int:
        """The next unsigned number of ``bits`` bits."""
        return int.from_bytes(self.octets((bits + 7) // 8), "big") & (1 << bits) - 1
