"""Every malformation of an option area and of the headers around it."""

from collections.abc import Iterator

from . import option
from .capture import Trace
from .connection import CLIENT, SERVER, Connection, End, Subflow
from .hosts import client, client6, server, server6
from .option import KIND, NOP, mptcp
from .packet import TCP, ipv4, ipv6, tcp
from .registry import crafted

NAMES = {
    option.MP_CAPABLE: "MP_CAPABLE",
    option.MP_JOIN: "MP_JOIN",
    option.DSS: "DSS",
    option.ADD_ADDR: "ADD_ADDR",
    option.REMOVE_ADDR: "REMOVE_ADDR",
    option.MP_PRIO: "MP_PRIO",
    option.MP_FAIL: "MP_FAIL",
    option.MP_FASTCLOSE: "MP_FASTCLOSE",
    option.MP_TCPRST: "MP_TCPRST",
    option.MP_NAVIGATION: "MP_Navigation",
    option.MP_EXPERIMENTAL: "MP_EXPERIMENTAL",
}

# Every legal length by subtype, with the low nibble that goes with it (version 1 unless it says IPVer).
LEGAL = (
    (option.MP_CAPABLE, 1, (4, 12, 20, 22, 24)),
    (option.MP_JOIN, 0, (12, 16, 24)),
    (option.ADD_ADDR, 0, (16, 18, 28, 30)),
    (option.ADD_ADDR, 1, (8, 10, 20, 22)),
    (option.ADD_ADDR, 4, (8, 10)),
    (option.ADD_ADDR, 6, (20, 22)),
    (option.MP_PRIO, 0, (3,)),
    (option.MP_FAIL, 0, (12,)),
    (option.MP_FASTCLOSE, 0, (12,)),
    (option.MP_TCPRST, 0, (4,)),
    (option.MP_NAVIGATION, 0, (4,)),
)

# DSS flags and the length they call for without checksum.
DSS_LENGTHS = ((0x01, 8), (0x03, 12), (0x04, 14), (0x05, 18), (0x07, 22), (0x0C, 18), (0x0D, 22), (0x0F, 26))


class Bench:
    """An established connection on which odd option areas are sent as ACKs that change no state."""

    def __init__(self, trace: Trace, port: int) -> None:
        self.trace = trace
        self.link = Connection(trace, f"malformed-{port}")
        self.first = self.link.open(client(1, port), server(1))
        self.first.data(CLIENT, 100)
        self.port = port + 1

    def area(self, note: str, octets: bytes, flags: str = "A", payload: bytes = b"") -> None:
        """Send exactly these octets as the option area."""
        self.first.send(CLIENT, octets, payload, flags, seq=self.first.next[CLIENT], note=note)

    def padded(self, note: str, octets: bytes, flags: str = "A", payload: bytes = b"") -> None:
        """Send the octets as the option area, with NOPs up to a multiple of four."""
        self.area(note, octets + NOP * (-len(octets) % 4), flags, payload)

    def syn(self, note: str, *options: bytes, flags: str = "S") -> None:
        """Send the options on a SYN of its own."""
        sub = self.link.subflow(client(1, self.port), server(1))
        self.port += 1
        sub.send(CLIENT, list(options), flags=flags, note=note)


def sized(bench: Bench, subtype: int, nibble: int, length: int, note: str) -> None:
    """An option of that length, its body a counting pattern; MP_CAPABLE gets a sane flags octet."""
    body = bytes(range(1, 40))[: length - 3]
    if subtype == option.MP_CAPABLE and body:
        body = b"\1" + body[1:]
    bench.padded(note, mptcp(subtype, nibble, body))


