//! What a scenario remembers: [`Variables`], names to values, secrets marked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::values::error::ValueError;
use crate::values::nearest;

/// Words that mean something else inside `${…}`.
pub const RESERVED: [&str; 6] = ["uuid", "now", "today", "unique", "random", "env"];

/// Remembered values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Variables {
    values: BTreeMap<String, Value>,
    secrets: BTreeSet<String>,
    /// Names of the test data of a load: what a scenario sets up under them yields.
    given: Option<Arc<BTreeSet<String>>>,
}

impl Variables {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers a value; a later one of the same name takes its place.
    ///
    /// # Errors
    /// A name that could not be used as `${name}`.
    pub fn remember(&mut self, name: &str, value: Value) -> Result<(), ValueError> {
        check_name(name)?;
        self.values.insert(name.to_owned(), value);
        self.secrets.remove(name);
        Ok(())
    }

    /// Remembers what a scenario sets up, unless the test data of a load has a value of this name.
    ///
    /// # Errors
    /// As [`Variables::remember`].
    pub fn set_up(&mut self, name: &str, value: Value) -> Result<(), ValueError> {
        let is_given = self.given.as_ref().is_some_and(|given| given.contains(name));
        if is_given && self.values.contains_key(name) { Ok(()) } else { self.remember(name, value) }
    }

    /// Values that a scenario begins with, under names that can be names of variables.
    pub(crate) fn begin_with(&mut self, values: impl IntoIterator<Item = (String, Value)>) {
        for (name, value) in values {
            self.values.entry(name).or_insert(value);
        }
    }

    /// Test data of a load, under names that can be names of variables.
    pub(crate) fn give(&mut self, names: Arc<BTreeSet<String>>, row: &[(String, Value)]) {
        self.values.extend(row.iter().cloned());
        self.given = Some(names);
    }

    /// Remembers a value that must not be shown.
    ///
    /// # Errors
    /// As [`Variables::remember`].
    pub fn remember_secret(&mut self, name: &str, value: Value) -> Result<(), ValueError> {
        self.remember(name, value)?;
        self.secrets.insert(name.to_owned());
        Ok(())
    }

    /// What is remembered under this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Whether this one must not be shown.
    pub fn is_secret(&self, name: &str) -> bool {
        self.secrets.contains(name)
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.values.keys().map(String::as_str)
    }

    /// The error for a name that is not remembered.
    pub fn unknown(&self, name: &str) -> ValueError {
        let error = ValueError::new(format!("`${{{name}}}`: nothing is remembered as `{name}`"));
        match nearest::nearest(name, self.names().chain(RESERVED)) {
            Some(near) => error.hint(format!("did you mean `${{{near}}}`?")),
            None if self.values.is_empty() => {
                error.hint("nothing is remembered yet; `\\${` is a literal `${`")
            }
            None => error.hint(format!("remembered so far: {}", nearest::listed(self.names(), 12))),
        }
    }
}

/// Whether a value may be remembered under this name.
///
/// # Errors
/// Says why not.
pub fn check_name(name: &str) -> Result<(), ValueError> {
    let mut letters = name.chars();
    let starts = letters.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if !starts || !letters.all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
        return Err(ValueError::new(format!("`{name}` can't be the name of a remembered value"))
            .hint("a name is one word of letters, digits, `_` and `-`, such as `campaign`"));
    }
    if RESERVED.contains(&name) {
        return Err(ValueError::new(format!("`{name}` has a meaning of its own in `${{{name}}}`"))
            .hint(format!("choose another name, such as `my_{name}`")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_marked_until_overwritten() {
        let mut variables = Variables::new();
        variables.remember_secret("key", "k".into()).unwrap();
        assert!(variables.is_secret("key"));
        variables.remember("key", "x".into()).unwrap();
        assert!(!variables.is_secret("key"));
        assert_eq!(variables.get("key"), Some(&"x".into()));
    }

    #[test]
    fn what_is_set_up_yields_to_test_data_and_what_is_learnt_does_not() {
        let mut variables = Variables::new();
        let row = [("email".to_owned(), Value::from("row@example.com"))];
        variables.give(Arc::new(BTreeSet::from(["email".to_owned()])), &row);
        variables.set_up("email", "own@example.com".into()).unwrap();
        variables.set_up("title", "own".into()).unwrap();
        assert_eq!(variables.get("email"), Some(&"row@example.com".into()));
        assert_eq!(variables.get("title"), Some(&"own".into()));
        variables.remember("email", "learnt@example.com".into()).unwrap();
        assert_eq!(variables.get("email"), Some(&"learnt@example.com".into()));
    }

    #[test]
    fn names_are_words_that_mean_nothing_yet() {
        for name in ["", "a b", "1a", "a.b", "now", "env", "a}"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        for name in ["a", "reader_1", "the-id", "größe"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_the_nearest() {
        let mut variables = Variables::new();
        assert!(variables.unknown("x").hint.unwrap().contains("nothing is remembered yet"));
        variables.remember("campaign", 1.into()).unwrap();
        assert_eq!(variables.unknown("campain").hint.unwrap(), "did you mean `${campaign}`?");
        assert_eq!(variables.unknown("zzz").hint.unwrap(), "remembered so far: campaign");
    }
}
