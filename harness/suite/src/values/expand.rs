//! `${…}` inside values: remembered, from the environment, or generated. [`Scope`] holds what they come from.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{Rng, RngExt};
use serde_json::{Map, Value};

use crate::values::duration;
use crate::values::error::ValueError;
use crate::values::nearest;
use crate::values::path::{FieldPath, Found};
use crate::values::variables::Variables;

/// What placeholders are filled from.
pub struct Scope<'a> {
    /// The remembered values.
    pub variables: &'a Variables,
    /// The source of everything generated.
    pub rng: &'a mut StdRng,
    /// The present, for `${now}` and `${today}`.
    pub now: DateTime<Utc>,
    /// The environment, for `${env:NAME}`.
    pub env: &'a BTreeMap<String, String>,
}

impl std::fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scope").field("now", &self.now).finish_non_exhaustive()
    }
}

/// What a placeholder refers to, told without filling it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// `${name}` or `${name.path}`: the name.
    Remembered(String),
    /// `${env:NAME}`: the name.
    Env(String),
    /// `${uuid}`, `${now + 2 days}`…: the text.
    Generated(String),
    /// Something that can't be understood: why.
    Wrong(ValueError),
}

/// One part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Hole(String),
}

/// What stands inside a hole, understood.
#[derive(Debug)]
enum Hole {
    Remembered { name: String, path: Option<FieldPath> },
    Env(String),
    Uuid,
    Now(TimeDelta),
    Today(TimeDelta),
    UniqueEmail,
    UniqueWord,
    Random(i64, i64),
}

/// Every form, with its meaning, for the documentation.
pub fn documentation() -> &'static [(&'static str, &'static str)] {
    &[
        ("${name}", "what was remembered as `name`; alone in a value it keeps its JSON type"),
        ("${name.field[0]}", "a part of what was remembered"),
        ("${env:NAME}", "a variable of the environment in which `dryrun` runs"),
        ("${uuid}", "a new UUID"),
        ("${now}", "the time as RFC 3339, or where a step has put the clock"),
        ("${now + 2 days}", "a later time; `-` gives an earlier one"),
        ("${today}", "the date"),
        ("${today - 1 week}", "another date"),
        ("${unique email}", "an address that nobody else in the run has"),
        ("${unique word}", "words that nobody else in the run has"),
        ("${random 1..100}", "a whole number between the bounds, bounds included"),
        ("\\${", "the two characters themselves"),
    ]
}

/// Fills every placeholder of a text; other values than text stand as JSON.
///
/// # Errors
/// An unknown name, with the nearest; a placeholder that can't be understood.
pub fn text(text: &str, scope: &mut Scope<'_>) -> Result<String, ValueError> {
    let mut out = String::with_capacity(text.len());
    for part in parts(text)? {
        match part {
            Part::Literal(literal) => out.push_str(&literal),
            Part::Hole(hole) => out.push_str(&plain(&fill(&hole, scope)?)),
        }
    }
    Ok(out)
}

/// As [`text`], but a lone `${name}` keeps its JSON type.
///
/// # Errors
/// As [`text`].
pub fn value(written: &str, scope: &mut Scope<'_>) -> Result<Value, ValueError> {
    match parts(written)?.as_slice() {
        [Part::Hole(hole)] => fill(hole, scope),
        _ => text(written, scope).map(Value::String),
    }
}

/// Fills the placeholders in every text of a JSON value, keys too.
///
/// # Errors
/// As [`text`].
pub fn json(written: &Value, scope: &mut Scope<'_>) -> Result<Value, ValueError> {
    Ok(match written {
        Value::String(written) => value(written, scope)?,
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| json(item, scope)).collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => {
            let mut out = Map::new();
            for (key, value) in fields {
                out.insert(text(key, scope)?, json(value, scope)?);
            }
            Value::Object(out)
        }
        other => other.clone(),
    })
}

fn fill(hole: &str, scope: &mut Scope<'_>) -> Result<Value, ValueError> {
    let time = |shift| scope.now + shift;
    Ok(match understand(hole)? {
        Hole::Remembered { name, path } => {
            let value = scope.variables.get(&name).ok_or_else(|| scope.variables.unknown(&name))?;
            let Some(path) = path else { return Ok(value.clone()) };
            match path.find(value) {
                Found::One(found) => found.clone(),
                Found::Missing(why) => {
                    let why = why.replacen("the body", &format!("`{name}`"), 1);
                    return Err(ValueError::new(format!("`${{{hole}}}`: {why}")));
                }
                Found::Many(found) => found.into_iter().filter_map(|(_, value)| value.cloned()).collect(),
            }
        }
        Hole::Env(name) => scope.env.get(&name).cloned().map(Value::String).ok_or_else(|| {
            ValueError::new(format!("the environment has no variable `{name}`"))
                .hint(format!("set {name} before the run"))
        })?,
        Hole::Uuid => Value::String(uuid(scope.rng)),
        Hole::Now(shift) => Value::String(time(shift).to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        Hole::Today(shift) => Value::String(time(shift).format("%Y-%m-%d").to_string()),
        Hole::UniqueEmail => Value::String(format!("{}@example.com", word(scope.rng))),
        Hole::UniqueWord => Value::String(word(scope.rng)),
        Hole::Random(low, high) => Value::from(scope.rng.random_range(low..=high)),
    })
}

fn word(rng: &mut StdRng) -> String {
    const FIRST: [&str; 8] = ["calm", "clear", "early", "gentle", "quiet", "slow", "soft", "still"];
    const SECOND: [&str; 8] = ["breath", "breeze", "harbor", "heron", "meadow", "river", "tide", "willow"];
    let (first, second) = (rng.random_range(0..FIRST.len()), rng.random_range(0..SECOND.len()));
    // 48 bits: among a million words in a run, a collision has a chance of one in five hundred.
    format!("{}-{}-{:012x}", FIRST[first], SECOND[second], rng.next_u64() >> 16)
}

/// The placeholders of a text, in order.
pub fn names(text: &str) -> Vec<Reference> {
    let parts = match parts(text) {
        Ok(parts) => parts,
        Err(error) => return vec![Reference::Wrong(error)],
    };
    parts
        .into_iter()
        .filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Hole(hole) => Some(match understand(&hole) {
                Ok(Hole::Remembered { name, .. }) => Reference::Remembered(name),
                Ok(Hole::Env(name)) => Reference::Env(name),
                Ok(_) => Reference::Generated(hole),
                Err(error) => Reference::Wrong(error),
            }),
        })
        .collect()
}

