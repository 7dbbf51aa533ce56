//! The `mpconform` command from outside: what it plays, what it says, and how it ends.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A path below the repository's root.
fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The program, at the repository's root, without what the caller's environment would change.
fn mpconform(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mpconform"));
    command.args(args).current_dir(root(".")).stdin(Stdio::null());
    command.env_remove("NO_COLOR").env_remove("COLUMNS");
    command
}

fn run(args: &[&str]) -> Output {
    mpconform(args).output().expect("mpconform starts")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).expect("output is UTF-8")
}

/// What it prints, and how it ends.
fn shown(args: &[&str]) -> (i32, String) {
    let output = run(args);
    assert_eq!(text(&output.stderr), "", "{args:?}");
    (output.status.code().expect("no signal"), text(&output.stdout))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).expect("it was written")
}

/// Compares with a snapshot in `tests/snapshots`.
fn snapshot(name: &str, shown: &str) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false,
        snapshot_path => root("tests/snapshots") }, {
        insta::assert_snapshot!(name, shown);
    });
}

/// A case of a level that gates, and a mutant that fails nothing else.
const CASE: &str = "nav/4/switch-moves-traffic";

/// What couldn't be saved is worse than what the gate says.
#[test]
fn a_report_that_is_lost_passes_no_gate() {
    let output = run(&["run", "nav/4.1/switch-is-echoed", "--report", "json=/dev/full"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("pass  nav/4.1/switch-is-echoed") && !said.contains("gate"), "{said}");
    assert!(text(&output.stderr).contains("/dev/full can't be written"));
}

#[test]
fn what_nobody_claims_is_not_said_to_be_claimed() {
    let (_, said) = shown(&["run", "nav/4.1/switch-is-echoed"]);
    assert!(said.contains("supports nav, maxsf, exp, operator, time, by default"), "{said}");
    let (code, said) = shown(&["run", "nav/4.1/switch-is-echoed", "--supports", "nav"]);
    assert_eq!(code, 0);
    assert!(
        said.contains("supports nav, as claimed\nsupports operator, time, by default\n"),
        "{said}"
    );
    assert!(said.contains("doesn't support maxsf, as claimed"), "{said}");
}

#[test]
fn lists_cases_and_plays() {
    let (code, list) = shown(&["list", "nav/3.1", "nav/3.2"]);
    assert_eq!(code, 0);
    snapshot("conform-list", &list);
    let (_, plays) = shown(&["list", "--plays", "--family", "ipv6", CASE]);
    assert_eq!(plays, format!("{CASE}:initiator:ipv6\n"));
    let (_, all) = shown(&["list"]);
    assert!(all.lines().count() > 200);
}

#[test]
fn explains_a_case() {
    for (name, id) in
        [("nav", CASE), ("maxsf", "maxsf/2/zero-never-announced:listener:ipv6:layout-c")]
    {
        let (code, explained) = shown(&["show", id]);
        assert_eq!(code, 0);
        snapshot(&format!("conform-show-{name}"), &explained);
    }
    let (_, other) =
        shown(&["show", "--maxsf-layout", "B", "maxsf/2/zero-never-announced:listener:ipv4"]);
    assert!(other.contains("listener:ipv4:layout-a"), "{other}");
}

#[test]
fn lists_requirements_and_mutants() {
    let (code, listed) = shown(&["requirements", "nav-3", "nav-6"]);
    assert_eq!(code, 0);
    snapshot("conform-requirements", &listed);
    let (_, mutants) = shown(&["mutants"]);
    assert!(mutants.contains("fails rfc9293/3.1/checksum"), "{mutants}");
    assert!(shown(&["completions", "bash"]).1.contains("--nav-subtype"));
    assert!(shown(&["man"]).1.contains(".TH mpconform"));
}

#[test]
fn says_in_one_sentence_what_is_wrong_with_a_command() {
    let folder = folder();
    let file = |name: &str, content: &str| {
        let path = path(&folder, name);
        std::fs::write(&path, content).expect("written");
        path
    };
    let stale = file("stale.toml", "[[expected]]\ncase = \"nav/4/switch-moves-trafic\"\n");
    let broken = file("broken.toml", "[[expected]\n");
    let known = file("known.toml", "");
    let report = |name: &str| format!("json={}", path(&folder, name));
    for (args, words) in [
        (&["run", "nav/4/switch-moves-trafic"][..], "did you mean nav/4/switch-moves-traffic"),
        (&["run", "nav/4/switch"], "nothing is called nav/4/switch"),
        (&["run", CASE, "--role", "listener"], "no variant"),
        (&["run", "--mutant", "nav-stay"], "did you mean nav-stays"),
        (&["run", "--supports", "none,nav"], "stand alone"),
        (&["run", "--supports", "maxsf", "--require", "nav"], "--require nav"),
        (&["run", "--expected", "nowhere.toml"], "nowhere.toml can't be read"),
        (&["run", "--expected", &stale], "line 2: there is no case nav/4/switch-moves-trafic"),
        (&["run", "--expected", &broken], "line 1"),
        (&["run", "--report", "json=/nowhere/report"], "/nowhere/report can't be written"),
        (&["run", "--report", &report("one"), "--report", &report("one")], "twice"),
        (&["run", "--report", "json=-", "--report", "tap=-"], "standard output"),
        (&["run", "--expected", &known, "--report", &report("known.toml")], "elsewhere"),
        (&["run", "--write-expected", "/nowhere/x"], "/nowhere/x can't be written"),
        (&["run", "--evidence", "/dev/full"], "/dev/full isn't a folder; name one"),
        (&["run", "--evidence", "/dev/full/x"], "/dev/full/x isn't a folder; name one"),
        (&["run", CASE, "--report", "tap=/dev/full"], "/dev/full can't be written: No space"),
        (&["show", "nav"], "more than one case"),
        (&["show", "nav/9/none"], "nothing is called"),
        (&["list", "nothing"], "nothing is called nothing"),
        (&["requirements", "rfc"], "begins with rfc"),
        (&["requirements", "nav", "--format", "markdown"], "leave the ids out"),
        (&["matrix", "nowhere.json"], "nowhere.json can't be read"),
        (&["matrix", &stale], "can't be shown: it is no JSON report"),
    ] {
        let output = run(args);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert_eq!(stderr.trim_end().lines().count(), 1, "{args:?}: {stderr}");
        assert!(stderr.starts_with("mpconform: ") && stderr.contains(words), "{args:?}: {stderr}");
    }
}

#[test]
fn refuses_what_no_option_takes() {
    for (args, words) in [
        (&["run", "--mutant", "nav-stays", "--target", "builtin"][..], "--target"),
        (&["run", "--nav-subtype", "3"], "0x9 to 0xf"),
        (&["run", "--maxsf-layout", "D"], "A, B, C, all"),
        (&["run", "--exp-negotiation", "no"], "exp-00, bis"),
        (&["run", "--supports", "tcp"], "nav, maxsf, exp, none, probe"),
        (&["run", "--require", "probe"], "nav, maxsf, exp"),
        (&["run", "--report", "json"], "FORMAT=FILE"),
        (&["run", "--report", "pdf=x"], "junit"),
        (&["run", "--target-max", "1"], "2.."),
        (&["run", "--jobs", "0"], "0"),
        (&["run", "--evidence-all"], "--evidence"),
        (&["run", "--role", "server"], "listener, initiator"),
    ] {
        let output = run(args);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(words), "{args:?}: {stderr}");
    }
    assert_eq!(run(&[]).status.code(), Some(2));
}

