//! [`Resources`]: the things that calls made where no behaviour file says what a mock keeps.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value};

/// A view keeps so many things in all its collections; the oldest go first.
const KEEP: usize = 20_000;
/// And so many bytes in them, as they were sent.
const KEEP_BYTES: usize = 64 * 1024 * 1024;
/// A view knows so many collections (`/users/7/orders` is one): the oldest are forgotten first.
const KEEP_COLLECTIONS: usize = 5_000;
/// Of so many things a view knows that they were there and are gone.
const KEEP_GONE: usize = 5_000;

/// A body that is no JSON, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) media_type: String,
    pub(crate) body: Vec<u8>,
}

#[derive(Debug)]
struct Entry {
    id: String,
    value: Arc<Value>,
    raw: Option<Arc<Raw>>,
    weight: usize,
}

/// The things of one collection, in the order in which they were made.
#[derive(Debug, Default)]
struct Shelf {
    next: u64,
    made: u64,
    by_order: BTreeMap<u64, Entry>,
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
    /// Invariant: how many things there are in all shelves, and the sum of their weights.
    count: usize,
    bytes: usize,
    gone: HashSet<(String, String)>,
    gone_order: VecDeque<(String, String)>,
}

impl Resources {
    /// Whether a collection is known already: what it holds from the start is in it.
    pub(crate) fn is_open(&self, key: &str) -> bool {
        self.shelves.contains_key(key)
    }

    /// Opens a collection with what it holds from the start, unless it is open.
    pub(crate) fn open(&mut self, key: &str, start: Vec<(String, Arc<Value>)>) {
        if !self.is_open(key) {
            for (id, value) in start {
                self.put(key, &id, value, None);
            }
        }
    }

    fn shelf(&mut self, key: &str) -> &mut Shelf {
        if !self.shelves.contains_key(key) {
            self.known.push_back(key.to_owned());
            while self.known.len() > KEEP_COLLECTIONS {
                // Collections within things go before those that hold them.
                let depth = |key: &String| key.matches('/').count();
                let first = self.known.front().map_or(0, depth);
                let place = self.known.iter().position(|key| depth(key) > first).unwrap_or(0);
                match self.known.remove(place) {
                    Some(old) => self.drop_shelf(&old),
                    None => break,
                }
            }
        }
        self.shelves.entry(key.to_owned()).or_default()
    }

    fn drop_shelf(&mut self, key: &str) {
        for entry in self.shelves.remove(key).into_iter().flat_map(|shelf| shelf.by_order.into_values()) {
            self.count -= 1;
            self.bytes -= entry.weight;
        }
    }

    fn entry(&self, key: &str, id: &str) -> Option<&Entry> {
        let shelf = self.shelves.get(key)?;
        shelf.by_order.get(shelf.by_id.get(id)?)
    }

    pub(crate) fn get(&self, key: &str, id: &str) -> Option<Arc<Value>> {
        self.entry(key, id).map(|entry| Arc::clone(&entry.value))
    }

    /// The body of a thing that was sent as something else than JSON.
    pub(crate) fn raw(&self, key: &str, id: &str) -> Option<Arc<Raw>> {
        self.entry(key, id)?.raw.clone()
    }

    /// Whether there was such a thing, and it was removed.
    pub(crate) fn was_removed(&self, key: &str, id: &str) -> bool {
        self.gone.contains(&(key.to_owned(), id.to_owned()))
    }

    /// The things of a collection with their ids, oldest first.
    pub(crate) fn list(&self, key: &str) -> Vec<(String, Arc<Value>)> {
        let entries = self.shelves.get(key).into_iter().flat_map(|shelf| shelf.by_order.values());
        entries.map(|entry| (entry.id.clone(), Arc::clone(&entry.value))).collect()
    }

    /// How often a number was asked for, this time included: ids are made of it.
    pub(crate) fn number(&mut self, key: &str) -> u64 {
        let shelf = self.shelf(key);
        shelf.made += 1;
        shelf.made
    }

    pub(crate) fn put(&mut self, key: &str, id: &str, value: Arc<Value>, raw: Option<Raw>) {
        self.gone.remove(&(key.to_owned(), id.to_owned()));
        let weight = weight(&value) + raw.as_ref().map_or(0, |raw| raw.body.len());
        let entry = Entry { id: id.to_owned(), value, raw: raw.map(Arc::new), weight };
        let shelf = self.shelf(key);
        match shelf.by_id.get(id).copied() {
            Some(order) => {
                let old = shelf.by_order.insert(order, entry);
                self.bytes -= old.map_or(0, |old| old.weight);
            }
            None => {
                shelf.next += 1;
                let order = shelf.next;
                shelf.by_id.insert(id.to_owned(), order);
                shelf.by_order.insert(order, entry);
                self.order.push_back((key.to_owned(), order));
                self.count += 1;
            }
        }
        self.bytes += weight;
        // What was put in last stays, however large it is.
        while (self.count > KEEP || self.bytes > KEEP_BYTES)
            && self.count > 1
            && let Some((key, order)) = self.order.pop_front()
        {
            self.take(&key, order);
        }
        if self.order.len() > 2 * KEEP {
            let live = |key: &String, order: &u64| {
                self.shelves.get(key).is_some_and(|shelf| shelf.by_order.contains_key(order))
            };
            self.order.retain(|(key, order)| live(key, order));
        }
    }

