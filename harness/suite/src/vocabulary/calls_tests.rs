//! Tests of `vocabulary/calls.rs`.

use dryrun_record::{Attribution, Body, Direction, Request, Response};
use serde_json::json;

use super::*;

fn contract() -> Contract {
    let ok = json!({"responses": {"200": {"description": "ok"}}});
    let with_id = json!({"parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                         "responses": {"200": {"description": "ok"}}});
    let document = json!({
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/api/v1/email/send": {"post": ok},
            "/api/v1/email/{id}/status": {"get": with_id},
            "/api/v1/contacts": {"post": ok, "get": ok},
            "/api/v1/social/post": {"post": ok},
        }
    });
    Contract::parse("t.yaml", &document.to_string()).unwrap()
}

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
fn a_call_is_meant_by_operation_or_by_path() {
    let contract = contract();
    let template = CallRef::of(&contract, "the CRM", "GET /api/v1/email/{id}/status").unwrap();
    let exact = CallRef::of(&contract, "the CRM", "GET /api/v1/email/7/status").unwrap();
    let seven = call("GET /api/v1/email/7/status", Some("GET /api/v1/email/{id}/status"), "");
    let eight = call("GET /api/v1/email/8/status", Some("GET /api/v1/email/{id}/status"), "");
    assert!(template.means(&seven) && template.means(&eight));
    assert!(exact.means(&seven) && !exact.means(&eight));
    assert!(CallRef::any().means(&eight));
}

#[test]
fn a_call_that_no_contract_knows_is_an_error_and_no_zero() {
    for line in ["POST /api/v1/email/sent", "DELETE /api/v1/contacts", "email"] {
        let error = CallRef::of(&contract(), "the CRM", line).unwrap_err();
        assert!(error.0[0].hint.is_some(), "{line}");
    }
}

#[test]
fn nouns_name_the_calls_that_make_something() {
    let contract = contract();
    assert_eq!(by_path(&contract, "emails"), ["POST /api/v1/email/send"]);
    assert_eq!(by_path(&contract, "contact"), ["POST /api/v1/contacts"]);
    assert_eq!(by_path(&contract, "social posts"), ["POST /api/v1/social/post"]);
    assert_eq!(by_path(&contract, "unicorn"), Vec::<String>::new());
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
