use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::time::Duration;

use super::judge::{Weight, standing};
use super::result::Gate;
use super::select::{Filter, SelectError, Selected};
use super::*;
use crate::catalogue::Gating;
use crate::expected::ExpectedVerdict as Expect;
use crate::script::Order;
use crate::suite::target::Builtin;
use crate::testbed::impair::Impairments;
use crate::testbed::memory::Memory;
use crate::testbed::peers::Broken;
use crate::testbed::{Testbed, Topology, Trouble};
use crate::verdict::Finding;

/// A target that can't be had, in a way that its seed and role decide.
struct Absent(fn(&Plan) -> Trouble);

impl Target for Absent {
    fn name(&self) -> String {
        "absent".to_owned()
    }

    fn arguments(&self) -> Vec<String> {
        Vec::new()
    }

    fn testbed(&self, plan: &Plan) -> Result<Box<dyn Testbed>, Trouble> {
        Err((self.0)(plan))
    }
}

fn undecided(_: &Plan) -> Trouble {
    Trouble::Unsupported("it isn't there".to_owned())
}

fn selected(selectors: &[&str]) -> Vec<String> {
    let selection = Selection::new(selectors, &Filter::default()).expect("they name something");
    selection.plays.iter().map(|selected| selected.play.to_string()).collect()
}

fn sample() -> Selection {
    let plays = Play::all().take(40).map(|play| Selected { play, named: false }).collect();
    Selection { plays }
}

fn jobs(number: usize) -> Config {
    let jobs = NonZeroUsize::new(number).expect("more than none");
    Config { jobs, ..Config::default() }
}

#[test]
fn selectors_end_at_boundaries() {
    let first = Play::all().next().expect("there are cases");
    let id = first.case.id;
    let (section, name) = id.rsplit_once('/').expect("three parts");
    let suite = section.split('/').next().expect("two parts");
    let variants = first.case.variants().count();
    assert_eq!(selected(&[id]).len(), variants);
    assert_eq!(selected(&[name]), selected(&[id]));
    assert_eq!(selected(&[&first.to_string()]), [first.to_string()]);
    assert_eq!(selected(&[&format!("{name}:{}", first.variant.role)]).len() % 2, 0);
    assert!(selected(&[section]).len() >= variants);
    assert!(selected(&[suite]).len() > selected(&[section]).len());
    assert_eq!(selected(&[&format!("{suite}/")]), selected(&[suite]));
    assert_eq!(selected(&[]).len(), Play::all().count());
    assert_eq!(selected(&[id, suite]), selected(&[suite]), "each play once");
    for cut in [&id[..id.len() - 1], &suite[..suite.len() - 1], ""] {
        let error = Selection::new(&[cut], &Filter::default()).expect_err("no boundary");
        assert!(matches!(error, SelectError::Unknown { .. }), "{cut}");
    }
}

#[test]
fn names_of_mutants_select_what_they_fail() {
    for mutant in crate::mutants::all().filter(|mutant| !mutant.fails.is_empty()) {
        let selection = Selection::new(&[mutant.name], &Filter::default()).expect("it fails some");
        let cases: BTreeSet<_> = selection.plays.iter().map(|one| one.play.case.id).collect();
        assert_eq!(cases, mutant.fails.iter().copied().collect(), "{}", mutant.name);
    }
}

#[test]
fn only_names_make_weak_cases_count() {
    let id = Play::all().next().expect("there are cases").case.id;
    let name = id.rsplit('/').next().expect("a name");
    for (selector, named) in [(id, true), (name, true), ("nav", false)] {
        let selection = Selection::new(&[selector], &Filter::default()).expect("it is there");
        assert!(selection.plays.iter().all(|one| one.named == named), "{selector}");
    }
}

#[test]
fn what_is_unknown_has_near_matches() {
    let id = Play::all().next().expect("there are cases").case.id;
    let mistyped = format!("{}x", &id[..id.len() - 1]);
    let error = Selection::new(&[&mistyped], &Filter::default()).expect_err("it isn't there");
    assert!(error.to_string().contains(id), "{error}");
    let error = Selection::new(&["zzz"], &Filter::default()).expect_err("it isn't there");
    assert!(error.to_string().contains("mpconform list"), "{error}");
}

