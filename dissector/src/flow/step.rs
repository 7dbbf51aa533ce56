//! One segment's step in the life of its connection.

use super::check::{Check, Fact, Status};
use super::connection::{Connection, Half, Moment, Peer, Phase, Side, Subflow};
use crate::notice::{Notice, NoticeId};
use crate::wire::mptcp::{Decoded, MptcpOption, Subtype, Subtypes};
use crate::wire::tcp::{Flags, Segment};

/// A segment as the tracker is shown it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The frame.
    pub at: Moment,
    /// The segment.
    pub segment: &'a Segment<'a>,
    /// Its options of kind 30.
    pub options: &'a [Decoded],
    /// Whether it may have had more of them: cut or malformed.
    pub unclear: bool,
    fitting: Fitting,
}

/// Which of a segment's options are well-formed and belong on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fitting {
    /// A bit for each option, the first lowest.
    places: u64,
    /// What they are.
    carried: Subtypes,
}

impl Fitting {
    /// Those of these options that belong on a segment with these control bits.
    pub fn of(options: &[Decoded], flags: Flags) -> Self {
        let mut fitting = Self::default();
        // An area of forty octets has room for fewer options than there are bits.
        for (nth, decoded) in (0..u64::BITS).zip(options) {
            if let Some(option) = decoded.well_formed()
                && option.misfit(flags).is_none()
            {
                fitting.places |= 1 << nth;
                fitting.carried.insert(option.subtype());
            }
        }
        fitting
    }
}

impl<'a> Seen<'a> {
    /// A segment with what its option area holds, of which those options count that are fitting.
    #[inline]
    pub fn new(
        at: Moment,
        segment: &'a Segment<'a>,
        options: &'a [Decoded],
        fitting: Fitting,
        unclear: bool,
    ) -> Self {
        Self { at, segment, options, unclear, fitting }
    }

    /// The well-formed options that belong on the segment, and where they stand among its options.
    /// What doesn't belong there is noticed as such, and changes nothing.
    #[inline]
    pub(super) fn well_formed(&self) -> impl Iterator<Item = (u8, &'a MptcpOption)> + use<'a> {
        let (mut fitting, options) = (self.fitting.places, self.options);
        std::iter::from_fn(move || {
            let decoded = options.get(fitting.trailing_zeros() as usize)?;
            fitting &= fitting - 1;
            Some((decoded.index, decoded.well_formed()?))
        })
    }

    /// Whether one of [`Self::well_formed`] is of this subtype.
    #[inline]
    pub(super) fn carries(&self, subtype: Subtype) -> bool {
        self.fitting.carried.contains(subtype)
    }

    /// Whether there are no [`Self::well_formed`].
    #[inline]
    pub(super) fn carries_nothing(&self) -> bool {
        self.fitting.carried.is_empty()
    }

    pub(super) fn has(&self, flag: Flags) -> bool {
        self.segment.flags.contains(flag)
    }

    pub(super) fn is_syn(&self) -> bool {
        self.has(Flags::SYN) && !self.has(Flags::ACK)
    }

    pub(super) fn is_syn_ack(&self) -> bool {
        self.has(Flags::SYN) && self.has(Flags::ACK)
    }
}

/// What came out of looking at a segment.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// What was noticed.
    pub notices: Vec<Notice>,
    /// What was verified.
    pub checks: Vec<Check>,
    /// Tokens that became known.
    pub(super) tokens: Vec<NewToken>,
}

/// A token that became known, and the one that it takes the place of.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewToken {
    pub(super) token: u32,
    pub(super) instead_of: Option<u32>,
}

impl Findings {
    /// Forgets everything and keeps the room.
    #[inline]
    pub fn clear(&mut self) {
        self.notices.clear();
        self.checks.clear();
        self.tokens.clear();
    }
}

/// The step: the connection with one of its subflows, and the segment that changes them.
pub(super) struct Step<'s> {
    pub(super) seen: &'s Seen<'s>,
    pub(super) connection: &'s mut Connection,
    pub(super) index: usize,
    pub(super) from: Side,
    /// Whether the segment's proof is wrong, so that its handshake doesn't go on.
    pub(super) forged: bool,
    pub(super) out: &'s mut Findings,
}

