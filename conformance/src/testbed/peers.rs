//! Peers that are broken altogether: no case may pass against them.

use std::time::Duration;

use mpdissect::source::LinkType;
use mpdissect::wire::frame;
use mpdissect::wire::tcp::{Flags, Segment};

use super::{Peer, Trouble};
use crate::craft::{self, Header};
use crate::script::Order;

/// How a peer is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Broken {
    /// It never says anything.
    Silent,
    /// It answers everything with RST.
    Resetting,
    /// It sends back every packet, with addresses and ports the other way round.
    Echoing,
}

impl Broken {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Silent, Self::Resetting, Self::Echoing];
}

impl Peer for Broken {
    fn receive(&mut self, _now: Duration, packet: &[u8], out: &mut Vec<Vec<u8>>) {
        let Ok(located) = frame::locate(LinkType::RAW, packet, packet.len() as u32) else { return };
        let segment = located.segment();
        match self {
            Self::Silent => {}
            Self::Resetting if segment.flags.contains(Flags::RST) => {}
            Self::Resetting => out.push(reset(&segment)),
            Self::Echoing => out.push(turned_round(&segment)),
        }
    }

    fn next_wake(&self) -> Option<Duration> {
        None
    }

    fn wake(&mut self, _now: Duration, _out: &mut Vec<Vec<u8>>) {}

    fn order(
        &mut self,
        _now: Duration,
        order: &Order,
        _out: &mut Vec<Vec<u8>>,
    ) -> Result<(), Trouble> {
        match order {
            Order::Connect { .. } => Ok(()),
            _ => Err(Trouble::Unsupported("a broken peer takes no orders".into())),
        }
    }
}

/// The answer to a segment that belongs to no connection (RFC 9293 §3.5.2).
fn reset(to: &Segment<'_>) -> Vec<u8> {
    let acks = to.flags.contains(Flags::ACK);
    let (seq, ack, flags) = if acks {
        (to.ack, 0, Flags::RST)
    } else {
        (0, to.seq.wrapping_add(to.sequence_len()), Flags::RST | Flags::ACK)
    };
    let header = Header { seq, ack, flags, window: 0, urgent: 0, options: &[], ..back(to) };
    craft::packet(&header, &[])
}

fn turned_round(to: &Segment<'_>) -> Vec<u8> {
    craft::packet(&back(to), to.payload)
}

/// The same headers from the receiver.
fn back<'a>(to: &Segment<'a>) -> Header<'a> {
    Header { src: to.dst, dst: to.src, ..Header::of(to) }
}
