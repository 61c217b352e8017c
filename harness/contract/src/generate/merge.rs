//! Merges schemas that must all hold into one, keyword by keyword, so that a value can be made for all of them at once.
//! What can't be merged exactly is left to the check that every made value has to pass.

use serde_json::{Map, Number, Value, json};

/// A schema without references and combinations.
pub(super) type Flat = Map<String, Value>;

/// The types of JSON Schema.
pub(super) const TYPES: [&str; 7] = ["object", "array", "string", "integer", "number", "boolean", "null"];

/// Lets `flat` hold what `more` asks for as well; `None` if both can't hold.
pub(super) fn merge(flat: &mut Flat, more: &Flat) -> Option<()> {
    close_objects(flat, more);
    for (key, value) in more {
        let key = key.as_str();
        let Some(known) = flat.get(key).cloned() else {
            let first = match key {
                "type" => Value::Array(types(value)),
                "const" => {
                    narrow(flat, std::slice::from_ref(value))?;
                    continue;
                }
                "enum" => {
                    narrow(flat, value.as_array()?)?;
                    continue;
                }
                // A list already, if this was flat before.
                "pattern" | "contains" | "not" if !value.is_array() => json!([value]),
                _ => value.clone(),
            };
            flat.insert(key.to_owned(), first);
            continue;
        };
        let merged =
            match key {
                "type" => both_types(&types(&known), &types(value))?,
                "enum" => {
                    narrow(flat, value.as_array()?)?;
                    continue;
                }
                "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties"
                | "minContains" => extreme(known, value, |a, b| a >= b),
                "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties"
                | "maxContains" => extreme(known, value, |a, b| a <= b),
                "multipleOf" => multiple(known, value),
                "pattern" | "contains" | "not" => appended(known, value),
                "required" => union(known, value),
                "properties" | "patternProperties" | "dependentSchemas" => {
                    named(known, value, &|a, b| all_of(&a, b))
                }
                "dependentRequired" => named(known, value, &union),
                "additionalProperties" | "unevaluatedProperties" | "items" | "propertyNames" => {
                    all_of(&known, value)
                }
                "prefixItems" => side_by_side(known, value),
                "uniqueItems" => Value::Bool(known == true || *value == true),
                _ => known,
            };
        flat.insert(key.to_owned(), merged);
    }
    Some(())
}

/// `type` as a list.
pub(super) fn types(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(names) => names.clone(),
        Value::String(_) => vec![value.clone()],
        _ => Vec::new(),
    }
}

fn both_types(a: &[Value], b: &[Value]) -> Option<Value> {
    let has = |list: &[Value], name: &str| list.iter().any(|it| it == name);
    let holds = |list: &[Value], name: &str| has(list, name) || name == "integer" && has(list, "number");
    let both: Vec<Value> =
        TYPES.iter().filter(|name| holds(a, name) && holds(b, name)).map(|name| json!(name)).collect();
    // `integer` says nothing beside a `number` that both have.
    let both: Vec<Value> = match has(&both, "number") {
        true => both.into_iter().filter(|name| name != "integer").collect(),
        false => both,
    };
    (!both.is_empty()).then_some(Value::Array(both))
}

/// Keeps only the values that both lists have.
fn narrow(flat: &mut Flat, values: &[Value]) -> Option<()> {
    let kept: Vec<Value> = match flat.get("enum").and_then(Value::as_array) {
        Some(known) => known.iter().filter(|value| values.contains(value)).cloned().collect(),
        None => values.to_vec(),
    };
    if kept.is_empty() {
        return None;
    }
    flat.insert("enum".to_owned(), Value::Array(kept));
    Some(())
}

fn extreme(known: Value, value: &Value, keep: fn(f64, f64) -> bool) -> Value {
    match (known.as_f64(), value.as_f64()) {
        (Some(a), Some(b)) if !keep(a, b) => value.clone(),
        _ => known,
    }
}

fn multiple(known: Value, value: &Value) -> Value {
    match (known.as_u64(), value.as_u64()) {
        (Some(a), Some(b)) if a > 0 && b > 0 => {
            let common = (a / gcd(a, b)).checked_mul(b);
            common.map_or(known, |common| Value::Number(Number::from(common)))
        }
        // A whole number beside a fraction: more often than not a multiple of it.
        (None, Some(_)) => value.clone(),
        _ => known,
    }
}

pub(super) fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn appended(known: Value, value: &Value) -> Value {
    match known {
        Value::Array(mut list) => {
            match value {
                Value::Array(more) => list.extend(more.iter().cloned()),
                one => list.push(one.clone()),
            }
            Value::Array(list)
        }
        other => other,
    }
}

