//! Every MPTCP option: parse and emit are inverse, lengths are those of a table written here, and
//! the fields of an option cover each of its bits once.

#[path = "options/strategy.rs"]
mod strategy;

use std::net::{IpAddr, Ipv4Addr};

use mpdissect::wire::field::{Field, Name, Octets, Value};
use mpdissect::wire::mptcp::{
    AddAddr, AddAddrKind, CapableFlags, CapableKeys, Dialect, Experimental, Fault,
    MaxSubflowsLayout, MpPrio, MptcpOption, Navigation, Subtype,
};
use proptest::prelude::*;

use crate::strategy::any_option;

const DEFAULT: Dialect = match Dialect::new(0x9, 0x00aa) {
    Some(dialect) => dialect,
    None => panic!("the default numbers are legal"),
};

fn dialect(subtype: u8, exid: u16) -> Dialect {
    Dialect::new(subtype, exid).expect("a subtype from 9 to 15")
}

fn parse(octets: &[u8]) -> MptcpOption {
    MptcpOption::parse(octets, DEFAULT).unwrap_or_else(|fault| panic!("{octets:02x?}: {fault}"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_emitted_parses_to_the_same((dialect, option) in any_option()) {
        let emitted = option.emit(dialect);
        let octets = emitted.as_slice();
        prop_assert_eq!(octets.get(..2), Some(&[30, octets.len() as u8][..]));
        prop_assert_eq!(MptcpOption::parse(octets, dialect), Ok(option));
        prop_assert_eq!(Subtype::of(octets, dialect), Some(option.subtype()));
    }

    #[test]
    fn strict_prefixes_are_errors((dialect, option) in any_option()) {
        let emitted = option.emit(dialect);
        let whole = emitted.as_slice();
        for length in 0..whole.len() {
            let mut prefix = whole[..length].to_vec();
            prop_assert!(MptcpOption::parse(&prefix, dialect).is_err(), "{:02x?}", prefix);
            // With a length octet that fits it may be another option, but never this one.
            if let Some(octet) = prefix.get_mut(1) {
                *octet = length as u8;
                if let Ok(other) = MptcpOption::parse(&prefix, dialect) {
                    prop_assert_ne!(other, option);
                    let again = other.emit(dialect);
                    prop_assert_eq!(again.as_slice(), &prefix);
                }
            }
        }
    }

    #[test]
    fn fields_cover_every_bit_once((dialect, option) in any_option()) {
        let emitted = option.emit(dialect);
        let octets = emitted.as_slice();
        let mut covered = vec![0_u8; octets.len()];
        let mut rebuilt = vec![0_u8; octets.len()];
        let mut last = 0;
        let mut fields: Vec<Field> = Vec::new();
        option.fields(dialect, &mut |field| fields.push(field));
        prop_assert_eq!(fields.first().map(|field| field.name), Some(Name::Subtype));
        for field in fields {
            // The sum of flags stands before the fields that it sums up.
            if field.name != Name::Flags {
                prop_assert!(field.slot.at >= last, "{:?} stands before its place", field.name);
                last = field.slot.at;
            }
            let (at, width) = (usize::from(field.slot.at), usize::from(field.slot.width));
            let (mask, value): (Vec<u8>, Vec<u8>) = match field.value {
                Value::Uint(value) => {
                    prop_assert!(field.slot.mask != 0 && width <= 8);
                    let shifted = value << field.slot.mask.trailing_zeros();
                    prop_assert_eq!(shifted & !field.slot.mask, 0, "{:?} overflows", field.name);
                    let mask = field.slot.mask.to_be_bytes()[8 - width..].to_vec();
                    (mask, shifted.to_be_bytes()[8 - width..].to_vec())
                }
                Value::Addr(IpAddr::V4(addr)) => (vec![0xff; width], addr.octets().to_vec()),
                Value::Addr(IpAddr::V6(addr)) => (vec![0xff; width], addr.octets().to_vec()),
                Value::Octets(value) => (vec![0xff; width], value.as_slice().to_vec()),
            };
            prop_assert_eq!(value.len(), width, "{:?}", field.name);
            if field.name == Name::Flags {
                prop_assert_eq!(value[0], octets[at]);
                continue;
            }
            for octet in 0..width {
                prop_assert_eq!(covered[at + octet] & mask[octet], 0, "{:?} overlaps", field.name);
                covered[at + octet] |= mask[octet];
                rebuilt[at + octet] |= value[octet];
            }
        }
        prop_assert_eq!(&covered[..2], &[0, 0]);
        prop_assert!(covered[2..].iter().all(|&bits| bits == 0xff), "{:02x?}", covered);
        prop_assert_eq!(&rebuilt[2..], &octets[2..]);
    }

    #[test]
    fn any_octets_are_an_option_or_a_named_fault(
        octets in prop::collection::vec(any::<u8>(), 0..60), subtype in 0x9..=0xf_u8, exid: u16,
    ) {
        identity_or_fault(&octets, dialect(subtype, exid))?;
    }

    #[test]
    fn any_body_is_an_option_or_a_named_fault(
        body in prop::collection::vec(any::<u8>(), 0..38), subtype in 0x9..=0xf_u8, exid: u16,
    ) {
        let mut octets = vec![30, body.len() as u8 + 2];
        octets.extend(body);
        identity_or_fault(&octets, dialect(subtype, exid))?;
    }
}

/// What a parser owes for any octets.
fn identity_or_fault(octets: &[u8], dialect: Dialect) -> Result<(), TestCaseError> {
    match MptcpOption::parse(octets, dialect) {
        Ok(option) => {
            let emitted = option.emit(dialect);
            prop_assert_eq!(emitted.as_slice(), octets);
        }
        Err(malformed) => {
            prop_assert!(!malformed.field.is_empty() && !malformed.source.is_empty());
            let text = malformed.to_string();
            prop_assert!(text.contains(malformed.field), "{}", text);
            prop_assert!(text.contains(&format!("octet {} ", malformed.at)), "{}", text);
            match malformed.fault {
                Fault::NotMptcp { kind } => prop_assert_eq!(kind, octets.first().copied()),
                Fault::NotAsLong { claimed, present } => {
                    prop_assert_eq!(claimed, octets.get(1).copied());
                    prop_assert_eq!(usize::from(present), octets.len());
                    prop_assert_ne!(claimed, Some(present));
                }
                Fault::Length { got, .. } => prop_assert_eq!(usize::from(got), octets.len()),
            }
        }
    }
    Ok(())
}

/// Whether an option of this length with these octets 2 to 4 is well-formed: RFC 8684 §3.1 to §3.7,
/// RFC 6824 §3.1 to §3.6 and the drafts, with the numbers of the default dialect.
fn is_legal(length: usize, octet2: u8, octet3: u8, octet4: u8) -> bool {
    let nibble = octet2 & 0x0f;
    match octet2 >> 4 {
        0x0 if nibble == 0 => [12, 20].contains(&length),
        0x0 => [4, 12, 20, 22, 24].contains(&length),
        0x1 => [12, 16, 24].contains(&length),
        0x2 => {
            let ack = [0, 4, 0, 8][usize::from(octet3 & 3)];
            // DSN, subflow sequence number, length.
            let mapping = [0, 4 + 4 + 2, 0, 8 + 4 + 2][usize::from(octet3 >> 2 & 3)];
            let bare = 4 + ack + mapping;
            length == bare || mapping > 0 && length == bare + 2
        }
        0x3 => match (nibble, nibble & 1) {
            (_, 1) => [8, 10, 20, 22].contains(&length),
            (4, _) => [8, 10, 16, 18, 28, 30].contains(&length),
            (6, _) => [20, 22, 16, 18, 28, 30].contains(&length),
            _ => [16, 18, 28, 30].contains(&length),
        },
        0x4 => length >= 4,
        0x5 => [3, 4].contains(&length),
        0x6 | 0x7 => length == 12,
        0x8 | 0x9 => length == 4,
        0xf if (octet3, octet4) == (0x00, 0xaa) => [5, 8, 9].contains(&length),
        0xf => length >= 5,
        _ => length >= 3,
    }
}

#[test]
fn lengths_are_those_of_the_table() {
    for octet2 in 0..=255_u8 {
        for octet3 in 0..=255_u8 {
            for octet4 in [0x00, 0xaa, 0xff] {
                for length in 0..=40_usize {
                    let mut option = [0_u8; 40];
                    option[..5].copy_from_slice(&[30, length as u8, octet2, octet3, octet4]);
                    let option = &option[..length];
                    let legal = length >= 3 && is_legal(length, octet2, octet3, octet4);
                    let parsed = MptcpOption::parse(option, DEFAULT);
                    assert_eq!(parsed.is_ok(), legal, "{option:02x?}: {parsed:?}");
                }
            }
        }
    }
}

#[test]
fn more_than_the_option_area_is_no_option() {
    for subtype in 0..16_u8 {
        for length in 41..=255_u8 {
            let mut option = vec![0; usize::from(length)];
            option[..3].copy_from_slice(&[30, length, subtype << 4]);
            assert!(MptcpOption::parse(&option, DEFAULT).is_err(), "{subtype:#x} {length}");
        }
    }
}

#[test]
fn navigation_vectors_under_every_subtype() {
    let bits = |cancel, echo, backup, reserved| Navigation {
        reserved,
        cancel,
        echo,
        backup,
        address_id: 5,
    };
    for subtype in 0x9..=0xf_u8 {
        let numbers = dialect(subtype, 0x00aa);
        for (nibble, expected) in [
            (0, bits(false, false, false, false)),
            (2, bits(false, true, false, false)),
            (1, bits(false, false, true, false)),
            (4, bits(true, false, false, false)),
            (6, bits(true, true, false, false)),
            (5, bits(true, false, true, false)),
            (8, bits(false, false, false, true)),
        ] {
            let option = [0x1e, 4, subtype << 4 | nibble, 5];
            let expected = Ok(MptcpOption::Navigation(expected));
            assert_eq!(MptcpOption::parse(&option, numbers), expected, "{option:02x?}");
        }
        let short = [0x1e, 3, subtype << 4];
        let long = [0x1e, 5, subtype << 4, 5, 0];
        let fault = MptcpOption::parse(&short, numbers).expect_err("three octets are too few");
        assert_eq!((fault.at, fault.field), (1, "Length"));
        // Under 0xf five octets are an experiment without data: the length alone tells them apart.
        let experiment = matches!(
            MptcpOption::parse(&long, numbers),
            Ok(MptcpOption::Experimental(Experimental { exid: 0x0500, .. }))
        );
        assert_eq!(experiment, subtype == 0xf);
        assert_eq!(MptcpOption::parse(&long, numbers).is_err(), subtype != 0xf);
        // The other subtypes are unknown ones.
        for other in (0x9..0xf_u8).filter(|&other| other != subtype) {
            let option = [0x1e, 4, other << 4, 5];
            let parsed = MptcpOption::parse(&option, numbers);
            assert!(matches!(parsed, Ok(MptcpOption::Unknown(_))), "{option:02x?}");
        }
    }
}

#[test]
fn four_octets_under_0xf_are_half_an_experiment_id_unless_navigation_is_there() {
    let option = [0x1e, 4, 0xf4, 5];
    let fault = MptcpOption::parse(&option, DEFAULT).expect_err("an ID has two octets");
    assert_eq!((fault.at, fault.field), (1, "Length"));
    let parsed = MptcpOption::parse(&option, dialect(0xf, 0x00aa));
    assert!(matches!(parsed, Ok(MptcpOption::Navigation(Navigation { cancel: true, .. }))));
}

#[test]
fn assigned_subtypes_are_not_for_navigation() {
    for subtype in (0..=8).chain(16..=255) {
        assert_eq!(Dialect::new(subtype, 0x00aa), None, "{subtype:#x}");
    }
}

#[test]
fn maximum_subflows_is_read_in_every_layout() {
    let read = |octets: &[u8], numbers| match MptcpOption::parse(octets, numbers) {
        Ok(MptcpOption::MaxSubflows(limit)) => Some((limit.layout, limit.exid, limit.value)),
        _ => None,
    };
    for (octets, expected) in [
        (&[0x1e, 8, 0xf8, 0xaa, 0, 0, 0, 4][..], (MaxSubflowsLayout::B, 0xaa, 4)),
        (&[0x1e, 8, 0xf8, 0, 0xaa, 0, 0, 4], (MaxSubflowsLayout::A, 0x00aa, 4)),
        (&[0x1e, 9, 0xf8, 0, 0xaa, 0, 0, 0, 4], (MaxSubflowsLayout::C, 0x00aa, 4)),
        (&[0x1e, 8, 0xf8, 0xaa, 0xff, 0xff, 0xff, 0xff], (MaxSubflowsLayout::B, 0xaa, u32::MAX)),
        (&[0x1e, 8, 0xf8, 0, 0xaa, 0xff, 0xff, 0xff], (MaxSubflowsLayout::A, 0x00aa, 0xff_ffff)),
        (&[0x1e, 8, 0xf0, 0, 0xaa, 0, 0, 0], (MaxSubflowsLayout::A, 0x00aa, 0)),
    ] {
        assert_eq!(read(octets, DEFAULT), Some(expected), "{octets:02x?}");
    }
    // Another configured ID; layout B keeps its own.
    let other = dialect(0x9, 0x1234);
    let a = [0x1e, 8, 0xf8, 0x12, 0x34, 0, 0, 4];
    let c = [0x1e, 9, 0xf8, 0x12, 0x34, 0, 0, 0, 4];
    assert_eq!(read(&a, other), Some((MaxSubflowsLayout::A, 0x1234, 4)));
    assert_eq!(read(&c, other), Some((MaxSubflowsLayout::C, 0x1234, 4)));
    assert_eq!(read(&a, DEFAULT), None);
    assert_eq!(read(&[0x1e, 8, 0xf8, 0, 0xaa, 0, 0, 4], other), None);
    let b = [0x1e, 8, 0xf8, 0xaa, 0, 0, 0, 4];
    assert_eq!(read(&b, other), Some((MaxSubflowsLayout::B, 0xaa, 4)));
    // A configured ID that starts like layout B's wins: it is the user's word.
    let like_b = dialect(0x9, 0xaa00);
    assert_eq!(read(&b, like_b), Some((MaxSubflowsLayout::A, 0xaa00, 4)));
}

#[test]
fn experiments_by_their_flags() {
    for (octet2, synchronising, unknown) in
        [(0xf8, true, false), (0xf0, false, false), (0xfc, true, true), (0xf4, false, true)]
    {
        let option = parse(&[0x1e, 5, octet2, 0x12, 0x34]);
        let MptcpOption::Experimental(experiment) = option else { panic!("{option:?}") };
        assert_eq!(experiment.exid, 0x1234);
        assert_eq!(experiment.data, Octets::EMPTY);
        assert_eq!(experiment.flags.synchronising(), synchronising);
        assert_eq!(experiment.flags.unknown(), unknown);
        assert_eq!(experiment.flags.reserved(), 0);
    }
}

#[test]
fn both_versions_by_their_first_octets() {
    let v0 = parse(&[0x1e, 12, 0x00, 0x81, 1, 2, 3, 4, 5, 6, 7, 8]);
    let MptcpOption::MpCapable(v0) = v0 else { panic!("{v0:?}") };
    assert_eq!((v0.version, v0.keys), (0, CapableKeys::Sender(0x0102_0304_0506_0708)));
    assert!(v0.flags.has(CapableFlags::CHECKSUM | CapableFlags::HMAC));
    let v1 = parse(&[0x1e, 4, 0x01, 0x81]);
    let MptcpOption::MpCapable(v1) = v1 else { panic!("{v1:?}") };
    assert_eq!((v1.version, v1.keys), (1, CapableKeys::None));

    let addr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let announced = |kind| MptcpOption::AddAddr(AddAddr { kind, address_id: 7, addr, port: None });
    assert_eq!(parse(&[0x1e, 8, 0x34, 7, 192, 0, 2, 1]), announced(AddAddrKind::V0));
    assert_eq!(
        parse(&[0x1e, 8, 0x31, 7, 192, 0, 2, 1]),
        announced(AddAddrKind::Echo { reserved: 0 })
    );
    assert_eq!(
        parse(&[0x1e, 16, 0x30, 7, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 9]),
        announced(AddAddrKind::Fresh { reserved: 0, hmac: 9 })
    );
    let by_address = MpPrio { reserved: 0, backup: true, address_id: Some(7) };
    assert_eq!(parse(&[0x1e, 4, 0x51, 7]), MptcpOption::MpPrio(by_address));
}