#[test]
fn passes_the_reference() {
    let (code, passed) = shown(&["run", "nav/3.1", CASE]);
    assert_eq!(code, 0, "{passed}");
    snapshot("conform-run-passing", &passed);
}

#[test]
fn fails_a_broken_endpoint_and_shows_why() {
    let folder = folder();
    let evidence = path(&folder, "deep/evidence");
    let args = ["run", CASE, "nav/4.1/switch-is-echoed", "--mutant", "nav-stays"];
    let (code, failed) = shown(&[&args[..], &["--evidence", &evidence]].concat());
    assert_eq!(code, 1, "{failed}");
    snapshot("conform-run-failing", &failed.replace(&evidence, "EVIDENCE"));

    let mut files: Vec<_> = std::fs::read_dir(&evidence)
        .expect("the folder was made")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("a plain name"))
        .collect();
    files.sort_unstable();
    assert!(files.contains(&"nav_4_switch-moves-traffic_initiator_ipv4.pcapng".to_owned()));

    // The command that plays just this again.
    let again = failed.lines().find_map(|line| line.split_once("mpconform run ")?.1.into());
    let again: Vec<&str> = again.map(|line: &str| line.split(' ').collect()).expect("it is shown");
    let (code, repeated) = shown(&[&["run"], &again[..]].concat());
    assert_eq!(code, 1, "{repeated}");
    assert!(repeated.contains("FAIL"), "{repeated}");
}

