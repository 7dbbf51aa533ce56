//! Other programs read the reports: what they hold to is asked here, of their own parsers where
//! there are any.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{report, runs, sample};
use crate::report::words::{Label, visible};
use crate::report::{Format, json};
use crate::suite::result::Run;

fn checked(schema: &str, text: &str) -> Value {
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let validator = jsonschema::draft202012::options()
        .build(&schema)
        .expect("the schema is one of JSON Schema 2020-12");
    let value: Value = serde_json::from_str(text).expect("the report is JSON");
    let wrong: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    value
}

/// What a program of the system says to a text: whether it is content, and its output.
fn asked(program: &str, arguments: &[&str], text: &str) -> (bool, String) {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} (`make need-test` installs it): {error}"));
    let mut input = child.stdin.take().expect("it has a pipe");
    input.write_all(text.as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&told).into_owned())
}

#[test]
fn json_obeys_its_schema_and_can_be_read_again() {
    let schema = include_str!("../../../../docs/mpconform.schema.json");
    for run in runs() {
        let text = report(Format::Json, &run);
        let value = checked(schema, &text);
        let read = json::read(text.as_bytes()).expect("what was written can be read");
        assert_eq!(serde_json::to_value(read).expect("it can be written again"), value);
        let plays: usize = value["cases"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|case| case["variants"].as_array().expect("a list").len())
            .sum();
        assert_eq!(plays, run.plays.len());
    }
}

#[test]
fn json_keeps_every_character() {
    let value: Value =
        serde_json::from_str(&report(Format::Json, &sample::run())).expect("it is JSON");
    assert_eq!(value["cases"][1]["variants"][0]["finding"]["expected"], sample::HOSTILE);
    let tag = "a tag of two units: \u{e0041}";
    let text = crate::report::words::json(&tag).expect("text is JSON");
    assert_eq!(text, "\"a tag of two units: \\udb40\\udc41\"\n");
    assert_eq!(serde_json::from_str::<String>(&text).expect("it is JSON"), tag);
}

