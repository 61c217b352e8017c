//! Publishes one thing on one channel and says truthfully what came of it. Main types: [`Publisher`], [`Outcome`].

use crate::content::{Newsletter, SocialPost};
use crate::faults::{Fault, Faults};
use crate::metrics::Metrics;
use crate::stamp::Ids;
use crate::trace::Trace;
use crate::upstream::{Call, Lost, Service, Taken, Upstream};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What came of one channel; on the wire under `results.email`, `results.web`, `results.social`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Outcome {
    /// `success`, `failed`, `skipped` or `preview`. Social with some posts gone and some not is `failed`: its
    /// `posts` say which, and `error` says so too.
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) platform: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recipients_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) post_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) posts: Vec<Outcome>,
    /// Attempts made upstream, all posts together.
    pub(crate) attempts: u32,
    /// Nobody knows whether it arrived, so it must not be sent again unasked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) delivery_unknown: bool,
}

impl Outcome {
    /// A channel on which nothing was tried.
    pub(crate) fn untouched(status: &'static str) -> Outcome {
        Outcome { status, ..Outcome::default() }
    }

    /// Did some of it go out, though perhaps not all?
    pub(crate) fn reached_somebody(&self) -> bool {
        self.succeeded() || self.posts.iter().any(Outcome::succeeded)
    }

    /// Did all of it go out?
    pub(crate) fn succeeded(&self) -> bool {
        self.status == "success"
    }

    fn lost(lost: Lost) -> Outcome {
        Outcome {
            status: "failed",
            error: Some(lost.error),
            attempts: lost.attempts,
            delivery_unknown: lost.unknown,
            ..Outcome::default()
        }
    }
}

/// A page for the Platform.
#[derive(Clone, Debug)]
pub(crate) struct Page<'a> {
    pub(crate) title: &'a str,
    pub(crate) content: &'a str,
    pub(crate) content_type: &'static str,
    pub(crate) tags: &'a [String],
    pub(crate) metadata: Map<String, Value>,
    /// Absent: publish now.
    pub(crate) scheduled_at: Option<String>,
}

/// Sends to the channels.
#[derive(Clone, Debug)]
pub(crate) struct Publisher {
    pub(crate) upstream: Upstream,
    pub(crate) faults: Faults,
    pub(crate) ids: Ids,
    pub(crate) metrics: Arc<Metrics>,
}

impl Publisher {
    fn count(&self, channel: &'static str, outcome: Outcome) -> Outcome {
        self.metrics.published(channel, if outcome.succeeded() { "success" } else { "failed" });
        outcome
    }

    /// Seeded lie: whatever failed is made to look well.
    fn dressed_up(&self, outcome: Outcome) -> Outcome {
        if outcome.succeeded() || !self.faults.has(Fault::SwallowsUpstreamError) {
            return outcome;
        }
        let id = Some(self.ids.uuid());
        Outcome {
            status: "success",
            platform: outcome.platform,
            message_id: id.clone(),
            content_id: id.clone(),
            post_id: id,
            recipients_count: Some(100),
            attempts: 1,
            ..Outcome::default()
        }
    }

