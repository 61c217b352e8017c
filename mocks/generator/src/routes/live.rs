//! The two WebSockets: clients of a live session, and the Breathscape platform's events.

use crate::app::App;
use crate::errors::ApiError;
use crate::incoming::Id;
use crate::query::Query;
use crate::sessions::hub::Seat;
use crate::sessions::room::{Out, Role};
use crate::stamp::{self, Ids};
use crate::summary::{Facts, deliver};
use crate::trace::Trace;
use crate::validation::{Fields, Issue};
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

/// The largest message a client may send, in bytes.
const LARGEST: usize = 1 << 20;
/// How long a closing connection may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

fn upgrade_required() -> Response {
    let detail = "This endpoint speaks WebSocket";
    let mut response = ApiError::new(StatusCode::UPGRADE_REQUIRED, detail).into_response();
    response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    response
}

/// `WS /ws/live-updates`.
pub(crate) async fn updates(
    State(app): State<Arc<App>>,
    RawQuery(raw): RawQuery,
    upgrade: Upgrade,
) -> Response {
    let Ok(upgrade) = upgrade else { return upgrade_required() };
    let query = Query::parse(raw.as_deref());
    upgrade.max_message_size(LARGEST).on_upgrade(async move |socket| attend(&app, &query, socket).await)
}

/// Reads who wants to join what; the error is the reason of the close frame.
fn admit(app: &App, query: &Query) -> Result<Seat, &'static str> {
    let session_id = query.get("session_id").unwrap_or_default();
    if session_id.is_empty() || session_id.len() > 128 {
        return Err("session_id must have 1 to 128 characters");
    }
    let role =
        Role::read(query.get("role")).ok_or("role must be participant, instructor, observer or admin")?;
    let client_id = match query.get("client_id") {
        None | Some("") => format!("client-{}", &Ids::request()[..8]),
        Some(client_id) if client_id.len() > 128 => return Err("client_id must have at most 128 characters"),
        Some(client_id) => client_id.to_owned(),
    };
    app.hub.join(session_id, &client_id, role).ok_or("this session is closed")
}

async fn attend(app: &App, query: &Query, mut socket: WebSocket) {
    let mut seat = match admit(app, query) {
        Ok(seat) => seat,
        Err(reason) => return close(socket, 1008, reason).await,
    };
    let ending = loop {
        tokio::select! {
            out = seat.inbox.recv() => match out {
                Some(Out::Message(text)) => {
                    if socket.send(Message::Text(text.into())).await.is_err() {
                        break None;
                    }
                }
                Some(Out::Close(code, reason)) => break Some((code, reason)),
                // The hub has dropped a client that did not keep up.
                None => break Some((1008, "the client did not keep up")),
            },
            incoming = socket.recv() => match incoming {
                Some(Ok(Message::Text(text))) => {
                    if let Some(reply) = hear(app, &seat, text.as_str())
                        && socket.send(Message::Text(reply.to_string().into())).await.is_err()
                    {
                        break None;
                    }
                }
                Some(Ok(Message::Binary(_))) => {
                    let reply = error("Send JSON as text, not as binary");
                    if socket.send(Message::Text(reply.to_string().into())).await.is_err() {
                        break None;
                    }
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => break None,
            },
        }
    };
    app.hub.leave(&seat);
    if let Some((code, reason)) = ending {
        close(socket, code, reason).await;
    }
}

/// Takes one message of a client; answers what only this client gets.
fn hear(app: &App, seat: &Seat, text: &str) -> Option<Value> {
    let message = match object(text) {
        Ok(message) => message,
        Err(reply) => return Some(reply),
    };
    let kind = message.get("type").and_then(Value::as_str).unwrap_or_default();
    if !matches!(kind, "heartbeat" | "technique_feedback" | "hrv_update" | "chat") {
        let known = "heartbeat, technique_feedback, hrv_update or chat";
        return Some(error(&format!("Unknown message type '{kind}': send {known}")));
    }
    let data = match message.get("data") {
        None | Some(Value::Null) => json!({}),
        Some(data @ Value::Object(_)) => data.clone(),
        Some(_) => return Some(error("data must be an object")),
    };
    if kind == "heartbeat" {
        app.hub.heartbeat(seat);
        return Some(json!({"type": "heartbeat_ack", "timestamp": stamp::now()}));
    }
    if seat.role == Role::Observer {
        return Some(error("An observer may only listen"));
    }
    app.hub.say(seat, kind, data);
    None
}

/// `WS /ws/session/{id}/events`.
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    id: Result<Id, ApiError>,
    Extension(trace): Extension<Trace>,
    upgrade: Upgrade,
) -> Response {
    let Ok(upgrade) = upgrade else { return upgrade_required() };
    // Here any text is the id of a session, and may become one: what is no text has the wrong shape.
    let Ok(Id(id)) = id else {
        let issue = Issue::at("path", "id", "Input should be a valid string", "string_type");
        return ApiError::malformed(&[issue], app.settings.faults).into_response();
    };
    upgrade.max_message_size(LARGEST).on_upgrade(async move |mut socket: WebSocket| {
        app.metrics.sockets(1);
        while let Some(Ok(message)) = socket.recv().await {
            let reply = match message {
                Message::Text(text) => take_event(&app, &id, text.as_str(), &trace),
                Message::Binary(_) => error("Send JSON as text, not as binary"),
                Message::Ping(_) | Message::Pong(_) => continue,
                Message::Close(_) => break,
            };
            if socket.send(Message::Text(reply.to_string().into())).await.is_err() {
                break;
            }
        }
        app.metrics.sockets(-1);
    })
}

