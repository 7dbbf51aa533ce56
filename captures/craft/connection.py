"""A Multipath TCP connection that speaks on paper: every number in it follows from keys, nonces and state.

Two sides exchange segments through subflows into a trace. Keys give tokens and initial data sequence numbers,
nonces give HMACs, sequence numbers advance with what is sent. Whoever wants a wrong value passes it by name.
"""

from typing import NamedTuple

from . import crypto, option
from .capture import Trace
from .chance import Chance
from .packet import TCP, ip, tcp

CLIENT, SERVER = 0, 1


class End(NamedTuple):
    """One end of a subflow: an address, a port, and the Address ID its owner gives it."""

    address: str
    port: int
    address_id: int = 0

    @property
    def socket(self) -> tuple[str, int]:
        """Address and port."""
        return self.address, self.port


class Connection:
    """Keys, data sequence numbers and subflows of both sides."""

    def __init__(
        self,
        trace: Trace,
        seed: str,
        *,
        version: int = 1,
        checksum: bool = False,
        keys: tuple[bytes, bytes] | None = None,
    ) -> None:
        self.trace = trace
        self.chance = Chance(seed)
        self.version = version
        self.checksum = checksum
        self.keys = keys or (self.chance.octets(8), self.chance.octets(8))
        self.next_dsn = [crypto.initial_dsn(key, version) + 1 & (1 << 64) - 1 for key in self.keys]
        self.subflows: list[Subflow] = []
        self.first_data_sent = False

    @property
    def flags(self) -> int:
        """The flags octet of MP_CAPABLE."""
        return option.HMAC_ALGORITHM | (option.CHECKSUM_REQUIRED if self.checksum else 0)

    def token(self, owner: int) -> bytes:
        """What the peer puts in MP_JOIN to reach the owner."""
        return crypto.token(self.keys[owner], self.version)

    def subflow(self, client: End, server: End) -> "Subflow":
        """A subflow that has not exchanged anything yet."""
        made = Subflow(self, client, server)
        self.subflows.append(made)
        return made

    def open(self, client: End, server: End) -> "Subflow":
        """The first subflow, with its complete handshake."""
        first = self.subflow(client, server)
        first.capable_syn()
        first.capable_syn_ack()
        first.capable_ack()
        return first

    def join(self, client: End, server: End, *, backup: bool = False) -> "Subflow":
        """A further subflow, opened by the client, with its complete handshake."""
        more = self.subflow(client, server)
        more.join_syn(backup=backup)
        more.join_syn_ack(backup=backup)
        more.join_ack()
        more.send(SERVER, [more.ack_option(SERVER)])
        return more

    def add_addr_option(self, owner: int, end: End, with_port: bool = False) -> bytes:
        """A fresh ADD_ADDR with the right HMAC."""
        port = end.port if with_port else 0
        proof = crypto.add_addr_hmac(
            self.keys[owner], self.keys[1 - owner], end.address_id, option.packed(end.address), port
        )
        return option.add_addr(end.address_id, end.address, end.port if with_port else None, proof)

    def announce(self, sub: "Subflow", owner: int, end: End, with_port: bool = False) -> None:
        """ADD_ADDR and its echo (version 1), or the unanswered ADD_ADDR of version 0."""
        port = end.port if with_port else None
        if self.version == 0:
            sub.send(owner, [option.add_addr_v0(end.address_id, end.address, port)])
            return
        sub.send(owner, [self.add_addr_option(owner, end, with_port)])
        sub.send(1 - owner, [option.add_addr(end.address_id, end.address, port)])

    def close(self, sub: "Subflow") -> None:
        """DATA_FIN from both sides on one subflow, then FIN on every subflow that is open."""
        sub.data_fin(CLIENT)
        self.trace.wait(1000)
        sub.data_fin(SERVER)
        sub.send(CLIENT, [sub.ack_option(CLIENT)])
        for each in self.subflows:
            if each.established:
                each.finish()


