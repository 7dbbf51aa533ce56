//! The one walk over an option area, and the question that is asked of every segment.

use std::fmt;

use super::kinds::{self, Lengths};
use crate::wire::field::Hex;

/// Whether an option area holds an option of Multipath TCP (kind 30), well-formed or not.
///
/// It says yes exactly when [`options`] yields one.
#[inline]
pub fn has_mptcp(area: &[u8]) -> bool {
    from_mptcp(area).is_some()
}

/// The area from its first option of Multipath TCP on.
#[inline]
pub fn from_mptcp(area: &[u8]) -> Option<&[u8]> {
    let mut rest = area;
    if let Some(after) = after_timestamps(rest) {
        rest = after;
    }
    loop {
        let length = match *rest {
            [] | [kinds::EOL, ..] => return None,
            [kinds::MPTCP, ..] => return Some(rest),
            [kinds::NOP, ..] => 1,
            [_, length, ..] if length >= 2 => usize::from(length),
            _ => return None,
        };
        rest = rest.get(length..)?;
    }
}

/// What follows two no-operations and the timestamps, which nearly every segment of an established
/// connection starts with, and many end with.
#[inline]
pub(super) fn after_timestamps(area: &[u8]) -> Option<&[u8]> {
    // Compared as one number, where a pattern would be four.
    const START: [u8; 4] = [kinds::NOP, kinds::NOP, kinds::TIMESTAMPS, 10];
    if *area.first_chunk()? == START { area.get(12..) } else { None }
}

/// Walks over a whole option area.
#[inline]
pub fn options(area: &[u8]) -> Options<'_> {
    Options::new(area, false)
}

/// One option of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpOption<'a> {
    /// Where it starts in the area, in octets.
    pub offset: u8,
    /// Its kind; 0 for padding.
    pub kind: u8,
    /// All of it, kind and length included. With a fault that ends the walk, all that is left.
    pub raw: &'a [u8],
    /// What follows the end of the option list: no option, but nothing is lost.
    pub padding: bool,
    /// What is wrong with it.
    pub fault: Option<OptionFault>,
}

impl<'a> TcpOption<'a> {
    /// What follows kind and length.
    pub fn data(&self) -> &'a [u8] {
        if self.padding { self.raw } else { self.raw.get(2..).unwrap_or_default() }
    }

    /// The registered name of its kind.
    pub fn name(&self) -> Option<&'static str> {
        if self.padding { Some("padding") } else { kinds::kind_name(self.kind) }
    }
}

impl fmt::Display for TcpOption<'_> {
    /// packetdrill's notation, or name and octets of an option with a fault.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Ok(known) = self.known() {
            return known.fmt(f);
        }
        match self.name() {
            Some(name) => write!(f, "{name} 0x{}", Hex(self.raw)),
            None => write!(f, "kind {} 0x{}", self.kind, Hex(self.raw)),
        }
    }
}

/// What is wrong with an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OptionFault {
    /// The area ends after the kind.
    NoLength,
    /// The length doesn't even count kind and length.
    LengthTooSmall {
        /// 0 or 1.
        claimed: u8,
    },
    /// The length counts more than the area holds.
    PastEnd {
        /// The length, in octets.
        claimed: u8,
        /// What there is from the kind on, in octets.
        held: u8,
    },
    /// The capture ends inside the option.
    Cut {
        /// The length, in octets, when it was captured.
        claimed: Option<u8>,
        /// What was captured from the kind on, in octets.
        held: u8,
    },
    /// Something other than zero follows the end of the option list (RFC 9293 §3.1).
    Padding {
        /// Where the first such octet is in the area.
        at: u8,
    },
    /// The definition of this kind doesn't allow the length.
    WrongLength {
        /// The length, in octets.
        claimed: u8,
        /// The lengths that it does allow.
        legal: Lengths,
    },
}

