//! The target's segments, decoded once.

use std::fmt::Write as _;
use std::time::Duration;

use mpdissect::render::notation;
use mpdissect::wire::mptcp::{AddAddrKind, Decoded, Dialect, KIND, MptcpOption, Subtype};
use mpdissect::wire::tcp::{Endpoint, Flags, Known, OptionFault, Segment};

use crate::script::{On, OptPattern, Pattern, Sf};

/// A segment of the target.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its number in the transcript.
    pub packet: u64,
    /// When it arrived.
    pub time: Duration,
    /// The subflow, if it belongs to one.
    pub sf: Option<Sf>,
    /// Who sent it.
    pub src: Endpoint,
    /// To whom.
    pub dst: Endpoint,
    /// The sequence number.
    pub seq: u32,
    /// The acknowledgment number.
    pub ack: u32,
    /// The control bits.
    pub flags: Flags,
    /// The window, not scaled.
    pub window: u16,
    /// The octets of payload.
    pub payload_len: u32,
    /// The options of kind 30, in order.
    pub options: Vec<Decoded>,
    /// The timestamp value and its echo.
    pub timestamps: Option<(u32, u32)>,
    /// The largest segment that it says it takes.
    pub mss: Option<u16>,
    /// The cookie for TCP Fast Open that it gives.
    pub cookie: Option<Vec<u8>>,
    /// The octets of its option area.
    pub area_len: u16,
    /// An option can't be told from what follows it.
    pub misframed: bool,
    /// Something other than zero follows the end of the option list.
    pub dirty_padding: bool,
    kinds: [u128; 2],
}

impl Seen {
    pub(super) fn read(
        segment: &Segment<'_>,
        packet: u64,
        time: Duration,
        dialect: Dialect,
    ) -> Self {
        let mut seen = Self {
            packet,
            time,
            sf: None,
            src: segment.src,
            dst: segment.dst,
            seq: segment.seq,
            ack: segment.ack,
            flags: segment.flags,
            window: segment.window,
            payload_len: segment.payload_len,
            options: Vec::new(),
            timestamps: None,
            mss: None,
            cookie: None,
            area_len: segment.options.len() as u16,
            misframed: false,
            dirty_padding: false,
            kinds: [0; 2],
        };
        for (index, option) in (0..).zip(segment.walk_options()) {
            match option.fault {
                Some(OptionFault::Padding { .. }) => seen.dirty_padding = true,
                Some(fault) if fault.ends_walk() => seen.misframed = true,
                _ => {}
            }
            if option.padding {
                continue;
            }
            seen.kinds[usize::from(option.kind >> 7)] |= 1 << (option.kind & 0x7f);
            if option.kind == KIND {
                seen.options.push(Decoded::new(index, &option, dialect));
                continue;
            }
            match option.known() {
                Ok(Known::Timestamps { val, ecr }) => seen.timestamps = Some((val, ecr)),
                Ok(Known::Mss(mss)) => seen.mss = Some(mss),
                Ok(Known::FastOpen(cookie)) if !cookie.is_empty() => {
                    seen.cookie = Some(cookie.to_vec());
                }
                _ => {}
            }
        }
        seen
    }

    /// Whether it has an option of this kind, well framed or not.
    pub fn has_kind(&self, kind: u8) -> bool {
        self.kinds[usize::from(kind >> 7)] & (1 << (kind & 0x7f)) != 0
    }

    /// It in the dissector's notation: subflow, flags, payload, and the options of MPTCP.
    pub fn notation(&self) -> String {
        let mut text = self.sf.map(|sf| format!("{sf} ")).unwrap_or_default();
        text += &self.flags.to_string();
        if self.payload_len > 0 {
            let _infallible = write!(text, " {} octets", self.payload_len);
        }
        let options: Vec<String> = self.options.iter().map(Self::notation_of).collect();
        if !options.is_empty() {
            let _infallible = write!(text, " <{}>", options.join(", "));
        }
        text
    }

    fn notation_of(option: &Decoded) -> String {
        let name = option.subtype.map_or("mptcp", Subtype::id);
        match &option.meaning {
            Some(Ok(option)) => notation::text(option),
            Some(Err(malformed)) => format!("{name} malformed: {malformed}"),
            None => format!("{name} misframed"),
        }
    }

    /// Its well-formed options of MPTCP.
    pub fn well_formed(&self) -> impl Iterator<Item = &MptcpOption> {
        self.options.iter().filter_map(Decoded::well_formed)
    }

    /// Whether it looks like that.
    pub fn matches(&self, pattern: &Pattern) -> bool {
        let on = match pattern.on {
            On::Any => true,
            On::Conn(conn) => self.sf.is_some_and(|sf| sf.conn == conn),
            On::Only(only) => self.sf == Some(only),
            On::Except(other) => {
                self.sf.is_some_and(|sf| sf.conn == other.conn && sf.index != other.index)
            }
        };
        on && self.flags.contains(pattern.set)
            && !self.flags.intersects(pattern.clear)
            && pattern.payload.is_none_or(|payload| payload == (self.payload_len > 0))
            && pattern
                .exceeds
                .is_none_or(|most| u32::from(self.area_len) + self.payload_len > u32::from(most))
            && pattern.with.iter().all(|option| self.has(option))
            && !pattern.without.iter().any(|option| self.has(option))
    }

    /// Whether it has such an option.
    pub fn has(&self, pattern: &OptPattern) -> bool {
        match pattern {
            OptPattern::Kind(kind) => self.has_kind(*kind),
            OptPattern::Subtype(subtype) => {
                self.options.iter().any(|option| option.subtype == Some(*subtype))
            }
            OptPattern::Malformed => self.options.iter().any(Decoded::is_malformed),
            OptPattern::Misframed => self.misframed,
            OptPattern::DirtyPadding => self.dirty_padding,
            OptPattern::AddAddr { echo, id } => self.well_formed().any(|option| match option {
                MptcpOption::AddAddr(own) => {
                    matches!(own.kind, AddAddrKind::Echo { .. }) == *echo
                        && id.is_none_or(|id| own.address_id == id)
                }
                _ => false,
            }),
            OptPattern::Experiment { exid, mask, flags, data } => {
                self.well_formed().any(|option| match option {
                    MptcpOption::Experimental(own) => {
                        own.exid == *exid
                            && own.flags.0 & mask == flags & mask
                            && data.is_none_or(|data| own.data.as_slice() == data)
                    }
                    _ => false,
                })
            }
            OptPattern::Is(expected) => self.well_formed().any(|option| option == expected),
            OptPattern::Where { check, .. } => self.well_formed().any(check),
        }
    }
}
