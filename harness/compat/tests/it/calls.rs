//! Pairs of documents.

use crate::support::{cases, diff, document, told};

#[test]
fn every_pair_is_told_exactly() {
    let mut wrong = Vec::new();
    for case in cases("calls.yaml") {
        let found: Vec<String> =
            diff(&document(&case["old"]), &document(&case["new"])).iter().map(told).collect();
        let mut sorted = found.clone();
        sorted.sort();
        let mut wanted: Vec<String> =
            case["finds"].as_array().unwrap().iter().map(|rule| rule.as_str().unwrap().to_owned()).collect();
        wanted.sort();
        if sorted != wanted {
            wrong.push(format!("{}:\n  wanted {wanted:?}\n  found  {sorted:?}", case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_change_says_where_and_what_instead() {
    for case in cases("calls.yaml") {
        for change in diff(&document(&case["old"]), &document(&case["new"])) {
            assert!(change.old.is_some() || change.new.is_some(), "{change:?}");
            assert!(!change.message.is_empty() && !change.instead.is_empty(), "{change:?}");
            assert!(!change.operation.is_empty(), "{change:?}");
        }
    }
}

#[test]
fn the_same_change_in_many_calls_is_one() {
    let part = |limit: u64| {
        document(&serde_json::json!({
            "components": {"schemas": {"A": {"type": "string", "maxLength": limit}}},
            "paths": {
                "/a": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}},
                "/b": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}},
            }
        }))
    };
    let found = diff(&part(5), &part(3));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(
        (found[0].operation.as_str(), found[0].also.as_slice()),
        ("POST /a", &["POST /b".to_owned()][..])
    );
    assert_eq!(found[0].message, "`maxLength` was 5, is 3");
    assert_eq!(found[0].new.as_ref().unwrap().pointer, "/components/schemas/A/maxLength");
}
