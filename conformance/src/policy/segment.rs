//! How segments and TCP options are handled (RFC 9293).

use std::fmt::Debug;

use mpdissect::wire::mptcp::{AddAddrKind, Dialect, MptcpOption};
use mpdissect::wire::tcp::{self, Flags, OptionFault};

use super::Conformant;

/// A segment that came in, before anything is done about it.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The control bits, reserved ones included.
    pub flags: Flags,
    /// Whether the checksum is right.
    pub checksum_holds: bool,
    /// The data offset, in words of four octets.
    pub data_offset: u8,
    /// Whether the data offset is at least the header and at most the segment.
    pub data_offset_fits: bool,
    /// The option area, as far as it is there.
    pub options: &'a [u8],
    /// The payload, in octets.
    pub payload: usize,
}

/// What is done about a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It is processed.
    Take,
    /// It is dropped without a word.
    Drop,
    /// It is answered with RST.
    Reset,
    /// The host does nothing any more, ever: what an endless loop or a crash comes to.
    Die,
}

/// How segments and TCP options are handled.
pub trait SegmentPolicy: Debug + Sync {
    /// What is done about a segment. Its checksum has to hold (§3.1, MUST-3) and its data offset
    /// has to be possible; no reserved bit and no option makes it unacceptable (§3.1, MUST-5,
    /// MUST-6, MUST-7).
    fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
        if incoming.checksum_holds && incoming.data_offset_fits {
            Reaction::Take
        } else {
            Reaction::Drop
        }
    }

    /// The whole options of an area, kind and length included, in order: wherever they start
    /// (§3.1, MUST-64), up to the end of the list, or to a length that can't be (§3.1, MUST-7).
    fn walk<'a>(&self, area: &'a [u8]) -> Vec<&'a [u8]> {
        let listed = tcp::options(area).take_while(|option| !option.padding);
        let whole = listed.take_while(|option| !option.fault.is_some_and(OptionFault::ends_walk));
        whole.filter(|option| option.raw.len() > 1).map(|option| option.raw).collect()
    }

    /// What an option of kind 30 means, if its length is one of those that version 1 gives its
    /// subtype. Any other is passed over as a whole.
    fn parse(&self, option: &[u8], dialect: Dialect) -> Option<MptcpOption> {
        let parsed = MptcpOption::parse(option, dialect).ok()?;
        let of_version_0 = match parsed {
            MptcpOption::MpPrio(prio) => prio.address_id.is_some(),
            MptcpOption::AddAddr(add) => add.kind == AddAddrKind::V0,
            _ => false,
        };
        (!of_version_0).then_some(parsed)
    }

    /// The option area of a segment that is sent, a multiple of four octets long: `options` is
    /// well framed, and padded with zeros here (§3.1, MUST-69).
    fn area(&self, mut options: Vec<u8>, flags: Flags) -> Vec<u8> {
        let _ = flags;
        options.resize(options.len().next_multiple_of(4), 0);
        options
    }

    /// The most octets of payload in one segment, by the MSS that the peer announced and the
    /// octets of options that go with it (§3.7.1, MUST-14).
    fn payload_limit(&self, mss: u16, options: usize) -> usize {
        usize::from(mss).saturating_sub(options)
    }
}

impl SegmentPolicy for Conformant {}