    /// Sends an email to all subscribers, as the CRM counts them.
    pub(crate) async fn email(
        &self,
        newsletter: &Newsletter,
        metadata: Map<String, Value>,
        key: &str,
        trace: &Trace,
    ) -> Outcome {
        if self.faults.has(Fault::SkipsSend) {
            return Outcome {
                status: "success",
                message_id: Some(self.ids.uuid()),
                recipients_count: Some(100),
                attempts: 1,
                ..Outcome::default()
            };
        }
        let path =
            if self.faults.has(Fault::WrongPath) { "/api/v1/emails/send" } else { "/api/v1/email/send" };
        let body = json!({
            "subject": newsletter.subject,
            "html_content": newsletter.html,
            "text_content": newsletter.text,
            "metadata": metadata,
        });
        let call = Call { service: Service::Crm, path, body: &body, key, trace, lookup: None };
        let sent = self.upstream.post(&call).await;
        if sent.is_ok() && self.faults.has(Fault::DoubleSend) {
            let again = format!("{key}:again");
            let _ = self.upstream.post(&Call { key: &again, ..call }).await;
        }
        let outcome = match sent {
            Err(lost) => Outcome::lost(lost),
            Ok(Taken { body, attempts }) => match (text(&body, "message_id"), text(&body, "status")) {
                (_, Some(status)) if matches!(status.as_str(), "failed" | "bounced" | "error") => {
                    Outcome::lost(Lost {
                        error: format!("CRM POST {path} answered 200, but with status {status}"),
                        attempts,
                        unknown: false,
                    })
                }
                (None, _) => nameless("CRM", path, "message_id", attempts),
                (Some(message_id), _) => {
                    let mut recipients = body.get("recipients_count").and_then(Value::as_u64);
                    if self.faults.has(Fault::WrongRecipientCount) {
                        recipients = recipients.map(|count| count * 10 + 1);
                    }
                    Outcome {
                        status: "success",
                        message_id: Some(message_id),
                        recipients_count: recipients,
                        attempts,
                        ..Outcome::default()
                    }
                }
            },
        };
        if outcome.succeeded() && self.faults.has(Fault::ReportsFailureAfterSuccess) {
            let error = Some(format!("CRM POST {path} answered 503"));
            return Outcome { status: "failed", error, attempts: outcome.attempts, ..Outcome::default() };
        }
        self.count("email", self.dressed_up(outcome))
    }

    /// Publishes a page; a lost answer is looked up by the key in its metadata.
    pub(crate) async fn page(&self, page: &Page<'_>, key: &str, trace: &Trace) -> Outcome {
        let path = "/api/v1/content/publish";
        let mut metadata = page.metadata.clone();
        metadata.insert("idempotency_key".to_owned(), json!(key));
        let mut body = json!({
            "title": page.title,
            "content": page.content,
            "content_type": page.content_type,
            "metadata": metadata,
            "tags": page.tags,
            "publish_immediately": page.scheduled_at.is_none(),
        });
        if let Some(moment) = &page.scheduled_at {
            body["scheduled_at"] = json!(moment);
        }
        let lookup = Some(page.content_type);
        let call = Call { service: Service::Platform, path, body: &body, key, trace, lookup };
        let outcome = match self.upstream.post(&call).await {
            Err(lost) => Outcome::lost(lost),
            // A looked-up entry may name its id `id`.
            Ok(Taken { body, attempts }) => match text(&body, "content_id").or_else(|| text(&body, "id")) {
                None => nameless("Platform", path, "content_id", attempts),
                // It took the page and keeps it back: nobody can read it, so it is not published.
                Some(content_id)
                    if page.scheduled_at.is_none() && text(&body, "status").as_deref() == Some("draft") =>
                {
                    let error = Some(format!("Platform POST {path} kept the page as a draft: {content_id}"));
                    Outcome {
                        status: "failed",
                        content_id: Some(content_id),
                        error,
                        attempts,
                        ..Outcome::default()
                    }
                }
                Some(content_id) => Outcome {
                    status: "success",
                    content_id: Some(content_id),
                    url: text(&body, "url"),
                    attempts,
                    ..Outcome::default()
                },
            },
        };
        let outcome = self.count("web", self.dressed_up(outcome));
        if let (true, None, Some(content_id)) =
            (outcome.error.is_none(), &page.scheduled_at, &outcome.content_id)
        {
            self.announce(content_id, page, trace).await;
        }
        outcome
    }

    /// Tells the Platform's webhook about a new page. The page is out whatever becomes of this, so one attempt,
    /// and a failure shows only in the metrics.
    async fn announce(&self, content_id: &str, page: &Page<'_>, trace: &Trace) {
        let body = json!({
            "event_type": "content.published",
            "content_id": content_id,
            "data": {"title": page.title, "content_type": page.content_type},
        });
        let _ = self.upstream.post_once(Service::Platform, "/api/v1/webhooks/content", &body, trace).await;
    }

