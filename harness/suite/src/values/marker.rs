//! Markers in templates and cells: [`parse`] tells `<uuid>` from a text that only looks like one.

use std::time::Duration;

use regex::Regex;

use crate::values::criterion::Criterion;
use crate::values::duration;
use crate::values::error::ValueError;
use crate::values::kinds::Kind;
use crate::values::nearest;

/// A marker as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// What it asks for.
    pub sort: Sort,
    /// Whether it ends in `?`: the field may be absent or null.
    pub optional: bool,
}

/// What a marker asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Sort {
    /// `<string>`, `<uuid>`…
    Kind(Kind),
    /// `<any>`
    Any,
    /// `<absent>`
    Absent,
    /// `<null>`
    Null,
    /// `</regex/>`
    Regex(String),
    /// `<1..100>`, both bounds included.
    Range(f64, f64),
    /// `<now ± 5 s>`
    NearNow(Duration),
    /// `<each …>`: a list, each of whose items looks like what stands behind.
    Each(String),
}

/// Every form but the sorts of values, with its meaning, for the documentation.
pub fn documentation() -> &'static [(&'static str, &'static str)] {
    &[
        ("<any>", "anything but an absent field"),
        ("<absent>", "the field is not there"),
        ("<null>", "null"),
        ("<string?>", "a string, or absent, or null; every marker but `</…/>` and `<each …>` may end in `?`"),
        ("</^[a-z]+$/>", "a text that the regular expression matches somewhere"),
        ("<1..100>", "a number between the bounds, bounds included"),
        ("<now ± 5 s>", "a date-time at most so far from now; `+-` is as good as `±`"),
        ("<each <uuid>>", "a list of at least one item, each of which looks like what stands behind `each`"),
        ("<each? {id: <uuid>}>", "the same; it may be empty, absent or null"),
    ]
}

/// Reads a marker; `None` for any other text, HTML included.
///
/// # Errors
/// A text that is meant as a marker and is none: a misspelt name, a bad range or duration.
pub fn parse(text: &str) -> Result<Option<Marker>, ValueError> {
    let text = text.trim();
    let Some(inside) = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else {
        return Ok(None);
    };
    if let Some(pattern) = inside.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
        if !pattern.contains("${") {
            regex(pattern)?;
        }
        return Ok(Some(Marker { sort: Sort::Regex(pattern.to_owned()), optional: false }));
    }
    if let Some((inner, optional)) = each(inside) {
        return Ok(Some(Marker { sort: Sort::Each(inner.trim().to_owned()), optional }));
    }
    let (name, optional) = inside.strip_suffix('?').map_or((inside, false), |name| (name, true));
    let sort = match name {
        "any" => Some(Sort::Any),
        "absent" => Some(Sort::Absent),
        "null" => Some(Sort::Null),
        _ => Kind::named(name).map(Sort::Kind),
    };
    let sort = match sort {
        Some(sort) => sort,
        None => match range(name) {
            Some(sort) => sort,
            None => match near_now(name) {
                Some(sort) => sort?,
                None => return misspelt(name),
            },
        },
    };
    Ok(Some(Marker { sort, optional }))
}

/// The criterion of a regular expression.
///
/// # Errors
/// Says why it is none.
pub fn regex(pattern: &str) -> Result<Criterion, ValueError> {
    Regex::new(pattern)
        .map(Criterion::Matches)
        .map_err(|error| ValueError::new(format!("`{pattern}` is no regular expression: {error}")))
}

fn each(inside: &str) -> Option<(&str, bool)> {
    if let Some(inner) = inside.strip_prefix("each? ") {
        return Some((inner, true));
    }
    inside.strip_prefix("each ").map(|inner| (inner, false))
}

fn range(text: &str) -> Option<Sort> {
    let (low, high) = text.split_once("..")?;
    let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low <= high).then_some(Sort::Range(low, high))
}

fn near_now(text: &str) -> Option<Result<Sort, ValueError>> {
    let rest = text.strip_prefix("now")?.trim_start();
    let by =
        rest.strip_prefix('±').or_else(|| rest.strip_prefix("+-")).or_else(|| rest.strip_prefix("+/-"))?;
    Some(duration::parse(by).map(Sort::NearNow))
}

/// One word that is near a marker's name is a mistake; anything else is a text.
fn misspelt(name: &str) -> Result<Option<Marker>, ValueError> {
    let word = name.len() >= 4 && name.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
    // Names of HTML elements that lie near the name of a marker.
    if !word || ["main", "data", "link", "time", "body", "nav"].contains(&name) {
        return Ok(None);
    }
    let names = Kind::ALL.map(Kind::name).into_iter().chain(["any", "absent", "null", "each", "now"]);
    let near = names
        .filter(|known| nearest::distance(name, known) <= 2)
        .min_by_key(|known| nearest::distance(name, known));
    match near {
        Some(near) => {
            Err(ValueError::new(format!("`<{name}>` is no marker")).hint(format!("did you mean `<{near}>`?")))
        }
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_read() {
        for (text, sort, optional) in [
            ("<uuid>", Sort::Kind(Kind::Uuid), false),
            ("<string?>", Sort::Kind(Kind::String), true),
            ("<any>", Sort::Any, false),
            ("<absent>", Sort::Absent, false),
            ("<null>", Sort::Null, false),
            ("<1..100>", Sort::Range(1.0, 100.0), false),
            ("<-0.5..0.5?>", Sort::Range(-0.5, 0.5), true),
            ("</^a>b$/>", Sort::Regex("^a>b$".into()), false),
            ("<now ± 5 s>", Sort::NearNow(Duration::from_secs(5)), false),
            ("<now +- 1 minute>", Sort::NearNow(Duration::from_secs(60)), false),
            ("<each <uuid>>", Sort::Each("<uuid>".into()), false),
            ("<each? {a: <string>}>", Sort::Each("{a: <string>}".into()), true),
        ] {
            assert_eq!(parse(text).unwrap(), Some(Marker { sort, optional }), "{text}");
        }
    }

    #[test]
    fn every_form_is_documented_and_every_documented_form_is_read() {
        let mut seen = [false; 8];
        let kinds = Kind::ALL.map(|kind| format!("<{}>", kind.name()));
        for form in documentation().iter().map(|(form, _)| *form).chain(kinds.iter().map(String::as_str)) {
            let marker = parse(form).unwrap().unwrap_or_else(|| panic!("{form} is no marker"));
            // A new sort of marker does not compile until it has a place here, and fails until it is documented.
            let place = match marker.sort {
                Sort::Kind(_) => 0,
                Sort::Any => 1,
                Sort::Absent => 2,
                Sort::Null => 3,
                Sort::Regex(_) => 4,
                Sort::Range(..) => 5,
                Sort::NearNow(_) => 6,
                Sort::Each(_) => 7,
            };
            seen[place] = true;
        }
        assert_eq!(seen, [true; 8]);
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in ["Hello", "<p>Hi</p>", "<br>", "a <uuid>", "<h1>x</h1>", "<9..1>", "<>", "<body>"] {
            assert_eq!(parse(text).unwrap(), None, "{text}");
        }
    }

    #[test]
    fn mistakes_are_told() {
        assert_eq!(parse("<strng>").unwrap_err().hint.unwrap(), "did you mean `<string>`?");
        assert_eq!(parse("<datetime>").unwrap_err().hint.unwrap(), "did you mean `<date-time>`?");
        assert!(parse("</[/>").unwrap_err().message.contains("no regular expression"));
        assert!(parse("<now ± soon>").unwrap_err().message.contains("no duration"));
    }
}
