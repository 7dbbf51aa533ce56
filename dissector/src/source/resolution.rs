//! The unit of an interface's times.

use super::Time;

/// The unit of an interface's times, in the coding of pcapng's `if_tsresol`: with the top bit
/// clear, the other seven are a negative power of ten of a second, with it set, of two
/// (draft-ietf-opsawg-pcapng, Interface Description Block Options).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution(pub u8);

/// What turns an interface's ticks into nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    scale: Scale,
    /// Nanoseconds to add; none if they are more than a time holds.
    offset: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
enum Scale {
    /// A tick is that many nanoseconds.
    Times(u64),
    /// A nanosecond is that many ticks.
    Over(u128),
    /// A second is two to the power of that many ticks.
    Binary(u32),
}

const NANOS_PER_SECOND: i64 = 1_000_000_000;

impl Resolution {
    /// Microseconds, what a file that doesn't say otherwise has.
    pub const MICRO: Self = Self(6);
    /// Nanoseconds.
    pub const NANO: Self = Self(9);

    /// Whether a time may have a part that whole microseconds can't express.
    pub fn finer_than_micro(self) -> bool {
        match self.0 {
            power @ 0..0x80 => power > 6,
            // Half a second is whole microseconds, and so on down to the sixth halving.
            binary => binary & 0x7f > 6,
        }
    }

    /// A clock of that unit, whose zero is `offset` seconds after 1970.
    pub(super) fn clock(self, offset: i64) -> Clock {
        let power = u32::from(self.0 & 0x7f);
        let scale = if self.0 & 0x80 != 0 {
            Scale::Binary(power)
        } else if let Some(up) = 9_u32.checked_sub(power) {
            Scale::Times(10_u64.saturating_pow(up))
        } else {
            Scale::Over(10_u128.saturating_pow(power.saturating_sub(9)))
        };
        Clock { scale, offset: offset.checked_mul(NANOS_PER_SECOND) }
    }
}

impl Clock {
    /// The time of a count of ticks, rounded down to whole nanoseconds; none if it is outside of
    /// what [`Time`] holds, the years 1677 to 2262.
    #[inline]
    pub(super) fn time(self, ticks: u64) -> Option<Time> {
        let nanos = match self.scale {
            Scale::Times(factor) => ticks.checked_mul(factor)?,
            Scale::Over(divisor) => u128::from(ticks).checked_div(divisor)?.try_into().ok()?,
            Scale::Binary(power) => {
                let second = u128::from(NANOS_PER_SECOND.unsigned_abs());
                (u128::from(ticks).saturating_mul(second) >> power).try_into().ok()?
            }
        };
        i64::try_from(nanos).ok()?.checked_add(self.offset?).map(Time)
    }
}

impl Time {
    /// The time of a number of seconds since 1970 and nanoseconds to add to them, saturating.
    pub(super) fn from_parts(seconds: i64, nanos: i64) -> Self {
        Self(seconds.saturating_mul(NANOS_PER_SECOND).saturating_add(nanos))
    }

    /// Whole seconds since 1970, rounded down, and the nanoseconds above them.
    pub(super) fn parts(self) -> (i64, i64) {
        (self.0.div_euclid(NANOS_PER_SECOND), self.0.rem_euclid(NANOS_PER_SECOND))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_of_every_kind() {
        let at = |resolution: u8, offset, ticks| Resolution(resolution).clock(offset).time(ticks);
        assert_eq!(at(6, 0, 1_500_000), Some(Time(1_500_000_000)));
        assert_eq!(at(9, 0, 7), Some(Time(7)));
        assert_eq!(at(0, 0, 2), Some(Time(2_000_000_000)));
        assert_eq!(at(3, -1, 1_250), Some(Time(250_000_000)));
        assert_eq!(at(12, 0, 1_999), Some(Time(1)));
        assert_eq!(at(127, 0, u64::MAX), Some(Time(0)));
        assert_eq!(at(0x8a, 0, 1_536), Some(Time(1_500_000_000)));
        assert_eq!(at(0xbf, 0, 1 << 62), Some(Time(500_000_000)));
        assert_eq!(at(0xff, 0, u64::MAX), Some(Time(0)));
        assert_eq!(at(6, 0, u64::MAX), None);
        assert_eq!(at(9, i64::MIN, 0), None);
        assert_eq!(at(6, -2, 1_000_000), Some(Time(-1_000_000_000)));
    }

    #[test]
    fn only_finer_units_ask_for_nanoseconds() {
        assert!(!Resolution::MICRO.finer_than_micro());
        assert!(Resolution::NANO.finer_than_micro());
        assert!(!Resolution(0x86).finer_than_micro());
        assert!(Resolution(0x87).finer_than_micro());
    }
}
