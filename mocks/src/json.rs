//! JSON values inside expressions: [`Json`] lends a `serde_json` value to minijinja without changing its key order,
//! [`Late`] one some of whose fields are worked out when they are first looked at.

use std::fmt::Debug;
use std::sync::{Arc, OnceLock};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value as Mini, ValueKind};
use minijinja::{Error, ErrorKind};
use serde_json::{Map, Number, Value};

/// A list or an object as expressions see it. Converting back gives the very same value.
#[derive(Debug)]
pub(crate) struct Json(Arc<Value>);

impl Object for Json {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if self.0.is_array() { ObjectRepr::Seq } else { ObjectRepr::Map }
    }

    fn get_value(self: &Arc<Self>, key: &Mini) -> Option<Mini> {
        match &*self.0 {
            Value::Array(items) => items.get(key.as_usize()?).map(to_mini),
            Value::Object(map) => map.get(key.as_str()?).map(to_mini),
            _ => None,
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Mini> {
        self.0.get(key).map(to_mini)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &*self.0 {
            Value::Array(items) => Enumerator::Seq(items.len()),
            Value::Object(map) => {
                Enumerator::Values(map.keys().map(|key| Mini::from(key.as_str())).collect())
            }
            _ => Enumerator::Empty,
        }
    }
}

/// The fields of an object that are worked out at each look.
pub(crate) trait Computed: Debug + Send + Sync {
    /// Whether the field is one of them.
    fn has(&self, field: &str) -> bool;
    /// The object with all of them.
    fn whole(&self, stored: &Value) -> Result<Value, String>;
}

/// An object with computed fields, as expressions see it: nothing is computed that nobody looks at.
#[derive(Debug)]
pub(crate) struct Late {
    stored: Arc<Value>,
    computed: Box<dyn Computed>,
    whole: OnceLock<Result<Value, String>>,
}

impl Late {
    pub(crate) fn lend(stored: Arc<Value>, computed: impl Computed + 'static) -> Mini {
        Mini::from_object(Self { stored, computed: Box::new(computed), whole: OnceLock::new() })
    }

    fn whole(&self) -> &Result<Value, String> {
        self.whole.get_or_init(|| self.computed.whole(&self.stored))
    }
}

impl Object for Late {
    fn get_value(self: &Arc<Self>, key: &Mini) -> Option<Mini> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Mini> {
        if !self.computed.has(key) {
            return self.stored.get(key).map(to_mini);
        }
        match self.whole() {
            Ok(whole) => whole.get(key).map(to_mini),
            Err(what) => Some(Mini::from(Error::new(ErrorKind::InvalidOperation, what.clone()))),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let keys = self.whole().as_ref().ok().and_then(Value::as_object);
        let keys = keys.into_iter().flat_map(Map::keys);
        Enumerator::Values(keys.map(|key| Mini::from(key.as_str())).collect())
    }
}

/// Lends a value to expressions without copying it.
pub(crate) fn lend(value: Arc<Value>) -> Mini {
    match &*value {
        Value::Array(_) | Value::Object(_) => Mini::from_object(Json(value)),
        other => to_mini(other),
    }
}

/// Gives a value to expressions.
pub(crate) fn into_mini(value: Value) -> Mini {
    match value {
        Value::Array(_) | Value::Object(_) => Mini::from_object(Json(Arc::new(value))),
        other => to_mini(&other),
    }
}

/// What stands at a path of keys below a lent object. `None` also for what only an evaluation can tell.
pub(crate) fn reach<'a>(value: &'a Mini, keys: &[String]) -> Option<&'a Value> {
    let walk = |value: &'a Value| keys.iter().try_fold(value, |value, key| value.as_object()?.get(key));
    if let Some(json) = value.downcast_object_ref::<Json>() {
        return walk(&json.0);
    }
    let late = value.downcast_object_ref::<Late>()?;
    if keys.first().is_some_and(|first| !late.computed.has(first)) {
        return walk(&late.stored);
    }
    late.whole().as_ref().ok().and_then(walk)
}

/// Takes a value back from an expression; copies only what somebody else still holds. See [`from_mini`].
pub(crate) fn take(value: Mini) -> Option<Value> {
    let Some(json) = value.downcast_object::<Json>() else { return from_mini(&value) };
    drop(value);
    let shared = Arc::try_unwrap(json).map_or_else(|json| Arc::clone(&json.0), |json| json.0);
    Some(Arc::unwrap_or_clone(shared))
}

