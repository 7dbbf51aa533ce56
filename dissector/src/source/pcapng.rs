//! The block-structured capture file (draft-ietf-opsawg-pcapng).
//!
//! A file is a row of blocks, each with its length at both ends. A section header resets the
//! byte order and the numbering of interfaces.

use super::error::{BlockFault, Fault};
use super::input::MAX_FRAME;
use super::pcap::Order;
use super::resolution::Clock;
use super::text::Room;
use super::{Interface, LinkType, Resolution, Time};

/// The first number of a file, the same in either byte order.
pub(super) const MAGIC: [u8; 4] = SECTION.to_be_bytes();
/// Octets from which a block's kind, length and, for a section, byte order can be told.
pub(super) const START_LEN: usize = 12;

pub(super) const SECTION: u32 = 0x0a0d_0d0a;
pub(super) const INTERFACE: u32 = 1;
const OLD_PACKET: u32 = 2;
pub(super) const SIMPLE_PACKET: u32 = 3;
pub(super) const STATISTICS: u32 = 5;
pub(super) const ENHANCED_PACKET: u32 = 6;

pub(super) const BYTE_ORDER_MARK: u32 = 0x1a2b_3c4d;

/// Interfaces kept of one file; more than a machine has, and few enough for a hostile file.
const MAX_INTERFACES: usize = 1 << 16;

// Options of any block, then those of sections, interfaces and statistics.
pub(super) const OPTION_END: u16 = 0;
pub(super) const OPTION_COMMENT: u16 = 1;
pub(super) const OPTION_SECTION_PROGRAM: u16 = 4;
pub(super) const OPTION_IF_NAME: u16 = 2;
pub(super) const OPTION_IF_DESCRIPTION: u16 = 3;
pub(super) const OPTION_IF_RESOLUTION: u16 = 9;
const OPTION_IF_OFFSET: u16 = 14;
pub(super) const OPTION_RECEIVED: u16 = 4;
pub(super) const OPTION_DROPPED_BY_INTERFACE: u16 = 5;
pub(super) const OPTION_DROPPED_BY_KERNEL: u16 = 7;

/// What the blocks read so far have set.
#[derive(Debug)]
pub(super) struct Pcapng {
    order: Order,
    /// Where the current section's interfaces start among all.
    section: usize,
    /// All interfaces of the file.
    pub(super) interfaces: Vec<Interface>,
    clocks: Vec<Clock>,
    /// Room for texts of the interfaces.
    room: Room,
    /// Blocks passed.
    blocks: u64,
}

/// What a block is, as far as its first octets tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    kind: u32,
    /// Octets of the whole block.
    pub(super) len: u32,
}

/// What a block adds.
#[derive(Debug)]
pub(super) enum Meaning {
    /// A section.
    Section {
        /// The version it is written in.
        major: u16,
        /// The lesser part of the version.
        minor: u16,
    },
    /// An interface.
    Interface,
    /// A frame.
    Packet(Packet),
}

/// A frame, by its place in the block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet {
    pub(super) link: LinkType,
    pub(super) interface: u32,
    pub(super) time: Option<Time>,
    pub(super) start: usize,
    pub(super) captured: u32,
    pub(super) wire_len: u32,
    /// Where the options start, if there are any.
    pub(super) options: Option<usize>,
}

/// The most octets that a block of a pcapng file may have: a frame and its options.
const MAX_BLOCK: u32 = 2 * MAX_FRAME;
/// The most octets that a block of an unknown kind may have; more is a lie that would be read past
/// for minutes.
const MAX_SKIPPED: u32 = 1 << 30;

impl Start {
    /// The most octets that the block may have: one that is skipped takes no memory.
    pub(super) fn most(self) -> u32 {
        if self.is_known() { MAX_BLOCK } else { MAX_SKIPPED }
    }

    /// Whether the block has to be read, or only skipped.
    #[inline]
    pub(super) fn is_known(self) -> bool {
        matches!(self.kind, SECTION | INTERFACE | OLD_PACKET | SIMPLE_PACKET | ENHANCED_PACKET)
    }
}

impl Pcapng {
    pub(super) fn new() -> Self {
        Self {
            order: Order::Little,
            section: 0,
            interfaces: Vec::new(),
            clocks: Vec::new(),
            room: Room::new(),
            blocks: 0,
        }
    }

    /// Counts a block as passed.
    #[inline]
    pub(super) fn count(&mut self) {
        self.blocks = self.blocks.wrapping_add(1);
    }

