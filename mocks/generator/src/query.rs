//! Query strings, read by hand so that every mistake becomes an issue with a place. Main type: [`Query`].

use crate::validation::{Issue, or_list};
use percent_encoding::percent_decode_str;

/// The pairs of a query string, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Splits and decodes a raw query string.
    pub(crate) fn parse(raw: Option<&str>) -> Query {
        let decode =
            |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = raw
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decode(name), decode(value)))
            .collect();
        Query { pairs }
    }

    /// The first value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter that may be repeated or hold a comma list; one without a value holds an empty text.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.pairs
            .iter()
            .filter(|(key, _)| key == name || key.strip_suffix("[]") == Some(name))
            .flat_map(|(_, value)| value.split(','))
            .map(|value| value.trim().to_owned())
            .collect()
    }

    /// A boolean in any of the spellings that FastAPI takes.
    pub(crate) fn flag(&self, name: &str, default: bool, issues: &mut Vec<Issue>) -> bool {
        let Some(value) = self.get(name) else { return default };
        match value.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" | "t" | "y" => true,
            "false" | "0" | "no" | "off" | "f" | "n" => false,
            _ => {
                let msg = "Input should be a valid boolean, unable to interpret input";
                issues.push(Issue::at("query", name, msg, "bool_parsing"));
                default
            }
        }
    }

    /// A whole number within bounds.
    pub(crate) fn whole(
        &self,
        name: &str,
        default: usize,
        (min, max): (usize, usize),
        issues: &mut Vec<Issue>,
    ) -> usize {
        let Some(value) = self.get(name) else { return default };
        match value.parse::<usize>() {
            Ok(number) if (min..=max).contains(&number) => number,
            _ => {
                let msg = format!("Input should be a whole number from {min} to {max}");
                issues.push(Issue::at("query", name, msg, "int_parsing"));
                default
            }
        }
    }

    /// One of `allowed`.
    pub(crate) fn one_of(
        &self,
        name: &str,
        allowed: &[&'static str],
        issues: &mut Vec<Issue>,
    ) -> Option<&'static str> {
        let value = self.get(name)?;
        let found = allowed.iter().find(|known| **known == value).copied();
        if found.is_none() {
            issues.push(Issue::at("query", name, format!("Input should be {}", or_list(allowed)), "enum"));
        }
        found
    }

    /// A repeated or comma-separated parameter, each value one of `allowed`, without repetitions.
    pub(crate) fn several_of(
        &self,
        name: &str,
        allowed: &[&'static str],
        issues: &mut Vec<Issue>,
    ) -> Vec<&'static str> {
        let mut found = Vec::new();
        for value in self.list(name) {
            match allowed.iter().find(|known| **known == value) {
                Some(known) if !found.contains(known) => found.push(*known),
                Some(_) => {}
                None => {
                    let msg = format!("Input should be {}, not '{value}'", or_list(allowed));
                    issues.push(Issue::at("query", name, msg, "enum"));
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_may_be_repeated_or_separated_by_commas() {
        let query = Query::parse(Some("p=twitter&p=linkedin,twitter&x=a%20b+c"));
        let mut issues = Vec::new();
        assert_eq!(query.several_of("p", &["twitter", "linkedin"], &mut issues), ["twitter", "linkedin"]);
        assert_eq!(query.get("x"), Some("a b c"));
        assert!(issues.is_empty());
    }

    #[test]
    fn unusable_values_become_issues_at_their_parameter() {
        let query = Query::parse(Some("f=perhaps&n=99&e=blue&s=a,b"));
        let mut issues = Vec::new();
        assert!(query.flag("f", true, &mut issues));
        assert_eq!(query.whole("n", 5, (1, 10), &mut issues), 5);
        assert_eq!(query.one_of("e", &["red"], &mut issues), None);
        assert_eq!(query.several_of("s", &["a"], &mut issues), ["a"]);
        let kinds: Vec<&str> = issues.iter().map(|issue| issue.kind).collect();
        assert_eq!(kinds, ["bool_parsing", "int_parsing", "enum", "enum"]);
        let mut issues = Vec::new();
        assert!(Query::parse(Some("s=")).several_of("s", &["a"], &mut issues).is_empty());
        assert_eq!(issues.len(), 1, "a list with nothing in it is no list of what is allowed");
    }
}
