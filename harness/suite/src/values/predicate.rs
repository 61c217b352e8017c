//! Everything that may stand after a field: [`Predicate`], read by one small grammar that is also its documentation.

use std::sync::{LazyLock, OnceLock};

use chrono::{DateTime, Utc};
use regex::{Captures, Regex};
use serde_json::Value;

use crate::values::criterion::{Amount, Criterion};
use crate::values::duration;
use crate::values::error::ValueError;
use crate::values::expand::{self, Scope};
use crate::values::kinds::{Kind, moment};
use crate::values::nearest;
use crate::values::path;

/// One thing that may be said of a field.
#[derive(Debug)]
pub struct Form {
    /// As people write it: `is between A and B`.
    pub form: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// One use of it.
    pub example: &'static str,
    /// The regular expression, with `V` for a value, `VS` for values with commas, `S` for a quoted text, `N` for a
    /// count, `D` for a duration and `K` for a sort of value, each between angle brackets.
    pattern: &'static str,
    build: fn(&Parts<'_>) -> Result<Criterion, ValueError>,
}

/// What a form is built from.
struct Parts<'a> {
    values: &'a [Value],
    words: &'a [&'a str],
    now: DateTime<Utc>,
}

/// A predicate as it was written, placeholders not yet filled.
#[derive(Debug, Clone)]
pub struct Predicate {
    form: &'static Form,
    operands: Vec<String>,
    words: Vec<String>,
}

macro_rules! forms {
    ($($pattern:literal, $form:literal, $meaning:literal, $example:literal, $build:expr;)*) => {
        &[$(Form { form: $form, meaning: $meaning, example: $example, pattern: $pattern, build: $build }),*]
    };
}

static FORMS: &[Form] = forms! {
    "is <V>", "is VALUE", "The same value; numbers and texts are told apart.", r#"title is "Hello""#, |p| Ok(Criterion::Is(p.value(0)));
    "is not <V>", "is not VALUE", "There, and another value.", r#"status is not "failed""#, |p| Ok(Criterion::IsNot(p.value(0)));
    "contains <V>", "contains VALUE", "A part of the text, or an item of the list.", r#"published_to contains "email""#, |p| Ok(Criterion::Contains(p.value(0)));
    "does not contain <V>", "does not contain VALUE", "No part of the text, no item of the list.", r#"errors does not contain "email""#, |p| Ok(Criterion::Lacks(p.value(0)));
    "starts with <S>", "starts with TEXT", "The text's beginning.", r#"url starts with "https://""#, |p| Ok(Criterion::StartsWith(p.text(0)));
    "ends with <S>", "ends with TEXT", "The text's end.", r#"slug ends with "-2026""#, |p| Ok(Criterion::EndsWith(p.text(0)));
    "matches <S>", "matches REGEX", "A regular expression that matches somewhere in the text; `^` and `$` tie it to the ends.", r#"id matches "^msg_\d+$""#, |p| regex(&p.text(0)).map(Criterion::Matches);
    "is empty", "is empty", "An empty text, list or object.", "errors is empty", |_| Ok(Criterion::Empty);
    "is not empty", "is not empty", "A text, list or object with something in it.", "items is not empty", |_| Ok(Criterion::NotEmpty);
    "is absent", "is absent", "The field is not there; null is there.", "password is absent", |_| Ok(Criterion::Absent);
    "is present", "is present", "The field is there, whatever it holds.", "metadata is present", |_| Ok(Criterion::Present);
    "is an? <K>", "is a KIND", "A string, number, integer, boolean, list, object, uuid, date-time, date, email or url.", "id is a uuid", |p| kind(p.word(0));
    "is a date-time within <D> of now", "is a date-time within DURATION of now", "A date-time near the present.", "created_at is a date-time within 1 minute of now", |p| Ok(Criterion::NearNow(duration::parse(p.word(0))?, p.now));
    "is greater than <V>", "is greater than NUMBER", "More.", "total is greater than 3", |p| p.number(0).map(Criterion::Greater);
    "is at least <V>", "is at least NUMBER", "No less.", "total is at least 3", |p| p.number(0).map(Criterion::AtLeast);
    "is less than <V>", "is less than NUMBER", "Less.", "bounce_rate is less than 0.1", |p| p.number(0).map(Criterion::Less);
    "is at most <V>", "is at most NUMBER", "No more.", "bounce_rate is at most 0.1", |p| p.number(0).map(Criterion::AtMost);
    "is between <V> and <V>", "is between NUMBER and NUMBER", "Both bounds included.", "open_rate is between 0 and 1", |p| Ok(Criterion::Between(p.number(0)?, p.number(1)?));
    "has <N> items?", "has N items", "So many items in the list, or fields in the object.", "items has 3 items", |p| p.count().map(|n| Criterion::Items(Amount::Exactly(n)));
    "has at least <N> items?", "has at least N items", "So many or more.", "items has at least 1 item", |p| p.count().map(|n| Criterion::Items(Amount::AtLeast(n)));
    "has at most <N> items?", "has at most N items", "So many or fewer.", "items has at most 50 items", |p| p.count().map(|n| Criterion::Items(Amount::AtMost(n)));
    "has <N> characters?", "has N characters", "The text's length.", "code has 6 characters", |p| p.count().map(|n| Criterion::Characters(Amount::Exactly(n)));
    "has at least <N> characters?", "has at least N characters", "So long or longer.", "html has at least 100 characters", |p| p.count().map(|n| Criterion::Characters(Amount::AtLeast(n)));
    "has at most <N> characters?", "has at most N characters", "So long or shorter.", "social_posts[0].content has at most 280 characters", |p| p.count().map(|n| Criterion::Characters(Amount::AtMost(n)));
    "is one of <VS>", "is one of VALUE, VALUE", "The same as one of these.", r#"status is one of "sent", "delivered""#, |p| Ok(Criterion::OneOf(p.values.to_vec()));
    "is not one of <VS>", "is not one of VALUE, VALUE", "There, and unlike all of these.", r#"status is not one of "bounced", "failed""#, |p| Ok(Criterion::NoneOf(p.values.to_vec()));
    "is before <V>", "is before DATE-TIME", "An earlier date-time.", r#"scheduled_for is before "${now + 7 days}""#, |p| p.moment().map(Criterion::Before);
    "is after <V>", "is after DATE-TIME", "A later date-time.", r#"scheduled_for is after "${now}""#, |p| p.moment().map(Criterion::After);
};

