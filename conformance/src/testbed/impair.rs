//! What a link in memory does to packets: loss, duplication, reordering, delay, and middleboxes
//! that strip options.

use std::time::Duration;

/// What happens to packets on the way, all of it decided by the seed.
#[derive(Clone, Debug)]
pub struct Impairments {
    /// The source of every decision.
    pub seed: u64,
    /// How long a packet takes one way.
    pub delay: Duration,
    /// Up to so much more for a packet that is overtaken by others.
    pub jitter: Duration,
    /// The share of packets that are lost, in per mille.
    pub loss: u16,
    /// The share of packets that arrive twice, in per mille.
    pub duplication: u16,
    /// The share of packets that are held back by `jitter`, in per mille.
    pub reordering: u16,
}

impl Default for Impairments {
    fn default() -> Self {
        Self {
            seed: 0,
            delay: Duration::from_millis(5),
            jitter: Duration::ZERO,
            loss: 0,
            duplication: 0,
            reordering: 0,
        }
    }
}
