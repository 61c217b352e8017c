//! [`Found`]: what was measured of what a threshold limits, by counts.

use dryrun_record::load::{Account, LoadResult, Series, WorkflowResult};

use super::times::Times;
use crate::profile::{Metric, Scope, Threshold};

/// What was found, in the limit's unit, and whether that is within the limit. Without a value: what it is about never
/// finished, which is beyond every limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub(super) value: Option<f64>,
    pub(super) held: bool,
}

/// What never finished has no time.
const NEVER: Found = Found { value: None, held: false };

/// Rounding must not make 5 of 100 more than 5%.
const ROUNDING: f64 = 1e-9;

/// Everything measured of a scope, as sums.
#[derive(Debug, Default)]
pub(super) struct Sum<'a> {
    pub(super) parts: Vec<&'a Series>,
    pub(super) count: u64,
    pub(super) failures: u64,
    /// Those that were cut off without an answer: failed, and never finished. Known of all requests only.
    pub(super) cut: u64,
}

impl<'a> Sum<'a> {
    /// Of a scope. A workflow that plays several scenarios has a result for each, `NAME: SCENARIO`.
    pub(super) fn new(
        scope: &Scope,
        requests: &'a Series,
        workflows: &'a [WorkflowResult],
        account: &Account,
    ) -> Self {
        let parts: Vec<&Series> = match scope {
            Scope::Requests => vec![requests],
            Scope::Workflow(name) => workflows
                .iter()
                .filter(|workflow| belongs(&workflow.name, name))
                .map(|workflow| &workflow.iterations)
                .collect(),
            Scope::Step(name) => workflows
                .iter()
                .flat_map(|workflow| &workflow.steps)
                .filter(|step| step.name == *name)
                .map(|step| &step.series)
                .collect(),
        };
        Self {
            count: parts.iter().map(|part| part.count).sum(),
            failures: parts.iter().map(|part| part.failures).sum(),
            cut: if *scope == Scope::Requests { account.abandoned } else { 0 },
            parts,
        }
    }

    /// How many there are, those that were cut off included.
    pub(super) fn all(&self) -> u64 {
        self.count + self.cut
    }

    /// All times; `None` where a part does not tell its own.
    pub(super) fn times(&self) -> Option<Times<'static>> {
        Times::of(&self.parts)
    }

    /// Those that never finished, in words: `30 of 300 cut off, 5 failed`. `None` when all did.
    pub(super) fn never(&self) -> Option<String> {
        let all = self.all();
        match (self.cut, self.failures) {
            (0, 0) => None,
            (cut, 0) => Some(format!("{cut} of {all} cut off")),
            (0, failed) => Some(format!("{failed} of {all} failed")),
            (cut, failed) => Some(format!("{cut} of {all} cut off, {failed} failed")),
        }
    }

    fn mean_ms(&self) -> f64 {
        let sum: f64 = self.parts.iter().map(|part| part.time.mean_us * part.count as f64).sum();
        sum / self.count as f64 / 1_000.0
    }

    fn max_ms(&self) -> f64 {
        self.parts.iter().map(|part| part.time.max_us).max().unwrap_or(0) as f64 / 1_000.0
    }

    /// Satisfied and, by half, tolerating; `None` where nobody said what satisfies.
    pub(super) fn content(&self) -> Option<f64> {
        let counted = self.parts.iter().filter(|part| part.count > 0);
        counted
            .map(|part| part.apdex.map(|apdex| apdex.satisfied as f64 + apdex.tolerating as f64 / 2.0))
            .sum()
    }
}

/// Whether a result of this name is the workflow's own, or that of one of its scenarios.
pub(crate) fn belongs(result: &str, workflow: &str) -> bool {
    result.strip_prefix(workflow).is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
}

/// Of a whole run.
pub(super) fn of_result(threshold: &Threshold, result: &LoadResult) -> Option<Found> {
    let sum = Sum::new(&threshold.scope, &result.requests, &result.workflows, &result.account);
    of_sum(threshold, &sum, sum.times().as_ref(), &result.account)
}

