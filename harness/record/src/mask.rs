//! The one masking room: whatever enters a record passes through a [`Masker`].
//!
//! It knows three kinds of secrets: values that were named (configuration, `Given secret …`), replaced wherever they
//! stand, plain, percent-encoded, JSON-escaped or in Base64; places that hold credentials by their nature
//! (authorization headers, cookies, fields called password), whose values are replaced unseen; and values that stood at
//! such a place, in what is said about them: the other side of the exchange, a failure, a line of the log.

mod entry;
mod fields;
mod load;
mod names;
mod quoted;

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, PoisonError, RwLock, RwLockReadGuard};

use base64::Engine as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;

use crate::exchange::{Body, Direction, Exchange};
use names::Secrecy;

pub use names::sounds_secret;

/// What stands in place of a secret.
pub const MASK: &str = "«masked»";

/// Shorter values are not replaced everywhere: `a` as a secret would black out the whole report.
const SHORTEST: usize = 4;

/// So many values that stood at a secret place are remembered for what is said about them later.
const SEEN: usize = 128;

static BEARER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(bearer|basic)\s+([A-Za-z0-9._~+/=-]{6,})").expect("the pattern is a constant")
});

static USER_INFO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(://[^/\s:@]+:)[^/\s@]+@").expect("the pattern is a constant"));

/// The masking room of a run. Clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct Masker(Arc<RwLock<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    /// Named secrets in all their spellings, longest first.
    named: Vec<String>,
    /// The last values that stood at a secret place.
    seen: VecDeque<String>,
}

impl Masker {
    /// Knows nothing yet but the places that hold credentials.
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers a secret value in all its spellings.
    pub fn learn(&self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let mut spellings = vec![
            secret.to_owned(),
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
            base64::engine::general_purpose::STANDARD.encode(secret),
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret),
        ];
        if let Ok(json) = serde_json::to_string(secret) {
            spellings.push(json.trim_matches('"').to_owned());
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = &mut known.named;
        known.extend(spellings);
        // Longest first, so that a secret inside a longer one leaves no tail.
        known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        known.dedup();
    }

    /// Masks free text.
    pub fn text(&self, text: &str) -> String {
        self.masked(text, &mut Vec::new())
    }

    /// Masks free text; values that stood at a secret place are added to `found`.
    fn masked(&self, text: &str, found: &mut Vec<String>) -> String {
        let mut out = bearer(fields::values(self.named(text), found));
        if out.contains("://") {
            out = replace(&USER_INFO, out, format!("${{1}}{MASK}@"));
        }
        out
    }

    /// Masks the value of a header; those that carry credentials lose all of it but the scheme, cookies keep their names.
    pub fn header(&self, name: &str, value: &str) -> String {
        self.header_value(name, value, &mut Vec::new())
    }

    fn header_value(&self, name: &str, value: &str, found: &mut Vec<String>) -> String {
        if name.eq_ignore_ascii_case("cookie") {
            let pairs: Vec<String> = value.split(';').map(|pair| cookie(pair, found)).collect();
            return pairs.join(";");
        }
        if name.eq_ignore_ascii_case("set-cookie") {
            // Behind the first pair stand the attributes.
            let (pair, rest) = value.find(';').map_or((value, ""), |end| value.split_at(end));
            return cookie(pair, found) + rest;
        }
        if !fields::secret(names::parameter(name), value) {
            return self.masked(value, found);
        }
        match value.split_once(' ') {
            Some((scheme, rest)) if scheme.chars().all(char::is_alphanumeric) => {
                found.push(rest.to_owned());
                format!("{scheme} {MASK}")
            }
            _ => {
                found.push(value.to_owned());
                MASK.to_owned()
            }
        }
    }

    /// Masks everything of an exchange that can carry a secret. What stood at a secret place of its request or its answer
    /// is masked wherever else the exchange quotes it.
    pub fn exchange(&self, exchange: &mut Exchange) {
        let mut found = Vec::new();
        let Exchange { direction, request, response, error, unexpected, breaches, .. } = exchange;
        request.query = self.masked(&request.query, &mut found);
        self.message(&mut request.headers, &mut request.body, &mut found);
        if let Some(response) = response {
            self.message(&mut response.headers, &mut response.body, &mut found);
        }
        found.retain(|value| telling(value));
        self.remember(&found);
        // What the service answers may quote what it had from a mock. Calls to mocks come by the thousand, and only
        // their own values are looked for in them.
        if *direction != Direction::ToMock {
            found.extend(self.memory().seen.iter().cloned());
        }
        let found = longest_first(found);
        let all = |text: &str| quoted_nowhere(self.text(text), &found);
        request.path = all(&request.path);
        if !found.is_empty() {
            let response = response.iter_mut().map(|one| (&mut one.headers, &mut one.body));
            for (headers, body) in response.chain([(&mut request.headers, &mut request.body)]) {
                for text in headers.iter_mut().map(|header| &mut header.1).chain(&mut body.text) {
                    *text = quoted_nowhere(std::mem::take(text), &found);
                }
            }
            request.query = quoted_nowhere(std::mem::take(&mut request.query), &found);
        }
        for text in error.iter_mut().chain(unexpected) {
            *text = all(text);
        }
        for breach in breaches {
            breach.instance_path = all(&breach.instance_path);
            breach.found = all(&at_place(&breach.instance_path, &breach.found));
            breach.wanted = all(&breach.wanted);
            if let Some(allowed) = &mut breach.allowed {
                allowed.reason = all(&allowed.reason);
            }
        }
    }

