//! The compiled form of a document: what JSON Schema 2020-12 needs in order to judge as OpenAPI means it.
//!
//! `nullable` and boolean `exclusiveMinimum` of 3.0 are rewritten; a number's format becomes a range check; a required
//! `readOnly` field is not required of a request, nor a `writeOnly` one of an answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::document::{Dialect, Document};
use crate::error::ContractError;
use crate::explain::explain;
use crate::formats::{FREE, NUMBER_KEYWORD, NUMBERS, STANDARD, TEXTS};
use crate::walk;

/// The compiled forms of one document.
pub(crate) struct Prepared {
    /// For requests, and for both if `response` is none.
    pub(crate) request: Value,
    /// For answers, if the document tells the two apart.
    pub(crate) response: Option<Value>,
    /// Formats that nothing checks, with the first place of each.
    pub(crate) unchecked: BTreeMap<String, String>,
}

/// Checks every schema and reference of the document and makes its compiled forms.
pub(crate) fn prepare(document: &Document) -> Result<Prepared, ContractError> {
    walk::references(&document.value, &mut |reference, at| {
        // Anchors and `$dynamicRef`s are the schema compiler's business.
        if reference.starts_with('#') && !reference.starts_with("#/") {
            return Ok(());
        }
        document.target(reference, at).map(drop)
    })?;

    let mut unchecked = BTreeMap::new();
    let mut directed = false;
    let mut request = document.value.clone();
    walk::schemas(&mut request, &mut |schema, at, top| {
        if document.dialect == Dialect::V30 {
            modernise(schema);
        }
        directed |= is_set(schema, "readOnly") || is_set(schema, "writeOnly");
        format(document, schema, at, &mut unchecked)?;
        if top { check(document, schema, at) } else { Ok(()) }
    })?;
    let mut response = None;
    if directed {
        let mut answer = request.clone();
        relax(document, &mut answer, "writeOnly");
        response = Some(answer);
        relax(document, &mut request, "readOnly");
    }
    Ok(Prepared { request, response, unchecked })
}

fn is_set(schema: &Map<String, Value>, key: &str) -> bool {
    schema.get(key) == Some(&Value::Bool(true))
}

/// OpenAPI 3.0's own schema language to JSON Schema 2020-12.
fn modernise(schema: &mut Map<String, Value>) {
    let nullable = schema.remove("nullable") == Some(Value::Bool(true));
    if schema.get("$ref").is_some_and(Value::is_string) {
        // 3.0 ignores what stands beside a `$ref`; `nullable` is written there all the same, and meant.
        schema.retain(|key, _| key == "$ref");
    }
    for (flag, limit) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        match schema.get(flag) {
            Some(Value::Bool(true)) => {
                schema.remove(flag);
                if let Some(bound) = schema.remove(limit) {
                    schema.insert(flag.to_owned(), bound);
                }
            }
            Some(Value::Bool(false)) => drop(schema.remove(flag)),
            _ => {}
        }
    }
    if !nullable {
        return;
    }
    match schema.get_mut("type") {
        Some(kind @ Value::String(_)) => {
            let kind_or_null = json!([kind.take(), "null"]);
            *kind = kind_or_null;
            if let Some(Value::Array(options)) = schema.get_mut("enum")
                && !options.contains(&Value::Null)
            {
                options.push(Value::Null);
            }
        }
        _ => {
            let inner = std::mem::take(schema);
            if !inner.is_empty() {
                schema.insert("anyOf".to_owned(), json!([Value::Object(inner), {"type": "null"}]));
            }
        }
    }
}

