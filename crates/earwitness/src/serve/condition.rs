//! How this node stands: disks, what waits, certificates, the recorder; for whoever asks over
//! HTTP.
//!
//! Nothing is looked at while nobody asks, and at most once in a few seconds while many do.
//! What is found is put into words in [`words`]; those name no path, number or person.

mod words;

use crate::commands::machine;
use crate::config::Settings;
use crate::probe;
use api::{Condition, Inspecting, Storage};
use archive::Archive;
use capture::Handle;
use catalogue::{Catalogue, Occupied};
use jiff::{SignedDuration, Timestamp};
use journal::Log;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Mutex;
use words::{Disk, Looked};

/// An answer younger than this is given again.
const FRESH: Duration = Duration::from_secs(5);
/// The sizes of all recordings are added up at most so often.
const OCCUPIED_FRESH: Duration = Duration::from_secs(60);
/// What a day adds is the mean of so many.
const PACE_DAYS: i64 = 7;

/// What is looked at.
#[derive(Clone)]
pub(super) struct Inspector {
    settings: Arc<Settings>,
    catalogue: Catalogue,
    archive: Archive,
    handle: Option<Handle>,
    log: Option<Log>,
}

/// What was found last.
#[derive(Default)]
struct Seen {
    condition: Option<(Instant, Arc<Condition>)>,
    occupied: Option<(Instant, Occupied)>,
}

/// Asks the inspector for whoever wants to know; one look at a time.
pub(super) fn inspecting(inspector: Inspector) -> Inspecting {
    let shared = Arc::new((inspector, Mutex::new(Seen::default())));
    Arc::new(move || {
        let shared = Arc::clone(&shared);
        Box::pin(async move {
            let (inspector, seen) = &*shared;
            let mut seen = seen.lock().await;
            match &seen.condition {
                Some((at, condition)) if at.elapsed() < FRESH => Arc::clone(condition),
                _ => {
                    let condition = Arc::new(inspector.look(&mut seen.occupied).await);
                    seen.condition = Some((Instant::now(), Arc::clone(&condition)));
                    condition
                }
            }
        })
    })
}

impl Inspector {
    /// Looks at these; without a recorder and a journal, at what is left.
    pub(super) fn new(
        settings: &Arc<Settings>,
        catalogue: &Catalogue,
        archive: &Archive,
        handle: Option<&Handle>,
        log: Option<&Log>,
    ) -> Self {
        Self {
            settings: Arc::clone(settings),
            catalogue: catalogue.clone(),
            archive: archive.clone(),
            handle: handle.cloned(),
            log: log.cloned(),
        }
    }

    async fn look(&self, occupied: &mut Option<(Instant, Occupied)>) -> Condition {
        let database = self.catalogue.ready().await.is_ok();
        let archive = self.archive.check().await.is_ok();
        if database && occupied.is_none_or(|(at, _)| at.elapsed() >= OCCUPIED_FRESH) {
            let since = Timestamp::now() - SignedDuration::from_hours(24 * PACE_DAYS);
            match self.catalogue.occupied(since).await {
                Ok(found) => *occupied = Some((Instant::now(), found)),
                Err(error) => tracing::warn!(%error, "what is stored cannot be added up"),
            }
        }
        let occupied = occupied.map(|(_, occupied)| occupied).unwrap_or_default();
        let looking = self.clone();
        let looked = tokio::task::spawn_blocking(move || looking.machine(occupied));
        let (mut looked, storage) = looked.await.unwrap_or_default();
        (looked.database, looked.archive) = (database, archive);
        Condition {
            waiting_calls: looked.waiting_calls,
            oldest_ended_at: looked.oldest_ended_at,
            spool_limit_bytes: self.settings.limits.spool_bytes,
            health: words::health(&looked),
            storage,
        }
    }

    /// Everything that asks the operating system.
    fn machine(&self, occupied: Occupied) -> (Looked, Storage) {
        let settings = &self.settings;
        let now = Timestamp::now();
        let reserve_bytes = settings.limits.disk_reserve_bytes;
        let spool = disk(&settings.server.data, reserve_bytes);
        let stored = disk(self.archive.folder(), reserve_bytes);
        let spool_bytes = self.log.as_ref().map_or(0, Log::spool_bytes);
        let per_day_bytes = per_day(&occupied, now);
        let full_at = per_day_bytes.and_then(|pace| full_at(stored?, pace, now));
        let (waiting_calls, oldest_ended_at) = self.waiting(now);
        let looked = Looked {
            now,
            disks: [spool, stored],
            full_at,
            spool_bytes,
            spool_limit_bytes: settings.limits.spool_bytes,
            waiting_calls,
            oldest_ended_at,
            machine: [
                machine::clock(SystemTime::now()),
                machine::descriptors(settings),
            ]
            .map(|finding| (finding.check, finding.found, finding.advice))
            .into(),
            certificates: certificates(settings),
            probe: probe::read(&settings.server.data),
            refusing: self.handle.as_ref().map(Handle::refusal),
            ..Looked::default()
        };
        let storage = Storage {
            spool_bytes,
            archive_bytes: occupied.bytes,
            disk_free_bytes: stored.map_or(0, |disk| disk.free_bytes),
            disk_total_bytes: stored.map_or(0, |disk| disk.total_bytes),
            per_day_bytes,
            full_at,
        };
        (looked, storage)
    }

