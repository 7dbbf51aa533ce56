//! The walk over an option area, and what each option prints.

use proptest::prelude::*;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

/// Every option in packetdrill's notation, a fault in brackets behind it.
fn text(area: &[u8]) -> String {
    let shown: Vec<_> = options(area)
        .map(|option| match option.known() {
            Ok(known) => known.to_string(),
            Err(fault) => format!("{option} [{fault}]"),
        })
        .collect();
    shown.join(",")
}

#[test]
fn options_print_in_packetdrill_notation() {
    let cases = [
        (
            "020405b4 0402 080a0000000100000000 01 030307",
            "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7",
        ),
        ("0512 00000001 0000000a 00000014 0000001e", "sack 1:10 20:30"),
        ("220a 0011223344556677", "FO 0011223344556677"),
        ("2202", "FO"),
        ("00", "eol"),
        ("6304 abcd", "kind 99 0xabcd"),
        ("6302", "kind 99"),
        ("1312 000102030405060708090a0b0c0d0e0f", "md5 000102030405060708090a0b0c0d0e0f"),
        ("1d08 0102 deadbeef", "tcp-ao keyid 1 rnextkeyid 2 mac 0xdeadbeef"),
        ("1c04 003c", "uto 60s"),
        ("1c04 8002", "uto 120s"),
        ("fd06 e2d4 c3d9", "exp 0xe2d4 0xc3d9"),
        ("fe04 f989", "exp 0xf989"),
        ("4502", "eno"),
        ("4503 20", "eno 0x20"),
        ("ac0b 000001 000002 000003", "accecn0 e0b 1 ceb 2 e1b 3"),
        ("ae08 000001 000002", "accecn1 e1b 1 ceb 2"),
        ("0606 00000001", "echo 0x00000001"),
        ("1e04 9005", "mptcp 0x9005"),
    ];
    for (area, expected) in cases {
        assert_eq!(text(&hex(area)), expected);
    }
}

#[test]
fn a_length_that_its_kind_does_not_allow_is_a_fault_and_the_walk_goes_on() {
    let cases = [
        ("0203 05 01", "mss 0x020305 [length 3 is not allowed for this kind: 4],nop"),
        (
            "050b 000102030405060708 01",
            "sack 0x050b000102030405060708 [length 11 is not allowed \
         for this kind: 10 to 34 in steps of 8],nop",
        ),
        (
            "2205 000102 01",
            "FO 0x2205000102 [length 5 is not allowed for this kind: 2 to 18 in \
         steps of 2],nop",
        ),
        ("fd02 01", "exp 0xfd02 [length 2 is not allowed for this kind: 4 to 40],nop"),
    ];
    for (area, expected) in cases {
        assert_eq!(text(&hex(area)), expected);
    }
}

#[test]
fn a_length_that_leads_nowhere_ends_the_walk_and_keeps_the_octets() {
    let cases = [
        (
            "01 1e00 2005",
            "nop,mptcp 0x1e002005 [length 0 is less than the 2 octets of kind and length: nothing \
             after it can be located]",
        ),
        (
            "1e01 0101",
            "mptcp 0x1e010101 [length 1 is less than the 2 octets of kind and length: nothing \
             after it can be located]",
        ),
        (
            "0101 1e0c 2005",
            "nop,nop,mptcp 0x1e0c2005 [length 12 runs past the option area, which has 4 octets \
             left]",
        ),
        ("0101 01 1e", "nop,nop,nop,mptcp 0x1e [the option area ends before the option's length]"),
    ];
    for (area, expected) in cases {
        assert_eq!(text(&hex(area)), expected);
        assert!(has_mptcp(&hex(area)));
    }
    // What looks like an option behind such a length is none.
    for area in ["0501 1e04 9005", "0500 1e04 9005"] {
        assert_eq!(options(&hex(area)).count(), 1);
        assert!(!has_mptcp(&hex(area)));
    }
}

#[test]
fn what_follows_the_end_is_padding() {
    let area = hex("01 00 0000");
    assert_eq!(text(&area), "nop,eol,padding 0x0000");
    let area = hex("00 00 1e04 9005 0000");
    let all: Vec<_> = options(&area).collect();
    assert_eq!(all.len(), 2);
    assert!(all[1].padding && !has_mptcp(&area));
    assert_eq!(all[1].fault, Some(OptionFault::Padding { at: 2 }));
    assert_eq!(
        text(&area),
        "eol,padding 0x001e0490050000 [octet 2, after the end of the option list, is not zero]"
    );
}

