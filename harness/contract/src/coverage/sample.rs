//! A value that a schema probably accepts, for suggestions: [`sample`]. Nothing is judged by it.

use serde_json::{Map, Value, json};

use crate::breach::Side;
use crate::contract::Contract;

/// How deep a made-up object goes.
const DEPTH: usize = 6;

/// What the schema itself shows, or else the least that fits its type.
pub(crate) fn sample(contract: &Contract, schema: &Value) -> Value {
    made(contract, schema, DEPTH)
}

fn made(contract: &Contract, schema: &Value, depth: usize) -> Value {
    let target = contract.resolve(schema, Side::Request);
    for one in [schema, target] {
        let shown = [&one["example"], &one["examples"][0], &one["default"], &one["const"], &one["enum"][0]];
        if let Some(value) = shown.into_iter().find(|value| !value.is_null()) {
            return value.clone();
        }
    }
    if depth == 0 {
        return Value::Null;
    }
    let mut object = Map::new();
    for part in target["allOf"].as_array().into_iter().flatten() {
        match made(contract, part, depth - 1) {
            Value::Object(fields) => object.extend(fields),
            // A restriction alone has no type, and says nothing.
            Value::Null => {}
            other => return other,
        }
    }
    let branch = ["oneOf", "anyOf"].into_iter().find_map(|word| target[word].get(0));
    if let Some(branch) = branch {
        match made(contract, branch, depth - 1) {
            Value::Object(fields) => object.extend(fields),
            other if target.get("properties").is_none() => return other,
            _ => {}
        }
    }
    for name in target["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let property = &target["properties"][name];
        if !object.contains_key(name) {
            object.insert(name.to_owned(), made(contract, property, depth - 1));
        }
    }
    match kind(target) {
        "string" => text(target),
        "integer" => json!(number(target).ceil() as i64),
        "number" => json!(number(target)),
        "boolean" => json!(true),
        "array" => match &target["items"] {
            Value::Object(_) => json!([made(contract, &target["items"], depth - 1)]),
            _ => json!([]),
        },
        "object" => Value::Object(object),
        _ if !object.is_empty() => Value::Object(object),
        _ => Value::Null,
    }
}

/// The first type that is not `null`.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default()
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

fn number(schema: &Value) -> f64 {
    let bound = |name: &str| schema[name].as_f64();
    let above = bound("exclusiveMinimum").map(|bound| bound + 1.0);
    let least = bound("minimum").or(above).unwrap_or(1.0);
    bound("maximum").map_or(least, |most| least.min(most))
}

fn text(schema: &Value) -> Value {
    let shown = match schema["format"].as_str().unwrap_or_default() {
        "date-time" => "2026-01-24T10:00:00Z",
        "date" => "2026-01-24",
        "time" => "10:00:00Z",
        "email" => "ana@example.com",
        "uuid" => "9b2f1c1e-6b1f-4e0a-9c53-3d6f7b1f2a10",
        "uri" | "url" | "uri-reference" => "https://example.com/",
        _ => "text",
    };
    let least = schema["minLength"].as_u64().and_then(|least| usize::try_from(least).ok()).unwrap_or(0);
    // A suggestion is read by people: what must be very long they will lengthen themselves.
    let missing = least.min(80).saturating_sub(shown.chars().count());
    let most = schema["maxLength"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let filled = format!("{shown}{}", "x".repeat(missing));
    Value::String(filled.chars().take(most).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_up_fits_the_common_schemas() {
        let text = "openapi: 3.1.0\ninfo: { title: t, version: '1' }\npaths: { /x: { get: { responses: { '200': { description: ok } } } } }\ncomponents: { schemas: { Node: { type: object, required: [next], \
                    properties: { next: { $ref: '#/components/schemas/Node' } } } } }\n";
        let contract = Contract::parse("t.yaml", text).unwrap();
        for (schema, wanted) in [
            (json!({"type": "string", "minLength": 6}), json!("textxx")),
            (json!({"type": "string", "maxLength": 2}), json!("te")),
            (json!({"type": ["null", "string"], "format": "date"}), json!("2026-01-24")),
            (json!({"type": "integer", "exclusiveMinimum": 4}), json!(5)),
            (json!({"type": "number", "maximum": 0.5}), json!(0.5)),
            (json!({"enum": ["a", "b"]}), json!("a")),
            (json!({"type": "array", "items": {"type": "boolean"}}), json!([true])),
            (
                json!({"allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"default": 3}}}, {"required": ["b"], "properties": {"b": {"type": "string"}}}]}),
                json!({"a": 3, "b": "text"}),
            ),
            (json!({"oneOf": [{"type": "string"}, {"type": "null"}]}), json!("text")),
            (json!({"type": "object", "properties": {"free": {"type": "string"}}}), json!({})),
            (json!(true), Value::Null),
        ] {
            assert_eq!(sample(&contract, &schema), wanted, "{schema}");
        }
        let endless = sample(&contract, &json!({"$ref": "#/components/schemas/Node"}));
        assert!(endless["next"]["next"].is_object(), "{endless}");
    }
}
