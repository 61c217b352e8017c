//! `${name}` before anything is remembered under that name, and `${env:NAME}` that is not set.

use std::collections::BTreeSet;

use crate::check::known::Known;
use crate::check::steps::Matched;
use crate::features::{Diagnostic, Scenario};
use crate::values::expand::{self, Reference};
use crate::values::nearest::{listed, nearest};

pub(crate) fn check(
    scenario: &Scenario,
    matched: &[Matched<'_>],
    known: &Known,
    found: &mut Vec<Diagnostic>,
) {
    // A scenario of another profile need not find here what it needs there.
    let elsewhere = scenario.reference.tags.iter().any(|tag| tag.starts_with("only-profile:"));
    let mut remembered: BTreeSet<String> = known.given.clone();
    for one in matched {
        let step = one.step;
        let mut texts: Vec<(usize, &str)> = vec![(step.line, step.text.as_str())];
        if let Some(doc) = &step.doc_string {
            texts.extend(doc.text.lines().enumerate().map(|(index, line)| (step.doc_line + index, line)));
        }
        for (index, row) in step.table.iter().flatten().enumerate() {
            let line = step.table_lines.get(index).copied().unwrap_or(step.line);
            texts.extend(row.iter().map(|cell| (line, cell.as_str())));
        }
        for (line, text) in texts.into_iter().filter(|(_, text)| text.contains("${")) {
            for reference in expand::names(text) {
                match reference {
                    Reference::Remembered(name) if !remembered.contains(&name) => {
                        let names = || remembered.iter().map(String::as_str);
                        let help = match nearest(&name, names()) {
                            Some(near) => format!("did you mean `${{{near}}}`?"),
                            None if remembered.is_empty() => format!(
                                "put a step before it that remembers it, such as `Then I remember id as \"{name}\"`"
                            ),
                            None => format!("remembered by then: {}", listed(names(), 8)),
                        };
                        found.push(
                            Diagnostic::line(
                                &scenario.source,
                                "unknown-variable",
                                line,
                                format!("nothing is remembered as `{name}` before this step"),
                            )
                            .on(&format!("${{{name}"))
                            .help(help),
                        );
                    }
                    Reference::Wrong(error) => {
                        let diagnostic =
                            Diagnostic::line(&scenario.source, "placeholder", line, error.message);
                        found.push(match error.hint {
                            Some(hint) => diagnostic.help(hint),
                            None => diagnostic,
                        });
                    }
                    Reference::Env(name) if !known.env.contains(&name) => {
                        let help = match nearest(&name, known.env.iter().map(String::as_str)) {
                            Some(near) => format!("did you mean `${{env:{near}}}`?"),
                            None => format!("set {name} before the run"),
                        };
                        let message = format!("the environment has no variable `{name}`");
                        let diagnostic =
                            Diagnostic::line(&scenario.source, "unset-environment", line, message)
                                .on(&format!("${{env:{name}"))
                                .help(help);
                        found.push(if elsewhere { diagnostic.warning() } else { diagnostic });
                    }
                    Reference::Remembered(_) | Reference::Env(_) | Reference::Generated(_) => {}
                }
            }
        }
        remember(one, &mut remembered);
    }
}

/// The names under which a step remembers something.
fn remember(one: &Matched<'_>, remembered: &mut BTreeSet<String>) {
    let pattern = one.phrase.pattern;
    // `as` has other meanings too: `basic auth as {string}`.
    if ["remember", "unique", "test data"].iter().any(|word| pattern.contains(word)) {
        remembered.extend(one.behind("as ").map(|name| name.text.clone()));
    }
    remembered.extend(one.behind("secret ").map(|name| name.text.clone()));
    if pattern == "I remember:" {
        remembered.extend(one.step.table.iter().flatten().filter_map(|row| row.first().cloned()));
    }
}
