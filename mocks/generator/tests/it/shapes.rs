//! Malformed input, unknown ids, unknown paths: always a 4xx of the right form.

use crate::support::{GENERATE, World};
use serde_json::json;

#[tokio::test]
async fn malformed_bodies_are_422_with_their_place() {
    let world = World::start(&[]).await;
    for (path, body, loc) in [
        (GENERATE, json!({"send_email": "yes"}), json!(["body", "send_email"])),
        (GENERATE, json!({"tone": "loud"}), json!(["body", "tone"])),
        (GENERATE, json!({"per_channel_tones": {"web": 1}}), json!(["body", "per_channel_tones", "web"])),
        (GENERATE, json!({"cache_targets": ["moon"]}), json!(["body", "cache_targets", 0])),
        (GENERATE, json!([]), json!(["body"])),
        ("/api/v2/generate-content?template_style=gothic", json!({}), json!(["query", "template_style"])),
        (
            "/api/v2/generate-content?social_platforms=myspace",
            json!({}),
            json!(["query", "social_platforms"]),
        ),
        ("/api/v2/generate-content?seo_optimize=perhaps", json!({}), json!(["query", "seo_optimize"])),
        ("/api/v2/validate-content", json!({}), json!(["body", "content"])),
        (
            "/api/v2/validate-content",
            json!({"content": {"type": "poem", "title": "a", "content": "b"}}),
            json!(["body", "content", "type"]),
        ),
        (
            "/api/v2/validate-content",
            json!({"content": {"type": "blog", "content": "b"}}),
            json!(["body", "content", "title"]),
        ),
        (
            "/api/v1/newsletter/send",
            json!({"subject": "s", "html_content": "h"}),
            json!(["body", "text_content"]),
        ),
        (
            "/api/v2/content/sync",
            json!({"document_id": "d", "channels": ["fax"]}),
            json!(["body", "channels", 0]),
        ),
        ("/api/v2/content/sync", json!({"document_id": "d", "channels": []}), json!(["body", "channels"])),
        (
            "/api/v2/session-summary",
            json!({"session_id": "s", "session_duration": 0, "participant_count": 1, "breathing_techniques": ["x"], "session_date": "2026-01-01T00:00:00Z"}),
            json!(["body", "session_duration"]),
        ),
        ("/api/v2/live-announce", json!({}), json!(["body", "breathing_techniques"])),
        ("/api/v1/cache/invalidate", json!({"targets": ["moon"]}), json!(["body", "targets", 0])),
        ("/api/v1/batch/schedule/x", json!({}), json!(["body", "batch_id"])),
        ("/ws/sessions/x/broadcast", json!({"data": {}}), json!(["body", "type"])),
    ] {
        let (status, answer) = world.post(path, body.clone()).await;
        assert_eq!(status, 422, "{path} {body}: {answer}");
        let issues = answer["detail"].as_array().unwrap();
        assert!(
            issues
                .iter()
                .any(|issue| issue["loc"] == loc && issue["msg"].is_string() && issue["type"].is_string()),
            "{path} {body}: {answer}"
        );
    }
    for body in ["{", "nonsense", "", "\"text\"", "{\"tone\": }"] {
        assert_eq!(world.post_raw(GENERATE, body, &[]).await.0, 422, "{body}");
    }
    assert!(world.crm.writes().is_empty() && world.platform.writes().is_empty());
}

#[tokio::test]
async fn unknown_things_are_404_and_wrong_methods_405() {
    let world = World::start(&[]).await;
    for path in [
        "/api/v2/jobs/nope",
        "/api/v1/batch/status/nope",
        "/api/v2/session/nope/content",
        "/ws/sessions/nope/info",
        "/ws/sessions/nope/replay",
        "/api/v2/social-preview/myspace",
        "/api/v2/jobs/%ff",
        "/api/v3/anything",
    ] {
        let (status, body) = world.get(path).await;
        assert_eq!(status, 404, "{path}");
        assert!(body["detail"].is_string(), "{path}: {body}");
    }
    for path in ["/ws/sessions/nope/close", "/api/v2/jobs/nope/retry"] {
        assert_eq!(world.post(path, json!({})).await.0, 404, "{path}");
    }
    let schedule = json!({"batch_id": "nope"});
    assert_eq!(world.post("/api/v1/batch/schedule/nope", schedule).await.0, 404);
    let (status, body) = world.get(GENERATE).await;
    assert_eq!((status, &body["detail"]), (405, &json!("Method Not Allowed")));
    let (status, body) = world.get("/ws/live-updates?session_id=s").await;
    assert_eq!(status, 426, "{body}");
}