def lengths(bench: Bench) -> None:
    """Lengths that no subtype has: none, kind alone, no subtype, each legal length plus and minus one."""
    bench.area("length 0", bytes([KIND, 0, 0x20, 0]))
    bench.area("length 1", bytes([KIND, 1, 0x20, 0]))
    bench.area("length 2: no subtype", bytes([KIND, 2, 1, 1]))
    bench.area("kind 30 as the last octet: no length", NOP * 3 + bytes([KIND]))
    for subtype, name in NAMES.items():
        if subtype != option.MP_PRIO:
            bench.padded(f"{name}, length 3", mptcp(subtype, 0))
    for subtype, nibble, legal in LEGAL:
        for length in legal:
            for wrong, how in ((length - 1, "short"), (length + 1, "long")):
                if wrong not in legal and wrong >= 3:
                    sized(bench, subtype, nibble, wrong, f"{NAMES[subtype]} {length}, one too {how}: {wrong}")
    bench.padded("MP_PRIO in version 1 with an Address ID: 4", option.mp_prio(True, 1))
    bench.padded("MP_PRIO 4, one too long: 5", mptcp(option.MP_PRIO, 0, b"\1\2"))
    bench.padded("MP_EXPERIMENTAL 4: half an ExID", mptcp(option.MP_EXPERIMENTAL, 8, b"\x12"))
    bench.padded("REMOVE_ADDR empty", mptcp(option.REMOVE_ADDR, 0))
    bench.padded("REMOVE_ADDR names one address twice", option.remove_addr(4, 4))
    sized(bench, option.MP_JOIN, 0, 13, "MP_JOIN 13 on an ACK")
    for length in (5, 7, 11, 13, 19, 21, 23, 25):
        sized(bench, option.MP_CAPABLE, 1, length, f"MP_CAPABLE {length}")
    for flags, length in DSS_LENGTHS:
        for wrong in (length - 1, length + 1, length + 3):
            note = f"DSS, flags {flags:#04x} call for {length} or {length + 2}: {wrong}"
            bench.padded(note, mptcp(option.DSS, 0, bytes([flags]) + bytes(wrong - 4)))
    bench.padded("DSS, no flag but 8 octets more", mptcp(option.DSS, 0, bytes(9)))
    bench.padded("ADD_ADDR version 1, IPv4, E=0 but no HMAC", mptcp(option.ADD_ADDR, 0, b"\5" + bytes(4)))
    bench.padded("ADD_ADDR version 1, IPv4, E=1 but an HMAC", mptcp(option.ADD_ADDR, 1, b"\5" + bytes(12)))
    bench.padded("ADD_ADDR IPVer 4 with the length of IPv6", mptcp(option.ADD_ADDR, 4, b"\5" + bytes(16)))
    bench.padded("ADD_ADDR IPVer 6 with the length of IPv4", mptcp(option.ADD_ADDR, 6, b"\5" + bytes(4)))
    bench.padded("ADD_ADDR IPVer 5", mptcp(option.ADD_ADDR, 5, b"\5" + bytes(4)))


def overruns(bench: Bench) -> None:
    """Options that claim octets past the end of the header."""
    for subtype, name in NAMES.items():
        bench.area(f"{name} runs past the header's end", mptcp(subtype, 0, b"\1", 40))
    bench.area("length 255", mptcp(option.DSS, 0, b"\1", 255))
    bench.area("one octet past the end", NOP * 4 + mptcp(option.DSS, 0, bytes([1, 0, 0, 0, 0]), 9))
    bench.area("timestamps run past the end, no MPTCP", NOP * 2 + bytes([8, 10]) + bytes(4))
    good = option.dss(ack=1, ack_octets=4)
    bench.area("good DSS, then an MP_PRIO past the end", good + mptcp(option.MP_PRIO, 0, b"\1", 9))


