//! Values that stand behind a secret name in a text: in JSON (also cut, quoted within a string, or as Python writes it),
//! in a form or query, in a part of a multipart body. [`values`].

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::MASK;
use super::names::{self, Secrecy};

/// Longer names are none that the list knows.
const NAME: usize = 64;

static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(^|[?&;,\s"'{(\[])([A-Za-z0-9_.%\[\]-]{1,64})=([^&\s#;"'<>]+|"[^"]*"|'[^']*')"#)
        .expect("the pattern is a constant")
});

static PART: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(form-data;[^\r\n]*?\bname="([^"\r\n]{1,64})"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)([^\r\n]+)"#,
    )
    .expect("the pattern is a constant")
});

/// The text without the values of secret names, which are added to `found`.
pub(crate) fn values(mut text: String, found: &mut Vec<String>) -> String {
    if !names::hinted(&text) {
        return text;
    }
    for quote in ['"', '\''] {
        if text.contains(quote) {
            text = quoted(text, quote, found);
        }
    }
    if text.contains('=') {
        text = replaced(text, &PAIR, |hit| {
            let (name, value) = (&hit[2], hit[3].trim_matches(['"', '\'']));
            secret(names::parameter(name), value).then(|| {
                found.push(value.to_owned());
                format!("{}{name}={MASK}", &hit[1])
            })
        });
    }
    if text.contains("form-data") {
        text = replaced(text, &PART, |hit| {
            secret(names::field(&hit[2]), &hit[3]).then(|| {
                found.push(hit[3].to_owned());
                format!("{}{MASK}", &hit[1])
            })
        });
    }
    text
}

/// Whether a value behind a name of this secrecy is one to be masked.
pub(crate) fn secret(secrecy: Secrecy, value: &str) -> bool {
    match secrecy {
        Secrecy::Open => false,
        Secrecy::Text => !value.is_empty() && value.parse::<f64>().is_err() && value != MASK,
        Secrecy::All => !value.is_empty() && value != MASK,
    }
}

fn replaced(text: String, pattern: &Regex, mut with: impl FnMut(&Captures<'_>) -> Option<String>) -> String {
    match pattern.replace_all(&text, |hit: &Captures<'_>| with(hit).unwrap_or_else(|| hit[0].to_owned())) {
        Cow::Borrowed(_) => text,
        Cow::Owned(new) => new,
    }
}

/// Masks what stands behind `"name":`. Every quote may open a name, so that an odd one in prose hides nothing.
fn quoted(text: String, quote: char, found: &mut Vec<String>) -> String {
    let mut out = String::new();
    let (mut copied, mut from) = (0, 0);
    while let Some(open) = text[from..].find(quote).map(|at| from + at) {
        let Some(close) = text[open + 1..].find(quote).map(|at| open + 1 + at) else { break };
        let name = &text[open + 1..close];
        from = close;
        if name.is_empty() || name.len() > NAME {
            continue;
        }
        let rest = text[close + 1..].trim_start();
        let Some(value) = rest.strip_prefix(':').map(str::trim_start) else { continue };
        // JSON within a string of JSON has a backslash before each quote.
        let (name, escaped) = name.strip_suffix('\\').map_or((name, false), |name| (name, true));
        let secrecy = names::field(name);
        if secrecy == Secrecy::Open {
            continue;
        }
        let at = text.len() - value.len();
        let mut mark = String::from(if escaped { "\\" } else { "" });
        mark.push(quote);
        let mut scan = Scan { rest: value, mark: &mark, secrecy, out: &mut out, found };
        scan.out.push_str(&text[copied..at]);
        scan.value();
        copied = text.len() - scan.rest.len();
        // What was masked is not looked at again; a value that is none begins with its own quote.
        from = copied.max(from + 1);
    }
    if copied == 0 {
        return text;
    }
    out.push_str(&text[copied..]);
    out
}

/// A value that is masked as it is copied.
struct Scan<'a> {
    rest: &'a str,
    /// What begins and ends a string.
    mark: &'a str,
    secrecy: Secrecy,
    out: &'a mut String,
    found: &'a mut Vec<String>,
}

impl Scan<'_> {
    /// One value: a list or an object keeps its shape and its names.
    fn value(&mut self) {
        let mut depth = 0_usize;
        loop {
            if let Some(inner) = self.rest.strip_prefix(self.mark) {
                self.string(inner, depth > 0);
            } else if let Some(c) = self.rest.chars().next() {
                match c {
                    '[' | '{' => depth += 1,
                    ']' | '}' => depth = depth.saturating_sub(1),
                    '-' | '0'..='9' => {
                        self.number();
                        if depth == 0 {
                            return;
                        }
                        continue;
                    }
                    // `null`, `true`, a word of prose: nothing to hide.
                    _ if depth == 0 => return,
                    _ => {}
                }
                self.take(c.len_utf8());
            }
            if depth == 0 || self.rest.is_empty() {
                return;
            }
        }
    }

    fn string(&mut self, inner: &str, nested: bool) {
        let length = end(inner, self.mark);
        let value = &inner[..length];
        let after = &inner[(length + self.mark.len()).min(inner.len())..];
        let whole = self.rest.len() - after.len();
        if nested && after.trim_start().starts_with(':') {
            return self.take(whole);
        }
        if value.is_empty() || value == MASK {
            return self.take(whole);
        }
        let plain = serde_json::from_str(&format!("\"{value}\"")).unwrap_or_else(|_| value.to_owned());
        self.found.push(plain);
        self.out.push_str(&format!("{0}{MASK}{0}", self.mark));
        self.rest = &self.rest[whole..];
    }

    fn number(&mut self) {
        let length = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c));
        let length = length.unwrap_or(self.rest.len());
        if self.secrecy == Secrecy::Text {
            return self.take(length);
        }
        self.found.push(self.rest[..length].to_owned());
        self.out.push_str(&format!("{0}{MASK}{0}", self.mark));
        self.rest = &self.rest[length..];
    }

    fn take(&mut self, length: usize) {
        let (taken, rest) = self.rest.split_at(length);
        self.out.push_str(taken);
        self.rest = rest;
    }
}

/// Where a string ends that ends with `mark`; a text that was cut has no end.
fn end(text: &str, mark: &str) -> usize {
    let mut from = 0;
    while let Some(at) = text[from..].find(mark).map(|at| from + at) {
        // Within a string each backslash is written twice.
        let each = mark.len();
        let backslashes = text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        if (backslashes / each).is_multiple_of(2) {
            return at;
        }
        from = at + mark.len();
    }
    text.len()
}
