//! Keys, tokens, HMACs and checksums: pure functions, checked against answers computed elsewhere.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// The hash that a version of the protocol uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// v0 (RFC 6824 §3.1).
    Sha1,
    /// v1 (RFC 8684 §3.1).
    Sha256,
}

impl Algorithm {
    /// The algorithm of a version; versions from 2 on have none that is known.
    pub const fn of_version(version: u8) -> Option<Self> {
        match version {
            0 => Some(Self::Sha1),
            1 => Some(Self::Sha256),
            _ => None,
        }
    }

    /// Token and initial data sequence number of a key: the most significant 32 bits and the least
    /// significant 64 bits of its hash (RFC 8684 §3.1 and §3.2, RFC 6824 §3.1 and §3.2).
    pub fn derive(self, key: u64) -> Derived {
        match self {
            Self::Sha1 => Derived::of(&Sha1::digest(key.to_be_bytes())),
            Self::Sha256 => Derived::of(&Sha256::digest(key.to_be_bytes())),
        }
    }

    /// The HMAC by which the sender of an MP_JOIN proves that it knows both keys, cut to its
    /// leftmost 160 bits; a SYN/ACK carries the leftmost 64 (RFC 8684 §3.2, RFC 6824 §3.2).
    pub fn join_hmac(self, sender: Party, receiver: Party) -> [u8; 20] {
        let nonces = (u64::from(sender.nonce) << 32) | u64::from(receiver.nonce);
        let digest = self.hmac(sender.key, receiver.key, &[&nonces.to_be_bytes()]);
        digest.first_chunk().copied().unwrap_or_default()
    }

    /// An HMAC over the parts of a message before it is cut to what an option has room for: 160
    /// bits, or 256. Its key is the sender's, then the receiver's (RFC 8684 §3.2 and §3.4.1).
    pub fn hmac(self, sender_key: u64, receiver_key: u64, message: &[&[u8]]) -> Vec<u8> {
        let key = ((u128::from(sender_key) << 64) | u128::from(receiver_key)).to_be_bytes();
        match self {
            Self::Sha1 => mac::<Hmac<Sha1>>(&key, message),
            Self::Sha256 => mac::<Hmac<Sha256>>(&key, message),
        }
    }
}

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Derived {
    /// Names the connection at the host that made the key.
    pub token: u32,
    /// The initial data sequence number of what that host sends.
    pub idsn: u64,
}

impl Derived {
    fn of(digest: &[u8]) -> Self {
        let token = digest.first_chunk().copied().unwrap_or_default();
        let idsn = digest.last_chunk().copied().unwrap_or_default();
        Self { token: u32::from_be_bytes(token), idsn: u64::from_be_bytes(idsn) }
    }
}

/// One host's part in an MP_JOIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its key of the connection.
    pub key: u64,
    /// Its random number of this handshake.
    pub nonce: u32,
}

/// The HMAC of an ADD_ADDR: HMAC-SHA256 keyed with the sender's and the receiver's key, over
/// address ID, address and port, where an absent port counts as zero; cut to its rightmost 64 bits
/// (RFC 8684 §3.4.1).
pub fn add_addr_hmac(
    sender_key: u64,
    receiver_key: u64,
    address_id: u8,
    addr: IpAddr,
    port: Option<u16>,
) -> u64 {
    let port = port.unwrap_or(0).to_be_bytes();
    let digest = whole_add_addr_hmac((sender_key, receiver_key), address_id, addr, &port);
    u64::from_be_bytes(digest.last_chunk().copied().unwrap_or_default())
}

/// The HMAC of an ADD_ADDR before it is cut. `keys` are the sender's and the receiver's, `port` the
/// octets of the port as they are in the message.
pub fn whole_add_addr_hmac(keys: (u64, u64), address_id: u8, addr: IpAddr, port: &[u8]) -> Vec<u8> {
    let whole =
        |octets: &[u8]| Algorithm::Sha256.hmac(keys.0, keys.1, &[&[address_id], octets, port]);
    match addr {
        IpAddr::V4(addr) => whole(&addr.octets()),
        IpAddr::V6(addr) => whole(&addr.octets()),
    }
}

fn mac<M: Mac + KeyInit>(key: &[u8], message: &[&[u8]]) -> Vec<u8> {
    // HMAC takes a key of any length, so there is no error to report.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
    for part in message {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// A one's complement sum (RFC 1071) over octets that may come in any order and any cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum(u64);

impl Sum {
    /// The pseudo-header of a mapping: 64-bit data sequence number, subflow sequence number,
    /// length, and zeros in the checksum's place (RFC 8684 §3.3.1).
    pub fn of_mapping(dsn: u64, ssn: u32, length: u16) -> Self {
        let quarters = [dsn >> 48, dsn >> 32, dsn >> 16, dsn].map(|part| part & 0xffff);
        let ssn = u64::from(ssn);
        let whole = quarters.iter().sum::<u64>() + (ssn >> 16) + (ssn & 0xffff) + u64::from(length);
        Self(whole)
    }

    /// Adds octets that start at this place in the summed data: at an odd one they swap halves.
    #[must_use]
    pub fn add(self, at: u64, octets: &[u8]) -> Self {
        // The sum comes out the same in either byte order, but for a swap of its octets (RFC 1071
        // §2), and wider words fold to it as well. Both halves of a word have room to carry into,
        // so that the processor adds several words at once.
        let (words, tail) = octets.as_chunks::<8>();
        let mut last = [0; 8];
        last[..tail.len()].copy_from_slice(tail);
        let last = u64::from_ne_bytes(last);
        let (mut whole, mut high) = (last, last >> 32);
        for word in words {
            let word = u64::from_ne_bytes(*word);
            whole = whole.wrapping_add(word);
            high += word >> 32;
        }
        // What the upper halves sum up to tells which part of the whole is the lower halves'.
        let low = whole.wrapping_sub(high << 32);
        let sum = u64::from(fold(low)) + u64::from(fold(high));
        let sum = u64::from(u16::from_be(fold(sum)));
        self.join(at, Self(sum))
    }

    /// Adds octets that were summed up by themselves and start at this place.
    #[must_use]
    pub fn join(self, at: u64, other: Self) -> Self {
        let folded = fold(other.0);
        let placed = if at.is_multiple_of(2) { folded } else { folded.swap_bytes() };
        Self(self.0 + u64::from(placed))
    }

    /// Whether both come to the same, which is so between two sums where one has what the other
    /// lacks and a checksum made of the latter.
    pub(crate) fn is_as(self, other: Self) -> bool {
        const MODULUS: u16 = u16::MAX;
        fold(self.0) % MODULUS == fold(other.0) % MODULUS
    }

    /// The checksum field that makes the whole come out right.
    pub fn checksum(self) -> u16 {
        !fold(self.0)
    }
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
