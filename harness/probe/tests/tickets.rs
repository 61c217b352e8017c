//! A service that keeps what it takes, with bugs that stand in each other's light: what hides, what is told twice, what
//! shrinks too far.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report, helpers included")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Response, Uri};
use dryrun_contract::{Contract, Found, RequestView};
use dryrun_probe::{Finding, FindingKind, Findings, ProbeOptions, feature, probe};
use serde_json::{Value, json};

const TICKETS: &str = r##"
openapi: 3.1.0
info: {title: Tickets, version: "1"}
paths:
  /tickets:
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Ticket"}}}
      responses: {"201": {$ref: "#/components/responses/One"}, "422": {description: Refused}}
    get:
      responses:
        "200": {description: All, content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Ticket"}}}}}
  /users:
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/User"}, example: {user: ada, password: correct horse}}}
      responses: {"201": {description: Made}, "422": {description: Refused}}
components:
  responses:
    One: {description: One, content: {application/json: {schema: {$ref: "#/components/schemas/Ticket"}}}}
  schemas:
    Ticket:
      type: object
      additionalProperties: false
      required: [title, severity]
      properties:
        title: {type: string, minLength: 1, maxLength: 20}
        severity: {enum: [low, high]}
        note: {anyOf: [{type: string, maxLength: 50}, {type: "null"}]}
    User:
      type: object
      required: [user, password]
      properties: {user: {type: string}, password: {type: string, minLength: 8}}
"##;

/// What the service does wrong.
#[derive(Clone, Copy, Default)]
struct Bugs {
    fails_on_null: bool,
    takes_long_titles: bool,
    takes_short_passwords: bool,
    fails_on_halves: bool,
}

struct Service {
    contract: Contract,
    bugs: Bugs,
    kept: Mutex<Vec<String>>,
    /// Method, path and body of each request.
    heard: Mutex<Vec<String>>,
}

fn contract() -> Contract {
    Contract::parse("tickets.yaml", TICKETS).unwrap()
}

async fn serve(bugs: Bugs) -> (String, Arc<Service>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service =
        Arc::new(Service { contract: contract(), bugs, kept: Mutex::default(), heard: Mutex::default() });
    let app = Router::new()
        .fallback(answer)
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(Arc::clone(&service));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (url, service)
}

fn reply(status: u16, text: impl Into<Body>) -> Response<Body> {
    Response::builder().status(status).header("content-type", "application/json").body(text.into()).unwrap()
}

/// Judges by the contract, and takes half of a surrogate pair as Python's reader does: kept, and given back as it came.
async fn answer(
    State(service): State<Arc<Service>>,
    method: Method,
    uri: Uri,
    headers: axum::http::HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let text = String::from_utf8_lossy(&body).into_owned();
    service.heard.lock().unwrap().push(format!("{method} {} {text}", uri.path()));
    let Found::Operation { operation, .. } = service.contract.find(method.as_str(), uri.path()) else {
        return reply(405, "{}");
    };
    if method == Method::GET {
        return reply(200, format!("[{}]", service.kept.lock().unwrap().join(",")));
    }
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(k, v)| (k.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
        .collect();
    let read =
        if body.len() < 10_000 { text.replace("\\ud800", "\u{fffd}").into_bytes() } else { body.to_vec() };
    let sound = if std::str::from_utf8(&body).is_ok() { &read } else { &body[..] };
    let view = RequestView {
        method: method.as_str(),
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        headers: &headers,
        body: sound,
    };
    let bugs = service.bugs;
    let tolerated = |keyword: &str| {
        keyword == "maxLength" && bugs.takes_long_titles
            || keyword == "minLength" && bugs.takes_short_passwords
    };
    let breaches = service.contract.check_request(operation, &view);
    if breaches.iter().any(|breach| !(tolerated(&breach.keyword) && breach.instance_path != "body/note")) {
        return reply(422, "{}");
    }
    let value: Value = serde_json::from_slice(sound).unwrap_or_default();
    if bugs.fails_on_null && value.get("note") == Some(&Value::Null)
        || bugs.fails_on_halves && text.contains("\\ud800")
    {
        return reply(500, "{}");
    }
    if uri.path() == "/users" {
        return reply(201, "");
    }
    // What is too long to be kept would break the list for everybody.
    if breaches.is_empty() {
        service.kept.lock().unwrap().push(text.clone());
        return reply(201, text);
    }
    reply(201, json!({"title": "kept", "severity": "low"}).to_string())
}

async fn found(bugs: Bugs, seed: u64) -> (Findings, Arc<Service>) {
    let (url, service) = serve(bugs).await;
    // Slowness of a busy machine is no finding here.
    let options = ProbeOptions { url, seed, slow: Duration::from_secs(3600), ..ProbeOptions::default() };
    (probe(&contract(), &options, &mut |_| {}).await.unwrap(), service)
}

fn told(findings: &Findings) -> Vec<String> {
    findings
        .all()
        .map(|one| format!("{}: {}", one.title(), String::from_utf8_lossy(&one.request.body)))
        .collect()
}

#[tokio::test]
async fn half_of_a_surrogate_pair_may_be_taken_and_harms_no_other_operation() {
    let (findings, service) = found(Bugs::default(), 1).await;
    assert_eq!(told(&findings), Vec::<String>::new());
    let heard = service.heard.lock().unwrap();
    let halves: Vec<usize> =
        heard.iter().enumerate().filter(|(_, one)| one.contains("\\ud800")).map(|(at, _)| at).collect();
    assert_eq!(halves, [heard.len() - 2, heard.len() - 1], "the halves come last: {heard:#?}");
    assert!(service.kept.lock().unwrap().iter().any(|kept| kept.contains("\\ud800")), "it was taken");
    let order: Vec<&str> = findings.operations.iter().map(|probed| probed.operation.as_str()).collect();
    assert_eq!(order, ["POST /tickets", "POST /users", "GET /tickets"]);
}

#[tokio::test]
async fn who_fails_on_half_of_a_surrogate_pair_is_found() {
    let (findings, _) = found(Bugs { fails_on_halves: true, ..Bugs::default() }, 1).await;
    let all: Vec<&Finding> = findings.all().collect();
    assert_eq!(all.len(), 2, "{:#?}", told(&findings));
    for one in &all {
        assert_eq!((one.kind, one.rule.as_str()), (FindingKind::ServerError, "loneSurrogate"));
        assert!(String::from_utf8_lossy(&one.request.body).contains("\\ud800"));
    }
    let kept = feature(&all, &[], 2000);
    assert_eq!(kept.text.matches("Then the status is one of 200, 201, ").count(), 2, "{}", kept.text);
    assert!(!kept.text.contains("is a client error"), "taking it is no fault: {}", kept.text);
}

#[tokio::test]
async fn a_usual_request_that_fails_hides_nothing_and_is_told_once() {
    let mut usual_failed = 0;
    for seed in 1..=6 {
        let bugs = Bugs { fails_on_null: true, takes_long_titles: true, ..Bugs::default() };
        let (findings, service) = found(bugs, seed).await;
        let first =
            service.heard.lock().unwrap().iter().find(|one| one.starts_with("POST /tickets ")).cloned();
        usual_failed += usize::from(first.unwrap().contains("\"note\":null"));
        let errors: Vec<&Finding> =
            findings.all().filter(|one| one.kind == FindingKind::ServerError).collect();
        assert_eq!(errors.len(), 1, "seed {seed}: {:#?}", told(&findings));
        let body: Value = serde_json::from_slice(&errors[0].request.body).unwrap();
        assert_eq!(body["note"], Value::Null, "seed {seed}: {body}");
        let rubbish: Vec<String> = findings
            .all()
            .filter(|one| one.kind == FindingKind::AcceptedRubbish)
            .map(|one| format!("{} at {}", one.rule, one.at))
            .collect();
        assert_eq!(rubbish, ["maxLength at body/title"], "seed {seed}: {:#?}", told(&findings));
    }
    assert!(usual_failed > 0, "with none of these seeds the usual request failed, so nothing was shown");
}

#[tokio::test]
async fn shrinking_adds_no_breach() {
    let (findings, _) = found(Bugs { takes_short_passwords: true, ..Bugs::default() }, 1).await;
    let contract = contract();
    let short = findings.all().find(|one| one.at == "body/password").unwrap();
    let op = contract.operations().iter().find(|op| op.line() == short.operation).unwrap();
    let breaches = short.request.breaches(&contract, op).unwrap();
    let told: Vec<(&str, &str)> =
        breaches.iter().map(|one| (one.keyword.as_str(), one.instance_path.as_str())).collect();
    assert_eq!(told, [("minLength", "body/password")], "{:?}", String::from_utf8_lossy(&short.request.body));
}
