//! The vocabulary as text, Markdown or JSON: what `dryrun steps` prints and what docs/steps.md holds.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::phrase::{Argument, Keyword, Phrase, Subject};
use crate::registry::matching::Registry;
use crate::values::kinds::Kind;
use crate::values::{parameters, predicate};

/// How the vocabulary is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For docs/steps.md.
    Markdown,
    /// For editors and other tools.
    Json,
}

impl Registry {
    /// Prints the whole vocabulary, grouped by subject, with everything that may stand in its parameters.
    pub fn document(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Markdown => self.markdown(),
            Format::Json => format!("{:#}\n", self.json()),
        }
    }

    fn by_subject(&self) -> Vec<(Subject, Vec<&Phrase>)> {
        let mut groups: Vec<(Subject, Vec<&Phrase>)> = Vec::new();
        for phrase in self.phrases() {
            match groups.iter_mut().find(|(subject, _)| *subject == phrase.subject) {
                Some((_, group)) => group.push(phrase),
                None => groups.push((phrase.subject, vec![phrase])),
            }
        }
        groups.sort_by_key(|(subject, _)| *subject);
        groups
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (subject, phrases) in self.by_subject() {
            let _ = writeln!(out, "{}\n", title(subject).to_uppercase());
            for phrase in phrases {
                let _ = writeln!(out, "  {} {}", keyword(phrase.keyword), phrase.pattern);
                let _ = writeln!(out, "      {}", phrase.meaning);
                for line in phrase.example.trim_matches('\n').lines() {
                    let _ = writeln!(out, "      | {line}");
                }
                out.push('\n');
            }
        }
        for (heading, rows) in lists() {
            let _ = writeln!(out, "{}\n", heading.to_uppercase());
            let width = rows.iter().map(|(form, _)| form.chars().count()).max().unwrap_or(0).min(44);
            for (form, meaning) in rows {
                let _ = writeln!(out, "  {form:width$}  {meaning}");
            }
            out.push('\n');
        }
        out
    }

    fn markdown(&self) -> String {
        let mut out = String::from(
            "# Steps\n\nMade by `dryrun steps --format markdown` from the registry that runs them; do not edit by hand. Each \
             phrase is understood under every keyword. `(s)` may be left out; what stands in braces is explained at the end.\n",
        );
        for (subject, phrases) in self.by_subject() {
            let _ = write!(out, "\n## {}\n", title(subject));
            for phrase in phrases {
                let _ = write!(
                    out,
                    "\n### {} {}\n\n{}\n\n```gherkin\n{}\n```\n",
                    keyword(phrase.keyword),
                    escaped(phrase.pattern),
                    phrase.meaning,
                    phrase.example.trim_matches('\n')
                );
            }
        }
        for (heading, rows) in lists() {
            let _ = write!(out, "\n## {heading}\n\n| form | meaning |\n| --- | --- |\n");
            for (form, meaning) in rows {
                let _ = writeln!(out, "| `{}` | {} |", form.replace('|', "\\|"), meaning.replace('|', "\\|"));
            }
        }
        out
    }

    fn json(&self) -> Value {
        let phrases: Vec<Value> = self
            .by_subject()
            .into_iter()
            .flat_map(|(subject, phrases)| phrases.into_iter().map(move |phrase| (subject, phrase)))
            .map(|(subject, phrase)| {
                json!({
                    "subject": title(subject),
                    "keyword": keyword(phrase.keyword),
                    "pattern": phrase.pattern,
                    "meaning": phrase.meaning,
                    "example": phrase.example.trim_matches('\n'),
                    "argument": argument(phrase.argument),
                })
            })
            .collect();
        let mut all = json!({ "phrases": phrases });
        for (heading, rows) in lists() {
            let rows: Vec<Value> =
                rows.into_iter().map(|(form, meaning)| json!({ "form": form, "meaning": meaning })).collect();
            all[heading.to_lowercase().replace(' ', "_")] = Value::Array(rows);
        }
        all
    }
}

/// Markers besides the sorts of values. A test reads each.
const MARKERS: [(&str, &str); 9] = [
    ("<any>", "anything but an absent field"),
    ("<absent>", "the field is not there"),
    ("<null>", "null"),
    ("<string?>", "a string, or absent, or null; every marker of a sort may end in `?`"),
    ("</^[a-z]+$/>", "text that matches the regular expression somewhere"),
    ("<1..100>", "a number between the bounds, bounds included"),
    ("<now ± 5 s>", "a date-time at most so far from now"),
    ("<each <string>>", "a list, each of whose items looks like what stands behind `each`"),
    ("...", "in an object or list: more may follow"),
];

