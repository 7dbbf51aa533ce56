//! The target's stream: mappings, octets, and what becomes of them.

use std::time::Duration;

use mpdissect::wire::mptcp::{CapableKeys, Dss, MpCapable};
use mpdissect::wire::tcp::{Flags, Segment};

use super::Tester;
use super::connection::{Arrival, First, Map, Resent};
use super::seen::Seen;
use crate::script::App;
use crate::stream;

impl Tester {
    /// Stacks wait longer than this before they give up a segment (RFC 6298 §2.4 wants a second,
    /// and 200 ms are usual).
    pub(super) const PAUSE: Duration = Duration::from_millis(150);
    /// What is sent again at once arrives at shorter intervals.
    const BURST: Duration = Duration::from_millis(20);
    /// No stream of a case is longer, in octets.
    const LONGEST: u64 = 1 << 32;

    /// Follows a DSS; whether it wants to be acknowledged.
    pub(super) fn take_dss(&mut self, at: (usize, usize), dss: &Dss, seen: &Seen) -> bool {
        let connection = &mut self.connections[at.0];
        connection.heard_dss = true;
        if let Some(ack) = dss.data_ack {
            let end = connection.end_of_sent();
            match connection.acknowledged(ack) {
                Some(acked) if acked > connection.acked && acked <= end => {
                    connection.acked = acked;
                    connection.acked_by = seen.packet;
                }
                Some(acked) if acked <= end => {}
                _ => {
                    connection.overacked.get_or_insert(seen.packet);
                }
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
        if mapping.length > 0 {
            let (ssn, covered) = (mapping.ssn, length);
            let right = connection
                .checksums
                .then(|| connection.checksum_of(stream, ssn, mapping.length, covered));
            if right != mapping.checksum && connection.broken.is_none() {
                let what = match (right, mapping.checksum) {
                    (Some(right), Some(sum)) => {
                        format!("a mapping has the checksum {sum:#06x} instead of {right:#06x}")
                    }
                    (Some(_), None) => "a mapping has no checksum, though they are in use".into(),
                    _ => "a mapping has a checksum, though they aren't in use".into(),
                };
                connection.broken = Some((seen.packet, what));
            }
        }
        if mapping.length == 0 {
            connection.fell_back.get_or_insert(seen.packet);
            connection.plain |= connection.subflows.len() == 1;
            if !connection.provoked {
                self.blame_path(at, seen.packet, "the target falls back without a reason");
            }
            return false;
        }
        let subflow = &mut connection.subflows[at.1];
        if length > 0
            && let Some(place) = subflow.place_of_ssn(mapping.ssn)
        {
            let map = Map { place, stream, length };
            // RFC 8684 §3.3.1: a mapping that was declared doesn't change.
            let contradicts = |known: &&Map| {
                known.place < place + length
                    && place < known.place + known.length
                    && known.place.wrapping_sub(known.stream) != place.wrapping_sub(stream)
            };
            let finite = mapping.length > 0;
            if finite
                && connection.broken.is_none()
                && subflow.maps.iter().any(|known| contradicts(&known))
            {
                let what = "octets of the subflow that were mapped are mapped anew".to_owned();
                connection.broken = Some((seen.packet, what));
            }
            if subflow.maps.last() != Some(&map) {
                subflow.maps.push(map);
            }
        }
        dss.data_fin
    }

    /// The mapping in the MP_CAPABLE of the first data.
    pub(super) fn take_capable_data(
        &mut self,
        at: (usize, usize),
        capable: &MpCapable,
        seen: &Seen,
    ) {
        if let CapableKeys::Data { length, checksum, .. } = capable.keys
            && at.1 == 0
        {
            let connection = &mut self.connections[at.0];
            let right =
                connection.checksums.then(|| connection.checksum_of(0, 1, length, length.into()));
            if right != checksum && connection.broken.is_none() {
                let what = "the mapping in an MP_CAPABLE has not the right checksum".to_owned();
                connection.broken = Some((seen.packet, what));
            }
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
        if length > 0 {
            if place + length > subflow.allowed + 1 {
                subflow.overrun = seen.packet;
            }
            if place + length <= subflow.reach {
                subflow.retransmitted = seen.packet;
            }
            subflow.reach = subflow.reach.max(place + length);
        }
        if !subflow.acks {
            // Not taken, so that it isn't acknowledged: but it did arrive.
            for part in Self::streamed(&subflow.maps, plain, place, length) {
                self.arrive(at, part.1, part.2, seen, true);
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
    pub(super) fn streamed(
        maps: &[Map],
        plain: bool,
        place: u64,
        length: u64,
    ) -> Vec<(u64, u64, u64)> {
        // Plain data goes on where the mappings end; without any, the first octet is at place 1.
        let places = maps.iter().map(|map| map.place + map.length).max().unwrap_or(1);
        let streams = maps.iter().map(|map| map.stream + map.length).max().unwrap_or(0);
        let (mut at, end) = (place, place + length);
        let mut parts = Vec::new();
        while at < end {
            // The latest mapping is nearly always the one.
            let over = |map: &&Map| map.place <= at && at < map.place + map.length;
            let Some(map) = maps.iter().rev().find(over) else {
                let next = maps.iter().map(|map| map.place).filter(|start| *start > at).min();
                let next = next.unwrap_or(end).min(end);
                if plain {
                    let stream = (streams + at).saturating_sub(places);
                    parts.push((at, stream, stream + (next - at)));
                }
                at = next;
                continue;
            };
            let to = end.min(map.place + map.length);
            let stream = map.stream + (at - map.place);
            parts.push((at, stream, stream + (to - at)));
            at = to;
        }
        parts
    }

    pub(super) fn set_aside(&mut self, at: (usize, usize), place: u64, octets: Option<&[u8]>) {
        if let Some(octets) = octets {
            let unmapped = &mut self.connections[at.0].subflows[at.1].unmapped;
            unmapped.push((place, octets.to_vec()));
        }
    }

    /// Looks again at payload that came before its mapping. What was received in order and has no
    /// mapping then was sent without one.
    pub(super) fn retry_unmapped(&mut self, at: (usize, usize), seen: &Seen) {
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
    pub(super) fn deliver(&mut self, at: (usize, usize), start: u64, octets: &[u8], seen: &Seen) {
        let end = start + octets.len() as u64;
        self.arrive(at, start, end, seen, false);
        let connection = &mut self.connections[at.0];
        if end > Self::LONGEST {
            return;
        }
        let known = connection.request.is_empty();
        if known && !stream::matches(start, octets) && connection.broken.is_none() {
            let wrong =
                (start..).zip(octets).find(|&(place, &octet)| stream::octet(place) != octet);
            let place = wrong.map_or(start, |(place, _)| place);
            let what = format!("octet {place} of the stream is not what the application sends");
            connection.broken = Some((seen.packet, what));
        }
        let echo = connection.opening.app == App::Echo;
        let sent = connection.written.max(connection.reach);
        if echo && end > sent && connection.broken.is_none() {
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
    pub(super) fn arrive(
        &mut self,
        at: (usize, usize),
        start: u64,
        end: u64,
        seen: &Seen,
        may_be_same: bool,
    ) {
        let connection = &mut self.connections[at.0];
        if end > connection.allowed + 1 {
            connection.overrun = seen.packet;
        }
        let to = at.1 as u8;
        let before = |one: &&(u64, u64, u8)| one.0 < end && start < one.1;
        let before = if start < connection.came.end() {
            connection.carriers.iter().find(before).map(|one| one.2)
        } else {
            None
        };
        // What isn't taken comes again with the same sequence numbers.
        if let Some(from) = before.filter(|from| !may_be_same || *from != to) {
            connection.resent.push(Resent { from, to, packet: seen.packet });
        }
        let late = connection.arrivals.last().is_some_and(|last| {
            let pause = self.now.saturating_sub(last.time);
            let follows = last.late && usize::from(last.subflow) == at.1;
            pause >= Self::PAUSE || (follows && pause < Self::BURST)
        });
        let arrival = |start, end| Arrival {
            start,
            end,
            subflow: to,
            packet: seen.packet,
            time: self.now,
            late,
        };
        for (from, end) in connection.came.insert(start, end) {
            connection.carriers.push((from, end, to));
            let fills = from < connection.newest;
            connection.firsts.push(First { arrival: arrival(from, end), fills });
        }
        let fresh = start.max(connection.newest);
        if fresh < end {
            connection.newest = end;
            connection.arrivals.push(arrival(fresh, end));
        }
    }
}
