//! Live sessions over HTTP: info, replay, broadcast, close.

use crate::app::App;
use crate::errors::ApiError;
use crate::faults::Fault;
use crate::incoming::{Id, Incoming, accept};
use crate::sessions::room::Since;
use crate::stamp;
use crate::validation::Issue;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<App>>;

/// The answer for a session that is not known: 404, or an invention when that fault is seeded.
fn unknown(app: &App, id: &str, invention: Value) -> Result<Json<Value>, ApiError> {
    if app.settings.faults.has(Fault::InventsUnknownId) {
        return Ok(Json(invention));
    }
    Err(ApiError::not_found(format!("Session {id} not found")))
}

/// `GET /ws/sessions/{id}/info`.
pub(crate) async fn info(State(app): Shared, Id(id): Id) -> Result<Json<Value>, ApiError> {
    match app.hub.info(&id) {
        Some(info) => Ok(Json(info)),
        None => unknown(&app, &id, json!({"session_id": id, "active": true, "participant_count": 0})),
    }
}

/// `GET /ws/sessions/{id}/replay`; `since` is a date-time or the `seq` of the last message seen.
pub(crate) async fn replay(
    State(app): Shared,
    Id(id): Id,
    incoming: Incoming,
) -> Result<Json<Value>, ApiError> {
    let since = incoming.query.get("since");
    let start = since.and_then(Since::read);
    if since.is_some() && start.is_none() {
        let msg = "Input should be a valid date-time or the seq of a message";
        accept(&app, &[Issue::at("query", "since", msg, "datetime_parsing")])?;
    }
    match app.hub.replay(&id, start) {
        Some(messages) => {
            let count = messages.len();
            Ok(Json(json!({"session_id": id, "message_count": count, "messages": messages})))
        }
        None => unknown(&app, &id, json!({"session_id": id, "message_count": 0, "messages": []})),
    }
}

/// `POST /ws/sessions/{id}/broadcast`. Existing clients send no key; who sends one must send the right one, and
/// the message is then marked as an administrator's.
pub(crate) async fn broadcast(
    State(app): Shared,
    Id(id): Id,
    incoming: Incoming,
) -> Result<Json<Value>, ApiError> {
    let keyed = incoming.headers.contains_key("x-api-key");
    if keyed {
        incoming.keyed(&app)?;
    }
    let (kind, data, text) = incoming.read(&app, Vec::new(), |fields| {
        let data = fields.object_or_none("data").cloned().unwrap_or_default();
        (fields.text("type", 100), data, fields.text_or_none("message"))
    })?;
    let mut extra = json!({});
    if keyed {
        extra["role"] = json!("admin");
    }
    if let Some(text) = text {
        extra["message"] = json!(text);
    }
    match app.hub.broadcast(&id, &kind, Value::Object(data), extra) {
        Some(recipients) => Ok(Json(json!({
            "status": "success",
            "session_id": id,
            "recipients": recipients,
            "timestamp": stamp::now(),
        }))),
        None => unknown(&app, &id, json!({"status": "success", "session_id": id, "recipients": 0})),
    }
}

/// `POST /ws/sessions/{id}/close`. As with a broadcast, a key that is sent must be right.
pub(crate) async fn close(
    State(app): Shared,
    Id(id): Id,
    incoming: Incoming,
) -> Result<Json<Value>, ApiError> {
    if incoming.headers.contains_key("x-api-key") {
        incoming.keyed(&app)?;
    }
    match app.hub.close(&id) {
        Some(disconnected) => Ok(Json(json!({
            "status": "success",
            "session_id": id,
            "disconnected": disconnected,
            "timestamp": stamp::now(),
        }))),
        None => unknown(&app, &id, json!({"status": "success", "session_id": id})),
    }
}
