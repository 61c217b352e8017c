//! Whether a call carries what the contract's security requirements ask for. A mock has no accounts: any value will do,
//! unless the keys that do are named.

use dryrun_contract::{Location, SecurityKind, SecurityNeed};
use percent_encoding::percent_decode_str;

use crate::params;

/// What is missing of a call, and the `WWW-Authenticate` that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) detail: String,
    pub(crate) challenge: String,
    /// Whether something was given, but not what is let in.
    pub(crate) wrong: bool,
}

/// What a call lacks; `None` when one of the alternatives is fulfilled, or nothing is asked for.
///
/// With `keys`, only these are let in.
pub(crate) fn missing(
    alternatives: &[Vec<SecurityNeed>],
    headers: &[(String, String)],
    query: &str,
    keys: &[String],
) -> Option<Missing> {
    let right = |need: &SecurityNeed| {
        let values = given(need, headers, query);
        let known = |value: &String| keys.is_empty() || knows(keys, need, value);
        !values.is_empty() && values.iter().all(known)
    };
    let unseen = |need: &SecurityNeed| !seen(need);
    if alternatives.is_empty()
        || alternatives.iter().any(|all| all.iter().all(|need| unseen(need) || right(need)))
    {
        return None;
    }
    let wrong =
        alternatives.iter().flatten().any(|need| !given(need, headers, query).is_empty() && !right(need));
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
        detail: match wrong {
            true => format!(
                "what was given is none of the keys that this mock lets in; this call needs {}",
                words.join(", or ")
            ),
            false => format!("this call needs {}", words.join(", or ")),
        },
        challenge: challenges.join(", "),
        wrong,
    })
}

/// Every header of this name: of two keys, one of them wrong, none is right.
fn header<'a>(headers: &'a [(String, String)], name: &str) -> impl Iterator<Item = &'a str> {
    headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// What stands behind a scheme in `Authorization`.
fn credentials(headers: &[(String, String)], scheme: &str) -> Vec<String> {
    let pairs = header(headers, "authorization").filter_map(|value| value.split_once(' '));
    let mine = pairs.filter(|(given, _)| given.eq_ignore_ascii_case(scheme)).map(|(_, rest)| rest.trim());
    mine.map(str::to_owned).collect()
}

/// What a call gives for a need; nothing that is empty.
fn given(need: &SecurityNeed, headers: &[(String, String)], query: &str) -> Vec<String> {
    let mut values: Vec<String> = match &need.kind {
        SecurityKind::ApiKey { location: Location::Header, name } => {
            header(headers, name).map(str::to_owned).collect()
        }
        SecurityKind::ApiKey { location: Location::Query, name } => {
            params::pairs(query).filter(|(known, _)| known == name).map(|(_, value)| value).collect()
        }
        SecurityKind::ApiKey { name, .. } => {
            let pairs = header(headers, "cookie").flat_map(|line| line.split(';'));
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
        _ => Vec::new(),
    };
    values.retain(|value| !value.is_empty());
    values
}

/// Whether a value is one of the keys. Basic credentials are a key as `user:password`, or as they are sent.
fn knows(keys: &[String], need: &SecurityNeed, value: &String) -> bool {
    let basic = matches!(&need.kind, SecurityKind::Http { scheme } if scheme == "basic");
    let sent = |key: &String| base64(key.as_bytes()) == *value;
    keys.contains(value) || (basic && keys.iter().any(sent))
}

/// RFC 4648, 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let number =
            three.iter().chain([0; 3].iter()).take(3).fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        for place in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
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

/// Whether a need can be looked at here. A certificate of the client can't be seen over plain HTTP: the start of the mock
/// says so.
fn seen(need: &SecurityNeed) -> bool {
    matches!(
        need.kind,
        SecurityKind::ApiKey { .. }
            | SecurityKind::Http { .. }
            | SecurityKind::OAuth2
            | SecurityKind::OpenIdConnect
    )
}

/// Whether a requirement can't be judged here.
pub(crate) fn unseen(alternatives: &[Vec<SecurityNeed>]) -> bool {
    !alternatives.iter().flatten().all(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_are_a_key() {
        for (text, wanted) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ] {
            assert_eq!(base64(text.as_bytes()), wanted);
        }
    }
}
