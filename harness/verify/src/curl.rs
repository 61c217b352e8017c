//! The request as a line for a shell: [`line`].

use crate::answer::Wire;
use crate::auth::Auth;

/// A longer body is not repeated on the line.
const LONGEST_BODY: usize = 4_000;

/// A curl line that sends the same request. Credentials stand in it as `$VARIABLE`.
pub(crate) fn line(base: &str, wire: &Wire, auth: &Auth) -> String {
    let query = if wire.query.is_empty() { String::new() } else { format!("?{}", wire.query) };
    let mut words = vec!["curl -sS -i".to_owned()];
    if wire.method == "HEAD" {
        words.push("-I".to_owned());
    } else if wire.method != "GET" || !wire.body.is_empty() {
        words.push(format!("-X {}", wire.method));
    }
    words.push(quoted(&format!("{}{}{query}", base.trim_end_matches('/'), wire.path)));
    words.extend(
        wire.headers.iter().map(|(name, value)| format!("-H {}", quoted(&format!("{name}: {value}")))),
    );
    words.extend(auth.curl());
    match std::str::from_utf8(&wire.body) {
        Ok("") => {}
        Ok(body) if body.len() <= LONGEST_BODY => words.push(format!("--data-raw {}", quoted(body))),
        _ => words.push(format!("--data-binary @body # {} bytes, see the exchange", wire.body.len())),
    }
    words.join(" ")
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Credential;

    #[test]
    fn a_line_for_a_shell_with_names_for_secrets() {
        let wire = Wire {
            method: "POST".into(),
            path: "/notes".into(),
            query: "a=1".into(),
            headers: vec![("content-type".into(), "application/json".into())],
            body: br#"{"t":"it's"}"#.to_vec(),
        };
        let wanted = vec![Credential::Bearer { variable: "TOKEN".into() }];
        let auth = Auth::from_env(wanted, |_| Some("s3cret-value".into())).unwrap();
        assert_eq!(
            line("https://api.example.com/v1/", &wire, &auth),
            r#"curl -sS -i -X POST 'https://api.example.com/v1/notes?a=1' -H 'content-type: application/json' -H "Authorization: Bearer $TOKEN" --data-raw '{"t":"it'\''s"}'"#
        );
    }
}
