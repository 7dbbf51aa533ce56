//! Whether what a script waits for has come about.

mod leaving;

use leaving::Leaving;
pub(super) use leaving::Stretch;

use super::Tester;
use super::connection::{Connection, State};
use mpdissect::wire::tcp::Flags;

use crate::script::{Judgement, On, OptPattern, Pattern, Sf, What};

impl Tester {
    /// Judges what came since the mark, the number of packets in the transcript at that time.
    pub(crate) fn judge(&self, what: &What, mark: u64) -> Judgement {
        match what {
            What::Segments { pattern, least } => self.judge_segments(pattern, *least, mark),
            What::Established(on) => self.judge_established(*on),
            What::Refused(on) => self.judge_refused(*on, mark),
            What::Gone(on) => {
                let marks = self.get(*on).map(|subflow| &subflow.marks);
                let reset = marks.filter(|marks| marks.established.is_some());
                Self::since_mark(reset.and_then(|marks| marks.reset), mark)
            }
            What::Closed(on) => {
                Self::since_mark(self.get(*on).and_then(|subflow| subflow.marks.fin), mark)
            }
            What::FellBack(conn) => {
                let packet = self.connection(*conn).and_then(|connection| connection.fell_back);
                packet.map_or(Judgement::NotYet, Judgement::Yes)
            }
            What::Delivered(on) => self.judge_delivered(*on),
            What::Stream { conn, octets } => self.judge_stream(*conn, *octets, mark),
            What::Shares(on) => self.judge_shares(on, mark),
            What::Leaves { from, to, octets, spare } => {
                self.judge_leaves(Leaving { from: *from, to, spare: *spare }, *octets, mark)
            }
            What::Stays { on, octets } => self.judge_stays(on, *octets, mark),
            What::DuplicateAcks { with, least } => self.judge_duplicates(with, *least, mark),
            What::Carried { on, octets } => self.judge_carried(on, *octets, mark),
            What::Acknowledged { conn, octets } => self.judge_acknowledged(*conn, *octets),
            What::Resent { from, to } => {
                let resent = self.connection(from.conn).map_or(&[][..], |own| &own.resent);
                let found = resent.iter().find(|one| {
                    one.packet > mark
                        && one.from == from.index
                        && to.is_none_or(|to| to.index == one.to)
                });
                found.map_or(Judgement::NotYet, |one| Judgement::Yes(one.packet))
            }
            What::Retransmits(on) => {
                Self::since_mark(self.get(*on).map(|subflow| subflow.retransmitted), mark)
            }
            What::Overruns(On::Only(on)) => {
                Self::since_mark(self.get(*on).map(|subflow| subflow.overrun), mark)
            }
            What::Overruns(on) => {
                let on = |own: &&Connection| match on {
                    On::Conn(conn) => own.opening.conn == *conn,
                    _ => true,
                };
                let last = self.connections.iter().filter(on).map(|own| own.overrun).max();
                Self::since_mark(last, mark)
            }
            What::That { check, .. } => check(self, mark),
        }
    }

    fn since_mark(packet: Option<u64>, mark: u64) -> Judgement {
        match packet {
            Some(packet) if packet > mark => Judgement::Yes(packet),
            _ => Judgement::NotYet,
        }
    }

    fn judge_segments(&self, pattern: &Pattern, least: u32, mark: u64) -> Judgement {
        let nth = usize::try_from(least.max(1)).unwrap_or(usize::MAX) - 1;
        let found = self.since(mark).iter().filter(|seen| seen.matches(pattern)).nth(nth);
        found.map_or(Judgement::NotYet, |seen| Judgement::Yes(seen.packet))
    }

    fn judge_duplicates(&self, with: &OptPattern, least: u32, mark: u64) -> Judgement {
        // The last acknowledgment number and window of each subflow, and the duplicates in a row
        // so far (RFC 5681 §2).
        let mut rows = std::collections::BTreeMap::new();
        for seen in &self.seen {
            let Some(sf) = seen.sf else { continue };
            let (last, row) = rows.entry(sf).or_insert((None, 0_u32));
            let bare = seen.payload_len == 0
                && !seen.flags.intersects(Flags::SYN | Flags::FIN | Flags::RST);
            let duplicate = bare && *last == Some((seen.ack, seen.window)) && seen.has(with);
            *row = if duplicate && seen.packet > mark { *row + 1 } else { 0 };
            *last = Some((seen.ack, seen.window));
            if *row >= least.max(1) {
                return Judgement::Yes(seen.packet);
            }
        }
        Judgement::NotYet
    }

