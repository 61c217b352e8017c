//! Forms: the fields of `application/x-www-form-urlencoded` and the parts of `multipart/*`, read by their schema and by
//! the `encoding` of the document.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::breach::{Location, Segment};
use crate::document::{join, without_position};
use crate::judge::Judge;
use crate::media::{Kind, MediaType};
use crate::parameters::{Parameter, plain, raw_pairs};
use crate::shape::Shape;
use crate::words::{count, list, quoted};

/// How one field is written, by the `encoding` of its media type.
pub(crate) struct Field {
    pub(crate) name: String,
    /// The media types that its part may have, as written and as read; none: any.
    pub(crate) types: Vec<(String, MediaType)>,
    /// Its style, if the document names one.
    pub(crate) written: Option<Parameter>,
    /// Where the document has it.
    pub(crate) at: String,
}

/// The object that a form stands for.
pub(crate) fn urlencoded(shape: &Shape, fields: &[Field], body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let pairs = raw_pairs(&text);
    let mut object = Map::new();
    let mut styled: Vec<&str> = Vec::new();
    for (field, parameter) in fields.iter().filter_map(|field| Some((field, field.written.as_ref()?))) {
        styled.push(&field.name);
        if let Some(value) = parameter.in_pairs(&pairs) {
            object.insert(field.name.clone(), value);
        }
    }
    let bare = |name: &str| name.split_once('[').map_or(name.to_owned(), |(bare, _)| bare.to_owned());
    for (name, value) in pairs {
        if styled.is_empty() || !styled.contains(&bare(&name).as_str()) {
            shape.put(&mut object, &name, &plain(value));
        }
    }
    Value::Object(object)
}

/// The object that the parts of a body stand for; `None` if it has none that can be told apart.
pub(crate) fn multipart(
    judge: &mut Judge<'_>,
    shape: &Shape,
    fields: &[Field],
    at: &str,
    actual: &MediaType,
    body: &[u8],
) -> Option<Value> {
    let wanted = || "parts between boundaries, with a name each".to_owned();
    let Some(boundary) = actual.parameter("boundary") else {
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
    for part in parts.into_iter().filter_map(Part::read) {
        let field = fields.iter().find(|field| field.name == part.name);
        let told = part.media.as_deref().and_then(MediaType::parse);
        if let (Some(field), Some(text)) = (field, &part.media)
            && !field.types.is_empty()
            && !told.as_ref().is_some_and(|told| field.types.iter().any(|(_, one)| one.fit(told).is_some()))
        {
            let wanted = list(field.types.iter().map(|(text, _)| text.clone()), "or");
            let found = format!("a part of the media type {}", quoted(text));
            let place = join(&field.at, "contentType");
            judge.inside(
                Location::Body,
                vec![Segment::Key(part.name.clone())],
                &place,
                "mediaType",
                found,
                wanted,
            );
        }
        // Without a type of its own a part is what the document says it is.
        let meant = told.as_ref().or_else(|| field?.types.first().map(|(_, media)| media));
        if meant.is_some_and(|media| media.body() == Kind::Json) {
            match serde_json::from_str::<Value>(&part.text) {
                Ok(value) => put(shape, &mut object, part.name, value),
                Err(error) => {
                    let found = format!("text that is no JSON: {}", without_position(&error));
                    let segments = vec![Segment::Key(part.name.clone())];
                    judge.inside(Location::Body, segments, at, "syntax", found, "JSON".to_owned());
                    object.insert(part.name, Value::Null);
                }
            }
        } else {
            shape.put(&mut object, &part.name, &part.text);
        }
    }
    Some(Value::Object(object))
}

/// Adds a value that came as JSON; a name that comes again, or that is an item of an array, makes one longer.
fn put(shape: &Shape, object: &mut Map<String, Value>, name: String, value: Value) {
    let many = shape.field(&name).is_some_and(Shape::is_array) && !value.is_array();
    match object.get_mut(&name) {
        Some(Value::Array(items)) if many => items.push(value),
        _ if many => drop(object.insert(name, Value::Array(vec![value]))),
        _ => drop(object.insert(name, value)),
    }
}

/// One part of a multipart body.
struct Part<'b> {
    name: String,
    media: Option<String>,
    /// Bytes that are no text are replaced.
    text: Cow<'b, str>,
}

impl<'b> Part<'b> {
    /// `None` if it has no name.
    fn read(part: &'b [u8]) -> Option<Self> {
        let part = part.strip_prefix(b"\r\n").or_else(|| part.strip_prefix(b"\n")).unwrap_or(part);
        let (end, gap) = find(part, b"\r\n\r\n")
            .map(|end| (end, 4))
            .or_else(|| find(part, b"\n\n").map(|end| (end, 2)))?;
        let head = String::from_utf8_lossy(&part[..end]);
        let text = &part[end + gap..];
        let text = text.strip_suffix(b"\r\n").or_else(|| text.strip_suffix(b"\n")).unwrap_or(text);
        let header = |wanted: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
        };
        let name =
            header("content-disposition")?.split(';').find_map(|piece| piece.trim().strip_prefix("name="))?;
        Some(Self {
            name: name.trim_matches('"').to_owned(),
            media: header("content-type").map(str::to_owned),
            text: String::from_utf8_lossy(text),
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\n\
            content-disposition: form-data; name=\"f\"; filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x--\r\n";
        let parts: Vec<_> = split(body, "x").unwrap().into_iter().filter_map(Part::read).collect();
        let told: Vec<_> =
            parts.iter().map(|part| (part.name.as_str(), part.media.as_deref(), &*part.text)).collect();
        assert_eq!(told, [("a", None, "1"), ("f", Some("text/plain"), "hello")]);
        assert!(split(b"nothing", "x").is_none());
    }
}