fn format(
    document: &Document,
    schema: &mut Map<String, Value>,
    at: &str,
    unchecked: &mut BTreeMap<String, String>,
) -> Result<(), ContractError> {
    let Some(format) = schema.get("format").and_then(Value::as_str).map(str::to_owned) else {
        return Ok(());
    };
    if NUMBERS.contains(&format.as_str()) {
        schema.insert(NUMBER_KEYWORD.to_owned(), Value::String(format));
        return Ok(());
    }
    let names = || STANDARD.into_iter().chain(NUMBERS).chain(FREE).chain(TEXTS.map(|(name, _)| name));
    if names().any(|name| name == format) {
        return Ok(());
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let close = |name: &&str| {
        plain(name) == plain(&format) || format.len() > 6 && crate::suggest::distance(name, &format) == 1
    };
    if let Some(meant) = names().find(close) {
        return Err(ContractError::Schema {
            file: document.name.clone(),
            at: format!("{at}/format"),
            message: format!("nobody knows the format {format:?}; write {meant:?}"),
        });
    }
    unchecked.entry(format).or_insert_with(|| at.to_owned());
    Ok(())
}

/// Whether the schema is one, by the metaschema of its draft.
fn check(document: &Document, schema: &mut Map<String, Value>, at: &str) -> Result<(), ContractError> {
    let value = Value::Object(std::mem::take(schema));
    let verdict = jsonschema::draft202012::meta::validate(&value).map_err(|error| {
        let leaf = explain(error, &value).swap_remove(0);
        let place: String = leaf.segments.iter().map(|segment| format!("/{segment}")).collect();
        ContractError::Schema {
            file: document.name.clone(),
            at: format!("{at}{place}"),
            message: format!("this is no JSON Schema: found {}; write {}", leaf.found, leaf.wanted),
        }
    });
    if let Value::Object(object) = value {
        *schema = object;
    }
    verdict
}

/// Takes the properties that are marked with `mark` out of every `required`.
fn relax(document: &Document, value: &mut Value, mark: &str) {
    let marked = |property: &Value| -> bool {
        let target = property.get("$ref").and_then(Value::as_str).and_then(|r| document.target(r, "").ok());
        let meant = target.and_then(|pointer| document.value.pointer(&pointer));
        [Some(property), meant]
            .into_iter()
            .flatten()
            .any(|schema| schema.get(mark) == Some(&Value::Bool(true)))
    };
    let done: Result<(), std::convert::Infallible> = walk::schemas(value, &mut |schema, _, _| {
        let Some(Value::Object(properties)) = schema.get("properties") else {
            return Ok(());
        };
        let names: Vec<String> = properties
            .iter()
            .filter(|(_, property)| marked(property))
            .map(|(name, _)| name.clone())
            .collect();
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.retain(|name| !names.iter().any(|marked| name == marked));
        }
        Ok(())
    });
    let Ok(()) = done;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema_of(version: &str, schema: Value) -> Result<Prepared, ContractError> {
        let text =
            json!({"openapi": version, "components": {"schemas": {"A": schema, "B": {"type": "string"}}}});
        prepare(&Document::parse("t", &text.to_string()).unwrap())
    }

    fn rewritten(version: &str, schema: Value) -> Value {
        schema_of(version, schema)
            .map(|prepared| prepared.request["components"]["schemas"]["A"].clone())
            .unwrap()
    }

    #[test]
    fn openapi_30_becomes_json_schema() {
        for (old, new) in [
            (json!({"type": "string", "nullable": true}), json!({"type": ["string", "null"]})),
            (
                json!({"type": "string", "nullable": true, "enum": ["a"]}),
                json!({"type": ["string", "null"], "enum": ["a", null]}),
            ),
            (
                json!({"$ref": "#/components/schemas/B", "nullable": true}),
                json!({"anyOf": [{"$ref": "#/components/schemas/B"}, {"type": "null"}]}),
            ),
            (json!({"minimum": 1, "exclusiveMinimum": true}), json!({"exclusiveMinimum": 1})),
            (json!({"maximum": 1, "exclusiveMaximum": false}), json!({"maximum": 1})),
            (json!({"nullable": false, "type": "object"}), json!({"type": "object"})),
        ] {
            assert_eq!(rewritten("3.0.3", old), new);
        }
    }

    #[test]
    fn number_formats_become_ranges_and_typos_are_refused() {
        let schema = rewritten("3.1.0", json!({"type": "integer", "format": "int32"}));
        assert_eq!(schema[NUMBER_KEYWORD], "int32");
        for (typo, meant) in [
            ("datetime", "date-time"),
            ("Email", "email"),
            ("hostnme", "hostname"),
            ("date_time", "date-time"),
        ] {
            let error = schema_of("3.1.0", json!({"format": typo})).err().unwrap().to_string();
            assert!(error.contains(&format!("write {meant:?}")), "{error}");
        }
        let prepared = schema_of("3.1.0", json!({"properties": {"a": {"format": "phone"}}})).unwrap();
        assert_eq!(prepared.unchecked["phone"], "/components/schemas/A/properties/a");
    }

    #[test]
    fn what_is_no_schema_is_refused_with_its_place() {
        for (schema, place) in [
            (json!({"type": "strng"}), "/components/schemas/A/type"),
            (json!({"properties": {"a": {"minLength": -1}}}), "/components/schemas/A/properties/a/minLength"),
            (json!({"required": "a"}), "/components/schemas/A/required"),
            (json!({"exclusiveMinimum": true}), "/components/schemas/A/exclusiveMinimum"),
        ] {
            let error = schema_of("3.1.0", schema).err().unwrap().to_string();
            assert!(error.starts_with(&format!("t: {place}: this is no JSON Schema")), "{error}");
        }
    }

    #[test]
    fn direction_relaxes_what_is_required() {
        let schema = json!({"required": ["id", "secret", "name"], "properties": {
            "id": {"type": "string", "readOnly": true}, "secret": {"writeOnly": true}, "name": {}}});
        let prepared = schema_of("3.1.0", schema).unwrap();
        let required = |value: &Value| value["components"]["schemas"]["A"]["required"].clone();
        assert_eq!(required(&prepared.request), json!(["secret", "name"]));
        assert_eq!(required(&prepared.response.unwrap()), json!(["id", "name"]));
    }
}