#[test]
fn evidence_is_a_capture_with_comments() {
    use mpdissect::source::{ReadOptions, Sequence, Source};
    let folder = folder();
    let evidence = path(&folder, "evidence");
    let args = ["run", CASE, "--evidence", &evidence, "--evidence-all", "--family", "ipv6"];
    assert_eq!(shown(&args).0, 0);
    let file = folder.path().join("evidence/nav_4_switch-moves-traffic_initiator_ipv6.pcapng");
    let mut source = Sequence::new(vec![file], ReadOptions::default());
    let (mut frames, mut comments) = (0, 0);
    while source.advance().expect("a whole capture") {
        frames += 1;
        comments += source.comments().len();
        assert!(source.frame().time.is_some());
    }
    assert!(frames > 10 && comments > 0, "{frames} frames, {comments} comments");
}

#[test]
fn known_failures_do_not_fail_a_run_and_surprises_do() {
    let folder = folder();
    let known = path(&folder, "known.toml");
    let broken = ["--mutant", "nav-stays"];
    let (code, _) = shown(&[&["run", "nav", "--write-expected", &known], &broken[..]].concat());
    assert_eq!(code, 1);
    assert!(read(&known).contains(CASE), "{}", read(&known));
    let (code, expected) = shown(&[&["run", "nav", "--expected", &known], &broken[..]].concat());
    assert_eq!(code, 0, "{expected}");
    assert!(expected.contains("xfail"), "{expected}");
    let (code, surprising) = shown(&["run", "nav", "--expected", &known]);
    assert_eq!(code, 1);
    assert!(surprising.contains("xpass"), "{surprising}");
}