    /// The number of the block to come, from 1.
    pub(super) fn number(&self) -> u64 {
        self.blocks.saturating_add(1)
    }

    /// The fault of the block to come, which starts at an octet.
    pub(super) fn fault(&self, at: u64, fault: BlockFault) -> Fault {
        Fault::Block { block: self.number(), at, fault }
    }

    /// Whether the octets start with a whole block that holds a packet.
    pub(super) fn holds_packet(&self, octets: &[u8]) -> bool {
        let number = |at| self.order.u32_at(octets, at);
        matches!(number(0), Some(ENHANCED_PACKET | SIMPLE_PACKET | OLD_PACKET))
            && number(4).is_some_and(|len| len as usize <= octets.len())
    }

    /// Reads the start of the block that the octets begin with; none if less than
    /// [`START_LEN`] are there.
    #[inline]
    pub(super) fn start(&mut self, octets: &[u8]) -> Option<Result<Start, BlockFault>> {
        let header = octets.first_chunk::<START_LEN>()?;
        let [kind, len, mark] = header.as_chunks().0 else { return None };
        if *kind == MAGIC {
            self.order = if Order::Little.u32(*mark) == BYTE_ORDER_MARK {
                Order::Little
            } else if Order::Big.u32(*mark) == BYTE_ORDER_MARK {
                Order::Big
            } else {
                return Some(Err(BlockFault::ByteOrder(self.order.u32(*mark))));
            };
        }
        let start = Start { kind: self.order.u32(*kind), len: self.order.u32(*len) };
        let least = match start.kind {
            SECTION => 28,
            INTERFACE => 20,
            SIMPLE_PACKET => 16,
            OLD_PACKET | ENHANCED_PACKET => 32,
            _ => 12,
        };
        if start.len < least || !start.len.is_multiple_of(4) {
            return Some(Err(BlockFault::Length(start.len)));
        }
        Some(Ok(start))
    }

    /// The packet of the block that the octets start with, and the block's length, if it is the
    /// ordinary kind: whole, in order, and without options. Everything else takes the long way.
    #[inline]
    pub(super) fn ordinary(&self, octets: &[u8]) -> Option<(Packet, usize)> {
        if self.order.u32_at(octets, 0)? != ENHANCED_PACKET {
            return None;
        }
        let len = self.order.u32_at(octets, 4)? as usize;
        let block = octets.get(..len).filter(|_| len >= 32 && len.is_multiple_of(4))?;
        let last = self.order.u32(*block.last_chunk()?);
        let packet = self.enhanced(block).ok()?;
        (last as usize == len && packet.options.is_none()).then_some((packet, len))
    }

    /// Checks the length at the end of a block against the one at its start.
    #[inline]
    pub(super) fn end(&self, start: Start, last: [u8; 4]) -> Result<(), BlockFault> {
        let last = self.order.u32(last);
        if last == start.len { Ok(()) } else { Err(BlockFault::Lengths { first: start.len, last }) }
    }

    /// Reads a whole block of a known kind.
    #[inline]
    pub(super) fn block(&mut self, start: Start, block: &[u8]) -> Result<Meaning, BlockFault> {
        let last = block.last_chunk().copied().unwrap_or_default();
        self.end(start, last)?;
        // All fixed fields are there: `start` demands the length.
        match start.kind {
            ENHANCED_PACKET => self.enhanced(block).map(Meaning::Packet),
            SIMPLE_PACKET => self.simple(block).map(Meaning::Packet),
            OLD_PACKET => self.old(block).map(Meaning::Packet),
            INTERFACE => self.interface(block).map(|()| Meaning::Interface),
            _ => self.section(block),
        }
    }

    #[inline]
    fn u32(&self, block: &[u8], at: usize) -> u32 {
        self.order.u32_at(block, at).unwrap_or(0)
    }

    fn u16(&self, block: &[u8], at: usize) -> u16 {
        self.order.u16_at(block, at).unwrap_or(0)
    }

    #[inline]
    fn enhanced(&self, block: &[u8]) -> Result<Packet, BlockFault> {
        self.packet(block, self.u32(block, 8))
    }

    /// The obsolete packet block: like the enhanced one, with half of the interface's number
    /// given to a count of drops.
    fn old(&self, block: &[u8]) -> Result<Packet, BlockFault> {
        self.packet(block, self.u16(block, 8).into())
    }

