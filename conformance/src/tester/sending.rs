//! The tester's own stream: sent, repeated until it is acknowledged, and closed.

use std::time::Duration;

use mpdissect::wire::mptcp::{Dss, Mapping, MptcpOption, Seq as DataSeq};
use mpdissect::wire::tcp::Flags;

use super::Tester;
use super::connection::{Connection, Queued, State, Subflow};
use super::own::Part;
use crate::script::{Address, Checksum, Correctness, Opt, Segment as Template, Seq, Shape, data};

impl Tester {
    /// The tester's application writes.
    pub(super) fn write(&mut self, at: (usize, usize), octets: u32) {
        let sf = self.name(at);
        let most = self.connections[at.0].subflows[at.1].remote_mss.saturating_sub(40).max(1);
        let mut left = octets;
        while left > 0 {
            let part = left.min(most.into()) as u16;
            self.enqueue(at, data(sf, part));
            left -= u32::from(part);
        }
        self.push_queue(at);
    }

    /// Sends a segment of the script. One that takes sequence numbers, and that the target can
    /// accept, is kept until it is acknowledged.
    pub(super) fn send_segment(&mut self, at: (usize, usize), segment: &Template, again: bool) {
        for option in &segment.options {
            if let Opt::AddAddr { id, address: Address::Tester(address), .. } = option
                && let Some(&addr) = self.topology.tester.get(usize::from(*address))
            {
                self.connections[at.0].announced.push((addr, *id));
            }
        }
        self.connections[at.0].provoked |= Self::provokes(segment);
        let step = self.step;
        if Self::is_reliable(segment) {
            self.enqueue(at, segment.clone());
            self.push_all(at);
        } else {
            let connection = &mut self.connections[at.0];
            let by = match segment.seq {
                Seq::Next => 0,
                Seq::Offset(by) => by,
            };
            let place = segment.place.unwrap_or(by);
            let offset = connection.written.saturating_add_signed(place.into());
            connection.close_with(segment, offset, at.1);
            let subflow = &connection.subflows[at.1];
            let seq = subflow.next.wrapping_add_signed(by);
            let comment =
                if again { format!("step {step}, again") } else { format!("step {step}") };
            self.send_template(at, segment, offset, seq, comment);
        }
        if segment.flags.contains(Flags::RST) && segment.seq == Seq::Next {
            let subflow = &mut self.connections[at.0].subflows[at.1];
            subflow.timer = None;
            if segment.checksum == Correctness::Right && segment.data_offset.is_none() {
                subflow.state = State::Dead;
                let closes = |option: &Opt| matches!(option, Opt::Fastclose(_));
                subflow.marks.closes_all |= segment.options.iter().any(closes);
                self.reinject(at);
            }
        }
    }

    /// Whether a segment is a reason to fall back, or to reset its subflow.
    fn provokes(segment: &Template) -> bool {
        let odd = |shape: &Shape| {
            shape.mapping.is_some_and(|mapped| {
                mapped.length == Some(0) || mapped.checksum != Checksum::Negotiated
            })
        };
        let has_dss =
            |option: &Opt| matches!(option, Opt::Dss | Opt::Shaped(_) | Opt::DssWithout { .. });
        let bare = segment.payload > 0 && !segment.options.iter().any(has_dss);
        segment.foreign
            || bare
            || segment.options.iter().any(|option| match option {
                Opt::Fail => true,
                Opt::Shaped(shape) => odd(shape),
                _ => false,
            })
    }

    /// Whether a segment stays until it is acknowledged.
    pub(crate) fn is_reliable(segment: &Template) -> bool {
        let takes = segment.payload > 0 || segment.flags.intersects(Flags::FIN | Flags::SYN);
        takes
            && segment.seq == Seq::Next
            && segment.checksum == Correctness::Right
            && segment.data_offset.is_none()
            && !segment.flags.intersects(Flags::RST)
    }

