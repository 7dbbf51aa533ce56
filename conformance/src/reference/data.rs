//! The data level of a connection (RFC 8684 §3.3): the two sequence spaces above all subflows.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::navigation::SubflowId;
use super::tcp::BUFFER;

/// Pieces that are kept until what is missing before them comes.
const LATER_MAX: usize = 1024;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const FIRST_FIN_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// What the own application writes, until it is acknowledged.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// The data sequence number of the stream's first octet.
    first: u64,
    /// The oldest octet that isn't acknowledged, and the next one that was never sent.
    pub(super) una: u64,
    pub(super) nxt: u64,
    /// Octets from `una` on.
    buffer: VecDeque<u8>,
    /// One behind the last octet that the other end's window allows.
    edge: u64,
    /// What is in flight, by its first octet.
    chunks: BTreeMap<u64, Chunk>,
    /// What has to be sent once more, on another subflow than it was.
    pub(super) again: VecDeque<Again>,
    /// Where the DATA_FIN is, once it is decided.
    pub(super) fin: Option<u64>,
    /// When the oldest octet, or the DATA_FIN, has waited too long, and for how long it did.
    resend_at: Option<Duration>,
    wait: Duration,
}

/// A piece of the stream as it was sent.
#[derive(Clone, Copy, Debug)]
struct Chunk {
    length: u32,
    on: SubflowId,
}

/// A piece of the stream that has to be sent once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Again {
    pub(super) dsn: u64,
    pub(super) length: u32,
    /// Where it was sent.
    pub(super) on: SubflowId,
}

impl Outgoing {
    /// A stream whose initial data sequence number is this one.
    pub(super) fn new(idsn: u64) -> Self {
        let first = idsn.wrapping_add(1);
        Self {
            first,
            una: first,
            nxt: first,
            buffer: VecDeque::new(),
            edge: first,
            chunks: BTreeMap::new(),
            again: VecDeque::new(),
            fin: None,
            resend_at: None,
            wait: FIRST_WAIT,
        }
    }

    /// How many octets were written.
    pub(super) fn written(&self) -> u64 {
        let fin = u64::from(self.fin_is_acknowledged());
        self.una.wrapping_sub(self.first).wrapping_sub(fin) + self.buffer.len() as u64
    }

    /// Takes octets from the application.
    pub(super) fn write(&mut self, octets: &[u8]) {
        if self.fin.is_none() {
            self.buffer.extend(octets);
        }
    }

    /// Octets that were never sent.
    pub(super) fn unsent(&self) -> usize {
        if self.fin.is_some() {
            return 0;
        }
        self.buffer.len().saturating_sub(self.nxt.wrapping_sub(self.una) as usize)
    }

    /// The other end takes everything before this place.
    pub(super) fn allow(&mut self, edge: u64) {
        if self.edge < edge {
            self.edge = edge;
        }
    }

    /// So many octets are allowed by the other end's window.
    pub(super) fn allowed(&self) -> u64 {
        self.edge.saturating_sub(self.nxt)
    }

    /// Octets of the stream.
    pub(super) fn octets(&self, dsn: u64, length: u32) -> Vec<u8> {
        let from = dsn.wrapping_sub(self.una) as usize;
        let end = from.saturating_add(length as usize).min(self.buffer.len());
        if from >= end {
            return Vec::new();
        }
        self.buffer.range(from..end).copied().collect()
    }

    /// Notes that a piece was sent.
    pub(super) fn sent(&mut self, now: Duration, dsn: u64, length: u32, on: SubflowId) {
        self.chunks.insert(dsn, Chunk { length, on });
        let end = dsn.wrapping_add(u64::from(length));
        if self.nxt < end {
            self.nxt = end;
        }
        self.resend_at = self.resend_at.or(Some(now + self.wait));
    }

    /// Everything before this place has arrived. Whether that is new.
    pub(super) fn acknowledge(&mut self, now: Duration, ack: u64) -> bool {
        if ack <= self.una || ack > self.nxt {
            return false;
        }
        let count = (ack.wrapping_sub(self.una) as usize).min(self.buffer.len());
        self.buffer.drain(..count);
        self.una = ack;
        while let Some(entry) = self.chunks.first_entry() {
            let (dsn, chunk) = (*entry.key(), *entry.get());
            let end = dsn.wrapping_add(u64::from(chunk.length));
            if dsn >= ack {
                break;
            }
            entry.remove();
            if end > ack {
                let length = end.wrapping_sub(ack) as u32;
                self.chunks.insert(ack, Chunk { length, ..chunk });
                break;
            }
        }
        self.again.retain(|again| again.dsn.wrapping_add(u64::from(again.length)) > ack);
        self.wait = FIRST_WAIT;
        self.resend_at = if self.una == self.nxt { None } else { Some(now + self.wait) };
        true
    }

