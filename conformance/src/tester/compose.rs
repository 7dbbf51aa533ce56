//! Options from what they mean, and segments from their templates.

use mpdissect::crypto::{Algorithm, Party, Sum};
use mpdissect::wire::mptcp::{
    AddAddr, AddAddrKind, CapableFlags, CapableKeys, Dss, JoinAck, JoinSyn, JoinSynAck, Mapping,
    MpCapable, MpFail, MpFastclose, MpJoin, MptcpOption, Seq as DataSeq,
};
use mpdissect::wire::tcp::Flags;

use super::Tester;
use super::connection::{Connection, Subflow};
use crate::craft::{self, Area, Header};
use crate::proofs;
use crate::script::{
    Address, Checksum, Correctness, HandshakeSegment, Key, Opt, Own, Proof, Segment, Shape, Token,
};
use crate::transcript::{Packet, Sender};

/// The kind of the option with a cookie for TCP Fast Open (RFC 7413).
const FAST_OPEN: u8 = 34;

/// The payload of a segment, and where it belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carried<'a> {
    /// The place of its first octet in the tester's stream.
    pub(super) offset: u64,
    /// The sequence number of the segment.
    pub(super) seq: u32,
    pub(super) octets: &'a [u8],
}

/// Which segment of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Syn,
    SynAck,
    Third,
}

impl Tester {
    /// The octets of options; `syn` where timestamps are offered rather than used.
    fn area(
        &self,
        at: (usize, usize),
        options: &[Opt],
        carried: Carried<'_>,
        syn: bool,
    ) -> Result<Area, String> {
        let connection = &self.connections[at.0];
        let subflow = &connection.subflows[at.1];
        let timestamps = if syn { connection.opening.timestamps } else { subflow.timestamps };
        let mut area = self.try_area(at, options, carried, timestamps);
        if area.len() > Area::MAX && timestamps {
            area = self.try_area(at, options, carried, false);
        }
        if area.len() > Area::MAX {
            return Err(format!("the options of a segment take {} octets, but 40 fit", area.len()));
        }
        Ok(area)
    }

    fn try_area(
        &self,
        at: (usize, usize),
        options: &[Opt],
        carried: Carried<'_>,
        timestamps: bool,
    ) -> Area {
        let mut area = Area::new();
        for option in options {
            if *option == Opt::Fill {
                // As much as all the others leave.
                let without: Vec<Opt> =
                    options.iter().filter(|option| **option != Opt::Fill).cloned().collect();
                let others = self.try_area(at, &without, carried, timestamps).len();
                area.raw(&vec![1; Area::MAX.saturating_sub(others)]);
            } else {
                self.put(at, option, carried, timestamps, &mut area);
            }
        }
        area
    }

