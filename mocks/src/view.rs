//! [`View`]: how a scenario sees a mock: its own state, faults and journal.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use chrono::{DateTime, Utc};
use dryrun_record::Exchange;
use serde_json::Value;

use crate::error::MockError;
use crate::fault::Fault;
use crate::hub::Hub;
use crate::scope::World as _;
use crate::viewstate::ViewState;

/// One view of a mock. Clones are handles on the same view.
#[derive(Debug, Clone)]
pub struct View {
    pub(crate) inner: Arc<ViewState>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) collections: Arc<[String]>,
}

impl View {
    /// The calls that are complete, in order of arrival, unmasked. At most the journal's limit: see [`Self::dropped`].
    pub fn calls(&self) -> Vec<Arc<Exchange>> {
        self.inner.journal().entries()
    }

    /// How many calls the journal had to drop, the oldest first.
    pub fn dropped(&self) -> u64 {
        self.inner.journal().dropped()
    }

    /// How many calls are under way.
    pub fn under_way(&self) -> usize {
        self.inner.under_way()
    }

    /// Returns when no call of this view is under way, or at the deadline.
    pub async fn settled(&self, deadline: Instant) {
        self.inner.until(deadline, |view| view.under_way() == 0).await;
    }

    /// Waits until there have been more than `seen` calls; false when the deadline came first.
    pub async fn changed(&self, seen: usize, deadline: Instant) -> bool {
        self.inner.until(deadline, |view| view.journal().seen() > seen as u64).await
    }

    /// From now on this goes wrong.
    pub fn add_fault(&self, fault: Fault) {
        self.inner.faults().add(fault);
    }

    /// From now on nothing goes wrong on purpose.
    pub fn clear_faults(&self) {
        self.inner.faults().clear();
    }

    /// Puts items into a collection. Fields that they lack come from the behaviour's generator. The behaviour's own
    /// population yields to the first items that are named.
    ///
    /// # Errors
    /// When the collection is unknown (the error lists the known ones) or can't hold an item. Nothing is put in then.
    pub fn seed(&self, collection: &str, items: Vec<Value>) -> Result<(), MockError> {
        self.inner.state.fill(collection, items)
    }

    /// Makes a collection hold exactly `count` items of the behaviour's generator.
    ///
    /// # Errors
    /// When the collection is unknown, or its behaviour has no generator.
    pub fn populate(&self, collection: &str, count: usize) -> Result<(), MockError> {
        self.inner.state.populate(collection, count)
    }

    /// The items of a collection with their computed fields, in the order in which they were made.
    ///
    /// # Errors
    /// When the collection is unknown, or a computed field could not be worked out.
    pub fn items(&self, collection: &str) -> Result<Vec<Value>, MockError> {
        let items = self.inner.state.current(collection)?;
        let full = items.iter().enumerate().map(|(position, item)| {
            let fail =
                |what| MockError::Item { collection: collection.to_owned(), index: position + 1, what };
            self.inner.state.full(collection, item).map_err(fail)
        });
        full.collect()
    }

    /// The names of the collections.
    pub fn collections(&self) -> Vec<String> {
        self.collections.to_vec()
    }

    /// Back to the beginning: what calls and tests put in is gone, and so are faults and counters. Journal, seed and
    /// clock stay.
    pub fn reset(&self) {
        self.inner.faults().clear();
        self.inner.state.store().reset(true);
        self.inner.request_ids.store(0, Ordering::SeqCst);
    }

    /// Empties the journal.
    pub fn clear_journal(&self) {
        self.inner.journal().clear();
    }

    /// The view's time stands at this moment from now on.
    pub fn set_clock(&self, now: DateTime<Utc>) {
        self.inner.state.store().set_clock(Some(now));
    }

    /// The view's time runs with the real one again.
    pub fn free_clock(&self) {
        self.inner.state.store().set_clock(None);
    }

    /// Everything that is made up from now on follows this seed.
    pub fn set_seed(&self, seed: u64) {
        let mut store = self.inner.state.store();
        store.seed = seed;
        store.slots.retain(|_, slot| !slot.untouched);
    }

    /// Calls that are complete, counted.
    pub fn seen(&self) -> u64 {
        self.inner.journal().seen()
    }

    /// Ends the view. Calls of its scenario that come later are kept apart and never given to another.
    pub fn close(self) {
        self.hub.close(&self.inner);
    }
}
