//! Whether a subflow was left. No scheduler may be taken for one that left a subflow because it
//! sends in bursts, so that what counts is compared with what was usual while it shared.

use std::time::Duration;

use super::Tester;
use crate::script::{Judgement, Sf, What};
use crate::tester::connection::{Arrival, Connection, First};

/// So much new data in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tester) struct Stretch {
    octets: u64,
    /// The time from the first to the last of it, pauses left out.
    lasted: Duration,
}

impl Stretch {
    fn reaches(self, least: Self) -> bool {
        self.octets >= least.octets && self.lasted >= least.lasted
    }

    fn or_more(self, other: Self) -> Self {
        Self { octets: self.octets.max(other.octets), lasted: self.lasted.max(other.lasted) }
    }

    fn times(self, count: u32) -> Self {
        Self {
            octets: self.octets.saturating_mul(count.into()),
            lasted: self.lasted.saturating_mul(count),
        }
    }
}

/// Arrivals one behind the other, or one before the other.
struct Row {
    stretch: Stretch,
    latest: Option<Duration>,
    /// How much of the time between two arrivals counts.
    steady: Duration,
}

impl Row {
    fn add(&mut self, arrival: &Arrival) {
        self.stretch.octets += arrival.end - arrival.start;
        let latest = self.latest.replace(arrival.time);
        let pause = latest.map_or(Duration::ZERO, |latest| latest.abs_diff(arrival.time));
        self.stretch.lasted += pause.min(self.steady);
    }
}

/// A subflow that others stand for, see [`What::Leaves`].
#[derive(Clone, Copy)]
pub(super) struct Leaving<'a> {
    pub(super) from: Sf,
    pub(super) to: &'a [Sf],
    pub(super) spare: bool,
}

impl Leaving<'_> {
    /// Whether what the subflow carried, behind the latest octets of others, doesn't speak against
    /// its having been left: it may have been sent before it was, or is a backup and nothing came
    /// through where it should go.
    fn excuses(&self, first: &First, other: Option<&First>) -> bool {
        let silent = other.is_some_and(|other| {
            first.arrival.time.saturating_sub(other.arrival.time) >= Tester::PAUSE
        });
        (self.spare && silent) || (first.arrival.late && !first.fills)
    }
}

impl Connection {
    /// What this subflow did without while others of the connection had it, at most.
    fn usual(&self, subflow: u8) -> Stretch {
        let found = self.usual.iter().find(|(own, _)| *own == subflow);
        found.map_or(Stretch::default(), |(_, usual)| *usual)
    }
}

impl Tester {
    /// For how long a subflow has to go without new data, or others have to carry all of it, before
    /// that is no accident: schedulers send tens of thousands of octets in a row on one subflow.
    const LASTING: Duration = Duration::from_millis(300);
    /// A subflow without new data for longer than this isn't shared in.
    const ABSENT: Duration = Duration::from_millis(100);
    /// How much of the time between two arrivals counts: a source that pauses leaves nothing.
    const STEADY: Duration = Duration::from_millis(50);
    /// How much more than usual it has to be: bursts differ.
    const UNUSUAL: u32 = 3;

    fn row(&self) -> Row {
        let steady = self.plan.scaled(Self::STEADY);
        Row { stretch: Stretch::default(), latest: None, steady }
    }

    /// What is no accident if it is so many octets.
    fn lasting(&self, octets: u64) -> Stretch {
        Stretch { octets, lasted: self.plan.scaled(Self::LASTING) }
    }

    pub(super) fn judge_shares(&self, on: &[Sf], mark: u64) -> Judgement {
        let connection = on.first().and_then(|sf| self.connection(sf.conn));
        let Some(connection) = connection else { return Judgement::NotYet };
        let (least, absent) = (self.lasting(0).times(2), self.plan.scaled(Self::ABSENT));
        let mut row = self.row();
        // How long the row was with the latest octets of each.
        let mut met = vec![Duration::ZERO; on.len()];
        let firsts = connection.firsts.iter().rev().map(|first| &first.arrival);
        for arrival in firsts.take_while(|arrival| arrival.packet > mark) {
            row.add(arrival);
            let lasted = row.stretch.lasted;
            for (sf, met) in on.iter().zip(&mut met) {
                if arrival.subflow == sf.index {
                    *met = lasted;
                } else if lasted.saturating_sub(*met) > absent {
                    return Judgement::NotYet;
                }
            }
            if row.stretch.reaches(least) {
                return Judgement::Yes(self.packets());
            }
        }
        Judgement::NotYet
    }

