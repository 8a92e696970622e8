//! Places for connections: so many in all, and so many for one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Most connections at a time; further ones wait in the listener's queue.
const CONNECTIONS_MAX: usize = 1024;

/// Most connections of one address at a time; further ones are closed. Programs on this
/// machine, a reverse proxy for instance, may take all.
const CONNECTIONS_PER_ADDRESS_MAX: usize = 256;

/// All places of a listener.
#[derive(Clone)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A place for a connection that is about to come.
pub(super) struct Room {
    _held: OwnedSemaphorePermit,
}

/// The place of one connection; free again when dropped.
pub(super) struct Place {
    address: IpAddr,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
    _room: Room,
}

impl Places {
    pub(super) fn new() -> Self {
        Self {
            free: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            taken: Arc::default(),
        }
    }

    /// Waits until there is room.
    pub(super) async fn room(&self) -> Room {
        let room = Arc::clone(&self.free).acquire_owned().await;
        Room {
            _held: room.expect("the semaphore is never closed"),
        }
    }

    /// The room, for a connection of this address; `None` when it has too many already.
    pub(super) fn take(&self, room: Room, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(address).or_default();
        if *count >= CONNECTIONS_PER_ADDRESS_MAX && !address.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Place {
            address,
            taken: Arc::clone(&self.taken),
            _room: room,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_cannot_take_all() {
        let places = Places::new();
        let (there, elsewhere): (IpAddr, IpAddr) =
            ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS_PER_ADDRESS_MAX {
            held.push(places.take(places.room().await, there).unwrap());
        }
        let mapped = "::ffff:192.0.2.1".parse().unwrap();
        assert!(places.take(places.room().await, mapped).is_none());
        assert!(places.take(places.room().await, elsewhere).is_some());
        held.pop();
        assert!(places.take(places.room().await, there).is_some());
        drop(held);
        assert!(places.taken.lock().unwrap().is_empty());
        assert_eq!(places.free.available_permits(), CONNECTIONS_MAX);
    }

    #[tokio::test]
    async fn this_machine_may_take_all() {
        let places = Places::new();
        let here: IpAddr = "127.0.0.1".parse().unwrap();
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS_MAX {
            held.push(places.take(places.room().await, here).unwrap());
        }
        assert_eq!(places.free.available_permits(), 0);
    }
}
