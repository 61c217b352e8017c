//! The state of one view under one behaviour: [`State`], which is the world that expressions look into.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use minijinja::value::Value as Mini;
use serde_json::{Map, Value};

use crate::error::MockError;
use crate::json::{Computed, Late, at, lend, text, to_mini};
use crate::nearest;
use crate::plan::{Collection, Compiled};
use crate::scope::{Name, Scope, World};
use crate::store::{Items, Slot, Store, Unique};

/// Populations made so far, by collection, seed and size: views of one seed share them.
type Populations = Arc<Mutex<HashMap<(String, u64, usize), Arc<Items>>>>;

/// How many populations are kept for the next view.
const KEPT_POPULATIONS: usize = 64;

/// The state of one view.
#[derive(Debug, Clone)]
pub(crate) struct State {
    plan: Arc<Compiled>,
    title: Arc<str>,
    service: Mini,
    config: Mini,
    store: Arc<Mutex<Store>>,
    populations: Populations,
    /// Held while a call changes the state, so that calls of one view take effect one after another.
    pub(crate) turn: Arc<Mutex<()>>,
}

/// Why an item could not be put in.
#[derive(Debug)]
pub(crate) enum Refused {
    Conflict(Unique),
    Broken(String),
}

impl State {
    pub(crate) fn new(plan: Arc<Compiled>, title: &str, service: &str, seed: u64) -> Self {
        Self {
            config: to_mini(&Value::Object(plan.config.clone())),
            plan,
            title: title.into(),
            service: Mini::from(service),
            store: Arc::new(Mutex::new(Store::new(seed))),
            populations: Populations::default(),
            turn: Arc::default(),
        }
    }

    /// A fresh state for another view of the same service.
    pub(crate) fn sibling(&self, seed: u64) -> Self {
        Self { store: Arc::new(Mutex::new(Store::new(seed))), turn: Arc::default(), ..self.clone() }
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A scope with the names that hold everywhere.
    pub(crate) fn scope(&self, names: Vec<(Name, Mini)>) -> Scope {
        let version = self.plan.version.as_deref().unwrap_or("1.0.0");
        let base = vec![
            ("config".into(), self.config.clone()),
            ("service".into(), self.service.clone()),
            ("version".into(), Mini::from(version)),
        ];
        Scope::new(Arc::new(self.clone()), base).with(names)
    }

    pub(crate) fn collection(&self, name: &str) -> Result<&Collection, MockError> {
        self.plan.collections.get(name).ok_or_else(|| MockError::UnknownCollection {
            title: self.title.to_string(),
            name: name.to_owned(),
            known: self.plan.collections.keys().cloned().collect(),
        })
    }

    /// The items as they stand, the behaviour's own population included.
    pub(crate) fn current(&self, name: &str) -> Result<Arc<Items>, MockError> {
        let collection = self.collection(name)?;
        let seed = {
            let store = self.store();
            if let Some(slot) = store.slots.get(name) {
                return Ok(Arc::clone(&slot.items));
            }
            store.seed
        };
        let items = self.population(name, collection, seed, collection.population)?;
        let mut store = self.store();
        let slot = store.slots.entry(name.to_owned()).or_insert(Slot { items, created: 0, untouched: true });
        Ok(Arc::clone(&slot.items))
    }

    fn population(
        &self,
        name: &str,
        collection: &Collection,
        seed: u64,
        count: usize,
    ) -> Result<Arc<Items>, MockError> {
        let key = (name.to_owned(), seed, count);
        let lock = || self.populations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(items) = lock().get(&key) {
            return Ok(Arc::clone(items));
        }
        let mut items = Items::default();
        for index in 1..=count {
            let item = self.generated(name, collection, index)?;
            let id = at(&item, &collection.id).map(text).unwrap_or_default();
            items.put(&collection.unique, &id, Arc::new(item));
        }
        let items = Arc::new(items);
        let mut known = lock();
        if known.len() >= KEPT_POPULATIONS {
            known.clear();
        }
        known.insert(key, Arc::clone(&items));
        Ok(items)
    }

    /// The item that the generator makes for a position, from 1.
    fn generated(&self, name: &str, collection: &Collection, index: usize) -> Result<Value, MockError> {
        let fail = |what| MockError::Item { collection: name.to_owned(), index, what };
        let Some(template) = &collection.generate else {
            return Err(fail("its behaviour has no `generate`, the template of one item".to_owned()));
        };
        let id = format!("{}{index:06}", collection.prefix);
        let scope = self.scope(vec![
            ("index".into(), Mini::from(index)),
            ("key".into(), Mini::from(format!("{name} {index}"))),
            ("id".into(), Mini::from(id.as_str())),
        ]);
        let mut item = template.eval(&scope).map_err(fail)?;
        let Value::Object(map) = &mut item else {
            return Err(fail("`generate` must be an object".to_owned()));
        };
        if !map.contains_key(&collection.id) {
            map.shift_insert(0, collection.id.clone(), Value::String(id));
        }
        Ok(item)
    }

    /// Makes the collection hold exactly `count` generated items.
    pub(crate) fn populate(&self, name: &str, count: usize) -> Result<(), MockError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let collection = self.collection(name)?;
        let seed = self.store().seed;
        if count > 0 && collection.generate.is_none() {
            self.generated(name, collection, 1)?;
        }
        let items = self.population(name, collection, seed, count)?;
        self.store().slots.insert(name.to_owned(), Slot { items, created: 0, untouched: false });
        Ok(())
    }

