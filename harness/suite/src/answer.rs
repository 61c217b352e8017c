//! What goes to the service under test and what comes back: [`SentRequest`] and [`Answer`].

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use dryrun_record::Breach;

/// A request to the service under test, everything expanded, before the harness adds its correlation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SentRequest {
    /// Upper case: `POST`.
    pub method: String,
    /// Path with its query, as `/api/v2/jobs?limit=3`; or a whole URL that starts with `http://` or `https://`.
    pub path: String,
    /// Headers in order; they come after, and win over, the scenario's own.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Bytes,
}

/// One part of a `multipart/form-data` body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The file's name, for a file.
    pub file_name: Option<String>,
    /// Its `Content-Type`, when it says one.
    pub content_type: Option<String>,
    /// Its bytes.
    pub body: Bytes,
}

impl SentRequest {
    /// A request without headers and body.
    pub fn new(method: impl Into<String>, path: impl Into<String>) -> Self {
        Self { method: method.into().to_uppercase(), path: path.into(), ..Self::default() }
    }

    /// Sets the body and, unless one is there, its `Content-Type`.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            self.headers.push(("content-type".to_owned(), content_type.to_owned()));
        }
        self.body = body.into();
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Sets a `multipart/form-data` body (RFC 7578). The boundary is one that no part contains, and the same each time.
    #[must_use]
    pub fn multipart(self, parts: &[Part]) -> Self {
        let mut boundary = "dryrun-part".to_owned();
        while parts.iter().any(|part| find(&part.body, boundary.as_bytes())) {
            boundary.push('x');
        }
        let mut body = Vec::new();
        for part in parts {
            body.extend_from_slice(
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(&part.name))
                    .as_bytes(),
            );
            if let Some(file_name) = &part.file_name {
                body.extend_from_slice(format!("; filename=\"{}\"", quoted(file_name)).as_bytes());
            }
            if let Some(content_type) = &part.content_type {
                body.extend_from_slice(format!("\r\nContent-Type: {content_type}").as_bytes());
            }
            body.extend_from_slice(b"\r\n\r\n");
            body.extend_from_slice(&part.body);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        self.body(&format!("multipart/form-data; boundary={boundary}"), body)
    }

    /// `POST /api/v2/jobs`, for messages.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn quoted(text: &str) -> String {
    text.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}

/// What the service under test answered; or why it did not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// HTTP status; 0 when there was no answer.
    pub status: u16,
    /// Headers in the order they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Bytes,
    /// The body as JSON, when it is.
    pub json: Option<Value>,
    /// From the request's first byte until the body was complete.
    pub elapsed: Duration,
    /// The id of the exchange in the record.
    pub exchange: String,
    /// Why there was no answer, in a sentence.
    pub error: Option<String>,
    /// The contract's operation, as `POST /api/v2/jobs`; `None` when the contract does not know the call, or there is
    /// no contract of the service under test.
    pub operation: Option<String>,
    /// What is wrong with the call in the contract's eyes, when it does not know it: names the nearest known call.
    pub unknown: Option<String>,
    /// Where the answer breaks the contract of the service under test.
    pub breaches: Vec<Breach>,
    /// The request that it answers, as `POST /api/v2/jobs`.
    pub request: String,
}

impl Answer {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text, broken bytes replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multipart_body_is_framed_and_its_boundary_is_unique() {
        let part = Part {
            name: "file".to_owned(),
            file_name: Some("a\"b.csv".to_owned()),
            content_type: Some("text/csv".to_owned()),
            body: Bytes::from_static(b"--dryrun-part"),
        };
        let request = SentRequest::new("post", "/upload").multipart(&[part]);
        assert_eq!(request.line(), "POST /upload");
        assert_eq!(
            request.headers,
            [("content-type".to_owned(), "multipart/form-data; boundary=dryrun-partx".to_owned())]
        );
        assert_eq!(
            String::from_utf8_lossy(&request.body),
            "--dryrun-partx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n--dryrun-part\r\n--dryrun-partx--\r\n"
        );
    }

    #[test]
    fn a_written_content_type_stays() {
        let mut request = SentRequest::new("POST", "/x");
        request.headers.push(("Content-Type".to_owned(), "text/plain".to_owned()));
        assert_eq!(request.json(&Value::Null).headers.len(), 1);
    }
}
