"""DSS in every width, and mappings that span, repeat, overlap, arrive late, or never arrive whole."""

from itertools import count, product

from . import option
from .capture import Trace
from .connection import CLIENT, SERVER, Connection, Subflow
from .crypto import dss_checksum
from .hosts import client, server
from .registry import crafted

# Found by search: the low 32 bits of their initial data sequence numbers are 1813 and 1657 short of 2^32.
WRAPPING_KEYS = bytes.fromhex("93660907fdb8e216"), bytes.fromhex("bec962263d9dc3bb")


def opened(
    trace: Trace, port: int, *, checksum: bool = False, keys: tuple[bytes, bytes] | None = None
) -> Subflow:
    """The first subflow of a fresh connection that has carried a little data both ways."""
    link = Connection(trace, f"mappings-{port}", checksum=checksum, keys=keys)
    first = link.open(client(1, port), server(1))
    first.data(CLIENT, 40)
    first.data(SERVER, 40)
    return first


def flag_combination(sub: Subflow, bits: int) -> None:
    """One segment whose DSS has the given low five flag bits, with every field that they call for."""
    link = sub.connection
    fin, dsn_8, mapped, ack_8, acked = (bool(bits & bit) for bit in (16, 8, 4, 2, 1))
    payload = link.chance.octets(40) if mapped else b""
    length = len(payload) + (fin and mapped)
    dsn, ssn = link.next_dsn[CLIENT], sub.ssn(CLIENT)
    ack = link.next_dsn[SERVER]
    wanted = option.dss(
        ack=ack if acked else None,
        ack_octets=8 if ack_8 else 4,
        dsn=dsn if mapped else None,
        dsn_octets=8 if dsn_8 else 4,
        ssn=ssn,
        length=length,
        checksum=dss_checksum(dsn, ssn, length, payload) if link.checksum and mapped else None,
        reserved=bits,
    )
    letters = "".join(letter for letter, bit in zip("FmMaA", (16, 8, 4, 2, 1), strict=True) if bits & bit)
    sub.send(CLIENT, [wanted], payload, "PA" if payload else "A", note=f"flags {letters or 'none'}")
    link.next_dsn[CLIENT] += length
    sub.send(SERVER, [sub.ack_option(SERVER)])


def pieces(
    sub: Subflow, mapping: bytes, payload: bytes, order: list[int], every: bool, size: int = 500
) -> None:
    """Send the payload's pieces in the given order; the mapping on each, or only on the piece at offset 0."""
    start = sub.next[CLIENT]
    for index in order:
        piece = payload[index * size : (index + 1) * size]
        wanted = [mapping] if every or index == 0 else []
        sub.send(CLIENT, wanted, piece, seq=start + index * size)
    sub.next[CLIENT] = start + len(payload)
    sub.connection.next_dsn[CLIENT] += len(payload)


def spanning(trace: Trace, port: int) -> None:
    """Mappings over three segments: whole, wrong, out of order, retransmitted, with a hole."""
    sub = opened(trace, port, checksum=True)
    link = sub.connection

    def span(note: str, order: list[int], every: bool = True, checksum: int | None = None) -> None:
        payload = link.chance.octets(1501)
        overrides = {} if checksum is None else {"checksum": checksum}
        mapping = sub.mapping(CLIENT, payload, **overrides)
        trace.note(note)
        pieces(sub, mapping, payload, order, every, 501)
        sub.send(SERVER, [sub.ack_option(SERVER)])

    span("three segments, mapping on each, good checksum", [0, 1, 2])
    span("three segments, mapping on the first only, good checksum", [0, 1, 2], every=False)
    span("three segments in the order 1 3 2, mapping on each", [0, 2, 1])
    span("three segments in the order 3 1 2, mapping on the first only", [2, 0, 1], every=False)
    span("second segment retransmitted after the third", [0, 1, 2, 1])
    span("three segments, mapping on each, wrong checksum", [0, 1, 2], checksum=0xBAD0)

    payload = link.chance.octets(1500)
    mapping, start = sub.mapping(CLIENT, payload), sub.next[CLIENT]
    sub.send(CLIENT, [mapping], payload[:700], seq=start, note="octets 0-699 of 1500")
    sub.send(CLIENT, [mapping], payload[300:1100], seq=start + 300, note="octets 300-1099: overlap")
    sub.send(
        CLIENT, [mapping], payload[1100:], "PA", seq=start + 1100, note="octets 1100-1499: complete and good"
    )
    sub.next[CLIENT] += len(payload)
    link.next_dsn[CLIENT] += len(payload)
    sub.send(SERVER, [sub.ack_option(SERVER)])

    payload = link.chance.octets(600)
    both = sub.mapping(CLIENT, payload[:300])
    next_one = option.dss(
        ack=link.next_dsn[SERVER],
        dsn=link.next_dsn[CLIENT] + 300,
        ssn=sub.ssn(CLIENT) + 300,
        length=300,
        checksum=dss_checksum(link.next_dsn[CLIENT] + 300, sub.ssn(CLIENT) + 300, 300, payload[300:]),
    )
    start = sub.next[CLIENT]
    sub.send(CLIENT, [both], payload[:200], seq=start, note="first of two mappings, 200 of its 300 octets")
    sub.send(
        CLIENT, [next_one], payload[200:], "PA", seq=start + 200, note="rest of it, and all of the second"
    )
    sub.next[CLIENT] += 600
    link.next_dsn[CLIENT] += 600
    sub.send(SERVER, [sub.ack_option(SERVER)])

    payload = link.chance.octets(1501)
    mapping = sub.mapping(CLIENT, payload)
    trace.note("three segments of which the second is missing")
    pieces(sub, mapping, payload, [0, 2], True, 501)
    sub.send(SERVER, [sub.ack_option(SERVER)], note="acknowledged all the same: the capture lost it")
    link.close(sub)


