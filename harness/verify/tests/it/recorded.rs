//! Recorded calls: one of each shape, without the credentials of their day, and what can't be sent again is told.

use std::time::Instant;

use dryrun_record::{
    Attribution, Body, Direction, Event, EventStream, Exchange, Masker, Record, Request, Response,
};
use dryrun_verify::{Auth, Credential, Options, Permissions, plan};
use serde_json::{Value, json};

use crate::provider::Provider;
use crate::support::{subject, verified_with, writes};

fn call(id: &str, line: &str, body: &Value, status: u16, answer: &Value) -> Exchange {
    let (method, target) = line.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let text = |value: &Value| if value.is_null() { String::new() } else { value.to_string() };
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Exchange {
        id: id.to_owned(),
        direction: Direction::ToMock,
        service: "notes".to_owned(),
        scenario: Some("features/a.feature:7".to_owned()),
        attempt: 1,
        attribution: Attribution::Alone,
        operation: None,
        at_us: 0,
        duration_us: 0,
        request: Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: vec![
                header("content-type", "application/json"),
                header("authorization", "Bearer of-the-rehearsal"),
                header("x-api-key", "of-the-rehearsal"),
                header("host", "127.0.0.1:8001"),
                header("traceparent", "00-a3cb52fbdac3b10597b2dcf23d1c230a-0000000000000001-01"),
                header("idempotency-key", "once"),
            ],
            body: Body::keep(text(body).as_bytes(), 65_536),
        },
        response: Some(Response {
            status,
            headers: Vec::new(),
            body: Body::keep(text(answer).as_bytes(), 65_536),
        }),
        error: None,
        fault: None,
        unexpected: None,
        breaches: Vec::new(),
    }
}

fn record(exchanges: Vec<Exchange>) -> Record {
    let events = EventStream::new(Instant::now(), Masker::new(), Vec::new());
    for exchange in exchanges {
        events.append(Event::Exchange(Box::new(exchange)));
    }
    events.close().0
}

fn note(id: &str, title: &str) -> Value {
    json!({"id": id, "title": title, "status": "open"})
}

#[tokio::test]
async fn equal_shapes_are_played_once_and_old_ids_become_the_providers() {
    let made = |id: &str, note_id: &str, title: &str| {
        call(id, "POST /notes", &json!({"title": title, "labels": {"a": "b"}}), 201, &note(note_id, title))
    };
    let record = record(vec![
        made("notes-1", "note_aaaa", "One"),
        made("notes-2", "note_bbbb", "Two"),
        call("notes-3", "GET /notes/note_bbbb", &Value::Null, 200, &note("note_bbbb", "Two")),
        call("notes-4", "GET /notes?limit=3", &Value::Null, 200, &json!({"notes": [], "total": 0})),
        call("notes-5", "GET /notes?limit=4", &Value::Null, 200, &json!({"notes": [], "total": 0})),
    ]);
    let provider = Provider::faithful().await;
    let bearer = Credential::Bearer { variable: "TOKEN".to_owned() };
    let mut options = Options::new(&provider.url);
    options.auth = Auth::from_env(vec![bearer], |_| Some("of-today-1".to_owned())).unwrap();
    let done = verified_with(&subject(), Some(&record), &writes(), options).await;
    assert!(done.failures().is_empty(), "{:#?}", done.failures());
    let names: Vec<&str> = done.record.scenarios.iter().map(|one| one.scenario.name.as_str()).collect();
    let wanted = "POST /notes: the recorded call notes-1 of features/a.feature:7 and 1 of the same shape";
    assert!(names.contains(&wanted), "{names:#?}");
    assert_eq!(names.iter().filter(|name| name.contains("recorded")).count(), 3, "{names:#?}");

    let seen = provider.seen();
    let recorded = seen.iter().find(|call| call.body.contains("\"One\"")).unwrap();
    assert_eq!(recorded.header("authorization").as_deref(), Some("Bearer of-today-1"));
    assert_eq!(recorded.header("idempotency-key").as_deref(), Some("once"));
    for gone in ["x-api-key", "traceparent"] {
        assert_eq!(recorded.header(gone), None, "{gone}");
    }
    assert!(!seen.iter().any(|call| call.path.contains("note_")), "every id was the provider's own");
}

