//! From a value to the bytes of a body, in the media type that was chosen.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::json::text;
use crate::media::MediaType;

/// What stands between the parts of a multipart body. Values that hold it are refused by the check of the answer.
const BOUNDARY: &str = "dryrun-part-7d4a1f0c";

/// What needs no percent sign in a form (WHATWG URL, application/x-www-form-urlencoded).
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// A header's value and the body.
pub(crate) fn encode(media: &MediaType, value: &Value, root: &str) -> (String, Vec<u8>) {
    if media.is_multipart() {
        return (media.clone().with("boundary", BOUNDARY).text(), parts(value).into_bytes());
    }
    let body = if media.is_json() {
        value.to_string()
    } else if media.is_json_lines() {
        let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        items.iter().map(|item| format!("{item}\n")).collect()
    } else if media.is_form() {
        form(value)
    } else if let Value::String(text) = value {
        if media.is_events() && !text.contains("\n\n") { format!("data: {text}\n\n") } else { text.clone() }
    } else if media.is_events() {
        let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        items.iter().map(|item| format!("data: {item}\n\n")).collect()
    } else if media.is_xml() {
        let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        element(&mut out, root, value);
        out
    } else {
        text(value)
    };
    (media.text(), body.into_bytes())
}

/// The fields of a value: an object's, or one with no name.
fn fields(value: &Value) -> Vec<(&str, &Value)> {
    let pairs = value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value));
    pairs
        .flat_map(|(name, value)| match value {
            Value::Array(items) => items.iter().map(|item| (name, item)).collect(),
            Value::Null => Vec::new(),
            other => vec![(name, other)],
        })
        .collect()
}

fn form(value: &Value) -> String {
    let said = |text: &str| utf8_percent_encode(text, FORM).to_string();
    let pairs =
        fields(value).into_iter().map(|(name, value)| format!("{}={}", said(name), said(&text(value))));
    pairs.collect::<Vec<_>>().join("&")
}

fn parts(value: &Value) -> String {
    let mut out = String::new();
    for (name, value) in fields(value) {
        let kind = if value.is_object() { "Content-Type: application/json\r\n" } else { "" };
        out.push_str(&format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n{kind}\r\n{}\r\n",
            text(value)
        ));
    }
    out.push_str(&format!("--{BOUNDARY}--\r\n"));
    out
}

/// A value as an element: fields are elements of their own, items repeat it.
fn element(out: &mut String, name: &str, value: &Value) {
    let plain: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' })
        .collect();
    let name =
        if plain.starts_with(|c: char| c.is_alphabetic() || c == '_') { plain } else { format!("_{plain}") };
    match value {
        Value::Object(map) => {
            out.push_str(&format!("<{name}>"));
            for (key, value) in map {
                match value {
                    Value::Array(items) => items.iter().for_each(|item| element(out, key, item)),
                    other => element(out, key, other),
                }
            }
            out.push_str(&format!("</{name}>"));
        }
        Value::Array(items) => {
            out.push_str(&format!("<{name}>"));
            items.iter().for_each(|item| element(out, "item", item));
            out.push_str(&format!("</{name}>"));
        }
        Value::Null => out.push_str(&format!("<{name}/>")),
        other => {
            let text = text(other).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            out.push_str(&format!("<{name}>{text}</{name}>"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(media: &str, value: Value) -> String {
        let (_, body) = encode(&MediaType::parse(media).unwrap(), &value, "pet");
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn each_kind_of_body_is_written_its_own_way() {
        assert_eq!(body("application/hal+json", json!({"a": [1]})), r#"{"a":[1]}"#);
        assert_eq!(body("application/x-ndjson", json!([{"a": 1}, {"a": 2}])), "{\"a\":1}\n{\"a\":2}\n");
        let fields = json!({"a b": "x&y", "list": [1, 2], "none": null});
        assert_eq!(body("application/x-www-form-urlencoded", fields), "a%20b=x%26y&list=1&list=2");
        assert_eq!(body("text/plain", json!("hello")), "hello");
        assert_eq!(body("text/plain", json!(7)), "7");
        assert_eq!(body("text/event-stream", json!({"a": 1})), "data: {\"a\":1}\n\n");
        assert!(
            body("application/xml", json!({"a": "<", "tag": [1, 2], "1x": null}))
                .ends_with("<pet><a>&lt;</a><tag>1</tag><tag>2</tag><_1x/></pet>")
        );
        let (kind, parts) =
            encode(&MediaType::parse("multipart/form-data").unwrap(), &json!({"a": "b"}), "x");
        assert!(
            kind.contains("boundary=")
                && String::from_utf8(parts).unwrap().contains("name=\"a\"\r\n\r\nb\r\n")
        );
    }
}
