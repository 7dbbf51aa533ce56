//! Packets of the target: handshakes, acknowledgments, options that want an answer, payload.

use std::net::IpAddr;
use std::time::Duration;

use mpdissect::crypto::Algorithm;
use mpdissect::source::LinkType;
use mpdissect::wire::frame;
use mpdissect::wire::mptcp::{
    AddAddr, AddAddrKind, CapableFlags, ExperimentFlags, Experimental, JoinSyn, MaxSubflows,
    MpJoin, MpTcprst, MptcpOption, Navigation,
};
use mpdissect::wire::tcp::{Flags, Segment};

use super::Tester;
use super::compose::Part;
use super::connection::{State, Subflow};
use super::seen::Seen;
use crate::plan::Negotiation;
use crate::script::{Answer, Handshake, Opt, Sf};
use crate::transcript::{Packet, Sender};

impl Tester {
    /// The largest number of subflows of a connection.
    const MOST: usize = 250;

    /// Takes in a packet of the target.
    pub(crate) fn receive(&mut self, now: Duration, octets: Vec<u8>) {
        self.now = now;
        let Ok(located) = frame::locate(LinkType::RAW, &octets, octets.len() as u32) else {
            let from = Sender::Target;
            self.transcript.packets.push(Packet { time: now, from, octets, comments: Vec::new() });
            return;
        };
        let segment = located.segment();
        let known = self.find(&segment);
        if known.is_some_and(|at| !self.connections[at.0].subflows[at.1].up) {
            return;
        }
        // The octets are borrowed until the packet is through: its place is kept.
        let index = self.transcript.packets.len();
        let packet =
            Packet { time: now, from: Sender::Target, octets: Vec::new(), comments: Vec::new() };
        self.transcript.packets.push(packet);
        let number = self.transcript.packets.len() as u64;
        let mut seen = Seen::read(&segment, number, now, self.plan.dialect);
        let at = known.or_else(|| self.admit(&segment, &seen));
        seen.sf = at.map(|at| self.name(at));
        if let Some(at) = at {
            self.process(at, &segment, &seen);
        }
        self.seen.push(seen);
        if let Some(packet) = self.transcript.packets.get_mut(index) {
            packet.octets = octets;
        }
    }

    /// The name of a subflow in the script.
    pub(super) fn name(&self, at: (usize, usize)) -> Sf {
        Sf { conn: self.connections[at.0].opening.conn, index: at.1.min(255) as u8 }
    }

    fn find(&self, segment: &Segment<'_>) -> Option<(usize, usize)> {
        self.connections.iter().enumerate().find_map(|(c, connection)| {
            let here =
                |subflow: &Subflow| subflow.remote == segment.src && subflow.local == segment.dst;
            connection.subflows.iter().position(here).map(|s| (c, s))
        })
    }

    /// A subflow for a SYN of the target, if there is one that it can belong to.
    fn admit(&mut self, segment: &Segment<'_>, seen: &Seen) -> Option<(usize, usize)> {
        if !segment.flags.contains(Flags::SYN) || segment.flags.intersects(Flags::ACK | Flags::RST)
        {
            return None;
        }
        let join = seen.well_formed().find_map(|option| match option {
            MptcpOption::MpJoin(MpJoin::Syn(join)) => Some(*join),
            _ => None,
        });
        let c = match join {
            Some(join) => {
                let named = self.connections.iter().position(|own| own.local.token == join.token);
                let Some(c) = named else {
                    self.refuse_stranger(segment);
                    return None;
                };
                // Its third ACK was lost: without the key nothing can be proven.
                self.connections.get(c).filter(|own| own.remote.is_some())?;
                c
            }
            None => {
                let awaited = self.connections.iter().position(|own| {
                    !own.ours && own.subflows.is_empty() && own.port == segment.dst.port
                });
                if awaited.is_none() {
                    self.bare_syn = Some(segment.dst.port);
                }
                awaited?
            }
        };
        let connection = self.connections.get(c).filter(|own| own.subflows.len() < Self::MOST)?;
        let s = connection.subflows.len();
        let handshake = connection.opening.handshake.clone();
        let handshake = if s == 0 { handshake } else { Handshake::default() };
        let id = self.own_id(c, segment.dst.addr);
        let mut subflow = self.subflow(segment.dst, segment.src, false, handshake, id);
        subflow.state = State::SynReceived;
        subflow.remote_initial = segment.seq;
        subflow.received.insert(0, 1);
        subflow.timestamps = seen.timestamps.is_some() && self.connections[c].opening.timestamps;
        subflow.recent = seen.timestamps.map_or(0, |(value, _)| value);
        subflow.remote_mss = seen.mss.unwrap_or(536);
        subflow.remote_window = segment.window.into();
        if let Some(JoinSyn { address_id, nonce, backup, .. }) = join {
            subflow.remote_id = address_id;
            subflow.remote_nonce = nonce;
            subflow.backup = backup;
        } else {
            let capable = seen.well_formed().find_map(|option| match option {
                MptcpOption::MpCapable(capable) if capable.version == 1 => Some(*capable),
                _ => None,
            });
            let connection = &mut self.connections[c];
            connection.plain = capable.is_none();
            if let Some(capable) = capable {
                let either = capable.flags.0 | connection.opening.flags;
                connection.checksums = CapableFlags(either).has(CapableFlags::CHECKSUM);
            }
        }
        self.connections[c].subflows.push(subflow);
        Some((c, s))
    }

