//! What is made from the living document, in the words of the wire. Main type: [`Generated`].

use serde::{Deserialize, Serialize};

/// Email template styles.
pub(crate) const STYLES: &[&str] = &["modern", "minimal", "plain"];
/// Social networks that the Platform posts to.
pub(crate) const PLATFORMS: &[&str] = &["twitter", "linkedin", "facebook"];
/// Voices.
pub(crate) const TONES: &[&str] = &["professional", "encouraging", "medical_scientific"];

/// An email to the subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Newsletter {
    pub(crate) subject: String,
    pub(crate) html: String,
    pub(crate) text: String,
    pub(crate) preview_text: String,
    /// What the CRM said; absent until it has said something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recipient_count: Option<u64>,
}

/// A page of the website.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WebUpdate {
    pub(crate) title: String,
    pub(crate) content: String,
    pub(crate) excerpt: String,
    pub(crate) slug: String,
    pub(crate) tags: Vec<String>,
}

/// A post on one social network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SocialPost {
    pub(crate) platform: &'static str,
    pub(crate) content: String,
    pub(crate) hashtags: Vec<String>,
    pub(crate) media_urls: Vec<String>,
}

/// All that one generation made; a channel that was not asked for is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Generated {
    pub(crate) newsletter: Option<Newsletter>,
    pub(crate) web_update: Option<WebUpdate>,
    pub(crate) social_posts: Vec<SocialPost>,
}
