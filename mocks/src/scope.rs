//! What an expression can see: [`Scope`], a chain of names, and [`World`], the state that functions look into.

use std::fmt::Debug;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use minijinja::value::{Enumerator, Object, Value as Mini};
use serde_json::Value;

/// The name under which functions find the world. No expression may use it.
pub(crate) const WORLD: &str = "__world";

/// The state of a view, as the functions of expressions see it.
pub(crate) trait World: Debug + Send + Sync {
    fn seed(&self) -> u64;
    fn now(&self) -> DateTime<Utc>;
    fn uptime(&self) -> f64;
    fn requests(&self) -> u64;
    fn next_id(&self, prefix: &str) -> String;
    fn created(&self, collection: &str) -> Result<u64, String>;
    fn len(&self, collection: &str) -> Result<usize, String>;
    fn items(&self, collection: &str) -> Result<Vec<Arc<Value>>, String>;
    /// The item with its computed fields.
    fn full(&self, collection: &str, item: &Value) -> Result<Value, String>;
    /// Whether the field is worked out at each look.
    fn computes(&self, collection: &str, field: &str) -> bool;
}

/// The world as a value.
#[derive(Debug)]
pub(crate) struct Handle(pub(crate) Arc<dyn World>);

impl Object for Handle {}

/// The names that an expression can see. Cheap to clone, cheap to extend.
#[derive(Debug, Clone)]
pub(crate) struct Scope(Arc<Names>);

#[derive(Debug)]
struct Names {
    own: Vec<(String, Mini)>,
    outer: Option<Scope>,
}

impl Scope {
    pub(crate) fn new(world: Arc<dyn World>, names: Vec<(String, Mini)>) -> Self {
        let base = Self(Arc::new(Names {
            own: vec![(WORLD.to_owned(), Mini::from_object(Handle(world)))],
            outer: None,
        }));
        base.with(names)
    }

    /// This scope and these names in front of it.
    pub(crate) fn with(&self, names: Vec<(String, Mini)>) -> Self {
        Self(Arc::new(Names { own: names, outer: Some(self.clone()) }))
    }

    pub(crate) fn context(&self) -> Mini {
        Mini::from_dyn_object(Arc::clone(&self.0))
    }
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Mini) -> Option<Mini> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Mini> {
        let mut names = self;
        loop {
            if let Some((_, value)) = names.own.iter().find(|(name, _)| name == key) {
                return Some(value.clone());
            }
            names = &names.outer.as_ref()?.0;
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}
