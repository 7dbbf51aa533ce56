//! Lengths in IP headers that lie about a frame with a segment.

use crate::notice::{Notice, NoticeId};
use crate::source::{Frame, LinkType};
use crate::wire::frame::{self, Name, TunnelPorts};
use crate::wire::tcp::Segment;

/// The least IPv4 header and the least TCP header, in octets.
const LEAST: u32 = 20;
const V6: u32 = 40;

/// Adds a notice for each header whose length field claims more than there is. Only frames that
/// aren't plain, or lie, have their headers walked again for it.
pub(super) fn lint(
    frame: &Frame<'_>,
    segment: &Segment<'_>,
    tunnels: &TunnelPorts,
    out: &mut Vec<Notice>,
) {
    if !is_plain_and_true(frame, segment) {
        walk(frame, tunnels, out);
    }
}

/// Whether one IP header stands right before the segment, and counts just what was decoded.
#[inline]
fn is_plain_and_true(frame: &Frame<'_>, segment: &Segment<'_>) -> bool {
    let v4 = segment.src.addr.is_ipv4();
    let Some(ip) = segment.header_offset.checked_sub(if v4 { LEAST } else { V6 }) else {
        return false;
    };
    // Before an IP header that starts here there is no room for another one.
    if ip >= LEAST && !(frame.link == LinkType::LINUX_SLL2 && ip == LEAST) {
        return false;
    }
    let Some(&[first, _, t0, t1, l0, l1, next, ..]) =
        frame.octets.get(ip as usize..).and_then(|octets| octets.first_chunk::<20>())
    else {
        return false;
    };
    let held = u32::from(segment.header_len).max(LEAST).saturating_add(segment.payload_len);
    // A length of 0 claims nothing: the network card was left to divide the segment.
    let (shape, claimed, passed) = if v4 {
        (first == 0x45, u16::from_be_bytes([t0, t1]), LEAST)
    } else {
        (first >> 4 == 6 && next == 6, u16::from_be_bytes([l0, l1]), 0)
    };
    shape && (claimed == 0 || u32::from(claimed) == held.saturating_add(passed))
}

#[cold]
fn walk(frame: &Frame<'_>, tunnels: &TunnelPorts, out: &mut Vec<Notice>) {
    let packet = frame::decode_with(tunnels, frame.link, frame.octets, frame.wire_len);
    for layer in packet.layers.as_slice() {
        let Some(fault) = layer.fault else { continue };
        // TCP's own lie is told by its segment.
        if layer.kind.name() != Name::Tcp {
            let text = format!("{} header at octet {}: {fault}", layer.kind.name(), layer.offset);
            out.push(Notice::new(NoticeId::IpLength, text));
        }
    }
}
