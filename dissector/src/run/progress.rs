//! How far a long file has come, on stderr when that is a terminal and the output isn't.

#![expect(clippy::disallowed_methods, reason = "a display for people goes by their time")]

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use mpdissect::source::Source;

/// Frames between two looks at the clock.
const STRIDE: u32 = 65_536;
/// Time between two updates.
const PAUSE: Duration = Duration::from_millis(200);

/// The display.
pub(super) struct Progress {
    wanted: bool,
    frames: u32,
    last: Instant,
    drawn: bool,
}

impl Progress {
    pub(super) fn new() -> Self {
        let wanted = std::io::stderr().is_terminal() && !std::io::stdout().is_terminal();
        Self { wanted, frames: 0, last: Instant::now(), drawn: false }
    }

    /// Counts a frame, and draws now and then.
    #[inline]
    pub(super) fn tick(&mut self, source: &impl Source) {
        self.frames += 1;
        if self.frames >= STRIDE {
            self.frames = 0;
            if self.wanted && self.last.elapsed() >= PAUSE {
                self.draw(source);
            }
        }
    }

    #[cold]
    fn draw(&mut self, source: &impl Source) {
        self.last = Instant::now();
        let Some(progress) = source.progress() else { return };
        let percent = progress.read.saturating_mul(100) / progress.total.max(1);
        self.drawn = true;
        // Where stderr is closed there is nobody to tell.
        drop(write!(std::io::stderr(), "\r{percent:3} %"));
    }

    /// Takes the display away.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            drop(write!(std::io::stderr(), "\r     \r"));
        }
    }
}
