//! Newsletters and document syncs as jobs.

use crate::app::App;
use crate::content::Newsletter;
use crate::errors::ApiError;
use crate::faults::Fault;
use crate::idempotency::Answer;
use crate::incoming::{Id, Incoming, accept};
use crate::jobs::{CHANNELS, Job, STATES, Task, Unretryable};
use crate::stamp;
use crate::worker;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use serde_json::{Map, Value, json};
use std::sync::Arc;

type Shared = State<Arc<App>>;

/// `POST /api/v1/newsletter/send`: at once and awaited, so that the answer can say how many the CRM sent to.
pub(crate) async fn send_newsletter(State(app): Shared, incoming: Incoming) -> Result<Response, ApiError> {
    incoming.keyed(&app)?;
    let (newsletter, filter, test_mode, schedule_time) = incoming.read(&app, Vec::new(), |fields| {
        let newsletter = Newsletter {
            subject: fields.text("subject", 998),
            html: fields.text("html_content", 2_000_000),
            text: fields.text("text_content", 2_000_000),
            preview_text: String::new(),
            recipient_count: None,
        };
        let filter = fields.object_or_none("recipient_filter").cloned();
        (newsletter, filter, fields.flag("test_mode", false), fields.moment_or_none("schedule_time"))
    })?;
    let mut metadata = Map::new();
    if let Some(filter) = filter {
        metadata.insert("recipient_filter".to_owned(), Value::Object(filter));
    }
    let task = Task::Newsletter { newsletter, metadata };
    let mut job = Job::new(app.ids.prefixed("job"), task, vec!["email"], incoming.trace.clone());
    job.schedule_time = schedule_time.filter(|moment| *moment > Utc::now());
    let (work_app, test) = (Arc::clone(&app), test_mode || app.settings.dry_run);
    incoming.once(&app, async move { newsletter_job(&work_app, job, test).await }).await
}

async fn newsletter_job(app: &Arc<App>, mut job: Job, test: bool) -> Answer {
    let mut answer = json!({
        "status": "sent",
        "job_id": job.id,
        "recipients": 0,
        "scheduled": job.schedule_time.is_some() && !test,
    });
    if test {
        // Nothing is sent, so the job is over before it began.
        job.schedule_time = None;
        job.status = "completed";
        job.completed_at = Some(stamp::now());
        job.results.insert("email", crate::channels::Outcome::untouched("preview"));
        app.jobs.add(job);
        answer["status"] = json!("preview");
        return (StatusCode::OK, answer);
    }
    app.jobs.add(job.clone());
    if let Some(moment) = job.schedule_time {
        worker::spawn_job(app, &job);
        answer["status"] = json!("scheduled");
        answer["scheduled_time"] = json!(stamp::text(moment));
        return (StatusCode::OK, answer);
    }
    let done = worker::run_job(app, &job.id).await;
    let outcome = done.as_ref().and_then(|job| job.results.get("email"));
    match outcome.map(|outcome| (outcome.error.as_ref(), outcome.recipients_count)) {
        Some((None, recipients)) => {
            answer["recipients"] = json!(recipients.unwrap_or(0));
            (StatusCode::OK, answer)
        }
        other => {
            let error = other.and_then(|(error, _)| error.cloned()).unwrap_or_default();
            let detail = format!("The newsletter was not sent (job {}): {error}", job.id);
            (StatusCode::BAD_GATEWAY, json!({ "detail": detail }))
        }
    }
}

