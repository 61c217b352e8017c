//! The CRM's mock, call by call, as its clients use it.

mod common;

use common::{Caller, assert_clean, crm, far};
use serde_json::json;

#[tokio::test]
async fn an_email_is_sent_and_its_fate_follows_the_clock() {
    let server = crm().await;
    let view = server.default_view();
    view.set_clock("2026-01-24T10:00:00Z".parse().unwrap());
    let crm = Caller::new(&server);
    let sent = crm
        .post(
            "/api/v1/email/send",
            json!({"subject": "Hello", "html_content": "<p>", "recipients": ["a@example.com", "b@example.com"], "campaign_id": "camp_x"}),
        )
        .await;
    assert_eq!(sent["recipients_count"], 2);
    assert_eq!(sent["status"], "sent");
    assert_eq!(sent["timestamp"], "2026-01-24T10:00:00Z");
    assert_eq!(sent["campaign_id"], "camp_x");
    let to_all = crm.post("/api/v1/email/send", json!({"subject": "Hello", "html_content": "<p>"})).await;
    assert_eq!(to_all["recipients_count"], 100);
    assert!(to_all.get("campaign_id").is_none());
    assert_ne!(sent["message_id"], to_all["message_id"]);

    let path = format!("/api/v1/email/{}/status", sent["message_id"].as_str().unwrap());
    let status = crm.get(&path).await;
    assert_eq!(status["status"], "sent");
    assert_eq!(status["events"], json!([{"event": "sent", "timestamp": "2026-01-24T10:00:00Z"}]));
    view.set_clock("2026-01-24T10:01:00Z".parse().unwrap());
    let status = crm.get(&path).await;
    assert!(["delivered", "bounced"].contains(&status["status"].as_str().unwrap()), "{status}");
    assert_eq!(status["events"].as_array().unwrap().len(), 2);
    let (code, body) = crm.call("GET /api/v1/email/msg_none/status", None).await;
    assert_eq!((code, body), (404, json!({"detail": "Message msg_none not found"})));
    view.settled(far()).await;
    assert_clean(&view);
}

#[tokio::test]
async fn a_batch_is_one_email_for_each_recipient() {
    let server = crm().await;
    let crm = Caller::new(&server);
    let body = json!({"recipients": [{"email": "a@example.com", "merge_vars": {"x": 1}}, {"email": "b@example.com"}],
        "subject": "Week", "html": "<p>", "text": "", "tracking": {"opens": true, "clicks": true, "unsubscribes": false}});
    let sent = crm.post("/api/v1/email/batch", body).await;
    assert_eq!(
        (&sent["sent"], &sent["failed"], &sent["status"]),
        (&json!(2), &json!(0), &json!("completed"))
    );
    assert_eq!(crm.get("/api/v1/stats").await["emails_sent"], 2);
    let emails = server.default_view().items("emails").unwrap();
    assert_eq!(emails[1]["recipients"], json!(["b@example.com"]));
    assert_eq!(emails[0]["batch_id"], sent["batch_id"]);
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn subscribers_are_a_thousand_in_pages() {
    let server = crm().await;
    let crm = Caller::new(&server);
    let page = crm.get("/api/v1/users/subscribers").await;
    assert_eq!(page["subscribers"].as_array().unwrap().len(), 100);
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(1000), &json!(100), &json!(0)));
    assert_eq!((&page["status_filter"], &page["newsletter_opt_in_filter"]), (&json!("active"), &json!(null)));
    let page = crm.get("/api/v1/users/subscribers?limit=2&offset=999&newsletter_opt_in=true").await;
    assert_eq!(page["subscribers"].as_array().unwrap().len(), 1);
    assert_eq!(page["newsletter_opt_in_filter"], true);
    assert_eq!(crm.get("/api/v1/users/subscribers?newsletter_opt_in=false").await["total"], 0);
    assert_eq!(crm.get("/api/v1/users/subscribers?status=bounced").await["total"], 0);

    let view = server.default_view();
    view.populate("subscribers", 250).unwrap();
    assert_eq!(crm.get("/api/v1/users/subscribers").await["total"], 250);
    view.reset();
    view.seed("subscribers", vec![json!({"email": "only@example.com", "status": "bounced"})]).unwrap();
    let page = crm.get("/api/v1/users/subscribers?status=bounced").await;
    assert_eq!(page["total"], 1, "named items take the place of the population");
    assert_eq!(page["subscribers"][0]["email"], "only@example.com");
    let error = view.seed("subscriber", Vec::new()).unwrap_err().to_string();
    assert!(error.contains("batches, campaigns, contacts, emails and subscribers"), "{error}");
    assert_clean(&view);
}