    fn take(&mut self, key: &str, order: u64) -> Option<Entry> {
        let shelf = self.shelves.get_mut(key)?;
        let entry = shelf.by_order.remove(&order)?;
        shelf.by_id.remove(&entry.id);
        self.count -= 1;
        self.bytes -= entry.weight;
        Some(entry)
    }

    /// Removes a thing, and the collections below it.
    pub(crate) fn remove(&mut self, key: &str, id: &str, below: &str) -> Option<Arc<Value>> {
        let order = *self.shelves.get(key)?.by_id.get(id)?;
        let gone = self.take(key, order)?;
        let prefix = format!("{below}/");
        let under: Vec<String> = self.known.iter().filter(|key| key.starts_with(&prefix)).cloned().collect();
        for key in &under {
            self.drop_shelf(key);
        }
        if !under.is_empty() {
            self.known.retain(|key| !key.starts_with(&prefix));
        }
        let name = (key.to_owned(), id.to_owned());
        if self.gone.insert(name.clone()) {
            self.gone_order.push_back(name);
            while self.gone_order.len() > KEEP_GONE
                && let Some(old) = self.gone_order.pop_front()
            {
                self.gone.remove(&old);
            }
        }
        Some(gone.value)
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

/// About how many bytes a value takes.
fn weight(value: &Value) -> usize {
    const EACH: usize = 32;
    match value {
        Value::String(text) => EACH + text.len(),
        Value::Array(items) => EACH + items.iter().map(weight).sum::<usize>(),
        Value::Object(map) => {
            EACH + map.iter().map(|(key, value)| EACH + key.len() + weight(value)).sum::<usize>()
        }
        _ => EACH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn put(things: &mut Resources, key: &str, id: &str, value: Value) {
        things.put(key, id, Arc::new(value), None);
    }

    #[test]
    fn things_keep_their_order_and_go_with_what_they_belong_to() {
        let mut things = Resources::default();
        things.open("/users", vec![("7".into(), Arc::new(json!({"id": 7})))]);
        put(&mut things, "/users", "8", json!({"id": 8}));
        put(&mut things, "/users", "7", json!({"id": 7, "name": "Ana"}));
        put(&mut things, "/users/7/orders", "1", json!({}));
        let ids: Vec<String> = things.list("/users").into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, ["7", "8"]);
        assert_eq!(things.get("/users", "7").unwrap()["name"], "Ana");
        assert!(things.remove("/users", "7", "/users/7").is_some());
        assert!(things.get("/users", "7").is_none() && things.get("/users/7/orders", "1").is_none());
        assert!(things.was_removed("/users", "7") && !things.was_removed("/users", "9"));
        assert!(things.remove("/users", "7", "/users/7").is_none());
        put(&mut things, "/users", "7", json!({}));
        assert!(!things.was_removed("/users", "7"));
        assert_eq!(things.count, 2);
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let mut things = Resources::default();
        let item = Arc::new(json!({}));
        for number in 0..KEEP + 10 {
            things.put("/a", &number.to_string(), Arc::clone(&item), None);
        }
        assert_eq!(things.list("/a").len(), KEEP);
        assert!(things.get("/a", "9").is_none() && things.get("/a", "10").is_some());
        for number in 0..KEEP_COLLECTIONS + 3 {
            things.put(&format!("/b/{number}/c"), "1", Arc::clone(&item), None);
        }
        assert_eq!(things.known.len(), KEEP_COLLECTIONS);
        assert!(things.is_open("/a") && !things.is_open("/b/0/c"), "what lies within others goes first");
        let sum: usize = things.shelves.values().map(|shelf| shelf.by_order.len()).sum();
        assert_eq!(sum, things.count);
    }

    #[test]
    fn what_comes_and_goes_does_not_push_out_what_stays() {
        let mut things = Resources::default();
        put(&mut things, "/a", "stays", json!({}));
        for number in 0..3 * KEEP {
            put(&mut things, "/a", &number.to_string(), json!({}));
            things.remove("/a", &number.to_string(), "/a/x");
        }
        assert!(things.get("/a", "stays").is_some());
        assert!(things.order.len() <= 2 * KEEP && things.gone.len() <= KEEP_GONE);
    }

    #[test]
    fn large_things_push_out_older_ones() {
        let mut things = Resources::default();
        for number in 0..5 {
            let raw = Raw { media_type: "image/png".into(), body: vec![0; KEEP_BYTES / 4] };
            things.put("/a", &number.to_string(), Arc::new(Value::Null), Some(raw));
        }
        assert!(things.bytes <= KEEP_BYTES);
        let ids: Vec<String> = things.list("/a").into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, ["2", "3", "4"]);
        assert_eq!(things.raw("/a", "4").unwrap().body.len(), KEEP_BYTES / 4);
        let raw = Raw { media_type: "image/png".into(), body: vec![0; KEEP_BYTES + 1] };
        things.put("/a", "4", Arc::new(Value::Null), Some(raw));
        assert!(things.get("/a", "4").is_some(), "the last one stays");
    }
}
