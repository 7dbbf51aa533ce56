//! What the reports have in common: the words for what a play came to.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use crate::case::Variant;
use crate::catalogue::Gating;
use crate::suite::result::{CaseResult, Gate, Played, Run, Standing, Stopped};
use crate::verdict::Verdict;

/// The one word for what a play came to: its verdict, unless it was expected to be another one.
/// From what matters least to what matters most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// It passed.
    Pass,
    /// It wasn't played.
    Skipped,
    /// It couldn't be decided.
    Inconclusive,
    /// It failed, as expected.
    Xfail,
    /// It came to different verdicts.
    Flaky,
    /// It failed.
    Fail,
    /// It passed, against expectation.
    Xpass,
    /// The tester failed.
    Error,
}

impl Label {
    /// All of them, in the order of columns.
    pub const ALL: [Self; 8] = [
        Self::Pass,
        Self::Fail,
        Self::Xfail,
        Self::Xpass,
        Self::Flaky,
        Self::Inconclusive,
        Self::Skipped,
        Self::Error,
    ];

    /// What a play came to.
    pub fn of(played: &Played) -> Self {
        match (played.standing, &played.verdict) {
            (Standing::Known, _) => Self::Xfail,
            (Standing::Surprising, _) => Self::Xpass,
            (_, Verdict::Pass) => Self::Pass,
            (_, Verdict::Skipped { .. }) => Self::Skipped,
            (_, Verdict::Inconclusive { .. }) => Self::Inconclusive,
            (_, Verdict::Flaky { .. }) => Self::Flaky,
            (_, Verdict::Fail(_)) => Self::Fail,
            (_, Verdict::Error { .. }) => Self::Error,
        }
    }

    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Skipped => "skipped",
            Self::Inconclusive => "inconclusive",
            Self::Xfail => "xfail",
            Self::Flaky => "flaky",
            Self::Fail => "fail",
            Self::Xpass => "xpass",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The play that speaks for its case: of those that mean most for the run the one with the
/// strongest verdict, and of equal ones the first.
pub fn speaker<'a>(result: &CaseResult<'a>) -> Option<&'a Played> {
    let weight = |played: &Played| (played.standing, played.verdict.strength());
    result.plays.iter().reduce(|best, each| if weight(each) > weight(best) { each } else { best })
}

/// Why a play came to what it came to; nothing where it just passed.
pub fn reason(played: &Played) -> Option<String> {
    let why = match &played.verdict {
        Verdict::Pass => (played.standing == Standing::Surprising).then(|| "it passed".into()),
        Verdict::Fail(finding) => {
            Some(format!("expected {}; seen {}", finding.expected, finding.seen))
        }
        Verdict::Flaky { verdicts } => {
            let names: Vec<&str> = verdicts.iter().map(Verdict::name).collect();
            Some(format!("its repeats came to {}", names.join(", ")))
        }
        Verdict::Skipped { reason } if played.standing.fails_run() => {
            Some(format!("{reason}, but it is required"))
        }
        other => other.reason().map(str::to_owned),
    };
    match (why, &played.note) {
        (Some(why), Some(note)) => Some(format!("{why} ({note})")),
        (why, note) => why.or_else(|| note.clone()),
    }
}

/// What the verdict of a play weighs, where it isn't what it says.
pub fn weight(played: &Played) -> Option<&'static str> {
    match played.standing {
        Standing::Reported => Some(match played.requirement().level.gating() {
            Gating::Strict => "doesn't fail the run, which isn't strict",
            Gating::Always | Gating::Named => "doesn't fail the run",
        }),
        Standing::Known => Some("expected to fail"),
        Standing::Surprising => Some("expected to fail, but passes"),
        Standing::Good | Standing::Failing => None,
    }
}

/// The name of the evidence file of a play.
pub fn evidence(played: &Played) -> Option<String> {
    played.evidence.as_ref().map(|path| path.display().to_string())
}

/// The command that plays this again, for a shell.
pub fn again(played: &Played) -> String {
    command(&played.again)
}