#[test]
fn filters_leave_what_they_let_through() {
    let filter = Filter {
        roles: vec![Role::Initiator],
        families: vec![Family::V6],
        layout: Some(mpdissect::wire::mptcp::MaxSubflowsLayout::B),
    };
    let selection = Selection::new(&[""; 0], &filter).expect("something is left");
    for Selected { play, .. } in &selection.plays {
        let variant = play.variant;
        assert_eq!((variant.role, variant.family), (Role::Initiator, Family::V6));
        assert!(variant.layout.is_none_or(|layout| layout.letter() == 'B'));
    }
    let listens = Play::all().find(|play| play.case.roles == [Role::Listener]);
    let id = listens.expect("some cases are about listeners only").case.id;
    assert_eq!(Selection::new(&[id], &filter).expect_err("none is left"), SelectError::Nothing);
}

#[test]
fn verdicts_weigh_what_their_level_and_the_user_say() {
    let fail = || {
        Verdict::Fail(Finding {
            requirement: "nav-4-01",
            step: 1,
            expected: String::new(),
            seen: String::new(),
            packet: 1,
        })
    };
    let flaky = || Verdict::Flaky { verdicts: vec![Verdict::Pass, fail()] };
    let unsure = || Verdict::Inconclusive { reason: String::new() };
    let skipped = || Verdict::Skipped { reason: String::new() };
    let error = || Verdict::Error { reason: String::new() };
    let plain = || Weight {
        gating: Gating::Always,
        strict: false,
        named: false,
        required: false,
        expected: None,
    };
    let strict = || Weight { gating: Gating::Strict, ..plain() };
    let weak = || Weight { gating: Gating::Named, ..plain() };
    let known = |verdict| Weight { expected: Some(verdict), ..plain() };
    for (verdict, weight, wanted) in [
        (Verdict::Pass, plain(), Standing::Good),
        (fail(), plain(), Standing::Failing),
        (fail(), strict(), Standing::Reported),
        (fail(), Weight { strict: true, ..strict() }, Standing::Failing),
        (fail(), Weight { named: true, ..strict() }, Standing::Failing),
        (fail(), Weight { strict: true, ..weak() }, Standing::Reported),
        (fail(), Weight { named: true, ..weak() }, Standing::Failing),
        (error(), weak(), Standing::Failing),
        (unsure(), plain(), Standing::Good),
        (skipped(), plain(), Standing::Good),
        (skipped(), Weight { required: true, ..weak() }, Standing::Failing),
        (flaky(), plain(), Standing::Failing),
        (flaky(), weak(), Standing::Reported),
        (Verdict::Flaky { verdicts: vec![Verdict::Pass, unsure()] }, plain(), Standing::Reported),
        (fail(), known(Expect::Fail), Standing::Known),
        (flaky(), known(Expect::Fail), Standing::Known),
        (Verdict::Pass, known(Expect::Fail), Standing::Surprising),
        (Verdict::Pass, known(Expect::Flaky), Standing::Good),
        (Verdict::Pass, known(Expect::Inconclusive), Standing::Surprising),
        (fail(), known(Expect::Inconclusive), Standing::Failing),
        (unsure(), known(Expect::Fail), Standing::Good),
        (error(), known(Expect::Error), Standing::Known),
        (error(), known(Expect::Fail), Standing::Failing),
    ] {
        assert_eq!(standing(&verdict, &weight), wanted, "{verdict:?}");
    }
}

