//! [`Registry`]: each phrase's pattern compiled once; a step's text finds its phrase, several, or none.

use std::collections::{BTreeMap, HashMap};

use cucumber_expressions::Expression;
use regex::Regex;

use crate::error::SuiteError;
use crate::phrase::{Captured, Phrase};
use crate::registry::aliases::Aliases;
use crate::registry::similar::similarity;
use crate::values::parameters::parameters;
use crate::values::predicate::QUOTED;
use crate::vocabulary;

/// The vocabulary, ready to match.
#[derive(Debug)]
pub struct Registry {
    entries: Vec<Entry>,
    aliases: Aliases,
    quoted: Regex,
}

#[derive(Debug)]
struct Entry {
    phrase: Phrase,
    regex: Regex,
    /// The names of its parameters, in order.
    parameters: Vec<String>,
}

/// What a step's text came to.
#[derive(Debug)]
pub enum Match<'a> {
    /// One phrase, and what stood in its parameters.
    One {
        /// The phrase.
        phrase: &'a Phrase,
        /// What stood in its parameters, in order.
        captures: Vec<Captured>,
        /// The names of the parameters, in the same order: `string`, `service`…
        parameters: &'a [String],
    },
    /// None; the nearest ones, best first, at most three.
    Undefined(Vec<&'a Phrase>),
    /// Several.
    Ambiguous(Vec<&'a Phrase>),
}

impl Registry {
    /// Compiles the vocabulary. `aliases` are business names and the paths of fields that they stand for.
    ///
    /// # Errors
    /// A pattern that is no Cucumber expression.
    pub fn new(aliases: &BTreeMap<String, String>) -> Result<Self, SuiteError> {
        Self::with_phrases(vocabulary::phrases(), aliases)
    }

    /// Compiles other phrases, for tests.
    ///
    /// # Errors
    /// As [`Registry::new`].
    pub fn with_phrases(
        phrases: impl IntoIterator<Item = Phrase>,
        aliases: &BTreeMap<String, String>,
    ) -> Result<Self, SuiteError> {
        let types: HashMap<&str, String> =
            parameters().into_iter().map(|one| (one.name, one.regex)).collect();
        let name = Regex::new(r"\{(\w*)\}").expect("a constant expression");
        let mut entries = Vec::new();
        for phrase in phrases {
            let wrong = |reason: String| SuiteError::Pattern { pattern: phrase.pattern.to_owned(), reason };
            let regex = Expression::regex_with_parameters(phrase.pattern, &types)
                .map_err(|error| wrong(error.to_string()))?;
            let parameters: Vec<String> =
                name.captures_iter(phrase.pattern).map(|found| found[1].to_owned()).collect();
            if regex.captures_len() != parameters.len() + 1 {
                return Err(wrong(format!(
                    "{} parameters give {} groups",
                    parameters.len(),
                    regex.captures_len() - 1
                )));
            }
            entries.push(Entry { phrase, regex, parameters });
        }
        let quoted = Regex::new(&format!("^{QUOTED}$")).expect("checked by the tests of the parameter types");
        Ok(Self { entries, aliases: Aliases::new(aliases), quoted })
    }

    /// Every phrase, in the order of the vocabulary.
    pub fn phrases(&self) -> impl Iterator<Item = &Phrase> {
        self.entries.iter().map(|entry| &entry.phrase)
    }

    /// The anchored expressions, in the same order.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Regex> {
        self.entries.iter().map(|entry| &entry.regex)
    }

    /// The text with aliases replaced, as it is matched.
    pub fn canonical(&self, text: &str) -> String {
        self.aliases.apply(text)
    }

    /// Finds what a step means.
    pub fn find(&self, text: &str) -> Match<'_> {
        let text = self.canonical(text);
        let mut found: Vec<(&Entry, Vec<Captured>)> = Vec::new();
        for entry in &self.entries {
            if let Some(groups) = entry.regex.captures(&text) {
                let captures = groups
                    .iter()
                    .skip(1)
                    .map(|group| self.captured(group.map_or("", |group| group.as_str())))
                    .collect();
                found.push((entry, captures));
            }
        }
        if found.len() > 1 {
            return Match::Ambiguous(found.into_iter().map(|(entry, _)| &entry.phrase).collect());
        }
        match found.pop() {
            Some((entry, captures)) => {
                Match::One { phrase: &entry.phrase, captures, parameters: &entry.parameters }
            }
            None => Match::Undefined(self.nearest(&text)),
        }
    }

    fn captured(&self, text: &str) -> Captured {
        if self.quoted.is_match(text) {
            Captured { text: text[1..text.len() - 1].replace("\\\"", "\""), quoted: true }
        } else {
            Captured { text: text.to_owned(), quoted: false }
        }
    }

    fn nearest(&self, text: &str) -> Vec<&Phrase> {
        let mut scored: Vec<(f64, &Phrase)> = self
            .phrases()
            .map(|phrase| (similarity(text, phrase.pattern), phrase))
            .filter(|(score, _)| *score >= 0.35)
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(3).map(|(_, phrase)| phrase).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry() -> Registry {
        Registry::new(&BTreeMap::from([("the headline".to_owned(), "title".to_owned())])).unwrap()
    }

    #[test]
    fn every_example_means_its_own_phrase_and_no_other() {
        let registry = registry();
        assert!(registry.phrases().count() > 50);
        for phrase in registry.phrases() {
            match registry.find(example_text(phrase)) {
                Match::One { phrase: found, .. } => assert_eq!(found.pattern, phrase.pattern),
                other => panic!("{}: {other:?}", phrase.example),
            }
        }
    }

    #[test]
    fn an_unknown_text_names_the_nearest_phrases() {
        let registry = registry();
        let Match::Undefined(near) = registry.find("the status code is 200") else { panic!() };
        assert!(
            near.len() <= 3 && near.iter().any(|phrase| phrase.pattern.contains("status is")),
            "{near:?}"
        );
        let Match::Undefined(near) = registry.find("xyzzy plugh") else { panic!() };
        assert!(near.is_empty());
    }

    #[test]
    fn aliases_stand_for_fields_and_quotes_are_taken_off() {
        let registry = registry();
        let Match::One { captures, .. } = registry.find(r#"the headline is "a \"b\"""#) else { panic!() };
        assert_eq!(captures[0], Captured { text: "title".to_owned(), quoted: false });
    }

    /// The first line of a phrase's example, without its keyword.
    fn example_text(phrase: &Phrase) -> &str {
        let line = phrase.example.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        ["Given ", "When ", "Then ", "And ", "But "]
            .into_iter()
            .find_map(|keyword| line.strip_prefix(keyword))
            .unwrap_or(line)
    }
}