    /// What was sent on this subflow and isn't acknowledged has to go elsewhere.
    pub(super) fn lost(&mut self, on: SubflowId) {
        let lost = self.chunks.iter().filter(|(_, chunk)| chunk.on == on);
        for (&dsn, chunk) in lost {
            let again = Again { dsn, length: chunk.length, on };
            if !self.again.iter().any(|known| known.dsn == dsn) {
                self.again.push_back(again);
            }
        }
    }

    /// A piece is forgotten: it won't be sent on another subflow.
    pub(super) fn forget(&mut self, dsn: u64) {
        self.chunks.remove(&dsn);
    }

    /// The oldest piece, if it was sent.
    pub(super) fn oldest(&self) -> Option<Again> {
        let (&dsn, chunk) = self.chunks.first_key_value()?;
        Some(Again { dsn, length: chunk.length, on: chunk.on })
    }

    /// Ends the stream behind what was written, once all of it was sent. Yields the place of the
    /// DATA_FIN.
    pub(super) fn finish(&mut self, now: Duration) -> Option<u64> {
        if self.fin.is_some() || self.unsent() > 0 {
            return None;
        }
        self.fin = Some(self.nxt);
        self.nxt = self.nxt.wrapping_add(1);
        self.wait = FIRST_FIN_WAIT;
        self.resend_at = Some(now + self.wait);
        self.fin
    }

    /// Whether the DATA_FIN was acknowledged.
    pub(super) fn fin_is_acknowledged(&self) -> bool {
        self.fin.is_some_and(|fin| self.una > fin)
    }

    /// When something has waited too long.
    pub(super) fn next_wake(&self) -> Option<Duration> {
        self.resend_at
    }

    /// Whether something has waited too long.
    pub(super) fn overdue(&mut self, now: Duration) -> bool {
        if self.resend_at.is_none_or(|at| at > now) {
            return false;
        }
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        self.resend_at = Some(now + self.wait);
        true
    }

    /// Nothing waits for an acknowledgment of the data level any more.
    pub(super) fn forget_timer(&mut self) {
        self.resend_at = None;
        self.again.clear();
    }
}

/// What comes from the other end.
#[derive(Debug, Default)]
pub(super) struct Ingoing {
    /// The next octet expected.
    pub(super) nxt: u64,
    /// The furthest data sequence number of a mapping.
    pub(super) latest: u64,
    later: BTreeMap<u64, Vec<u8>>,
    fin: Option<u64>,
    /// The DATA_FIN and everything before it has come.
    pub(super) finished: bool,
}

impl Ingoing {
    /// A stream whose initial data sequence number is this one.
    pub(super) fn new(idsn: u64) -> Self {
        let first = idsn.wrapping_add(1);
        Self { nxt: first, latest: first, ..Self::default() }
    }

    /// Takes octets from a place on; yields what is next in order now.
    pub(super) fn take(&mut self, dsn: u64, octets: &[u8], keeps_first: bool) -> Vec<u8> {
        let ahead = dsn.wrapping_sub(self.nxt).cast_signed();
        if self.finished || ahead >= i64::from(BUFFER) {
            return Vec::new();
        }
        if ahead > 0 {
            let longer = |held: &Vec<u8>| keeps_first && held.len() >= octets.len();
            if self.later.len() < LATER_MAX && !self.later.get(&dsn).is_some_and(longer) {
                self.later.insert(dsn, octets.to_vec());
            }
            return Vec::new();
        }
        let known = usize::try_from(ahead.unsigned_abs()).unwrap_or(usize::MAX);
        let mut taken = octets.get(known..).unwrap_or_default().to_vec();
        while let Some(entry) = self.later.first_entry() {
            let end = self.nxt.wrapping_add(taken.len() as u64);
            if *entry.key() > end {
                break;
            }
            let known = end.wrapping_sub(*entry.key()) as usize;
            let held = entry.remove();
            taken.extend_from_slice(held.get(known..).unwrap_or_default());
        }
        self.nxt = self.nxt.wrapping_add(taken.len() as u64);
        taken
    }

    /// Whether data is there that waits for what is missing before it.
    pub(super) fn has_gap(&self) -> bool {
        !self.later.is_empty()
    }

    /// Forgets what waits from this place on.
    pub(super) fn discard_from(&mut self, dsn: u64) {
        self.later.retain(|&at, _| at < dsn);
    }

    /// The other end says where its stream ends. What was said first holds.
    pub(super) fn finish(&mut self, fin: u64) {
        if self.fin.is_none() && fin >= self.nxt {
            self.fin = Some(fin);
        }
    }

    /// Takes the DATA_FIN if all before it is there. Whether it was taken just now.
    pub(super) fn take_fin(&mut self) -> bool {
        let now = !self.finished && self.fin == Some(self.nxt);
        if now {
            self.nxt = self.nxt.wrapping_add(1);
            self.finished = true;
        }
        now
    }
}
