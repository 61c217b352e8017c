//! A call as the checks see it: the request as it came ([`RequestView`]) and what a contract knows about it ([`Found`]).

use crate::operation::Operation;

/// What a contract knows about a method and a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<'a> {
    /// The call is documented.
    Operation {
        /// Which one it is.
        operation: &'a Operation,
        /// Name and percent-decoded value of each path parameter, in the order of the path.
        parameters: Vec<(String, String)>,
    },
    /// The path is documented, with other methods.
    WrongMethod {
        /// The documented methods, upper case, sorted.
        allowed: Vec<&'a str>,
        /// One sentence for a person.
        diagnosis: String,
    },
    /// The call is documented, but in a way that can't be used: nothing can be said about such a call, and nobody
    /// should answer it as if something could.
    Unusable {
        /// Method and template: `GET /a/{id}`.
        operation: String,
        /// What is wrong with it in the document, where, and what to write instead.
        reason: String,
    },
    /// No documented path looks like this.
    Unknown {
        /// One sentence that names the nearest documented call and says what differs.
        diagnosis: String,
    },
}

/// A request as it stood on the wire.
#[derive(Debug, Clone, Copy)]
pub struct RequestView<'a> {
    /// In upper case.
    pub method: &'a str,
    /// Without the query, still percent-encoded.
    pub path: &'a str,
    /// Without the `?`, still percent-encoded; empty if there is none.
    pub query: &'a str,
    /// Name and value, in order; names in any case.
    pub headers: &'a [(String, String)],
    /// The body, decoded from any transfer or content encoding.
    pub body: &'a [u8],
}

/// The first header of that name, in whatever case it was sent.
pub(crate) fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
