//! The tester's own endpoint: an MPTCP host that does what a script says and keeps account of what
//! the target does.
//!
//! It is patient: what it sends is repeated until the target acknowledges it, and nothing that the
//! path may lose, repeat, or bring out of order decides anything. It owns neither clock nor link.

mod account;
mod answers;
mod area;
mod compose;
mod connection;
mod data;
mod handshake;
mod input;
mod judge;
mod own;
mod ranges;
mod seen;
mod sending;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use mpdissect::crypto::Algorithm;
use mpdissect::wire::tcp::{Endpoint, Flags};

pub use connection::Arrival;
pub use seen::Seen;

use self::connection::{Connection, Marks, State, Subflow};
use self::own::Part;
use self::ranges::Ranges;
use crate::plan::{Plan, Role};
use crate::script::{
    Act, Answer, App, Door, Handshake, Joining, Opening, Order, Proof, Segment, Setting, Sf, Token,
    Width,
};
use crate::testbed::Topology;
use crate::transcript::Transcript;

/// The tester's end of all connections of one play of a case.
#[derive(Debug)]
pub struct Tester {
    plan: Plan,
    topology: Topology,
    random: fastrand::Rng,
    now: Duration,
    transcript: Transcript,
    /// Packets that wait to be sent, as indices into the transcript.
    outbox: Vec<usize>,
    seen: Vec<Seen>,
    connections: Vec<Connection>,
    behaviour: Behaviour,
    /// The segments of the handshakes of joins of the target.
    join_handshake: Handshake,
    /// The step that is being played, counted from 1.
    step: usize,
    /// What is wrong with the script.
    fault: Option<String>,
    /// What makes it likely that the path changes packets.
    interference: Option<String>,
    /// The cookie for TCP Fast Open that the target gave.
    cookie: Option<Vec<u8>>,
    /// The port of a SYN without an option of MPTCP that opens nothing.
    bare_syn: Option<u16>,
}

/// What scripts can set.
#[derive(Clone, Copy, Debug)]
struct Behaviour {
    echoes_add_addr: bool,
    echoes_navigation: bool,
    answers_fastclose: bool,
    joins: Answer,
    experiments: Answer,
}

impl Behaviour {
    const ORDINARY: Self = Self {
        echoes_add_addr: true,
        echoes_navigation: true,
        answers_fastclose: true,
        joins: Answer::Yes,
        experiments: Answer::Yes,
    };
}

impl Tester {
    /// The maximum number of subflows that the tester announces when it is asked.
    const MAXIMUM: u32 = 8;

    /// A tester at the tester's addresses of a topology.
    pub(crate) fn new(plan: &Plan, topology: &Topology) -> Self {
        Self {
            plan: *plan,
            topology: topology.clone(),
            random: fastrand::Rng::with_seed(plan.seed ^ 0x7465_7374),
            now: Duration::ZERO,
            transcript: Transcript::default(),
            outbox: Vec::new(),
            seen: Vec::new(),
            connections: Vec::new(),
            behaviour: Behaviour::ORDINARY,
            join_handshake: Handshake::default(),
            step: 0,
            fault: None,
            interference: None,
            cookie: None,
            bare_syn: None,
        }
    }

