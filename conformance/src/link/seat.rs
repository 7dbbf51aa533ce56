//! Seats: each play has ports of its own, so that packets find their play.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{LinkError, Shared};

/// The first port that seats have, and how many each has: all are beyond the well-known ones, and
/// there are 864 seats. A play takes the next ones, so that what a target remembers of an
/// earlier play isn't about its ports.
const FIRST: u16 = 10_240;
const EACH: u16 = 64;
const SEATS: u16 = (u16::MAX - FIRST) / EACH;

/// Who sits where.
#[derive(Default)]
pub(super) struct Seats(Mutex<Table>);

#[derive(Default)]
struct Table {
    taken: BTreeMap<u16, Sender<Arrival>>,
    /// Who has what belongs to nobody else.
    rest: Option<Sender<Arrival>>,
    next: Option<u16>,
    /// Why nothing arrives any more.
    broken: Option<String>,
}

/// A packet, or why there will be none.
type Arrival = Result<Vec<u8>, String>;

impl Seats {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a packet to whose port it is for; whether there is somebody.
    pub(super) fn hand_over(&self, port: u16, packet: Vec<u8>) -> bool {
        let table = self.table();
        let number = port.checked_sub(FIRST).map(|port| port / EACH);
        let seat = number.and_then(|number| table.taken.get(&number)).or(table.rest.as_ref());
        seat.is_some_and(|seat| seat.send(Ok(packet)).is_ok())
    }

    /// Nothing arrives any more.
    pub(super) fn end(&self, why: &str) {
        let mut table = self.table();
        table.broken = Some(why.to_owned());
        for seat in table.taken.values().chain(&table.rest) {
            // Who has gone needn't know.
            drop(seat.send(Err(why.to_owned())));
        }
    }
}

/// The right to use some ports of a link, until it is dropped.
pub struct Seat {
    shared: Arc<Shared>,
    /// Nothing for the one that has all.
    number: Option<u16>,
    arrivals: Receiver<Arrival>,
}

impl Seat {
    pub(super) fn take(shared: &Arc<Shared>) -> Result<Self, LinkError> {
        let mut table = shared.seats.table();
        if let Some(why) = &table.broken {
            return Err(LinkError(why.clone()));
        }
        // Runs begin anywhere, so that one doesn't meet what the last one left at the target.
        let first = table.next.unwrap_or_else(|| fastrand::u16(..SEATS));
        let free = (0..SEATS).map(|more| (first + more) % SEATS);
        let number = free.into_iter().find(|number| !table.taken.contains_key(number));
        let Some(number) = number else {
            return Err(LinkError(format!(
                "all {SEATS} ranges of ports are in use; ask for fewer jobs"
            )));
        };
        table.next = Some((number + 1) % SEATS);
        let (sender, arrivals) = mpsc::channel();
        table.taken.insert(number, sender);
        Ok(Self { shared: Arc::clone(shared), number: Some(number), arrivals })
    }

    pub(super) fn take_all(shared: &Arc<Shared>) -> Result<Self, LinkError> {
        let mut table = shared.seats.table();
        if let Some(why) = &table.broken {
            return Err(LinkError(why.clone()));
        }
        let (sender, arrivals) = mpsc::channel();
        table.rest = Some(sender);
        Ok(Self { shared: Arc::clone(shared), number: None, arrivals })
    }

    /// Its ports.
    pub fn ports(&self) -> RangeInclusive<u16> {
        match self.number {
            Some(number) => {
                let first = FIRST + number * EACH;
                first..=first + (EACH - 1)
            }
            None => 0..=u16::MAX,
        }
    }

    /// Sends an IP packet to the target.
    ///
    /// # Errors
    ///
    /// When it isn't for the target, or the interface doesn't take it.
    pub fn send(&self, packet: &[u8]) -> Result<(), LinkError> {
        self.shared.send(packet)
    }

    /// The next packet for its ports, unless none comes within so much time.
    ///
    /// # Errors
    ///
    /// When none will ever come.
    pub fn receive(&self, within: Duration) -> Result<Option<Vec<u8>>, LinkError> {
        match self.arrivals.recv_timeout(within) {
            Ok(arrival) => arrival.map(Some).map_err(LinkError),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                Err(LinkError("the interface was closed".to_owned()))
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut table = self.shared.seats.table();
        match self.number {
            Some(number) => drop(table.taken.remove(&number)),
            None => table.rest = None,
        }
    }
}
