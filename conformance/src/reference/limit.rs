//! What a host keeps about Maximum Subflows, for one connection: both maxima.

use std::collections::VecDeque;
use std::time::Duration;

use mpdissect::wire::mptcp::{Dialect, ExperimentFlags, MaxSubflows, MaxSubflowsLayout};

use crate::plan::{Negotiation, Plan};
use crate::policy::limit::LimitPolicy;

/// What the operator set, for every new connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitConfig {
    /// The own maximum, or any number.
    pub own: Option<u32>,
    /// Whether it is announced without being asked.
    pub announces: bool,
    /// The layout in which the host speaks first.
    pub layout: MaxSubflowsLayout,
    /// The numbers of the option.
    pub dialect: Dialect,
    /// How a received announcement with S=1 is accepted.
    pub negotiation: Negotiation,
    /// The last maximum that a peer announced on an earlier connection of this host.
    pub inherited: Option<u32>,
}

impl LimitConfig {
    /// That of a host which has the maximum of the plan, and names it when it is asked.
    pub fn new(plan: &Plan) -> Self {
        Self {
            own: Some(plan.target_max),
            announces: false,
            layout: plan.layout,
            dialect: plan.dialect,
            negotiation: plan.negotiation,
            inherited: None,
        }
    }
}

/// How many subflows a connection has, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Established in both directions, backup ones included, until the first FIN or RST.
    pub established: u32,
    /// Among them those that either end made a backup.
    pub backups: u32,
    /// Joins that are in progress, whichever end started them.
    pub joining: u32,
    /// Joins that failed since the connection was opened, or were refused.
    pub failed: u32,
    /// Subflows that have ended since the connection was opened, by FIN or RST.
    pub ended: u32,
    /// Among them those that a RST ended.
    pub reset: u32,
    /// Among them those that are in `TIME_WAIT`.
    pub lingering: u32,
    /// Established subflows of other connections of the host.
    pub elsewhere: u32,
}

/// When it is asked whether there is room for a subflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// At the peer's SYN with MP_JOIN, which isn't counted yet.
    Syn,
    /// At the peer's third ACK, where its join still counts as joining.
    Third,
    /// Before an own SYN with MP_JOIN, which isn't counted yet.
    Opening,
}

/// What was announced: first by whom, if by both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maxima {
    /// The own maximum, once the peer was told.
    pub own: Option<u32>,
    /// The peer's.
    pub peer: Option<u32>,
    /// The own one was announced before the peer's was known.
    pub own_first: bool,
}

/// How a join beyond the limit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// With RST.
    Reset {
        /// The reason in its MP_TCPRST, if it has one.
        reason: Option<u8>,
    },
    /// By silence.
    Silence,
    /// With RST, and all other subflows are reset as well.
    ResetAll,
}

/// What is reset because of an option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resets {
    /// Nothing.
    #[default]
    Nothing,
    /// The subflow that carried it.
    Carrier,
    /// All subflows.
    Connection,
    /// The latest subflows, until so many are left.
    Beyond(u32),
}

/// The segment that an option came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A SYN or SYN/ACK.
    Syn,
    /// The third segment of a handshake.
    Third,
    /// A segment with payload.
    Data,
    /// One without payload that also has ADD_ADDR.
    AddAddr,
    /// Any other.
    Ack,
}

/// How an option came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitArrival {
    /// In which segment.
    pub carrier: Carrier,
    /// On the first subflow of the connection.
    pub first: bool,
    /// When.
    pub now: Duration,
}

/// An option that was taken in, or thrown away for its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The segment.
    pub carrier: Carrier,
    /// The value.
    pub value: u32,
    /// The peer's maximum before.
    pub before: Option<u32>,
    /// How many options have come in on this connection, this one included.
    pub nth: u32,
}

/// What follows from an option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reaction {
    /// The octets of the option to send back.
    pub answer: Option<Vec<u8>>,
    /// What is reset.
    pub resets: Resets,
}

/// The state of one connection.
#[derive(Debug)]
pub struct Limiter {
    config: LimitConfig,
    maxima: Maxima,
    /// When the peer's maximum was announced last.
    heard: Duration,
    received: u32,
    announcement: Announcement,
    /// An option was sent, whatever it said.
    spoken: bool,
    /// Further copies of answers.
    copies: VecDeque<Vec<u8>>,
}