    #[inline]
    fn packet(&self, block: &[u8], interface: u32) -> Result<Packet, BlockFault> {
        let captured = self.u32(block, 20);
        let wire_len = self.u32(block, 24).max(captured);
        let room = block.len().saturating_sub(32) as u32;
        if captured > room {
            return Err(BlockFault::Captured { claimed: captured, room });
        }
        let (index, known, clock) = self.lookup(interface)?;
        let high = u64::from(self.u32(block, 12));
        let low = u64::from(self.u32(block, 16));
        // Captured is at most the room, and that is a multiple of four.
        let padded = captured.next_multiple_of(4);
        Ok(Packet {
            link: known.link,
            interface: index,
            time: clock.time(high << 32 | low),
            start: 28,
            captured,
            wire_len,
            options: (padded < room).then_some(28_usize.saturating_add(padded as usize)),
        })
    }

    /// A block of nothing but a length and octets, captured on the section's first interface.
    fn simple(&self, block: &[u8]) -> Result<Packet, BlockFault> {
        let (index, known, _) = self.lookup(0)?;
        let wire_len = self.u32(block, 8);
        let room = block.len().saturating_sub(16) as u32;
        let limit = if known.snaplen == 0 { u32::MAX } else { known.snaplen };
        let captured = wire_len.min(limit);
        if captured > room {
            return Err(BlockFault::Captured { claimed: captured, room });
        }
        let link = known.link;
        let (time, start, options) = (None, 12, None);
        Ok(Packet { link, interface: index, time, start, captured, wire_len, options })
    }

    #[inline]
    fn lookup(&self, number: u32) -> Result<(u32, &Interface, Clock), BlockFault> {
        let index = self.section.saturating_add(number as usize);
        match (self.interfaces.get(index), self.clocks.get(index)) {
            (Some(interface), Some(clock)) => Ok((index as u32, interface, *clock)),
            _ => Err(BlockFault::Interface(number)),
        }
    }

    fn section(&mut self, block: &[u8]) -> Result<Meaning, BlockFault> {
        self.section = self.interfaces.len();
        self.options(block, 24, |_, _| {})?;
        Ok(Meaning::Section { major: self.u16(block, 12), minor: self.u16(block, 14) })
    }

    fn interface(&mut self, block: &[u8]) -> Result<(), BlockFault> {
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(BlockFault::Interfaces(MAX_INTERFACES));
        }
        let link = LinkType(self.u16(block, 8));
        let mut interface = Interface::new(link, self.u32(block, 12), Resolution::MICRO);
        let mut offset = 0;
        let order = self.order;
        let mut room = self.room;
        self.options(block, 16, |code, value| match code {
            OPTION_COMMENT => interface.comments.extend(room.keep(value)),
            OPTION_IF_NAME => interface.name = room.keep(value),
            OPTION_IF_DESCRIPTION => interface.description = room.keep(value),
            OPTION_IF_RESOLUTION => {
                interface.resolution = value.first().map_or(Resolution::MICRO, |r| Resolution(*r));
            }
            OPTION_IF_OFFSET => {
                if let Some(seconds) = value.first_chunk::<8>() {
                    offset = match order {
                        Order::Little => i64::from_le_bytes(*seconds),
                        Order::Big => i64::from_be_bytes(*seconds),
                    };
                }
            }
            _ => {}
        })?;
        self.room = room;
        self.clocks.push(interface.resolution.clock(offset));
        self.interfaces.push(interface);
        Ok(())
    }

    /// Adds the comments of a packet whose options start there.
    pub(super) fn comments(
        &self,
        block: &[u8],
        options: usize,
        comments: &mut Vec<String>,
    ) -> Result<(), BlockFault> {
        let mut room = Room::new();
        self.options(block, options, |code, value| {
            if code == OPTION_COMMENT {
                comments.extend(room.keep(value));
            }
        })
    }

    /// Walks over the options from `at` to the length at the block's end.
    fn options<'b>(
        &self,
        block: &'b [u8],
        at: usize,
        mut each: impl FnMut(u16, &'b [u8]),
    ) -> Result<(), BlockFault> {
        let mut rest = block.get(at..block.len().saturating_sub(4)).unwrap_or_default();
        while let Some((head, tail)) = rest.split_first_chunk::<4>() {
            let [a, b, c, d] = *head;
            let (code, claimed) = (self.order.u16([a, b]), self.order.u16([c, d]));
            if code == OPTION_END {
                break;
            }
            let value = tail.get(..claimed.into()).ok_or(BlockFault::Option { code, claimed })?;
            each(code, value);
            let padded = usize::from(claimed).next_multiple_of(4);
            rest = tail.get(padded..).unwrap_or_default();
        }
        Ok(())
    }
}
