//! How notices are shown: text, Markdown, JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::lint::notice::{Level, Notice};

/// `2 errors, 1 warning, 30 hints`
#[must_use]
pub fn tally(notices: &[Notice]) -> String {
    let count = |level: Level| {
        let n = notices.iter().filter(|notice| notice.level == level).count();
        format!("{n} {}{}", level.name(), if n == 1 { "" } else { "s" })
    };
    [Level::Error, Level::Warning, Level::Hint].map(count).join(", ")
}

fn place(notice: &Notice) -> String {
    notice.place.location.clone().unwrap_or_else(|| notice.place.pointer.clone())
}

/// For the terminal: one line a notice, gravest first; hints of one rule are folded, with their first places.
#[must_use]
pub fn text(file: &str, notices: &[Notice], all: bool) -> String {
    let mut out = format!("{file}: {}\n", tally(notices));
    for level in [Level::Error, Level::Warning] {
        for notice in notices.iter().filter(|notice| notice.level == level) {
            let _ = writeln!(out, "{}: {} [{}] {}", place(notice), level.name(), notice.rule, notice.message);
            let _ = writeln!(out, "    write instead: {}", notice.instead);
        }
    }
    let mut rules: Vec<&str> = Vec::new();
    for notice in notices.iter().filter(|notice| notice.level == Level::Hint) {
        if all {
            let _ = writeln!(out, "{}: hint [{}] {}", place(notice), notice.rule, notice.message);
        } else if !rules.contains(&notice.rule) {
            rules.push(notice.rule);
            let same: Vec<&Notice> = notices.iter().filter(|other| other.rule == notice.rule).collect();
            let more = match same.len() {
                1 => String::new(),
                n => format!(" (and {} more)", n - 1),
            };
            let _ = writeln!(out, "{}: hint [{}] {}{more}", place(notice), notice.rule, notice.message);
        }
    }
    out
}

/// For a pull request.
#[must_use]
pub fn markdown(file: &str, notices: &[Notice]) -> String {
    let mut out = format!("## {file}\n\n{}\n", tally(notices));
    if !notices.is_empty() {
        out.push_str("\n| Level | Rule | Place | What | Write instead |\n|---|---|---|---|---|\n");
    }
    for level in [Level::Error, Level::Warning, Level::Hint] {
        for notice in notices.iter().filter(|notice| notice.level == level) {
            let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
            let _ = writeln!(
                out,
                "| {} | `{}` | {} | {} | {} |",
                level.name(),
                notice.rule,
                cell(&place(notice)),
                cell(&notice.message),
                cell(notice.instead)
            );
        }
    }
    out
}

/// For programs.
#[must_use]
pub fn json(file: &str, notices: &[Notice]) -> Value {
    let count = |level: Level| notices.iter().filter(|notice| notice.level == level).count();
    json!({
        "file": file,
        "errors": count(Level::Error),
        "warnings": count(Level::Warning),
        "hints": count(Level::Hint),
        "notices": notices,
    })
}
