"""The experimental option and its negotiation (draft-bonaventure-mptcp-exp-option-00, RFC 6824 bis)."""

from . import option
from .capture import Trace
from .connection import CLIENT, SERVER, Connection
from .hosts import client, server
from .option import SYNCHRONISING, UNKNOWN, experimental
from .registry import crafted

EXID = 0x1234


@crafted(
    "experimental.pcap",
    "MP_EXPERIMENTAL: probe, both forms of acceptance, rejection, returned errors, oddities",
)
def experimental_option() -> Trace:
    """A connection for each outcome of a probe, then the odd forms on one more."""
    trace = Trace()

    def connection(port: int):
        link = Connection(trace, f"experimental-{port}")
        first = link.open(client(1, port), server(1))
        first.data(CLIENT, 100)
        return link, first

    for port, name, flags in (
        (42000, "accepted as in exp-option-00: S=0 U=0", 0),
        (42001, "accepted as in the RFC 6824 bis drafts: S=1 U=1", SYNCHRONISING | UNKNOWN),
        (42002, "rejected: S=0 U=1", UNKNOWN),
    ):
        link, first = connection(port)
        first.send(CLIENT, [experimental(EXID)], note="probe: S=1")
        first.send(SERVER, [experimental(EXID, flags=flags)], note=name)
        first.data(SERVER, 100)
        link.close(first)

    link, first = connection(42003)
    first.send(CLIENT, [experimental(EXID, b"probe")], note="probe that carries data")
    first.send(SERVER, [experimental(EXID, b"reply", flags=0)], note="accepted, with data of its own")
    first.send(CLIENT, [experimental(EXID, b"\1\2\3", flags=0)], note="use after negotiation")
    first.send(SERVER, [experimental(EXID, b"\1\2\3", flags=UNKNOWN)], note="returned: could not be parsed")
    first.send(CLIENT, [experimental(EXID, b"again", SYNCHRONISING)], note="later option with S=1")
    first.send(
        SERVER,
        [experimental(EXID, b"again", SYNCHRONISING | UNKNOWN)],
        note="the exact option returned with U",
    )
    link.close(first)

    link, first = connection(42004)
    first.send(CLIENT, [experimental(0xBEEF)], note="unknown ExID without data; never answered")
    first.send(CLIENT, [experimental(0xBEEF, bytes(range(20)))], note="unknown ExID with 20 octets of data")
    first.send(CLIENT, [experimental(0xBEEF, bytes(35))], note="the largest that fits: 40 octets")
    first.send(CLIENT, [experimental(EXID, flags=SYNCHRONISING | 3)], note="both reserved bits set")
    first.send(CLIENT, [experimental(EXID, flags=SYNCHRONISING | 2)], note="upper reserved bit set")
    first.send(CLIENT, [experimental(EXID, flags=SYNCHRONISING | 1)], note="lower reserved bit set")
    first.send(SERVER, [experimental(EXID, flags=0)], note="no flag set, and not an answer in time")
    first.send(CLIENT, [option.mptcp(15, SYNCHRONISING, b"\x12")], note="length 4: half an ExID")
    first.send(CLIENT, [option.mptcp(15, SYNCHRONISING)], note="length 3: no ExID")
    first.send(CLIENT, [experimental(EXID) + experimental(0xBEEF)], note="two experiments in one segment")
    link.close(first)

    link = Connection(trace, "experimental-syn")
    first = link.subflow(client(1, 42005), server(1))
    trace.note("probe on a SYN")
    first.capable_syn(experimental(EXID))
    trace.note("acceptance on the SYN/ACK")
    first.capable_syn_ack(experimental(EXID, flags=0))
    first.capable_ack()
    first.data(CLIENT, 100)
    link.close(first)
    return trace
