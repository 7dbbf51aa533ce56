//! The Test Anything Protocol, version 14: a test point for each play, and a YAML block under
//! each that isn't a plain pass.
//!
//! `not ok` without a directive is what fails the run. Known failures and those that don't gate
//! are `TODO`, which harnesses report without failing; what wasn't decided is `SKIP`.

use std::io::{self, Write};

use super::words::{self, Label, visible};
use crate::suite::result::{Gate, Played, Run, Stopped};

/// Writes a run.
///
/// # Errors
///
/// Those of `out`.
pub fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "TAP version 14")?;
    let planned = match run.stopped {
        Some(Stopped::Interrupted) => run.selected,
        _ => run.plays.len(),
    };
    if planned == 0 {
        return writeln!(out, "1..0 # SKIP nothing was played");
    }
    writeln!(out, "1..{planned}")?;
    writeln!(out, "# target: {}", visible(&run.target))?;
    for (name, value) in words::parameters(run) {
        writeln!(out, "# {name}: {}", visible(&value))?;
    }
    for (number, played) in (1..).zip(&run.plays) {
        point(number, played, out)?;
    }
    if run.gate() == Gate::Interrupted {
        return writeln!(out, "Bail out! interrupted by the user");
    }
    writeln!(out, "# gate {}: {}", run.gate().name(), words::gate(run))
}

fn point(number: usize, played: &Played, out: &mut dyn Write) -> io::Result<()> {
    let label = Label::of(played);
    let name = escaped(&played.play.to_string());
    let why = || escaped(&words::reason(played).unwrap_or_default());
    match label {
        _ if played.standing.fails_run() => writeln!(out, "not ok {number} - {name}")?,
        Label::Pass => return writeln!(out, "ok {number} - {name}"),
        Label::Skipped => return writeln!(out, "ok {number} - {name} # SKIP {}", why()),
        Label::Inconclusive => {
            return writeln!(out, "ok {number} - {name} # SKIP inconclusive: {}", why());
        }
        Label::Xfail | Label::Fail | Label::Flaky | Label::Xpass | Label::Error => {
            let weight = words::weight(played).unwrap_or(label.name());
            writeln!(out, "not ok {number} - {name} # TODO {label}, {weight}")?;
        }
    }
    writeln!(out, "  ---")?;
    writeln!(out, "  result: {label}")?;
    for (name, value) in words::facts(played) {
        // A double-quoted scalar of YAML takes everything that a string of JSON does.
        let value = serde_json::to_string(&visible_lines(&value))?;
        writeln!(out, "  {name}: {value}")?;
    }
    writeln!(out, "  ...")
}

/// What JSON escapes stays as it is; the rest of what can't be seen is made visible.
fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

fn escaped(text: &str) -> String {
    visible(text).replace('\\', r"\\").replace('#', r"\#")
}
