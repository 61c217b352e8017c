//! What is published, what is claimed about it, and what a preview leaves alone.

use crate::support::{Act, EMAIL, GENERATE, PUBLISH, SOCIAL, World};
use serde_json::{Value, json};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn all_three_channels_are_published_once_and_claimed_as_they_were() {
    let world = World::start(&[]).await;
    let (status, body) = world.post(GENERATE, json!({})).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["status"], "success");
    assert_eq!(body["published_to"], json!(["email", "web", "social"]));
    assert_eq!(body["errors"], json!([]));
    let email = world.crm.received(EMAIL);
    assert_eq!(email.len(), 1);
    assert_eq!(email[0].headers["authorization"], "Bearer crm-key");
    assert_eq!(email[0].body["subject"], body["newsletter"]["subject"]);
    assert_eq!(email[0].body["html_content"], body["newsletter"]["html"]);
    assert_eq!(email[0].body["text_content"], body["newsletter"]["text"]);
    assert!(email[0].body.get("recipients").is_none());
    assert_eq!(body["newsletter"]["recipient_count"], 100);
    assert_eq!(body["results"]["email"]["message_id"], world.crm.stored()[0]["message_id"]);
    let page = world.platform.received(PUBLISH);
    assert_eq!(page.len(), 1);
    assert_eq!(page[0].headers["authorization"], "Bearer platform-key");
    assert_eq!(page[0].body["title"], body["web_update"]["title"]);
    assert_eq!(page[0].body["content_type"], "web_update");
    assert_eq!(page[0].body["publish_immediately"], true);
    let posts = world.platform.received(SOCIAL);
    let platforms: Vec<&str> = posts.iter().filter_map(|post| post.body["platform"].as_str()).collect();
    assert_eq!(platforms, ["twitter", "linkedin", "facebook"]);
    for (sent, shown) in posts.iter().zip(body["social_posts"].as_array().unwrap()) {
        assert_eq!(sent.body["content"], shown["content"]);
    }
    let told = world.platform.received("POST /api/v1/webhooks/content");
    assert_eq!(told[0].body["content_id"], body["results"]["web"]["content_id"]);
}

#[tokio::test]
async fn a_failed_channel_is_named_and_not_claimed() {
    let world = World::start(&[("MAX_RETRIES", "1")]).await;
    world.crm.script(EMAIL, vec![Act::Status(503, None), Act::Status(503, None)]);
    let (status, body) = world.post(GENERATE, json!({"generate_social": false})).await;
    assert_eq!((status, &body["status"]), (200, &json!("success")));
    assert_eq!(body["published_to"], json!(["web"]));
    assert_eq!(body["results"]["email"]["status"], "failed");
    assert_eq!(body["results"]["email"]["attempts"], 2);
    assert_eq!(body["results"]["social"]["status"], "skipped");
    let errors = body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].as_str().unwrap().starts_with("email: CRM POST /api/v1/email/send answered 503"),
        "{body}"
    );
    assert!(body["newsletter"].get("recipient_count").is_none());
}

#[tokio::test]
async fn when_every_channel_failed_the_answer_is_502() {
    let world = World::start(&[]).await;
    world.crm.script(EMAIL, vec![Act::Status(400, None)]);
    let (status, body) = world.post(GENERATE, json!({"publish_web": false, "generate_social": false})).await;
    assert_eq!(status, 502);
    assert!(body["detail"].as_str().unwrap().contains("email: CRM POST /api/v1/email/send answered 400"));
    assert_eq!(world.crm.received(EMAIL).len(), 1, "a 400 is not retried");
}

