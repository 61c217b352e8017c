//! [`Unusable`]: a part of a document that can't be used, while the rest of it can.

use std::fmt;

use crate::router::Piece;

/// One operation that can't be used, and why. Calls of it are known, so that nobody takes them for undocumented, but
/// nothing about them can be judged or answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unusable {
    /// Method and template: `GET /api/v1/users/{id}`.
    pub operation: String,
    /// File and JSON pointer of what is wrong: `openapi.yaml: /components/schemas/User/type`.
    pub at: String,
    /// What is wrong there, and what to write instead.
    pub reason: String,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} can't be used: {}: {}", self.operation, self.at, self.reason)
    }
}

/// An operation that could not be built: enough of it to recognise its calls.
pub(crate) struct Refused {
    /// In upper case.
    pub(crate) method: String,
    /// None if the template itself is what is wrong.
    pub(crate) pieces: Option<Vec<Piece>>,
    /// The base paths of its servers.
    pub(crate) bases: Vec<String>,
    pub(crate) told: Unusable,
}