    fn judge_established(&self, on: Sf) -> Judgement {
        let (Some(connection), Some(subflow)) = (self.connection(on.conn), self.get(on)) else {
            return Judgement::NotYet;
        };
        if let Some((packet, why)) = &subflow.marks.failed {
            return Judgement::Impossible { packet: *packet, seen: why.clone() };
        }
        if let Some(packet) = subflow.marks.reset {
            return Judgement::Impossible { packet, seen: self.show(packet) };
        }
        // A target that opens a connection without MP_CAPABLE never falls back, but is as plain.
        if connection.plain
            && !connection.deviates()
            && let Some(packet) = connection.fell_back.or(subflow.marks.established)
        {
            return Judgement::Impossible { packet, seen: self.show(packet) };
        }
        match subflow.marks.established {
            Some(packet) if subflow.state == State::Established => Judgement::Yes(packet),
            _ => Judgement::NotYet,
        }
    }

    fn judge_refused(&self, on: Sf, mark: u64) -> Judgement {
        let Some(subflow) = self.get(on) else { return Judgement::NotYet };
        let marks = &subflow.marks;
        match (marks.reset, marks.confirmed) {
            (Some(packet), None) if packet > mark => Judgement::Yes(packet),
            (_, Some(packet)) if subflow.state == State::Established => {
                Judgement::Impossible { packet, seen: self.show(packet) }
            }
            _ => Judgement::NotYet,
        }
    }

    fn judge_delivered(&self, on: Sf) -> Judgement {
        let (Some(connection), Some(subflow)) = (self.connection(on.conn), self.get(on)) else {
            return Judgement::NotYet;
        };
        if let Some(packet) = subflow.marks.reset {
            return Judgement::Impossible { packet, seen: self.show(packet) };
        }
        let done = subflow.is_open()
            && subflow.queue.is_empty()
            && (connection.plain || connection.is_acked());
        if done {
            Judgement::Yes(subflow.marks.acked.max(connection.acked_by))
        } else {
            self.wrongly_acknowledged(connection)
        }
    }

    fn judge_acknowledged(&self, conn: u8, octets: u64) -> Judgement {
        let Some(connection) = self.connection(conn) else { return Judgement::NotYet };
        if connection.acked >= octets {
            return Judgement::Yes(connection.acked_by);
        }
        self.wrongly_acknowledged(connection)
    }

    fn wrongly_acknowledged(&self, connection: &Connection) -> Judgement {
        let over = connection.overacked;
        over.map_or(Judgement::NotYet, |packet| {
            let seen = format!("what was never sent is acknowledged: {}", self.show(packet));
            Judgement::Impossible { packet, seen }
        })
    }

    fn judge_stream(&self, conn: u8, octets: u64, mark: u64) -> Judgement {
        let Some(connection) = self.connection(conn) else { return Judgement::NotYet };
        if let Some((packet, seen)) = &connection.broken {
            return Judgement::Impossible { packet: *packet, seen: seen.clone() };
        }
        let advances = &connection.advances;
        let before = advances.partition_point(|(packet, _)| *packet <= mark);
        let had =
            before.checked_sub(1).and_then(|last| advances.get(last)).map_or(0, |last| last.1);
        let goal = had.saturating_add(octets);
        let reached = advances.iter().skip(before).find(|(_, end)| *end >= goal);
        match reached {
            Some((packet, _)) => Judgement::Yes(*packet),
            None if octets == 0 => Judgement::Yes(mark),
            None => Judgement::NotYet,
        }
    }

    fn judge_carried(&self, on: &[Sf], octets: u64, mark: u64) -> Judgement {
        let mut latest = mark;
        for sf in on {
            let mut sum = 0;
            let arrivals = self.arrivals(sf.conn).iter();
            let done = arrivals
                .filter(|arrival| arrival.packet > mark && arrival.subflow == sf.index)
                .find(|arrival| {
                    sum += arrival.end - arrival.start;
                    sum >= octets
                });
            match done {
                Some(arrival) => latest = latest.max(arrival.packet),
                None => return Judgement::NotYet,
            }
        }
        Judgement::Yes(latest)
    }

