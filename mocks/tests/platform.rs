//! The Platform's mock, call by call, as its clients use it.

mod common;

use std::time::{Duration, Instant};

use common::{Caller, assert_clean, platform};
use serde_json::{Value, json};

fn page(title: &str) -> Value {
    json!({"title": title, "content": "Text", "content_type": "blog_post"})
}

#[tokio::test]
async fn content_is_published_fetched_changed_listed_and_deleted() {
    let server = platform().await;
    let view = server.default_view();
    view.set_clock("2026-01-24T10:00:00Z".parse().unwrap());
    let platform = Caller::new(&server);
    let made = platform.post("/api/v1/content/publish", page("Spring")).await;
    assert_eq!(
        (&made["status"], &made["published_at"], &made["scheduled_at"]),
        (&json!("published"), &json!("2026-01-24T10:00:00Z"), &json!(null))
    );
    let id = made["content_id"].as_str().unwrap();
    assert_eq!(made["url"], format!("https://halcytone.com/content/{id}"));
    let path = format!("/api/v1/content/{id}");
    let got = platform.get(&path).await;
    assert_eq!((&got["title"], &got["tags"], &got["metadata"]), (&json!("Spring"), &json!([]), &json!({})));

    view.set_clock("2026-01-24T11:00:00Z".parse().unwrap());
    let (status, changed) =
        platform.call(&format!("PUT {path}"), Some(&json!({"title": "Summer", "tags": null}))).await;
    assert_eq!((status, &changed["title"], &changed["content"]), (200, &json!("Summer"), &json!("Text")));
    assert_eq!((&changed["tags"], &changed["updated_at"]), (&json!([]), &json!("2026-01-24T11:00:00Z")));
    assert_eq!(platform.get(&path).await, changed);

    platform.post("/api/v1/content/publish", json!({"title": "N", "content": "c", "content_type": "newsletter", "scheduled_at": "2026-03-01T09:00:00Z"})).await;
    let list = platform.get("/api/v1/content?content_type=blog_post").await;
    assert_eq!((&list["total"], &list["limit"], &list["offset"]), (&json!(1), &json!(50), &json!(0)));
    assert_eq!(list["filters"], json!({"content_type": "blog_post", "status": null}));
    assert_eq!(list["content"][0], changed);
    assert_eq!(platform.get("/api/v1/content?status=scheduled").await["total"], 1);
    assert_eq!(platform.get("/api/v1/content?limit=1&offset=1").await["content"][0]["title"], "N");

    let (status, done) = platform.call(&format!("DELETE {path}"), None).await;
    assert_eq!((status, &done["status"]), (200, &json!("success")));
    for line in
        [format!("GET {path}"), format!("DELETE {path}"), format!("GET /api/v1/analytics/content/{id}")]
    {
        let (status, body) = platform.call(&line, None).await;
        assert_eq!((status, body), (404, json!({"detail": format!("Content {id} not found")})), "{line}");
    }
    let (status, _) = platform.call(&format!("PUT {path}"), Some(&json!({}))).await;
    assert_eq!(status, 404);
    assert_clean(&view);
}

