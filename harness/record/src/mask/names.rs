//! The one list of names whose values are credentials: of a field ([`field`]), of a parameter or a header
//! ([`parameter`]), of an environment variable ([`sounds_secret`]). A name counts in snake_case, kebab-case and camelCase.

use std::sync::LazyLock;

use regex::Regex;

/// What stands in a text that holds a credential by name. Cheap, and true too often: [`field`] decides.
static STEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)pass|pwd|secret|token|credential|jwt|authoriz|cookie|[a-z][\W_]?key|signature|\bsig\b")
        .expect("the pattern is a constant")
});

/// Secret wherever they end a word of a name: `db_password`, `clientSecret`, `passwordHash`.
const ALWAYS: [&str; 7] = ["password", "passwd", "passphrase", "passcode", "pwd", "secret", "credential"];

/// Secret as the last word of a name.
const LAST: [&str; 4] = ["jwt", "authorization", "cookie", "apikey"];

/// What makes a credential of a `key`, which alone is anything: `api_key`, `privateKey`.
const KEYS: [&str; 10] = [
    "api",
    "access",
    "private",
    "secret",
    "signing",
    "encryption",
    "auth",
    "master",
    "session",
    "subscription",
];

/// What tells about a credential and is none: `token_type`, `password_changed_at`, `secretName`.
const ABOUT: [&str; 28] = [
    "type",
    "kind",
    "count",
    "used",
    "limit",
    "length",
    "size",
    "min",
    "max",
    "total",
    "expires",
    "expiry",
    "expiration",
    "at",
    "in",
    "ttl",
    "policy",
    "url",
    "uri",
    "endpoint",
    "enabled",
    "required",
    "changed",
    "hint",
    "name",
    "scheme",
    "format",
    "status",
];

/// A token that turns a page opens nothing: `next_page_token`, `continuationToken`.
const PAGES: [&str; 7] = ["page", "paging", "pagina", "next", "prev", "continu", "cursor"];

/// How secret a name makes its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// Not at all.
    Open,
    /// A text is; a number is a count (`tokens: 12`).
    Text,
    /// Whatever it is.
    All,
}

/// Whether a text can hold a name that [`field`] or [`parameter`] knows.
pub(crate) fn hinted(text: &str) -> bool {
    STEM.is_match(text)
}

/// How secret the value of a field of this name is.
pub(crate) fn field(name: &str) -> Secrecy {
    if !hinted(name) {
        return Secrecy::Open;
    }
    let words = words(name);
    let Some(last) = words.last().map(String::as_str) else { return Secrecy::Open };
    let before = words.len().checked_sub(2).map(|index| words[index].as_str());
    let one = last.strip_suffix('s').unwrap_or(last);
    if ABOUT.contains(&last) {
        return Secrecy::Open;
    }
    let always = |word: &String| {
        ALWAYS
            .iter()
            .any(|end| word.ends_with(end) || word.strip_suffix('s').is_some_and(|one| one.ends_with(end)))
    };
    if words.iter().any(always) || LAST.iter().any(|end| one.ends_with(end)) {
        return Secrecy::All;
    }
    if one == "key" && before.is_some_and(|word| KEYS.contains(&word)) {
        return Secrecy::All;
    }
    if KEYS.iter().any(|kind| one.strip_suffix("key") == Some(*kind)) {
        return Secrecy::All;
    }
    let token = if matches!(last, "value" | "hash") { before.unwrap_or(last) } else { last };
    if token.ends_with("token") || token.ends_with("tokens") {
        let whole = words.concat();
        return match () {
            () if PAGES.iter().any(|page| whole.contains(page)) => Secrecy::Open,
            () if token.ends_with('s') => Secrecy::Text,
            () => Secrecy::All,
        };
    }
    if last == "pass" { Secrecy::Text } else { Secrecy::Open }
}

/// The same of a parameter or a header; there a `signature` opens something too. (In a body it ends a letter.)
pub(crate) fn parameter(name: &str) -> Secrecy {
    match field(name) {
        Secrecy::Open if hinted(name) => {
            let last = words(name).pop().unwrap_or_default();
            if matches!(last.as_str(), "signature" | "sig") { Secrecy::All } else { Secrecy::Open }
        }
        known => known,
    }
}

/// Whether a variable's name says that its value is a credential: `DB_PASSWORD`, `API_KEY`, `SENTRY_DSN`. Wider than for
/// a field: nobody pages by a variable, and a `KEY` there is one that opens.
pub fn sounds_secret(name: &str) -> bool {
    if field(name) != Secrecy::Open {
        return true;
    }
    let name = name.to_lowercase();
    let whole = name.trim_end_matches('s');
    ["secret", "token", "password", "passwd", "credential"].iter().any(|word| name.contains(word))
        || ["key", "dsn"].iter().any(|end| whole.ends_with(end))
        || name.split(['_', '-', '.']).any(|part| matches!(part, "key" | "apikey" | "pass" | "pw" | "auth"))
}

/// The words of a name in lower case, without numbers: `APIKey2` is `api`, `key`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    let mut left = name.chars().peekable();
    while let Some(c) = left.next() {
        let begins = c.is_uppercase()
            && (before.is_lowercase()
                || before.is_uppercase() && left.peek().is_some_and(|next| next.is_lowercase()));
        if (begins || !c.is_alphabetic()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_in_every_case_and_what_only_tells_about_a_credential_stays() {
        for name in [
            "password",
            "userPassword",
            "DB_PASSWORD",
            "dbpassword",
            "passwords",
            "password_hash",
            "client_secret",
            "clientSecret",
            "secrets",
            "api_token",
            "apiToken",
            "APIToken",
            "apitoken",
            "X-Auth-Token",
            "token",
            "access_token",
            "refreshToken2",
            "id-token",
            "token_value",
            "api_key",
            "apiKey",
            "APIKEYS",
            "x-api-key",
            "private-key",
            "Ocp-Apim-Subscription-Key",
            "credentials",
            "authorization",
            "jwt",
            "filter[token]",
        ] {
            assert_eq!(field(name), Secrecy::All, "{name}");
        }
        for name in ["tokens", "accessTokens", "max_tokens", "smtp_pass", "pass"] {
            assert_eq!(field(name), Secrecy::Text, "{name}");
        }
        for name in [
            "next_page_token",
            "nextPageToken",
            "pageToken",
            "continuation-token",
            "token_count",
            "tokens_used",
            "tokenType",
            "token_expires_in",
            "password_changed_at",
            "secretName",
            "secretary",
            "key",
            "sort_key",
            "keyboard",
            "passenger",
            "compass",
            "boarding_passes",
            "tokenless",
            "author",
            "signature",
            "monkey",
            "",
        ] {
            assert_eq!(field(name), Secrecy::Open, "{name}");
        }
        assert_eq!(parameter("X-Amz-Signature"), Secrecy::All);
        assert_eq!(parameter("Authorization"), Secrecy::All);
        assert_eq!(parameter("x-request-id"), Secrecy::Open);
    }

    #[test]
    fn a_variable_is_secret_by_more_names_than_a_field() {
        for name in ["DB_PASSWORD", "apiKeys", "SENTRY_DSN", "key_id", "BASIC_AUTH", "MY_TOKEN_2", "CRM_KEY"]
        {
            assert!(sounds_secret(name), "{name}");
        }
        for name in ["MODE", "KEYBOARD", "AUTHOR", "BYPASS"] {
            assert!(!sounds_secret(name), "{name}");
        }
    }
}
