//! Small text tools of the templates: escaping, excerpts, slugs.

/// Escapes text for HTML content and attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The paragraphs of an item's content as escaped HTML paragraphs.
pub(crate) fn paragraphs(content: &str) -> String {
    content.lines().map(|line| format!("<p>{}</p>\n", escape(line))).collect()
}

/// At most `max` characters, cut at a word, with an ellipsis when something was cut.
pub(crate) fn excerpt(text: &str, max: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= max {
        return flat;
    }
    let kept: String = flat.chars().take(max.saturating_sub(1)).collect();
    let cut = match kept.rfind(' ') {
        Some(space) if space > 0 => &kept[..space],
        _ => kept.as_str(),
    };
    format!("{}…", cut.trim_end_matches(|last: char| last.is_ascii_punctuation() || last == ' '))
}

/// The first sentence of a text.
pub(crate) fn first_sentence(text: &str) -> &str {
    text.find(". ").or_else(|| text.find(".\n")).map_or(text, |end| &text[..=end])
}

/// A web address part: small ASCII letters, digits and single hyphens, at most 80 characters, never empty.
pub(crate) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for character in title.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.truncate(80);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "update".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_content_is_shown_not_run() {
        assert_eq!(escape("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
        assert_eq!(paragraphs("a\n<b>"), "<p>a</p>\n<p>&lt;b&gt;</p>\n");
    }

    #[test]
    fn excerpts_end_at_a_word_and_keep_to_the_limit() {
        assert_eq!(excerpt("Breathe in, breathe out", 40), "Breathe in, breathe out");
        assert_eq!(excerpt("Breathe in, breathe out", 13), "Breathe in…");
        for max in 1..30 {
            assert!(excerpt("Ein Übungsplan für Atem und Ruhe", max).chars().count() <= max.max(1));
        }
    }

    #[test]
    fn slugs_are_plain() {
        assert_eq!(slug("  Breathscape 2.4: What’s new?  "), "breathscape-2-4-what-s-new");
        assert_eq!(slug("…"), "update");
        assert!(slug(&"long ".repeat(60)).len() <= 80);
    }
}
