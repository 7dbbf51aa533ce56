//! What happens when nothing comes for a while: retransmission, window probes, the end.

use std::time::Duration;

use super::{State, Tcp, Timeout};

const LONGEST_RTO: Duration = Duration::from_secs(1);
/// After so many timeouts in a row the other end is taken for dead.
const TIMEOUTS_MAX: u32 = 15;

impl Tcp {
    /// Asks for the window once in a while, as long as it is closed and something waits.
    pub(in crate::reference) fn probe(&mut self, now: Duration, wanted: bool) {
        let closed = self.window == 0 && self.queue.is_empty() && self.is_open();
        if !(wanted && closed) {
            self.probe_at = None;
        } else if self.probe_at.is_none() {
            self.probe_at = Some(now + self.probe_interval);
        }
    }

    /// When a timer runs out.
    pub(in crate::reference) fn next_wake(&self) -> Option<Duration> {
        [self.resend_at, self.probe_at, self.over_at].into_iter().flatten().min()
    }

    /// What is due.
    pub(in crate::reference) fn timeout(&mut self, now: Duration) -> Option<Timeout> {
        let due = |at: Option<Duration>| at.is_some_and(|at| at <= now);
        if due(self.over_at) {
            self.state = State::Closed;
            self.over_at = None;
            return Some(Timeout::Over);
        }
        if due(self.resend_at) {
            if self.queue.is_empty() {
                self.resend_at = None;
                return None;
            }
            self.timeouts += 1;
            if self.timeouts > TIMEOUTS_MAX {
                self.state = State::Closed;
                self.resend_at = None;
                return Some(Timeout::Over);
            }
            if self.timeouts == 1 {
                self.shrink();
            }
            self.congestion_window = u32::from(self.mss);
            self.recover = Some(self.nxt);
            self.duplicates = 0;
            self.rto = (self.rto * 2).min(LONGEST_RTO);
            self.resend_at = Some(now + self.rto);
            return Some(Timeout::Resend);
        }
        if due(self.probe_at) {
            self.probe_interval = (self.probe_interval * 2).min(LONGEST_RTO);
            self.probe_at = Some(now + self.probe_interval);
            return Some(Timeout::Probe);
        }
        None
    }
}
