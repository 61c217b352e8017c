//! `POST /api/v2/generate-content`: write, publish, and say truthfully what came of it.

use crate::app::App;
use crate::cache::{self, Selection, TARGETS};
use crate::content::{PLATFORMS, STYLES, TONES};
use crate::errors::ApiError;
use crate::faults::Fault;
use crate::idempotency::Answer;
use crate::incoming::Incoming;
use crate::publish::{Origin, Published, publish};
use crate::stamp;
use crate::trace::Trace;
use crate::validation::Fields;
use crate::writer::{self, Wanted};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// What a request asks for.
struct Order {
    wanted: Wanted,
    preview: bool,
    include_texts: bool,
    validate: bool,
    invalidate: bool,
    cache_targets: Vec<String>,
}

fn read(fields: &mut Fields<'_>) -> Order {
    let tone = fields.one_of("tone", TONES).unwrap_or("professional");
    let mut tones = [tone; 3];
    if let Some(map) = fields.object_or_none("per_channel_tones") {
        tones = fields.inner("per_channel_tones", map, |fields| {
            ["email", "web", "social"].map(|channel| fields.one_of(channel, TONES).unwrap_or(tone))
        });
    }
    let social = fields.flag("generate_social", true);
    Order {
        wanted: Wanted {
            email: fields.flag("send_email", true),
            web: fields.flag("publish_web", true),
            platforms: if social { PLATFORMS.to_vec() } else { Vec::new() },
            style: "modern",
            tones,
            seo: true,
            refresh: fields.flag("force_refresh", false),
        },
        preview: fields.flag("preview_only", false),
        include_texts: fields.flag("include_preview", true),
        validate: true,
        invalidate: fields.flag("invalidate_cache", true),
        cache_targets: fields.texts_or_none("cache_targets", Some(TARGETS)).unwrap_or_default(),
    }
}

/// The handler.
pub(crate) async fn generate(State(app): State<Arc<App>>, incoming: Incoming) -> Result<Response, ApiError> {
    let (query, mut issues) = (&incoming.query, Vec::new());
    let style = query.one_of("template_style", STYLES, &mut issues).unwrap_or("modern");
    let platforms = query.several_of("social_platforms", PLATFORMS, &mut issues);
    let seo = query.flag("seo_optimize", true, &mut issues);
    let validate = query.flag("validate_content", true, &mut issues);
    let dry_run = query.flag("dry_run", false, &mut issues);
    let mut order = incoming.read(&app, issues, read)?;
    order.wanted.style = style;
    order.wanted.seo = seo;
    if !platforms.is_empty() && !order.wanted.platforms.is_empty() {
        order.wanted.platforms = platforms;
    }
    order.validate = validate;
    order.preview |= dry_run || app.settings.dry_run;
    let (work_app, trace) = (Arc::clone(&app), incoming.trace.clone());
    incoming.once(&app, async move { carry_out(&work_app, &order, &trace).await }).await
}

async fn carry_out(app: &App, order: &Order, trace: &Trace) -> Answer {
    if app.settings.faults.has(Fault::CallsOut) {
        call_out().await;
    }
    let mut generated = match writer::write(app, &order.wanted) {
        Ok(generated) => generated,
        Err(error) => return (StatusCode::SERVICE_UNAVAILABLE, json!({ "detail": error })),
    };
    let origin =
        Origin { content_id: app.ids.uuid(), template_style: order.wanted.style, tones: order.wanted.tones };
    let published = publish(&app.publisher, &generated, &origin, order.preview, trace).await;
    let errors = published.errors();
    if published.all_failed() && !app.settings.faults.has(Fault::ClaimsFailedChannel) {
        let detail = format!("Every requested channel failed: {}", errors.join("; "));
        return (StatusCode::BAD_GATEWAY, json!({ "detail": detail }));
    }
    if let Some(newsletter) = &mut generated.newsletter {
        newsletter.recipient_count = published.email.recipients_count;
    }
    let caches = invalidate(app, order, &published);
    if let (true, Some(update)) = (published.web.succeeded(), &generated.web_update) {
        // The edge caches hold the page from the moment on that it is published.
        app.cache.put("cdn", format!("/updates/{}", update.slug), json!(published.web.content_id));
    }
    let mut results = json!({
        "email": published.email,
        "web": published.web,
        "social": published.social,
        "cache_invalidation": caches,
    });
    if order.validate
        && let Ok(document) = app.document()
    {
        results["validation"] = writer::review(&document);
    }
    let texts = order.include_texts;
    let answer = json!({
        "status": if order.preview { "preview" } else { "success" },
        "content_id": origin.content_id,
        "published_to": published.published_to(&app.publisher),
        "results": results,
        "newsletter": generated.newsletter.filter(|_| texts),
        "web_update": generated.web_update.filter(|_| texts),
        "social_posts": if texts { generated.social_posts } else { Vec::new() },
        "errors": errors,
        "generated_at": stamp::now(),
    });
    (StatusCode::OK, answer)
}

/// Once something new is out, what the caches hold is old.
fn invalidate(app: &App, order: &Order, published: &Published) -> Value {
    let something = published.channels().iter().any(|(_, outcome)| outcome.reached_somebody());
    if !order.invalidate || order.preview || !something {
        return json!({"status": "skipped"});
    }
    let selection = Selection { targets: order.cache_targets.clone(), ..Selection::default() };
    let removed = app.cache.invalidate(&selection);
    json!({
        "status": "success",
        "request_id": app.ids.uuid(),
        "keys_invalidated": cache::total(&removed),
        "targets_processed": removed,
    })
}

/// Seeded lie: telemetry to the outside world. A plain client on purpose, with whatever proxy the environment
/// sets, as a forgotten SDK would have it.
async fn call_out() {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(1)).build();
    if let Ok(client) = client {
        let _ = client.get("http://telemetry.example.com/v1/events?event=content_generated").send().await;
    }
}