    /// The ID of one of the tester's own addresses on a connection.
    fn own_id(&self, c: usize, addr: IpAddr) -> u8 {
        let connection = &self.connections[c];
        if let Some((_, id)) = connection.announced.iter().rev().find(|(own, _)| *own == addr) {
            return *id;
        }
        if connection.subflows.first().is_none_or(|first| first.local.addr == addr) {
            return 0;
        }
        self.topology.tester.iter().position(|own| *own == addr).unwrap_or(0) as u8
    }

    /// A join of a connection that the tester doesn't know.
    fn refuse_stranger(&mut self, segment: &Segment<'_>) {
        let header = crate::craft::Header {
            src: segment.dst,
            dst: segment.src,
            seq: 0,
            ack: segment.seq.wrapping_add(segment.sequence_len()),
            flags: Flags::RST | Flags::ACK,
            window: 0,
            urgent: 0,
            options: &[],
            data_offset: None,
            wrong_checksum: false,
        };
        let octets = crate::craft::packet(&header, &[]);
        self.outbox.push(self.transcript.packets.len());
        let comments = vec!["no connection has this token".to_owned()];
        let from = Sender::Tester;
        self.transcript.packets.push(Packet { time: self.now, from, octets, comments });
    }

    fn process(&mut self, at: (usize, usize), segment: &Segment<'_>, seen: &Seen) {
        let subflow = &mut self.connections[at.0].subflows[at.1];
        if segment.flags.contains(Flags::RST) {
            self.reset(at, segment, seen);
            return;
        }
        let syn = segment.flags.contains(Flags::SYN);
        let ack = segment.flags.contains(Flags::ACK);
        match subflow.state {
            State::SynSent if syn && ack => self.answered(at, segment, seen),
            State::SynReceived if syn && !ack && segment.seq == subflow.remote_initial => {
                self.answer_syn(at, seen);
            }
            State::SynReceived if syn || !ack => {}
            State::SynReceived => self.third(at, segment, seen),
            State::Unconfirmed | State::Established if syn => {
                // The third ACK was lost.
                let ours = subflow.ours && ack && segment.seq == subflow.remote_initial;
                if ours && !subflow.withheld {
                    self.send_part(at, Part::Third, "third ACK, again".into());
                }
            }
            State::Unconfirmed | State::Established if ack => self.exchange(at, segment, seen),
            State::Dead if subflow.marks.reset.is_none() => self.turn_away(at, segment),
            State::SynSent | State::Unconfirmed | State::Established | State::Dead => {}
        }
    }

    /// A segment for a subflow that the tester gave up: its RST may have been lost.
    fn turn_away(&mut self, at: (usize, usize), segment: &Segment<'_>) {
        let subflow = &mut self.connections[at.0].subflows[at.1];
        let next = subflow.next;
        let flags = if segment.flags.contains(Flags::ACK) {
            subflow.next = segment.ack;
            Flags::RST
        } else {
            subflow.next = 0;
            Flags::RST | Flags::ACK
        };
        self.send_control(at, flags, &[], "the subflow is no more".into());
        self.connections[at.0].subflows[at.1].next = next;
    }

