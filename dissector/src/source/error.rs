//! What can go wrong with an input, each as one sentence: what, where, and what to do.

use std::io;
use std::path::{Path, PathBuf};

use super::compressed::Packing;
use super::filter::FilterError;

mod wording;

pub(super) use wording::Reason;
pub use wording::input_name;

/// Why an input, or a part of it, could not be read.
#[derive(Debug)]
pub struct SourceError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    name: PathBuf,
    fault: Fault,
    /// Frames of this input that were delivered before.
    frames: u64,
}

/// The two kinds of failure that an exit code tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A capture that is cut or malformed.
    Damaged,
    /// No capture, or one that can't be opened or read.
    Unreadable,
}

/// What went wrong. Offsets are octets from the start of the unpacked stream, counted from 0;
/// records and blocks are counted from 1.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The system refuses to open it.
    Open(io::Error),
    /// It is a directory.
    Directory,
    /// It is a block device.
    BlockDevice,
    /// Standard input is a terminal.
    Terminal,
    /// It ended without an octet; inside of a packed file if that is named.
    Empty(Option<Packing>),
    /// It is text.
    Text,
    /// It starts with other octets than any capture.
    UnknownMagic(Vec<u8>),
    /// It is packed in a way, which is named, that isn't unpacked here.
    UnknownPacking(&'static str),
    /// The system fails to read on.
    Read {
        /// How many octets were read before.
        at: u64,
        /// What the system says.
        error: io::Error,
    },
    /// A packed file ends too early.
    PackedCut {
        /// How it is packed.
        packing: Packing,
        /// How many octets could be unpacked.
        at: u64,
    },
    /// A packed file doesn't unpack.
    PackedDamaged {
        /// How it is packed.
        packing: Packing,
        /// How many octets could be unpacked.
        at: u64,
        /// What the library that unpacks says.
        reason: String,
    },
    /// A packed file asks for more memory than is granted.
    PackedTooLarge(Packing),
    /// The file ends within its header.
    HeaderCut {
        /// The format's name.
        format: &'static str,
        /// How many octets the header has.
        needed: u64,
        /// How many are there.
        present: u64,
    },
    /// The header says a version that isn't known.
    Version {
        /// The format's name.
        format: &'static str,
        /// Where the header starts.
        at: u64,
        /// The major version.
        major: u16,
        /// The minor version.
        minor: u16,
    },
    /// A record of a pcap file is not all there.
    RecordCut {
        /// The record's number.
        record: u64,
        /// Where it starts.
        at: u64,
        /// Captured octets that it claims; none if even its own header is cut.
        claimed: Option<u32>,
        /// Octets that are there of what was claimed, or of its header.
        present: u64,
    },
    /// A record of a pcap file claims more octets than any frame has.
    RecordTooLong {
        /// The record's number.
        record: u64,
        /// Where it starts.
        at: u64,
        /// Captured octets that it claims.
        claimed: u32,
    },
    /// A block of a pcapng file is not all there.
    BlockCut {
        /// The block's number.
        block: u64,
        /// Where it starts.
        at: u64,
        /// The length that it claims; none if even its own header is cut.
        claimed: Option<u32>,
        /// Octets that are there of it.
        present: u64,
    },
    /// A block of a pcapng file breaks a rule.
    Block {
        /// The block's number.
        block: u64,
        /// Where it starts.
        at: u64,
        /// The rule that it breaks.
        fault: BlockFault,
    },
    /// An interface doesn't exist.
    NoInterface {
        /// Interfaces of nearly that name.
        near: Vec<String>,
    },
    /// The user may not capture.
    NoPrivilege,
    /// libpcap can't capture.
    Live(String),
    /// An expression isn't a filter.
    Filter(FilterError),
}

/// The rule that a block of a pcapng file breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockFault {
    /// The length is shorter than its kind allows or no multiple of four.
    Length(u32),
    /// The length is more than is granted.
    TooLong {
        /// The length, in octets.
        length: u32,
        /// What is granted.
        most: u32,
    },
    /// The length at the end isn't that at the start.
    Lengths {
        /// At the start.
        first: u32,
        /// At the end.
        last: u32,
    },
    /// A section starts with something else than the mark of its byte order.
    ByteOrder(u32),
    /// A packet claims more octets than its block has.
    Captured {
        /// Octets that it claims.
        claimed: u32,
        /// Octets that the block has for them.
        room: u32,
    },
    /// A packet names an interface that the section didn't describe.
    Interface(u32),
    /// An option is longer than what is left of the block.
    Option {
        /// Its code.
        code: u16,
        /// The length that it claims.
        claimed: u16,
    },
    /// The file describes more interfaces than are kept.
    Interfaces(usize),
}

impl SourceError {
    pub(super) fn new(name: &Path, fault: Fault) -> Self {
        Self(Box::new(Inner { name: name.to_path_buf(), fault, frames: 0 }))
    }

    pub(super) fn after(name: &Path, fault: Fault, frames: u64) -> Self {
        Self(Box::new(Inner { name: name.to_path_buf(), fault, frames }))
    }

    /// The input that it is about, as the user named it.
    pub fn path(&self) -> &Path {
        &self.0.name
    }

    /// What went wrong.
    pub fn fault(&self) -> &Fault {
        &self.0.fault
    }

    /// How many frames of this input were delivered before.
    pub fn frames(&self) -> u64 {
        self.0.frames
    }

    /// The place in the unpacked stream, in octets from its start, if there is one.
    pub fn offset(&self) -> Option<u64> {
        match &self.0.fault {
            Fault::Read { at, .. }
            | Fault::PackedCut { at, .. }
            | Fault::PackedDamaged { at, .. }
            | Fault::Version { at, .. }
            | Fault::RecordCut { at, .. }
            | Fault::RecordTooLong { at, .. }
            | Fault::BlockCut { at, .. }
            | Fault::Block { at, .. } => Some(*at),
            Fault::HeaderCut { present, .. } => Some(*present),
            _ => None,
        }
    }

    /// What an exit code tells.
    pub fn class(&self) -> Class {
        match &self.0.fault {
            Fault::PackedCut { .. }
            | Fault::PackedDamaged { .. }
            | Fault::HeaderCut { .. }
            | Fault::Version { .. }
            | Fault::RecordCut { .. }
            | Fault::RecordTooLong { .. }
            | Fault::BlockCut { .. }
            | Fault::Block { .. } => Class::Damaged,
            Fault::Open(_)
            | Fault::Directory
            | Fault::BlockDevice
            | Fault::Terminal
            | Fault::Empty(_)
            | Fault::Text
            | Fault::UnknownMagic(_)
            | Fault::UnknownPacking(_)
            | Fault::Read { .. }
            | Fault::PackedTooLarge(_)
            | Fault::NoInterface { .. }
            | Fault::NoPrivilege
            | Fault::Live(_)
            | Fault::Filter(_) => Class::Unreadable,
        }
    }
}
