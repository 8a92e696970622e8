//! Times and durations as the compatible API writes them (ISO 8601).

use jiff::Timestamp;
use std::fmt::Write;

/// UTC with `Z`; three digits of fraction when the milliseconds are not zero, else none.
pub(super) fn date_time(time: Timestamp) -> String {
    if time.as_millisecond().rem_euclid(1000) == 0 {
        format!("{time:.0}")
    } else {
        format!("{time:.3}")
    }
}

/// Hours, minutes and seconds, zero parts left out; never days. A fraction of a second only
/// when there is one, without zeros at its end.
pub(super) fn duration(ms: u64) -> String {
    let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
    let (seconds, fraction) = (ms / 1000 % 60, ms % 1000);
    let mut text = "PT".to_owned();
    for (number, unit) in [(hours, 'H'), (minutes, 'M')] {
        if number > 0 {
            let _ = write!(text, "{number}{unit}");
        }
    }
    if fraction > 0 {
        let fraction = format!("{fraction:03}");
        let _ = write!(text, "{seconds}.{}S", fraction.trim_end_matches('0'));
    } else if seconds > 0 || ms == 0 {
        let _ = write!(text, "{seconds}S");
    }
    if text == "PT" {
        "PT0S".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_only_when_there_are_some() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_548_843_300_000, "2019-01-30T10:15:00Z"),
            (1_548_843_300_500, "2019-01-30T10:15:00.500Z"),
            (1_548_843_300_007, "2019-01-30T10:15:00.007Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(date_time(Timestamp::from_millisecond(ms).unwrap()), text);
        }
    }

    #[test]
    fn durations_leave_out_what_is_zero() {
        for (ms, text) in [
            (0, "PT0S"),
            (1, "PT0.001S"),
            (500, "PT0.5S"),
            (1_000, "PT1S"),
            (90_000, "PT1M30S"),
            (90_500, "PT1M30.5S"),
            (60_000, "PT1M"),
            (3_600_000, "PT1H"),
            (3_605_000, "PT1H5S"),
            (192_000, "PT3M12S"),
            (93_784_000, "PT26H3M4S"),
            (360_000_040, "PT100H0.04S"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }
}
