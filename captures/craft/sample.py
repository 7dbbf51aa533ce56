"""A short connection to be wrapped in whatever a file is about."""

from .capture import Trace
from .connection import CLIENT, SERVER, Connection
from .hosts import client, client6, server, server6


def handshake_and_data(seed: str, port: int, *, six: bool = False, octets: int = 120) -> list[bytes]:
    """Seven IP packets: the MP_CAPABLE handshake, data both ways, each acknowledged."""
    trace = Trace()
    link = Connection(trace, seed)
    ends = (client6(1, port), server6(1)) if six else (client(1, port), server(1))
    first = link.open(*ends)
    first.data(CLIENT, octets)
    first.data(SERVER, octets)
    return [record.octets for record in trace.records]


def mixed(seed: str) -> Trace:
    """A trace with an IPv4 and an IPv6 connection, both joined by a second subflow and closed."""
    trace = Trace()
    for number, make in enumerate(((client, server), (client6, server6))):
        link = Connection(trace, f"{seed}-{number}")
        first = link.open(make[0](1, 48000 + number), make[1](1))
        first.data(CLIENT, 120)
        link.join(make[0](2, 48100 + number), make[1](1)).data(CLIENT, 120)
        first.data(SERVER, 120)
        link.close(first)
    return trace
