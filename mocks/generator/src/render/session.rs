//! The page that sums up one live breathing session.

use crate::content::WebUpdate;
use crate::render::text::{escape, excerpt, slug};

/// Makes the page from facts about a session. `minutes` is its length, `date` an ISO date, `title` the editor's
/// own title if there is one, `note` free text.
pub(crate) fn session_summary(
    title: Option<&str>,
    session_id: &str,
    facts: (u64, u64, &str),
    techniques: &[String],
    achievements: &[String],
    note: Option<&str>,
) -> WebUpdate {
    let (minutes, participants, date) = facts;
    let title = match title.map(str::trim).filter(|title| !title.is_empty()) {
        Some(title) => excerpt(title, 100),
        None => excerpt(&format!("Session summary: {} on {date}", techniques.join(", ")), 100),
    };
    let people = if participants == 1 { "1 person".to_owned() } else { format!("{participants} people") };
    let lead = format!(
        "{people} breathed together for {minutes} minutes on {date}, practising {}.",
        techniques.join(", ")
    );
    let mut content = format!("<article>\n<h1>{}</h1>\n<p>{}</p>\n", escape(&title), escape(&lead));
    if let Some(note) = note {
        content.push_str(&format!("<p>{}</p>\n", escape(note)));
    }
    if !achievements.is_empty() {
        content.push_str("<h2>Achievements</h2>\n<ul>\n");
        for achievement in achievements {
            content.push_str(&format!("<li>{}</li>\n", escape(achievement)));
        }
        content.push_str("</ul>\n");
    }
    content.push_str("</article>\n");
    let mut tags = vec!["session".to_owned(), "live".to_owned()];
    tags.extend(techniques.iter().map(|technique| slug(technique)).take(8));
    tags.dedup();
    WebUpdate {
        title,
        content,
        excerpt: excerpt(&lead, 160),
        slug: slug(&format!("session {session_id} {date}")),
        tags,
    }
}
