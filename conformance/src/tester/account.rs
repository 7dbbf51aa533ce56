//! What the tester knows, for those who judge it.

use mpdissect::wire::tcp::Endpoint;

use super::connection::{Connection, State, Subflow};
use super::{Arrival, Seen, Tester};
use crate::plan::Plan;
use crate::script::{Act, Setting, Sf};
use crate::testbed::Topology;
use crate::transcript::Transcript;

impl Tester {
    /// What holds for this play.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Who is where.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// Everything that was sent and seen so far.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// The segments of the target so far, in the order in which they arrived.
    pub fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// The segments of the target behind so many packets of the transcript.
    pub fn since(&self, mark: u64) -> &[Seen] {
        let start = self.seen.partition_point(|seen| seen.packet <= mark);
        self.seen.get(start..).unwrap_or_default()
    }

    /// The octets of the target's stream that were new when they arrived, in that order.
    pub fn arrivals(&self, conn: u8) -> &[Arrival] {
        self.connection(conn).map_or(&[], |connection| &connection.arrivals)
    }

    /// How much of the target's stream there is without a gap, in octets.
    pub fn in_order(&self, conn: u8) -> u64 {
        self.connection(conn).map_or(0, Connection::in_order)
    }

    /// The tester's key of a connection and the target's, as far as they are known.
    pub fn keys(&self, conn: u8) -> Option<(u64, Option<u64>)> {
        let connection = self.connection(conn)?;
        Some((connection.local_key, connection.remote.map(|(key, _)| key)))
    }

    /// How many subflows a connection ever had, refused ones included.
    pub fn subflows(&self, conn: u8) -> u8 {
        self.connection(conn).map_or(0, |connection| connection.subflows.len() as u8)
    }

    /// The ends of a subflow: the tester's, then the target's.
    pub fn ends(&self, sf: Sf) -> Option<(Endpoint, Endpoint)> {
        let subflow = self.get(sf)?;
        Some((subflow.local, subflow.remote))
    }

    /// The address IDs of a subflow: the tester's, then the target's.
    pub fn address_ids(&self, sf: Sf) -> Option<(u8, u8)> {
        let subflow = self.get(sf)?;
        Some((subflow.address_id, subflow.remote_id))
    }

    /// Whether a subflow is established and neither end has reset it.
    pub fn is_open(&self, sf: Sf) -> bool {
        self.get(sf).is_some_and(|subflow| subflow.state == State::Established)
    }

    /// A data sequence number of the target's as its place in the stream, counted from 0.
    pub fn place(&self, conn: u8, dsn: mpdissect::wire::mptcp::Seq) -> Option<u64> {
        self.connection(conn)?.place(dsn)
    }

    /// The place in the tester's own stream of a data sequence number, counted from 0.
    pub fn own_place(&self, conn: u8, dsn: u64) -> Option<u64> {
        Some(dsn.wrapping_sub(self.connection(conn)?.dsn(0)))
    }

    /// How many octets the target took with the SYN of a connection.
    pub fn early(&self, conn: u8) -> u64 {
        self.connection(conn).map_or(0, |connection| connection.early)
    }

    /// How much of the tester's stream was written.
    pub fn written(&self, conn: u8) -> u64 {
        self.connection(conn).map_or(0, |connection| connection.written)
    }

    /// The packet that showed the target's stream to be wrong, if one did, and how.
    pub fn broken(&self, conn: u8) -> Option<(u64, String)> {
        self.connection(conn)?.broken.clone()
    }

    /// The packet that acknowledged at the data level what was never sent, if there was one.
    pub fn overacked(&self, conn: u8) -> Option<u64> {
        self.connection(conn)?.overacked
    }

    /// How much of the tester's stream a data acknowledgment acknowledges.
    pub fn acknowledged(&self, conn: u8, ack: mpdissect::wire::mptcp::Seq) -> Option<u64> {
        self.connection(conn)?.acknowledged(ack)
    }

    /// The place of a sequence number of a subflow's far end, counted from its SYN.
    pub fn place_behind_syn(&self, sf: Sf, seq: u32) -> Option<u32> {
        Some(seq.wrapping_sub(self.get(sf)?.remote_initial))
    }

