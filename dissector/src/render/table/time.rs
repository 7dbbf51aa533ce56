//! Times for people: from the connection's first frame, in microseconds' precision.

use jiff::Timestamp;

use crate::flow::{Connection, Moment};
use crate::render::state::between;
use crate::source::Time;

/// How long after the connection's first frame; the frame's number where it has no time.
pub(super) fn when(connection: &Connection, at: Moment) -> String {
    match between(connection.first, at) {
        Some(nanoseconds) => {
            let sign = if nanoseconds < 0 { '-' } else { '+' };
            format!("{sign}{}", seconds(nanoseconds))
        }
        None => format!("frame {}", at.number),
    }
}

/// A duration without its sign.
pub(super) fn seconds(nanoseconds: i64) -> String {
    let microseconds = nanoseconds.unsigned_abs() / 1_000;
    format!("{}.{:06} s", microseconds / 1_000_000, microseconds % 1_000_000)
}

/// The date and time of day in UTC.
pub(super) fn date(Time(nanoseconds): Time) -> String {
    match Timestamp::from_nanosecond(nanoseconds.into()) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S.%6f UTC").to_string(),
        // Not reached by 64 bits of nanoseconds, which end in 2262.
        Err(_) => format!("{nanoseconds} ns after 1970"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_span_what_captures_can_say() {
        assert_eq!(date(Time(0)), "1970-01-01 00:00:00.000000 UTC");
        assert_eq!(date(Time(1_795_309_769_257_898_000)), "2026-11-22 01:09:29.257898 UTC");
        assert_eq!(date(Time(i64::MIN)), "1677-09-21 00:12:43.145224 UTC");
        assert_eq!(date(Time(i64::MAX)), "2262-04-11 23:47:16.854775 UTC");
    }

    #[test]
    fn seconds_have_six_decimals() {
        assert_eq!(seconds(1_234_567_890), "1.234567 s");
        assert_eq!(seconds(-1_000), "0.000001 s");
    }
}
