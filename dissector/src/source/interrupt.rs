//! The user's wish to stop, which ends a read that waits for a pipe that stays silent.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGINT, SIGTERM};

/// A shared flag that says "stop", and wakes whoever waits for octets.
///
/// The default one is never set and costs nothing. Clones share the flag.
#[derive(Clone, Default)]
pub struct Interrupt(Option<Arc<Shared>>);

struct Shared {
    set: Arc<AtomicBool>,
    /// Has something to read from the moment the flag is set. Nobody reads it, so that every
    /// later wait ends at once as well.
    wake: UnixStream,
    trigger: UnixStream,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// There are octets, or the other side is gone.
    Octets,
    /// The time is over.
    Timeout,
    /// The user asked to stop.
    Interrupt,
}

impl Interrupt {
    /// One that only [`trigger`](Self::trigger) sets.
    ///
    /// # Errors
    ///
    /// When the process has no descriptor left.
    pub fn manual() -> io::Result<Self> {
        let (wake, trigger) = UnixStream::pair()?;
        trigger.set_nonblocking(true)?;
        Ok(Self(Some(Arc::new(Shared { set: Arc::default(), wake, trigger }))))
    }

    /// One that SIGINT (Ctrl-C) and SIGTERM set. A second such signal ends the process at once,
    /// with exit code 130, in case that nobody looks at the flag.
    ///
    /// # Errors
    ///
    /// When the process has no descriptor left or the handlers can't be installed.
    pub fn on_signals() -> io::Result<Self> {
        let interrupt = Self::manual()?;
        if let Some(shared) = &interrupt.0 {
            for signal in [SIGINT, SIGTERM] {
                // The order matters: the first signal finds the flag unset and sets it.
                signal_hook::flag::register_conditional_shutdown(
                    signal,
                    130,
                    Arc::clone(&shared.set),
                )?;
                signal_hook::flag::register(signal, Arc::clone(&shared.set))?;
                signal_hook::low_level::pipe::register(signal, shared.trigger.try_clone()?)?;
            }
        }
        Ok(interrupt)
    }

    /// Sets the flag. One made by `default` has none to set.
    pub fn trigger(&self) {
        if let Some(shared) = &self.0 {
            shared.set.store(true, Ordering::SeqCst);
            // A full socket already wakes everyone.
            let _ = io::Write::write(&mut &shared.trigger, b"X");
        }
    }

    /// Whether the user asked to stop.
    pub fn is_set(&self) -> bool {
        self.0.as_ref().is_some_and(|shared| shared.set.load(Ordering::Relaxed))
    }

    /// Waits until the descriptor can be read, the time is over or the flag is set, whichever
    /// comes first; without a descriptor for one of the other two.
    pub(super) fn wait(
        &self,
        descriptor: Option<BorrowedFd<'_>>,
        timeout: Option<Duration>,
    ) -> io::Result<Wake> {
        let limit = timeout.map(|timeout| Timespec {
            tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        });
        let mut fds = Vec::with_capacity(2);
        if let Some(shared) = &self.0 {
            fds.push(PollFd::from_borrowed_fd(shared.wake.as_fd(), PollFlags::IN));
        }
        if let Some(descriptor) = descriptor {
            fds.push(PollFd::from_borrowed_fd(descriptor, PollFlags::IN));
        }
        loop {
            if self.is_set() {
                return Ok(Wake::Interrupt);
            }
            match poll(&mut fds, limit.as_ref()) {
                Ok(0) => return Ok(Wake::Timeout),
                Ok(_) if self.is_set() => return Ok(Wake::Interrupt),
                Ok(_) => return Ok(Wake::Octets),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Interrupt").field(&self.is_set()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_ends_a_wait_and_stays() {
        let interrupt = Interrupt::manual().unwrap();
        let (silent, _peer) = UnixStream::pair().unwrap();
        let short = Some(Duration::from_millis(1));
        assert_eq!(interrupt.wait(Some(silent.as_fd()), short).unwrap(), Wake::Timeout);
        let other = interrupt.clone();
        let thread = std::thread::spawn(move || other.trigger());
        assert_eq!(interrupt.wait(Some(silent.as_fd()), None).unwrap(), Wake::Interrupt);
        thread.join().unwrap();
        assert_eq!(interrupt.wait(Some(silent.as_fd()), None).unwrap(), Wake::Interrupt);
        assert!(interrupt.is_set());
    }

    #[test]
    fn the_default_is_never_set() {
        let interrupt = Interrupt::default();
        interrupt.trigger();
        assert!(!interrupt.is_set());
    }
}
