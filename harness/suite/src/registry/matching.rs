//! [`Registry`]: each phrase's pattern compiled once, when first needed; a step's text finds its phrase, several, or none.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use cucumber_expressions::{Expression, SingleExpression, Spanned};
use regex::Regex;

use crate::error::SuiteError;
use crate::phrase::{Captured, Phrase};
use crate::registry::aliases::Aliases;
use crate::registry::similar::similarity;
use crate::values::parameters::parameters;
use crate::vocabulary;

/// The vocabulary, ready to match.
#[derive(Debug)]
pub struct Registry {
    entries: Vec<Entry>,
    aliases: Aliases,
    /// The regular expressions of the parameter types, by name.
    types: HashMap<&'static str, String>,
}

#[derive(Debug)]
struct Entry {
    phrase: Phrase,
    fixed: Fixed,
    /// Compiled when a text first may mean the phrase: all of them take longer than most features do.
    regex: OnceLock<Regex>,
    /// The names of its parameters, in order.
    parameters: Vec<String>,
}

/// The texts that a step must have to mean a phrase, in this order: what stands in the pattern outside of parameters,
/// options and alternatives. It is looked for before the regular expression is tried.
#[derive(Debug, Default)]
struct Fixed {
    parts: Vec<String>,
    /// The first part is the beginning of the text.
    leads: bool,
    /// The last part is its end.
    ends: bool,
}

impl Fixed {
    fn of(expression: &Expression<Spanned<'_>>) -> Self {
        let mut fixed = Self::default();
        let mut open = false;
        for (index, single) in expression.iter().enumerate() {
            let text = match single {
                // An escaped character stands for itself: no part, so that nothing needs to be unescaped.
                SingleExpression::Text(text) | SingleExpression::Whitespaces(text)
                    if !text.contains('\\') =>
                {
                    text.fragment()
                }
                _ => {
                    open = false;
                    continue;
                }
            };
            match fixed.parts.last_mut().filter(|_| open) {
                Some(last) => last.push_str(text),
                None => {
                    fixed.leads |= index == 0;
                    fixed.parts.push((*text).to_owned());
                }
            }
            open = true;
        }
        fixed.ends = open;
        fixed
    }

    /// Whether a text has all parts in order. Taking each at its first place leaves the most for those behind it.
    fn may_mean(&self, text: &str) -> bool {
        let mut rest = text;
        for (index, part) in self.parts.iter().enumerate() {
            let Some(at) = rest.find(part.as_str()) else { return false };
            if index == 0 && self.leads && at > 0 {
                return false;
            }
            rest = &rest[at + part.len()..];
        }
        !self.ends || self.parts.last().is_none_or(|last| text.ends_with(last.as_str()))
    }
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
        let types: HashMap<&'static str, String> =
            parameters().into_iter().map(|one| (one.name, one.regex)).collect();
        let mut entries = Vec::new();
        for phrase in phrases {
            let wrong = |reason: String| SuiteError::Pattern { pattern: phrase.pattern.to_owned(), reason };
            let expression = Expression::parse(phrase.pattern).map_err(|error| wrong(error.to_string()))?;
            let mut names = Vec::new();
            for single in expression.iter() {
                if let SingleExpression::Parameter(parameter) = single {
                    let name = parameter.input.fragment();
                    if !types.contains_key(name) {
                        return Err(wrong(format!("there is no parameter type `{{{name}}}`")));
                    }
                    names.push((*name).to_owned());
                }
            }
            let fixed = Fixed::of(&expression);
            entries.push(Entry { phrase, fixed, regex: OnceLock::new(), parameters: names });
        }
        Ok(Self { entries, aliases: Aliases::new(aliases), types })
    }

    /// Every phrase, in the order of the vocabulary.
    pub fn phrases(&self) -> impl Iterator<Item = &Phrase> {
        self.entries.iter().map(|entry| &entry.phrase)
    }

    /// The anchored expressions that any of these texts meets.
    pub(crate) fn expressions<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Vec<&Regex> {
        let mut used = vec![false; self.entries.len()];
        let texts: HashSet<&str> = texts.into_iter().collect();
        for text in texts {
            let text = self.canonical(text);
            for (entry, used) in self.entries.iter().zip(&mut used).filter(|(_, used)| !**used) {
                *used = entry.fixed.may_mean(&text) && self.regex(entry).is_match(&text);
            }
        }
        let entries = self.entries.iter().zip(used).filter(|(_, used)| *used);
        entries.map(|(entry, _)| self.regex(entry)).collect()
    }

    fn regex<'a>(&'a self, entry: &'a Entry) -> &'a Regex {
        entry.regex.get_or_init(|| {
            Expression::regex_with_parameters(entry.phrase.pattern, &self.types)
                .expect("the pattern was parsed, its parameter types are known and constant")
        })
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
            if !entry.fixed.may_mean(&text) {
                continue;
            }
            if let Some(groups) = self.regex(entry).captures(&text) {
                let captures = groups
                    .iter()
                    .skip(1)
                    .map(|group| captured(group.map_or("", |group| group.as_str())))
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

/// Without its quotes, and whether it had any. No parameter type lets a quote stand at both ends of anything else.
fn captured(text: &str) -> Captured {
    match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inside) if is_one(inside) => Captured { text: inside.replace("\\\"", "\""), quoted: true },
        _ => Captured { text: text.to_owned(), quoted: false },
    }
}

