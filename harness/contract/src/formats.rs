//! The formats that OpenAPI knows beyond JSON Schema's: which are checked, how, and what they look like.

use jsonschema::{Keyword, ValidationError};
use serde_json::Value;

/// The keyword by which the compiled form of a document asks for the range of a number's format. Never in a file.
pub(crate) const NUMBER_KEYWORD: &str = "x-dryrun-number";

/// Formats of numbers: JSON Schema's own formats speak of strings only.
pub(crate) const NUMBERS: [&str; 10] =
    ["double", "float", "int16", "int32", "int64", "int8", "uint16", "uint32", "uint64", "uint8"];

/// Formats that say how a string is shown or carried, so that there is nothing to check.
pub(crate) const FREE: [&str; 6] = ["binary", "commonmark", "html", "password", "path", "textarea"];

/// Whether a text is of a format.
pub(crate) type TextCheck = fn(&str) -> bool;

/// Formats of strings that JSON Schema does not have and that are checked here.
pub(crate) const TEXTS: [(&str, TextCheck); 5] = [
    ("base64url", is_base64url),
    ("byte", is_base64),
    ("char", |text| text.chars().count() == 1),
    ("decimal", is_decimal),
    ("http-date", is_http_date),
];

/// The formats of JSON Schema 2020-12.
pub(crate) const STANDARD: [&str; 19] = [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "idn-email",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];

/// What a text of this format looks like, for the `wanted` of a breach.
pub(crate) fn describe(format: &str) -> String {
    match format {
        "date-time" => "a date-time as in RFC 3339, such as 2026-01-24T10:00:00Z".to_owned(),
        "date" => "a date such as 2026-01-24".to_owned(),
        "time" => "a time with an offset, such as 10:00:00Z".to_owned(),
        "duration" => "a duration such as PT15M".to_owned(),
        "email" | "idn-email" => "an email address".to_owned(),
        "uuid" => "a UUID such as 123e4567-e89b-12d3-a456-426614174000".to_owned(),
        "uri" | "iri" => "an absolute URI such as https://example.com/a".to_owned(),
        "uri-reference" | "iri-reference" => "a URI or a relative reference".to_owned(),
        "hostname" | "idn-hostname" => "a host name".to_owned(),
        "ipv4" => "an IPv4 address such as 192.0.2.1".to_owned(),
        "ipv6" => "an IPv6 address such as 2001:db8::1".to_owned(),
        "regex" => "a regular expression".to_owned(),
        "byte" => "text in base64".to_owned(),
        "base64url" => "text in base64url".to_owned(),
        "char" => "exactly one character".to_owned(),
        "http-date" => "a date such as Sat, 24 Jan 2026 10:00:00 GMT".to_owned(),
        "decimal" => "a decimal number as a string".to_owned(),
        other => match number_range(other) {
            Some((least, most)) => format!("a number from {least} to {most} (format {other})"),
            None => format!("text in the format {other}"),
        },
    }
}

pub(crate) fn number_range(format: &str) -> Option<(i128, i128)> {
    Some(match format {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" => (i64::MIN.into(), i64::MAX.into()),
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" => (0, u64::MAX.into()),
        _ => return None,
    })
}

/// The check behind [`NUMBER_KEYWORD`].
pub(crate) struct NumberFormat {
    format: String,
    range: Option<(i128, i128)>,
}

impl NumberFormat {
    pub(crate) fn new(format: &str) -> Self {
        Self { format: format.to_owned(), range: number_range(format) }
    }

    fn accepts(&self, value: &Value) -> bool {
        let Value::Number(number) = value else {
            return true;
        };
        let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
        match (self.range, whole) {
            (Some((least, most)), Some(whole)) => (least..=most).contains(&whole),
            // `1e300` and `1.0` are whole numbers to JSON Schema; beyond 2^64 no whole-number format has room.
            (Some(_), None) => number.as_f64().is_some_and(|float| {
                float.fract() != 0.0
                    || self.range.is_some_and(|(least, most)| float >= least as f64 && float <= most as f64)
            }),
            (None, _) => {
                self.format != "float"
                    || number.as_f64().is_some_and(|float| float.abs() <= f64::from(f32::MAX))
            }
        }
    }
}

impl<'i> Keyword<'i> for NumberFormat {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.accepts(instance) { Ok(()) } else { Err(ValidationError::custom(describe(&self.format))) }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.accepts(instance)
    }
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

fn is_base64url(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    body.len() % 4 != 1 && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all(whole) && all(fraction)
}

fn is_http_date(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    let [day, date, month, year, time, "GMT"] = words[..] else {
        return false;
    };
    let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
    ["Mon,", "Tue,", "Wed,", "Thu,", "Fri,", "Sat,", "Sun,"].contains(&day)
        && digits(date, 2)
        && ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            .contains(&month)
        && digits(year, 4)
        && time.split(':').count() == 3
        && time.split(':').all(|part| digits(part, 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_stay_within_their_format() {
        for (format, good, bad) in [
            ("int32", json!(2_147_483_647), json!(2_147_483_648_i64)),
            ("int64", json!(i64::MIN), json!(u64::MAX)),
            ("uint8", json!(255), json!(-1)),
            ("float", json!(3.4e38), json!(3.5e38)),
            ("int32", json!(1.0), json!(1e10)),
        ] {
            let check = NumberFormat::new(format);
            assert!(check.accepts(&good), "{format} {good}");
            assert!(!check.accepts(&bad), "{format} {bad}");
        }
        assert!(NumberFormat::new("double").accepts(&json!(1e300)));
        assert!(NumberFormat::new("int32").accepts(&json!("not a number: the type says so")));
    }

    #[test]
    fn texts_are_really_checked() {
        for (format, good, bad) in [
            ("byte", "aGVsbG8=", "hello"),
            ("byte", "", "a==="),
            ("base64url", "a-_b", "a+/b"),
            ("char", "é", "ab"),
            ("decimal", "-1.50", "1."),
            ("http-date", "Sat, 24 Jan 2026 10:00:00 GMT", "2026-01-24"),
        ] {
            let (_, check) = TEXTS.iter().find(|(name, _)| *name == format).unwrap();
            assert!(check(good), "{format} {good}");
            assert!(!check(bad), "{format} {bad}");
        }
    }
}