@crafted(
    "dss-widths.pcap",
    "DSS: all flag combinations, DSN wrap, mixed widths, DATA_FIN, infinite and spanning mappings",
)
def dss_widths() -> Trace:
    """A connection for each group of cases; combinations with DATA_FIN have one each: it ends the data."""
    trace = Trace()
    ports = count(44000)
    for checksum in (False, True):
        trace.note(f"flag combinations without F, {'with' if checksum else 'without'} checksum")
        sub = opened(trace, next(ports), checksum=checksum)
        for bits in range(16):
            flag_combination(sub, bits)
        sub.connection.close(sub)
        for bits in range(16, 32):
            flag_combination(opened(trace, next(ports), checksum=checksum), bits)

    trace.note("the low 32 bits of both DSNs wrap, 4-octet numbers on both sides of it")
    sub = opened(trace, next(ports), keys=WRAPPING_KEYS)
    for n, (wide_dsn, wide_ack) in enumerate(product((8, 4), (8, 4))):
        for side in (CLIENT, SERVER):
            sub.data(
                side, 500, dsn_octets=wide_dsn, ack_octets=wide_ack, note=f"octets {n * 500}-{n * 500 + 499}"
            )
    for side in (CLIENT, SERVER, CLIENT):
        sub.data(side, 500, dsn_octets=4, ack_octets=4, note="4-octet numbers after the wrap")
    sub.connection.close(sub)

    trace.note("4- and 8-octet DSN in turn")
    sub = opened(trace, next(ports), checksum=True)
    for width in (4, 8, 4, 4, 8, 8):
        sub.data(CLIENT, 200, dsn_octets=width)
        sub.data(SERVER, 100, dsn_octets=12 - width, ack_octets=width)
    sub.data(CLIENT, 200, fin=True, note="DATA_FIN with data: the length counts it")
    sub.send(SERVER, [sub.mapping(SERVER, b"", fin=True)], note="DATA_FIN alone: SSN 0, length 1")
    sub.connection.next_dsn[SERVER] += 1
    sub.send(CLIENT, [sub.ack_option(CLIENT)])
    sub.finish()

    trace.note("DATA_FIN alone with 4-octet numbers, not checksummed")
    sub = opened(trace, next(ports))
    sub.send(CLIENT, [sub.mapping(CLIENT, b"", fin=True, ack_octets=4, dsn_octets=4)])
    sub.connection.next_dsn[CLIENT] += 1
    sub.send(SERVER, [sub.ack_option(SERVER)])
    sub.finish()

    trace.note("reserved bits of DSS, one at a time, then the nibble")
    sub = opened(trace, next(ports))
    for bit in (0x80, 0x40, 0x20):
        sub.data(CLIENT, 50, reserved=bit, note=f"reserved bit {bit:#04x}")
    for nibble in (8, 4, 2, 1):
        sub.data(CLIENT, 50, nibble=nibble, note=f"bit {nibble} of the subtype's nibble")
    sub.connection.close(sub)

    trace.note("infinite mapping: length 0")
    sub = opened(trace, next(ports))
    payload = sub.connection.chance.octets(400)
    sub.send(
        CLIENT, [sub.mapping(CLIENT, payload, length=0)], payload, "PA", note="infinite mapping, length 0"
    )
    sub.send(SERVER, [])
    sub.send(CLIENT, [], sub.connection.chance.octets(400), "PA", note="plain data under it")
    sub.send(SERVER, [])
    sub.send(CLIENT, [], flags="FA")
    sub.send(SERVER, [], flags="FA")
    sub.send(CLIENT, [])

    trace.note("mappings that span three segments")
    spanning(trace, next(ports))
    return trace


@crafted("reinjection.pcap", "The same data on two subflows; out of order at the connection level")
def reinjection() -> Trace:
    """Data sent on one subflow, again on another, whole and in part; then a range ahead of an older one."""
    trace = Trace()
    link = Connection(trace, "reinjection", checksum=True)
    first = link.open(client(1, 44500), server(1))
    first.data(CLIENT, 400)
    second = link.join(client(2, 44501), server(1))
    again, payload = link.next_dsn[CLIENT], link.chance.octets(1000)
    trace.note("octets 400-1399 on the first subflow, not acknowledged")
    first.data(CLIENT, payload, answer=False)
    trace.wait(200_000)
    second.data(CLIENT, payload, dsn=again, note="the same octets on the second subflow: a reinjection")
    second.data(CLIENT, payload[200:500], dsn=again + 200, note="a part of them once more")
    older = link.next_dsn[CLIENT]
    second.data(CLIENT, 300, dsn=older + 600, answer=False, note="octets 2000-2299, ahead of 1400-1999")
    first.data(
        CLIENT, 300, dsn=older, answer=False, note="octets 1400-1699: out of order at the connection level"
    )
    second.data(CLIENT, 300, dsn=older + 300, note="octets 1700-1999: the hole is closed")
    tail = link.chance.octets(500)
    edge = link.next_dsn[CLIENT]
    first.data(CLIENT, tail[:300], answer=False, note="octets 2300-2599")
    second.data(
        CLIENT, tail[200:], dsn=edge + 200, note="octets 2500-2799: overlaps what the first subflow sent"
    )
    trace.note("a retransmission on the same subflow, which is no reinjection")
    first.send(CLIENT, [first.mapping(CLIENT, tail[:300], dsn=edge, ssn=first.ssn(CLIENT) - 300)], tail[:300],
               seq=first.next[CLIENT] - 300)  # fmt: skip
    first.data(SERVER, 700)
    link.close(first)
    return trace
