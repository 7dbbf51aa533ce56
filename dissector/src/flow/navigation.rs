//! MP_Navigation over time: requests, echoes, cancels, and which subflow carried the data between
//! them.

use super::connection::{Connection, Moment, Pair, Side, same_request};
use super::step::Step;
use crate::notice::NoticeId;
use crate::wire::mptcp::Navigation;

/// The timeline of a connection.
#[derive(Clone, Debug, Default)]
pub struct NavigationLog {
    /// Requests and cancels in order, at most [`NavigationLog::EVENTS_MAX`].
    pub events: Vec<NavigationEvent>,
    /// Those that came after the log was full.
    pub dropped: u64,
}

impl NavigationLog {
    /// Requests and cancels that are remembered.
    pub const EVENTS_MAX: usize = 256;
}

/// A request to move traffic or to cancel that, with what became of it.
#[derive(Clone, Debug)]
pub struct NavigationEvent {
    /// The first frame with it.
    pub at: Moment,
    /// Who sent it.
    pub from: Side,
    /// The subflow that carried it, as an index into the connection's subflows.
    pub subflow: usize,
    /// The option.
    pub option: Navigation,
    /// How often it came again before its echo.
    pub repeats: u32,
    /// Its echo.
    pub echoed: Option<Moment>,
    /// Each subflow's payload octets up to here, in the order of the connection's subflows.
    pub octets: Vec<Pair<u64>>,
    /// The option as it came the last time: a repeat may differ in B and in the reserved bit.
    latest: Navigation,
}

impl Connection {
    /// Each subflow's payload octets from the given navigation event to the next one, or to the
    /// end; with `None` from the beginning to the first event.
    pub fn octets_after(&self, event: Option<usize>) -> Vec<Pair<u64>> {
        let events = self.navigation.as_ref().map_or(&[][..], |log| &log.events);
        let before = event.and_then(|event| events.get(event)).map(|event| &event.octets);
        let next = event.map_or(0, |event| event + 1);
        let after = events.get(next).map(|event| &event.octets);
        let at = |marks: Option<&Vec<Pair<u64>>>, index: usize| {
            marks.and_then(|marks| marks.get(index).copied())
        };
        self.subflows
            .iter()
            .enumerate()
            .map(|(index, subflow)| {
                let start = at(before, index).unwrap_or_default();
                let end = match after {
                    Some(_) => at(after, index).unwrap_or_default(),
                    None => subflow.octets(),
                };
                Pair { a: end.a.saturating_sub(start.a), b: end.b.saturating_sub(start.b) }
            })
            .collect()
    }
}

