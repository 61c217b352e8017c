//! Jobs, batches, session content and caches.

use crate::support::{Act, EMAIL, GENERATE, PUBLISH, SOCIAL, World};
use serde_json::{Value, json};
use std::collections::HashSet;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn session(id: &str) -> Value {
    json!({
        "session_id": id, "session_duration": 1800, "participant_count": 24,
        "breathing_techniques": ["box breathing", "4-7-8"], "session_date": "2026-01-24T09:00:00Z",
    })
}

#[tokio::test]
async fn a_job_retries_only_the_channels_that_failed() {
    let world = World::start(&[("MAX_RETRIES", "0")]).await;
    world.crm.script(EMAIL, vec![Act::Status(503, None)]);
    let order =
        json!({"document_id": "doc", "channels": ["email", "website", "twitter"], "correlation_id": "job-c"});
    let (status, job) = world.post_with("/api/v2/content/sync", order, &[("traceparent", PARENT)]).await;
    assert_eq!((status, &job["status"]), (200, &json!("pending")));
    let id = job["job_id"].as_str().unwrap();
    let done = world.finished(id).await;
    assert_eq!((&done["status"], &done["results"]["email"]["status"]), (&json!("partial"), &json!("failed")));
    assert_eq!(done["results"]["twitter"]["status"], "success");
    let (status, again) = world.post(&format!("/api/v2/jobs/{id}/retry"), json!({})).await;
    assert_eq!((status, &again["status"]), (200, &json!("pending")));
    let done = world.finished(id).await;
    assert_eq!((&done["status"], &done["errors"]), (&json!("completed"), &json!([])));
    assert_eq!(world.platform.received(PUBLISH).len(), 1);
    assert_eq!(world.platform.received(SOCIAL).len(), 1);
    let emails = world.crm.received(EMAIL);
    assert_eq!(emails.len(), 2);
    assert_eq!(emails[0].headers["idempotency-key"], emails[1].headers["idempotency-key"]);
    assert_eq!(
        (emails[0].headers["traceparent"].as_str(), emails[0].headers["x-correlation-id"].as_str()),
        (PARENT, "job-c")
    );
    let (status, _) = world.post(&format!("/api/v2/jobs/{id}/retry"), json!({})).await;
    assert_eq!(status, 400, "a completed job can't be retried");
    let (_, page) = world.get("/api/v2/jobs?status=completed&limit=1").await;
    assert_eq!((&page["total"], &page["jobs"][0]["job_id"]), (&json!(1), &json!(id)));
}

#[tokio::test]
async fn a_lost_email_is_not_sent_again_by_a_retry() {
    let world = World::start(&[]).await;
    world.crm.script(EMAIL, vec![Act::ApplyAndLose]);
    let (_, job) =
        world.post("/api/v2/content/sync", json!({"document_id": "d", "channels": ["email"]})).await;
    let id = job["job_id"].as_str().unwrap();
    assert_eq!(world.finished(id).await["status"], "failed");
    let (status, body) = world.post(&format!("/api/v2/jobs/{id}/retry"), json!({})).await;
    assert_eq!(status, 400);
    assert!(body["detail"].as_str().unwrap().contains("not known whether email arrived"), "{body}");
    assert_eq!(world.crm.stored().len(), 1);
}

#[tokio::test]
async fn a_newsletter_is_sent_scheduled_or_tested() {
    let world = World::start(&[]).await;
    let letter = |extra: Value| {
        let mut letter = json!({"subject": "Spring", "html_content": "<p>x</p>", "text_content": "x"});
        letter.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        letter
    };
    let (status, sent) = world.post("/api/v1/newsletter/send", letter(json!({}))).await;
    assert_eq!(
        (status, &sent["status"], &sent["recipients"], &sent["scheduled"]),
        (200, &json!("sent"), &json!(100), &json!(false))
    );
    let (_, test) = world.post("/api/v1/newsletter/send", letter(json!({"test_mode": true}))).await;
    assert_eq!((&test["status"], &test["recipients"]), (&json!("preview"), &json!(0)));
    let later = letter(json!({"schedule_time": "2099-01-01T00:00:00Z"}));
    let (_, later) = world.post("/api/v1/newsletter/send", later).await;
    assert_eq!((&later["status"], &later["scheduled"]), (&json!("scheduled"), &json!(true)));
    let (_, job) = world.get(&format!("/api/v2/jobs/{}", later["job_id"].as_str().unwrap())).await;
    assert_eq!(job["status"], "pending");
    assert_eq!(world.crm.received(EMAIL).len(), 1);
    world.crm.script(EMAIL, vec![Act::Status(400, None)]);
    assert_eq!(world.post("/api/v1/newsletter/send", letter(json!({}))).await.0, 502);
}