    fn put(
        &self,
        at: (usize, usize),
        option: &Opt,
        carried: Carried<'_>,
        timestamps: bool,
        area: &mut Area,
    ) {
        let connection = &self.connections[at.0];
        let subflow = &connection.subflows[at.1];
        let dialect = self.plan.dialect;
        match option {
            Opt::Eol => area.raw(&[0]),
            Opt::Nop => area.raw(&[1]),
            Opt::Mss(size) => area.mss(*size),
            Opt::WindowScale(shift) => area.window_scale(*shift),
            Opt::SackPermitted => area.sack_permitted(),
            Opt::Timestamps if timestamps => area.timestamps(self.ticks(), subflow.recent),
            Opt::Dss if connection.plain => {}
            Opt::Dss => area.mptcp(&mapped(connection, at.1, carried), dialect),
            Opt::DssWithout { data_ack, mapping } => {
                let own = dss(connection, subflow, carried);
                // With both in place it is the checksum that is wrong.
                let wrong = *data_ack && *mapping;
                let dss = Dss {
                    data_ack: own.data_ack.filter(|_| *data_ack),
                    mapping: own.mapping.filter(|_| *mapping).map(|own| Mapping {
                        checksum: if wrong {
                            Some(own.checksum.unwrap_or_default() ^ 0x0100)
                        } else {
                            own.checksum
                        },
                        ..own
                    }),
                    ..own
                };
                area.mptcp(&MptcpOption::Dss(dss), dialect);
            }
            Opt::Shaped(shape) => {
                let dss = shaped(connection, subflow, *shape, carried);
                area.mptcp(&MptcpOption::Dss(dss), dialect);
            }
            Opt::Fail => {
                let option = MpFail { reserved: 0, dsn: connection.data_ack() };
                area.mptcp(&MptcpOption::MpFail(option), dialect);
            }
            Opt::Mptcp(option) => area.mptcp(option, dialect),
            Opt::AddAddr { id, address, port, hmac } => {
                let addr = match address {
                    Address::Tester(index) => self.topology.tester.get(usize::from(*index)),
                    Address::Nobody(addr) => Some(addr),
                };
                let Some(&addr) = addr else { return };
                let port = port.map(|more| subflow.local.port.wrapping_add(more));
                let keys = (connection.local_key, remote_key(connection));
                let hmac = proofs::of_address(*hmac, keys, *id, addr, port);
                let kind = AddAddrKind::Fresh { reserved: 0, hmac };
                let option = AddAddr { kind, address_id: *id, addr, port };
                area.mptcp(&MptcpOption::AddAddr(option), dialect);
            }
            Opt::Fastclose(key) => {
                let key = match key {
                    Key::Targets => remote_key(connection),
                    Key::Wrong => remote_key(connection) ^ 1,
                    Key::Testers => connection.local_key,
                };
                let option = MpFastclose { reserved: 0, key };
                area.mptcp(&MptcpOption::MpFastclose(option), dialect);
            }
            Opt::Raw(octets) => area.raw(octets),
            Opt::Keys => {
                area.mptcp(&MptcpOption::MpCapable(capable(connection, Part::Third)), dialect);
            }
            Opt::FirstData(length) => {
                let keys = first_data(connection, *length, None);
                area.mptcp(&MptcpOption::MpCapable(keys), dialect);
            }
            Opt::Rewritten { option, at: place, xor } => {
                let change = |octet| octet ^ xor;
                area.raw(&self.one_octet(at, option, carried, timestamps, (*place, &change)));
            }
            Opt::Lying(inner, length) => {
                let octets = self.one_octet(at, inner, carried, timestamps, (1, &|_| *length));
                area.raw(&octets);
            }
            // The segments of a handshake put theirs in by themselves.
            Opt::Own => area.mptcp(&own(connection, at.1, Part::Third), dialect),
            // Not in use; and put in by now.
            Opt::Timestamps | Opt::Fill => {}
        }
    }

    /// An option with one of its octets changed, counted from the kind.
    fn one_octet(
        &self,
        at: (usize, usize),
        option: &Opt,
        carried: Carried<'_>,
        timestamps: bool,
        (place, change): (u8, &dyn Fn(u8) -> u8),
    ) -> Vec<u8> {
        let mut one = Area::new();
        self.put(at, option, carried, timestamps, &mut one);
        let mut octets = one.as_slice().to_vec();
        // Timestamps have NOPs in front.
        let start = octets.iter().position(|octet| *octet != 1).unwrap_or(0);
        if let Some(octet) = octets.get_mut(start + usize::from(place)) {
            *octet = change(*octet);
        }
        octets
    }

    /// The milliseconds of the timestamps clock.
    fn ticks(&self) -> u32 {
        (self.now.as_millis() as u32).wrapping_add(1)
    }

