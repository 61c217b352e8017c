//! The mock's own pages: admin API, documentation, and what stays closed.

mod common;

use common::{Caller, client, crm, owner, shipped};
use dryrun_mocks::{MockOptions, MockServer};
use serde_json::{Value, json};

#[tokio::test]
async fn the_admin_api_shows_and_sets() {
    let options = MockOptions::default();
    options.masker.learn("top-secret");
    let server = MockServer::start(shipped("crm"), options).await.unwrap();
    let crm = Caller::new(&server).with("Authorization", "Bearer top-secret");
    crm.post("/api/v1/campaigns", json!({"name": "the top-secret one"})).await;
    let view = server.open_view(owner("a.feature:3", '1', false));
    Caller::new(&server).with("X-Correlation-ID", &"1".repeat(32)).get("/health").await;

    let journal = crm.get("/__dryrun__/journal").await;
    assert_eq!((journal["exchanges"].as_array().unwrap().len(), &journal["dropped"]), (2, &json!(0)));
    assert!(!journal.to_string().contains("top-secret"), "{journal}");
    let one = crm.get("/__dryrun__/journal?scenario=a.feature:3").await;
    assert_eq!(one["exchanges"][0]["request"]["path"], "/health");
    assert_eq!(one["exchanges"].as_array().unwrap().len(), 1);

    assert_eq!(crm.call("PUT /__dryrun__/clock", Some(&json!({"now": "2026-01-24T10:00:00Z"}))).await.0, 200);
    assert_eq!(crm.get("/health").await["timestamp"], "2026-01-24T10:00:00Z");
    assert_eq!(crm.call("PUT /__dryrun__/clock", Some(&json!({"now": "soon"}))).await.0, 422);
    assert_eq!(
        crm.call("PUT /__dryrun__/clock?scenario=a.feature:3", Some(&json!({"now": null}))).await.0,
        200
    );
    assert_eq!(crm.call("PUT /__dryrun__/seed", Some(&json!({"seed": 99}))).await.0, 200);
    assert_eq!(crm.call("PUT /__dryrun__/seed", Some(&json!({"sead": 99}))).await.0, 422);
    let state = crm.get("/__dryrun__/state").await;
    assert_eq!(
        (&state["views"][0]["seed"], &state["views"][0]["now"]),
        (&json!(99), &json!("2026-01-24T10:00:00Z"))
    );
    assert_eq!(state["views"][0]["collections"]["campaigns"].as_array().unwrap().len(), 1);
    assert!(!state.to_string().contains("top-secret"));

    assert_eq!(crm.call("POST /__dryrun__/reset", None).await.0, 200);
    assert_eq!(crm.get("/__dryrun__/state").await["views"][0]["collections"]["campaigns"], json!([]));
    assert_eq!(crm.call("DELETE /__dryrun__/journal", None).await.0, 200);
    assert_eq!(crm.get("/__dryrun__/journal").await["exchanges"], json!([]));
    assert!(view.calls().is_empty());
    assert_eq!(crm.call("GET /__dryrun__/journal?scenario=nobody", None).await.0, 404);
    let (status, body) = crm.call("GET /__dryrun__/jurnal", None).await;
    assert_eq!((status, body["known"].as_array().unwrap().len()), (404, 6));
}

#[tokio::test]
async fn the_admin_api_can_be_off_and_does_not_answer_under_foreign_names() {
    let options = MockOptions { expose_admin: false, ..MockOptions::default() };
    let server = MockServer::start(shipped("crm"), options).await.unwrap();
    assert_eq!(Caller::new(&server).call("GET /__dryrun__/state", None).await.0, 404);
    let server = crm().await;
    let foreign = client().get(format!("{}/__dryrun__/state", server.url())).header("Host", "evil.example");
    assert_eq!(foreign.send().await.unwrap().status().as_u16(), 403);
}

#[tokio::test]
async fn the_engines_own_prefix_is_closed() {
    let server = crm().await;
    let crm = Caller::new(&server);
    for line in ["DELETE /__httpmock__/state", "GET /__httpmock__/ping", "DELETE /__httpmock__/mocks"] {
        assert_eq!(crm.call(line, None).await.0, 404, "{line}");
    }
    crm.get("/health").await;
    let calls = server.default_view().calls();
    assert!(calls[..3].iter().all(|call| call.unexpected.is_some()), "they fail the run");
    assert_eq!(calls.len(), 4);
}

#[tokio::test]
async fn a_ticket_of_a_client_opens_nothing() {
    let server = crm().await;
    let crm = Caller::new(&server).with("x-dryrun-ticket", "1");
    assert_eq!(crm.get("/health").await["status"], "healthy");
    assert_eq!(server.default_view().calls()[0].request.header("x-dryrun-ticket"), None);
}

#[tokio::test]
async fn the_documentation_needs_no_network() {
    let server = crm().await;
    // Another crate of the workspace may switch on decompression; what stands on the wire is looked at here.
    let client = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
    let fetch = async |path: &str| client.get(format!("{}{path}", server.url())).send().await.unwrap();
    let page = fetch("/docs").await;
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'self'"));
    let page = page.text().await.unwrap();
    assert!(page.contains("the CRM") && !page.contains("http://") && !page.contains("https://"), "{page}");
    for (path, kind) in [("/docs/viewer.js", "text/javascript"), ("/docs/viewer.css", "text/css")] {
        let file = fetch(path).await;
        assert_eq!(file.headers()["content-encoding"], "gzip");
        assert!(file.headers()["content-type"].to_str().unwrap().starts_with(kind));
        assert_eq!(file.bytes().await.unwrap()[..2], [0x1f, 0x8b], "{path} is compressed as it says");
    }
    assert!(fetch("/docs/start.js").await.text().await.unwrap().contains("validatorUrl: null"));
    let document: Value = fetch("/openapi.json").await.json().await.unwrap();
    assert_eq!(document["servers"][0]["url"], "/");
    assert!(document["paths"]["/api/v1/email/send"].is_object());
    assert!(server.default_view().calls().is_empty(), "the mock's own pages are no calls of the service");
}
