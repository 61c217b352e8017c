//! The body of a request as the fields of a thing: JSON objects, forms, the parts of a multipart body.

use dryrun_contract::{Contract, MediaInfo, Side};
use serde_json::{Map, Value};

use crate::media::MediaType;
use crate::params::pairs;
use crate::resources::Raw;
use crate::unscripted::fields::{plain, properties, singular, types};

/// The fields that a request sends; `None` when its body is JSON, but no object. No body has no fields, and so has one that is
/// neither JSON nor a form.
pub(crate) fn sent(
    contract: &Contract,
    documented: &[MediaInfo],
    content_type: Option<&str>,
    body: &[u8],
) -> Option<Map<String, Value>> {
    if body.is_empty() {
        return Some(Map::new());
    }
    let media = content_type.and_then(MediaType::parse);
    if let Some(media) = &media {
        if media.is_form() {
            return Some(form(contract, documented, pairs(&String::from_utf8_lossy(body))));
        }
        if media.is_multipart() {
            let parts = media.parameter("boundary").map(|boundary| parts(body, boundary));
            return Some(form(contract, documented, parts.into_iter().flatten()));
        }
        if !media.is_json() {
            return Some(Map::new());
        }
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}

/// The body as it came, where its fields don't say it all: what is neither a form nor a JSON object.
pub(crate) fn raw(content_type: Option<&str>, body: &[u8]) -> Option<Raw> {
    let text = content_type?;
    let media = MediaType::parse(text)?;
    let object = || serde_json::from_slice::<Value>(body).is_ok_and(|value| value.is_object());
    let fields = media.is_form() || media.is_multipart() || (media.is_json() && object());
    (!fields && !body.is_empty()).then(|| Raw { media_type: text.to_owned(), body: body.to_vec() })
}

/// The fields themselves where all of them are wrapped in one: `{"post": {"title": …}}`, `{"data": {"type": …}}`. `known` are
/// the fields of the thing.
pub(crate) fn unwrapped(fields: Map<String, Value>, many: &str, known: &[&str]) -> Map<String, Value> {
    let one = plain(&singular(many));
    let wraps = |name: &str, value: &Value| {
        let usual = fields.len() == 1 || plain(name) == one || name == "data";
        let inner =
            value.as_object().is_some_and(|inner| inner.keys().any(|key| known.contains(&key.as_str())));
        usual && inner && !known.contains(&name)
    };
    let wrapper = fields.iter().find(|(name, value)| wraps(name, value)).map(|(name, _)| name.clone());
    match wrapper.and_then(|name| fields.get(&name)) {
        Some(Value::Object(inner)) => inner.clone(),
        _ => fields,
    }
}

/// Name and text of each part that has a name (RFC 7578). Of a file its name is taken: its bytes are no field.
fn parts(body: &[u8], boundary: &str) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    let between = format!("--{boundary}");
    let parts = text.split(&between).skip(1).filter_map(|part| {
        let (head, content) = part.trim_start_matches("\r\n").split_once("\r\n\r\n")?;
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
        let parameter = |wanted: &str| {
            let pairs = line.split(';').filter_map(|pair| pair.trim().split_once('='));
            let mut found = pairs.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.next().map(|(_, value)| value.trim_matches('"').to_owned())
        };
        let content = content.strip_suffix("\r\n").unwrap_or(content).to_owned();
        Some((parameter("name")?, parameter("filename").unwrap_or(content)))
    });
    parts.collect()
}

fn form(
    contract: &Contract,
    documented: &[MediaInfo],
    pairs: impl Iterator<Item = (String, String)>,
) -> Map<String, Value> {
    let schema = documented.iter().find_map(|info| {
        MediaType::parse(&info.media_type).filter(|media| media.is_form() || media.is_multipart())?;
        info.schema.as_ref()
    });
    let declared = schema.map(|at| properties(contract, at, Side::Request)).unwrap_or_default();
    let mut map = Map::new();
    for (name, raw) in pairs {
        let kinds = declared
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, at)| types(contract, at, Side::Request));
        let has = |kind: &str| kinds.as_ref().is_some_and(|kinds| kinds.contains(&kind));
        let value = match raw.as_str() {
            "true" | "false" if has("boolean") => Value::Bool(raw == "true"),
            _ if has("integer") || has("number") => serde_json::from_str(&raw).unwrap_or(Value::String(raw)),
            _ => Value::String(raw),
        };
        match map.get_mut(&name) {
            Some(Value::Array(items)) => items.push(value),
            _ if has("array") => drop(map.insert(name, Value::Array(vec![value]))),
            _ => drop(map.insert(name, value)),
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_wraps_the_fields_is_taken_off() {
        let of = |value: Value, many: &str, known: &[&str]| {
            let Value::Object(map) = value else { unreachable!() };
            Value::Object(unwrapped(map, many, known))
        };
        let post = json!({"post": {"title": "x"}});
        assert_eq!(of(post.clone(), "posts", &["id", "title"]), json!({"title": "x"}));
        assert_eq!(of(post.clone(), "posts", &["id", "post"]), post, "a field of its own");
        assert_eq!(of(post.clone(), "posts", &["id", "name"]), post, "nothing of it is known");
        let data = json!({"data": {"type": "a", "attributes": {}}, "meta": {}});
        assert_eq!(of(data, "articles", &["id", "type", "attributes"])["type"], "a");
    }

    #[test]
    fn the_parts_of_a_multipart_body_are_fields() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\nyou\r\n--b\r\ncontent-disposition: form-data; name=file; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\u{1}\r\n--b--\r\n";
        let wanted = [("note", "hello\r\nyou"), ("file", "a.png")];
        let found = parts(body.as_bytes(), "b");
        assert_eq!(found, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(parts(body.as_bytes(), "other").is_empty());
    }

    #[test]
    fn what_is_no_object_is_kept_as_it_came() {
        assert_eq!(raw(Some("application/json"), b"{}"), None);
        assert_eq!(raw(Some("application/json"), b"[1]").unwrap().body, b"[1]");
        assert_eq!(raw(Some("text/plain"), b"hi").unwrap().media_type, "text/plain");
        assert_eq!(raw(None, b"hi"), None);
    }
}
