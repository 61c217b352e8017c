//! A finding as a scenario in the vocabulary of `dryrun`, to keep: [`feature`].

use std::fmt::Write as _;

use dryrun_contract::generate::{CaseKind, CaseRequest};

use crate::curl::variable;
use crate::finding::{Finding, FindingKind};

/// A longer body makes no scenario that somebody would read.
const LONGEST: usize = 20_000;

/// A feature file of findings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kept {
    /// The text of the feature.
    pub text: String,
    /// How many scenarios it has.
    pub scenarios: usize,
    /// Findings for which there is no phrase: title and reason.
    pub left_out: Vec<(String, String)>,
}

/// The findings as a feature. Each scenario fails against the service as it is, and passes once the finding is mended.
#[must_use]
pub fn feature(findings: &[&Finding], headers: &[(String, String)], slow_ms: u128) -> Kept {
    let mut kept = Kept { text: String::new(), scenarios: 0, left_out: Vec::new() };
    let mut names: Vec<String> = Vec::new();
    kept.text.push_str(
        "# Kept by `dryrun probe`: each scenario is a request that was answered as it must not be.\n",
    );
    kept.text.push_str("Feature: What probing found\n");
    for finding in findings {
        match steps(finding, headers, slow_ms) {
            Ok(steps) => {
                let mut name = one_line(&finding.title());
                if names.contains(&name) {
                    let _ = write!(name, " ({})", names.len() + 1);
                }
                let _ = write!(kept.text, "\n  # {}\n  Scenario: {name}\n{steps}", one_line(&finding.text));
                names.push(name);
                kept.scenarios += 1;
            }
            Err(reason) => kept.left_out.push((finding.title(), reason)),
        }
    }
    kept
}

fn steps(finding: &Finding, headers: &[(String, String)], slow_ms: u128) -> Result<String, String> {
    let request = &finding.request;
    let mut out = String::new();
    let mut rows = String::new();
    let own = |name: &str| request.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    for (name, value) in headers.iter().filter(|(name, _)| !own(name)) {
        match variable(name) {
            Some(variable) => {
                let _ = writeln!(rows, "      | {} | ${{env:{variable}}} |", cell(name));
            }
            None => drop(writeln!(rows, "      | {} | {} |", cell(name), cell(value))),
        }
    }
    let media = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    for (name, value) in request.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"))
    {
        if value.is_empty() {
            return Err(format!("no phrase sends an empty header ({name})"));
        }
        let _ = writeln!(rows, "      | {} | {} |", cell(name), cell(value));
    }
    if !rows.is_empty() {
        let _ = write!(out, "    Given every request carries the headers:\n{rows}");
    }
    out.push_str(&when(request, media.map(|(_, value)| value.as_str()))?);
    out.push_str(&then(finding, slow_ms));
    Ok(out)
}

fn when(request: &CaseRequest, media: Option<&str>) -> Result<String, String> {
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let target = string(&format!("{}{query}", request.path));
    let method = request.method.as_str();
    match method {
        "GET" | "HEAD" | "OPTIONS" | "DELETE" if request.body.is_empty() => {
            Ok(format!("    When I {method} {target}\n"))
        }
        "POST" | "PUT" | "PATCH" if request.body.is_empty() && media.is_none() => {
            Ok(format!("    When I {method} to {target}\n"))
        }
        "POST" | "PUT" | "PATCH" => {
            let text = std::str::from_utf8(&request.body).map_err(|_| "the body is no text".to_owned())?;
            let media = media.ok_or("no phrase sends a body without a Content-Type")?;
            let plain = !text.is_empty()
                && text.len() <= LONGEST
                && text.trim() == text
                && !text.contains("\"\"\"")
                && !text.contains("```")
                && !text.chars().any(char::is_control);
            if !plain || media.chars().any(char::is_whitespace) || !media.contains('/') {
                return Err("the body can't be written into a feature".to_owned());
            }
            let text = text.replace("${", "\\${");
            Ok(format!(
                "    When I {method} to {target} with the raw body:\n      \"\"\"{media}\n      {text}\n      \"\"\"\n"
            ))
        }
        _ => Err(format!(
            "no phrase sends a {method}{}",
            if request.body.is_empty() { "" } else { " with a body" }
        )),
    }
}

fn then(finding: &Finding, slow_ms: u128) -> String {
    let line = match (finding.kind, finding.request_kind) {
        (FindingKind::SlowAnswer, _) => format!("it answers within {slow_ms} ms"),
        (FindingKind::UndocumentedAnswer, _) => "the answer honours its contract".to_owned(),
        _ if finding.extreme => {
            // It may be taken or refused, but not fail.
            let mut statuses: Vec<u16> = finding.documented.clone();
            statuses.extend([200, 201, 202, 204, 400, 404, 413, 422]);
            statuses.sort_unstable();
            statuses.dedup();
            let statuses: Vec<String> = statuses.iter().map(u16::to_string).collect();
            format!("the status is one of {}", statuses.join(", "))
        }
        (_, CaseKind::Negative) => "the status is a client error".to_owned(),
        (_, CaseKind::Positive) => "the status is a success".to_owned(),
    };
    format!("    Then {line}\n")
}

/// A text in double quotes.
fn string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${"))
}

fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace("${", "\\${")
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line: String =
        words.join(" ").chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(220).collect();
    // In a scenario's name this would be a placeholder of an outline.
    line.replace('<', "‹").replace('>', "›")
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::testing::{finding, request};

    #[test]
    fn a_scenario_says_what_is_sent_and_what_must_come_back() {
        let mut post = request("POST", "/items", "dry=1", "{\"title\":\"\"}");
        post.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        let found = finding(FindingKind::AcceptedRubbish, CaseKind::Negative, post);
        let secret = [("X-API-Key".to_owned(), "s3cr3t".to_owned())];
        let kept = feature(&[&found, &found], &secret, 2000);
        assert_eq!(kept.scenarios, 2);
        assert!(!kept.text.contains("s3cr3t"));
        let scenario = "  Scenario: accepted rubbish: POST /items: minLength at body/title
    Given every request carries the headers:
      | X-API-Key | ${env:X_API_KEY} |
    When I POST to \"/items?dry=1\" with the raw body:
      \"\"\"application/json
      {\"title\":\"\"}
      \"\"\"
    Then the status is a client error
";
        assert!(kept.text.contains(scenario), "{}", kept.text);
    }

    #[test]
    fn what_no_phrase_can_say_is_told() {
        let found =
            finding(FindingKind::ServerError, CaseKind::Negative, request("DRYRUN", "/items", "", ""));
        let kept = feature(&[&found], &[], 2000);
        assert_eq!((kept.scenarios, kept.left_out.len()), (0, 1));
        assert!(kept.left_out[0].1.contains("DRYRUN"));
    }
}
