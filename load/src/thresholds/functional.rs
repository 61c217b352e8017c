//! What did not work, whatever the figures are.

use dryrun_record::load::{LoadFailure, LoadResult};

use super::found::belongs;
use crate::profile::{Metric, Scope, Threshold};

/// So many kinds of failures are told one by one.
const TOLD: usize = 20;
/// Failures of a request that are a matter of degree.
const DEGREE: [&str; 3] = ["status", "transport", "timeout"];
/// Failures that the account of sends counts exactly.
const SENDS: [&str; 4] = ["lost", "doubled", "phantom", "unexpected-call"];

/// One sentence for everything that did not work and that nothing tolerates.
pub(super) fn reasons(result: &LoadResult, thresholds: &[Threshold]) -> Vec<String> {
    let tolerance = Tolerance::of(thresholds);
    let mut reasons: Vec<String> = sends(result);
    let counted_sends = !reasons.is_empty();
    let told: Vec<&LoadFailure> = result
        .failures
        .iter()
        .filter(|failure| !(counted_sends && SENDS.contains(&failure.cause.as_str())))
        .filter(|failure| !tolerance.tolerates(failure, result))
        .collect();
    reasons.extend(told.iter().take(TOLD).map(|failure| sentence(failure)));
    if told.len() > TOLD {
        let more: u64 = told[TOLD..].iter().map(|failure| failure.count).sum();
        reasons.push(format!("{} further kinds of failures, {more} times in all", told.len() - TOLD));
    }
    let breaches = result.contracts.breaches;
    if breaches > 0 && !result.failures.iter().any(|failure| failure.cause == "contract") {
        reasons.push(format!("{breaches} breaches of a contract"));
    }
    reasons.extend(untold(result, &tolerance));
    let account = &result.account;
    if account.abandoned > 0 && !tolerance.everywhere {
        reasons.push(format!(
            "{} of {} iterations were cut off without an answer when the grace time was over",
            account.abandoned, account.sent
        ));
    }
    reasons
}

/// Where a `max_fail_percent` decides.
struct Tolerance<'a> {
    everywhere: bool,
    workflows: Vec<&'a str>,
    steps: Vec<&'a str>,
}

impl<'a> Tolerance<'a> {
    fn of(thresholds: &'a [Threshold]) -> Self {
        let mut tolerance = Self { everywhere: false, workflows: Vec::new(), steps: Vec::new() };
        for threshold in thresholds.iter().filter(|threshold| threshold.metric == Metric::FailPercent) {
            match &threshold.scope {
                Scope::Requests => tolerance.everywhere = true,
                Scope::Workflow(name) => tolerance.workflows.push(name),
                Scope::Step(name) => tolerance.steps.push(name),
            }
        }
        tolerance
    }

    fn about(&self, workflow: &str, step: &str) -> bool {
        self.everywhere
            || self.workflows.iter().any(|name| belongs(workflow, name))
            // A request of the profile is a workflow of one step that is called as it is.
            || self.steps.iter().any(|name| *name == step || *name == workflow)
    }

    fn tolerates(&self, failure: &LoadFailure, result: &LoadResult) -> bool {
        if !DEGREE.contains(&failure.cause.as_str()) {
            return false;
        }
        if failure.workflow.is_empty() && !self.everywhere {
            // Of no known place: tolerated when every place that has failures is.
            return failing(result).all(|(workflow, step, _)| self.about(workflow, step));
        }
        self.about(&failure.workflow, &failure.step)
    }
}

/// Workflow, step and number of the failures that the figures count.
fn failing(result: &LoadResult) -> impl Iterator<Item = (&str, &str, u64)> {
    result.workflows.iter().flat_map(|workflow| {
        let steps = workflow.steps.iter().filter(|step| step.series.failures > 0);
        steps.map(|step| (workflow.name.as_str(), step.name.as_str(), step.series.failures))
    })
}

/// Failures that the figures count and that no failure tells of: nothing that failed goes unsaid.
fn untold(result: &LoadResult, tolerance: &Tolerance<'_>) -> Vec<String> {
    if !result.failures.is_empty() {
        return Vec::new();
    }
    let steps = failing(result).filter(|(workflow, step, _)| !tolerance.about(workflow, step));
    let mut untold: Vec<String> = steps
        .map(|(workflow, step, count)| {
            let place = if workflow == step { step.to_owned() } else { format!("{workflow}: {step}") };
            format!("{place}: {count} failed, and no max_fail_percent tolerates that")
        })
        .collect();
    for workflow in
        result.workflows.iter().filter(|workflow| workflow.steps.iter().all(|s| s.series.failures == 0))
    {
        if workflow.iterations.failures > 0 && !tolerance.about(&workflow.name, "") {
            untold.push(format!("{}: {} iterations failed", workflow.name, workflow.iterations.failures));
        }
    }
    if untold.is_empty()
        && failing(result).next().is_none()
        && result.requests.failures > 0
        && !tolerance.everywhere
    {
        untold.push(format!(
            "{} requests failed, and no max_fail_percent tolerates that",
            result.requests.failures
        ));
    }
    untold
}

fn sends(result: &LoadResult) -> Vec<String> {
    let sends = &result.sends;
    let told = [
        (sends.lost, "lost: claimed, and never received"),
        (sends.doubled, "doubled: received again within one iteration"),
        (sends.phantom, "phantom: received, and neither claimed nor of any known iteration"),
        (sends.unexpected, "unexpected: no contract knows them"),
    ];
    let told = told.into_iter().filter(|(count, _)| *count > 0);
    told.map(|(count, what)| format!("{count} {} {what}", if count == 1 { "send" } else { "sends" }))
        .collect()
}

fn sentence(failure: &LoadFailure) -> String {
    let LoadFailure { cause, workflow, step, message, count, .. } = failure;
    let mut place = workflow.clone();
    if !step.is_empty() && step != workflow {
        place = if place.is_empty() { step.clone() } else { format!("{place}: {step}") };
    }
    // The text of a step that has a table or a body ends with a colon of its own.
    let place = match place.trim_end_matches(':') {
        // A request without a name of its own is called by its method and path, and so is what it did.
        place if place.is_empty() || message.starts_with(place) => String::new(),
        place => format!("{place}: "),
    };
    let times = if *count == 1 { "once".to_owned() } else { format!("{count} times") };
    format!("{place}{message} ({cause}, {times})")
}
