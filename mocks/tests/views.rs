//! Views: who a call belongs to, and that nobody sees what is another's.

mod common;

use std::sync::{Arc, Mutex};

use common::{Caller, client, crm, far, lines, owner, shipped};
use dryrun_mocks::{MockOptions, MockServer, describe};
use dryrun_record::{Attribution, Masker};
use serde_json::json;

fn traceparent(correlation: char) -> String {
    format!("00-{}-{}-01", correlation.to_string().repeat(32), "b".repeat(16))
}

#[tokio::test]
async fn two_scenarios_at_once_have_a_state_and_a_journal_each() {
    let server = crm().await;
    let (first, second) =
        (server.open_view(owner("a:1", '1', false)), server.open_view(owner("b:2", '2', false)));
    let one = Caller::new(&server).with("traceparent", &traceparent('1'));
    let two = Caller::new(&server).with("X-Correlation-ID", &"2".repeat(32));
    one.post("/api/v1/contacts", json!({"email": "ana@example.com"})).await;
    two.post("/api/v1/contacts", json!({"email": "ana@example.com"})).await;
    assert_eq!(one.get("/api/v1/contacts").await["total"], 1);
    assert_eq!(lines(&first.calls()), ["POST /api/v1/contacts", "GET /api/v1/contacts"]);
    assert_eq!(lines(&second.calls()), ["POST /api/v1/contacts"]);
    assert!(first.calls().iter().all(|call| call.attribution == Attribution::Correlation));
    assert_eq!(second.calls()[0].scenario.as_deref(), Some("b:2"));
    assert_eq!(server.default_view().items("contacts").unwrap().len(), 0);
}

#[tokio::test]
async fn a_call_without_a_known_correlation_is_the_only_scenarios_or_nobodys() {
    let server = crm().await;
    let stranger = Caller::new(&server).with("traceparent", &traceparent('f'));
    stranger.get("/health").await;
    let alone = server.open_view(owner("a:1", '1', true));
    stranger.get("/health").await;
    Caller::new(&server).get("/health").await;
    assert_eq!(alone.calls().len(), 2);
    assert!(alone.calls().iter().all(|call| call.attribution == Attribution::Alone));
    let other = server.open_view(owner("b:2", '2', true));
    stranger.get("/health").await;
    assert_eq!(
        (alone.calls().len(), other.calls().len()),
        (2, 0),
        "with two scenarios open it can't be told whose it is"
    );
    let rest = server.default_view().calls();
    assert_eq!(rest.len(), 2);
    assert!(rest.iter().all(|call| call.attribution == Attribution::None && call.scenario.is_none()));
}

#[tokio::test]
async fn a_late_call_is_kept_apart() {
    let server = crm().await;
    let first = server.open_view(owner("a:1", '1', true));
    first.clone().close();
    let second = server.open_view(owner("b:2", '2', true));
    Caller::new(&server).with("traceparent", &traceparent('1')).get("/health").await;
    assert!(
        second.calls().is_empty() && first.calls().is_empty() && server.default_view().calls().is_empty()
    );
    let late = server.late_calls();
    assert_eq!(late.len(), 1);
    assert_eq!((late[0].scenario.as_deref(), late[0].attempt), (Some("a:1"), 1));
}

#[tokio::test]
async fn the_same_seed_calls_and_clock_give_the_same_bytes() {
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let mut bytes = Vec::new();
        for key in ["crm", "platform"] {
            let options = MockOptions { seed, ..MockOptions::default() };
            let server = MockServer::start(shipped(key), options).await.unwrap();
            let view = server.default_view();
            view.set_clock("2026-01-24T10:00:00Z".parse().unwrap());
            let caller = Caller::new(&server);
            let calls = if key == "crm" {
                vec![
                    ("POST /api/v1/campaigns", Some(json!({"name": "S"}))),
                    ("POST /api/v1/email/send", Some(json!({"subject": "S", "html_content": "h"}))),
                    ("GET /api/v1/users/subscribers?limit=7&offset=31", None),
                    ("GET /api/v1/reports/emails", None),
                    ("GET /api/v1/stats", None),
                ]
            } else {
                vec![
                    (
                        "POST /api/v1/content/publish",
                        Some(json!({"title": "S", "content": "c", "content_type": "blog"})),
                    ),
                    ("GET /api/v1/content", None),
                    ("GET /api/v1/stats", None),
                ]
            };
            for (line, body) in calls {
                let response = caller.send(line, body.as_ref()).await.unwrap();
                bytes.extend(response.headers()["x-request-id"].as_bytes().to_vec());
                bytes.extend(response.bytes().await.unwrap());
                view.set_clock("2026-01-24T18:00:00Z".parse().unwrap());
            }
        }
        runs.push(String::from_utf8(bytes).unwrap());
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test]
async fn waiting_for_calls_ends_with_the_call() {
    let server = crm().await;
    let view = server.default_view();
    assert!(!view.changed(0, std::time::Instant::now()).await);
    let waiting = {
        let view = view.clone();
        tokio::spawn(async move { view.changed(0, far()).await })
    };
    Caller::new(&server).get("/health").await;
    assert!(waiting.await.unwrap());
    view.settled(far()).await;
    assert_eq!((view.under_way(), view.calls().len()), (0, 1));
}

