//! Scripts: what is done and what has to happen, as data, so that a case can be listed, explained
//! and played without knowing how.
//!
//! A script is a list of [`Step`]s. Acts follow one another without waiting for an answer. An
//! expectation looks at everything since the *mark*: the first act behind the last step that was
//! no act, apart from waits that come before anything is done. So several expectations in a row are a set, met in any order, and none consumes what
//! another one is about. Nothing in a script is an exact trace: acknowledgments, retransmissions
//! and everything else that conformant stacks do in their own way is left to the tester.

mod act;
mod build;
mod segment;
mod shape;
mod show;
mod what;

use std::time::Duration;

pub use act::{
    Act, Answer, App, Door, Handshake, HandshakeSegment, Joining, Opening, Order, Own, Setting,
    Token,
};
pub use build::{
    ack, acknowledged, add_addr_echo, carried, closed, count, data, delivered, established,
    fell_back, gone, join, leaves, open, overruns, probe, refused, resent, retransmits, seen,
    shares, spares, stays, stream, that,
};
pub use segment::{Ack, Address, Correctness, Key, Opt, Proof, Segment, Seq, Sf};
pub use segment::{S0, S1, S2, S3, S4, S5, sf};
pub use shape::{Checksum, Mapped, Shape, Width, dss};
pub use what::{Judgement, On, OptPattern, Pattern, What};

/// One step of a script.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a script has few steps, and most of them are large")]
pub enum Step {
    /// Something is done. It can't fail, unless the target can't be reached or ordered.
    Do(Act),
    /// Something that the target may take its time for: the case goes on when it came about, or when
    /// its time is over. It decides nothing.
    Until(Expectation),
    /// A precondition: if it doesn't come about the case is inconclusive.
    Given(Expectation),
    /// What the requirement asks for: if it doesn't come about the case fails.
    Expect(Expectation),
    /// What the requirement forbids: if it comes about the case fails.
    Never(Expectation),
    /// The proof that the target still works, without which silence would look like obedience: if
    /// it doesn't come about the case is inconclusive.
    Alive(Expectation),
}

/// Something that may come about, and the time that it has for it.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// What.
    pub what: What,
    /// How long it is waited for, before scaling: the most for `Until`, `Given`, `Expect` and
    /// `Alive`, which end as soon as it came about, and the whole time for `Never`.
    pub within: Option<Duration>,
    /// The requirement at stake, where it isn't the first of the case.
    pub cites: Option<&'static str>,
    /// Looks at the whole case instead of what came since the mark.
    pub from_start: bool,
}

impl Expectation {
    /// How long something is waited for that should come about, if the script doesn't say: a few
    /// retransmissions on a busy machine.
    pub const PATIENCE: Duration = Duration::from_secs(4);
    /// How long it is waited for something that lasts by itself: lost segments begin it anew.
    pub const LONG_PATIENCE: Duration = Duration::from_secs(8);
    /// How long something is watched for that should not come about, if the script doesn't say:
    /// more than a delayed acknowledgment takes and any path in a laboratory.
    pub const VIGIL: Duration = Duration::from_millis(400);

    /// How long it is waited for where it should come about, before scaling.
    pub fn patience(&self) -> Duration {
        let usual = match self.what {
            What::Shares(_) | What::Leaves { .. } | What::Stays { .. } => Self::LONG_PATIENCE,
            _ => Self::PATIENCE,
        };
        self.within.unwrap_or(usual)
    }

    /// How long it is watched for where it should not come about, before scaling.
    pub fn vigil(&self) -> Duration {
        self.within.unwrap_or(Self::VIGIL)
    }

    /// With another window of time, in milliseconds.
    #[must_use]
    pub fn within_ms(mut self, milliseconds: u64) -> Self {
        self.within = Some(Duration::from_millis(milliseconds));
        self
    }

    /// About another requirement than the first of the case.
    #[must_use]
    pub fn cites(mut self, requirement: &'static str) -> Self {
        self.cites = Some(requirement);
        self
    }

    /// Looking at everything since the start of the case.
    #[must_use]
    pub fn from_start(mut self) -> Self {
        self.from_start = true;
        self
    }
}

impl From<What> for Expectation {
    fn from(what: What) -> Self {
        Self { what, within: None, cites: None, from_start: false }
    }
}

/// The steps of a case.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// In the order in which they are played.
    pub steps: Vec<Step>,
}

impl Script {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the steps of another one behind its own.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.steps.extend(other.steps);
        self
    }

    /// With an act.
    #[must_use]
    pub fn act(mut self, act: impl Into<Act>) -> Self {
        self.steps.push(Step::Do(act.into()));
        self
    }

    /// With a wait for what may come about.
    #[must_use]
    pub fn until(mut self, expectation: Expectation) -> Self {
        self.steps.push(Step::Until(expectation));
        self
    }

    /// With a precondition.
    #[must_use]
    pub fn given(mut self, expectation: Expectation) -> Self {
        self.steps.push(Step::Given(expectation));
        self
    }

    /// With a demand.
    #[must_use]
    pub fn expect(mut self, expectation: Expectation) -> Self {
        self.steps.push(Step::Expect(expectation));
        self
    }

    /// With a prohibition.
    #[must_use]
    pub fn never(mut self, expectation: Expectation) -> Self {
        self.steps.push(Step::Never(expectation));
        self
    }

    /// With the proof of life that data sent on this subflow is still acknowledged.
    #[must_use]
    pub fn alive(mut self, on: Sf) -> Self {
        self.steps.push(Step::Do(Act::Write { on, octets: 1 }));
        self.steps.push(Step::Alive(delivered(on)));
        self
    }

    /// With the demand that data sent on this subflow is still acknowledged: for requirements by
    /// which something must do no harm.
    #[must_use]
    pub fn unharmed(mut self, on: Sf) -> Self {
        self.steps.push(Step::Do(Act::Write { on, octets: 1 }));
        self.steps.push(Step::Expect(delivered(on)));
        self
    }

    /// With the demand that a connection can be opened besides those there are, as `conn`.
    #[must_use]
    pub fn reachable(mut self, conn: u8) -> Self {
        self.steps.push(Step::Do(open().conn(conn).into()));
        self.steps.push(Step::Expect(established(sf(conn, 0))));
        self
    }
}
