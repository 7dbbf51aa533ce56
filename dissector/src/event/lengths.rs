//! Lengths in IP headers that lie about a frame with a segment.

use crate::notice::{Notice, NoticeId};
use crate::source::Frame;
use crate::wire::frame::{self, Name, TunnelPorts};

/// Adds a notice for each header whose length field claims more than there is. It walks over the
/// headers again, which is for frames only that are known to have a fault.
#[cold]
pub(super) fn lint(frame: &Frame<'_>, tunnels: &TunnelPorts, out: &mut Vec<Notice>) {
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
