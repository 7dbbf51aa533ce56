//! Tokens, HMACs and checksums against answers computed outside of Rust, by `known-answers.py`.

use std::net::IpAddr;

use mpdissect::crypto::{Algorithm, Party, Sum, add_addr_hmac};
use serde_json::Value;

fn answers(kind: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/known-answers.json");
    let text = std::fs::read_to_string(path).expect("the answers lie beside this test");
    let mut whole: Value = serde_json::from_str(&text).expect("the answers are JSON");
    match whole[kind].take() {
        Value::Array(answers) if !answers.is_empty() => answers,
        other => panic!("{kind} holds {other}"),
    }
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}"))
}

fn hex(answer: &Value, name: &str) -> u64 {
    u64::from_str_radix(text(answer, name), 16).expect("a hexadecimal number")
}

fn octets(digits: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal octets");
    (0..digits.len()).step_by(2).map(pair).collect()
}

#[test]
fn tokens_and_initial_data_sequence_numbers() {
    for answer in answers("keys") {
        for (name, algorithm) in [("v0", Algorithm::Sha1), ("v1", Algorithm::Sha256)] {
            let derived = algorithm.derive(hex(&answer, "key"));
            assert_eq!(u64::from(derived.token), hex(&answer[name], "token"), "{answer}");
            assert_eq!(derived.idsn, hex(&answer[name], "idsn"), "{answer}");
        }
    }
}

#[test]
fn proofs_of_joins() {
    let mut versions = [0, 0];
    for answer in answers("joins") {
        let version = answer["version"].as_u64().expect("a version");
        versions[version as usize] += 1;
        let algorithm = Algorithm::of_version(version as u8).expect("0 or 1");
        let party =
            |key, nonce| Party { key: hex(&answer, key), nonce: hex(&answer, nonce) as u32 };
        let (a, b) = (party("key_a", "nonce_a"), party("key_b", "nonce_b"));
        let (from_b, from_a) = (algorithm.join_hmac(b, a), algorithm.join_hmac(a, b));
        let (syn_ack, ack) = (&answer["syn_ack"], &answer["ack"]);
        assert_eq!(from_b[..8], octets(text(syn_ack, "truncated")), "{answer}");
        assert_eq!(from_b[..], octets(text(syn_ack, "hmac"))[..20], "{answer}");
        assert_eq!(from_a[..], octets(text(ack, "truncated")), "{answer}");
    }
    assert!(versions.iter().all(|&count| count > 0), "a version has no answer: {versions:?}");
}

#[test]
fn versions_without_a_known_hash() {
    for version in 2..=15 {
        assert_eq!(Algorithm::of_version(version), None);
    }
}

#[test]
fn proofs_of_announced_addresses() {
    for answer in answers("add_addr") {
        let addr: IpAddr = text(&answer, "address").parse().expect("an address");
        let port = answer["port"].as_u64().map(|port| port as u16);
        let id = answer["address_id"].as_u64().expect("an ID") as u8;
        let (own, peer) = (hex(&answer, "key_a"), hex(&answer, "key_b"));
        let hmac = add_addr_hmac(own, peer, id, addr, port);
        assert_eq!(hmac, hex(&answer, "truncated"), "{answer}");
        assert_ne!(hmac, add_addr_hmac(peer, own, id, addr, port), "{answer}");
    }
}

/// The pieces of a mapping with their places, in the three orders that segments come in most.
fn orders(pieces: &[Vec<u8>]) -> Vec<Vec<(u64, &[u8])>> {
    let mut at = 0;
    let placed: Vec<(u64, &[u8])> = pieces
        .iter()
        .map(|piece| {
            let place = (at, piece.as_slice());
            at += piece.len() as u64;
            place
        })
        .collect();
    let reversed = placed.iter().rev().copied().collect();
    let (odd, even): (Vec<_>, Vec<_>) =
        placed.iter().enumerate().partition(|(number, _)| number % 2 == 1);
    let interleaved = odd.into_iter().chain(even).map(|(_, &piece)| piece).collect();
    vec![placed, reversed, interleaved]
}

#[test]
fn checksums_of_mappings_in_any_order_and_cut() {
    for answer in answers("checksums") {
        let (dsn, ssn) = (hex(&answer, "dsn"), hex(&answer, "ssn") as u32);
        let length = answer["length"].as_u64().expect("a length") as u16;
        let expected = hex(&answer, "checksum") as u16;
        let pieces: Vec<Vec<u8>> = answer["pieces"]
            .as_array()
            .expect("a list of pieces")
            .iter()
            .map(|piece| octets(piece.as_str().expect("hexadecimal octets")))
            .collect();
        let whole = pieces.concat();
        let empty = Sum::of_mapping(dsn, ssn, length);
        assert_eq!(empty.add(0, &whole).checksum(), expected, "{answer}");
        for order in orders(&pieces) {
            let sum = order.iter().fold(empty, |sum, &(at, piece)| sum.add(at, piece));
            assert_eq!(sum.checksum(), expected, "{answer}");
            // Pieces that were summed up by themselves.
            let joined = order
                .iter()
                .fold(empty, |sum, &(at, piece)| sum.join(at, Sum::default().add(0, piece)));
            assert_eq!(joined.checksum(), expected, "{answer}");
            let verified = sum.add(0, &expected.to_be_bytes());
            assert_eq!(verified.checksum(), 0, "{answer}");
        }
    }
}
