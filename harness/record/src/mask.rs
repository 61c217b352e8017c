//! The one masking room: whatever enters a record passes through a [`Masker`].
//!
//! It knows two kinds of secrets: values that were named (configuration, `Given secret …`), replaced wherever they
//! stand, plain, percent-encoded, JSON-escaped or in Base64; and places that hold credentials by their nature
//! (authorization headers, cookies, signatures, fields called password), whose values are replaced unseen.

use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use base64::Engine as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;

use crate::event::{Entry, Event};
use crate::exchange::{Body, Exchange};
use crate::outcome::{Failure, FailureKind};

/// What stands in place of a secret.
pub const MASK: &str = "«masked»";

/// Shorter values are not replaced everywhere: `a` as a secret would black out the whole report.
const SHORTEST: usize = 4;

const SECRET_HEADERS: [&str; 8] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "x-signature",
    "x-auth-token",
    "x-csrf-token",
];

static SECRET_FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)("[^"\\]{0,40}(?:password|passwd|secret|api_?key|access_?token|refresh_?token|auth_?token|private_?key)"\s*:\s*)"(?:[^"\\]|\\.)*""#,
    )
    .expect("the pattern is a constant")
});

static SECRET_PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)((?:^|[?&;\s])(?:password|passwd|secret|api_?key|access_?token|token|signature)=)[^&\s#]+",
    )
    .expect("the pattern is a constant")
});

static BEARER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(bearer|basic)\s+([A-Za-z0-9._~+/=-]{6,})").expect("the pattern is a constant")
});

static USER_INFO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(://[^/\s:@]+:)[^/\s@]+@").expect("the pattern is a constant"));

/// The masking room of a run. Clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct Masker(Arc<RwLock<Vec<String>>>);

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
        known.extend(spellings);
        // Longest first, so that a secret inside a longer one leaves no tail.
        known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        known.dedup();
    }

    /// Masks free text.
    pub fn text(&self, text: &str) -> String {
        let mut out = self.named(text);
        if out.contains('"') {
            out = replace(&SECRET_FIELD, out, format!("$1\"{MASK}\""));
        }
        if out.contains('=') {
            out = replace(&SECRET_PARAMETER, out, format!("${{1}}{MASK}"));
        }
        out = bearer(out);
        if out.contains("://") {
            out = replace(&USER_INFO, out, format!("${{1}}{MASK}@"));
        }
        out
    }

    /// Masks the value of a header; those that carry credentials lose all of it but the scheme.
    pub fn header(&self, name: &str, value: &str) -> String {
        if !SECRET_HEADERS.iter().any(|secret| name.eq_ignore_ascii_case(secret)) {
            return self.text(value);
        }
        match value.split_once(' ') {
            Some((scheme, _)) if scheme.chars().all(char::is_alphanumeric) => format!("{scheme} {MASK}"),
            _ => MASK.to_owned(),
        }
    }

    /// Masks everything of an exchange that can carry a secret.
    pub fn exchange(&self, exchange: &mut Exchange) {
        let Exchange { request, response, error, unexpected, breaches, .. } = exchange;
        request.path = self.text(&request.path);
        request.query = self.text(&request.query);
        self.headers(&mut request.headers);
        self.body(&mut request.body);
        if let Some(response) = response {
            self.headers(&mut response.headers);
            self.body(&mut response.body);
        }
        self.option(error);
        self.option(unexpected);
        for breach in breaches {
            breach.instance_path = self.text(&breach.instance_path);
            breach.found = self.text(&at_place(&breach.instance_path, &breach.found));
            breach.wanted = self.text(&breach.wanted);
            if let Some(allowed) = &mut breach.allowed {
                allowed.reason = self.text(&allowed.reason);
            }
        }
    }

    /// Masks an entry of the record.
    pub fn entry(&self, mut entry: Entry) -> Entry {
        match &mut entry.event {
            Event::RunStarted(run) => {
                run.target.url = self.text(&run.target.url);
                self.option(&mut run.target.command);
                for word in run.command.iter_mut().chain(&mut run.repeat_with) {
                    *word = self.text(&assignment(word));
                }
            }
            Event::Notice { text, .. } => *text = self.text(text),
            Event::ScenarioStarted { scenario, .. } => scenario.name = self.text(&scenario.name),
            Event::StepFinished(step) => {
                step.text = self.text(&step.text);
                self.option(&mut step.doc_string);
                for cell in step.table.iter_mut().flatten().flatten() {
                    *cell = self.text(cell);
                }
                self.failures(&mut step.failures);
            }
            Event::Exchange(exchange) => self.exchange(exchange),
            Event::Frame(frame) => {
                frame.path = self.text(&frame.path);
                self.body(&mut frame.body);
            }
            Event::ServiceLog { line, .. } => *line = self.text(line),
            Event::ScenarioFinished { failures, .. } => self.failures(failures),
            Event::Coverage(coverage) => {
                let operations = coverage.operations.iter_mut();
                for item in operations.flat_map(|operation| &mut operation.items) {
                    item.name = self.text(&item.name);
                    self.option(&mut item.suggestion);
                }
            }
            Event::RunFinished(finished) => {
                for reason in &mut finished.reasons {
                    *reason = self.text(reason);
                }
            }
        }
        entry
    }

    fn failures(&self, failures: &mut [Failure]) {
        for failure in failures {
            failure.message = self.text(&failure.message);
            if failure.kind == FailureKind::Contract
                && let (Some(at), Some(found)) = (&failure.at, &mut failure.found)
            {
                *found = at_place(at, found);
            }
            self.option(&mut failure.expected);
            self.option(&mut failure.found);
            self.option(&mut failure.hint);
        }
    }

    fn headers(&self, headers: &mut [(String, String)]) {
        for (name, value) in headers {
            *value = self.header(name, value);
        }
    }

    fn body(&self, body: &mut Body) {
        self.option(&mut body.text);
    }

    fn option(&self, text: &mut Option<String>) {
        if let Some(text) = text {
            *text = self.text(text);
        }
    }

    fn named(&self, text: &str) -> String {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut out = text.to_owned();
        for secret in known.iter().filter(|secret| !secret.is_empty()) {
            if out.contains(secret.as_str()) {
                out = out.replace(secret.as_str(), MASK);
            }
        }
        out
    }
}

