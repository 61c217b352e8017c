//! Bodies: which documented media type a body is of, and whether it honours that type's schema.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::breach::Location;
use crate::document::without_position;
use crate::judge::Judge;
use crate::media::{Kind, MediaType};
use crate::parameters::{plain, raw_pairs};
use crate::schema::Schema;
use crate::shape::Shape;
use crate::words::{count, list, quoted};

/// One documented form of a body.
pub(crate) struct Media {
    /// As the document writes it.
    pub(crate) text: String,
    pub(crate) media: MediaType,
    pub(crate) schema: Option<Arc<Schema>>,
    pub(crate) shape: Shape,
    /// Name and place of each example in the document.
    pub(crate) examples: Vec<(Option<String>, String)>,
}

/// Judges a body against its documented forms; `at` is the place of those in the document.
pub(crate) fn check(
    judge: &mut Judge<'_>,
    content: &[Media],
    at: &str,
    content_type: Option<&str>,
    body: &[u8],
) {
    let actual = content_type.and_then(MediaType::parse);
    let documented = actual.as_ref().and_then(|actual| {
        let fits = content.iter().filter_map(|media| Some((media.media.fit(actual)?, media)));
        // The first of equals, as the document has them.
        fits.rev().max_by_key(|(fit, _)| *fit).map(|(_, media)| media)
    });
    if documented.is_none() {
        let found = match content_type {
            Some(text) => format!("the media type {}", quoted(text)),
            None => "no Content-Type".to_owned(),
        };
        let wanted = list(content.iter().map(|media| media.text.clone()), "or");
        judge.plain(Location::MediaType, at, "mediaType", found, wanted);
    }
    // Without a Content-Type the only documented form is what was meant.
    let guess = || if content_type.is_none() && content.len() == 1 { content.first() } else { None };
    let Some(media) = documented.or_else(guess) else {
        return;
    };
    let kind = actual.as_ref().map_or(media.media.body(), MediaType::body);
    let value = match kind {
        Kind::Json => json(judge, at, body),
        Kind::Form => Some(form(media, body)),
        Kind::Multipart => multipart(judge, media, at, actual.as_ref(), body),
        Kind::Opaque => None,
    };
    if let (Some(value), Some(schema)) = (value, &media.schema) {
        judge.value(Location::Body, None, schema, &value);
    }
}

fn json(judge: &mut Judge<'_>, at: &str, body: &[u8]) -> Option<Value> {
    if body.is_empty() {
        judge.plain(Location::Body, at, "syntax", "an empty body".to_owned(), "JSON".to_owned());
        return None;
    }
    match serde_json::from_slice(body) {
        Ok(value) => Some(value),
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            let found = format!("text that is no JSON from {place} on: {}", without_position(&error));
            judge.plain(Location::Body, at, "syntax", found, "JSON".to_owned());
            None
        }
    }
}

fn form(media: &Media, body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let pairs: Vec<_> = raw_pairs(&text).into_iter().map(|(name, value)| (name, plain(value))).collect();
    media.shape.object(pairs)
}

fn multipart(
    judge: &mut Judge<'_>,
    media: &Media,
    at: &str,
    actual: Option<&MediaType>,
    body: &[u8],
) -> Option<Value> {
    let wanted = || "parts between boundaries, with a name each".to_owned();
    let Some(boundary) = actual.and_then(|actual| actual.parameter("boundary")) else {
        let found = "a Content-Type without `boundary`".to_owned();
        judge.plain(Location::MediaType, at, "mediaType", found, wanted());
        return None;
    };
    let Some(parts) = split(body, boundary) else {
        let found =
            format!("a body of {} without the boundary {}", count(body.len(), "byte"), quoted(boundary));
        judge.plain(Location::Body, at, "syntax", found, wanted());
        return None;
    };
    let mut object = Map::new();
    for part in parts {
        let Some((name, text)) = named(part) else {
            continue;
        };
        media.shape.put(&mut object, &name, &text);
    }
    Some(Value::Object(object))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// The parts between the boundaries; `None` if the body has none.
fn split<'b>(body: &'b [u8], boundary: &str) -> Option<Vec<&'b [u8]>> {
    let mark = format!("--{boundary}").into_bytes();
    let mut rest = &body[find(body, &mark)? + mark.len()..];
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let Some(end) = find(rest, &mark) else {
            break;
        };
        parts.push(&rest[..end]);
        rest = &rest[end + mark.len()..];
    }
    Some(parts)
}

/// Name and text of a part; bytes that are no text are replaced.
fn named(part: &[u8]) -> Option<(String, String)> {
    let part = part.strip_prefix(b"\r\n").or_else(|| part.strip_prefix(b"\n")).unwrap_or(part);
    let (end, gap) =
        find(part, b"\r\n\r\n").map(|end| (end, 4)).or_else(|| find(part, b"\n\n").map(|end| (end, 2)))?;
    let head = String::from_utf8_lossy(&part[..end]).into_owned();
    let text = &part[end + gap..];
    let text = text.strip_suffix(b"\r\n").or_else(|| text.strip_suffix(b"\n")).unwrap_or(text);
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let name = line.split(';').find_map(|piece| piece.trim().strip_prefix("name="))?;
    Some((name.trim_matches('"').to_owned(), String::from_utf8_lossy(text).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\n\
            content-disposition: form-data; name=\"f\"; filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x--\r\n";
        let parts: Vec<_> = split(body, "x").unwrap().into_iter().filter_map(named).collect();
        assert_eq!(parts, [("a".to_owned(), "1".to_owned()), ("f".to_owned(), "hello".to_owned())]);
        assert!(split(b"nothing", "x").is_none());
    }
}
