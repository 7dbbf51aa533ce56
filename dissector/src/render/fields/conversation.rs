//! The TCP conversations of a capture, those without MPTCP too, numbered as Wireshark does.

use std::hash::Hash;

use hashbrown::HashMap;

use crate::flow::FlowKey;
use crate::wire::tcp::{Endpoint, Flags, Segment};

/// Conversations that are remembered: some 10 MB. Of one that comes back after it was forgotten
/// the number is new.
const CONVERSATIONS: usize = 65_536;

/// Connections whose conversations are listed. Of one that comes back after it was forgotten the
/// list starts again.
const CONNECTIONS: usize = 20_000;

/// Conversations that are listed of one connection.
const LISTED: usize = 1024;

/// Where a segment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The conversation, counted from 0.
    pub(super) stream: u32,
    /// The sequence number, relative.
    pub(super) seq: u32,
    /// The acknowledgment number, relative with ACK, else as it is.
    pub(super) ack: u32,
}

#[derive(Debug)]
struct Conversation {
    number: u32,
    /// Who sent the first segment.
    first: Endpoint,
    /// What the numbers of whoever sent the first segment, and of the other, are relative to.
    bases: [Option<u32>; 2],
    /// When it was seen last, counted in segments.
    last: u64,
}

impl Conversation {
    fn new(number: u32, segment: &Segment<'_>) -> Self {
        Self { number, first: segment.src, bases: [None; 2], last: 0 }
    }

    fn place(&mut self, segment: &Segment<'_>) -> Place {
        let Self { bases: [first, other], .. } = self;
        let (own, peer) = if self.first == segment.src { (first, other) } else { (other, first) };
        // Until the SYN is seen, which may come late, the octet before the first one takes its place.
        let before = |number: u32| number.wrapping_sub(1);
        if segment.flags.contains(Flags::SYN) {
            *own = Some(segment.seq);
        }
        let own = *own.get_or_insert(before(segment.seq));
        let ack = if segment.flags.contains(Flags::ACK) {
            segment.ack.wrapping_sub(*peer.get_or_insert(before(segment.ack)))
        } else {
            segment.ack
        };
        Place { stream: self.number, seq: segment.seq.wrapping_sub(own), ack }
    }

    /// Whether the segment is a SYN that opens another conversation between the same endpoints.
    fn is_over(&self, segment: &Segment<'_>) -> bool {
        let base = self.bases[usize::from(self.first != segment.src)];
        segment.flags.contains(Flags::SYN)
            && !segment.flags.contains(Flags::ACK)
            && base.is_some_and(|base| base != segment.seq)
    }
}

/// The conversations of a connection.
#[derive(Debug, Default)]
struct List {
    /// In order of appearance.
    streams: Vec<u32>,
    /// When the connection was seen last, counted in segments.
    last: u64,
}

/// The conversations of a run.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    known: HashMap<FlowKey, Conversation>,
    next: u32,
    segments: u64,
    /// The conversations of each connection.
    listed: HashMap<u32, List>,
}

impl Conversations {
    pub(super) fn see(&mut self, segment: &Segment<'_>) -> Place {
        self.segments += 1;
        let key = FlowKey::new(segment);
        make_room(&mut self.known, &key, CONVERSATIONS, |known| known.last);
        let next = &mut self.next;
        let mut open = || {
            let number = *next;
            *next = number.wrapping_add(1);
            Conversation::new(number, segment)
        };
        let conversation = self.known.entry(key).or_insert_with(&mut open);
        if conversation.is_over(segment) {
            *conversation = open();
        }
        conversation.last = self.segments;
        conversation.place(segment)
    }

    /// Learns that a conversation is a subflow of a connection.
    pub(super) fn belongs(&mut self, stream: u32, connection: u32) {
        make_room(&mut self.listed, &connection, CONNECTIONS, |list| list.last);
        let List { streams, last } = self.listed.entry(connection).or_default();
        *last = self.segments;
        if !streams.contains(&stream) && streams.len() < LISTED {
            streams.push(stream);
        }
    }

    /// The conversations of a connection, in order of appearance.
    pub(super) fn of(&self, connection: u32) -> &[u32] {
        self.listed.get(&connection).map_or(&[], |list| &list.streams)
    }
}

/// Makes room for what belongs to a key: of as many as there may be, the eighth that was silent
/// longest has to leave.
#[inline]
fn make_room<K: Eq + Hash, V>(
    map: &mut HashMap<K, V>,
    key: &K,
    most: usize,
    last: impl Fn(&V) -> u64,
) {
    if map.len() < most || map.contains_key(key) {
        return;
    }
    let mut silent: Vec<u64> = map.values().map(&last).collect();
    let (_, &mut limit, _) = silent.select_nth_unstable(most / 8);
    map.retain(|_, value| last(value) > limit);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::LinkType;
    use crate::wire::frame::locate;

    /// An IPv4 packet without payload from port 1 to 2, or back.
    fn place(known: &mut Conversations, back: bool, flags: u8, seq: u32, ack: u32) -> Place {
        let mut packet = vec![0; 40];
        (packet[0], packet[3], packet[9]) = (0x45, 40, 6);
        packet[21] = 1 + u8::from(back);
        packet[23] = 2 - u8::from(back);
        packet[24..28].copy_from_slice(&seq.to_be_bytes());
        packet[28..32].copy_from_slice(&ack.to_be_bytes());
        (packet[32], packet[33]) = (0x50, flags);
        known.see(&locate(LinkType::IPV4, &packet, 40).expect("a segment").segment())
    }

    #[test]
    fn numbers_are_relative_to_a_syn_that_comes_late() {
        let (syn, ack) = (0x02, 0x10);
        let mut known = Conversations::default();
        let stream = 0;
        // The acknowledgment overtook the SYN/ACK that it is for, and acknowledges nothing.
        assert_eq!(place(&mut known, false, syn, 100, 0), Place { stream, seq: 0, ack: 0 });
        assert_eq!(place(&mut known, false, ack, 101, 0), Place { stream, seq: 1, ack: 1 });
        let answer = place(&mut known, true, syn | ack, 5000, 101);
        assert_eq!(answer, Place { stream, seq: 0, ack: 1 });
        assert_eq!(place(&mut known, false, ack, 101, 5001), Place { stream, seq: 1, ack: 1 });
    }

    #[test]
    fn the_lists_of_connections_that_were_silent_longest_leave() {
        const FIRST: u32 = 1_000_000;
        let mut known = Conversations::default();
        let mut heard = (FIRST..).take(CONNECTIONS).collect::<Vec<u32>>();
        // The first one is heard again, and then one comes whose number is low.
        heard.extend([FIRST, 3]);
        for connection in heard {
            known.segments += 1;
            known.belongs(7, connection);
            assert!(known.listed.len() <= CONNECTIONS);
        }
        assert_eq!([known.of(3), known.of(FIRST), known.of(FIRST + 1)], [&[7][..], &[7], &[]]);
        assert!(known.listed.len() > CONNECTIONS / 2);
    }
}