def places(bench: Bench) -> None:
    """Options where they have no place, and twice where they have."""
    link, first = bench.link, bench.first
    capable = option.mp_capable()
    bench.syn("two MP_CAPABLE in one SYN", capable, capable)
    bench.syn("two MP_CAPABLE that differ, in one SYN", capable, option.mp_capable(version=0))
    bench.syn("DSS in a SYN", option.dss(ack=1, ack_octets=4))
    bench.syn("MP_CAPABLE and DSS in a SYN", capable, option.dss(ack=1, ack_octets=4))
    bench.syn("MP_CAPABLE and MP_JOIN in a SYN", capable, option.mp_join_syn(3, link.token(SERVER), bytes(4)))
    bench.syn("ADD_ADDR in a SYN", capable, option.add_addr(3, "192.0.2.9"))
    bench.syn("REMOVE_ADDR in a SYN", capable, option.remove_addr(3))
    bench.syn("MP_PRIO in a SYN", capable, option.mp_prio(True))
    bench.syn("MP_FAIL in a SYN", capable, option.mp_fail(1))
    bench.syn("MP_FASTCLOSE in a SYN", capable, option.mp_fastclose(bytes(8)))
    bench.syn("MP_TCPRST in a SYN", capable, option.mp_tcprst(1))
    bench.syn("MP_CAPABLE 12 of version 1 in a SYN", option.mp_capable(link.keys[0]))
    bench.syn("MP_CAPABLE 20 in a SYN", option.mp_capable(*link.keys))
    bench.syn("MP_JOIN 13 in a SYN", mptcp(option.MP_JOIN, 0, bytes([9]) + link.token(SERVER) + bytes(5)))
    bench.syn("MP_JOIN 16 in a SYN", option.mp_join_syn_ack(0, bytes(8), bytes(4)))
    bench.syn("MP_JOIN 24 in a SYN", option.mp_join_ack(bytes(20)))
    bench.syn("MP_CAPABLE in a SYN with FIN", capable, flags="SF")
    bench.syn("MP_CAPABLE in a SYN with RST", capable, flags="SR")
    bench.syn("MP_CAPABLE 4 in a SYN/ACK", capable, flags="SA")
    bench.padded("MP_TCPRST on an ACK", option.mp_tcprst(1))
    bench.padded("MP_CAPABLE 4 on an ACK", capable)
    bench.padded("MP_CAPABLE 12 on an ACK", option.mp_capable(link.keys[0]))
    bench.padded("MP_CAPABLE 20 again, much later", option.mp_capable(*link.keys))
    bench.padded("MP_CAPABLE 22 without data", option.mp_capable(*link.keys, data_length=100))
    bench.padded("MP_JOIN 12 on an ACK", option.mp_join_syn(3, link.token(SERVER), bytes(4)))
    bench.padded("MP_JOIN 24 on the first subflow", option.mp_join_ack(bytes(20)))
    ack = option.dss(ack=link.next_dsn[SERVER], ack_octets=4)
    bench.padded("two DSS in one segment", ack + ack)
    bench.padded("two MP_PRIO that disagree", option.mp_prio(True) + NOP + option.mp_prio(False))
    bench.padded("two MP_FASTCLOSE", option.mp_fastclose(link.keys[1]) * 2)
    payload = link.chance.octets(20)
    late = first.mapping(CLIENT, payload, ack=None, ack_octets=4)
    bench.padded("a mapping on a segment without data", late)
    wide = first.mapping(CLIENT, payload, dsn_octets=4, length=1000, ssn=0)
    bench.padded("a mapping of SSN 0 with data", wide, payload=payload)


def contents(bench: Bench) -> None:
    """Unknown subtypes, and reserved bits wherever there are any."""
    for subtype in range(9, 15):
        bench.padded(
            f"subtype {subtype} with 5 octets of body", mptcp(subtype, subtype & 7, b"\x11\x22\x33\x44\x55")
        )
        bench.padded(f"subtype {subtype} without body", mptcp(subtype, 0))
    bench.padded("MP_CAPABLE 20, flags B to G", option.mp_capable(*bench.link.keys, flags=0x7F))
    bench.syn("MP_JOIN SYN, reserved bits", option.mp_join_syn(3, bytes(4), bytes(4), True, 0xE))
    sub: Subflow = bench.link.subflow(client(2, bench.port), server(1))
    sub.join_syn(reserved=0xE, note="MP_JOIN SYN of a whole handshake, reserved bits")
    sub.join_syn_ack(reserved=0xE, note="MP_JOIN SYN/ACK, reserved bits")
    sub.join_ack(reserved=0xFFF, note="MP_JOIN ACK, all 12 reserved bits")
    ack = bench.link.next_dsn[SERVER]
    bench.padded("DSS, reserved nibble and bits", option.dss(ack=ack, reserved=0xE0, nibble=0xF))
    bench.padded("ADD_ADDR fresh, reserved bits", option.add_addr(5, "198.51.100.5", None, bytes(8), 0xE))
    bench.padded("ADD_ADDR echo, reserved bits", option.add_addr(5, "198.51.100.5", None, None, 0xE))
    bench.padded("REMOVE_ADDR, reserved bits", option.remove_addr(5, reserved=0xF))
    bench.padded("MP_PRIO, reserved bits", option.mp_prio(False, reserved=0xE))
    bench.padded("MP_FAIL, reserved bits", option.mp_fail(1, 0xFFF))
    bench.padded("MP_FASTCLOSE, reserved bits", option.mp_fastclose(bench.link.keys[1], 0xFFF))
    bench.padded("MP_TCPRST, flags U V W T and an unassigned reason", option.mp_tcprst(0x07, 0xF), "RA")
    bench.padded("MP_TCPRST, reason 255", option.mp_tcprst(0xFF, 0), "RA")
    bench.padded("MP_Navigation, reserved bit", option.mp_navigation(2, reserved=True))
    bench.padded("MP_EXPERIMENTAL, reserved bits", option.experimental(0x1234, flags=3))