/// What of a whole run never finished, where that has a say: quantiles, the longest and the mean.
pub(super) fn never(threshold: &Threshold, result: &LoadResult) -> Option<String> {
    let sum = Sum::new(&threshold.scope, &result.requests, &result.workflows, &result.account);
    match threshold.metric {
        Metric::Quantile(_) => sum.never(),
        // These are over all that ended, failed or not.
        Metric::Max | Metric::Mean => Sum { failures: 0, ..sum }.never(),
        _ => None,
    }
}

/// Of sums. Without `times` a quantile is taken from the figures, where they have it.
pub(super) fn of_sum(
    threshold: &Threshold,
    sum: &Sum<'_>,
    times: Option<&Times<'_>>,
    account: &Account,
) -> Option<Found> {
    let limit = threshold.limit;
    if let Metric::DroppedPercent | Metric::LatePercent = threshold.metric {
        let dropped = threshold.metric == Metric::DroppedPercent;
        return share(if dropped { account.dropped } else { account.late }, account.asked, limit);
    }
    if sum.count == 0 {
        // Nothing ended, but something failed for good.
        return match threshold.metric {
            Metric::FailPercent => share(sum.cut, sum.all(), limit),
            Metric::Quantile(_) | Metric::Max | Metric::Mean if sum.cut > 0 => Some(NEVER),
            _ => None,
        };
    }
    let at_most = |value: f64| Found { value: Some(value), held: value <= limit * (1.0 + ROUNDING) };
    let found = |value: f64, held: bool| Some(Found { value: Some(value), held });
    let limit_us = (limit * 1_000.0) as u64;
    match threshold.metric {
        Metric::Quantile(quantile) => {
            let wanted = rank(quantile, sum.all());
            match times {
                Some(times) => {
                    let Some(us) = times.at_rank(wanted) else { return Some(NEVER) };
                    let (value, held) = (us as f64 / 1_000.0, times.within(limit_us) >= wanted);
                    // A bucket's upper end can lie beyond a limit that lies in the bucket.
                    found(if held { value.min(limit) } else { value }, held)
                }
                // Figures are over all that ended: they say nothing where some of that failed.
                None if sum.failures + sum.cut > 0 => None,
                None => figure(sum, quantile).map(|us| at_most(us as f64 / 1_000.0)),
            }
        }
        // Nobody knows how long those that were cut off would have taken.
        Metric::Max | Metric::Mean if sum.cut > 0 => Some(NEVER),
        Metric::Max => {
            let value = sum.max_ms();
            let held = times.map_or(value <= limit, |times| times.ended_within(limit_us) == sum.count);
            found(if held { value.min(limit) } else { value }, held)
        }
        Metric::Mean => Some(at_most(sum.mean_ms())),
        Metric::FailPercent => share(sum.failures + sum.cut, sum.all(), limit),
        Metric::Rate => {
            let value: f64 = sum.parts.iter().map(|part| part.rate).sum();
            found(value, value >= limit * (1.0 - ROUNDING))
        }
        Metric::Apdex => {
            let value = sum.content()? / sum.all() as f64;
            found(value, value >= limit * (1.0 - ROUNDING))
        }
        Metric::DroppedPercent | Metric::LatePercent => None,
    }
}

/// How many of `all` must be within a quantile's limit.
pub(super) fn rank(quantile: f64, all: u64) -> u64 {
    let exact = quantile * all as f64;
    (exact - exact * ROUNDING).ceil() as u64
}

fn share(of: u64, all: u64, limit: f64) -> Option<Found> {
    let value = of as f64 * 100.0 / all as f64;
    (all > 0).then_some(Found { value: Some(value), held: value <= limit * (1.0 + ROUNDING) })
}

/// A quantile that figures have, of the one part there is.
fn figure(sum: &Sum<'_>, quantile: f64) -> Option<u64> {
    let [part] = sum.parts.as_slice() else { return None };
    let known = figures(part);
    known.iter().find(|(share, _)| (share - quantile).abs() < ROUNDING).map(|(_, us)| *us)
}

/// The quantiles that figures have, ascending.
pub(super) fn figures(series: &Series) -> [(f64, u64); 5] {
    let time = &series.time;
    [(0.5, time.p50_us), (0.9, time.p90_us), (0.95, time.p95_us), (0.99, time.p99_us), (0.999, time.p999_us)]
}
