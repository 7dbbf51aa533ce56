#!/usr/bin/env python3
"""Tokens, initial data sequence numbers, HMACs and checksums, computed with Python's hashlib and hmac alone.

Without options the answers go to standard output. Everything is hexadecimal in network byte order, so that
no reader of JSON rounds a 64-bit number. RFC 8684 sections 3.2 (keys, joins), 3.3.1 (checksum), 3.4.1
(ADD_ADDR); RFC 6824 for version 0.
"""

import argparse
import json
import sys
from collections import Counter
from itertools import product
from pathlib import Path

HERE = Path(__file__).resolve().parent
CAPTURES = HERE.parent / "captures"
ANSWERS = HERE / "known-answers.json"
sys.path.insert(0, str(CAPTURES))
sys.dont_write_bytecode = True

from craft import crypto, option  # noqa: E402
from craft.chance import Chance  # noqa: E402
from craft.proofs import Proofs  # noqa: E402
from craft.reading import ip_packets  # noqa: E402

EDGE_KEYS = (bytes(8), b"\xff" * 8, bytes(7) + b"\1", b"\x80" + bytes(7), bytes(range(1, 9)))
KEY_COUNT = 40

# Captures that hold proofs, octets before IP, and how many facts of a kind are known to be bad in them. The
# kernel's decide whether the functions are right; other code reads the crafted ones back than wrote them.
EVIDENCE: dict[str, tuple[int, dict[str, int]]] = {
    "basic_v4.pcap": (14, {}),
    "basic_v6.pcap": (14, {}),
    "join_v4.pcap": (14, {}),
    "join_backup.pcap": (14, {}),
    "addaddr_v4.pcap": (14, {}),
    "addaddr_port.pcap": (14, {}),
    "addaddr_v6.pcapng": (14, {}),
    "rmaddr.pcap": (14, {}),
    "fastclose.pcap": (14, {}),
    "fastclose_server.pcap": (14, {}),
    "checksum_v4.pcap": (14, {}),
    "checksum_joins_v6.pcap": (14, {}),
    "mpfail_join.pcap": (14, {"checksum": 1}),
    "tunnel_raw.pcap": (0, {}),
    "any_sll2.pcap": (20, {}),
    "navigation.pcap": (14, {}),
    "maxsubflows.pcap": (14, {}),
    "v0.pcap": (14, {"checksum": 1}),
    "dss-widths.pcap": (14, {"checksum": 1}),
    "reinjection.pcap": (14, {}),
    "fallback.pcap": (14, {"checksum": 1}),
    "hmac.pcap": (
        14,
        {
            "token": 2,
            "echoed keys": 2,
            "MP_JOIN SYN/ACK HMAC": 1,
            "MP_JOIN ACK HMAC": 1,
            "ADD_ADDR HMAC IPv4": 2,
            "ADD_ADDR HMAC IPv4 with port": 2,
            "ADD_ADDR HMAC IPv6": 2,
            "ADD_ADDR HMAC IPv6 with port": 2,
            "FASTCLOSE key": 2,
            "checksum": 3,
        },
    ),
}


def keys(chance: Chance) -> list[dict]:
    """What follows from a key alone."""
    made = [*EDGE_KEYS, *(chance.octets(8) for _ in range(KEY_COUNT - len(EDGE_KEYS)))]
    return [
        {
            "key": key.hex(),
            **{
                f"v{version}": {
                    "token": crypto.token(key, version).hex(),
                    "idsn": f"{crypto.initial_dsn(key, version):016x}",
                }
                for version in (0, 1)
            },
        }
        for key in made
    ]


def joins(chance: Chance) -> list[dict]:
    """Proofs of both sides; A opens the subflow, B answers it."""
    made = []
    for number, version in product(range(KEY_COUNT), (0, 1)):
        key_a, key_b = chance.octets(8), chance.octets(8)
        nonce_a, nonce_b = chance.octets(4), chance.octets(4)
        if number == 0:
            nonce_a = nonce_b = bytes(4)
        a = crypto.join_hmac(key_a, key_b, nonce_a, nonce_b, version)
        b = crypto.join_hmac(key_b, key_a, nonce_b, nonce_a, version)
        made.append(
            {
                "version": version,
                "key_a": key_a.hex(),
                "key_b": key_b.hex(),
                "nonce_a": nonce_a.hex(),
                "nonce_b": nonce_b.hex(),
                "syn_ack": {"hmac": b.hex(), "truncated": b[:8].hex()},
                "ack": {"hmac": a.hex(), "truncated": a[:20].hex()},
            }
        )
    return made


