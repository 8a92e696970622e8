//! Numbers of a period for a dashboard: by the hour or the day, beside what is usual then.
//!
//! Days begin at midnight where the reader is; what is usual is looked up by the clock there, so
//! that a change of clocks shifts nothing.

use super::types::{GroupCount, Period, PeriodName, Slot, time};
use crate::app::App;
use crate::refusal::Refusal;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ZonedDateTime};
use model::State;
use model::access::Scope;
use model::details::Quality;
use model::filter::{Filter, Sort, SortBy, TimeFilter};
use std::collections::BTreeMap;

/// Weeks that say what is usual.
const WEEKS: i64 = 4;
/// A mean of one to four numbers is a whole number of twelfths.
const TWELFTHS: u64 = 12;
/// Most groups that are named.
const GROUPS_MAX: usize = 12;

/// From, included, to, excluded.
type Stretch = (ZonedDateTime, ZonedDateTime);

/// The time zone of a query; UTC when nothing is said.
pub(super) fn zone(name: Option<&str>) -> Result<TimeZone, Refusal> {
    let Some(name) = name else {
        return Ok(TimeZone::UTC);
    };
    let rule = || Refusal::BadRequest("timeZone is a name like Europe/Rome".to_owned());
    TimeZone::get(name).map_err(|_| rule())
}

/// The numbers of a period that ends now.
pub(super) async fn of(
    app: &App,
    scope: &Scope,
    name: PeriodName,
    zone: TimeZone,
) -> Result<Period, Refusal> {
    let now = app.now().to_zoned_datetime(zone);
    let slots = slots(name, &now).map_err(|error| Refusal::fault(&error))?;
    let from = slots.first().map_or(&now, |(from, _)| from).clone();
    let whole = (from.clone(), now.clone());
    let history = oldest(app, scope).await?;
    let mut counts = Counts::default();
    counts.want(&whole);
    for slot in &slots {
        let (Some(now), Some(all)) = (until(slot, &now), Some(slot)) else {
            counts.want_usual(slot, history)?;
            continue;
        };
        counts.want(&now);
        counts.want_usual(&now, history)?;
        counts.want_usual(all, history)?;
    }
    let wrong = [
        Filter {
            quality: Some(Quality::Poor),
            ..during(&whole)
        },
        Filter {
            states: vec![State::Interrupted],
            ..during(&whole)
        },
        Filter {
            states: vec![State::Failed],
            ..during(&whole)
        },
    ];
    let [poor, interrupted, failed] = counts.read(app, scope, wrong).await?;
    let mut shown = Vec::with_capacity(slots.len());
    let mut usual = Some(0);
    for slot in &slots {
        let until = until(slot, &now);
        if let Some(until) = &until {
            let some = counts.usual(until, history)?;
            usual = usual.zip(some).map(|(sum, some)| sum + some);
        }
        shown.push(Slot {
            from: time(slot.0.timestamp()),
            recordings: until.map_or(0, |until| counts.of(&until)),
            usual: counts.usual(slot, history)?.map(rounded),
        });
    }
    let start = stretch_filter(&whole);
    let groups = app.catalogue.counts_by_group(scope, start).await?;
    Ok(Period {
        from: time(from.timestamp()),
        to: time(now.timestamp()),
        recordings: counts.of(&whole),
        usual: usual.map(rounded),
        slots: shown,
        groups: largest(groups),
        poor,
        interrupted,
        failed,
    })
}

/// The hours of today, or the days up to today.
fn slots(name: PeriodName, now: &ZonedDateTime) -> Result<Vec<Stretch>, jiff::Error> {
    let today = now.start_of_day()?;
    let days = match name {
        PeriodName::Today => {
            let (mut hours, end) = (Vec::new(), today.tomorrow()?.start_of_day()?);
            let mut from = today;
            while from < end {
                let to = from.checked_add(Span::new().hours(1))?.min(end.clone());
                hours.push((from, to.clone()));
                from = to;
            }
            return Ok(hours);
        }
        PeriodName::Week => 7,
        PeriodName::Month => 30,
    };
    let day = |ago: i64| {
        let from = today.checked_sub(Span::new().days(ago))?.start_of_day()?;
        let to = from.tomorrow()?.start_of_day()?;
        Ok((from, to))
    };
    (0..days).rev().map(day).collect()
}