class Subflow:
    """One TCP connection of the Multipath TCP connection."""

    def __init__(self, connection: Connection, client: End, server: End) -> None:
        self.connection = connection
        self.ends = client, server
        chance = connection.chance
        self.initial = chance.number(32), chance.number(32)
        self.next = list(self.initial)
        self.nonces = chance.octets(4), chance.octets(4)
        self.clock = [chance.number(31), chance.number(31)]
        self.established = False

    # --- segments -------------------------------------------------------------------------------------------

    def send(
        self,
        side: int,
        options: list[bytes] | bytes = (),
        payload: bytes = b"",
        flags: str = "A",
        *,
        seq: int | None = None,
        ack: int | None = None,
        plain: bool = False,
        note: str = "",
    ) -> None:
        """Send one segment; sequence numbers advance unless ``seq`` is given.

        ``options`` as a list is put behind the ordinary ones, which are left out with ``plain`` or when there
        is no room; as octets it is the whole option area.
        """
        self.connection.trace.add(
            self.packet(side, options, payload, flags, seq=seq, ack=ack, plain=plain), note
        )
        if seq is None:
            self.next[side] += len(payload) + ("S" in flags) + ("F" in flags)

    def packet(
        self,
        side: int,
        options: list[bytes] | bytes = (),
        payload: bytes = b"",
        flags: str = "A",
        *,
        seq: int | None = None,
        ack: int | None = None,
        plain: bool = False,
    ) -> bytes:
        """The IP packet that :meth:`send` would record; changes no state."""
        area = options if isinstance(options, bytes) else self.area(side, flags, b"".join(options), plain)
        source, target = self.ends[side], self.ends[1 - side]
        if ack is None:
            ack = self.next[1 - side] if "A" in flags else 0
        number = self.next[side] if seq is None else seq
        segment = tcp(source.socket, target.socket, number, ack, flags, area, payload)
        return ip(source.address, target.address, TCP, segment)

    def area(self, side: int, flags: str, wanted: bytes, plain: bool) -> bytes:
        """The ordinary options of such a segment, those wanted, and NOPs up to a multiple of four."""
        elapsed = (self.connection.trace.now_ns // 1_000_000) & 0xFFFFFFFF
        echo = self.clock[1 - side] + elapsed if "A" in flags else 0
        stamps = option.timestamps(self.clock[side] + elapsed, echo)
        candidates = [b""]
        if "S" in flags and not plain:
            scale = option.NOP + option.window_scale()
            short = option.mss() + scale
            candidates = [option.mss() + option.sack_permitted() + stamps + scale, short, option.mss(), b""]
        elif "R" not in flags and not plain:
            candidates = [option.NOP * 2 + stamps, b""]
        wanted += option.NOP * (-len(wanted) % 4)
        usual = next((each for each in candidates if len(each) + len(wanted) <= 40), b"")
        return usual + wanted

    # --- handshakes -----------------------------------------------------------------------------------------

    def capable_syn(self, *extra: bytes) -> None:
        """SYN with MP_CAPABLE; version 0 shows the key already here."""
        link = self.connection
        keys = (link.keys[CLIENT],) if link.version == 0 else ()
        self.send(
            CLIENT, [option.mp_capable(*keys, version=link.version, flags=link.flags), *extra], flags="S"
        )

    def capable_syn_ack(self, *extra: bytes) -> None:
        """SYN/ACK with MP_CAPABLE and the server's key."""
        link = self.connection
        capable = option.mp_capable(link.keys[SERVER], version=link.version, flags=link.flags)
        self.send(SERVER, [capable, *extra], flags="SA")

    def capable_ack(self, *extra: bytes) -> None:
        """Third packet with both keys."""
        link = self.connection
        self.send(CLIENT, [option.mp_capable(*link.keys, version=link.version, flags=link.flags), *extra])
        self.established = True

    def join_syn(
        self,
        *extra: bytes,
        backup: bool = False,
        token: bytes | None = None,
        note: str = "",
        reserved: int = 0,
    ) -> None:
        """SYN with MP_JOIN: whose token, which nonce."""
        token = self.connection.token(SERVER) if token is None else token
        wanted = option.mp_join_syn(
            self.ends[CLIENT].address_id, token, self.nonces[CLIENT], backup, reserved
        )
        self.send(CLIENT, [wanted, *extra], flags="S", note=note)

    def join_syn_ack(
        self,
        *extra: bytes,
        backup: bool = False,
        hmac: bytes | None = None,
        note: str = "",
        reserved: int = 0,
    ) -> None:
        """SYN/ACK with MP_JOIN: the server proves that it knows both keys."""
        if hmac is None:
            hmac = self.join_hmac(SERVER)[:8]
        wanted = option.mp_join_syn_ack(
            self.ends[SERVER].address_id, hmac, self.nonces[SERVER], backup, reserved
        )
        self.send(SERVER, [wanted, *extra], flags="SA", note=note)

    def join_ack(self, hmac: bytes | None = None, note: str = "", reserved: int = 0) -> None:
        """Third packet with MP_JOIN: the client proves that it knows both keys."""
        proof = self.join_hmac(CLIENT)[:20] if hmac is None else hmac
        self.send(CLIENT, [option.mp_join_ack(proof, reserved)], note=note)
        self.established = True

    def join_hmac(self, side: int) -> bytes:
        """The side's proof, whole."""
        keys, nonces = self.connection.keys, self.nonces
        return crypto.join_hmac(
            keys[side], keys[1 - side], nonces[side], nonces[1 - side], self.connection.version
        )

    # --- data -----------------------------------------------------------------------------------------------

    def ssn(self, side: int) -> int:
        """The subflow sequence number of the side's next octet: relative to its SYN."""
        return self.next[side] - self.initial[side] & 0xFFFFFFFF

    def ack_option(self, side: int, octets: int = 8) -> bytes:
        """DSS with only a Data ACK for everything the other side has sent."""
        return option.dss(ack=self.connection.next_dsn[1 - side], ack_octets=octets)

    def mapping(
        self, side: int, payload: bytes, *, dsn: int | None = None, fin: bool = False, **overrides: object
    ) -> bytes:
        """DSS that maps a payload about to be sent; ``overrides`` go to :func:`option.dss`.

        The checksum is right for what the option then says, unless it is overridden itself.
        """
        link = self.connection
        fields: dict = {
            "ack": link.next_dsn[1 - side],
            "dsn": link.next_dsn[side] if dsn is None else dsn,
            "ssn": self.ssn(side) if payload else 0,
            "length": len(payload) + fin,
            "fin": fin,
            **overrides,
        }
        if link.checksum and "checksum" not in fields:
            covered = fields["dsn"], fields["ssn"], fields["length"]
            fields["checksum"] = crypto.dss_checksum(*covered, payload)
        return option.dss(**fields)

    def data(
        self,
        side: int,
        payload: bytes | int,
        *,
        segment: int = 1400,
        answer: bool = True,
        note: str = "",
        dsn: int | None = None,
        **overrides: object,
    ) -> None:
        """Send a payload under one mapping, on as many segments as needed, and have it acknowledged.

        With ``dsn`` the data may have been sent before, perhaps on another subflow. The first data of a
        version 1 client on the first subflow carries MP_CAPABLE instead of DSS.
        """
        link = self.connection
        if isinstance(payload, int):
            payload = link.chance.octets(payload)
        first = side == CLIENT and self is link.subflows[0] and link.version == 1 and not link.first_data_sent
        if first and dsn is None and not overrides:
            wanted = self.capable_with_data(payload)
        else:
            wanted = self.mapping(side, payload, dsn=dsn, **overrides)
        link.first_data_sent = True
        for at in range(0, len(payload), segment):
            piece = payload[at : at + segment]
            last = at + segment >= len(payload)
            self.send(side, [wanted], piece, "PA" if last else "A", note=note if at == 0 else "")
        start = link.next_dsn[side] if dsn is None else dsn
        link.next_dsn[side] = max(link.next_dsn[side], start + len(payload) + bool(overrides.get("fin")))
        if answer:
            self.send(1 - side, [self.ack_option(1 - side)])

    def capable_with_data(self, payload: bytes, checksum: int | None = None) -> bytes:
        """MP_CAPABLE that maps the client's first data (RFC 8684 section 3.1)."""
        link = self.connection
        if link.checksum and checksum is None:
            checksum = crypto.dss_checksum(link.next_dsn[CLIENT], 1, len(payload), payload)
        return option.mp_capable(*link.keys, flags=link.flags, data_length=len(payload), checksum=checksum)

    def data_fin(self, side: int) -> None:
        """DATA_FIN without data, and its Data ACK."""
        self.send(side, [self.mapping(side, b"", fin=True)])
        self.connection.next_dsn[side] += 1
        self.send(1 - side, [self.ack_option(1 - side)])

    def finish(self) -> None:
        """FIN from both sides."""
        self.send(CLIENT, [self.ack_option(CLIENT)], flags="FA")
        self.send(SERVER, [self.ack_option(SERVER)], flags="FA")
        self.send(CLIENT, [])
        self.established = False

    def reset(self, side: int, reason: int | None = None, flags: int = 0, note: str = "") -> None:
        """RST, with MP_TCPRST if a reason is given."""
        self.send(side, [] if reason is None else [option.mp_tcprst(reason, flags)], flags="RA", note=note)
        self.established = False
