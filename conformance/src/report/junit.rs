//! JUnit XML, valid by Maven Surefire's `surefire-test-report.xsd`: one `testsuite`, and a
//! `testcase` for each play.
//!
//! JUnit has no word for most of what a play can come to, and CI systems act on the words it has.
//! So `failure` is what fails the run, `error` is the tester's own, and `skipped` with a message
//! is everything else that is no pass: xfail, failures that don't gate, undecided ones.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::words::{self, Label, visible};
use crate::suite::result::{Played, Run};

/// Writes a run.
///
/// # Errors
///
/// Those of `out`.
pub fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let name = format!("mpconform {}", run.target);
    let mut suite = TestSuite::new(&*visible(&name));
    suite.set_time(run.plays.iter().map(|played| played.took).sum());
    suite.add_property(("target", &*visible(&run.target)));
    for (name, value) in words::parameters(run) {
        suite.add_property((name, visible(&value).as_ref()));
    }
    suite.add_property(("gate", run.gate().name()));
    suite.add_test_cases(run.plays.iter().map(test_case));
    let skipped = suite
        .test_cases
        .iter()
        .filter(|case| matches!(case.status, TestCaseStatus::Skipped { .. }))
        .count();
    suite.extra.insert("skipped".into(), skipped.to_string().into());
    suite.disabled = 0;

    let mut report = Report::new(&*visible(&name));
    report.add_test_suite(suite);
    let document = report.to_string().map_err(io::Error::other)?;
    out.write_all(as_surefire(&document).as_bytes())
}

fn test_case(played: &Played) -> TestCase {
    let label = Label::of(played);
    let reason = words::reason(played);
    let message = match (words::weight(played), &reason) {
        (Some(weight), Some(reason)) => format!("{label}, {weight}: {reason}"),
        (None, Some(reason)) => format!("{label}: {reason}"),
        (weight, None) => weight.unwrap_or(label.name()).to_owned(),
    };
    let message = visible(&message);
    let mut status = if label == Label::Error {
        TestCaseStatus::non_success(NonSuccessKind::Error)
    } else if played.standing.fails_run() {
        TestCaseStatus::non_success(NonSuccessKind::Failure)
    } else if label == Label::Pass {
        TestCaseStatus::success()
    } else {
        TestCaseStatus::skipped()
    };
    match &status {
        TestCaseStatus::Success { .. } => {}
        TestCaseStatus::Skipped { .. } => {
            status.set_message(&*message);
        }
        TestCaseStatus::NonSuccess { .. } => {
            let about: Vec<String> = words::facts(played)
                .into_iter()
                .map(|(name, value)| format!("{name}: {}", visible(&value)))
                .collect();
            status.set_message(&*message).set_type(label.name()).set_description(about.join("\n"));
        }
    }
    let id = played.play.case.id;
    let mut case = TestCase::new(&*visible(&played.play.to_string()), status);
    let group = id.rsplit_once('/').map_or(id, |(group, _)| group);
    case.set_classname(&*visible(group)).set_time(played.took);
    if let Some(evidence) = words::evidence(played) {
        case.set_system_out(&*visible(&format!("evidence: {evidence}")));
    }
    case
}

/// Surefire's schema knows neither a `testsuites` around the suite nor a count of disabled tests.
/// Both go by their places, which no text can imitate: attributes hold neither quotation marks
/// nor, as they were made visible, the ends of lines.
fn as_surefire(document: &str) -> String {
    let mut lines = document.lines();
    let declaration = lines.next().unwrap_or_default();
    let mut surefire = format!("{declaration}\n");
    for line in lines.filter(|line| !line.contains("<testsuites ") && *line != "</testsuites>") {
        let line = if line.trim_start().starts_with("<testsuite ") {
            line.replacen(r#" disabled="0""#, "", 1)
        } else {
            line.to_owned()
        };
        surefire.push_str(line.strip_prefix("    ").unwrap_or(&line));
        surefire.push('\n');
    }
    surefire
}
