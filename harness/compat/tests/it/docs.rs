//! The tables of docs/contracts.md: every row is held against what the cases really find. `UPDATE_DOCS=1` writes them
//! anew; look at the difference.

use std::fmt::Write;

use dryrun_compat::{Impact, LINT_RULES};

use crate::support::{observed, root};

struct Row {
    id: String,
    level: String,
    ours: Option<String>,
    why: String,
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("tests/oasdiff.tsv")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut cells = line.split('\t').map(str::to_owned);
            let mut next = || cells.next().unwrap_or_default();
            let (id, level, ours, why) = (next(), next(), next(), next());
            Row { id, level, ours: (ours != "-").then_some(ours), why }
        })
        .collect()
}

/// Whether our finding is as grave for consumers as theirs.
fn agrees(level: &str, impact: Option<Impact>) -> bool {
    match level {
        "ERR" => impact == Some(Impact::Break),
        "WARN" => impact == Some(Impact::Warning),
        _ => impact != Some(Impact::Break) && impact != Some(Impact::Warning),
    }
}

#[test]
fn every_row_is_true() {
    let observed = observed();
    let mut wrong = Vec::new();
    for row in rows() {
        let impacts = match &row.ours {
            None => vec![None],
            Some(rule) => match observed.get(rule) {
                Some(impacts) => impacts.iter().map(|(consumer, _)| Some(*consumer)).collect(),
                None => {
                    wrong.push(format!("{}: no case finds {rule}", row.id));
                    continue;
                }
            },
        };
        let agrees = impacts.iter().any(|impact| agrees(&row.level, *impact));
        if !agrees && row.why.is_empty() {
            wrong.push(format!(
                "{} is {} there, {:?} is {impacts:?} here, and nobody says why",
                row.id, row.level, row.ours
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn word(impact: Impact) -> &'static str {
    match impact {
        Impact::Break => "breaks",
        Impact::Warning => "may break",
        Impact::None => "-",
    }
}

/// The rules of the comparison, as the cases find them.
fn rules() -> String {
    let mut out = String::from("| Rule | Consumers | Providers |\n|---|---|---|\n");
    for (rule, impacts) in observed() {
        let column = |pick: fn(&(Impact, Impact)) -> Impact| {
            let mut words: Vec<&str> = impacts.iter().map(|both| word(pick(both))).collect();
            words.dedup();
            words.join(" or ")
        };
        let _ = writeln!(out, "| `{rule}` | {} | {} |", column(|both| both.0), column(|both| both.1));
    }
    out
}

/// The rules of the lint.
fn lint() -> String {
    let mut out = String::from("| Rule | Level | Finds | Write instead |\n|---|---|---|---|\n");
    for rule in LINT_RULES {
        let _ =
            writeln!(out, "| `{}` | {} | {} | {} |", rule.id, rule.level.name(), rule.meaning, rule.instead);
    }
    out
}

/// oasdiff's checks and ours.
fn oasdiff() -> String {
    let observed = observed();
    let rows = rows();
    let grave = |row: &Row| -> bool {
        let Some(rule) = &row.ours else {
            return agrees(&row.level, None);
        };
        observed
            .get(rule)
            .is_some_and(|all| all.iter().any(|(consumer, _)| agrees(&row.level, Some(*consumer))))
    };
    let agreed = rows.iter().filter(|row| grave(row)).count();
    let mut out = format!("{} checks: {agreed} agree, {} differ.\n\n", rows.len(), rows.len() - agreed);
    out.push_str("| oasdiff | There | Ours | | Why |\n|---|---|---|---|---|\n");
    for row in &rows {
        let ours = row.ours.as_ref().map_or("-".to_owned(), |rule| format!("`{rule}`"));
        let verdict = if grave(row) { "agree" } else { "**differ**" };
        let _ = writeln!(out, "| `{}` | {} | {ours} | {verdict} | {} |", row.id, row.level, row.why);
    }
    out
}

#[test]
fn the_tables_of_the_docs_are_those_of_the_code() {
    let path = root().join("../../docs/contracts.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut wanted = text.clone();
    for (name, table) in [("rules of diff", rules()), ("rules of lint", lint()), ("oasdiff", oasdiff())] {
        let (open, close) = (format!("<!-- {name}: generated -->\n"), format!("<!-- end of {name} -->"));
        let start = wanted.find(&open).unwrap_or_else(|| panic!("{name} has no place in docs/contracts.md"))
            + open.len();
        let end = wanted.find(&close).unwrap_or_else(|| panic!("{name} does not end in docs/contracts.md"));
        wanted.replace_range(start..end, &format!("\n{table}\n"));
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    assert!(
        text == wanted || std::env::var_os("UPDATE_DOCS").is_some(),
        "docs/contracts.md is old: UPDATE_DOCS=1 cargo test -p dryrun-compat --test it docs"
    );
}