    /// Posts on one network. The Platform has no list of posts, so a lost answer is not retried.
    pub(crate) async fn post(
        &self,
        post: &SocialPost,
        scheduled_at: Option<String>,
        key: &str,
        trace: &Trace,
    ) -> Outcome {
        let path = "/api/v1/social/post";
        let mut body = json!({
            "platform": post.platform,
            "content": post.content,
            "media_urls": post.media_urls,
            "hashtags": post.hashtags,
        });
        if let Some(moment) = scheduled_at {
            body["scheduled_at"] = json!(moment);
        }
        let call = Call { service: Service::Platform, path, body: &body, key, trace, lookup: None };
        let mut outcome = match self.upstream.post(&call).await {
            Err(lost) => Outcome::lost(lost),
            Ok(Taken { body, attempts }) => match text(&body, "post_id") {
                None => nameless("Platform", path, "post_id", attempts),
                Some(post_id) => Outcome {
                    status: "success",
                    post_id: Some(post_id),
                    url: text(&body, "url"),
                    attempts,
                    ..Outcome::default()
                },
            },
        };
        outcome.platform = Some(post.platform);
        self.count("social", self.dressed_up(outcome))
    }

    /// Posts on several networks, one after another; each stands on its own.
    pub(crate) async fn posts(&self, posts: &[SocialPost], key: &str, trace: &Trace) -> Outcome {
        let mut outcomes = Vec::with_capacity(posts.len());
        for post in posts {
            let key = format!("{key}:{}", post.platform);
            outcomes.push(self.post(post, None, &key, trace).await);
        }
        together(outcomes)
    }
}

/// Sums up the posts of one publication.
fn together(posts: Vec<Outcome>) -> Outcome {
    let gone = posts.iter().filter(|post| post.succeeded()).count();
    let errors: Vec<String> = posts
        .iter()
        .filter_map(|post| Some(format!("{}: {}", post.platform.unwrap_or("?"), post.error.as_ref()?)))
        .collect();
    let out = posts.iter().filter(|post| post.succeeded()).filter_map(|post| post.platform);
    let out = out.collect::<Vec<_>>().join(", ");
    let error = match gone {
        _ if gone == posts.len() => None,
        0 => Some(errors.join("; ")),
        _ => Some(format!("{} ({out}: posted)", errors.join("; "))),
    };
    Outcome {
        status: if error.is_none() { "success" } else { "failed" },
        error,
        attempts: posts.iter().map(|post| post.attempts).sum(),
        delivery_unknown: posts.iter().any(|post| post.delivery_unknown),
        posts,
        ..Outcome::default()
    }
}

fn text(body: &Value, name: &str) -> Option<String> {
    body.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// It was answered with success, but without the id that proves it: not to be sent again, not to be called sent.
fn nameless(service: &str, path: &str, field: &str, attempts: u32) -> Outcome {
    let error = format!("delivery unknown: {service} POST {path} answered 200 without {field}");
    Outcome::lost(Lost { error, attempts, unknown: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(status: &'static str, platform: &'static str) -> Outcome {
        let error = (status == "failed").then(|| "gone".to_owned());
        Outcome { status, platform: Some(platform), error, attempts: 2, ..Outcome::default() }
    }

    #[test]
    fn several_posts_are_summed_up_without_hiding_either_side() {
        let all = together(vec![post("success", "twitter"), post("success", "linkedin")]);
        assert_eq!((all.status, all.attempts, all.error.as_deref()), ("success", 4, None));
        let some = together(vec![post("success", "twitter"), post("failed", "linkedin")]);
        assert_eq!(
            (some.status, some.error.as_deref()),
            ("failed", Some("linkedin: gone (twitter: posted)"))
        );
        assert!(!some.succeeded() && some.reached_somebody());
        assert!(!together(vec![post("failed", "twitter")]).reached_somebody());
    }
}
