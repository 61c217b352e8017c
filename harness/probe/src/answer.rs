//! An [`Answer`]: what came back, or that nothing did.

use std::time::Duration;

/// How the reason begins when time ran out.
pub(crate) const IN_TIME: &str = "no answer in time";

/// What came back for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status, headers and body; `Err` says why there are none.
    pub reply: Result<Reply, String>,
    /// Until the answer was complete, or the connection ended.
    pub took: Duration,
}

/// A complete answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, up to 32 MiB of it.
    pub body: Vec<u8>,
    /// Whether there was more.
    pub cut: bool,
}

impl Answer {
    /// Whether time ran out before there was an answer.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.reply.as_ref().is_err_and(|reason| reason.starts_with(IN_TIME))
    }

    /// The status, if there is one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.reply.as_ref().ok().map(|reply| reply.status)
    }
}
