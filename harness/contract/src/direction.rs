//! `readOnly` and `writeOnly`: a required field that is marked so is not required of a request, or not of an answer.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::reference::Target;
use crate::walk;

/// How many references and combinations in a row are followed.
const HOPS: usize = 8;

/// Takes the fields that are marked with `mark` out of every `required` of a form.
pub(crate) fn relax(form: &mut Value, mark: &str) {
    // What is marked is looked up in the form as it was: references lead through all of it.
    let whole = form.clone();
    let done: Result<(), std::convert::Infallible> = walk::schemas(form, &mut |schema, at, _| {
        let Some(original) = whole.pointer(at) else {
            return Ok(());
        };
        let mut names = BTreeSet::new();
        marked(&whole, original, mark, HOPS, &mut names);
        if !names.is_empty() {
            release(schema, &names);
        }
        Ok(())
    });
    let Ok(()) = done;
}

/// Takes names out of the `required` of a schema and of all that is combined with it in its place.
fn release(schema: &mut Map<String, Value>, names: &BTreeSet<String>) {
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| !name.as_str().is_some_and(|name| names.contains(name)));
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for part in schema.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Value::Object(part) = part {
                release(part, names);
            }
        }
    }
    for key in ["then", "else"] {
        if let Some(Value::Object(part)) = schema.get_mut(key) {
            release(part, names);
        }
    }
}

/// The names of the marked fields of a schema and of all that is combined with it in its place.
fn marked(form: &Value, schema: &Value, mark: &str, hops: usize, names: &mut BTreeSet<String>) {
    if hops == 0 {
        return;
    }
    if let Some(properties) = schema["properties"].as_object() {
        let these = properties.iter().filter(|(_, property)| is_marked(form, property, mark, hops));
        names.extend(these.map(|(name, _)| name.clone()));
    }
    if let Some(meant) = meant(form, schema) {
        marked(form, meant, mark, hops - 1, names);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for part in schema[key].as_array().into_iter().flatten() {
            marked(form, part, mark, hops - 1, names);
        }
    }
    for key in ["then", "else"] {
        if let Some(part) = schema.get(key) {
            marked(form, part, mark, hops - 1, names);
        }
    }
}

/// Whether a field is marked itself, or whatever its schema refers to or is made of.
fn is_marked(form: &Value, property: &Value, mark: &str, hops: usize) -> bool {
    hops > 0
        && (property[mark] == true
            || meant(form, property).is_some_and(|meant| is_marked(form, meant, mark, hops - 1))
            || property["allOf"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| is_marked(form, one, mark, hops - 1))))
}

fn meant<'f>(form: &'f Value, schema: &Value) -> Option<&'f Value> {
    match Target::of(schema.get("$ref")?.as_str()?) {
        Target::Here(pointer) => form.pointer(&pointer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn marks_are_found_wherever_a_schema_is_put_together() {
        let base = json!({"required": ["id", "name"], "properties": {"id": {"readOnly": true}, "name": {}}});
        let mut form = json!({"components": {"schemas": {
            "Base": base,
            "Stamp": {"type": "string", "readOnly": true},
            "Parts": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["id", "at"]}],
                "properties": {"at": {"allOf": [{"$ref": "#/components/schemas/Stamp"}]}}},
            "Inner": {"properties": {"list": {"items": {"required": ["at"], "properties": {"at": {"$ref": "#/components/schemas/Stamp"}}}}}}
        }}});
        relax(&mut form, "readOnly");
        let at = |pointer: &str| form.pointer(&format!("/components/schemas{pointer}")).unwrap().clone();
        assert_eq!(at("/Base/required"), json!(["name"]));
        assert_eq!(at("/Parts/allOf/1/required"), json!([]));
        assert_eq!(at("/Inner/properties/list/items/required"), json!([]));
        let before = form.clone();
        relax(&mut form, "writeOnly");
        assert_eq!(form, before);
    }
}
