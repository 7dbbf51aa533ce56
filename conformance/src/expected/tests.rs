use super::*;
use crate::catalogue;
use crate::plan::Plan;
use crate::suite::result::Standing;
use crate::transcript::Transcript;
use crate::verdict::Finding;

fn first() -> Play {
    Play::all().next().expect("there are cases")
}

fn failed(play: Play) -> Played {
    let requirement = &catalogue::first_of(play.case).id;
    Played {
        play,
        verdict: Verdict::Fail(Finding {
            requirement,
            step: 7,
            expected: "data on 0.1".to_owned(),
            seen: "data on \"0.0\"\nonly".to_owned(),
            packet: 12,
        }),
        standing: Standing::Failing,
        note: None,
        seed: 0,
        took: std::time::Duration::ZERO,
        starved: Vec::new(),
        transcript: Transcript::default(),
        evidence: None,
        again: Vec::new(),
    }
}

fn run(plays: Vec<Played>) -> Run {
    Run {
        target: "somebody".to_owned(),
        plan: Plan::default(),
        support: Vec::new(),
        selected: plays.len(),
        plays,
        strict: false,
        stopped: None,
    }
}

#[test]
fn what_was_written_is_known_when_it_is_read() {
    let case = first().case;
    let all: Vec<Played> = case.variants().map(|variant| failed(Play { case, variant })).collect();
    let whole = Expected::write(&run(all.clone()));
    assert_eq!(whole.matches("[[expected]]").count(), 1, "one entry for the case: {whole}");
    let known = Expected::parse(&whole).expect("it is valid");
    for played in &all {
        let entry = known.of(&played.play).expect("it is known");
        assert_eq!(entry.verdict, ExpectedVerdict::Fail);
        assert_eq!(entry.reason.as_deref(), played.finding().map(|finding| finding.seen.as_str()));
    }
    let one = vec![all[0].clone(), Played { verdict: Verdict::Pass, ..all[1].clone() }];
    let known = Expected::parse(&Expected::write(&run(one))).expect("it is valid");
    assert!(known.of(&all[0].play).is_some() && known.of(&all[1].play).is_none());
    let none = vec![Played { verdict: Verdict::Pass, ..all[0].clone() }];
    assert!(
        Expected::parse(&Expected::write(&run(none))).is_ok_and(|none| none.entries.is_empty())
    );
}

#[test]
fn notes_stay() {
    let noted = Played { note: Some("fixed in 6.20".to_owned()), ..failed(first()) };
    let known = Expected::parse(&Expected::write(&run(vec![noted]))).expect("it is valid");
    assert_eq!(known.of(&first()).and_then(|entry| entry.note.as_deref()), Some("fixed in 6.20"));
}

#[test]
fn says_in_one_sentence_what_is_wrong() {
    let id = first().case.id;
    for (text, words) in [
        ("expected = 3", "line 1"),
        ("\n[[expected]]\ncase = \"nav/none\"\n", "line 3: there is no case nav/none"),
        (&format!("[[expected]]\ncase = \"{id}x\""), id),
        (&format!("[[expected]]\ncase = \"{id}\"\nverdict = \"maybe\""), "maybe"),
        (&format!("[[expected]]\ncase = \"{id}\"\nreson = \"\""), "reson"),
        ("[[expected]]\nverdict = \"fail\"", "case"),
        ("[[expected", "line 1"),
    ] {
        let error = Expected::parse(text).expect_err(text);
        assert!(error.contains(words) && !error.contains('\n'), "{text}: {error}");
    }
    assert!(Expected::parse("").is_ok_and(|none| none.entries.is_empty()));
}
