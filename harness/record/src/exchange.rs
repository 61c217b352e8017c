//! What went over the wire: an [`Exchange`] is one request and its answer, a [`Frame`] one WebSocket message.

use serde::{Deserialize, Serialize};

/// One request and what came back, on one hop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Unique within the run: `crm-17`.
    pub id: String,
    /// Who called whom.
    pub direction: Direction,
    /// The service called: `generator` (the service under test) or a mock's key.
    pub service: String,
    /// The scenario it belongs to, when that is known.
    pub scenario: Option<String>,
    /// The attempt of that scenario.
    #[serde(default)]
    pub attempt: u32,
    /// How the scenario became known.
    pub attribution: Attribution,
    /// The contract's operation, `POST /api/v1/email/send`; `None` when no contract knows the call.
    pub operation: Option<String>,
    /// Microseconds since the run started.
    pub at_us: u64,
    /// Microseconds until the answer was complete (or the connection ended).
    pub duration_us: u64,
    /// The request.
    pub request: Request,
    /// The answer; `None` when there was none (refused, dropped, timed out).
    pub response: Option<Response>,
    /// Why there is no answer, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The fault that a scenario asked for and that shaped this answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// The diagnosis, when no contract knows this call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unexpected: Option<String>,
    /// Where request or answer broke the contract.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<Breach>,
}

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The harness called the service under test.
    ToService,
    /// The service under test called a mock.
    ToMock,
    /// The harness called the real provider of a service, to compare it with its mock.
    ToProvider,
}

/// How an exchange was matched to its scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// The harness made the call itself.
    Own,
    /// By a correlation that the service passed on.
    Correlation,
    /// Only one scenario was running at this mock.
    Alone,
    /// It could not be matched; it is listed with the run.
    None,
}

/// A request as it was received or sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Upper case.
    pub method: String,
    /// Path without the query, as it came.
    pub path: String,
    /// Query without `?`, as it came; empty when there was none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// Headers in the order they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Body,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers in the order they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Body,
}

/// A body, kept up to a limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// Its whole size in bytes.
    pub bytes: u64,
    /// The text, when it is UTF-8; cut at the limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// True when `text` is not the whole body.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

impl Body {
    /// Keeps at most `limit` bytes of a body, at a character's border. A body that is not UTF-8 keeps its size only.
    pub fn keep(bytes: &[u8], limit: usize) -> Self {
        let size = bytes.len() as u64;
        if bytes.is_empty() {
            return Self::default();
        }
        let head = &bytes[..bytes.len().min(limit)];
        let text = match std::str::from_utf8(head) {
            Ok(text) => Some(text),
            // A character cut in two by the limit is no sign of a binary body.
            Err(error) if error.error_len().is_none() => {
                std::str::from_utf8(&head[..error.valid_up_to()]).ok()
            }
            Err(_) => None,
        };
        let cut = text.is_none_or(|text| text.len() < bytes.len());
        Self { bytes: size, text: text.map(str::to_owned), cut }
    }
}

impl Request {
    /// `METHOD /path?query`.
    pub fn line(&self) -> String {
        if self.query.is_empty() {
            format!("{} {}", self.method, self.path)
        } else {
            format!("{} {}?{}", self.method, self.path, self.query)
        }
    }
}

/// The value of a header, by its name in lower case.
pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

impl Request {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

impl Response {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

/// One place where a message breaks its contract.
///
/// The direction is that of the exchange it belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// `request` or `response`.
    pub side: String,
    /// The service whose contract it is.
    pub service: String,
    /// `POST /api/v1/email/send`.
    pub operation: String,
    /// The answer's status, for an answer.
    pub status: Option<u16>,
    /// Where in the message: `body/recipients/0`, `query/limit`, `header/retry-after`, `status`.
    pub instance_path: String,
    /// Where in the contract's schema.
    pub schema_path: String,
    /// What was found, shortened.
    pub found: String,
    /// What the contract wants.
    pub wanted: String,
    /// The rule that was broken: a keyword of JSON Schema, or `status`, `header`, `mediaType`, `syntax`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub keyword: String,
    /// The exception that tolerates it: it is told, but fails nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Allowed>,
}

/// An exception from a contract: someone decided that a breach is to be borne, why, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Allowed {
    /// How much is still told of it.
    pub mode: AllowedMode,
    /// Why, as its author wrote it.
    pub reason: String,
    /// The last day on which it holds, `2026-12-31`; `None` for as long as the option stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// What becomes of a tolerated breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowedMode {
    /// It is told as a warning.
    Warn,
    /// It is only counted.
    Off,
}

/// One WebSocket message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// The scenario.
    pub scenario: String,
    /// Its attempt.
    pub attempt: u32,
    /// The name that the scenario gave the client: `ana`.
    pub client: String,
    /// Which way it went.
    pub way: FrameWay,
    /// Microseconds since the run started.
    pub at_us: u64,
    /// Path and query of the connection.
    pub path: String,
    /// The text, or the reason and code of a close.
    pub body: Body,
}

/// Which way a frame went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameWay {
    /// The connection opened.
    Opened,
    /// From the harness.
    Sent,
    /// To the harness.
    Received,
    /// The connection closed.
    Closed,
}
