//! Content about a breathing session: reading the facts, writing the page, publishing it. Main type: [`Facts`].

use crate::app::App;
use crate::channels::Outcome;
use crate::content::WebUpdate;
use crate::publish::page;
use crate::render;
use crate::stamp;
use crate::trace::Trace;
use crate::validation::Fields;
use serde_json::{Value, json};

/// What is known about a session.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) session_id: String,
    title: Option<String>,
    note: Option<String>,
    seconds: u64,
    participants: u64,
    techniques: Vec<String>,
    achievements: Vec<String>,
    date: String,
    /// Publish what is written.
    pub(crate) publish: bool,
}

impl Facts {
    /// Reads the facts from a body.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Facts {
        let techniques = fields.texts("breathing_techniques", 50, None);
        if techniques.iter().any(|technique| technique.trim().is_empty() || technique.chars().count() > 200) {
            let msg = "Every technique should have 1 to 200 characters";
            fields.issue("breathing_techniques", msg, "string_too_short");
        }
        Facts {
            session_id: fields.text("session_id", 128),
            title: fields.text_or_none("title"),
            note: fields.text_or_none("content"),
            seconds: fields.whole("session_duration", 1, 86_400),
            participants: fields.whole("participant_count", 0, 1_000_000),
            techniques,
            achievements: fields.texts_or_none("key_achievements", None).unwrap_or_default(),
            date: fields
                .moment("session_date")
                .map(|date| date.format("%Y-%m-%d").to_string())
                .unwrap_or_default(),
            publish: fields.flag("publish", false),
        }
    }

    /// The summary of a session that is over.
    pub(crate) fn summary(&self) -> WebUpdate {
        render::session_summary(
            self.title.as_deref(),
            &self.session_id,
            (self.seconds.div_ceil(60), self.participants, &self.date),
            &self.techniques,
            &self.achievements,
            self.note.as_deref(),
        )
    }

    /// The announcement of a session that is about to begin.
    pub(crate) fn announcement(&self) -> WebUpdate {
        let minutes = self.seconds.div_ceil(60);
        let techniques = self.techniques.join(", ");
        let title = self.title.clone().unwrap_or_else(|| format!("Breathe with us live: {techniques}"));
        let title: String = title.chars().take(200).collect();
        let note = self
            .note
            .clone()
            .unwrap_or_else(|| format!("A live session of {minutes} minutes on {}.", self.date));
        let mut made = render::session_summary(
            Some(&title),
            &format!("live {}", self.session_id),
            (minutes, self.participants, &self.date),
            &self.techniques,
            &[],
            None,
        );
        made.excerpt.clone_from(&note);
        made.content = format!("{note} We practise {techniques}.");
        made
    }
}

/// The answer about a text of a session, and what became of publishing it if that was asked for.
pub(crate) async fn deliver(
    app: &App,
    facts: &Facts,
    text: &WebUpdate,
    content_type: &'static str,
    trace: &Trace,
) -> (Value, Option<Outcome>) {
    let content_id = app.ids.uuid();
    let outcome = match facts.publish {
        true if !app.settings.dry_run => {
            let key = format!("{content_id}:web");
            Some(app.publisher.page(&page(text, content_type, &content_id, None), &key, trace).await)
        }
        _ => None,
    };
    let preview = facts.publish && app.settings.dry_run;
    let gone = outcome.as_ref().is_some_and(Outcome::succeeded);
    let errors: Vec<&String> = outcome.iter().filter_map(|outcome| outcome.error.as_ref()).collect();
    let answer = json!({
        "status": if preview { "preview" } else { "success" },
        "session_id": facts.session_id,
        "content_id": content_id,
        "content": text,
        "published_to": if gone { vec!["web"] } else { Vec::new() },
        "results": {"web": outcome.clone().unwrap_or_else(|| Outcome::untouched(if preview { "preview" } else { "skipped" }))},
        "errors": errors,
        "generated_at": stamp::now(),
    });
    (answer, outcome)
}
