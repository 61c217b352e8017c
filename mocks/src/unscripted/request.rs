//! The body of a request as the fields of a thing, and changes of a thing.

use dryrun_contract::{Contract, MediaInfo, Side};
use serde_json::{Map, Value};

use crate::json::text;
use crate::media::MediaType;
use crate::params::pairs;
use crate::unscripted::fields::{properties, types};

/// The fields that a request sends; `None` when its body is no object. No body has no fields.
pub(crate) fn sent(
    contract: &Contract,
    documented: &[MediaInfo],
    content_type: Option<&str>,
    body: &[u8],
) -> Option<Map<String, Value>> {
    if body.is_empty() {
        return Some(Map::new());
    }
    let media = content_type.and_then(MediaType::parse);
    if media.as_ref().is_some_and(MediaType::is_form) {
        return Some(form(contract, documented, &String::from_utf8_lossy(body)));
    }
    if media.is_some_and(|media| !media.is_json()) {
        return Some(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}

fn form(contract: &Contract, documented: &[MediaInfo], body: &str) -> Map<String, Value> {
    let schema = documented.iter().find_map(|info| {
        MediaType::parse(&info.media_type).filter(MediaType::is_form)?;
        info.schema.as_ref()
    });
    let declared = schema.map(|at| properties(contract, at, Side::Request)).unwrap_or_default();
    let mut map = Map::new();
    for (name, raw) in pairs(body) {
        let kinds = declared
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, at)| types(contract, at, Side::Request));
        let has = |kind: &str| kinds.as_ref().is_some_and(|kinds| kinds.contains(&kind));
        let value = match raw.as_str() {
            "true" | "false" if has("boolean") => Value::Bool(raw == "true"),
            _ if has("integer") || has("number") => serde_json::from_str(&raw).unwrap_or(Value::String(raw)),
            _ => Value::String(raw),
        };
        match map.get_mut(&name) {
            Some(Value::Array(items)) => items.push(value),
            _ if has("array") => drop(map.insert(name, Value::Array(vec![value]))),
            _ => drop(map.insert(name, value)),
        }
    }
    map
}

/// JSON Merge Patch (RFC 7396).
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(map) = target else { return };
    for (key, change) in changes {
        if change.is_null() {
            map.shift_remove(key);
        } else {
            merge(map.entry(key.clone()).or_insert(Value::Null), change);
        }
    }
}

/// JSON Patch (RFC 6902) as far as it can be applied; an operation that can't be stops it.
pub(crate) fn apply(target: &Value, operations: &[Value]) -> Option<Value> {
    let mut out = target.clone();
    for operation in operations {
        let path = |key: &str| operation.get(key).and_then(Value::as_str);
        let value = operation.get("value").cloned();
        match path("op")? {
            "add" => insert(&mut out, path("path")?, value?)?,
            "replace" => *out.pointer_mut(path("path")?)? = value?,
            "remove" => drop(take(&mut out, path("path")?)?),
            "move" => {
                let moved = take(&mut out, path("from")?)?;
                insert(&mut out, path("path")?, moved)?;
            }
            "copy" => {
                let copied = out.pointer(path("from")?)?.clone();
                insert(&mut out, path("path")?, copied)?;
            }
            "test" => (out.pointer(path("path")?) == value.as_ref()).then_some(())?,
            _ => return None,
        }
    }
    Some(out)
}

fn key_of(pointer: &str) -> Option<(&str, String)> {
    let (parent, key) = pointer.rsplit_once('/')?;
    Some((parent, key.replace("~1", "/").replace("~0", "~")))
}

fn insert(target: &mut Value, pointer: &str, value: Value) -> Option<()> {
    if pointer.is_empty() {
        *target = value;
        return Some(());
    }
    let (parent, key) = key_of(pointer)?;
    match target.pointer_mut(parent)? {
        Value::Object(map) => drop(map.insert(key, value)),
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => {
            let index = key.parse::<usize>().ok().filter(|index| *index <= items.len())?;
            items.insert(index, value);
        }
        _ => return None,
    }
    Some(())
}

fn take(target: &mut Value, pointer: &str) -> Option<Value> {
    let (parent, key) = key_of(pointer)?;
    match target.pointer_mut(parent)? {
        Value::Object(map) => map.shift_remove(&key),
        Value::Array(items) => {
            let index = key.parse::<usize>().ok().filter(|index| *index < items.len())?;
            Some(items.remove(index))
        }
        _ => None,
    }
}

/// Whether a thing has what a query asks for: equal as text, or among a list.
pub(crate) fn matches(thing: &Value, name: &str, wanted: &Value) -> bool {
    let any = |found: &Value| match wanted {
        Value::Array(several) => several.iter().any(|one| text(one) == text(found)),
        one => text(one) == text(found),
    };
    match thing.get(name) {
        Some(Value::Array(items)) => items.iter().any(any),
        Some(found) => any(found),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_merge_patch_removes_with_null() {
        let mut thing = json!({"a": "b", "c": {"d": "e", "f": "g"}});
        merge(&mut thing, &json!({"a": "z", "c": {"f": null}, "n": {"x": 1}}));
        assert_eq!(thing, json!({"a": "z", "c": {"d": "e"}, "n": {"x": 1}}));
    }

    #[test]
    fn a_json_patch_is_applied_in_order_or_not_at_all() {
        let thing = json!({"a": [1, 2], "b": {"c": 1}});
        let patch = [
            json!({"op": "test", "path": "/b/c", "value": 1}),
            json!({"op": "add", "path": "/a/-", "value": 3}),
            json!({"op": "move", "from": "/b/c", "path": "/d"}),
            json!({"op": "copy", "from": "/a/0", "path": "/a/1"}),
            json!({"op": "replace", "path": "/d", "value": 9}),
            json!({"op": "remove", "path": "/b"}),
        ];
        assert_eq!(apply(&thing, &patch), Some(json!({"a": [1, 1, 2, 3], "d": 9})));
        assert_eq!(apply(&thing, &[json!({"op": "test", "path": "/b/c", "value": 2})]), None);
        assert_eq!(apply(&thing, &[json!({"op": "remove", "path": "/none"})]), None);
    }

    #[test]
    fn filters_look_into_lists() {
        let thing = json!({"tags": ["a", "b"], "n": 7});
        assert!(matches(&thing, "tags", &json!("a")) && matches(&thing, "n", &json!(["6", "7"])));
        assert!(!matches(&thing, "tags", &json!("c")) && !matches(&thing, "none", &json!("c")));
    }
}