    /// Calls that are over and not archived, and when the first of them ended. A call that ended
    /// before the machine started again is as old as that at least.
    fn waiting(&self, now: Timestamp) -> (u64, Option<Timestamp>) {
        let Some(log) = &self.log else {
            return (0, None);
        };
        let clock_ns = capture::monotonic_ns();
        let waiting = log.unsettled();
        let ended = waiting
            .iter()
            .filter_map(|(session, _)| log.last_time(*session));
        let oldest = ended.min().map(|ended_ns| {
            let ago_ns = i64::try_from(clock_ns.saturating_sub(ended_ns)).unwrap_or(i64::MAX);
            now.checked_sub(SignedDuration::from_nanos(ago_ns))
                .unwrap_or(now)
        });
        (u64::try_from(waiting.len()).unwrap_or(u64::MAX), oldest)
    }
}

fn disk(folder: &Path, reserve_bytes: u64) -> Option<Disk> {
    Some(Disk {
        free_bytes: capture::free_bytes(folder)?,
        total_bytes: capture::disk_bytes(folder)?,
        reserve_bytes,
    })
}

/// The mean of the last days; none before there was a whole one.
fn per_day(occupied: &Occupied, now: Timestamp) -> Option<u64> {
    let since = now.duration_since(occupied.first?);
    let days = since.as_secs_f64() / 86_400.0;
    (days >= 1.0).then(|| (occupied.recent_bytes as f64 / days.min(PACE_DAYS as f64)) as u64)
}

/// When no more than the reserve is left; none beyond what calendars hold.
fn full_at(disk: Disk, per_day_bytes: u64, now: Timestamp) -> Option<Timestamp> {
    let room = disk.free_bytes.saturating_sub(disk.reserve_bytes);
    let seconds = u128::from(room) * 86_400 / u128::from(per_day_bytes.max(1));
    let seconds = i64::try_from(seconds).ok().filter(|_| per_day_bytes > 0)?;
    now.checked_add(SignedDuration::from_secs(seconds)).ok()
}

/// What each certificate is for and when it ends, in seconds since 1970; none: it cannot be read.
fn certificates(settings: &Settings) -> Vec<(&'static str, Option<i64>)> {
    let https = settings.http.https.as_ref();
    let https = https.map(|https| ("HTTPS", &https.certificate));
    let sip = settings.sip.certificates.as_ref();
    let sip = sip.filter(|_| !settings.sip.tls.is_empty());
    let sip = sip.map(|files| ("SIP over TLS", &files.certificate));
    let ends = |(what, path): (&'static str, &std::path::PathBuf)| {
        (what, ::certificates::ends_at(path).ok().flatten())
    };
    https.into_iter().chain(sip).map(ends).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(days: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * days)
    }

    #[test]
    fn a_pace_needs_a_whole_day_and_is_of_a_week() {
        let occupied = |first| Occupied {
            bytes: 9_000,
            recent_bytes: 700,
            first,
        };
        assert_eq!(per_day(&occupied(None), days(9)), None);
        assert_eq!(
            per_day(
                &occupied(Some(days(9))),
                days(9) + SignedDuration::from_hours(23)
            ),
            None
        );
        assert_eq!(per_day(&occupied(Some(days(7))), days(9)), Some(350));
        assert_eq!(per_day(&occupied(Some(days(0))), days(90)), Some(100));
    }

    #[test]
    fn a_disk_is_full_when_its_reserve_is_all_that_is_left() {
        let disk = Disk {
            free_bytes: 1_200,
            total_bytes: 5_000,
            reserve_bytes: 200,
        };
        assert_eq!(full_at(disk, 100, days(0)), Some(days(10)));
        assert_eq!(full_at(disk, 0, days(0)), None);
        let short = Disk {
            free_bytes: 100,
            ..disk
        };
        assert_eq!(full_at(short, 100, days(3)), Some(days(3)));
        let endless = Disk {
            free_bytes: u64::MAX,
            ..disk
        };
        assert_eq!(full_at(endless, 1, days(0)), None);
    }
}
