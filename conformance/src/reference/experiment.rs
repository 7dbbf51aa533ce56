//! What a host keeps about the experimental option, for one connection: which experiments were
//! tried, and with what result.
//!
//! An experiment that the host tries itself is one that it knows; all others are returned to
//! whoever sends them. Maximum Subflows has a state of its own, see [`limit`](super::limit).

use std::time::Duration;

use mpdissect::wire::field::Octets;
use mpdissect::wire::mptcp::{ExperimentFlags, Experimental, KIND};

use crate::plan::Negotiation;
use crate::policy::experiment::ExperimentPolicy;

/// How an experimental option came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExperimentArrival {
    /// The segment had SYN.
    pub syn: bool,
    /// It completes a handshake (the third ACK).
    pub third: bool,
    /// The segment had a payload.
    pub payload: bool,
    /// So many experimental options stand before it in the segment.
    pub nth: u8,
    /// When.
    pub now: Duration,
}

/// The state of one connection.
#[derive(Debug)]
pub struct Experiments {
    negotiation: Negotiation,
    trials: Vec<Trial>,
    /// What is still to be sent besides probes.
    due: Vec<Experimental>,
    now: Duration,
}

/// One experiment that the host tried.
#[derive(Debug)]
struct Trial {
    exid: u16,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// So many probes were sent, and the next one is due.
    Asking { sent: u8, next: Duration },
    /// The peer knows the experiment.
    Accepted,
    /// The peer doesn't know it.
    Rejected,
    /// The peer says nothing. Neither text says what that means; as with unknown options of TCP
    /// (RFC 6994 §3), the connection goes on without.
    Unanswered,
}

impl Experiments {
    /// How often a probe is sent before silence counts as an answer.
    const PROBES: u8 = 4;
    /// The time from one probe to the next.
    const INTERVAL: Duration = Duration::from_millis(400);

    /// The state of a new connection.
    pub fn new(negotiation: Negotiation) -> Self {
        Self { negotiation, trials: Vec::new(), due: Vec::new(), now: Duration::ZERO }
    }

    /// Takes an option in whose experiment the host doesn't know, as its raw octets, kind and
    /// length included, however malformed. Yields the octets of the option to send back.
    pub fn received(
        &mut self,
        policy: &dyn ExperimentPolicy,
        option: &[u8],
        arrival: ExperimentArrival,
    ) -> Option<Vec<u8>> {
        self.now = arrival.now;
        if !policy.is_long_enough(option.len()) {
            return None;
        }
        let octet = |at: usize| option.get(at).copied().unwrap_or_default();
        let exid = u16::from_be_bytes([octet(3), octet(4)]);
        let flags = policy.flags_read(ExperimentFlags(octet(2) & 0x0f));
        let data = Octets::new(option.get(5..).unwrap_or_default())?;
        if !policy.is_identifier(exid) {
            return None;
        }
        if let Some(trial) = self.trials.iter_mut().find(|trial| trial.exid == exid) {
            return trial.heard(policy, flags, data, self.negotiation).map(|own| octets(&own));
        }
        let wanted = match (flags.unknown(), flags.synchronising()) {
            (true, _) => policy.answers_return(),
            (false, true) => policy.returns_probe(),
            (false, false) => policy.returns_use(),
        };
        if !wanted || !policy.answers(arrival) {
            return None;
        }
        let returned = Experimental {
            flags: policy.returned_flags(ExperimentFlags(octet(2) & 0x0f)),
            exid: policy.returned_identifier(exid),
            data: Octets::new(policy.returned_data(data.as_slice()))?,
        };
        for _ in 1..policy.returns() {
            self.due.push(returned);
        }
        Some(octets(&returned))
    }

