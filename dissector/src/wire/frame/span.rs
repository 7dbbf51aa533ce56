//! What is left of a frame: the octets that were captured, and how many there were on the wire.

use super::{Fault, Name, Stop};

/// The rest of a frame after the headers passed so far.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) struct Span<'a> {
    /// The octets that were captured.
    pub(in crate::wire) octets: &'a [u8],
    /// Where `octets` starts, counted from the start of the frame.
    pub(in crate::wire) offset: u32,
    /// How many octets there were on the wire, never fewer than `octets` holds.
    pub(in crate::wire) wire: u32,
    /// This is the first fragment of a larger datagram, so that headers may end early and lengths
    /// further in rightly claim more than there is.
    pub(in crate::wire) fragment: bool,
}

impl<'a> Span<'a> {
    /// A whole frame; a wire length smaller than what was captured is not believed.
    #[inline]
    pub(super) fn new(octets: &'a [u8], wire_len: u32) -> Self {
        Self { octets, offset: 0, wire: wire_len.max(saturate(octets.len())), fragment: false }
    }

    /// The first `N` octets, which belong to the header `name`.
    #[inline]
    pub(in crate::wire) fn header<const N: usize>(&self, name: Name) -> Result<&'a [u8; N], Stop> {
        self.octets.first_chunk().ok_or_else(|| self.missing(name, saturate(N)))
    }

    /// The first `len` octets, which belong to the header `name`.
    #[inline]
    pub(in crate::wire) fn take(&self, name: Name, len: u32) -> Result<&'a [u8], Stop> {
        self.octets.get(..len as usize).ok_or_else(|| self.missing(name, len))
    }

    /// Goes past `len` octets, or to the end if there are fewer.
    #[inline]
    pub(in crate::wire) fn skip(&mut self, len: u32) {
        self.octets = self.octets.get(len as usize..).unwrap_or_default();
        self.offset = self.offset.saturating_add(len);
        self.wire = self.wire.saturating_sub(len);
    }

    /// Forgets whatever follows the first `len` octets, such as the padding of a short frame.
    #[inline]
    pub(in crate::wire) fn limit(&mut self, len: u32) {
        self.octets = self.octets.get(..len as usize).unwrap_or(self.octets);
        self.wire = self.wire.min(len);
    }

    /// The header `name` starts here and breaks a rule.
    #[cold]
    pub(in crate::wire) fn malformed(&self, name: Name, fault: Fault) -> Stop {
        Stop::Malformed { layer: name, offset: self.offset, fault }
    }

    /// Fewer than `need` octets are left for the header `name`: the capture cut it, or the
    /// sender, who may in a fragment.
    #[cold]
    fn missing(&self, name: Name, need: u32) -> Stop {
        if need <= self.wire {
            return Stop::Cut { layer: name, offset: self.offset };
        }
        if self.fragment {
            return Stop::FragmentEnds { layer: name, offset: self.offset };
        }
        self.malformed(name, Fault::Ends { held: narrow(self.wire), least: narrow(need) })
    }
}

/// A length as 32 bits; no frame comes near the limit.
#[inline]
pub(in crate::wire) fn saturate(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// A length as the 16 bits of the length fields it is compared with.
#[inline]
pub(in crate::wire) fn narrow(len: u32) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}
