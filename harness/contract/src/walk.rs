//! Finds every schema of an OpenAPI document, wherever one may stand, and every `$ref`.

use serde_json::{Map, Value};

use crate::document::join;

/// What is done with each schema object: the object itself and its place; `true` in the last argument for the
/// outermost one of a tree.
pub(crate) type Visitor<'a, E> = dyn FnMut(&mut Map<String, Value>, &str, bool) -> Result<(), E> + 'a;

/// Keywords whose value is one schema (`items` may also be a list of them).
const ONE: [&str; 11] = [
    "additionalItems",
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
];
/// Keywords whose value is a list of schemas.
const LIST: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords whose value maps names to schemas.
const NAMED: [&str; 5] = ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];
/// The methods that a path may have.
pub(crate) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Calls `visit` for every schema object of the document, inner ones first.
pub(crate) fn schemas<E>(document: &mut Value, visit: &mut Visitor<'_, E>) -> Result<(), E> {
    for part in ["paths", "webhooks"] {
        each(document, "", part, &mut |item, at| path_item(item, at, visit))?;
    }
    let Some(components) = document.get_mut("components") else {
        return Ok(());
    };
    let at = "/components";
    each(components, at, "schemas", &mut |value, at| schema(value, at, true, visit))?;
    for part in ["parameters", "headers"] {
        each(components, at, part, &mut |value, at| parameter(value, at, visit))?;
    }
    each(components, at, "responses", &mut |value, at| response(value, at, visit))?;
    each(components, at, "requestBodies", &mut |value, at| content(value, at, visit))?;
    each(components, at, "pathItems", &mut |value, at| path_item(value, at, visit))?;
    each(components, at, "callbacks", &mut |value, at| callback(value, at, visit))
}

fn each<E>(
    parent: &mut Value,
    at: &str,
    key: &str,
    visit: &mut dyn FnMut(&mut Value, &str) -> Result<(), E>,
) -> Result<(), E> {
    let Some(part) = parent.get_mut(key) else {
        return Ok(());
    };
    let at = join(at, key);
    match part {
        Value::Object(map) => map
            .iter_mut()
            .filter(|(key, _)| !key.starts_with("x-"))
            .try_for_each(|(k, v)| visit(v, &join(&at, k))),
        Value::Array(items) => {
            items.iter_mut().enumerate().try_for_each(|(i, v)| visit(v, &join(&at, &i.to_string())))
        }
        _ => Ok(()),
    }
}

fn path_item<E>(item: &mut Value, at: &str, visit: &mut Visitor<'_, E>) -> Result<(), E> {
    each(item, at, "parameters", &mut |value, at| parameter(value, at, visit))?;
    for method in METHODS {
        let Some(operation) = item.get_mut(method) else {
            continue;
        };
        let at = join(at, method);
        each(operation, &at, "parameters", &mut |value, at| parameter(value, at, visit))?;
        if let Some(body) = operation.get_mut("requestBody") {
            content(body, &join(&at, "requestBody"), visit)?;
        }
        each(operation, &at, "responses", &mut |value, at| response(value, at, visit))?;
        each(operation, &at, "callbacks", &mut |value, at| callback(value, at, visit))?;
    }
    Ok(())
}

fn callback<E>(value: &mut Value, at: &str, visit: &mut Visitor<'_, E>) -> Result<(), E> {
    let Some(map) = value.as_object_mut() else {
        return Ok(());
    };
    let named = map.iter_mut().filter(|(key, _)| !key.starts_with("x-") && *key != "$ref");
    for (key, item) in named {
        path_item(item, &join(at, key), visit)?;
    }
    Ok(())
}

fn parameter<E>(value: &mut Value, at: &str, visit: &mut Visitor<'_, E>) -> Result<(), E> {
    if let Some(inner) = value.get_mut("schema") {
        schema(inner, &join(at, "schema"), true, visit)?;
    }
    content(value, at, visit)
}

fn response<E>(value: &mut Value, at: &str, visit: &mut Visitor<'_, E>) -> Result<(), E> {
    each(value, at, "headers", &mut |value, at| parameter(value, at, visit))?;
    content(value, at, visit)
}

fn content<E>(value: &mut Value, at: &str, visit: &mut Visitor<'_, E>) -> Result<(), E> {
    each(value, at, "content", &mut |media, at| {
        if let Some(inner) = media.get_mut("schema") {
            schema(inner, &join(at, "schema"), true, visit)?;
        }
        each(media, at, "encoding", &mut |encoding, at| {
            each(encoding, at, "headers", &mut |value, at| parameter(value, at, visit))
        })
    })
}