    fn reset(&mut self, at: (usize, usize), segment: &Segment<'_>, seen: &Seen) {
        let subflow = &mut self.connections[at.0].subflows[at.1];
        let is_meant = match subflow.state {
            State::SynSent => {
                segment.flags.contains(Flags::ACK) && segment.ack == subflow.initial.wrapping_add(1)
            }
            State::Dead => false,
            // RFC 9293 §3.10.7.4: anywhere in the window.
            _ => {
                let ahead = segment.seq.wrapping_sub(subflow.ack());
                ahead <= subflow.window.max(0xffff)
            }
        };
        if !is_meant {
            return;
        }
        subflow.marks.reset = Some(seen.packet);
        subflow.state = State::Dead;
        subflow.timer = None;
        let middlebox = seen
            .well_formed()
            .any(|option| matches!(option, MptcpOption::MpTcprst(MpTcprst { reason: 6, .. })));
        if middlebox {
            self.suspect(at, seen.packet, "the target resets and says that a middlebox interferes");
        }
        self.reinject(at);
    }

    /// Notes down that the path may be at fault for what the target does, by losing the third ACK.
    pub(super) fn suspect(&mut self, at: (usize, usize), packet: u64, why: &str) {
        if self.connections[at.0].heard_dss {
            return;
        }
        let sf = self.name(at);
        let why = format!("{why} (subflow {}.{}, packet {packet})", sf.conn, sf.index);
        self.interference.get_or_insert(why);
    }

    /// Gives up a subflow with a RST.
    pub(super) fn give_up(&mut self, at: (usize, usize), packet: u64, reason: u8, why: &str) {
        let option = MptcpOption::MpTcprst(MpTcprst {
            flag_u: false,
            flag_v: false,
            flag_w: false,
            transient: false,
            reason,
        });
        self.send_control(at, Flags::RST | Flags::ACK, &[Opt::Mptcp(option)], why.to_owned());
        let subflow = &mut self.connections[at.0].subflows[at.1];
        subflow.state = State::Dead;
        subflow.timer = None;
        subflow.marks.failed.get_or_insert((packet, why.to_owned()));
    }

    /// Sends the SYN/ACK, or what the script wants instead of it.
    fn answer_syn(&mut self, at: (usize, usize), seen: &Seen) {
        let sf = self.name(at);
        let now = self.now;
        let answer = if at.1 == 0 { Answer::Yes } else { self.behaviour.joins };
        match answer {
            Answer::Yes => {
                self.collect_answers(at, seen, true);
                self.send_part(at, Part::SynAck, format!("SYN/ACK of {}.{}", sf.conn, sf.index));
                let subflow = &mut self.connections[at.0].subflows[at.1];
                subflow.next = subflow.initial.wrapping_add(1);
                if subflow.timer.is_none() {
                    subflow.restart_timer(now);
                }
            }
            Answer::No => {
                let subflow = &self.connections[at.0].subflows[at.1];
                let seq = subflow.next;
                // RFC 9293 §3.10.7.1: a RST in answer to a SYN has the sequence number zero.
                self.connections[at.0].subflows[at.1].next = 0;
                self.give_up(at, seen.packet, 3, "the join is refused");
                let subflow = &mut self.connections[at.0].subflows[at.1];
                subflow.next = seq;
            }
            Answer::Silence => {}
        }
    }

