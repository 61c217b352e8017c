//! A [`Call`] that is to be played, where it came from, and what is left out: [`LeftOut`].

use dryrun_contract::Operation;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What stays as it is in a segment of a path or in a value of a query (RFC 3986, 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where a call came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A documented example of the request.
    Example {
        /// Its name, when it has one.
        name: Option<String>,
    },
    /// A read, put together from the documented parameters.
    Parameters {
        /// Whether the optional ones are given, too.
        optional: bool,
    },
    /// A call that a scenario made the service make.
    Recorded {
        /// The id of the exchange in the record.
        exchange: String,
        /// The scenario, when that is known.
        scenario: Option<String>,
        /// How many recorded calls had this shape.
        same: usize,
    },
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Example { name: Some(name) } => write!(f, "the documented example \"{name}\""),
            Self::Example { name: None } => f.write_str("the documented example"),
            Self::Parameters { optional: true } => f.write_str("with the documented parameters"),
            Self::Parameters { optional: false } => f.write_str("with what is required"),
            Self::Recorded { exchange, scenario, same } => {
                write!(f, "the recorded call {exchange}")?;
                if let Some(scenario) = scenario {
                    write!(f, " of {scenario}")?;
                }
                if *same > 1 { write!(f, " and {} of the same shape", same - 1) } else { Ok(()) }
            }
        }
    }
}

/// A value in a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathValue {
    pub(crate) name: String,
    /// `None` when only an earlier answer can give it.
    pub(crate) value: Option<String>,
}

/// A call that is to be played.
#[derive(Debug, Clone)]
pub struct Call {
    /// From 1, in the order in which they are played.
    pub number: usize,
    /// The contract's operation.
    pub operation: Operation,
    /// Where it came from.
    pub source: Source,
    /// Whether it changes something at the provider.
    pub write: bool,
    pub(crate) path: Vec<PathValue>,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Answers to it that are known: recorded or documented ones. They say which ids of ours mean the same thing.
    pub(crate) known: Vec<Value>,
    /// Whether its path may only name things that this verification made.
    pub(crate) own_only: bool,
}

impl Call {
    /// Its id in the record: `crm:3`.
    #[must_use]
    pub fn id(&self, service: &str) -> String {
        format!("{service}:{}", self.number)
    }

    /// Method and path as far as it is known: `GET /contacts/{id}`.
    #[must_use]
    pub fn line(&self) -> String {
        let path = self.render(|value| value.value.clone());
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        format!("{} {path}{query}", self.operation.method)
    }

    /// The path with these values; one that is missing stays a `{name}`.
    pub(crate) fn render(&self, value: impl Fn(&PathValue) -> Option<String>) -> String {
        let mut path = self.operation.path.clone();
        for part in &self.path {
            if let Some(value) = value(part) {
                path = path.replace(&format!("{{{}}}", part.name), &encoded(&value));
            }
        }
        path
    }
}

/// Percent-encoded for a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Something that is not played, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The operation: `POST /contacts`.
    pub operation: String,
    /// Which call of it.
    pub what: String,
    /// Why, and what would change it.
    pub reason: String,
}

/// Whether a method only reads (RFC 9110, 9.2.1).
pub(crate) fn safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE")
}