#[tokio::test]
async fn a_page_can_wait_or_stay_a_draft() {
    let server = platform().await;
    let platform = Caller::new(&server);
    let mut later = page("Later");
    later["scheduled_at"] = json!("2026-03-01T09:00:00Z");
    later["publish_immediately"] = json!(false);
    let made = platform.post("/api/v1/content/publish", later).await;
    assert_eq!(
        (&made["status"], &made["published_at"], &made["scheduled_at"]),
        (&json!("scheduled"), &json!(null), &json!("2026-03-01T09:00:00Z"))
    );
    let mut unpublished = page("Not yet");
    unpublished["publish_immediately"] = json!(false);
    assert_eq!(platform.post("/api/v1/content/publish", unpublished).await["status"], "draft");
    let draft = platform.post("/api/v1/content/publish", page("My DRAFT")).await;
    assert_eq!((&draft["status"], &draft["published_at"]), (&json!("draft"), &json!(null)));
    let stats = platform.get("/api/v1/stats").await;
    assert_eq!((&stats["content_published"], &stats["total_requests"]), (&json!(0), &json!(4)));
    assert_eq!(stats["content_by_type"], json!({"blog_post": 3}));
    for kind in
        ["web_update", "newsletter", "social_post", "update", "blog", "announcement", "session_summary"]
    {
        let body = json!({"title": "T", "content": "c", "content_type": kind});
        assert_eq!(platform.post("/api/v1/content/publish", body).await["status"], "published", "{kind}");
    }
    let (status, _) = platform
        .call(
            "POST /api/v1/content/publish",
            Some(&json!({"title": "T", "content": "c", "content_type": "poem"})),
        )
        .await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn trigger_words_in_a_title_fail_on_purpose() {
    let server = platform().await;
    let platform = Caller::new(&server);
    for (word, wanted) in [("Error", 400), ("FORBIDDEN", 403), ("timeout", 408), ("a large one", 413)] {
        let (status, body) = platform.call("POST /api/v1/content/publish", Some(&page(word))).await;
        assert_eq!(status, wanted, "{word}: {body}");
        assert!(body["detail"].is_string(), "{body}");
    }
    let began = Instant::now();
    platform.post("/api/v1/content/publish", page("slow")).await;
    assert!(began.elapsed() >= Duration::from_secs(3));
    assert_eq!(platform.get("/api/v1/content").await["total"], 1);
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn social_posts_go_to_known_networks_only() {
    let server = platform().await;
    let view = server.default_view();
    view.set_clock("2026-01-24T10:00:00Z".parse().unwrap());
    let platform = Caller::new(&server);
    let mut ids = Vec::new();
    for network in ["twitter", "linkedin", "facebook"] {
        let made = platform
            .post(
                "/api/v1/social/post",
                json!({"platform": network, "content": "Breathe", "hashtags": ["#a"]}),
            )
            .await;
        assert_eq!(
            (&made["platform"], &made["status"], &made["posted_at"]),
            (&json!(network), &json!("posted"), &json!("2026-01-24T10:00:00Z"))
        );
        ids.push(made["post_id"].as_str().unwrap().to_owned());
    }
    let made = platform
        .post(
            "/api/v1/social/post",
            json!({"platform": "twitter", "content": "x", "scheduled_at": "2026-03-01T09:00:00Z"}),
        )
        .await;
    assert_eq!((&made["status"], &made["posted_at"]), (&json!("scheduled"), &json!(null)));
    let got = platform.get(&format!("/api/v1/social/{}", ids[1])).await;
    assert_eq!(
        (&got["platform"], &got["hashtags"], &got["media_urls"]),
        (&json!("linkedin"), &json!(["#a"]), &json!([]))
    );
    let (status, body) = platform
        .call("POST /api/v1/social/post", Some(&json!({"platform": "myspace", "content": "x"})))
        .await;
    assert_eq!((status, body), (400, json!({"detail": "Unsupported platform: myspace"})));
    let (status, _) = platform
        .call("POST /api/v1/social/post", Some(&json!({"platform": "twitter", "content": "BANNED"})))
        .await;
    assert_eq!(status, 403);
    for line in ["GET /api/v1/social/none", "GET /api/v1/analytics/social/none"] {
        assert_eq!(platform.call(line, None).await.0, 404);
    }

    let path = format!("/api/v1/analytics/social/{}", ids[0]);
    assert_eq!(platform.get(&path).await["impressions"], 0);
    view.set_clock("2026-01-26T10:00:00Z".parse().unwrap());
    let numbers = platform.get(&path).await;
    let of = |name: &str| numbers[name].as_i64().unwrap();
    assert_eq!(of("engagement"), of("likes") + of("shares") + of("comments") + of("clicks"));
    assert!(of("impressions") > of("reach") && of("reach") > 0, "{numbers}");
    assert_eq!(platform.get("/api/v1/stats").await["social_posts"], 4);
    assert_clean(&view);
}

#[tokio::test]
async fn analytics_grow_with_the_clock_and_events_are_noted() {
    let server = platform().await;
    let view = server.default_view();
    view.set_clock("2026-01-24T10:00:00Z".parse().unwrap());
    let platform = Caller::new(&server);
    assert_eq!(platform.get("/health").await["service"], "mock-platform");
    let id = platform.post("/api/v1/content/publish", page("Spring")).await["content_id"].clone();
    let path = format!("/api/v1/analytics/content/{}", id.as_str().unwrap());
    let mut last = -1;
    for hours in [0, 1, 12, 48] {
        view.set_clock(
            "2026-01-24T10:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap()
                + chrono::Duration::hours(hours),
        );
        let numbers = platform.get(&path).await;
        let views = numbers["views"].as_i64().unwrap();
        assert!(views > last, "{hours} h: {views} after {last}");
        let sources: i64 =
            numbers["traffic_sources"].as_object().unwrap().values().map(|n| n.as_i64().unwrap()).sum();
        assert_eq!(sources, views);
        last = views;
    }
    for event in ["content.published", "content.updated"] {
        let done = platform
            .post("/api/v1/webhooks/content", json!({"event_type": event, "content_id": id, "data": {}}))
            .await;
        assert_eq!(done["status"], "success");
    }
    let (status, _) = platform
        .call(
            "POST /api/v1/webhooks/content",
            Some(&json!({"event_type": "other", "content_id": "x", "data": {}})),
        )
        .await;
    assert_eq!(status, 422);
    assert_eq!(platform.call("DELETE /api/v1/test-data", None).await.0, 200);
    assert_eq!(platform.get("/api/v1/content").await["total"], 0);
}
