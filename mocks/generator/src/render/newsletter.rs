//! The newsletter in three template styles.

use crate::content::Newsletter;
use crate::document::{CATEGORIES, Document, Item};
use crate::render::text::{escape, excerpt, first_sentence, paragraphs};
use crate::render::tone::Voice;

/// How many items of each category one issue carries.
const PER_CATEGORY: usize = 2;

/// Makes the newsletter. `lead` turns the items of each category, so that issues of one batch differ.
pub(crate) fn newsletter(document: &Document, style: &str, tone: &str, lead: usize) -> Newsletter {
    let voice = Voice::of(tone);
    let sections: Vec<(&str, Vec<&Item>)> = CATEGORIES
        .iter()
        .map(|category| (*category, turned(document.newest(category), lead)))
        .filter(|(_, items)| !items.is_empty())
        .collect();
    let headline = sections[0].1[0];
    let subject = excerpt(&format!("{}: {}", voice.subject, headline.title), 100);
    let preview_text = excerpt(first_sentence(&headline.content), 150);
    let html = match style {
        "minimal" => minimal(&subject, voice, &sections),
        "plain" => plain(&subject, voice, &sections),
        _ => modern(&subject, &preview_text, voice, &sections),
    };
    let text = plain_text(&subject, voice, &sections);
    Newsletter { subject, html, text, preview_text, recipient_count: None }
}

fn turned(mut items: Vec<&Item>, lead: usize) -> Vec<&Item> {
    if !items.is_empty() {
        let by = lead % items.len();
        items.rotate_left(by);
    }
    items.truncate(PER_CATEGORY);
    items
}

fn heading(category: &str) -> &'static str {
    match category {
        "breathscape" => "Breathscape",
        "hardware" => "Devices",
        "tips" => "For your practice",
        _ => "Where we are going",
    }
}

fn modern(subject: &str, preview: &str, voice: &Voice, sections: &[(&str, Vec<&Item>)]) -> String {
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body style=\"margin:0;background:#eef3f6;font-family:Helvetica,Arial,sans-serif;color:#16323f\">\n\
         <div style=\"display:none\">{preview}</div>\n\
         <table role=\"presentation\" width=\"600\" align=\"center\" style=\"background:#fff\">\n\
         <tr><td style=\"background:#1c6e8c;color:#fff;padding:32px\"><h1>{title}</h1></td></tr>\n\
         <tr><td style=\"padding:24px 32px\"><p>{greeting}</p><p>{opening}</p></td></tr>\n",
        title = escape(subject),
        preview = escape(preview),
        greeting = escape(voice.greeting),
        opening = escape(voice.opening),
    );
    for (category, items) in sections {
        html.push_str(&format!(
            "<tr><td style=\"padding:0 32px\"><h2 style=\"color:#1c6e8c\">{}</h2>\n",
            heading(category)
        ));
        for item in items {
            html.push_str(&format!(
                "<h3>{}</h3>\n<p style=\"color:#6b8794\">{}</p>\n{}",
                escape(&item.title),
                item.date,
                paragraphs(&item.content)
            ));
        }
        html.push_str("</td></tr>\n");
    }
    html.push_str(&format!(
        "<tr><td style=\"padding:24px 32px\"><p><strong>{}</strong></p><p>{}</p></td></tr>\n</table>\n</body>\n</html>\n",
        escape(voice.action),
        escape(voice.closing)
    ));
    html
}

fn minimal(subject: &str, voice: &Voice, sections: &[(&str, Vec<&Item>)]) -> String {
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>\n<h1>{title}</h1>\n<p>{opening}</p>\n",
        title = escape(subject),
        opening = escape(voice.opening)
    );
    for (category, items) in sections {
        html.push_str(&format!("<h2>{}</h2>\n<ul>\n", heading(category)));
        for item in items {
            html.push_str(&format!(
                "<li><strong>{}</strong>: {}</li>\n",
                escape(&item.title),
                escape(&excerpt(&item.content, 240))
            ));
        }
        html.push_str("</ul>\n");
    }
    html.push_str(&format!("<p>{}</p>\n</body>\n</html>\n", escape(voice.closing)));
    html
}

fn plain(subject: &str, voice: &Voice, sections: &[(&str, Vec<&Item>)]) -> String {
    format!("<pre>\n{}</pre>\n", escape(&plain_text(subject, voice, sections)))
}

fn plain_text(subject: &str, voice: &Voice, sections: &[(&str, Vec<&Item>)]) -> String {
    let mut text = format!("{subject}\n\n{}\n\n{}\n", voice.greeting, voice.opening);
    for (category, items) in sections {
        text.push_str(&format!("\n== {} ==\n", heading(category)));
        for item in items {
            text.push_str(&format!("\n{} ({})\n{}\n", item.title, item.date, item.content));
        }
    }
    text.push_str(&format!("\n{}\n", voice.closing));
    text
}
