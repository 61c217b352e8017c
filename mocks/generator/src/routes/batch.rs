//! Batches: generating, scheduling, status.

use crate::app::App;
use crate::batch::{Batch, Draft, Item, due};
use crate::content::{PLATFORMS, STYLES};
use crate::document::Document;
use crate::errors::ApiError;
use crate::faults::Fault;
use crate::idempotency::Answer;
use crate::incoming::{Id, Incoming, accept};
use crate::render;
use crate::stamp;
use crate::trace::Trace;
use crate::worker;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

type Shared = State<Arc<App>>;

/// The most items of one batch.
const MOST: usize = 50;

struct Plan {
    period: &'static str,
    channels: Vec<&'static str>,
    count: usize,
    dry_run: bool,
    variety: bool,
    scheduling: bool,
}

/// `POST /api/v1/batch/generateBatch`.
pub(crate) async fn generate(State(app): Shared, incoming: Incoming) -> Result<Response, ApiError> {
    let (query, mut issues) = (&incoming.query, Vec::new());
    let name = query.get("period").unwrap_or("week");
    let Some(period) = ["day", "week", "month"].into_iter().find(|known| *known == name) else {
        return Err(ApiError::bad_request(format!("Unknown period '{name}': write day, week or month")));
    };
    let mut unknown = Vec::new();
    let mut channels = query.several_of("channels", &["email", "web", "social"], &mut unknown);
    if let Some(issue) = unknown.first() {
        return Err(ApiError::bad_request(format!("Unknown channel: {}", issue.msg)));
    }
    if channels.is_empty() {
        channels = vec!["email", "web", "social"];
    }
    let count = match query.get("count") {
        None => 10,
        Some(text) => match text.parse::<i64>() {
            Ok(count) if (1..=MOST as i64).contains(&count) => usize::try_from(count).unwrap_or(MOST),
            Ok(count) => {
                let detail = format!("count is {count}, but must be from 1 to {MOST}");
                return Err(ApiError::bad_request(detail));
            }
            Err(_) => query.whole("count", 10, (1, MOST), &mut issues),
        },
    };
    let plan = Plan {
        period,
        channels,
        count,
        dry_run: query.flag("dry_run", true, &mut issues) | app.settings.dry_run,
        variety: query.flag("template_variety", true, &mut issues),
        scheduling: query.flag("include_scheduling", true, &mut issues),
    };
    accept(&app, &issues)?;
    let work_app = Arc::clone(&app);
    incoming.once(&app, async move { make(&work_app, &plan) }).await
}

fn make(app: &App, plan: &Plan) -> Answer {
    let document = match app.document() {
        Ok(document) => document,
        Err(error) => return (StatusCode::SERVICE_UNAVAILABLE, json!({ "detail": error })),
    };
    let id = app.ids.prefixed("batch");
    let now = Utc::now();
    let items = (0..plan.count)
        .map(|index| {
            let channel = plan.channels[index % plan.channels.len()];
            Item {
                id: format!("{id}-{channel}-{index:03}"),
                draft: draft(&document, channel, index, plan.channels.len(), plan.variety),
                due: due(now, plan.period, index, plan.count),
                state: "planned",
                outcome: None,
            }
        })
        .collect();
    let batch = Batch {
        id,
        items,
        period: plan.period,
        dry_run: plan.dry_run,
        planned: plan.scheduling,
        updated_at: stamp::now(),
    };
    let answer = batch.to_json();
    app.batches.add(batch);
    (StatusCode::OK, answer)
}

/// The text of item `index`: each round over the channels begins with another item of the document.
fn draft(document: &Document, channel: &str, index: usize, channels: usize, variety: bool) -> Draft {
    let round = index / channels;
    let turn = if variety { round } else { 0 };
    match channel {
        "email" => {
            Draft::Email(render::newsletter(document, STYLES[turn % STYLES.len()], "professional", round))
        }
        "web" => Draft::Web(render::web_update(document, "professional", true, round)),
        _ => {
            let platform = PLATFORMS[turn % PLATFORMS.len()];
            Draft::Social(render::social_post(document, platform, "professional", round))
        }
    }
}

