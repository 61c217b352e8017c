//! JSON values inside expressions: [`Json`] lends a `serde_json` value to minijinja without changing its key order.

use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value as Mini, ValueKind};
use serde_json::{Map, Number, Value};

/// A list or an object as expressions see it. Converting back gives the very same value.
#[derive(Debug)]
pub(crate) struct Json(pub(crate) Value);

impl Object for Json {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if self.0.is_array() { ObjectRepr::Seq } else { ObjectRepr::Map }
    }

    fn get_value(self: &Arc<Self>, key: &Mini) -> Option<Mini> {
        match &self.0 {
            Value::Array(items) => items.get(key.as_usize()?).map(to_mini),
            Value::Object(map) => map.get(key.as_str()?).map(to_mini),
            _ => None,
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Mini> {
        self.0.get(key).map(to_mini)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &self.0 {
            Value::Array(items) => Enumerator::Seq(items.len()),
            Value::Object(map) => {
                Enumerator::Values(map.keys().map(|key| Mini::from(key.as_str())).collect())
            }
            _ => Enumerator::Empty,
        }
    }
}

/// Lends a value to expressions.
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
        Value::Array(_) | Value::Object(_) => Mini::from_object(Json(value.clone())),
    }
}

/// Takes a value back from an expression. `None` for what JSON cannot say: an undefined value, a function.
pub(crate) fn from_mini(value: &Mini) -> Option<Value> {
    if let Some(json) = value.downcast_object_ref::<Json>() {
        return Some(json.0.clone());
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
    }
}
