//! Reads the cases, and runs them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use dryrun_compat::{Change, Impact, changes};
use serde_json::{Value, json};

/// The folder of this crate.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The day on which all cases play.
pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, 1).unwrap()
}

/// A file of cases.
pub(crate) fn cases(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(root().join("tests/cases").join(name)).unwrap();
    let value: Value = serde_saphyr::from_str(&text).unwrap();
    let list = value.as_array().unwrap().clone();
    assert!(list.len() > 40, "{name} was not read");
    list
}

/// Changes between two documents on the day of the cases.
pub(crate) fn diff(old: &Value, new: &Value) -> Vec<Change> {
    changes(old, new, today())
}

/// `rule consumer/provider`, as the cases write it.
pub(crate) fn told(change: &Change) -> String {
    let letter = |impact: Impact| match impact {
        Impact::Break => 'B',
        Impact::Warning => 'W',
        Impact::None => '-',
    };
    if change.editorial {
        return format!("{} E", change.rule);
    }
    format!("{} {}/{}", change.rule, letter(change.consumer), letter(change.provider))
}

/// A whole document around a part.
pub(crate) fn document(part: &Value) -> Value {
    let mut whole = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}});
    for (key, value) in part.as_object().unwrap() {
        if key == "op" {
            let mut op = value.clone();
            if op.get("responses").is_none() {
                op["responses"] = json!({"200": {"description": "ok"}});
            }
            whole["paths"]["/things"]["post"] = op;
        } else if key == "paths" {
            for (path, item) in value.as_object().unwrap() {
                whole["paths"][path] = item.clone();
            }
        } else {
            whole[key] = value.clone();
        }
    }
    whole
}

/// Where a schema may stand: the name of the place, and the document with the schema there.
pub(crate) fn place(place: &str, schema: &Value) -> Value {
    let content = |schema: Value| json!({"content": {"application/json": {"schema": schema}}});
    let within = |schema: &Value| json!({"type": "object", "properties": {"p": schema}});
    let op = match place {
        "body" => json!({"requestBody": content(schema.clone())}),
        "property" => json!({"requestBody": content(within(schema))}),
        "parameter" => json!({"parameters": [{"name": "a", "in": "query", "schema": schema}]}),
        "answer" => json!({"responses": {"200": content(schema.clone())}}),
        "field" => json!({"responses": {"200": content(within(schema))}}),
        "header" => json!({"responses": {"200": {"headers": {"X-A": {"schema": schema}}}}}),
        other => panic!("no place is called {other}"),
    };
    document(&json!({ "op": op }))
}

/// The places, and the first part of a rule's name there.
pub(crate) const PLACES: [(&str, &str); 6] = [
    ("body", "request"),
    ("property", "request"),
    ("parameter", "parameter"),
    ("answer", "response"),
    ("field", "response"),
    ("header", "header"),
];

/// Every rule that some case finds, with what it does to consumers and providers there: the observed truth behind the
/// tables.
pub(crate) fn observed() -> BTreeMap<String, Vec<(Impact, Impact)>> {
    let mut all: BTreeMap<String, Vec<(Impact, Impact)>> = BTreeMap::new();
    let mut learn = |old: &Value, new: &Value| {
        for change in diff(old, new) {
            let seen = all.entry(change.rule).or_default();
            let impacts = (change.consumer, change.provider);
            if !seen.contains(&impacts) {
                seen.push(impacts);
                seen.sort();
            }
        }
    };
    for case in cases("calls.yaml") {
        learn(&document(&case["old"]), &document(&case["new"]));
    }
    for case in cases("schemas.yaml") {
        for (name, _) in PLACES {
            learn(&place(name, &case["old"]), &place(name, &case["new"]));
            learn(&place(name, &case["new"]), &place(name, &case["old"]));
        }
    }
    all
}

/// Every contract that ships, and the corpus of the contract crate as far as it is there.
pub(crate) fn contracts() -> Vec<PathBuf> {
    let workspace = root().join("../..");
    let mut found = Vec::new();
    for folder in ["schemas", "harness/contract/tests/corpus"] {
        walk(&workspace.join(folder), &mut found);
    }
    found.sort();
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "json" || end == "yml")
            && std::fs::read_to_string(&path).is_ok_and(|text| text.contains("openapi"))
        {
            found.push(path);
        }
    }
}