    /// Sends a segment by its template: the place of its payload in the stream, and its sequence
    /// number, are given.
    pub(super) fn send_template(
        &mut self,
        at: (usize, usize),
        segment: &Segment,
        offset: u64,
        seq: u32,
        comment: String,
    ) -> Option<u64> {
        let mut payload = self.connections[at.0].outgoing(offset, segment.payload.into());
        if segment.foreign {
            for octet in &mut payload {
                *octet = !*octet;
            }
        }
        if segment.payload > 0 {
            let connection = &mut self.connections[at.0];
            connection.reach = connection.reach.max(offset + payload.len() as u64);
        }
        let carried = Carried { offset, seq, octets: &payload };
        let area = match self.area(at, &segment.options, carried, false) {
            Ok(area) => area,
            Err(fault) => {
                self.fault.get_or_insert(fault);
                return None;
            }
        };
        let subflow = &self.connections[at.0].subflows[at.1];
        let received = subflow.ack();
        let ack = match segment.ack {
            crate::script::Ack::Received => received,
            crate::script::Ack::Offset(by) => received.wrapping_add_signed(by),
        };
        let flags = segment.flags | Flags(segment.reserved & Flags::RESERVED.0);
        let ack = if flags.contains(Flags::ACK) { ack } else { 0 };
        let header = Header {
            src: subflow.local,
            dst: subflow.remote,
            seq,
            ack,
            flags,
            window: segment.window.unwrap_or(subflow.window).min(0xffff) as u16,
            urgent: segment.urgent,
            options: area.as_slice(),
            data_offset: segment.data_offset,
            wrong_checksum: segment.checksum == Correctness::Wrong,
        };
        let octets = craft::packet(&header, &payload);
        let window = header.window.into();
        self.offers(at, &segment.options, window);
        self.emit(at, octets, comment)
    }

    /// Sends one of the segments of a handshake.
    pub(super) fn send_part(&mut self, at: (usize, usize), part: Part, comment: String) {
        let first = &self.connections[at.0].subflows[0];
        let may_lack_keys = first.ours && first.is_open() && first.marks.confirmed.is_none();
        if at.1 > 0 && part == Part::Syn && may_lack_keys && !first.withheld {
            // A target that hasn't got the keys can't know what is to be joined.
            self.send_part((at.0, 0), Part::Third, "third ACK, in case it was lost".into());
        }
        let connection = &self.connections[at.0];
        let subflow = &connection.subflows[at.1];
        let (seq, flags) = match part {
            Part::Syn => (subflow.initial, Flags::SYN),
            Part::SynAck => (subflow.initial, Flags::SYN | Flags::ACK),
            Part::Third => (subflow.initial.wrapping_add(1), Flags::ACK),
        };
        let mut options = self.part_options(at, part);
        let mut early = Vec::new();
        if part == Part::Syn
            && at.1 == 0
            && connection.opening.early > 0
            && let Some(cookie) = &self.cookie
        {
            let length = cookie.len() as u8 + 2;
            options.push(Opt::Raw([&[FAST_OPEN, length], cookie.as_slice()].concat()));
            early = crate::stream::octets(0, connection.opening.early.into());
        }
        let carried = Carried { offset: 0, seq, octets: &[] };
        let answers: Vec<Opt> = subflow.answers.iter().copied().map(Opt::Mptcp).collect();
        let syn = part != Part::Third;
        // An answer that doesn't fit goes on an ACK of its own.
        let mut area = None;
        if part != Part::Syn && !answers.is_empty() {
            let kept = options.len();
            options.extend(answers);
            let timestamps = if syn { connection.opening.timestamps } else { subflow.timestamps };
            let all = self.try_area(at, &options, carried, timestamps);
            options.truncate(kept);
            area = (all.len() <= Area::MAX).then_some(all);
        }
        let answered = area.is_some();
        let area = match area.map_or_else(|| self.area(at, &options, carried, syn), Ok) {
            Ok(area) => area,
            Err(fault) => {
                self.fault.get_or_insert(fault);
                return;
            }
        };
        let ack = if flags.contains(Flags::ACK) { subflow.ack() } else { 0 };
        let header = Header {
            src: subflow.local,
            dst: subflow.remote,
            seq,
            ack,
            flags,
            window: subflow.window.min(0xffff) as u16,
            urgent: 0,
            options: area.as_slice(),
            data_offset: None,
            wrong_checksum: false,
        };
        let octets = craft::packet(&header, &early);
        let wanted = wanted(&self.connections[at.0].subflows[at.1], part);
        let copies: Vec<Vec<u8>> = wanted
            .copies
            .iter()
            .filter_map(|copy| {
                let copy = self.resolved(at, part, copy);
                let area = self.area(at, &copy, carried, syn).ok()?;
                Some(craft::packet(&Header { options: area.as_slice(), ..header }, &[]))
            })
            .collect();
        if !wanted.lost {
            self.emit(at, octets, comment);
            for copy in copies {
                self.emit(at, copy, "a copy with other options".into());
            }
        }
        let subflow = &mut self.connections[at.0].subflows[at.1];
        subflow.answered = answered;
        if answered && part == Part::Third {
            subflow.answers.clear();
        }
    }