    /// A SYN/ACK came.
    fn answered(&mut self, at: (usize, usize), segment: &Segment<'_>, seen: &Seen) {
        let connection = &mut self.connections[at.0];
        let subflow = &mut connection.subflows[at.1];
        if segment.ack != subflow.initial.wrapping_add(1) {
            return;
        }
        subflow.remote_initial = segment.seq;
        subflow.received.insert(0, 1);
        subflow.next = subflow.initial.wrapping_add(1);
        subflow.unacked = subflow.next;
        subflow.timestamps = seen.timestamps.is_some() && connection.opening.timestamps;
        subflow.recent = seen.timestamps.map_or(0, |(value, _)| value);
        subflow.remote_mss = seen.mss.unwrap_or(536);
        subflow.remote_window = segment.window.into();
        subflow.timer = None;
        subflow.marks.acked = seen.packet;
        let plain = at.1 == 0 && !Self::keys_of_syn_ack(connection, seen);
        if plain {
            connection.plain = true;
            connection.fell_back.get_or_insert(seen.packet);
        }
        if at.1 > 0 && !self.verify_syn_ack(at, seen) {
            return;
        }
        let deviates = self.connections[at.0].opening.handshake.third.own_is_missing();
        let subflow = &mut self.connections[at.0].subflows[at.1];
        subflow.state = if at.1 == 0 { State::Established } else { State::Unconfirmed };
        if at.1 == 0 {
            subflow.marks.established = Some(seen.packet);
        }
        self.collect_answers(at, seen, true);
        if !self.connections[at.0].subflows[at.1].withheld {
            self.finish(at);
        }
        if at.1 == 0 && deviates {
            self.connections[at.0].plain = true;
        }
    }

    /// Sends the third ACK.
    pub(super) fn finish(&mut self, at: (usize, usize)) {
        let (sf, now) = (self.name(at), self.now);
        self.connections[at.0].subflows[at.1].withheld = false;
        self.send_part(at, Part::Third, format!("third ACK of {}.{}", sf.conn, sf.index));
        let subflow = &mut self.connections[at.0].subflows[at.1];
        if subflow.state == State::Unconfirmed {
            subflow.restart_timer(now);
        }
        self.flush_answers(at);
    }

    /// Takes the target's key out of its SYN/ACK.
    fn keys_of_syn_ack(connection: &mut super::connection::Connection, seen: &Seen) -> bool {
        let capable = seen.well_formed().find_map(|option| match option {
            MptcpOption::MpCapable(capable) => Some(*capable),
            _ => None,
        });
        let Some((capable, key)) = capable.and_then(|own| Some((own, own.sender_key()?))) else {
            return false;
        };
        connection.remote = Some((key, Algorithm::Sha256.derive(key)));
        let either = capable.flags.0 | connection.opening.flags;
        connection.checksums = CapableFlags(either).has(CapableFlags::CHECKSUM);
        true
    }

    /// Verifies the SYN/ACK of a join.
    fn verify_syn_ack(&mut self, at: (usize, usize), seen: &Seen) -> bool {
        let join = seen.well_formed().find_map(|option| match option {
            MptcpOption::MpJoin(MpJoin::SynAck(join)) => Some(*join),
            _ => None,
        });
        let connection = &mut self.connections[at.0];
        let Some(join) = join else {
            self.give_up(at, seen.packet, 1, "the SYN/ACK has no MP_JOIN");
            return false;
        };
        let subflow = &mut connection.subflows[at.1];
        subflow.remote_id = join.address_id;
        subflow.remote_nonce = join.nonce;
        let expected = Self::join_hmacs(connection, &connection.subflows[at.1]).1;
        if expected.starts_with(&join.hmac.to_be_bytes()) {
            return true;
        }
        self.give_up(at, seen.packet, 1, "the HMAC of the SYN/ACK is wrong");
        false
    }

    /// The first segment behind the SYN of the target came.
    fn third(&mut self, at: (usize, usize), segment: &Segment<'_>, seen: &Seen) {
        let connection = &mut self.connections[at.0];
        let subflow = &connection.subflows[at.1];
        if segment.ack != subflow.initial.wrapping_add(1) {
            return;
        }
        if at.1 == 0 {
            let key = seen.well_formed().find_map(|option| match option {
                MptcpOption::MpCapable(capable) => capable.sender_key(),
                _ => None,
            });
            match key {
                Some(key) if !connection.plain => {
                    connection.remote = Some((key, Algorithm::Sha256.derive(key)));
                }
                _ if connection.plain => {}
                // Without the key nothing can be understood: it comes again.
                _ if !seen.options.is_empty() => return,
                _ => {
                    connection.plain = true;
                    connection.fell_back.get_or_insert(seen.packet);
                }
            }
        } else {
            let hmac = seen.well_formed().find_map(|option| match option {
                MptcpOption::MpJoin(MpJoin::Ack(join)) => Some(join.hmac),
                _ => None,
            });
            let Some(hmac) = hmac else { return };
            if Self::join_hmacs(connection, subflow).1 != hmac {
                self.give_up(at, seen.packet, 1, "the HMAC of the third ACK is wrong");
                return;
            }
        }
        let subflow = &mut self.connections[at.0].subflows[at.1];
        subflow.state = State::Established;
        subflow.unacked = segment.ack;
        subflow.timer = None;
        subflow.marks.established = Some(seen.packet);
        subflow.marks.confirmed = Some(seen.packet);
        if subflow.answered {
            subflow.answers.clear();
        }
        if segment.payload_len == 0 && !self.connections[at.0].plain {
            // RFC 8684 §3.2: the third ACK of a join is acknowledged. That of the connection
            // needn't be, but a target that waits for a sign of it has one.
            self.send_ack(at);
        }
        self.exchange(at, segment, seen);
    }

