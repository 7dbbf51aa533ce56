//! How a wrong HMAC or checksum came about. Implementers make few mistakes with them, and whoever
//! has what they are made of can try each: the notice then says what to mend.

use crate::crypto::{Algorithm, Party, Sum, whole_add_addr_hmac};
use crate::wire::mptcp::{AddAddr, Mapping};

/// The mistakes that lead to the HMAC of an MP_JOIN, of `sender` at `receiver` in a connection with
/// `algorithm`, if some of these do.
pub fn of_join(
    hmac: &[u8],
    algorithm: Algorithm,
    sender: Party,
    receiver: Party,
) -> Option<String> {
    const MISTAKES: [&str; 4] = [
        "the keys change places",
        "the nonces change places",
        "its rightmost bits are taken",
        "the hash is the other version's",
    ];
    let other = match algorithm {
        Algorithm::Sha1 => Algorithm::Sha256,
        Algorithm::Sha256 => Algorithm::Sha1,
    };
    fewest(MISTAKES, |[keys, nonces, right, version]| {
        let key = swapped(keys, sender.key, receiver.key);
        let nonce = swapped(nonces, sender.nonce, receiver.nonce);
        let algorithm = if version { other } else { algorithm };
        let message = [nonce.0.to_be_bytes(), nonce.1.to_be_bytes()];
        let whole = algorithm.hmac(key.0, key.1, &[message.as_flattened()]);
        if right { whole.ends_with(hmac) } else { whole.starts_with(hmac) }
    })
}

/// The mistakes that lead to the HMAC of an ADD_ADDR, if some of these do.
pub fn of_add_addr(
    hmac: u64,
    sender_key: u64,
    receiver_key: u64,
    announced: &AddAddr,
) -> Option<String> {
    const MISTAKES: [&str; 4] = [
        "the keys change places",
        "its leftmost bits are taken",
        "the port is left out",
        "the port is zero",
    ];
    fewest(MISTAKES, |[keys, left, portless, zero]| {
        let keys = swapped(keys, sender_key, receiver_key);
        let port = announced.port.filter(|_| !zero).unwrap_or(0).to_be_bytes();
        let port = if portless { &[][..] } else { &port };
        let whole = whole_add_addr_hmac(keys, announced.address_id, announced.addr, port);
        let hmac = hmac.to_be_bytes();
        if left { whole.starts_with(&hmac) } else { whole.ends_with(&hmac) }
    })
}

/// The mistake that leads to the checksum of a mapping, if one of these does: `whole` is what
/// pseudo-header, octets and checksum sum up to.
pub fn of_checksum(whole: Sum, mapping: &Mapping, dsn: u64, data_fin: bool) -> Option<String> {
    let upper_half = Sum::of_mapping(dsn & !u64::from(u32::MAX), 0, 0);
    let header = Sum::of_mapping(dsn, mapping.ssn, mapping.length);
    // Such a sum has too much of just what was left out when the checksum was made.
    let found = if whole.is_as(upper_half) {
        "the upper half of the DSN is left out"
    } else if whole.is_as(header) {
        "the pseudo-header is left out"
    } else if data_fin && whole.is_as(Sum::of_mapping(0, 0, 1)) {
        "the length counts no octet for DATA_FIN"
    } else {
        return None;
    };
    Some(found.to_owned())
}

/// What is wrong, and with which mistakes it would not be.
pub fn unless(wrong: &str, mistakes: Option<String>) -> String {
    mistakes.map_or_else(|| wrong.to_owned(), |mistakes| format!("{wrong}, unless {mistakes}"))
}

/// The smallest set of mistakes with which `leads` is true, in words.
fn fewest<const N: usize>(
    mistakes: [&str; N],
    leads: impl Fn([bool; N]) -> bool,
) -> Option<String> {
    let mut sets: Vec<usize> = (1..1 << N).collect();
    sets.sort_by_key(|set| set.count_ones());
    let made = |set: usize| std::array::from_fn(|mistake| set >> mistake & 1 == 1);
    let found = sets.into_iter().map(made).find(|made| leads(*made))?;
    let named = mistakes.iter().zip(found).filter_map(|(name, made)| made.then_some(*name));
    Some(named.collect::<Vec<_>>().join(" and "))
}

