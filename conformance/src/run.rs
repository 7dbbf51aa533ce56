//! Plays a case against a target: owns no clock and no socket, and prints nothing.

mod lacks;

use std::time::Duration;

use mpdissect::wire::tcp::Flags;

use crate::case::Case;
use crate::plan::{self, Plan};
use crate::script::{
    Act, Address, App, Expectation, Judgement, Opt, Order, Proof, Step, What, ack, data, join,
    open, sf,
};
use crate::testbed::{Testbed, Trouble};
use crate::tester::Tester;
use crate::transcript::Transcript;
use crate::verdict::{Finding, Verdict};

/// What one play of a case came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// What was sent and seen.
    pub transcript: Transcript,
    /// How long it took on the clock of the testbed.
    pub took: Duration,
    /// How much of that the tester wanted to be at work and wasn't let: other processes had the
    /// processors.
    pub starved: Duration,
}

impl Outcome {
    /// That of a case that wasn't played.
    pub fn unplayed(verdict: Verdict) -> Self {
        let (took, starved) = (Duration::ZERO, Duration::ZERO);
        Self { verdict, transcript: Transcript::default(), took, starved }
    }
}

/// Plays one variant of a case; `plan` is the one that [`Case::plan`] gave.
pub fn play(case: &'static Case, plan: &Plan, testbed: &mut dyn Testbed) -> Outcome {
    let script = (case.script)(plan);
    let start = testbed.now();
    if let Some(reason) = lacks::lacks(&script, plan, testbed.topology()) {
        return Outcome::unplayed(Verdict::Skipped { reason });
    }
    let tester = Tester::new(plan, testbed.topology());
    let requirement = case.requirements.first().copied().unwrap_or_default();
    let mut run = Run {
        plan,
        requirement,
        testbed,
        tester,
        mark: 0,
        provocations: Vec::new(),
        repeated: false,
        attended: start,
        starved: Duration::ZERO,
    };
    let verdict = match run.steps(&script.steps) {
        Ok(()) => Verdict::Pass,
        Err(Verdict::Fail(finding)) if run.testbed.topology().clean_path => Verdict::Fail(finding),
        Err(Verdict::Fail(finding)) => match run.control() {
            Some(reason) => Verdict::Inconclusive { reason },
            None => Verdict::Fail(finding),
        },
        Err(verdict) => verdict,
    };
    let took = run.testbed.now().saturating_sub(start);
    if run.testbed.lasts() {
        run.tester.leave();
        // What isn't sent any more ends by itself.
        drop(run.flush());
    }
    let starved = run.starved;
    Outcome { verdict, transcript: run.tester.into_transcript(), took, starved }
}

/// One play.
struct Run<'a> {
    plan: &'a Plan,
    requirement: &'static str,
    testbed: &'a mut dyn Testbed,
    tester: Tester,
    /// The number of packets at the first act behind the last step that was no act.
    mark: u64,
    /// What was done right before what is waited for, and the steps, as far as it can be repeated.
    provocations: Vec<(usize, Act)>,
    /// Whether it was.
    repeated: bool,
    /// When the tester last was at work.
    attended: Duration,
    /// For how long it was kept from work in all.
    starved: Duration,
}

/// What a step is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Until,
    Given,
    Expect,
    Never,
    Alive,
}