#[tokio::test]
async fn ids_made_within_one_second_differ() {
    let world = World::start(&[("DRY_RUN", "true")]).await;
    let mut ids = HashSet::new();
    for _ in 0..20 {
        let (_, made) = world.post("/api/v1/batch/generateBatch?count=1", json!({})).await;
        ids.insert(made["batch_id"].to_string());
        let (_, made) = world.post(GENERATE, json!({})).await;
        ids.insert(made["content_id"].to_string());
        let (_, made) =
            world.post("/api/v2/content/sync", json!({"document_id": "d", "channels": ["email"]})).await;
        ids.insert(made["job_id"].to_string());
    }
    assert_eq!(ids.len(), 60);
}

#[tokio::test]
async fn a_batch_is_planned_bounded_and_scheduled_once() {
    let world = World::start(&[]).await;
    let path =
        "/api/v1/batch/generateBatch?period=week&channels=email,web&channels=social&count=7&dry_run=false";
    let (status, batch) = world.post(path, json!({})).await;
    assert_eq!((status, &batch["total_items"], &batch["dry_run"]), (200, &json!(7), &json!(false)));
    let items = batch["items"].as_array().unwrap();
    let times: Vec<&str> = items.iter().filter_map(|item| item["scheduled_for"].as_str()).collect();
    assert!(times.len() == 7 && times.is_sorted());
    assert!(batch["scheduling_plan"].is_object());
    let id = batch["batch_id"].as_str().unwrap();
    assert!(world.platform.writes().is_empty(), "generating a batch publishes nothing");
    let schedule = format!("/api/v1/batch/schedule/{id}");
    let (_, preview) = world.post(&schedule, json!({"batch_id": id})).await;
    assert_eq!((&preview["dry_run"], &preview["scheduled_items"]), (&json!(true), &json!(7)));
    assert!(world.platform.writes().is_empty());
    let real = json!({"batch_id": id, "schedule_all": true, "dry_run": false});
    let (status, done) = world.post_with(&schedule, real.clone(), &[("traceparent", PARENT)]).await;
    assert_eq!(
        (status, &done["scheduled_items"], &done["status"]),
        (200, &json!(7), &json!("scheduled")),
        "{done}"
    );
    assert_eq!(world.platform.received(PUBLISH).len(), 2);
    assert_eq!(world.platform.received(SOCIAL).len(), 2);
    assert!(world.crm.writes().is_empty(), "emails wait until they are due");
    for call in world.platform.writes() {
        assert_eq!(call.headers["traceparent"], PARENT);
        assert!(call.body["scheduled_at"].is_string(), "{call:?}");
    }
    let (_, again) = world.post(&schedule, real).await;
    assert_eq!(again["scheduled_items"], 0);
    assert_eq!(world.platform.writes().len(), 4);
    let (_, status) = world.get(&format!("/api/v1/batch/status/{id}")).await;
    assert_eq!((&status["items_scheduled"], &status["items_failed"]), (&json!(7), &json!(0)));
    for bad in ["period=year", "count=51", "count=0", "channels=fax"] {
        let (status, body) = world.post(&format!("/api/v1/batch/generateBatch?{bad}"), json!({})).await;
        assert_eq!((status, body["detail"].is_string()), (400, true), "{bad}");
    }
    assert_eq!(world.post("/api/v1/batch/generateBatch?count=many", json!({})).await.0, 422);
}

