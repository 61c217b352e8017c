//! The web update: one page that gathers the newest items.

use crate::content::WebUpdate;
use crate::document::{CATEGORIES, Document, Item};
use crate::render::text::{escape, excerpt, paragraphs, slug};
use crate::render::tone::Voice;

/// Makes the page. With `seo`, title and excerpt keep to what search engines show (60 and 160 characters) and
/// every item's tags are listed. `lead` chooses the item that opens the page.
pub(crate) fn web_update(document: &Document, tone: &str, seo: bool, lead: usize) -> WebUpdate {
    let voice = Voice::of(tone);
    let mut items: Vec<&Item> = (0..2)
        .flat_map(|rank| {
            CATEGORIES.iter().filter_map(move |category| document.newest(category).get(rank).copied())
        })
        .collect();
    let turn = lead % items.len();
    items.rotate_left(turn);
    let first = items[0];
    let title = excerpt(&format!("{}: {}", voice.web_title, first.title), if seo { 60 } else { 100 });
    let mut content = format!("<article>\n<h1>{}</h1>\n<p>{}</p>\n", escape(&title), escape(voice.opening));
    for item in &items {
        content.push_str(&format!(
            "<section>\n<h2>{}</h2>\n<time datetime=\"{date}\">{date}</time>\n{}</section>\n",
            escape(&item.title),
            paragraphs(&item.content),
            date = item.date
        ));
    }
    content.push_str(&format!("<p>{}</p>\n</article>\n", escape(voice.closing)));
    let mut tags: Vec<String> = Vec::new();
    for tag in items
        .iter()
        .map(|item| item.category.to_owned())
        .chain(items.iter().filter(|_| seo).flat_map(|item| item.tags.iter().cloned()))
    {
        if !tags.contains(&tag) && tags.len() < 12 {
            tags.push(tag);
        }
    }
    let excerpt = excerpt(&first.content, if seo { 160 } else { 280 });
    WebUpdate { slug: slug(&format!("{} {}", first.title, first.date)), title, content, excerpt, tags }
}
