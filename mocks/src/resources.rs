//! [`Resources`]: the things that calls made where no behaviour file says what a mock keeps.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value};

/// A view keeps so many things in all its collections; the oldest go first.
const KEEP: usize = 20_000;
/// A view knows so many collections (`/users/7/orders` is one): the oldest are forgotten first.
const KEEP_COLLECTIONS: usize = 5_000;

/// The things of one collection, in the order in which they were made.
#[derive(Debug, Default)]
struct Shelf {
    next: u64,
    made: u64,
    by_order: BTreeMap<u64, (String, Arc<Value>)>,
    by_id: HashMap<String, u64>,
}

/// The things of a view, by collection.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    shelves: HashMap<String, Shelf>,
    /// Invariant: each key of `shelves` once, in the order in which they came.
    known: VecDeque<String>,
    /// Collection and order of each thing that was put in, oldest first; what is gone is passed over.
    order: VecDeque<(String, u64)>,
}

impl Resources {
    /// Opens a collection with what it holds from the start, unless it is open.
    pub(crate) fn open(&mut self, key: &str, start: impl FnOnce() -> Vec<(String, Arc<Value>)>) {
        if self.shelves.contains_key(key) {
            return;
        }
        self.shelves.insert(key.to_owned(), Shelf::default());
        self.known.push_back(key.to_owned());
        for (id, value) in start() {
            self.put(key, &id, value);
        }
        while self.known.len() > KEEP_COLLECTIONS
            && let Some(old) = self.known.pop_front()
        {
            self.shelves.remove(&old);
        }
    }

    pub(crate) fn get(&self, key: &str, id: &str) -> Option<Arc<Value>> {
        let shelf = self.shelves.get(key)?;
        shelf.by_order.get(shelf.by_id.get(id)?).map(|(_, value)| Arc::clone(value))
    }

    /// The things of a collection with their ids, oldest first.
    pub(crate) fn list(&self, key: &str) -> Vec<(String, Arc<Value>)> {
        self.shelves.get(key).map(|shelf| shelf.by_order.values().cloned().collect()).unwrap_or_default()
    }

    /// How often a number was asked for, this time included: ids are made of it.
    pub(crate) fn number(&mut self, key: &str) -> u64 {
        let shelf = self.shelves.entry(key.to_owned()).or_default();
        shelf.made += 1;
        shelf.made
    }

    pub(crate) fn put(&mut self, key: &str, id: &str, value: Arc<Value>) {
        let shelf = self.shelves.entry(key.to_owned()).or_default();
        if let Some(order) = shelf.by_id.get(id) {
            shelf.by_order.insert(*order, (id.to_owned(), value));
            return;
        }
        shelf.next += 1;
        shelf.by_id.insert(id.to_owned(), shelf.next);
        shelf.by_order.insert(shelf.next, (id.to_owned(), value));
        self.order.push_back((key.to_owned(), shelf.next));
        while self.order.len() > KEEP
            && let Some((key, order)) = self.order.pop_front()
        {
            if let Some(shelf) = self.shelves.get_mut(&key)
                && let Some((id, _)) = shelf.by_order.remove(&order)
            {
                shelf.by_id.remove(&id);
            }
        }
    }

    /// Removes a thing, and the collections below it.
    pub(crate) fn remove(&mut self, key: &str, id: &str, below: &str) -> Option<Arc<Value>> {
        let shelf = self.shelves.get_mut(key)?;
        let order = shelf.by_id.remove(id)?;
        let gone = shelf.by_order.remove(&order).map(|(_, value)| value);
        let prefix = format!("{below}/");
        if self.known.iter().any(|key| key.starts_with(&prefix)) {
            self.known.retain(|key| !key.starts_with(&prefix));
            self.shelves.retain(|key, _| !key.starts_with(&prefix));
        }
        gone
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Everything, for people: the things of each collection by its path.
    pub(crate) fn shown(&self) -> Map<String, Value> {
        let things =
            |key: &String| self.list(key).into_iter().map(|(_, value)| (*value).clone()).collect::<Vec<_>>();
        let mut keys: Vec<&String> = self.shelves.keys().collect();
        keys.sort();
        keys.into_iter().map(|key| (key.clone(), Value::Array(things(key)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn things_keep_their_order_and_go_with_what_they_belong_to() {
        let mut things = Resources::default();
        things.open("/users", || vec![("7".into(), Arc::new(json!({"id": 7})))]);
        things.put("/users", "8", Arc::new(json!({"id": 8})));
        things.put("/users", "7", Arc::new(json!({"id": 7, "name": "Ana"})));
        things.open("/users/7/orders", Vec::new);
        things.put("/users/7/orders", "1", Arc::new(json!({})));
        let ids: Vec<String> = things.list("/users").into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, ["7", "8"]);
        assert_eq!(things.get("/users", "7").unwrap()["name"], "Ana");
        assert!(things.remove("/users", "7", "/users/7").is_some());
        assert!(things.get("/users", "7").is_none() && things.get("/users/7/orders", "1").is_none());
        assert!(things.remove("/users", "7", "/users/7").is_none());
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let mut things = Resources::default();
        let item = Arc::new(json!({}));
        for number in 0..KEEP + 10 {
            things.put("/a", &number.to_string(), Arc::clone(&item));
        }
        assert_eq!(things.list("/a").len(), KEEP);
        assert!(things.get("/a", "9").is_none() && things.get("/a", "10").is_some());
        for number in 0..KEEP_COLLECTIONS + 3 {
            things.open(&format!("/b/{number}"), Vec::new);
        }
        assert_eq!(things.known.len(), KEEP_COLLECTIONS);
    }
}