fn take_event(app: &Arc<App>, id: &str, text: &str, trace: &Trace) -> Value {
    let event = match object(text) {
        Ok(event) => event,
        Err(reply) => return reply,
    };
    let Some(kind) = event.get("type").and_then(Value::as_str).filter(|kind| (1..=100).contains(&kind.len()))
    else {
        return error("type must be a text, such as technique.changed");
    };
    if event.get("session_id").is_some_and(|named| named != id) {
        return error(&format!("session_id must be {id}, as in the address"));
    }
    if event.get("timestamp").is_some_and(|time| time.as_str().and_then(stamp::parse).is_none()) {
        return error("timestamp must be a date-time");
    }
    let mut data = match event.get("data") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(data)) => data.clone(),
        Some(_) => return error("data must be an object"),
    };
    if kind == "session.ended" && data.get("publish") == Some(&json!(true)) {
        data.insert("session_id".to_owned(), json!(id));
        if let Err(reply) = publish_summary(app, id, &data, trace) {
            return reply;
        }
    }
    app.hub.event(id, kind, &data);
    json!({"type": "ack", "status": "received", "timestamp": stamp::now()})
}

/// The event asks to publish the summary of the session that has just ended: in the background, under the trace
/// of the connection.
fn publish_summary(app: &Arc<App>, id: &str, data: &Map<String, Value>, trace: &Trace) -> Result<(), Value> {
    let mut fields = Fields::body(data);
    let facts = Facts::read(&mut fields);
    if let Err(issues) = fields.finish() {
        let wrong: Vec<String> =
            issues.iter().map(|issue| format!("{}: {}", issue.loc[issue.loc.len() - 1], issue.msg)).collect();
        return Err(error(&format!("The summary can't be published: {}", wrong.join("; "))));
    }
    let (app, id, trace) = (Arc::clone(app), id.to_owned(), trace.clone());
    tokio::spawn(async move {
        let text = facts.summary();
        let (_, outcome) = deliver(&app, &facts, &text, "session_summary", &trace).await;
        app.hub.keep_content(&id, json!(text));
        let status = outcome.as_ref().map_or("preview", |outcome| outcome.status);
        let told = json!({"status": status, "error": outcome.and_then(|outcome| outcome.error)});
        app.hub.broadcast(&id, "session_update", told, json!({"update_type": "summary_published"}));
    });
    Ok(())
}

fn object(text: &str) -> Result<Map<String, Value>, Value> {
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(error("Send a JSON object with a type")),
        Err(_) => Err(error("Invalid JSON format")),
    }
}

fn error(message: &str) -> Value {
    json!({"type": "error", "message": message, "timestamp": stamp::now()})
}

/// Closes with a code and waits a moment for the other side's goodbye.
async fn close(mut socket: WebSocket, code: u16, reason: &str) {
    let frame = CloseFrame { code, reason: reason.into() };
    if socket.send(Message::Close(Some(frame))).await.is_ok() {
        let _ = tokio::time::timeout(GOODBYE, async { while let Some(Ok(_)) = socket.recv().await {} }).await;
    }
}
