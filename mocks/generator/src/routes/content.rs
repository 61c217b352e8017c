//! Checking content, listing templates and types, previewing posts, and content about sessions.

use crate::app::App;
use crate::content::{PLATFORMS, TONES};
use crate::errors::ApiError;
use crate::faults::Fault;
use crate::incoming::{Id, Incoming, accept};
use crate::render;
use crate::rules::{self, TYPES};
use crate::summary::{Facts, deliver};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;

type Shared = State<Arc<App>>;

/// `POST /api/v2/validate-content`.
pub(crate) async fn validate(State(app): Shared, incoming: Incoming) -> Result<Json<Value>, ApiError> {
    let (kind, title, content, map) = incoming.read(&app, Vec::new(), |fields| {
        let map = fields.object("content");
        let empty = Map::new();
        let (kind, title, content) = map.map_or_else(Default::default, |map| {
            fields.inner("content", map, |fields| {
                if map.get("type").is_none_or(Value::is_null) {
                    fields.issue("type", "Field required", "missing");
                }
                (fields.one_of("type", TYPES), fields.text("title", 500), fields.text("content", 2_000_000))
            })
        });
        (kind.unwrap_or_default(), title, content, map.unwrap_or(&empty).clone())
    })?;
    let found = rules::judge(kind, &title, &content, &map);
    Ok(Json(json!({
        "is_valid": found.issues.is_empty(),
        "content_type": kind,
        "issues": found.issues,
        "warnings": found.warnings,
        "enhanced_metadata": found.metadata,
    })))
}

/// `GET /api/v2/templates`.
pub(crate) async fn templates() -> Json<Value> {
    Json(json!({
        "templates": [
            {"name": "modern", "description": "A coloured head, one column, every item in full"},
            {"name": "minimal", "description": "Headings and short excerpts, no styling"},
            {"name": "plain", "description": "Text only, readable in every mail program"},
        ],
        "tones": [
            {"name": "professional", "description": "Plain and informative"},
            {"name": "encouraging", "description": "Warm, speaks to the reader"},
            {"name": "medical_scientific", "description": "Observations with their limits"},
        ],
        "social_platforms": PLATFORMS
            .iter()
            .map(|name| json!({"name": name, "character_limit": render::limit(name)}))
            .collect::<Vec<_>>(),
    }))
}

/// `GET /api/v2/content-types`.
pub(crate) async fn content_types() -> Json<Value> {
    let kind = |name: &str, description: &str, required: &[&str], optional: &[&str]| {
        json!({
            "name": name,
            "description": description,
            "required_fields": required,
            "optional_fields": optional,
        })
    };
    let basics = ["title", "content"];
    Json(json!({
        "content_types": [
            kind("update", "News of the product", &basics, &["tags", "excerpt"]),
            kind("blog", "Longer, educational texts", &basics,
                &["category", "tags", "seo_description", "reading_time", "target_keywords"]),
            kind("announcement", "Launches, events and other news that ask for an action", &basics,
                &["urgency", "call_to_action", "expires_at"]),
            kind("session", "The summary of a breathing session",
                &["title", "content", "session_id", "session_duration", "participant_count",
                    "breathing_techniques", "session_date"],
                &["session_type", "instructor_name", "average_hrv_improvement"]),
        ],
        "channels": ["email", "web", "social"],
    }))
}

