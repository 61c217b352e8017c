//! Texts as HTML: [`escape`].

use dryrun_record::Outcome;

use crate::{facts, text};

/// Text that is safe in an element and in a quoted attribute. Control characters and direction marks become visible.
pub(crate) fn escape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() + 16);
    for c in text::visible(raw).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// A class of the page's style for an outcome: `passed`, `failed`, `flaky`, `notrun`.
pub(crate) fn class(outcome: Option<Outcome>) -> String {
    facts::outcome(outcome).replace(' ', "")
}

/// The mark of an outcome with its word for those who can't see it.
pub(crate) fn mark(outcome: Option<Outcome>) -> String {
    let sign = match outcome {
        Some(Outcome::Passed) => "✓",
        Some(Outcome::Failed) => "✗",
        Some(Outcome::Flaky) => "↻",
        None => "–",
    };
    let (class, word) = (class(outcome), facts::outcome(outcome));
    format!("<span class=\"mark {class}\" aria-hidden=\"true\">{sign}</span><span class=\"sr\">{word}</span>")
}
