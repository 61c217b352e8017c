//! What a contract costs: loading and compiling one, finding the operation of a call, judging a request and its answer.
//!
//! `cargo bench -p dryrun-contract`; docs/benchmarks.md says what the numbers mean.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dryrun_contract::{Contract, Found, Operation, RequestView};
use serde_json::{Map, Value, json};

/// So many operations have the contracts that are compared: the bar is that matching stays flat over them.
const SIZES: [usize; 4] = [1, 10, 100, 1000];

/// Operations of one resource: GET and POST of the collection, GET, PUT and DELETE of an item.
const OF_RESOURCE: usize = 5;

/// A contract with exactly so many operations. Each resource has a schema of its own, as documents of that size do.
fn document(operations: usize) -> String {
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    for resource in 0..operations.div_ceil(OF_RESOURCE) {
        let name = format!("Thing{resource}");
        let body = json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}});
        let answer = |status: &str| json!({status: {"description": "It worked.", "content": body}});
        let given = json!({"required": true, "content": body});
        let id = json!({"name": "id", "in": "path", "required": true,
            "schema": {"type": "string", "minLength": 1, "maxLength": 64}});
        let page = json!({"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 500}});
        // POST first: with one operation it is that one.
        let all = [
            ("", "post", json!({"requestBody": given, "responses": answer("201")})),
            ("", "get", json!({"parameters": [page], "responses": answer("200")})),
            ("/{id}", "get", json!({"parameters": [id], "responses": answer("200")})),
            ("/{id}", "put", json!({"parameters": [id], "requestBody": given, "responses": answer("200")})),
            (
                "/{id}",
                "delete",
                json!({"parameters": [id], "responses": {"204": {"description": "It is gone."}}}),
            ),
        ];
        for (tail, method, operation) in all.into_iter().take(operations - resource * OF_RESOURCE) {
            paths.entry(format!("/api/v1/things{resource}{tail}")).or_insert_with(|| json!({}))[method] =
                operation;
        }
        schemas.insert(name, schema());
    }
    let info = json!({"title": "Things", "version": "1.0.0"});
    json!({"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": schemas}}).to_string()
}

/// A letter with its readers, in as many kinds of rules as a usual document has.
fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["subject", "html", "sender", "recipients"],
        "additionalProperties": false,
        "properties": {
            "id": {"type": "string", "pattern": "^msg_[0-9a-f]{12}$"},
            "subject": {"type": "string", "minLength": 1, "maxLength": 200},
            "html": {"type": "string", "minLength": 1, "maxLength": 100_000},
            "text": {"type": ["string", "null"]},
            "sender": {"type": "object", "required": ["email"], "properties": {
                "email": {"type": "string", "format": "email"}, "name": {"type": "string", "maxLength": 80}}},
            "recipients": {"type": "array", "minItems": 1, "maxItems": 1000, "items": {
                "type": "object", "required": ["email"], "properties": {
                    "email": {"type": "string", "format": "email"},
                    "name": {"type": "string", "maxLength": 80},
                    "opted_in": {"type": "boolean"}}}},
            "priority": {"type": "string", "enum": ["low", "normal", "high"]},
            "retries": {"type": "integer", "minimum": 0, "maximum": 10},
            "send_at": {"type": "string", "format": "date-time"},
            "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": true},
            "metadata": {"type": "object", "additionalProperties": {"type": ["string", "integer", "boolean"]}}
        }
    })
}

/// A body of 1 KiB to the byte.
fn body() -> Vec<u8> {
    let mut body = json!({
        "id": "msg_0123456789ab",
        "subject": "Breathe easier this spring",
        "html": "",
        "text": null,
        "sender": {"email": "letters@example.com", "name": "The letters"},
        "recipients": [
            {"email": "ana@example.com", "name": "Ana", "opted_in": true},
            {"email": "ben@example.com", "name": "Ben", "opted_in": true},
            {"email": "cleo@example.com", "name": "Cleo", "opted_in": false}
        ],
        "priority": "normal",
        "retries": 3,
        "send_at": "2026-01-24T10:00:00Z",
        "tags": ["spring", "breathing", "weekly"],
        "metadata": {"source": "generator", "edition": 12, "test": false}
    });
    let bare = body.to_string().len();
    let words = "Three techniques for spring. ".chars().cycle();
    body["html"] = Value::String(words.take(1024 - bare).collect());
    let body = body.to_string().into_bytes();
    assert_eq!(body.len(), 1024);
    body
}