    fn part_options(&self, at: (usize, usize), part: Part) -> Vec<Opt> {
        let connection = &self.connections[at.0];
        let subflow = &connection.subflows[at.1];
        let wanted = wanted(subflow, part);
        if let Some(only) = &wanted.only {
            return self.resolved(at, part, only);
        }
        let mut options = match part {
            Part::Syn => {
                vec![Opt::Mss(connection.opening.mss), Opt::SackPermitted, Opt::Timestamps]
            }
            Part::SynAck => {
                let mut options = vec![Opt::Mss(connection.opening.mss), Opt::SackPermitted];
                options.extend(subflow.timestamps.then_some(Opt::Timestamps));
                options
            }
            Part::Third => vec![Opt::Timestamps],
        };
        options.extend(wanted.before.iter().cloned());
        match &wanted.own {
            // The token of a connection that is no more one of MPTCP can still be tried.
            Own::Right if connection.plain && at.1 == 0 => {}
            Own::Right => options.push(Opt::Own),
            Own::Absent => {}
            Own::Instead(other) => options.push(other.clone()),
        }
        options.extend(wanted.after.iter().cloned());
        self.resolved(at, part, &options)
    }

    /// The options of a handshake, with its own one where they stand for it.
    fn resolved(&self, at: (usize, usize), part: Part, options: &[Opt]) -> Vec<Opt> {
        let connection = &self.connections[at.0];
        let own = || Opt::Mptcp(own(connection, at.1, part));
        options.iter().cloned().map(|option| resolved(option, &own)).collect()
    }

    /// Sends a bare segment that the tester's own machinery needs.
    pub(super) fn send_control(
        &mut self,
        at: (usize, usize),
        flags: Flags,
        options: &[Opt],
        comment: String,
    ) {
        let subflow = &self.connections[at.0].subflows[at.1];
        let carried = Carried { offset: 0, seq: subflow.next, octets: &[] };
        let area = self.area(at, options, carried, false).unwrap_or_default();
        let header = Header {
            src: subflow.local,
            dst: subflow.remote,
            seq: subflow.next,
            ack: if flags.contains(Flags::ACK) { subflow.ack() } else { 0 },
            flags,
            window: subflow.window.min(0xffff) as u16,
            urgent: 0,
            options: area.as_slice(),
            data_offset: None,
            wrong_checksum: false,
        };
        let octets = craft::packet(&header, &[]);
        let window = header.window.into();
        self.offers(at, options, window);
        self.emit(at, octets, comment);
    }

    /// Notes what a window allows: the subflow, and with a data acknowledgment the connection.
    fn offers(&mut self, at: (usize, usize), options: &[Opt], window: u64) {
        let connection = &mut self.connections[at.0];
        let subflow = &mut connection.subflows[at.1];
        subflow.allowed = subflow.allowed.max(subflow.expected() + window);
        let acknowledges = |option: &Opt| {
            matches!(
                option,
                Opt::Dss
                    | Opt::DssWithout { data_ack: true, .. }
                    | Opt::Shaped(Shape { data_ack: Some(_), .. })
            )
        };
        if options.iter().any(acknowledges) {
            let edge = connection.data_ack_place().wrapping_add(window);
            connection.allowed = connection.allowed.max(edge);
        }
    }

    /// The plain acknowledgment.
    pub(super) fn send_ack(&mut self, at: (usize, usize)) {
        let options: &[Opt] = if self.connections[at.0].subflows[at.1].signals {
            &[Opt::Timestamps, Opt::Dss]
        } else {
            &[Opt::Timestamps]
        };
        self.send_control(at, Flags::ACK, options, String::new());
    }

