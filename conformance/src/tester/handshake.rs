//! Handshakes, from the first SYN to the third ACK, on either side (RFC 8684 §3.1 and §3.2).

use std::net::IpAddr;

use mpdissect::crypto::Algorithm;
use mpdissect::wire::mptcp::{CapableFlags, JoinSyn, MpJoin, MptcpOption};
use mpdissect::wire::tcp::{Flags, Segment};

use super::Tester;
use super::connection::State;
use super::own::{self, Part};
use super::seen::Seen;
use crate::script::{Answer, Opt};

impl Tester {
    /// The largest number of subflows of a connection.
    const MOST: usize = 250;

    /// A subflow for a SYN of the target, if there is one that it can belong to.
    pub(super) fn admit(&mut self, segment: &Segment<'_>, seen: &Seen) -> Option<(usize, usize)> {
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
                let capable =
                    seen.well_formed().any(|option| matches!(option, MptcpOption::MpCapable(_)));
                if capable && awaited.is_some_and(|c| self.connections[c].opening.loses_capable) {
                    return None;
                }
                if awaited.is_none() {
                    self.bare_syn = Some(segment.dst.port);
                }
                awaited?
            }
        };
        let connection = self.connections.get(c).filter(|own| own.subflows.len() < Self::MOST)?;
        let s = connection.subflows.len();
        let handshake = connection.opening.handshake.clone();
        let handshake = if s == 0 { handshake } else { self.join_handshake.clone() };
        let id = self.own_id(c, segment.dst.addr);
        let window = self.connections[c].opening.window;
        let mut subflow = self.subflow(segment.dst, segment.src, false, handshake, (id, window));
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
    pub(super) fn own_id(&self, c: usize, addr: IpAddr) -> u8 {
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
    pub(super) fn refuse_stranger(&mut self, segment: &Segment<'_>) {
        self.post(crate::craft::refusal(segment), "no connection has this token".to_owned());
    }

    /// Sends the SYN/ACK, or what the script wants instead of it.
    pub(super) fn answer_syn(&mut self, at: (usize, usize), seen: &Seen) {
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
    pub(super) fn answered(&mut self, at: (usize, usize), segment: &Segment<'_>, seen: &Seen) {
        let connection = &mut self.connections[at.0];
        let subflow = &mut connection.subflows[at.1];
        let early = if at.1 == 0 { connection.opening.early } else { 0 };
        let behind_early = subflow.initial.wrapping_add(early.into());
        if early > 0 && segment.ack == behind_early.wrapping_add(1) {
            // RFC 8684 §B.2: what went with the SYN has no place in mappings, of which the first
            // octet is the one behind it.
            subflow.initial = behind_early;
            connection.early = early.into();
            (connection.written, connection.acked) = (early.into(), early.into());
        }
        if segment.ack != subflow.initial.wrapping_add(1) {
            return;
        }
        if seen.cookie.is_some() {
            self.cookie.clone_from(&seen.cookie);
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
        let request = self.connections[at.0].request.len();
        if at.1 == 0 && request > 0 {
            self.write(at, request as u32);
        }
    }

    /// Takes the target's key out of its SYN/ACK.
    pub(super) fn keys_of_syn_ack(
        connection: &mut super::connection::Connection,
        seen: &Seen,
    ) -> bool {
        let capable = seen.well_formed().find_map(|option| match option {
            MptcpOption::MpCapable(capable) => Some(*capable),
            _ => None,
        });
        let Some((capable, key)) = capable.and_then(|own| Some((own, own.sender_key()?))) else {
            return false;
        };
        // RFC 8684 §3.1: the version of the answer holds. The tester speaks version 1 alone.
        if capable.version != 1 || connection.opening.version == 0 {
            return false;
        }
        connection.opening.version = 1;
        connection.remote = Some((key, Algorithm::Sha256.derive(key)));
        let either = capable.flags.0 | connection.opening.flags;
        connection.checksums = CapableFlags(either).has(CapableFlags::CHECKSUM);
        true
    }

    /// Verifies the SYN/ACK of a join.
    pub(super) fn verify_syn_ack(&mut self, at: (usize, usize), seen: &Seen) -> bool {
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
        let (subflow, hmac) = (&connection.subflows[at.1], join.hmac.to_be_bytes());
        let proven = own::check_remote_hmac(connection, subflow, &hmac, "SYN/ACK");
        self.accept_proof(at, seen.packet, proven)
    }

    /// Gives a join up if its HMAC is wrong, and tells whether it is right.
    fn accept_proof(
        &mut self,
        at: (usize, usize),
        packet: u64,
        proven: Result<(), String>,
    ) -> bool {
        let Err(wrong) = proven else { return true };
        self.connections[at.0].subflows[at.1].marks.unproven = true;
        self.give_up(at, packet, 1, &wrong);
        false
    }

    /// The first segment behind the SYN of the target came.
    pub(super) fn third(&mut self, at: (usize, usize), segment: &Segment<'_>, seen: &Seen) {
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
                Some(key) => connection.remote = Some((key, Algorithm::Sha256.derive(key))),
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
            let proven = own::check_remote_hmac(connection, subflow, &hmac, "third ACK");
            if !self.accept_proof(at, seen.packet, proven) {
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
        let acks = subflow.acks;
        if segment.payload_len == 0 && !self.connections[at.0].plain && acks {
            // RFC 8684 §3.2: the third ACK of a join is acknowledged. That of the connection
            // needn't be, but a target that waits for a sign of it has one.
            if at.1 == 0 {
                self.send_ack(at);
            } else {
                let comment = "the third ACK of a join is acknowledged".to_owned();
                self.send_control(at, Flags::ACK, &[Opt::Timestamps, Opt::Dss], comment);
            }
        }
        self.exchange(at, segment, seen);
    }
}
