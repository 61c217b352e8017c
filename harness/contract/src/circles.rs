//! Schemas that lead back to themselves without ever going into a value: no value could be judged by them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::pointer::join;
use crate::reference::Target;
use crate::walk;

/// The places of the references that close such a circle. A schema that contains itself in a property or an item is none.
pub(crate) fn circles(form: &mut Value) -> Vec<String> {
    let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut referring = false;
    let done: Result<(), std::convert::Infallible> = walk::schemas(form, &mut |schema, at, _| {
        let mut next = Vec::new();
        if let Some(Value::String(reference)) = schema.get("$ref")
            && let Target::Here(pointer) = Target::of(reference)
        {
            referring = true;
            next.push(pointer);
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            let parts = schema.get(key).and_then(Value::as_array).map_or(0, Vec::len);
            next.extend((0..parts).map(|i| join(&join(at, key), &i.to_string())));
        }
        let single = ["not", "if", "then", "else"].into_iter().filter(|key| schema.contains_key(*key));
        next.extend(single.map(|key| join(at, key)));
        if !next.is_empty() {
            edges.insert(at.to_owned(), next);
        }
        Ok(())
    });
    let Ok(()) = done;
    if !referring {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut finished = BTreeSet::new();
    for start in edges.keys() {
        search(start, &edges, &mut Vec::new(), &mut finished, &mut found);
    }
    found
}

/// Depth first; `path` is the way to here.
fn search<'e>(
    at: &'e str,
    edges: &'e BTreeMap<String, Vec<String>>,
    path: &mut Vec<&'e str>,
    finished: &mut BTreeSet<&'e str>,
    found: &mut Vec<String>,
) {
    if path.contains(&at) {
        found.extend(path.last().map(|last| (*last).to_owned()));
        return;
    }
    if finished.contains(at) {
        return;
    }
    path.push(at);
    for next in edges.get(at).into_iter().flatten() {
        search(next, edges, path, finished, found);
    }
    path.pop();
    finished.insert(at);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_circles_without_a_way_into_the_value_count() {
        let mut form = json!({"components": {"schemas": {
            "A": {"allOf": [{"$ref": "#/components/schemas/B"}]},
            "B": {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/A"}]},
            "Tree": {"properties": {"next": {"$ref": "#/components/schemas/Tree"}}, "allOf": [{"type": "object"}]},
            "Self": {"$ref": "#/components/schemas/Self"},
            "User": {"$ref": "#/components/schemas/A"}
        }}});
        assert_eq!(circles(&mut form), ["/components/schemas/B/anyOf/1", "/components/schemas/Self"]);
    }
}