#[test]
fn a_panic_is_the_error_of_its_play_alone() {
    let target = Absent(|plan| {
        assert!(plan.role == Role::Listener, "this one breaks");
        undecided(plan)
    });
    let run = run(&target, &Selection::all(), &jobs(3), &mut ());
    assert_eq!(run.plays.len(), Play::all().count());
    for played in run.plays.iter().filter(|one| one.play.case.axes == Axes::Plain) {
        match played.play.variant.role {
            Role::Listener => assert_eq!(played.verdict.name(), "skipped"),
            Role::Initiator => {
                let reason = played.verdict.reason().unwrap_or_default();
                assert!(reason.contains("this one breaks"), "{reason}");
                assert_eq!(played.standing, Standing::Failing);
            }
        }
    }
    assert_eq!(run.gate(), Gate::Undecided, "errors decide nothing");
}

/// A target that is there in one role alone.
struct Half(Builtin);

impl Target for Half {
    fn name(&self) -> String {
        self.0.name()
    }
    fn arguments(&self) -> Vec<String> {
        self.0.arguments()
    }
    fn testbed(&self, plan: &Plan) -> Result<Box<dyn Testbed>, Trouble> {
        match plan.role {
            Role::Listener => self.0.testbed(plan),
            Role::Initiator => Err(undecided(plan)),
        }
    }
}

#[test]
fn a_case_is_passed_by_the_variants_that_were_played() {
    let case = "rfc8684/3.3.8/prio-moves-traffic";
    let selection = Selection::new(&[case], &Filter::default()).expect("a case");
    let run = run(&Half(Builtin::conformant()), &selection, &jobs(2), &mut ());
    let totals = run.totals();
    assert_eq!((totals.plays, totals.passed, totals.skipped), (4, 2, 2));
    assert_eq!(run.gate(), Gate::Passed);
    let result = run.cases().next().expect("the case");
    assert_eq!(result.worst().map(|played| played.verdict.name()), Some("pass"));
    let mut text = Vec::new();
    let style = crate::report::text::Style::plain();
    crate::report::text::write(&run, &style, &mut text).expect("a vector takes everything");
    let text = String::from_utf8(text).expect("text");
    let line = text.lines().find(|line| line.starts_with("pass")).expect("the case's line");
    assert!(line.contains(" 2/4 ") && line.ends_with("listener; skipped: initiator"), "{line}");
}

#[test]
fn a_target_that_is_gone_is_said_to_be() {
    let target = Mortal { target: Builtin::conformant(), left: AtomicUsize::new(3) };
    let run = run(&target, &sample(), &jobs(1), &mut ());
    assert_eq!(run.stopped, Some(Stopped::TargetGone));
    assert_eq!(run.gate(), Gate::Failed);
    let last = run.plays.last().expect("plays").play;
    let said = crate::report::words::gate(&run);
    let left = run.selected - run.plays.len();
    let expected =
        format!("the target answers no more since {last}, stopped with {left} plays left");
    assert_eq!(said, expected);
}

/// A target that goes away behind this many plays.
struct Mortal {
    target: Builtin,
    left: AtomicUsize,
}

impl Target for Mortal {
    fn name(&self) -> String {
        self.target.name()
    }
    fn arguments(&self) -> Vec<String> {
        self.target.arguments()
    }
    fn testbed(&self, plan: &Plan) -> Result<Box<dyn Testbed>, Trouble> {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 {
            Err(Trouble::Broken("no link".to_owned()))
        } else {
            self.target.testbed(plan)
        }
    }
    fn terms(&self) -> target::Terms {
        target::Terms { lasts: true, ..self.target.terms() }
    }
}

#[test]
fn results_have_the_order_of_the_selection_whatever_the_jobs() {
    let names = |number| -> Vec<String> {
        let run = run(&Absent(undecided), &sample(), &jobs(number), &mut ());
        run.plays.iter().map(|played| played.play.to_string()).collect()
    };
    assert_eq!(names(1), names(7));
    assert_eq!(names(1).len(), sample().plays.len());
}

#[test]
fn fail_fast_ends_behind_the_first_failure() {
    let broken = |_: &Plan| Trouble::Broken("no link".to_owned());
    for number in [1, 4] {
        let config = Config { fail_fast: true, ..jobs(number) };
        let run = run(&Absent(broken), &sample(), &config, &mut ());
        assert_eq!(run.plays.len(), 1);
        assert_eq!(run.stopped, Some(Stopped::FirstFailure));
        assert_eq!(run.selected, sample().plays.len());
    }
}

