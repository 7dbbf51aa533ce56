//! The kernel of this machine as a vendor stack.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::lab::{MPCONFORM, is_possible, mpconform, root, text};

/// The kernels whose results are committed.
const KNOWN: &str = "6.18.";

#[test]
fn the_kernel_is_as_it_is_known_to_be() {
    if !is_possible() {
        return;
    }
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").expect("a release");
    let expected = root("docs/linux/expected-6.18.toml");
    let file = expected.to_str().expect("a path");
    if !release.starts_with(KNOWN) {
        // Another kernel may have other faults: what is decided there is decided by nobody yet.
        eprintln!("NOT COMPARED: {} isn't {KNOWN}", release.trim());
        return;
    }
    let output = mpconform(&["run", "--target", "kernel", "--strict", "--expected", file]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
}

/// Its scheduler sends tens of thousands of octets in a row on one subflow, which is not obedience.
#[test]
fn a_scheduler_that_knows_no_navigation_does_not_pass_for_one() {
    if !is_possible() {
        return;
    }
    let moves =
        ["nav/4/switch-moves-traffic", "nav/2/third-interface-is-found", "nav/4/accepted-on-data"];
    let args = [&["run", "--target", "kernel", "--supports", "nav"][..], &moves].concat();
    let output = mpconform(&args);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}{}", text(&output.stderr));
    assert!(!said.lines().any(|line| line.starts_with("pass")), "{said}");
}

#[test]
fn nothing_is_left_of_a_run_that_is_killed() {
    if !is_possible() {
        return;
    }
    for signal in ["INT", "KILL"] {
        let run = Command::new(MPCONFORM)
            .args(["run", "--target", "kernel", "rfc9293/3.1", "--jobs", "2", "--repeat", "1000"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("mpconform starts");
        let served = until(|| {
            let children = children(run.id());
            (children.len() == 2).then_some(children)
        });
        let killed = Command::new("kill").args(["-s", signal, &run.id().to_string()]).status();
        assert!(killed.expect("kill starts").success());
        let said = text(&run.wait_with_output().expect("it ends").stderr);
        assert_eq!(said.contains("Ctrl-C once more ends it now"), signal == "INT", "{said}");
        for child in served {
            until(|| (!is_alive(&child)).then_some(()));
        }
    }
}

/// Waits until something is so.
#[expect(clippy::disallowed_methods, reason = "a deadline for what happens outside")]
fn until<T>(what: impl Fn() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(Instant::now() < end, "it didn't come about within a minute");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The processes that serve as targets of a run.
fn children(process: u32) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{process}/task"));
    let all = tasks
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let all: String = all.collect();
    all.split_whitespace().filter(|child| serves(child)).map(str::to_owned).collect()
}

fn serves(process: &str) -> bool {
    let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    let words: Vec<&[u8]> = line.split(|octet| *octet == 0).collect();
    words.contains(&&b"app"[..]) && !words.contains(&&b"--net"[..])
}

/// Whether a process is there, and no zombie.
fn is_alive(process: &str) -> bool {
    let Ok(file) = fs::File::open(format!("/proc/{process}/status")) else { return false };
    let lines = BufReader::new(file).lines().map_while(Result::ok);
    lines.filter(|line| line.starts_with("State:")).any(|line| !line.contains('Z'))
}
