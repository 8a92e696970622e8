//! Instants and durations as other systems write them. Never guesses what may be read in two
//! ways: of an hour that a clock shows twice, both are an answer.

use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// Dates that mean the same everywhere.
const FORMS: [&str; 8] = [
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M",
    "%d.%m.%Y %H:%M:%S%.f",
    "%d.%m.%Y %H:%M",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d%H%M%S",
    "%Y%m%d-%H%M%S",
];
/// The longest call there is: a number beyond is none.
const SECONDS_MAX: f64 = 1e9;

/// How instants are read that do not say their zone.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    pub(super) zone: TimeZone,
    /// The form of dates, as `strptime` writes it; none: what means the same everywhere.
    pub(super) form: Option<String>,
}

impl Clock {
    /// Milliseconds since 1970: none where nothing is said, two where a clock was put back.
    ///
    /// # Errors
    /// Why it is no instant, for people.
    pub(super) fn instants(&self, text: &str) -> Result<Vec<i64>, String> {
        let text = text.trim();
        if text.is_empty() || text.bytes().all(|digit| digit == b'0') {
            return Ok(Vec::new());
        }
        let unreadable = || format!("`{text}` is no time that is read without --date-format");
        if let Some(form) = &self.form {
            let read = BrokenDownTime::parse(form, text);
            let read = read.map_err(|_| format!("`{text}` is not of the form {form}"))?;
            return match (read.to_timestamp(), read.to_datetime()) {
                (Ok(instant), _) => Ok(vec![instant.as_millisecond()]),
                (Err(_), Ok(local)) => self.local(local),
                (Err(_), Err(_)) => Err(format!("{form} gives no date and time of `{text}`")),
            };
        }
        if let Some(instant) = since_1970(text) {
            return Ok(vec![instant]);
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(vec![instant.as_millisecond()]);
        }
        let plain = text.parse::<DateTime>().ok();
        let dated = text.len() > "2026-11-24".len();
        let local = plain.filter(|_| dated).or_else(|| {
            let read = |form: &&str| DateTime::strptime(form, text).ok();
            FORMS.iter().find_map(read)
        });
        self.local(local.ok_or_else(unreadable)?)
    }

    fn local(&self, local: DateTime) -> Result<Vec<i64>, String> {
        let outside = |_| format!("{local} lies outside of what a clock can show");
        let ambiguous = self.zone.to_ambiguous_timestamp(local);
        let offsets = match ambiguous.offset() {
            AmbiguousOffset::Fold { before, after } => vec![before, after],
            AmbiguousOffset::Unambiguous { offset } => vec![offset],
            // A time that no clock showed: as if it had not been put forward yet.
            AmbiguousOffset::Gap { before, .. } => vec![before],
        };
        let instant = |offset: jiff::tz::Offset| {
            let instant = offset.to_timestamp(local).map_err(outside)?;
            Ok(instant.as_millisecond())
        };
        offsets.into_iter().map(instant).collect()
    }
}

/// Seconds or milliseconds since 1970, as many as there have been in this century.
fn since_1970(text: &str) -> Option<i64> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let number: f64 = text.parse().ok()?;
    let digits = whole.len();
    match (digits, whole.bytes().all(|digit| digit.is_ascii_digit())) {
        (9..=10, true) => Some((number * 1_000.0).round() as i64),
        (12..=13, true) => Some(number.round() as i64),
        _ => None,
    }
}

/// A duration in milliseconds; none where nothing is said. A number is seconds, or
/// milliseconds.
///
/// # Errors
/// Why it is none, for people.
pub(super) fn duration_ms(text: &str, in_ms: bool) -> Result<Option<u64>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let unreadable = || format!("`{text}` is no duration, like 90, 1:30, 0:01:30 or PT1M30S");
    let seconds = if text.contains(':') {
        clock(text)
    } else {
        number(text).map(|number| if in_ms { number / 1_000.0 } else { number })
    };
    let long = || text.parse::<SignedDuration>().ok().map(|d| d.as_secs_f64());
    let seconds = seconds
        .or_else(long)
        .filter(|s| (0.0..SECONDS_MAX).contains(s));
    let seconds = seconds.ok_or_else(unreadable)?;
    Ok(Some((seconds * 1_000.0).round() as u64))
}

