//! Words for people: values, lists and counts as short phrases, and the nearest of several names.

use crate::suggest::distance;
use serde_json::Value;

/// How much of a string is shown, in characters.
const SHOWN: usize = 60;
/// How many entries of a list are shown.
const LISTED: usize = 12;

/// A value as a short phrase: `the string "x" (1 character)`, `an array of 3 items`.
pub(crate) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.is_empty() => "the empty string".to_owned(),
        Value::String(text) => {
            format!("the string {} ({})", quoted(text), count(text.chars().count(), "character"))
        }
        Value::Array(items) if items.is_empty() => "an empty array".to_owned(),
        Value::Array(items) => format!("an array of {}", count(items.len(), "item")),
        Value::Object(fields) if fields.is_empty() => "an empty object".to_owned(),
        Value::Object(fields) => {
            format!("an object with {}", list(fields.keys().map(|key| quoted(key)), "and"))
        }
    }
}

/// A value as it would be written in JSON, shortened.
pub(crate) fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => shorten(&other.to_string()),
    }
}

/// A text in quotation marks, shortened.
pub(crate) fn quoted(text: &str) -> String {
    format!("{:?}", shorten(text))
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// `1 item`, `3 items`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    let end = match noun {
        _ if n == 1 => "",
        _ if noun.ends_with("property") => return format!("{n} {}ies", noun.trim_end_matches('y')),
        _ => "s",
    };
    format!("{n} {noun}{end}")
}

/// `a`, `a or b`, `a, b or c`; long lists end in a count.
pub(crate) fn list(words: impl IntoIterator<Item = String>, last: &str) -> String {
    let mut words: Vec<String> = words.into_iter().collect();
    if words.len() > LISTED {
        let more = words.len() - LISTED;
        words.truncate(LISTED);
        words.push(format!("{more} more"));
    }
    match words.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
    }
}

/// The name that differs least; the first of equals.
pub(crate) fn closest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    names.into_iter().min_by_key(|name| distance(&wanted, &name.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_become_phrases() {
        for (value, phrase) in [
            (json!(null), "null"),
            (json!("x"), "the string \"x\" (1 character)"),
            (json!(""), "the empty string"),
            (json!([1, 2]), "an array of 2 items"),
            (json!({"a": 1, "b": 2}), "an object with \"a\" and \"b\""),
            (json!(1.5), "the number 1.5"),
        ] {
            assert_eq!(describe(&value), phrase);
        }
        assert!(describe(&json!("é".repeat(100))).contains("…\" (100 characters)"));
    }

    #[test]
    fn lists_and_counts_read_well() {
        let words = |n: usize| (0..n).map(|i| i.to_string());
        assert_eq!(list(words(0), "or"), "nothing");
        assert_eq!(list(words(1), "or"), "0");
        assert_eq!(list(words(3), "or"), "0, 1 or 2");
        assert!(list(words(20), "or").ends_with("11 or 8 more"));
        assert_eq!(count(2, "property"), "2 properties");
    }

    #[test]
    fn the_closest_name_is_found_however_far() {
        assert_eq!(closest("Emial", ["user", "email"]), Some("email"));
    }
}
