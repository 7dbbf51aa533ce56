//! What the tests from outside share: the program, the samples, and how to skip.

pub(crate) mod privilege;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A path below the repository's root.
pub(crate) fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The program, at the repository's root, without what the caller's environment would change.
pub(crate) fn mpdissect(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mpdissect"));
    command.args(args).current_dir(root(".")).stdin(Stdio::null());
    command.env_remove("NO_COLOR").env_remove("COLUMNS");
    command
}

/// Runs it to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    mpdissect(args).output().expect("mpdissect starts")
}

/// What it printed, if all went well.
pub(crate) fn stdout(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Output as text.
pub(crate) fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).expect("output is UTF-8")
}
