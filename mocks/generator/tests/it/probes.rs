//! Probes, metrics, and the end of the process.

use crate::support::{Act, GENERATE, World};
use serde_json::json;

const HEALTH: &str = "GET /health";

#[tokio::test]
async fn probes_tell_the_truth_about_the_dependencies() {
    let world = World::start(&[]).await;
    let (status, body) = world.get("/health").await;
    assert_eq!((status, &body["status"]), (200, &json!("healthy")));
    assert_eq!(world.get("/ready").await.0, 200);
    world.crm.script(HEALTH, vec![Act::Status(503, None); 3]);
    let (status, body) = world.get("/health").await;
    assert_eq!(
        (status, &body["status"], &body["dependencies"]["crm"]["status"]),
        (200, &json!("degraded"), &json!("unhealthy"))
    );
    let (status, body) = world.get("/ready").await;
    assert_eq!((status, &body["ready"], &body["checks"][0]["ready"]), (503, &json!(false), &json!(false)));
    world.platform.script(HEALTH, vec![Act::Body(json!({"status": "unhealthy"}))]);
    let (status, body) = world.get("/health").await;
    assert_eq!((status, &body["status"]), (200, &json!("unhealthy")));
    assert_eq!(world.get("/live").await, (200, json!({"alive": true})));
}

#[tokio::test]
async fn a_dependency_that_hangs_counts_as_down() {
    let world = World::start(&[("UPSTREAM_TIMEOUT_MS", "1500")]).await;
    world.platform.script(HEALTH, vec![Act::Hang]);
    assert_eq!(world.get("/health").await.1["status"], "degraded");
}

#[tokio::test]
async fn probes_pass_the_correlation_on() {
    let world = World::start(&[]).await;
    let request = world.client.get(format!("{}/health", world.url)).header("x-correlation-id", "probe-1");
    request.send().await.unwrap();
    assert_eq!(world.crm.received(HEALTH)[0].headers["x-correlation-id"], "probe-1");
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let world = World::start(&[]).await;
    world.crm.script("POST /api/v1/email/send", vec![Act::Status(503, None)]);
    world.post(GENERATE, json!({})).await;
    let (_, text) = world.get("/metrics").await;
    let text = text.as_str().unwrap();
    for line in [
        "generator_requests_total{method=\"POST\",route=\"/api/v2/generate-content\",status=\"200\"} 1",
        "generator_upstream_calls_total{service=\"crm\",outcome=\"busy\"} 1",
        "generator_upstream_calls_total{service=\"crm\",outcome=\"ok\"} 1",
        "generator_upstream_retries_total{service=\"crm\"} 1",
        "generator_published_total{channel=\"social\",outcome=\"success\"} 3",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
}