impl Step<'_> {
    pub(super) fn on_navigation(&mut self, index: u8, option: &Navigation) {
        if option.echo {
            self.on_echo(index, option);
        } else {
            self.on_request(index, option);
        }
    }

    fn on_request(&mut self, index: u8, option: &Navigation) {
        let (at, from, subflow) = (self.seen.at, self.from, self.index);
        if self.connection.roles_known && from == Side::A {
            let text = format!("address ID {}", option.address_id);
            self.notice(index, NoticeId::NavigationFromClient, text);
        }
        self.check_backup(index, option);
        self.check_target(index, option);
        let log = self.connection.navigation.get_or_insert_default();
        // A request is about the traffic of its own subflow: what others carried stands apart.
        let latest = |event: &&mut NavigationEvent| (event.from, event.subflow) == (from, subflow);
        if let Some(event) = log.events.iter_mut().rev().find(latest)
            && same_request(&event.option, option)
            && event.echoed.is_none()
        {
            event.repeats = event.repeats.saturating_add(1);
            event.latest = *option;
            let text = format!("first in frame {}", event.at.number);
            self.notice(index, NoticeId::NavigationRepeat, text);
            return;
        }
        // A cancel is for what the latest event about the same address left in force.
        let in_force = log
            .events
            .iter()
            .rev()
            .find(|event| event.from == from && event.option.address_id == option.address_id)
            .is_some_and(|event| !event.option.cancel);
        if log.events.len() < NavigationLog::EVENTS_MAX {
            let octets: Vec<_> =
                self.connection.subflows.iter().map(super::Subflow::octets).collect();
            self.connection.extra +=
                size_of::<NavigationEvent>() + octets.len() * size_of::<Pair<u64>>();
            let (option, latest, repeats, echoed) = (*option, *option, 0, None);
            let event =
                NavigationEvent { at, from, subflow, option, repeats, echoed, octets, latest };
            self.connection.navigation.get_or_insert_default().events.push(event);
        } else {
            log.dropped += 1;
        }
        if option.cancel && !in_force && self.connection.seen_from_start() {
            let text = format!("address ID {}", option.address_id);
            self.notice(index, NoticeId::NavigationCancelUnasked, text);
        }
    }

    fn on_echo(&mut self, index: u8, option: &Navigation) {
        let (at, from, here) = (self.seen.at, self.from, self.index);
        let log = self.connection.navigation.as_deref_mut();
        let events = log.map_or(&mut [][..], |log| &mut log.events);
        let asked = events.iter().rev().find(|event| event.from != from);
        let Some(asked_last) = asked.map(|event| event.latest) else {
            if self.connection.seen_from_start() {
                let text = format!("address ID {}", option.address_id);
                self.notice(index, NoticeId::NavigationEchoUnasked, text);
            }
            return;
        };
        // An echo is for such a request without one, of its own subflow before any other; a further
        // echo, of a repeated request, is for one that has its own already.
        let fitness = |event: &NavigationEvent| (event.echoed.is_none(), event.subflow == here);
        let matching = events
            .iter_mut()
            .filter(|event| event.from != from && same_request(&event.option, option))
            .max_by_key(|event| fitness(event));
        let sent = matching.map_or(asked_last, |event| {
            event.echoed.get_or_insert(at);
            let first = Navigation { echo: event.option.echo, ..*option };
            if event.option == first { first } else { event.latest }
        });
        let returned = Navigation { echo: sent.echo, ..*option };
        if sent != returned {
            let text = format!("asked: {}; echoed: {}", words(&sent), words(option));
            self.notice(index, NoticeId::NavigationEchoDiffers, text);
        }
    }

    /// B tells whether the subflow that carries the option is a backup (draft §4.1).
    fn check_backup(&mut self, index: u8, option: &Navigation) {
        if let Some(backup) = self.subflow().backup()
            && backup != option.backup
        {
            let kind = if backup { "a backup" } else { "not a backup" };
            let text = format!("B is {}, the subflow is {kind}", u8::from(option.backup));
            self.notice(index, NoticeId::NavigationBackup, text);
        }
    }

    /// The target is an interface of the sender: announced, or in use by a subflow.
    fn check_target(&mut self, index: u8, option: &Navigation) {
        let (from, id) = (self.from, option.address_id);
        let mut announced = self.sender().addresses.iter().filter(|known| known.id == id);
        if announced.clone().any(|known| known.removed.is_none()) {
            return;
        }
        let removed = announced.next().is_some();
        let subflows = &self.connection.subflows;
        // A removed address closes its subflows too (RFC 8684 §3.4.2).
        let in_use =
            subflows.iter().any(|s| s.halves[from].address_id == Some(id) && !s.phase.is_over());
        let complete = self.connection.seen_from_start();
        if removed {
            let text = format!("address ID {id} was removed");
            self.notice(index, NoticeId::NavigationUnknownAddress, text);
        } else if !in_use && complete {
            let text = format!("address ID {id}");
            self.notice(index, NoticeId::NavigationUnknownAddress, text);
        }
    }
}

fn words(option: &Navigation) -> String {
    let verb = if option.cancel { "cancel" } else { "switch to" };
    let bits = |set: bool, letter: &'static str| if set { letter } else { "" };
    let (r, b) = (bits(option.reserved, " r"), bits(option.backup, " B"));
    format!("{verb} {}{r}{b}", option.address_id)
}