/// As much of a slot as is over; `None`: it has not begun.
fn until((from, to): &Stretch, now: &ZonedDateTime) -> Option<Stretch> {
    (from < now).then(|| (from.clone(), to.min(now).clone()))
}

/// The same stretch in the weeks before, as far as there were recordings at its beginning.
fn before((from, to): &Stretch, history: Option<Timestamp>) -> Result<Vec<Stretch>, jiff::Error> {
    let mut stretches = Vec::new();
    for week in 1..=WEEKS {
        let ago = Span::new().weeks(week);
        let from = from.checked_sub(ago)?;
        if history.is_some_and(|oldest| oldest <= from.timestamp()) {
            stretches.push((from, to.checked_sub(ago)?));
        }
    }
    Ok(stretches)
}

fn stretch_filter((from, to): &Stretch) -> TimeFilter {
    TimeFilter::between(from.timestamp(), to.timestamp())
}

fn during(stretch: &Stretch) -> Filter {
    Filter {
        start: stretch_filter(stretch),
        ..Filter::default()
    }
}

fn rounded(twelfths: u64) -> u64 {
    (twelfths + TWELFTHS / 2) / TWELFTHS
}

/// When the first recording in reach began.
async fn oldest(app: &App, scope: &Scope) -> Result<Option<Timestamp>, Refusal> {
    let first = Sort {
        by: SortBy::Start,
        descending: false,
    };
    let any = Filter::default();
    let rows = app
        .catalogue
        .recordings_behind(scope, &any, first, None, 1)
        .await?;
    Ok(rows.first().map(|row| row.draft.start_time))
}

/// The largest ones by name, and the rest together.
fn largest(groups: BTreeMap<String, u64>) -> Vec<GroupCount> {
    let mut groups: Vec<(String, u64)> = groups.into_iter().collect();
    // By name where they are equal: the sort is stable.
    groups.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let rest = groups.split_off(groups.len().min(GROUPS_MAX));
    let rest: u64 = rest.iter().map(|(_, count)| count).sum();
    let named = groups.into_iter().map(|(name, count)| (Some(name), count));
    let others = (rest > 0).then_some((None, rest));
    let all = named.chain(others);
    all.map(|(group, recordings)| GroupCount { group, recordings })
        .collect()
}

/// Counts of stretches, each read once, all in one snapshot.
#[derive(Default)]
struct Counts {
    known: BTreeMap<(Timestamp, Timestamp), u64>,
}

impl Counts {
    fn want(&mut self, (from, to): &Stretch) {
        self.known.insert((from.timestamp(), to.timestamp()), 0);
    }

    fn want_usual(&mut self, stretch: &Stretch, history: Option<Timestamp>) -> Result<(), Refusal> {
        let before = before(stretch, history).map_err(|error| Refusal::fault(&error))?;
        for stretch in &before {
            self.want(stretch);
        }
        Ok(())
    }

    /// Reads what is wanted, and what some other filters find.
    async fn read<const N: usize>(
        &mut self,
        app: &App,
        scope: &Scope,
        others: [Filter; N],
    ) -> Result<[u64; N], Refusal> {
        let begun = self.known.keys().map(|&(from, to)| Filter {
            start: TimeFilter::between(from, to),
            ..Filter::default()
        });
        let filters: Vec<Filter> = others.into_iter().chain(begun).collect();
        let counts = app.catalogue.counts(scope, filters).await?;
        let mut counts = counts.into_iter();
        let mut found = [0; N];
        for (place, count) in found.iter_mut().zip(counts.by_ref()) {
            *place = count;
        }
        for (known, count) in self.known.values_mut().zip(counts) {
            *known = count;
        }
        Ok(found)
    }

