//! An open file, pipe or standard input, read in a way that Ctrl-C can end.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::fs::OFlags;

use super::error::Fault;
use super::interrupt::{Interrupt, Wake};

/// How long to wait before looking again whether a file has grown.
const FOLLOW_PAUSE: Duration = Duration::from_millis(200);

/// An open input that counts what was read of it.
pub(super) struct Descriptor {
    file: File,
    /// A pipe, a socket or a device: it may have nothing to read for now.
    waits: bool,
    follow: bool,
    interrupt: Interrupt,
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

impl Descriptor {
    /// Opens a path, or standard input for `-`.
    pub(super) fn open(path: &Path, follow: bool, interrupt: Interrupt) -> Result<Self, Fault> {
        let file = if path.as_os_str() == "-" {
            let stdin = io::stdin();
            if stdin.is_terminal() {
                return Err(Fault::Terminal);
            }
            File::from(stdin.as_fd().try_clone_to_owned().map_err(Fault::Open)?)
        } else {
            // Without that flag the opening of a named pipe waits for a writer, where no signal
            // ends it; on a regular file it means nothing.
            let nonblock = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
            File::options().read(true).custom_flags(nonblock).open(path).map_err(Fault::Open)?
        };
        let metadata = file.metadata().map_err(Fault::Open)?;
        let kind = metadata.file_type();
        if kind.is_dir() {
            return Err(Fault::Directory);
        }
        if kind.is_block_device() {
            return Err(Fault::BlockDevice);
        }
        let total = kind.is_file().then_some(metadata.len());
        if kind.is_file() {
            // Advice only: a file system that knows no such thing reads just as well.
            let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Sequential);
        }
        let waits = !kind.is_file();
        // The end of a pipe is its end: only a file can grow.
        let follow = follow && kind.is_file();
        Ok(Self { file, waits, follow, interrupt, read: Arc::default(), total })
    }

    /// The count of octets read so far, which lives on when the descriptor is wrapped.
    pub(super) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// The size of a regular file that isn't followed.
    pub(super) fn total(&self) -> Option<u64> {
        self.total.filter(|_| !self.follow)
    }
}

/// What a read returns once the user asked to stop. It isn't `ErrorKind::Interrupted`, which
/// readers of the standard library take as "try again".
fn stopped() -> io::Error {
    io::Error::other("stopped by the user")
}

impl Read for Descriptor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.interrupt.is_set() {
                return Err(stopped());
            }
            if self.waits {
                let wake = self.interrupt.wait(Some(self.file.as_fd()), None)?;
                if wake == Wake::Interrupt {
                    return Err(stopped());
                }
            }
            match self.file.read(buffer) {
                Ok(0) if self.follow && !buffer.is_empty() => {
                    if self.interrupt.wait(None, Some(FOLLOW_PAUSE))? == Wake::Interrupt {
                        return Err(stopped());
                    }
                }
                Ok(count) => {
                    self.read.fetch_add(count as u64, Ordering::Relaxed);
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.waits && error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}