    /// The subflow that an act needs and that isn't ready for it yet, though it may come to be.
    pub(crate) fn awaits(&self, act: &Act) -> Option<Sf> {
        let on = match act {
            Act::Send(segment) => segment.on,
            Act::Write { on, .. } | Act::Fin(on) | Act::DataFin(on) => *on,
            Act::Set(
                Setting::Acks { on, .. }
                | Setting::Path { on, .. }
                | Setting::Window { on, .. }
                | Setting::Signals { on, .. },
            ) => {
                return self.get(*on).is_none().then_some(*on);
            }
            Act::Set(Setting::Plain(conn)) => {
                let first = Sf { conn: *conn, index: 0 };
                let connection = self.connection(*conn);
                let ready = connection.is_some_and(|own| match own.subflows.first() {
                    Some(subflow) => !own.ours || subflow.state != State::SynSent,
                    None => false,
                });
                return (!ready).then_some(first);
            }
            Act::Join(joining) => {
                let first = Sf { conn: joining.subflow.conn, index: 0 };
                let key = self.connection(first.conn).map(|own| own.remote.is_some() || own.plain);
                return (key != Some(true)).then_some(first);
            }
            _ => return None,
        };
        let begun = [State::SynSent, State::SynReceived];
        self.get(on).is_none_or(|subflow| begun.contains(&subflow.state)).then_some(on)
    }

    /// Whether a segment of the target acknowledges everything that was sent on its subflow.
    pub fn acknowledges_all(&self, seen: &Seen) -> bool {
        let subflow = seen.sf.and_then(|sf| self.get(sf));
        subflow.is_some_and(|subflow| subflow.next == seen.ack)
    }

    /// Whether everything that was sent on a subflow is acknowledged, and more can be.
    pub(crate) fn is_acknowledged(&self, on: Sf) -> bool {
        self.get(on).is_some_and(|subflow| subflow.is_open() && subflow.queue.is_empty())
    }

    /// What shows that options of an ordinary connection don't arrive as they were sent, if
    /// anything does.
    pub(crate) fn changed(&self, conn: u8) -> Option<&'static str> {
        let connection = self.connection(conn)?;
        let ports = connection.subflows.first().map(|first| first.local.port);
        if connection.plain || connection.fell_back.is_some() {
            return Some("the target falls back to TCP");
        }
        if self.bare_syn.is_some() && self.bare_syn == ports {
            return Some("a SYN to join has no MP_JOIN");
        }
        for subflow in &connection.subflows {
            let failed = subflow.marks.failed.is_some() && !subflow.marks.unproven;
            if failed || subflow.marks.blamed {
                return Some("a handshake is refused as wrong");
            }
            if subflow.is_open() && subflow.queue.is_empty() && !connection.is_acked() {
                return Some("data is acknowledged, but not at the data level");
            }
        }
        None
    }

    /// A connection that the tester opened and of which it never heard a DSS: as far as it knows,
    /// the target may lack the keys. Its first subflow.
    pub(crate) fn unheard(&self) -> Option<Sf> {
        let connection = self.connections.iter().find(|own| {
            own.ours
                && !own.plain
                && !own.heard_dss
                && own.subflows.first().is_some_and(Subflow::is_open)
        })?;
        Some(Sf { conn: connection.opening.conn, index: 0 })
    }

    /// What is wrong with the script, if anything was found to be.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// What makes it likely that the path changes packets, if anything does.
    pub(crate) fn interference(&self) -> Option<&str> {
        self.interference.as_deref()
    }

    /// How many packets there are.
    pub(crate) fn packets(&self) -> u64 {
        self.transcript.packets.len() as u64
    }

    /// Of the first segment with payload that was sent behind the mark and that the target never
    /// acknowledged: its packet.
    pub(crate) fn unacknowledged(&self, mark: u64) -> Option<u64> {
        self.connections
            .iter()
            .flat_map(|own| &own.subflows)
            .flat_map(|subflow| &subflow.queue)
            .filter(|queued| queued.segment.payload > 0)
            .find_map(|queued| queued.packet.filter(|&packet| packet > mark))
    }
}
