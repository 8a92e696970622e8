//! Times and durations as the compatible API writes and reads them (ISO 8601).
//!
//! Written in one form, read in all that the pages and their clients use; what is not a time
//! is `None`, never a guess.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use std::fmt::Write;

/// UTC with `Z`; three digits of fraction when the milliseconds are not zero, else none.
pub(crate) fn date_time(time: Timestamp) -> String {
    if time.as_millisecond().rem_euclid(1000) == 0 {
        format!("{time:.0}")
    } else {
        format!("{time:.3}")
    }
}

/// Hours, minutes and seconds, zero parts left out; never days. A fraction of a second only
/// when there is one, without zeros at its end.
pub(crate) fn duration(ms: u64) -> String {
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

/// Reads a date and time: a fraction of up to nine digits, an offset or none (UTC). A date
/// alone is its midnight. A blank where an offset begins is a `+` that was sent unescaped.
pub(crate) fn parse_date_time(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let date = parse_date(date)?;
    if rest.is_empty() {
        return Offset::UTC
            .to_timestamp(date.to_datetime(Time::midnight()))
            .ok();
    }
    let rest = rest.strip_prefix(['T', 't'])?;
    let end = rest.find(|letter: char| !matches!(letter, '0'..='9' | ':' | '.'));
    let (time, offset) = rest.split_at(end.unwrap_or(rest.len()));
    let time = date.to_datetime(parse_time(time)?);
    let offset = parse_offset(offset)?;
    offset.to_timestamp(time).ok()
}

fn parse_date(text: &str) -> Option<Date> {
    let [year, month, day] = split(text, '-')?;
    let (year, month, day) = (
        digits(year, 4..=4)?,
        digits(month, 2..=2)?,
        digits(day, 2..=2)?,
    );
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

/// `hh:mm` and, if they are there, seconds and their fraction.
fn parse_time(text: &str) -> Option<Time> {
    let (text, fraction) = match text.split_once('.') {
        Some((text, fraction)) => (text, Some(fraction)),
        None => (text, None),
    };
    let (hour, rest) = text.split_once(':')?;
    let (minute, second) = match rest.split_once(':') {
        Some((minute, second)) => (minute, Some(second)),
        None => (rest, None),
    };
    let second = match second {
        Some(second) => digits(second, 2..=2)?,
        None if fraction.is_some() => return None,
        None => 0,
    };
    let nanoseconds = match fraction {
        Some(fraction) => {
            let places = u32::try_from(fraction.len()).ok()?;
            digits(fraction, 1..=9)? * 10_u32.pow(9 - places)
        }
        None => 0,
    };
    let small = |number: u32| i8::try_from(number).ok();
    Time::new(
        small(digits(hour, 2..=2)?)?,
        small(digits(minute, 2..=2)?)?,
        small(second)?,
        i32::try_from(nanoseconds).ok()?,
    )
    .ok()
}

/// Nothing, `Z`, `+hh`, `+hhmm` or `+hh:mm`.
fn parse_offset(text: &str) -> Option<Offset> {
    if text.is_empty() || text.eq_ignore_ascii_case("z") {
        return Some(Offset::UTC);
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix(['+', ' '])?),
    };
    let (hours, minutes) = rest.split_at_checked(2)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let minutes = if minutes.is_empty() && rest.len() == 2 {
        0
    } else {
        digits(minutes, 2..=2).filter(|minutes| *minutes < 60)?
    };
    let seconds = digits(hours, 2..=2)? * 3600 + minutes * 60;
    Offset::from_seconds(sign * i32::try_from(seconds).ok()?).ok()
}

/// Reads a duration in weeks, days, hours, minutes and seconds, in milliseconds. Months and
/// years have no length. Fractions of the last part are taken as the standard allows, to the
/// millisecond.
pub(crate) fn parse_duration(text: &str) -> Option<u64> {
    let rest = text.strip_prefix(['P', 'p'])?;
    let (days, time) = match rest.split_once(['T', 't']) {
        // A `T` with nothing behind it is none.
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (rest, ""),
    };
    let (days, days_end) = parts(days, &[('W', 7 * 86_400_000), ('D', 86_400_000)])?;
    let (time, time_end) = parts(time, &[('H', 3_600_000), ('M', 60_000), ('S', 1000)])?;
    let fraction_inside = days_end == End::Fraction && time_end != End::Nothing;
    if fraction_inside || (days_end == End::Nothing && time_end == End::Nothing) {
        return None;
    }
    days.checked_add(time)
}

/// How a row of parts ended.
#[derive(Clone, Copy, Eq, PartialEq)]
enum End {
    Nothing,
    Whole,
    Fraction,
}

/// Numbers with their units, which stand in the order given.
fn parts(mut text: &str, units: &[(char, u64)]) -> Option<(u64, End)> {
    let (mut sum, mut end) = (0_u64, End::Nothing);
    let mut units = units.iter();
    while !text.is_empty() {
        if end == End::Fraction {
            return None;
        }
        let place = text.find(|letter: char| letter.is_ascii_alphabetic())?;
        let (number, rest) = text.split_at(place);
        let mut rest = rest.chars();
        let name = rest.next()?.to_ascii_uppercase();
        let (_, unit) = units.find(|(unit, _)| *unit == name)?;
        let (whole, fraction) = match number.split_once(['.', ',']) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (number, None),
        };
        let whole = u64::from(digits(whole, 1..=9)?);
        sum = sum.checked_add(whole.checked_mul(*unit)?)?;
        end = End::Whole;
        if let Some(fraction) = fraction {
            let places = u32::try_from(fraction.len()).ok()?;
            let fraction = u64::from(digits(fraction, 1..=9)?);
            sum = sum.checked_add(fraction * unit / 10_u64.pow(places))?;
            end = End::Fraction;
        }
        text = rest.as_str();
    }
    Some((sum, end))
}

