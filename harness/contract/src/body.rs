//! Bodies: which documented media type a body is of, and whether it honours that type's schema.

use std::sync::Arc;

use serde_json::Value;

use crate::breach::Location;
use crate::document::without_position;
use crate::form::{self, Field};
use crate::judge::Judge;
use crate::media::{Kind, MediaType};
use crate::schema::Schema;
use crate::shape::Shape;
use crate::words::{list, quoted};

/// One documented form of a body.
pub(crate) struct Media {
    /// As the document writes it.
    pub(crate) text: String,
    pub(crate) media: MediaType,
    pub(crate) schema: Option<Arc<Schema>>,
    pub(crate) shape: Shape,
    /// How some fields of a form are written.
    pub(crate) fields: Vec<Field>,
    /// Name and place of each example in the document.
    pub(crate) examples: Vec<(Option<String>, String)>,
}

/// Judges a body against its documented forms; `at` is the place of those in the document. Gives back what JSON says.
pub(crate) fn check(
    judge: &mut Judge<'_>,
    content: &[Media],
    at: &str,
    content_type: Option<&str>,
    body: &[u8],
) -> Option<Value> {
    let exact = content_type.and_then(|text| content.iter().find(|media| media.media.is(text)));
    if let Some(media) = exact {
        return judged(judge, media, at, &media.media, body);
    }
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
    let media = documented.or_else(guess)?;
    judged(judge, media, at, actual.as_ref().unwrap_or(&media.media), body)
}

/// Judges a body by one documented form; `actual` is the type that it really has.
fn judged(judge: &mut Judge<'_>, media: &Media, at: &str, actual: &MediaType, body: &[u8]) -> Option<Value> {
    let kind = actual.body();
    let is_json = matches!(kind, Kind::Json);
    let value = match kind {
        Kind::Json => json(judge, at, body),
        Kind::Form => Some(form::urlencoded(&media.shape, &media.fields, body)),
        Kind::Multipart => form::multipart(judge, &media.shape, &media.fields, at, actual, body),
        Kind::Text if !media.shape.is_array() && !media.shape.is_object() => {
            Some(media.shape.scalar(&String::from_utf8_lossy(body)))
        }
        Kind::Text | Kind::Opaque => None,
    };
    if let (Some(value), Some(schema)) = (&value, &media.schema) {
        judge.value(Location::Body, None, schema, value);
    }
    value.filter(|_| is_json)
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