impl OptionFault {
    /// Whether nothing that follows the option can be found.
    pub fn ends_walk(self) -> bool {
        !matches!(self, Self::Padding { .. } | Self::WrongLength { .. })
    }
}

impl fmt::Display for OptionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoLength => f.write_str("the option area ends before the option's length"),
            Self::LengthTooSmall { claimed } => write!(
                f,
                "length {claimed} is less than the 2 octets of kind and length: nothing after it \
                 can be located"
            ),
            Self::PastEnd { claimed, held } => {
                write!(
                    f,
                    "length {claimed} runs past the option area, which has {held} octets left"
                )
            }
            Self::Cut { claimed: Some(claimed), held } => {
                write!(f, "cut by the snap length after {held} of {claimed} octets")
            }
            Self::Cut { claimed: None, .. } => f.write_str("cut by the snap length after the kind"),
            Self::Padding { at } => {
                write!(f, "octet {at}, after the end of the option list, is not zero")
            }
            Self::WrongLength { claimed, legal } => {
                write!(f, "length {claimed} is not allowed for this kind: {legal}")
            }
        }
    }
}

/// The options of an area, in order. No octet is left out: what follows the end of the option list
/// comes as padding, and what can't be divided comes as one option with a fault.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    rest: &'a [u8],
    offset: u8,
    ended: bool,
    cut: bool,
}

impl<'a> Options<'a> {
    /// Walks over `area`, of which the capture left out the end when it is `cut`.
    #[inline]
    pub fn new(area: &'a [u8], cut: bool) -> Self {
        Self { rest: area, offset: 0, ended: false, cut }
    }

    /// Goes past the options before the first one that isn't of the usual start of an area, which
    /// hold nothing of Multipath TCP and have no fault, and tells how many they were.
    #[inline]
    pub(crate) fn pass_usual_start(&mut self) -> u8 {
        match after_timestamps(self.rest) {
            Some(after) if self.offset == 0 => {
                (self.rest, self.offset) = (after, 12);
                3
            }
            _ => 0,
        }
    }

    /// The length of the option that starts here, which octets it has, and what is wrong.
    fn extent(&self, kind: u8) -> (usize, Option<OptionFault>) {
        if kind == kinds::EOL || kind == kinds::NOP {
            return (1, None);
        }
        let left = self.rest.len();
        let held = narrow(left);
        let Some(&claimed) = self.rest.get(1) else {
            let cut = OptionFault::Cut { claimed: None, held };
            return (left, Some(if self.cut { cut } else { OptionFault::NoLength }));
        };
        let length = usize::from(claimed);
        if length < 2 {
            return (left, Some(OptionFault::LengthTooSmall { claimed }));
        }
        if length <= left {
            return (length, None);
        }
        let cut = OptionFault::Cut { claimed: Some(claimed), held };
        (left, Some(if self.cut { cut } else { OptionFault::PastEnd { claimed, held } }))
    }

    fn padding(&self) -> Option<OptionFault> {
        let at = self.rest.iter().position(|octet| *octet != 0)?;
        Some(OptionFault::Padding { at: self.offset.saturating_add(narrow(at)) })
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = TcpOption<'a>;

    #[inline]
    fn next(&mut self) -> Option<TcpOption<'a>> {
        let &kind = self.rest.first()?;
        let padding = self.ended;
        let (length, fault) =
            if padding { (self.rest.len(), self.padding()) } else { self.extent(kind) };
        let (raw, rest) = self.rest.split_at_checked(length)?;
        let offset = self.offset;
        self.ended |= kind == kinds::EOL;
        self.offset = offset.saturating_add(narrow(length));
        self.rest = rest;
        Some(TcpOption { offset, kind: if padding { 0 } else { kind }, raw, padding, fault })
    }
}

impl std::iter::FusedIterator for Options<'_> {}

/// A place in an option area, which has 40 octets at most.
fn narrow(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(u8::MAX)
}
