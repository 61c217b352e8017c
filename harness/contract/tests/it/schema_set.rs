//! A folder of plain JSON Schemas: every draft, references between the files, and what is wrong with them.

use std::path::Path;

use dryrun_contract::{ContractError, SchemaSet};
use serde_json::{Value, json};

use crate::shop::told;

fn folder(files: &[(&str, Value)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, schema) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, schema.to_string()).unwrap();
    }
    folder
}

fn set(files: &[(&str, Value)]) -> Result<SchemaSet, ContractError> {
    SchemaSet::load(folder(files).path())
}

fn wrong(files: &[(&str, Value)]) -> String {
    set(files).unwrap_err().to_string()
}

#[test]
fn schemas_are_known_by_name_and_refer_to_each_other() {
    let set = set(&[
        ("content-response.schema.json", json!({"type": "object", "required": ["item"],
            "properties": {"item": {"$ref": "./parts/item%20one.json#/definitions/item"}, "tag": {"$ref": "tags#/$defs/tag"}}})),
        ("parts/item one.json", json!({"$schema": "http://json-schema.org/draft-07/schema#",
            "definitions": {"item": {"type": "object", "properties": {"next": {"$ref": "#/definitions/item"}, "n": {"type": "integer"}}}}})),
        ("kinds.yaml", json!({"$id": "tags", "$defs": {"tag": {"enum": ["a", "b"]}}})),
    ])
    .unwrap();
    assert_eq!(set.names(), ["content-response", "item one", "kinds"]);
    assert_eq!(set.known_as(), ["content-response", "item one", "kinds", "tags"]);
    let check = |value: Value| set.check("content-response", &value).unwrap();
    assert_eq!(check(json!({"item": {"next": {"n": 1}}, "tag": "a"})), []);
    let breaches = check(json!({"item": {"next": {"n": "x"}}, "tag": "c"}));
    assert_eq!(
        told(&breaches),
        [
            "body/item/next/n type: the string \"x\" (1 character) / an integer",
            "body/tag enum: the string \"c\" (1 character) / one of \"a\" or \"b\"",
        ]
    );
    assert_eq!(breaches[0].operation, "content-response");
    let place = &breaches[0].schema_path;
    assert!(place.ends_with("item one.json: /definitions/item/properties/n/type"), "{place}");
    assert_eq!(told(&set.check("tags", &json!(1)).unwrap()), [""; 0], "by the last segment of its `$id`");
    let error = set.check("content-respons", &json!(1)).unwrap_err().to_string();
    assert!(error.contains("did you mean \"content-response\"?"), "{error}");
}

#[test]
fn every_draft_is_judged_by_its_own_rules() {
    let tuple = |schema: &str| json!({"$schema": schema, "type": "array", "items": [{"type": "string"}], "additionalItems": false});
    let set = set(&[
        ("d4.json", json!({"$schema": "http://json-schema.org/draft-04/schema#", "id": "https://example.com/d4", "minimum": 3, "exclusiveMinimum": true, "type": "number"})),
        ("d6.json", json!({"$schema": "http://json-schema.org/draft-06/schema#", "contains": {"const": 1}})),
        ("d7.json", tuple("http://json-schema.org/draft-07/schema#")),
        ("d19.json", tuple("https://json-schema.org/draft/2019-09/schema")),
        ("d20.json", json!({"prefixItems": [{"type": "string"}], "items": false})),
    ])
    .unwrap();
    for (name, good, bad, keyword) in [
        ("d4", json!(4), json!(3), "minimum"),
        ("d6", json!([1]), json!([2]), "contains"),
        ("d7", json!(["a"]), json!(["a", 1]), "additionalItems"),
        ("d19", json!(["a"]), json!(["a", 1]), "additionalItems"),
        ("d20", json!(["a"]), json!(["a", 1]), "items"),
    ] {
        assert_eq!(set.check(name, &good).unwrap(), [], "{name}");
        let breaches = set.check(name, &bad).unwrap();
        assert_eq!(breaches.len(), 1, "{name}: {breaches:?}");
        assert!(breaches[0].schema_path.contains(&format!("{name}.json")), "{:?}", breaches[0]);
        assert!(
            breaches[0].schema_path.contains(keyword) || breaches[0].keyword.contains(keyword),
            "{:?}",
            breaches[0]
        );
    }
}