#[test]
fn writes_every_format_and_the_same_twice() {
    let folder = folder();
    let formats = ["text", "json", "junit", "tap", "sarif", "markdown", "github"];
    let reports = |round: &str| -> Vec<String> {
        let mut args = vec!["run".to_owned(), "nav".to_owned(), "--mutant".to_owned()];
        args.push("nav-stays".to_owned());
        for format in formats {
            args.push("--report".to_owned());
            args.push(format!("{format}={}", path(&folder, &format!("{round}.{format}"))));
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        assert_eq!(shown(&args).0, 1);
        formats.iter().map(|format| read(folder.path().join(format!("{round}.{format}")))).collect()
    };
    let first = reports("first");
    assert!(first.iter().all(|report| report.len() > 100 || report.contains("::error")));
    assert_eq!(first, reports("second"));

    let (_, printed) = shown(&["run", CASE, "--report", "json=-"]);
    let report: serde_json::Value = serde_json::from_str(&printed).expect("nothing but JSON");
    assert_eq!(report["cases"][0]["id"], CASE);

    let json = path(&folder, "first.json");
    let (code, matrix) = shown(&["matrix", &json, &json]);
    assert_eq!(code, 0);
    assert!(matrix.contains("nav-stays"), "{matrix}");
}

#[test]
fn a_report_replaces_what_was_in_its_file() {
    let folder = folder();
    let file = path(&folder, "report");
    std::fs::write(&file, "x".repeat(100_000)).expect("written");
    assert_eq!(shown(&["run", CASE, "--report", &format!("tap={file}")]).0, 0);
    assert!(!read(&file).contains("xxx"));
    // A command that is refused leaves it alone.
    let refused = run(&["run", "nothing", "--report", &format!("tap={file}")]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(read(&file).starts_with("TAP"));
}

#[test]
fn what_an_unknowing_target_must_tolerate_still_decides() {
    let unknowing = ["run", "nav", "--target", "builtin:unknowing"];
    let (code, tolerated) = shown(&unknowing);
    assert_eq!(code, 0, "{tolerated}");
    assert!(tolerated.contains("skipped"), "{tolerated}");
    let (code, _) = shown(&[&unknowing[..], &["--require", "nav"]].concat());
    assert_eq!(code, 1);
    let (code, probed) = shown(&[&unknowing[..], &["--supports", "probe"]].concat());
    assert_eq!(code, 0, "{probed}");
    assert!(probed.contains("neither echoed"), "{probed}");
    let (code, nothing) = shown(&["run", CASE, "--target", "builtin:unknowing"]);
    assert_eq!(code, 3, "{nothing}");

    for negotiation in ["exp-00", "bis"] {
        for layout in ["A", "B", "C"] {
            let (code, probed) = shown(&[
                "run",
                "--supports",
                "probe",
                "--require",
                "nav,maxsf,exp",
                CASE,
                "--exp-negotiation",
                negotiation,
                "--maxsf-layout",
                layout,
            ]);
            assert_eq!(code, 0, "{probed}");
        }
    }
}

#[test]
fn stops_quietly_when_nobody_reads_on() {
    let mut child = mpconform(&["run", CASE, "--mutant", "nav-stays"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("mpconform starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(1), ""));
}

#[test]
fn an_interrupt_shows_what_was_played() {
    let folder = folder();
    let report = path(&folder, "report.json");
    let mut child = mpconform(&["run", "--repeat", "1000", "--report", &format!("json={report}")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("mpconform starts");
    // Signals are caught before the files of the reports are opened.
    while !Path::new(&report).exists() {
        std::thread::yield_now();
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("kill is there").success());
    let mut shown = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut shown).expect("readable");
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{shown}");
    assert!(shown.contains("interrupted"), "{shown}");
    assert!(serde_json::from_str::<serde_json::Value>(&read(&report)).is_ok());
}

#[test]
fn colours_only_on_request() {
    let coloured = |args: &[&str]| text(&run(args).stdout).contains('\u{1b}');
    assert!(!coloured(&["run", CASE]));
    assert!(coloured(&["run", CASE, "--color", "always"]));
    assert!(!coloured(&["run", CASE, "--color", "never"]));
}

#[test]
fn weak_levels_count_only_by_name() {
    // An INFERRED requirement.
    let case = "exp/2/several-in-one";
    let mutants = text(&run(&["mutants"]).stdout);
    let mut name = "";
    let mutant = mutants.lines().find_map(|line| {
        if !line.starts_with(' ') {
            name = line;
        }
        (line.trim() == format!("fails {case}")).then_some(name)
    });
    let mutant = mutant.expect("one fails it");
    let (code, by_name) = shown(&["run", case, "--mutant", mutant]);
    assert_eq!(code, 1, "{by_name}");
    let (_, by_suite) = shown(&["run", "exp/2", "--mutant", mutant, "--strict"]);
    assert!(by_suite.contains("not counted"), "{by_suite}");
}

#[test]
fn ends_at_the_first_failure_on_request() {
    let (code, whole) = shown(&["run", "nav", "--mutant", "nav-stays", "--fail-fast"]);
    assert_eq!(code, 1);
    assert!(whole.contains("\n1 play,") && whole.contains("stopped at the first"), "{whole}");
}
