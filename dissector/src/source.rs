//! Where frames come from, and where they are saved: capture files, pipes and live interfaces.
//!
//! A [`Source`] is stepped in two parts: [`Source::advance`] finds the next frame and
//! [`Source::frame`] borrows it from the block of octets it was read in, so that nothing is
//! allocated per frame. Whatever the input holds, nothing here panics, and what was whole before
//! the first damage has been delivered by the time the damage is reported.
//!
//! [`Input`] reads one file or pipe, [`Merge`] several in the order of time, [`Sequence`] several
//! one after the other, and [`Live`] an interface. [`Filter`] picks frames with a BPF expression
//! and [`Writer`] saves them.

#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

use std::fmt;

mod block;
mod compressed;
mod descriptor;
mod error;
mod filter;
mod input;
mod interrupt;
mod live;
mod merge;
mod pcap;
mod pcapng;
mod resolution;
mod sequence;
#[cfg(test)]
mod tests;
mod text;
mod writer;

pub use compressed::Packing;
pub use error::{BlockFault, Class, Fault, SourceError, input_name};
pub use filter::{Filter, FilterError, Misfits};
pub use input::{Input, ReadOptions};
pub use interrupt::Interrupt;
pub use live::{Device, Live, LiveOptions, Statistics, devices};
pub use merge::Merge;
pub use resolution::Resolution;
pub use sequence::Sequence;
pub use writer::{WriteError, Writer, same_file};

/// The most octets that libpcap keeps of a frame of a network, whose frames it thereby keeps whole.
pub const SNAPLEN_MAX: u32 = 262_144;

/// A link-layer type as registered for capture files (`LINKTYPE_*`, draft-ietf-opsawg-pcaplinktype).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: the address family in the byte order of the machine that captured.
    pub const NULL: Self = Self(0);
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// PPP, with or without the address and control octets of HDLC-like framing (RFC 1662).
    pub const PPP: Self = Self(9);
    /// Raw IP, either version, as some BSDs number it in a file.
    pub const RAW_BSD: Self = Self(12);
    /// Raw IP, either version, as OpenBSD numbers it in a file.
    pub const RAW_OPENBSD: Self = Self(14);
    /// PPP in HDLC-like framing, address and control octets always there.
    pub const PPP_HDLC: Self = Self(50);
    /// Raw IP, either version.
    pub const RAW: Self = Self(101);
    /// OpenBSD loopback: the address family in network byte order.
    pub const LOOP: Self = Self(108);
    /// Linux cooked capture, version 1.
    pub const LINUX_SLL: Self = Self(113);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Raw IPv6.
    pub const IPV6: Self = Self(229);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: Self = Self(276);
}

/// A point in time: nanoseconds since 1970-01-01 00:00:00 UTC, negative before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

/// One captured frame, its octets borrowed from the source's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// When it was captured; a simple packet block of a pcapng file has no time.
    pub time: Option<Time>,
    /// What the first octet is the start of.
    pub link: LinkType,
    /// The octets that were captured.
    pub octets: &'a [u8],
    /// How many octets the frame had on the wire; more than `octets` holds when it was cut.
    pub wire_len: u32,
    /// The interface, as an index into the interfaces that the source has met so far.
    pub interface: u32,
}

impl Frame<'_> {
    /// What a source holds before the first and after the last frame.
    const EMPTY: Self =
        Self { time: None, link: LinkType::NULL, octets: &[], wire_len: 0, interface: 0 };
}

/// One interface that frames were captured on, as the file or libpcap describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// What its frames start with.
    pub link: LinkType,
    /// The most octets that were kept of a frame; 0 says that nothing was cut.
    pub snaplen: u32,
    /// Its name on the machine that captured.
    pub name: Option<String>,
    /// What its owner calls it.
    pub description: Option<String>,
    /// Comments that a pcapng file holds about it.
    pub comments: Vec<String>,
    /// The unit that its times were written in.
    pub resolution: Resolution,
}

impl Interface {
    /// An interface of which nothing but its kind and the unit of its times is known.
    pub fn new(link: LinkType, snaplen: u32, resolution: Resolution) -> Self {
        Self { link, snaplen, name: None, description: None, comments: Vec::new(), resolution }
    }
}

/// How far the reading of a file has come, in octets of the file as it lies on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Octets read so far.
    pub read: u64,
    /// Octets that the file had when it was opened.
    pub total: u64,
}

/// Something that yields frames one by one.
pub trait Source {
    /// Finds the next frame; `false` is the end, or that the user asked to stop.
    ///
    /// # Errors
    ///
    /// When the input is damaged or can't be read. All frames before that place were delivered.
    /// The caller may go on: a single input then says that it is at its end, and a source of
    /// several inputs goes on with the others.
    fn advance(&mut self) -> Result<bool, SourceError>;

    /// The frame that the last [`advance`](Self::advance) found; an empty one if it found none.
    fn frame(&self) -> Frame<'_>;

    /// The comments that the file holds about the current frame.
    fn comments(&self) -> &[String];

    /// All interfaces met so far; [`Frame::interface`] is an index into them that never changes.
    ///
    /// Their names, descriptions and comments are kept up to 1 MiB in all, of which each takes 64
    /// octets besides its own; those beyond that are left out.
    fn interfaces(&self) -> &[Interface];

    /// Whether the next [`advance`](Self::advance) returns without waiting for anyone, so that
    /// output needn't be flushed before it.
    fn ready(&self) -> bool;

    /// How far it has come, if the end is known.
    fn progress(&self) -> Option<Progress>;

    /// Whether it ended because the user asked to stop.
    fn interrupted(&self) -> bool;

    /// What the system counted since a live capture began; `None` for anything else.
    ///
    /// # Errors
    ///
    /// When the system doesn't tell.
    fn statistics(&mut self) -> Result<Option<Statistics>, SourceError> {
        Ok(None)
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            Self::NULL => "BSD loopback",
            Self::ETHERNET => "Ethernet",
            Self::PPP => "PPP",
            Self::RAW | Self::RAW_BSD | Self::RAW_OPENBSD => "raw IP",
            Self::PPP_HDLC => "PPP in HDLC-like framing",
            Self::LOOP => "OpenBSD loopback",
            Self::LINUX_SLL => "Linux cooked v1",
            Self::LINUX_SLL2 => "Linux cooked v2",
            Self::IPV4 => "raw IPv4",
            Self::IPV6 => "raw IPv6",
            Self(number) => return write!(f, "link type {number}"),
        };
        f.write_str(name)
    }
}