#[tokio::test]
async fn a_call_that_broke_the_contract_is_not_played_and_told() {
    let broken = json!({"title": ""});
    let record = record(vec![
        call("notes-1", "POST /notes", &broken, 400, &json!({"detail": "x"})),
        // Of the same shape, and in order.
        call("notes-2", "POST /notes", &json!({"title": "Fine"}), 400, &json!({"detail": "full"})),
        call("notes-3", "GET /notes?limit=soon", &Value::Null, 400, &json!({"detail": "x"})),
    ]);
    // One that takes what the contract forbids: no drift, since nobody asks it.
    let provider = Provider::faithful().await;
    let done = verified_with(&subject(), Some(&record), &writes(), Options::new(&provider.url)).await;
    assert!(done.failures().is_empty(), "{:#?}", done.failures());
    assert!(!provider.seen().iter().any(|call| call.body.contains("\"title\":\"\"")));
    assert!(provider.seen().iter().any(|call| call.body.contains("Fine")), "{:?}", provider.lines());
    let told = done.notices("not-played");
    for (operation, place, id) in [("POST /notes", "body/title", 1), ("GET /notes", "query/limit", 3)] {
        let begin =
            format!("not played: {operation}: the recorded request breaks the contract at {place}: wanted ");
        let end = format!("(the recorded call notes-{id})");
        assert!(told.iter().any(|text| text.starts_with(&begin) && text.ends_with(&end)), "{told:#?}");
    }
}

#[test]
fn what_the_record_masks_breaks_no_contract() {
    let text = crate::support::CONTRACT.replace(
        "- { name: limit, in: query, schema: { type: integer, default: 20 }, example: 5 }",
        "- { name: X-Tenant, in: header, required: true, schema: { type: string, pattern: '^[a-z-]+$' } }",
    );
    let contract = dryrun_contract::Contract::parse("notes.yaml", &text).unwrap();
    let of = |tenant: &str| {
        let mut one = call("notes-1", "GET /notes", &Value::Null, 200, &Value::Null);
        one.request.headers.push(("x-tenant".to_owned(), tenant.to_owned()));
        plan(&contract, "notes", Some(&record(vec![one])), &Permissions::default())
    };
    let played = |plan: &dryrun_verify::Plan| {
        plan.calls.iter().any(|call| call.source.to_string().contains("recorded call notes-1"))
    };
    assert!(played(&of("«masked»")));
    let wrong = of("WRONG 1");
    assert!(!played(&wrong));
    let left = wrong.left_out.iter().find(|left| left.what.contains("notes-1")).unwrap();
    assert!(left.reason.contains("breaks the contract at header/"), "{}", left.reason);
    assert!(!left.reason.contains("WRONG 1"), "what was found may be a secret: {}", left.reason);
}

#[test]
fn what_can_not_be_sent_again_is_left_out_and_told() {
    let mut cut = call("notes-1", "POST /notes", &json!({"title": "Long"}), 201, &Value::Null);
    cut.request.body.cut = true;
    let mut binary = call("notes-2", "POST /search", &json!({"words": "x"}), 200, &Value::Null);
    binary.request.body = Body { bytes: 5, text: None, cut: false };
    let secret = call("notes-3", "GET /notes?limit=«masked»", &Value::Null, 200, &Value::Null);
    let unknown = call("notes-4", "GET /elsewhere", &Value::Null, 501, &Value::Null);
    let mut other = call("other-1", "POST /notes", &json!({"title": "x"}), 201, &Value::Null);
    other.service = "other".to_owned();
    let mut to_service = call("service-1", "POST /notes", &json!({"title": "x"}), 201, &Value::Null);
    to_service.direction = Direction::ToService;
    let record = record(vec![cut, binary, secret, unknown, other, to_service]);
    let contract = &subject().spec.contract;
    let all = plan(
        contract,
        "notes",
        Some(&record),
        &Permissions { writes: vec!["DELETE /notes".into()], ..writes() },
    );
    let left: Vec<String> = all
        .left_out
        .iter()
        .map(|left| format!("{}: {}: {}", left.operation, left.what, left.reason))
        .collect();
    assert_eq!(
        left,
        [
            "POST /notes: the recorded call notes-1: its body is longer than the record keeps",
            "POST /search: the recorded call notes-2: its body is not text, and the record does not keep such",
            "GET /notes: the recorded call notes-3: it holds a secret, and the record does not",
            "GET /elsewhere: the recorded call notes-4: the contract does not know it",
        ]
    );
    assert!(!all.calls.iter().any(|call| call.source.to_string().contains("recorded")));
}

#[test]
fn an_operation_that_the_contract_can_not_describe_is_left_out_and_told() {
    let text = crate::support::CONTRACT
        .replace("properties: { hits: { type: integer } }", "properties: { hits: { type: intager } }");
    let contract = dryrun_contract::Contract::parse("notes.yaml", &text).unwrap();
    let all = plan(&contract, "notes", None, &writes());
    assert!(!all.calls.iter().any(|call| call.operation.path == "/search"));
    let left = all.left_out.iter().find(|left| left.operation == "POST /search").unwrap();
    assert!(left.reason.contains("the contract can't be used there"), "{}", left.reason);
}
