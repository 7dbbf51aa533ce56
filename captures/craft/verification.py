"""Every fact that can be verified, right and wrong: HMACs, keys, tokens, checksums."""

from . import option
from .capture import Trace
from .connection import CLIENT, SERVER, Connection
from .crypto import add_addr_hmac
from .hosts import client, client6, server, server6
from .registry import crafted


def spoiled(octets: bytes) -> bytes:
    """The same octets with the last bit turned over."""
    return octets[:-1] + bytes([octets[-1] ^ 1])


@crafted(
    "hmac.pcap",
    "Proofs right and wrong: join HMACs, ADD_ADDR HMAC, echoed and FASTCLOSE keys, tokens, checksums",
)
def proofs() -> Trace:
    """Connections that each carry right proofs first and then wrong ones; the note says which is which."""
    trace = Trace()
    link = Connection(trace, "hmac")
    first = link.open(client(1, 45000), server(1))
    first.data(CLIENT, 300)
    second = link.subflow(client(2, 48766), server(1))
    second.join_syn()
    second.join_syn_ack(note="MP_JOIN SYN/ACK, good HMAC")
    second.join_ack(note="MP_JOIN ACK, good HMAC")
    third = link.subflow(client(3, 45002), server(1))
    third.join_syn()
    third.join_syn_ack(hmac=spoiled(third.join_hmac(SERVER)[:8]), note="MP_JOIN SYN/ACK, bad HMAC")
    third.reset(CLIENT, 1)
    fourth = link.subflow(client(4, 45003), server(1))
    fourth.join_syn()
    fourth.join_syn_ack(note="MP_JOIN SYN/ACK, good HMAC")
    fourth.join_ack(hmac=spoiled(fourth.join_hmac(CLIENT)[:20]), note="MP_JOIN ACK, bad HMAC")
    fourth.reset(SERVER, 1)
    fifth = link.subflow(client(5, 45004), server(1))
    fifth.join_syn(token=b"\xde\xad\xbe\xef", note="token of no connection")
    fifth.reset(SERVER, 1)
    sixth = link.subflow(client(6, 45005), server(1))
    sixth.join_syn(token=link.token(CLIENT), note="the client's own token: towards the wrong side")
    sixth.reset(SERVER, 1)

    for number, (make, name) in enumerate(((server, "IPv4"), (server6, "IPv6"))):
        end = make(2, address_id=2 + 2 * number)
        porty = make(3, 8766, 3 + 2 * number)
        trace.note(f"ADD_ADDR {name}, good HMAC")
        link.announce(first, SERVER, end)
        trace.note(f"ADD_ADDR {name} with port, good HMAC")
        link.announce(first, SERVER, porty, with_port=True)
        good = link.add_addr_option(SERVER, end)
        first.send(SERVER, [spoiled(good)], note=f"ADD_ADDR {name}, bad HMAC")
        good = link.add_addr_option(SERVER, porty, with_port=True)
        first.send(SERVER, [spoiled(good)], note=f"ADD_ADDR {name} with port, bad HMAC")
        swapped = add_addr_hmac(
            link.keys[CLIENT], link.keys[SERVER], end.address_id, option.packed(end.address)
        )
        first.send(
            SERVER,
            [option.add_addr(end.address_id, end.address, None, swapped)],
            note=f"ADD_ADDR {name}, HMAC with the keys in the wrong order",
        )
        no_port = add_addr_hmac(
            link.keys[SERVER], link.keys[CLIENT], porty.address_id, option.packed(porty.address)
        )
        first.send(
            SERVER,
            [option.add_addr(porty.address_id, porty.address, porty.port, no_port)],
            note=f"ADD_ADDR {name} with port, HMAC without it",
        )
    trace.note("ADD_ADDR IPv4 of the client, good HMAC")
    link.announce(first, CLIENT, client(7))
    trace.note("ADD_ADDR IPv6 of the client, good HMAC")
    link.announce(first, CLIENT, client6(8))
    first.send(CLIENT, [option.mp_fastclose(spoiled(link.keys[SERVER]))], note="MP_FASTCLOSE, wrong key")
    first.send(CLIENT, [option.mp_fastclose(link.keys[CLIENT])], note="MP_FASTCLOSE, the sender's own key")
    first.send(
        CLIENT, [option.mp_fastclose(link.keys[SERVER])], flags="RA", note="MP_FASTCLOSE on an RST, right key"
    )
    second.reset(CLIENT, 0)

    link = Connection(trace, "hmac-echo")
    first = link.subflow(client(1, 45010), server(1))
    first.capable_syn()
    first.capable_syn_ack()
    wrong = option.mp_capable(link.keys[CLIENT], spoiled(link.keys[SERVER]))
    first.send(CLIENT, [wrong], note="third packet echoes another key than the server's")
    first.reset(SERVER, 1)

    link = Connection(trace, "hmac-echo-data")
    first = link.open(client(1, 45011), server(1))
    payload = link.chance.octets(100)
    wrong = option.mp_capable(spoiled(link.keys[CLIENT]), link.keys[SERVER], data_length=len(payload))
    first.send(
        CLIENT, [wrong], payload, "PA", note="sender's key on the first data is not that of the third packet"
    )
    first.reset(SERVER, 1)

    for port, good in ((45012, True), (45013, False)):
        link = Connection(trace, f"hmac-checksum-{port}", checksum=True)
        first = link.open(client(1, port), server(1))
        payload = link.chance.octets(333)
        wanted = first.capable_with_data(payload)
        name = "good" if good else "bad"
        first.send(
            CLIENT,
            [wanted if good else spoiled(wanted)],
            payload,
            "PA",
            note=f"MP_CAPABLE with data, {name} checksum",
        )
        link.first_data_sent = True
        link.next_dsn[CLIENT] += len(payload)
        first.send(SERVER, [first.ack_option(SERVER)])
        first.data(SERVER, 333, note="DSS, good checksum")
        first.data(SERVER, 334, checksum=0x0BAD, note="DSS, bad checksum")
        link.close(first)

    link = Connection(trace, "hmac-pieces", checksum=True)
    first = link.open(client(1, 45014), server(1))
    first.data(CLIENT, 3001, note="MP_CAPABLE with data over three segments, good checksum")
    link.close(first)

    link = Connection(trace, "hmac-unseen")
    link.trace = Trace()
    first = link.open(client(1, 45020), server(1))
    link.trace = trace
    trace.note("a connection whose start was not captured: nothing can be verified")
    first.data(SERVER, 200)
    link.join(client(2, 45021), server(1))
    link.announce(first, SERVER, server(2, address_id=2))
    link.close(first)
    return trace
