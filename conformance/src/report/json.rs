//! JSON: one object, its keys explained in `docs/conform-json.md` and fixed by
//! `docs/mpconform.schema.json`.
//!
//! What is written here can be read again, which is how runs against several targets come
//! together in one [table](super::markdown).

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::words::{self, Label};
use crate::catalogue::{self, Requirement};
use crate::suite::result::{CaseResult, Played, Run, Stopped};
use crate::suite::{Known, Support};
use crate::verdict::Verdict;

/// The version of the schema. It grows when a key goes away or changes its meaning or its type;
/// not when a key or a value is added.
pub const SCHEMA_VERSION: u32 = 1;

/// A whole report.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys are explained in docs/conform-json.md")]
pub struct Report {
    pub schema_version: u32,
    pub tool: Tool,
    pub target: String,
    pub parameters: Parameters,
    pub support: Vec<Supported>,
    pub gate: GateResult,
    pub selected: usize,
    pub stopped: Option<String>,
    pub totals: BothTotals,
    pub requirements: BTreeMap<String, Cited>,
    pub cases: Vec<Case>,
}

/// What wrote a report.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys are explained in docs/conform-json.md")]
pub struct Tool {
    pub name: String,
    pub version: String,
}

/// What a run was played with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys are explained in docs/conform-json.md")]
pub struct Parameters {
    pub seed: String,
    pub nav_subtype: u8,
    pub exid: u16,
    pub maxsf_layout: String,
    pub exp_negotiation: String,
    pub target_max: u32,
    pub time_scale: u32,
    pub strict: bool,
}

/// Whether the target supports something.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys are explained in docs/conform-json.md")]
pub struct Supported {
    pub need: String,
    pub supported: bool,
    pub known: String,
    pub seen: Option<String>,
}

/// Whether the target may go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys are explained in docs/conform-json.md")]
pub struct GateResult {
    pub result: String,
    pub exit_code: u8,
    pub text: String,
}

/// How many came to what.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys are explained in docs/conform-json.md")]
pub struct BothTotals {
    pub cases: Totals,
    pub plays: Totals,
}

/// How many came to what.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys are explained in docs/conform-json.md")]
pub struct Totals {
    pub all: usize,
    pub pass: usize,
    pub fail: usize,
    pub xfail: usize,
    pub xpass: usize,
    pub flaky: usize,
    pub inconclusive: usize,
    pub skipped: usize,
    pub error: usize,
    pub failing: usize,
}

/// A requirement that a case cites.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys are explained in docs/conform-json.md")]
pub struct Cited {
    pub document: String,
    pub section: String,
    pub level: String,
    pub statement: String,
    pub url: String,
}

/// A case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys are explained in docs/conform-json.md")]
pub struct Case {
    pub id: String,
    pub summary: String,
    pub verdict: String,
    pub result: Label,
    pub fails_run: bool,
    pub level: String,
    pub requirements: Vec<String>,
    pub reason: Option<String>,
    pub evidence: Option<String>,
    pub variants: Vec<Variant>,
}

/// One play of a case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys are explained in docs/conform-json.md")]
pub struct Variant {
    pub variant: String,
    pub role: String,
    pub family: String,
    pub layout: Option<char>,
    pub verdict: String,
    pub result: Label,
    pub fails_run: bool,
    pub requirement: String,
    pub level: String,
    pub reason: Option<String>,
    pub expectation: Option<String>,
    pub finding: Option<Finding>,
    pub repeats: Option<Vec<String>>,
    pub starved: Vec<String>,
    pub packets: usize,
    pub evidence: Option<String>,
    pub took: String,
    pub seed: String,
    pub again: Vec<String>,
}

/// Why a play failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys are explained in docs/conform-json.md")]
pub struct Finding {
    pub requirement: String,
    pub step: usize,
    pub expected: String,
    pub seen: String,
    pub packet: u64,
}

/// Writes a run.
///
/// # Errors
///
/// Those of `out`.
pub fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(words::json(&Report::from(run))?.as_bytes())
}

/// Reads what [`write()`] wrote.
///
/// # Errors
///
/// A clause that says what is wrong with it.
pub fn read(text: &[u8]) -> Result<Report, String> {
    #[derive(Deserialize)]
    struct Version {
        schema_version: u32,
    }
    let version: Version = serde_json::from_slice(text)
        .map_err(|error| format!("it is no JSON report of mpconform: {error}"))?;
    if version.schema_version != SCHEMA_VERSION {
        return Err(format!(
            "it has version {} of the schema, and only {SCHEMA_VERSION} can be read",
            version.schema_version
        ));
    }
    serde_json::from_slice(text).map_err(|error| format!("it breaks the schema: {error}"))
}

