//! Whether a call carries what the document's `security` asks for. Only presence is judged: nobody here has accounts.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::breach::{Breach, Location};
use crate::call::RequestView;
use crate::judge::Judge;
use crate::operation::Operation;
use crate::parameters::{plain, raw_pairs};

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
    /// Every value that a call with these headers and this query gives for it, without those that are empty. One that
    /// can't be seen in a call, such as a certificate, has none.
    #[must_use]
    pub fn values(&self, headers: &[(String, String)], query: &str) -> Vec<String> {
        let mut values: Vec<String> = match &self.kind {
            SecurityKind::ApiKey { location: Location::Header, name } => {
                all(headers, name).map(str::to_owned).collect()
            }
            SecurityKind::ApiKey { location: Location::Query, name } => {
                let pairs = raw_pairs(query).into_iter().filter(|(known, _)| known == name.as_str());
                pairs.map(|(_, value)| plain(value).into_owned()).collect()
            }
            SecurityKind::ApiKey { name, .. } => {
                let pairs = all(headers, "cookie").flat_map(|line| line.split(';'));
                let pairs = pairs.map(|pair| pair.trim().split_once('=').unwrap_or_default());
                let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
                pairs.filter(|(known, _)| decoded(known) == *name).map(|(_, value)| decoded(value)).collect()
            }
            SecurityKind::Http { scheme } => {
                let mut values = credentials(headers, scheme);
                if scheme == "basic" {
                    // 64 letters, as RFC 7617 has user and password.
                    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
                    values.retain(|value| value.bytes().all(letter));
                }
                values
            }
            SecurityKind::OAuth2 | SecurityKind::OpenIdConnect => credentials(headers, "bearer"),
            SecurityKind::MutualTls => Vec::new(),
        };
        values.retain(|value| !value.is_empty());
        values
    }

    /// Whether a call carries it, or may, for all that can be seen.
    fn is_given(&self, request: &RequestView<'_>) -> bool {
        !self.is_seen() || !self.values(request.headers, request.query).is_empty()
    }

    /// Whether it can be seen in a call. A certificate of the client can't.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.kind != SecurityKind::MutualTls
    }

    /// What it is, in words: ``a key in the header "X-Key" (key)``; the name of the scheme stands in brackets.
    #[must_use]
    pub fn wanted(&self) -> String {
        let what = match &self.kind {
            SecurityKind::ApiKey { location, name } => format!("a key in the {location} {name:?}"),
            _ => match self.authorization() {
                Some(scheme) => format!("`Authorization: {scheme} …`"),
                None => "a certificate of the client".to_owned(),
            },
        };
        format!("{what} ({})", self.scheme)
    }

    /// What stands before the credential in `Authorization`, as it is usually written: `Bearer`. `None` for what
    /// travels in another way.
    #[must_use]
    pub fn authorization(&self) -> Option<String> {
        match &self.kind {
            SecurityKind::Http { scheme } => Some(capital(scheme)),
            SecurityKind::OAuth2 | SecurityKind::OpenIdConnect => Some("Bearer".to_owned()),
            SecurityKind::ApiKey { .. } | SecurityKind::MutualTls => None,
        }
    }
}

/// What each of the alternatives asks for, in words.
#[must_use]
pub fn wanted(alternatives: &[Vec<SecurityNeed>]) -> String {
    let each = |all: &Vec<SecurityNeed>| {
        all.iter().map(SecurityNeed::wanted).collect::<Vec<_>>().join(" together with ")
    };
    alternatives.iter().map(each).collect::<Vec<_>>().join(", or ")
}

/// What a call lacks to fulfil one of the alternatives, in words; `None` when it fulfils one, or nothing is asked for.
#[must_use]
pub fn lacking(alternatives: &[Vec<SecurityNeed>], request: &RequestView<'_>) -> Option<String> {
    let given = |need: &SecurityNeed| need.is_given(request);
    // An empty list, as an alternative, is fulfilled by every call: no need to look at this one.
    let free = alternatives.is_empty() || alternatives.iter().any(Vec::is_empty);
    let fulfilled = free || alternatives.iter().any(|all| all.iter().all(given));
    (!fulfilled).then(|| wanted(alternatives))
}

/// The breach of a call that proves nothing, where the document wants a proof at `at`.
pub(crate) fn check(
    operation: &Operation,
    alternatives: &[Vec<SecurityNeed>],
    at: impl Fn() -> String,
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
    judge.plain(location, &at(), "security", "no credential that does".to_owned(), wanted);
    judge.finish()
}

/// Every header of this name.
fn all<'h>(headers: &'h [(String, String)], name: &str) -> impl Iterator<Item = &'h str> {
    headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// What stands behind a scheme in `Authorization`.
fn credentials(headers: &[(String, String)], scheme: &str) -> Vec<String> {
    let pairs = all(headers, "authorization").filter_map(|value| value.split_once(' '));
    let mine = pairs.filter(|(given, _)| given.eq_ignore_ascii_case(scheme)).map(|(_, rest)| rest.trim());
    mine.map(str::to_owned).collect()
}

/// `bearer` as it is written before a token: `Bearer`.
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