#[tokio::test]
async fn one_lost_network_does_not_hide_the_others() {
    let world = World::start(&[]).await;
    world.platform.script(SOCIAL, vec![Act::Status(403, None)]);
    let (status, body) = world.post(GENERATE, json!({"send_email": false, "publish_web": false})).await;
    assert_eq!((status, &body["published_to"]), (200, &json!([])));
    let posts: Vec<&str> = body["results"]["social"]["posts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|post| post["status"].as_str())
        .collect();
    assert_eq!(posts, ["failed", "success", "success"]);
    assert_eq!(body["results"]["social"]["status"], "failed");
    assert!(body["errors"][0].as_str().unwrap().contains("twitter: Platform"), "{body}");
}

#[tokio::test]
async fn a_preview_calls_nobody_and_shows_what_a_live_run_sends() {
    let world = World::start(&[]).await;
    let order = json!({"tone": "encouraging", "per_channel_tones": {"web": "medical_scientific"}});
    let mut preview = order.clone();
    preview["preview_only"] = json!(true);
    let (status, shown) = world.post(GENERATE, preview).await;
    assert_eq!((status, &shown["status"]), (200, &json!("preview")));
    assert_eq!(shown["published_to"], json!([]));
    assert_eq!(shown["results"]["email"]["status"], "preview");
    let (_, dry) = world.post(&format!("{GENERATE}?dry_run=true"), order.clone()).await;
    assert_eq!(dry["status"], "preview");
    assert!(world.crm.writes().is_empty() && world.platform.writes().is_empty());
    world.post(GENERATE, order).await;
    let email = &world.crm.received(EMAIL)[0].body;
    assert_eq!(email["subject"], shown["newsletter"]["subject"]);
    assert_eq!(email["html_content"], shown["newsletter"]["html"]);
    let page = &world.platform.received(PUBLISH)[0].body;
    assert_eq!(
        (&page["title"], &page["content"]),
        (&shown["web_update"]["title"], &shown["web_update"]["content"])
    );
    let sent: Vec<Value> =
        world.platform.received(SOCIAL).iter().map(|post| post.body["content"].clone()).collect();
    let posts: Vec<Value> =
        shown["social_posts"].as_array().unwrap().iter().map(|post| post["content"].clone()).collect();
    assert_eq!(sent, posts);
}

#[tokio::test]
async fn dry_run_mode_of_the_environment_publishes_nothing_anywhere() {
    let world = World::start(&[("DRY_RUN_MODE", "true")]).await;
    world.post(GENERATE, json!({})).await;
    let letter = json!({"subject": "Spring", "html_content": "<p>x</p>", "text_content": "x"});
    let (status, sent) = world.post("/api/v1/newsletter/send", letter).await;
    assert_eq!((status, &sent["status"], &sent["recipients"]), (200, &json!("preview"), &json!(0)));
    let (_, job) = world
        .post("/api/v2/content/sync", json!({"document_id": "d", "channels": ["email", "website"]}))
        .await;
    let done = world.finished(job["job_id"].as_str().unwrap()).await;
    assert_eq!(done["status"], "completed");
    assert_eq!(done["results"]["email"]["status"], "preview");
    assert!(world.crm.writes().is_empty() && world.platform.writes().is_empty());
}

#[tokio::test]
async fn the_correlation_is_passed_on_and_comes_back() {
    let world = World::start(&[]).await;
    world.post_with(GENERATE, json!({}), &[("traceparent", PARENT), ("x-correlation-id", "c-1")]).await;
    for call in world.crm.writes().iter().chain(&world.platform.writes()) {
        assert_eq!(
            (call.headers["traceparent"].as_str(), call.headers["x-correlation-id"].as_str()),
            (PARENT, "c-1")
        );
    }
    let only_parent = World::start(&[]).await;
    only_parent.post_with(GENERATE, json!({}), &[("traceparent", PARENT)]).await;
    assert!(!only_parent.crm.writes()[0].headers.contains_key("x-correlation-id"));
    let request = world.client.post(format!("{}{GENERATE}", world.url)).json(&json!({"preview_only": true}));
    let response = request.header("x-request-id", "r-1").send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "r-1");
    assert!(!response.headers()["x-correlation-id"].is_empty());
}

#[tokio::test]
async fn the_same_idempotency_key_publishes_once() {
    let world = World::start(&[]).await;
    let key = [("idempotency-key", "k-1")];
    let (first, second) =
        tokio::join!(world.post_with(GENERATE, json!({}), &key), world.post_with(GENERATE, json!({}), &key));
    assert_eq!(first, second);
    assert_eq!(world.crm.received(EMAIL).len(), 1);
    assert_eq!(world.platform.received(SOCIAL).len(), 3);
    let (status, body) = world.post_with(GENERATE, json!({"send_email": false}), &key).await;
    assert_eq!((status, &body["detail"][0]["loc"]), (422, &json!(["header", "Idempotency-Key"])));
    let (_, other) = world.post(GENERATE, json!({})).await;
    assert_ne!(other["content_id"], first.1["content_id"]);
}

#[tokio::test]
async fn texts_can_be_left_out_and_platforms_chosen() {
    let world = World::start(&[]).await;
    let path =
        format!("{GENERATE}?template_style=plain&social_platforms=linkedin,twitter&seo_optimize=false");
    let (_, body) = world.post(&path, json!({"include_preview": false})).await;
    assert_eq!(
        (&body["newsletter"], &body["web_update"], &body["social_posts"]),
        (&json!(null), &json!(null), &json!([]))
    );
    assert_eq!(world.platform.received(SOCIAL).len(), 2);
    assert!(world.crm.received(EMAIL)[0].body["html_content"].as_str().unwrap().starts_with("<pre>"));
}