    /// Notes a packet down and hands it out; its number, unless the path is down.
    pub(super) fn emit(
        &mut self,
        at: (usize, usize),
        octets: Vec<u8>,
        comment: String,
    ) -> Option<u64> {
        if !self.connections[at.0].subflows[at.1].up || octets.is_empty() {
            return None;
        }
        let comments = if comment.is_empty() { Vec::new() } else { vec![comment] };
        self.outbox.push(self.transcript.packets.len());
        let packet = Packet { time: self.now, from: Sender::Tester, octets, comments };
        self.transcript.packets.push(packet);
        Some(self.transcript.packets.len() as u64)
    }

    /// The HMAC of the target for a join.
    pub(super) fn remote_hmac(connection: &Connection, subflow: &Subflow) -> [u8; 20] {
        let (own, other) = parties(connection, subflow);
        proofs::of_join(Proof::Right, other, own)
    }
}

/// The target's key, as far as it is known.
fn remote_key(connection: &Connection) -> u64 {
    connection.remote.map_or(0, |(key, _)| key)
}

/// The tester's part in a join, and the target's.
fn parties(connection: &Connection, subflow: &Subflow) -> (Party, Party) {
    let own = Party { key: connection.local_key, nonce: subflow.nonce };
    (own, Party { key: remote_key(connection), nonce: subflow.remote_nonce })
}

/// The MP_CAPABLE or MP_JOIN of a segment of a handshake.
fn own(connection: &Connection, index: usize, part: Part) -> MptcpOption {
    if index == 0 {
        MptcpOption::MpCapable(capable(connection, part))
    } else {
        MptcpOption::MpJoin(join(connection, &connection.subflows[index], part))
    }
}

/// What the script wants of a segment of a handshake.
fn wanted(subflow: &Subflow, part: Part) -> &HandshakeSegment {
    match part {
        Part::Syn => &subflow.handshake.syn,
        Part::SynAck => &subflow.handshake.syn_ack,
        Part::Third => &subflow.handshake.third,
    }
}

/// An option of a handshake, where it stands for the segment's own one.
fn resolved(option: Opt, own: &dyn Fn() -> Opt) -> Opt {
    match option {
        Opt::Own => own(),
        Opt::Lying(inner, length) => Opt::Lying(Box::new(resolved(*inner, own)), length),
        Opt::Rewritten { option, at, xor } => resolved(*option, own).rewritten(at, xor),
        other => other,
    }
}

fn capable(connection: &Connection, part: Part) -> MpCapable {
    let (sender, version) = (connection.local_key, connection.opening.version);
    let keys = match (part, version) {
        (Part::Syn, 1..) => CapableKeys::None,
        (Part::Third, _) => {
            CapableKeys::Both { sender, receiver: connection.remote.map_or(0, |(key, _)| key) }
        }
        (Part::Syn | Part::SynAck, _) => CapableKeys::Sender(sender),
    };
    MpCapable { version, flags: CapableFlags(connection.opening.flags), keys }
}

fn join(connection: &Connection, subflow: &Subflow, part: Part) -> MpJoin {
    let (backup, address_id, nonce) = (subflow.backup, subflow.address_id, subflow.nonce);
    let (sender, receiver) = parties(connection, subflow);
    let own = proofs::of_join(subflow.hmac, sender, receiver);
    match part {
        Part::Syn => {
            let right = connection.remote.map_or(0, |(_, remote)| remote.token);
            let key = connection.remote.map_or(0, |(key, _)| key);
            let token = match subflow.token {
                Token::Right => right,
                Token::Unknown => !right,
                // The same hash gives the initial data sequence number, from its other end.
                Token::LowBits => Algorithm::Sha256.derive(key).idsn as u32,
                Token::Swapped => right.swap_bytes(),
                Token::OfSwappedKey => Algorithm::Sha256.derive(key.swap_bytes()).token,
            };
            MpJoin::Syn(JoinSyn { reserved: 0, backup, address_id, token, nonce })
        }
        Part::SynAck => {
            let hmac = u64::from_be_bytes(own.first_chunk().copied().unwrap_or_default());
            MpJoin::SynAck(JoinSynAck { reserved: 0, backup, address_id, hmac, nonce })
        }
        Part::Third => MpJoin::Ack(JoinAck { reserved: 0, hmac: own }),
    }
}

