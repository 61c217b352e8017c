//! A small service with bugs planted on demand: each is found, named and shrunk; the honest one has none.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report, helpers included")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Response, StatusCode, Uri};
use dryrun_contract::generate::CaseKind;
use dryrun_contract::{Contract, Found, RequestView};
use dryrun_probe::{Finding, FindingKind, Findings, ProbeOptions, curl, feature, probe, record};
use dryrun_record::{EventStream, Masker, Outcome};
use serde_json::{Value, json};

const ITEMS: &str = r##"
openapi: 3.1.0
info: {title: Items, version: "1"}
paths:
  /items:
    post:
      operationId: create
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Item"}, example: {title: Lamp, qty: 3, note: A lamp that is red}}}
      responses: {"201": {$ref: "#/components/responses/One"}, "422": {$ref: "#/components/responses/Error"}}
    get:
      parameters: [{name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 50}}]
      responses:
        "200": {description: All, content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Item"}}}}}
        "422": {$ref: "#/components/responses/Error"}
  /items/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string, pattern: "^i[0-9]+$"}}]
    get:
      responses:
        "200": {$ref: "#/components/responses/One"}
        "404": {$ref: "#/components/responses/Error"}
        "422": {$ref: "#/components/responses/Error"}
components:
  responses:
    One: {description: One, content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}
    Error: {description: Refused, content: {application/json: {schema: {type: object, required: [detail], properties: {detail: {type: string}}}}}}
  schemas:
    Item:
      type: object
      additionalProperties: false
      required: [title]
      properties:
        id: {type: string, readOnly: true}
        title: {type: string, minLength: 1, maxLength: 10}
        qty: {type: integer, minimum: 0, maximum: 100}
        note: {type: string}
        tags: {type: array, items: {enum: [a, b]}, uniqueItems: true}
"##;

/// What the service does wrong.
#[derive(Clone, Copy, PartialEq)]
enum Bug {
    None,
    FailsOnUnicode,
    TakesLongTitles,
    TakesBrokenJson,
    RefusesTheMost,
    AnswersTeapot,
    CutsOff,
    TakesAnyMethod,
}

fn contract() -> Contract {
    Contract::parse("items.yaml", ITEMS).unwrap()
}

/// A service that judges by the contract itself, so that it has no bugs but the planted one.
async fn serve(bug: Bug) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new()
        .fallback(answer)
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(Arc::new((contract(), bug)));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    url
}

fn reply(status: u16, body: &Value) -> Response<Body> {
    let text = if status == 204 { String::new() } else { body.to_string() };
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(text))
        .unwrap()
}