/// `POST /api/v2/content/sync`: in the background.
pub(crate) async fn sync(State(app): Shared, incoming: Incoming) -> Result<Response, ApiError> {
    incoming.keyed(&app)?;
    let (document_id, names, schedule_time, correlation_id) = incoming.read(&app, Vec::new(), |fields| {
        (
            fields.text("document_id", 128),
            fields.texts("channels", CHANNELS.len(), Some(CHANNELS)),
            fields.moment_or_none("schedule_time"),
            fields.bounded_or_none("correlation_id", (1, 200)),
        )
    })?;
    // A service that was told which document it has knows no other.
    if app.settings.living_doc_id.as_ref().is_some_and(|known| *known != document_id) {
        return Err(ApiError::not_found(format!("Document {document_id} not found")));
    }
    let channels = CHANNELS.iter().filter(|known| names.iter().any(|name| name == *known)).copied().collect();
    let mut trace = incoming.trace.clone();
    // What the request's headers say goes before the field of the body.
    if !incoming.headers.contains_key("x-correlation-id")
        && let Some(id) = &correlation_id
    {
        trace.correlation_id = Some(id.clone());
    }
    let mut job = Job::new(app.ids.prefixed("job"), Task::Sync, channels, trace);
    job.document_id = Some(document_id);
    job.correlation_id = correlation_id.or(job.correlation_id);
    job.schedule_time = schedule_time.filter(|moment| *moment > Utc::now());
    let work_app = Arc::clone(&app);
    let work = async move {
        work_app.jobs.add(job.clone());
        worker::spawn_job(&work_app, &job);
        (StatusCode::OK, job.to_json())
    };
    incoming.once(&app, work).await
}

/// `GET /api/v2/jobs`.
pub(crate) async fn list(State(app): Shared, incoming: Incoming) -> Result<Json<Value>, ApiError> {
    incoming.keyed(&app)?;
    let mut issues = Vec::new();
    let status = incoming.query.one_of("status", STATES, &mut issues);
    let limit = incoming.query.whole("limit", 100, (1, 1000), &mut issues);
    let offset = incoming.query.whole("offset", 0, (0, 2_147_483_647), &mut issues);
    accept(&app, &issues)?;
    let (jobs, total) = app.jobs.page(status, limit, offset);
    Ok(Json(json!({"jobs": jobs, "total": total, "limit": limit, "offset": offset})))
}

fn invented(app: &App, id: &str) -> Option<Value> {
    app.settings.faults.has(Fault::InventsUnknownId).then(|| {
        json!({"job_id": id, "status": "completed", "channels": ["email"], "results": {"email": {"status": "success"}}, "errors": []})
    })
}

/// `GET /api/v2/jobs/{id}`.
pub(crate) async fn get(State(app): Shared, Id(id): Id, incoming: Incoming) -> Result<Json<Value>, ApiError> {
    incoming.keyed(&app)?;
    app.jobs
        .get(&id)
        .map(|job| job.to_json())
        .or_else(|| invented(&app, &id))
        .map(Json)
        .ok_or_else(|| ApiError::not_found(format!("Job {id} not found")))
}

/// `POST /api/v2/jobs/{id}/retry`: sends again to the channels that failed, and only to those.
pub(crate) async fn retry(State(app): Shared, Id(id): Id, incoming: Incoming) -> Result<Response, ApiError> {
    incoming.keyed(&app)?;
    let mut issues = Vec::new();
    let force = incoming.query.flag("force", false, &mut issues);
    accept(&app, &issues)?;
    if app.jobs.get(&id).is_none() {
        let invented = invented(&app, &id).map(|job| Json(job).into_response());
        return invented.ok_or_else(|| ApiError::not_found(format!("Job {id} not found")));
    }
    let (work_app, trace) = (Arc::clone(&app), incoming.trace.clone());
    let work = async move {
        match work_app.jobs.reopen(&id, force, trace) {
            Ok(job) => {
                worker::spawn_job(&work_app, &job);
                (StatusCode::OK, job.to_json())
            }
            Err(Unretryable::Unknown) => {
                (StatusCode::NOT_FOUND, json!({"detail": format!("Job {id} not found")}))
            }
            Err(Unretryable::Because(why)) => (StatusCode::BAD_REQUEST, json!({ "detail": why })),
        }
    };
    incoming.once(&app, work).await
}
