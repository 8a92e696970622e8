//! How many connections there may be, and who gives way when there are too many.
//!
//! A connection has shown nothing until its first whole message or ping has come. When all places
//! are taken, the oldest of those that have shown nothing is hung up on, so that whoever opens
//! connections and says nothing keeps nobody out. Who may not call has a few places of its own.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Connections open at once over all listeners.
const CONNECTIONS_MAX: usize = 4_096;
/// Of those who may not call, at once.
const FOREIGN_CONNECTIONS_MAX: usize = 64;

/// Failed handshakes are named in the log this often.
const FAILURES_TOLD: Duration = Duration::from_secs(60);

/// Connections that have shown nothing yet, the oldest first.
type Silent = Arc<Mutex<BTreeMap<u64, Arc<Notify>>>>;

/// What all connections of a node share: their numbers and their bound.
#[derive(Clone)]
pub(crate) struct Places {
    next: Arc<AtomicU64>,
    room: Arc<Semaphore>,
    foreign: Arc<Semaphore>,
    silent: Silent,
    failures: Arc<Mutex<(u64, Option<Instant>)>>,
    permitted: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

/// The right to be one connection, given back when dropped.
pub(super) struct Place {
    /// The connection's number.
    pub(super) connection: u64,
    /// Told when the connection has to end.
    pub(super) hang_up: Arc<Notify>,
    /// Whether the peer is one that may not call.
    pub(super) is_foreign: bool,
    silent: Silent,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    /// `permitted` says from where calls may come.
    pub(crate) fn new(permitted: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self::with(permitted, CONNECTIONS_MAX, FOREIGN_CONNECTIONS_MAX)
    }

    fn with(
        permitted: impl Fn(IpAddr) -> bool + Send + Sync + 'static,
        room: usize,
        foreign: usize,
    ) -> Self {
        Self {
            next: Arc::new(AtomicU64::new(1)),
            room: Arc::new(Semaphore::new(room)),
            foreign: Arc::new(Semaphore::new(foreign)),
            silent: Silent::default(),
            failures: Arc::default(),
            permitted: Arc::new(permitted),
        }
    }

    /// Whether calls may come from there, and go there.
    pub(super) fn permits(&self, peer: IpAddr) -> bool {
        (self.permitted)(peer)
    }

    /// A place for a connection that has come; none for one more of those who may not call.
    /// Waits while all places are taken by connections that have shown something.
    pub(super) async fn take(&self, peer: IpAddr) -> Option<Place> {
        if !self.permits(peer) {
            let permit = Arc::clone(&self.foreign).try_acquire_owned().ok()?;
            return Some(self.place(permit, true));
        }
        let room = Arc::clone(&self.room);
        let permit = match Arc::clone(&room).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                self.evict();
                room.acquire_owned().await.ok()?
            }
        };
        Some(self.place(permit, false))
    }

    /// A place for a connection we open; none when all are taken.
    pub(super) fn take_own(&self) -> Option<Place> {
        let permit = Arc::clone(&self.room).try_acquire_owned();
        if permit.is_err() {
            self.evict();
        }
        Some(self.place(permit.ok()?, false))
    }

    /// Counts a failed handshake. Once a minute at most: how many to tell of.
    pub(super) fn failed(&self) -> Option<u64> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.0 += 1;
        let due = failures
            .1
            .is_none_or(|told| told.elapsed() >= FAILURES_TOLD);
        due.then(|| {
            failures.1 = Some(Instant::now());
            std::mem::take(&mut failures.0)
        })
    }

    fn place(&self, permit: OwnedSemaphorePermit, is_foreign: bool) -> Place {
        let connection = self.next.fetch_add(1, Ordering::Relaxed);
        let hang_up = Arc::new(Notify::new());
        if !is_foreign {
            lock(&self.silent).insert(connection, Arc::clone(&hang_up));
        }
        Place {
            connection,
            hang_up,
            is_foreign,
            silent: Arc::clone(&self.silent),
            _permit: permit,
        }
    }

    /// Hangs up on the oldest connection that has shown nothing.
    fn evict(&self) {
        if let Some((_, hang_up)) = lock(&self.silent).pop_first() {
            hang_up.notify_one();
        }
    }
}

impl Place {
    /// The peer has sent something whole: it does not give way any more.
    pub(super) fn shown(&self) {
        lock(&self.silent).remove(&self.connection);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shown();
    }
}

fn lock(silent: &Silent) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<Notify>>> {
    silent.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    fn places() -> (Places, IpAddr, IpAddr) {
        let (friend, stranger) = ([10, 0, 0, 1].into(), [192, 0, 2, 1].into());
        (
            Places::with(move |peer| peer == friend, 2, 1),
            friend,
            stranger,
        )
    }

    #[tokio::test]
    async fn who_has_shown_nothing_gives_way() {
        let (places, friend, _) = places();
        let first = places.take(friend).await.unwrap();
        let second = places.take(friend).await.unwrap();
        first.shown();
        let third = tokio::spawn({
            let places = places.clone();
            async move { places.take(friend).await.map(|place| place.connection) }
        });
        second.hang_up.notified().await;
        drop(second);
        assert_eq!(third.await.unwrap(), Some(3));
        drop(first);
    }

    #[tokio::test]
    async fn who_has_shown_something_stays() {
        let (places, friend, _) = places();
        let held = [
            places.take(friend).await.unwrap(),
            places.take(friend).await.unwrap(),
        ];
        held.iter().for_each(Place::shown);
        let waited = timeout(Duration::from_millis(50), places.take(friend)).await;
        assert!(waited.is_err() && places.take_own().is_none());
        drop(held);
        assert!(places.take_own().is_some());
    }

    #[tokio::test]
    async fn strangers_take_no_place_of_others() {
        let (places, friend, stranger) = places();
        let one = places.take(stranger).await.unwrap();
        assert!(one.is_foreign && places.take(stranger).await.is_none());
        let held = [places.take(friend).await, places.take(friend).await];
        assert!(held.iter().all(Option::is_some));
        drop(one);
        assert!(places.take(stranger).await.is_some());
    }
}
