//! Packets of the target: which subflow they belong to, and what they do to it.

use std::time::Duration;

use mpdissect::source::LinkType;
use mpdissect::wire::frame;
use mpdissect::wire::mptcp::{MpTcprst, MptcpOption};
use mpdissect::wire::tcp::{Flags, Segment};

use super::Tester;
use super::connection::{State, Subflow};
use super::own::Part;
use super::seen::Seen;
use crate::script::{Opt, Sf};
use crate::transcript::Sender;

impl Tester {
    /// Takes in a packet of the target.
    pub(crate) fn receive(&mut self, now: Duration, octets: Vec<u8>) {
        self.now = now;
        let Ok(located) = frame::locate(LinkType::RAW, &octets, octets.len() as u32) else {
            let number = self.transcript.add(now, Sender::Target, Vec::new(), String::new());
            self.transcript.fill(number, octets);
            return;
        };
        let segment = located.segment();
        let known = self.find(&segment);
        if known.is_some_and(|at| !self.connections[at.0].subflows[at.1].up) {
            return;
        }
        // The octets are borrowed until the packet is through: its place is kept.
        let number = self.transcript.add(now, Sender::Target, Vec::new(), String::new());
        let mut seen = Seen::read(&segment, number, now, self.plan.dialect);
        let at = known.or_else(|| self.admit(&segment, &seen));
        seen.sf = at.map(|at| self.name(at));
        if let Some(at) = at {
            self.connections[at.0].last_packet = number;
            self.process(at, &segment, &seen);
        }
        self.seen.push(seen);
        self.transcript.fill(number, octets);
    }

    /// The name of a subflow in the script.
    pub(super) fn name(&self, at: (usize, usize)) -> Sf {
        Sf { conn: self.connections[at.0].opening.conn, index: at.1.min(255) as u8 }
    }

    pub(super) fn find(&self, segment: &Segment<'_>) -> Option<(usize, usize)> {
        self.connections.iter().enumerate().find_map(|(c, connection)| {
            let here =
                |subflow: &Subflow| subflow.remote == segment.src && subflow.local == segment.dst;
            connection.subflows.iter().position(here).map(|s| (c, s))
        })
    }

    pub(super) fn process(&mut self, at: (usize, usize), segment: &Segment<'_>, seen: &Seen) {
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
            State::Dead if subflow.marks.reset.is_none() && !subflow.marks.closes_all => {
                self.turn_away(at, segment);
            }
            State::SynSent | State::Unconfirmed | State::Established | State::Dead => {}
        }
    }

    /// A segment for a subflow that the tester gave up: its RST may have been lost.
    pub(super) fn turn_away(&mut self, at: (usize, usize), segment: &Segment<'_>) {
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

    pub(super) fn reset(&mut self, at: (usize, usize), segment: &Segment<'_>, seen: &Seen) {
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
        if middlebox && at.1 > 0 && !self.connections[at.0].provoked {
            // RFC 8684 §3.7: data acknowledgments don't arrive there.
            self.blame_path(
                at,
                seen.packet,
                "the target resets and says that a middlebox interferes",
            );
        } else if middlebox {
            self.suspect(at, seen.packet, "the target resets and says that a middlebox interferes");
        }
        self.reinject(at);
    }

    /// Notes down that the path may be at fault for what the target does, by losing the third ACK.
    pub(super) fn suspect(&mut self, at: (usize, usize), packet: u64, why: &str) {
        let connection = &self.connections[at.0];
        // What the script leaves out, the target misses rightly.
        let scripted =
            connection.deviates() || (connection.plain && connection.fell_back.is_none());
        if !connection.heard_dss && !scripted {
            self.blame_path(at, packet, why);
        }
    }

    /// Notes down that the path may be at fault for what the target does.
    pub(super) fn blame_path(&mut self, at: (usize, usize), packet: u64, why: &str) {
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

    /// A segment behind the handshakes.
    pub(super) fn exchange(&mut self, at: (usize, usize), segment: &Segment<'_>, seen: &Seen) {
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
                    let has_dss = |option: &Opt| matches!(option, Opt::Dss | Opt::Shaped(_));
                    let is_mapped =
                        first.segment.payload > 0 && first.segment.options.iter().any(has_dss);
                    mapped |= is_mapped;
                    let first = subflow.queue.pop_front();
                    subflow.half_done.extend(first.filter(|_| is_mapped));
                }
                if !subflow.queue.is_empty() || !subflow.half_done.is_empty() {
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
        // RFC 9293 §3.8.4: a question whether anybody is still there, an octet before the next.
        let asks = place + 1 == self.connections[at.0].subflows[at.1].expected()
            && !segment.flags.contains(Flags::FIN);
        let wants_ack = self.take_options(at, seen) | again | asks;
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
}
