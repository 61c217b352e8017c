//! Scenarios that failed for the same cause, told once: [`groups`].

use std::collections::HashMap;
use std::fmt::Write as _;

use dryrun_record::{Failure, FailureKind, Outcome, Record, ScenarioResult};

use crate::breaches;

/// The scenario that is told, and those that failed just as it did.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    pub(crate) first: &'a ScenarioResult,
    pub(crate) others: Vec<&'a ScenarioResult>,
}

/// Scenarios that failed or did not come to an end. Those that failed in the same way stand together; one that did not
/// end stands alone, since nobody knows its cause.
pub(crate) fn groups(record: &Record) -> Vec<Group<'_>> {
    let mut all: Vec<Group<'_>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for scenario in &record.scenarios {
        match scenario.outcome {
            Some(Outcome::Failed) => {
                let cause = cause(scenario);
                if let Some(&index) = places.get(&cause).filter(|_| !cause.is_empty()) {
                    all[index].others.push(scenario);
                    continue;
                }
                places.insert(cause, all.len());
            }
            None => {}
            Some(Outcome::Passed | Outcome::Flaky) => continue,
        }
        all.push(Group { first: scenario, others: Vec::new() });
    }
    all
}

/// Everything that must be equal: each failure with its kind, words and place. For a check the step counts too: the
/// same wrong status behind another step is another cause. For a breach neither the index nor the value counts.
fn cause(scenario: &ScenarioResult) -> String {
    let mut out = String::new();
    let Some(attempt) = scenario.last() else { return out };
    for step in &attempt.steps {
        for failure in &step.failures {
            let own = matches!(failure.kind, FailureKind::Contract | FailureKind::Environment);
            add(&mut out, failure, if own { "" } else { &step.text });
        }
    }
    for failure in &attempt.failures {
        add(&mut out, failure, "");
    }
    out
}

fn add(out: &mut String, failure: &Failure, step: &str) {
    let at = breaches::starred(failure.at.as_deref().unwrap_or_default());
    let found = if failure.kind == FailureKind::Contract { None } else { failure.found.as_deref() };
    let expected = failure.expected.as_deref();
    let message = match failure.kind {
        FailureKind::Contract => places_starred(&failure.message),
        _ => failure.message.clone(),
    };
    // Debug output quotes each part, so that no two different causes give the same text.
    let _ = write!(out, "{:?}", (failure.kind, step, message, at, expected, found));
}

/// A message with `*` for the indices of every place that it names.
fn places_starred(message: &str) -> String {
    let star = |word: &str| if word.contains('/') { breaches::starred(word) } else { word.to_owned() };
    message.split(' ').map(star).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dryrun_record::{Entry, Event, ScenarioRef, StepFinished, StepOutcome};

    /// How many scenarios each group holds, when each of these failed in its one step.
    fn sizes(failed: &[(&str, Failure)]) -> Vec<usize> {
        let mut record = Record::default();
        let mut add = |event| record.apply(Entry { at_us: 1, event });
        for (line, (text, failure)) in failed.iter().enumerate() {
            let id = format!("a.feature:{line}");
            let (file, feature, name) = ("a.feature".to_owned(), "A".to_owned(), "it".to_owned());
            let scenario =
                ScenarioRef { id: id.clone(), file, line, feature, rule: None, name, tags: vec![] };
            add(Event::ScenarioStarted { scenario, attempt: 1 });
            add(Event::StepFinished(Box::new(StepFinished {
                scenario: id.clone(),
                attempt: 1,
                index: 0,
                keyword: "Then".into(),
                text: (*text).into(),
                line,
                background: false,
                doc_string: None,
                table: None,
                outcome: StepOutcome::Failed,
                started_us: 1,
                duration_us: 1,
                failures: vec![failure.clone()],
            })));
            let (outcome, failures) = (Outcome::Failed, vec![]);
            add(Event::ScenarioFinished { id, attempt: 1, outcome, duration_us: 1, failures });
        }
        groups(&record).iter().map(|group| 1 + group.others.len()).collect()
    }

    #[test]
    fn only_what_failed_for_the_same_cause_stands_together() {
        let check = |found: &str| Failure {
            message: "the status is another".into(),
            found: Some(found.into()),
            ..Failure::default()
        };
        assert_eq!(sizes(&[("it is 200", check("500")), ("it is 200", check("500"))]), [2]);
        assert_eq!(
            sizes(&[("it is 200", check("500")), ("it is 200", check("503"))]),
            [1, 1],
            "another answer"
        );
        assert_eq!(
            sizes(&[("it is 200", check("500")), ("it is 201", check("500"))]),
            [1, 1],
            "another step"
        );
        let breach = |at: &str, found: &str| Failure {
            kind: FailureKind::Contract,
            at: Some(at.into()),
            ..check(found)
        };
        let (first, second) = (breach("body/to/0", "3"), breach("body/to/7", "4"));
        assert_eq!(sizes(&[("a", first.clone()), ("b", second)]), [2], "one rule broken");
        let said = |index: usize| Failure {
            message: format!("status 200: broken at body/to/{index}"),
            ..first.clone()
        };
        assert_eq!(sizes(&[("a", said(0)), ("b", said(7))]), [2], "the message names the place");
        let other = Failure { message: "status 201: broken at body/to/0".into(), ..first.clone() };
        assert_eq!(sizes(&[("a", said(0)), ("b", other)]), [1, 1], "a status is no index");
        assert_eq!(sizes(&[("a", first), ("b", breach("body/cc/0", "3"))]), [1, 1], "another place");
        let (quoted, split) = (breach("a\", \"b", ""), breach("a", "b"));
        assert_eq!(sizes(&[("a", quoted), ("a", split)]), [1, 1]);
    }
}
