//! Faults that a scenario asks for, as a client meets them.

mod common;

use std::time::{Duration, Instant};

use common::{Caller, assert_clean, crm, far};
use dryrun_mocks::{Fault, FaultKind, MockServer, View};
use serde_json::{Value, json};

const SEND: &str = "POST /api/v1/email/send";

fn email() -> Value {
    json!({"subject": "A", "html_content": "b"})
}

fn on_send(kind: FaultKind) -> Fault {
    Fault { on: Some(("POST".into(), "/api/v1/email/send".into())), kind, times: None, after: 0 }
}

async fn with(fault: Fault) -> (MockServer, View, Caller) {
    let server = crm().await;
    let view = server.default_view();
    view.add_fault(fault);
    let caller = Caller::new(&server);
    (server, view, caller)
}

#[tokio::test]
async fn a_status_comes_in_the_contracts_form_so_often_and_then_it_recovers() {
    let kind =
        FaultKind::Status { status: 503, headers: vec![("Retry-After".into(), "5".into())], body: None };
    let (_server, view, crm) = with(Fault { times: Some(2), after: 1, ..on_send(kind) }).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let response = crm.send(SEND, Some(&email())).await.unwrap();
        statuses.push(response.status().as_u16());
        if statuses.len() == 2 {
            assert_eq!(response.headers()["retry-after"], "5");
            assert_eq!(response.json::<Value>().await.unwrap(), json!({"detail": "Service Unavailable"}));
        }
    }
    assert_eq!(statuses, [200, 503, 503, 200]);
    assert_eq!(view.items("emails").unwrap().len(), 2, "a refused call is not applied");
    let calls = view.calls();
    assert_eq!((calls[0].fault.as_deref(), calls[1].fault.as_deref()), (None, Some("answers 503")));
    assert_clean(&view);
}

#[tokio::test]
async fn a_dropped_connection_is_no_answer_and_no_email() {
    let (_server, view, crm) = with(on_send(FaultKind::DropConnection)).await;
    let error = crm.send(SEND, Some(&email())).await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout(), "{error:?}");
    assert_eq!(view.items("emails").unwrap().len(), 0);
    let call = &view.calls()[0];
    assert!(
        call.response.is_none() && call.error.as_ref().unwrap().contains("before the call was applied"),
        "{call:?}"
    );
    crm.get("/health").await;
}

#[tokio::test]
async fn a_lost_answer_leaves_an_email_behind() {
    let (_server, view, crm) = with(Fault { times: Some(1), ..on_send(FaultKind::LoseAnswer) }).await;
    assert!(crm.send(SEND, Some(&email())).await.is_err());
    assert_eq!(view.items("emails").unwrap().len(), 1);
    let call = &view.calls()[0];
    assert!(
        call.response.is_none() && call.error.as_ref().unwrap().contains("the call was applied"),
        "{call:?}"
    );
    crm.post("/api/v1/email/send", email()).await;
}

#[tokio::test]
async fn a_late_answer_is_applied_at_once_and_journalled_when_the_client_gives_up() {
    let (_server, view, mut crm) = with(on_send(FaultKind::Delay(Duration::from_secs(600)))).await;
    crm.http = reqwest::Client::builder().no_proxy().timeout(Duration::from_millis(300)).build().unwrap();
    let error = crm.send(SEND, Some(&email())).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert!(view.changed(0, far()).await);
    assert_eq!(view.items("emails").unwrap().len(), 1);
    let call = &view.calls()[0];
    assert!(call.response.is_none() && call.error.as_ref().unwrap().contains("hung up"), "{call:?}");

    view.clear_faults();
    view.add_fault(on_send(FaultKind::Delay(Duration::from_millis(200))));
    crm.http = common::client();
    let began = Instant::now();
    crm.post("/api/v1/email/send", email()).await;
    assert!(began.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_call_that_hangs_ends_with_its_client_or_with_the_mock() {
    let (server, view, mut crm) = with(on_send(FaultKind::Hang)).await;
    crm.http = reqwest::Client::builder().no_proxy().timeout(Duration::from_millis(200)).build().unwrap();
    assert!(crm.send(SEND, Some(&email())).await.unwrap_err().is_timeout());
    view.settled(far()).await;
    assert_eq!((view.items("emails").unwrap().len(), view.calls().len()), (0, 1));

    let patient = Caller::new(&server);
    let waiting = tokio::spawn(async move { patient.send(SEND, Some(&email())).await.is_err() });
    while view.under_way() == 0 {
        tokio::task::yield_now().await;
    }
    server.stop().await;
    assert!(waiting.await.unwrap());
    assert_eq!(view.calls().len(), 2);
}

#[tokio::test]
async fn a_rate_is_limited_with_a_word_when_to_come_again() {
    let (_server, view, crm) = with(on_send(FaultKind::RateLimit { per_second: 2 })).await;
    let mut refused = 0;
    let began = Instant::now();
    for _ in 0..6 {
        let response = crm.send(SEND, Some(&email())).await.unwrap();
        if response.status().as_u16() == 429 {
            refused += 1;
            assert_eq!(response.headers()["retry-after"], "1");
        }
    }
    let windows = began.elapsed().as_secs() + 1;
    assert!(refused >= 6 - 2 * windows && refused > 0, "{refused} refused in {windows} s");
    assert_eq!(view.items("emails").unwrap().len() as u64, 6 - refused);
    assert_clean(&view);
}

#[tokio::test]
async fn a_rejected_key_is_401_however_it_is_carried() {
    let (server, view, _) =
        with(Fault { on: None, kind: FaultKind::RejectKey("old".into()), times: None, after: 0 }).await;
    for (name, value, wanted) in [
        ("Authorization", "Bearer old", 401),
        ("X-API-Key", "old", 401),
        ("X-API-Key", "new", 200),
        ("Accept", "*/*", 200),
    ] {
        let caller = Caller::new(&server).with(name, value);
        let response = caller.send("GET /api/v1/contacts", None).await.unwrap();
        assert_eq!(response.status().as_u16(), wanted, "{name}: {value}");
        if wanted == 401 {
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
        }
    }
    assert_clean(&view);
}

#[tokio::test]
async fn garbage_is_a_success_that_no_client_can_read() {
    let (_server, view, crm) = with(on_send(FaultKind::Garbage)).await;
    let response = crm.send(SEND, Some(&email())).await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert!(response.json::<Value>().await.is_err());
    assert_eq!(view.items("emails").unwrap().len(), 0);
    assert_clean(&view);
}
