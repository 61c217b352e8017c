//! Sorts of values: [`Kind`] tells a uuid from a date-time; and when two values are the same.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::Value;

/// A sort of value that a check or a marker may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    String,
    /// Any number.
    Number,
    /// A number without a fraction.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object,
    /// RFC 9562, in its usual spelling.
    Uuid,
    /// RFC 3339; one without an offset counts as UTC.
    DateTime,
    /// `2026-01-24`.
    Date,
    /// Something at something.
    Email,
    /// An absolute `http` or `https` address.
    Url,
}

impl Kind {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 11] = [
        Self::String,
        Self::Number,
        Self::Integer,
        Self::Boolean,
        Self::List,
        Self::Object,
        Self::Uuid,
        Self::DateTime,
        Self::Date,
        Self::Email,
        Self::Url,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::List => "list",
            Self::Object => "object",
            Self::Uuid => "uuid",
            Self::DateTime => "date-time",
            Self::Date => "date",
            Self::Email => "email",
            Self::Url => "url",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// With its article: `an integer`.
    pub fn with_article(self) -> String {
        let article = if matches!(self, Self::Integer | Self::Object | Self::Email) { "an" } else { "a" };
        format!("{article} {}", self.name())
    }

    /// Whether a value is of this sort.
    pub fn holds(self, value: &Value) -> bool {
        match (self, value) {
            (Self::String, Value::String(_))
            | (Self::Number, Value::Number(_))
            | (Self::Boolean, Value::Bool(_)) => true,
            (Self::List, Value::Array(_)) | (Self::Object, Value::Object(_)) => true,
            (Self::Integer, Value::Number(number)) => {
                number.is_i64()
                    || number.is_u64()
                    || number.as_f64().is_some_and(|number| number.fract() == 0.0)
            }
            (Self::Uuid, Value::String(text)) => is_uuid(text),
            (Self::DateTime, Value::String(text)) => date_time(text).is_some(),
            (Self::Date, Value::String(text)) => text.len() == 10 && text.parse::<NaiveDate>().is_ok(),
            (Self::Email, Value::String(text)) => is_email(text),
            (Self::Url, Value::String(text)) => url::Url::parse(text)
                .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()),
            _ => false,
        }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let clean = |part: &str| {
        !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;@".contains(c))
    };
    let labels = domain.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    });
    clean(local) && !local.starts_with('.') && !local.ends_with('.') && labels && domain.contains('.')
}

/// An RFC 3339 date-time; one without an offset counts as UTC.
pub fn date_time(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    text.parse::<NaiveDateTime>().ok().map(|time| time.and_utc())
}

/// A date-time, or a date for its first moment in UTC.
pub fn moment(text: &str) -> Option<DateTime<Utc>> {
    date_time(text).or_else(|| Some(text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc()))
}

/// Whether two values are the same: `1` and `1.0` are, the order of an object's fields does not count.
pub fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.as_f64() == right.as_f64() && left.is_f64() != right.is_f64()
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

/// A value as JSON in one line, cut at `limit` characters.
pub fn show(value: &Value, limit: usize) -> String {
    cut(&value.to_string(), limit)
}

/// A text cut at `limit` characters, with the rest counted.
pub fn cut(text: &str, limit: usize) -> String {
    let length = text.chars().count();
    if length <= limit {
        return text.to_owned();
    }
    let head: String = text.chars().take(limit).collect();
    format!("{head}… ({} more characters)", length - limit)
}

/// JSON over several lines, for a diff.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_sort_holds_and_refuses() {
        for (kind, yes, no) in [
            (Kind::String, json!(""), json!(1)),
            (Kind::Number, json!(1.5), json!("1.5")),
            (Kind::Integer, json!(2.0), json!(2.5)),
            (Kind::Boolean, json!(false), json!("false")),
            (Kind::List, json!([]), json!({})),
            (Kind::Object, json!({}), json!([])),
            (
                Kind::Uuid,
                json!("0190a6b4-5c7e-7c1a-9f00-1234567890ab"),
                json!("0190a6b4-5c7e-7c1a-9f00_1234567890ab"),
            ),
            (Kind::DateTime, json!("2026-01-24T10:00:00.5+02:00"), json!("2026-01-24")),
            (Kind::DateTime, json!("2026-01-24T10:00:00.123456"), json!("2026-13-24T10:00:00Z")),
            (Kind::Date, json!("2026-01-24"), json!("2026-1-24")),
            (Kind::Email, json!("a.b+c@example.com"), json!("a@b")),
            (Kind::Email, json!("x@mail.example.com"), json!("a b@example.com")),
            (Kind::Url, json!("https://example.com/x"), json!("/x")),
            (Kind::Url, json!("http://127.0.0.1:80"), json!("mailto:a@example.com")),
        ] {
            assert!(kind.holds(&yes), "{kind:?} {yes}");
            assert!(!kind.holds(&no), "{kind:?} {no}");
            assert!(!kind.holds(&Value::Null), "{kind:?} null");
        }
    }

    #[test]
    fn sameness_looks_at_meaning() {
        assert!(same(&json!({"a": 1, "b": [1.0]}), &json!({"b": [1], "a": 1})));
        for (left, right) in [
            (json!(1), json!("1")),
            (json!(1), json!(2)),
            (json!({"a": 1}), json!({"a": 1, "b": 1})),
            (json!(9007199254740993_u64), json!(9007199254740992_u64)),
        ] {
            assert!(!same(&left, &right), "{left} {right}");
        }
    }

    #[test]
    fn long_texts_are_cut_and_counted() {
        assert_eq!(cut("abcdef", 4), "abcd… (2 more characters)");
        assert_eq!(cut("abcd", 4), "abcd");
    }
}
