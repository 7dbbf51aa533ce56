//! A client and a server whose segments, built here, go straight to a dissector.

use mpdissect::crypto::{Algorithm, Sum};
use mpdissect::event::{Config, Dissector};
use mpdissect::flow::{Connection, Fact, Missing, Phase, Status};
use mpdissect::notice::NoticeId;
use mpdissect::source::{Frame, LinkType, Time};
use mpdissect::wire::mptcp::{
    CapableFlags, CapableKeys, Dialect, Dss, JoinAck, JoinSyn, JoinSynAck, Mapping, MpCapable,
    MpJoin, MptcpOption, Seq,
};

pub(crate) const SYN: u8 = 0x02;
pub(crate) const RST: u8 = 0x04;
pub(crate) const ACK: u8 = 0x10;
pub(crate) const CLIENT_KEY: u64 = 0x0123_4567_89ab_cdef;
pub(crate) const SERVER_KEY: u64 = 0xfedc_ba98_7654_3210;
pub(crate) const FIRST: u16 = 1;

pub(crate) const GOOD: Status = Status::Good;
pub(crate) const BAD: Status = Status::Bad;
pub(crate) const SEGMENTS: Status = Status::Unverifiable(Missing::Segments);

/// A client that sends to a server, from one port for each subflow.
pub(crate) struct Scene {
    pub(crate) dissector: Dissector,
    version: u8,
    pub(crate) checksum: bool,
    /// Everything noticed and every verdict about a checksum, since they were asked for last.
    pub(crate) notices: Vec<NoticeId>,
    sums: Vec<Status>,
}

impl Scene {
    /// Nothing was seen yet.
    pub(crate) fn new(version: u8, checksum: bool) -> Self {
        let dissector = Dissector::new(Config::default());
        let (notices, sums) = (Vec::new(), Vec::new());
        Self { dissector, version, checksum, notices, sums }
    }

    /// A connection whose handshake was seen, on port [`FIRST`].
    pub(crate) fn open(version: u8, checksum: bool) -> Self {
        let mut scene = Self::new(version, checksum);
        let none = if version == 0 { CapableKeys::Sender(CLIENT_KEY) } else { CapableKeys::None };
        let syn = scene.capable(none);
        scene.client(FIRST, 0, SYN, &[syn], b"");
        let syn_ack = scene.capable(CapableKeys::Sender(SERVER_KEY));
        scene.server(FIRST, 1, SYN | ACK, &[syn_ack]);
        let both = CapableKeys::Both { sender: CLIENT_KEY, receiver: SERVER_KEY };
        let ack = scene.capable(both);
        scene.client(FIRST, 1, ACK, &[ack], b"");
        scene
    }

    pub(crate) fn capable(&self, keys: CapableKeys) -> MptcpOption {
        let flags = CapableFlags(if self.checksum { 0x81 } else { 0x01 });
        MptcpOption::MpCapable(MpCapable { version: self.version, flags, keys })
    }

    /// A further subflow, with good proofs.
    pub(crate) fn join(&mut self, port: u16) {
        let algorithm = Algorithm::of_version(self.version).expect("a known version");
        let client = mpdissect::crypto::Party { key: CLIENT_KEY, nonce: 3 };
        let server = mpdissect::crypto::Party { key: SERVER_KEY, nonce: 9 };
        let (reserved, backup, address_id) = (0, false, 1);
        let proof = algorithm.join_hmac(server, client);
        let hmac = u64::from_be_bytes(proof[..8].try_into().expect("eight octets"));
        let syn_ack = JoinSynAck { reserved, backup, address_id, hmac, nonce: 9 };
        let ack = JoinAck { reserved: 0, hmac: algorithm.join_hmac(client, server) };
        self.join_syn(port);
        self.server(port, 1, SYN | ACK, &[MptcpOption::MpJoin(MpJoin::SynAck(syn_ack))]);
        self.client(port, 1, ACK, &[MptcpOption::MpJoin(MpJoin::Ack(ack))], b"");
        let last = self.connection().subflows.last().map(|subflow| subflow.phase);
        assert_eq!(last, Some(Phase::Established));
    }

    /// The SYN of a further subflow.
    pub(crate) fn join_syn(&mut self, port: u16) {
        let algorithm = Algorithm::of_version(self.version).expect("a known version");
        let token = algorithm.derive(SERVER_KEY).token;
        let syn = JoinSyn { reserved: 0, backup: false, address_id: 1, token, nonce: 3 };
        self.client(port, 0, SYN, &[MptcpOption::MpJoin(MpJoin::Syn(syn))], b"");
    }

    /// A segment of the client whose first octet has this place; the stream's first has place 1.
    pub(crate) fn client(
        &mut self,
        port: u16,
        place: u32,
        flags: u8,
        with: &[MptcpOption],
        payload: &[u8],
    ) {
        let octets = segment(true, port, [place, 1], flags, with, payload);
        self.show(&octets, octets.len() as u32);
    }

    /// A segment of the server without data.
    pub(crate) fn server(&mut self, port: u16, ack: u32, flags: u8, with: &[MptcpOption]) {
        let place = u32::from(flags & SYN == 0);
        let octets = segment(false, port, [place, ack], flags, with, b"");
        self.show(&octets, octets.len() as u32);
    }