fn split<const N: usize>(text: &str, at: char) -> Option<[&str; N]> {
    let pieces: Vec<&str> = text.split(at).collect();
    pieces.try_into().ok()
}

/// A number of so many digits and nothing else; at most nine, which always fit.
fn digits(text: &str, count: std::ops::RangeInclusive<usize>) -> Option<u32> {
    if !count.contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    fn read(text: &str) -> Option<String> {
        parse_date_time(text).map(|time| time.to_string())
    }

    #[test]
    fn every_spelling_of_a_time_is_read() {
        for (text, time) in [
            ("2018-11-01T00:00:00Z", "2018-11-01T00:00:00Z"),
            ("2018-09-25T13:00:00.0000000Z", "2018-09-25T13:00:00Z"),
            ("2018-09-25T13:00:00", "2018-09-25T13:00:00Z"),
            ("2018-09-25T13:00", "2018-09-25T13:00:00Z"),
            ("2018-09-25", "2018-09-25T00:00:00Z"),
            ("2018-09-25t13:00:00.5z", "2018-09-25T13:00:00.5Z"),
            (
                "2018-09-25T13:00:00.123456789Z",
                "2018-09-25T13:00:00.123456789Z",
            ),
            ("2018-09-25T13:00:00+02:00", "2018-09-25T11:00:00Z"),
            ("2018-09-25T13:00:00 02:00", "2018-09-25T11:00:00Z"),
            ("2018-09-25T13:00:00.25-0530", "2018-09-25T18:30:00.25Z"),
            ("2018-09-25T13:00:00+02", "2018-09-25T11:00:00Z"),
            ("2018-09-25T13:00:00-00:00", "2018-09-25T13:00:00Z"),
            ("2016-02-29T23:59:59+14:00", "2016-02-29T09:59:59Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(time), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "yesterday",
            "2018",
            "2018-11",
            "20181101T000000Z",
            "2018-13-01T00:00:00Z",
            "2018-02-29T00:00:00Z",
            "2018-00-01",
            "2018-11-01T",
            "2018-11-01T24:00:00Z",
            "2018-11-01T00:60:00Z",
            "2018-11-01T00:00:60Z",
            "2018-11-01T00:00:00.Z",
            "2018-11-01T00:00.5Z",
            "2018-11-01T00:00:00.0000000000Z",
            "2018-11-01T00:00:00,5Z",
            "2018-11-01T00:00:00ZZ",
            "2018-11-01T00:00:00+2",
            "2018-11-01T00:00:00+02:",
            "2018-11-01T00:00:00+02:60",
            "2018-11-01T00:00:00+99:00",
            "2018-11-01T00:00:00[Europe/Rome]",
            "2018-11-01T0:00:00Z",
            "2018-11-01 00:00:00Z",
            " 2018-11-01T00:00:00Z",
            "2018-11-01T00:00:00Z ",
            "+018-11-01T00:00:00Z",
            "9999-12-31T23:59:59-18:00",
            "2018-11-0é",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn every_spelling_of_a_duration_is_read() {
        for (text, ms) in [
            ("PT1M30S", 90_000),
            ("PT0S", 0),
            ("P0D", 0),
            ("P1DT2H", 93_600_000),
            ("P0DT0H1M30S", 90_000),
            ("PT26H3M4S", 93_784_000),
            ("PT90S", 90_000),
            ("PT1.5S", 1_500),
            ("PT1,5S", 1_500),
            ("PT0.0004S", 0),
            ("PT1M30.25S", 90_250),
            ("PT0.5H", 1_800_000),
            ("P2W", 1_209_600_000),
            ("P1D", 86_400_000),
            ("pt1m30s", 90_000),
            ("P0.5D", 43_200_000),
            ("PT100H0.04S", 360_000_040),
        ] {
            assert_eq!(parse_duration(text), Some(ms), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_none() {
        for text in [
            "",
            "P",
            "PT",
            "P1DT",
            "T1S",
            "1S",
            "PT1",
            "PT1S1",
            "PT1S2M",
            "PT1M1M",
            "P1Y",
            "P1M",
            "P1S",
            "PT1D",
            "-PT1S",
            "PT-1S",
            "PT+1S",
            "PT1.S",
            "PT.5S",
            "PT1.5M1S",
            "P0.5DT1H",
            "00:01:30",
            "PT1234567890S",
            "PT1 S",
            "90",
            "PTS",
            "PT1é",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_never_panics(text in ".{0,40}", wild in "[PTWDHMS0-9.,:+Z -]{0,30}") {
            for text in [text, wild] {
                let _ = parse_date_time(&text);
                let _ = parse_duration(&text);
            }
        }

        #[test]
        fn what_is_written_is_read_back(ms in 0_u64..1 << 40, at in -1_i64 << 40..1 << 44) {
            prop_assert_eq!(parse_duration(&duration(ms)), Some(ms));
            let time = Timestamp::from_millisecond(at).unwrap();
            prop_assert_eq!(parse_date_time(&date_time(time)), Some(time));
        }
    }
}