#[tokio::test]
async fn the_journal_is_bounded_and_counts_what_it_drops() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    let options = MockOptions {
        journal_limit: 3,
        body_limit: 10,
        on_exchange: Some(Arc::new(move |exchange| into.lock().unwrap().push(exchange.clone()))),
        ..MockOptions::default()
    };
    let server = MockServer::start(shipped("crm"), options).await.unwrap();
    let caller = Caller::new(&server).with("Authorization", "Bearer abcdefgh");
    for number in 0..5 {
        caller.get(&format!("/api/v1/contacts?offset={number}")).await;
    }
    let view = server.default_view();
    assert_eq!((view.calls().len(), view.dropped()), (3, 2));
    assert_eq!(view.calls()[0].request.query, "offset=2");
    let calls = view.calls();
    let body = &calls[0].response.as_ref().unwrap().body;
    assert!(body.cut && body.text.as_ref().unwrap().len() == 10 && body.bytes > 10);
    assert!(view.changed(4, far()).await, "what was dropped was seen all the same");

    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 5, "whoever listens sees every call");
    assert!(seen.windows(2).all(|pair| pair[0].at_us <= pair[1].at_us && pair[0].id != pair[1].id));
    assert_eq!(seen[0].request.header("authorization"), Some("Bearer abcdefgh"));
    let line = describe(&seen[0], &Masker::new());
    assert!(line.contains("crm") && line.contains("GET /api/v1/contacts?offset=0 -> 200 in"), "{line}");
}

#[tokio::test]
async fn every_answer_carries_its_headers_and_localhost_works() {
    let server = crm().await;
    let made = client().get(format!("{}/health", server.url())).send().await.unwrap();
    assert_eq!(made.headers()["x-mock-service"], "mock-crm");
    assert!(made.headers()["x-request-id"].to_str().unwrap().starts_with("req_"));
    let given = client()
        .get(format!("{}/nowhere", server.url()))
        .header("X-Request-ID", "mine")
        .send()
        .await
        .unwrap();
    assert_eq!((given.status().as_u16(), given.headers()["x-request-id"].to_str().unwrap()), (501, "mine"));
    for address in server.addresses() {
        let answer = client().get(format!("http://{address}/health")).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{address}");
    }
}

#[tokio::test]
async fn more_than_25_mocks_live_in_one_process_and_a_taken_port_is_said() {
    let mut servers = Vec::new();
    for _ in 0..30 {
        servers.push(crm().await);
    }
    for server in &servers {
        Caller::new(server).get("/health").await;
    }
    let port = servers[0].addresses()[0].port();
    let error =
        MockServer::start(shipped("crm"), MockOptions { port, ..MockOptions::default() }).await.unwrap_err();
    let error = error.to_string();
    assert!(error.contains(&port.to_string()) && error.contains("the CRM cannot listen"), "{error}");
    for server in servers {
        server.stop().await;
    }
    let again =
        MockServer::start(shipped("crm"), MockOptions { port, ..MockOptions::default() }).await.unwrap();
    Caller::new(&again).get("/health").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_once_take_effect_one_after_another() {
    let server = crm().await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let caller = Caller::new(&server);
        calls.spawn(async move {
            let contact =
                caller.call("POST /api/v1/contacts", Some(&json!({"email": "one@example.com"}))).await.0;
            let sent = caller.post("/api/v1/email/send", json!({"subject": "A", "html_content": "b"})).await;
            (contact, sent["message_id"].as_str().unwrap().to_owned())
        });
    }
    let done = calls.join_all().await;
    assert_eq!(done.iter().filter(|(status, _)| *status == 200).count(), 1);
    assert_eq!(done.iter().filter(|(status, _)| *status == 409).count(), 39);
    let ids: std::collections::HashSet<&String> = done.iter().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), 40, "two emails of one moment have two ids");
    assert_eq!(server.default_view().items("emails").unwrap().len(), 40);
    assert_eq!(server.default_view().calls().len(), 80);
}
