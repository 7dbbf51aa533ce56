//! The sentences that errors are told in.

use std::borrow::Cow;
use std::path::Path;
use std::{fmt, io};

use super::{BlockFault, Class, Fault, SourceError};

/// What a sentence calls an input; `-` is standard input.
pub fn input_name(path: &Path) -> Cow<'_, str> {
    if path.as_os_str() == "-" { "standard input".into() } else { path.to_string_lossy() }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", input_name(&self.0.name), self.0.fault)?;
        if self.class() == Class::Damaged || matches!(self.0.fault, Fault::Read { .. }) {
            match self.0.frames {
                0 => f.write_str("; no packet was read before it")?,
                1 => f.write_str("; the packet before it was read")?,
                many => write!(f, "; the {many} packets before it were read")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for SourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.fault {
            Fault::Open(error) | Fault::Read { error, .. } => Some(error),
            Fault::Filter(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(error) => {
                let remedy = match error.kind() {
                    io::ErrorKind::NotFound => "check the path",
                    io::ErrorKind::PermissionDenied => "make it readable for this user",
                    _ => "check what lies there",
                };
                write!(f, "it can't be opened: {}; {remedy}", Reason(error))
            }
            Self::Directory => f.write_str("it is a directory; name the capture files in it"),
            Self::BlockDevice => f.write_str("it is a block device; name a capture file"),
            Self::Terminal => f.write_str("it is a terminal; name a file or pipe a capture in"),
            Self::Empty(None) => f.write_str(
                "it is empty: not even a file header is there; check what should have written it",
            ),
            Self::Empty(Some(packing)) => write!(
                f,
                "it is {packing} data that unpacks to nothing; check what should have written it",
            ),
            Self::Text => f.write_str(
                "it is text, not a capture; give a pcap or pcapng file (text2pcap makes one of a \
                 hex dump)",
            ),
            Self::UnknownMagic(magic) => {
                f.write_str("it is no pcap or pcapng file, it starts with 0x")?;
                for octet in magic {
                    write!(f, "{octet:02x}")?;
                }
                f.write_str("; editcap -F pcapng converts other kinds of capture")
            }
            Self::UnknownPacking(name) => write!(
                f,
                "it is {name} data, which is not unpacked here; unpack it first (gzip, zstd, lz4 \
                 and xz are read as they are)",
            ),
            Self::Read { at, error } => {
                write!(f, "reading on after {at} octets fails: {}; try again", Reason(error))
            }
            Self::PackedCut { packing, at } => write!(
                f,
                "the {packing} data is cut after {at} unpacked octets; copy or download it again",
            ),
            Self::PackedDamaged { packing, at, reason } => write!(
                f,
                "the {packing} data is damaged after {at} unpacked octets ({reason}); copy or \
                 download it again",
            ),
            Self::PackedTooLarge(packing) => write!(
                f,
                "its {packing} data needs more than {} MiB of memory to unpack; unpack it first \
                 with {}",
                packing.memory_limit() >> 20,
                packing.unpack_command(),
            ),
            Self::NoInterface { near } => match near.as_slice() {
                [] => f.write_str("there is no such interface; `mpdissect interfaces` lists them"),
                near => write!(f, "there is no such interface; did you mean {}?", near.join(", ")),
            },
            Self::NoPrivilege => f.write_str(
                "this user may not capture; run as root, or once `setcap cap_net_raw+ep` on the \
                 program",
            ),
            Self::Live(message) => {
                write!(f, "capturing fails: {message}; see whether the interface is there and up")
            }
            Self::Filter(error) => error.fmt(f),
            Self::HeaderCut { .. }
            | Self::Version { .. }
            | Self::RecordCut { .. }
            | Self::RecordTooLong { .. }
            | Self::BlockCut { .. }
            | Self::Block { .. } => damage(self, f),
        }
    }
}

/// Words what is wrong within a capture file; silent about everything else.
fn damage(fault: &Fault, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match fault {
        Fault::HeaderCut { format, needed, present } => write!(
            f,
            "the {format} header is cut: it has {needed} octets and {present} are there; copy \
             the file again",
        ),
        Fault::Version { format, at, major, minor } => write!(
            f,
            "the {format} header at octet {at} says version {major}.{minor}, which nobody \
             defined; editcap may convert it",
        ),
        Fault::RecordCut { record, at, claimed: Some(claimed), present } => write!(
            f,
            "record {record} at octet {at} is cut: it claims {claimed} octets and {present} \
             are left; copy the file again, or go on with what is there",
        ),
        Fault::RecordCut { record, at, claimed: None, present } => write!(
            f,
            "record {record} at octet {at} is cut: only {present} octets of its header are \
             left; copy the file again, or go on with what is there",
        ),
        Fault::RecordTooLong { record, at, claimed } => write!(
            f,
            "record {record} at octet {at} claims {claimed} octets, more than the {} that a \
             frame may have, so the file is damaged there or before; copy it again",
            super::super::input::MAX_FRAME,
        ),
        Fault::BlockCut { block, at, claimed: Some(claimed), present } => write!(
            f,
            "block {block} at octet {at} is cut: it claims {claimed} octets and {present} are \
             left; copy the file again, or go on with what is there",
        ),
        Fault::BlockCut { block, at, claimed: None, present } => write!(
            f,
            "block {block} at octet {at} is cut: only {present} octets of its header are \
             left; copy the file again, or go on with what is there",
        ),
        Fault::Block { block, at, fault } => {
            write!(f, "block {block} at octet {at} {fault}; copy the file again")
        }
        _ => Ok(()),
    }
}

impl fmt::Display for BlockFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(length) => write!(f, "claims {length} octets, no length of such a block"),
            Self::TooLong { length, most } => {
                write!(f, "claims {length} octets, more than the {most} that a block may have here")
            }
            Self::Lengths { first, last } => {
                write!(f, "has two lengths, {first} octets at its start and {last} at its end")
            }
            Self::ByteOrder(mark) => {
                write!(f, "starts a section whose byte-order mark is 0x{mark:08x}")
            }
            Self::Captured { claimed, room } => {
                write!(f, "claims a packet of {claimed} octets and has room for {room}")
            }
            Self::Interface(index) => {
                write!(f, "names interface {index}, which its section doesn't describe")
            }
            Self::Option { code, claimed } => {
                write!(f, "holds option {code} whose {claimed} octets pass the block's end")
            }
            Self::Interfaces(limit) => write!(f, "describes one interface more than {limit}"),
        }
    }
}

/// What the system says, without the number that Rust adds.
pub(in crate::source) struct Reason<'a>(pub(in crate::source) &'a io::Error);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.write_str(text.split(" (os error").next().unwrap_or(&text))
    }
}
