mod machine;
mod people;
mod sample;

use super::{Format, write};
use crate::suite::result::{Gate, Run, Stopped};

/// A report as text.
fn report(format: Format, run: &Run) -> String {
    let mut out = Vec::new();
    write(format, run, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("reports are UTF-8")
}

/// Runs of every kind: with everything in it, perfect, stopped in three ways.
fn runs() -> Vec<Run> {
    let mut first = sample::run();
    first.stopped = Some(Stopped::FirstFailure);
    first.plays.truncate(3);
    let mut interrupted = sample::run();
    interrupted.stopped = Some(Stopped::Interrupted);
    interrupted.plays.truncate(1);
    vec![sample::run(), sample::good(), sample::empty(), first, interrupted]
}

#[test]
fn the_samples_are_of_every_kind() {
    let gates: Vec<Gate> = runs().iter().map(Run::gate).collect();
    let all = [Gate::Failed, Gate::Passed, Gate::Undecided, Gate::Failed, Gate::Interrupted];
    assert_eq!(gates, all);
}

#[test]
fn every_format_is_as_it_was() {
    for format in Format::ALL {
        insta::assert_snapshot!(format.name(), report(format, &sample::run()));
    }
}

#[test]
fn nothing_that_moves_a_cursor_or_turns_text_gets_through() {
    for format in Format::ALL {
        for run in runs() {
            let text = report(format, &run);
            let bad = |c: char| c.is_control() && c != '\n' || c == '\u{202e}' || c == '\u{ffff}';
            let at = text.find(bad);
            let around = at.map(|at| text[at..].chars().take(40).collect::<String>());
            assert_eq!(around, None, "{}", format.name());
        }
    }
}

#[test]
fn an_error_of_the_output_is_handed_on() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in Format::ALL {
        let error = write(format, &sample::run(), &mut Full).expect_err("nothing fits");
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull, "{}", format.name());
    }
}
