//! Who may run now: [`Gate`] hands out places at stations, and lets `@serial` scenarios run alone.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock, Semaphore};

use crate::world::Station;

/// The places of a run. The engine starts `@serial` scenarios one at a time, but beside others that still run: the lock
/// keeps them alone.
#[derive(Debug)]
pub(crate) struct Gate {
    lock: Arc<RwLock<()>>,
    places: Arc<Semaphore>,
    free: Arc<Mutex<Vec<Arc<Station>>>>,
}

/// A place at a station, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    station: Arc<Station>,
    free: Arc<Mutex<Vec<Arc<Station>>>>,
    _permit: OwnedSemaphorePermit,
    _lock: Lock,
}

#[derive(Debug)]
enum Lock {
    Shared { _guard: OwnedRwLockReadGuard<()> },
    Alone { _guard: OwnedRwLockWriteGuard<()> },
}

impl Gate {
    /// A gate with these places; a station stands there as often as scenarios may share it.
    pub(crate) fn new(places: Vec<Arc<Station>>) -> Self {
        Self {
            lock: Arc::new(RwLock::new(())),
            places: Arc::new(Semaphore::new(places.len())),
            free: Arc::new(Mutex::new(places)),
        }
    }

    /// Waits for a place; with `alone`, until nobody else has one. `None` when the gate was closed.
    pub(crate) async fn enter(&self, alone: bool) -> Option<Place> {
        let lock = if alone {
            Lock::Alone { _guard: Arc::clone(&self.lock).write_owned().await }
        } else {
            Lock::Shared { _guard: Arc::clone(&self.lock).read_owned().await }
        };
        let permit = Arc::clone(&self.places).acquire_owned().await.ok()?;
        let station = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Place { station, free: Arc::clone(&self.free), _permit: permit, _lock: lock })
    }
}

impl Place {
    pub(crate) fn station(&self) -> &Arc<Station> {
        &self.station
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Invariant: the station is back before the permit is.
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&self.station));
    }
}
