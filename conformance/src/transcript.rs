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
    /// What is to be said about it: the step that it belongs to, why it decided.
    pub comments: Vec<String>,
}

/// The packets in the order in which they left or reached the tester; the first has number 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The packets.
    pub packets: Vec<Packet>,
}
