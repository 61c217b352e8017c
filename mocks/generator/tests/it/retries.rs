//! Retries: what is repeated, how often, and what must not be.

use crate::support::{Act, EMAIL, GENERATE, PUBLISH, SOCIAL, World};
use serde_json::{Value, json};
use std::time::Duration;

fn only(channel: &str) -> Value {
    json!({
        "send_email": channel == "email",
        "publish_web": channel == "web",
        "generate_social": channel == "social",
    })
}

#[tokio::test]
async fn definite_failures_are_retried_up_to_the_limit_under_one_key() {
    for status in [408, 429, 500, 502, 503] {
        let world = World::start(&[]).await;
        world.crm.script(EMAIL, vec![Act::Status(status, None), Act::Status(status, None)]);
        let (code, body) = world.post(GENERATE, only("email")).await;
        assert_eq!((code, &body["results"]["email"]["attempts"]), (200, &json!(3)), "{status}");
        let calls = world.crm.received(EMAIL);
        assert_eq!(calls.len(), 3);
        assert!(
            calls.iter().all(|call| call.headers["idempotency-key"] == calls[0].headers["idempotency-key"])
        );
        assert_eq!(world.crm.stored().len(), 1);
    }
    let world = World::start(&[("MAX_RETRIES", "2")]).await;
    world.crm.script(EMAIL, vec![Act::Status(500, None); 9]);
    assert_eq!(world.post(GENERATE, only("email")).await.0, 502);
    assert_eq!(world.crm.received(EMAIL).len(), 3);
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let world = World::start(&[]).await;
    world.crm.script(EMAIL, vec![Act::Status(429, Some(1))]);
    assert_eq!(world.post(GENERATE, only("email")).await.0, 200);
    let calls = world.crm.received(EMAIL);
    assert!(calls[1].at - calls[0].at >= Duration::from_secs(1));
    world.crm.script(EMAIL, vec![Act::Status(429, Some(3600))]);
    let (status, body) = world.post(GENERATE, only("email")).await;
    assert_eq!(status, 502);
    assert!(body["detail"].as_str().unwrap().contains("asks to wait 3600 s"), "{body}");
}

#[tokio::test]
async fn a_lost_answer_to_an_email_or_post_is_never_repeated() {
    for act in [Act::ApplyAndLose, Act::Lose] {
        let world = World::start(&[]).await;
        world.crm.script(EMAIL, vec![act.clone()]);
        world.platform.script(SOCIAL, vec![act]);
        let (_, body) = world.post(GENERATE, json!({"publish_web": false})).await;
        assert_eq!(world.crm.received(EMAIL).len(), 1);
        assert_eq!(world.platform.received(SOCIAL).len(), 3, "one for each network");
        assert!(body["results"]["email"]["error"].as_str().unwrap().contains("delivery unknown"), "{body}");
        assert_eq!(body["results"]["email"]["delivery_unknown"], true);
        assert_eq!(body["published_to"], json!([]));
    }
}

#[tokio::test]
async fn a_page_whose_answer_was_lost_is_looked_up_before_anything_else() {
    let world = World::start(&[]).await;
    world.platform.script(PUBLISH, vec![Act::ApplyAndLose]);
    let (_, body) = world.post(GENERATE, only("web")).await;
    assert_eq!(body["published_to"], json!(["web"]), "{body}");
    assert_eq!(world.platform.received(PUBLISH).len(), 1);
    assert_eq!(body["results"]["web"]["content_id"], world.platform.stored()[0]["content_id"]);
    assert_eq!(world.platform.received("GET /api/v1/content").len(), 1);

    let world = World::start(&[]).await;
    world.platform.script(PUBLISH, vec![Act::Lose]);
    let (_, body) = world.post(GENERATE, only("web")).await;
    assert_eq!((&body["published_to"], &body["results"]["web"]["attempts"]), (&json!(["web"]), &json!(2)));

    let world = World::start(&[]).await;
    world.platform.script(PUBLISH, vec![Act::Lose]);
    world.platform.script("GET /api/v1/content", vec![Act::Status(500, None)]);
    let (status, body) = world.post(GENERATE, only("web")).await;
    assert_eq!((status, world.platform.received(PUBLISH).len()), (502, 1));
    assert!(body["detail"].as_str().unwrap().contains("delivery unknown"), "{body}");
}

#[tokio::test]
async fn an_upstream_that_never_answers_is_given_up() {
    let world = World::start(&[("UPSTREAM_TIMEOUT_MS", "100")]).await;
    world.crm.script(EMAIL, vec![Act::Hang]);
    let (status, body) = world.post(GENERATE, only("email")).await;
    assert_eq!(status, 502);
    assert!(body["detail"].as_str().unwrap().contains("did not answer within 100 ms"), "{body}");
    assert_eq!(world.crm.received(EMAIL).len(), 1);
}

#[tokio::test]
async fn nobody_listening_is_retried_and_then_told() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let world = World::start(&[("CRM_BASE_URL", &url), ("MAX_RETRIES", "2")]).await;
    let (_, body) = world.post(GENERATE, json!({"generate_social": false})).await;
    assert_eq!(body["results"]["email"]["attempts"], 3);
    assert!(body["results"]["email"]["error"].as_str().unwrap().contains("could not be reached"), "{body}");
    assert_eq!(body["published_to"], json!(["web"]));
}

#[tokio::test]
async fn success_without_its_proof_is_not_called_success() {
    let world = World::start(&[]).await;
    world.crm.script(EMAIL, vec![Act::Body(json!({"ok": true}))]);
    let (status, body) = world.post(GENERATE, only("email")).await;
    assert_eq!(status, 502);
    assert!(body["detail"].as_str().unwrap().contains("without message_id"), "{body}");
    world.crm.script(EMAIL, vec![Act::Body(json!({"message_id": "m", "status": "failed"}))]);
    assert_eq!(world.post(GENERATE, only("email")).await.0, 502);
}
