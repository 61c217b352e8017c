//! One publication over all its channels, and the claim about it. Main type: [`Published`].

use crate::channels::{Outcome, Page, Publisher};
use crate::content::Generated;
use crate::faults::Fault;
use crate::trace::Trace;
use serde_json::{Map, Value, json};

/// What came of a publication.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) email: Outcome,
    pub(crate) web: Outcome,
    pub(crate) social: Outcome,
}

impl Published {
    /// The three channels by name.
    pub(crate) fn channels(&self) -> [(&'static str, &Outcome); 3] {
        [("email", &self.email), ("web", &self.web), ("social", &self.social)]
    }

    /// The channels on which everything went out.
    pub(crate) fn published_to(&self, publisher: &Publisher) -> Vec<&'static str> {
        let claimed = |outcome: &Outcome| {
            outcome.succeeded()
                || publisher.faults.has(Fault::ClaimsFailedChannel) && outcome.status == "failed"
        };
        self.channels().into_iter().filter(|(_, outcome)| claimed(outcome)).map(|(name, _)| name).collect()
    }

    /// One text for each channel that failed, in whole or in part.
    pub(crate) fn errors(&self) -> Vec<String> {
        self.channels()
            .into_iter()
            .filter_map(|(name, outcome)| Some(format!("{name}: {}", outcome.error.as_ref()?)))
            .collect()
    }

    /// Something was tried, and nothing at all went out.
    pub(crate) fn all_failed(&self) -> bool {
        let mut tried = self.channels().into_iter().filter(|(_, outcome)| outcome.attempts > 0).peekable();
        tried.peek().is_some() && !tried.any(|(_, outcome)| outcome.reached_somebody())
    }
}

/// What is known about the text, for the metadata of upstream calls.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) content_id: String,
    pub(crate) template_style: &'static str,
    pub(crate) tones: [&'static str; 3],
}

impl Origin {
    /// Metadata of the email.
    pub(crate) fn email(&self) -> Map<String, Value> {
        map(json!({
            "content_id": self.content_id,
            "template_style": self.template_style,
            "tone": self.tones[0],
        }))
    }
}

/// The page of a web update, as it is sent to the Platform.
pub(crate) fn page<'a>(
    update: &'a crate::content::WebUpdate,
    content_type: &'static str,
    content_id: &str,
    scheduled_at: Option<String>,
) -> Page<'a> {
    Page {
        title: &update.title,
        content: &update.content,
        content_type,
        tags: &update.tags,
        metadata: map(json!({
            "content_id": content_id,
            "excerpt": update.excerpt,
            "slug": update.slug,
            "source": "content-generator",
        })),
        scheduled_at,
    }
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Publishes what was generated: email, then web, then social. In a preview nothing is called.
pub(crate) async fn publish(
    publisher: &Publisher,
    generated: &Generated,
    origin: &Origin,
    preview: bool,
    trace: &Trace,
) -> Published {
    let preview = preview && !publisher.faults.has(Fault::PreviewPublishes);
    let untouched = |wanted: bool| Outcome::untouched(if wanted { "preview" } else { "skipped" });
    let key = |channel: &str| format!("{}:{channel}", origin.content_id);
    let email = match &generated.newsletter {
        Some(newsletter) if !preview => {
            publisher.email(newsletter, origin.email(), &key("email"), trace).await
        }
        newsletter => untouched(newsletter.is_some()),
    };
    let web = match &generated.web_update {
        Some(update) if !preview => {
            publisher.page(&page(update, "web_update", &origin.content_id, None), &key("web"), trace).await
        }
        update => untouched(update.is_some()),
    };
    let social = if generated.social_posts.is_empty() || preview {
        untouched(!generated.social_posts.is_empty())
    } else {
        publisher.posts(&generated.social_posts, &key("social"), trace).await
    };
    Published { email, web, social }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: &'static str, attempts: u32) -> Outcome {
        let error = (status == "failed").then(|| "no".to_owned());
        Outcome { status, attempts, error, ..Outcome::default() }
    }

    fn published(email: &'static str, web: &'static str, social: &'static str) -> Published {
        let made = |status| outcome(status, u32::from(!matches!(status, "skipped" | "preview")));
        Published { email: made(email), web: made(web), social: made(social) }
    }

    #[test]
    fn all_failed_means_that_nothing_went_out_of_what_was_tried() {
        assert!(published("failed", "skipped", "failed").all_failed());
        assert!(!published("failed", "success", "skipped").all_failed());
        let mut some_posts = published("failed", "skipped", "failed");
        some_posts.social.posts = vec![outcome("success", 1), outcome("failed", 1)];
        assert!(!some_posts.all_failed());
        assert!(!published("preview", "preview", "skipped").all_failed());
        assert!(!published("skipped", "skipped", "skipped").all_failed());
    }

    #[test]
    fn errors_name_their_channel() {
        assert_eq!(published("success", "failed", "failed").errors(), ["web: no", "social: no"]);
    }
}
