//! The compiled form of a document: what JSON Schema needs in order to judge as OpenAPI means it.
//!
//! `nullable` and boolean `exclusiveMinimum` of 3.0 are rewritten; a number's format becomes a range check; a
//! discriminator becomes a choice that says itself what it wants; a required `readOnly` field is not required of a
//! request, nor a `writeOnly` one of an answer. A schema that can't be used is marked, so that whoever needs it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::breach::Side;
use crate::circles::circles;
use crate::direction::relax;
use crate::discriminator;
use crate::document::{Dialect, Document};
use crate::drafts;
use crate::error::ContractError;
use crate::explain::explain;
use crate::formats::{FREE, NUMBER_KEYWORD, NUMBERS, STANDARD, TEXTS};
use crate::places::Places;
use crate::reference::Target;
use crate::walk::{self, Kind};

/// Stands in the compiled form in place of a schema that can't be used: the number of the reason.
const BROKEN: &str = "x-dryrun-broken";

/// The compiled forms of one document.
pub(crate) struct Prepared {
    /// For requests, and for both if `response` is none.
    pub(crate) request: Value,
    /// For answers, if the document tells the two apart.
    pub(crate) response: Option<Value>,
    /// Formats that nothing checks, with the first place of each and what may be meant.
    pub(crate) unchecked: BTreeMap<String, Unchecked>,
    /// How these forms differ from the document.
    pub(crate) places: Arc<Places>,
    /// Why some schemas can't be used.
    pub(crate) defects: Vec<ContractError>,
}

/// A format that nothing checks.
pub(crate) struct Unchecked {
    /// Its first place.
    pub(crate) at: String,
    /// The known format that is likely meant.
    pub(crate) meant: Option<&'static str>,
}

/// Looks at every schema and reference of the document and makes its compiled forms.
pub(crate) fn prepare(document: &Document) -> Prepared {
    let mut defects = Vec::new();
    let mut lost = BTreeMap::new();
    walk::references(&document.value, &mut |reference, kind, at| {
        if let Err(error) = document.target(reference, at) {
            if kind == Kind::Schema {
                lost.insert(at.to_owned(), defects.len());
            }
            defects.push(error);
        }
    });
    let mut request = document.value.clone();
    each(&mut request, &mut |schema, at, _| {
        if let Some(number) = lost.get(at) {
            spoil(schema, *number);
        }
    });
    let mut places = Places::default();
    // In 3.0 nothing counts beside a `$ref`, not even what is put there here.
    let beside = document.dialect == Dialect::V31 && document.draft.beside_references();
    for (at, reason) in discriminator::rewrite(&mut request, &mut places, beside) {
        mark(&mut request, &at, document.bad_schema(&at, reason), &mut defects);
    }

    let mut unchecked = BTreeMap::new();
    let mut directed = false;
    let mut spoilt = Vec::new();
    each(&mut request, &mut |schema, at, top| {
        if document.dialect == Dialect::V30 && modernise(schema) {
            places.moved.insert(format!("{at}/anyOf/0"), at.to_owned());
        }
        directed |= is_set(schema, "readOnly") || is_set(schema, "writeOnly");
        format(schema, at, &places, &mut unchecked);
        let wrong = drafts::usable(document.draft, schema)
            .map_err(|message| document.bad_schema(&places.original(at), message))
            .and_then(|()| if top { check(document, &places, schema, at) } else { Ok(()) });
        if let Err(error) = wrong {
            spoil(schema, defects.len() + spoilt.len());
            spoilt.push(error);
        }
    });
    defects.extend(spoilt);
    for at in circles(&mut request) {
        let message = "the schema leads back to itself without going into a value, so that nothing could be judged \
                       by it; take this reference out";
        let error = document.bad_schema(&places.original(&at), message);
        mark(&mut request, &at, error, &mut defects);
    }
    let mut response = None;
    if directed {
        let mut answer = request.clone();
        relax(&mut answer, "writeOnly");
        response = Some(answer);
        relax(&mut request, "readOnly");
    }
    Prepared { request, response, unchecked, places: Arc::new(places), defects }
}

impl Prepared {
    /// The form of the document that a side is judged by.
    pub(crate) fn form(&self, side: Side) -> &Value {
        match (side, &self.response) {
            (Side::Response, Some(response)) => response,
            _ => &self.request,
        }
    }

