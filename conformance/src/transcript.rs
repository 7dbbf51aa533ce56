//! Everything that the tester sent and saw in one play of a case: the evidence.

use std::time::Duration;

/// Which end sent a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The tester.
    Tester,
    /// The target.
    Target,
}

/// One IP packet as it left or reached the tester.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// When, on the clock of the testbed.
    pub time: Duration,
    /// Who sent it.
    pub from: Sender,
    /// The IP packet.
    pub octets: Vec<u8>,
    /// How many octets behind those weren't kept.
    pub cut: u32,
    /// What is to be said about it: the step that it belongs to, why it decided.
    pub comments: Vec<String>,
}

/// The packets in the order in which they left or reached the tester; the first has number 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The packets.
    pub packets: Vec<Packet>,
    /// How many octets of the target's packets are in them.
    kept: usize,
}

impl Transcript {
    /// The target's packets are kept whole until they have so many octets together: a fast one sends
    /// more in a few seconds than anybody wants to read, or has room for.
    const WHOLE: usize = 1 << 20;
    /// What is kept of those behind: the headers with all options, and some payload.
    const HEADERS: usize = 128;

    /// Adds a packet with what is to be said about it, if anything is; its number.
    pub(crate) fn add(
        &mut self,
        time: Duration,
        from: Sender,
        octets: Vec<u8>,
        comment: String,
    ) -> u64 {
        let comments = if comment.is_empty() { Vec::new() } else { vec![comment] };
        self.packets.push(Packet { time, from, octets, cut: 0, comments });
        self.packets.len() as u64
    }

    /// Gives the target's packet of this number its octets, which may not all be kept.
    pub(crate) fn fill(&mut self, number: u64, mut octets: Vec<u8>) {
        let packet = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let Some(packet) = packet.and_then(|index| self.packets.get_mut(index)) else { return };
        if self.kept > Self::WHOLE {
            packet.cut = octets.len().saturating_sub(Self::HEADERS) as u32;
            octets.truncate(Self::HEADERS);
            octets.shrink_to_fit();
        }
        self.kept += octets.len();
        packet.octets = octets;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Sender, Transcript};

    #[test]
    fn much_is_kept_without_its_payload() {
        let mut transcript = Transcript::default();
        for octet in 0..=255 {
            let number = transcript.add(Duration::ZERO, Sender::Target, Vec::new(), String::new());
            transcript.fill(number, vec![octet; 10_000]);
        }
        let (whole, cut): (Vec<_>, Vec<_>) =
            transcript.packets.iter().partition(|packet| packet.cut == 0);
        assert_eq!((whole.len(), cut.len()), (105, 151));
        for packet in cut {
            assert_eq!((packet.octets.len(), packet.cut), (128, 9872));
        }
    }
}
