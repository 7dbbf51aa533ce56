//! Why a walk ended, and what was wrong with a header.

use std::fmt;

use super::Name;
use crate::source::LinkType;

/// Why the walk through a frame's headers ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It reached a TCP segment.
    Tcp,
    /// The link carries something other than IP.
    NotIp {
        /// Whose numbers `number` is one of.
        space: Space,
        /// What the link carries.
        number: u32,
    },
    /// IP carries something other than TCP or a tunnel, by its protocol number.
    NotTcp(u8),
    /// A fragment other than the first: it has no transport header.
    Fragment {
        /// Where it belongs in its datagram, in octets.
        offset: u16,
        /// What the datagram carries.
        protocol: u8,
    },
    /// The first fragment of a datagram ends inside a header, which goes on in the next one.
    FragmentEnds {
        /// The header.
        layer: Name,
        /// Where it starts in the frame.
        offset: u32,
    },
    /// The capture kept only the start of a header, or nothing of it.
    Cut {
        /// The header.
        layer: Name,
        /// Where it starts in the frame.
        offset: u32,
    },
    /// A header breaks a rule without which what it carries can't be found.
    Malformed {
        /// The header.
        layer: Name,
        /// Where it starts in the frame.
        offset: u32,
        /// The rule.
        fault: Fault,
    },
    /// Frames of this link type can't be decoded.
    UnknownLink(LinkType),
    /// More headers than any network stacks.
    TooDeep,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Tcp => f.write_str("tcp"),
            Self::NotIp { space, number } => write!(f, "{space} {number:#06x} is not IP"),
            Self::NotTcp(protocol) => write!(f, "IP protocol {protocol} is not TCP"),
            Self::Fragment { offset, protocol } => {
                write!(f, "fragment from octet {offset} on of a datagram of IP protocol {protocol}")
            }
            Self::FragmentEnds { layer, offset } => {
                write!(f, "the first fragment ends inside the {layer} header at octet {offset}")
            }
            Self::Cut { layer, offset } => {
                write!(f, "the capture cuts the {layer} header at octet {offset}")
            }
            Self::Malformed { layer, offset, fault } => {
                write!(f, "{layer} header at octet {offset}: {fault}")
            }
            Self::UnknownLink(LinkType(number)) => write!(f, "link type {number} is not supported"),
            Self::TooDeep => f.write_str("too many headers before TCP"),
        }
    }
}

/// Whose numbers say what a link carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// Ethertypes.
    EtherType,
    /// The service access points of LLC: destination in the upper octet, source in the lower.
    Llc,
    /// Protocols of PPP.
    Ppp,
    /// Address families of the machine that captured.
    Family,
    /// Hardware types of Linux whose protocol field isn't an ethertype.
    Hardware,
    /// The first four bits of a packet, where only they tell.
    Version,
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::EtherType => "ethertype",
            Self::Llc => "LLC access points",
            Self::Ppp => "PPP protocol",
            Self::Family => "address family",
            Self::Hardware => "hardware type",
            Self::Version => "version",
        })
    }
}

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The version isn't the one that this header has.
    Version {
        /// What it says.
        found: u8,
    },
    /// A length field is smaller than the header that it counts.
    Short {
        /// Which field.
        field: Field,
        /// Its value, in octets.
        claimed: u16,
        /// The smallest possible, in octets.
        least: u16,
    },
    /// A length field counts more than there was on the wire.
    Long {
        /// Which field.
        field: Field,
        /// Its value, in octets.
        claimed: u16,
        /// What there was, in octets.
        held: u16,
    },
    /// The packet ends inside the header.
    Ends {
        /// What there was, in octets.
        held: u16,
        /// What the header needs, in octets.
        least: u16,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Version { found } => write!(f, "version {found} has no place here"),
            Self::Short { field, claimed, least } => {
                write!(f, "{field} of {claimed} octets is smaller than the least possible, {least}")
            }
            Self::Long { field, claimed, held } => {
                write!(f, "{field} of {claimed} octets is more than the {held} that there are")
            }
            Self::Ends { held, least } => {
                write!(f, "the packet ends after {held} of at least {least} octets")
            }
        }
    }
}

/// A length field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The length of the header.
    HeaderLength,
    /// The length of header and contents.
    TotalLength,
    /// The length of the contents.
    PayloadLength,
    /// TCP's name for the length of its header.
    DataOffset,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::HeaderLength => "header length",
            Self::TotalLength => "total length",
            Self::PayloadLength => "payload length",
            Self::DataOffset => "data offset",
        })
    }
}
