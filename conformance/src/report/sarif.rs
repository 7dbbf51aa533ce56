//! SARIF 2.1.0: a rule for each case, a result for each play.
//!
//! A result that is no failure has a kind of its own and no level; one that is has the level that
//! its requirement gives it, or `error` if it fails the run. Known failures are suppressed.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::words::{self, Label};
use crate::case::Case;
use crate::catalogue::{self, Gating, Requirement};
use crate::suite::result::{Played, Run};

/// Writes a run.
///
/// # Errors
///
/// Those of `out`.
pub fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let rules: Vec<Value> = run.cases().map(|result| rule(result.case)).collect();
    let numbered = (0_usize..).zip(run.cases());
    let results: Vec<Value> = numbered
        .flat_map(|(index, case)| case.plays.iter().map(move |played| result(index, played)))
        .collect();
    let errors: Vec<Value> =
        run.plays.iter().filter(|played| Label::of(played) == Label::Error).map(error).collect();
    let parameters: serde_json::Map<String, Value> = words::parameters(run)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "automationDetails": {"id": format!("mpconform/{}/", run.target)},
            "invocations": [{
                "executionSuccessful": errors.is_empty() && run.stopped.is_none(),
                "exitCode": run.gate().exit_code(),
                "exitCodeDescription": format!("gate {}: {}", run.gate().name(), words::gate(run)),
                "toolExecutionNotifications": errors,
            }],
            "results": results,
            "properties": {
                "target": run.target,
                "gate": run.gate().name(),
                "parameters": parameters,
            },
        }],
    });
    out.write_all(words::json(&log)?.as_bytes())
}

fn rule(case: &Case) -> Value {
    let first = catalogue::first_of(case);
    let cited = case.requirements.iter().filter_map(|id| catalogue::find(id));
    let help: Vec<String> = cited
        .map(|each| format!("{} ({}, {}): {}", each.id, each.level, each.place(), each.statement))
        .collect();
    json!({
        "id": case.id,
        "shortDescription": message(case.summary),
        "fullDescription": message(&format!("{} Fails when: {}", case.summary, case.fails_when)),
        "help": message(&help.join("\n\n")),
        "helpUri": first.url(),
        "defaultConfiguration": {"level": level(first)},
        "properties": {
            "tags": [first.document().name, first.level.name()],
            "requirements": case.requirements,
        },
    })
}

fn result(index: usize, played: &Played) -> Value {
    let label = Label::of(played);
    let requirement = played.requirement();
    let gating = requirement.level.gating();
    let (kind, level) = match label {
        _ if played.standing.fails_run() && label != Label::Error => ("fail", "error"),
        Label::Pass => ("pass", "none"),
        Label::Skipped => ("notApplicable", "none"),
        Label::Inconclusive | Label::Error => ("open", "none"),
        Label::Flaky if played.finding().is_none() => ("open", "none"),
        Label::Fail | Label::Flaky if gating == Gating::Named => ("informational", "none"),
        Label::Fail | Label::Flaky | Label::Xfail | Label::Xpass => ("fail", level(requirement)),
    };
    let reason = words::reason(played).unwrap_or_else(|| played.play.case.summary.to_owned());
    let text = match words::weight(played) {
        Some(weight) => format!("{label}, {weight}: {reason}"),
        None => format!("{label}: {reason}"),
    };
    let name = played.play.to_string();
    let mut location = json!({"logicalLocations": [{
        "name": played.play.variant.to_string(), "fullyQualifiedName": name, "kind": "case",
    }]});
    if let Some(path) = &played.evidence {
        location["physicalLocation"] = json!({"artifactLocation": {"uri": uri(path)}});
    }
    let mut value = json!({
        "ruleId": played.play.case.id,
        "ruleIndex": index,
        "kind": kind,
        "level": level,
        "message": message(&text),
        "locations": [location],
        "partialFingerprints": {"play/v1": name},
        "properties": {
            "result": label.name(),
            "requirement": requirement.id,
            "level": requirement.level.name(),
            "seed": played.seed.to_string(),
            "again": words::again(played),
        },
    });
    if let Some(finding) = played.finding() {
        let properties = &mut value["properties"];
        properties["expected"] = finding.expected.as_str().into();
        properties["seen"] = finding.seen.as_str().into();
        properties["step"] = finding.step.into();
        properties["packet"] = finding.packet.into();
    }
    if label == Label::Xfail {
        let why = played.note.as_deref().unwrap_or("it is expected to fail");
        value["suppressions"] =
            json!([{"kind": "external", "status": "accepted", "justification": why}]);
    }
    value
}

fn error(played: &Played) -> Value {
    let reason = words::reason(played).unwrap_or_default();
    json!({
        "level": "error",
        "message": message(&format!("{}: {reason}", played.play)),
        "associatedRule": {"id": played.play.case.id},
    })
}

fn level(requirement: &Requirement) -> &'static str {
    match requirement.level.gating() {
        Gating::Always => "error",
        Gating::Strict => "warning",
        Gating::Named => "note",
    }
}

/// A plain text, in which braces would be placeholders (SARIF 2.1.0 §3.11.5).
fn message(text: &str) -> Value {
    json!({"text": text.replace('{', "{{").replace('}', "}}")})
}

/// A path as a reference by RFC 3986: relative ones stay so.
fn uri(path: &Path) -> String {
    let mut uri = String::new();
    if path.is_absolute() {
        uri.push_str("file://");
    }
    for &octet in path.as_os_str().as_encoded_bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~/".contains(&octet) {
            uri.push(char::from(octet));
        } else {
            let _ = write!(uri, "%{octet:02X}");
        }
    }
    uri
}