#[tokio::test]
async fn contacts_are_kept_counted_and_refused_when_known() {
    let server = crm().await;
    let crm = Caller::new(&server);
    let made = crm.post("/api/v1/contacts", json!({"email": "Cora@example.com", "tags": ["a"]})).await;
    assert_eq!((&made["email"], &made["status"]), (&json!("Cora@example.com"), &json!("active")));
    let (status, body) = crm.call("POST /api/v1/contacts", Some(&json!({"email": "cora@example.com"}))).await;
    assert_eq!((status, body), (409, json!({"detail": "A contact with this email exists already"})));
    crm.post("/api/v1/contacts", json!({"email": "dan@example.com", "first_name": "Dan"})).await;
    let page = crm.get("/api/v1/contacts?limit=1&offset=1").await;
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!(page["contacts"][0]["first_name"], "Dan");
    let count = crm.get("/api/v1/contacts/count").await;
    assert_eq!((&count["total"], &count["active"], &count["bounced"]), (&json!(2), &json!(2), &json!(0)));
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn a_campaign_has_the_numbers_of_its_emails() {
    let server = crm().await;
    let view = server.default_view();
    view.set_clock("2026-01-24T10:00:00Z".parse().unwrap());
    let crm = Caller::new(&server);
    let campaign = crm.post("/api/v1/campaigns", json!({"name": "Spring"})).await;
    assert_eq!(campaign["status"], "draft");
    let id = campaign["campaign_id"].as_str().unwrap();
    let path = format!("/api/v1/campaigns/{id}/analytics");
    let empty = crm.get(&path).await;
    assert_eq!((&empty["sent"], &empty["open_rate"]), (&json!(0), &json!(0.0)));
    for _ in 0..3 {
        crm.post("/api/v1/email/send", json!({"subject": "A", "html_content": "b", "campaign_id": id})).await;
    }
    view.set_clock("2026-01-25T10:00:00Z".parse().unwrap());
    let numbers = crm.get(&path).await;
    let of = |name: &str| numbers[name].as_i64().unwrap();
    assert_eq!(of("sent"), 300);
    assert_eq!(of("delivered") + of("bounced"), 300);
    assert!(of("delivered") > of("opened") && of("opened") > of("clicked") && of("clicked") > 0, "{numbers}");
    assert_eq!(numbers["last_updated"], "2026-01-25T10:00:00Z");
    let (status, _) = crm.call("GET /api/v1/campaigns/camp_none/analytics", None).await;
    assert_eq!(status, 404);
    assert_clean(&view);
}

#[tokio::test]
async fn the_report_has_a_line_for_each_day() {
    let server = crm().await;
    let view = server.default_view();
    let crm = Caller::new(&server);
    for (day, subject) in [("22", "Old"), ("23", "New"), ("24", "New")] {
        view.set_clock(format!("2026-01-{day}T10:00:00Z").parse().unwrap());
        crm.post("/api/v1/email/send", json!({"subject": subject, "html_content": "b"})).await;
    }
    let report = crm.get("/api/v1/reports/emails").await;
    assert_eq!((&report["period_days"], &report["total_emails"]), (&json!(7), &json!(3)));
    let days = report["emails_by_day"].as_array().unwrap();
    assert_eq!(
        (days.len(), &days[0]["date"], &days[6]["date"]),
        (7, &json!("2026-01-18"), &json!("2026-01-24"))
    );
    assert_eq!(report["top_subjects"][0]["subject"], "New");
    assert_eq!(report["top_subjects"][0]["sent"], 2);
    assert_eq!(crm.get("/api/v1/reports/emails?days=1").await["total_emails"], 1);
    assert_clean(&view);
}

#[tokio::test]
async fn counters_count_and_test_data_goes() {
    let server = crm().await;
    let crm = Caller::new(&server);
    let health = crm.get("/health").await;
    assert_eq!((&health["status"], &health["service"]), (&json!("healthy"), &json!("mock-crm")));
    crm.post("/api/v1/campaigns", json!({"name": "Spring"})).await;
    let sent = crm.post("/api/v1/email/send", json!({"subject": "A", "html_content": "b"})).await;
    let stats = crm.get("/api/v1/stats").await;
    assert_eq!(
        (
            &stats["emails_sent"],
            &stats["contacts_created"],
            &stats["campaigns_created"],
            &stats["requests_handled"]
        ),
        (&json!(1), &json!(0), &json!(1), &json!(4))
    );
    let (status, done) = crm.call("DELETE /api/v1/test-data", None).await;
    assert_eq!((status, &done["status"]), (200, &json!("success")));
    assert_eq!(crm.get("/api/v1/stats").await["emails_sent"], 0);
    let path = format!("GET /api/v1/email/{}/status", sent["message_id"].as_str().unwrap());
    assert_eq!(crm.call(&path, None).await.0, 404);
    let again = crm.post("/api/v1/email/send", json!({"subject": "A", "html_content": "b"})).await;
    assert_ne!(again["message_id"], sent["message_id"], "an id never comes back");
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn trigger_words_fail_on_purpose_in_any_case() {
    let server = crm().await;
    let crm = Caller::new(&server);
    for (word, wanted) in [("an ERROR", 500), ("TimeOut", 408), ("invalid", 400)] {
        let (status, body) =
            crm.call("POST /api/v1/email/send", Some(&json!({"subject": word, "html_content": "b"}))).await;
        assert_eq!(status, wanted, "{word}");
        assert!(body["detail"].is_string(), "{body}");
        let batch =
            json!({"subject": word, "html": "b", "text": "", "recipients": [{"email": "a@example.com"}]});
        assert_eq!(crm.call("POST /api/v1/email/batch", Some(&batch)).await.0, wanted, "{word}");
    }
    assert_eq!(crm.get("/api/v1/stats").await["emails_sent"], 0);
    let slow = std::time::Instant::now();
    crm.post("/api/v1/email/send", json!({"subject": "a Slow one", "html_content": "b"})).await;
    assert!(slow.elapsed() >= std::time::Duration::from_secs(2));
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn a_body_of_the_wrong_shape_is_422_with_its_places() {
    let server = crm().await;
    let crm = Caller::new(&server);
    let (status, body) = crm.call("POST /api/v1/email/send", Some(&json!({"subject": "x"}))).await;
    assert_eq!(status, 422, "{body}");
    assert_eq!(body["detail"][0]["loc"], json!(["body", "html_content"]));
    assert_eq!(
        (&body["detail"][0]["msg"], &body["detail"][0]["type"]),
        (&json!("Field required"), &json!("missing"))
    );
    let wrong = json!({"subject": "x", "html_content": "y", "recipients": ["a@example.com", 5]});
    let (status, body) = crm.call("POST /api/v1/email/send", Some(&wrong)).await;
    assert_eq!(status, 422, "{body}");
    assert_eq!(body["detail"][0]["loc"], json!(["body", "recipients", 1]));
    let (status, body) = crm.call("GET /api/v1/contacts?limit=0", None).await;
    assert_eq!(status, 422, "{body}");
    assert_eq!(body["detail"][0]["loc"], json!(["query", "limit"]));
    let response =
        crm.http.post(format!("{}/api/v1/contacts", crm.base)).header("content-type", "application/json");
    let response = response.body("{\"email\":").send().await.unwrap();
    assert_eq!(response.status().as_u16(), 422);

    let calls = server.default_view().calls();
    assert!(calls.iter().all(|call| !call.breaches.is_empty()), "the client broke the contract each time");
    assert!(calls.iter().flat_map(|call| &call.breaches).all(|breach| breach.side == "request"));
    assert_eq!(crm.get("/api/v1/stats").await["emails_sent"], 0);
}

#[tokio::test]
async fn what_no_contract_knows_is_501_with_a_diagnosis() {
    let server = crm().await;
    let crm = Caller::new(&server);
    let (status, body) = crm.call("POST /api/v1/emails/send", Some(&json!({}))).await;
    assert_eq!(status, 501);
    assert_eq!(body["nearest"], "POST /api/v1/email/send");
    assert!(body["detail"].as_str().unwrap().contains("/api/v1/email/send"), "{body}");
    let (status, body) = crm.call("PATCH /api/v1/contacts", Some(&json!({}))).await;
    assert_eq!(status, 405, "{body}");
    let calls = server.default_view().calls();
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|call| call.unexpected.is_some() && call.operation.is_none()));
}
