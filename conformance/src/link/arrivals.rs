//! What arrives at one interface: neighbours are answered, and packets go to those they are for.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use mpdissect::source::LinkType;
use mpdissect::wire::frame;
use mpdissect::wire::tcp::Flags;
use pnet::datalink::DataLinkReceiver;
use pnet::packet::ethernet::EthernetPacket;

use super::{Shared, ethernet, neighbours, offload};
use crate::craft;

pub(super) struct Arrivals {
    pub(super) shared: Arc<Shared>,
    pub(super) path: usize,
    pub(super) receiver: Box<dyn DataLinkReceiver>,
}

impl Arrivals {
    /// Takes in what comes until the link is closed or broken.
    pub(super) fn take_all(&mut self) {
        while !self.shared.closing.load(Ordering::Relaxed) {
            match self.receiver.next() {
                Ok(octets) => {
                    if let Some(frame) = EthernetPacket::new(octets) {
                        take(&self.shared, self.path, &frame);
                    }
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
                Err(error) => {
                    self.shared.seats.end(&format!("an interface doesn't receive: {error}"));
                    return;
                }
            }
        }
    }
}

fn take(shared: &Shared, path: usize, octets: &EthernetPacket<'_>) {
    let Some(open) = shared.paths.get(path) else { return };
    let heard = neighbours::hear(open.interface.mac(), &open.path.addresses, octets);
    if let Some((neighbour, mac)) = heard.neighbour {
        let waited = open.neighbours().learn(neighbour, mac);
        open.interface.tell();
        for packet in waited {
            // A packet that can't be sent is one that got lost.
            drop(open.interface.send_ip(mac, &packet));
        }
    }
    if let Some(answer) = heard.answer {
        drop(open.interface.send_frame(&answer));
        return;
    }
    let Some(mut packet) = ethernet::ip(octets) else { return };
    let Some((from, to)) = ethernet::addresses(&packet) else { return };
    if !open.path.addresses.contains(&to) || !shared.may_reach(from) {
        return;
    }
    offload::complete(&mut packet);
    let Ok(located) = frame::locate(LinkType::RAW, &packet, packet.len() as u32) else { return };
    let segment = located.segment();
    let port = segment.dst.port;
    let stranger = (!segment.flags.contains(Flags::RST)).then(|| craft::refusal(&segment));
    if !shared.seats.hand_over(port, packet)
        && let Some(refusal) = stranger
    {
        // What a play left behind at the target ends there, too.
        drop(shared.send(&refusal));
    }
}