    pub(super) fn enqueue(&mut self, at: (usize, usize), segment: Template) {
        let step = self.step;
        let connection = &mut self.connections[at.0];
        let subflow = &mut connection.subflows[at.1];
        let ends = u32::from(segment.flags.contains(Flags::FIN))
            + u32::from(segment.flags.contains(Flags::SYN));
        let length = u32::from(segment.payload) + ends;
        let place = segment.place.unwrap_or(0);
        let (seq, offset) = (subflow.next, connection.written.saturating_add_signed(place.into()));
        subflow.next = seq.wrapping_add(length);
        if segment.place.is_none() {
            connection.written += u64::from(segment.payload);
        }
        connection.close_with(&segment, offset, at.1);
        let subflow = &mut connection.subflows[at.1];
        subflow.queue.push_back(Queued { seq, length, segment, offset, packet: None, step });
    }

    /// Sends what is queued, as far as the target's window goes.
    pub(super) fn push_queue(&mut self, at: (usize, usize)) {
        let subflow = &self.connections[at.0].subflows[at.1];
        if subflow.queue.back().is_some_and(|last| last.packet.is_none()) {
            let edge = subflow.unacked.wrapping_add(subflow.remote_window);
            self.push(at, edge);
        }
    }

    /// Sends what is queued, whatever the target's window says.
    pub(super) fn push_all(&mut self, at: (usize, usize)) {
        let edge = self.connections[at.0].subflows[at.1].next;
        self.push(at, edge);
    }

    pub(super) fn push(&mut self, at: (usize, usize), edge: u32) {
        let now = self.now;
        let subflow = &mut self.connections[at.0].subflows[at.1];
        if !subflow.is_open() {
            return;
        }
        let mut queue = std::mem::take(&mut subflow.queue);
        for queued in queue.iter_mut().filter(|queued| queued.packet.is_none()) {
            let end = queued.seq.wrapping_add(queued.length);
            if edge.wrapping_sub(end).cast_signed() < 0 {
                break;
            }
            let comment = format!("step {}", queued.step);
            let sent = self.send_template(at, &queued.segment, queued.offset, queued.seq, comment);
            queued.packet = Some(sent.unwrap_or(self.transcript.packets.len() as u64));
        }
        let subflow = &mut self.connections[at.0].subflows[at.1];
        subflow.queue = queue;
        if !subflow.queue.is_empty() && subflow.timer.is_none() {
            subflow.restart_timer(now);
        }
    }

    /// Sends the first segment of the queue again.
    pub(super) fn retransmit(&mut self, at: (usize, usize)) {
        let queue = std::mem::take(&mut self.connections[at.0].subflows[at.1].queue);
        let mut queue = queue;
        if let Some(first) = queue.front_mut() {
            let comment = match first.packet {
                Some(packet) => format!("packet {packet}, again"),
                None => format!("step {}", first.step),
            };
            let sent = self.send_template(at, &first.segment, first.offset, first.seq, comment);
            let count = self.transcript.packets.len() as u64;
            first.packet.get_or_insert(sent.unwrap_or(count));
        }
        self.connections[at.0].subflows[at.1].queue = queue;
    }

    /// Data of a subflow that is no more goes on another one of its connection.
    pub(super) fn reinject(&mut self, at: (usize, usize)) {
        let connection = &mut self.connections[at.0];
        let queue = std::mem::take(&mut connection.subflows[at.1].queue);
        if connection.plain {
            return;
        }
        let Some(other) =
            connection.subflows.iter().position(|own| own.state == State::Established)
        else {
            return;
        };
        let (acked, step) = (connection.acked, self.step);
        let to = (at.0, other);
        let sf = self.name(to);
        let lost = queue
            .into_iter()
            .filter(|queued| queued.segment.payload > 0 && queued.segment.place.is_none());
        for queued in
            lost.filter(|queued| queued.offset + u64::from(queued.segment.payload) > acked)
        {
            let segment = data(sf, queued.segment.payload);
            let subflow = &mut self.connections[to.0].subflows[to.1];
            subflow.requeue(Queued { segment, step, ..queued });
        }
        self.push_queue(to);
    }