impl From<&Run> for Report {
    fn from(run: &Run) -> Self {
        let plan = &run.plan;
        let mut requirements = BTreeMap::new();
        for id in run.cases().flat_map(|result| result.case.requirements) {
            if let Some(requirement) = catalogue::find(id) {
                requirements.entry(requirement.id.clone()).or_insert_with(|| requirement.into());
            }
        }
        let cases: Vec<Case> = run.cases().filter_map(Case::of).collect();
        let of_cases = Totals::of(cases.iter().map(|case| (case.result, case.fails_run)));
        let plays = run.plays.iter();
        let of_plays = Totals::of(plays.map(|each| (Label::of(each), each.standing.fails_run())));
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            target: run.target.clone(),
            parameters: Parameters {
                seed: plan.seed.to_string(),
                nav_subtype: plan.dialect.navigation_subtype(),
                exid: plan.dialect.max_subflows_exid(),
                maxsf_layout: words::layouts(run),
                exp_negotiation: plan.negotiation.name().to_owned(),
                target_max: plan.target_max,
                time_scale: plan.time_scale,
                strict: run.strict,
            },
            support: run.support.iter().map(Into::into).collect(),
            gate: GateResult {
                result: run.gate().name().to_owned(),
                exit_code: run.gate().exit_code(),
                text: words::gate(run),
            },
            selected: run.selected,
            stopped: run.stopped.map(|stopped| match stopped {
                Stopped::FirstFailure => "first-failure".to_owned(),
                Stopped::Interrupted => "interrupted".to_owned(),
                Stopped::TargetGone => "target-gone".to_owned(),
            }),
            totals: BothTotals { cases: of_cases, plays: of_plays },
            requirements,
            cases,
        }
    }
}

impl From<&Support> for Supported {
    fn from(support: &Support) -> Self {
        Self {
            need: support.need.name().to_owned(),
            supported: support.supported,
            known: match support.known {
                Known::Claimed => "claimed".to_owned(),
                Known::Default => "default".to_owned(),
                Known::Probed => "probed".to_owned(),
            },
            seen: (!support.seen.is_empty()).then(|| support.seen.clone()),
        }
    }
}

impl From<&Requirement> for Cited {
    fn from(requirement: &Requirement) -> Self {
        Self {
            document: requirement.document().name.clone(),
            section: requirement.section.clone(),
            level: requirement.level.name().to_owned(),
            statement: requirement.statement.clone(),
            url: requirement.url(),
        }
    }
}

impl Totals {
    fn of(results: impl Iterator<Item = (Label, bool)>) -> Self {
        let mut totals = Self::default();
        for (label, fails_run) in results {
            totals.all += 1;
            totals.failing += usize::from(fails_run);
            *match label {
                Label::Pass => &mut totals.pass,
                Label::Fail => &mut totals.fail,
                Label::Xfail => &mut totals.xfail,
                Label::Xpass => &mut totals.xpass,
                Label::Flaky => &mut totals.flaky,
                Label::Inconclusive => &mut totals.inconclusive,
                Label::Skipped => &mut totals.skipped,
                Label::Error => &mut totals.error,
            } += 1;
        }
        totals
    }
}

impl Case {
    fn of(result: CaseResult<'_>) -> Option<Self> {
        let speaker = words::speaker(&result)?;
        Some(Self {
            id: result.case.id.to_owned(),
            summary: result.case.summary.to_owned(),
            verdict: speaker.verdict.name().to_owned(),
            result: Label::of(speaker),
            fails_run: speaker.standing.fails_run(),
            level: speaker.requirement().level.name().to_owned(),
            requirements: result.case.requirements.iter().map(|&id| id.to_owned()).collect(),
            reason: words::reason(speaker),
            evidence: words::evidence(speaker),
            variants: result.plays.iter().map(Variant::of).collect(),
        })
    }
}

impl Variant {
    fn of(played: &Played) -> Self {
        let variant = played.play.variant;
        let requirement = played.requirement();
        Self {
            variant: variant.to_string(),
            role: variant.role.name().to_owned(),
            family: variant.family.name().to_owned(),
            layout: variant.layout.map(|layout| layout.letter().to_ascii_lowercase()),
            verdict: played.verdict.name().to_owned(),
            result: Label::of(played),
            fails_run: played.standing.fails_run(),
            requirement: requirement.id.clone(),
            level: requirement.level.name().to_owned(),
            reason: words::reason(played),
            expectation: played.note.clone(),
            finding: played.finding().map(|finding| Finding {
                requirement: finding.requirement.to_owned(),
                step: finding.step,
                expected: finding.expected.clone(),
                seen: finding.seen.clone(),
                packet: finding.packet,
            }),
            repeats: match &played.verdict {
                Verdict::Flaky { verdicts } => {
                    Some(verdicts.iter().map(|verdict| verdict.name().to_owned()).collect())
                }
                _ => None,
            },
            starved: played.starved.iter().map(|verdict| verdict.name().to_owned()).collect(),
            packets: played.transcript.packets.len(),
            evidence: words::evidence(played),
            took: format!("{}.{:09}", played.took.as_secs(), played.took.subsec_nanos()),
            seed: played.seed.to_string(),
            again: played.again.clone(),
        }
    }
}
