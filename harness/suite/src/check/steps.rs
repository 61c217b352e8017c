//! Steps: undefined, ambiguous, with the wrong thing under them.

use crate::check::known::Known;
use crate::features::{Diagnostic, Scenario, Step};
use crate::phrase::{Argument, Captured, Phrase};
use crate::registry::{Match, Registry};
use crate::values::document::{self, Language};
use crate::values::nearest::distance;

/// A step and the phrase that it means.
#[derive(Debug)]
pub(crate) struct Matched<'a> {
    pub(crate) step: &'a Step,
    pub(crate) phrase: &'a Phrase,
    pub(crate) captures: Vec<Captured>,
    pub(crate) parameters: &'a [String],
}

impl Matched<'_> {
    /// What stands in parameters of this type.
    pub(crate) fn of<'b>(&'b self, parameter: &'b str) -> impl Iterator<Item = &'b Captured> {
        self.captures
            .iter()
            .zip(self.parameters)
            .filter(move |(_, name)| *name == parameter)
            .map(|(capture, _)| capture)
    }

    /// What stands in the text parameter behind these words of the pattern: `as ` in `I remember {field} as {string}`.
    pub(crate) fn behind(&self, words: &str) -> Option<&Captured> {
        let at = self.phrase.pattern.find(&format!("{words}{{string}}"))?;
        let before = self.phrase.pattern[..at].matches('{').count();
        self.captures.get(before)
    }
}

/// Something wrong with this part of a line, and what to write instead.
pub(crate) fn told(
    scenario: &Scenario,
    line: usize,
    code: &'static str,
    part: &str,
    message: String,
    help: String,
) -> Diagnostic {
    Diagnostic::line(&scenario.source, code, line, message).on(part).help(help)
}

pub(crate) fn check<'a>(
    scenario: &'a Scenario,
    registry: &'a Registry,
    known: &Known,
    found: &mut Vec<Diagnostic>,
) -> Vec<Matched<'a>> {
    let mut matched = Vec::new();
    for step in &scenario.steps {
        match registry.find(&step.text) {
            Match::One { phrase, captures, parameters } => {
                argument(scenario, step, phrase, found);
                matched.push(Matched { step, phrase, captures, parameters });
            }
            Match::Undefined(near) => {
                let diagnostic = Diagnostic::line(
                    &scenario.source,
                    "undefined-step",
                    step.line,
                    "no phrase of the vocabulary matches this step",
                )
                .on(written(scenario, step));
                let help = match near_alias(&step.text, known) {
                    Some((word, alias)) => {
                        format!("no alias is called `{word}`; did you mean `{alias}`?\n{}", nearest(&near))
                    }
                    None => nearest(&near),
                };
                found.push(diagnostic.help(help));
            }
            Match::Ambiguous(phrases) => {
                let all: Vec<&str> = phrases.iter().map(|phrase| phrase.pattern).collect();
                let diagnostic = Diagnostic::line(
                    &scenario.source,
                    "ambiguous-step",
                    step.line,
                    format!("{} phrases match this step", all.len()),
                )
                .on(written(scenario, step));
                found.push(diagnostic.help(format!("they are:\n{}", all.join("\n"))));
            }
        }
    }
    matched
}

/// The step as it stands in the file; in an outline that is not its text.
fn written<'a>(scenario: &'a Scenario, step: &Step) -> &'a str {
    let line = scenario.source.line(step.line).trim();
    line.strip_prefix(step.keyword.as_str()).map_or(line, str::trim_start)
}

fn nearest(near: &[&Phrase]) -> String {
    if near.is_empty() {
        return "nothing is near it: `dryrun steps` prints the whole vocabulary".to_owned();
    }
    let lines: Vec<String> = near.iter().map(|phrase| first_line(phrase.example)).collect();
    format!("nearest are:\n{}\n`dryrun steps` prints the whole vocabulary", lines.join("\n"))
}

/// Words of the text that are nearly an alias, and that alias.
fn near_alias<'a>(text: &str, known: &'a Known) -> Option<(String, &'a str)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    known.aliases.keys().find_map(|alias| {
        let size = alias.split_whitespace().count();
        words.windows(size.max(1)).map(|part| part.join(" ")).find_map(|part| {
            let far = distance(&part.to_lowercase(), &alias.to_lowercase());
            (far > 0 && far <= alias.chars().count() / 5 + 1).then_some((part, alias.as_str()))
        })
    })
}

fn first_line(example: &str) -> String {
    example.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

fn argument(scenario: &Scenario, step: &Step, phrase: &Phrase, found: &mut Vec<Diagnostic>) {
    if let Some(wrong) = phrase.wrong_argument(step.doc_string.is_some(), step.table.is_some()) {
        let diagnostic = Diagnostic::line(&scenario.source, "wrong-argument", step.line, wrong);
        let example = phrase.example.trim_matches('\n');
        found.push(diagnostic.help(format!("for example:\n{example}")));
        return;
    }
    let Some(doc) = step.doc_string.as_ref().filter(|_| phrase.argument != Argument::None) else { return };
    // Without a media type the phrase decides what the text is: of those that take any text nothing is asked.
    let any_text = ["raw", "sends", "remember"].iter().any(|word| phrase.pattern.contains(word));
    // A raw body goes out as it stands, broken or not: its media type is what the request says, not what the text is.
    let raw = phrase.pattern.contains("the raw body");
    if raw || any_text && doc.media_type.is_none() {
        return;
    }
    let language = document::language(doc.media_type.as_deref(), &doc.text);
    if language == Language::Text {
        return;
    }
    if let Err(error) = document::read(&doc.text, language) {
        let diagnostic =
            Diagnostic::line(&scenario.source, "doc-string", step.doc_line.saturating_sub(1), error.message);
        found.push(match error.hint {
            Some(hint) => diagnostic.help(hint),
            None => diagnostic,
        });
    }
}