#[test]
fn a_cut_is_told_from_a_lie() {
    let area = hex("01 1e0c 2005");
    let faults = |cut| Options::new(&area, cut).last().unwrap().fault.unwrap();
    assert_eq!(faults(false), OptionFault::PastEnd { claimed: 12, held: 4 });
    assert_eq!(faults(true).to_string(), "cut by the snap length after 4 of 12 octets");
    let last = Options::new(&area[..2], true).last().unwrap();
    assert_eq!(last.fault.unwrap().to_string(), "cut by the snap length after the kind");
    assert_eq!(Options::new(&area[..1], true).last().unwrap().fault, None);
}

#[test]
fn flags_have_packetdrills_letters() {
    assert_eq!(Flags(0).to_string(), "-");
    assert_eq!(Flags(0x1ff).to_string(), "FSRP.UEWA");
    assert!((Flags::SYN | Flags::ACK).contains(Flags::SYN));
    assert!(!Flags::SYN.contains(Flags::SYN | Flags::ACK));
    assert!(Flags(0x800).intersects(Flags::RESERVED));
}

#[test]
fn endpoints_print_as_people_write_them() {
    let addr = "2001:db8::1".parse().unwrap();
    assert_eq!(Endpoint { addr, port: 443 }.to_string(), "[2001:db8::1]:443");
}

#[test]
fn each_kind_is_registered_once_and_allows_something() {
    for number in 0..=u8::MAX {
        let Some(found) = kind(number) else { continue };
        assert_eq!(found.number, number);
        assert!(found.lengths.is_none_or(|lengths| {
            lengths.least >= 2
                && lengths.allow(lengths.least.into())
                && lengths.allow(lengths.most.into())
        }));
    }
    assert_eq!((kind_name(30), kind_name(25)), (Some("mptcp"), None));
}

/// Areas that look like options often enough to reach every branch.
fn area() -> impl Strategy<Value = Vec<u8>> {
    let option =
        (any::<u8>(), prop::collection::vec(any::<u8>(), 0..12)).prop_map(|(kind, data)| {
            let length = u8::try_from(data.len() + 2).unwrap();
            [&[kind, length][..], &data].concat()
        });
    let known = prop::sample::select(vec![
        "01",
        "0101",
        "00",
        "020405b4",
        "0402",
        "030307",
        "1e04 9005",
        "1e00",
        "1e",
        "05",
        "0101080a0000000100000002",
        "1e0c0181 0011223344556677",
    ])
    .prop_map(hex);
    let piece = prop_oneof![known, option, prop::collection::vec(any::<u8>(), 1..4)];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| {
        let mut area = pieces.concat();
        area.truncate(40);
        area
    })
}

proptest! {
    #[test]
    fn the_walk_loses_nothing_and_the_short_question_agrees(area in area(), cut: bool) {
        let all: Vec<_> = Options::new(&area, cut).collect();
        let raw: Vec<u8> = all.iter().flat_map(|option| option.raw).copied().collect();
        prop_assert_eq!(&raw, &area);
        prop_assert_eq!(has_mptcp(&area), all.iter().any(|option| option.kind == 30));
        for (index, option) in all.iter().enumerate() {
            prop_assert!(area[usize::from(option.offset)..].starts_with(option.raw));
            prop_assert!(!option.to_string().is_empty());
            if option.fault.is_some_and(OptionFault::ends_walk) {
                prop_assert_eq!(index + 1, all.len());
            }
        }
    }

    /// What a kind's definition allows is read, and what it doesn't is refused.
    #[test]
    fn the_length_decides(kind_number: u8, data in prop::collection::vec(any::<u8>(), 0..=38)) {
        let length = u8::try_from(data.len() + 2).unwrap();
        let area = [&[kind_number, length][..], &data].concat();
        let option = options(&area).next().unwrap();
        let legal = kind(kind_number).and_then(|kind| kind.lengths);
        let allowed = legal.is_none_or(|legal| legal.allow(area.len()));
        prop_assert_eq!(option.known().is_ok(), allowed);
    }
}