fn swapped<T>(swap: bool, one: T, other: T) -> (T, T) {
    if swap { (other, one) } else { (one, other) }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::wire::mptcp::{AddAddrKind, Seq};

    const OWN: Party = Party { key: 0x0102_0304_0506_0708, nonce: 0xa0a1_a2a3 };
    const PEER: Party = Party { key: 0x1112_1314_1516_1718, nonce: 0xb0b1_b2b3 };

    // The numbers here were computed with Python.
    #[test]
    fn mistakes_with_announcements_are_named() {
        let announced = |hmac| AddAddr {
            kind: AddAddrKind::Fresh { reserved: 0, hmac },
            address_id: 5,
            addr: IpAddr::from([198, 51, 100, 7]),
            port: Some(8080),
        };
        for (hmac, mistake) in [
            (0xd147_3ba3_28e9_e983, Some("its leftmost bits are taken")),
            (0xef22_7808_6850_24d9, Some("the port is zero")),
            (0x75fa_d679_4098_f497, Some("the keys change places")),
            (
                0x34f2_7758_e226_c1c3,
                Some(
                    "the keys change places and its leftmost bits are taken and the port is left out",
                ),
            ),
            // The right one is no mistake, and neither is anything else.
            (0x3abe_5c78_d39c_1b69, None),
            (0, None),
        ] {
            let found = of_add_addr(hmac, OWN.key, PEER.key, &announced(hmac));
            assert_eq!(found.as_deref(), mistake, "{hmac:#x}");
        }
    }

    #[test]
    fn mistakes_with_joins_are_named() {
        let of = |hmac: &[u8]| of_join(hmac, Algorithm::Sha256, OWN, PEER);
        let start = 0x923f_88d6_74cb_dbb0_u64.to_be_bytes();
        assert_eq!(of(&start).as_deref(), Some("the keys change places"));
        let whole = |high: u128, low: u32| [&high.to_be_bytes()[..], &low.to_be_bytes()].concat();
        for (high, low, mistake) in [
            (
                0x5525_1538_8d51_73b5_c3a0_4450_fe66_45cc,
                0xe8dd_8ddd,
                "the keys change places and the nonces change places",
            ),
            (
                0x71d5_ab0e_ef9e_09cf_f73c_2331_a7bb_8ecb,
                0xc5d1_6ba4,
                "its rightmost bits are taken",
            ),
            (
                0x099e_cfce_e5a6_2d6c_1ede_e4dd_beb3_faea,
                0xae7e_50c2,
                "the hash is the other version's",
            ),
        ] {
            assert_eq!(of(&whole(high, low)).as_deref(), Some(mistake));
        }
        assert_eq!(of(&[0; 20]), None);
    }

    #[test]
    fn mistakes_with_checksums_are_named() {
        const DSN: u64 = 0x1234_5678_9abc_def0;
        for (checksum, length, mistake) in [
            (0x792d, 9, Some("the upper half of the DSN is left out")),
            (0xf330, 9, Some("the pseudo-header is left out")),
            (0x1081, 10, Some("the length counts no octet for DATA_FIN")),
            (0x1234, 9, None),
        ] {
            let mapping =
                Mapping { dsn: Seq::Long(DSN), ssn: 77, length, checksum: Some(checksum) };
            let sum = Sum::of_mapping(DSN, 77, length).add(0, b"multipath");
            let whole = sum.add(0, &checksum.to_be_bytes());
            let found = of_checksum(whole, &mapping, DSN, length == 10);
            assert_eq!(found.as_deref(), mistake, "{checksum:#06x}");
        }
    }
}