#[tokio::test]
async fn chosen_items_go_at_their_chosen_times() {
    let world = World::start(&[]).await;
    let path = "/api/v1/batch/generateBatch?channels=email&count=3&dry_run=false&period=day";
    let (_, batch) = world.post(path, json!({})).await;
    let (id, item) = (batch["batch_id"].as_str().unwrap(), batch["items"][1]["item_id"].as_str().unwrap());
    let past = json!({"batch_id": id, "schedule_all": false, "dry_run": false, "custom_schedule": {item: "2020-01-01T00:00:00Z"}});
    let (status, done) = world.post(&format!("/api/v1/batch/schedule/{id}"), past).await;
    assert_eq!((status, &done["items"]), (200, &json!([item])));
    assert_eq!(world.crm.received(EMAIL).len(), 1, "an item that is already due goes at once");
    let stranger = json!({"batch_id": id, "custom_schedule": {"x": "2020-01-01T00:00:00Z"}});
    assert_eq!(world.post(&format!("/api/v1/batch/schedule/{id}"), stranger).await.0, 400);
    let (_, dry) = world.post("/api/v1/batch/generateBatch?count=1", json!({})).await;
    let dry = dry["batch_id"].as_str().unwrap();
    let real = json!({"batch_id": dry, "dry_run": false});
    assert_eq!(world.post(&format!("/api/v1/batch/schedule/{dry}"), real).await.0, 400);
}

#[tokio::test]
async fn a_session_summary_is_published_only_when_asked() {
    let world = World::start(&[]).await;
    let (status, body) = world.post("/api/v2/session-summary", session("s-1")).await;
    assert_eq!((status, &body["status"], &body["published_to"]), (200, &json!("success"), &json!([])));
    assert!(world.platform.writes().is_empty());
    let (_, kept) = world.get("/api/v2/session/s-1/content").await;
    assert_eq!(kept["content"], body["content"]);
    let mut publish = session("s-2");
    publish["publish"] = json!(true);
    let (_, body) = world.post("/api/v2/session-summary", publish.clone()).await;
    assert_eq!(body["published_to"], json!(["web"]));
    assert_eq!(world.platform.received(PUBLISH)[0].body["content_type"], "session_summary");
    world.platform.script(PUBLISH, vec![Act::Status(400, None)]);
    assert_eq!(world.post("/api/v2/session-summary", publish).await.0, 502);
    let (status, announced) = world.post("/api/v2/live-announce", session("s-3")).await;
    assert_eq!((status, &announced["session_id"]), (200, &json!("s-3")));
}

#[tokio::test]
async fn the_cache_is_invalidated_by_key_pattern_and_signature() {
    let world = World::start(&[]).await;
    world.post(GENERATE, json!({"preview_only": true})).await;
    let order = json!({"targets": ["local"], "patterns": ["newsletter:*"]});
    let (status, body) = world.post("/api/v1/cache/invalidate", order).await;
    assert_eq!((status, &body["success"], &body["keys_invalidated"]), (200, &json!(true), &json!(1)));
    let outside = json!({"targets": ["cdn"], "webhook_url": "http://hooks.example.com/x"});
    let (_, body) = world.post("/api/v1/cache/invalidate", outside).await;
    assert!(body["errors"][0].as_str().unwrap().contains("refused"), "{body}");
    let local = json!({"targets": ["cdn"], "webhook_url": format!("{}/hook", world.platform.url)});
    let (_, body) = world.post("/api/v1/cache/invalidate", local).await;
    assert_eq!(body["errors"], json!([]));
    assert_eq!(world.platform.received("POST /hook").len(), 1);
    // HMAC-SHA256 with the key "Jefe", made with `openssl dgst -sha256 -hmac Jefe`.
    let (body, good) = (r#"{"targets":["local"]}"#, include_str!("signature.hex").trim());
    for (signature, wanted) in [
        (None, 401),
        (Some("00".repeat(32)), 401),
        (Some(good.to_owned()), 200),
        (Some(format!("sha256={good}")), 200),
    ] {
        let headers: Vec<(&str, &str)> =
            signature.iter().map(|text| ("x-signature", text.as_str())).collect();
        assert_eq!(world.post_raw("/api/v1/cache/webhook", body, &headers).await.0, wanted, "{signature:?}");
    }
    let (status, _) = world.post_raw("/api/v1/cache/webhook", "{broken", &[("x-signature", good)]).await;
    assert_eq!(status, 401, "the signature is checked before the body is read");
}