#[test]
fn names_that_mean_several_schemas_must_be_longer() {
    let set = set(&[("a/item.json", json!({"type": "string"})), ("b/item.json", json!({"type": "number"}))])
        .unwrap();
    assert_eq!(set.names(), ["a/item", "b/item"]);
    assert_eq!(set.check("b/item", &json!(1)).unwrap(), []);
    let error = set.check("item", &json!(1)).unwrap_err().to_string();
    assert!(error.contains("several") && error.contains("a/item and b/item"), "{error}");
}

#[test]
fn what_is_wrong_names_file_and_place() {
    for (files, parts) in [
        (
            vec![("a.json", json!({"properties": {"x": {"type": "strng"}}}))],
            &["a.json: /properties/x/type", "no JSON Schema"][..],
        ),
        (
            vec![("a.json", json!({"items": {"$ref": "#/$defs/itm"}, "$defs": {"item": {}}}))],
            &["a.json: /items", "did you mean `#/$defs/item`?"],
        ),
        (
            vec![("a.json", json!({"items": {"$ref": "order.json"}})), ("orders.json", json!({}))],
            &["a.json: /items", "did you mean `orders.json`?"],
        ),
        (
            vec![("a.json", json!({"$ref": "b.json#/$defs/x"})), ("b.json", json!({"$defs": {"y": {}}}))],
            &["a.json", "did you mean `#/$defs/y`?"],
        ),
        (
            vec![("a.json", json!({"$ref": "https://example.com/x.json#/y"}))],
            &["nothing is fetched", "vendor/example.com/x.json"],
        ),
        (
            vec![("a.json", json!({"$schema": "https://example.com/mine"}))],
            &["a.json: /$schema", "nobody here knows the dialect"],
        ),
        (vec![("a.json", json!(5))], &["a.json", "no JSON Schema"]),
        (vec![("readme.txt", json!(5))], &["the folder has no schema"]),
    ] {
        let error = wrong(&files);
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
    assert!(
        SchemaSet::load(Path::new("/nowhere/schemas")).unwrap_err().to_string().contains("/nowhere/schemas")
    );
}

#[test]
fn neighbours_with_addresses_of_their_own_are_found_by_relative_references() {
    let set = set(&[
        ("list.json", json!({"type": "array", "items": {"$ref": "item.json"}})),
        ("item.json", json!({"$id": "https://example.com/schemas/entry", "type": "object", "properties": {"of": {"$ref": "kind.json"}}})),
        ("kind.json", json!({"$id": "https://example.org/kind", "enum": ["a"]})),
    ])
    .unwrap();
    assert_eq!(told(&set.check("list", &json!([{"of": "a"}])).unwrap()), [""; 0]);
    assert_eq!(told(&set.check("entry", &json!({"of": 1})).unwrap()), ["body/of enum: the number 1 / \"a\""]);
}

#[test]
fn absolute_addresses_are_found_in_the_folder() {
    let set = set(&[
        ("a.json", json!({"$id": "https://example.com/schemas/a.json", "properties": {"b": {"$ref": "b.json"}, "c": {"$ref": "https://example.com/schemas/deep/c.json#thing"}}})),
        ("b.json", json!({"type": "string", "format": "email"})),
        ("deep/c.json", json!({"$id": "https://example.com/schemas/deep/c.json", "$defs": {"t": {"$anchor": "thing", "type": "boolean"}}})),
    ])
    .unwrap();
    let breaches = set.check("a", &json!({"b": "x", "c": 1})).unwrap();
    assert_eq!(
        told(&breaches),
        [
            "body/b format: the string \"x\" (1 character) / an email address",
            "body/c type: the number 1 / true or false"
        ]
    );
}