/// Minutes and seconds, or hours too.
fn clock(text: &str) -> Option<f64> {
    let parts: Vec<f64> = text.split(':').map(number).collect::<Option<_>>()?;
    match parts[..] {
        [minutes, seconds] => Some(minutes * 60.0 + seconds),
        [hours, minutes, seconds] => Some(hours * 3_600.0 + minutes * 60.0 + seconds),
        _ => None,
    }
}

/// A number without sign or exponent, with a point or a comma.
fn number(text: &str) -> Option<f64> {
    let mark = |letter: char| letter == '.' || letter == ',';
    let plain = text.chars().all(|c| c.is_ascii_digit() || mark(c));
    let number = text.replace(',', ".");
    plain.then(|| number.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock_of(zone: &str) -> Clock {
        Clock {
            zone: TimeZone::get(zone).unwrap(),
            form: None,
        }
    }

    fn instants(clock: &Clock, text: &str) -> Vec<String> {
        let ms = clock.instants(text).unwrap();
        let instant = |ms: i64| Timestamp::from_millisecond(ms).unwrap().to_string();
        ms.into_iter().map(instant).collect()
    }

    #[test]
    fn times_are_read_as_systems_write_them() {
        let rome = clock_of("Europe/Rome");
        for text in [
            "2026-11-24T10:00:00+01:00",
            "2026-11-24 09:00:00Z",
            "2026-11-24 10:00:00",
            "2026-11-24T10:00:00.000",
            "2026-11-24 10:00",
            "24.11.2026 10:00:00",
            "2026/11/24 10:00",
            "20261124100000",
            "1795510800",
            "1795510800.0",
            "1795510800000",
        ] {
            assert_eq!(instants(&rome, text), ["2026-11-24T09:00:00Z"], "{text}");
        }
        for text in ["", " ", "0", "000"] {
            assert_eq!(instants(&rome, text), [""; 0], "{text}");
        }
        for text in ["24/11/2026 10:00:00", "2026-11-24", "yesterday", "90"] {
            let said = rome.instants(text).unwrap_err();
            assert!(said.contains("--date-format"), "{said}");
        }
    }

    #[test]
    fn a_form_says_what_comes_first() {
        let american = Clock {
            form: Some("%m/%d/%Y %I:%M:%S %p".to_owned()),
            ..clock_of("America/New_York")
        };
        let found = instants(&american, "11/24/2026 05:00:01 PM");
        assert_eq!(found, ["2026-11-24T22:00:01Z"]);
        let said = american.instants("2026-11-24 17:00:01").unwrap_err();
        assert!(said.contains("%m/%d"), "{said}");
        let zoned = Clock {
            form: Some("%d/%m/%Y %H:%M %z".to_owned()),
            ..clock_of("UTC")
        };
        let found = instants(&zoned, "24/11/2026 10:00 +0100");
        assert_eq!(found, ["2026-11-24T09:00:00Z"]);
    }

    #[test]
    fn an_hour_that_comes_twice_is_both() {
        let rome = clock_of("Europe/Rome");
        let twice = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"];
        assert_eq!(instants(&rome, "2026-10-25 02:30:00"), twice);
        let skipped = ["2026-03-29T01:30:00Z"];
        assert_eq!(instants(&rome, "2026-03-29 02:30:00"), skipped);
    }

    #[test]
    fn durations_are_read_as_systems_write_them() {
        for (text, ms) in [
            ("90", 90_000),
            ("90.5", 90_500),
            ("90,5", 90_500),
            ("1:30", 90_000),
            ("00:01:30.250", 90_250),
            ("PT1M30S", 90_000),
            ("1m 30s", 90_000),
            ("0", 0),
        ] {
            assert_eq!(duration_ms(text, false), Ok(Some(ms)), "{text}");
        }
        assert_eq!(duration_ms("90500", true), Ok(Some(90_500)));
        assert_eq!(duration_ms(" ", false), Ok(None));
        for text in ["-1", "1:2:3:4", "x", "1e3", "nan", "99999999999", "-PT1S"] {
            assert!(duration_ms(text, false).is_err(), "{text}");
        }
    }
}
