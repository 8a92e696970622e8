//! Listening to calls in progress: their journals are read as they grow, and decoded as their
//! recordings will be.
//!
//! Nothing is read while nobody asks, and a call nobody has asked about for half a minute is
//! forgotten. What is read of a call are its newest frames, however long it has gone on; capture
//! does not notice.

use api::{Heard, LiveAnswer, Stretch};
use catalogue::Catalogue;
use finalise::{Known, Live, Profile};
use jiff::{SignedDuration, Timestamp};
use journal::{Log, Sides};
use model::RecordingId;
use model::live::{LiveCall, LiveState};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Packets are in the journal so long after they came: a sweep, its write, and some patience.
const LAG_NS: u64 = 700_000_000;
/// Calls listened to at a time; levels of further ones are not known.
const CALLS_MAX: usize = 100;
/// A call nobody asks about for so long is forgotten.
const FORGET: Duration = Duration::from_secs(30);
/// Loudness is that of so much.
const LEVEL_MS: u64 = 1_000;
/// A stream without packets for so long is silent.
const SILENT: SignedDuration = SignedDuration::from_secs(5);
/// Most of one answer, and how old it may be.
const ANSWER_MS_MAX: u64 = 10_000;
const AGE_MS_MAX: u64 = 15_000;
/// Where listening begins when nobody says it: so long ago.
const BEGIN_MS: u64 = 2_000;

/// The ears of this node.
pub(crate) struct Ears {
    log: Log,
    catalogue: Catalogue,
    profile: Profile,
    calls: Arc<Mutex<HashMap<RecordingId, Entry>>>,
}

/// A call that somebody asks about.
struct Entry {
    asked: Instant,
    watched: Arc<tokio::sync::Mutex<Option<Watched>>>,
}

/// What is known of it.
struct Watched {
    live: Live,
    /// Sequence number of the next frame to be read.
    next: u64,
    /// Milliseconds from when the call says that it started to its first sample.
    later_ms: i64,
}

impl Ears {
    /// Ears for the calls of a journal.
    pub(crate) fn new(log: Log, catalogue: Catalogue, profile: Profile) -> Self {
        Self {
            log,
            catalogue,
            profile,
            calls: Arc::default(),
        }
    }

    /// The place of a call; none when as many as may be are listened to.
    fn place(&self, recording: RecordingId) -> Option<Arc<tokio::sync::Mutex<Option<Watched>>>> {
        let mut calls = lock(&self.calls);
        if calls.is_empty() {
            tokio::spawn(forget(Arc::clone(&self.calls)));
        }
        if calls.len() >= CALLS_MAX && !calls.contains_key(&recording) {
            return None;
        }
        let entry = calls.entry(recording).or_insert_with(|| Entry {
            asked: Instant::now(),
            watched: Arc::default(),
        });
        entry.asked = Instant::now();
        Some(Arc::clone(&entry.watched))
    }

    /// Reads what is new of a call, and hands it to `ask`.
    async fn with<T: Send + 'static>(
        &self,
        call: &LiveCall,
        ask: impl FnOnce(&Watched) -> T + Send + 'static,
    ) -> Option<T> {
        if call.state != LiveState::Recording {
            return None;
        }
        let place = self.place(call.recording)?;
        let mut watched = place.lock_owned().await;
        if watched.is_none() {
            let (known, sides) = self.known(call).await?;
            let live = Live::new(known, &sides, &self.profile);
            let later_ms = later_ms(&live, call.started_at);
            *watched = Some(Watched {
                live,
                next: 0,
                later_ms,
            });
        }
        let log = self.log.clone();
        let session = call.session;
        let read = move || {
            let (frames, next) = log.tail(session, watched.as_ref()?.next)?;
            let watched_now = watched.as_mut()?;
            let first = watched_now.next == 0;
            let mut renew = false;
            for frame in &frames {
                renew |= watched_now.live.take(frame);
            }
            watched_now.next = next;
            // What was there at first was read already.
            Some((watched, renew && !first))
        };
        let (mut watched, renew) = tokio::task::spawn_blocking(read).await.ok()??;
        if renew && let Some((known, sides)) = self.known(call).await {
            watched.as_mut()?.live.renew(known, &sides);
        }
        let answer = move || Some(ask(watched.as_ref()?));
        tokio::task::spawn_blocking(answer).await.ok()?
    }

    /// What the messages of a call say, and which side is ours: asked as settling asks it.
    async fn known(&self, call: &LiveCall) -> Option<(Known, Sides)> {
        let (log, session, recording) = (self.log.clone(), call.session, call.recording);
        let read = move || {
            // Of what may yet be thrown away nothing is heard.
            log.tail(session, u64::MAX)?;
            Known::read(&log.journal(session)?, recording).ok()
        };
        let known = tokio::task::spawn_blocking(read).await.ok()??;
        let candidates = known.parties().candidates.iter();
        let keys = candidates.map(|candidate| candidate.keys.clone()).collect();
        let owners = self.catalogue.owners(keys).await.ok()?;
        let sides = finalise::sides(known.parties(), &owners);
        Some((known, sides))
    }
}

