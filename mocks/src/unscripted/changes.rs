//! Changes of a thing: JSON Merge Patch and JSON Patch.

use serde_json::{Map, Value};

/// A patched thing has at most so many values, one within another at most so deep: a few `copy`s that double it would fill any
/// memory.
const MOST_VALUES: usize = 100_000;
const MOST_DEEP: usize = 100;

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
    let mut values = size(&out, MOST_DEEP)?;
    for operation in operations {
        let path = |key: &str| operation.get(key).and_then(Value::as_str);
        let value = operation.get("value").cloned();
        let copied = if path("op")? == "copy" { Some(out.pointer(path("from")?)?.clone()) } else { None };
        if let Some(added) = copied.as_ref().or(value.as_ref()) {
            let deep = path("path")?.matches('/').count();
            values += size(added, MOST_DEEP.checked_sub(deep)?)?;
            (values <= MOST_VALUES).then_some(())?;
        }
        match path("op")? {
            "add" => insert(&mut out, path("path")?, value?)?,
            "replace" => *out.pointer_mut(path("path")?)? = value?,
            "remove" => drop(take(&mut out, path("path")?)?),
            "move" => {
                let moved = take(&mut out, path("from")?)?;
                size(&moved, MOST_DEEP.checked_sub(path("path")?.matches('/').count())?)?;
                insert(&mut out, path("path")?, moved)?;
            }
            "copy" => insert(&mut out, path("path")?, copied?)?,
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

/// How many values there are in one; `None` if it is deeper than that.
fn size(value: &Value, deep: usize) -> Option<usize> {
    let deep = deep.checked_sub(1)?;
    let within = match value {
        Value::Array(items) => items.iter().map(|item| size(item, deep)).sum::<Option<usize>>()?,
        Value::Object(map) => map.values().map(|item| size(item, deep)).sum::<Option<usize>>()?,
        _ => 0,
    };
    Some(within + 1)
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
    fn a_patch_that_would_fill_the_memory_is_refused() {
        let mut thing = json!({"a": 1});
        let double = |round: usize| json!({"op": "copy", "from": "", "path": format!("/c{round}")});
        let operations: Vec<Value> = (0..60).map(double).collect();
        assert_eq!(apply(&thing, &operations), None);
        assert!(apply(&thing, &operations[..8]).is_some());
        // Each of them is small; together they would lie one within another without end.
        let mut rounds = 0;
        while let Some(next) = apply(&thing, &[json!({"op": "copy", "from": "", "path": "/a"})]) {
            thing = next;
            rounds += 1;
            assert!(rounds < MOST_DEEP, "an end");
        }
        assert!(rounds > 2);
        let deeper = json!({"op": "move", "from": "/a", "path": "/a/b"});
        assert_eq!(apply(&json!({"a": {}}), &[deeper]), None, "nothing goes into itself");
    }
}
