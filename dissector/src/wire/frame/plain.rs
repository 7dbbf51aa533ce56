//! A short cut for the headers that nearly every frame has: Ethernet, one IP header with nothing
//! beside it, TCP. It halves the time that a frame without Multipath TCP costs.
//!
//! It knows nothing that the walk doesn't: whatever is not exactly this shape, or is wrong in any
//! way, is left to the walk, and the tests hold the two against each other.

use super::locate::{Addresses, Located};
use super::span::{Span, saturate};
use crate::wire::ip::{protocol::TCP, v4_fragment};
use crate::wire::link::ethertype;

const ETHERNET: u32 = 14;
const V4: u32 = 20;
const V6: u32 = 40;
const TCP_LEAST: u32 = 20;

/// The segment of an Ethernet frame of the plain shape.
#[inline]
pub(super) fn locate(octets: &[u8], wire_len: u32) -> Option<Located<'_>> {
    let head: &[u8; (ETHERNET + V4) as usize] = octets.first_chunk()?;
    let wire = wire_len.max(saturate(octets.len())).checked_sub(ETHERNET)?;
    match u16::from_be_bytes([head[12], head[13]]) {
        ethertype::IPV4 => {
            let total = u32::from(u16::from_be_bytes([head[16], head[17]]));
            // Version 4, a header of twenty octets.
            let plain =
                head[14] == 0x45 && v4_fragment(u16::from_be_bytes([head[20], head[21]])).is_none();
            if !plain || head[23] != TCP || total > wire {
                return None;
            }
            let addresses = Addresses::V4(octets.get(26..)?.first_chunk()?);
            located(octets, ETHERNET.wrapping_add(V4), total.checked_sub(V4)?, addresses)
        }
        ethertype::IPV6 => {
            let length = u32::from(u16::from_be_bytes([head[18], head[19]]));
            if head[14] >> 4 != 6 || head[20] != TCP || length.wrapping_add(V6) > wire {
                return None;
            }
            let addresses = Addresses::V6(octets.get(22..)?.first_chunk()?);
            located(octets, ETHERNET.wrapping_add(V6), length, addresses)
        }
        _ => None,
    }
}

/// The TCP header at `offset`, in a segment of `wire` octets.
#[inline]
fn located<'a>(
    octets: &'a [u8],
    offset: u32,
    wire: u32,
    addresses: Addresses<'a>,
) -> Option<Located<'a>> {
    let rest = octets.get(offset as usize..)?;
    let rest = rest.get(..wire as usize).unwrap_or(rest);
    let span = Span { octets: rest, offset, wire, fragment: false };
    (rest.len() >= TCP_LEAST as usize).then_some(Located { span, addresses, faulty: false })
}