impl Run<'_> {
    /// How long it is waited for something before segments are repeated, in the first seconds.
    const REPEAT: Duration = Duration::from_millis(250);
    /// How late the tester may be without being said to be kept from its work.
    const SLACK: Duration = Duration::from_millis(50);
    /// How long repeated segments are given to arrive.
    const REST: Duration = Duration::from_millis(50);
    /// The number of the connection that shows whether the path is at fault.
    const CONTROL: u8 = u8::MAX;
    /// How long anything is waited for there.
    const CONTROL_PATIENCE: Duration = Duration::from_secs(1);

    /// Plays the steps up to the first verdict other than a pass.
    fn steps(&mut self, steps: &[Step]) -> Result<(), Verdict> {
        let (mut acting, mut waiting) = (false, false);
        for (number, step) in (1..).zip(steps) {
            if let Step::Do(act) = step {
                if !acting || waiting {
                    self.settle()?;
                    self.mark = self.tester.packets();
                    self.provocations.clear();
                }
                // Waits before anything is done let things come to rest: they are not looked at.
                waiting = matches!(act, Act::Wait(_)) && (waiting || !acting);
                acting = true;
                self.tester.enter(number);
                match act {
                    Act::Send(_) | Act::Order(Order::Probe { .. }) => {
                        self.provocations.push((number, act.clone()));
                    }
                    Act::Write { .. } => {}
                    _ => self.provocations.clear(),
                }
                self.act(act)?;
                continue;
            }
            (acting, waiting) = (false, false);
            match step {
                Step::Until(expectation) => self.watch(Role::Until, expectation, number)?,
                Step::Given(expectation) => self.watch(Role::Given, expectation, number)?,
                Step::Expect(expectation) => self.watch(Role::Expect, expectation, number)?,
                Step::Never(expectation) => self.watch(Role::Never, expectation, number)?,
                Step::Alive(expectation) => self.watch(Role::Alive, expectation, number)?,
                Step::Do(_) => {}
            }
        }
        Ok(())
    }

    /// Takes in what has arrived by now, so that the mark is behind it. What was sent more often
    /// than it was needed must not arrive behind what is sent next.
    fn settle(&mut self) -> Result<(), Verdict> {
        if std::mem::take(&mut self.repeated) {
            self.pass(self.plan.scaled(Self::REST))?;
        }
        self.catch_up()
    }

    fn act(&mut self, act: &Act) -> Result<(), Verdict> {
        match act {
            Act::Wait(time) => return self.pass(self.plan.scaled(*time)),
            Act::Flood { segments, rounds, over } => {
                let count = (*rounds).saturating_mul(segments.len() as u32).max(1);
                let pause = *over / count;
                for _ in 0..*rounds {
                    for segment in segments {
                        self.perform(&Act::Send(segment.clone()))?;
                        self.pass(pause)?;
                    }
                }
                return Ok(());
            }
            _ => {}
        }
        self.perform(act)
    }

    fn perform(&mut self, act: &Act) -> Result<(), Verdict> {
        let deadline = self.testbed.now() + self.plan.scaled(Expectation::PATIENCE);
        while self.tester.awaits(act).is_some() && self.testbed.now() < deadline {
            self.advance(deadline)?;
        }
        let now = self.testbed.now();
        let order = self.tester.perform(now, act).map_err(|reason| {
            let reason = format!("step can't be played: {reason}");
            Verdict::Inconclusive { reason }
        })?;
        self.flush()?;
        order.map_or(Ok(()), |order| self.order(&order))
    }

    /// Has the target's operator do something, and waits for that, which is no lack of processors.
    fn order(&mut self, order: &Order) -> Result<(), Verdict> {
        self.testbed.order(order).map_err(trouble)?;
        self.attended = self.testbed.now();
        Ok(())
    }

    /// Sends what waits to be sent.
    fn flush(&mut self) -> Result<(), Verdict> {
        let (testbed, mut sent) = (&mut *self.testbed, Ok(()));
        self.tester.drain(&mut |packet| {
            if sent.is_ok() {
                sent = testbed.send(packet);
            }
        });
        sent.map_err(trouble)?;
        match self.tester.fault() {
            Some(fault) => Err(Verdict::Error { reason: fault.to_owned() }),
            None => Ok(()),
        }
    }

    /// Lets time go by until something happened or `until` has come; whether a packet came.
    fn advance(&mut self, until: Duration) -> Result<bool, Verdict> {
        let until = self.tester.next_wake().map_or(until, |wake| wake.min(until));
        let begun = self.testbed.now();
        self.miss(begun.saturating_sub(self.attended));
        let packet = self.testbed.receive(until).map_err(trouble)?;
        let now = self.testbed.now();
        self.miss(now.saturating_sub(until.max(begun)));
        self.attended = now;
        let came = packet.is_some();
        if let Some(packet) = packet {
            self.tester.receive(now, packet);
        }
        self.tester.wake(now);
        self.flush()?;
        Ok(came)
    }

    /// Takes note of a time in which the tester did nothing, unless it is short.
    fn miss(&mut self, gap: Duration) {
        if gap > Self::SLACK {
            self.starved += gap;
        }
    }

    /// Takes in what has arrived, however late the tester comes to look.
    fn catch_up(&mut self) -> Result<(), Verdict> {
        let now = self.testbed.now();
        while self.advance(now)? {}
        Ok(())
    }

    /// Lets so much time go by.
    fn pass(&mut self, time: Duration) -> Result<(), Verdict> {
        let end = self.testbed.now() + time;
        while self.testbed.now() < end {
            self.advance(end)?;
        }
        Ok(())
    }

    fn watch(&mut self, role: Role, expectation: &Expectation, step: usize) -> Result<(), Verdict> {
        let window = match role {
            Role::Never => expectation.vigil(),
            _ => expectation.patience(),
        };
        let window = self.plan.scaled(window);
        let begun = self.testbed.now();
        let deadline = begun + window;
        let mark = if expectation.from_start { 0 } else { self.mark };
        let mut repeat = begun + Self::REPEAT;
        let (mut judged, mut late) = (None, false);
        let starved = self.starved;
        loop {
            // Judged again only when something came.
            let packets = self.tester.packets();
            if judged != Some(packets) {
                judged = Some(packets);
                match self.tester.judge(&expectation.what, mark) {
                    Judgement::Yes(packet) if role == Role::Never => {
                        let seen = self.tester.show(packet);
                        return Err(self.fail(expectation, step, seen, packet, true));
                    }
                    Judgement::Yes(packet) => {
                        self.tester.keep_in_mind(&expectation.what, packet);
                        return Ok(());
                    }
                    Judgement::Impossible { packet, seen } if role == Role::Expect => {
                        return Err(self.fail(expectation, step, seen, packet, false));
                    }
                    Judgement::Impossible { packet, seen }
                        if matches!(role, Role::Given | Role::Alive) =>
                    {
                        let what = expectation.what.to_string();
                        let reason = format!("{what}: not so, packet {packet} was {seen}");
                        return Err(Verdict::Inconclusive { reason });
                    }
                    Judgement::Impossible { .. } | Judgement::NotYet => {}
                }
            }
            // While the tester is kept from looking, its time stands still.
            let deadline = deadline + self.starved.saturating_sub(starved);
            let now = self.testbed.now();
            if now >= deadline {
                if std::mem::replace(&mut late, true) {
                    break;
                }
                self.catch_up()?;
                continue;
            }
            let mut until = deadline;
            if role != Role::Never && !self.provocations.is_empty() {
                if now >= repeat {
                    self.repeat(&expectation.what)?;
                    self.repeated = true;
                    // More and more seldom in a wait of minutes.
                    repeat = now + Self::REPEAT.max(now.saturating_sub(begun) / 8);
                }
                until = until.min(repeat);
            }
            self.advance(until)?;
        }
        match role {
            Role::Never | Role::Until => Ok(()),
            Role::Expect => Err(self.missed(expectation, step, mark)),
            Role::Given | Role::Alive => {
                let what = expectation.what.to_string();
                let seen = self.tester.instead(&expectation.what, mark);
                let sign = if role == Role::Alive { "no sign of life: " } else { "" };
                let reason = format!("{sign}{what}: not within {window:?}, but {seen}");
                Err(Verdict::Inconclusive { reason })
            }
        }
    }

    /// Does once more what was done right before: it may have been lost, or the answer to it.
    /// Data came through if it was acknowledged, so that it is repeated, as further data, only
    /// where an answer is waited for.
    fn repeat(&mut self, what: &What) -> Result<(), Verdict> {
        let answer =
            matches!(what, What::Segments { .. } | What::DuplicateAcks { .. } | What::That { .. });
        let provocations = std::mem::take(&mut self.provocations);
        let repeated =
            provocations.iter().try_for_each(|(number, act)| self.repeat_one(*number, act, answer));
        self.provocations = provocations;
        repeated?;
        self.flush()
    }

    /// Does one of them once more, of step `number`.
    fn repeat_one(&mut self, number: usize, act: &Act, answer: bool) -> Result<(), Verdict> {
        let segment = match act {
            Act::Send(segment) => segment,
            Act::Order(order) if answer => return self.order(order),
            _ => return Ok(()),
        };
        let is_data = Tester::is_reliable(segment);
        let closes = segment.flags.intersects(Flags::FIN | Flags::SYN);
        if is_data && (closes || !answer || !self.tester.is_acknowledged(segment.on)) {
            return Ok(());
        }
        self.tester.enter(number);
        // The subflow may be gone by now: then there is nothing to repeat.
        let _gone = self.tester.send(segment, true);
        Ok(())
    }

    /// What it comes to that something didn't come about in time.
    fn missed(&mut self, expectation: &Expectation, step: usize, mark: u64) -> Verdict {
        let delivery = matches!(expectation.what, What::Delivered(_));
        if !delivery && let Some(packet) = self.tester.unacknowledged(mark) {
            let reason = format!("the target never acknowledged packet {packet}");
            return Verdict::Inconclusive { reason };
        }
        if let Some(reason) = self.tester.doubt(&expectation.what, mark) {
            return Verdict::Inconclusive { reason };
        }
        let seen = self.tester.instead(&expectation.what, mark);
        let last = self.tester.last_packet(&expectation.what);
        let clean = self.testbed.topology().clean_path;
        while let Some(on) = self.tester.unheard().filter(|_| !clean) {
            // A target that lost the third ACK knows nothing of MPTCP: data tells it.
            let deadline = self.testbed.now() + self.plan.scaled(Expectation::PATIENCE);
            if let Err(verdict) = self.perform(&Act::Write { on, octets: 1 }) {
                return verdict;
            }
            while self.tester.unheard() == Some(on) && self.testbed.now() < deadline {
                if let Err(verdict) = self.advance(deadline) {
                    return verdict;
                }
            }
            if self.tester.unheard() == Some(on) {
                let reason = format!("the target never showed on {on} that it speaks MPTCP");
                return Verdict::Inconclusive { reason };
            }
        }
        self.fail(expectation, step, seen, last, false)
    }

    /// Before a target is blamed, an ordinary connection shows whether the path lets MPTCP through
    /// as it is: why it may not, if it shows that. A target that says nothing shows nothing.
    fn control(&mut self) -> Option<String> {
        let (first, second) = (sf(Self::CONTROL, 0), sf(Self::CONTROL, 1));
        self.tester.start_control();
        // Without timestamps: the least that a target has to read.
        let opening = open().conn(Self::CONTROL).app(App::Echo).without_timestamps();
        self.perform(&opening.into()).ok()?;
        let further: Act = match self.plan.role {
            plan::Role::Listener => join(second).into(),
            plan::Role::Initiator => ack(first)
                .with(Opt::AddAddr {
                    id: 1,
                    address: Address::Tester(1),
                    port: None,
                    hmac: Proof::Right,
                })
                .into(),
        };
        let mut octets = 0;
        for (on, next) in [(first, Some(further)), (second, None)] {
            if !self.comes(&What::Established(on)) {
                break;
            }
            // The first data and later data: middleboxes tell them apart.
            for _ in 0..2 {
                self.perform(&data(on, 8).into()).ok()?;
                octets += 8;
                let echo = What::Stream { conn: Self::CONTROL, octets };
                if !self.comes(&What::Delivered(on)) || !self.comes(&echo) {
                    break;
                }
            }
            if let Some(next) = next {
                self.perform(&next).ok()?;
            }
        }
        let changed = self.tester.changed(Self::CONTROL)?;
        Some(format!("the path may be at fault: on an ordinary connection, {changed}"))
    }

    /// Whether something comes about while the control waits for it.
    fn comes(&mut self, what: &What) -> bool {
        let deadline = self.testbed.now() + self.plan.scaled(Self::CONTROL_PATIENCE);
        loop {
            match self.tester.judge(what, 0) {
                Judgement::Yes(_) => return true,
                Judgement::Impossible { .. } => return false,
                Judgement::NotYet => {}
            }
            if self.testbed.now() >= deadline || self.advance(deadline).is_err() {
                return false;
            }
        }
    }

    fn fail(
        &mut self,
        expectation: &Expectation,
        step: usize,
        seen: String,
        packet: u64,
        forbidden: bool,
    ) -> Verdict {
        let clean = self.testbed.topology().clean_path;
        if let Some(why) = self.tester.interference().filter(|_| !clean) {
            let reason = format!("the path may be at fault: {why}");
            return Verdict::Inconclusive { reason };
        }
        let what = expectation.what.to_string();
        let expected = if forbidden { format!("never: {what}") } else { what };
        self.tester.comment(packet, format!("decides step {step}: expected {expected}"));
        let requirement = expectation.cites.unwrap_or(self.requirement);
        Verdict::Fail(Finding { requirement, step, expected, seen, packet })
    }
}

fn trouble(trouble: Trouble) -> Verdict {
    match trouble {
        Trouble::Unsupported(what) => {
            Verdict::Skipped { reason: format!("the target can't be told: {what}") }
        }
        Trouble::Broken(reason) => Verdict::Error { reason },
    }
}