def announcements(chance: Chance) -> list[dict]:
    """ADD_ADDR proofs for each family, with and without port; A announces, B learns."""
    made = []
    for number in range(KEY_COUNT):
        key_a, key_b, address_id = chance.octets(8), chance.octets(8), (0, 1, 255)[number % 3]
        low = number + 1
        for address, port in product((f"198.51.100.{low}", f"2001:db8::{low:x}"), (None, 1, 443, 65535)):
            octets = option.packed(address)
            message = bytes([address_id]) + octets + (port or 0).to_bytes(2, "big")
            whole = crypto.keyed(key_a + key_b, message)
            made.append(
                {
                    "key_a": key_a.hex(),
                    "key_b": key_b.hex(),
                    "address_id": address_id,
                    "address": address,
                    "port": port,
                    "hmac": whole.hex(),
                    "truncated": crypto.add_addr_hmac(key_a, key_b, address_id, octets, port or 0).hex(),
                }
            )
    return made


def pieces(payload: bytes, sizes: tuple[int, ...]) -> list[str]:
    """The payload in pieces of the given sizes in turn, as hexadecimal."""
    made, at, turn = [], 0, 0
    while at < len(payload):
        size = sizes[turn % len(sizes)]
        made.append(payload[at : at + size].hex())
        at, turn = at + size, turn + 1
    return made


def checksums(chance: Chance) -> list[dict]:
    """Checksums of mappings; ``pieces`` is one way in which the payload may arrive in segments."""
    made = []
    splits = ((1,), (2,), (3,), (7, 1), (1, 4, 2), (64,), (100000,))
    sizes = (0, 1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 255, 256, 257, 1000, 1001)
    numbers = (0, 1, 0xFFFFFFFF, 0x100000000, (1 << 64) - 1)
    for index, size in enumerate(sizes):
        for data_fin in (False, True):
            payload = b"\xff" * size if index % 4 == 3 else chance.octets(size)
            dsn = numbers[index % 5] if index < 10 else chance.number(64)
            ssn = 0 if size == 0 else (1, 0xFFFFFFFF, chance.number(32))[index % 3]
            split = splits[index % len(splits)] if size <= 65 else splits[4 + index % 3]
            length = size + data_fin
            made.append(
                {
                    "dsn": f"{dsn:016x}",
                    "ssn": f"{ssn:08x}",
                    "length": length,
                    "data_fin": data_fin,
                    "pieces": pieces(payload, split),
                    "checksum": f"{crypto.dss_checksum(dsn, ssn, length, payload):04x}",
                }
            )
    return made


def answers() -> str:
    """The whole file."""
    chance = Chance("known answers")
    whole = {
        "keys": keys(chance),
        "joins": joins(chance),
        "add_addr": announcements(chance),
        "checksums": checksums(chance),
    }
    lists = [
        f' "{name}": [\n' + ",\n".join(f"  {json.dumps(each)}" for each in made) + "\n ]"
        for name, made in whole.items()
    ]
    return "{\n" + ",\n".join(lists) + "\n}\n"


def evidence() -> list[str]:
    """What the captures say against the functions; prints how many facts of each kind were found good."""
    faults: list[str] = []
    total: Counter[str] = Counter()
    for name, (skip, known_bad) in EVIDENCE.items():
        counts = Proofs(ip_packets((CAPTURES / name).read_bytes(), skip)).counts
        bad = {what: number for (what, good), number in counts.items() if not good}
        if bad != known_bad:
            faults.append(f"{name}: bad facts are {bad}, expected {known_bad}")
        if not any(good for _, good in counts):
            faults.append(f"{name}: holds no fact to check")
        for (what, good), number in counts.items():
            total[what] += number * good
    print("; ".join(f"{what}: {number} good" for what, number in sorted(total.items())))
    return faults


def main() -> None:
    """Print, write, or check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    task = parser.add_mutually_exclusive_group()
    task.add_argument("--write", action="store_true", help=f"write {ANSWERS.name}")
    task.add_argument(
        "--check",
        action="store_true",
        help=f"compare {ANSWERS.name}, then the functions with the captures",
    )
    given = parser.parse_args()
    if given.write:
        ANSWERS.write_text(answers())
    elif given.check:
        faults = evidence()
        if ANSWERS.read_text() != answers():
            faults.append(f"{ANSWERS.name} is not what --write writes")
        if faults:
            sys.exit("\n".join(faults))
    else:
        sys.stdout.write(answers())


if __name__ == "__main__":
    main()
