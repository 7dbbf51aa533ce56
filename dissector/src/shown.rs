//! Standard output: gathered, written in large pieces, and silent when nobody reads any more.

use std::io::{self, ErrorKind, StdoutLock, Write};

/// Octets that are gathered before they are written.
const PIECE: usize = 64 * 1024;

/// Why there is no more output.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Nobody reads it any more, which is how `head` works.
    Closed,
    /// It can't be written.
    Failed(io::Error),
}

/// The output of a run.
pub(crate) struct Shown {
    /// What waits to be written; formats append to it.
    pub(crate) text: Vec<u8>,
    out: StdoutLock<'static>,
}

impl Shown {
    pub(crate) fn new() -> Self {
        Self { text: Vec::with_capacity(2 * PIECE), out: io::stdout().lock() }
    }

    /// Writes if there is enough for it.
    #[inline]
    pub(crate) fn settle(&mut self) -> Result<(), Stop> {
        if self.text.len() >= PIECE { self.flush() } else { Ok(()) }
    }

    /// Writes everything.
    pub(crate) fn flush(&mut self) -> Result<(), Stop> {
        if self.text.is_empty() {
            return Ok(());
        }
        let written = self.out.write_all(&self.text).and_then(|()| self.out.flush());
        self.text.clear();
        written.map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => Stop::Closed,
            _ => Stop::Failed(error),
        })
    }
}
