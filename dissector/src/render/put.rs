//! Numbers, octets and addresses as text, into a buffer, without the formatting machinery: one
//! line a packet is what millions of packets cost.

use std::io::Write;
use std::net::IpAddr;

use crate::wire::field::{hex_digit, hex_digits};

/// A number without sign.
pub(super) trait Number {
    /// In 64 bits.
    fn wide(self) -> u64;
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Number for $number {
            #[inline]
            fn wide(self) -> u64 {
                self.into()
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64);

impl Number for usize {
    #[inline]
    fn wide(self) -> u64 {
        self as u64
    }
}

/// Appends to a buffer of octets.
pub(super) trait Put {
    /// The text as it is.
    fn text(&mut self, text: &str);

    /// A decimal number.
    fn num(&mut self, number: impl Number);

    /// A decimal number at the right of a column of at most 8.
    fn right(&mut self, number: u64, width: usize);

    /// The last `N` decimal digits of a number, zeros in front included.
    fn digits<const N: usize>(&mut self, number: u64);

    /// Nanoseconds as seconds with six digits behind the point, in twelve columns between two spaces
    /// on each side. Appends nothing, and says so, where they are too many for that.
    fn seconds(&mut self, nanos: u64) -> bool;

    /// `0x` and this many hexadecimal digits.
    fn hex(&mut self, number: u64, digits: u8);

    /// Two hexadecimal digits an octet.
    fn octets(&mut self, octets: &[u8]);

    /// An IP address.
    fn addr(&mut self, addr: IpAddr);

    /// Spaces, until the text that began at `start` is `width` columns wide. ASCII only.
    fn pad(&mut self, start: usize, width: usize);
}

impl Put for Vec<u8> {
    #[inline]
    fn text(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }

    #[inline]
    fn num(&mut self, number: impl Number) {
        let number = number.wide();
        if number < 10 {
            // Lengths of zero, first subflows: half of all numbers have one digit.
            self.push(b'0' + number as u8);
        } else {
            put_number(number, self);
        }
    }

    #[inline]
    fn right(&mut self, number: u64, width: usize) {
        if number >= EIGHT {
            self.num(number);
            return;
        }
        let (text, zeros) = blanked(number as u32);
        let left_out = zeros.min(8_u32.saturating_sub(width as u32));
        put_some(text, left_out, self);
    }

    #[inline]
    fn digits<const N: usize>(&mut self, number: u64) {
        if N <= 8 {
            let all = (eight((number % EIGHT) as u32) | ASCII).to_le_bytes();
            self.extend_from_slice(&all[8 - N.min(8)..]);
            return;
        }
        let mut text = [b'0'; N];
        let mut rest = number;
        for digit in text.iter_mut().rev() {
            *digit += (rest % 10) as u8;
            rest /= 10;
        }
        self.extend_from_slice(&text);
    }

    #[inline]
    fn seconds(&mut self, nanos: u64) -> bool {
        let (seconds, micros) = (nanos / 1_000_000_000, nanos % 1_000_000_000 / 1000);
        if seconds >= 100_000 {
            return false;
        }
        // The first character of one and the first two of the other make room for what is behind.
        let (seconds, _) = blanked(seconds as u32);
        let micros = eight(micros as u32) | ASCII;
        let halves = [
            (seconds >> 8 | u64::from(b'.') << 56).to_le_bytes(),
            (micros >> 16 | u64::from(u16::from_le_bytes(*b"  ")) << 48).to_le_bytes(),
        ];
        self.extend_from_slice(halves.as_flattened());
        true
    }

    fn hex(&mut self, number: u64, digits: u8) {
        self.text("0x");
        for place in (0..u32::from(digits)).rev() {
            self.push(hex_digit((number >> (4 * place)) as u8));
        }
    }

    fn octets(&mut self, octets: &[u8]) {
        for octet in octets {
            self.extend_from_slice(&hex_digits(*octet));
        }
    }

    fn addr(&mut self, addr: IpAddr) {
        match addr {
            IpAddr::V4(addr) => {
                let [a, b, c, d] = addr.octets();
                self.num(a);
                for octet in [b, c, d] {
                    self.push(b'.');
                    self.num(octet);
                }
            }
            // A Vec takes everything that is written to it.
            IpAddr::V6(addr) => write!(self, "{addr}").unwrap_or_default(),
        }
    }

    #[inline]
    fn pad(&mut self, start: usize, width: usize) {
        let end = start + width;
        match end.checked_sub(self.len()) {
            None | Some(0) => {}
            // A copy of fixed length is quicker than what fits exactly.
            Some(..=16) => {
                self.extend_from_slice(&[b' '; 16]);
                self.truncate(end);
            }
            Some(17..) => self.resize(end, b' '),
        }
    }
}

const EIGHT: u64 = 100_000_000;
const ASCII: u64 = 0x3030_3030_3030_3030;

/// Eight decimal digits, one in each octet, the highest in the lowest octet: all are computed at
/// once, halves first, then quarters, then single digits.
#[inline]
fn eight(number: u32) -> u64 {
    // In 1/2^20 and 1/2^10, rounded up: exact for four digits, and for two.
    const HUNDREDTH: u64 = 10_486;
    const TENTH: u64 = 103;
    let number = u64::from(number);
    let halves = (number / 10_000) | ((number % 10_000) << 32);
    let hundreds = ((halves * HUNDREDTH) >> 20) & 0x7f_0000_007f;
    let pairs = hundreds | ((halves - 100 * hundreds) << 16);
    let tens = ((pairs * TENTH) >> 10) & 0x000f_000f_000f_000f;
    tens | ((pairs - 10 * tens) << 8)
}

/// Appends a number of at most eight digits.
#[inline]
fn put_low(number: u32, out: &mut Vec<u8>) {
    let digits = eight(number);
    put_some(digits | ASCII, leading_zeros(digits), out);
}

/// Eight characters with spaces for the zeros in front, and how many those are.
#[inline]
fn blanked(number: u32) -> (u64, u32) {
    let digits = eight(number);
    let zeros = leading_zeros(digits);
    // A zero and a space differ by one bit.
    let blanks = 0x1010_1010_1010_1010 & !(u64::MAX << (8 * zeros));
    ((digits | ASCII) ^ blanks, zeros)
}

/// Zeros in front of the first digit that counts.
#[inline]
fn leading_zeros(digits: u64) -> u32 {
    (digits.trailing_zeros() / 8).min(7)
}

/// Appends eight characters but for the first ones.
#[inline]
fn put_some(text: u64, left_out: u32, out: &mut Vec<u8>) {
    let end = out.len() + 8 - left_out as usize;
    out.extend_from_slice(&(text >> (8 * left_out)).to_le_bytes());
    out.truncate(end);
}

/// Appends a number of any length.
#[inline(never)]
fn put_number(number: u64, out: &mut Vec<u8>) {
    if number < EIGHT {
        put_low(number as u32, out);
    } else {
        put_high(number, out);
    }
}

/// Appends a number of more than eight digits.
#[inline(never)]
fn put_high(number: u64, out: &mut Vec<u8>) {
    let (above, lowest) = (number / EIGHT, (number % EIGHT) as u32);
    if above < EIGHT {
        put_low(above as u32, out);
    } else {
        put_low((above / EIGHT) as u32, out);
        put_eight((above % EIGHT) as u32, out);
    }
    put_eight(lowest, out);
}

/// Appends eight digits, zeros in front included.
#[inline]
fn put_eight(number: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&(eight(number) | ASCII).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_the_standard_library_writes() {
        let powers = (0..20).map(|power| 10_u64.pow(power));
        let near = powers.flat_map(|power| [power - 1, power, power + 1, power.wrapping_mul(7)]);
        let spread = (0..200_000_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (n % 64));
        for number in near.chain(spread).chain(0..10_001).chain([u64::MAX]) {
            let mut out = Vec::new();
            out.num(number);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }

    #[test]
    fn columns_are_filled() {
        let mut out = Vec::new();
        out.right(7, 3);
        out.right(12345, 3);
        out.right(0, 2);
        out.right(123_456_789, 6);
        out.digits::<6>(42);
        out.pad(0, 20);
        out.push(b'|');
        out.pad(out.len(), 40);
        assert_eq!(String::from_utf8(out).unwrap(), format!("  712345 0123456789000042|{:40}", ""));
    }
}