/// Lends a copy of a value to expressions.
pub(crate) fn to_mini(value: &Value) -> Mini {
    match value {
        Value::Null => Mini::from(()),
        Value::Bool(value) => Mini::from(*value),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Mini::from(value),
            (None, Some(value)) => Mini::from(value),
            _ => Mini::from(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Mini::from(text.as_str()),
        Value::Array(_) | Value::Object(_) => Mini::from_object(Json(Arc::new(value.clone()))),
    }
}

/// Takes a value back from an expression. `None` for what JSON cannot say: an undefined value, a function.
pub(crate) fn from_mini(value: &Mini) -> Option<Value> {
    if let Some(json) = value.downcast_object_ref::<Json>() {
        return Some((*json.0).clone());
    }
    if let Some(late) = value.downcast_object_ref::<Late>() {
        return late.whole().clone().ok();
    }
    Some(match value.kind() {
        ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => number(value)?,
        ValueKind::String => Value::String(value.as_str()?.to_owned()),
        ValueKind::Seq | ValueKind::Iterable => {
            Value::Array(value.try_iter().ok()?.map(|item| from_mini(&item)).collect::<Option<_>>()?)
        }
        ValueKind::Map => {
            let mut map = Map::new();
            for key in value.try_iter().ok()? {
                let item = value.get_item(&key).ok()?;
                map.insert(key.to_string(), from_mini(&item)?);
            }
            Value::Object(map)
        }
        _ => return None,
    })
}

fn number(value: &Mini) -> Option<Value> {
    if value.is_integer() {
        return match value.as_i64() {
            Some(value) => Some(Value::from(value)),
            None => u64::try_from(value.clone()).ok().map(Value::from),
        };
    }
    f64::try_from(value.clone()).ok().and_then(Number::from_f64).map(Value::Number)
}

/// The value at a path of keys and positions: `metadata.tags.0`.
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}

/// A value as text: strings without quotes.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_back_as_it_went_with_its_key_order() {
        let value: Value =
            serde_json::from_str(r#"{"z":1,"a":[true,null,2.5,"x",{"q":[]}],"big":18446744073709551615}"#)
                .unwrap();
        assert_eq!(from_mini(&to_mini(&value)).unwrap().to_string(), value.to_string());
        assert_eq!(at(&value, "a.3"), Some(&Value::from("x")));
        assert_eq!(from_mini(&Mini::UNDEFINED), None);
        assert_eq!(take(lend(Arc::new(value.clone()))).unwrap().to_string(), value.to_string());
        assert_eq!(take(into_mini(value.clone())).unwrap().to_string(), value.to_string());
    }

    /// `{"double": 2 * one}`, or no value at all when there is no number.
    #[derive(Debug)]
    struct Double;

    impl Computed for Double {
        fn has(&self, field: &str) -> bool {
            field == "double"
        }

        fn whole(&self, stored: &Value) -> Result<Value, String> {
            let one = stored["one"].as_u64().ok_or("one is no number")?;
            Ok(serde_json::json!({"one": one, "double": 2 * one}))
        }
    }

    #[test]
    fn what_is_computed_late_is_what_it_would_have_been() {
        let lend = |one: Value| Late::lend(Arc::new(serde_json::json!({"one": one})), Double);
        let (good, bad) = (lend(Value::from(3)), lend(Value::from("x")));
        let key = |name: &str| [name.to_owned()];
        assert_eq!(from_mini(&good), Some(serde_json::json!({"one": 3, "double": 6})));
        assert_eq!(
            (reach(&good, &key("one")), reach(&good, &key("double"))),
            (Some(&Value::from(3)), Some(&Value::from(6)))
        );
        assert_eq!(good.get_attr("double").unwrap().as_usize(), Some(6));
        assert_eq!((reach(&good, &key("none")), from_mini(&bad)), (None, None));
        assert_eq!((reach(&bad, &key("one")), reach(&bad, &key("double"))), (Some(&Value::from("x")), None));
        // An evaluation fails with the reason.
        let environment = minijinja::Environment::new();
        let double = environment.compile_expression("item.double").unwrap();
        let error = double.eval(minijinja::context! { item => bad }).unwrap_err();
        assert!(error.to_string().contains("one is no number"), "{error}");
    }
}
