"""Version 0 of the protocol (RFC 6824): whole connections with every option it knows."""

from . import option
from .capture import Trace
from .connection import CLIENT, SERVER, Connection
from .hosts import client, client6, server, server6
from .registry import crafted


@crafted(
    "v0.pcap",
    "RFC 6824 connections: SHA-1 keys, joins, ADD_ADDR by IPVer, MP_PRIO 3 and 4, checksums, both closes",
)
def version0() -> Trace:
    """One connection with checksums that ends by FASTCLOSE, one without over IPv6 that ends by DATA_FIN."""
    trace = Trace()
    link = Connection(trace, "v0", version=0, checksum=True)
    first = link.open(client(1, 43000), server(1))
    first.data(CLIENT, 700, note="DSS with 8-octet numbers and checksum")
    first.data(SERVER, 700, ack_octets=4, note="4-octet Data ACK, 8-octet DSN")
    first.data(CLIENT, 701, dsn_octets=4, note="8-octet Data ACK, 4-octet DSN, odd length")
    first.data(SERVER, 300, ack_octets=4, dsn_octets=4, note="4-octet numbers")
    first.send(CLIENT, [first.ack_option(CLIENT, 4)], note="4-octet Data ACK alone")
    trace.note("ADD_ADDR IPv4, length 8")
    link.announce(first, SERVER, server(2, address_id=2))
    trace.note("ADD_ADDR IPv4 with port, length 10")
    link.announce(first, SERVER, server(3, 8766, 3), with_port=True)
    trace.note("ADD_ADDR IPv6, length 20")
    link.announce(first, SERVER, server6(4, address_id=4))
    trace.note("ADD_ADDR IPv6 with port, length 22")
    link.announce(first, SERVER, server6(5, 8766, 5), with_port=True)
    trace.note("MP_JOIN with HMAC-SHA1")
    second = link.join(client(2, 43001), server(2, address_id=2))
    trace.note("MP_JOIN of a backup subflow, to the announced port")
    third = link.join(client(3, 43002), server(3, 8766, 3), backup=True)
    second.data(CLIENT, 3000, note="one mapping over three segments, checksum over all of it")
    third.send(CLIENT, [option.mp_prio(False)], note="MP_PRIO, length 3: this subflow is no backup any more")
    first.send(CLIENT, [option.mp_prio(True, 1)], note="MP_PRIO, length 4: every subflow of Address ID 1")
    first.send(SERVER, [option.remove_addr(4, 5)], note="REMOVE_ADDR of two addresses")
    lost = link.next_dsn[CLIENT]
    second.data(CLIENT, 400, checksum=0xDEAD, answer=False, note="mapping with a wrong checksum")
    trace.note("MP_FAIL: the subflow is given up, the data goes over another")
    second.send(SERVER, [option.mp_fail(lost)], flags="RA")
    second.established = False
    third.data(CLIENT, link.chance.octets(400), dsn=lost)
    first.send(CLIENT, [option.mp_fastclose(link.keys[SERVER])], note="MP_FASTCLOSE with the server's key")
    first.reset(SERVER)
    third.reset(CLIENT)

    plain = Connection(trace, "v0-plain", version=0)
    only = plain.open(client6(1, 43003), server6(1))
    only.data(CLIENT, 500)
    only.data(SERVER, 500, dsn_octets=4)
    plain.close(only)
    return trace
