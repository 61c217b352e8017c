//! Tests of `values/template.rs`.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;

use super::*;
use crate::values::variables::Variables;

fn template(text: &str) -> Result<Template, ValueError> {
    let mut variables = Variables::new();
    variables.remember("id", json!(7)).unwrap();
    variables.remember("odd", json!("<string>")).unwrap();
    let mut rng = StdRng::seed_from_u64(1);
    let now = "2026-01-24T10:00:00Z".parse().unwrap();
    let env = BTreeMap::new();
    let mut scope = Scope { variables: &variables, rng: &mut rng, now, env: &env };
    Template::read(text, document::language(None, text), &mut scope)
}

fn told(text: &str, found: &Value) -> Vec<String> {
    let differences = template(text).unwrap().differences(Some(found));
    differences.iter().map(|d| format!("{}: {} / {}", d.path, d.expected, d.found)).collect()
}

#[test]
fn a_body_that_looks_so() {
    let body = json!({
        "id": 7, "uuid": "0190a6b4-5c7e-7c1a-9f00-1234567890ab", "at": "2026-01-24T10:00:03Z", "n": 50, "code": "msg_1",
        "extra": 1, "none": null, "list": [1, 2, 3], "items": [{"a": "x"}, {"a": "y", "b": 1}], "literal": "<string>",
        "html": "<p>Hi</p>", "ids": ["a@example.com"]
    });
    let text = r#"{"id": ${id}, "uuid": <uuid>, "at": <now ± 5 s>, "n": <1..100>, "code": </^msg_\d+$/>, "none": <null>,
        "list": [1, ..., 3], "items": {"<each>": {"a": <string>, "b": <integer?>}}, "literal": ${odd},
        "html": "<p>Hi</p>", "ids": <each <email>>, "gone": <absent>, "maybe": <string?>, ...}"#;
    assert_eq!(told(text, &body), Vec::<String>::new());
    let yaml = "id: <integer>\nitems: <each {a: <string>, ...}>\nlist:\n  - 1\n  - ...\n...\n";
    assert_eq!(told(yaml, &body), Vec::<String>::new());
}

#[test]
fn every_difference_is_listed_with_its_place() {
    let found = json!({"a": {"b": "x", "more": 1}, "list": [1, 2], "null": null, "each": [{"id": 1}, {"id": "2"}], "empty": []});
    let text = r#"{"a": {"b": "y", "c": <any>}, "list": [1, 3, 4], "null": <string>, "each": <each {"id": <integer>}>,
                   "empty": <each <uuid>>, "gone": <any>}"#;
    assert_eq!(
        told(text, &found),
        [
            r#"a.b: "y" / "x""#,
            "a.c: present / absent",
            "a.more: absent / 1",
            "list[1]: 3 / 2",
            "list[2]: 4 / absent",
            "null: a string / null",
            r#"each[1].id: an integer / "2""#,
            "empty: a list with at least one item / []",
            "gone: present / absent",
        ]
    );
    assert_eq!(told("[..., 9]", &json!([1, 2])), ["[1]: 9 / 2"]);
    assert_eq!(told("[1, ..., 9]", &json!([1])), ["[1]: 9 / absent"]);
    assert_eq!(told("[1]", &json!([1, 2])), ["[1]: absent / 2"]);
    assert_eq!(told(r#"{"a": <absent>}"#, &json!({"a": null})), ["a: absent / null"]);
    assert_eq!(told(r#"{"a": 1, ...}"#, &json!([1])), [": an object with a and more / [1]"]);
}

#[test]
fn remembered_objects_are_compared_part_by_part() {
    let wanted = Template::Exact(json!({"a": {"b": [1, 2]}}));
    let differences = wanted.differences(Some(&json!({"a": {"b": [1, 3]}})));
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].path, "a.b[1]");
}

#[test]
fn mistakes_in_templates() {
    for (text, message) in [
        (r#"{"a": <strnig>}"#, "no marker"),
        ("[..., 1, ...]", "twice"),
        (r#"{"a": "${nope}"}"#, "nothing is remembered"),
        ("{", "no JSON"),
    ] {
        let error = template(text).unwrap_err();
        assert!(error.message.contains(message), "{text}: {error}");
    }
}