/// Whether a variable's name says that its value is a credential: `DB_PASSWORD`, `API_KEY`, `SENTRY_DSN`.
pub fn sounds_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let whole = name.trim_end_matches('s');
    ["secret", "token", "password", "passwd", "credential"].iter().any(|word| name.contains(word))
        || ["key", "dsn"].iter().any(|end| whole.ends_with(end))
        || name.split(['_', '-', '.']).any(|part| matches!(part, "key" | "apikey" | "pass" | "pw" | "auth"))
}

/// What was found at a place of a message, without the value when the place's name says that it is a credential.
fn at_place(place: &str, found: &str) -> String {
    if !place.split(['/', '.', '[', ']']).any(sounds_secret) && !secret_header(place) {
        return found.to_owned();
    }
    match (found.find('"'), found.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            format!("{}\"{MASK}\"{}", &found[..first], &found[last + 1..])
        }
        _ if found.contains(|c: char| c.is_ascii_digit()) => MASK.to_owned(),
        _ => found.to_owned(),
    }
}

fn secret_header(place: &str) -> bool {
    place
        .strip_prefix("header/")
        .is_some_and(|name| SECRET_HEADERS.iter().any(|one| name.eq_ignore_ascii_case(one)))
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
mod tests {
    use super::*;
    use crate::exchange::Breach;

    #[test]
    fn a_named_secret_is_gone_in_every_spelling() {
        let masker = Masker::new();
        masker.learn("s3cr3t/\"key+");
        for text in
            ["x s3cr3t/\"key+ y", "s3cr3t%2F%22key%2B", "czNjcjN0LyJrZXkr", r#"{"a":"s3cr3t/\"key+"}"#]
        {
            let masked = masker.text(text);
            assert!(
                masked.contains(MASK) && !masked.contains("s3cr3t") && !masked.contains("czNjcjN0"),
                "{masked}"
            );
        }
    }

    #[test]
    fn credentials_are_masked_by_their_place() {
        let masker = Masker::new();
        assert_eq!(masker.header("Authorization", "Bearer abcdefgh"), format!("Bearer {MASK}"));
        assert_eq!(masker.header("x-api-key", "abc"), MASK);
        assert_eq!(masker.header("accept", "text/html"), "text/html");
        assert_eq!(
            masker.text(r#"{"db_password": "hunter2", "a": "b"}"#),
            format!(r#"{{"db_password": "{MASK}", "a": "b"}}"#)
        );
        assert_eq!(masker.text("api_key=xyz&limit=3"), format!("api_key={MASK}&limit=3"));
        assert_eq!(masker.text("postgres://joe:pw@db/x"), format!("postgres://joe:{MASK}@db/x"));
        assert_eq!(masker.text("sent Bearer abcdefg1"), format!("sent Bearer {MASK}"));
    }

    #[test]
    fn secrets_on_the_command_line_are_masked_by_their_names() {
        assert_eq!(assignment("MY_API_KEY=topsecret99"), format!("MY_API_KEY={MASK}"));
        assert_eq!(assignment("MODE=crash"), "MODE=crash");
        assert_eq!(assignment("--seed"), "--seed");
        for name in ["DB_PASSWORD", "apiKeys", "SENTRY_DSN", "key_id", "BASIC_AUTH", "MY_TOKEN_2"] {
            assert!(sounds_secret(name), "{name}");
        }
        for name in ["MODE", "KEYBOARD", "AUTHOR", "BYPASS"] {
            assert!(!sounds_secret(name), "{name}");
        }
    }

    #[test]
    fn a_breach_at_a_secret_place_keeps_its_value_to_itself() {
        let mut exchange: Exchange = serde_json::from_value(serde_json::json!({
            "id": "crm-1", "direction": "to_mock", "service": "crm", "scenario": null, "attribution": "none",
            "operation": null, "at_us": 7, "duration_us": 5, "response": null,
            "request": {"method": "GET", "path": "/", "headers": [], "body": {"bytes": 0}},
        }))
        .unwrap();
        let places = ["body/user/password", "header/authorization", "body/pin_token", "body/name"];
        let found = [
            "the string \"hunter2\" (7 characters)",
            "the string \"Basic x\"",
            "the number 1234",
            "the number 7",
        ];
        exchange.breaches = places
            .iter()
            .zip(found)
            .map(|(place, found)| Breach {
                instance_path: (*place).to_owned(),
                found: found.to_owned(),
                ..Breach::default()
            })
            .collect();
        Masker::new().exchange(&mut exchange);
        let found: Vec<&str> = exchange.breaches.iter().map(|breach| breach.found.as_str()).collect();
        let whole = format!("the string \"{MASK}\"");
        assert_eq!(found, [&format!("{whole} (7 characters)"), &whole, MASK, "the number 7"]);
    }

    #[test]
    fn plain_text_is_left_alone() {
        let masker = Masker::new();
        masker.learn("abc");
        let text = "a tokenless basic sentence: abc = \"secretary\" at http://localhost:8001/x?limit=3";
        assert_eq!(masker.text(text), text);
    }
}
