//! Live sessions over WebSocket, with a client that we did not write.

use crate::support::{PUBLISH, World};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn open(world: &World, path: &str) -> Socket {
    let address = format!("{}{path}", world.url.replace("http:", "ws:"));
    let mut request = address.into_client_request().unwrap();
    request.headers_mut().insert("traceparent", PARENT.parse().unwrap());
    tokio_tungstenite::connect_async(request).await.unwrap().0
}

async fn join(world: &World, session: &str, client: &str, role: &str) -> Socket {
    let path = format!("/ws/live-updates?session_id={session}&client_id={client}&role={role}");
    let mut socket = open(world, &path).await;
    let welcome = see(&mut socket).await;
    assert_eq!(
        (&welcome["type"], &welcome["client_id"], &welcome["role"]),
        (&json!("welcome"), &json!(client), &json!(role))
    );
    socket
}

/// The next message; a close frame is shown as its code.
async fn see(socket: &mut Socket) -> Value {
    let next = tokio::time::timeout(Duration::from_secs(20), socket.next()).await.expect("a message in time");
    match next {
        Some(Ok(Message::Text(text))) => serde_json::from_str(text.as_str()).unwrap(),
        Some(Ok(Message::Close(Some(frame)))) => {
            json!({"closed": u16::from(frame.code), "reason": frame.reason.as_str()})
        }
        other => panic!("{other:?}"),
    }
}

async fn say(socket: &mut Socket, text: impl ToString) {
    socket.send(Message::text(text.to_string())).await.unwrap();
}

#[tokio::test]
async fn everybody_in_the_session_sees_who_comes_speaks_and_goes() {
    let world = World::start(&[]).await;
    let mut ana = join(&world, "s", "ana", "instructor").await;
    let mut other = join(&world, "elsewhere", "eve", "participant").await;
    let mut ben = join(&world, "s", "ben", "participant").await;
    let joined = see(&mut ana).await;
    assert_eq!(
        (&joined["type"], &joined["data"]["client_id"]),
        (&json!("participant_joined"), &json!("ben"))
    );
    say(&mut ben, json!({"type": "hrv_update", "data": {"hrv_value": 61}})).await;
    for socket in [&mut ana, &mut ben] {
        let update = see(socket).await;
        assert_eq!(
            (&update["type"], &update["update_type"]),
            (&json!("session_update"), &json!("hrv_update"))
        );
        assert_eq!((&update["data"]["hrv_value"], &update["client_id"]), (&json!(61), &json!("ben")));
    }
    ben.close(None).await.unwrap();
    let left = see(&mut ana).await;
    assert_eq!((&left["type"], &left["data"]["client_id"]), (&json!("participant_left"), &json!("ben")));
    say(&mut other, json!({"type": "heartbeat"})).await;
    assert_eq!(see(&mut other).await["type"], "heartbeat_ack", "nothing of the other session came here");
    let (_, active) = world.get("/ws/sessions/active").await;
    assert_eq!(active["total"], 2);
    assert_eq!(world.get("/ws/sessions/s/info").await.1["participant_count"], 1);
}

#[tokio::test]
async fn nonsense_gets_an_error_and_the_connection_lives() {
    let world = World::start(&[]).await;
    let mut ana = join(&world, "s", "ana", "participant").await;
    for text in ["{broken", "[]", "{\"type\":\"dance\"}", "{\"type\":\"chat\",\"data\":\"x\"}", "{}"] {
        say(&mut ana, text).await;
        let reply = see(&mut ana).await;
        assert_eq!((&reply["type"], reply["message"].is_string()), (&json!("error"), true), "{text}");
    }
    ana.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(see(&mut ana).await["type"], "error");
    say(&mut ana, json!({"type": "heartbeat"})).await;
    assert_eq!(see(&mut ana).await["type"], "heartbeat_ack");
}

#[tokio::test]
async fn observers_listen_and_unknown_roles_are_shown_out() {
    let world = World::start(&[]).await;
    let mut eve = join(&world, "s", "eve", "observer").await;
    say(&mut eve, json!({"type": "chat", "data": {"text": "hi"}})).await;
    assert_eq!(see(&mut eve).await["type"], "error");
    for query in ["session_id=s&role=king", "role=participant", "session_id="] {
        let mut socket = open(&world, &format!("/ws/live-updates?{query}")).await;
        assert_eq!(see(&mut socket).await["closed"], 1008, "{query}");
    }
}