/// What became of the own announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Announcement {
    /// It isn't made, or it was answered, or nobody ever answers.
    Done,
    /// So many were sent, the next one is due.
    Due { sent: u32, at: Duration },
    /// The peer doesn't know the option: it is never sent again.
    Returned,
}

impl Limiter {
    /// The state of a new connection.
    pub fn new(policy: &dyn LimitPolicy, config: LimitConfig) -> Self {
        let announces = config.announces && config.own.is_some() && policy.announces();
        let due = Announcement::Due { sent: 0, at: Duration::ZERO };
        let inherited = config.inherited.filter(|_| policy.carries_over());
        Self {
            config: LimitConfig { own: config.own.map(|own| own.max(1)), ..config },
            maxima: Maxima { peer: inherited, ..Maxima::default() },
            heard: Duration::ZERO,
            received: 0,
            announcement: if announces { due } else { Announcement::Done },
            spoken: false,
            copies: VecDeque::new(),
        }
    }

    /// What an option of subtype 0xf says, if it is one of these: asked for each, as its raw
    /// octets, kind and length included. What isn't goes to
    /// [`Experiments`](super::experiment::Experiments).
    pub fn read(&self, policy: &dyn LimitPolicy, option: &[u8]) -> Option<MaxSubflows> {
        policy.read(option, self.config.dialect)
    }

    /// Takes an option in.
    pub fn received(
        &mut self,
        policy: &dyn LimitPolicy,
        option: MaxSubflows,
        arrival: LimitArrival,
    ) -> Reaction {
        let ignored = self.announcement == Announcement::Returned
            || (arrival.carrier == Carrier::Syn && !policy.heeds_on_syn())
            || (!arrival.first && !policy.heeds_on_joined())
            || (option.flags.reserved() != 0 && !policy.ignores_reserved());
        if ignored {
            return Reaction::default();
        }
        self.received = self.received.saturating_add(1);
        let taken = Taken {
            carrier: arrival.carrier,
            value: option.value,
            before: self.maxima.peer,
            nth: self.received,
        };
        let resets = policy.resets(taken);
        let maximum = policy.accepts_value(option.value);
        if self.came_back(option.flags) {
            if self.spoken && policy.heeds_return() {
                self.announcement = Announcement::Returned;
                self.maxima.peer = None;
            }
            if policy.heeds_returned() {
                self.take(policy, option.value, arrival.now);
            }
        } else if let Some(maximum) = maximum
            && self.is_solicited(option.flags)
        {
            self.take(policy, maximum, arrival.now);
            self.settle(option.flags);
        }
        let value = if maximum.is_some() {
            Some(policy.answer_value(self.config.own, option.value, option.layout))
        } else {
            policy.answer_to_invalid()
        };
        let answer = value.filter(|_| policy.answers(option.flags)).map(|value| {
            let layout = policy.answer_layout(option.layout);
            let flags = policy.answer_flags(self.config.negotiation);
            self.speak(policy, flags, layout, value)
        });
        if let Some(answer) = &answer {
            let further = policy.answer_copies().saturating_sub(1);
            self.copies.extend((0..further).map(|_| answer.clone()));
        }
        Reaction { answer, resets }
    }

    /// Whether the peer may join a subflow, at one of the two stages of its handshake.
    ///
    /// # Errors
    ///
    /// How it is refused.
    pub fn accepts(
        &self,
        policy: &dyn LimitPolicy,
        census: Census,
        stage: Stage,
        now: Duration,
    ) -> Result<(), Refusal> {
        if self.has_room(policy, census, stage, now) { Ok(()) } else { Err(policy.refusal()) }
    }

    /// Whether the own host may open a further subflow.
    pub fn may_open(&self, policy: &dyn LimitPolicy, census: Census, now: Duration) -> bool {
        self.has_room(policy, census, Stage::Opening, now)
    }

