//! The ways in which subflows and connections end, MP_FAIL among them.

use super::check::{Fact, Missing, Status};
use super::connection::{FallbackCause, Phase};
use super::step::Step;
use crate::notice::NoticeId;
use crate::wire::mptcp::{MpFail, MpFastclose};
use crate::wire::tcp::Flags;

impl Step<'_> {
    pub(super) fn on_fastclose(&mut self, index: u8, fastclose: &MpFastclose) {
        let status = match self.receiver().key {
            Some(key) => Status::of(key == fastclose.key),
            None => Status::Unverifiable(Missing::Keys),
        };
        self.check(Some(index), Fact::FastcloseKey, status);
        if status == Status::Bad {
            let text = format!("{:#018x} is not the receiver's key", fastclose.key);
            self.notice(index, NoticeId::FastcloseKey, text);
        } else if self.connection.fastclose.is_none() {
            self.connection.fastclose = Some((self.seen.at, self.from));
            let text = format!("by the {}", self.connection.role(self.from));
            self.notice(index, NoticeId::Fastclose, text);
        }
    }

    pub(super) fn on_fail(&mut self, index: u8, fail: &MpFail) {
        let place = self.place_of(self.from.other(), fail.dsn);
        self.notice(index, NoticeId::MpFail, format!("at {place}"));
        // RFC 8684 §3.7: with other subflows left only this one goes, by a reset.
        if self.connection.open_subflows() <= 1 && !self.seen.has(Flags::RST) {
            self.fall_back(FallbackCause::MpFail);
        }
    }

    /// What the segment ends, after everything else that it says.
    pub(super) fn end(&mut self) {
        let (segment, from) = (self.seen.segment, self.from);
        let subflow = self.subflow();
        subflow.halves[from].count(segment);
        let phase = subflow.phase;
        if phase.is_over() {
            return;
        }
        let both_fin = subflow.halves.a.fin && subflow.halves.b.fin;
        if self.seen.has(Flags::RST) {
            let subflow = self.subflow();
            let asked_other = subflow.initial == Some(false) && subflow.opened_by != Some(from);
            if asked_other && matches!(phase, Phase::Syn | Phase::SynAck) {
                self.remark(NoticeId::JoinRefused, "the join was reset");
                self.enter(Phase::Refused);
            } else {
                self.enter(Phase::Reset);
            }
        } else if both_fin {
            self.enter(Phase::Finished);
        }
    }
}
