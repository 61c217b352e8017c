//! What a field must be, everything filled in: [`Criterion`], and the [`Mismatch`] when it is not.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use regex::Regex;
use serde_json::Value;

use crate::values::duration;
use crate::values::kinds::{Kind, date_time, same, show};
use crate::values::path::{Found, kind};

/// How many there must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// So many.
    Exactly(usize),
    /// So many or more.
    AtLeast(usize),
    /// So many or fewer.
    AtMost(usize),
}

/// What must be so.
#[derive(Debug, Clone)]
pub enum Criterion {
    /// The same value.
    Is(Value),
    /// Another value.
    IsNot(Value),
    /// A part of the text, or an item of the list.
    Contains(Value),
    /// No part of the text, no item of the list.
    Lacks(Value),
    /// The text's beginning.
    StartsWith(String),
    /// The text's end.
    EndsWith(String),
    /// A regular expression that must match somewhere.
    Matches(Regex),
    /// An empty text, list or object.
    Empty,
    /// A text, list or object with something in it.
    NotEmpty,
    /// The field is not there.
    Absent,
    /// The field is there, whatever it holds.
    Present,
    /// A sort of value.
    Kind(Kind),
    /// A date-time near the present.
    NearNow(Duration, DateTime<Utc>),
    /// More than.
    Greater(f64),
    /// No less than.
    AtLeast(f64),
    /// Less than.
    Less(f64),
    /// No more than.
    AtMost(f64),
    /// No less than the first, no more than the second.
    Between(f64, f64),
    /// A list's or object's size.
    Items(Amount),
    /// A text's length.
    Characters(Amount),
    /// The same as one of these.
    OneOf(Vec<Value>),
    /// Unlike all of these.
    NoneOf(Vec<Value>),
    /// An earlier date-time.
    Before(DateTime<Utc>),
    /// A later date-time.
    After(DateTime<Utc>),
}

/// What was wanted and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// In words, or as JSON.
    pub expected: String,
    /// As JSON, or why there is nothing.
    pub found: String,
    /// What may help.
    pub hint: Option<String>,
}

/// So much of a value is shown in a message.
const SHOWN: usize = 600;

impl Criterion {
    /// Checks what a path has led to. What a path names that may name many counts as a list, but `is absent` and
    /// `is present` ask whether it names anything.
    pub fn check_found(&self, found: &Found<'_>) -> Result<(), Mismatch> {
        match found {
            Found::One(value) => self.check(Some(value)),
            Found::Missing(why) => self.check(None).map_err(|mut mismatch| {
                mismatch.found = format!("absent: {why}");
                mismatch
            }),
            Found::Many(found) => {
                let list: Vec<Value> = found.iter().filter_map(|(_, value)| value.cloned()).collect();
                match (self, list.as_slice()) {
                    (Self::Absent | Self::Present, []) => self.check(None),
                    _ => self.check(Some(&Value::Array(list))).map_err(|mut mismatch| {
                        let hint = "the path names a list of values; `every PATH …` and `some PATH …` look at each of them";
                        mismatch.hint.get_or_insert_with(|| hint.to_owned());
                        mismatch
                    }),
                }
            }
        }
    }

    /// Checks a value; `None` is an absent field.
    pub fn check(&self, found: Option<&Value>) -> Result<(), Mismatch> {
        let Some(value) = found else {
            return match self {
                Self::Absent => Ok(()),
                _ => Err(self.mismatch("absent", None)),
            };
        };
        if self.holds(value) { Ok(()) } else { Err(self.mismatch(&show(value, SHOWN), self.hint(value))) }
    }

    fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Is(wanted) => same(wanted, value),
            Self::IsNot(unwanted) => !same(unwanted, value),
            Self::Contains(part) => contains(value, part) == Some(true),
            Self::Lacks(part) => contains(value, part) == Some(false),
            Self::StartsWith(start) => value.as_str().is_some_and(|text| text.starts_with(start.as_str())),
            Self::EndsWith(end) => value.as_str().is_some_and(|text| text.ends_with(end.as_str())),
            Self::Matches(regex) => value.as_str().is_some_and(|text| regex.is_match(text)),
            Self::Empty => size(value) == Some(0),
            Self::NotEmpty => size(value).is_some_and(|size| size > 0),
            Self::Absent => false,
            Self::Present => true,
            Self::Kind(kind) => kind.holds(value),
            Self::NearNow(by, now) => time(value).is_some_and(|time| {
                (time - *now).abs() <= TimeDelta::from_std(*by).unwrap_or(TimeDelta::MAX)
            }),
            Self::Greater(bound) => value.as_f64().is_some_and(|number| number > *bound),
            Self::AtLeast(bound) => value.as_f64().is_some_and(|number| number >= *bound),
            Self::Less(bound) => value.as_f64().is_some_and(|number| number < *bound),
            Self::AtMost(bound) => value.as_f64().is_some_and(|number| number <= *bound),
            Self::Between(low, high) => value.as_f64().is_some_and(|number| (*low..=*high).contains(&number)),
            Self::Items(amount) => match value {
                Value::Array(items) => amount.holds(items.len()),
                Value::Object(fields) => amount.holds(fields.len()),
                _ => false,
            },
            Self::Characters(amount) => value.as_str().is_some_and(|text| amount.holds(text.chars().count())),
            Self::OneOf(values) => values.iter().any(|wanted| same(wanted, value)),
            Self::NoneOf(values) => !values.iter().any(|unwanted| same(unwanted, value)),
            Self::Before(bound) => time(value).is_some_and(|time| time < *bound),
            Self::After(bound) => time(value).is_some_and(|time| time > *bound),
        }
    }

    fn mismatch(&self, found: &str, hint: Option<String>) -> Mismatch {
        Mismatch { expected: self.to_string(), found: found.to_owned(), hint }
    }

    fn hint(&self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::Is(Value::String(wanted)), found) if !found.is_string() && spelt(found, wanted) => {
                Some(format!("found {} and not a text: write {found} without quotes", kind(found)))
            }
            (Self::Is(wanted), Value::String(found)) if !wanted.is_string() && spelt(wanted, found) => {
                Some(format!("found a text: write \"{found}\" in quotes"))
            }
            (Self::Is(Value::String(wanted)), Value::String(found)) if wanted.trim() == found.trim() => {
                Some("they differ in white space at the ends".to_owned())
            }
            (Self::Is(Value::String(wanted)), Value::String(found)) if wanted.eq_ignore_ascii_case(found) => {
                Some("they differ in upper and lower case only".to_owned())
            }
            (Self::Empty | Self::NotEmpty, found) if size(found).is_none() => {
                Some(format!("only a text, a list or an object can be empty; this is {}", kind(found)))
            }
            (Self::Contains(_) | Self::Lacks(_), found) if contains(found, &Value::Null).is_none() => {
                Some(format!("only a text or a list can contain something; this is {}", kind(found)))
            }
            (Self::Items(_), Value::Array(items)) => Some(format!("it has {}", items.len())),
            (Self::Items(_), Value::Object(fields)) => Some(format!("it has {}", fields.len())),
            (Self::Items(_), found) => {
                Some(format!("only a list or an object has items; this is {}", kind(found)))
            }
            (Self::Characters(_), Value::String(text)) => Some(format!("it has {}", text.chars().count())),
            (Self::NearNow(_, now), found) => time(found).map(|time| {
                let off = (time - *now).abs().to_std().unwrap_or_default();
                let side = if time < *now { "before" } else { "after" };
                format!("that is {} {side} now", duration::show(off))
            }),
            (
                Self::Greater(_) | Self::AtLeast(_) | Self::Less(_) | Self::AtMost(_) | Self::Between(..),
                Value::String(text),
            ) if text.parse::<f64>().is_ok() => Some("found a text, not a number".to_owned()),
            _ => None,
        }
    }
}

impl Amount {
    /// Whether so many are right.
    pub fn holds(self, count: usize) -> bool {
        match self {
            Self::Exactly(wanted) => count == wanted,
            Self::AtLeast(least) => count >= least,
            Self::AtMost(most) => count <= most,
        }
    }

    fn say(self, noun: &str) -> String {
        let (how, count) = match self {
            Self::Exactly(count) => ("", count),
            Self::AtLeast(count) => ("at least ", count),
            Self::AtMost(count) => ("at most ", count),
        };
        format!("{how}{count} {noun}{}", if count == 1 { "" } else { "s" })
    }
}

impl std::fmt::Display for Criterion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list =
            |values: &[Value]| values.iter().map(|value| show(value, SHOWN)).collect::<Vec<_>>().join(", ");
        let at = |time: &DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        match self {
            Self::Is(value) => f.write_str(&show(value, SHOWN)),
            Self::IsNot(value) => write!(f, "anything but {}", show(value, SHOWN)),
            Self::Contains(value) => write!(f, "something that contains {}", show(value, SHOWN)),
            Self::Lacks(value) => write!(f, "something that does not contain {}", show(value, SHOWN)),
            Self::StartsWith(text) => write!(f, "a text that starts with {text:?}"),
            Self::EndsWith(text) => write!(f, "a text that ends with {text:?}"),
            Self::Matches(regex) => write!(f, "a text that matches /{regex}/"),
            Self::Empty => f.write_str("something empty"),
            Self::NotEmpty => f.write_str("something that is not empty"),
            Self::Absent => f.write_str("absent"),
            Self::Present => f.write_str("present"),
            Self::Kind(kind) => f.write_str(&kind.with_article()),
            Self::NearNow(by, now) => write!(f, "a date-time within {} of {}", duration::show(*by), at(now)),
            Self::Greater(bound) => write!(f, "a number greater than {bound}"),
            Self::AtLeast(bound) => write!(f, "a number of at least {bound}"),
            Self::Less(bound) => write!(f, "a number less than {bound}"),
            Self::AtMost(bound) => write!(f, "a number of at most {bound}"),
            Self::Between(low, high) => write!(f, "a number between {low} and {high}"),
            Self::Items(amount) => f.write_str(&amount.say("item")),
            Self::Characters(amount) => f.write_str(&amount.say("character")),
            Self::OneOf(values) => write!(f, "one of {}", list(values)),
            Self::NoneOf(values) => write!(f, "none of {}", list(values)),
            Self::Before(time) => write!(f, "a date-time before {}", at(time)),
            Self::After(time) => write!(f, "a date-time after {}", at(time)),
        }
    }
}

/// Whether a value is spelt so in JSON.
fn spelt(value: &Value, text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|read| same(&read, value))
}

fn contains(value: &Value, part: &Value) -> Option<bool> {
    match (value, part) {
        (Value::String(text), Value::String(part)) => Some(text.contains(part.as_str())),
        (Value::String(text), other) => Some(text.contains(&other.to_string())),
        (Value::Array(items), part) => Some(items.iter().any(|item| same(item, part))),
        _ => None,
    }
}

fn size(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.len()),
        Value::Array(items) => Some(items.len()),
        Value::Object(fields) => Some(fields.len()),
        _ => None,
    }
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    date_time(value.as_str()?)
}
