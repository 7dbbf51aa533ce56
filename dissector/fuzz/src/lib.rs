//! What the fuzz targets and the maker of their first inputs agree on.

use mpdissect::source::{Frame, LinkType, Time};

/// The link types that an input chooses from, by the remainder of its first octet.
pub const LINKS: [LinkType; 10] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::LINUX_SLL,
    LinkType::LINUX_SLL2,
    LinkType::NULL,
    LinkType::LOOP,
    LinkType::PPP,
    LinkType::PPP_HDLC,
    LinkType::IPV4,
    LinkType::IPV6,
];

/// Octets before a frame in an input: link, octets that the snap length cut, length (two octets).
const HEAD: usize = 4;

/// Appends a frame to an input; `false` where its link isn't one of [`LINKS`] or it is too long.
pub fn append(input: &mut Vec<u8>, frame: &Frame<'_>) -> bool {
    let link = LINKS.iter().position(|&link| link == frame.link);
    let (Some(link), Ok(length)) = (link, u16::try_from(frame.octets.len())) else { return false };
    let cut = frame.wire_len.saturating_sub(frame.octets.len() as u32).min(255) as u8;
    input.extend([link as u8, cut]);
    input.extend(length.to_be_bytes());
    input.extend(frame.octets);
    true
}

/// The frames of an input. The last one may be shorter than it says.
pub fn frames(mut input: &[u8]) -> impl Iterator<Item = Frame<'_>> {
    let mut number = 0;
    std::iter::from_fn(move || {
        let (&[link, cut, high, low], rest) = input.split_first_chunk::<HEAD>()?;
        let length = usize::from(u16::from_be_bytes([high, low])).min(rest.len());
        let (octets, rest) = rest.split_at(length);
        input = rest;
        number += 1;
        Some(Frame {
            time: Some(Time(number * 1_000_000)),
            link: LINKS[usize::from(link) % LINKS.len()],
            octets,
            wire_len: length as u32 + u32::from(cut),
            interface: 0,
        })
    })
}
