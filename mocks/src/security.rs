//! Whether a call carries what the contract's security requirements ask for. Only presence is judged: a mock has no
//! accounts.

use dryrun_contract::{Location, SecurityKind, SecurityNeed};
use percent_encoding::percent_decode_str;

use crate::params;

/// What is missing of a call, and the `WWW-Authenticate` that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) detail: String,
    pub(crate) challenge: String,
}

/// What a call lacks; `None` when one of the alternatives is fulfilled, or nothing is asked for.
pub(crate) fn missing(
    alternatives: &[Vec<SecurityNeed>],
    headers: &[(String, String)],
    query: &str,
) -> Option<Missing> {
    if alternatives.is_empty()
        || alternatives.iter().any(|all| all.iter().all(|need| given(need, headers, query)))
    {
        return None;
    }
    let words: Vec<String> = alternatives
        .iter()
        .map(|all| all.iter().map(describe).collect::<Vec<_>>().join(" together with "))
        .collect();
    let mut challenges: Vec<String> = Vec::new();
    for need in alternatives.iter().flatten() {
        let challenge = challenge(need);
        if !challenges.contains(&challenge) {
            challenges.push(challenge);
        }
    }
    Some(Missing {
        detail: format!("this call needs {}", words.join(", or ")),
        challenge: challenges.join(", "),
    })
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// What stands behind a scheme in `Authorization`.
fn credentials<'a>(headers: &'a [(String, String)], scheme: &str) -> Option<&'a str> {
    let (given, rest) = header(headers, "authorization")?.split_once(' ')?;
    let rest = rest.trim();
    (given.eq_ignore_ascii_case(scheme) && !rest.is_empty()).then_some(rest)
}

fn given(need: &SecurityNeed, headers: &[(String, String)], query: &str) -> bool {
    let filled = |value: Option<&str>| value.is_some_and(|value| !value.is_empty());
    match &need.kind {
        SecurityKind::ApiKey { location: Location::Header, name } => filled(header(headers, name)),
        SecurityKind::ApiKey { location: Location::Query, name } => {
            params::pairs(query).any(|(known, value)| known == *name && !value.is_empty())
        }
        SecurityKind::ApiKey { name, .. } => {
            let cookies = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
            cookies.flat_map(|(_, line)| line.split(';')).any(|pair| {
                let (known, value) = pair.trim().split_once('=').unwrap_or_default();
                percent_decode_str(known).decode_utf8_lossy() == name.as_str() && !value.is_empty()
            })
        }
        SecurityKind::Http { scheme } if scheme == "basic" => {
            // 64 letters, as RFC 7617 has user and password.
            credentials(headers, "basic").is_some_and(|text| {
                text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
            })
        }
        SecurityKind::Http { scheme } => credentials(headers, scheme).is_some(),
        SecurityKind::OAuth2 | SecurityKind::OpenIdConnect => credentials(headers, "bearer").is_some(),
        // A certificate of the client can't be seen over plain HTTP: the start of the mock says so.
        _ => true,
    }
}

fn describe(need: &SecurityNeed) -> String {
    let what = match &need.kind {
        SecurityKind::ApiKey { location, name } => format!("a key in the {location} {name:?}"),
        SecurityKind::Http { scheme } => format!("`Authorization: {} …`", capital(scheme)),
        SecurityKind::OAuth2 | SecurityKind::OpenIdConnect => "`Authorization: Bearer …`".to_owned(),
        _ => "a certificate of the client".to_owned(),
    };
    format!("{what} ({})", need.scheme)
}

fn challenge(need: &SecurityNeed) -> String {
    match &need.kind {
        SecurityKind::ApiKey { name, .. } => {
            format!("ApiKey realm=\"mock\", name=\"{}\"", name.replace('"', ""))
        }
        SecurityKind::Http { scheme } => format!("{} realm=\"mock\"", capital(scheme)),
        _ => "Bearer realm=\"mock\"".to_owned(),
    }
}

fn capital(scheme: &str) -> String {
    let mut letters = scheme.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Whether a requirement can't be judged here.
pub(crate) fn unseen(alternatives: &[Vec<SecurityNeed>]) -> bool {
    let seen = |need: &SecurityNeed| {
        matches!(
            need.kind,
            SecurityKind::ApiKey { .. }
                | SecurityKind::Http { .. }
                | SecurityKind::OAuth2
                | SecurityKind::OpenIdConnect
        )
    };
    alternatives.iter().flatten().any(|need| !seen(need))
}
