//! Real time: the only place of this program that asks for it. Cases are played on the clock of
//! their testbed.

use std::time::{Duration, Instant};

/// The real time since it was started, for progress and reports.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts one.
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since then.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Lets so much real time go by.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
