//! Whole bodies with markers: [`Template`], and every [`Difference`] of a body from it.

use serde_json::Value;

use crate::values::criterion::Criterion;
use crate::values::document::{self, Language};
use crate::values::error::ValueError;
use crate::values::expand::{self, Scope};
use crate::values::kinds::show;
use crate::values::marker::{self, Marker, Sort};
use crate::values::path::join;

/// What a value must look like.
#[derive(Debug, Clone)]
pub enum Template {
    /// The same value.
    Exact(Value),
    /// A marker: `<uuid>`. `optional` when it may be absent or null.
    Marked {
        /// What must be so of a value that is there.
        criterion: Criterion,
        /// Whether it may be absent or null.
        optional: bool,
    },
    /// Any value, but there.
    Any {
        /// Whether it may be absent.
        optional: bool,
    },
    /// The field must not be there.
    Absent,
    /// An object with these fields; `open` when it may have more.
    Object {
        /// Names and what stands there.
        fields: Vec<(String, Template)>,
        /// `...` stands among them.
        open: bool,
    },
    /// A list.
    List {
        /// Before `...`, or all when there is none.
        head: Vec<Template>,
        /// Behind `...`; `None` when there is none.
        tail: Option<Vec<Template>>,
    },
    /// A list whose every item looks so.
    Each {
        /// The template of an item.
        item: Box<Template>,
        /// Whether the list may be empty or absent.
        optional: bool,
    },
}

/// One place where a body differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field's path; empty for the whole body.
    pub path: String,
    /// What was wanted.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// What may help.
    pub hint: Option<String>,
}

/// Lets more fields or items be.
pub(crate) const MORE: &str = "...";

/// As the only key of an object: a list, each of whose items looks like its value.
pub(crate) const EACH: &str = "<each>";

/// So much of a value is shown for one difference.
const SHOWN: usize = 300;

impl Template {
    /// Reads a template from a doc string and fills its placeholders.
    ///
    /// # Errors
    /// No JSON or YAML; an unknown marker or name.
    pub fn read(text: &str, language: Language, scope: &mut Scope<'_>) -> Result<Self, ValueError> {
        Self::from_value(&document::read(text, language)?, scope)
    }

    /// Takes JSON as a template.
    ///
    /// # Errors
    /// An unknown marker or name.
    pub fn from_value(value: &Value, scope: &mut Scope<'_>) -> Result<Self, ValueError> {
        Ok(match value {
            Value::String(text) => Self::from_text(text, scope)?,
            Value::Array(items) => {
                let mut head = Vec::new();
                let mut tail = None;
                for item in items {
                    if item == MORE {
                        if tail.replace(Vec::new()).is_some() {
                            return Err(ValueError::new("`...` stands twice in one list")
                                .hint("once is enough: it stands for any number of items"));
                        }
                    } else {
                        tail.as_mut().unwrap_or(&mut head).push(Self::from_value(item, scope)?);
                    }
                }
                Self::List { head, tail }
            }
            Value::Object(fields) => {
                let mut list = Vec::new();
                let mut open = false;
                for (key, value) in fields {
                    match key.as_str() {
                        MORE => open = true,
                        EACH | "<each?>" if fields.len() == 1 => {
                            let item = Box::new(Self::from_value(value, scope)?);
                            return Ok(Self::Each { item, optional: key == "<each?>" });
                        }
                        _ => list.push((expand::text(key, scope)?, Self::from_value(value, scope)?)),
                    }
                }
                Self::Object { fields: list, open }
            }
            other => Self::Exact(other.clone()),
        })
    }

    /// Takes one text as a template: a marker, or a text with placeholders.
    ///
    /// # Errors
    /// As [`Template::from_value`].
    pub fn from_text(text: &str, scope: &mut Scope<'_>) -> Result<Self, ValueError> {
        let Some(Marker { sort, optional }) = marker::parse(text)? else {
            return expand::value(text, scope).map(Self::Exact);
        };
        Ok(match sort {
            Sort::Any => Self::Any { optional },
            Sort::Absent => Self::Absent,
            Sort::Null => Self::Exact(Value::Null),
            Sort::Each(inner) => {
                let language = document::language(None, &inner);
                let inner = match (language, inner.starts_with(['{', '['])) {
                    // Between `<each` and `>`, `{a: <string>}` is YAML when it is no JSON.
                    (_, true) => document::read(&inner, Language::Json)
                        .or_else(|_| document::read(&inner, Language::Yaml))?,
                    (_, false) => Value::String(inner),
                };
                Self::Each { item: Box::new(Self::from_value(&inner, scope)?), optional }
            }
            Sort::Kind(kind) => Self::Marked { criterion: Criterion::Kind(kind), optional },
            Sort::Range(low, high) => Self::Marked { criterion: Criterion::Between(low, high), optional },
            Sort::NearNow(by) => Self::Marked { criterion: Criterion::NearNow(by, scope.now), optional },
            Sort::Regex(pattern) => {
                let pattern = if pattern.contains("${") { expand::text(&pattern, scope)? } else { pattern };
                Self::Marked { criterion: marker::regex(&pattern)?, optional }
            }
        })
    }

    /// Every place where a value differs; none when it looks so. `None` is an absent value.
    pub fn differences(&self, found: Option<&Value>) -> Vec<Difference> {
        let mut out = Vec::new();
        self.compare(found, "", &mut out);
        out
    }

