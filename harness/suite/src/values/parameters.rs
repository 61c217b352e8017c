//! The parameter types of the vocabulary: what `{field}` or `{predicate}` stands for in a pattern.

use crate::values::predicate::{self, NUMBER, QUOTED};
use crate::values::{duration, path};

/// A parameter type: its name in patterns, the regular expression behind it (no capturing groups), and what it is.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Between the braces.
    pub name: &'static str,
    /// Without capturing groups.
    pub regex: String,
    /// What may stand there, for the vocabulary's documentation.
    pub meaning: &'static str,
}

/// All parameter types.
pub fn parameters() -> Vec<Parameter> {
    let one = |name, regex: String, meaning| Parameter { name, regex, meaning };
    vec![
        one("string", QUOTED.to_owned(), "quoted text; `${name}` inside is replaced"),
        // Without `true` and `null`, which may be names of fields: a step must mean one thing.
        one(
            "value",
            format!(r"(?:{QUOTED}|{NUMBER}|\$\{{[^}}]*\}})"),
            "quoted text, a number, or a lone ${name}, which keeps its type",
        ),
        one("int", r"-?[0-9]+".to_owned(), "a whole number"),
        one("numbers", format!(r"{NUMBER}(?:, {NUMBER})*"), "numbers with commas between them: `200, 202`"),
        one(
            "field",
            path::FIELD.to_owned(),
            "the path of a field: `title`, `results.email.status`, `items[0].id`, `items[*].channel`, or a JSONPath that starts with `$`",
        ),
        one(
            "service",
            r"the [A-Z][\w-]*(?: [A-Z][\w-]*)*".to_owned(),
            "a mocked service by its title: `the CRM`",
        ),
        one("duration", duration::DURATION.to_owned(), "`500 ms`, `2 seconds`, `1 minute`"),
        one("percent", r"[0-9]+(?:\.[0-9]+)?%".to_owned(), "a share: `95%`, `99.9%`"),
        one(
            "durations",
            duration::DURATIONS.to_owned(),
            "durations that share their unit: `1, 2 and 4 seconds`",
        ),
        one("fetch", "(?:GET|HEAD|OPTIONS|DELETE)".to_owned(), "GET, HEAD, OPTIONS or DELETE"),
        one("submit", "(?:POST|PUT|PATCH)".to_owned(), "POST, PUT or PATCH"),
        one(
            "class",
            "(?:success|redirect|client error|server error)".to_owned(),
            "success (2xx), redirect (3xx), client error (4xx) or server error (5xx)",
        ),
        one(
            "call",
            QUOTED.to_owned(),
            "a call to a mocked service, in quotes: `\"POST /api/v1/email/send\"`, with `{id}` for a part that differs",
        ),
        one("calls", format!("(?:{QUOTED}|everything)"), "as `{call}`, or `everything`"),
        one(
            "lasting",
            "(?: (?:once|twice|[0-9]+ times), then recovers)?".to_owned(),
            "nothing (for the whole scenario), or ` twice, then recovers`",
        ),
        one("role", "[a-z][a-z_-]*".to_owned(), "the role in a session: `instructor`"),
        one(
            "noun",
            r"[a-z][a-z_-]*(?: [a-z][a-z_-]*)?".to_owned(),
            "what a service keeps: `contacts`, `email`, `content`",
        ),
        one("predicate", predicate::pattern(), "what may be said of a field: see the list of checks"),
    ]
}

/// ` twice, then recovers` is 2, and nothing is for good.
pub fn lasting(text: &str) -> Option<u32> {
    times(text.trim().strip_suffix(", then recovers")?)
}

/// `once` is 1, `twice` 2, `3 times` 3.
fn times(text: &str) -> Option<u32> {
    match text {
        "once" => Some(1),
        "twice" => Some(2),
        other => other.strip_suffix(" times")?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    #[test]
    fn parameter_types_compile_and_capture_nothing() {
        for parameter in parameters() {
            let regex = Regex::new(&format!("^(?:{})$", parameter.regex)).unwrap();
            assert_eq!(regex.captures_len(), 1, "{} has capturing groups", parameter.name);
        }
    }

    #[test]
    fn values_are_recognised() {
        let regex = Regex::new(&format!("^{}$", predicate::value_regex())).unwrap();
        for text in [r#""a""#, r#""say \"hi\"""#, "3", "-1.5e3", "true", "null", "${id}", "${now + 2 days}"] {
            assert!(regex.is_match(text), "{text}");
        }
        for text in ["hello", "'a'", r#""a"#, "3 items"] {
            assert!(!regex.is_match(text), "{text}");
        }
    }

    #[test]
    fn what_lasts_is_counted_or_for_good() {
        assert_eq!(
            (lasting(" twice, then recovers"), lasting(" 4 times, then recovers"), lasting("")),
            (Some(2), Some(4), None)
        );
        let all = parameters();
        let parameter = all.iter().find(|one| one.name == "lasting").unwrap();
        assert!(Regex::new(&format!("^{}$", parameter.regex)).unwrap().is_match(" once, then recovers"));
    }

    #[test]
    fn times_are_counted() {
        assert_eq!(
            (times("once"), times("twice"), times("3 times"), times("thrice")),
            (Some(1), Some(2), Some(3), None)
        );
    }
}
