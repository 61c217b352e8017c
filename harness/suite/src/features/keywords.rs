//! The words of Gherkin in every language that the parser knows. `keywords.json` is made from the table of the
//! `gherkin` crate (MIT), which keeps its own private.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The keywords of one language. Those of steps carry the space that must follow, where one must.
#[derive(Debug, Deserialize)]
pub(crate) struct Keywords {
    pub(crate) feature: Vec<String>,
    pub(crate) rule: Vec<String>,
    pub(crate) background: Vec<String>,
    pub(crate) scenario: Vec<String>,
    pub(crate) outline: Vec<String>,
    pub(crate) examples: Vec<String>,
    pub(crate) step: Vec<String>,
}

static LANGUAGES: LazyLock<BTreeMap<String, Keywords>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("keywords.json")).expect("the table is checked by a test")
});

impl Keywords {
    /// The keywords of a language by its code, `de`.
    pub(crate) fn of(language: &str) -> Option<&'static Self> {
        LANGUAGES.get(language)
    }

    /// The codes of all languages.
    pub(crate) fn languages() -> impl Iterator<Item = &'static str> {
        LANGUAGES.keys().map(String::as_str)
    }

    /// Keywords that end in a colon.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &str> {
        [&self.feature, &self.rule, &self.background, &self.scenario, &self.outline, &self.examples]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    /// Keywords of steps without their space, `*` left out.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &str> {
        self.step.iter().map(|word| word.trim_end()).filter(|word| *word != "*")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_one_that_the_parser_knows() {
        assert!(Keywords::languages().count() > 70);
        for language in Keywords::languages() {
            assert!(gherkin::is_language_supported(language), "{language}");
        }
        assert_eq!(Keywords::of("de").unwrap().feature[0], "Funktionalität");
    }
}
