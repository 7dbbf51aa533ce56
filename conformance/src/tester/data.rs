//! The target's stream: mappings, octets, and what becomes of them; and the tester's own.

use std::time::Duration;

use mpdissect::wire::mptcp::{CapableKeys, Dss, Mapping, MpCapable, MptcpOption, Seq as DataSeq};
use mpdissect::wire::tcp::{Flags, Segment};

use super::Tester;
use super::compose::Part;
use super::connection::{Arrival, Map, Queued, State};
use super::seen::Seen;
use crate::script::{App, Correctness, Opt, Segment as Template, Seq, data};
use crate::stream;

impl Tester {
    /// Stacks wait longer than this before they give up a segment (RFC 6298 §2.4 wants a second,
    /// and 200 ms are usual).
    const PAUSE: Duration = Duration::from_millis(150);
    /// What is sent again at once arrives at shorter intervals.
    const BURST: Duration = Duration::from_millis(20);
    /// No stream of a case is longer, in octets.
    const LONGEST: u64 = 1 << 32;

    /// Follows a DSS; whether it wants to be acknowledged.
    pub(super) fn take_dss(&mut self, at: (usize, usize), dss: &Dss, seen: &Seen) -> bool {
        let connection = &mut self.connections[at.0];
        connection.heard_dss = true;
        if let Some(ack) = dss.data_ack
            && let Some(acked) = connection.acknowledged(ack)
        {
            let end = connection.written + u64::from(connection.closed.is_some());
            if acked > connection.acked && acked <= end {
                connection.acked = acked;
                connection.acked_by = seen.packet;
            }
        }
        let Some(mapping) = dss.mapping else { return false };
        let Some(stream) = connection.place(mapping.dsn) else { return dss.data_fin };
        let mut length = u64::from(mapping.length);
        if dss.data_fin {
            // RFC 8684 §3.3.3: the DATA_FIN is counted as an octet behind the others.
            length = length.saturating_sub(1);
            connection.remote_end = Some(stream + length);
        }
        let subflow = &mut connection.subflows[at.1];
        if mapping.length == 0 {
            connection.fell_back.get_or_insert(seen.packet);
            length = Self::LONGEST;
        }
        if length > 0
            && let Some(place) = subflow.place_of_ssn(mapping.ssn)
        {
            let map = Map { place, stream, length };
            if subflow.maps.last() != Some(&map) {
                subflow.maps.push(map);
            }
        }
        dss.data_fin
    }

    /// The mapping in the MP_CAPABLE of the first data.
    pub(super) fn take_capable_data(&mut self, at: (usize, usize), capable: &MpCapable) {
        if let CapableKeys::Data { length, .. } = capable.keys
            && at.1 == 0
        {
            let map = Map { place: 1, stream: 0, length: length.into() };
            let maps = &mut self.connections[at.0].subflows[at.1].maps;
            if !maps.contains(&map) {
                maps.push(map);
            }
        }
    }

    /// Takes in payload and FIN; whether they want to be acknowledged.
    pub(super) fn take_payload(
        &mut self,
        at: (usize, usize),
        place: u64,
        segment: &Segment<'_>,
        seen: &Seen,
    ) -> bool {
        let length = segment.payload.len() as u64;
        let fin = segment.flags.contains(Flags::FIN);
        if length == 0 && !fin {
            return false;
        }
        let plain = self.connections[at.0].plain;
        if plain && length > 0 && seen.options.is_empty() {
            self.connections[at.0].fell_back.get_or_insert(seen.packet);
        }
        let subflow = &mut self.connections[at.0].subflows[at.1];
        if !subflow.acks {
            // Not taken, so that it isn't acknowledged: but it did arrive.
            for part in Self::streamed(&subflow.maps, plain, place, length) {
                self.arrive(at, part.1, part.2, seen);
            }
            return false;
        }
        let fresh = subflow.received.insert(place, place + length);
        for (from, to) in fresh {
            let cut = |start: u64, end: u64| {
                segment.payload.get((start - place) as usize..(end - place) as usize)
            };
            let maps = &self.connections[at.0].subflows[at.1].maps;
            let parts = Self::streamed(maps, plain, from, to - from);
            let mut rest = from;
            for (start, stream, end) in parts {
                if rest < start {
                    self.set_aside(at, rest, cut(rest, start));
                }
                let octets = cut(start, start + (end - stream)).unwrap_or_default();
                self.deliver(at, stream, octets, seen);
                rest = start + (end - stream);
            }
            if rest < to {
                self.set_aside(at, rest, cut(rest, to));
            }
        }
        let subflow = &mut self.connections[at.0].subflows[at.1];
        if fin {
            subflow.received.insert(place + length, place + length + 1);
            subflow.marks.fin.get_or_insert(seen.packet);
        }
        if !subflow.unmapped.is_empty() {
            self.retry_unmapped(at, seen);
        }
        true
    }

    /// The parts of a range of a subflow that have a place in the stream: their place behind the
    /// SYN, and their start and end in the stream.
    fn streamed(maps: &[Map], plain: bool, place: u64, length: u64) -> Vec<(u64, u64, u64)> {
        if plain {
            return vec![(place, place.saturating_sub(1), place.saturating_sub(1) + length)];
        }
        let (mut at, end) = (place, place + length);
        let mut parts = Vec::new();
        while at < end {
            // The latest mapping is nearly always the one.
            let over = |map: &&Map| map.place <= at && at < map.place + map.length;
            let Some(map) = maps.iter().rev().find(over) else {
                let next = maps.iter().map(|map| map.place).filter(|start| *start > at).min();
                match next {
                    Some(next) if next < end => at = next,
                    _ => break,
                }
                continue;
            };
            let to = end.min(map.place + map.length);
            let stream = map.stream + (at - map.place);
            parts.push((at, stream, stream + (to - at)));
            at = to;
        }
        parts
    }

