//! Work that goes on after the answer: jobs and scheduled batch items.

use crate::app::App;
use crate::batch::{Batch, Draft, Item};
use crate::channels::Outcome;
use crate::content::Generated;
use crate::jobs::{Job, Task};
use crate::publish::page;
use crate::stamp;
use crate::trace::Trace;
use crate::writer::{self, Wanted};
use chrono::{DateTime, Utc};
use serde_json::{Map, json};
use std::sync::Arc;
use std::time::Duration;

/// How long it is until a moment; nothing when it is past.
fn until(moment: DateTime<Utc>) -> Duration {
    (moment - Utc::now()).to_std().unwrap_or(Duration::ZERO)
}

/// Runs a job in the background, when it is due.
pub(crate) fn spawn_job(app: &Arc<App>, job: &Job) {
    let (app, id, due) = (Arc::clone(app), job.id.clone(), job.schedule_time);
    tokio::spawn(async move {
        if let Some(due) = due {
            tokio::time::sleep(until(due)).await;
        }
        run_job(&app, &id).await;
    });
}

/// Runs a pending job to its end; `None` when it is not pending (any more).
pub(crate) async fn run_job(app: &App, id: &str) -> Option<Job> {
    let job = app.jobs.start(id)?;
    let open = job.open_channels(false);
    let texts = match &job.task {
        Task::Newsletter { newsletter, .. } => {
            Ok(Generated { newsletter: Some(newsletter.clone()), ..Generated::default() })
        }
        Task::Sync => writer::write(app, &wanted(&open)),
    };
    for channel in open {
        let outcome = match &texts {
            Err(error) => Outcome { error: Some(error.clone()), ..Outcome::untouched("failed") },
            Ok(_) if app.settings.dry_run => Outcome::untouched("preview"),
            Ok(texts) => send(app, &job, channel, texts).await,
        };
        app.jobs.note(id, channel, outcome);
    }
    app.jobs.finish(id)
}

fn wanted(channels: &[&'static str]) -> Wanted {
    Wanted {
        email: channels.contains(&"email"),
        web: channels.contains(&"website"),
        platforms: channels
            .iter()
            .filter(|channel| !matches!(**channel, "email" | "website"))
            .copied()
            .collect(),
        style: "modern",
        tones: ["professional"; 3],
        seo: true,
        refresh: false,
    }
}

async fn send(app: &App, job: &Job, channel: &'static str, texts: &Generated) -> Outcome {
    // The key belongs to the job and channel, not to the run: a retry is the same publication.
    let key = format!("{}:{channel}", job.id);
    match channel {
        "email" => match &texts.newsletter {
            None => Outcome::untouched("skipped"),
            Some(newsletter) => {
                let mut metadata = match &job.task {
                    Task::Newsletter { metadata, .. } => metadata.clone(),
                    Task::Sync => Map::new(),
                };
                metadata.insert("job_id".to_owned(), json!(job.id));
                if let Some(document) = &job.document_id {
                    metadata.insert("document_id".to_owned(), json!(document));
                }
                app.publisher.email(newsletter, metadata, &key, &job.trace).await
            }
        },
        "website" => match &texts.web_update {
            None => Outcome::untouched("skipped"),
            Some(update) => {
                app.publisher.page(&page(update, "web_update", &job.id, None), &key, &job.trace).await
            }
        },
        _ => match texts.social_posts.iter().find(|post| post.platform == channel) {
            None => Outcome::untouched("skipped"),
            Some(post) => app.publisher.post(post, None, &key, &job.trace).await,
        },
    }
}

/// What became of scheduling a batch.
#[derive(Debug, Default)]
pub(crate) struct Scheduling {
    pub(crate) accepted: Vec<String>,
    pub(crate) errors: Vec<String>,
    pub(crate) next: Option<DateTime<Utc>>,
}

/// Schedules items: pages and posts are handed to the Platform with their time, emails wait here until they are
/// due, since the CRM can't schedule. Items that were scheduled before are left alone.
pub(crate) async fn schedule(
    app: &Arc<App>,
    batch: &Batch,
    items: &[(String, DateTime<Utc>)],
    trace: &Trace,
) -> Scheduling {
    let mut scheduling = Scheduling::default();
    for (item_id, due) in items {
        let Some(item) = app.batches.take(&batch.id, item_id, &["planned"], Some(*due)) else { continue };
        let later = item.due > Utc::now();
        if matches!(item.draft, Draft::Email(_)) && later {
            let (app, batch_id, trace) = (Arc::clone(app), batch.id.clone(), trace.clone());
            let due = item.due;
            tokio::spawn(async move {
                tokio::time::sleep(until(due)).await;
                send_item(&app, &batch_id, &item, false, &trace).await;
            });
        } else if let Some(error) = send_item(app, &batch.id, &item, later, trace).await {
            scheduling.errors.push(format!("{item_id}: {error}"));
            continue;
        }
        scheduling.next = Some(scheduling.next.map_or(*due, |next| next.min(*due)));
        scheduling.accepted.push(item_id.clone());
    }
    scheduling
}

/// Sends one item, or hands it over with its time; answers the error if it failed.
async fn send_item(app: &App, batch_id: &str, item: &Item, later: bool, trace: &Trace) -> Option<String> {
    let at = later.then(|| stamp::text(item.due));
    let outcome = match &item.draft {
        Draft::Email(newsletter) => {
            let mut metadata = Map::new();
            metadata.insert("batch_id".to_owned(), json!(batch_id));
            metadata.insert("item_id".to_owned(), json!(item.id));
            app.publisher.email(newsletter, metadata, &item.id, trace).await
        }
        Draft::Web(update) => {
            app.publisher.page(&page(update, "web_update", &item.id, at), &item.id, trace).await
        }
        Draft::Social(post) => app.publisher.post(post, at, &item.id, trace).await,
    };
    let state = match outcome.succeeded() {
        false => "failed",
        true if later => "scheduled",
        true => "published",
    };
    let error = outcome.error.clone();
    app.batches.note(batch_id, &item.id, state, Some(outcome));
    error
}