    fn message(&self, headers: &mut [(String, String)], body: &mut Body, found: &mut Vec<String>) {
        for (name, value) in headers {
            *value = self.header_value(name, value, found);
        }
        if let Some(text) = &mut body.text {
            *text = self.masked(text, found);
        }
    }

    fn option(&self, text: &mut Option<String>) {
        if let Some(text) = text {
            *text = self.said(text);
        }
    }

    /// A text that may quote what stood at a secret place before.
    fn said(&self, text: &str) -> String {
        let mut found = Vec::new();
        let out = self.masked(text, &mut found);
        found.retain(|value| telling(value));
        self.remember(&found);
        let memory = self.memory();
        memory.seen.iter().fold(out, |out, value| without(out, value))
    }

    fn remember(&self, values: &[String]) {
        let fresh = |value: &&String| !self.memory().seen.contains(value);
        let fresh: Vec<&String> = values.iter().filter(fresh).collect();
        if fresh.is_empty() {
            return;
        }
        let mut memory = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for value in fresh {
            if memory.seen.len() == SEEN {
                memory.seen.pop_front();
            }
            memory.seen.push_back(value.clone());
        }
    }

    fn named(&self, text: &str) -> String {
        let memory = self.memory();
        let known = memory.named.iter().filter(|secret| !secret.is_empty());
        known.fold(text.to_owned(), |out, secret| without(out, secret))
    }

    fn memory(&self) -> RwLockReadGuard<'_, Memory> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a value that stood at a secret place can be told from an ordinary word of a sentence: `hunter2`, not
/// `string`.
fn telling(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c == ' ';
    value != MASK && value.len() >= 6 && (value.len() >= 12 || !value.chars().all(plain))
}

fn longest_first(mut values: Vec<String>) -> Vec<String> {
    values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    values.dedup();
    values
}

fn quoted_nowhere(text: String, found: &[String]) -> String {
    found.iter().fold(text, |out, value| without(out, value))
}

fn without(text: String, secret: &str) -> String {
    if text.contains(secret) { text.replace(secret, MASK) } else { text }
}

/// ` sid=abc` keeps its name.
fn cookie(pair: &str, found: &mut Vec<String>) -> String {
    match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() => {
            found.push(value.to_owned());
            format!("{name}={MASK}")
        }
        Some(_) => pair.to_owned(),
        None if pair.trim().is_empty() => pair.to_owned(),
        None => MASK.to_owned(),
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What was found at a place of a message, without the value when the place's name says that it is a credential. The name
/// itself is none.
fn at_place(place: &str, found: &str) -> String {
    let parts = || place.split(['/', '.', '[', ']', '"']).filter(|part| !part.is_empty());
    let secrecy = |part: &str| {
        if place.starts_with("body") { names::field(part) } else { names::parameter(part) }
    };
    let secret = match place.split('/').next() {
        Some("cookie") => Secrecy::All,
        _ => parts().map(secrecy).find(|secrecy| *secrecy != Secrecy::Open).unwrap_or(Secrecy::Open),
    };
    if secret == Secrecy::Open {
        return found.to_owned();
    }
    match (found.find('"'), found.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            let quoted = &found[first + 1..last];
            if parts().any(|part| part.eq_ignore_ascii_case(quoted)) {
                return found.to_owned();
            }
            format!("{}\"{MASK}\"{}", &found[..first], &found[last + 1..])
        }
        _ if secret == Secrecy::All && found.contains(|c: char| c.is_ascii_digit()) => MASK.to_owned(),
        _ => found.to_owned(),
    }
}

/// `API_KEY=abc` on a command line loses its value when the name says that it is a secret.
fn assignment(word: &str) -> String {
    match word.split_once('=') {
        Some((name, value)) if !value.is_empty() && sounds_secret(name) => format!("{name}={MASK}"),
        _ => word.to_owned(),
    }
}

/// Masks what stands behind a scheme's name. A plain word there ("basic sentence") is prose, not a credential.
fn bearer(text: String) -> String {
    match BEARER.replace_all(&text, |hit: &regex::Captures<'_>| {
        let token = &hit[2];
        let prose = token.len() < 20 && token.trim_end_matches('.').chars().all(|c| c.is_ascii_lowercase());
        if prose { hit[0].to_owned() } else { format!("{} {MASK}", &hit[1]) }
    }) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(new) => new,
    }
}

fn replace(pattern: &Regex, text: String, with: String) -> String {
    match pattern.replace_all(&text, with.as_str()) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(new) => new,
    }
}

#[cfg(test)]
#[path = "mask/tests.rs"]
mod tests;