/// Quoted text, quotes included; `\"` is a quote inside.
pub const QUOTED: &str = r#""(?:[^"\\]|\\.)*""#;

/// A number as JSON writes it.
pub const NUMBER: &str = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?";

/// Quoted text, a number, `true`, `false`, `null` or `${…}`.
pub fn value_regex() -> String {
    format!(r"(?:{QUOTED}|{NUMBER}|true|false|null|\$\{{[^}}]*\}})")
}

/// A form's expression; `open` begins a placeholder's group.
fn expression(form: &Form, open: &str) -> String {
    let value = value_regex();
    let kinds = Kind::ALL.map(Kind::name).join("|");
    form.pattern
        .replace("<VS>", &format!("{open}{value}(?:, {value})*)"))
        .replace("<V>", &format!("{open}{value})"))
        .replace("<S>", &format!("{open}{QUOTED})"))
        .replace("<N>", &format!(r"{open}[0-9]+)"))
        .replace("<D>", &format!("{open}{})", duration::DURATION))
        .replace("<K>", &format!("{open}{kinds})"))
}

/// The `{predicate}` parameter type: any of the forms, without capturing groups.
pub fn pattern() -> String {
    let mut forms: Vec<String> = FORMS.iter().map(|form| expression(form, "(?:")).collect();
    // Longer forms first: alternation takes the first that fits.
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    format!("(?:{})", forms.join("|"))
}

/// Every form, for the documentation.
pub fn documentation() -> &'static [Form] {
    FORMS
}

/// A form, the text that it begins with, and its expression, compiled when a text first begins so.
struct Reader {
    form: &'static Form,
    start: &'static str,
    regex: OnceLock<Regex>,
}

impl Reader {
    fn of(form: &'static Form) -> Self {
        // The letter before a `?` may be missing.
        let end = form.pattern.find('<').into_iter().chain(form.pattern.find('?').map(|at| at - 1)).min();
        Self { form, start: &form.pattern[..end.unwrap_or(form.pattern.len())], regex: OnceLock::new() }
    }

    fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        if !text.starts_with(self.start) {
            return None;
        }
        let compile = || {
            Regex::new(&format!("^{}$", expression(self.form, "(")))
                .expect("the forms are constant and tested")
        };
        self.regex.get_or_init(compile).captures(text)
    }
}

static READERS: LazyLock<Vec<Reader>> = LazyLock::new(|| FORMS.iter().map(Reader::of).collect());

static OPERAND: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&value_regex()).expect("the value's expression is constant and tested"));

