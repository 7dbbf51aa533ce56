//! What every script owes: silence never decides anything by itself.

use mpconform::cases;
use mpconform::plan::{Negotiation, Plan};
use mpconform::script::{
    Act, Expectation, S0, Script, Segment, Step, What, ack, delivered, established, gone, open,
};
use mpdissect::wire::tcp::Flags;

use crate::field::{name, plays};

/// The steps of a script at which something is forbidden.
fn prohibitions(script: &Script) -> impl Iterator<Item = usize> {
    let steps = script.steps.iter().enumerate();
    steps.filter(|(_, step)| matches!(step, Step::Never(_))).map(|(at, _)| at)
}

/// Whether an act is one that a host which works does something about.
fn asks(act: &Act) -> bool {
    !matches!(act, Act::Set(_) | Act::Wait(_))
}

/// What a step waits for, if anything, and has to come about.
fn demanded(step: &Step) -> Option<&Expectation> {
    match step {
        Step::Given(it) | Step::Expect(it) | Step::Alive(it) => Some(it),
        Step::Do(_) | Step::Until(_) | Step::Never(_) => None,
    }
}

/// Whether a RST, which a host that has broken down sends as well, brings this about.
fn is_reset(what: &What) -> bool {
    match what {
        What::Refused(_) | What::Gone(_) => true,
        What::Segments { pattern, .. } => pattern.set.contains(Flags::RST),
        _ => false,
    }
}

/// Whether an act has the tester send data on a connection.
fn writes(act: &Act, conn: u8) -> bool {
    let carries = |segment: &Segment| {
        segment.on.conn == conn && (segment.payload > 0 || segment.flags.contains(Flags::FIN))
    };
    match act {
        Act::Write { on, .. } | Act::Fin(on) | Act::DataFin(on) => on.conn == conn,
        Act::Send(segment) => carries(segment),
        Act::Flood { segments, .. } => segments.iter().any(carries),
        _ => false,
    }
}

/// Whether what is demanded is news, and not what holds since the steps before: a subflow that was
/// established stays so, and data that was acknowledged too, unless there is more of it.
fn is_news(expectation: &Expectation, before: &[Step], between: &[Step]) -> bool {
    let earlier = || before.iter().filter_map(demanded).map(|earlier| &earlier.what);
    let written =
        |conn| between.iter().any(|step| matches!(step, Step::Do(act) if writes(act, conn)));
    match &expectation.what {
        What::Established(on) => !earlier().any(|what| match what {
            What::Established(other) | What::Delivered(other) => other == on,
            _ => false,
        }),
        What::FellBack(conn) => {
            !earlier().any(|what| matches!(what, What::FellBack(other) if other == conn))
        }
        What::Delivered(on) => written(on.conn),
        What::Acknowledged { conn, octets } => {
            let enough = |what: &What| {
                matches!(what, What::Acknowledged { conn: other, octets: had }
                    if other == conn && had >= octets)
            };
            written(*conn) || !earlier().any(enough)
        }
        What::Stream { .. } => true,
        _ => !expectation.from_start,
    }
}

/// Whether a step shows that the target works: without it the case isn't passed, and it is news
/// behind the steps `before`, about which `between` asks.
fn shows_life(step: &Step, before: &[Step], between: &[Step]) -> bool {
    demanded(step).is_some_and(|it| !is_reset(&it.what) && is_news(it, before, between))
}

/// What is wrong with a script, if anything is.
fn fault(script: &Script) -> Option<String> {
    let steps = &script.steps;
    for at in prohibitions(script) {
        let before = &steps[..at];
        let lived = (0..at).any(|sign| shows_life(&steps[sign], &steps[..0], &steps[..sign]));
        if !lived {
            return Some(format!("nothing shows before step {} that the target works", at + 1));
        }
        let asked = (at + 1..steps.len())
            .find(|&behind| matches!(&steps[behind], Step::Do(act) if asks(act)));
        let lives = asked.is_some_and(|asked| {
            (asked + 1..steps.len())
                .any(|sign| shows_life(&steps[sign], before, &steps[asked..sign]))
        });
        if !lives {
            return Some(format!("nothing shows behind step {} that the target works", at + 1));
        }
    }
    None
}

#[test]
fn whatever_is_forbidden_stands_between_signs_of_life() {
    for negotiation in [Negotiation::ExpOption00, Negotiation::Rfc6824bis] {
        let run = Plan { negotiation, ..Plan::default() };
        let plays = plays(&run);
        let scripts = || plays.iter().map(|&(case, it)| (case.script)(&case.plan(it, &run)));
        let forbidding = scripts().filter(|script| prohibitions(script).next().is_some()).count();
        assert!(forbidding > 300, "only {forbidding} plays forbid anything");
        let faults: Vec<String> = plays
            .iter()
            .zip(scripts())
            .filter_map(|(&play, script)| Some(format!("{}: {}", name(play), fault(&script)?)))
            .collect();
        assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
    }
}

/// Every case that the document about middleboxes names exists.
#[test]
fn the_matrix_of_middleboxes_names_cases() {
    let text = include_str!("../../docs/middleboxes.md");
    let named: Vec<&str> =
        text.split('`').skip(1).step_by(2).filter(|name| name.starts_with("rfc")).collect();
    assert!(named.len() > 50, "{named:?}");
    let unknown: Vec<&&str> = named.iter().filter(|id| cases::find(id).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// What holds from before is no sign of life.
#[test]
fn signs_of_life_are_news() {
    let begun = Script::new().act(open()).given(established(S0));
    let begun = begun.act(Act::Write { on: S0, octets: 1 }).given(delivered(S0));
    let forbidding = begun.act(ack(S0)).never(gone(S0)).act(ack(S0));
    assert_eq!(fault(&forbidding.clone().alive(S0)), None);
    for stale in [established(S0), delivered(S0), gone(S0)] {
        let script = forbidding.clone().expect(stale);
        assert!(fault(&script).is_some_and(|fault| fault.contains("behind step 6")), "{script:?}");
    }
}