    /// Sends the DATA_FIN.
    pub(super) fn send_data_fin(&mut self, at: (usize, usize), comment: String) {
        let connection = &mut self.connections[at.0];
        let end = connection.written;
        connection.closed = Some((end, at.1));
        connection.close_timer = Some(self.now + super::connection::Subflow::TIMEOUT);
        let dss = Dss {
            reserved: 0,
            data_fin: true,
            data_ack: Some(DataSeq::Long(connection.data_ack())),
            mapping: Some(Mapping {
                dsn: DataSeq::Long(connection.dsn(end)),
                ssn: 0,
                length: 1,
                checksum: connection.checksums.then(|| {
                    let dsn = connection.dsn(end);
                    mpdissect::crypto::Sum::of_mapping(dsn, 0, 1).checksum()
                }),
            }),
            idle_width_flags: 0,
        };
        let options = [Opt::Timestamps, Opt::Mptcp(MptcpOption::Dss(dss))];
        self.send_control(at, Flags::ACK, &options, comment);
    }

    /// When the tester has something to do by itself.
    pub(crate) fn next_wake(&self) -> Option<Duration> {
        let subflows = |own: &super::connection::Connection| {
            own.subflows.iter().filter_map(|subflow| subflow.timer).min()
        };
        self.connections.iter().flat_map(|own| [own.close_timer, subflows(own)]).flatten().min()
    }

    /// Does what is due.
    pub(crate) fn wake(&mut self, now: Duration) {
        self.now = now;
        for c in 0..self.connections.len() {
            for s in 0..self.connections[c].subflows.len() {
                let subflow = &mut self.connections[c].subflows[s];
                if subflow.timer.is_none_or(|timer| timer > now) {
                    continue;
                }
                subflow.back_off(now);
                let at = (c, s);
                match subflow.state {
                    State::SynSent => self.send_part(at, Part::Syn, "SYN, again".into()),
                    State::SynReceived => self.send_part(at, Part::SynAck, "SYN/ACK, again".into()),
                    State::Unconfirmed if !subflow.withheld => {
                        self.send_part(at, Part::Third, "third ACK, again".into());
                    }
                    State::Established if !subflow.queue.is_empty() => self.retransmit(at),
                    State::Established => self.ask_again(at),
                    _ => subflow.timer = None,
                }
            }
            self.wake_close(c);
        }
    }

    /// A host may be behind with its data acknowledgments, and send the next one only when it has
    /// something to acknowledge: a segment that it has already is that (RFC 9293 §3.10.7.4). If
    /// that doesn't help, the data is sent once more as new octets of the subflow, which is how
    /// it's done at the data level (RFC 8684 §3.3.6).
    fn ask_again(&mut self, at: (usize, usize)) {
        let connection = &mut self.connections[at.0];
        let acked = connection.acked;
        let is_acked = |queued: &Queued| queued.offset + u64::from(queued.segment.payload) <= acked;
        let subflow = &mut connection.subflows[at.1];
        subflow.half_done.retain(|queued| !is_acked(queued));
        let oldest = subflow.half_done.pop_front().filter(|_| !connection.plain);
        let Some(queued) = oldest else {
            subflow.timer = None;
            return;
        };
        // The timeout was doubled for this time already.
        let first = subflow.timeout <= 2 * Subflow::TIMEOUT;
        let plain = queued.segment == data(queued.segment.on, queued.segment.payload);
        if first || !plain {
            let comment = "again, for want of a data acknowledgment".to_owned();
            self.send_template(at, &queued.segment, queued.offset, queued.seq, comment);
            self.connections[at.0].subflows[at.1].half_done.push_front(queued);
        } else {
            subflow.requeue(queued);
            self.push_queue(at);
        }
    }

    pub(super) fn wake_close(&mut self, c: usize) {
        let now = self.now;
        let connection = &mut self.connections[c];
        if connection.close_timer.is_none_or(|timer| timer > now) {
            return;
        }
        connection.close_timer = None;
        let Some((end, s)) = connection.closed else { return };
        if connection.acked <= end && connection.subflows[s].is_open() {
            self.send_data_fin((c, s), "DATA_FIN, again".into());
        }
    }
}

impl Connection {
    /// Notes that a segment closes the tester's stream, if its DSS has the DATA_FIN; its payload
    /// begins at `offset`.
    fn close_with(&mut self, segment: &Template, offset: u64, on: usize) {
        let closes = segment
            .options
            .iter()
            .any(|option| matches!(option, Opt::Shaped(Shape { data_fin: true, .. })));
        if closes {
            self.closed = Some((offset + u64::from(segment.payload), on));
        }
    }
}
