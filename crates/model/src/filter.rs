//! Which recordings of those in reach are wanted, and in which order. All conditions of a
//! filter must hold.
//!
//! Times are kept as whole milliseconds, as recordings are; what an operand says below a
//! millisecond is not lost but decides which milliseconds are inside.

use crate::details::Quality;
use crate::mode::Mode;
use crate::recording::{Direction, State};
use jiff::Timestamp;

/// Times from one instant, included, to another, excluded.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct TimeFilter {
    from_ms: Option<i64>,
    to_ms: Option<i64>,
}

impl TimeFilter {
    /// Every time.
    pub const ANY: Self = Self {
        from_ms: None,
        to_ms: None,
    };

    /// Exactly this instant; none when it lies between two milliseconds.
    #[must_use]
    pub fn equals(instant: Timestamp) -> Self {
        let whole = i128::from(instant.as_millisecond()) * 1_000_000 == instant.as_nanosecond();
        let from = ceiling(instant);
        Self {
            from_ms: Some(from),
            to_ms: Some(if whole { from + 1 } else { from }),
        }
    }

    /// Before this instant, not at it.
    #[must_use]
    pub fn before(instant: Timestamp) -> Self {
        Self {
            from_ms: None,
            to_ms: Some(ceiling(instant)),
        }
    }

    /// After this instant, not at it.
    #[must_use]
    pub fn after(instant: Timestamp) -> Self {
        Self {
            from_ms: Some(floor(instant) + 1),
            to_ms: None,
        }
    }

    /// At or after this instant.
    #[must_use]
    pub fn since(instant: Timestamp) -> Self {
        Self {
            from_ms: Some(ceiling(instant)),
            to_ms: None,
        }
    }

    /// From `low`, included, to `high`, excluded.
    #[must_use]
    pub fn between(low: Timestamp, high: Timestamp) -> Self {
        Self::since(low).and(Self::before(high))
    }

    /// What both admit.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let later = |a: Option<i64>, b| a.max(b);
        let earlier = |a: Option<i64>, b: Option<i64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self {
            from_ms: later(self.from_ms, other.from_ms),
            to_ms: earlier(self.to_ms, other.to_ms),
        }
    }

    /// The first millisecond inside, if there is one.
    #[must_use]
    pub fn from_ms(self) -> Option<i64> {
        self.from_ms
    }

    /// The first millisecond behind it, if there is one.
    #[must_use]
    pub fn to_ms(self) -> Option<i64> {
        self.to_ms
    }

    /// Whether a millisecond since 1970 lies inside.
    #[must_use]
    pub fn admits(self, ms: i64) -> bool {
        self.from_ms.is_none_or(|from| ms >= from) && self.to_ms.is_none_or(|to| ms < to)
    }
}

/// The millisecond at or before an instant. `as_millisecond` cuts towards 1970.
fn floor(instant: Timestamp) -> i64 {
    let ms = instant.as_millisecond();
    let behind = i128::from(ms) * 1_000_000 > instant.as_nanosecond();
    ms - i64::from(behind)
}

fn ceiling(instant: Timestamp) -> i64 {
    let ms = instant.as_millisecond();
    let ahead = i128::from(ms) * 1_000_000 < instant.as_nanosecond();
    ms + i64::from(ahead)
}

/// How a text is compared. `%`, `_`, quotes and backslashes match themselves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Text {
    /// The whole text, letter for letter.
    Equals(String),
    /// Anywhere inside, letter case ignored.
    Contains(String),
}

/// Numbers from one to another; both included.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Range {
    /// At least.
    pub least: Option<u64>,
    /// At most.
    pub most: Option<u64>,
}

impl Range {
    /// Whether a number lies inside.
    #[must_use]
    pub fn admits(self, number: u64) -> bool {
        self.least.is_none_or(|least| number >= least)
            && self.most.is_none_or(|most| number <= most)
    }
}