    /// A segment behind the handshakes.
    fn exchange(&mut self, at: (usize, usize), segment: &Segment<'_>, seen: &Seen) {
        let now = self.now;
        let connection = &mut self.connections[at.0];
        let subflow = &mut connection.subflows[at.1];
        let Some(place) = subflow.place(segment.seq) else { return };
        if place > subflow.expected() + (1 << 20) {
            return;
        }
        // The MP_JOIN of a third ACK that came again: its acknowledgment was lost.
        let again = !subflow.ours
            && at.1 > 0
            && subflow.marks.established != Some(seen.packet)
            && seen.well_formed().any(|option| matches!(option, MptcpOption::MpJoin(_)));
        subflow.marks.confirmed.get_or_insert(seen.packet);
        if subflow.state == State::Unconfirmed && !subflow.withheld {
            subflow.state = State::Established;
            subflow.timer = None;
            subflow.marks.established = Some(seen.packet);
            if !subflow.queue.is_empty() {
                subflow.restart_timer(now);
            }
        }
        if let Some((value, _)) = seen.timestamps
            && place <= subflow.expected()
        {
            subflow.recent = value;
        }
        let acked = segment.ack.wrapping_sub(subflow.unacked);
        let outstanding = subflow.next.wrapping_sub(subflow.unacked);
        if acked <= outstanding {
            subflow.remote_window = segment.window.into();
            if acked > 0 {
                subflow.unacked = segment.ack;
                subflow.marks.acked = seen.packet;
                subflow.timer = None;
                let unacked = subflow.unacked;
                let is_done = |seq: u32, length: u32| {
                    unacked.wrapping_sub(seq.wrapping_add(length)).cast_signed() >= 0
                };
                let mut mapped = false;
                while let Some(first) = subflow.queue.front() {
                    if !is_done(first.seq, first.length) {
                        break;
                    }
                    mapped |=
                        first.segment.payload > 0 && first.segment.options.contains(&Opt::Dss);
                    subflow.queue.pop_front();
                }
                if !subflow.queue.is_empty() {
                    subflow.restart_timer(now);
                }
                let has_dss = |option: &MptcpOption| matches!(option, MptcpOption::Dss(_));
                let bare = mapped && !connection.plain && !seen.well_formed().any(has_dss);
                if bare {
                    let why = "data is acknowledged without a DSS, as if it was removed";
                    self.suspect(at, seen.packet, why);
                }
            }
        }
        let wants_ack = self.take_options(at, seen) | again;
        let wants_ack = self.take_payload(at, place, segment, seen) | wants_ack;
        let subflow = &self.connections[at.0].subflows[at.1];
        let (acks, closed_window) = (subflow.acks && subflow.is_open(), subflow.window == 0);
        if wants_ack && acks {
            self.send_ack(at);
            if closed_window {
                self.send_other_acks(at);
            }
        }
        self.push_queue(at);
    }

    /// Acknowledges on the other subflows, whose windows hold for the connection as a whole.
    pub(super) fn send_other_acks(&mut self, at: (usize, usize)) {
        for s in 0..self.connections[at.0].subflows.len() {
            let other = &self.connections[at.0].subflows[s];
            if s != at.1 && other.state == State::Established && other.acks && other.window > 0 {
                self.send_ack((at.0, s));
            }
        }
    }