async fn answer(
    State(state): State<Arc<(Contract, Bug)>>,
    method: Method,
    uri: Uri,
    headers: axum::http::HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let (contract, bug) = (&state.0, state.1);
    let error = |status: u16| reply(status, &json!({"detail": "refused"}));
    let Found::Operation { operation, .. } = contract.find(method.as_str(), uri.path()) else {
        return if bug == Bug::TakesAnyMethod && method == Method::PATCH {
            reply(200, &json!({}))
        } else {
            error(405)
        };
    };
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(k, v)| (k.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
        .collect();
    let view = RequestView {
        method: method.as_str(),
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        headers: &headers,
        body: &body,
    };
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    let title = value["title"].as_str().unwrap_or_default();
    let long = bug == Bug::TakesLongTitles && title.chars().count() > 10;
    let broken = bug == Bug::TakesBrokenJson && method == Method::POST && !body.is_empty() && value.is_null();
    match bug {
        Bug::FailsOnUnicode if !title.is_ascii() => return error(500),
        Bug::RefusesTheMost if value["qty"] == 100 => return error(422),
        Bug::AnswersTeapot if uri.path() == "/items/i7" || uri.query() == Some("limit=50") => {
            return Response::builder().status(StatusCode::IM_A_TEAPOT).body(Body::empty()).unwrap();
        }
        Bug::CutsOff if title.contains('\'') => {
            let cut = futures::stream::iter([Err::<Bytes, _>(std::io::Error::other("cut"))]);
            return Response::builder().header("content-length", 9).body(Body::from_stream(cut)).unwrap();
        }
        _ => {}
    }
    let breaches = contract.check_request(operation, &view);
    let tolerated = long && breaches.iter().all(|breach| breach.keyword == "maxLength") || broken;
    if !breaches.is_empty() && !tolerated {
        return error(422);
    }
    match (operation.method.as_str(), operation.path.as_str()) {
        ("POST", _) => reply(201, &json!({"id": "i1", "title": "Lamp"})),
        ("GET", "/items") => reply(200, &json!([{"id": "i1", "title": "Lamp"}])),
        _ if uri.path() == "/items/i1" => reply(200, &json!({"id": "i1", "title": "Lamp"})),
        _ => error(404),
    }
}

fn options(url: &str) -> ProbeOptions {
    // Slowness of a busy machine is no finding here.
    ProbeOptions {
        url: url.to_owned(),
        slow: Duration::from_secs(3600),
        max_cases: 400,
        ..ProbeOptions::default()
    }
}

async fn found(bug: Bug) -> (Findings, ProbeOptions) {
    let options = options(&serve(bug).await);
    (probe(&contract(), &options, &mut |_| {}).await.unwrap(), options)
}

fn only(findings: &Findings, kind: FindingKind) -> Vec<&Finding> {
    let titles: Vec<String> = findings.all().map(Finding::title).collect();
    assert!(findings.all().all(|finding| finding.kind == kind), "{titles:#?}");
    assert!(!titles.is_empty(), "nothing was found");
    findings.all().collect()
}

fn body(finding: &Finding) -> Value {
    serde_json::from_slice(&finding.request.body).unwrap()
}

#[tokio::test]
async fn the_honest_service_has_no_findings() {
    let (findings, _) = found(Bug::None).await;
    let titles: Vec<String> =
        findings.all().map(|finding| format!("{} {}", finding.title(), finding.text)).collect();
    assert!(titles.is_empty(), "{titles:#?}");
    assert_eq!(findings.operations.len(), 3);
    for probed in &findings.operations {
        assert!(probed.positive >= 3 && probed.negative > 5, "{probed:?}");
        assert_eq!((probed.shrinking, &probed.notes), (0, &vec![]), "{probed:?}");
    }
}

#[tokio::test]
async fn a_server_error_is_shrunk_to_one_character() {
    let (findings, options) = found(Bug::FailsOnUnicode).await;
    let all = only(&findings, FindingKind::ServerError);
    assert_eq!(all[0].operation, "POST /items");
    let valid: Vec<_> = all.iter().filter(|finding| finding.request_kind == CaseKind::Positive).collect();
    assert_eq!(valid.len(), 1, "the same smallest request is told once");
    assert_eq!((valid[0].rule.as_str(), valid[0].at.as_str()), ("unicode", "body/title"));
    let smallest = body(valid[0]);
    assert_eq!(smallest.as_object().unwrap().len(), 1, "{smallest}");
    assert_eq!(smallest["title"].as_str().unwrap().chars().count(), 1, "{smallest}");
    let line = curl(&options.url, &[], &valid[0].request);
    assert!(line.starts_with("curl -i -X POST 'http://127.0.0.1:") && line.contains("--data-raw"), "{line}");
}

#[tokio::test]
async fn accepted_rubbish_is_shrunk_to_one_beyond_the_bound() {
    let (findings, _) = found(Bug::TakesLongTitles).await;
    let all = only(&findings, FindingKind::AcceptedRubbish);
    assert_eq!(all.len(), 1, "{:?}", all.iter().map(|f| f.title()).collect::<Vec<_>>());
    assert_eq!((all[0].rule.as_str(), all[0].at.as_str()), ("maxLength", "body/title"));
    let smallest = body(all[0]);
    assert_eq!(smallest["title"], "a".repeat(11), "as plain as it can be");
    assert_eq!(smallest.as_object().unwrap().len(), 1, "{smallest}");
    assert!(all[0].text.contains("11 characters"), "{}", all[0].text);
}

#[tokio::test]
async fn broken_json_that_is_taken_is_found() {
    let (findings, _) = found(Bug::TakesBrokenJson).await;
    let all = only(&findings, FindingKind::AcceptedRubbish);
    let titles: Vec<String> = all.iter().map(|finding| finding.title()).collect();
    assert!(all.iter().any(|finding| finding.rule == "syntax" && finding.at == "body"), "{titles:#?}");
}

#[tokio::test]
async fn a_valid_request_that_is_refused_is_a_weaker_finding() {
    let (findings, _) = found(Bug::RefusesTheMost).await;
    let all = only(&findings, FindingKind::RefusedValid);
    assert!(all.iter().all(|finding| finding.kind.is_weak() && finding.operation == "POST /items"));
    let most = all.iter().find(|finding| finding.rule == "maximum").unwrap();
    assert_eq!(body(most)["qty"], 100);
    assert!(body(most)["title"].as_str().unwrap().chars().count() <= 1, "{}", body(most));
}

#[tokio::test]
async fn an_undocumented_answer_is_found_by_its_place() {
    let (findings, _) = found(Bug::AnswersTeapot).await;
    let all = only(&findings, FindingKind::UndocumentedAnswer);
    assert_eq!((all[0].operation.as_str(), all[0].rule.as_str()), ("GET /items", "status"));
    assert_eq!(all[0].request.query, "limit=50");
}

#[tokio::test]
async fn a_connection_that_is_cut_off_is_found() {
    let (findings, _) = found(Bug::CutsOff).await;
    let all = only(&findings, FindingKind::Dropped);
    assert_eq!((all[0].rule.as_str(), all[0].at.as_str()), ("unicode", "body/title"));
    assert!(all[0].answer.reply.is_err());
    assert_eq!(body(all[0]), json!({"title": "'"}), "a connection that ends at once is cheap to shrink");
    assert_eq!(findings.ended_early, None, "the service is still there");
}

#[tokio::test]
async fn a_method_that_nobody_documents_is_found() {
    let (findings, _) = found(Bug::TakesAnyMethod).await;
    let all = only(&findings, FindingKind::AcceptedRubbish);
    assert!(all.iter().all(|finding| finding.rule == "method" && finding.request.method == "PATCH"));
}

#[tokio::test]
async fn slow_answers_are_found() {
    let mut options = options(&serve(Bug::None).await);
    options.operations = vec!["GET /items".to_owned()];
    options.slow = Duration::ZERO;
    let findings = probe(&contract(), &options, &mut |_| {}).await.unwrap();
    // Slow from the first request on: told once, not for every case.
    assert_eq!(only(&findings, FindingKind::SlowAnswer).len(), 1);
}

#[tokio::test]
async fn the_same_seed_finds_the_same_in_the_same_order() {
    let (one, _) = found(Bug::FailsOnUnicode).await;
    let (two, _) = found(Bug::FailsOnUnicode).await;
    let told = |findings: &Findings| -> Vec<_> {
        findings
            .all()
            .map(|finding| (finding.title(), finding.text.clone(), finding.request.clone()))
            .collect()
    };
    assert_eq!(told(&one), told(&two));
}

#[tokio::test]
async fn ids_of_what_exists_are_learnt() {
    let (findings, _) = found(Bug::None).await;
    let order: Vec<&str> = findings.operations.iter().map(|probed| probed.operation.as_str()).collect();
    assert_eq!(order, ["POST /items", "GET /items", "GET /items/{id}"]);
    // With the id that POST answered, the usual GET is a 200; a bug that needs one is then found.
    let url = serve(Bug::AnswersTeapot).await;
    let mut options = options(&url);
    options.operations = vec!["GET /items/{id}".to_owned()];
    let findings = probe(&contract(), &options, &mut |_| {}).await.unwrap();
    assert_eq!(findings.operations.len(), 1);
}

#[tokio::test]
async fn without_leave_nothing_is_written() {
    let mut options = options(&serve(Bug::None).await);
    options.writes = false;
    let findings = probe(&contract(), &options, &mut |_| {}).await.unwrap();
    assert_eq!(findings.left_out.len(), 1);
    assert!(findings.operations.iter().all(|probed| probed.operation.starts_with("GET")));
    options.operations = vec!["POST /items".to_owned()];
    let error = probe(&contract(), &options, &mut |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("--allow-writes"), "{error}");
    options.operations = vec!["POST /item".to_owned()];
    let error = probe(&contract(), &options, &mut |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("did you mean `POST /items`?"), "{error}");
}

#[tokio::test]
async fn nobody_at_the_address_is_an_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = probe(&contract(), &options(&url), &mut |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("gives no answer"), "{error}");
}

