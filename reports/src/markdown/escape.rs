//! Texts of others within Markdown: [`escaped`], [`html`], [`fenced`].

use std::fmt::Write as _;

use crate::text;

/// One line in which nothing is markup. An `@name` notifies nobody, a `#1` links nowhere.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text::one_line(text, 600).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// One line for an HTML element within Markdown.
pub(crate) fn html(text: &str) -> String {
    let line = text::one_line(text, 300);
    let mut out = String::new();
    for c in line.chars() {
        if c.is_ascii_punctuation() && !"/.:-,()_".contains(c) {
            let _ = write!(out, "&#{};", c as u32);
        } else {
            out.push(c);
        }
    }
    out
}

/// A fenced block whose fence is longer than any within.
pub(crate) fn fenced(language: &str, text: &str) -> String {
    let text = text::visible(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}")
}
