//! Failures of a load in words: [`Telling`]. The first of each kind have an example, the others are counted.

use std::cell::RefCell;
use std::collections::BTreeSet;

use dryrun_record::load::LoadFailure;
use dryrun_record::{Breach, Exchange, Failure, Masker, Request};

use crate::load::sent::pairs;

/// So many kinds of failures have an example.
const EXAMPLES: usize = 200;

/// So much of a text is shown in an example, in characters.
const SHOWN: usize = 1500;

/// So much of it is looked through for secrets, in characters: what is cut first and masked then may show half a secret.
const READ: usize = 64 << 10;

/// Writes failures down. A service that fails all the time must not make the load slow.
#[derive(Debug)]
pub(crate) struct Telling {
    masker: Masker,
    seen: RefCell<BTreeSet<(String, String, String)>>,
}

impl Telling {
    pub(crate) fn new(masker: Masker) -> Self {
        Self { masker, seen: RefCell::default() }
    }

    /// What knows the secrets.
    pub(crate) fn masker(&self) -> &Masker {
        &self.masker
    }

    /// A text about messages that hold these `private` values, without them.
    pub(crate) fn quoting(&self, text: &str, private: &[String]) -> String {
        self.masker.quoting(&cut(text, READ), private)
    }

    /// A text about calls to the mocks, without what is `private` and what stands at secret places of the calls.
    pub(crate) fn of_calls<'c>(
        &self,
        text: &str,
        calls: impl IntoIterator<Item = &'c Exchange>,
        mut private: Vec<String>,
    ) -> String {
        private.extend(calls.into_iter().flat_map(|call| self.private(call)));
        self.quoting(text, &private)
    }

    fn private(&self, call: &Exchange) -> Vec<String> {
        let Request { headers, query, body, .. } = &call.request;
        self.masker.private(pairs(headers), query, body.text.as_deref().unwrap_or_default().as_bytes())
    }

    /// What a step found, a line each, without values of secret places.
    pub(crate) fn shown(&self, failures: &[Failure]) -> String {
        let mut failures = failures.to_vec();
        failures.iter_mut().for_each(|failure| self.masker.failure(failure));
        shown(&failures)
    }

    /// What was found of a breach, without the value of a secret place.
    pub(crate) fn found(&self, breach: &Breach) -> String {
        self.masker.at(&breach.instance_path, &breach.found)
    }

    /// One failure. The message holds no value that differs from time to time; the example does.
    pub(crate) fn failure(
        &self,
        cause: &str,
        workflow: &str,
        step: &str,
        message: String,
        example: impl FnOnce() -> String,
    ) -> LoadFailure {
        let kind = (workflow.to_owned(), step.to_owned(), message.clone());
        let mut seen = self.seen.borrow_mut();
        let fresh = seen.len() < EXAMPLES && !seen.contains(&kind) && seen.insert(kind);
        let example = if fresh { cut(&self.quoting(&example(), &[]), SHOWN) } else { String::new() };
        LoadFailure {
            cause: cause.to_owned(),
            workflow: workflow.to_owned(),
            step: step.to_owned(),
            message,
            count: 1,
            example,
        }
    }
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// What a step found, a line each.
pub(crate) fn shown(failures: &[Failure]) -> String {
    let mut lines = Vec::new();
    for failure in failures {
        lines.push(failure.message.clone());
        let parts = [
            ("at", &failure.at),
            ("wanted", &failure.expected),
            ("found", &failure.found),
            ("hint", &failure.hint),
        ];
        lines.extend(parts.iter().filter_map(|(name, part)| Some(format!("{name}: {}", part.as_ref()?))));
    }
    lines.join("\n")
}

/// A breach in words; without the positions in lists, which differ from answer to answer.
pub(crate) fn breach(breach: &Breach) -> String {
    let place: Vec<&str> = breach
        .instance_path
        .split('/')
        .map(|part| if part.bytes().all(|byte| byte.is_ascii_digit()) { "*" } else { part })
        .collect();
    let status = breach.status.map(|status| format!(" {status}")).unwrap_or_default();
    format!("{}: {}{status}: {}: wanted {}", breach.operation, breach.side, place.join("/"), breach.wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_kind_has_an_example_without_secrets() {
        let masker = Masker::new();
        masker.learn("hidden-key");
        let telling = Telling::new(masker);
        let one = || telling.failure("check", "w", "s", "m".to_owned(), || "key hidden-key".to_owned());
        let first = one();
        assert!(first.example.starts_with("key ") && !first.example.contains("hidden-key"), "{first:?}");
        assert_eq!(one().example, "");
        let other = telling.failure("check", "w", "t", "m".to_owned(), || "x".repeat(9000));
        assert_eq!(other.example.chars().count(), SHOWN + 1);
    }

    #[test]
    fn a_breach_is_told_alike_wherever_in_a_list_it_is() {
        let at = |path: &str| Breach {
            side: "response".to_owned(),
            operation: "GET /x".to_owned(),
            status: Some(200),
            instance_path: path.to_owned(),
            wanted: "a string".to_owned(),
            ..Breach::default()
        };
        assert_eq!(breach(&at("body/items/3/id")), breach(&at("body/items/12/id")));
        assert_eq!(breach(&at("body/items/3/id")), "GET /x: response 200: body/items/*/id: wanted a string");
    }
}
