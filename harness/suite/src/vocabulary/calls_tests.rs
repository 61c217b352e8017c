//! Tests of `vocabulary/calls.rs`.

use dryrun_record::{Attribution, Body, Direction, Request, Response};
use serde_json::json;

use super::*;

fn call(line: &str, operation: Option<&str>, body: &str) -> Exchange {
    let (method, rest) = line.split_once(' ').unwrap();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    Exchange {
        id: "crm-1".into(),
        direction: Direction::ToMock,
        service: "crm".into(),
        scenario: None,
        attempt: 1,
        attribution: Attribution::Alone,
        operation: operation.map(str::to_owned),
        at_us: 0,
        duration_us: 0,
        request: Request {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers: Vec::new(),
            body: Body::keep(body.as_bytes(), 1_000),
        },
        response: Some(Response {
            status: 200,
            headers: Vec::new(),
            body: Body::keep(b"{\"id\": 1}", 1_000),
        }),
        error: None,
        fault: None,
        unexpected: None,
        breaches: Vec::new(),
    }
}

#[test]
fn bodies_become_values() {
    assert_eq!(body_of(&call("POST /x", None, "{\"a\": 1}")).unwrap(), json!({"a": 1}));
    assert_eq!(
        body_of(&call("GET /x?limit=5&tag=a&tag=b&on=true", None, "")).unwrap(),
        json!({"limit": 5, "tag": ["a", "b"], "on": true})
    );
    assert_eq!(body_of(&call("POST /x", None, "plain")).unwrap(), json!("plain"));
    let mut form = call("POST /x", None, "a=1&b=x+y");
    form.request.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
    assert_eq!(body_of(&form).unwrap(), json!({"a": 1, "b": "x y"}));
    let mut cut = call("POST /x", None, "{}");
    cut.request.body.cut = true;
    assert!(body_of(&cut).is_err());
    assert_eq!(answered(&form), Some(json!({"id": 1})));
}

#[test]
fn only_what_took_effect_counts_as_applied() {
    let mut call = call("POST /x", None, "");
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
