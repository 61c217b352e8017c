//! What the structural rules can't decide: the normal forms of two schemas, and whether one takes all that the other
//! takes. [`effect`] answers only when that is certain.

use serde_json::{Map, Value, json};

use crate::change::Effect;
use crate::source::{At, Source, target};

/// How many nodes a schema may have before nobody waits for its normal form.
const LARGEST: usize = 400;

/// What the step from one schema to the other does; none if it can't be decided.
pub(crate) fn effect(old: &Value, new: &Value) -> Option<Effect> {
    use jsonschema::canonical::{Containment, options};
    let form = |value: &Value| {
        options()
            .offline()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .canonicalize(value)
            .ok()
    };
    let (old, new) = (form(old)?, form(new)?);
    let keeps = new.covers(&old).ok()?;
    let stays = old.covers(&new).ok()?;
    // What is not proved counts as no, unless nothing is proved at all.
    match (keeps, stays) {
        (Containment::Yes, Containment::Yes) => Some(Effect::None),
        (Containment::Yes, _) => Some(Effect::Widens),
        (_, Containment::Yes) => Some(Effect::Narrows),
        (Containment::No, Containment::No) => Some(Effect::Both),
        _ => None,
    }
}

/// Whether it is certain that no value honours the schema.
pub(crate) fn empty(schema: &Value) -> bool {
    use jsonschema::canonical::{Satisfiability, options};
    let form = options().offline().with_draft(jsonschema::Draft::Draft202012).canonicalize(schema);
    form.is_ok_and(|form| matches!(form.satisfiability(), Satisfiability::No))
}

/// Schemas as one plain JSON Schema without references; none if they are circular, too large, or lead elsewhere.
pub(crate) fn export(source: &Source<'_>, spot: &[At<'_>]) -> Option<Value> {
    let mut budget = LARGEST;
    let mut all = Vec::new();
    for part in spot {
        all.push(plain(source, part.value, &mut Vec::new(), &mut budget)?);
    }
    Some(match all.len() {
        0 => Value::Bool(true),
        1 => all.swap_remove(0),
        _ => json!({ "allOf": all }),
    })
}

const ANNOTATIONS: [&str; 15] = [
    "$comment",
    "default",
    "deprecated",
    "description",
    "discriminator",
    "example",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "nullable",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

fn plain(source: &Source<'_>, value: &Value, trail: &mut Vec<String>, budget: &mut usize) -> Option<Value> {
    *budget = budget.checked_sub(1)?;
    let Some(map) = value.as_object() else {
        return Some(value.clone());
    };
    let mut parts = Vec::new();
    let nullable = source.v30 && map.get("nullable") == Some(&Value::Bool(true));
    if map.contains_key("$ref") || map.contains_key("$dynamicRef") {
        let pointer = target(value)?;
        if trail.contains(&pointer) {
            return None;
        }
        trail.push(pointer.clone());
        parts.push(plain(source, source.root.pointer(&pointer)?, trail, budget)?);
        trail.pop();
    }
    let mut own = Map::new();
    if parts.is_empty() || !source.v30 {
        for (key, inner) in map {
            if key == "$ref" || key.starts_with("x-") || ANNOTATIONS.contains(&key.as_str()) {
                continue;
            }
            own.insert(key.clone(), keyword(source, key, inner, trail, budget)?);
        }
        for (exclusive, inclusive) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            match map.get(exclusive) {
                Some(Value::Bool(true)) => {
                    let limit = own.remove(inclusive)?;
                    own.insert(exclusive.to_owned(), limit);
                }
                Some(limit @ Value::Number(_)) => drop(own.insert(exclusive.to_owned(), limit.clone())),
                _ => {}
            }
        }
    }
    if !own.is_empty() || parts.is_empty() {
        parts.push(Value::Object(own));
    }
    let schema = if parts.len() == 1 { parts.swap_remove(0) } else { json!({ "allOf": parts }) };
    Some(if nullable { json!({"anyOf": [schema, {"type": "null"}]}) } else { schema })
}

fn keyword(
    source: &Source<'_>,
    key: &str,
    inner: &Value,
    trail: &mut Vec<String>,
    budget: &mut usize,
) -> Option<Value> {
    match (key, inner) {
        ("properties" | "patternProperties" | "dependentSchemas" | "$defs", Value::Object(map)) => {
            let mut named = Map::new();
            for (name, value) in map {
                named.insert(name.clone(), plain(source, value, trail, budget)?);
            }
            Some(Value::Object(named))
        }
        ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(items)) => items
            .iter()
            .map(|value| plain(source, value, trail, budget))
            .collect::<Option<_>>()
            .map(Value::Array),
        (
            "additionalProperties"
            | "contains"
            | "else"
            | "if"
            | "items"
            | "not"
            | "propertyNames"
            | "then"
            | "unevaluatedItems"
            | "unevaluatedProperties",
            inner,
        ) => plain(source, inner, trail, budget),
        _ => Some(inner.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_forms_decide_or_say_nothing() {
        for (old, new, wanted) in [
            (json!({"type": "integer"}), json!({"type": "number"}), Some(Effect::Widens)),
            (
                json!({"enum": ["a", "b"]}),
                json!({"anyOf": [{"const": "b"}, {"const": "a"}]}),
                Some(Effect::None),
            ),
            (json!({"maxLength": 3}), json!({"maxLength": 2}), Some(Effect::Narrows)),
            (json!({"type": "string"}), json!({"type": "integer"}), Some(Effect::Both)),
        ] {
            assert_eq!(effect(&old, &new), wanted, "{old} {new}");
        }
    }

    #[test]
    fn a_circle_is_not_exported() {
        let root = json!({"openapi": "3.0.0", "a": {"properties": {"b": {"$ref": "#/a"}}},
            "c": {"$ref": "#/d", "nullable": true}, "d": {"minimum": 1, "exclusiveMinimum": true}});
        let source = Source::new(&root);
        let spot = |at: &str| vec![At { value: root.pointer(at).unwrap(), at: at.to_owned() }];
        assert_eq!(export(&source, &spot("/a")), None);
        let wanted = json!({"anyOf": [{"exclusiveMinimum": 1}, {"type": "null"}]});
        assert_eq!(export(&source, &spot("/c")), Some(wanted));
    }
}