impl Predicate {
    /// Reads what stands after a field.
    ///
    /// # Errors
    /// Names the nearest forms; or says what is wrong with a bound, a regular expression or a placeholder.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let text = text.trim();
        let Some((captures, form)) =
            READERS.iter().find_map(|reader| Some((reader.captures(text)?, reader.form)))
        else {
            return Err(unknown(text));
        };
        let parts = captures.iter().skip(1).flatten().map(|part| part.as_str());
        let takes_values = form.pattern.contains("<V") || form.pattern.contains("<S>");
        let (operands, words): (Vec<String>, Vec<String>) = if takes_values {
            (
                parts
                    .flat_map(|part| OPERAND.find_iter(part))
                    .map(|operand| operand.as_str().to_owned())
                    .collect(),
                Vec::new(),
            )
        } else {
            (Vec::new(), parts.map(str::to_owned).collect())
        };
        let predicate = Self { form, operands, words };
        // What holds no placeholder can be built now, so that a bad expression is found before any traffic.
        if !predicate.operands.iter().any(|operand| operand.contains("${")) {
            let values =
                predicate.operands.iter().map(|operand| literal(operand)).collect::<Result<Vec<_>, _>>()?;
            predicate.build(&values, DateTime::UNIX_EPOCH)?;
        }
        Ok(predicate)
    }

    /// Fills the placeholders.
    ///
    /// # Errors
    /// An unknown name; a filled value that can't stand there.
    pub fn fill(&self, scope: &mut Scope<'_>) -> Result<Criterion, ValueError> {
        let mut values = Vec::with_capacity(self.operands.len());
        for operand in &self.operands {
            values.push(match unquoted(operand) {
                Some(text) => expand::value(&text, scope)?,
                None if operand.starts_with("${") => expand::value(operand, scope)?,
                None => literal(operand)?,
            });
        }
        self.build(&values, scope.now)
    }

    fn build(&self, values: &[Value], now: DateTime<Utc>) -> Result<Criterion, ValueError> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        (self.form.build)(&Parts { values, words: &words, now })
    }
}

/// The text between quotes, `\"` resolved; other backslashes stay, so that a regular expression needs no doubling.
pub fn unquoted(text: &str) -> Option<String> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    Some(inside.replace("\\\"", "\""))
}

fn literal(operand: &str) -> Result<Value, ValueError> {
    match unquoted(operand) {
        Some(text) => Ok(Value::String(text)),
        None => serde_json::from_str(operand).map_err(|_| {
            ValueError::new(format!("`{operand}` is no value"))
                .hint("write a number, true, false, null or a text in quotes")
        }),
    }
}

fn unknown(text: &str) -> ValueError {
    let error = ValueError::new(format!("`{text}` can't be said of a field"));
    // Compare without the values, which differ always.
    let bare = OPERAND.replace_all(text, "VALUE");
    let mut near: Vec<(usize, &str)> = FORMS
        .iter()
        .map(|form| (nearest::distance(&bare.to_lowercase(), &form.form.to_lowercase()), form.form))
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    let forms: Vec<String> = near.iter().take(3).map(|(_, form)| format!("`{form}`")).collect();
    if text.strip_prefix("is ").is_some_and(|rest| rest.chars().all(char::is_alphanumeric)) {
        return error.hint(format!("a text stands in quotes; the nearest forms are {}", forms.join(", ")));
    }
    error.hint(format!("the nearest forms are {}", forms.join(", ")))
}

fn regex(pattern: &str) -> Result<Regex, ValueError> {
    Regex::new(pattern)
        .map_err(|error| ValueError::new(format!("`{pattern}` is no regular expression: {error}")))
}

fn kind(name: &str) -> Result<Criterion, ValueError> {
    Kind::named(name)
        .map(Criterion::Kind)
        .ok_or_else(|| ValueError::new(format!("`{name}` is no sort of value")))
}

impl Parts<'_> {
    fn value(&self, at: usize) -> Value {
        self.values.get(at).cloned().unwrap_or_default()
    }

    fn text(&self, at: usize) -> String {
        expand::plain(&self.value(at))
    }

    fn word(&self, at: usize) -> &str {
        self.words.get(at).copied().unwrap_or_default()
    }

    fn number(&self, at: usize) -> Result<f64, ValueError> {
        let value = self.value(at);
        value.as_f64().ok_or_else(|| {
            ValueError::new(format!("{value} is {} and no bound for a number", path::kind(&value)))
                .hint("write a number, without quotes")
        })
    }

    fn count(&self) -> Result<usize, ValueError> {
        self.word(0).parse().map_err(|_| ValueError::new(format!("`{}` is no count", self.word(0))))
    }

    fn moment(&self) -> Result<DateTime<Utc>, ValueError> {
        let value = self.value(0);
        value.as_str().and_then(moment).ok_or_else(|| {
            ValueError::new(format!("{value} is no date-time"))
                .hint("write one as \"2026-01-24T10:00:00Z\" or \"${now + 2 days}\"")
        })
    }
}

#[cfg(test)]
#[path = "predicate_tests.rs"]
mod tests;
