//! The body of a request as a value, as far as its properties can be told: [`value`].

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::media::{Kind, MediaType};
use crate::parameters::{plain, raw_pairs};

/// JSON, or the fields of a form; `None` for anything else.
pub(crate) fn value(content_type: Option<&str>, body: &[u8]) -> Option<Value> {
    if body.is_empty() {
        return None;
    }
    match content_type.and_then(MediaType::parse).map_or(Kind::Json, |media| media.body()) {
        Kind::Json => serde_json::from_slice(body).ok(),
        Kind::Form => {
            let text = String::from_utf8_lossy(body);
            Some(object(raw_pairs(&text).into_iter().map(|(name, value)| (name, plain(value)))))
        }
        Kind::Multipart => Some(parts(&String::from_utf8_lossy(body))),
        Kind::Text | Kind::Opaque => None,
    }
}

/// A name that stands twice has a list.
fn object<'a>(fields: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Value {
    let mut all = Map::new();
    for (name, value) in fields {
        let value = Value::String(value.into_owned());
        match all.get_mut(name.as_ref()) {
            None => drop(all.insert(name.into_owned(), value)),
            Some(Value::Array(list)) => list.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(all)
}

/// The fields of a multipart body: the text behind the blank line of each part that has a name.
fn parts(text: &str) -> Value {
    let text = text.replace("\r\n", "\n");
    let boundary = text.lines().next().unwrap_or_default().to_owned();
    if !boundary.starts_with("--") {
        return Value::Null;
    }
    let fields = text.split(&boundary).filter_map(|part| {
        let (head, content) = part.split_once("\n\n")?;
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
        let name = line.split(';').find_map(|piece| piece.trim().strip_prefix("name="))?;
        let content = content.strip_suffix('\n').unwrap_or(content);
        Some((Cow::Owned(name.trim_matches('"').to_owned()), Cow::Owned(content.to_owned())))
    });
    object(fields)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bodies_of_all_kinds_have_fields() {
        let multipart = "--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nnews\r\n\
                         --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n\r\ny\r\n--b--\r\n";
        for (media, body, wanted) in [
            ("application/json; charset=utf-8", r#"{"a": 1}"#, json!({"a": 1})),
            ("application/vnd.x+json", "[1]", json!([1])),
            ("application/x-www-form-urlencoded", "a=1+2&b=x&b=%26", json!({"a": "1 2", "b": ["x", "&"]})),
            ("multipart/form-data; boundary=b", multipart, json!({"kind": "news", "file": "x\n\ny"})),
        ] {
            assert_eq!(value(Some(media), body.as_bytes()), Some(wanted), "{media}");
        }
        assert_eq!(value(None, b"{}"), Some(json!({})));
        assert_eq!(value(Some("application/json"), b"{"), None);
        assert_eq!(value(Some("text/csv"), b"a,b"), None);
        assert_eq!(value(Some("application/json"), b""), None);
    }
}
