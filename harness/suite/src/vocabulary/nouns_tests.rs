//! Tests of `vocabulary/nouns.rs`.

use serde_json::json;

use super::*;
use crate::vocabulary::exchange_tests::call;

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

#[test]
fn a_call_is_meant_by_operation_or_by_path() {
    let contract = contract();
    let template = CallRef::of(&contract, "the CRM", "GET /api/v1/email/{id}/status").unwrap();
    let exact = CallRef::of(&contract, "the CRM", "GET /api/v1/email/7/status").unwrap();
    let seven = call("GET /api/v1/email/7/status", "GET /api/v1/email/{id}/status", "");
    let eight = call("GET /api/v1/email/8/status", "GET /api/v1/email/{id}/status", "");
    assert!(template.means(&seven) && template.means(&eight));
    assert!(exact.means(&seven) && !exact.means(&eight));
    assert!(CallRef::any().means(&eight));
}

#[test]
fn a_call_that_no_contract_knows_is_an_error_and_no_zero() {
    for line in ["POST /api/v1/email/sent", "DELETE /api/v1/contacts", "email"] {
        let error = CallRef::of(&contract(), "the CRM", line).unwrap_err();
        assert!(error.hint.is_some(), "{line}");
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
fn a_template_names_its_operation_whatever_its_parts_are_called() {
    let contract = contract();
    let seven = call("GET /api/v1/email/7/status", "GET /api/v1/email/{id}/status", "");
    let other = CallRef::of(&contract, "the CRM", "GET /api/v1/email/{message}/status").unwrap();
    assert!(other.means(&seven));
    let error = CallRef::of(&contract, "the CRM", "GET /api/v1/email/{id}/state").unwrap_err();
    assert_eq!(error.hint.unwrap(), "did you mean `GET /api/v1/email/{id}/status`?");
}

#[test]
fn a_noun_is_looked_up_under_its_name_then_in_the_paths() {
    let contract = contract();
    let calls = BTreeMap::from([("broad_cast".to_owned(), "POST /api/v1/social/post".to_owned())]);
    let service = Service { key: "crm", title: "the CRM", contract: &contract, calls: Some(&calls) };
    let posted = call("POST /api/v1/social/post", "POST /api/v1/social/post", "");
    for noun in ["broad casts", "broad_cast", "posts", "calls"] {
        assert!(CallRef::noun(service, noun).unwrap().means(&posted), "{noun}");
    }
    assert!(!CallRef::noun(service, "emails").unwrap().means(&posted));
    for (noun, near) in [("emial", "email"), ("broad cats", "broad_cast"), ("cal", "call")] {
        let hint = CallRef::noun(service, noun).unwrap_err().hint.unwrap();
        assert_eq!(hint, format!("did you mean `{near}`?"));
    }
    let hint = CallRef::noun(service, "unicorn").unwrap_err().hint.unwrap();
    assert!(hint.contains("[calls.crm] unicorn") && hint.contains("/api/v1/contacts"), "{hint}");
}

#[test]
fn collections_are_named_in_either_number() {
    let known = ["email_drafts".to_owned(), "contacts".to_owned()];
    assert_eq!(collection(&known, "the CRM", "contact").unwrap(), "contacts");
    assert_eq!(collection(&known, "the CRM", "email draft").unwrap(), "email_drafts");
    let error = collection(&known, "the CRM", "contcts").unwrap_err();
    assert_eq!(error.hint.unwrap(), "did you mean `contacts`?");
    assert!(collection(&[], "the CRM", "contact").unwrap_err().hint.unwrap().contains("behaviour"));
}

#[test]
fn nouns_agree_in_either_number() {
    for (a, b) in [
        ("contact", "contacts"),
        ("emails", "email"),
        ("content", "content"),
        ("reply", "replies"),
        ("class", "classes"),
        ("status", "status"),
    ] {
        assert!(same_noun(a, b) && same_noun(b, a), "{a} {b}");
    }
    assert!(!same_noun("contact", "content"));
}

#[test]
fn calls_are_method_and_path() {
    assert_eq!(method_and_path("POST /a/{id}").unwrap(), ("POST".to_owned(), "/a/{id}".to_owned()));
    for line in ["/a", "post /a", "POST a", "POST", ""] {
        assert!(method_and_path(line).is_err(), "{line}");
    }
}
