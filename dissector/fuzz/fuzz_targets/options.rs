//! Any octets are an option that emits them again, or a fault with a place and a name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mpdissect::wire::mptcp::{Dialect, MptcpOption};

fuzz_target!(|input: &[u8]| {
    let Some((&[subtype, high, low], octets)) = input.split_first_chunk::<3>() else { return };
    let exid = u16::from_be_bytes([high, low]);
    let Some(dialect) = Dialect::new(0x9 + subtype % 7, exid) else { return };
    match MptcpOption::parse(octets, dialect) {
        Ok(option) => {
            assert_eq!(option.emit(dialect).as_slice(), octets);
            option.fields(dialect, &mut |field| {
                assert!(usize::from(field.slot.at + field.slot.width) <= octets.len());
                assert!(!field.to_string().is_empty());
            });
            for length in 0..octets.len() {
                assert!(MptcpOption::parse(&octets[..length], dialect).is_err());
            }
        }
        Err(malformed) => assert!(malformed.to_string().contains(malformed.field)),
    }
});