impl Step<'_> {
    #[inline]
    pub(super) fn subflow(&mut self) -> &mut Subflow {
        &mut self.connection.subflows[self.index]
    }

    /// The sender's half of the subflow.
    pub(super) fn half(&mut self) -> &mut Half {
        let from = self.from;
        &mut self.subflow().halves[from]
    }

    /// The sender's half of the subflow, and the receiver's.
    #[inline]
    pub(super) fn both_halves(&mut self) -> (&mut Half, &mut Half) {
        let from = self.from;
        self.subflow().halves.split(from)
    }

    /// The receiver's half of the subflow.
    pub(super) fn other_half(&mut self) -> &mut Half {
        let to = self.from.other();
        &mut self.subflow().halves[to]
    }

    pub(super) fn sender(&mut self) -> &mut Peer {
        &mut self.connection.peers[self.from]
    }

    pub(super) fn receiver(&mut self) -> &mut Peer {
        &mut self.connection.peers[self.from.other()]
    }

    pub(super) fn notice(&mut self, option: u8, id: NoticeId, text: impl Into<String>) {
        self.out.notices.push(Notice::new(id, text).on(option));
    }

    pub(super) fn remark(&mut self, id: NoticeId, text: impl Into<String>) {
        self.out.notices.push(Notice::new(id, text));
    }

    pub(super) fn check(&mut self, option: Option<u8>, fact: Fact, status: Status) {
        self.connection.tally.count(status);
        self.out.checks.push(Check { fact, status, option });
    }

    /// A data sequence number of a side as a reader finds it: relative to the initial one where
    /// that is known.
    pub(super) fn place_of(&self, side: Side, dsn: u64) -> String {
        match self.connection.peers[side].idsn {
            Some(idsn) => format!("relative DSN {}", dsn.wrapping_sub(idsn)),
            None => format!("DSN {dsn}"),
        }
    }

    /// Moves the subflow to another phase, and keeps account of how many are established.
    pub(super) fn enter(&mut self, phase: Phase) {
        let at = self.seen.at;
        let subflow = self.subflow();
        subflow.phase = phase;
        if phase.is_over() {
            subflow.ended = Some(at);
        }
        if phase != Phase::Established {
            return;
        }
        subflow.established = Some(at);
        let open = self.connection.open_subflows();
        if self.connection.most_at_once.is_none_or(|(most, _)| open > most) {
            self.connection.most_at_once = Some((open, at));
        }
        self.check_limit(None);
    }

    /// Everything that the segment says, in the order of its octets.
    pub(super) fn run(&mut self) {
        let (at, segment) = (self.seen.at, self.seen.segment);
        self.connection.last = at;
        self.subflow().last = at;
        self.begin();
        for (index, option) in self.seen.well_formed() {
            self.check_version(index, option);
            match option {
                MptcpOption::MpCapable(capable) => self.on_capable(index, capable),
                MptcpOption::MpJoin(join) => self.on_join(index, join),
                MptcpOption::Dss(dss) => self.on_dss(index, dss),
                MptcpOption::AddAddr(announced) => self.on_add_addr(index, announced),
                MptcpOption::RemoveAddr(removed) => self.on_remove_addr(index, removed),
                MptcpOption::MpPrio(prio) => self.on_prio(index, prio),
                MptcpOption::MpFail(fail) => self.on_fail(index, fail),
                MptcpOption::MpFastclose(fastclose) => self.on_fastclose(index, fastclose),
                MptcpOption::MpTcprst(reset) => {
                    let from = self.from;
                    // The answer to a reset tells nothing more.
                    let why = (from, reset.reason, reset.transient);
                    self.subflow().reset.get_or_insert(why);
                }
                MptcpOption::Navigation(navigation) => self.on_navigation(index, navigation),
                MptcpOption::MaxSubflows(maximum) => self.on_max_subflows(index, maximum),
                MptcpOption::Experimental(experimental) => {
                    self.on_experimental(index, experimental);
                }
                MptcpOption::Unknown(_) => {}
            }
        }
        self.progress();
        self.on_acknowledgment();
        if segment.payload_len > 0 {
            self.on_payload();
        }
        self.end();
    }
}
