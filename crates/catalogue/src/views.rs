//! Repeated views of one recording, counted instead of written down one by one.
//!
//! The first view of a recording by one user from one address is written at once. Those of the
//! next five minutes are counted, and when the minutes are over one row tells their count.
//! Nothing else is touched. No clock here: the time is an argument.

use jiff::{SignedDuration, Timestamp};
use model::RecordingId;
use model::audit::{AuditAction, AuditEvent};
use std::collections::HashMap;
use std::net::IpAddr;

/// For how long views are counted after the first.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// Most recordings and people counted at once; what is beyond is written down one by one.
const COUNTED_MAX: usize = 100_000;

/// What makes two views the same.
type Key = (String, Option<IpAddr>, RecordingId, String);

/// The views being counted.
#[derive(Debug, Default)]
pub(crate) struct Views {
    open: HashMap<Key, Counted>,
}

#[derive(Debug)]
struct Counted {
    ends: Timestamp,
    more: u64,
    last: AuditEvent,
}

impl Views {
    /// Takes an event at an instant, and gives back what is to be written down now.
    pub(crate) fn take(&mut self, event: AuditEvent, now: Timestamp) -> Vec<AuditEvent> {
        if self.count(&event, now) {
            return Vec::new();
        }
        let Some(key) = key(&event) else {
            return vec![event];
        };
        let over = self.open.remove(&key);
        let mut rows: Vec<AuditEvent> = over.and_then(Counted::row).into_iter().collect();
        if self.open.len() < COUNTED_MAX {
            let ends = now.saturating_add(WINDOW).unwrap_or(now);
            let counted = Counted {
                ends,
                more: 0,
                last: event.clone(),
            };
            self.open.insert(key, counted);
        }
        rows.push(event);
        rows
    }

    /// Counts a view that is not the first; false: it is not one, and is still to be taken.
    pub(crate) fn count(&mut self, event: &AuditEvent, now: Timestamp) -> bool {
        let counted = key(event).and_then(|key| self.open.get_mut(&key));
        let Some(counted) = counted.filter(|counted| now < counted.ends) else {
            return false;
        };
        counted.more += 1;
        counted.last.clone_from(event);
        true
    }

    /// The counts whose time is over, oldest first.
    pub(crate) fn due(&mut self, now: Timestamp) -> Vec<AuditEvent> {
        let over = self.open.extract_if(|_key, counted| counted.ends <= now);
        let mut over: Vec<Counted> = over.map(|(_key, counted)| counted).collect();
        over.sort_by_key(|counted| counted.ends);
        over.into_iter().filter_map(Counted::row).collect()
    }

    /// All counts, whether their time is over or not.
    pub(crate) fn all(&mut self) -> Vec<AuditEvent> {
        self.due(Timestamp::MAX)
    }
}

impl Counted {
    fn row(self) -> Option<AuditEvent> {
        let times = if self.more == 1 { "time" } else { "times" };
        (self.more > 0).then(|| AuditEvent {
            details: format!("viewed {} more {times} within five minutes", self.more),
            ..self.last
        })
    }
}

fn key(event: &AuditEvent) -> Option<Key> {
    let view =
        event.action == AuditAction::ViewRecording && event.outcome == model::audit::Outcome::Done;
    let recording = event.recording.filter(|_| view)?;
    // Names are unique without case, and events of a signed-in user carry the known form.
    Some((event.who.clone(), event.from, recording, event.app.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::audit::{Actor, Outcome};
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_514_400 + second).unwrap()
    }

    fn view(who: &str, recording: u8, second: i64) -> AuditEvent {
        AuditEvent {
            recording: Some(RecordingId::from_bytes([recording; 16])),
            ..Actor::system(who, "API").event(at(second), AuditAction::ViewRecording)
        }
    }

    #[test]
    fn the_first_goes_at_once_and_the_others_are_counted() {
        let mut views = Views::default();
        assert_eq!(views.take(view("ann", 1, 0), at(0)).len(), 1);
        for second in [1, 2, 299] {
            assert_eq!(views.take(view("ann", 1, second), at(second)), []);
        }
        assert_eq!(views.due(at(299)), []);
        let rows = views.due(at(300));
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].details, "viewed 3 more times within five minutes");
        assert_eq!(rows[0].at, at(299));
        assert_eq!(views.due(at(9999)), [], "told once");
        assert_eq!(views.take(view("ann", 1, 301), at(301)).len(), 1);
    }

    #[test]
    fn a_view_after_the_minutes_begins_anew_even_before_the_count_was_taken() {
        let mut views = Views::default();
        views.take(view("ann", 1, 0), at(0));
        views.take(view("ann", 1, 1), at(1));
        let rows = views.take(view("ann", 1, 400), at(400));
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].details, "viewed 1 more time within five minutes");
        assert_eq!(rows[1], view("ann", 1, 400));
    }

    #[test]
    fn nothing_else_is_counted() {
        let mut views = Views::default();
        let refused = AuditEvent {
            outcome: Outcome::Refused,
            ..view("ann", 1, 0)
        };
        let play = AuditEvent {
            action: AuditAction::PlayRecording,
            ..view("ann", 1, 0)
        };
        let nowhere = AuditEvent {
            recording: None,
            ..view("ann", 1, 0)
        };
        for event in [refused, play, nowhere] {
            for _ in 0..3 {
                assert_eq!(views.take(event.clone(), at(0)), vec![event.clone()]);
            }
        }
        assert_eq!(views.all(), []);
    }

    proptest! {
        /// Each view is either a row of its own or one of a count, and one person's views of
        /// one recording are at most two rows in any five minutes from a first one.
        #[test]
        fn every_view_is_told_once(
            steps in prop::collection::vec((0..200_i64, 0..2_usize, 0..2_u8), 0..60),
        ) {
            let mut views = Views::default();
            let (mut now, mut rows) = (0, Vec::new());
            for (later, who, recording) in &steps {
                now += later;
                rows.extend(views.due(at(now)));
                let event = view(["ann", "bob"][*who], *recording, now);
                if !views.count(&event, at(now)) {
                    rows.extend(views.take(event, at(now)));
                }
            }
            rows.extend(views.all());
            let told = |row: &AuditEvent| -> usize {
                let count = row.details.split(' ').nth(1);
                count.map_or(1, |count| count.parse().unwrap())
            };
            prop_assert_eq!(rows.iter().map(told).sum::<usize>(), steps.len());
            for who in ["ann", "bob"] {
                for recording in 0..2 {
                    let of = view(who, recording, 0).recording;
                    let own = rows.iter().filter(|row| row.who == who && row.recording == of);
                    let firsts: Vec<_> = own.filter(|row| row.details.is_empty()).collect();
                    for pair in firsts.windows(2) {
                        let apart = pair[1].at.as_second() - pair[0].at.as_second();
                        prop_assert!(apart >= 300);
                    }
                }
            }
        }
    }
}
