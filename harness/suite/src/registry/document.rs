//! The vocabulary as text, Markdown or JSON: what `dryrun steps` prints and what docs/steps.md holds.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::features::tags;
use crate::phrase::{Argument, Keyword, Phrase, Subject};
use crate::registry::matching::Registry;
use crate::values::kinds::Kind;
use crate::values::{expand, marker, parameters, predicate, template};

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
        let mut out = format!("{}\n", wrapped(READING, "", WIDTH).replace('`', ""));
        for (subject, phrases) in self.by_subject() {
            let _ = writeln!(out, "{}\n", title(subject).to_uppercase());
            for phrase in phrases {
                out.push_str(&indented(&describe(phrase), "  "));
                out.push('\n');
            }
        }
        for List { heading, about, rows } in lists() {
            let _ = write!(out, "{}\n\n{}\n", heading.to_uppercase(), wrapped(about, "  ", WIDTH));
            let width = rows.iter().map(|row| row.form.chars().count()).max().unwrap_or(0);
            for Row { form, meaning, example } in rows {
                let lead = " ".repeat(width + 4);
                let told = wrapped(&meaning, &lead, WIDTH.max(width + 60));
                let _ = write!(out, "  {form:width$}  {}", told.trim_start());
                if let Some(example) = example {
                    let _ = writeln!(out, "{lead}> {example}");
                }
            }
            out.push('\n');
        }
        out
    }

    fn markdown(&self) -> String {
        let mut out = format!(
            "# Steps\n\n<!-- Made by `dryrun steps --format markdown` from the registry that runs them: do not edit by hand. -->\n\n{READING}\n\n"
        );
        let groups = self.by_subject();
        let headings = groups.iter().map(|(subject, _)| title(*subject));
        for heading in headings.chain(lists().iter().map(|list| list.heading)) {
            let _ = writeln!(out, "- [{heading}](#{})", heading.to_lowercase().replace(' ', "-"));
        }
        for (subject, phrases) in groups {
            let _ = write!(out, "\n## {}\n", title(subject));
            for phrase in phrases {
                let (usual, takes) = (keyword(phrase.keyword), takes(phrase.argument));
                let _ = write!(
                    out,
                    "\n### {usual} {}\n\n{}{}\n\n```gherkin\n{}\n```\n",
                    escaped(phrase.pattern),
                    phrase.meaning,
                    takes.map(|takes| format!(" *{takes}.*")).unwrap_or_default(),
                    phrase.example.trim_matches('\n')
                );
            }
        }
        for List { heading, about, rows } in lists() {
            let examples = rows.iter().any(|row| row.example.is_some());
            let (title, rule) = if examples { (" example |", " --- |") } else { ("", "") };
            let _ =
                write!(out, "\n## {heading}\n\n{about}\n\n| form | meaning |{title}\n| --- | --- |{rule}\n");
            for Row { form, meaning, example } in rows {
                let _ = write!(out, "| {} | {} |", code(&form), meaning.replace('|', "\\|"));
                if examples {
                    let _ = write!(out, " {} |", code(&example.unwrap_or_default()));
                }
                out.push('\n');
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
        for List { heading, rows, .. } in lists() {
            let row = |row: Row| match row.example {
                Some(example) => json!({ "form": row.form, "meaning": row.meaning, "example": example }),
                None => json!({ "form": row.form, "meaning": row.meaning }),
            };
            all[heading.to_lowercase().replace(' ', "_")] = rows.into_iter().map(row).collect();
        }
        all
    }
}

/// A phrase for the terminal: how it is written, what it means and takes, an example.
pub fn describe(phrase: &Phrase) -> String {
    let takes = takes(phrase.argument).map(|takes| format!(" {takes}.")).unwrap_or_default();
    let meaning = wrapped(&format!("{}{takes}", phrase.meaning), "    ", WIDTH);
    let example = indented(phrase.example.trim_matches('\n'), "      ");
    format!("{} {}\n{meaning}{example}", keyword(phrase.keyword), phrase.pattern)
}

/// So wide is what is printed for a terminal, where its words allow it.
const WIDTH: usize = 100;

const READING: &str = "Each phrase is shown with the keyword under which it usually stands, and is understood under \
    `Given`, `When`, `Then`, `And` and `But` alike. What stands in braces is to be filled in (see Parameters); `(s)` may be \
    left out; `a/b` means either. Texts stand in double quotes, `\\\"` is a quote inside.";

/// A list behind the phrases.
struct List {
    heading: &'static str,
    about: &'static str,
    rows: Vec<Row>,
}

struct Row {
    form: String,
    meaning: String,
    example: Option<String>,
}

impl Row {
    fn new(form: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self { form: form.into(), meaning: meaning.into(), example: None }
    }
}

/// Each list comes from the code that reads what it tells of.
fn lists() -> Vec<List> {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<Row> {
        pairs.iter().map(|(form, meaning)| Row::new(*form, *meaning)).collect()
    };
    let parameters = parameters::parameters();
    let parameters = parameters.into_iter().map(|one| Row::new(format!("{{{}}}", one.name), one.meaning));
    let checks = predicate::documentation()
        .iter()
        .map(|one| Row { example: Some(one.example.to_owned()), ..Row::new(one.form, one.meaning) });
    let kinds = Kind::ALL.into_iter().map(|kind| Row::new(format!("<{}>", kind.name()), kind.with_article()));
    let each = Row::new(
        format!("{{\"{}\": …}}", template::EACH),
        "in JSON and YAML: a list of at least one item, each of which looks like what stands there; `<each?>` as above",
    );
    let more = Row::new(template::MORE, "in an object or a list: more may follow");
    vec![
        List {
            heading: "Parameters",
            about: "What the names in braces stand for.",
            rows: parameters.collect(),
        },
        List {
            heading: "Checks",
            about: "What may be said of a field: `{predicate}`. VALUE is a quoted text, a number, `true`, `false`, `null` or `${…}`.",
            rows: checks.collect(),
        },
        List {
            heading: "Markers",
            about: "What may stand for a value in a template (`the answer looks like:`) and in the cells of a table that is compared.",
            rows: kinds.chain(pairs(marker::documentation())).chain([each, more]).collect(),
        },
        List {
            heading: "Values",
            about: "What may stand in any text, doc string or cell. All that is made up follows the run's `--seed`: the same seed, the same values.",
            rows: pairs(expand::documentation()),
        },
        List {
            heading: "Tags",
            about: "Tags that `dryrun` acts on, on a feature, a rule, a scenario or a table of examples. Any other tag is yours, for `--tags`.",
            rows: pairs(&tags::TAGS),
        },
    ]
}

/// Lines of at most `width` characters, each behind `lead`; ends with a line feed.
fn wrapped(text: &str, lead: &str, width: usize) -> String {
    let mut out = String::new();
    let mut line = lead.to_owned();
    for word in text.split_whitespace() {
        let empty = line.len() == lead.len();
        if !empty && line.chars().count() + 1 + word.chars().count() > width {
            out.push_str(&line);
            out.push('\n');
            lead.clone_into(&mut line);
        } else if !empty {
            line.push(' ');
        }
        line.push_str(word);
    }
    out + &line + "\n"
}

fn indented(text: &str, lead: &str) -> String {
    text.lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{lead}{line}\n") })
        .collect()
}

/// As code in a cell of a Markdown table.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let fence = if text.contains('`') { "``" } else { "`" };
    format!("{fence}{}{fence}", text.replace('|', "\\|"))
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
        Subject::Load => "Load",
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
    }
}

/// What must stand under a step.
fn takes(argument: Argument) -> Option<&'static str> {
    match argument {
        Argument::None => None,
        Argument::DocString => Some("Takes a doc string"),
        Argument::Table => Some("Takes a table"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("one two three", "  ", 9), "  one two\n  three\n");
        assert_eq!(wrapped("unbreakable", "  ", 5), "  unbreakable\n");
        let registry = Registry::new(&BTreeMap::new()).unwrap();
        let phrase = registry.phrases().find(|phrase| phrase.argument == Argument::Table).unwrap();
        assert!(describe(phrase).contains("Takes a table."), "{}", describe(phrase));
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
        for heading in ["Parameters", "Checks", "Markers", "Values", "Tags"] {
            assert!(markdown.contains(&format!("\n## {heading}\n")));
            assert!(!json[heading.to_lowercase()].as_array().unwrap().is_empty());
        }
    }
}
