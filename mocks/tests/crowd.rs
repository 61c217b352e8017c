//! The views of a load: found by number, forgotten without a trace, told to nobody but who asked.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic, helpers included")]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use common::{Caller, crm, lines, shipped};
use dryrun_mocks::{Crowd, CrowdSpec, MockOptions, MockServer, View, ViewOwner, member_of};
use dryrun_record::{Attribution, Exchange};
use serde_json::json;

const RUN: u64 = 0xfeed_0000_0000_0007;

/// Calls that came for the crowd and for no member.
type Heard = Arc<Mutex<Vec<Exchange>>>;

fn crowd(server: &MockServer, alone: bool) -> (Crowd, Heard) {
    let heard = Heard::default();
    let strays = Arc::clone(&heard);
    let strays = Arc::new(move |call: &Exchange| strays.lock().unwrap().push(call.clone()));
    (server.open_crowd(CrowdSpec { name: "evening".to_owned(), prefix: RUN, alone, strays }), heard)
}

fn view(crowd: &Crowd, number: u64) -> View {
    let owner =
        ViewOwner { scenario: "publishing".to_owned(), attempt: 0, correlation: String::new(), alone: false };
    crowd.open_view(number, Arc::new(owner))
}

fn member(server: &MockServer, number: u64) -> Caller {
    Caller::new(server).with("traceparent", &format!("00-{RUN:016x}{number:016x}-{}-01", "b".repeat(16)))
}

#[tokio::test]
async fn a_call_finds_the_view_of_its_number_and_is_told_to_nobody() {
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let options = MockOptions {
        on_exchange: Some(Arc::new(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
        })),
        ..MockOptions::default()
    };
    let server = MockServer::start(shipped("crm"), options).await.unwrap();
    let (crowd, heard) = crowd(&server, false);
    let (first, second) = (view(&crowd, 1), view(&crowd, 2));
    member(&server, 1).post("/api/v1/contacts", json!({"email": "ana@example.com"})).await;
    member(&server, 2).post("/api/v1/contacts", json!({"email": "ana@example.com"})).await;
    assert_eq!(lines(&first.calls()), ["POST /api/v1/contacts"], "each has a state of its own");
    assert_eq!(second.calls()[0].response.as_ref().unwrap().status, 200);
    assert_eq!(first.calls()[0].attribution, Attribution::Correlation);
    assert_eq!(first.calls()[0].scenario.as_deref(), Some("publishing"));
    assert_eq!(member_of(&first.calls()[0].request), Some((RUN, 1)));
    assert_eq!((told.load(Ordering::SeqCst), heard.lock().unwrap().len()), (0, 0));
    Caller::new(&server).get("/health").await;
    assert_eq!(told.load(Ordering::SeqCst), 1, "a call of nobody's is told as ever");
}

#[tokio::test]
async fn a_call_of_a_member_that_was_forgotten_is_the_crowds_and_then_late() {
    let server = crm().await;
    let (crowd, heard) = crowd(&server, false);
    drop(view(&crowd, 7));
    crowd.forget(7);
    member(&server, 7).get("/health").await;
    let strays = std::mem::take(&mut *heard.lock().unwrap());
    assert_eq!(strays.len(), 1);
    assert_eq!(
        (strays[0].attribution, member_of(&strays[0].request)),
        (Attribution::Correlation, Some((RUN, 7)))
    );
    drop(crowd);
    member(&server, 7).get("/health").await;
    assert!(heard.lock().unwrap().is_empty(), "the load is over");
    let late = server.late_calls();
    assert_eq!((late.len(), late[0].scenario.as_deref(), late[0].attempt), (1, Some("evening"), 0));
    assert!(server.default_view().calls().is_empty());
}

#[tokio::test]
async fn calls_without_a_correlation_are_the_crowds_when_it_is_alone() {
    let server = crm().await;
    let (lone, heard) = crowd(&server, true);
    let scenario = server.open_view(common::owner("a:1", '1', true));
    Caller::new(&server).get("/health").await;
    assert_eq!(heard.lock().unwrap()[0].attribution, Attribution::Alone);
    assert!(scenario.calls().is_empty(), "the scenario that made the load waits for it");
    scenario.close();
    drop(lone);
    let (_beside, heard) = crowd(&server, false);
    Caller::new(&server).get("/health").await;
    assert!(heard.lock().unwrap().is_empty());
    assert_eq!(server.default_view().calls().len(), 1);
}

#[tokio::test]
async fn nothing_is_left_of_ten_thousand_members() {
    let server = crm().await;
    let (crowd, _) = crowd(&server, false);
    for number in 0..10_000 {
        let view = view(&crowd, number);
        if number % 500 == 0 {
            member(&server, number).get("/health").await;
            assert_eq!(view.calls().len(), 1);
        }
        assert_eq!(crowd.members(), 1);
        crowd.forget(number);
    }
    assert_eq!((crowd.members(), server.late_calls().len(), server.default_view().calls().len()), (0, 0, 0));
}

#[tokio::test]
async fn what_the_mocks_cost_is_told() {
    let server = crm().await;
    let before = MockServer::timings([&server]);
    let cpu = MockServer::cpu_us([&server]);
    for _ in 0..50 {
        Caller::new(&server).get("/health").await;
    }
    let since = MockServer::timings([&server]).since(&before);
    assert_eq!(since.count(), 50);
    assert!(since.quantile_us(0.99) >= since.quantile_us(0.5) && since.quantile_us(0.5) > Some(0));
    if cfg!(target_os = "linux") {
        assert!(MockServer::cpu_us([&server]) > cpu && cpu.is_some());
    }
}
