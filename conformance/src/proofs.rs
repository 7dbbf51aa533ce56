//! HMACs by which hosts prove that they know both keys, right ones and others (RFC 8684 §3.2 and
//! §3.4.1).

use std::net::IpAddr;

use mpdissect::crypto::{Algorithm, Party, whole_add_addr_hmac};

use crate::script::Proof;

/// The 160 bits of a third ACK; those of a SYN/ACK are the leftmost 64 of them.
pub fn of_join(proof: Proof, sender: Party, receiver: Party) -> [u8; 20] {
    let nonces = (u64::from(sender.nonce) << 32) | u64::from(receiver.nonce);
    let (sender, receiver) = ordered(proof, (sender.key, receiver.key));
    let whole = Algorithm::Sha256.hmac(sender, receiver, &[&nonces.to_be_bytes()]);
    let (first, last) = (whole.first_chunk(), whole.last_chunk());
    let cut = if proof == Proof::OtherEnd { last } else { first };
    flipped(proof, cut.copied().unwrap_or_default())
}

/// The 64 bits of an ADD_ADDR; the keys are the sender's and the receiver's.
pub fn of_address(proof: Proof, keys: (u64, u64), id: u8, addr: IpAddr, port: Option<u16>) -> u64 {
    let port = port.unwrap_or(0).to_be_bytes();
    let port = if proof == Proof::Portless { &[][..] } else { &port };
    let whole = whole_add_addr_hmac(ordered(proof, keys), id, addr, port);
    let (first, last) = (whole.first_chunk(), whole.last_chunk());
    let cut = if proof == Proof::OtherEnd { first } else { last };
    u64::from_be_bytes(flipped(proof, cut.copied().unwrap_or_default()))
}

/// The keys in the order that this proof has them in.
fn ordered(proof: Proof, (sender, receiver): (u64, u64)) -> (u64, u64) {
    if proof == Proof::Swapped { (receiver, sender) } else { (sender, receiver) }
}

fn flipped<const N: usize>(proof: Proof, mut hmac: [u8; N]) -> [u8; N] {
    let at = match proof {
        Proof::Wrong => hmac.first_mut(),
        Proof::WrongEnd => hmac.last_mut(),
        _ => None,
    };
    if let Some(octet) = at {
        *octet ^= 0x01;
    }
    hmac
}

#[cfg(test)]
mod tests {
    use mpdissect::crypto::add_addr_hmac;

    use super::*;

    const SENDER: Party = Party { key: 0x0102_0304_0506_0708, nonce: 0x1111_2222 };
    const RECEIVER: Party = Party { key: 0x1112_1314_1516_1718, nonce: 0x3333_4444 };

    #[test]
    fn the_right_ones_are_those_of_the_dissector() {
        let right = Algorithm::Sha256.join_hmac(SENDER, RECEIVER);
        assert_eq!(of_join(Proof::Right, SENDER, RECEIVER), right);
        for port in [None, Some(4321)] {
            let addr = IpAddr::from([192, 0, 2, 1]);
            let right = add_addr_hmac(SENDER.key, RECEIVER.key, 7, addr, port);
            let keys = (SENDER.key, RECEIVER.key);
            assert_eq!(of_address(Proof::Right, keys, 7, addr, port), right);
        }
    }

    #[test]
    fn every_other_one_differs() {
        let all = [Proof::Right, Proof::Wrong, Proof::WrongEnd, Proof::OtherEnd, Proof::Swapped];
        let joins = all.map(|proof| of_join(proof, SENDER, RECEIVER));
        let keys = (SENDER.key, RECEIVER.key);
        let addr = IpAddr::from([192, 0, 2, 1]);
        let addresses = [&all[..], &[Proof::Portless]]
            .concat()
            .into_iter()
            .map(|proof| of_address(proof, keys, 7, addr, None))
            .collect::<std::collections::BTreeSet<_>>();
        assert_eq!(std::collections::BTreeSet::from(joins).len(), all.len());
        assert_eq!(addresses.len(), all.len() + 1);
    }
}
