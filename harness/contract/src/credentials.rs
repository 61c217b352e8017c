//! Whether a call carries what the document's `security` asks for. Only presence is judged: nobody here has accounts.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::breach::{Breach, Location};
use crate::call::{RequestView, header};
use crate::judge::Judge;
use crate::operation::Operation;
use crate::parameters::raw_pairs;

/// How a scheme proves who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityKind {
    /// A key in a header, the query or a cookie.
    ApiKey {
        /// Where the key travels.
        location: Location,
        /// Name of the header, parameter or cookie.
        name: String,
    },
    /// The header `Authorization`.
    Http {
        /// In lower case: `basic`, `bearer`.
        scheme: String,
    },
    /// A bearer token by OAuth 2.
    OAuth2,
    /// A bearer token by OpenID Connect.
    OpenIdConnect,
    /// A certificate of the client.
    MutualTls,
}

/// One thing that a call must prove.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecurityNeed {
    /// Its name under `components.securitySchemes`.
    pub scheme: String,
    /// How it is proved.
    pub kind: SecurityKind,
    /// The scopes or roles that are asked for.
    pub scopes: Vec<String>,
}

impl SecurityNeed {
    /// Whether the call carries it. A certificate can't be seen in a call: it counts as given.
    #[must_use]
    pub fn is_given(&self, request: &RequestView<'_>) -> bool {
        let filled = |value: Option<&str>| value.is_some_and(|value| !value.trim().is_empty());
        match &self.kind {
            SecurityKind::ApiKey { location: Location::Header, name } => {
                filled(header(request.headers, name))
            }
            SecurityKind::ApiKey { location: Location::Query, name } => raw_pairs(request.query)
                .iter()
                .any(|(known, value)| known.as_ref() == name.as_str() && !value.is_empty()),
            SecurityKind::ApiKey { name, .. } => {
                let lines = request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case("cookie"));
                lines.flat_map(|(_, line)| line.split(';')).any(|pair| {
                    let (known, value) = pair.trim().split_once('=').unwrap_or_default();
                    percent_decode_str(known).decode_utf8_lossy() == name.as_str() && !value.is_empty()
                })
            }
            SecurityKind::Http { scheme } if scheme == "basic" => {
                // 64 letters, as RFC 7617 has user and password.
                credentials(request, "basic").is_some_and(|text| {
                    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
                })
            }
            SecurityKind::Http { scheme } => credentials(request, scheme).is_some(),
            SecurityKind::OAuth2 | SecurityKind::OpenIdConnect => credentials(request, "bearer").is_some(),
            SecurityKind::MutualTls => true,
        }
    }

    /// What it is, in words: ``a key in the header "X-Key" (key)``; the name of the scheme stands in brackets.
    #[must_use]
    pub fn wanted(&self) -> String {
        let what = match &self.kind {
            SecurityKind::ApiKey { location, name } => format!("a key in the {location} {name:?}"),
            SecurityKind::Http { scheme } => format!("`Authorization: {} …`", capital(scheme)),
            SecurityKind::OAuth2 | SecurityKind::OpenIdConnect => "`Authorization: Bearer …`".to_owned(),
            SecurityKind::MutualTls => "a certificate of the client".to_owned(),
        };
        format!("{what} ({})", self.scheme)
    }
}

/// What a call lacks to fulfil one of the alternatives, in words; `None` when it fulfils one, or nothing is asked for.
#[must_use]
pub fn lacking(alternatives: &[Vec<SecurityNeed>], request: &RequestView<'_>) -> Option<String> {
    if alternatives.is_empty() || alternatives.iter().any(|all| all.iter().all(|need| need.is_given(request)))
    {
        return None;
    }
    let each = |all: &Vec<SecurityNeed>| {
        all.iter().map(SecurityNeed::wanted).collect::<Vec<_>>().join(" together with ")
    };
    Some(alternatives.iter().map(each).collect::<Vec<_>>().join(", or "))
}

/// The breach of a call that proves nothing, where the document wants a proof at `at`.
pub(crate) fn check(
    operation: &Operation,
    alternatives: &[Vec<SecurityNeed>],
    at: &str,
    request: &RequestView<'_>,
) -> Vec<Breach> {
    let Some(wanted) = lacking(alternatives, request) else {
        return Vec::new();
    };
    let first = alternatives.iter().flatten().find(|need| !need.is_given(request));
    let location = match first.map(|need| &need.kind) {
        Some(SecurityKind::ApiKey { location, .. }) => *location,
        _ => Location::Header,
    };
    let mut judge = Judge::of_request(operation);
    judge.plain(location, at, "security", "no credential that does".to_owned(), wanted);
    judge.finish()
}

/// What stands behind a scheme in `Authorization`.
fn credentials<'a>(request: &RequestView<'a>, scheme: &str) -> Option<&'a str> {
    let (given, rest) = header(request.headers, "authorization")?.trim().split_once(' ')?;
    let rest = rest.trim();
    (given.eq_ignore_ascii_case(scheme) && !rest.is_empty()).then_some(rest)
}

fn capital(scheme: &str) -> String {
    let mut letters = scheme.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The kind of a security scheme; `None` if it is none that OpenAPI has.
pub(crate) fn security_kind(scheme: &Value) -> Option<SecurityKind> {
    let text = |key: &str| scheme[key].as_str().unwrap_or_default();
    Some(match text("type") {
        "apiKey" => {
            let location = match text("in") {
                "header" => Location::Header,
                "query" => Location::Query,
                "cookie" => Location::Cookie,
                _ => return None,
            };
            SecurityKind::ApiKey { location, name: text("name").to_owned() }
        }
        "http" => SecurityKind::Http { scheme: text("scheme").to_ascii_lowercase() },
        "oauth2" => SecurityKind::OAuth2,
        "openIdConnect" => SecurityKind::OpenIdConnect,
        "mutualTLS" => SecurityKind::MutualTls,
        _ => return None,
    })
}
