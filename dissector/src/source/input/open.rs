//! How an input begins: opened, unpacked, and recognized by its first octets.

use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use super::{Current, Format, Input, ReadOptions, Stop};
use crate::source::block::Block;
use crate::source::compressed::{self, Packing};
use crate::source::descriptor::Descriptor;
use crate::source::error::{Fault, SourceError};
use crate::source::pcap::{self, Pcap};
use crate::source::pcapng::{self, Pcapng};

impl Input {
    /// Opens a file, or standard input for `-`, and recognizes its format.
    ///
    /// # Errors
    ///
    /// When it can't be opened, is no capture, or is cut within the header of a pcap file.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        Self::open_with(path, &ReadOptions::default())
    }

    /// Opens like [`open`](Self::open), in a given way. When the user asks to stop before the
    /// format is known, the result is an input at its end.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(path: &Path, options: &ReadOptions) -> Result<Self, SourceError> {
        let descriptor = Descriptor::open(path, options.follow, options.interrupt.clone())
            .map_err(|fault| SourceError::new(path, fault))?;
        let mut input = Self::closed(path, options);
        input.read = descriptor.counter();
        input.total = descriptor.total();
        input.identify(Box::new(descriptor))
    }

    /// Reads from memory or anything else that yields octets; `name` stands in messages.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn from_reader(
        reader: impl Read + Send + 'static,
        name: &Path,
        options: &ReadOptions,
    ) -> Result<Self, SourceError> {
        Self::closed(name, options).identify(Box::new(reader))
    }

    fn closed(name: &Path, options: &ReadOptions) -> Self {
        Self {
            block: Block::new(options.block_len),
            format: Format::Unknown,
            current: Current::NONE,
            frames: 0,
            comments: Vec::new(),
            ended: false,
            interrupted: false,
            reader: Box::new(io::empty()),
            packing: None,
            name: name.to_path_buf(),
            interrupt: options.interrupt.clone(),
            read: Arc::default(),
            total: None,
        }
    }

    fn identify(mut self, reader: Box<dyn Read + Send>) -> Result<Self, SourceError> {
        if let Err(stop) = self.unpack(reader).and_then(|()| self.recognize()) {
            self.stopped(stop)?;
        }
        Ok(self)
    }

    fn unpack(&mut self, mut reader: Box<dyn Read + Send>) -> Result<(), Stop> {
        let mut start = Vec::with_capacity(compressed::MAGIC_LEN);
        reader.by_ref().take(compressed::MAGIC_LEN as u64).read_to_end(&mut start)?;
        self.packing = Packing::detect(&start);
        let whole = Cursor::new(start).chain(reader);
        self.reader = match self.packing {
            None => Box::new(whole),
            Some(packing) => packing.unpack(whole)?,
        };
        Ok(())
    }

    fn recognize(&mut self) -> Result<(), Stop> {
        while self.block.rest().len() < 4 && self.fill(pcap::HEADER_LEN)? {}
        let rest = self.block.rest();
        let Some(magic) = rest.first_chunk::<4>().copied() else {
            return Err(unknown(rest, self.packing).into());
        };
        if magic == pcapng::MAGIC {
            self.format = Format::Pcapng(Box::new(Pcapng::new()));
            return Ok(());
        }
        let Some(order) = pcap::detect(magic) else {
            // A little more of the file tells text from other things.
            while self.block.rest().len() < 64 && self.fill(64)? {}
            return Err(unknown(self.block.rest(), self.packing).into());
        };
        while self.block.rest().len() < pcap::HEADER_LEN && self.fill(pcap::HEADER_LEN)? {}
        let Some(header) = self.block.rest().first_chunk() else {
            let (needed, present) = (pcap::HEADER_LEN as u64, self.block.rest().len() as u64);
            return Err(Fault::HeaderCut { format: "pcap", needed, present }.into());
        };
        let pcap = Pcap::parse(header, order)?;
        self.format = Format::Pcap(pcap, pcap.interface(header));
        self.block.consume(pcap::HEADER_LEN);
        Ok(())
    }
}

/// What a file that is no capture is.
fn unknown(start: &[u8], packing: Option<Packing>) -> Fault {
    match start {
        [] => Fault::Empty(packing),
        _ if pcap::is_cut_magic(start) => Fault::HeaderCut {
            format: "pcap",
            needed: pcap::HEADER_LEN as u64,
            present: start.len() as u64,
        },
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Fault::UnknownPacking("bzip2"),
        [b'P', b'K', 3, 4, ..] => Fault::UnknownPacking("zip"),
        [b'7', b'z', 0xbc, 0xaf, ..] => Fault::UnknownPacking("7-Zip"),
        [0x1f, 0x9d, ..] => Fault::UnknownPacking("compress"),
        _ if is_text(start) => Fault::Text,
        _ => Fault::UnknownMagic(start.iter().take(4).copied().collect()),
    }
}

fn is_text(start: &[u8]) -> bool {
    let valid = match std::str::from_utf8(start) {
        Ok(_) => start.len(),
        // A character that the end cuts is no fault of the text.
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return false,
    };
    let text = start.get(..valid).unwrap_or_default();
    !text.is_empty()
        && text
            .iter()
            .all(|octet| matches!(octet, b'\t' | b'\n' | b'\r' | 0x1b | 0x20..=0x7e | 0x80..))
}