    fn compare(&self, found: Option<&Value>, path: &str, out: &mut Vec<Difference>) {
        let wrong = |expected: String, found: String| Difference {
            path: path.to_owned(),
            expected,
            found,
            hint: None,
        };
        let Some(value) = found else {
            if !self.may_be_absent() {
                out.push(wrong(self.to_string(), "absent".to_owned()));
            }
            return;
        };
        match self {
            Self::Any { .. } => {}
            Self::Marked { optional: true, .. } | Self::Each { optional: true, .. } if value.is_null() => {}
            Self::Absent => {
                out.push(Difference { hint: None, ..wrong("absent".to_owned(), show(value, SHOWN)) })
            }
            Self::Exact(wanted) => judge(&Criterion::Is(wanted.clone()), value, path, out),
            Self::Marked { criterion, .. } => judge(criterion, value, path, out),
            Self::Object { fields, open } => {
                let Value::Object(there) = value else {
                    return out.push(wrong(self.to_string(), show(value, SHOWN)));
                };
                for (key, template) in fields {
                    template.compare(there.get(key), &join(path, key), out);
                }
                let known = |key: &str| fields.iter().any(|(name, _)| name == key);
                for (key, value) in there.iter().filter(|(key, _)| !*open && !known(key)) {
                    out.push(Difference {
                        path: join(path, key),
                        expected: "absent".to_owned(),
                        found: show(value, SHOWN),
                        hint: Some("a field `...` lets more fields be".to_owned()),
                    });
                }
            }
            Self::List { head, tail } => {
                let Value::Array(there) = value else {
                    return out.push(wrong(self.to_string(), show(value, SHOWN)));
                };
                let least = head.len() + tail.as_ref().map_or(0, Vec::len);
                for (index, template) in head.iter().enumerate() {
                    template.compare(there.get(index), &format!("{path}[{index}]"), out);
                }
                match tail {
                    Some(tail) => {
                        let from = there.len().max(least) - tail.len();
                        for (index, template) in tail.iter().enumerate() {
                            template.compare(
                                there.get(from + index),
                                &format!("{path}[{}]", from + index),
                                out,
                            );
                        }
                    }
                    None => {
                        for (index, value) in there.iter().enumerate().skip(head.len()) {
                            out.push(Difference {
                                path: format!("{path}[{index}]"),
                                expected: "absent".to_owned(),
                                found: show(value, SHOWN),
                                hint: Some("an item `...` lets more items be".to_owned()),
                            });
                        }
                    }
                }
            }
            Self::Each { item, optional } => match value {
                Value::Array(there) if there.is_empty() && !optional => {
                    let hint = Some("`<each? …>` lets the list be empty".to_owned());
                    out.push(Difference {
                        hint,
                        ..wrong("a list with at least one item".to_owned(), "[]".to_owned())
                    });
                }
                Value::Array(there) => {
                    for (index, value) in there.iter().enumerate() {
                        item.compare(Some(value), &format!("{path}[{index}]"), out);
                    }
                }
                other => out.push(wrong(self.to_string(), show(other, SHOWN))),
            },
        }
    }

    fn may_be_absent(&self) -> bool {
        matches!(
            self,
            Self::Absent
                | Self::Any { optional: true }
                | Self::Marked { optional: true, .. }
                | Self::Each { optional: true, .. }
        )
    }
}

fn judge(criterion: &Criterion, value: &Value, path: &str, out: &mut Vec<Difference>) {
    // Objects and lists that stand in a value as a whole are compared part by part, to name the place.
    if let (Criterion::Is(Value::Object(_) | Value::Array(_)), Value::Object(_) | Value::Array(_)) =
        (criterion, value)
        && let Criterion::Is(wanted) = criterion
    {
        return exact(wanted).compare(Some(value), path, out);
    }
    if let Err(mismatch) = criterion.check(Some(value)) {
        out.push(Difference {
            path: path.to_owned(),
            expected: mismatch.expected,
            found: mismatch.found,
            hint: mismatch.hint,
        });
    }
}

/// A value without markers as a template, part by part.
fn exact(value: &Value) -> Template {
    match value {
        Value::Object(fields) => Template::Object {
            fields: fields.iter().map(|(key, value)| (key.clone(), exact(value))).collect(),
            open: false,
        },
        Value::Array(items) => Template::List { head: items.iter().map(exact).collect(), tail: None },
        other => Template::Exact(other.clone()),
    }
}

impl std::fmt::Display for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(value) => f.write_str(&show(value, SHOWN)),
            Self::Marked { criterion, .. } => criterion.fmt(f),
            Self::Any { .. } => f.write_str("present"),
            Self::Absent => f.write_str("absent"),
            Self::Object { fields, open } => {
                let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
                let more = if *open { " and more" } else { "" };
                write!(
                    f,
                    "an object with {}{more}",
                    if names.is_empty() { "no fields".to_owned() } else { names.join(", ") }
                )
            }
            Self::List { head, tail } => {
                let count = head.len() + tail.as_ref().map_or(0, Vec::len);
                write!(f, "a list of {}{count}", if tail.is_some() { "at least " } else { "" })
            }
            Self::Each { item, .. } => write!(f, "a list of items that are each {item}"),
        }
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
