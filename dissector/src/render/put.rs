//! Numbers, octets and addresses as text, into a buffer, without the formatting machinery: one
//! line a packet is what millions of packets cost.

use std::io::Write;
use std::net::IpAddr;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Appends to a buffer of octets.
pub(super) trait Put {
    /// The text as it is.
    fn text(&mut self, text: &str);

    /// A decimal number.
    fn num(&mut self, number: impl itoa::Integer);

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
    fn num(&mut self, number: impl itoa::Integer) {
        self.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    fn hex(&mut self, number: u64, digits: u8) {
        self.text("0x");
        for place in (0..u32::from(digits)).rev() {
            self.push(DIGITS[((number >> (4 * place)) & 0xf) as usize]);
        }
    }

    fn octets(&mut self, octets: &[u8]) {
        for octet in octets {
            self.push(DIGITS[usize::from(octet >> 4)]);
            self.push(DIGITS[usize::from(octet & 0xf)]);
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
        if self.len() < end {
            self.resize(end, b' ');
        }
    }
}