/// The command with these arguments, for a shell.
pub fn command(arguments: &[String]) -> String {
    let mut command = String::from("mpconform");
    for argument in arguments {
        command.push(' ');
        command.push_str(&quoted(argument));
    }
    command
}

fn quoted(argument: &str) -> Cow<'_, str> {
    let safe = |octet: u8| octet.is_ascii_alphanumeric() || b"@%+=:,./_-".contains(&octet);
    if !argument.is_empty() && argument.bytes().all(safe) {
        argument.into()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''")).into()
    }
}

/// A text in which nothing can move a cursor, end a line, or turn the direction of writing:
/// control and format characters are shown as Rust writes them (`\n`, `\u{1b}`).
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(hidden) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if hidden(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown.into()
}

fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// A value as JSON, in lines, and with the same characters as escapes of JSON: a report that is
/// shown on a terminal does nothing to it, and says the same to those that parse it.
///
/// # Errors
///
/// Those of a value that JSON can't hold.
pub fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let plain = serde_json::to_string_pretty(value)?;
    let mut text = String::with_capacity(plain.len() + 1);
    for c in plain.chars() {
        // Outside of strings JSON has none of them but the ends of lines, which strings have not.
        if hidden(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    text.push('\n');
    Ok(text)
}

/// What a run was played with, in the words of the command line.
pub fn parameters(run: &Run) -> Vec<(&'static str, String)> {
    let plan = &run.plan;
    vec![
        ("seed", plan.seed.to_string()),
        ("nav-subtype", format!("{:#x}", plan.dialect.navigation_subtype())),
        ("exid", format!("{:#06x}", plan.dialect.max_subflows_exid())),
        ("maxsf-layout", layouts(run)),
        ("exp-negotiation", plan.negotiation.name().to_owned()),
        ("target-max", plan.target_max.to_string()),
        ("time-scale", plan.time_scale.to_string()),
        ("strict", run.strict.to_string()),
    ]
}

/// The layout of Maximum Subflows that was played, or `all` where each was.
pub fn layouts(run: &Run) -> String {
    let own = run.plan.layout;
    let others = |played: &Played| played.play.variant.layout.is_some_and(|layout| layout != own);
    if run.plays.iter().any(others) {
        "all".to_owned()
    } else {
        own.letter().to_ascii_lowercase().to_string()
    }
}

/// What some plays of a case have in common that its other plays have not: nothing if they are all
/// of them, else values of the axes (`initiator`, `listener:ipv6`) or their names in a row.
pub fn variants(some: &[&Played], all: &[Played]) -> Option<String> {
    if some.len() == all.len() {
        return None;
    }
    let first = some.first()?.play.variant;
    // From what says most to what says least; the names are those of selectors.
    let axes: [fn(&Variant) -> String; 6] = [
        |variant| variant.role.to_string(),
        |variant| variant.family.to_string(),
        layout,
        |variant| format!("{}:{}", variant.role, variant.family),
        |variant| format!("{}:{}", variant.role, layout(variant)),
        |variant| format!("{}:{}", variant.family, layout(variant)),
    ];
    let common = axes.iter().map(|axis| (axis, axis(&first))).find(|(axis, value)| {
        let same = |played: &Played| axis(&played.play.variant) == *value;
        some.iter().all(|played| same(played))
            && all.iter().filter(|played| same(played)).count() == some.len()
    });
    Some(match common {
        Some((_, value)) => value,
        None => {
            let names: Vec<String> =
                some.iter().map(|played| played.play.variant.to_string()).collect();
            names.join(", ")
        }
    })
}

fn layout(variant: &Variant) -> String {
    variant.layout.map_or_else(String::new, |layout| {
        format!("layout-{}", layout.letter().to_ascii_lowercase())
    })
}

/// The result of a run, as a clause.
pub fn gate(run: &Run) -> String {
    let mut clauses = against(run);
    match run.gate() {
        Gate::Passed => {
            clauses.push("nothing that was decided speaks against the target".into());
            let undecided = |case: &CaseResult<'_>| {
                matches!(
                    case.worst().map(|played| &played.verdict),
                    Some(Verdict::Inconclusive { .. })
                )
            };
            let undecided = run.cases().filter(undecided).count();
            if undecided > 0 {
                clauses.push(format!("{} undecided", plural(undecided, "case")));
            }
        }
        Gate::Failed => {}
        Gate::Undecided => clauses.insert(0, "nothing could be decided".into()),
        Gate::Interrupted => clauses.insert(0, "interrupted by the user".into()),
    }
    let gone = run.plays.iter().find(|played| matches!(played.verdict, Verdict::Error { .. }));
    if let (Some(Stopped::TargetGone), Some(gone)) = (run.stopped, gone) {
        clauses.insert(0, format!("the target answers no more since {}", gone.play));
    }
    let left = run.selected.saturating_sub(run.plays.len());
    if left > 0 {
        clauses.push(match run.stopped {
            Some(Stopped::FirstFailure) => {
                format!("stopped at the first failure with {} left", plural(left, "play"))
            }
            Some(Stopped::TargetGone) => format!("stopped with {} left", plural(left, "play")),
            Some(Stopped::Interrupted) | None => format!("{} left", plural(left, "play")),
        });
    }
    clauses.join(", ")
}