    /// Adds named items. Fields that they lack come from the generator; a population that nobody has touched yields.
    pub(crate) fn fill(&self, name: &str, items: Vec<Value>) -> Result<(), MockError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let collection = self.collection(name)?;
        let current = self.current(name)?;
        let untouched = self.store().slots.get(name).is_none_or(|slot| slot.untouched);
        let mut new = if untouched { Items::default() } else { (*current).clone() };
        for (position, item) in items.into_iter().enumerate() {
            let fail =
                |what: String| MockError::Item { collection: name.to_owned(), index: position + 1, what };
            let Value::Object(given) = item else { return Err(fail("it is no object".to_owned())) };
            let mut whole = match &collection.generate {
                Some(_) => self.generated(name, collection, new.len() + 1)?,
                None => Value::Object(Map::new()),
            };
            if let Value::Object(map) = &mut whole {
                if !given.contains_key(&collection.id) {
                    let id = self.store().next_id(&collection.prefix);
                    map.insert(collection.id.clone(), Value::String(id));
                }
                map.extend(given);
            }
            if let Some(rule) = new.conflict(&collection.unique, &whole, None) {
                return Err(fail(format!(
                    "{:?} is there already",
                    at(&whole, &rule.field).map(text).unwrap_or_default()
                )));
            }
            let id = at(&whole, &collection.id).map(text).unwrap_or_default();
            new.put(&collection.unique, &id, Arc::new(whole));
        }
        self.store()
            .slots
            .insert(name.to_owned(), Slot { items: Arc::new(new), created: 0, untouched: false });
        Ok(())
    }

    /// Puts a new item in, or changes the one with its id.
    pub(crate) fn put(&self, name: &str, item: &Arc<Value>, created: bool) -> Result<(), Refused> {
        let broken = |error: MockError| Refused::Broken(error.to_string());
        let collection = self.collection(name).map_err(broken)?;
        self.current(name).map_err(broken)?;
        let id = at(item, &collection.id).map(text).unwrap_or_default();
        let mut store = self.store();
        let Some(slot) = store.slots.get_mut(name) else { return Ok(()) };
        if let Some(rule) =
            slot.items.conflict(&collection.unique, item, slot.items.get(&id).map(AsRef::as_ref))
        {
            return Err(Refused::Conflict(rule.clone()));
        }
        let items = Arc::make_mut(&mut slot.items);
        items.put(&collection.unique, &id, Arc::clone(item));
        if created {
            slot.created += 1;
        }
        slot.untouched = false;
        while items.len() > collection.keep {
            let Some(oldest) = items.oldest(&collection.id) else { break };
            items.remove(&collection.unique, &oldest);
        }
        Ok(())
    }

    pub(crate) fn remove(&self, name: &str, id: &str) -> Result<Option<Arc<Value>>, MockError> {
        let collection = self.collection(name)?;
        self.current(name)?;
        let mut store = self.store();
        let Some(slot) = store.slots.get_mut(name) else { return Ok(None) };
        slot.untouched = false;
        Ok(Arc::make_mut(&mut slot.items).remove(&collection.unique, id))
    }

    /// An item as expressions see it. Its computed fields are worked out when they are first looked at: only for one
    /// that is looked at before anything else changes.
    pub(crate) fn seen(&self, name: &str, item: &Arc<Value>) -> Result<Mini, String> {
        let collection = self.collection(name).map_err(|_| self.unknown(name))?;
        if collection.computed.is_empty() && collection.stages.is_none() {
            return Ok(lend(Arc::clone(item)));
        }
        Ok(Late::lend(Arc::clone(item), Fields { state: self.clone(), collection: name.to_owned() }))
    }

    fn unknown(&self, name: &str) -> String {
        let known = self.plan.collections.keys().map(String::as_str);
        format!("there is no collection {name:?}; {}", nearest::hint(name, known))
    }
}

