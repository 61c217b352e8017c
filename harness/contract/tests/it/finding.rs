//! What a contract knows of itself, and how a call is found in it.

use dryrun_contract::Found;
use serde_json::json;

use crate::shop::{operation, shop};

#[test]
fn a_contract_knows_itself() {
    let contract = shop();
    assert_eq!((contract.name(), contract.title(), contract.version()), ("shop.yaml", "The shop", "1.2.3"));
    let send = &contract.operations()[0];
    assert_eq!((send.id.as_deref(), send.summary.as_str()), (Some("send"), "Send an email"));
    assert_eq!(send.statuses, ["200", "4XX", "default"]);
    assert_eq!(contract.request_example(send).unwrap()["subject"], "Hi there");
    assert_eq!(contract.request_examples(send)[0].name.as_deref(), Some("one"));
    assert_eq!(contract.response_example(send, 200), Some(json!({"id": "m1"})));
    assert_eq!(contract.response_example(send, 404), None);
    assert!(contract.notes().is_empty());
    assert!(send.documents(404) && operation(&contract, "DELETE /api/v1/users").documents(204));
    assert!(!operation(&contract, "DELETE /api/v1/users").documents(200));
}

#[test]
fn calls_are_found_concrete_ones_first_and_decoded() {
    let contract = shop();
    let find = |method: &str, path: &str| match contract.find(method, path) {
        Found::Operation { operation, parameters } => (operation.line(), parameters),
        other => panic!("{method} {path}: {other:?}"),
    };
    assert_eq!(find("GET", "/api/v1/users/count").0, "GET /api/v1/users/count");
    let (line, parameters) = find("GET", "/api/v1/users/a%20b%2Fc");
    assert_eq!(
        (line.as_str(), &parameters[..]),
        ("GET /api/v1/users/{id}", &[("id".to_owned(), "a b/c".to_owned())][..])
    );
    assert_eq!(find("GET", "/v9/api/v1/users/7").1[0].1, "7");
    match contract.find("PATCH", "/api/v1/users") {
        Found::WrongMethod { allowed, diagnosis } => {
            assert_eq!(allowed, ["DELETE", "GET", "HEAD"]);
            assert!(diagnosis.ends_with("the method is PATCH, wanted DELETE, GET and HEAD"), "{diagnosis}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unknown_call_is_told_what_differs() {
    let contract = shop();
    for (method, path, wanted) in [
        (
            "POST",
            "/api/v1/emails/send",
            "no contract knows POST /api/v1/emails/send; the nearest is POST /api/v1/email/send: segment 3 is \"emails\", wanted \"email\"",
        ),
        ("GET", "/api/v1/users/", "the nearest is GET /api/v1/users: the path ends in `/`, wanted none"),
        (
            "GET",
            "/api/v1/email/m1",
            "the nearest is GET /api/v1/email/{id}/status: segment 5, \"status\", is missing",
        ),
        ("GET", "/api/v1/users/count/all", "GET /api/v1/users/count: segment 5, \"all\", is one too many"),
        ("POST", "/v1/email/send", "POST /api/v1/email/send: segment 1, \"api\", is missing"),
        ("PUT", "/api/v1/user", "is PUT, wanted"),
    ] {
        match contract.find(method, path) {
            Found::Unknown { diagnosis } => assert!(diagnosis.contains(wanted), "{diagnosis}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_contract_is_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    shared(&shop());
}
