//! Frames as blocks of a pcapng file (draft-ietf-opsawg-pcapng).

use std::io;
use std::time::SystemTime;

use super::{Counted, Refusal};
use crate::source::pcapng::{
    BYTE_ORDER_MARK, ENHANCED_PACKET, INTERFACE, OPTION_COMMENT, OPTION_DROPPED_BY_INTERFACE,
    OPTION_DROPPED_BY_KERNEL, OPTION_END, OPTION_IF_DESCRIPTION, OPTION_IF_NAME,
    OPTION_IF_RESOLUTION, OPTION_RECEIVED, OPTION_SECTION_PROGRAM, SECTION, SIMPLE_PACKET,
    STATISTICS,
};
use crate::source::{Frame, Interface, Resolution, Statistics, Time};

/// What was written of the current section.
#[derive(Default)]
pub(super) struct Pcapng {
    /// Whether a section has begun.
    begun: bool,
    /// Comments of the section to come.
    comments: Vec<String>,
    /// The number of each interface within the section.
    numbers: Vec<Option<u32>>,
    /// Interfaces that the section describes.
    described: u32,
    /// One block, kept to be filled again.
    block: Vec<u8>,
}

/// The longest value of an option, cut where a longer comment has to be.
const MAX_OPTION: usize = u16::MAX as usize;

impl Pcapng {
    /// Keeps a comment for the section to come, which a running one makes way for.
    pub(super) fn comment(&mut self, comment: &str) {
        self.begun = false;
        self.comments.push(comment.to_owned());
    }

    /// Begins a section with all interfaces, if there is something that isn't written yet.
    pub(super) fn begin(&mut self, sink: &mut Counted, known: &[Interface]) -> io::Result<()> {
        if !self.begun {
            self.section(sink)?;
            for (index, interface) in known.iter().enumerate() {
                self.number(sink, index, interface)?;
            }
        }
        Ok(())
    }

    fn section(&mut self, sink: &mut Counted) -> io::Result<()> {
        self.begun = true;
        self.numbers.clear();
        self.described = 0;
        let comments = std::mem::take(&mut self.comments);
        self.start(SECTION);
        self.u32(BYTE_ORDER_MARK);
        self.u16(1);
        self.u16(0);
        // The length of the section: not known.
        self.block.extend_from_slice(&u64::MAX.to_le_bytes());
        for comment in &comments {
            self.option(OPTION_COMMENT, comment.as_bytes());
        }
        let program = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
        self.option(OPTION_SECTION_PROGRAM, program.as_bytes());
        self.option(OPTION_END, &[]);
        self.end(sink)
    }

    /// The number of an interface in this section, described on its first use.
    fn number(
        &mut self,
        sink: &mut Counted,
        index: usize,
        interface: &Interface,
    ) -> io::Result<u32> {
        if let Some(Some(number)) = self.numbers.get(index) {
            return Ok(*number);
        }
        let number = self.described;
        self.described = number.saturating_add(1);
        if self.numbers.len() <= index {
            self.numbers.resize(index.saturating_add(1), None);
        }
        if let Some(place) = self.numbers.get_mut(index) {
            *place = Some(number);
        }
        self.start(INTERFACE);
        self.u16(interface.link.0);
        self.u16(0);
        self.u32(interface.snaplen);
        for comment in &interface.comments {
            self.option(OPTION_COMMENT, comment.as_bytes());
        }
        if let Some(name) = &interface.name {
            self.option(OPTION_IF_NAME, name.as_bytes());
        }
        if let Some(description) = &interface.description {
            self.option(OPTION_IF_DESCRIPTION, description.as_bytes());
        }
        self.option(OPTION_IF_RESOLUTION, &[Resolution::NANO.0]);
        self.option(OPTION_END, &[]);
        self.end(sink)?;
        Ok(number)
    }

    /// Writes a frame; `false` if its time isn't exactly that.
    pub(super) fn write(
        &mut self,
        sink: &mut Counted,
        frame: &Frame<'_>,
        time: Time,
        known: &[Interface],
        comments: &[String],
    ) -> Result<bool, Refusal> {
        if !self.begun {
            self.section(sink)?;
        }
        let index = frame.interface as usize;
        let unknown = Interface::new(frame.link, 0, Resolution::NANO);
        let interface = known.get(index).unwrap_or(&unknown);
        let number = self.number(sink, index, interface)?;
        let captured = u32::try_from(frame.octets.len()).unwrap_or(u32::MAX);
        let limit = if interface.snaplen == 0 { u32::MAX } else { interface.snaplen };
        // Only this kind of block has no time, and only this much can be said in it.
        let simple = frame.time.is_none()
            && comments.is_empty()
            && number == 0
            && captured == frame.wire_len.min(limit);
        if simple {
            self.start(SIMPLE_PACKET);
            self.u32(frame.wire_len);
            self.padded(frame.octets);
            self.end(sink)?;
            return Ok(true);
        }
        let stored = u64::try_from(time.0);
        let ticks = stored.unwrap_or(0);
        self.start(ENHANCED_PACKET);
        self.u32(number);
        self.u32((ticks >> 32) as u32);
        self.u32(ticks as u32);
        self.u32(captured);
        self.u32(frame.wire_len);
        self.padded(frame.octets);
        if !comments.is_empty() {
            for comment in comments {
                self.option(OPTION_COMMENT, comment.as_bytes());
            }
            self.option(OPTION_END, &[]);
        }
        self.end(sink)?;
        Ok(stored.is_ok() && frame.time.is_some())
    }

    /// Writes what was counted on the first interface by now.
    #[expect(clippy::disallowed_methods, reason = "what is counted by now has no other time")]
    pub(super) fn statistics(&mut self, sink: &mut Counted, counted: Statistics) -> io::Result<()> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let ticks = u64::try_from(now.as_nanos()).unwrap_or(0);
        self.start(STATISTICS);
        self.u32(0);
        self.u32((ticks >> 32) as u32);
        self.u32(ticks as u32);
        for (code, count) in [
            (OPTION_RECEIVED, counted.received),
            (OPTION_DROPPED_BY_INTERFACE, counted.dropped_by_interface),
            (OPTION_DROPPED_BY_KERNEL, counted.dropped_by_kernel),
        ] {
            self.option(code, &u64::from(count).to_le_bytes());
        }
        self.option(OPTION_END, &[]);
        self.end(sink)
    }

    fn start(&mut self, kind: u32) {
        self.block.clear();
        self.u32(kind);
        // The length, which the end of the block fills in.
        self.u32(0);
    }

    fn u32(&mut self, number: u32) {
        self.block.extend_from_slice(&number.to_le_bytes());
    }

    fn u16(&mut self, number: u16) {
        self.block.extend_from_slice(&number.to_le_bytes());
    }

    fn padded(&mut self, octets: &[u8]) {
        self.block.extend_from_slice(octets);
        self.block.resize(self.block.len().next_multiple_of(4), 0);
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        let value = value.get(..value.len().min(MAX_OPTION)).unwrap_or_default();
        self.u16(code);
        self.u16(value.len() as u16);
        self.padded(value);
    }

    fn end(&mut self, sink: &mut Counted) -> io::Result<()> {
        let len = u32::try_from(self.block.len().saturating_add(4)).unwrap_or(u32::MAX);
        self.u32(len);
        if let Some(place) = self.block.get_mut(4..8) {
            place.copy_from_slice(&len.to_le_bytes());
        }
        sink.put(&self.block)
    }
}