/// `POST /api/v1/batch/schedule/{batch_id}`.
pub(crate) async fn schedule(
    State(app): Shared,
    Id(id): Id,
    incoming: Incoming,
) -> Result<Response, ApiError> {
    let (named, all, custom, dry_run) = incoming.read(&app, Vec::new(), |fields| {
        let named = fields.text("batch_id", 128);
        let all = fields.flag("schedule_all", true);
        let dry_run = fields.flag("dry_run", true);
        let custom = fields.object_or_none("custom_schedule").map(|map| {
            fields.inner("custom_schedule", map, |fields| {
                map.keys()
                    .filter_map(|item| Some((item.clone(), fields.moment(item)?)))
                    .collect::<BTreeMap<String, DateTime<Utc>>>()
            })
        });
        (named, all, custom.unwrap_or_default(), dry_run)
    })?;
    let Some(batch) = app.batches.get(&id) else {
        if app.settings.faults.has(Fault::InventsUnknownId) {
            let invented =
                json!({"batch_id": id, "status": "scheduled", "scheduled_items": 5, "dry_run": dry_run});
            return Ok(axum::response::IntoResponse::into_response(Json(invented)));
        }
        return Err(ApiError::not_found(format!("Batch {id} not found")));
    };
    if named != id {
        return Err(ApiError::bad_request(format!("batch_id is {named}, but the path names {id}")));
    }
    if let Some(stranger) = custom.keys().find(|item| !batch.items.iter().any(|known| known.id == **item)) {
        return Err(ApiError::bad_request(format!(
            "custom_schedule names {stranger}, which batch {id} has not"
        )));
    }
    if !all && custom.is_empty() {
        return Err(ApiError::bad_request(
            "Nothing to schedule: schedule_all is false and custom_schedule empty",
        ));
    }
    let dry_run = dry_run || app.settings.dry_run;
    if batch.dry_run && !dry_run {
        let detail = format!("Batch {id} was generated as a dry run: nothing of it can be published");
        return Err(ApiError::bad_request(detail));
    }
    let items: Vec<(String, DateTime<Utc>)> = batch
        .items
        .iter()
        .filter(|item| item.state == "planned" && (all || custom.contains_key(&item.id)))
        .map(|item| (item.id.clone(), custom.get(&item.id).copied().unwrap_or(item.due)))
        .collect();
    let (work_app, trace) = (Arc::clone(&app), incoming.trace.clone());
    incoming.once(&app, async move { carry_out(&work_app, &batch, &items, dry_run, &trace).await }).await
}

async fn carry_out(
    app: &Arc<App>,
    batch: &Batch,
    items: &[(String, DateTime<Utc>)],
    dry_run: bool,
    trace: &Trace,
) -> Answer {
    let next = |moment: Option<DateTime<Utc>>| moment.map(stamp::text);
    if dry_run {
        let first = items.iter().map(|(_, due)| *due).min();
        let names: Vec<&String> = items.iter().map(|(id, _)| id).collect();
        let answer = json!({
            "batch_id": batch.id,
            "status": "preview",
            "scheduled_items": names.len(),
            "items": names,
            "next_publish_time": next(first),
            "errors": [],
            "dry_run": true,
        });
        return (StatusCode::OK, answer);
    }
    let done = worker::schedule(app, batch, items, trace).await;
    if done.accepted.is_empty() && !done.errors.is_empty() {
        let detail = format!("Nothing could be scheduled: {}", done.errors.join("; "));
        return (StatusCode::BAD_GATEWAY, json!({ "detail": detail }));
    }
    let status = app.batches.get(&batch.id).map_or("scheduled", |batch| batch.status());
    let answer = json!({
        "batch_id": batch.id,
        "status": status,
        "scheduled_items": done.accepted.len(),
        "items": done.accepted,
        "next_publish_time": next(done.next),
        "errors": done.errors,
        "dry_run": false,
    });
    (StatusCode::OK, answer)
}

/// `GET /api/v1/batch/status/{batch_id}`.
pub(crate) async fn status(State(app): Shared, Id(id): Id) -> Result<Json<Value>, ApiError> {
    match app.batches.get(&id) {
        Some(batch) => Ok(Json(batch.status_json())),
        None if app.settings.faults.has(Fault::InventsUnknownId) => {
            Ok(Json(json!({"batch_id": id, "status": "completed", "total_items": 10, "dry_run": false})))
        }
        None => Err(ApiError::not_found(format!("Batch {id} not found"))),
    }
}