impl api::Ears for Ears {
    fn heard(&self, calls: Vec<LiveCall>) -> LiveAnswer<'_, HashMap<RecordingId, Heard>> {
        Box::pin(async move {
            let mut all = HashMap::new();
            for call in calls.iter().take(CALLS_MAX) {
                let paused = call.paused;
                let heard = self
                    .with(call, move |watched| heard(&watched.live, paused))
                    .await;
                all.extend(heard.map(|heard| (call.recording, heard)));
            }
            all
        })
    }

    fn listen(&self, call: LiveCall, from_ms: Option<u64>) -> LiveAnswer<'_, Option<Stretch>> {
        Box::pin(async move {
            let stretch = move |watched: &Watched| stretch(watched, from_ms);
            self.with(&call, stretch).await?
        })
    }
}

/// Drops what nobody asks about, until nothing is left.
async fn forget(calls: Arc<Mutex<HashMap<RecordingId, Entry>>>) {
    loop {
        tokio::time::sleep(FORGET / 4).await;
        let mut calls = lock(&calls);
        calls.retain(|_, entry| entry.asked.elapsed() < FORGET);
        if calls.is_empty() {
            return;
        }
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Until when everything is there, in milliseconds after the beginning.
fn until_ms(live: &Live) -> u64 {
    let now_ns = capture::monotonic_ns().saturating_sub(LAG_NS);
    now_ns.saturating_sub(live.origin_ns()) / 1_000_000
}

fn heard(live: &Live, paused: bool) -> Heard {
    if paused {
        return Heard::default();
    }
    let until = until_ms(live);
    let sides = live.loudness(until.saturating_sub(LEVEL_MS), until);
    let (now, now_ns) = (Timestamp::now(), capture::monotonic_ns());
    let silent_since = sides.map(|side| {
        let last_ns = side.last_packet_ns.unwrap_or_else(|| live.origin_ns());
        let ago_ns = i64::try_from(now_ns.saturating_sub(last_ns)).unwrap_or(i64::MAX);
        let ago = SignedDuration::from_nanos(ago_ns);
        let since = now.checked_sub(ago).unwrap_or(now);
        (ago >= SILENT).then_some(since)
    });
    Heard {
        levels: Some(sides.map(|side| side.level)),
        silent_since,
    }
}

/// How much later the first sample is than when the call says that it started. Asked once, so
/// that answers follow on each other to the sample.
fn later_ms(live: &Live, started_at: Timestamp) -> i64 {
    let ago_ms = capture::monotonic_ns().saturating_sub(live.origin_ns()) / 1_000_000;
    let ago_ms = i64::try_from(ago_ms).unwrap_or(i64::MAX);
    let began_ms = Timestamp::now().as_millisecond().saturating_sub(ago_ms);
    began_ms.saturating_sub(started_at.as_millisecond())
}

/// A stretch of the call, its times counted from when the call says that it started.
fn stretch(watched: &Watched, from_ms: Option<u64>) -> Option<Stretch> {
    let (live, later_ms) = (&watched.live, watched.later_ms);
    let newest = i64::try_from(until_ms(live)).ok()?.saturating_add(later_ms);
    let newest = u64::try_from(newest).ok()?;
    let oldest = newest.saturating_sub(AGE_MS_MAX);
    let from_ms = from_ms
        .unwrap_or_else(|| newest.saturating_sub(BEGIN_MS))
        .max(oldest);
    let until_ms = newest.min(from_ms.saturating_add(ANSWER_MS_MAX));
    if from_ms >= until_ms {
        return None;
    }
    let inside = |ms: u64| {
        let ms = i64::try_from(ms)
            .unwrap_or(i64::MAX)
            .saturating_sub(later_ms);
        u64::try_from(ms).unwrap_or(0)
    };
    let (from, until) = (inside(from_ms), inside(until_ms));
    Some(Stretch {
        from_ms: until_ms.saturating_sub(until.saturating_sub(from)),
        until_ms,
        sample_rate: live.sample_rate(),
        samples: live.sound(from, until),
    })
    .filter(|stretch| !stretch.samples.is_empty())
}
