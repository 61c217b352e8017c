//! A request as a line for a shell: [`curl`].

use std::fmt::Write as _;

use dryrun_contract::generate::CaseRequest;
use dryrun_record::sounds_secret;

/// Bodies beyond this are made by the shell, if they are one character again and again, or cut.
const SHOWN: usize = 2_000;

/// A header whose value is a secret, as a variable of the shell.
pub(crate) fn variable(name: &str) -> Option<String> {
    let secret = ["authorization", "proxy-authorization", "cookie"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known));
    let upper = || {
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
    };
    (secret || sounds_secret(name)).then(upper)
}

/// The request as a curl line; `base` is the service's address, `headers` go with every request. Secrets stand as
/// `$NAME`.
#[must_use]
pub fn curl(base: &str, headers: &[(String, String)], request: &CaseRequest) -> String {
    let mut line = "curl -i".to_owned();
    if request.method == "HEAD" {
        line.push_str(" --head");
    } else if request.method != "GET" || !request.body.is_empty() {
        let _ = write!(line, " -X {}", request.method);
    }
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let _ = write!(line, " {}", quoted(&format!("{}{}{query}", base.trim_end_matches('/'), request.path)));
    let own = |name: &str| request.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    for (name, value) in headers.iter().filter(|(name, _)| !own(name)) {
        match variable(name) {
            Some(variable) => drop(write!(line, " -H \"{name}: ${variable}\"")),
            None => drop(write!(line, " -H {}", quoted(&format!("{name}: {value}")))),
        }
    }
    for (name, value) in &request.headers {
        // curl takes `Name:` for "leave it out" and `Name;` for an empty one.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        let _ = write!(line, " -H {}", quoted(&header));
    }
    if !request.body.is_empty() && !own("content-type") {
        line.push_str(" -H 'Content-Type:'");
    }
    if request.body.is_empty() && matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
        // As it was sent; curl says nothing about the length of nothing.
        line.push_str(" -H 'Content-Length: 0'");
    }
    body(&mut line, &request.body);
    line
}

fn body(line: &mut String, body: &[u8]) {
    if body.is_empty() {
        return;
    }
    match std::str::from_utf8(body) {
        Ok(text) if text.len() <= SHOWN && !text.contains('\0') => {
            let _ = write!(line, " --data-raw {}", quoted(text));
        }
        Ok(text) if text.len() > SHOWN => match run(text) {
            Some((before, c, count, after)) => {
                // The long run is made where it is needed, so that the line can be copied.
                let _ = write!(
                    line,
                    " --data-binary @<(printf '%s' {}; head -c {count} /dev/zero | tr '\\0' {}; printf '%s' {})",
                    quoted(before),
                    quoted(&c.to_string()),
                    quoted(after)
                );
            }
            None => {
                let head: String = text.chars().take(SHOWN / 4).collect();
                let _ = write!(line, " --data-raw {}  # cut: {} bytes in all", quoted(&head), text.len());
            }
        },
        _ => {
            let octal: String = body.iter().take(SHOWN).map(|byte| format!("\\{byte:03o}")).collect();
            let _ = write!(line, " --data-binary @<(printf '{octal}')");
        }
    }
}

/// The longest run of one ASCII character, with what stands around it; only if that is short.
fn run(text: &str) -> Option<(&str, char, usize, &str)> {
    let bytes = text.as_bytes();
    let (mut best, mut start) = ((0, 0), 0);
    for i in 1..=bytes.len() {
        if bytes.get(i) != bytes.get(start) {
            if i - start > best.1 {
                best = (start, i - start);
            }
            start = i;
        }
    }
    let (from, count) = best;
    let letter = bytes.get(from).filter(|byte| byte.is_ascii_graphic())?;
    let around = text.len() - count;
    (around <= SHOWN).then(|| (&text[..from], char::from(*letter), count, &text[from + count..]))
}

/// In single quotes, as a POSIX shell reads it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::testing::request;

    #[test]
    fn a_line_can_be_pasted_and_holds_no_secret() {
        let mut post = request("POST", "/a", "x=1", "{\"it\":\"it's\"}");
        post.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        let headers = [
            ("Authorization".to_owned(), "Bearer s3cr3t".to_owned()),
            ("X-Team".to_owned(), "a b".to_owned()),
        ];
        assert_eq!(
            curl("http://localhost:1/", &headers, &post),
            "curl -i -X POST 'http://localhost:1/a?x=1' -H \"Authorization: $AUTHORIZATION\" -H 'X-Team: a b' \
             -H 'Content-Type: application/json' --data-raw '{\"it\":\"it'\\''s\"}'"
        );
    }

    #[test]
    fn a_long_text_is_made_by_the_shell() {
        let long = format!("{{\"a\":\"{}\"}}", "a".repeat(1 << 20));
        let line = curl("http://h", &[], &request("POST", "/a", "", &long));
        assert!(line.contains("head -c 1048576 /dev/zero | tr '\\0' 'a'"), "{line}");
        assert!(line.len() < 400);
    }
}
