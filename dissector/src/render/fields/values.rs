//! The values of one column in one line.

use std::net::IpAddr;

use crate::render::put::{Number, Put};
use crate::wire::field::{Show, Value};

/// A column being written: a comma comes before every value but the first.
pub(super) struct Values<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
}

impl<'o> Values<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { start: out.len(), out }
    }

    /// Where the next value is to be written, after the comma.
    #[inline]
    pub(super) fn next(&mut self) -> &mut Vec<u8> {
        if self.out.len() > self.start {
            self.out.push(b',');
        }
        self.out
    }

    pub(super) fn text(&mut self, text: &str) {
        self.next().text(text);
    }

    #[inline]
    pub(super) fn num(&mut self, number: impl Number) {
        self.next().num(number);
    }

    pub(super) fn flag(&mut self, set: bool) {
        self.next().push(if set { b'1' } else { b'0' });
    }

    pub(super) fn hex(&mut self, number: impl Into<u64>, digits: u8) {
        self.next().hex(number.into(), digits);
    }

    pub(super) fn octets(&mut self, octets: &[u8]) {
        if !octets.is_empty() {
            self.next().octets(octets);
        }
    }

    pub(super) fn addr(&mut self, addr: IpAddr) {
        self.next().addr(addr);
    }

    /// Seconds with nine decimals.
    pub(super) fn seconds(&mut self, nanoseconds: i64) {
        const SECOND: u64 = 1_000_000_000;
        let out = self.next();
        if nanoseconds < 0 {
            out.push(b'-');
        }
        let all = nanoseconds.unsigned_abs();
        out.num(all / SECOND);
        // The ten digits of 1,000,000,000 and a fraction are a 1 and its nine decimals.
        let point = out.len();
        out.num(SECOND + all % SECOND);
        out[point] = b'.';
    }

    /// A number in an option. Hexadecimal ones have two digits an octet.
    #[inline]
    pub(super) fn number(&mut self, number: u64, show: Show) {
        match show {
            Show::Hex(digits) => self.hex(number, digits.next_multiple_of(2)),
            _ => self.num(number),
        }
    }

    /// A field of an option.
    pub(super) fn field(&mut self, value: &Value, show: Show) {
        match value {
            Value::Uint(number) => self.number(*number, show),
            Value::Addr(addr) => self.addr(*addr),
            Value::Octets(octets) => self.octets(octets.as_slice()),
        }
    }
}

/// Puts what was written from `start` on into quotes if it needs them (RFC 4180 §2).
pub(super) fn quote(out: &mut Vec<u8>, start: usize) {
    let value = out.get(start..).unwrap_or_default();
    if !value.iter().any(|octet| matches!(octet, b',' | b'"' | b'\n' | b'\r')) {
        return;
    }
    let value = value.to_vec();
    out.truncate(start);
    out.push(b'"');
    for octet in value {
        if octet == b'"' {
            out.push(b'"');
        }
        out.push(octet);
    }
    out.push(b'"');
}