/// What may stand between `${` and `}`. A test reads each.
const VALUES: [(&str, &str); 12] = [
    ("${name}", "what was remembered as `name`; alone in a value it keeps its JSON type"),
    ("${name.field[0]}", "a part of what was remembered"),
    ("${env:NAME}", "a variable of the environment that dryrun.toml lets through"),
    ("${uuid}", "a new UUID"),
    ("${now}", "the time as RFC 3339, or where a step has put the clock"),
    ("${now + 2 days}", "a later time; `-` gives an earlier one"),
    ("${today}", "the date"),
    ("${today - 1 week}", "another date"),
    ("${unique email}", "an address that nobody else in the run has"),
    ("${unique word}", "words that nobody else in the run has"),
    ("${random 1..100}", "a whole number between the bounds, from the seed of the run"),
    ("\\${", "the characters themselves"),
];

fn lists() -> Vec<(&'static str, Vec<(String, String)>)> {
    let owned = |rows: &[(&str, &str)]| {
        rows.iter().map(|(form, meaning)| ((*form).to_owned(), (*meaning).to_owned())).collect::<Vec<_>>()
    };
    let types = parameters::parameters()
        .into_iter()
        .map(|one| (format!("{{{}}}", one.name), one.meaning.to_owned()))
        .collect();
    let checks = predicate::documentation()
        .iter()
        .map(|one| (one.form.to_owned(), format!("{} (`{}`)", one.meaning, one.example)))
        .collect();
    let mut markers: Vec<(String, String)> =
        Kind::ALL.into_iter().map(|kind| (format!("<{}>", kind.name()), kind.with_article())).collect();
    markers.extend(owned(&MARKERS));
    vec![("Parameters", types), ("Checks", checks), ("Markers", markers), ("Values", owned(&VALUES))]
}

fn escaped(pattern: &str) -> String {
    pattern.replace('<', "&lt;").replace('*', "\\*")
}

fn title(subject: Subject) -> &'static str {
    match subject {
        Subject::SetUp => "Set-up",
        Subject::Http => "Talking to the service",
        Subject::Answer => "Checking the answer",
        Subject::Contracts => "Contracts",
        Subject::Mocks => "Mocks",
        Subject::DryRun => "Dry run",
        Subject::Live => "Live sessions",
    }
}

fn keyword(keyword: Keyword) -> &'static str {
    match keyword {
        Keyword::Given => "Given",
        Keyword::When => "When",
        Keyword::Then => "Then",
    }
}

fn argument(argument: Argument) -> &'static str {
    match argument {
        Argument::None => "none",
        Argument::DocString => "doc string",
        Argument::Table => "table",
        Argument::Optional => "optional",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::values::expand::{self, Reference};
    use crate::values::marker;

    #[test]
    fn every_marker_and_value_is_one_that_is_understood() {
        for (form, _) in MARKERS.iter().filter(|(form, _)| *form != "...") {
            assert!(marker::parse(form).unwrap().is_some(), "{form}");
        }
        for (form, _) in VALUES.iter().filter(|(form, _)| form.starts_with('$')) {
            let names = expand::names(form);
            assert!(names.len() == 1 && !matches!(names[0], Reference::Wrong(_)), "{form}: {names:?}");
        }
    }

    #[test]
    fn every_phrase_stands_in_every_format() {
        let registry = Registry::new(&BTreeMap::new()).unwrap();
        let (text, markdown) = (registry.document(Format::Text), registry.document(Format::Markdown));
        let json: Value = serde_json::from_str(&registry.document(Format::Json)).unwrap();
        assert_eq!(json["phrases"].as_array().unwrap().len(), registry.phrases().count());
        for phrase in registry.phrases() {
            assert!(
                text.contains(phrase.pattern) && markdown.contains(&escaped(phrase.pattern)),
                "{}",
                phrase.pattern
            );
        }
        for heading in ["Parameters", "Checks", "Markers", "Values"] {
            assert!(markdown.contains(&format!("\n## {heading}\n")));
            assert!(!json[heading.to_lowercase()].as_array().unwrap().is_empty());
        }
    }
}
