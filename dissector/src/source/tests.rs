//! Readers and writers against each other, against damage, and against waiting.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;

use super::*;

mod damage;
mod formats;
mod waiting;
mod writing;

/// A frame that owns its octets, and what came with it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owned {
    time: Option<Time>,
    link: LinkType,
    octets: Vec<u8>,
    wire_len: u32,
    interface: u32,
    comments: Vec<String>,
}

impl Owned {
    fn of(source: &impl Source) -> Self {
        let Frame { time, link, octets, wire_len, interface } = source.frame();
        let comments = source.comments().to_vec();
        Self { time, link, octets: octets.to_vec(), wire_len, interface, comments }
    }

    fn frame(&self) -> Frame<'_> {
        let Self { time, link, ref octets, wire_len, interface, .. } = *self;
        Frame { time, link, octets, wire_len, interface }
    }
}

/// Reads everything, and the error that ended it.
fn read_all(source: &mut impl Source) -> (Vec<Owned>, Option<SourceError>) {
    let mut frames = Vec::new();
    loop {
        match source.advance() {
            Ok(true) => frames.push(Owned::of(source)),
            Ok(false) => return (frames, None),
            Err(error) => {
                assert!(!source.advance().is_ok_and(|more| more), "a frame after the end");
                return (frames, Some(error));
            }
        }
    }
}

/// Reads a file from memory with a buffer so small that every frame passes its edge.
fn read_octets(octets: &[u8]) -> (Vec<Owned>, Option<SourceError>) {
    match open_octets(octets) {
        Ok(mut input) => read_all(&mut input),
        Err(error) => (Vec::new(), Some(error)),
    }
}

fn open_octets(octets: &[u8]) -> Result<Input, SourceError> {
    let options = ReadOptions { block_len: 64, ..ReadOptions::default() };
    Input::from_reader(Cursor::new(octets.to_vec()), Path::new("memory"), &options)
}

/// Octets of a file in the making, in one byte order.
struct Maker {
    octets: Vec<u8>,
    big: bool,
}

impl Maker {
    fn new(big: bool) -> Self {
        Self { octets: Vec::new(), big }
    }

    fn u32s(&mut self, numbers: &[u32]) -> &mut Self {
        for number in numbers {
            let octets = if self.big { number.to_be_bytes() } else { number.to_le_bytes() };
            self.octets.extend_from_slice(&octets);
        }
        self
    }

    fn u16s(&mut self, numbers: &[u16]) -> &mut Self {
        for number in numbers {
            let octets = if self.big { number.to_be_bytes() } else { number.to_le_bytes() };
            self.octets.extend_from_slice(&octets);
        }
        self
    }

    fn raw(&mut self, octets: &[u8]) -> &mut Self {
        self.octets.extend_from_slice(octets);
        self
    }

    fn padded(&mut self, octets: &[u8]) -> &mut Self {
        self.raw(octets);
        self.octets.resize(self.octets.len().next_multiple_of(4), 0);
        self
    }

    fn pcap_header(&mut self, magic: u32, minor: u16, link: u32) -> &mut Self {
        self.u32s(&[magic]).u16s(&[2, minor]).u32s(&[0, 0, 65_535, link])
    }

    fn option(&mut self, code: u16, value: &[u8]) -> &mut Self {
        self.u16s(&[code, value.len() as u16]).padded(value)
    }

    /// A block whose body another maker of the same byte order writes.
    fn block(&mut self, kind: u32, body: impl FnOnce(&mut Maker)) -> &mut Self {
        let mut inner = Maker::new(self.big);
        body(&mut inner);
        let len = inner.octets.len() as u32 + 12;
        self.u32s(&[kind, len]).raw(&inner.octets).u32s(&[len])
    }

    fn section(&mut self, comment: &str) -> &mut Self {
        self.block(0x0a0d_0d0a, |body| {
            body.u32s(&[0x1a2b_3c4d]).u16s(&[1, 0]).u32s(&[u32::MAX; 2]);
            body.option(1, comment.as_bytes()).option(0, b"");
        })
    }

    fn enhanced(&mut self, interface: u32, ticks: u64, octets: &[u8], comment: &str) -> &mut Self {
        self.block(6, |body| {
            let len = octets.len() as u32;
            body.u32s(&[interface, (ticks >> 32) as u32, ticks as u32, len, len + 100]);
            body.padded(octets);
            if !comment.is_empty() {
                body.option(2, &[0; 4]).option(1, comment.as_bytes()).option(0, b"");
            }
        })
    }
}

/// A file that takes what a writer gives it.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a writer makes of frames.
fn written(is_pcapng: bool, frames: &[Owned], interfaces: &[Interface]) -> Vec<u8> {
    let shared = Shared::default();
    let mut writer = Writer::to_sink(Box::new(shared.clone()), Path::new("memory"), is_pcapng);
    for frame in frames {
        writer.write(&frame.frame(), interfaces, &frame.comments).unwrap();
    }
    writer.finish(interfaces).unwrap();
    let octets = shared.0.lock().unwrap();
    octets.clone()
}

fn nano_ethernet() -> Interface {
    Interface::new(LinkType::ETHERNET, 0, Resolution::NANO)
}

/// A few frames of one interface, of lengths around the ends of words.
fn sample() -> Vec<Owned> {
    (0..7_u32)
        .map(|index| Owned {
            time: Some(Time(1_700_000_000_000_000_001 + i64::from(index) * 1_001)),
            link: LinkType::ETHERNET,
            octets: (0..index as u8 * 13).collect(),
            wire_len: index * 13 + index % 2 * 1_000,
            interface: 0,
            comments: Vec::new(),
        })
        .collect()
}
