//! MP_JOIN: adds a subflow to a connection (RFC 8684 §3.2, RFC 6824 §3.2).
//!
//! ```text
//! SYN, 12 octets
//! |     Kind      |  Length = 12  |Subtype|     |B|   Address ID  |
//! |                   Receiver's Token (32 bits)                  |
//! |                Sender's Random Number (32 bits)               |
//! SYN/ACK, 16 octets
//! |     Kind      |  Length = 16  |Subtype|     |B|   Address ID  |
//! |                Sender's Truncated HMAC (64 bits)              |
//! |                Sender's Random Number (32 bits)               |
//! ACK, 24 octets
//! |     Kind      |  Length = 24  |Subtype|      (reserved)       |
//! |                   Sender's HMAC (160 bits)                    |
//! ```
//!
//! The HMAC is HMAC-SHA256 in v1 and HMAC-SHA1 in v0; the length tells the three forms apart.

use super::Malformed;
use super::layout::{Layout, regular};
use crate::wire::field::{Field, Slot};

regular! {
    /// MP_JOIN on the SYN.
    JoinSyn, 12 octets
    /// Three reserved bits.
    reserved: u8 = JoinReserved at Slot::bits(2, 1, 0x0e);
    /// B: the subflow starts as a backup.
    backup: bool = Backup at Slot::bits(2, 1, 0x01);
    /// The sender's ID for this subflow's source address.
    address_id: u8 = AddressId at Slot::octets(3, 1);
    /// The token of the receiver's key.
    token: u32 = ReceiverToken at Slot::octets(4, 4);
    /// The sender's nonce.
    nonce: u32 = SenderRandom at Slot::octets(8, 4);
}

regular! {
    /// MP_JOIN on the SYN/ACK.
    JoinSynAck, 16 octets
    /// Three reserved bits.
    reserved: u8 = JoinReserved at Slot::bits(2, 1, 0x0e);
    /// B: the subflow starts as a backup.
    backup: bool = Backup at Slot::bits(2, 1, 0x01);
    /// The sender's ID for this subflow's source address.
    address_id: u8 = AddressId at Slot::octets(3, 1);
    /// The leftmost 64 bits of the sender's HMAC.
    hmac: u64 = SenderTruncatedHmac at Slot::octets(4, 8);
    /// The sender's nonce.
    nonce: u32 = SenderRandom at Slot::octets(12, 4);
}

regular! {
    /// MP_JOIN on the third ACK.
    JoinAck, 24 octets
    /// Twelve reserved bits.
    reserved: u16 = Reserved at Slot::bits(2, 2, 0x0fff);
    /// The leftmost 160 bits of the sender's HMAC.
    hmac: [u8; 20] = SenderHmac at Slot::octets(4, 20);
}

/// The MP_JOIN option in one of its three forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MpJoin {
    /// On the SYN.
    Syn(JoinSyn),
    /// On the SYN/ACK.
    SynAck(JoinSynAck),
    /// On the third ACK.
    Ack(JoinAck),
}

impl MpJoin {
    pub(super) fn parse(option: &[u8]) -> Result<Self, Malformed> {
        match option.len() as u8 {
            JoinSyn::LENGTH => JoinSyn::read(option).map(Self::Syn),
            JoinSynAck::LENGTH => JoinSynAck::read(option).map(Self::SynAck),
            JoinAck::LENGTH => JoinAck::read(option).map(Self::Ack),
            _ => None,
        }
        .ok_or_else(|| Malformed::length(option, "MP_JOIN", "12, 16 or 24 octets", "RFC 8684 §3.2"))
    }
}

impl Layout for MpJoin {
    fn length(&self) -> u8 {
        match self {
            Self::Syn(join) => join.length(),
            Self::SynAck(join) => join.length(),
            Self::Ack(join) => join.length(),
        }
    }

    fn fields(&self, visit: &mut impl FnMut(Field)) {
        match self {
            Self::Syn(join) => join.fields(visit),
            Self::SynAck(join) => join.fields(visit),
            Self::Ack(join) => join.fields(visit),
        }
    }
}
