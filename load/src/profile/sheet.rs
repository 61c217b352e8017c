//! [`Sheet`]: a table of a profile's text while it is read. Every mistake is noted with its place, and reading goes on.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use dryrun_contract::suggest::{listed, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::duration;
use crate::error::LoadError;

/// Times of a profile are not longer, so that sums of them are always times.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);
/// The most that a number of TOML holds exactly when it is read as one with a fraction.
pub(super) const MOST: u64 = 1 << 53;

/// The mistakes found so far, by their place in the text.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<(usize, String)>);

impl Notes {
    /// Notes what is wrong at `at`, and what to write instead.
    pub(super) fn add(&mut self, at: &Range<usize>, message: impl Into<String>) {
        self.0.push((at.start, message.into()));
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them as one error, in order of their places; the first gives the error its place.
    pub(super) fn error(mut self, path: &str, text: &str) -> LoadError {
        self.0.sort_by_key(|(at, _)| *at);
        self.0.dedup();
        let mut placed = self.0.into_iter().map(|(at, message)| {
            let (line, column) = place(text, at);
            (line, column, message)
        });
        let (line, column, mut message) = placed.next().unwrap_or((1, 1, "it makes no profile".to_owned()));
        for (line, column, next) in placed {
            message.push_str(&format!("\n{path}:{line}:{column}: {next}"));
        }
        LoadError::Profile { path: path.to_owned(), line, column, message }
    }
}

/// Line and column, from 1, of a byte of the text.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) at: Range<usize>,
}

/// A table that is being read: which keys were asked for, so that the others can be told.
pub(super) struct Sheet<'d, 'i> {
    /// Where it stands: its header.
    pub(super) at: Range<usize>,
    /// What messages call it: `[open]`, `request "health"`; empty for the file itself.
    pub(super) name: String,
    table: &'d DeTable<'i>,
    asked: Vec<&'static str>,
}

impl<'d, 'i> Sheet<'d, 'i> {
    pub(super) fn new(name: impl Into<String>, at: Range<usize>, table: &'d DeTable<'i>) -> Self {
        Self { at, name: name.into(), table, asked: Vec::new() }
    }

    /// What stands at `key`, with the places of key and value.
    pub(super) fn value(&mut self, key: &'static str) -> Option<(Range<usize>, &'d Spanned<DeValue<'i>>)> {
        self.asked.push(key);
        let (key, value) = self.table.iter().find(|(known, _)| known.get_ref().as_ref() == key)?;
        Some((key.span(), value))
    }

