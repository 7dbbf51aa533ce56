//! Where frames come from: capture files, pipes and live interfaces.

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