#[test]
fn a_user_who_stops_gets_what_was_played() {
    struct Impatient(usize);
    impl Observer for Impatient {
        fn played(&mut self, _: &Played) {
            self.0 += 1;
        }
        fn stop(&self) -> bool {
            self.0 >= 3
        }
    }
    let target = Absent(|plan| {
        std::thread::yield_now();
        undecided(plan)
    });
    let run = run(&target, &Selection::all(), &jobs(1), &mut Impatient(0));
    assert!(run.plays.len() >= 3);
    if run.plays.len() < run.selected {
        assert_eq!((run.stopped, run.gate()), (Some(Stopped::Interrupted), Gate::Interrupted));
    }
}

#[test]
fn repeats_that_differ_are_flaky() {
    let moody = |plan: &Plan| match plan.seed % 2 {
        0 => undecided(plan),
        _ => Trouble::Broken("only at times".to_owned()),
    };
    let repeat = NonZeroUsize::new(3).expect("more than none");
    let config = Config { repeat, ..jobs(2) };
    let run = run(&Absent(moody), &sample(), &config, &mut ());
    let Verdict::Flaky { verdicts } = &run.plays[0].verdict else { panic!("{run:?}") };
    let names: Vec<_> = verdicts.iter().map(Verdict::name).collect();
    assert_eq!(names, ["skipped", "error"]);
    assert_eq!(run.plays[0].seed, 1, "the seed of the strongest");
    assert!(run.plays[0].again.ends_with(&["--seed".to_owned(), "1".to_owned()]));
    assert_eq!(run.plays[0].standing, Standing::Failing);

    let config = Config { repeat, ..jobs(2) };
    let run = super::run(&Absent(undecided), &sample(), &config, &mut ());
    assert!(run.plays.iter().all(|played| played.verdict.name() == "skipped"));
}

/// A tester that gets a processor only every half a second, in this many of the first testbeds.
struct Starving {
    target: Builtin,
    plays: AtomicUsize,
}

impl Target for Starving {
    fn name(&self) -> String {
        self.target.name()
    }
    fn arguments(&self) -> Vec<String> {
        self.target.arguments()
    }
    fn testbed(&self, plan: &Plan) -> Result<Box<dyn Testbed>, Trouble> {
        let left = self.plays.load(Ordering::Relaxed);
        self.plays.store(left.saturating_sub(1), Ordering::Relaxed);
        let testbed = self.target.testbed(plan)?;
        let gap = if left > 0 { Duration::from_millis(500) } else { Duration::ZERO };
        Ok(Box::new(Slept { testbed, gap, late: Duration::ZERO }))
    }
}

struct Slept {
    testbed: Box<dyn Testbed>,
    gap: Duration,
    late: Duration,
}

impl Testbed for Slept {
    fn now(&self) -> Duration {
        self.testbed.now() + self.late
    }
    fn send(&mut self, packet: &[u8]) -> Result<(), Trouble> {
        self.testbed.send(packet)
    }
    fn receive(&mut self, until: Duration) -> Result<Option<Vec<u8>>, Trouble> {
        let packet = self.testbed.receive(until.saturating_sub(self.late));
        self.late += self.gap;
        packet
    }
    fn order(&mut self, order: &Order) -> Result<(), Trouble> {
        self.testbed.order(order)
    }
    fn topology(&self) -> &Topology {
        self.testbed.topology()
    }
}

