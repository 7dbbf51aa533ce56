//! One dissected frame: the only thing that rendering sees.

mod lengths;
mod lint;
mod recent;

use crate::flow::{Findings, Moment, Seen, Tracker, View};
use crate::source::Frame;
use crate::wire::frame::{self, Located, Packet, Stop, TunnelPorts};
pub use crate::wire::mptcp::Decoded;
use crate::wire::mptcp::{Dialect, MptcpOption, Subtype, Subtypes};
use crate::wire::tcp::{Segment, TcpOption};
use recent::{Area, Recent};

/// What the dissection depends on beside the octets.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The numbers of the two drafts' options.
    pub dialect: Dialect,
    /// The UDP ports behind which tunnels are looked for.
    pub tunnels: TunnelPorts,
    /// Whether connections are followed. Without that every segment stands for itself, and
    /// nothing is verified.
    pub track: bool,
    /// Whether it is noticed what is odd about a segment by itself.
    pub notices: bool,
    /// How many subflows are kept, see [`Tracker::new`].
    pub state_limit: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            tunnels: TunnelPorts::DEFAULT,
            track: true,
            notices: true,
            state_limit: Tracker::SUBFLOWS,
        }
    }
}

/// A frame with a segment that has something of MPTCP.
#[derive(Debug)]
pub struct Event<'a> {
    /// The frame's number in this run, from 1.
    pub number: u64,
    /// The frame.
    pub frame: &'a Frame<'a>,
    /// Its TCP segment.
    pub segment: &'a Segment<'a>,
    /// Its options of kind 30, in order.
    pub options: &'a [Decoded],
    /// What those say they are.
    pub subtypes: Subtypes,
    /// A number that only segments share whose options are the same, octet by octet but for
    /// timestamps. Not all of those share it.
    pub options_id: u64,
    /// What its connection says, if connections are followed.
    pub view: Option<&'a View>,
    /// What was noticed and verified.
    pub findings: &'a Findings,
    /// The numbers that the options were decoded with.
    pub dialect: Dialect,
    tunnels: &'a TunnelPorts,
}

impl<'a> Event<'a> {
    /// Every option of the segment, those of other kinds included.
    pub fn tcp_options(&self) -> impl Iterator<Item = TcpOption<'a>> {
        self.segment.walk_options()
    }

    /// Every option of the segment, those of kind 30 with what they mean.
    pub fn each_option(&self) -> impl Iterator<Item = (TcpOption<'a>, Option<&'a Decoded>)> {
        let mut decoded = self.options.iter().peekable();
        (0_u8..)
            .zip(self.tcp_options())
            .map(move |(index, option)| (option, decoded.next_if(|decoded| decoded.index == index)))
    }

    /// All layers of the frame, outermost first.
    pub fn packet(&self) -> Packet<'a> {
        frame::decode_with(self.tunnels, self.frame.link, self.frame.octets, self.frame.wire_len)
    }

    /// The well-formed options.
    pub fn well_formed(&self) -> impl Iterator<Item = &MptcpOption> {
        self.options.iter().filter_map(Decoded::well_formed)
    }

    /// When and where.
    pub fn moment(&self) -> Moment {
        Moment { number: self.number, time: self.frame.time }
    }
}

/// A frame with the options of the latest one in the same place, octet by octet but for timestamps.
#[derive(Clone, Copy, Debug)]
pub struct Repeat<'a> {
    /// The frame's number in this run, from 1.
    pub number: u64,
    /// The frame.
    pub frame: &'a Frame<'a>,
    /// What [`Event::options_id`] was for them.
    pub options_id: u64,
    /// What [`Segment::place`] gives.
    pub(crate) place: usize,
}

/// Turns frames into events, one after the other.
#[derive(Debug)]
pub struct Dissector {
    config: Config,
    tracker: Tracker,
    counts: Counts,
    recent: Recent,
    findings: Findings,
    only: Subtypes,
    first_broken: Option<(u64, Stop)>,
}

