//! How far a run has come, on stderr when that is a terminal.

use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use mpconform::clock::Stopwatch;
use mpconform::suite::Observer;
use mpconform::suite::result::Played;
use mpdissect::source::Interrupt;

/// Time between two updates.
const PAUSE: Duration = Duration::from_millis(100);

/// The display, and the user's way to end a run.
pub(super) struct Progress {
    wanted: bool,
    interrupt: Interrupt,
    of: usize,
    done: usize,
    failing: usize,
    last: Stopwatch,
    drawn: usize,
    /// Whether the user was told that the run ends.
    told: Cell<bool>,
}

impl Progress {
    pub(super) fn new(of: usize, interrupt: Interrupt) -> Self {
        let wanted = std::io::stderr().is_terminal();
        let (last, told) = (Stopwatch::start(), Cell::new(false));
        Self { wanted, interrupt, of, done: 0, failing: 0, last, drawn: 0, told }
    }

    fn draw(&mut self, played: &Played) {
        self.last = Stopwatch::start();
        let line =
            format!("{}/{}, {} failing, {}", self.done, self.of, self.failing, played.play.case.id);
        let drawn = line.chars().count();
        // Where stderr is closed there is nobody to tell.
        drop(write!(std::io::stderr(), "\r{line:0$}", self.drawn));
        self.drawn = drawn;
    }

    /// Takes the display away.
    pub(super) fn clear(&mut self) {
        let width = std::mem::take(&mut self.drawn);
        if width > 0 {
            drop(write!(std::io::stderr(), "\r{:width$}\r", ""));
        }
    }
}

impl Observer for Progress {
    fn played(&mut self, played: &Played) {
        self.done += 1;
        self.failing += usize::from(played.standing.fails_run());
        if self.wanted && self.last.elapsed() >= PAUSE {
            self.draw(played);
        }
    }

    fn stop(&self) -> bool {
        let stop = self.interrupt.is_set();
        if stop && !self.told.replace(true) {
            let behind = if self.drawn > 0 { "\n" } else { "" };
            drop(writeln!(
                std::io::stderr(),
                "{behind}mpconform: the run ends once the plays under way have ended; Ctrl-C once \
                 more ends it now"
            ));
        }
        stop
    }
}
