//! A request in the making: parameters and body as values, so that each can be changed by itself.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;

use super::wire::{body, parameter_text};
use crate::breach::{Breach, Location};
use crate::call::{Found, RequestView};
use crate::contract::Contract;
use crate::inspect::{MediaInfo, ParameterInfo};
use crate::operation::Operation;

/// What a path can't have as it is. `%` it can: values are encoded already.
const PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'#').add(b'?');

/// A request, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CaseRequest {
    /// In upper case.
    pub method: String,
    /// Percent-encoded, without query and without the base path of a server.
    pub path: String,
    /// Percent-encoded, without the `?`; empty if there is none.
    pub query: String,
    /// Name and value, `Content-Type` and `Cookie` among them.
    pub headers: Vec<(String, String)>,
    /// The body, perhaps empty.
    pub body: Vec<u8>,
    /// The documented media type that the body is of; `None` without a body.
    pub media_type: Option<String>,
}

impl CaseRequest {
    /// The request as the checks of a contract see it.
    #[must_use]
    pub fn view(&self) -> RequestView<'_> {
        RequestView {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        }
    }

    /// Where the request departs from the contract; `None` if its path leads to another operation.
    #[must_use]
    pub fn breaches(&self, contract: &Contract, op: &Operation) -> Option<Vec<Breach>> {
        match contract.find(&self.method, &self.path) {
            Found::Operation { operation, .. } if operation == op => {
                Some(contract.check_request(op, &self.view()))
            }
            _ => None,
        }
    }
}

/// The body of a draft.
#[derive(Debug, Clone)]
pub(super) enum DraftBody {
    None,
    /// A value for a documented media type.
    Value(String, Value),
    /// Whatever it is: content type, bytes.
    Raw(Option<String>, Vec<u8>),
}

/// A request in the making.
#[derive(Debug, Clone)]
pub(super) struct Draft<'c> {
    op: &'c Operation,
    /// In the document's order; a parameter without a value is left out.
    pub(super) parameters: Vec<(ParameterInfo, Option<Value>)>,
    /// Raw texts in place of what a value would be written as: position among the parameters, and text.
    pub(super) raw: Vec<(usize, String)>,
    pub(super) body: DraftBody,
}

impl<'c> Draft<'c> {
    pub(super) fn new(contract: &Contract, op: &'c Operation) -> Self {
        let parameters = contract.parameters(op).into_iter().map(|parameter| (parameter, None)).collect();
        Self { op, parameters, raw: Vec::new(), body: DraftBody::None }
    }

    /// With another value for one parameter.
    pub(super) fn with_parameter(&self, index: usize, value: Option<Value>) -> Self {
        let mut copy = self.clone();
        copy.parameters[index].1 = value;
        copy
    }

    /// With a text of its own in place of one parameter: a segment, a pair, or the value of a header.
    pub(super) fn with_raw(&self, index: usize, text: impl Into<String>) -> Self {
        let mut copy = self.clone();
        copy.raw.push((index, text.into()));
        copy
    }

    /// With another body.
    pub(super) fn with_body(&self, body: DraftBody) -> Self {
        Self { body, ..self.clone() }
    }

    /// With another value in the body.
    pub(super) fn with_value(&self, value: Value) -> Self {
        match &self.body {
            DraftBody::Value(media, _) => self.with_body(DraftBody::Value(media.clone(), value)),
            _ => self.clone(),
        }
    }

    /// The texts of the parameters at one place.
    fn texts(&self, place: Location) -> impl Iterator<Item = (&ParameterInfo, String)> {
        let all =
            self.parameters.iter().enumerate().filter(move |(_, (parameter, _))| parameter.location == place);
        all.filter_map(|(i, (parameter, value))| {
            let raw = self.raw.iter().rev().find(|(at, _)| *at == i).map(|(_, text)| text.clone());
            let text = raw.or_else(|| value.as_ref().map(|value| parameter_text(parameter, value)))?;
            Some((parameter, text))
        })
    }

    /// The request as it would be sent.
    pub(super) fn request(&self) -> CaseRequest {
        let mut path = self.op.path.clone();
        for (parameter, text) in self.texts(Location::Path) {
            path = path.replace(&format!("{{{}}}", parameter.name), &text);
        }
        let joined = |place: Location, separator: &str| {
            let texts = self.texts(place).map(|(_, text)| text).filter(|text| !text.is_empty());
            texts.collect::<Vec<_>>().join(separator)
        };
        let mut headers: Vec<(String, String)> =
            self.texts(Location::Header).map(|(parameter, text)| (parameter.name.clone(), text)).collect();
        let cookies = joined(Location::Cookie, "; ").replace('&', "; ");
        if !cookies.is_empty() {
            headers.push(("Cookie".to_owned(), cookies));
        }
        let (content_type, bytes, media_type) = match &self.body {
            DraftBody::None => (None, Vec::new(), None),
            DraftBody::Value(media, value) => {
                let (content_type, bytes) = body(media, value);
                (Some(content_type), bytes, Some(media.clone()))
            }
            DraftBody::Raw(content_type, bytes) => {
                (content_type.clone(), bytes.clone(), content_type.clone())
            }
        };
        headers.extend(content_type.map(|content_type| ("Content-Type".to_owned(), content_type)));
        let query = joined(Location::Query, "&");
        // What the template itself has, blanks and letters beyond ASCII, has to travel, too.
        let path = utf8_percent_encode(&path, PATH).to_string();
        CaseRequest { method: self.op.method.clone(), path, query, headers, body: bytes, media_type }
    }
}

/// Whether a request can travel: no header with what HTTP forbids, no path that a client would tidy away.
pub(super) fn can_travel(request: &CaseRequest) -> bool {
    let visible = |text: &str| {
        text.bytes().all(|b| (0x20..0x7f).contains(&b) || b == b'\t')
            && text.trim() == text
            && text.len() < 8_000
    };
    let tidied =
        |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    request.headers.iter().all(|(_, value)| visible(value))
        && !request.path.split('/').any(tidied)
        && request.path.len() + request.query.len() < 8_000
}

/// The form of body that is easiest to judge: JSON, then forms, then whatever comes first.
pub(super) fn preferred(media: &[MediaInfo]) -> Option<&MediaInfo> {
    let rank = |media: &&MediaInfo| {
        let bare = media.media_type.split(';').next().unwrap_or_default().to_ascii_lowercase();
        match bare.as_str() {
            "application/json" => 0,
            _ if bare.ends_with("json") => 1,
            "application/x-www-form-urlencoded" => 2,
            _ if bare.starts_with("multipart/") => 3,
            "text/plain" => 4,
            _ => 5,
        }
    };
    media.iter().min_by_key(rank)
}