/// What went through a dissector.
///
/// Subtypes, malformed options and notices are those of segments that were dissected: where
/// [`Dissector::only`] leaves out segments, theirs aren't counted, but the segments are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames.
    pub frames: u64,
    /// Frames with a TCP segment that could be found.
    pub segments: u64,
    /// Frames with no segment to be found because they are fragments: later ones, and first ones
    /// that end inside a header.
    pub fragments: u64,
    /// Frames that the capture cut before the end of their TCP header's fixed part.
    pub cut: u64,
    /// Frames with a header that breaks a rule, or with too many, so that what they carry can't
    /// be found.
    pub broken: u64,
    /// Frames of a link type that can't be decoded.
    pub foreign_links: u64,
    /// Segments with an option of kind 30.
    pub mptcp: u64,
    /// Options of kind 30, by [`Subtype`].
    pub subtypes: [u64; Subtype::ALL.len()],
    /// Options of kind 30 that are malformed. Those that only the snap length cut are not.
    pub malformed: u64,
    /// Notices.
    pub notices: u64,
}

impl Counts {
    #[inline]
    fn options(&mut self, area: &Area) {
        self.malformed += area.malformed;
        for subtype in area.options.iter().filter_map(|decoded| decoded.subtype) {
            self.subtypes[subtype as usize] += 1;
        }
    }

    /// Counts a frame without a segment, unless it carries something else, and tells whether it
    /// is broken.
    fn miss(&mut self, stop: Stop) -> bool {
        let kind = match stop {
            Stop::Tcp | Stop::NotIp { .. } | Stop::NotTcp(_) => return false,
            Stop::Fragment { .. } | Stop::FragmentEnds { .. } => &mut self.fragments,
            Stop::Cut { .. } => &mut self.cut,
            Stop::Malformed { .. } | Stop::TooDeep => &mut self.broken,
            Stop::UnknownLink(_) => &mut self.foreign_links,
        };
        *kind = kind.saturating_add(1);
        matches!(stop, Stop::Malformed { .. } | Stop::TooDeep)
    }
}

