//! What a run decides before any case is played: the parameters that the drafts leave open, and
//! which of its variants a case is played in.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use mpdissect::wire::mptcp::{Dialect, MaxSubflowsLayout};
use serde::Deserialize;

/// Which end of the connection the target is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The target accepts connections: the server of the drafts.
    Listener,
    /// The target opens connections: the client of the drafts.
    Initiator,
}

impl Role {
    /// Both.
    pub const BOTH: &'static [Self] = &[Self::Listener, Self::Initiator];
    /// The listener alone.
    pub const LISTENER: &'static [Self] = &[Self::Listener];
    /// The initiator alone.
    pub const INITIATOR: &'static [Self] = &[Self::Initiator];

    /// The name in ids and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Listener => "listener",
            Self::Initiator => "initiator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The version of IP under the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::V4, Self::V6];

    /// The name in ids and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V4 => "ipv4",
            Self::V6 => "ipv6",
        }
    }

    /// Whether an address is one of this version.
    pub const fn has(self, address: &IpAddr) -> bool {
        matches!((self, address), (Self::V4, IpAddr::V4(_)) | (Self::V6, IpAddr::V6(_)))
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How a host says yes to an experiment that it knows: the two published texts differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Negotiation {
    /// S=0, U=0 (draft-bonaventure-mptcp-exp-option-00 §2).
    #[default]
    ExpOption00,
    /// S=1, U=1 (draft-ietf-mptcp-rfc6824bis-05 to -10 §3.7).
    Rfc6824bis,
}

impl Negotiation {
    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExpOption00 => "exp-00",
            Self::Rfc6824bis => "bis",
        }
    }
}

impl fmt::Display for Negotiation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What holds for one play of one case. Scripts are built from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Which end the target is.
    pub role: Role,
    /// The version of IP.
    pub family: Family,
    /// The layout in which the tester sends Maximum Subflows, and the target when it speaks first.
    pub layout: MaxSubflowsLayout,
    /// The numbers of the two drafts' options.
    pub dialect: Dialect,
    /// How experiments are accepted.
    pub negotiation: Negotiation,
    /// The maximum that the target is known to announce for its own side, at least 2.
    pub target_max: u32,
    /// The source of every random number: keys, nonces, sequence numbers, ports, impairments.
    pub seed: u64,
    /// What every window of time is multiplied with, for slow targets; at least 1.
    pub time_scale: u32,
}

impl Plan {
    /// A window of time of a script, scaled.
    pub fn scaled(&self, window: Duration) -> Duration {
        window.saturating_mul(self.time_scale)
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            role: Role::Listener,
            family: Family::V4,
            layout: MaxSubflowsLayout::A,
            dialect: Dialect::default(),
            negotiation: Negotiation::default(),
            target_max: 3,
            seed: 0,
            time_scale: 1,
        }
    }
}