#[test]
fn what_a_starved_tester_sees_blames_nobody() {
    let mutant = crate::mutants::find("tcp-drops-unknown-on-syn").expect("it drops SYNs");
    let id = "rfc9293/3.1/unknown-kinds-on-handshake:listener:ipv4";
    let selection = Selection::new(&[id], &Filter::default()).expect("it is there");
    for (starved, verdict, discarded) in
        [(0, "fail", 0), (1, "fail", 1), (3, "fail", 3), (4, "inconclusive", 3)]
    {
        let target = Starving { target: Builtin::mutant(mutant), plays: starved.into() };
        let run = super::run(&target, &selection, &jobs(1), &mut ());
        let played = &run.plays[0];
        assert_eq!(played.verdict.name(), verdict, "{starved}: {:?}", played.verdict);
        assert_eq!(played.starved.len(), discarded, "{starved}");
    }
    let target = Starving { target: Builtin::conformant(), plays: 9.into() };
    let run = super::run(&target, &selection, &jobs(1), &mut ());
    assert_eq!((&run.plays[0].verdict, run.plays[0].starved.len()), (&Verdict::Pass, 0));
}

#[test]
fn the_command_that_plays_again_gives_time_where_it_is_needed() {
    let slow =
        Play::all().find(|play| play.case.needs.contains(&Need::Time)).expect("some take it");
    let quick =
        Play::all().find(|play| !play.case.needs.contains(&Need::Time)).expect("some don't");
    let plays = [slow, quick].map(|play| Selected { play, named: false }).to_vec();
    let target = Absent(undecided);
    let real = run(&target, &Selection { plays: plays.clone() }, &jobs(1), &mut ());
    let memory = run(&Builtin::conformant(), &Selection { plays }, &jobs(1), &mut ());
    let says = |played: &Played| played.again.contains(&"--slow".to_owned());
    assert_eq!([&real.plays[0], &real.plays[1]].map(says), [true, false]);
    assert_eq!([&memory.plays[0], &memory.plays[1]].map(says), [false, false]);
}

#[test]
fn what_isnt_supported_is_skipped_unless_it_is_required() {
    let needy: Vec<Selected> = Play::all()
        .filter(|play| play.case.needs.contains(&Need::Navigation))
        .map(|play| Selected { play, named: false })
        .collect();
    assert!(!needy.is_empty());
    let selection = Selection { plays: needy };
    let config = Config { support: Support::claimed(&[Need::Operator]), ..jobs(2) };
    let skipped = run(&Absent(undecided), &selection, &config, &mut ());
    for played in &skipped.plays {
        assert_eq!(played.verdict.name(), "skipped");
        assert!(played.verdict.reason().is_some_and(|reason| reason.contains("MP_Navigation")));
    }
    assert_eq!(skipped.gate(), Gate::Undecided);

    let config = Config { require: vec![Need::Navigation], ..config };
    let required = run(&Absent(undecided), &selection, &config, &mut ());
    assert!(required.plays.iter().all(|played| played.standing == Standing::Failing));
    assert_eq!((required.gate(), required.gate().exit_code()), (Gate::Failed, 1));
}

#[test]
fn a_target_that_cannot_be_reached_has_failed_nothing() {
    struct Silence;
    impl Target for Silence {
        fn name(&self) -> String {
            "silence".to_owned()
        }
        fn arguments(&self) -> Vec<String> {
            Vec::new()
        }
        fn testbed(&self, plan: &Plan) -> Result<Box<dyn Testbed>, Trouble> {
            let topology = Memory::topology(plan.family);
            let link = Impairments::default();
            Ok(Box::new(Memory::new(Box::new(Broken::Silent), topology, link)))
        }
    }
    let run = super::run(&Silence, &Selection::all(), &Config::default(), &mut ());
    let totals = run.totals();
    assert_eq!((totals.passed, totals.failed, totals.errors), (0, 0, 0), "{totals:?}");
    assert_eq!((run.gate(), run.gate().exit_code()), (Gate::Undecided, 3));
}

#[test]
fn a_target_that_can_be_reached_may_fail_by_silence() {
    let mutant = crate::mutants::find("tcp-drops-unknown-on-syn").expect("it drops SYNs");
    let id = "rfc9293/3.1/unknown-kinds-on-handshake:listener:ipv4";
    let selection = Selection::new(&[id], &Filter::default()).expect("it is there");
    let run = super::run(&Builtin::mutant(mutant), &selection, &jobs(1), &mut ());
    assert_eq!(run.gate(), Gate::Failed, "{:?}", run.plays[0].verdict);
}
