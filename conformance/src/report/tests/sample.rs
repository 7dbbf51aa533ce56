//! One fixed set of results that has everything in it that a report has to show.

use std::time::Duration;

use mpdissect::wire::mptcp::MaxSubflowsLayout;

use crate::case::{Axes, Case, Need, Variant};
use crate::plan::{Plan, Role};
use crate::script::Script;
use crate::suite::result::{Played, Run, Standing};
use crate::suite::{Known, Play, Support};
use crate::transcript::Transcript;
use crate::verdict::{Finding, Verdict};

/// What breaks formats that don't expect it.
pub(super) const HOSTILE: &str = "quote \" apostrophe ' bar | tick ` amp & tag </failure> ]]> \
    -- {0} [link](https://example.org) # SKIP \\ %0A ::error::@someone \u{1b}[31mred\u{1b}[0m \
    bell\u{7} nul\u{0} next\u{85} turned\u{202e}txt not a character\u{ffff} é 漢\nsecond line\r\n...\nok 99\ttab";

const fn case(
    id: &'static str,
    requirements: &'static [&'static str],
    summary: &'static str,
    axes: Axes,
) -> Case {
    Case {
        id,
        requirements,
        roles: Role::BOTH,
        needs: &[],
        axes,
        summary,
        fails_when: "It doesn't.",
        script: |_| Script::new(),
    }
}

static SWITCH: Case = case(
    "nav/4/switch-moves-traffic",
    &["nav-4-01"],
    "Traffic leaves the subflow on which the request came.",
    Axes::Plain,
);
static HOSTILE_CASE: Case =
    case("nav/4.1/hostile", &["nav-4.1-01", "nav-2-01"], HOSTILE, Axes::Plain);
static INFERRED: Case = case(
    "nav/4.1/reserved-bits-ignored",
    &["nav-4.1-16"],
    "Reserved bits change nothing.",
    Axes::Plain,
);
static LAYOUTS: Case = case(
    "maxsf/2/value-above-zero",
    &["maxsf-2-12"],
    "No maximum of zero is announced, in whatever layout and in whatever segment of the handshake.",
    Axes::EVERY_LAYOUT,
);
static SHOULD: Case =
    case("maxsf/4/limits-itself", &["maxsf-4-01"], "Subflows are limited.", Axes::Plain);
static UNSUPPORTED: Case =
    case("maxsf/3/smaller-holds", &["maxsf-3-04"], "The smaller maximum holds.", Axes::Plain);
static REQUIRED: Case =
    case("exp/2/answers", &["exp-2-02"], "An experiment is answered.", Axes::Plain);
static OPEN: Case =
    case("exp/2/ignores-r-bits", &["exp-2-03"], "The bits r change nothing.", Axes::Plain);
static ERROR: Case =
    case("9293/3.1/checksum", &["9293-3.1-01"], "A wrong checksum is noticed.", Axes::Plain);
static FLAKY: Case =
    case("9293/3.1/unknown-kind", &["9293-3.1-06"], "Unknown kinds are ignored.", Axes::Plain);
static XFAIL: Case =
    case("9293/3.1/length-zero", &["9293-3.1-11"], "A length of zero does no harm.", Axes::Plain);
static XPASS: Case =
    case("9293/3.2/mss-only-in-syn", &["9293-3.2-02"], "MSS comes in SYNs only.", Axes::Plain);

fn finding(requirement: &'static str) -> Finding {
    Finding {
        requirement,
        step: 7,
        expected: "data 1000 on subflow 1 within 3 s".into(),
        seen: "< P. 1001:1501(500) ack 1 <dss dack4 1 dsn4 501 ssn 501 dll 500> on subflow 0"
            .into(),
        packet: 17,
    }
}

fn played(case: &'static Case, variant: Variant, verdict: Verdict, standing: Standing) -> Played {
    let play = Play { case, variant };
    Played {
        play,
        verdict,
        standing,
        note: None,
        seed: u64::MAX,
        took: Duration::from_micros(1_234_567),
        starved: Vec::new(),
        transcript: Transcript::default(),
        evidence: None,
        again: vec!["run".into(), play.to_string(), "--seed".into(), u64::MAX.to_string()],
    }
}

/// Every variant of a case with the same verdict.
fn all(case: &'static Case, verdict: &Verdict, standing: Standing) -> Vec<Played> {
    case.variants().map(|variant| played(case, variant, verdict.clone(), standing)).collect()
}

fn because(reason: &str) -> String {
    reason.into()
}