    /// Follows and answers the options; whether they want to be acknowledged.
    fn take_options(&mut self, at: (usize, usize), seen: &Seen) -> bool {
        if seen.options.is_empty() {
            return false;
        }
        let mut wants_ack = false;
        for option in seen.well_formed() {
            match option {
                MptcpOption::Dss(dss) => wants_ack |= self.take_dss(at, dss, seen),
                MptcpOption::MpCapable(capable) => self.take_capable_data(at, capable),
                MptcpOption::AddAddr(AddAddr {
                    kind: AddAddrKind::Fresh { .. },
                    address_id,
                    addr,
                    port,
                }) if self.behaviour.echoes_add_addr => {
                    let echo = AddAddr {
                        kind: AddAddrKind::Echo { reserved: 0 },
                        address_id: *address_id,
                        addr: *addr,
                        port: *port,
                    };
                    self.send_answer(at, MptcpOption::AddAddr(echo), "echo of ADD_ADDR");
                }
                MptcpOption::Navigation(asked @ Navigation { echo: false, .. })
                    if self.behaviour.echoes_navigation =>
                {
                    let echo = Navigation { echo: true, ..*asked };
                    self.send_answer(at, MptcpOption::Navigation(echo), "echo of MP_Navigation");
                }
                MptcpOption::MpFastclose(_) => {
                    let open: Vec<usize> = self.connections[at.0]
                        .subflows
                        .iter()
                        .enumerate()
                        .filter_map(|(s, subflow)| subflow.is_open().then_some(s))
                        .collect();
                    for s in open {
                        let sub = (at.0, s);
                        self.send_control(sub, Flags::RST, &[], "answers MP_FASTCLOSE".into());
                        let subflow = &mut self.connections[at.0].subflows[s];
                        subflow.state = State::Dead;
                        subflow.timer = None;
                        subflow.marks.reset.get_or_insert(seen.packet);
                    }
                }
                _ => {}
            }
        }
        self.collect_answers(at, seen, false);
        self.flush_answers(at);
        wants_ack
    }

    fn send_answer(&mut self, at: (usize, usize), option: MptcpOption, comment: &str) {
        // The DSS shows a target that hasn't the third ACK yet that this is MPTCP.
        let options = [Opt::Timestamps, Opt::Dss, Opt::Mptcp(option)];
        self.send_control(at, Flags::ACK, &options, comment.to_owned());
    }

    /// Keeps what is to be said to experimental options.
    fn collect_answers(&mut self, at: (usize, usize), seen: &Seen, handshake: bool) {
        if seen.options.is_empty() {
            return;
        }
        let answers: Vec<MptcpOption> =
            seen.well_formed().filter_map(|option| self.answer(option)).collect();
        let subflow = &mut self.connections[at.0].subflows[at.1];
        if handshake {
            subflow.answers = answers;
        } else {
            subflow.answers.extend(answers);
        }
    }

    fn flush_answers(&mut self, at: (usize, usize)) {
        let answers = std::mem::take(&mut self.connections[at.0].subflows[at.1].answers);
        for answer in answers {
            self.send_answer(at, answer, "answers an experiment");
        }
    }

    /// What is said to an option that expects an answer. An option with U never gets one.
    fn answer(&self, option: &MptcpOption) -> Option<MptcpOption> {
        let asks = |flags: ExperimentFlags| flags.synchronising() && !flags.unknown();
        let flags = match (self.behaviour.experiments, self.plan.negotiation) {
            (Answer::Silence, _) => return None,
            (Answer::No, _) => ExperimentFlags(ExperimentFlags::UNKNOWN),
            (Answer::Yes, Negotiation::ExpOption00) => ExperimentFlags(0),
            (Answer::Yes, Negotiation::Rfc6824bis) => {
                ExperimentFlags(ExperimentFlags::SYNCHRONISING | ExperimentFlags::UNKNOWN)
            }
        };
        let yes = self.behaviour.experiments == Answer::Yes;
        match option {
            MptcpOption::Experimental(own) if asks(own.flags) => {
                Some(MptcpOption::Experimental(Experimental { flags, ..*own }))
            }
            MptcpOption::MaxSubflows(own) if asks(own.flags) => {
                let value = if yes { Self::MAXIMUM } else { own.value };
                Some(MptcpOption::MaxSubflows(MaxSubflows { flags, value, ..*own }))
            }
            _ => None,
        }
    }
}
