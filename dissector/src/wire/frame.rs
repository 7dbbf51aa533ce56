//! From the octets of a frame to the TCP segment inside it, through every tunnel on the way.
//!
//! [`locate()`] finds the segment and nothing else: a few nanoseconds for a frame without a tunnel.
//! [`decode`] takes the same path, lists the headers that it passed, each with what is wrong with
//! it, and reads the segment. Both say why they stopped when there is no segment to give.
//!
//! A length field that claims more than the frame holds is noted and doesn't end the walk: what
//! is present is decoded. Frames cut by the snapshot length are decoded up to the cut.

mod layer;
mod locate;
mod plain;
mod span;
mod stop;
#[cfg(test)]
mod tests;
mod walk;

pub use layer::{Fragment, Layer, LayerKind, Layers, Name};
pub use locate::Located;
pub use stop::{Fault, Field, Space, Stop};

pub(super) use locate::Addresses;
pub(super) use span::{Span, narrow};
pub(super) use walk::{Sink, Walk};

use super::{link, tcp::Segment, tunnel};
use crate::source::LinkType;
pub use tunnel::TunnelPorts;

/// A frame's headers, outermost first, and the segment they lead to.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Every header that was passed, TCP's included.
    pub layers: Layers,
    /// The segment, when the headers lead to one.
    pub segment: Option<Segment<'a>>,
    /// Why the walk ended.
    pub stop: Stop,
}

/// Decodes a frame of `wire_len` octets on the wire, of which `octets` were captured.
pub fn decode(link: LinkType, octets: &[u8], wire_len: u32) -> Packet<'_> {
    decode_with(&TunnelPorts::DEFAULT, link, octets, wire_len)
}

/// Decodes as [`decode`] does, with other UDP ports for the tunnels.
pub fn decode_with<'a>(
    ports: &TunnelPorts,
    link: LinkType,
    octets: &'a [u8],
    wire_len: u32,
) -> Packet<'a> {
    let mut packet = Packet { layers: Layers::default(), segment: None, stop: Stop::Tcp };
    let mut walk = Walk::new(ports, octets, wire_len, &mut packet.layers);
    match link::start(&mut walk, link) {
        Ok(()) => packet.segment = Some(walk.located().segment()),
        Err(stop) => packet.stop = stop,
    }
    packet
}

/// Finds the segment of a frame without listing its headers.
///
/// # Errors
///
/// Why there is no segment, exactly as [`Packet::stop`] says it.
#[inline]
pub fn locate(link: LinkType, octets: &[u8], wire_len: u32) -> Result<Located<'_>, Stop> {
    locate_with(&TunnelPorts::DEFAULT, link, octets, wire_len)
}

/// Finds the segment as [`locate()`] does, with other UDP ports for the tunnels.
///
/// # Errors
///
/// Why there is no segment, exactly as [`Packet::stop`] says it.
#[inline]
pub fn locate_with<'a>(
    ports: &TunnelPorts,
    link: LinkType,
    octets: &'a [u8],
    wire_len: u32,
) -> Result<Located<'a>, Stop> {
    if link == LinkType::ETHERNET
        && let Some(located) = plain::locate(octets, wire_len)
    {
        return Ok(located);
    }
    locate_anywhere(ports, link, octets, wire_len)
}

/// The way of the frames that aren't plain, kept apart so that theirs is short.
#[inline(never)]
fn locate_anywhere<'a>(
    ports: &TunnelPorts,
    link: LinkType,
    octets: &'a [u8],
    wire_len: u32,
) -> Result<Located<'a>, Stop> {
    let mut faulty = false;
    let mut walk = Walk::new(ports, octets, wire_len, &mut faulty);
    link::start(&mut walk, link)?;
    let located = walk.located();
    Ok(Located { faulty, ..located })
}
