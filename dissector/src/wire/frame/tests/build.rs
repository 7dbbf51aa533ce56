//! Headers around contents; checksums stay zero, since nothing here reads them.

pub(super) const SEQ: u32 = 0x0102_0304;
pub(super) const NOPS: [u8; 4] = [1; 4];

pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

fn length(octets: usize) -> [u8; 2] {
    u16::try_from(octets).unwrap_or(0).to_be_bytes()
}

pub(super) fn tcp(options: &[u8], payload: &[u8]) -> Vec<u8> {
    let offset = u8::try_from(5 + options.len() / 4).unwrap() << 4;
    let mut octets = hex("c350 1f90 01020304 05060708");
    octets.extend([offset, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    octets.extend(options);
    octets.extend(payload);
    octets
}

pub(super) fn udp(destination: u16, contents: &[u8]) -> Vec<u8> {
    let ports = [0xc350_u16.to_be_bytes(), destination.to_be_bytes()].concat();
    [&ports[..], &length(8 + contents.len()), &[0, 0], contents].concat()
}

pub(super) fn v4(protocol: u8, contents: &[u8]) -> Vec<u8> {
    let mut octets = vec![0x45, 0];
    octets.extend(length(20 + contents.len()));
    octets.extend([0, 1, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1]);
    octets.extend(contents);
    octets
}

pub(super) fn v6(next: u8, contents: &[u8]) -> Vec<u8> {
    let mut octets = vec![0x60, 0, 0, 0];
    octets.extend(length(contents.len()));
    octets.extend([next, 64]);
    octets.extend(hex("20010db8000c00000000000000000001 20010db8000500000000000000000001"));
    octets.extend(contents);
    octets
}

pub(super) fn ethernet(ethertype: u16, contents: &[u8]) -> Vec<u8> {
    let mut octets = hex("020000000001 020000000002");
    octets.extend(ethertype.to_be_bytes());
    octets.extend(contents);
    octets
}

pub(super) fn after(header: &str, contents: &[u8]) -> Vec<u8> {
    [&hex(header)[..], contents].concat()
}
