//! Frames as records of a pcap file (draft-ietf-opsawg-pcap).

use std::io;

use super::{Counted, Refusal};
use crate::source::pcap::{MAGIC_MICRO, MAGIC_NANO};
use crate::source::{Frame, Interface, LinkType, Resolution, SNAPLEN_MAX, Time};

/// What the file's header has fixed, once it is written.
#[derive(Default)]
pub(super) struct Pcap(Option<Header>);

#[derive(Clone, Copy)]
struct Header {
    link: LinkType,
    /// Nanoseconds in a unit of the second half of a time.
    fraction: i64,
}

impl Pcap {
    /// Writes the file's header, if that wasn't done.
    pub(super) fn begin(&mut self, sink: &mut Counted, known: &[Interface]) -> io::Result<()> {
        let link = known.first().map_or(LinkType::ETHERNET, |interface| interface.link);
        self.header(sink, link, known, false).map(drop)
    }

    fn header(
        &mut self,
        sink: &mut Counted,
        link: LinkType,
        known: &[Interface],
        nanos: bool,
    ) -> io::Result<Header> {
        if let Some(header) = self.0 {
            return Ok(header);
        }
        let nanos = nanos || known.iter().any(|i| i.resolution.finer_than_micro());
        let magic = if nanos { MAGIC_NANO } else { MAGIC_MICRO };
        // Interfaces to come may keep more than those known by now, and readers cut at this.
        let snaplen = known.iter().map(|known| known.snaplen).fold(SNAPLEN_MAX, u32::max);
        let mut octets = Vec::with_capacity(24);
        octets.extend_from_slice(&magic.to_le_bytes());
        octets.extend_from_slice(&[2, 0, 4, 0]);
        octets.extend_from_slice(&[0; 8]);
        octets.extend_from_slice(&snaplen.to_le_bytes());
        octets.extend_from_slice(&u32::from(link.0).to_le_bytes());
        sink.put(&octets)?;
        Ok(*self.0.insert(Header { link, fraction: if nanos { 1 } else { 1_000 } }))
    }

    /// Writes a frame; `false` if its time isn't exactly that.
    pub(super) fn write(
        &mut self,
        sink: &mut Counted,
        frame: &Frame<'_>,
        time: Time,
        known: &[Interface],
    ) -> Result<bool, Refusal> {
        let micro = Time::from_parts(0, 1_000).0;
        let nanos = time.0.checked_rem(micro).is_some_and(|rest| rest != 0);
        let header = self.header(sink, frame.link, known, nanos)?;
        if header.link != frame.link {
            return Err(Refusal::LinkTypes { first: header.link, other: frame.link });
        }
        let (seconds, nanos) = time.parts();
        let fraction = nanos.checked_div(header.fraction).unwrap_or(0);
        let rest = nanos.checked_rem(header.fraction).unwrap_or(0);
        let stored = u32::try_from(seconds);
        let numbers = [
            stored.unwrap_or(if seconds < 0 { 0 } else { u32::MAX }),
            u32::try_from(fraction).unwrap_or(0),
            u32::try_from(frame.octets.len()).unwrap_or(u32::MAX),
            frame.wire_len,
        ];
        let mut record = [0; 16];
        for (place, number) in record.as_chunks_mut().0.iter_mut().zip(numbers) {
            *place = number.to_le_bytes();
        }
        sink.put(&record)?;
        sink.put(frame.octets)?;
        Ok(stored.is_ok() && rest == 0)
    }
}

const _: () = assert!(Resolution::MICRO.0 == 6, "a pcap file without the other mark has micros");
