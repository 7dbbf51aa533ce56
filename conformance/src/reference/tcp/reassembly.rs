//! What the other end sends, put in order.

use std::time::Duration;

use mpdissect::wire::tcp::Flags;

use super::{BUFFER, State, TIME_WAIT, Tcp, before};
use crate::reference::intake::Incoming;

/// Pieces that are kept until what is missing before them comes.
const LATER_MAX: usize = 512;

impl Tcp {
    /// Takes the payload of an acceptable segment; yields what is next in order now.
    pub(in crate::reference) fn take(&mut self, segment: &Incoming<'_>) -> Vec<u8> {
        let (head, mut payload) = (&segment.head, segment.head.payload);
        if segment.has(Flags::FIN) && self.peer_fin.is_none() {
            self.peer_fin = Some(head.seq.wrapping_add(payload.len() as u32));
        }
        if payload.is_empty() || self.peer_fin_was_taken() {
            return Vec::new();
        }
        let ahead = head.seq.wrapping_sub(self.rcv_nxt).cast_signed();
        let place = if ahead < 0 {
            payload = payload.get(ahead.unsigned_abs() as usize..).unwrap_or_default();
            0
        } else {
            u64::from(ahead.unsigned_abs())
        };
        let room = u64::from(BUFFER).saturating_sub(place) as usize;
        payload = payload.get(..room).unwrap_or(payload);
        if place > 0 {
            let longer = |held: &Vec<u8>| held.len() >= payload.len();
            let place = self.taken + place;
            let full = self.later.len() >= LATER_MAX;
            if !payload.is_empty() && !full && !self.later.get(&place).is_some_and(longer) {
                self.later.insert(place, payload.to_vec());
            }
            return Vec::new();
        }
        let mut octets = payload.to_vec();
        while let Some(entry) = self.later.first_entry() {
            let end = self.taken + octets.len() as u64;
            if *entry.key() > end {
                break;
            }
            let known = (end - entry.key()) as usize;
            let held = entry.remove();
            octets.extend_from_slice(held.get(known..).unwrap_or_default());
        }
        self.taken += octets.len() as u64;
        self.rcv_nxt = self.rcv_nxt.wrapping_add(octets.len() as u32);
        octets
    }

    /// The place in the other end's stream of a sequence number of its, the first octet being 0.
    pub(in crate::reference) fn place_of(&self, relative: u32) -> u64 {
        let near = self.taken.wrapping_add(1);
        let ahead = relative.wrapping_sub(near as u32).cast_signed();
        near.wrapping_add_signed(i64::from(ahead)).wrapping_sub(1)
    }

    fn peer_fin_was_taken(&self) -> bool {
        self.peer_fin.is_some_and(|fin| before(fin, self.rcv_nxt))
    }

    /// Takes the FIN if all before it is there. Whether it was taken just now.
    pub(in crate::reference) fn take_fin(&mut self, now: Duration) -> bool {
        if self.peer_fin != Some(self.rcv_nxt) {
            if self.state == State::TimeWait {
                self.over_at = Some(now + TIME_WAIT);
            }
            return false;
        }
        self.rcv_nxt = self.rcv_nxt.wrapping_add(1);
        self.state = match self.state {
            State::Established => State::CloseWait,
            State::FinWait1 => State::Closing,
            State::FinWait2 => {
                self.over_at = Some(now + TIME_WAIT);
                State::TimeWait
            }
            state => state,
        };
        true
    }
}
