//! One capture file, pipe or standard input.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::block::Block;
use super::compressed::Packing;
use super::error::{BlockFault, Fault, SourceError};
use super::pcap::{Pcap, Record};
use super::pcapng::{self, Meaning, Packet, Pcapng, Start};
use super::{Frame, Interface, Interrupt, LinkType, Progress, Source, Time};

mod open;

/// The most octets that a frame may have. libpcap grants 256 KiB to networks and 128 MiB to USB;
/// this is far above the former, and bounds what a length that lies can cost.
pub(super) const MAX_FRAME: u32 = 16 << 20;
/// Octets read at once, unless the caller wants it otherwise.
const BLOCK_LEN: usize = 512 << 10;

/// How to read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// What ends a wait for octets.
    pub interrupt: Interrupt,
    /// Wait for more at the end of a file, until interrupted.
    pub follow: bool,
    /// Octets to read at once; a larger frame makes the buffer grow.
    pub block_len: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { interrupt: Interrupt::default(), follow: false, block_len: BLOCK_LEN }
    }
}

/// One capture file, pipe or standard input, packed or not.
pub struct Input {
    block: Block,
    format: Format,
    current: Current,
    /// Frames delivered.
    frames: u64,
    comments: Vec<String>,
    /// Nothing more comes: the end, damage, or an interrupt.
    ended: bool,
    interrupted: bool,
    reader: Box<dyn Read + Send>,
    packing: Option<Packing>,
    name: PathBuf,
    interrupt: Interrupt,
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

enum Format {
    /// Not known yet, or never.
    Unknown,
    Pcap(Pcap, Interface),
    Pcapng(Box<Pcapng>),
}

/// The current frame, by its place in the block.
#[derive(Clone, Copy)]
struct Current {
    start: usize,
    end: usize,
    time: Option<Time>,
    link: LinkType,
    wire_len: u32,
    interface: u32,
}

impl Current {
    const NONE: Self =
        Self { start: 0, end: 0, time: None, link: LinkType::NULL, wire_len: 0, interface: 0 };
}

/// Why there is no next frame.
enum Stop {
    End,
    Interrupt,
    Fault(Fault),
    Io(io::Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Input {
    /// How the file is packed, if it is.
    pub fn packing(&self) -> Option<Packing> {
        self.packing
    }

    /// The name that it was opened by.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Reads once; `false` at the end of the stream.
    fn fill(&mut self, need: usize) -> Result<bool, Stop> {
        if self.ended {
            return Err(Stop::End);
        }
        if self.interrupt.is_set() {
            return Err(Stop::Interrupt);
        }
        Ok(self.block.fill(&mut self.reader, need)?)
    }

    /// The way on when the next record isn't whole in the block.
    #[cold]
    fn refill_record(&mut self) -> Result<bool, SourceError> {
        match self.next_record() {
            Ok(()) => Ok(true),
            Err(stop) => self.stopped(stop),
        }
    }

    fn next_record(&mut self) -> Result<(), Stop> {
        let Format::Pcap(pcap, _) = self.format else { return Err(Stop::End) };
        loop {
            let rest = self.block.rest();
            let present = rest.len();
            let header = pcap.record(rest);
            let claimed = header.map(|record| record.captured);
            let (record, at) = (self.frames.saturating_add(1), self.block.offset());
            if let Some(claimed) = claimed.filter(|claimed| *claimed > MAX_FRAME) {
                return Err(Fault::RecordTooLong { record, at, claimed }.into());
            }
            let need = pcap.header_len.saturating_add(claimed.unwrap_or(0) as usize);
            if let Some(header) = header
                && present >= need
            {
                self.accept_record(pcap, header);
                return Ok(());
            }
            if !self.fill(need)? {
                if present == 0 {
                    return Err(Stop::End);
                }
                let claimed = claimed.filter(|_| present >= pcap.header_len);
                let header = claimed.map_or(0, |_| pcap.header_len);
                let present = present.saturating_sub(header) as u64;
                return Err(Fault::RecordCut { record, at, claimed, present }.into());
            }
        }
    }

    /// Makes a record, which the rest holds wholly, the current frame.
    #[inline]
    fn accept_record(&mut self, pcap: Pcap, record: Record) {
        let start = self.block.position().wrapping_add(pcap.header_len);
        let captured = record.captured as usize;
        self.current = Current {
            start,
            end: start.wrapping_add(captured),
            time: Some(record.time),
            link: pcap.link,
            wire_len: record.wire_len,
            interface: 0,
        };
        self.block.consume(pcap.header_len.wrapping_add(captured));
        self.frames = self.frames.wrapping_add(1);
    }

    /// The way on when the next block isn't an ordinary packet, whole in the block.
    fn long_way(&mut self) -> Result<bool, SourceError> {
        match self.next_packet() {
            Ok(()) => Ok(true),
            Err(stop) => self.stopped(stop),
        }
    }

    fn next_packet(&mut self) -> Result<(), Stop> {
        if !self.comments.is_empty() {
            self.comments.clear();
        }
        loop {
            let Format::Pcapng(pcapng) = &mut self.format else { return Err(Stop::End) };
            let rest = self.block.rest();
            let at = self.block.offset();
            let start = match pcapng.start(rest) {
                None => None,
                Some(Ok(start)) if start.len <= start.most() => Some(start),
                Some(Ok(start)) => {
                    return Err(pcapng
                        .fault(at, BlockFault::TooLong { length: start.len, most: start.most() })
                        .into());
                }
                Some(Err(fault)) => return Err(pcapng.fault(at, fault).into()),
            };
            let Some(start) = start else {
                self.more_of_block(None, pcapng::START_LEN)?;
                continue;
            };
            let len = start.len as usize;
            if !start.is_known() {
                self.skip(start)?;
                continue;
            }
            let Some(block) = rest.get(..len) else {
                self.more_of_block(Some(start.len), len)?;
                continue;
            };
            match pcapng.block(start, block) {
                Err(fault) => return Err(pcapng.fault(at, fault).into()),
                Ok(Meaning::Interface) => {}
                Ok(Meaning::Section { major, minor }) => {
                    if major != 1 {
                        return Err(Fault::Version { format: "pcapng", at, major, minor }.into());
                    }
                }
                Ok(Meaning::Packet(packet)) => {
                    if let Some(options) = packet.options {
                        pcapng
                            .comments(block, options, &mut self.comments)
                            .map_err(|fault| pcapng.fault(at, fault))?;
                    }
                    pcapng.count();
                    self.accept_packet(packet, len);
                    return Ok(());
                }
            }
            pcapng.count();
            self.block.consume(len);
        }
    }

    /// Makes a packet, whose block of `len` octets the rest starts with, the current frame.
    #[inline]
    fn accept_packet(&mut self, packet: Packet, len: usize) {
        let start = self.block.position().saturating_add(packet.start);
        self.current = Current {
            start,
            end: start.saturating_add(packet.captured as usize),
            time: packet.time,
            link: packet.link,
            wire_len: packet.wire_len,
            interface: packet.interface,
        };
        self.block.consume(len);
        self.frames = self.frames.wrapping_add(1);
    }

    /// Reads on until there is more of the block that the rest starts with.
    #[cold]
    fn more_of_block(&mut self, claimed: Option<u32>, need: usize) -> Result<(), Stop> {
        let (at, present) = (self.block.offset(), self.block.rest().len() as u64);
        if self.fill(need)? {
            return Ok(());
        }
        if present == 0 {
            return Err(Stop::End);
        }
        Err(self.block_cut(at, claimed, present))
    }

    fn block_cut(&self, at: u64, claimed: Option<u32>, present: u64) -> Stop {
        let block = match &self.format {
            Format::Pcapng(pcapng) => pcapng.number(),
            _ => 0,
        };
        Fault::BlockCut { block, at, claimed, present }.into()
    }

    /// Reads past a block of an unknown kind without keeping it.
    fn skip(&mut self, start: Start) -> Result<(), Stop> {
        let at = self.block.offset();
        let mut left = start.len.saturating_sub(4) as usize;
        loop {
            let present = self.block.rest().len();
            let part = left.min(present);
            self.block.consume(part);
            left = left.saturating_sub(part);
            if left == 0
                && let Some(last) = self.block.rest().first_chunk().copied()
            {
                let Format::Pcapng(pcapng) = &mut self.format else { return Err(Stop::End) };
                pcapng.end(start, last).map_err(|fault| pcapng.fault(at, fault))?;
                pcapng.count();
                self.block.consume(4);
                return Ok(());
            }
            if !self.fill(4)? {
                let end = self.block.offset().saturating_add(self.block.rest().len() as u64);
                return Err(self.block_cut(at, Some(start.len), end.saturating_sub(at)));
            }
        }
    }

    /// Ends the input.
    #[cold]
    fn stopped(&mut self, stop: Stop) -> Result<bool, SourceError> {
        let at = self.block.offset().saturating_add(self.block.rest().len() as u64);
        self.current = Current::NONE;
        self.comments.clear();
        self.block.consume(usize::MAX);
        if std::mem::replace(&mut self.ended, true) {
            return Ok(false);
        }
        let fault = match stop {
            Stop::End => return Ok(false),
            Stop::Fault(fault) => fault,
            Stop::Io(error) if !self.interrupt.is_set() => match self.packing {
                Some(packing) => packing.explain(error, at),
                None => Fault::Read { at, error },
            },
            Stop::Interrupt | Stop::Io(_) => {
                self.interrupted = true;
                return Ok(false);
            }
        };
        Err(SourceError::after(&self.name, fault, self.frames))
    }
}

impl Source for Input {
    #[inline]
    fn advance(&mut self) -> Result<bool, SourceError> {
        let rest = self.block.rest();
        match &mut self.format {
            Format::Pcap(pcap, _) => {
                if let Some(record) = pcap.record(rest)
                    && pcap.header_len.saturating_add(record.captured as usize) <= rest.len()
                {
                    let pcap = *pcap;
                    self.accept_record(pcap, record);
                    return Ok(true);
                }
                self.refill_record()
            }
            Format::Pcapng(pcapng) => {
                if let Some((packet, len)) = pcapng.ordinary(rest)
                    && self.comments.is_empty()
                {
                    pcapng.count();
                    self.accept_packet(packet, len);
                    return Ok(true);
                }
                self.long_way()
            }
            Format::Unknown => Ok(false),
        }
    }

    #[inline]
    fn frame(&self) -> Frame<'_> {
        let Current { start, end, time, link, wire_len, interface } = self.current;
        Frame { time, link, octets: self.block.slice(start, end), wire_len, interface }
    }

    fn comments(&self) -> &[String] {
        &self.comments
    }

    fn interfaces(&self) -> &[Interface] {
        match &self.format {
            Format::Unknown => &[],
            Format::Pcap(_, interface) => std::slice::from_ref(interface),
            Format::Pcapng(pcapng) => &pcapng.interfaces,
        }
    }

    fn ready(&self) -> bool {
        if self.total.is_some() || self.ended {
            return true;
        }
        let rest = self.block.rest();
        match &self.format {
            Format::Unknown => false,
            Format::Pcap(pcap, _) => pcap.record(rest).is_some_and(|record| {
                pcap.header_len.saturating_add(record.captured as usize) <= rest.len()
            }),
            Format::Pcapng(pcapng) => pcapng.holds_packet(rest),
        }
    }

    fn progress(&self) -> Option<Progress> {
        let total = self.total?;
        Some(Progress { read: self.read.load(Ordering::Relaxed), total })
    }

    fn interrupted(&self) -> bool {
        self.interrupted
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("name", &self.name)
            .field("packing", &self.packing)
            .field("frames", &self.frames)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