    /// Why the schema at a place can't be used: something that it needs is broken.
    pub(crate) fn broken_below(&self, at: &str) -> Option<&ContractError> {
        if self.defects.is_empty() {
            return None;
        }
        let mut seen = BTreeSet::new();
        let number = broken(&self.request, self.request.pointer(at)?, &mut seen)?;
        self.defects.get(number)
    }
}

/// The number of the first broken schema that a value contains or refers to.
fn broken(form: &Value, value: &Value, seen: &mut BTreeSet<String>) -> Option<usize> {
    match value {
        Value::Object(map) => {
            if let Some(number) = map.get(BROKEN).and_then(Value::as_u64) {
                return usize::try_from(number).ok();
            }
            if let Some(Target::Here(pointer)) = map.get("$ref").and_then(Value::as_str).map(Target::of)
                && seen.insert(pointer.clone())
                && let Some(found) = form.pointer(&pointer).and_then(|meant| broken(form, meant, seen))
            {
                return Some(found);
            }
            map.values().find_map(|inner| broken(form, inner, seen))
        }
        Value::Array(items) => items.iter().find_map(|inner| broken(form, inner, seen)),
        _ => None,
    }
}

fn each(form: &mut Value, visit: &mut impl FnMut(&mut Map<String, Value>, &str, bool)) {
    let done: Result<(), std::convert::Infallible> = walk::schemas(form, &mut |schema, at, top| {
        visit(schema, at, top);
        Ok(())
    });
    let Ok(()) = done;
}

/// Puts a mark in place of a schema.
fn spoil(schema: &mut Map<String, Value>, number: usize) {
    schema.clear();
    schema.insert(BROKEN.to_owned(), json!(number));
}

/// The same, by the place of the schema.
fn mark(form: &mut Value, at: &str, error: ContractError, defects: &mut Vec<ContractError>) {
    if let Some(Value::Object(schema)) = form.pointer_mut(at) {
        spoil(schema, defects.len());
        defects.push(error);
    }
}

fn is_set(schema: &Map<String, Value>, key: &str) -> bool {
    schema.get(key) == Some(&Value::Bool(true))
}

/// OpenAPI 3.0's own schema language to JSON Schema 2020-12. `true`: what the schema says moved into `anyOf/0`.
fn modernise(schema: &mut Map<String, Value>) -> bool {
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
        return false;
    }
    // A `type` that takes null is not enough where something else would refuse it.
    let alone = !["$ref", "allOf", "anyOf", "oneOf", "not"].iter().any(|key| schema.contains_key(*key));
    match schema.get_mut("type") {
        Some(kind @ Value::String(_)) if alone => {
            let kind_or_null = json!([kind.take(), "null"]);
            *kind = kind_or_null;
            if let Some(Value::Array(options)) = schema.get_mut("enum")
                && !options.contains(&Value::Null)
            {
                options.push(Value::Null);
            }
            false
        }
        _ => {
            let inner = std::mem::take(schema);
            if inner.is_empty() {
                return false;
            }
            schema.insert("anyOf".to_owned(), json!([Value::Object(inner), {"type": "null"}]));
            true
        }
    }
}

