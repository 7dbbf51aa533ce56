"""The ways a connection ends up as plain TCP (RFC 8684 sections 3.1 and 3.7)."""

from . import option
from .capture import Trace
from .connection import CLIENT, SERVER, Connection, Subflow
from .hosts import client, server
from .option import mp_capable
from .registry import crafted


def plain(sub: Subflow) -> None:
    """A little data without options both ways, then FINs."""
    chance = sub.connection.chance
    for side in (CLIENT, SERVER):
        sub.send(side, [], chance.octets(200), "PA")
        sub.send(1 - side, [])
    sub.send(CLIENT, [], flags="FA")
    sub.send(SERVER, [], flags="FA")
    sub.send(CLIENT, [])


@crafted(
    "fallback.pcap",
    "Fallback: each missing or unusable part of the handshake, data without DSS, MP_FAIL; flag C",
)
def fallback() -> Trace:
    """One connection for each cause."""
    trace = Trace()

    def begin(port: int, note: str, checksum: bool = False) -> tuple[Connection, Subflow]:
        link = Connection(trace, f"fallback-{port}", checksum=checksum)
        trace.note(note)
        return link, link.subflow(client(1, port), server(1))

    link, first = begin(46000, "SYN/ACK without MP_CAPABLE")
    first.capable_syn()
    first.send(SERVER, [], flags="SA")
    first.send(CLIENT, [])
    plain(first)

    link, first = begin(46001, "third packet without MP_CAPABLE")
    first.capable_syn()
    first.capable_syn_ack()
    first.send(CLIENT, [])
    plain(first)

    link, first = begin(46002, "first data without DSS or MP_CAPABLE")
    first.capable_syn()
    first.capable_syn_ack()
    first.capable_ack()
    plain(first)

    link, first = begin(46003, "first data answered without Data ACK")
    first.capable_syn()
    first.capable_syn_ack()
    first.capable_ack()
    first.data(CLIENT, 200, answer=False)
    first.send(SERVER, [])
    plain(first)

    link, first = begin(46004, "wrong checksum on the only subflow: MP_FAIL, infinite mapping", checksum=True)
    first.capable_syn()
    first.capable_syn_ack()
    first.capable_ack()
    first.data(CLIENT, 200)
    failed = link.next_dsn[CLIENT]
    first.data(CLIENT, 200, checksum=0xBAD0, answer=False, note="wrong checksum")
    first.send(SERVER, [option.mp_fail(failed)], note="MP_FAIL with the DSN of the mapping that failed")
    payload = link.chance.octets(200)
    link.next_dsn[CLIENT] = failed
    infinite = first.mapping(CLIENT, payload, ssn=first.ssn(CLIENT) - 200, length=0, checksum=0)
    trace.note("infinite mapping on the data sent again")
    first.send(CLIENT, [infinite], payload, "PA", seq=first.next[CLIENT] - 200)
    first.send(CLIENT, [option.mp_fail(link.next_dsn[SERVER])], note="MP_FAIL in return")
    first.send(SERVER, [])
    plain(first)

    for port, note, syn, syn_ack in (
        (46005, "version 2 in the SYN, plain answer", mp_capable(version=2), None),
        (46006, "version 2 in the SYN, answered with version 1", mp_capable(version=2), 1),
        (46007, "flag B, extensibility, in the SYN: not understood", mp_capable(flags=0x41), None),
        (46008, "no crypto algorithm in the SYN", mp_capable(flags=0), None),
        (46009, "an unknown crypto algorithm alone, G", mp_capable(flags=2), None),
    ):
        link, first = begin(port, note)
        first.send(CLIENT, [syn], flags="S")
        first.send(SERVER, [] if syn_ack is None else [mp_capable(link.keys[SERVER])], flags="SA")
        if syn_ack is None:
            first.send(CLIENT, [])
            plain(first)
        else:
            first.capable_ack()
            first.data(CLIENT, 200)
            link.close(first)

    link, first = begin(46010, "flag C from the server: no subflows to its address and port")
    first.capable_syn()
    first.send(SERVER, [mp_capable(link.keys[SERVER], flags=0x21)], flags="SA")
    first.capable_ack()
    first.data(CLIENT, 200)
    link.announce(first, SERVER, server(2, address_id=2))
    trace.note("to the announced address, which C allows")
    link.join(client(1, 46110), server(2, address_id=2)).data(CLIENT, 100)
    trace.note("to the first address, which C forbids")
    link.join(client(2, 46111), server(1)).data(CLIENT, 100)
    link.close(first)

    link, first = begin(46011, "client wants checksums, server does not say so: they are used")
    link.checksum = True
    first.capable_syn()
    first.send(SERVER, [mp_capable(link.keys[SERVER])], flags="SA")
    first.capable_ack()
    first.data(CLIENT, 200)
    first.data(SERVER, 200)
    link.close(first)

    link, first = begin(46012, "MP_CAPABLE in the SYN/ACK of a plain SYN")
    first.send(CLIENT, [], flags="S")
    first.capable_syn_ack()
    first.send(CLIENT, [])
    plain(first)
    return trace