#[tokio::test]
async fn findings_go_into_a_record_without_secrets() {
    let mut options = options(&serve(Bug::TakesLongTitles).await);
    options.headers = vec![("Authorization".to_owned(), "Bearer very-secret-token".to_owned())];
    let masker = Masker::new();
    masker.learn("very-secret-token");
    let events = EventStream::new(Instant::now(), masker, Vec::new());
    let told = events.clone();
    let known = options.clone();
    let mut on_operation = |probed: &_| record(&told, "items.yaml", "the items", &known, false, probed);
    let findings = probe(&contract(), &options, &mut on_operation).await.unwrap();
    let (record, _) = events.close();
    let outcomes: Vec<_> =
        record.scenarios.iter().map(|one| (one.scenario.name.as_str(), one.outcome)).collect();
    assert_eq!(
        outcomes,
        [
            ("GET /items", Some(Outcome::Passed)),
            ("GET /items/{id}", Some(Outcome::Passed)),
            // Half of a surrogate pair is sent when all others are done.
            ("POST /items", Some(Outcome::Failed))
        ]
    );
    let failure = &record.scenarios[2].attempts[0].steps[0].failures[0];
    assert!(failure.message.starts_with("accepted rubbish: "), "{failure:?}");
    assert!(failure.hint.as_ref().unwrap().contains("$AUTHORIZATION"), "{failure:?}");
    let all: Vec<&Finding> = findings.all().collect();
    let kept = feature(&all, &options.headers, 2000);
    assert_eq!(kept.scenarios, 1);
    for text in [serde_json::to_string(failure).unwrap(), kept.text] {
        assert!(!text.contains("very-secret-token"), "{text}");
    }
}