/// Which recordings are wanted. The default is all that were not deleted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Filter {
    /// Start of the sound.
    pub start: TimeFilter,
    /// Start of the sound plus its length.
    pub end: TimeFilter,
    /// Length in milliseconds.
    pub duration_ms: Range,
    /// Number of the local party, cleaned by [`crate::party`].
    pub local_number: Option<Text>,
    /// Number of the remote party, cleaned by [`crate::party`].
    pub remote_number: Option<Text>,
    /// Anywhere in the number of the local or the remote party.
    pub number_part: Option<String>,
    /// Name of the owner, letter case ignored; deleted owners keep theirs. Empty: nobody's.
    pub owner_username: Option<String>,
    /// Name of the group the owner is in, or was in when deleted, letter case ignored. Empty:
    /// of owners in no group.
    pub group: Option<String>,
    /// Who called.
    pub direction: Option<Direction>,
    /// One of these states; empty: all but deleted.
    pub states: Vec<State>,
    /// Has this tag, letter case ignored.
    pub tag: Option<String>,
    /// What joins recordings of one conversation.
    pub pbx_call_id: Option<String>,
    /// The reference number.
    pub reference_number: Option<String>,
    /// The mode it was recorded by.
    pub trigger: Option<Mode>,
    /// The recording client.
    pub client: Option<String>,
    /// Whether it is on legal hold.
    pub on_hold: Option<bool>,
    /// Whether it is preserved.
    pub preserved: Option<bool>,
    /// Whether a part of it was paused.
    pub masked: Option<bool>,
    /// How much of the sound came.
    pub quality: Option<Quality>,
    /// Whether it has a note.
    pub has_note: Option<bool>,
    /// Last change.
    pub updated: TimeFilter,
    /// Words that must each appear, letter case ignored, in a number, a name of the owner, the
    /// note, a tag, the reference number or the call's id.
    pub text: Option<String>,
}

/// What a list is sorted by; recordings that are equal in it are sorted by id.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum SortBy {
    /// Start of the sound.
    #[default]
    Start,
    /// Length.
    Duration,
    /// Last change.
    Updated,
    /// Size of the stored file.
    Size,
}

impl SortBy {
    /// Every order.
    pub const ALL: [Self; 4] = [Self::Start, Self::Duration, Self::Updated, Self::Size];
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl Sort {
    /// Newest first: the order of the compatible list.
    pub const NEWEST: Self = Self {
        by: SortBy::Start,
        descending: true,
    };
}

impl Default for Sort {
    fn default() -> Self {
        Self::NEWEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn operands_below_a_millisecond_count() {
        let second = at("2026-11-24T10:00:00Z");
        let ms = second.as_millisecond();
        let split = at("2026-11-24T10:00:00.0005Z");
        assert!(TimeFilter::equals(second).admits(ms));
        assert!(!TimeFilter::equals(second).admits(ms + 1));
        assert!(!TimeFilter::equals(split).admits(ms));
        assert!(!TimeFilter::equals(split).admits(ms + 1));
        assert!(TimeFilter::before(split).admits(ms));
        assert!(!TimeFilter::before(second).admits(ms));
        assert!(!TimeFilter::after(split).admits(ms));
        assert!(TimeFilter::after(split).admits(ms + 1));
        assert!(!TimeFilter::after(second).admits(ms));
        assert!(TimeFilter::between(second, split).admits(ms));
        assert!(!TimeFilter::between(second, second).admits(ms));
        assert!(!TimeFilter::between(split, second).admits(ms));
    }

    #[test]
    fn times_before_1970_are_not_cut_towards_it() {
        let split = at("1969-12-31T23:59:59.9995Z");
        assert!(TimeFilter::before(split).admits(-1));
        assert!(!TimeFilter::before(split).admits(0));
        assert!(TimeFilter::after(split).admits(0));
        assert!(!TimeFilter::after(split).admits(-1));
    }

    #[test]
    fn both_must_admit() {
        let day = TimeFilter::between(at("2026-11-24T00:00:00Z"), at("2026-11-25T00:00:00Z"));
        let late = day.and(TimeFilter::after(at("2026-11-24T12:00:00Z")));
        assert!(!late.admits(at("2026-11-24T12:00:00Z").as_millisecond()));
        assert!(late.admits(at("2026-11-24T23:59:59.999Z").as_millisecond()));
        assert!(!late.admits(at("2026-11-25T00:00:00Z").as_millisecond()));
        assert_eq!(TimeFilter::ANY.and(day), day);
    }
}