#[tokio::test]
async fn who_reconnects_can_ask_for_what_was_missed() {
    let world = World::start(&[]).await;
    let mut ana = join(&world, "s", "ana", "instructor").await;
    let mut ben = join(&world, "s", "ben", "participant").await;
    say(&mut ben, json!({"type": "chat", "data": {"n": 1}})).await;
    let seen = see(&mut ben).await;
    drop(ben);
    while see(&mut ana).await["type"] != "participant_left" {}
    for n in 2..6 {
        say(&mut ana, json!({"type": "chat", "data": {"n": n}})).await;
        see(&mut ana).await;
    }
    for since in [seen["timestamp"].as_str().unwrap().to_owned(), seen["seq"].to_string()] {
        let (_, replay) = world.get(&format!("/ws/sessions/s/replay?since={since}")).await;
        let missed: Vec<i64> = replay["messages"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|message| message["data"]["n"].as_i64())
            .collect();
        assert_eq!(missed, [2, 3, 4, 5]);
    }
    assert_eq!(world.get("/ws/sessions/s/replay?since=yesterday").await.0, 422);
}

#[tokio::test]
async fn a_session_is_told_and_closed_over_http() {
    let world = World::start(&[]).await;
    let mut ana = join(&world, "s", "ana", "participant").await;
    let order = json!({"type": "session_update", "data": {"technique": "box breathing"}});
    let (status, told) = world.post("/ws/sessions/s/broadcast", order.clone()).await;
    assert_eq!((status, &told["recipients"], &told["status"]), (200, &json!(1), &json!("success")));
    let seen = see(&mut ana).await;
    assert_eq!(
        (&seen["type"], &seen["data"]["technique"], &seen["role"]),
        (&json!("session_update"), &json!("box breathing"), &json!("admin"))
    );
    let wrong =
        world.post_raw("/ws/sessions/s/broadcast", &order.to_string(), &[("x-api-key", "wrong")]).await;
    assert_eq!(wrong.0, 401);
    let (status, _) = world.post("/ws/sessions/s/close", json!({})).await;
    assert_eq!(status, 200);
    assert_eq!(see(&mut ana).await["type"], "session_ended");
    assert_eq!(see(&mut ana).await["closed"], 1000);
    let mut late = open(&world, "/ws/live-updates?session_id=s").await;
    assert_eq!(see(&mut late).await["closed"], 1008);
}

#[tokio::test]
async fn platform_events_are_acknowledged_passed_on_and_may_publish() {
    let world = World::start(&[]).await;
    let mut ana = join(&world, "s", "ana", "participant").await;
    let mut events = open(&world, "/ws/session/s/events").await;
    let event = |kind: &str, data: Value| json!({"type": kind, "session_id": "s", "timestamp": "2026-01-24T10:00:00Z", "data": data});
    say(&mut events, event("technique.changed", json!({"technique": "4-7-8"}))).await;
    let ack = see(&mut events).await;
    assert_eq!((&ack["type"], &ack["status"]), (&json!("ack"), &json!("received")));
    assert_eq!(see(&mut ana).await["update_type"], "technique.changed");
    for bad in [
        "{",
        "{\"session_id\":\"s\"}",
        "{\"type\":\"x.y\",\"session_id\":\"t\"}",
        "{\"type\":\"x.y\",\"data\":1}",
    ] {
        say(&mut events, bad).await;
        assert_eq!(see(&mut events).await["type"], "error", "{bad}");
    }
    let facts = json!({
        "publish": true, "session_duration": 600, "participant_count": 3, "breathing_techniques": ["4-7-8"],
        "session_date": "2026-01-24T09:00:00Z",
    });
    say(&mut events, event("session.ended", json!({"publish": true}))).await;
    assert_eq!(see(&mut events).await["type"], "error", "without facts there is nothing to publish");
    say(&mut events, event("session.ended", facts)).await;
    assert_eq!(see(&mut events).await["type"], "ack");
    assert_eq!(see(&mut ana).await["update_type"], "session.ended");
    let told = see(&mut ana).await;
    assert_eq!(
        (&told["update_type"], &told["data"]["status"]),
        (&json!("summary_published"), &json!("success"))
    );
    let page = &world.platform.received(PUBLISH)[0];
    assert_eq!(
        (page.headers["traceparent"].as_str(), &page.body["content_type"]),
        (PARENT, &json!("session_summary"))
    );
}

#[tokio::test]
async fn a_stopping_service_says_so() {
    let mut world = World::start(&[]).await;
    let mut ana = join(&world, "s", "ana", "participant").await;
    world.stop();
    assert_eq!(see(&mut ana).await["closed"], 1001);
}