/// The computed fields of the items of a collection.
#[derive(Debug)]
struct Fields {
    state: State,
    collection: String,
}

impl Computed for Fields {
    fn has(&self, field: &str) -> bool {
        self.state.computes(&self.collection, field)
    }

    fn whole(&self, stored: &Value) -> Result<Value, String> {
        self.state.full(&self.collection, stored)
    }
}

impl World for State {
    fn seed(&self) -> u64 {
        self.store().seed
    }

    fn now(&self) -> DateTime<Utc> {
        self.store().now()
    }

    fn uptime(&self) -> f64 {
        self.store().uptime()
    }

    fn requests(&self) -> u64 {
        self.store().requests
    }

    fn next_id(&self, prefix: &str) -> String {
        self.store().next_id(prefix)
    }

    fn created(&self, collection: &str) -> Result<u64, String> {
        self.collection(collection).map_err(|_| self.unknown(collection))?;
        Ok(self.store().slots.get(collection).map_or(0, |slot| slot.created))
    }

    fn len(&self, collection: &str) -> Result<usize, String> {
        self.current(collection).map(|items| items.len()).map_err(|error| error.to_string())
    }

    fn items(&self, collection: &str) -> Result<Vec<Arc<Value>>, String> {
        let items = self.current(collection).map_err(|error| error.to_string())?;
        Ok(items.iter().cloned().collect())
    }

    fn full(&self, name: &str, item: &Value) -> Result<Value, String> {
        let collection = self.collection(name).map_err(|_| self.unknown(name))?;
        let mut full = item.clone();
        if let (Some(stages), Value::Object(map)) = (&collection.stages, &mut full) {
            let id = at(item, &collection.id).map(text).unwrap_or_default();
            let (seed, now) = (self.seed(), self.now());
            let events = stages.events(seed, &id, item, now);
            let stage = events.last().and_then(|event| event.get("event")).cloned().unwrap_or_default();
            map.insert("stage".to_owned(), stage);
            map.insert("events".to_owned(), Value::Array(events));
        }
        for (field, template) in &collection.computed {
            let value = template.eval(&self.scope(vec![("item".into(), to_mini(&full))]))?;
            if let Value::Object(map) = &mut full {
                map.insert(field.clone(), value);
            }
        }
        Ok(full)
    }

    fn computes(&self, collection: &str, field: &str) -> bool {
        self.plan.collections.get(collection).is_some_and(|collection| {
            collection.computed.iter().any(|(name, _)| name == field)
                || (collection.stages.is_some() && matches!(field, "stage" | "events"))
        })
    }
}
