//! What a host lends its connections while they do something.

use std::collections::HashMap;
use std::time::Duration;

use fastrand::Rng;
use mpdissect::wire::mptcp::MptcpOption;
use mpdissect::wire::tcp::Endpoint;

use super::limit::LimitConfig;
use super::navigation::SubflowId;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::testbed::Topology;

/// The host's side of an event.
pub(super) struct Env<'a> {
    /// When.
    pub(super) now: Duration,
    /// How it decides.
    pub(super) policy: Policy,
    /// What the drafts leave open.
    pub(super) plan: &'a Plan,
    /// Its addresses and ports.
    pub(super) topology: &'a Topology,
    /// What new connections say about Maximum Subflows.
    pub(super) limits: LimitConfig,
    /// How many subflows of all connections were established before the event.
    pub(super) live: u32,
    /// Every random number.
    pub(super) rng: &'a mut Rng,
    /// Where segments go.
    pub(super) demux: &'a mut Demux,
    /// What is sent.
    pub(super) out: &'a mut Vec<Vec<u8>>,
}

/// Which connection a segment belongs to.
#[derive(Debug, Default)]
pub(super) struct Demux {
    /// By own and other end: the connection, and its subflow.
    pub(super) subflows: HashMap<(Endpoint, Endpoint), (usize, SubflowId)>,
    /// Ends of subflows that were reset, and what was said with it: it is said again to whoever
    /// didn't hear it.
    pub(super) resets: HashMap<(Endpoint, Endpoint), Vec<MptcpOption>>,
    /// By the token of the own key.
    pub(super) tokens: HashMap<u32, usize>,
    ports: u16,
    subflows_made: u32,
}

impl Demux {
    /// How many subflows there were before this one.
    pub(super) fn number(&mut self) -> u32 {
        self.subflows_made = self.subflows_made.wrapping_add(1);
        self.subflows_made - 1
    }

    /// The next port for a connection that the host opens (RFC 6335 §6: the dynamic ones).
    pub(super) fn port(&mut self) -> u16 {
        self.ports = (self.ports + 1) % 16_000;
        49_152 + self.ports
    }
}
