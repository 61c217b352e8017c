//! [`Answer`]: what a mock answers to a call, and the words that go with a status.

use std::time::Duration;

use serde_json::Value;

/// What is to be answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// How long the answer is held back; its effects are not.
    pub(crate) delay: Duration,
    /// The behaviour could not be worked out: a fault of the mock, never silent.
    pub(crate) trouble: Option<String>,
    /// The mock does not know what to answer to this call.
    pub(crate) unexpected: Option<String>,
    /// Whether the contract has been asked already: it has nothing against this answer.
    pub(crate) checked: bool,
    /// A refusal of the mock's own, for which the contract has no answer. What was wrong with the call is said
    /// elsewhere: as its breaches, or as `unexpected`.
    pub(crate) own: bool,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::of(status, "application/json", body.to_string().into_bytes())
    }

    /// An answer with a body of some type.
    pub(crate) fn of(status: u16, media_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Self { status, headers, body, ..Self::default() }
    }

    /// Sets a header in place of what had its name. Only `Set-Cookie` can be there several times (RFC 9110, 5.3).
    pub(crate) fn header(&mut self, name: &str, value: String) {
        let name = name.to_ascii_lowercase();
        if name != "set-cookie" {
            self.headers.retain(|(known, _)| *known != name);
        }
        self.headers.push((name, value));
    }

    /// A refusal of the mock's own (RFC 9457).
    pub(crate) fn problem(status: u16, detail: &str) -> Self {
        let body = serde_json::json!({"title": reason(status), "status": status, "detail": detail});
        Self { own: true, ..Self::of(status, "application/problem+json", body.to_string().into_bytes()) }
    }

    /// A call that the mock can't answer: 501, and a run fails.
    pub(crate) fn unknown(what: &str, nearest: Option<&str>) -> Self {
        let body = serde_json::json!({"detail": what, "nearest": nearest});
        Self { unexpected: Some(what.to_owned()), own: true, ..Self::json(501, &body) }
    }
}

/// The words that usually go with a status.
pub(crate) fn reason(status: u16) -> String {
    let code = http::StatusCode::from_u16(status).ok();
    code.and_then(|code| code.canonical_reason()).map_or_else(|| format!("Status {status}"), str::to_owned)
}

/// Whether an answer with this status never has a body (RFC 9110, 15.3.5, 15.3.6, 15.4.5).
pub(crate) fn bodiless(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 205 | 304)
}