/// A run in which nothing is left out.
pub(super) fn run() -> Run {
    let pass = Verdict::Pass;
    let mut plays = Vec::new();

    let mut switch = all(&SWITCH, &pass, Standing::Good);
    for each in switch.iter_mut().filter(|each| each.play.variant.role == Role::Initiator) {
        each.verdict = Verdict::Fail(finding("nav-4-01"));
        each.standing = Standing::Failing;
        let name = each.play.to_string().replace(['/', ':'], "-");
        each.evidence = Some(format!("evidence/{name}.pcapng").into());
    }
    // The same failure, seen with other numbers.
    let seen = "< P. 1501:2001(500) ack 1 <dss dack4 1 dsn4 1001 ssn 1001 dll 500> on subflow 0";
    if let Verdict::Fail(finding) = &mut switch[3].verdict {
        finding.seen = seen.into();
    }
    plays.extend(switch);

    let broken = Finding {
        requirement: "nav-4.1-01",
        step: 1,
        expected: HOSTILE.into(),
        seen: format!("{HOSTILE} {}", "very long ".repeat(200)),
        packet: 1,
    };
    let mut hostile = all(&HOSTILE_CASE, &pass, Standing::Good);
    hostile[0].verdict = Verdict::Fail(broken);
    hostile[0].standing = Standing::Failing;
    hostile[0].evidence = Some(format!("/tmp/{HOSTILE}.pcapng").into());
    hostile[0].again.push(HOSTILE.into());
    hostile[1].verdict = Verdict::Inconclusive { reason: HOSTILE.into() };
    hostile[2].verdict = Verdict::Error { reason: HOSTILE.into() };
    hostile[2].standing = Standing::Failing;
    hostile[3].verdict = Verdict::Skipped { reason: HOSTILE.into() };
    plays.extend(hostile);

    plays.extend(all(&INFERRED, &Verdict::Fail(finding("nav-4.1-16")), Standing::Reported));

    plays.extend(all(&LAYOUTS, &pass, Standing::Good));
    let mut should = all(&SHOULD, &pass, Standing::Good);
    should[3].verdict = Verdict::Fail(finding("maxsf-4-01"));
    should[3].standing = Standing::Reported;
    plays.extend(should);
    let reason = because("the target doesn't support Maximum Subflows: it never announced one");
    plays.extend(all(&UNSUPPORTED, &Verdict::Skipped { reason }, Standing::Good));

    let reason = because("the target doesn't support the experimental option");
    plays.extend(all(&REQUIRED, &Verdict::Skipped { reason }, Standing::Failing));
    let mut open = all(&OPEN, &pass, Standing::Good);
    open[1].verdict =
        Verdict::Inconclusive { reason: because("the target never opened a second subflow") };
    open[1].starved = vec![Verdict::Fail(finding("nav-4-01"))];
    plays.extend(open);

    let reason = because("panicked at src/tester.rs:12: index out of bounds");
    plays.extend(all(&ERROR, &Verdict::Error { reason }, Standing::Failing));
    let verdicts = vec![Verdict::Pass, Verdict::Fail(finding("9293-3.1-06")), Verdict::Pass];
    let mut flaky = all(&FLAKY, &pass, Standing::Good);
    flaky[0].verdict = Verdict::Flaky { verdicts };
    flaky[0].standing = Standing::Failing;
    flaky[1].verdict = Verdict::Flaky {
        verdicts: vec![Verdict::Pass, Verdict::Inconclusive { reason: because("lost") }],
    };
    plays.extend(flaky);
    let mut known = all(&XFAIL, &Verdict::Fail(finding("9293-3.1-11")), Standing::Known);
    for each in &mut known {
        each.note = Some(because("expected by line 12 of known.toml: ticket 4711"));
    }
    plays.extend(known);
    let mut surprising = all(&XPASS, &pass, Standing::Good);
    surprising[2].standing = Standing::Surprising;
    surprising[2].note = Some(because("line 13 of known.toml expects a failure"));
    plays.extend(surprising);

    Run {
        target: "a target | with \"quotes\" & <tags>\n".into(),
        plan: Plan { seed: u64::MAX, layout: MaxSubflowsLayout::B, ..Plan::default() },
        support: vec![
            Support {
                need: Need::Navigation,
                supported: true,
                known: Known::Claimed,
                seen: String::new(),
            },
            Support {
                need: Need::Operator,
                supported: true,
                known: Known::Claimed,
                seen: String::new(),
            },
            Support {
                need: Need::Experimental,
                supported: true,
                known: Known::Probed,
                seen: "it answered".into(),
            },
            Support {
                need: Need::MaxSubflows,
                supported: false,
                known: Known::Probed,
                seen: "it never announced a maximum".into(),
            },
        ],
        selected: plays.len(),
        plays,
        strict: false,
        stopped: None,
    }
}

/// A run in which everything passes.
pub(super) fn good() -> Run {
    let mut run = run();
    run.target = "builtin".into();
    run.plays.retain(|played| std::ptr::eq(played.play.case, &raw const LAYOUTS));
    run.selected = run.plays.len();
    run
}

/// A run of which nothing was played.
pub(super) fn empty() -> Run {
    Run { plays: Vec::new(), ..good() }
}