    fn connection(&self, conn: u8) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.opening.conn == conn)
    }

    fn get(&self, sf: Sf) -> Option<&Subflow> {
        self.connection(sf.conn)?.subflows.get(usize::from(sf.index))
    }

    fn index(&self, sf: Sf) -> Option<(usize, usize)> {
        let c = self.connections.iter().position(|own| own.opening.conn == sf.conn)?;
        let s = usize::from(sf.index);
        (s < self.connections[c].subflows.len()).then_some((c, s))
    }

    /// Goes back to the ordinary: what comes is no part of the script.
    pub(crate) fn start_control(&mut self) {
        self.behaviour = Behaviour::ORDINARY;
        self.join_handshake = Handshake::default();
        self.bare_syn = None;
    }

    /// Does something at this time; an order is left to whoever can give it.
    ///
    /// # Errors
    ///
    /// What the act needs and isn't there, as a clause.
    pub(crate) fn perform(&mut self, now: Duration, act: &Act) -> Result<Option<Order>, String> {
        self.now = now;
        match act {
            Act::Open(opening) => return Ok(self.open(opening)),
            Act::Join(joining) => self.join(joining)?,
            Act::Finish(on) => {
                let at = self.existing(*on)?;
                if self.connections[at.0].subflows[at.1].state == State::Unconfirmed {
                    self.finish(at);
                }
            }
            Act::Send(segment) => self.send(segment, false)?,
            Act::Write { on, octets } => {
                let at = self.existing(*on)?;
                self.write(at, *octets);
            }
            Act::Fin(on) => {
                let at = self.existing(*on)?;
                let fin = crate::script::ack(*on).flags(Flags::FIN | Flags::ACK);
                self.send_segment(at, &fin, false);
            }
            Act::DataFin(on) => {
                let at = self.existing(*on)?;
                let comment = format!("step {}", self.step);
                self.send_data_fin(at, comment);
            }
            Act::Order(order) => return Ok(Some(order.clone())),
            Act::Set(setting) => self.set(setting)?,
            Act::Flood { .. } | Act::Wait(_) => {}
        }
        Ok(None)
    }

    /// Sends a segment, once more if `again`.
    pub(crate) fn send(&mut self, segment: &Segment, again: bool) -> Result<(), String> {
        let at = self.existing(segment.on)?;
        self.send_segment(at, segment, again);
        Ok(())
    }

    fn existing(&self, sf: Sf) -> Result<(usize, usize), String> {
        self.index(sf).ok_or_else(|| format!("there is no subflow {}.{}", sf.conn, sf.index))
    }

    fn open(&mut self, opening: &Opening) -> Option<Order> {
        let ours = self.plan.role == Role::Listener;
        let local_key = self.random.u64(..);
        let local_key = opening.key.unwrap_or(local_key);
        let port = self.port();
        let asks = ours && opening.app == App::Source;
        let request = self.topology.request.clone().filter(|_| asks);
        let request = request.map_or_else(Vec::new, |request| request.0);
        self.connections.push(Connection {
            opening: opening.clone(),
            request,
            ours,
            port,
            local_key,
            local: Algorithm::Sha256.derive(local_key),
            remote: None,
            checksums: false,
            plain: false,
            fell_back: None,
            heard_dss: false,
            subflows: Vec::new(),
            early: 0,
            written: 0,
            acked: 0,
            acked_by: 0,
            closed: None,
            close_timer: None,
            received: Ranges::default(),
            remote_end: None,
            advances: Vec::new(),
            broken: None,
            newest: 0,
            arrivals: Vec::new(),
            firsts: Vec::new(),
            last_packet: 0,
            usual: Vec::new(),
            announced: Vec::new(),
            reach: 0,
            overacked: None,
            provoked: false,
            frozen: None,
            ack_width: Width::Long,
            allowed: opening.window.into(),
            overrun: 0,
            came: Ranges::default(),
            carriers: Vec::new(),
            resent: Vec::new(),
        });
        let c = self.connections.len() - 1;
        let addr = self.topology.tester.first().copied()?;
        let local = Endpoint { addr, port };
        if !ours {
            return Some(Order::Connect { app: opening.app, to: local });
        }
        let remote = self.topology.listener(opening.app, 0)?;
        let window = opening.window;
        let subflow = self.subflow(local, remote, true, opening.handshake.clone(), (0, window));
        self.connections[c].subflows.push(subflow);
        self.start((c, 0));
        None
    }

    /// A port that nothing else of this play has.
    fn port(&mut self) -> u16 {
        let all = self.topology.tester_ports.clone();
        let taken = |port: u16| {
            self.connections.iter().any(|own| {
                own.port == port || own.subflows.iter().any(|one| one.local.port == port)
            })
        };
        let drawn = self.random.u16(all.clone());
        (drawn..=*all.end()).chain(all).find(|port| !taken(*port)).unwrap_or(drawn)
    }

    fn join(&mut self, joining: &Joining) -> Result<(), String> {
        let Sf { conn, index } = joining.subflow;
        let c = self.connections.iter().position(|own| own.opening.conn == conn);
        let c = c.ok_or_else(|| format!("there is no connection {conn} to join"))?;
        let s = self.connections[c].subflows.len();
        if s != usize::from(index) {
            return Err(format!("the next subflow would be {conn}.{s}, not {conn}.{index}"));
        }
        let app = self.connections[c].opening.app;
        let local = self.topology.tester.get(usize::from(joining.from)).copied();
        let remote = match joining.door {
            Door::Own => self.topology.listener(app, joining.to),
            Door::Of(app) => self.topology.listener(app, joining.to),
            Door::Closed => self.closed_port(joining.to),
        };
        let (Some(addr), Some(remote)) = (local, remote) else {
            return Err("there are no such addresses to join".into());
        };
        let port = self.port();
        let local = Endpoint { addr, port };
        let id = joining.address_id;
        let window = self.connections[c].opening.window;
        let mut subflow =
            self.subflow(local, remote, true, joining.handshake.clone(), (id, window));
        subflow.backup = joining.backup;
        subflow.token = joining.token;
        subflow.hmac = joining.hmac;
        subflow.withheld = joining.withheld;
        self.connections[c].subflows.push(subflow);
        self.start((c, s));
        Ok(())
    }

    /// A port of one of the target's addresses at which no application listens.
    fn closed_port(&self, address: u8) -> Option<Endpoint> {
        let doors = [App::Echo, App::Sink, App::Source];
        let taken = doors.map(|app| self.topology.listener(app, address));
        let first = taken.first().copied().flatten()?;
        (1..=taken.len() as u16)
            .map(|more| Endpoint { port: first.port.wrapping_add(more).max(1), ..first })
            .find(|end| !taken.contains(&Some(*end)))
    }

    /// Sends the SYN.
    fn start(&mut self, at: (usize, usize)) {
        let (sf, now) = (self.name(at), self.now);
        self.send_part(
            at,
            Part::Syn,
            format!("step {}: SYN of {}.{}", self.step, sf.conn, sf.index),
        );
        self.connections[at.0].subflows[at.1].restart_timer(now);
    }

    fn subflow(
        &mut self,
        local: Endpoint,
        remote: Endpoint,
        ours: bool,
        handshake: Handshake,
        (address_id, window): (u8, u32),
    ) -> Subflow {
        let initial = self.random.u32(..);
        Subflow {
            local,
            remote,
            ours,
            handshake,
            state: State::SynSent,
            address_id,
            remote_id: 0,
            backup: false,
            token: Token::Right,
            hmac: Proof::Right,
            withheld: false,
            nonce: self.random.u32(..),
            remote_nonce: 0,
            timestamps: false,
            recent: 0,
            remote_mss: 536,
            initial,
            next: initial,
            unacked: initial,
            remote_window: 0,
            queue: VecDeque::new(),
            half_done: VecDeque::new(),
            timer: None,
            timeout: Subflow::TIMEOUT,
            remote_initial: 0,
            received: Ranges::default(),
            maps: Vec::new(),
            unmapped: Vec::new(),
            acks: true,
            up: true,
            signals: true,
            window,
            allowed: 1 + u64::from(window),
            overrun: 0,
            reach: 0,
            retransmitted: 0,
            answers: Vec::new(),
            answered: false,
            marks: Marks::default(),
        }
    }

    fn set(&mut self, setting: &Setting) -> Result<(), String> {
        match setting {
            Setting::Acks { on, acks } => {
                let at = self.existing(*on)?;
                self.connections[at.0].subflows[at.1].acks = *acks;
            }
            Setting::Path { on, up } => {
                let at = self.existing(*on)?;
                self.connections[at.0].subflows[at.1].up = *up;
            }
            Setting::Window { on, octets } => {
                let at = self.existing(*on)?;
                self.connections[at.0].subflows[at.1].window = *octets;
                if self.connections[at.0].subflows[at.1].is_open() {
                    self.send_ack(at);
                    self.send_other_acks(at);
                }
            }
            Setting::Signals { on, signals } => {
                let at = self.existing(*on)?;
                self.connections[at.0].subflows[at.1].signals = *signals;
                self.connections[at.0].provoked |= !signals;
            }
            Setting::DataAcks { conn, moves } => {
                let at = self.existing(Sf { conn: *conn, index: 0 })?;
                let connection = &mut self.connections[at.0];
                connection.frozen = (!moves).then(|| connection.data_ack());
                for s in 0..self.connections[at.0].subflows.len() {
                    let subflow = &self.connections[at.0].subflows[s];
                    if *moves && subflow.is_open() && subflow.acks {
                        self.send_ack((at.0, s));
                    }
                }
            }
            Setting::DataAckWidth { conn, width } => {
                let at = self.existing(Sf { conn: *conn, index: 0 })?;
                self.connections[at.0].ack_width = *width;
            }
            Setting::Plain(conn) => {
                let at = self.existing(Sf { conn: *conn, index: 0 })?;
                self.connections[at.0].plain = true;
            }
            Setting::EchoesAddAddr(echoes) => self.behaviour.echoes_add_addr = *echoes,
            Setting::EchoesNavigation(echoes) => self.behaviour.echoes_navigation = *echoes,
            Setting::Joins(answer) => self.behaviour.joins = *answer,
            Setting::JoinHandshake(handshake) => self.join_handshake = *handshake.clone(),
            Setting::AnswersFastclose(does) => self.behaviour.answers_fastclose = *does,
            Setting::Experiments(answer) => self.behaviour.experiments = *answer,
        }
        Ok(())
    }

    /// Acts are for this step from here on, counted from 1.
    pub(crate) fn enter(&mut self, step: usize) {
        self.step = step;
    }

    /// Hands out the packets that wait to be sent.
    pub(crate) fn drain(&mut self, send: &mut dyn FnMut(&[u8])) {
        for index in self.outbox.drain(..) {
            if let Some(packet) = self.transcript.packets.get(index) {
                send(&packet.octets);
            }
        }
    }

    /// Says something about a packet.
    pub(crate) fn comment(&mut self, packet: u64, comment: String) {
        let index = usize::try_from(packet).unwrap_or(usize::MAX).wrapping_sub(1);
        if let Some(packet) = self.transcript.packets.get_mut(index) {
            packet.comments.push(comment);
        }
    }

    /// Resets every subflow that is open: the target needn't keep them.
    pub(crate) fn leave(&mut self) {
        for c in 0..self.connections.len() {
            for s in 0..self.connections[c].subflows.len() {
                let subflow = &mut self.connections[c].subflows[s];
                if subflow.state != State::Dead {
                    subflow.state = State::Dead;
                    subflow.up = true;
                    self.send_control(
                        (c, s),
                        Flags::RST | Flags::ACK,
                        &[],
                        "the play is over".into(),
                    );
                }
            }
        }
    }

    /// Ends the play.
    pub(crate) fn into_transcript(self) -> Transcript {
        self.transcript
    }
}
