"""MP_Navigation (draft-kang-tcpm-accurate-data-scheduling-by-server) as meant, and in every odd form."""

from . import option
from .capture import Trace
from .connection import CLIENT, SERVER, Connection, Subflow
from .hosts import client, server
from .option import mp_navigation, mptcp
from .registry import crafted


def three_subflows(trace: Trace, seed: str) -> tuple[Connection, list[Subflow]]:
    """A connection with one subflow to each of three server addresses, Address IDs 0, 2 and 3."""
    link = Connection(trace, seed)
    first = link.open(client(1), server(1))
    first.data(CLIENT, 300)
    ends = server(2, address_id=2), server(3, address_id=3)
    for end in ends:
        link.announce(first, SERVER, end)
    return link, [first, *(link.join(client(1, 40001 + n), end) for n, end in enumerate(ends))]


def upload(sub: Subflow, count: int) -> None:
    """The client sends ``count`` full segments, each acknowledged."""
    for _ in range(count):
        sub.data(CLIENT, 1000)


@crafted("navigation.pcap", "MP_Navigation: switch, echo, a repeat, cancel; octets per subflow show the move")
def navigation() -> Trace:
    """Traffic moves from the first subflow to Address ID 2, then to 3; the second request is cancelled."""
    trace = Trace()
    link, (first, second, third) = three_subflows(trace, "navigation")
    upload(first, 8)
    trace.wait(20_000)
    first.send(SERVER, [mp_navigation(2)], note="request: move to Address ID 2")
    first.send(CLIENT, [mp_navigation(2, echo=True)], note="echo")
    upload(second, 8)
    trace.wait(20_000)
    second.send(SERVER, [mp_navigation(3)], note="request: move to Address ID 3, left unanswered")
    second.data(CLIENT, 1000)
    trace.wait(200_000)
    second.send(SERVER, [mp_navigation(3)], note="the same request, repeated")
    second.send(CLIENT, [mp_navigation(3, echo=True)], note="echo")
    upload(third, 8)
    trace.wait(20_000)
    third.send(SERVER, [mp_navigation(3, cancel=True)], note="cancel, on the subflow with diverted traffic")
    third.send(CLIENT, [mp_navigation(3, cancel=True, echo=True)], note="echo of the cancel")
    upload(third, 2)
    upload(first, 2)
    link.close(first)
    return trace


@crafted(
    "navigation-odd.pcap",
    "MP_Navigation against its draft: bits, lengths, places, states; packet by packet",
)
def navigation_odd() -> Trace:
    """One connection whose requests each break a rule; what breaks is noted at the packet."""
    trace = Trace()
    link, (first, second, third) = three_subflows(trace, "navigation-odd")

    def request(octets: bytes, note: str, side: int = SERVER, sub: Subflow = first, flags: str = "A") -> None:
        trace.wait(5_000)
        sub.send(side, [octets], flags=flags, note=note)

    upload(first, 2)
    request(mp_navigation(3, cancel=True), "cancel without a request", sub=third)
    request(mp_navigation(2, reserved=True), "reserved bit r set")
    request(mptcp(9, 0), "length 3: no Address ID")
    request(mptcp(9, 0, b"\2\0"), "length 5: one octet too many")
    request(mp_navigation(2), "from the client with E=0", side=CLIENT)
    request(mp_navigation(77), "Address ID that nobody announced")
    request(mp_navigation(0), "Address ID 0: the first subflow's own address")
    request(mp_navigation(2), "request for the next packet's echo")
    request(
        mp_navigation(2, echo=True, cancel=True), "echo with R, which the request did not have", side=CLIENT
    )
    request(mp_navigation(2), "request for the next packet's echo")
    request(mp_navigation(3, echo=True), "echo of another Address ID", side=CLIENT)
    request(mp_navigation(2, backup=True), "B set on a subflow that is no backup")
    request(option.mp_prio(True), "MP_PRIO makes the second subflow a backup", sub=second)
    request(mp_navigation(3), "B clear on the subflow that MP_PRIO made a backup", sub=second)
    request(mp_navigation(3, backup=True), "B set on the backup: right", sub=second)
    request(mp_navigation(3, backup=True, echo=True), "echo of it", side=CLIENT, sub=second)
    request(mp_navigation(2) + mp_navigation(3), "two requests in one segment")
    request(mp_navigation(2, echo=True), "echo from the server", side=SERVER)
    request(mp_navigation(2, subtype=10), "the same layout under subtype 10")
    request(option.remove_addr(3), "REMOVE_ADDR 3")
    request(mp_navigation(3), "target removed before")
    trace.wait(5_000)
    late = link.subflow(client(1, 40010), server(2, address_id=2))
    late.join_syn(mp_navigation(2), note="on a SYN, from the client")
    late.join_syn_ack(mp_navigation(2), note="on a SYN/ACK")
    late.join_ack()
    upload(late, 1)
    request(mp_navigation(2), "on an RST", sub=late, flags="RA")
    late.established = False
    first.data(SERVER, 100)
    trace.note("on a segment with data")
    data = link.chance.octets(500)
    short = first.mapping(SERVER, data, ack_octets=4, dsn_octets=4)
    first.send(SERVER, [short, mp_navigation(2)], data, "PA")
    link.next_dsn[SERVER] += len(data)
    first.send(CLIENT, [first.ack_option(CLIENT), mp_navigation(2, echo=True)], note="echo beside a Data ACK")
    spare = link.join(client(2, 40011), server(2, address_id=2), backup=True)
    request(mp_navigation(0), "B clear on a subflow that joined as a backup", sub=spare)
    request(mp_navigation(0, backup=True), "B set on it: right", sub=spare)
    link.close(first)
    return trace