#[test]
fn json_of_strangers_is_refused() {
    let refusal = |text: &str| json::read(text.as_bytes()).expect_err("it is no report");
    assert!(refusal("").starts_with("it is no JSON report of mpconform: EOF"));
    assert!(refusal("\"text\"").starts_with("it is no JSON report"));
    assert!(refusal(r#"{"schema_version": 2}"#).starts_with("it has version 2 of the schema"));
    assert!(refusal(r#"{"schema_version": 1}"#).starts_with("it breaks the schema: missing field"));
}

#[test]
fn sarif_obeys_the_schema() {
    let schema = include_str!("../../../../tests/report/sarif.schema.json");
    for run in runs() {
        let value = checked(schema, &report(Format::Sarif, &run));
        let run = &value["runs"][0];
        for result in run["results"].as_array().expect("a list") {
            let index = result["ruleIndex"].as_u64().expect("a number");
            let rule = usize::try_from(index).map(|index| &run["tool"]["driver"]["rules"][index]);
            assert_eq!(rule.expect("a small one")["id"], result["ruleId"]);
        }
    }
    let value: Value =
        serde_json::from_str(&report(Format::Sarif, &sample::run())).expect("it is JSON");
    let results = value["runs"][0]["results"].as_array().expect("a list");
    let kinds: std::collections::BTreeSet<&str> =
        results.iter().filter_map(|result| result["kind"].as_str()).collect();
    let all = ["fail", "informational", "notApplicable", "open", "pass"];
    assert!(kinds.iter().eq(&all), "{kinds:?}");
}

#[test]
fn junit_obeys_the_schema() {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/report/junit.xsd");
    for run in runs() {
        let text = report(Format::Junit, &run);
        let arguments = ["--noout", "--nonet", "--schema", schema, "-"];
        let (content, told) = asked("xmllint", &arguments, &text);
        assert!(content, "{told}\n{text}");
    }
}

#[test]
fn junit_counts_what_it_holds_and_reads_back_what_was_meant() {
    let run = sample::run();
    let text = report(Format::Junit, &run);
    let ask = |xpath: &str| {
        let (content, told) = asked("xmllint", &["--nonet", "--xpath", xpath, "-"], &text);
        assert!(content, "{xpath}: {told}");
        told.trim_end_matches('\n').to_owned()
    };
    for (attribute, element) in [
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ] {
        let count = ask(&format!("string(/testsuite/@{attribute})"));
        assert_eq!(count, ask(&format!("count(//{element})")), "{attribute}");
    }
    let failing = run.plays.iter().filter(|played| played.standing.fails_run()).count();
    assert_eq!(ask("count(//failure) + count(//error)"), failing.to_string());
    let failure = ask("string(//failure[contains(../@name, 'hostile')]/@message)");
    assert!(failure.contains(&*visible(sample::HOSTILE)), "{failure}");
}

/// What Perl's reader of the protocol makes of a report. It is of version 13, which version 14
/// only adds to: subtests, and the escapes that it already knows.
fn parsed(run: &Run) -> Vec<String> {
    let program = "
        use TAP::Parser;
        my $tap = do { local $/; <STDIN> };
        $tap =~ s/\\ATAP version 14\\n/TAP version 13\\n/ or die 'no version';
        my $parser = TAP::Parser->new({tap => $tap});
        while (my $result = $parser->next) {
            die 'unknown: ' . $result->raw if $result->is_unknown;
            next unless $result->is_test;
            print join(' ', $result->number, $result->is_ok ? 'good' : 'bad',
                $result->has_skip ? 'skip' : $result->has_todo ? 'todo' : 'plain'), qq(\\n);
        }
        die join qq(\\n), $parser->parse_errors if $parser->parse_errors;
        print 'good plan ', $parser->is_good_plan ? 1 : 0, qq(\\n);
    ";
    let (content, told) = asked("perl", &["-e", program], &report(Format::Tap, run));
    assert!(content, "{told}");
    told.lines().map(str::to_owned).collect()
}

#[test]
fn tap_is_understood() {
    for run in [sample::run(), sample::good()] {
        let told = parsed(&run);
        for ((number, played), line) in (1..).zip(&run.plays).zip(&told) {
            let expected = match Label::of(played) {
                _ if played.standing.fails_run() => "bad plain",
                Label::Pass => "good plain",
                Label::Skipped | Label::Inconclusive => "good skip",
                _ => "good todo",
            };
            assert_eq!(*line, format!("{number} {expected}"), "{}", played.play);
        }
        assert_eq!(told.len(), run.plays.len() + 1);
        assert_eq!(told.last().map(String::as_str), Some("good plan 1"));
    }
    assert_eq!(parsed(&sample::empty()), ["good plan 1"]);
}

#[test]
fn tap_blocks_are_json_strings_line_by_line() {
    let text = report(Format::Tap, &sample::run());
    let mut inside = false;
    for line in text.lines() {
        match line {
            "  ---" => inside = true,
            "  ..." => inside = false,
            _ if inside && !line.starts_with("  result: ") => {
                let (_, value) = line.split_once(": ").expect("a name and a value");
                serde_json::from_str::<String>(value)
                    .unwrap_or_else(|error| panic!("{error}: {line}"));
            }
            _ => {}
        }
    }
}

#[test]
fn a_workflow_command_is_one_line() {
    let text = report(Format::Github, &sample::run());
    for line in text.lines() {
        let rest = line.strip_prefix("::").expect("every line is a command");
        let (command, message) = rest.split_once("::").expect("and has a message");
        let (kind, title) = command.split_once(" title=").expect("and a title");
        assert!(["error", "warning", "notice"].contains(&kind), "{line}");
        assert!(!title.contains([',', ':']) && !message.is_empty(), "{line}");
    }
    let kinds: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    let (summary, rest) = kinds.split_last().expect("there are some");
    assert_eq!(*summary, "::error");
    assert!(rest.is_sorted_by_key(|kind| {
        ["::error", "::warning", "::notice"].iter().position(|k| k == kind)
    }));
}
