//! Values that JSON has no own type for.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::flow::{Moment, Pair};
use crate::source::Time;
use crate::wire::field::Octets;

/// Anything that displays itself, as a string.
pub(super) struct Text<T>(pub(super) T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A 64-bit number as a string of decimal digits: programs that hold numbers as doubles would lose
/// its low bits.
pub(super) fn decimal(number: u64) -> Text<u64> {
    Text(number)
}

/// A key or an HMAC of 64 bits as `0x` and sixteen digits.
pub(super) struct Key(pub(super) u64);

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#018x}", self.0))
    }
}

/// The octets of an option as hexadecimal digits.
pub(super) fn hex(octets: &[u8]) -> Text<Octets> {
    // An option can't be longer than its area, which is what `Octets` has room for.
    Text(Octets::new(octets).unwrap_or(Octets::EMPTY))
}

/// Nanoseconds as a string of seconds with nine decimals.
pub(super) struct Seconds(pub(super) i64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECOND: u64 = 1_000_000_000;
        let (sign, amount) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        write!(f, "{sign}{}.{:09}", amount / SECOND, amount % SECOND)
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A point in time as seconds since 1970.
pub(super) fn epoch(time: Option<Time>) -> Option<Seconds> {
    time.map(|Time(nanoseconds)| Seconds(nanoseconds))
}

/// A frame with its time.
#[derive(Serialize)]
pub(super) struct At {
    frame: u64,
    time_epoch: Option<Seconds>,
}

impl From<Moment> for At {
    fn from(moment: Moment) -> Self {
        Self { frame: moment.number, time_epoch: epoch(moment.time) }
    }
}

/// What each side has of something.
#[derive(Serialize)]
pub(super) struct Sides<T> {
    a: T,
    b: T,
}

impl<T, U: Into<T>> From<Pair<U>> for Sides<T> {
    fn from(pair: Pair<U>) -> Self {
        Self { a: pair.a.into(), b: pair.b.into() }
    }
}

/// An array of what an iterator yields.
pub(super) struct Each<I>(pub(super) I);

impl<I> Serialize for Each<I>
where
    I: Iterator + Clone,
    I::Item: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::Seconds;

    #[test]
    fn seconds_have_nine_decimals_on_both_sides_of_1970() {
        assert_eq!(Seconds(1_795_309_769_257_898_000).to_string(), "1795309769.257898000");
        assert_eq!(Seconds(1).to_string(), "0.000000001");
        assert_eq!(Seconds(-500_000_000).to_string(), "-0.500000000");
        assert_eq!(Seconds(i64::MIN).to_string(), "-9223372036.854775808");
    }
}