/// A value as it stands inside a text: texts without quotes, the rest as JSON.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn parts(text: &str) -> Result<Vec<Part>, ValueError> {
    let mut out = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if let Some(before) = rest[..at].strip_suffix('\\') {
            literal.push_str(before);
            literal.push_str("${");
            rest = &rest[at + 2..];
            continue;
        }
        literal.push_str(&rest[..at]);
        let inside = &rest[at + 2..];
        let end = closing_brace(inside).ok_or_else(|| {
            ValueError::new(format!("`${{{}` is not closed", inside.chars().take(20).collect::<String>()))
                .hint("`}` is missing; a literal `${` is written `\\${`")
        })?;
        if !literal.is_empty() {
            out.push(Part::Literal(std::mem::take(&mut literal)));
        }
        out.push(Part::Hole(inside[..end].trim().to_owned()));
        rest = &inside[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() || out.is_empty() {
        out.push(Part::Literal(literal));
    }
    Ok(out)
}

fn closing_brace(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == '}' && !quoted).then_some(at)
    })
}

fn understand(hole: &str) -> Result<Hole, ValueError> {
    let wrong = |why: &str, hint: &str| Err(ValueError::new(format!("`${{{hole}}}`: {why}")).hint(hint));
    if let Some(name) = hole.strip_prefix("env:") {
        return if name.trim().is_empty() {
            wrong("a name is missing", "write `${env:HOME}`")
        } else {
            Ok(Hole::Env(name.trim().to_owned()))
        };
    }
    let head_end = hole.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(hole.len());
    let (head, tail) = (&hole[..head_end], hole[head_end..].trim());
    match (head, tail) {
        ("", _) => wrong("a name is missing", "write `${name}`; a literal `${` is written `\\${`"),
        ("uuid", "") => Ok(Hole::Uuid),
        ("unique", "email") => Ok(Hole::UniqueEmail),
        ("unique", "word") => Ok(Hole::UniqueWord),
        ("unique", other) => match nearest::nearest(other, ["email", "word"]) {
            Some(near) => wrong("unknown", &format!("did you mean `${{unique {near}}}`?")),
            None => wrong("unknown", "there are `${unique email}` and `${unique word}`"),
        },
        ("now", shift) => Ok(Hole::Now(time_shift(hole, shift)?)),
        ("today", shift) => Ok(Hole::Today(time_shift(hole, shift)?)),
        ("random", range) => {
            let bounds = range
                .split_once("..")
                .and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)));
            match bounds {
                Some((low, high)) if low <= high => Ok(Hole::Random(low, high)),
                _ => wrong("no range of whole numbers", "write `${random 1..100}`"),
            }
        }
        (name, "") => Ok(Hole::Remembered { name: name.to_owned(), path: None }),
        (name, path) if path.starts_with(['.', '[']) => {
            let path = FieldPath::parse(path.strip_prefix('.').unwrap_or(path))?;
            Ok(Hole::Remembered { name: name.to_owned(), path: Some(path) })
        }
        _ => wrong(
            "can't be understood",
            "write `${name}`, `${name.field}`, `${env:NAME}`, `${uuid}`, `${now + 2 days}`, `${today}`, `${unique email}`, `${unique word}` or `${random 1..100}`",
        ),
    }
}

fn time_shift(hole: &str, shift: &str) -> Result<TimeDelta, ValueError> {
    if shift.is_empty() {
        return Ok(TimeDelta::zero());
    }
    let wrong = || {
        ValueError::new(format!("`${{{hole}}}`: no shift in time"))
            .hint("write `${now + 2 days}` or `${now - 5 minutes}`")
    };
    let (sign, rest) = match shift.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(wrong()),
    };
    let by = TimeDelta::from_std(duration::parse(rest.trim())?).map_err(|_| wrong())?;
    // A century of days keeps the sum inside what a date-time can hold.
    if by.num_days() > 36_525 { Err(wrong()) } else { Ok(by * sign) }
}

/// A random UUID (RFC 9562, version 4).
pub fn uuid(rng: &mut StdRng) -> String {
    let mut bytes = [0_u8; 16];
    rng.fill_bytes(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
#[path = "expand_tests.rs"]
mod tests;
