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
        let Some(key) = key(&event) else {
            return vec![event];
        };
        let mut rows = Vec::new();
        if let Some(counted) = self.open.get_mut(&key) {
            if now < counted.ends {
                counted.more += 1;
                counted.last = event;
                return rows;
            }
            let over = self.open.remove(&key);
            rows.extend(over.and_then(Counted::row));
        }
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