    /// Whether `key` stands there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.keys().any(|known| known.get_ref().as_ref() == key)
    }

    /// Where `key` stands, or the table when it is missing.
    pub(super) fn place_of(&self, key: &str) -> Range<usize> {
        let found = self.table.keys().find(|known| known.get_ref().as_ref() == key);
        found.map_or_else(|| self.at.clone(), Spanned::span)
    }

    /// A text.
    pub(super) fn text(&mut self, key: &'static str, notes: &mut Notes) -> Option<Found<String>> {
        let (_, value) = self.value(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some(Found { value: text.to_string(), at: value.span() }),
            other => {
                notes.add(&value.span(), format!("{key} is {}: write a text between quotes", kind(other)));
                None
            }
        }
    }

    /// A text that `read` makes something of.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        notes: &mut Notes,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Found<T>> {
        let Found { value, at } = self.text(key, notes)?;
        match read(&value) {
            Ok(value) => Some(Found { value, at }),
            Err(message) => {
                notes.add(&at, format!("{key}: {message}"));
                None
            }
        }
    }

    /// A time.
    pub(super) fn time(&mut self, key: &'static str, notes: &mut Notes) -> Option<Found<Duration>> {
        let (_, value) = self.value(key)?;
        if let Some(number) = number(value.get_ref()) {
            let message = format!("{key} has no unit: write {key} = \"{number} s\" or \"{number} min\"");
            notes.add(&value.span(), message);
            return None;
        }
        let found = self.parsed(key, notes, duration::parse)?;
        if found.value > LONGEST {
            notes.add(&found.at, format!("{key} is longer than a year"));
            return None;
        }
        Some(found)
    }

    /// A time above zero.
    pub(super) fn time_above_zero(
        &mut self,
        key: &'static str,
        notes: &mut Notes,
    ) -> Option<Found<Duration>> {
        let found = self.time(key, notes)?;
        if found.value.is_zero() {
            notes.add(&found.at, format!("{key} must be longer than nothing: write for example \"10 s\""));
            return None;
        }
        Some(found)
    }

    /// A number within `bounds`; `hint` says what is right.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        notes: &mut Notes,
        right: impl FnOnce(f64) -> bool,
        hint: &str,
    ) -> Option<Found<f64>> {
        let (_, value) = self.value(key)?;
        let found = number(value.get_ref());
        match found.filter(|number| number.is_finite()) {
            Some(number) if right(number) => Some(Found { value: number, at: value.span() }),
            Some(number) => {
                notes.add(&value.span(), format!("{key} is {number}: {hint}"));
                None
            }
            None => {
                notes.add(&value.span(), format!("{key} is {}: {hint}", kind(value.get_ref())));
                None
            }
        }
    }

    /// A whole number within these bounds.
    pub(super) fn count(
        &mut self,
        key: &'static str,
        bounds: RangeInclusive<u64>,
        notes: &mut Notes,
    ) -> Option<Found<u64>> {
        let (least, most) = (*bounds.start(), *bounds.end());
        let hint = match most {
            MOST.. => format!("write a whole number, at least {least}"),
            _ => format!("write a whole number from {least} to {most}"),
        };
        let right =
            |number: f64| number.fract() == 0.0 && number >= least as f64 && number <= most.min(MOST) as f64;
        let found = self.number(key, notes, right, &hint)?;
        Some(Found { value: found.value as u64, at: found.at })
    }

    /// A table below this one, called `name` in messages.
    pub(super) fn table(
        &mut self,
        key: &'static str,
        name: impl Into<String>,
        notes: &mut Notes,
    ) -> Option<Sheet<'d, 'i>> {
        let (at, value) = self.value(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Sheet::new(name, at, table)),
            other => {
                let message = format!("{key} is {}: write {key} = {{ … }} or [{key}]", kind(other));
                notes.add(&value.span(), message);
                None
            }
        }
    }

    /// The tables of a list, `[[key]]` or `key = [{ … }]`; they are called by `key` and a number until they say more.
    pub(super) fn tables(&mut self, key: &'static str, notes: &mut Notes) -> Vec<Sheet<'d, 'i>> {
        let Some((at, value)) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            let message = format!("{key} is {}: write [[{key}]], once for each", kind(value.get_ref()));
            notes.add(&at, message);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match item.get_ref() {
                DeValue::Table(table) => {
                    tables.push(Sheet::new(format!("{key} {}", index + 1), item.span(), table));
                }
                other => {
                    notes.add(&item.span(), format!("{key} {} is {}: write {{ … }}", index + 1, kind(other)))
                }
            }
        }
        tables
    }

    /// The keys and values in the order of the text, whatever they are called.
    pub(super) fn entries(&self) -> Vec<(&'d Spanned<toml::de::DeString<'i>>, &'d Spanned<DeValue<'i>>)> {
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
    }

    /// Keys that are known without having been asked for.
    pub(super) fn know(&mut self, keys: impl IntoIterator<Item = &'static str>) {
        self.asked.extend(keys);
    }

    /// Notes every key that nobody asked for, with the nearest that is known. `hints` say more of some.
    pub(super) fn close(self, hints: &[(&str, &str)], notes: &mut Notes) {
        self.close_but(hints, notes, |_| false);
    }

    /// The same, without the keys that were `read` in another way.
    pub(super) fn close_but(self, hints: &[(&str, &str)], notes: &mut Notes, read: impl Fn(&str) -> bool) {
        let place = if self.name.is_empty() { String::new() } else { format!(" in {}", self.name) };
        for (key, _) in self.entries() {
            let word = key.get_ref().as_ref();
            if self.asked.contains(&word) || read(word) {
                continue;
            }
            let mut known: Vec<&str> = Vec::new();
            self.asked.iter().for_each(|key| {
                if !known.contains(key) {
                    known.push(key)
                }
            });
            let known = known.iter().copied();
            let help = if let Some((_, hint)) = hints.iter().find(|(old, _)| *old == word) {
                (*hint).to_owned()
            } else if let Some(near) = nearest(word, known.clone()) {
                format!("did you mean `{near}`?")
            } else {
                format!("known are {}", listed(known, 20))
            };
            notes.add(&key.span(), format!("unknown key `{word}`{place}: {help}"));
        }
    }
}

/// The value as a number, if it is one.
pub(super) fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|integer| integer as f64)
        }
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => None,
    }
}

/// What a value is, for messages.
pub(super) fn kind(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {text:?}"),
        DeValue::Integer(integer) => format!("the number {integer}"),
        DeValue::Float(float) => format!("the number {float}"),
        DeValue::Boolean(yes) => yes.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
