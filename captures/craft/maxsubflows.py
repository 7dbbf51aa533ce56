"""Maximum Subflows (draft-boucadair-mptcp-max-subflow): a limit at work; every layout, value and place."""

from itertools import count

from . import option
from .capture import Trace
from .connection import CLIENT, SERVER, Connection
from .hosts import client, server
from .option import max_subflows_a, max_subflows_b, max_subflows_c
from .registry import crafted

ANSWER = 0


@crafted(
    "maxsubflows.pcap",
    "Maximum Subflows: client 4, server 2, so 2; a third concurrent subflow; a slot reused",
)
def maxsubflows() -> Trace:
    """Both sides announce; the client goes over the minimum once, later stays within it."""
    trace = Trace()
    link = Connection(trace, "maxsubflows")
    first = link.subflow(client(1), server(1))
    trace.note("client announces 4")
    first.capable_syn(max_subflows_a(4))
    trace.note("server announces 2: the minimum is 2")
    first.capable_syn_ack(max_subflows_a(2, flags=ANSWER))
    first.capable_ack()
    first.data(CLIENT, 500)
    trace.note("second subflow: at the minimum")
    second = link.join(client(2), server(1))
    second.data(CLIENT, 500)
    trace.note("third concurrent subflow: over the minimum")
    third = link.join(client(3), server(1))
    third.data(CLIENT, 500)
    trace.note("the third subflow is reset for lack of resources: back at the minimum")
    third.reset(SERVER, 2)
    trace.note("the second subflow closes: one slot is free")
    second.finish()
    first.data(CLIENT, 500)
    trace.note("a new subflow takes the free slot: at the minimum again")
    fourth = link.join(client(4), server(1))
    fourth.data(CLIENT, 500)
    trace.note("refused at its SYN: never counted as a subflow")
    fifth = link.subflow(client(5), server(1))
    fifth.join_syn()
    fifth.reset(SERVER, 3)
    first.data(SERVER, 500)
    link.close(first)
    return trace


@crafted(
    "maxsubflows-layouts.pcap",
    "Maximum Subflows: all layouts, ids, boundary values, places, wrong lengths",
)
def maxsubflows_layouts() -> Trace:
    """A connection of its own for each variant; the note stands at its SYN."""
    trace = Trace()
    ports = count(41000)

    def talk(
        note: str,
        syn: bytes = b"",
        syn_ack: bytes = b"",
        ack: bytes = b"",
        data: bytes = b"",
        server_ack: bytes = b"",
    ) -> None:
        """A short connection that carries the given options at the given places."""
        port = next(ports)
        link = Connection(trace, f"maxsubflows-layouts-{port}")
        first = link.subflow(client(1, port), server(1))
        trace.note(note)
        first.capable_syn(syn)
        first.capable_syn_ack(syn_ack)
        first.capable_ack(ack)
        payload = link.chance.octets(60)
        first.send(CLIENT, [first.capable_with_data(payload), data], payload, "PA")
        link.next_dsn[CLIENT] += len(payload)
        link.first_data_sent = True
        first.send(SERVER, [first.ack_option(SERVER, 4), server_ack])
        link.close(first)

    layouts = {"A": max_subflows_a, "B": max_subflows_b, "C": max_subflows_c}
    for name, make in layouts.items():
        talk(f"layout {name}: client 8, server 3", make(8), make(3, flags=ANSWER))
    talk("layout A geometry under ExID 0x1234", max_subflows_a(8, 0x1234), max_subflows_a(3, 0x1234, ANSWER))
    talk("client layout A, server layout B", max_subflows_a(8), max_subflows_b(3, flags=ANSWER))
    talk("only the client announces", max_subflows_a(5))
    talk("only the server announces", b"", max_subflows_a(5))
    talk("nobody announces")
    for name, make in layouts.items():
        talk(f"layout {name}: zero from the client", make(0), make(4, flags=ANSWER))
        talk(f"layout {name}: zero from the server", make(4), make(0, flags=ANSWER))
        talk(f"layout {name}: one", make(1), make(1, flags=ANSWER))
        talk(f"layout {name}: 2^24-1", make((1 << 24) - 1), make((1 << 24) - 1, flags=ANSWER))
    for name, make in (("B", max_subflows_b), ("C", max_subflows_c)):
        talk(f"layout {name}: 2^24", make(1 << 24), make(1 << 24, flags=ANSWER))
        talk(f"layout {name}: 2^31", make(1 << 31), make(1 << 31, flags=ANSWER))
        talk(f"layout {name}: 2^32-1", make((1 << 32) - 1), make((1 << 32) - 1, flags=ANSWER))
    talk(
        "client announces 8, then 2 with its first data",
        max_subflows_a(8),
        max_subflows_a(6),
        data=max_subflows_a(2),
    )
    talk(
        "server announces 3, then 9 on an ACK",
        max_subflows_a(8),
        max_subflows_a(3),
        server_ack=max_subflows_a(9),
    )
    talk("twice in one SYN: 3, then 7", max_subflows_a(3) + max_subflows_a(7))
    talk("length 5: no value", option.experimental(0x00AA))
    talk("length 6: 8-bit value", option.experimental(0x00AA, b"\4"))
    talk("length 7: 16-bit value", option.experimental(0x00AA, b"\0\4"))
    talk("length 10: 40-bit value", option.experimental(0x00AA, b"\0\0\0\0\4"))
    talk("length 7 in layout B: 24-bit value", option.mptcp(15, 8, b"\xaa\0\0\4"))
    talk("length 9 in layout B: 40-bit value", option.mptcp(15, 8, b"\xaa\0\0\0\0\4"))
    talk("reserved flag bits set", max_subflows_a(4, flags=0xB), max_subflows_a(4, flags=3))
    talk("U set: returned as unknown", max_subflows_a(4), max_subflows_a(4, flags=option.UNKNOWN))
    talk("on the third packet", ack=max_subflows_a(4))
    talk("on the first data", data=max_subflows_a(4))
    talk("on an ACK of the server", server_ack=max_subflows_a(4))
    port = next(ports)
    link = Connection(trace, f"maxsubflows-layouts-{port}")
    first = link.open(client(1, port), server(1))
    first.data(CLIENT, 60)
    first.send(SERVER, [max_subflows_a(4)], note="on a duplicate ACK")
    second = link.subflow(client(2, port), server(1))
    second.join_syn(max_subflows_a(6), note="on the SYN of an MP_JOIN")
    second.join_syn_ack(max_subflows_a(5), note="on the SYN/ACK of an MP_JOIN")
    second.join_ack()
    first.send(SERVER, [max_subflows_a(4)], flags="RA", note="on an RST")
    first.established = False
    return trace