fn schema<E>(value: &mut Value, at: &str, top: bool, visit: &mut Visitor<'_, E>) -> Result<(), E> {
    if !value.is_object() {
        return Ok(());
    }
    for key in ONE.iter().chain(&["unevaluatedProperties"]) {
        match value.get_mut(*key) {
            Some(inner @ Value::Object(_)) => schema(inner, &join(at, key), false, visit)?,
            Some(Value::Array(_)) => each(value, at, key, &mut |inner, at| schema(inner, at, false, visit))?,
            _ => {}
        }
    }
    for key in LIST {
        each(value, at, key, &mut |inner, at| schema(inner, at, false, visit))?;
    }
    for key in NAMED {
        if let Some(Value::Object(map)) = value.get_mut(key) {
            let at = join(at, key);
            // Not through `each`: a property may well be called `x-…`.
            map.iter_mut().try_for_each(|(k, v)| schema(v, &join(&at, k), false, visit))?;
        }
    }
    match value {
        Value::Object(object) => visit(object, at, top),
        _ => Ok(()),
    }
}

/// Calls `visit` with every reference that is meant as one (not those inside examples and the like) and the place of
/// the object that holds it.
pub(crate) fn references<E>(
    document: &Value,
    visit: &mut dyn FnMut(&str, &str) -> Result<(), E>,
) -> Result<(), E> {
    refs(document, "", false, visit)
}

fn refs<E>(
    value: &Value,
    at: &str,
    names: bool,
    visit: &mut dyn FnMut(&str, &str) -> Result<(), E>,
) -> Result<(), E> {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(i, v)| refs(v, &join(at, &i.to_string()), false, visit))
        }
        Value::Object(map) => {
            for (key, inner) in map {
                // The keys of such a map are names that the author chose, not keywords.
                let chosen = !names && (NAMED.contains(&key.as_str()) || MAPS.contains(&key.as_str()));
                if names {
                    refs(inner, &join(at, key), false, visit)?;
                } else if let (true, Some(reference)) = (key == "$ref", inner.as_str()) {
                    visit(reference, at)?;
                } else if key == "examples" && inner.is_array() || DATA.contains(&key.as_str()) {
                    // Data, not structure: a `$ref` in it is somebody's value.
                } else if !key.starts_with("x-") {
                    refs(inner, &join(at, key), chosen, visit)?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

const MAPS: [&str; 12] = [
    "callbacks",
    "content",
    "encoding",
    "examples",
    "headers",
    "links",
    "parameters",
    "pathItems",
    "paths",
    "requestBodies",
    "responses",
    "schemas",
];
const DATA: [&str; 6] = ["const", "default", "enum", "example", "mapping", "value"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_schema_is_found_once_inner_ones_first() {
        let mut document = json!({
            "paths": {"/a": {"parameters": [{"schema": {"type": "string"}}], "post": {
                "requestBody": {"content": {"application/json": {"schema": {"properties": {"default": {"items": {}}}}}}},
                "responses": {"200": {"headers": {"X": {"schema": {}}}, "content": {"a/b": {"schema": {"anyOf": [{}]}}}}},
                "callbacks": {"done": {"{$url}": {"post": {"requestBody": {"content": {"a/b": {"schema": {}}}}}}}}
            }}},
            "components": {"schemas": {"A": {"additionalProperties": {"not": {}}}}}
        });
        let mut seen = Vec::new();
        schemas::<()>(&mut document, &mut |_, at, top| {
            seen.push(format!("{at}{}", if top { " !" } else { "" }));
            Ok(())
        })
        .unwrap();
        assert_eq!(
            seen,
            [
                "/paths/~1a/parameters/0/schema !",
                "/paths/~1a/post/requestBody/content/application~1json/schema/properties/default/items",
                "/paths/~1a/post/requestBody/content/application~1json/schema/properties/default",
                "/paths/~1a/post/requestBody/content/application~1json/schema !",
                "/paths/~1a/post/responses/200/headers/X/schema !",
                "/paths/~1a/post/responses/200/content/a~1b/schema/anyOf/0",
                "/paths/~1a/post/responses/200/content/a~1b/schema !",
                "/paths/~1a/post/callbacks/done/{$url}/post/requestBody/content/a~1b/schema !",
                "/components/schemas/A/additionalProperties/not",
                "/components/schemas/A/additionalProperties",
                "/components/schemas/A !",
            ]
        );
    }

    #[test]
    fn references_inside_data_are_not_followed() {
        let document = json!({
            "a": {"$ref": "#/1"},
            "example": {"$ref": "#/no"},
            "schema": {"properties": {"example": {"$ref": "#/2"}, "$ref": {"type": "string"}}, "enum": [{"$ref": "#/no"}]},
            "examples": {"x": {"$ref": "#/3"}, "y": {"value": {"$ref": "#/no"}}}
        });
        let mut seen = Vec::new();
        references::<()>(&document, &mut |reference, at| {
            seen.push((reference.to_owned(), at.to_owned()));
            Ok(())
        })
        .unwrap();
        let places: Vec<_> = seen.iter().map(|(r, at)| (r.as_str(), at.as_str())).collect();
        assert_eq!(places, [("#/1", "/a"), ("#/2", "/schema/properties/example"), ("#/3", "/examples/x")]);
    }
}