    /// The operator's order: tries whether the peer knows an experiment, or uses one that the peer
    /// is known to know.
    pub fn order(&mut self, policy: &dyn ExperimentPolicy, exid: u16, now: Duration) {
        self.now = now;
        let asking = State::Asking { sent: 0, next: now };
        match self.trials.iter_mut().find(|trial| trial.exid == exid) {
            None => self.trials.push(Trial { exid, state: asking }),
            Some(trial) => match trial.state {
                State::Accepted => self.due.push(plain(exid, ExperimentFlags(0))),
                State::Rejected if policy.heeds_rejection() => {}
                State::Rejected | State::Unanswered => trial.state = asking,
                State::Asking { .. } => {}
            },
        }
    }

    /// When there is something to send.
    pub fn next_wake(&self) -> Option<Duration> {
        if !self.due.is_empty() {
            return Some(self.now);
        }
        self.trials.iter().filter_map(Trial::next).min()
    }

    /// What is to be sent now: one option at a time, until there is none.
    pub fn wake(&mut self, policy: &dyn ExperimentPolicy, now: Duration) -> Option<Experimental> {
        self.now = now;
        if let Some(due) = self.due.pop() {
            return Some(due);
        }
        self.trials.iter_mut().find_map(|trial| trial.probe(policy, now))
    }

    /// Whether the host gives the connection up over a probe that nobody answered.
    pub fn gives_up(&self, policy: &dyn ExperimentPolicy) -> bool {
        let unanswered = self.trials.iter().any(|trial| trial.state == State::Unanswered);
        unanswered && policy.insists_on_answer()
    }
}

impl Trial {
    /// When it has something to do.
    fn next(&self) -> Option<Duration> {
        match self.state {
            State::Asking { next, .. } => Some(next),
            _ => None,
        }
    }

    /// The next probe, if it is due.
    fn probe(&mut self, policy: &dyn ExperimentPolicy, now: Duration) -> Option<Experimental> {
        let State::Asking { sent, next } = self.state else { return None };
        if now < next {
            return None;
        }
        if sent == Experiments::PROBES {
            self.state = State::Unanswered;
            return None;
        }
        self.state = State::Asking { sent: sent + 1, next: now + Experiments::INTERVAL };
        Some(plain(self.exid, policy.probe_flags()))
    }

    /// Takes in what the peer says of this experiment; yields what is said in return.
    fn heard(
        &mut self,
        policy: &dyn ExperimentPolicy,
        flags: ExperimentFlags,
        data: Octets,
        negotiation: Negotiation,
    ) -> Option<Experimental> {
        let answer = flags.unknown() || !flags.synchronising();
        if answer {
            // What the peer once refused it doesn't take back; every other state gives way.
            if policy.is_yes(flags) && self.state != State::Rejected {
                self.state = State::Accepted;
            } else if flags.unknown() {
                self.state = State::Rejected;
            }
            return None;
        }
        if self.state == State::Rejected {
            return None;
        }
        self.state = State::Accepted;
        Some(Experimental { flags: yes(negotiation), exid: self.exid, data })
    }
}

/// The flags of the answer to a probe whose experiment is known.
pub const fn yes(negotiation: Negotiation) -> ExperimentFlags {
    ExperimentFlags(match negotiation {
        Negotiation::ExpOption00 => 0,
        Negotiation::Rfc6824bis => ExperimentFlags::SYNCHRONISING | ExperimentFlags::UNKNOWN,
    })
}

fn plain(exid: u16, flags: ExperimentFlags) -> Experimental {
    Experimental { flags, exid, data: Octets::EMPTY }
}

/// The octets of an option, kind and length included.
fn octets(option: &Experimental) -> Vec<u8> {
    let data = option.data.as_slice();
    let [high, low] = option.exid.to_be_bytes();
    let length = u8::try_from(data.len() + 5).unwrap_or(u8::MAX);
    let mut octets = vec![KIND, length, 0xf0 | option.flags.0, high, low];
    octets.extend_from_slice(data);
    octets
}

#[cfg(test)]
mod tests;