    fn of(&self, (from, to): &Stretch) -> u64 {
        let key = (from.timestamp(), to.timestamp());
        self.known.get(&key).copied().unwrap_or_default()
    }

    /// The mean of the weeks before, in twelfths.
    fn usual(&self, stretch: &Stretch, history: Option<Timestamp>) -> Result<Option<u64>, Refusal> {
        let before = before(stretch, history).map_err(|error| Refusal::fault(&error))?;
        let weeks = before.len() as u64;
        let sum: u64 = before.iter().map(|stretch| self.of(stretch)).sum();
        Ok((weeks > 0).then(|| sum * TWELFTHS / weeks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> ZonedDateTime {
        let time: Timestamp = text.parse().unwrap();
        time.to_zoned_datetime(TimeZone::get("Europe/Rome").unwrap())
    }

    #[test]
    fn days_are_those_of_the_reader() {
        let now = at("2026-11-24T23:30:00Z");
        for (name, count, first, last) in [
            (
                PeriodName::Today,
                24,
                "2026-11-24T23:00:00Z",
                "2026-11-25T23:00:00Z",
            ),
            (
                PeriodName::Week,
                7,
                "2026-11-18T23:00:00Z",
                "2026-11-25T23:00:00Z",
            ),
            (
                PeriodName::Month,
                30,
                "2026-10-26T23:00:00Z",
                "2026-11-25T23:00:00Z",
            ),
        ] {
            let slots = slots(name, &now).unwrap();
            assert_eq!(slots.len(), count, "{name:?}");
            assert_eq!(slots[0].0, at(first), "{name:?}");
            assert_eq!(slots[count - 1].1, at(last), "{name:?}");
            assert!(slots.windows(2).all(|pair| pair[0].1 == pair[1].0));
        }
    }

    #[test]
    fn a_day_on_which_clocks_change_has_its_own_length() {
        let long = slots(PeriodName::Today, &at("2026-10-25T12:00:00Z")).unwrap();
        assert_eq!(long.len(), 25);
        let short = slots(PeriodName::Today, &at("2026-03-29T12:00:00Z")).unwrap();
        assert_eq!(short.len(), 23);
        // Ten in the morning was ten in the morning, an hour earlier by UTC.
        let after = (at("2026-10-26T09:00:00Z"), at("2026-10-26T10:00:00Z"));
        let before = before(&after, Some(Timestamp::UNIX_EPOCH)).unwrap();
        assert_eq!(before.len(), 4);
        assert_eq!(before[0].0, at("2026-10-19T08:00:00Z"));
    }

    #[test]
    fn only_weeks_with_recordings_say_what_is_usual() {
        let slot = (at("2026-11-24T10:00:00Z"), at("2026-11-24T11:00:00Z"));
        for (oldest, weeks) in [
            (None, 0),
            (Some("2026-11-17T10:00:01Z"), 0),
            (Some("2026-11-17T10:00:00Z"), 1),
            (Some("2026-11-03T10:00:00Z"), 3),
            (Some("2001-01-01T00:00:00Z"), 4),
        ] {
            let oldest = oldest.map(|text| at(text).timestamp());
            assert_eq!(before(&slot, oldest).unwrap().len(), weeks, "{oldest:?}");
        }
    }

    #[test]
    fn the_smallest_groups_are_told_together() {
        let groups = (1..=14_u64).map(|size| (format!("group {size:02}"), size));
        let told = largest(groups.collect());
        assert_eq!(told.len(), 13);
        assert_eq!(told[0].group.as_deref(), Some("group 14"));
        assert_eq!((told[12].group.as_deref(), told[12].recordings), (None, 3));
        assert_eq!(largest(BTreeMap::from([(String::new(), 2)])).len(), 1);
    }

    #[test]
    fn means_are_rounded_once() {
        assert_eq!([0, 5, 6, 12, 17, 18].map(rounded), [0, 0, 1, 1, 1, 2]);
    }
}