def padding(bench: Bench) -> None:
    """NOP and EOL in unusual numbers and places."""
    ack = option.dss(ack=bench.link.next_dsn[SERVER])
    bench.area("only NOPs", NOP * 40)
    bench.area("only EOLs", option.EOL * 40)
    bench.area("EOL, then rubbish that is not zero", ack + option.EOL + b"\xff\xff\xff")
    bench.area("DSS after EOL", option.EOL + NOP * 3 + ack)
    bench.area("DSS, EOL, MP_PRIO after it", ack + option.EOL + option.mp_prio(True))
    bench.area("NOP before and after", NOP + ack + NOP * 3)
    bench.area("EOL in the middle of NOPs", NOP + option.EOL + NOP * 2)
    bench.area("unknown kinds 76 and 200 around DSS",
               option.option(76, b"\1\2") + ack + option.option(200, b"\1\2"))  # fmt: skip
    bench.area("unknown kind of length 0", bytes([200, 0, 0, 0]) + ack)
    bench.area("unknown kind of length 1", bytes([200, 1, 0, 0]) + ack)
    bench.area("experimental kinds 253 and 254 with ExID",
               option.option(253, b"\x12\x34") + option.option(254, b"\xf9\x89") + ack)  # fmt: skip
    bench.area("no options at all", b"")


def headers(trace: Trace, bench: Bench) -> None:
    """TCP and IP headers that lie about their own size."""
    ack = option.dss(ack=bench.link.next_dsn[SERVER])
    headers_ipv4(trace, ack)
    headers_ipv6(trace, ack)
    trace.add(b"\x50" + bytes(39), "IP version 5")
    trace.add(b"\x45", "one octet of IPv4")
    trace.add(b"\x60" + bytes(20), "21 octets of IPv6")


def segments(source: End, target: End, area: bytes) -> Iterator[tuple[bytes, str]]:
    """TCP segments that lie, with what they lie about, and segments cut short."""
    for words, what in (
        (0, "0"),
        (4, "4"),
        (15, "15, past the end"),
        (9, "9 of 8 words that are there"),
        (6, "6 cuts DSS"),
    ):
        yield tcp(source.socket, target.socket, 1, 1, "A", area, data_offset=words), f"TCP data offset {what}"
    whole = tcp(source.socket, target.socket, 1, 1, "A", area)
    for cut in (0, 4, 13, 19, 25):
        yield whole[:cut], f"{cut} octets of TCP"


def headers_ipv4(trace: Trace, area: bytes) -> None:
    """Under IPv4."""
    source, target = client(1, 47900), server(1)
    whole = tcp(source.socket, target.socket, 1, 1, "A", area)
    longer = tcp(source.socket, target.socket, 1, 1, "A", area, b"x" * 30)

    def packet(octets: bytes, note: str, **fields: int) -> None:
        trace.add(ipv4(source.address, target.address, TCP, octets, **fields), note)

    for octets, what in segments(source, target, area):
        packet(octets, f"IPv4, {what}")
    for length, what in (
        (0, "0"),
        (19, "19, less than the header"),
        (20, "20, no TCP"),
        (48, "48, cuts DSS"),
        (1000, "1000, more than there is"),
    ):
        packet(whole, f"IPv4 total length {what}", total_length=length)
    packet(longer, "IPv4 total length hides the last 10 octets", total_length=72)
    packet(whole, "IPv4 header length 4 words", header_words=4)
    packet(whole, "IPv4 header length 15 words, past the end", header_words=15)


def headers_ipv6(trace: Trace, area: bytes) -> None:
    """Under IPv6."""
    source, target = client6(1, 47900), server6(1)
    whole = tcp(source.socket, target.socket, 1, 1, "A", area)
    longer = tcp(source.socket, target.socket, 1, 1, "A", area, b"x" * 30)

    def packet(octets: bytes, note: str, **fields: int) -> None:
        trace.add(ipv6(source.address, target.address, TCP, octets, **fields), note)

    for octets, what in segments(source, target, area):
        packet(octets, f"IPv6, {what}")
    for length, what in ((0, "0"), (10, "10, cuts TCP"), (1000, "1000, more than there is")):
        packet(whole, f"IPv6 payload length {what}", payload_length=length)
    packet(longer, "IPv6 payload length hides the last 10 octets", payload_length=52)


@crafted(
    "malformed.pcap",
    "Every malformation of options, and headers that lie; one packet each, named below",
)
def malformed() -> Trace:
    """All groups in turn, on one connection."""
    trace = Trace()
    bench = Bench(trace, 47000)
    for group in (lengths, overruns, places, contents, padding):
        group(bench)
    headers(trace, bench)
    bench.first.data(CLIENT, 100, note="the connection is alive after all that")
    bench.link.close(bench.first)
    return trace
