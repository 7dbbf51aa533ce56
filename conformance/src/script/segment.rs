//! One segment that the tester sends, as far as it differs from the ordinary one.

use std::net::IpAddr;

use mpdissect::wire::mptcp::MptcpOption;
use mpdissect::wire::tcp::Flags;

use super::shape::Shape;

/// A subflow of a script: which connection, and which of its subflows in the order in which their
/// SYNs were sent, whoever sent them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sf {
    /// The connection, as [`Opening::conn`](super::Opening::conn) numbers it.
    pub conn: u8,
    /// The subflow, 0 for the first.
    pub index: u8,
}

/// The first subflow of connection 0.
pub const S0: Sf = sf(0, 0);
/// The second subflow of connection 0.
pub const S1: Sf = sf(0, 1);
/// The third subflow of connection 0.
pub const S2: Sf = sf(0, 2);
/// The fourth subflow of connection 0.
pub const S3: Sf = sf(0, 3);
/// The fifth subflow of connection 0.
pub const S4: Sf = sf(0, 4);
/// The sixth subflow of connection 0.
pub const S5: Sf = sf(0, 5);

/// A subflow of any connection.
pub const fn sf(conn: u8, index: u8) -> Sf {
    Sf { conn, index }
}

/// A segment. What it doesn't say is as on any segment of the subflow: sequence and acknowledgment
/// numbers, window, timestamps where they were negotiated.
///
/// A segment with payload is reliable: it is retransmitted, options and all, until the target
/// acknowledges it, and it is the next one in the stream of the tester's data. A segment without
/// payload is sent once. So that one lost packet decides nothing, all segments that were sent right
/// before an expectation are sent again every 250 ms while it waits; those with payload only where
/// it waits for segments of the target, and with further octets of the stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The subflow.
    pub on: Sf,
    /// The control bits.
    pub flags: Flags,
    /// Octets of the tester's stream; 0 for none.
    pub payload: u16,
    /// The options, in order. [`Opt::Timestamps`] stands for nothing where they weren't negotiated.
    pub options: Vec<Opt>,
    /// The sequence number.
    pub seq: Seq,
    /// The acknowledgment number.
    pub ack: Ack,
    /// The data offset in words of four octets, where it lies about the header.
    pub data_offset: Option<u8>,
    /// The checksum of the TCP header.
    pub checksum: Correctness,
    /// The window that it advertises, in octets; the tester's own if it doesn't say.
    pub window: Option<u32>,
    /// The urgent pointer, which also needs [`Flags::URG`].
    pub urgent: u16,
    /// The reserved bits of the header, in their place in [`Flags::RESERVED`].
    pub reserved: u16,
    /// Where its payload belongs in the tester's stream, counted from the next octet, if it isn't
    /// the next: then the stream goes on as if the segment hadn't been sent.
    pub place: Option<i32>,
    /// Its payload is other octets than those of the stream, as if somebody had changed them on
    /// the way: checksums remain those of the stream.
    pub foreign: bool,
}

impl Segment {
    /// With an option behind all others.
    #[must_use]
    pub fn with(mut self, option: impl Into<Opt>) -> Self {
        self.options.push(option.into());
        self
    }

    /// With an option before the DSS and all others behind the timestamps.
    #[must_use]
    pub fn before(mut self, option: impl Into<Opt>) -> Self {
        let at = usize::from(self.options.first() == Some(&Opt::Timestamps));
        self.options.insert(at, option.into());
        self
    }

    /// With exactly these options.
    #[must_use]
    pub fn only(mut self, options: impl IntoIterator<Item = Opt>) -> Self {
        self.options = options.into_iter().collect();
        self
    }

    /// With these control bits instead.
    #[must_use]
    pub fn flags(mut self, flags: Flags) -> Self {
        self.flags = flags;
        self
    }

    /// With another sequence number.
    #[must_use]
    pub fn seq(mut self, seq: Seq) -> Self {
        self.seq = seq;
        self
    }

    /// With another acknowledgment number.
    #[must_use]
    pub fn acking(mut self, ack: Ack) -> Self {
        self.ack = ack;
        self
    }

    /// With a checksum that is wrong.
    #[must_use]
    pub fn wrong_checksum(mut self) -> Self {
        self.checksum = Correctness::Wrong;
        self
    }

    /// With these of the reserved bits of the header set, in their place in [`Flags::RESERVED`].
    #[must_use]
    pub fn reserved(mut self, bits: Flags) -> Self {
        self.reserved = bits.0;
        self
    }

    /// With payload from another place of the stream, counted from the next octet.
    #[must_use]
    pub fn place(mut self, place: i32) -> Self {
        self.place = Some(place);
        self
    }

