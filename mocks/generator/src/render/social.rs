//! Social posts, each within the length its network allows.

use crate::content::SocialPost;
use crate::document::{Document, Item};
use crate::render::text::{excerpt, first_sentence};
use crate::render::tone::Voice;

/// The most characters that a post on this network may have.
pub(crate) fn limit(platform: &str) -> usize {
    match platform {
        "twitter" => 280,
        "linkedin" => 3000,
        _ => 63_206,
    }
}

/// Makes the post for a network. Each network prefers another category; `lead` chooses the item within it.
pub(crate) fn social_post(
    document: &Document,
    platform: &'static str,
    tone: &str,
    lead: usize,
) -> SocialPost {
    let voice = Voice::of(tone);
    let wanted: [&str; 4] = match platform {
        "twitter" => ["breathscape", "tips", "hardware", "vision"],
        "linkedin" => ["vision", "hardware", "breathscape", "tips"],
        _ => ["tips", "breathscape", "vision", "hardware"],
    };
    let items: Vec<&Item> = wanted
        .iter()
        .map(|category| document.newest(category))
        .find(|items| !items.is_empty())
        .expect("a document has at least one item");
    let item = items[lead % items.len()];
    let most_tags = if platform == "twitter" { 2 } else { 5 };
    let mut hashtags = vec!["#Halcytone".to_owned(), "#Breathwork".to_owned()];
    hashtags.extend(item.tags.iter().map(|tag| hashtag(tag)).filter(|tag| tag.len() > 1));
    hashtags.dedup();
    hashtags.truncate(most_tags);
    // Networks count the hashtags too, each with the blank before it.
    let room = limit(platform) - hashtags.iter().map(|tag| tag.chars().count() + 1).sum::<usize>();
    let content = match platform {
        "twitter" => {
            excerpt(&format!("{} {}. {}", voice.social, item.title, first_sentence(&item.content)), room)
        }
        "linkedin" => {
            clip(&format!("{} {}\n\n{}\n\n{}", voice.social, item.title, item.content, voice.action), room)
        }
        _ => clip(
            &format!(
                "{} {}\n\n{}\n\nWhat has helped you? Tell us in the comments.",
                voice.social, item.title, item.content
            ),
            room,
        ),
    };
    SocialPost { platform, content, hashtags, media_urls: Vec::new() }
}

/// Like an excerpt, but keeps line breaks where nothing has to be cut.
fn clip(text: &str, max: usize) -> String {
    if text.chars().count() <= max { text.to_owned() } else { excerpt(text, max) }
}

fn hashtag(tag: &str) -> String {
    let words = tag.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold("#".to_owned(), |made, word| format!("{made}{}{}", word[..1].to_ascii_uppercase(), &word[1..]))
}