    fn set_aside(&mut self, at: (usize, usize), place: u64, octets: Option<&[u8]>) {
        if let Some(octets) = octets {
            let unmapped = &mut self.connections[at.0].subflows[at.1].unmapped;
            unmapped.push((place, octets.to_vec()));
        }
    }

    /// Looks again at payload that came before its mapping. What was received in order and has no
    /// mapping then was sent without one.
    fn retry_unmapped(&mut self, at: (usize, usize), seen: &Seen) {
        let waiting = std::mem::take(&mut self.connections[at.0].subflows[at.1].unmapped);
        for (place, octets) in waiting {
            let connection = &self.connections[at.0];
            let subflow = &connection.subflows[at.1];
            let length = octets.len() as u64;
            let parts = Self::streamed(&subflow.maps, connection.plain, place, length);
            let in_order = place < subflow.expected();
            if parts.is_empty() && in_order {
                let connection = &mut self.connections[at.0];
                connection.fell_back.get_or_insert(seen.packet);
                self.suspect(at, seen.packet, "data has no mapping, as if it was removed");
                if at.1 == 0 && self.connections[at.0].subflows.len() == 1 {
                    self.connections[at.0].plain = true;
                    self.deliver(at, place.saturating_sub(1), &octets, seen);
                }
                continue;
            }
            if parts.is_empty() {
                self.connections[at.0].subflows[at.1].unmapped.push((place, octets));
                continue;
            }
            for (start, stream, end) in parts {
                let from = (start - place) as usize;
                let part = octets.get(from..from + (end - stream) as usize).unwrap_or_default();
                self.deliver(at, stream, part, seen);
            }
        }
    }

    /// Octets of the target's stream have come.
    fn deliver(&mut self, at: (usize, usize), start: u64, octets: &[u8], seen: &Seen) {
        let end = start + octets.len() as u64;
        self.arrive(at, start, end, seen);
        let connection = &mut self.connections[at.0];
        if end > Self::LONGEST {
            return;
        }
        if !stream::matches(start, octets) && connection.broken.is_none() {
            let wrong =
                (start..).zip(octets).find(|&(place, &octet)| stream::octet(place) != octet);
            let place = wrong.map_or(start, |(place, _)| place);
            let what = format!("octet {place} of the stream is not what the application sends");
            connection.broken = Some((seen.packet, what));
        }
        let echo = connection.opening.app == App::Echo;
        if echo && end > connection.written && connection.broken.is_none() {
            let what = format!("octet {} of the echo, which was never sent", end - 1);
            connection.broken = Some((seen.packet, what));
        }
        let before = connection.received.contiguous();
        connection.received.insert(start, end);
        let after = connection.received.contiguous();
        if after > before {
            connection.advances.push((seen.packet, after));
        }
    }

    /// Accounts for new octets.
    fn arrive(&mut self, at: (usize, usize), start: u64, end: u64, seen: &Seen) {
        let connection = &mut self.connections[at.0];
        let fresh = start.max(connection.newest);
        if fresh < end {
            connection.newest = end;
            let late = connection.arrivals.last().is_some_and(|last| {
                let pause = self.now.saturating_sub(last.time);
                let follows = last.late && usize::from(last.subflow) == at.1;
                pause >= Self::PAUSE || (follows && pause < Self::BURST)
            });
            connection.arrivals.push(Arrival {
                start: fresh,
                end,
                subflow: at.1 as u8,
                packet: seen.packet,
                time: self.now,
                late,
            });
        }
    }

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
            if let Opt::AddAddr { id, address, .. } = option
                && let Some(&addr) = self.topology.tester.get(usize::from(*address))
            {
                self.connections[at.0].announced.push((addr, *id));
            }
        }
        let step = self.step;
        if Self::is_reliable(segment) {
            self.enqueue(at, segment.clone());
            self.push_all(at);
        } else {
            let connection = &self.connections[at.0];
            let subflow = &connection.subflows[at.1];
            let (by, offset) = match segment.seq {
                Seq::Next => (0, connection.written),
                Seq::Offset(by) => (by, connection.written.saturating_add_signed(by.into())),
            };
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
                self.reinject(at);
            }
        }
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
        let (seq, offset) = (subflow.next, connection.written);
        subflow.next = seq.wrapping_add(length);
        connection.written += u64::from(segment.payload);
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
    fn push_all(&mut self, at: (usize, usize)) {
        let edge = self.connections[at.0].subflows[at.1].next;
        self.push(at, edge);
    }

    fn push(&mut self, at: (usize, usize), edge: u32) {
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
    fn retransmit(&mut self, at: (usize, usize)) {
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
        let lost = queue.into_iter().filter(|queued| queued.segment.payload > 0);
        for queued in
            lost.filter(|queued| queued.offset + u64::from(queued.segment.payload) > acked)
        {
            let segment = data(sf, queued.segment.payload);
            let subflow = &mut self.connections[to.0].subflows[to.1];
            let (seq, length) = (subflow.next, u32::from(segment.payload));
            subflow.next = seq.wrapping_add(length);
            let offset = queued.offset;
            subflow.queue.push_back(Queued { seq, length, segment, offset, packet: None, step });
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
                    _ => subflow.timer = None,
                }
            }
            self.wake_close(c);
        }
    }

    fn wake_close(&mut self, c: usize) {
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