    /// Something came about with this packet, and may count for what comes later.
    pub(crate) fn keep_in_mind(&mut self, what: &What, packet: u64) {
        let What::Shares(on) = what else { return };
        for sf in on {
            let Some(connection) = self.connection(sf.conn) else { continue };
            let usual = self.longest_absence(connection, sf.index, packet);
            let own = self.connections.iter_mut().find(|own| own.opening.conn == sf.conn);
            let Some(connection) = own else { continue };
            connection.usual.retain(|(index, _)| *index != sf.index);
            connection.usual.push((sf.index, usual));
        }
    }

    /// The most that came in a row on other subflows, up to this packet, since this one was used.
    fn longest_absence(&self, connection: &Connection, subflow: u8, until: u64) -> Stretch {
        let firsts = connection.firsts.iter().map(|first| &first.arrival);
        let (mut longest, mut row) = (Stretch::default(), self.row());
        let used = firsts.skip_while(|arrival| arrival.subflow != subflow);
        for arrival in used.take_while(|arrival| arrival.packet <= until) {
            if arrival.subflow == subflow {
                row = self.row();
            } else {
                row.add(arrival);
                longest = longest.or_more(row.stretch);
            }
        }
        longest
    }

    pub(super) fn judge_leaves(&self, leaving: Leaving<'_>, octets: u64, mark: u64) -> Judgement {
        let from = leaving.from;
        let firsts = self.firsts_since(from.conn, mark);
        let usual = self.connection(from.conn).map(|own| own.usual(from.index));
        let least = self.lasting(octets).or_more(usual.unwrap_or_default().times(Self::UNUSUAL));
        match self.left(leaving, least, firsts) {
            Some(packet) => Judgement::Yes(packet),
            None => Judgement::NotYet,
        }
    }

    fn firsts_since(&self, conn: u8, mark: u64) -> &[First] {
        let firsts = self.connection(conn).map_or(&[][..], |connection| &connection.firsts);
        let start = firsts.partition_point(|first| first.arrival.packet <= mark);
        firsts.get(start..).unwrap_or_default()
    }

    /// The last packet of the row in which a subflow has nothing new, if these end with one so long.
    fn left(&self, leaving: Leaving<'_>, least: Stretch, firsts: &[First]) -> Option<u64> {
        let Leaving { from, to, .. } = leaving;
        let elsewhere = |first: &First| to.iter().any(|to| to.index == first.arrival.subflow);
        let (mut row, mut last) = (self.row(), None);
        // Where the latest octets for the others stand before those that are looked at.
        let mut others = firsts.len();
        for (at, first) in firsts.iter().enumerate().rev() {
            let arrival = &first.arrival;
            if arrival.subflow == from.index {
                if others >= at {
                    let before = firsts.get(..at).unwrap_or_default();
                    others = before.iter().rposition(elsewhere).unwrap_or_default();
                }
                let other = firsts.get(others).filter(|other| others < at && elsewhere(other));
                if !leaving.excuses(first, other) {
                    break;
                }
            } else if !first.fills && elsewhere(first) {
                row.add(arrival);
                last = last.or(Some(arrival.packet));
                if row.stretch.reaches(least) {
                    return last;
                }
            }
        }
        None
    }

    /// Why it can't be told whether a subflow was left: for a time it looked like that, but not for
    /// longer than was usual for this target.
    pub(crate) fn doubt(&self, what: &What, mark: u64) -> Option<String> {
        let What::Leaves { from, to, octets, spare } = what else { return None };
        let leaving = Leaving { from: *from, to, spare: *spare };
        let firsts = self.firsts_since(from.conn, mark);
        let least = self.lasting(*octets);
        (1..=firsts.len()).find_map(|end| self.left(leaving, least, firsts.get(..end)?))?;
        let usual = self.connection(from.conn)?.usual(from.index);
        Some(format!(
            "new data kept away from {from}, but not much longer than it had before: {} octets and \
             {:.1} s",
            usual.octets,
            usual.lasted.as_secs_f64()
        ))
    }

    pub(super) fn judge_stays(&self, on: &[Sf], octets: u64, mark: u64) -> Judgement {
        let Some(conn) = on.first().map(|sf| sf.conn) else { return Judgement::NotYet };
        let (mut row, least) = (self.row(), self.lasting(octets));
        for arrival in self.arrivals(conn).iter().filter(|arrival| arrival.packet > mark) {
            if !on.contains(&Sf { conn, index: arrival.subflow }) {
                if arrival.late {
                    continue;
                }
                let packet = arrival.packet;
                return Judgement::Impossible { packet, seen: self.show(packet) };
            }
            row.add(arrival);
            if row.stretch.reaches(least) {
                return Judgement::Yes(arrival.packet);
            }
        }
        Judgement::NotYet
    }
}