    /// A segment of the server on port [`FIRST`], with any place and acknowledgment.
    pub(crate) fn show_server(&mut self, places: [u32; 2], flags: u8, with: &[MptcpOption]) {
        let octets = segment(false, FIRST, places, flags, with, b"");
        self.show(&octets, octets.len() as u32);
    }

    pub(crate) fn show(&mut self, octets: &[u8], wire_len: u32) {
        let link = LinkType::IPV4;
        let frame = Frame { time: Some(Time(0)), link, octets, wire_len, interface: 0 };
        let mut room = None;
        let Some(event) = self.dissector.dissect(&frame, &mut room) else { return };
        self.notices.extend(event.findings.notices.iter().map(|notice| notice.id));
        let sums = event.findings.checks.iter().filter(|check| check.fact == Fact::Checksum);
        self.sums.extend(sums.map(|check| check.status));
    }

    /// A mapping of these octets onto the same place in the stream and in the subflow, with the
    /// right checksum if there is to be one.
    pub(crate) fn mapping(&self, place: u32, octets: &[u8]) -> MptcpOption {
        self.remapping(place.into(), place, octets)
    }

    /// A mapping of these octets onto a place in the stream and one in the subflow.
    pub(crate) fn remapping(&self, stream: u64, place: u32, octets: &[u8]) -> MptcpOption {
        let algorithm = Algorithm::of_version(self.version).expect("a known version");
        let dsn = algorithm.derive(CLIENT_KEY).idsn.wrapping_add(stream);
        let length = octets.len() as u16;
        let sum = Sum::of_mapping(dsn, place, length).add(0, octets).checksum();
        dss(dsn, place, length, self.checksum.then_some(sum))
    }

    /// The same mapping with another checksum.
    pub(crate) fn wrong(&self, place: u32, octets: &[u8]) -> MptcpOption {
        match self.mapping(place, octets) {
            MptcpOption::Dss(Dss {
                mapping: Some(Mapping { dsn, length, checksum, .. }), ..
            }) => {
                let Seq::Long(dsn) = dsn else { unreachable!("it was made long") };
                dss(dsn, place, length, checksum.map(|sum| sum ^ 0x1234))
            }
            other => unreachable!("{other:?} is no mapping"),
        }
    }

    pub(crate) fn connection(&mut self) -> &Connection {
        let connections = self.dissector.tracker().connections();
        assert_eq!(connections.len(), 1);
        connections[0]
    }

    pub(crate) fn take_sums(&mut self) -> Vec<Status> {
        std::mem::take(&mut self.sums)
    }

    pub(crate) fn retransmitted(&mut self) -> u64 {
        self.connection().subflows[0].halves.a.retransmitted
    }
}

pub(crate) fn dss(dsn: u64, ssn: u32, length: u16, checksum: Option<u16>) -> MptcpOption {
    let mapping = Some(Mapping { dsn: Seq::Long(dsn), ssn, length, checksum });
    let (reserved, data_fin, data_ack, idle_width_flags) = (0, false, None, 0);
    MptcpOption::Dss(Dss { reserved, data_fin, data_ack, mapping, idle_width_flags })
}

/// An IPv4 packet; place and acknowledgment are relative to the initial sequence numbers.
pub(crate) fn segment(
    from_client: bool,
    port: u16,
    [place, acknowledged]: [u32; 2],
    flags: u8,
    options: &[MptcpOption],
    payload: &[u8],
) -> Vec<u8> {
    const CLIENT_ISN: u32 = 0xffff_fff0;
    const SERVER_ISN: u32 = 5000;
    let (client, server) = ([192, 0, 2, 1], [198, 51, 100, 1]);
    let (addresses, ports, isns) = if from_client {
        ([client, server], [port, 80], [CLIENT_ISN, SERVER_ISN])
    } else {
        ([server, client], [80, port], [SERVER_ISN, CLIENT_ISN])
    };
    let numbers = [isns[0].wrapping_add(place), isns[1].wrapping_add(acknowledged)];
    packet(addresses, ports, numbers, flags, options, payload)
}

/// An IPv4 packet from the first address and port to the second ones, with sequence and
/// acknowledgment number.
pub(crate) fn packet(
    addresses: [[u8; 4]; 2],
    ports: [u16; 2],
    numbers: [u32; 2],
    flags: u8,
    options: &[MptcpOption],
    payload: &[u8],
) -> Vec<u8> {
    let mut area = Vec::new();
    for option in options {
        area.extend(option.emit(Dialect::default()).as_slice());
        area.resize(area.len().next_multiple_of(4), 1);
    }
    let total = (40 + area.len() + payload.len()) as u16;
    let mut octets = vec![0x45, 0];
    octets.extend(total.to_be_bytes());
    octets.extend([0, 0, 0, 0, 64, 6, 0, 0]);
    octets.extend(addresses.as_flattened());
    octets.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    octets.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    octets.extend([(5 + area.len() as u8 / 4) << 4, flags, 0xff, 0xff, 0, 0, 0, 0]);
    octets.extend(area);
    octets.extend(payload);
    octets
}

/// Octets of which no two neighbours are alike.
pub(crate) fn data(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 256) as u8).collect()
}