#[tokio::test]
async fn keyed_calls_need_the_key() {
    let world = World::start(&[]).await;
    for (method, path) in [
        ("POST", "/api/v1/newsletter/send"),
        ("POST", "/api/v2/content/sync"),
        ("GET", "/api/v2/jobs"),
        ("GET", "/api/v2/jobs/x"),
        ("POST", "/api/v2/jobs/x/retry"),
        ("POST", "/api/v1/cache/invalidate"),
    ] {
        for key in [None, Some("wrong")] {
            let method = method.parse().unwrap();
            let mut request = world.client.request(method, format!("{}{path}", world.url));
            if let Some(key) = key {
                request = request.header("x-api-key", key);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.status().as_u16(), 401, "{path} {key:?}");
        }
    }
}

#[tokio::test]
async fn a_body_must_say_that_it_is_json() {
    let world = World::start(&[]).await;
    let path = "/api/v2/validate-content";
    let body = r#"{"content": {"type": "blog", "title": "Breathe easier", "content": "Three techniques for spring."}}"#;
    for (sent, wanted) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/merge-patch+json", 200),
        ("text/plain", 422),
        ("application/xml", 422),
        ("", 422),
    ] {
        let headers = [("x-api-key", "dev-key"), ("content-type", sent)];
        let (status, answer) = world.post_raw(path, body, &headers).await;
        assert_eq!(status, wanted, "{sent}: {answer}");
        if wanted == 422 {
            assert_eq!(answer["detail"][0]["loc"], json!(["body"]), "{answer}");
        }
    }
}

#[tokio::test]
async fn what_probing_found_is_refused() {
    let world = World::start(&[]).await;
    for query in ["social_platforms=", "social_platforms=twitter&social_platforms="] {
        let (status, answer) = world.post(&format!("{GENERATE}?{query}"), json!({})).await;
        assert_eq!((status, &answer["detail"][0]["loc"]), (422, &json!(["query", "social_platforms"])));
    }
    let (status, answer) = world.get("/ws/sessions/s/replay?since=%2B1").await;
    assert_eq!((status, &answer["detail"][0]["loc"]), (422, &json!(["query", "since"])));
    // A WebSocket's address without the upgrade is 426, whatever its id.
    assert_eq!(world.get("/ws/session/%FF%FE/events").await.0, 426);
}

#[tokio::test]
async fn content_is_judged_not_refused() {
    let world = World::start(&[]).await;
    let good = json!({"content": {"type": "blog", "title": "Breathe easier this spring", "content": "Three techniques for spring, each in five minutes."}});
    let (status, body) = world.post("/api/v2/validate-content", good).await;
    assert_eq!((status, &body["is_valid"], &body["content_type"]), (200, &json!(true), &json!("blog")));
    assert!(!body["warnings"].as_array().unwrap().is_empty());
    let poor =
        json!({"content": {"type": "session", "title": "Calm", "content": "Too few facts are given here."}});
    let (status, body) = world.post("/api/v2/validate-content", poor).await;
    assert_eq!((status, &body["is_valid"]), (200, &json!(false)));
    assert_eq!(body["issues"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn lists_and_previews_answer() {
    let world = World::start(&[]).await;
    let (_, templates) = world.get("/api/v2/templates").await;
    assert_eq!(templates["templates"].as_array().unwrap().len(), 3);
    let (_, types) = world.get("/api/v2/content-types").await;
    assert_eq!(types["content_types"].as_array().unwrap().len(), 4);
    let (status, preview) = world.get("/api/v2/social-preview/twitter?tone=encouraging").await;
    assert_eq!((status, &preview["preview"]["fits_limit"]), (200, &json!(true)));
    assert_eq!(preview["posts"][0]["platform"], "twitter");
}