/// A number's format becomes a range check; what nothing checks is noted.
fn format(
    schema: &mut Map<String, Value>,
    at: &str,
    places: &Places,
    unchecked: &mut BTreeMap<String, Unchecked>,
) {
    let Some(format) = schema.get("format").and_then(Value::as_str).map(str::to_owned) else {
        return;
    };
    if NUMBERS.contains(&format.as_str()) {
        schema.insert(NUMBER_KEYWORD.to_owned(), Value::String(format));
        return;
    }
    let names = || STANDARD.into_iter().chain(NUMBERS).chain(FREE).chain(TEXTS.map(|(name, _)| name));
    if names().any(|name| name == format) {
        return;
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let close = |name: &&str| {
        plain(name) == plain(&format) || format.len() > 6 && crate::suggest::distance(name, &format) == 1
    };
    let meant = names().find(close);
    unchecked.entry(format).or_insert_with(|| Unchecked { at: places.original(at), meant });
}

/// Whether the schema is one, by the metaschema of its draft.
fn check(
    document: &Document,
    places: &Places,
    schema: &mut Map<String, Value>,
    at: &str,
) -> Result<(), ContractError> {
    let value = Value::Object(std::mem::take(schema));
    let verdict = document.draft.check(&value).map_err(|error| {
        let leaf = explain(error, &value, &Places::default()).swap_remove(0);
        let inner: String = leaf.segments.iter().map(|segment| format!("/{segment}")).collect();
        let at = places.original(&format!("{at}{inner}"));
        document
            .bad_schema(&at, format!("this is no JSON Schema: found {}; write {}", leaf.found, leaf.wanted))
    });
    if let Value::Object(object) = value {
        *schema = object;
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema_of(version: &str, schema: Value) -> Prepared {
        let text =
            json!({"openapi": version, "components": {"schemas": {"A": schema, "B": {"type": "string"}}}});
        prepare(&Document::parse("t", &text.to_string()).unwrap())
    }

    fn rewritten(version: &str, schema: Value) -> Value {
        let prepared = schema_of(version, schema);
        assert_eq!(prepared.defects, []);
        prepared.request["components"]["schemas"]["A"].clone()
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
            (
                json!({"type": "string", "nullable": true, "allOf": [{"$ref": "#/components/schemas/B"}]}),
                json!({"anyOf": [{"type": "string", "allOf": [{"$ref": "#/components/schemas/B"}]}, {"type": "null"}]}),
            ),
            (json!({"nullable": true, "enum": ["a"]}), json!({"anyOf": [{"enum": ["a"]}, {"type": "null"}]})),
            (json!({"minimum": 1, "exclusiveMinimum": true}), json!({"exclusiveMinimum": 1})),
            (json!({"maximum": 1, "exclusiveMaximum": false}), json!({"maximum": 1})),
            (json!({"nullable": false, "type": "object"}), json!({"type": "object"})),
        ] {
            assert_eq!(rewritten("3.0.3", old), new);
        }
    }

    #[test]
    fn number_formats_become_ranges_and_typos_are_noted() {
        let schema = rewritten("3.1.0", json!({"type": "integer", "format": "int32"}));
        assert_eq!(schema[NUMBER_KEYWORD], "int32");
        for (typo, meant) in [
            ("datetime", "date-time"),
            ("Email", "email"),
            ("hostnme", "hostname"),
            ("date_time", "date-time"),
        ] {
            let prepared = schema_of("3.1.0", json!({"format": typo}));
            assert_eq!(prepared.unchecked[typo].meant, Some(meant));
        }
        let prepared = schema_of("3.1.0", json!({"properties": {"a": {"format": "phone"}}}));
        let phone = &prepared.unchecked["phone"];
        assert_eq!((phone.at.as_str(), phone.meant), ("/components/schemas/A/properties/a", None));
    }

    #[test]
    fn what_is_no_schema_is_named_with_its_place() {
        for (schema, place) in [
            (json!({"type": "strng"}), "/components/schemas/A/type"),
            (json!({"properties": {"a": {"minLength": -1}}}), "/components/schemas/A/properties/a/minLength"),
            (json!({"required": "a"}), "/components/schemas/A/required"),
            (json!({"exclusiveMinimum": true}), "/components/schemas/A/exclusiveMinimum"),
        ] {
            let prepared = schema_of("3.1.0", schema);
            let error = prepared.broken_below("/components/schemas/A").unwrap().to_string();
            assert!(error.starts_with(&format!("t: {place}: this is no JSON Schema")), "{error}");
            assert!(prepared.broken_below("/components/schemas/B").is_none());
        }
    }

    #[test]
    fn whoever_needs_a_broken_schema_is_broken_too() {
        let prepared = schema_of(
            "3.1.0",
            json!({"items": {"$ref": "#/components/schemas/C"}, "x": {"$ref": "#/components/schemas/A"}}),
        );
        let error = prepared.broken_below("/components/schemas/A").unwrap().to_string();
        assert!(error.contains("/components/schemas/A/items") && error.contains("did you mean"), "{error}");
    }

    #[test]
    fn direction_relaxes_what_is_required() {
        let schema = json!({"required": ["id", "secret", "name"], "properties": {
            "id": {"type": "string", "readOnly": true}, "secret": {"writeOnly": true}, "name": {}}});
        let prepared = schema_of("3.1.0", schema);
        let required = |value: &Value| value["components"]["schemas"]["A"]["required"].clone();
        assert_eq!(required(&prepared.request), json!(["secret", "name"]));
        assert_eq!(required(&prepared.response.unwrap()), json!(["id", "name"]));
    }
}
