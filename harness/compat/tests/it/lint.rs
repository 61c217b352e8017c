//! What the lint says of documents with one fault each.

use std::collections::BTreeSet;

use dryrun_compat::{LINT_RULES, Notice, import, lint, notices};
use dryrun_contract::Contract;
use serde_json::{Value, json};

use crate::support::cases;

/// A document without faults, and one fault laid over it.
fn document(case: &Value) -> Value {
    let mut whole = json!({
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "paths": {
            "/fine": {"get": {"operationId": "fine", "security": [], "responses": {"204": {"description": "ok"}}}},
            "/things": {"post": {
                "operationId": "things", "security": [],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {"204": {"description": "ok"}, "400": {"description": "no"}}
            }}
        },
        "components": {"schemas": {"Thing": {"type": "boolean"}}}
    });
    for (key, value) in case.as_object().unwrap() {
        match key.as_str() {
            "openapi" => whole["openapi"] = value.clone(),
            "schema" => whole["components"]["schemas"]["Thing"] = value.clone(),
            "op" => {
                for (key, value) in value.as_object().unwrap() {
                    let op = whole["paths"]["/things"]["post"].as_object_mut().unwrap();
                    match value {
                        Value::Null => drop(op.shift_remove(key)),
                        value => drop(op.insert(key.clone(), value.clone())),
                    }
                }
            }
            "paths" => {
                for (path, item) in value.as_object().unwrap() {
                    whole["paths"][path] = item.clone();
                }
            }
            "components" => {
                for (name, schema) in value["schemas"].as_object().unwrap() {
                    whole["components"]["schemas"][name] = schema.clone();
                }
            }
            _ => {}
        }
    }
    whole
}

fn said(document: &Value) -> Vec<Notice> {
    notices(
        &Contract::parse("t.json", &document.to_string())
            .unwrap_or_else(|error| panic!("{error}\n{document:#}")),
    )
}

#[test]
fn nothing_is_said_of_a_document_without_faults() {
    assert_eq!(said(&document(&json!({}))), []);
}

#[test]
fn every_fault_is_named_and_nothing_else() {
    let mut wrong = Vec::new();
    let mut met: BTreeSet<String> = ["unusable-document".to_owned()].into();
    for case in cases("lint.yaml") {
        let words = |key: &str| -> BTreeSet<String> {
            let list = case[key].as_array().into_iter().flatten();
            list.map(|word| word.as_str().unwrap().to_owned()).collect()
        };
        let found = said(&document(&case));
        let mut rules: BTreeSet<String> = found.iter().map(|notice| notice.rule.to_owned()).collect();
        met.extend(rules.iter().cloned());
        for maybe in words("maybe") {
            rules.remove(&maybe);
        }
        if rules != words("finds") {
            wrong.push(format!("{}: found {rules:?}, wanted {:?}: {found:#?}", case["name"], words("finds")));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let known: BTreeSet<String> = LINT_RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(met, known, "every rule has a case");
}

#[test]
fn a_file_has_lines_and_a_broken_one_is_a_notice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.yaml");
    std::fs::write(&path, "openapi: 3.1.0\ninfo: {title: T, version: \"1\"}\npaths:\n  /a:\n    get:\n      security: []\n      responses:\n        \"204\": {description: ok}\n").unwrap();
    let found = lint(&path).unwrap();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].place.location.as_ref().unwrap().ends_with("api.yaml:5:5"), "{found:#?}");
    std::fs::write(&path, "swagger: '2.0'\n").unwrap();
    assert_eq!(lint(&path).unwrap()[0].rule, "unusable-document");
    assert!(lint(&folder.path().join("none.yaml")).is_err());
}

#[test]
fn bytes_without_a_schema_are_fine_in_31() {
    let with = |version: &str, media: &str| {
        let answer = json!({"200": {"description": "ok", "content": {media: {}}}});
        let said = said(&document(&json!({"openapi": version, "op": {"responses": answer}})));
        said.iter().any(|notice| notice.rule == "media-without-schema")
    };
    for bytes in ["image/png", "application/octet-stream", "application/pdf", "video/*"] {
        assert!(!with("3.1.0", bytes), "{bytes}");
        assert!(with("3.0.3", bytes), "{bytes}");
    }
    for told in [
        "application/json",
        "application/problem+json",
        "text/plain",
        "application/xml",
        "multipart/form-data",
    ] {
        assert!(with("3.1.0", told), "{told}");
    }
}

#[test]
fn an_import_names_the_file_that_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.yaml");
    std::fs::write(&path, "openapi: 3.1.0\ninfo: {title: T, version: \"1\"}\npaths:\n  /a: {get: {responses: {\"204\": {description: ok}}}}\n  /b: {get: {responses: {\"200\": {$ref: 'parts/shelf.yaml'}}}}\n").unwrap();
    let imported = import(&Contract::load(&path).unwrap(), "api.yaml").unwrap();
    let open = imported.open.iter().find(|notice| notice.rule == "unusable-operation").unwrap();
    let missing = folder.path().join("parts/shelf.yaml");
    assert!(
        open.message.contains(&format!("{}, which can't be read", missing.display())),
        "{}",
        open.message
    );
    assert!(!imported.yaml.contains("no folder"), "{}", imported.yaml);
}
