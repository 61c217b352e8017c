//! Values as they travel: parameters by their style, bodies by their media type.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::breach::Location;
use crate::inspect::ParameterInfo;
use crate::media::{Kind, MediaType};

/// What stands between the parts of a multipart body.
const BOUNDARY: &str = "dryrun-7c1b9e";

/// Everything but what RFC 3986 calls unreserved.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text with everything escaped that means something in a URL.
pub(super) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, STRICT).to_string()
}

/// The text that stands for one value.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn coded(value: &Value) -> String {
    escaped(&plain(value))
}

/// A value as it is written into the place of its parameter.
pub(super) fn parameter_text(parameter: &ParameterInfo, value: &Value) -> String {
    match parameter.location {
        Location::Path => in_path(parameter, value),
        Location::Header => in_header(parameter, value),
        _ => in_pairs(parameter, value),
    }
}

fn in_path(parameter: &ParameterInfo, value: &Value) -> String {
    let name = &parameter.name;
    let explode = parameter.explode;
    match (parameter.style.as_str(), value) {
        ("content", _) => escaped(&value.to_string()),
        ("label", Value::Array(items)) => format!(".{}", list(items, if explode { "." } else { "," })),
        ("label", Value::Object(_)) => {
            format!(".{}", fields(value, explode, if explode { "." } else { "," }))
        }
        ("label", _) => format!(".{}", coded(value)),
        ("matrix", Value::Array(items)) if explode => {
            items.iter().map(|item| format!(";{name}={}", coded(item))).collect()
        }
        ("matrix", Value::Array(items)) => format!(";{name}={}", list(items, ",")),
        ("matrix", Value::Object(_)) if explode => format!(";{}", fields(value, true, ";")),
        ("matrix", Value::Object(_)) => format!(";{name}={}", fields(value, false, ",")),
        ("matrix", _) => format!(";{name}={}", coded(value)),
        (_, Value::Array(items)) => list(items, ","),
        (_, Value::Object(_)) => fields(value, explode, ","),
        _ => coded(value),
    }
}

fn in_pairs(parameter: &ParameterInfo, value: &Value) -> String {
    let name = escaped(&parameter.name);
    match (parameter.style.as_str(), value) {
        ("content", _) => format!("{name}={}", escaped(&value.to_string())),
        ("deepObject", Value::Object(all)) => {
            let pairs =
                all.iter().map(|(key, value)| format!("{name}%5B{}%5D={}", escaped(key), coded(value)));
            pairs.collect::<Vec<_>>().join("&")
        }
        ("spaceDelimited", Value::Array(items)) if !parameter.explode => {
            format!("{name}={}", list(items, "%20"))
        }
        ("pipeDelimited", Value::Array(items)) if !parameter.explode => {
            format!("{name}={}", list(items, "%7C"))
        }
        (_, Value::Array(items)) if parameter.explode => {
            items.iter().map(|item| format!("{name}={}", coded(item))).collect::<Vec<_>>().join("&")
        }
        (_, Value::Array(items)) => format!("{name}={}", list(items, ",")),
        (_, Value::Object(_)) if parameter.explode => fields(value, true, "&"),
        (_, Value::Object(_)) => format!("{name}={}", fields(value, false, ",")),
        _ => format!("{name}={}", coded(value)),
    }
}

fn in_header(parameter: &ParameterInfo, value: &Value) -> String {
    match (parameter.style.as_str(), value) {
        ("content", _) => value.to_string(),
        (_, Value::Array(items)) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        (_, Value::Object(all)) => {
            let between = if parameter.explode { "=" } else { "," };
            all.iter()
                .map(|(key, value)| format!("{key}{between}{}", plain(value)))
                .collect::<Vec<_>>()
                .join(",")
        }
        _ => plain(value),
    }
}

fn list(items: &[Value], separator: &str) -> String {
    items.iter().map(coded).collect::<Vec<_>>().join(separator)
}

fn fields(value: &Value, explode: bool, separator: &str) -> String {
    let between = if explode { "=" } else { "," };
    let all = value.as_object().into_iter().flatten();
    all.map(|(key, value)| format!("{}{between}{}", escaped(key), coded(value)))
        .collect::<Vec<_>>()
        .join(separator)
}

/// A type that can be sent for a documented type or range.
pub(super) fn concrete(documented: &str) -> String {
    let bare = documented.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match bare.as_str() {
        "*/*" | "application/*" => "application/json".to_owned(),
        "text/*" => "text/plain".to_owned(),
        "image/*" => "image/png".to_owned(),
        "multipart/*" => "multipart/form-data".to_owned(),
        _ => match (bare.strip_suffix("/*"), bare.split_once("/*+")) {
            (Some(kind), _) => format!("{kind}/x-dryrun"),
            (_, Some((kind, suffix))) => format!("{kind}/x-dryrun+{suffix}"),
            _ => documented.to_owned(),
        },
    }
}

/// Content type and bytes of a body, for a documented type or range.
pub(super) fn body(documented: &str, value: &Value) -> (String, Vec<u8>) {
    let sent = concrete(documented);
    match MediaType::parse(&sent).map(|media| media.body()) {
        Some(Kind::Json) => (sent, value.to_string().into_bytes()),
        Some(Kind::Form) => (sent, form(value).into_bytes()),
        Some(Kind::Multipart) => {
            let bare = sent.split(';').next().unwrap_or_default().trim().to_owned();
            (format!("{bare}; boundary={BOUNDARY}"), multipart(value).into_bytes())
        }
        _ if sent.contains("xml") && !value.is_string() => {
            (sent, format!("<?xml version=\"1.0\"?>{}", xml("root", value)).into_bytes())
        }
        _ => (sent, plain(value).into_bytes()),
    }
}

/// The pairs of an object; an array is one pair an item, what is structured travels as JSON.
fn pairs(value: &Value) -> Vec<(&str, String)> {
    let mut pairs = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Array(items) => pairs.extend(items.iter().map(|item| (name.as_str(), plain(item)))),
            other => pairs.push((name.as_str(), plain(other))),
        }
    }
    pairs
}

fn form(value: &Value) -> String {
    let pairs = pairs(value).into_iter().map(|(name, text)| format!("{}={}", escaped(name), escaped(&text)));
    pairs.collect::<Vec<_>>().join("&")
}

fn multipart(value: &Value) -> String {
    let parts = pairs(value).into_iter().map(|(name, text)| {
        let name = name.replace('"', "%22");
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    });
    parts.collect::<String>() + &format!("--{BOUNDARY}--\r\n")
}

fn xml(name: &str, value: &Value) -> String {
    let name: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    match value {
        Value::Array(items) => items.iter().map(|item| xml(&name, item)).collect(),
        Value::Object(all) => {
            let inner: String = all.iter().map(|(key, value)| xml(key, value)).collect();
            format!("<{name}>{inner}</{name}>")
        }
        other => {
            let text = plain(other).replace('&', "&amp;").replace('<', "&lt;");
            format!("<{name}>{text}</{name}>")
        }
    }
}
