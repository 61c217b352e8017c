//! What an expression can see: [`Scope`], a chain of names, and [`World`], the state that functions look into.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use dryrun_record::Request;
use minijinja::value::{Enumerator, Object, Value as Mini};
use serde_json::Value;

use crate::json::{from_mini, reach};

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

/// What an expression calls something.
pub(crate) type Name = Cow<'static, str>;

/// The headers of a call, as expressions see them: an object of texts. Of two with one name the later counts.
#[derive(Debug)]
pub(crate) struct Headers(pub(crate) Arc<Request>);

impl Object for Headers {
    fn get_value(self: &Arc<Self>, key: &Mini) -> Option<Mini> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Mini> {
        let header = self.0.headers.iter().rfind(|(name, _)| name == key);
        header.map(|(_, value)| Mini::from(value.as_str()))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in &self.0.headers {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        Enumerator::Values(names.into_iter().map(Mini::from).collect())
    }
}

/// The names that an expression can see. Cheap to clone, cheap to extend.
#[derive(Debug, Clone)]
pub(crate) struct Scope(Arc<Names>);

#[derive(Debug)]
struct Names {
    own: Vec<(Name, Mini)>,
    outer: Option<Scope>,
}

impl Scope {
    pub(crate) fn new(world: Arc<dyn World>, names: Vec<(Name, Mini)>) -> Self {
        let base = Self(Arc::new(Names {
            own: vec![(WORLD.into(), Mini::from_object(Handle(world)))],
            outer: None,
        }));
        base.with(names)
    }

    /// This scope and these names in front of it.
    pub(crate) fn with(&self, names: Vec<(Name, Mini)>) -> Self {
        Self(Arc::new(Names { own: names, outer: Some(self.clone()) }))
    }

    pub(crate) fn context(&self) -> Mini {
        Mini::from_dyn_object(Arc::clone(&self.0))
    }

    /// What a path of a name and keys means, where that can be told without an evaluation; then it is the same value.
    pub(crate) fn look(&self, path: &[String]) -> Option<Value> {
        let (name, keys) = path.split_first()?;
        let value = self.0.find(name)?;
        if keys.is_empty() { from_mini(value) } else { reach(value, keys).cloned() }
    }

    /// As [`Self::look`] for what stands below an object, without a copy; null for a field that the object lacks.
    pub(crate) fn look_at(&self, path: &[String]) -> Option<&Value> {
        let (name, keys) = path.split_first()?;
        let object = self.0.find(name)?;
        let last = keys.len().checked_sub(1)?;
        reach(object, keys).or_else(|| reach(object, &keys[..last])?.is_object().then_some(&Value::Null))
    }

    /// What `now()` means, unless something else has that name.
    pub(crate) fn now(&self) -> Option<DateTime<Utc>> {
        if self.0.find("now").is_some() {
            return None;
        }
        self.0.find(WORLD)?.downcast_object_ref::<Handle>().map(|handle| handle.0.now())
    }
}

impl Names {
    fn find(&self, key: &str) -> Option<&Mini> {
        let mut names = self;
        loop {
            if let Some((_, value)) = names.own.iter().find(|(name, _)| name == key) {
                return Some(value);
            }
            names = &names.outer.as_ref()?.0;
        }
    }
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Mini) -> Option<Mini> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Mini> {
        self.find(key).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dryrun_record::Body;
    use serde_json::json;

    #[test]
    fn headers_are_an_object_of_texts() {
        let headers = [("host", "a"), ("accept", "b"), ("host", "c")];
        let request = Request {
            method: "GET".into(),
            path: "/".into(),
            query: String::new(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: Body::default(),
        };
        let lent = Mini::from_object(Headers(Arc::new(request)));
        assert_eq!(from_mini(&lent), Some(json!({"host": "c", "accept": "b"})));
        assert!(lent.get_attr("x-key").unwrap().is_undefined());
    }
}
