//! Every seeded fault lies as it says, and only when it is switched on.

use crate::support::{Act, EMAIL, GENERATE, PUBLISH, Received, World};
use dryrun_generator::known_faults;
use serde_json::{Value, json};

fn only(channel: &str) -> Value {
    json!({"send_email": channel == "email", "publish_web": channel == "web", "generate_social": channel == "social"})
}

/// Runs a small rehearsal and answers whether the service lied in the way of this fault.
async fn lies(fault: &str, switched_on: bool) -> bool {
    let faults = if switched_on { fault } else { "" };
    let timeout = if fault == "ignores_timeout" { "150" } else { "20000" };
    let env = [("STANDIN_FAULTS", faults), ("UPSTREAM_TIMEOUT_MS", timeout), ("MAX_RETRIES", "1")];
    let world = World::start(&env).await;
    let emails = || world.crm.received(EMAIL);
    match fault {
        "claims_failed_channel" => {
            world.crm.script(EMAIL, vec![Act::Status(400, None)]);
            let (_, body) = world.post(GENERATE, json!({})).await;
            body["published_to"].as_array().unwrap().contains(&json!("email"))
        }
        "swallows_upstream_error" => {
            world.crm.script(EMAIL, vec![Act::Status(400, None)]);
            let (_, body) = world.post(GENERATE, json!({})).await;
            body["results"]["email"]["status"] == "success"
        }
        "skips_send" => {
            let (_, body) = world.post(GENERATE, only("email")).await;
            body["published_to"] == json!(["email"]) && emails().is_empty()
        }
        "double_send" => {
            world.post(GENERATE, only("email")).await;
            emails().len() == 2
        }
        "preview_publishes" => {
            world.post(GENERATE, json!({"preview_only": true})).await;
            !emails().is_empty()
        }
        "reports_failure_after_success" => {
            let (_, body) = world.post(GENERATE, json!({})).await;
            body["results"]["email"]["status"] == "failed" && world.crm.stored().len() == 1
        }
        "wrong_path" => {
            world.post(GENERATE, only("email")).await;
            !world.crm.received("POST /api/v1/emails/send").is_empty()
        }
        "malformed_gives_500" => world.post(GENERATE, json!({"tone": 1})).await.0 == 500,
        "malformed_gives_200" => world.post(GENERATE, json!({"tone": 1})).await.0 == 200,
        "invents_unknown_id" => {
            let mut invented = 0;
            for path in ["/api/v2/jobs/x", "/api/v1/batch/status/x", "/ws/sessions/x/info"] {
                invented += u32::from(world.get(path).await.0 == 200);
            }
            invented == 3
        }
        "colliding_ids" => {
            // Within 20 batches, two fall into one second.
            let mut ids = std::collections::HashSet::new();
            for _ in 0..20 {
                let (_, batch) = world.post("/api/v1/batch/generateBatch?count=1", json!({})).await;
                ids.insert(batch["batch_id"].to_string());
            }
            ids.len() < 20
        }
        "retry_duplicates" => {
            world.crm.script(EMAIL, vec![Act::ApplyAndLose]);
            world.post(GENERATE, only("email")).await;
            world.crm.stored().len() == 2
        }
        "ignores_timeout" => {
            world.crm.script(EMAIL, vec![Act::Hang]);
            let patience = std::time::Duration::from_secs(4);
            tokio::time::timeout(patience, world.post(GENERATE, only("email"))).await.is_err()
        }
        "ignores_rate_limit" => {
            world.crm.script(EMAIL, vec![Act::Status(429, Some(3))]);
            world.post(GENERATE, only("email")).await;
            let calls: Vec<Received> = emails();
            calls[1].at - calls[0].at < std::time::Duration::from_secs(3)
        }
        "readiness_lies" => {
            world.crm.script("GET /health", vec![Act::Status(500, None); 2]);
            world.get("/ready").await.0 == 200 && world.get("/health").await.1["status"] == "healthy"
        }
        "replay_loses_events" => {
            world.post("/api/v2/session-summary", session()).await;
            for _ in 0..4 {
                world.post("/ws/sessions/s/broadcast", json!({"type": "x"})).await;
            }
            world.get("/ws/sessions/s/replay").await.1["message_count"] == 2
        }
        "webhook_unsigned_accepted" => {
            world.post_raw("/api/v1/cache/webhook", r#"{"targets":["local"]}"#, &[]).await.0 == 200
        }
        "drops_correlation" => {
            world.post_with(GENERATE, only("web"), &[("x-correlation-id", "c")]).await;
            !world.platform.received(PUBLISH)[0].headers.contains_key("x-correlation-id")
        }
        "wrong_recipient_count" => {
            world.post(GENERATE, only("email")).await.1["newsletter"]["recipient_count"] != 100
        }
        other => panic!("fault {other} has no rehearsal here"),
    }
}

fn session() -> Value {
    json!({
        "session_id": "s", "session_duration": 60, "participant_count": 1,
        "breathing_techniques": ["x"], "session_date": "2026-01-24T09:00:00Z",
    })
}

#[tokio::test]
async fn every_fault_lies_when_switched_on_and_only_then() {
    let mut rehearsed = 0;
    for (fault, _) in known_faults() {
        if *fault == "calls_out" {
            continue; // Rehearsed as a process, with a proxy that would see the call.
        }
        assert!(lies(fault, true).await, "{fault} is switched on, but does not lie");
        assert!(!lies(fault, false).await, "{fault} is off, but lies");
        rehearsed += 1;
    }
    assert_eq!(rehearsed, known_faults().len() - 1);
}
