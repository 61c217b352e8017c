//! Why a request has no whole answer: [`Fault`].

use std::error::Error;
use std::io;
use std::time::Duration;

use super::marks::Marks;

/// Why a request has no whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A few words that stay the same from time to time: `timeout`, `connection refused`, `connection reset`,
    /// `connection closed early`, `unreachable`, `dns`, `tls`, `not HTTP`, `body too long`, `out of ports`,
    /// `out of file descriptors`, `request not sendable`, `transport`.
    pub cause: &'static str,
    /// What is known beyond, in the system's words.
    pub detail: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.detail.is_empty() {
            true => f.write_str(self.cause),
            false => write!(f, "{}: {}", self.cause, self.detail),
        }
    }
}

const REFUSED: &str = "connection refused";
const RESET: &str = "connection reset";
const CLOSED: &str = "connection closed early";

impl Fault {
    pub(super) fn new(cause: &'static str, detail: impl Into<String>) -> Self {
        Self { cause, detail: detail.into() }
    }

    /// Time was up; says in which part of the request.
    pub(super) fn timeout(limit: Duration, marks: &Marks) -> Self {
        let part = match (marks.head, marks.bytes) {
            (None, _) => "the head of an answer".to_owned(),
            (Some(_), bytes) => format!("the rest of an answer's body, of which {bytes} bytes came"),
        };
        Self::new("timeout", format!("no whole answer after {limit:?}; waited for {part}"))
    }

    pub(super) fn too_long(limit: usize) -> Self {
        Self::new("body too long", format!("the answer is longer than {limit} bytes"))
    }

    pub(super) fn of_io(error: &io::Error) -> Self {
        Self::new(io_cause(error).unwrap_or("transport"), error.to_string())
    }

    pub(super) fn of_hyper(error: &hyper::Error) -> Self {
        let cause = io_behind(error).and_then(io_cause).unwrap_or_else(|| {
            if error.is_parse() {
                "not HTTP"
            } else if error.is_user() {
                "request not sendable"
            } else if error.is_timeout() {
                "timeout"
            } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
                CLOSED
            } else {
                "transport"
            }
        });
        Self::new(cause, deepest(error))
    }

    pub(super) fn of_reqwest(error: &reqwest::Error) -> Self {
        let behind = io_behind(error);
        let hyper = behind_of::<hyper::Error>(error).map(|error| Self::of_hyper(error).cause);
        let cause = if error.is_timeout() {
            "timeout"
        } else if let Some(cause) = behind.filter(|io| !handshake(io)).and_then(io_cause) {
            // Connecting itself is refused, never cut: who hangs up then hangs up on the handshake.
            if error.is_connect() && matches!(cause, CLOSED | RESET) { "tls" } else { cause }
        } else if error.is_connect() {
            if chain(error).any(|error| error.to_string().contains("dns error")) { "dns" } else { "tls" }
        } else if error.is_builder() {
            "request not sendable"
        } else {
            hyper.unwrap_or("transport")
        };
        Self::new(cause, deepest(error))
    }

    /// Whether the connection was gone, as a kept one is that the service has closed meanwhile.
    pub(super) fn gone(&self) -> bool {
        matches!(self.cause, CLOSED | RESET)
    }
}

fn handshake(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

fn io_cause(error: &io::Error) -> Option<&'static str> {
    use io::ErrorKind as Kind;
    // EMFILE and ENFILE have no kind of their own.
    if matches!(error.raw_os_error(), Some(23 | 24)) {
        return Some("out of file descriptors");
    }
    Some(match error.kind() {
        Kind::ConnectionRefused => REFUSED,
        Kind::ConnectionReset => RESET,
        Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof | Kind::NotConnected => CLOSED,
        Kind::TimedOut => "timeout",
        Kind::AddrNotAvailable | Kind::AddrInUse => "out of ports",
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => "unreachable",
        _ => return None,
    })
}

fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

fn behind_of<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// The innermost error of the system: one may be wrapped in another.
fn io_behind<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e io::Error> {
    let mut found = behind_of::<io::Error>(error)?;
    while let Some(inner) = found.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>()) {
        found = inner;
    }
    Some(found)
}

/// The innermost cause, which says more than `error sending request`.
fn deepest(error: &(dyn Error + 'static)) -> String {
    chain(error).last().unwrap_or(error).to_string()
}