fn union(known: Value, value: &Value) -> Value {
    let mut all = known.as_array().cloned().unwrap_or_default();
    for one in value.as_array().into_iter().flatten() {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
    Value::Array(all)
}

fn named(known: Value, value: &Value, both: &dyn Fn(Value, &Value) -> Value) -> Value {
    let Value::Object(mut all) = known else {
        return known;
    };
    for (name, schema) in value.as_object().into_iter().flatten() {
        let merged = match all.get(name) {
            Some(known) => both(known.clone(), schema),
            None => schema.clone(),
        };
        all.insert(name.clone(), merged);
    }
    Value::Object(all)
}

/// One schema that asks for both.
pub(super) fn all_of(a: &Value, b: &Value) -> Value {
    match (a, b) {
        _ if a == b => a.clone(),
        (Value::Bool(true), _) => b.clone(),
        (_, Value::Bool(true)) => a.clone(),
        (Value::Bool(false), _) | (_, Value::Bool(false)) => Value::Bool(false),
        _ => json!({"allOf": [a, b]}),
    }
}

fn side_by_side(known: Value, value: &Value) -> Value {
    let mut all = known.as_array().cloned().unwrap_or_default();
    for (i, schema) in value.as_array().into_iter().flatten().enumerate() {
        match all.get_mut(i) {
            Some(known) => *known = all_of(known, schema),
            None => all.push(schema.clone()),
        }
    }
    Value::Array(all)
}

/// What one side says of all other properties holds for those that only the other side names.
fn close_objects(flat: &mut Flat, more: &Flat) {
    let names = |of: &Flat| -> Vec<String> {
        of.get("properties").and_then(Value::as_object).into_iter().flat_map(|p| p.keys().cloned()).collect()
    };
    let (left, right) = (names(flat), names(more));
    if let Some(rest) = more.get("additionalProperties").cloned() {
        for name in left.iter().filter(|name| !right.contains(name) && !by_pattern(more, name)) {
            let known = &mut flat["properties"][name.as_str()];
            *known = all_of(known, &rest);
        }
    }
    if let Some(rest) = flat.get("additionalProperties").cloned() {
        let names: Vec<&String> =
            right.iter().filter(|name| !left.contains(name) && !by_pattern(flat, name)).collect();
        for name in names {
            let properties = flat.entry("properties").or_insert_with(|| json!({}));
            // What `more` asks of it comes with the merge.
            properties[name.as_str()] = rest.clone();
        }
    }
}

/// Whether a name falls under `patternProperties`.
pub(super) fn by_pattern(flat: &Flat, name: &str) -> bool {
    !patterns_for(flat, name).is_empty()
}

/// The schemas of `patternProperties` that a name falls under.
pub(super) fn patterns_for<'f>(flat: &'f Flat, name: &str) -> Vec<&'f Value> {
    let patterns = flat.get("patternProperties").and_then(Value::as_object);
    let fits = |pattern: &str| regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(name));
    patterns.into_iter().flatten().filter(|(pattern, _)| fits(pattern)).map(|(_, schema)| schema).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(schemas: &[Value]) -> Option<Value> {
        let mut flat = Flat::new();
        for schema in schemas {
            merge(&mut flat, schema.as_object().unwrap())?;
        }
        Some(Value::Object(flat))
    }

    #[test]
    fn bounds_become_the_narrower_ones() {
        let schemas = [
            json!({"type": "number", "minimum": 1, "maxLength": 5, "required": ["a"], "multipleOf": 4}),
            json!({"type": ["integer", "string"], "minimum": 3, "maxLength": 9, "required": ["b", "a"], "multipleOf": 6}),
        ];
        let wanted = json!({"type": ["integer"], "minimum": 3, "maxLength": 5, "required": ["a", "b"], "multipleOf": 12});
        assert_eq!(merged(&schemas), Some(wanted));
    }

    #[test]
    fn what_contradicts_itself_is_nothing() {
        assert_eq!(merged(&[json!({"type": "string"}), json!({"type": "object"})]), None);
        assert_eq!(merged(&[json!({"enum": [1, 2]}), json!({"const": 3})]), None);
        assert_eq!(merged(&[json!({"enum": [1, 2]}), json!({"const": 2})]), Some(json!({"enum": [2]})));
    }

    #[test]
    fn a_closed_object_stays_closed() {
        let schemas = [
            json!({"properties": {"a": {}}, "additionalProperties": false}),
            json!({"properties": {"a": {"type": "string"}, "b": {"type": "string"}}}),
        ];
        let flat = merged(&schemas).unwrap();
        assert_eq!(flat["properties"]["b"], json!(false));
        let mut turned = schemas;
        turned.reverse();
        assert_eq!(merged(&turned).unwrap()["properties"]["b"], json!(false));
    }
}
