//! Health, readiness, liveness and metrics.

use crate::app::App;
use crate::health;
use crate::incoming::Incoming;
use crate::stamp;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;

type Shared = State<Arc<App>>;

/// `GET /health`: always 200, the status tells.
pub(crate) async fn health(State(app): Shared, incoming: Incoming) -> Json<Value> {
    let checks = health::dependencies(&app, &incoming.trace).await;
    let mut dependencies = Map::new();
    for check in &checks {
        let state = if check.ready { "healthy" } else { "unhealthy" };
        dependencies.insert(check.name.to_owned(), json!({"status": state, "message": check.message}));
    }
    Json(json!({
        "status": health::overall(&checks),
        "timestamp": stamp::now(),
        "service": "content-generator",
        "version": env!("CARGO_PKG_VERSION"),
        "environment": app.settings.environment,
        "uptime_seconds": app.uptime(),
        "dependencies": dependencies,
        "dry_run": app.settings.dry_run,
        "living_doc_type": app.settings.living_doc_type,
    }))
}

/// `GET /ready`: 503 while a required dependency is down.
pub(crate) async fn ready(State(app): Shared, incoming: Incoming) -> Response {
    let mut checks = health::dependencies(&app, &incoming.trace).await.to_vec();
    checks.push(health::document(&app));
    let ready = checks.iter().all(|check| check.ready);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let checks: Vec<Value> = checks.iter().map(health::Check::to_json).collect();
    (status, Json(json!({"ready": ready, "checks": checks}))).into_response()
}

/// `GET /live`: looks at no dependency.
pub(crate) async fn live() -> Json<Value> {
    Json(json!({"alive": true}))
}

/// `GET /metrics`.
pub(crate) async fn metrics(State(app): Shared) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, app.metrics.render(app.uptime())).into_response()
}
