//! The load that a scenario makes, as far as its steps have come: [`Loading`].

use dryrun_load::thresholds;
use dryrun_record::load::{LoadFailure, LoadResult, LoadVerdict, ThresholdResult};
use dryrun_record::{Event, EventStream, Failure, FailureKind};

use crate::failure::StepFailure;

/// The causes of failures that are told as sends, and not as failed requests.
const OF_SENDS: [&str; 3] = ["lost", "doubled", "phantom"];

/// What a scenario plays as load, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Loading {
    /// Scenarios by name or `file:line`, with their weights.
    pub(crate) plays: Vec<(String, usize)>,
    /// The last load that was made.
    result: Option<LoadResult>,
    thresholds: Vec<ThresholdResult>,
    /// A step has said how many requests may fail.
    failures_judged: bool,
    /// A step has looked at what was sent.
    sends_judged: bool,
}

impl Loading {
    /// A load has ended.
    pub(crate) fn ended(&mut self, result: LoadResult) {
        self.result = Some(result);
        self.thresholds.clear();
        (self.failures_judged, self.sends_judged) = (false, false);
    }

    /// The last load.
    pub(crate) fn result(&self) -> Result<&LoadResult, StepFailure> {
        self.result.as_ref().ok_or_else(|| {
            StepFailure::environment("there was no load yet in this scenario")
                .hint("put a step such as `When 20 users work for 1 minute` before this one")
        })
    }

    /// A step judges what it finds in the load.
    pub(crate) fn judge(&mut self, threshold: ThresholdResult) -> bool {
        self.failures_judged |= threshold.metric == FAILURES;
        let held = threshold.held;
        self.thresholds.push(threshold);
        held
    }

    /// A step looks at what was sent.
    pub(crate) fn look_at_sends(&mut self) {
        self.sends_judged = true;
    }

    /// The end of the last load: told to the record; and what is wrong with it that no step has spoken of.
    pub(crate) fn close(&mut self, events: &EventStream) -> Vec<Failure> {
        let Some(mut result) = self.result.take() else { return Vec::new() };
        let thresholds = std::mem::take(&mut self.thresholds);
        let mut failures = Vec::new();
        for failure in &result.failures {
            let judged = if OF_SENDS.contains(&failure.cause.as_str()) {
                self.sends_judged
            } else {
                self.failures_judged
            };
            if !judged {
                failures.push(unspoken(failure));
            }
        }
        let missed = thresholds.iter().any(|one| !one.held);
        thresholds::judge(&mut result, &[]);
        let lost = result.sends.lost + result.sends.doubled + result.sends.phantom > 0;
        if result.verdict == LoadVerdict::Failed && failures.is_empty() && !lost {
            // What the steps let pass, passes.
            result.verdict = LoadVerdict::Passed;
            result.reasons.clear();
        }
        if missed && result.verdict != LoadVerdict::Failed {
            result.verdict = LoadVerdict::ThresholdMissed;
            let reason = |one: &&ThresholdResult| !one.held;
            result
                .reasons
                .extend(thresholds.iter().filter(reason).map(|one| format!("missed: {}", one.text)));
        }
        if result.verdict == LoadVerdict::Inconclusive && failures.is_empty() {
            failures.push(Failure {
                kind: FailureKind::Environment,
                message: format!("the load can't be judged: {}", result.reasons.join("; ")),
                ..Failure::default()
            });
        }
        result.thresholds = thresholds;
        events.append(Event::LoadFinished(Box::new(result)));
        failures
    }
}

/// The metric of `fewer than 1% fail`.
pub(crate) const FAILURES: &str = "max_fail_percent";

fn unspoken(failure: &LoadFailure) -> Failure {
    let times = if failure.count == 1 { "once".to_owned() } else { format!("{} times", failure.count) };
    let whose = if failure.workflow.is_empty() { String::new() } else { format!("{}: ", failure.workflow) };
    let kind = match failure.cause.as_str() {
        "contract" => FailureKind::Contract,
        "unexpected-call" => FailureKind::UnexpectedCall,
        "timeout" => FailureKind::Timeout,
        "transport" | "environment" => FailureKind::Environment,
        _ => FailureKind::Check,
    };
    Failure {
        kind,
        message: format!("under load, {times}: {whose}{}", failure.message),
        found: (!failure.example.is_empty()).then(|| failure.example.clone()),
        hint: Some("say how many may fail: `Then fewer than 1% fail`".to_owned())
            .filter(|_| !OF_SENDS.contains(&failure.cause.as_str())),
        ..Failure::default()
    }
}
