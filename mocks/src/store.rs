//! [`Store`]: the state of one view: collections, counters, seed and clock.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::chance;
use crate::json::{at, text};
use crate::resources::Resources;

/// A field whose values may occur once only.
#[derive(Debug, Clone)]
pub(crate) struct Unique {
    pub(crate) field: String,
    pub(crate) ignore_case: bool,
    pub(crate) status: u16,
    pub(crate) detail: String,
}

/// The items of a collection in the order in which they were made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Items {
    next: u64,
    by_order: BTreeMap<u64, Arc<Value>>,
    by_id: HashMap<String, u64>,
    taken: HashMap<String, HashSet<String>>,
}

impl Items {
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Value>> {
        self.by_order.get(self.by_id.get(id)?)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_order.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.by_order.values()
    }

    /// The first rule that this value breaks; `old` is the value that it replaces.
    pub(crate) fn conflict<'a>(
        &self,
        rules: &'a [Unique],
        new: &Value,
        old: Option<&Value>,
    ) -> Option<&'a Unique> {
        rules.iter().find(|rule| {
            let Some(key) = key_of(rule, new) else { return false };
            old.and_then(|old| key_of(rule, old)).as_ref() != Some(&key)
                && self.taken.get(&rule.field).is_some_and(|taken| taken.contains(&key))
        })
    }

    /// Puts a value in, in the place of the one with the same id.
    pub(crate) fn put(&mut self, rules: &[Unique], id: &str, value: Arc<Value>) {
        let order = match self.by_id.get(id) {
            Some(order) => *order,
            None => {
                self.next += 1;
                self.by_id.insert(id.to_owned(), self.next);
                self.next
            }
        };
        for rule in rules {
            if let Some(key) = self.by_order.get(&order).and_then(|old| key_of(rule, old)) {
                self.taken.entry(rule.field.clone()).or_default().remove(&key);
            }
            if let Some(key) = key_of(rule, &value) {
                self.taken.entry(rule.field.clone()).or_default().insert(key);
            }
        }
        self.by_order.insert(order, value);
    }

    pub(crate) fn remove(&mut self, rules: &[Unique], id: &str) -> Option<Arc<Value>> {
        let order = self.by_id.remove(id)?;
        let value = self.by_order.remove(&order)?;
        for rule in rules {
            if let (Some(key), Some(taken)) = (key_of(rule, &value), self.taken.get_mut(&rule.field)) {
                taken.remove(&key);
            }
        }
        Some(value)
    }

    /// The id of the item that was made first.
    pub(crate) fn oldest(&self, id_field: &str) -> Option<String> {
        self.by_order.first_key_value().and_then(|(_, value)| at(value, id_field)).map(text)
    }
}

fn key_of(rule: &Unique, value: &Value) -> Option<String> {
    let key = at(value, &rule.field).filter(|value| !value.is_null()).map(text)?;
    Some(if rule.ignore_case { key.to_lowercase() } else { key })
}

/// One collection of a view.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slot {
    /// Shared with other views until it is changed.
    pub(crate) items: Arc<Items>,
    /// How many were made by calls since the last reset.
    pub(crate) created: u64,
    /// True while nobody but the behaviour's own population filled it.
    pub(crate) untouched: bool,
}

/// The state of one view.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) seed: u64,
    pub(crate) clock: Option<DateTime<Utc>>,
    pub(crate) slots: HashMap<String, Slot>,
    /// What calls made where no behaviour file says what is kept.
    pub(crate) things: Resources,
    pub(crate) requests: u64,
    ids: u64,
    epoch: Option<DateTime<Utc>>,
    born: Instant,
}

impl Store {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            clock: None,
            slots: HashMap::new(),
            things: Resources::default(),
            requests: 0,
            ids: 0,
            epoch: None,
            born: Instant::now(),
        }
    }

    /// Forgets what calls did; seed and clock stay. `ids` start anew only when asked: an id of before must not come
    /// back while somebody may still hold it.
    pub(crate) fn reset(&mut self, ids_too: bool) {
        self.slots.clear();
        self.things.clear();
        self.requests = 0;
        self.epoch = self.clock;
        self.born = Instant::now();
        if ids_too {
            self.ids = 0;
        }
    }

    pub(crate) fn set_clock(&mut self, clock: Option<DateTime<Utc>>) {
        self.clock = clock;
        self.epoch = match (clock, self.epoch) {
            (None, _) => None,
            (Some(now), None) => Some(now),
            (Some(now), Some(epoch)) => Some(epoch.min(now)),
        };
    }

    /// The view's clock where one was set, else the real time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.unwrap_or_else(Utc::now)
    }

    /// Seconds since the view began, by its own clock where one was set.
    pub(crate) fn uptime(&self) -> f64 {
        match (self.clock, self.epoch) {
            (Some(now), Some(epoch)) => (now - epoch).num_milliseconds().max(0) as f64 / 1000.0,
            _ => (self.born.elapsed().as_millis() as f64) / 1000.0,
        }
    }

    /// A new id: the prefix and 12 hex digits that depend on the seed and on how many ids there were before.
    pub(crate) fn next_id(&mut self, prefix: &str) -> String {
        self.ids += 1;
        format!("{prefix}{:012x}", chance::hash(self.seed, &["id", &self.ids.to_string()]) >> 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rules() -> Vec<Unique> {
        vec![Unique { field: "email".into(), ignore_case: true, status: 409, detail: "known".into() }]
    }

    #[test]
    fn items_keep_their_order_and_their_unique_keys() {
        let (rules, mut items) = (rules(), Items::default());
        items.put(&rules, "1", Arc::new(json!({"id": "1", "email": "A@x"})));
        items.put(&rules, "2", Arc::new(json!({"id": "2", "email": "b@x"})));
        assert!(items.conflict(&rules, &json!({"email": "a@X"}), None).is_some());
        assert!(items.conflict(&rules, &json!({"email": "a@X"}), Some(&json!({"email": "A@x"}))).is_none());
        items.put(&rules, "1", Arc::new(json!({"id": "1", "email": "c@x"})));
        assert!(items.conflict(&rules, &json!({"email": "a@x"}), None).is_none());
        let ids: Vec<_> = items.iter().map(|item| item["id"].clone()).collect();
        assert_eq!((ids, items.oldest("id").as_deref()), (vec![json!("1"), json!("2")], Some("1")));
        assert!(items.remove(&rules, "1").is_some() && items.remove(&rules, "1").is_none());
        assert!(items.conflict(&rules, &json!({"email": "c@x"}), None).is_none());
        assert_eq!(items.len(), 1);
    }

    #[test]
    fn ids_follow_the_seed_and_do_not_come_back_after_a_clearing() {
        let (mut a, mut b) = (Store::new(7), Store::new(7));
        let first = a.next_id("msg_");
        assert_eq!(first, b.next_id("msg_"));
        assert_ne!(first, Store::new(8).next_id("msg_"));
        a.reset(false);
        assert_ne!(first, a.next_id("msg_"));
        a.reset(true);
        assert_eq!(first, a.next_id("msg_"));
    }

    #[test]
    fn uptime_follows_the_clock_that_was_set() {
        let mut store = Store::new(1);
        let start = crate::time::parse("2026-01-24T10:00:00Z").unwrap();
        store.set_clock(Some(start));
        assert_eq!(store.uptime(), 0.0);
        store.set_clock(Some(start + chrono::Duration::milliseconds(1500)));
        assert_eq!(store.uptime(), 1.5);
    }
}
