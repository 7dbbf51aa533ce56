//! Which segments an option belongs on (RFC 8684 §3.1 to §3.7, the drafts' §3 and §4).

use super::{CapableKeys, MpCapable, MpJoin, MptcpOption};
use crate::wire::tcp::Flags;

/// Why an option doesn't belong on a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// Whatever its form, it has no place there.
    Place,
    /// It has a place there in another form only: that of these lengths.
    Length(&'static str),
}

impl MptcpOption {
    /// Whether the option belongs on a segment with these flags, and why not. A host passes over
    /// an option that doesn't.
    pub fn misfit(&self, flags: Flags) -> Option<Misfit> {
        let (syn, ack, rst) =
            (flags.contains(Flags::SYN), flags.contains(Flags::ACK), flags.contains(Flags::RST));
        let fits = match self {
            Self::MpCapable(_) | Self::MpJoin(_) => !rst && (syn || ack),
            Self::Dss(_) | Self::MpFail(_) | Self::MpFastclose(_) => !syn,
            Self::AddAddr(_) | Self::RemoveAddr(_) | Self::MpPrio(_) | Self::Navigation(_) => {
                !syn && !rst
            }
            Self::MpTcprst(_) => rst,
            Self::MaxSubflows(_) | Self::Experimental(_) | Self::Unknown(_) => true,
        };
        if !fits {
            return Some(Misfit::Place);
        }
        match self {
            Self::MpCapable(capable) => capable_length(capable, syn, ack),
            Self::MpJoin(join) => join_length(join, syn, ack),
            _ => None,
        }
        .map(Misfit::Length)
    }
}

/// The length that an MP_CAPABLE should have, if it has another.
fn capable_length(capable: &MpCapable, syn: bool, ack: bool) -> Option<&'static str> {
    let (fits, expected) = match (capable.version, syn, ack) {
        (0, true, _) | (1.., true, true) => {
            (matches!(capable.keys, CapableKeys::Sender(_)), "12 octets")
        }
        (1.., true, false) => (matches!(capable.keys, CapableKeys::None), "4 octets"),
        (0, ..) => (matches!(capable.keys, CapableKeys::Both { .. }), "20 octets"),
        _ => (capable.receiver_key().is_some(), "20, 22 or 24 octets"),
    };
    (!fits).then_some(expected)
}

/// The length that an MP_JOIN should have, if it has another.
fn join_length(join: &MpJoin, syn: bool, ack: bool) -> Option<&'static str> {
    match (join, syn, ack) {
        (MpJoin::Syn(_), true, false)
        | (MpJoin::SynAck(_), true, true)
        | (MpJoin::Ack(_), false, _) => None,
        (_, true, false) => Some("12 octets"),
        (_, true, true) => Some("16 octets"),
        _ => Some("24 octets"),
    }
}