    /// With payload that was changed on the way.
    #[must_use]
    pub fn foreign(mut self) -> Self {
        self.foreign = true;
        self
    }

    /// With this DSS instead of the ordinary one.
    #[must_use]
    pub fn shaped(mut self, shape: Shape) -> Self {
        for option in &mut self.options {
            if *option == Opt::Dss {
                *option = Opt::Shaped(shape);
            }
        }
        self
    }

    /// With this window, in octets.
    #[must_use]
    pub fn window(mut self, octets: u32) -> Self {
        self.window = Some(octets);
        self
    }

    /// With a data offset that lies, in words of four octets.
    #[must_use]
    pub fn data_offset(mut self, words: u8) -> Self {
        self.data_offset = Some(words);
        self
    }
}

/// The sequence number of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seq {
    /// The next one of the subflow.
    #[default]
    Next,
    /// So much beyond the next one; a segment with it is sent once and changes nothing that the
    /// tester keeps.
    Offset(i32),
}

/// The acknowledgment number of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ack {
    /// Everything that was received in order.
    #[default]
    Received,
    /// So much beyond it.
    Offset(i32),
}

/// Whether something is as it should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Correctness {
    /// It is.
    #[default]
    Right,
    /// It is deliberately wrong.
    Wrong,
}

/// How an HMAC comes about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proof {
    /// As it should (RFC 8684 §3.2 and §3.4.1).
    #[default]
    Right,
    /// With a bit of its first octet turned over.
    Wrong,
    /// With a bit of its last octet turned over.
    WrongEnd,
    /// Cut out of the other end of the whole one: the rightmost bits of that of a join, the leftmost
    /// of that of an address.
    OtherEnd,
    /// With the two keys in the other order.
    Swapped,
    /// For an address without a port: over a message without the two zeros in place of the port.
    Portless,
}

/// A key in MP_FASTCLOSE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Key {
    /// The target's: the right one.
    #[default]
    Targets,
    /// The target's with one bit turned over.
    Wrong,
    /// The tester's own.
    Testers,
}

/// An address in ADD_ADDR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// This one of the tester's.
    Tester(u8),
    /// This very one, at which there is nobody.
    Nobody(IpAddr),
}

/// An option of a segment that the tester sends. Values that are known only once the case is
/// played, such as keys, stand as what they mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Opt {
    /// The end of the option list.
    Eol,
    /// Padding.
    Nop,
    /// The largest segment that the tester takes.
    Mss(u16),
    /// The shift of windows.
    WindowScale(u8),
    /// Selective acknowledgments are welcome.
    SackPermitted,
    /// The subflow's timestamps, behind two NOPs.
    Timestamps,
    /// The data acknowledgment, and the mapping of the payload if there is one, checksum included
    /// where it was negotiated.
    Dss,
    /// A DSS with the mapping in place but its checksum wrong, or its data acknowledgment left out.
    DssWithout {
        /// Whether the data acknowledgment stays.
        data_ack: bool,
        /// Whether the mapping stays.
        mapping: bool,
    },
    /// A DSS of another shape.
    Shaped(Shape),
    /// MP_FAIL with the data sequence number that is expected next of the target.
    Fail,
    /// An MPTCP option as it stands here.
    Mptcp(MptcpOption),
    /// ADD_ADDR.
    AddAddr {
        /// The address ID.
        id: u8,
        /// The address.
        address: Address,
        /// The port, if one is announced, counted from that of the subflow.
        port: Option<u16>,
        /// The HMAC.
        hmac: Proof,
    },
    /// MP_FASTCLOSE.
    Fastclose(Key),
    /// Any octets, kind and length included, well framed or not.
    Raw(Vec<u8>),
    /// The MP_CAPABLE or MP_JOIN that the segment of a handshake should have; on any other segment
    /// that of the third ACK.
    Own,
    /// MP_CAPABLE with both keys, as on the third ACK.
    Keys,
    /// MP_CAPABLE with both keys that maps so many of the first octets, without checksum.
    FirstData(u16),
    /// As many NOPs as leave no room beside all other options of the segment.
    Fill,
    /// An option whose length octet says this, whatever length it has.
    Lying(Box<Opt>, u8),
    /// An option of which bits are turned over on the way.
    Rewritten {
        /// What it was.
        option: Box<Opt>,
        /// Which octet, counted from the kind.
        at: u8,
        /// Which bits.
        xor: u8,
    },
}

impl Opt {
    /// It with these bits of one octet, counted from the kind, turned over.
    #[must_use]
    pub fn rewritten(self, at: u8, xor: u8) -> Self {
        Self::Rewritten { option: Box::new(self), at, xor }
    }
}

impl From<MptcpOption> for Opt {
    fn from(option: MptcpOption) -> Self {
        Self::Mptcp(option)
    }
}