impl Dissector {
    /// A dissector that has seen nothing.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            tracker: Tracker::new(config.state_limit),
            counts: Counts::default(),
            recent: Recent::new(),
            findings: Findings::default(),
            only: Subtypes::default(),
            first_broken: None,
        }
    }

    /// Leaves out segments that have no option of these subtypes; leaves out none when there are
    /// no subtypes, or connections are followed, where every segment counts. What of a segment
    /// that is left out is counted all the same, [`Counts`] says.
    pub fn only(&mut self, subtypes: Subtypes) {
        self.only = if self.config.track { Subtypes::default() } else { subtypes };
    }

    /// What went through so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The number of the first frame counted as [`Counts::broken`], and what is wrong with it.
    pub fn first_broken(&self) -> Option<(u64, String)> {
        self.first_broken.map(|(number, stop)| (number, stop.to_string()))
    }

    /// The UDP ports behind which tunnels are looked for.
    pub fn tunnels(&self) -> &TunnelPorts {
        &self.config.tunnels
    }

    /// The connections so far.
    pub fn tracker(&mut self) -> &mut Tracker {
        &mut self.tracker
    }

    /// Counts a frame and tells whether it has an option of kind 30: the least that can be asked.
    #[inline]
    pub fn count(&mut self, frame: &Frame<'_>) -> bool {
        let Some(located) = self.locate(frame) else { return false };
        let found = located.has_mptcp();
        self.counts.mptcp += u64::from(found);
        found
    }

    /// Dissects the next frame. `None` where its segment has nothing of MPTCP, and belongs to no
    /// MPTCP connection either.
    ///
    /// `room` is for the segment, which the event borrows: what it held is forgotten.
    #[inline]
    pub fn dissect<'s, 'f: 's>(
        &'s mut self,
        frame: &'s Frame<'f>,
        room: &'s mut Option<Segment<'f>>,
    ) -> Option<Event<'s>> {
        self.dissect_unless(frame, room, |_| false)
    }

    /// Dissects the next frame as [`dissect`](Self::dissect) does, unless all that is wanted of it
    /// are options that came before and `show` can show it from them: `None` then, too. Where
    /// connections are followed or notices wanted, `show` is never asked.
    #[expect(clippy::inline_always, reason = "an event is large, and is not to be copied")]
    #[inline(always)]
    pub fn dissect_unless<'s, 'f: 's>(
        &'s mut self,
        frame: &'s Frame<'f>,
        room: &'s mut Option<Segment<'f>>,
        show: impl FnOnce(&Repeat<'_>) -> bool,
    ) -> Option<Event<'s>> {
        let located = self.locate(frame)?;
        if self.repeats(&located, frame, show) {
            return None;
        }
        if self.only.is_empty() {
            let may_belong = self.config.track && !self.tracker.is_empty();
            if !may_belong && !located.has_mptcp() {
                return None;
            }
        } else if !self.only.are_any_in(located.option_area(), self.config.dialect) {
            self.counts.mptcp += u64::from(located.has_mptcp());
            return None;
        }
        let segment: &Segment<'_> = room.insert(located.segment());
        self.findings.clear();
        let area = self.recent.area(segment, self.config.dialect);
        self.counts.options(area);
        let number = self.counts.frames;
        let mut view = None;
        if self.config.track {
            let at = Moment { number, time: frame.time };
            let seen = Seen::new(at, segment, &area.options, area.fitting, area.unclear);
            view = self.tracker.observe(&seen, &mut self.findings);
        }
        if area.options.is_empty() && view.is_none() {
            return None;
        }
        self.counts.mptcp += u64::from(!area.options.is_empty());
        if self.config.notices {
            let notices = &mut self.findings.notices;
            if located.is_faulty() {
                lengths::lint(frame, &self.config.tunnels, notices);
            }
            if !area.clean || segment.fault.is_some() {
                let before = notices.len();
                lint::lint(segment, &area.options, area.faulty, self.config.dialect, notices);
                area.clean = notices.len() == before;
            }
            self.counts.notices += self.findings.notices.len() as u64;
        }
        Some(Event {
            number,
            frame,
            segment,
            options: &area.options,
            subtypes: area.subtypes,
            options_id: area.id,
            view,
            findings: &self.findings,
            dialect: self.config.dialect,
            tunnels: &self.config.tunnels,
        })
    }

    /// Whether a located frame repeats options and could be shown; it is counted then.
    #[inline]
    fn repeats(
        &mut self,
        located: &Located<'_>,
        frame: &Frame<'_>,
        show: impl FnOnce(&Repeat<'_>) -> bool,
    ) -> bool {
        if self.config.track || self.config.notices {
            return false;
        }
        let Some(area) = self.recent.known(located) else { return false };
        let wanted = self.only.is_empty() || self.only.intersects(area.subtypes);
        let (number, place) = (self.counts.frames, located.place());
        let repeat = Repeat { number, frame, options_id: area.id, place };
        if area.options.is_empty() || !wanted || !show(&repeat) {
            return false;
        }
        self.counts.mptcp += 1;
        self.counts.options(area);
        true
    }

    /// Counts a frame and finds its segment.
    #[expect(clippy::inline_always, reason = "what is located is large, and is not to be copied")]
    #[inline(always)]
    fn locate<'f>(&mut self, frame: &Frame<'f>) -> Option<Located<'f>> {
        self.counts.frames += 1;
        match frame::locate_with(&self.config.tunnels, frame.link, frame.octets, frame.wire_len) {
            Ok(located) => {
                self.counts.segments += 1;
                Some(located)
            }
            Err(stop) => {
                self.miss(stop);
                None
            }
        }
    }

    /// Counts a frame without a segment, out of the way of those that have one.
    #[cold]
    fn miss(&mut self, stop: Stop) {
        if self.counts.miss(stop) {
            self.first_broken.get_or_insert((self.counts.frames, stop));
        }
    }
}
