//! Maximum Subflows and the experimental option that carries it.

use super::connection::AnnouncedMaximum;
use super::step::Step;
use crate::notice::NoticeId;
use crate::wire::mptcp::{ExperimentFlags, Experimental, MaxSubflows};

impl Step<'_> {
    pub(super) fn on_max_subflows(&mut self, index: u8, maximum: &MaxSubflows) {
        self.note_rejection(index, maximum.flags);
        // draft-bonaventure-mptcp-exp-option-00 §3: with U it is the receiver's own option that
        // comes back, and announces nothing.
        if maximum.flags.unknown() && !maximum.flags.synchronising() {
            return;
        }
        // draft-boucadair-mptcp-max-subflow §2: zero is never valid. It sets no limit.
        if maximum.value == 0 {
            self.notice(index, NoticeId::MaxSubflowsZero, "it sets no limit");
            return;
        }
        let at = self.seen.at;
        let announced = AnnouncedMaximum { value: maximum.value, layout: maximum.layout, at };
        match self.sender().max_subflows.replace(announced) {
            Some(known) if known.value != announced.value => {
                let text = format!("{} instead of {}", announced.value, known.value);
                self.notice(index, NoticeId::MaxSubflowsChanged, text);
                self.check_limit(Some(index));
            }
            Some(known) => self.sender().max_subflows = Some(known),
            None => self.check_limit(Some(index)),
        }
    }

    /// draft-boucadair-mptcp-max-subflow §3: not more subflows at once than the smaller of both
    /// maxima. `option` is the one that made the limit what it is now, if it was one.
    pub(super) fn check_limit(&mut self, option: Option<u8>) {
        let open = self.connection.open_subflows();
        let limit = self.connection.max_subflows_in_force();
        let Some(excess) = limit.and_then(|limit| open.checked_sub(limit)).filter(|&e| e > 0)
        else {
            return;
        };
        if self.connection.excess.is_none_or(|(worst, _)| excess > worst) {
            self.connection.excess = Some((excess, self.seen.at));
        }
        let text = format!("{open} subflows are established, {excess} more than both maintain");
        match option {
            Some(index) => self.notice(index, NoticeId::MaxSubflowsExceeded, text),
            None => self.remark(NoticeId::MaxSubflowsExceeded, text),
        }
    }

    pub(super) fn on_experimental(&mut self, index: u8, experimental: &Experimental) {
        self.note_rejection(index, experimental.flags);
    }

    fn note_rejection(&mut self, index: u8, flags: ExperimentFlags) {
        // With S as well it is the positive reply of draft-ietf-mptcp-rfc6824bis §3.7.
        if flags.unknown() && !flags.synchronising() {
            self.notice(index, NoticeId::ExperimentRejected, "U is set");
        }
    }
}