    /// When there is something to send: looked at once the connection is established.
    pub fn next_wake(&self) -> Option<Duration> {
        match self.announcement {
            _ if !self.copies.is_empty() => Some(Duration::ZERO),
            Announcement::Due { at, .. } => Some(at),
            Announcement::Done | Announcement::Returned => None,
        }
    }

    /// The octets of an option that is to be sent now, if any.
    pub fn wake(&mut self, policy: &dyn LimitPolicy, now: Duration) -> Option<Vec<u8>> {
        if let Some(copy) = self.copies.pop_front() {
            return Some(copy);
        }
        let Announcement::Due { sent, at } = self.announcement else { return None };
        if now < at {
            return None;
        }
        let sent = sent.saturating_add(1);
        self.announcement = match policy.patience(sent) {
            Some(patience) => Announcement::Due { sent, at: now.saturating_add(patience) },
            None => Announcement::Done,
        };
        self.announcement(policy)
    }

    /// The octets of the own announcement, if there is something to announce.
    pub fn announcement(&mut self, policy: &dyn LimitPolicy) -> Option<Vec<u8>> {
        let layout = self.config.layout;
        let own = self.config.own.filter(|_| self.config.announces)?;
        let value = own.min(layout.max());
        let flags = ExperimentFlags(ExperimentFlags::SYNCHRONISING);
        Some(self.speak(policy, flags, layout, value))
    }

    /// The peer's maximum, if it announced one.
    pub fn peer_maximum(&self) -> Option<u32> {
        self.maxima.peer
    }

    fn has_room(
        &self,
        policy: &dyn LimitPolicy,
        census: Census,
        stage: Stage,
        now: Duration,
    ) -> bool {
        let counted = policy.counted(census, stage);
        counted < policy.ceiling()
            && (!policy.enforces(stage)
                || self.limit(policy, now).is_none_or(|limit| counted < policy.allows(limit)))
    }

    fn limit(&self, policy: &dyn LimitPolicy, now: Duration) -> Option<u32> {
        let fresh = |_: &u32| {
            policy.lifetime().is_none_or(|lifetime| now.saturating_sub(self.heard) < lifetime)
        };
        let peer = self.maxima.peer.filter(fresh).or_else(|| policy.presumed());
        policy.in_force(Maxima { peer, ..self.maxima })
    }

    fn take(&mut self, policy: &dyn LimitPolicy, value: u32, now: Duration) {
        self.maxima.peer = Some(match self.maxima.peer {
            Some(earlier) => policy.replaces(earlier, value),
            None => value,
        });
        self.heard = now;
    }

    /// Whether the option is one of the own host, returned by a peer that doesn't know it. As
    /// rfc6824bis has it, S and U together are a yes.
    fn came_back(&self, flags: ExperimentFlags) -> bool {
        flags.unknown()
            && !(flags.synchronising() && self.config.negotiation == Negotiation::Rfc6824bis)
    }

    /// A yes that nobody asked for counts for nothing.
    fn is_solicited(&self, flags: ExperimentFlags) -> bool {
        !flags.unknown() || self.spoken
    }

    /// An answer ends the repetition of what it answers.
    fn settle(&mut self, flags: ExperimentFlags) {
        let answers = match self.config.negotiation {
            Negotiation::ExpOption00 => !flags.synchronising(),
            Negotiation::Rfc6824bis => flags.unknown(),
        };
        if let Announcement::Due { sent: 1.., .. } = self.announcement
            && answers
        {
            self.announcement = Announcement::Done;
        }
    }

    fn speak(
        &mut self,
        policy: &dyn LimitPolicy,
        flags: ExperimentFlags,
        layout: MaxSubflowsLayout,
        value: u32,
    ) -> Vec<u8> {
        self.spoken = true;
        if self.maxima.own.is_none() {
            self.maxima.own = self.config.own;
            self.maxima.own_first = self.maxima.own.is_some() && self.maxima.peer.is_none();
        }
        let exid = match layout {
            MaxSubflowsLayout::A | MaxSubflowsLayout::C => self.config.dialect.max_subflows_exid(),
            MaxSubflowsLayout::B => u16::from(MaxSubflows::EXID_B),
        };
        policy.emit(MaxSubflows { flags, layout, exid, value }, self.config.dialect)
    }
}

#[cfg(test)]
mod tests;
