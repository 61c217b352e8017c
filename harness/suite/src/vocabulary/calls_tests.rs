//! Tests of `vocabulary/calls.rs`.

use serde_json::json;

use super::*;
use crate::vocabulary::exchange_tests::call;

#[test]
fn bodies_become_values() {
    assert_eq!(body_of(&call("POST /x", "", "{\"a\": 1}")).unwrap(), json!({"a": 1}));
    assert_eq!(
        body_of(&call("GET /x?limit=5&tag=a&tag=b&on=true", "", "")).unwrap(),
        json!({"limit": 5, "tag": ["a", "b"], "on": true})
    );
    assert_eq!(body_of(&call("POST /x", "", "plain")).unwrap(), json!("plain"));
    let mut form = call("POST /x", "", "a=1&b=x+y");
    form.request.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
    assert_eq!(body_of(&form).unwrap(), json!({"a": 1, "b": "x y"}));
    let mut cut = call("POST /x", "", "{}");
    cut.request.body.cut = true;
    assert!(body_of(&cut).is_err());
    assert_eq!(answered(&form), Some(json!({"id": 1})));
}

#[test]
fn only_what_took_effect_counts_as_applied() {
    let mut call = call("POST /x", "", "");
    assert!(applied(&call) && writes(&call));
    call.fault = Some("answers garbage".into());
    assert!(!applied(&call));
    call.fault = Some("applies the call and loses the answer".into());
    call.response = None;
    assert!(applied(&call));
    call.fault = None;
    assert!(!applied(&call));
    call.request.method = "GET".into();
    assert!(!writes(&call));
}