/// What fails a run: how many cases in which way.
fn against(run: &Run) -> Vec<String> {
    let failing: Vec<Label> = run
        .cases()
        .filter_map(|result| speaker(&result))
        .filter(|played| played.standing.fails_run())
        .map(Label::of)
        .collect();
    let clause = |label: Label| {
        // That isn't the tester's fault, and is said by itself.
        let gone = label == Label::Error && run.stopped == Some(Stopped::TargetGone);
        let count = failing.iter().filter(|&&each| each == label).count();
        let (one, some) = match label {
            Label::Fail | Label::Xfail => ("fails", "fail"),
            Label::Xpass => ("passes unexpectedly", "pass unexpectedly"),
            Label::Flaky => ("is flaky", "are flaky"),
            Label::Error => ("broke the tester", "broke the tester"),
            Label::Skipped => ("is required but skipped", "are required but skipped"),
            Label::Inconclusive | Label::Pass => ("isn't good enough", "aren't good enough"),
        };
        let does = if count == 1 { one } else { some };
        (count > 0 && !gone).then(|| format!("{} {does}", plural(count, "case")))
    };
    Label::ALL.into_iter().filter_map(clause).collect()
}

/// That some plays were begun again, and why.
pub fn starved(run: &Run) -> Option<String> {
    let plays = run.plays.iter().filter(|played| !played.starved.is_empty()).count();
    let were = if plays == 1 { "was" } else { "were" };
    (plays > 0).then(|| {
        format!(
            "{} {were} begun again, because this machine kept the tester from its work",
            plural(plays, "play")
        )
    })
}

/// A count of things.
pub fn plural(count: usize, thing: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{s}")
}

/// What is to be known about a play that isn't a plain pass, by name, in the order of reading.
pub fn facts(played: &Played) -> Vec<(&'static str, String)> {
    let requirement = played.requirement();
    let mut facts = vec![
        ("case", played.play.to_string()),
        ("summary", played.play.case.summary.to_owned()),
        (
            "requirement",
            format!("{} {}, {}", requirement.id, requirement.level, requirement.place()),
        ),
        ("statement", requirement.statement.clone()),
    ];
    match played.finding() {
        Some(finding) => {
            facts.push(("expected", finding.expected.clone()));
            facts.push(("seen", finding.seen.clone()));
            facts.push(("step", finding.step.to_string()));
            facts.push(("packet", finding.packet.to_string()));
            facts.extend(played.note.clone().map(|note| ("expectation", note)));
        }
        None => facts.extend(reason(played).map(|reason| ("reason", reason))),
    }
    facts.extend(evidence(played).map(|evidence| ("evidence", evidence)));
    facts.push(("again", again(played)));
    facts
}
