//! Finds every schema of a document, with what is known of its surroundings.

use serde_json::{Map, Value};

use crate::source::join;

/// One schema object.
pub(crate) struct Found<'a> {
    pub(crate) map: &'a Map<String, Value>,
    pub(crate) at: String,
    /// Whether it is a member of an `allOf`.
    pub(crate) in_all_of: bool,
    /// Whether it only adds to what stands around it: a member of a combination, or of a condition.
    pub(crate) partial: bool,
}

const ONE: [&str; 11] = [
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Every schema of the document, outer ones first.
pub(crate) fn schemas<'a>(root: &'a Value, visit: &mut dyn FnMut(&Found<'a>)) {
    outside(root, "", visit);
}

fn outside<'a>(value: &'a Value, at: &str, visit: &mut dyn FnMut(&Found<'a>)) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| outside(item, &join(at, &i.to_string()), visit));
        }
        Value::Object(map) => {
            for (key, inner) in map {
                let here = join(at, key);
                match key.as_str() {
                    "schema" | "itemSchema" => schema(inner, here, (false, false), visit),
                    "schemas" if at == "/components" => {
                        for (name, inner) in inner.as_object().into_iter().flatten() {
                            schema(inner, join(&here, name), (false, false), visit);
                        }
                    }
                    "example" | "examples" | "default" | "value" => {}
                    _ if key.starts_with("x-") && !at.ends_with("/headers") => {}
                    _ => outside(inner, &here, visit),
                }
            }
        }
        _ => {}
    }
}

fn schema<'a>(
    value: &'a Value,
    at: String,
    (in_all_of, partial): (bool, bool),
    visit: &mut dyn FnMut(&Found<'a>),
) {
    let Value::Object(map) = value else {
        return;
    };
    visit(&Found { map, at: at.clone(), in_all_of, partial });
    for (key, inner) in map {
        let here = join(&at, key);
        match (key.as_str(), inner) {
            (
                "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions",
                Value::Object(named),
            ) => {
                let partial = key == "dependentSchemas";
                for (name, inner) in named {
                    schema(inner, join(&here, name), (false, partial), visit);
                }
            }
            ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(items)) => {
                let partial = key != "prefixItems";
                for (index, inner) in items.iter().enumerate() {
                    schema(inner, join(&here, &index.to_string()), (key == "allOf", partial), visit);
                }
            }
            _ if ONE.contains(&key.as_str()) => {
                let partial =
                    matches!(key.as_str(), "if" | "then" | "else" | "not" | "contains" | "propertyNames");
                schema(inner, here, (false, partial), visit);
            }
            _ => {}
        }
    }
}
