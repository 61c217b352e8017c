//! Writes the texts that were asked for, from the cache or from the living document. Main type: [`Wanted`].

use crate::app::App;
use crate::content::{Generated, Newsletter, SocialPost, WebUpdate};
use crate::document::Document;
use crate::render;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What to write, and how.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) email: bool,
    pub(crate) web: bool,
    /// Networks; empty for no social posts.
    pub(crate) platforms: Vec<&'static str>,
    pub(crate) style: &'static str,
    /// For email, web and social.
    pub(crate) tones: [&'static str; 3],
    pub(crate) seo: bool,
    /// Read the document anew, whatever the cache holds.
    pub(crate) refresh: bool,
}

/// Reads the document when it is first needed, and only then.
struct Source<'a> {
    app: &'a App,
    document: Option<Document>,
    refresh: bool,
}

impl Source<'_> {
    fn text<T: Serialize + DeserializeOwned>(
        &mut self,
        key: String,
        write: impl FnOnce(&Document) -> T,
    ) -> Result<T, String> {
        let kept = if self.refresh { None } else { self.app.cache.get("local", &key) };
        if let Some(text) = kept.and_then(|kept| serde_json::from_value(kept).ok()) {
            return Ok(text);
        }
        if self.document.is_none() {
            self.document = Some(self.app.document()?);
        }
        let text = write(self.document.as_ref().expect("read just above"));
        self.app.cache.put("local", key, json!(text));
        Ok(text)
    }
}

/// Writes all texts.
///
/// # Errors
/// The living document can't be read: where and why.
pub(crate) fn write(app: &App, wanted: &Wanted) -> Result<Generated, String> {
    let mut source = Source { app, document: None, refresh: wanted.refresh };
    let [email_tone, web_tone, social_tone] = wanted.tones;
    let mut generated = Generated::default();
    if wanted.email {
        let key = format!("newsletter:{}:{email_tone}", wanted.style);
        let newsletter: Newsletter =
            source.text(key, |document| render::newsletter(document, wanted.style, email_tone, 0))?;
        generated.newsletter = Some(newsletter);
    }
    if wanted.web {
        let key = format!("web:{}:{web_tone}", if wanted.seo { "seo" } else { "plain" });
        let update: WebUpdate =
            source.text(key, |document| render::web_update(document, web_tone, wanted.seo, 0))?;
        generated.web_update = Some(update);
    }
    for &platform in &wanted.platforms {
        let key = format!("social:{platform}:{social_tone}");
        let (content, hashtags, media_urls): (String, Vec<String>, Vec<String>) =
            source.text(key, |document| {
                let post = render::social_post(document, platform, social_tone, 0);
                (post.content, post.hashtags, post.media_urls)
            })?;
        generated.social_posts.push(SocialPost { platform, content, hashtags, media_urls });
    }
    Ok(generated)
}

/// What an editor should know about a living document before it is published.
pub(crate) fn review(document: &Document) -> Value {
    let mut issues = Vec::new();
    for (index, item) in document.items.iter().enumerate() {
        let words = item.content.split_whitespace().count();
        if words < 10 {
            issues.push(format!("'{}' has only {words} words", item.title));
        }
        if document.items[..index].iter().any(|other| other.title.eq_ignore_ascii_case(&item.title)) {
            issues.push(format!("'{}' stands there twice", item.title));
        }
    }
    json!({"is_valid": issues.is_empty(), "items": document.items.len(), "issues": issues})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{PLATFORMS, STYLES, TONES};
    use crate::settings::Settings;

    fn app() -> App {
        App::new(Settings::from_env(|_| None).unwrap()).unwrap()
    }

    fn everything(style: &'static str, tone: &'static str) -> Wanted {
        Wanted {
            email: true,
            web: true,
            platforms: PLATFORMS.to_vec(),
            style,
            tones: [tone; 3],
            seo: true,
            refresh: false,
        }
    }

    #[test]
    fn every_style_and_tone_writes_its_own_text_within_the_limits() {
        let app = app();
        let mut seen = std::collections::HashSet::new();
        for style in STYLES {
            for tone in TONES {
                let made = write(&app, &everything(style, tone)).unwrap();
                let newsletter = made.newsletter.unwrap();
                assert!(seen.insert(newsletter.html.clone()), "{style} {tone}");
                assert!((10..=100).contains(&newsletter.subject.chars().count()));
                assert!(newsletter.preview_text.chars().count() <= 150);
                let update = made.web_update.unwrap();
                assert!(update.title.chars().count() <= 60 && update.excerpt.chars().count() <= 160);
                for post in made.social_posts {
                    let tags: usize = post.hashtags.iter().map(|tag| tag.chars().count() + 1).sum();
                    assert!(post.content.chars().count() + tags <= render::limit(post.platform), "{post:?}");
                    assert!(post.hashtags.iter().all(|tag| tag.starts_with('#')));
                }
            }
        }
    }

    #[test]
    fn no_text_of_the_shipped_document_trips_an_upstream_trigger_word() {
        let app = app();
        let document = app.document().unwrap();
        for tone in TONES {
            for lead in 0..6 {
                let subject = render::newsletter(&document, "modern", tone, lead).subject.to_lowercase();
                let title = render::web_update(&document, tone, false, lead).title.to_lowercase();
                for word in ["error", "timeout", "invalid", "slow", "forbidden", "large", "draft"] {
                    assert!(!subject.contains(word) && !title.contains(word), "{word}: {subject} / {title}");
                }
                for platform in PLATFORMS {
                    let post = render::social_post(&document, platform, tone, lead);
                    assert!(!post.content.to_lowercase().contains("banned"), "{post:?}");
                }
            }
        }
        assert_eq!(review(&document)["is_valid"], true, "{}", review(&document));
    }

    #[test]
    fn the_cache_serves_the_same_text_until_it_is_refreshed() {
        let app = app();
        let wanted = everything("modern", "professional");
        let first = write(&app, &wanted).unwrap();
        assert_eq!(write(&app, &wanted).unwrap(), first);
        let marked = json!({"subject": "kept", "html": "h", "text": "t", "preview_text": "p"});
        app.cache.put("local", "newsletter:modern:professional".into(), marked);
        assert_eq!(write(&app, &wanted).unwrap().newsletter.unwrap().subject, "kept");
        let refreshed = Wanted { refresh: true, ..wanted };
        assert_eq!(write(&app, &refreshed).unwrap(), first);
    }
}