/// A broken body of about the same size: a wrong type, a wrong format, a missing property.
fn broken() -> Vec<u8> {
    let mut body: Value = serde_json::from_slice(&body()).expect("the good body is JSON");
    body["retries"] = json!("three");
    body["sender"]["email"] = json!("nobody");
    if let Value::Object(map) = &mut body {
        map.remove("subject");
    }
    body.to_string().into_bytes()
}

fn headers() -> Vec<(String, String)> {
    let headers = [
        ("host", "127.0.0.1:8001"),
        ("accept", "application/json"),
        ("user-agent", "service/1.0"),
        ("content-type", "application/json"),
        ("content-length", "1024"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ];
    headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

fn contract(operations: usize) -> Contract {
    let contract = Contract::parse("bench", &document(operations)).expect("a contract that holds");
    assert_eq!((contract.operations().len(), contract.unusable().len()), (operations, 0));
    contract
}

fn operation<'a>(contract: &'a Contract, method: &str, path: &str) -> &'a Operation {
    match contract.find(method, path) {
        Found::Operation { operation, .. } => operation,
        other => panic!("{method} {path}: {other:?}"),
    }
}

fn load(c: &mut Criterion) {
    let mut group = c.benchmark_group("load and compile");
    group.sample_size(10);
    for size in SIZES {
        let text = document(size);
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &text, |b, text| {
            b.iter(|| Contract::parse("bench", black_box(text)));
        });
    }
    group.finish();
}

/// A call of an operation in the middle of the document; then, where there is more than one, each in turn.
fn find(c: &mut Criterion) {
    let mut group = c.benchmark_group("find");
    for size in SIZES {
        let contract = contract(size);
        let calls: Vec<(String, String)> = contract
            .operations()
            .iter()
            .map(|operation| (operation.method.clone(), operation.path.replace("{id}", "msg_0123456789ab")))
            .collect();
        let (method, path) =
            calls[..size.div_ceil(2)].iter().rfind(|(method, _)| method == "POST").expect("a POST");
        group.bench_function(BenchmarkId::new("one", size), |b| {
            b.iter(|| contract.find(black_box(method), black_box(path)));
        });
        group.bench_function(BenchmarkId::new("each in turn", size), |b| {
            let mut calls = calls.iter().cycle();
            b.iter(|| calls.next().map(|(method, path)| black_box(contract.find(method, path))));
        });
    }
    group.finish();
}

fn check(c: &mut Criterion) {
    let contract = contract(1000);
    let (good, bad, headers) = (body(), broken(), headers());
    let path = "/api/v1/things100";
    let operation = operation(&contract, "POST", path);
    let view = |body| RequestView { method: "POST", path, query: "", headers: &headers, body };
    let answered = [("content-type".to_owned(), "application/json".to_owned())];
    assert_eq!(contract.check_request(operation, &view(&good)), []);
    assert_eq!(contract.check_response(operation, 201, &answered, &good), []);
    assert_eq!(contract.check_request(operation, &view(&bad)).len(), 3);

    let mut group = c.benchmark_group("check 1 KiB");
    group.throughput(Throughput::Bytes(1024));
    group.bench_function("JSON alone, for comparison", |b| {
        b.iter(|| serde_json::from_slice::<Value>(black_box(&good)));
    });
    group.bench_function("request", |b| {
        b.iter(|| contract.check_request(operation, black_box(&view(&good))));
    });
    group.bench_function("answer", |b| {
        b.iter(|| contract.check_response(operation, 201, black_box(&answered), black_box(&good)));
    });
    group.bench_function("find, request and answer", |b| {
        b.iter(|| {
            let Found::Operation { operation, .. } = contract.find("POST", black_box(path)) else {
                return true;
            };
            let request = contract.check_request(operation, black_box(&view(&good)));
            let answer = contract.check_response(operation, 201, black_box(&answered), black_box(&good));
            request.is_empty() && answer.is_empty()
        });
    });
    group.bench_function("request with 3 breaches", |b| {
        b.iter(|| contract.check_request(operation, black_box(&view(&bad))));
    });
    group.finish();
}

criterion_group!(benches, load, find, check);
criterion_main!(benches);
