//! What is sent and what came of it: [`Call`], [`Reply`], [`Sent`].

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::HeaderMap;
use hyper::{Method, Request, StatusCode};

use super::address::Target;
use super::fault::Fault;
use crate::meter::Timing;

/// A request, everything expanded. `Host` and `Content-Length` are added where they are missing.
#[derive(Debug, Clone)]
pub struct Call {
    /// `GET`.
    pub method: Method,
    /// From [`super::Transport::target`].
    pub target: Target,
    /// Header fields.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
}

impl Call {
    pub(super) fn into_request(self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.target.uri;
        *request.headers_mut() = self.headers;
        request
    }
}

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status, whatever it is.
    pub status: StatusCode,
    /// Its header fields.
    pub headers: HeaderMap,
    /// Its body, to the end.
    pub body: Bytes,
}

/// What came of a request.
#[derive(Debug)]
pub struct Sent {
    /// When what happened.
    pub timing: Timing,
    /// The answer, or why there is none.
    pub outcome: Result<Reply, Fault>,
    /// Bytes of the answer's body that came, also of one that broke off.
    pub bytes: u64,
}
