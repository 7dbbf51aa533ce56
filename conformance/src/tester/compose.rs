//! Segments from their templates.

use mpdissect::wire::tcp::Flags;

use super::Tester;
use super::connection::Subflow;
use super::own::{self, Carried, Part};
use crate::craft::{self, Area, Header};
use crate::script::{Ack, Correctness, HandshakeSegment, Opt, Own, Segment, Shape};
use crate::stream;
use crate::transcript::Sender;

/// The kind of the option with a cookie for TCP Fast Open (RFC 7413).
const FAST_OPEN: u8 = 34;

impl Tester {
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
            Ack::Received => received,
            Ack::Offset(by) => received.wrapping_add_signed(by),
        };
        let flags = segment.flags | Flags(segment.reserved & Flags::RESERVED.0);
        let ack = if flags.contains(Flags::ACK) { ack } else { 0 };
        let own = header(subflow, seq, flags, area.as_slice());
        let header = Header {
            ack,
            window: segment.window.map_or(own.window, |window| window.min(0xffff) as u16),
            urgent: segment.urgent,
            data_offset: segment.data_offset,
            wrong_checksum: segment.checksum == Correctness::Wrong,
            ..own
        };
        let octets = craft::packet(&header, &payload);
        let window = header.window.into();
        let sent = self.emit(at, octets, comment)?;
        self.offers(at, &segment.options, window);
        Some(sent)
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
            early = stream::octets(0, connection.opening.early.into());
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
        let header = header(subflow, seq, flags, area.as_slice());
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
        let mut sent = false;
        if !wanted.lost {
            sent = self.emit(at, octets, comment).is_some();
            for copy in copies {
                self.emit(at, copy, "a copy with other options".into());
            }
        }
        // What got lost has to be said again.
        let answered = answered && sent;
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
        let own = || Opt::Mptcp(own::of_handshake(connection, at.1, part));
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
        let header = header(subflow, subflow.next, flags, area.as_slice());
        let octets = craft::packet(&header, &[]);
        let window = header.window.into();
        if self.emit(at, octets, comment).is_some() {
            self.offers(at, options, window);
        }
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

    /// Sends a packet of a subflow; its number, unless the path is down.
    pub(super) fn emit(
        &mut self,
        at: (usize, usize),
        octets: Vec<u8>,
        comment: String,
    ) -> Option<u64> {
        if !self.connections[at.0].subflows[at.1].up || octets.is_empty() {
            return None;
        }
        let packet = self.post(octets, comment);
        self.connections[at.0].last_packet = packet;
        Some(packet)
    }

    /// Notes a packet down and hands it out; its number.
    pub(super) fn post(&mut self, octets: Vec<u8>, comment: String) -> u64 {
        self.outbox.push(self.transcript.packets.len());
        self.transcript.add(self.now, Sender::Tester, octets, comment)
    }
}

/// The headers of a segment of a subflow, with what it has received and allows.
fn header<'a>(subflow: &Subflow, seq: u32, flags: Flags, options: &'a [u8]) -> Header<'a> {
    Header {
        seq,
        ack: if flags.contains(Flags::ACK) { subflow.ack() } else { 0 },
        flags,
        window: subflow.window.min(0xffff) as u16,
        options,
        ..Header::between(subflow.local, subflow.remote)
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
