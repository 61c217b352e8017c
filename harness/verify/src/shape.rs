//! The structure of a body, without its values: [`Shape`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// So many values of one place are looked at.
const MOST_VALUES: usize = 1_000;

/// What kind of value it is. Whole numbers and fractions are one kind: `3.0` is often written `3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
}

impl Kind {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

/// What stands at one place.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Seen {
    /// How often it was there.
    pub(crate) count: usize,
    pub(crate) kinds: BTreeSet<Kind>,
    /// Its scalar values in order.
    pub(crate) values: Vec<Value>,
}

/// The structure of one body, by place: `body/contacts/*/email`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Shape {
    pub(crate) places: BTreeMap<String, Seen>,
    /// How many objects stood at a place.
    pub(crate) objects: BTreeMap<String, usize>,
    /// How many elements the lists at a place had together.
    pub(crate) elements: BTreeMap<String, usize>,
}

impl Shape {
    /// Of a body. `is_map` says where the keys of an object are data: they become `*` there.
    pub(crate) fn of(body: &Value, is_map: &dyn Fn(&str) -> bool) -> Self {
        let mut shape = Self::default();
        shape.walk("body", body, is_map);
        shape
    }

    fn walk(&mut self, place: &str, value: &Value, is_map: &dyn Fn(&str) -> bool) {
        let seen = self.places.entry(place.to_owned()).or_default();
        seen.count += 1;
        seen.kinds.insert(Kind::of(value));
        match value {
            Value::Object(fields) => {
                *self.objects.entry(place.to_owned()).or_default() += 1;
                let map = is_map(place);
                for (name, inner) in fields {
                    let step = if map { "*".to_owned() } else { name.replace('/', "~1") };
                    self.walk(&format!("{place}/{step}"), inner, is_map);
                }
            }
            Value::Array(items) => {
                *self.elements.entry(place.to_owned()).or_default() += items.len();
                for inner in items {
                    self.walk(&format!("{place}/*"), inner, is_map);
                }
            }
            scalar if seen.values.len() < MOST_VALUES => seen.values.push(scalar.clone()),
            _ => {}
        }
    }

    /// Places and kinds on one line: two bodies with the same line have the same shape.
    pub(crate) fn line(&self) -> String {
        let places = self.places.iter().map(|(place, seen)| {
            let kinds: Vec<&str> = seen.kinds.iter().map(|kind| kind.word()).collect();
            format!("{place}:{}", kinds.join("|"))
        });
        places.collect::<Vec<_>>().join(" ")
    }
}

/// The object that a field belongs to; `None` for the body itself and for elements of lists.
pub(crate) fn owner(place: &str) -> Option<&str> {
    place.rsplit_once('/').filter(|(_, step)| *step != "*").map(|(owner, _)| owner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn indices_fold_and_maps_have_no_names() {
        let body =
            json!({"items": [{"id": 1}, {"id": 2.5, "n": null}], "by_day": {"2026-01-01": 1}, "a/b": true});
        let shape = Shape::of(&body, &|place| place == "body/by_day");
        assert_eq!(
            shape.line(),
            "body:an object body/a~1b:a boolean body/by_day:an object body/by_day/*:a number body/items:a list \
             body/items/*:an object body/items/*/id:a number body/items/*/n:null"
        );
        assert_eq!(shape.objects["body/items/*"], 2);
        assert_eq!(shape.places["body/items/*/n"].count, 1);
        assert_eq!(shape.elements["body/items"], 2);
        assert_eq!(owner("body/items/*/n"), Some("body/items/*"));
        assert_eq!(owner("body/items/*"), None);
        assert_eq!(owner("body"), None);
    }
}