    /// The connection that something is about, if it is about one alone.
    fn concerned(what: &What) -> Option<u8> {
        let of = |on: &On| match on {
            On::Conn(conn) => Some(*conn),
            On::Only(on) | On::Except(on) => Some(on.conn),
            On::Any => None,
        };
        match what {
            What::DuplicateAcks { .. } | What::That { .. } => None,
            What::Segments { pattern, .. } => of(&pattern.on),
            What::Overruns(on) => of(on),
            What::Established(on)
            | What::Refused(on)
            | What::Gone(on)
            | What::Closed(on)
            | What::Delivered(on)
            | What::Retransmits(on)
            | What::Leaves { from: on, .. }
            | What::Resent { from: on, .. } => Some(on.conn),
            What::FellBack(conn) | What::Stream { conn, .. } | What::Acknowledged { conn, .. } => {
                Some(*conn)
            }
            What::Shares(on) | What::Stays { on, .. } | What::Carried { on, .. } => {
                on.first().map(|sf| sf.conn)
            }
        }
    }

    /// The last packet so far, either way, of the connection that something is about; of all if it
    /// is about none, or if there was none of that.
    pub(crate) fn last_packet(&self, what: &What) -> u64 {
        let concerned = Self::concerned(what).and_then(|conn| self.connection(conn));
        let last = concerned.map(|connection| connection.last_packet);
        last.filter(|packet| *packet > 0).unwrap_or_else(|| self.packets())
    }

    /// What was seen instead of what was waited for.
    pub(crate) fn instead(&self, what: &What, mark: u64) -> String {
        let conn = Self::concerned(what);
        let account = match what {
            What::Stream { conn, .. } => self.connection(*conn).map(Self::account_of_stream),
            What::Leaves { from, .. } => Some(self.account_of_arrivals(from.conn, mark)),
            What::Shares(_) | What::Stays { .. } | What::Carried { .. } => {
                conn.map(|conn| self.account_of_arrivals(conn, mark))
            }
            What::Acknowledged { conn, .. } => self.connection(*conn).map(|connection| {
                format!("{} octets acknowledged at the data level", connection.acked)
            }),
            What::Delivered(on) => self.connection(on.conn).map(|connection| {
                let (acked, written) = (connection.acked, connection.written);
                format!("{acked} of {written} octets acknowledged at the data level")
            }),
            _ => None,
        };
        let recent = self.since(mark).iter().rev();
        let last =
            recent.filter(|seen| conn.is_none_or(|conn| seen.sf.is_some_and(|sf| sf.conn == conn)));
        let last =
            last.clone().find(|seen| !seen.options.is_empty()).or_else(|| last.clone().next());
        let last = match last {
            Some(seen) => format!("last of all {}", self.show(seen.packet)),
            None => "no packet of the target".to_owned(),
        };
        match account {
            Some(account) => format!("{account}; {last}"),
            None => last,
        }
    }

    fn account_of_stream(connection: &Connection) -> String {
        let (there, end) = (connection.in_order(), connection.received.end());
        if end > there {
            format!("{there} octets of the stream, then a gap")
        } else {
            format!("{there} octets of the stream")
        }
    }

    /// New octets by subflow.
    fn account_of_arrivals(&self, conn: u8, mark: u64) -> String {
        let mut sums = std::collections::BTreeMap::new();
        for arrival in self.arrivals(conn).iter().filter(|arrival| arrival.packet > mark) {
            *sums.entry(arrival.subflow).or_insert(0) += arrival.end - arrival.start;
        }
        if sums.is_empty() {
            return "no new octets of the stream".into();
        }
        let parts: Vec<String> =
            sums.iter().map(|(index, sum)| format!("{sum} on {conn}.{index}")).collect();
        format!("new octets of the stream: {}", parts.join(", "))
    }

    /// A packet of the transcript in the notation of the dissector.
    pub fn show(&self, packet: u64) -> String {
        let at = self.seen.partition_point(|seen| seen.packet < packet);
        match self.seen.get(at).filter(|seen| seen.packet == packet) {
            Some(seen) => seen.notation(),
            None => format!("packet {packet}"),
        }
    }
}
