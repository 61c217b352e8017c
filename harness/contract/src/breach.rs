//! A [`Breach`]: one place at which a request or an answer departs from its contract.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whose message broke the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What the client sent.
    Request,
    /// What the service answered.
    Response,
}

/// The part of the message that the breach is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Location {
    /// A parameter in the path.
    Path,
    /// A parameter behind the `?`.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
    /// The status of an answer.
    Status,
    /// The `Content-Type`.
    MediaType,
    /// The body.
    Body,
}

impl Location {
    /// The lower-case word: `"path"`, `"query"`, `"header"`, `"cookie"`, `"status"`, `"media type"`, `"body"`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Status => "status",
            Self::MediaType => "media type",
            Self::Body => "body",
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One step from the root of a value towards the place of a breach.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Segment {
    /// The position in an array, from 0.
    Index(usize),
    /// The name of a property, or of a parameter or header.
    Key(String),
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Key(key) => f.write_str(key),
        }
    }
}

/// One departure from a contract. A value, not an error: the check itself went well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// Whose message it was.
    pub side: Side,
    /// The operation, as `POST /api/v1/email/send` (the template, not the path that was called).
    pub operation: String,
    /// The status of the answer; `None` for a request.
    pub status: Option<u16>,
    /// The part of the message.
    pub location: Location,
    /// The way to the value. For a parameter or header it begins with its name; for a missing property it is the
    /// way to the object that lacks it.
    pub segments: Vec<Segment>,
    /// The same as text, beginning with the part: `body/recipients/0`, `query/limit`.
    pub instance_path: String,
    /// The place of the rule in the document, a JSON pointer: `/components/schemas/Email/properties/to/minItems`.
    pub schema_path: String,
    /// The rule that was broken: a JSON Schema keyword (`required`, `type`, `minLength`), or `syntax` for a body that
    /// can't be read, `mediaType` for an undocumented one, `status` for an undocumented answer, `header` for an undocumented header,
    /// `style` for a path parameter that does not begin as its style says, `discriminator` for a value that names no documented schema.
    pub keyword: String,
    /// The property that is missing, or that may not be there.
    pub property: Option<String>,
    /// What was there, as a short phrase: `the string "x" (1 character)`.
    pub found: String,
    /// What the contract wants, as a short phrase: `at least 3 characters`.
    pub wanted: String,
}

impl Breach {
    /// The order in which breaches are reported: by part, then by place, then by rule.
    pub(crate) fn sort(breaches: &mut Vec<Self>) {
        breaches.sort_by(|a, b| {
            (a.location, &a.segments, &a.keyword, &a.property, &a.schema_path, &a.found).cmp(&(
                b.location,
                &b.segments,
                &b.keyword,
                &b.property,
                &b.schema_path,
                &b.found,
            ))
        });
        breaches.dedup();
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Request => "request",
            Side::Response => "answer",
        };
        write!(f, "{} {side}", self.operation)?;
        if let Some(status) = self.status {
            write!(f, " {status}")?;
        }
        write!(f, ": {}: found {}, wanted {}", self.instance_path, self.found, self.wanted)
    }
}