/// `GET /api/v2/social-preview/{platform}`.
pub(crate) async fn social_preview(
    State(app): Shared,
    Id(platform): Id,
    incoming: Incoming,
) -> Result<Json<Value>, ApiError> {
    let Some(platform) = PLATFORMS.iter().find(|known| **known == platform).copied() else {
        let known = PLATFORMS.join(", ");
        return Err(ApiError::not_found(format!("Unknown platform '{platform}': there are {known}")));
    };
    let mut issues = Vec::new();
    let tone = incoming.query.one_of("tone", TONES, &mut issues).unwrap_or("professional");
    accept(&app, &issues)?;
    let key = format!("social-preview:{platform}:{tone}");
    if let Some(kept) = app.cache.get("api", &key) {
        return Ok(Json(kept));
    }
    let document = app.document().map_err(|error| ApiError::new(StatusCode::SERVICE_UNAVAILABLE, error))?;
    let post = render::social_post(&document, platform, tone, 0);
    let (length, limit) = (post.content.chars().count(), render::limit(platform));
    let answer = json!({
        "platform": platform,
        "posts": [post],
        "preview": {"character_count": length, "platform_limit": limit, "fits_limit": length <= limit},
    });
    app.cache.put("api", key, answer.clone());
    Ok(Json(answer))
}

/// `POST /api/v2/session-summary`.
pub(crate) async fn session_summary(State(app): Shared, incoming: Incoming) -> Result<Response, ApiError> {
    about_session(app, incoming, false).await
}

/// `POST /api/v2/live-announce`.
pub(crate) async fn live_announce(State(app): Shared, incoming: Incoming) -> Result<Response, ApiError> {
    about_session(app, incoming, true).await
}

async fn about_session(app: Arc<App>, incoming: Incoming, announce: bool) -> Result<Response, ApiError> {
    let mut issues = Vec::new();
    let publish = incoming.query.flag("publish_immediately", false, &mut issues);
    let mut facts = incoming.read(&app, issues, Facts::read)?;
    facts.publish |= publish;
    let (work_app, trace) = (Arc::clone(&app), incoming.trace.clone());
    let work = async move {
        let app = work_app;
        let (text, content_type) = match announce {
            true => (facts.announcement(), "announcement"),
            false => (facts.summary(), "session_summary"),
        };
        let (mut answer, outcome) = deliver(&app, &facts, &text, content_type, &trace).await;
        if let Some(error) = outcome.filter(|outcome| !outcome.succeeded()).and_then(|outcome| outcome.error)
        {
            let detail = format!("Every requested channel failed: web: {error}");
            return (StatusCode::BAD_GATEWAY, json!({ "detail": detail }));
        }
        if announce {
            let data = json!({"title": text.title, "content": text.content});
            let told = app.hub.broadcast(&facts.session_id, "live_announcement", data, json!({}));
            answer["participants_notified"] = json!(told.unwrap_or(0));
        } else {
            app.hub.keep_content(&facts.session_id, json!(text));
        }
        (StatusCode::OK, answer)
    };
    incoming.once(&app, work).await
}

/// `GET /api/v2/session/{id}/content`.
pub(crate) async fn session_content(
    State(app): Shared,
    Id(id): Id,
    incoming: Incoming,
) -> Result<Json<Value>, ApiError> {
    let mut issues = Vec::new();
    let include_replay = incoming.query.flag("include_replay", false, &mut issues);
    accept(&app, &issues)?;
    match app.hub.content(&id) {
        Some(content) if content.is_object() => {
            let mut answer = json!({"session_id": id, "content": content, "session_info": app.hub.info(&id)});
            if include_replay {
                answer["replay"] = json!(app.hub.replay(&id, None));
            }
            Ok(Json(answer))
        }
        _ if app.settings.faults.has(Fault::InventsUnknownId) => {
            Ok(Json(json!({"session_id": id, "content": {"title": "Session summary", "content": ""}})))
        }
        Some(_) => Err(ApiError::not_found(format!("Nothing was written about session {id} yet"))),
        None => Err(ApiError::not_found(format!("Session {id} not found"))),
    }
}

/// `GET /api/v2/sessions/live` and `GET /ws/sessions/active`.
pub(crate) async fn live_sessions(State(app): Shared) -> Response {
    let sessions = app.hub.active();
    let count = sessions.len();
    Json(json!({"sessions": sessions, "total": count, "count": count, "timestamp": crate::stamp::now()}))
        .into_response()
}