/// The mapping of a payload: a DSS, or the MP_CAPABLE that the first data of whoever opened the
/// connection carries, as long as the other end may not have the keys (RFC 8684 §3.1).
fn mapped(connection: &Connection, index: usize, carried: Carried<'_>) -> MptcpOption {
    let dss = dss(connection, &connection.subflows[index], carried);
    let first = connection.ours
        && index == 0
        && !connection.heard_dss
        && carried.offset == connection.early;
    match (dss.mapping, connection.remote) {
        (Some(mapping), Some(_)) if first => {
            MptcpOption::MpCapable(first_data(connection, mapping.length, mapping.checksum))
        }
        _ => MptcpOption::Dss(dss),
    }
}

/// The MP_CAPABLE of the first data.
fn first_data(connection: &Connection, length: u16, checksum: Option<u16>) -> MpCapable {
    let (sender, receiver) = (connection.local_key, connection.remote.map_or(0, |(key, _)| key));
    MpCapable {
        version: connection.opening.version,
        flags: CapableFlags(connection.opening.flags),
        keys: CapableKeys::Data { sender, receiver, length, checksum },
    }
}

fn dss(connection: &Connection, subflow: &Subflow, carried: Carried<'_>) -> Dss {
    let length = carried.octets.len() as u16;
    let mapping = (length > 0).then(|| {
        let (dsn, ssn) =
            (connection.dsn(carried.offset), carried.seq.wrapping_sub(subflow.initial));
        let checksum =
            connection.checksums.then(|| sum(connection, dsn, ssn, length, carried.offset));
        Mapping { dsn: DataSeq::Long(dsn), ssn, length, checksum }
    });
    Dss {
        reserved: 0,
        data_fin: false,
        data_ack: Some(Connection::sized(connection.ack_width, connection.data_ack())),
        mapping,
        idle_width_flags: 0,
    }
}

/// The checksum of a mapping of the tester's stream from `offset` on.
fn sum(connection: &Connection, dsn: u64, ssn: u32, length: u16, offset: u64) -> u16 {
    let octets = connection.outgoing(offset, length.into());
    Sum::of_mapping(dsn, ssn, length).add(0, &octets).checksum()
}

/// A DSS of another shape.
fn shaped(connection: &Connection, subflow: &Subflow, shape: Shape, carried: Carried<'_>) -> Dss {
    let mapping = shape.mapping.map(|mapped| {
        let payload = carried.octets.len() as u16;
        let length = mapped.length.unwrap_or(payload + u16::from(shape.data_fin));
        let covered = length.saturating_sub(shape.data_fin.into());
        let place = carried.offset.wrapping_add_signed(mapped.dsn_plus);
        let dsn = connection.dsn(place);
        // RFC 8684 §3.3.3: a DATA_FIN alone is mapped to nothing of the subflow.
        let alone = shape.data_fin && payload == 0;
        let ssn = if alone { 0 } else { carried.seq.wrapping_sub(subflow.initial) };
        let ssn = ssn.wrapping_add_signed(mapped.ssn_plus);
        let over = |dsn| {
            let octets = connection.outgoing(place, covered.into());
            // RFC 8684 §3.7: an infinite mapping has the checksum zero.
            let infinite = length == 0;
            let sum = || Sum::of_mapping(dsn, ssn, length).add(0, &octets).checksum();
            if infinite { 0 } else { sum() }
        };
        let checksum = match mapped.checksum {
            Checksum::Negotiated => connection.checksums.then(|| over(dsn)),
            Checksum::Present => Some(over(dsn)),
            Checksum::Absent => None,
            Checksum::Wrong => Some(over(dsn) ^ 0x0100),
            Checksum::OverLowHalf => Some(over(dsn & 0xffff_ffff)),
        };
        Mapping { dsn: Connection::sized(mapped.dsn, dsn), ssn, length, checksum }
    });
    let data_ack = shape.data_ack.map(|width| Connection::sized(width, connection.data_ack()));
    Dss {
        reserved: shape.reserved,
        data_fin: shape.data_fin,
        data_ack,
        mapping,
        idle_width_flags: shape.idle_width_flags,
    }
}