/// Whether no quote stands inside that is not escaped: `"a", "b"` are two.
fn is_one(inside: &str) -> bool {
    let mut escaped = false;
    inside.chars().all(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        !ends
    }) && !escaped
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
    fn every_pattern_compiles_with_a_group_for_each_parameter() {
        let registry = registry();
        for entry in &registry.entries {
            let groups = registry.regex(entry).captures_len() - 1;
            assert_eq!(groups, entry.parameters.len(), "{}", entry.phrase.pattern);
        }
        let unknown = Phrase { pattern: "it has {nothing}", ..*registry.phrases().next().unwrap() };
        let error = Registry::with_phrases([unknown], &BTreeMap::new()).unwrap_err();
        assert!(error.to_string().contains("no parameter type `{nothing}`"), "{error}");
    }

    #[test]
    fn nothing_that_an_expression_takes_is_kept_from_it() {
        let registry = registry();
        // Every example against every phrase: the parts are looked for first, and must never say no to a match.
        for text in registry.phrases().map(example_text) {
            for entry in &registry.entries {
                let (may, does) = (entry.fixed.may_mean(text), registry.regex(entry).is_match(text));
                assert!(may || !does, "{text}: {}", entry.phrase.pattern);
            }
        }
        let fixed = |pattern| Fixed::of(&Expression::parse(pattern).unwrap());
        let call = fixed("{service} received {int} call(s) to a/the {string}");
        assert_eq!(call.parts, [" received ", " call", " to ", " "]);
        assert!(!call.leads && !call.ends);
        assert!(call.may_mean("the CRM received 2 calls to the \"x\""));
        assert!(!call.may_mean("the CRM received 2 emails"));
        let status = fixed("the status is {int}");
        assert!(status.may_mean("the status is 200") && !status.may_mean("but the status is 200"));
        let ends = fixed("{service} is down");
        assert!(ends.may_mean("the CRM is down") && !ends.may_mean("the CRM is down again"));
    }

    #[test]
    fn quotes_are_taken_off_one_text_only() {
        let quoted = |text: &str| Captured { text: text.to_owned(), quoted: true };
        assert_eq!(captured(r#""a""#), quoted("a"));
        assert_eq!(captured(r#""a \" b""#), quoted("a \" b"));
        assert_eq!(captured(r#""""#), quoted(""));
        for bare in [r#""a", "b""#, "a", "12", "\"", r#"is "a""#] {
            assert_eq!(captured(bare), Captured { text: bare.to_owned(), quoted: false });
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
