//! Times of the week, in a zone.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// The values are no times of a week.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadTimes {
    /// No weekday was named.
    #[error("at least one weekday is needed")]
    NoWeekday,
    /// A time of day is outside 00:00 to 24:00.
    #[error("a time of day lies between 00:00 and 24:00, and begins before 24:00")]
    TimeOfDay,
    /// The zone is not known.
    #[error("`{0}` is no time zone: write one like Europe/Rome, or UTC")]
    Zone(String),
}

/// On some weekdays from one time of day, included, to another, excluded. When the second is
/// not after the first, it is that of the next day.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Times {
    weekdays: u8,
    from: u16,
    to: u16,
    zone: String,
}

impl Times {
    /// Checks the values. Times of day are minutes since midnight; `to` may be 24:00.
    ///
    /// # Errors
    /// [`BadTimes`] when one of them means nothing.
    pub fn new(weekdays: &[Weekday], from: u16, to: u16, zone: &str) -> Result<Self, BadTimes> {
        if weekdays.is_empty() {
            return Err(BadTimes::NoWeekday);
        }
        if from >= DAY || to > DAY {
            return Err(BadTimes::TimeOfDay);
        }
        if find(zone).is_none() {
            return Err(BadTimes::Zone(zone.to_owned()));
        }
        Ok(Self {
            weekdays: weekdays.iter().fold(0, |bits, &day| bits | bit(day)),
            from,
            to,
            zone: zone.to_owned(),
        })
    }

    /// The weekdays on which it begins, from Monday on.
    #[must_use]
    pub fn weekdays(&self) -> Vec<Weekday> {
        let week = Weekday::Monday.cycle_forward().take(7);
        week.filter(|&day| self.weekdays & bit(day) != 0).collect()
    }

    /// First minute of the day.
    #[must_use]
    pub fn from(&self) -> u16 {
        self.from
    }

    /// The minute of the day behind the last one.
    #[must_use]
    pub fn to(&self) -> u16 {
        self.to
    }

    /// Name of the time zone.
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// Whether an instant lies inside.
    #[must_use]
    pub fn contains(&self, instant: Timestamp) -> bool {
        let Some(zone) = find(&self.zone) else {
            return false;
        };
        let local = zone.to_datetime(instant);
        let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute()));
        let minute = minute.unwrap_or_default();
        let today = self.weekdays & bit(local.weekday()) != 0;
        if self.from < self.to {
            return today && (self.from..self.to).contains(&minute);
        }
        let yesterday = self.weekdays & bit(local.weekday().previous()) != 0;
        (today && minute >= self.from) || (yesterday && minute < self.to)
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

fn find(zone: &str) -> Option<TimeZone> {
    if zone == "UTC" {
        return Some(TimeZone::UTC);
    }
    TimeZone::get(zone).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(times: &Times, instant: &str) -> bool {
        times.contains(instant.parse().unwrap())
    }

    #[test]
    fn working_hours_follow_the_clock_of_the_place() {
        let days = [Weekday::Monday, Weekday::Tuesday];
        let times = Times::new(&days, 9 * 60, 17 * 60, "Europe/Rome").unwrap();
        // Monday 23 November 2026, winter: one hour ahead; 29 June: two.
        assert!(inside(&times, "2026-11-23T08:00:00Z"));
        assert!(!inside(&times, "2026-11-23T07:59:59Z"));
        assert!(!inside(&times, "2026-11-23T16:00:00Z"));
        assert!(inside(&times, "2026-06-29T07:00:00Z"));
        assert!(!inside(&times, "2026-06-29T15:00:00Z"));
        assert!(!inside(&times, "2026-11-25T10:00:00Z"));
        assert_eq!(times.weekdays(), days);
    }

    #[test]
    fn a_night_belongs_to_the_day_it_begins() {
        let times = Times::new(&[Weekday::Sunday], 22 * 60, 6 * 60, "UTC").unwrap();
        assert!(inside(&times, "2026-11-22T22:00:00Z"));
        assert!(inside(&times, "2026-11-23T05:59:00Z"));
        assert!(!inside(&times, "2026-11-23T06:00:00Z"));
        assert!(!inside(&times, "2026-11-22T05:00:00Z"));
        let whole = Times::new(&[Weekday::Sunday], 0, DAY, "UTC").unwrap();
        assert!(inside(&whole, "2026-11-22T23:59:59Z"));
        assert!(!inside(&whole, "2026-11-23T00:00:00Z"));
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(Times::new(&[], 0, 1, "UTC"), Err(BadTimes::NoWeekday));
        let day = [Weekday::Monday];
        assert_eq!(Times::new(&day, DAY, 1, "UTC"), Err(BadTimes::TimeOfDay));
        assert_eq!(Times::new(&day, 0, 1441, "UTC"), Err(BadTimes::TimeOfDay));
        let bad = Times::new(&day, 0, 1, "Europe/Atlantis").unwrap_err();
        assert!(bad.to_string().contains("Europe/Rome"));
    }
}
