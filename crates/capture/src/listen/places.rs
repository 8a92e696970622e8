//! How many connections there may be, and who gives way when there are too many.
//!
//! A connection has shown nothing until its first whole message or ping has come. When all places
//! are taken, the oldest of those that have shown nothing is hung up on, so that whoever opens
//! connections and says nothing keeps nobody out. Who may not call has a few places of its own,
//! and is heard so seldom that a flood of refusals keeps nobody else waiting, nor reaches anybody
//! in whose name it was asked for.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::told::Told;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Connections open at once over all listeners.
const CONNECTIONS_MAX: usize = 4_096;
/// Of those who may not call, at once.
const FOREIGN_CONNECTIONS_MAX: usize = 64;
/// Messages a second of those who may not call that are heard, over all listeners.
const FOREIGN_MESSAGES_PER_SECOND_MAX: u32 = 100;

/// Connections that have shown nothing yet, the oldest first.
type Silent = Arc<Mutex<BTreeMap<u64, Arc<Notify>>>>;

/// What all connections of a node share: their numbers and their bound.
#[derive(Clone)]
pub(crate) struct Places {
    next: Arc<AtomicU64>,
    room: Arc<Semaphore>,
    foreign: Arc<Semaphore>,
    silent: Silent,
    failures: Arc<Mutex<Told>>,
    strangers: Arc<Mutex<Strangers>>,
    permitted: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

/// What those who may not call have said in this second.
#[derive(Default)]
struct Strangers {
    second: Option<Instant>,
    messages: u32,
    unheard: Told,
}

impl Strangers {
    /// Like [`Strangers::allows`]; what is not heard is told of in the log.
    fn hears(&mut self, peer: IpAddr, now: Instant) -> bool {
        let heard = self.allows(now);
        let told = (!heard).then(|| self.unheard.again(now)).flatten();
        if let Some(messages) = told {
            tracing::warn!(%peer, messages, "a flood from outside `sip.allow` is not answered");
        }
        heard
    }

    /// Whether one more message is heard.
    fn allows(&mut self, now: Instant) -> bool {
        let is_over = |began| now.saturating_duration_since(began) >= Duration::from_secs(1);
        if self.second.is_none_or(is_over) {
            (self.second, self.messages) = (Some(now), 0);
        }
        self.messages = self.messages.saturating_add(1);
        self.messages <= FOREIGN_MESSAGES_PER_SECOND_MAX
    }
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
    strangers: Arc<Mutex<Strangers>>,
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
            strangers: Arc::default(),
            permitted: Arc::new(permitted),
        }
    }

    /// Whether calls may come from there, and go there.
    pub(super) fn permits(&self, peer: IpAddr) -> bool {
        (self.permitted)(peer)
    }

    /// Whether a datagram from there is heard: always, unless it is one too many of those who
    /// may not call.
    pub(super) fn hears(&self, peer: IpAddr) -> bool {
        self.permits(peer) || lock(&self.strangers).hears(peer, Instant::now())
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
        lock(&self.failures).again(Instant::now())
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
            strangers: Arc::clone(&self.strangers),
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
    /// Whether one more message of this peer is heard.
    pub(super) fn hears(&self, peer: IpAddr) -> bool {
        !self.is_foreign || lock(&self.strangers).hears(peer, Instant::now())
    }

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

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn strangers_are_heard_so_often_a_second() {
        let (mut strangers, now) = (Strangers::default(), Instant::now());
        let mut heard = |at: Instant, messages: u32| {
            let heard = (0..messages).filter(|_| strangers.allows(at));
            heard.count()
        };
        assert_eq!(heard(now, 5_000), 100);
        assert_eq!(heard(now + Duration::from_millis(999), 5), 0);
        assert_eq!(heard(now + Duration::from_secs(1), 60), 60);
        assert_eq!(heard(now + Duration::from_millis(1_500), 60), 40);
        let (places, friend, stranger) = places();
        assert!((0..101).all(|_| places.hears(friend)));
        assert_eq!((0..101).filter(|_| places.hears(stranger)).count(), 100);
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
