//! How thresholds stand while a load goes on: [`standing`], [`can_still_hold`].

use std::time::Duration;

use dryrun_record::load::{Account, Series, Standing, WorkflowResult};

use super::found::{Sum, figures, of_sum, rank};
use super::times::Times;
use crate::profile::{Metric, Scope, Threshold};

/// What is known of a load that goes on. Histograms of the series may be empty: the figures then bound what can be known.
#[derive(Debug, Clone, Copy)]
pub struct SoFar<'a> {
    /// All measured requests.
    pub requests: &'a Series,
    /// By workflow and step.
    pub workflows: &'a [WorkflowResult],
    /// Arrivals so far.
    pub account: &'a Account,
    /// The times of what the threshold is about, when they are at hand; else they are read from the series.
    pub times: Option<&'a Times<'a>>,
    /// How many iterations may still end: arrivals to come and those under way (open), or iterations left (closed by
    /// their number). `None` when only time ends it.
    pub to_come: Option<u64>,
    /// How long the schedule still goes on; `None` when a number of iterations ends it.
    pub left: Option<Duration>,
    /// How long has been measured by now.
    pub elapsed: Duration,
    /// How long will have been measured at the end.
    pub measured: Option<Duration>,
}

/// How a threshold stands: what was found so far, whether that holds, and whether it is lost.
pub fn standing(threshold: &Threshold, so_far: &SoFar<'_>) -> Standing {
    let sum = sum(threshold, so_far);
    let own;
    let times = match so_far.times {
        Some(times) => Some(times),
        None => {
            own = sum.times();
            own.as_ref()
        }
    };
    let found = of_sum(threshold, &sum, times, so_far.account);
    Standing {
        found: found.and_then(|found| found.value),
        never: found.is_some_and(|found| found.value.is_none()),
        held: found.is_some_and(|found| found.held),
        lost: lost(threshold, &sum, times, so_far),
    }
}

/// Whether a threshold can still hold at the end, whatever comes: even if all that still ends is fast and works. `true`
/// as long as that can't be excluded.
pub fn can_still_hold(threshold: &Threshold, so_far: &SoFar<'_>) -> bool {
    !standing(threshold, so_far).lost
}

/// Those that are under way are not cut off yet.
fn sum<'a>(threshold: &Threshold, so_far: &SoFar<'a>) -> Sum<'a> {
    let mut sum = Sum::new(&threshold.scope, so_far.requests, so_far.workflows, so_far.account);
    sum.cut = 0;
    sum
}

fn lost(threshold: &Threshold, sum: &Sum<'_>, times: Option<&Times<'_>>, so_far: &SoFar<'_>) -> bool {
    let limit = threshold.limit;
    let above = |value: f64, limit: f64| value > limit * (1.0 + 1e-9);
    if threshold.metric == Metric::Max {
        return sum.count > 0 && within_at_most(sum, times, limit, Of::Ended) < sum.count;
    }
    // One is one too many, whatever comes.
    let account = so_far.account;
    match threshold.metric {
        Metric::FailPercent if limit == 0.0 => return sum.failures > 0,
        Metric::DroppedPercent if limit == 0.0 => return account.dropped > 0,
        Metric::LatePercent if limit == 0.0 => return account.late > 0,
        _ => {}
    }
    let Some(iterations) = iterations_to_come(so_far) else { return false };
    if let Metric::DroppedPercent | Metric::LatePercent = threshold.metric {
        let bad = if threshold.metric == Metric::DroppedPercent { account.dropped } else { account.late };
        let asked = account.asked.max(account.ended.saturating_add(iterations));
        return above(bad as f64 * 100.0, limit * asked as f64);
    }
    let to_come = to_come(&threshold.scope, so_far, iterations);
    let end = sum.count.saturating_add(to_come);
    match threshold.metric {
        Metric::Quantile(quantile) => {
            within_at_most(sum, times, limit, Of::Finished).saturating_add(to_come) < rank(quantile, end)
        }
        Metric::Mean => {
            let spent: f64 = sum.parts.iter().map(|part| part.time.mean_us * part.count as f64).sum();
            above(spent / 1_000.0, limit * end as f64)
        }
        Metric::FailPercent => above(sum.failures as f64 * 100.0, limit * end as f64),
        Metric::Rate => so_far.measured.is_some_and(|whole| {
            // What the warm-up left over ends within the measured time, too, and is no part of `end`.
            let rate: f64 = sum.parts.iter().map(|part| part.rate).sum();
            above(limit * whole.as_secs_f64(), rate * so_far.elapsed.as_secs_f64() + to_come as f64)
        }),
        Metric::Apdex => sum
            .content()
            .is_some_and(|content| end > 0 && above(limit * end as f64, content + to_come as f64)),
        Metric::Max | Metric::DroppedPercent | Metric::LatePercent => false,
    }
}

/// Which of a scope are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// All that ended, well or not.
    Ended,
    /// Those that did not fail.
    Finished,
}

/// How many at most took no longer than the limit. Exact with a histogram; by figures a bound: where a quantile lies
/// beyond the limit, fewer than its share were within it.
fn within_at_most(sum: &Sum<'_>, times: Option<&Times<'_>>, limit_ms: f64, of: Of) -> u64 {
    let limit_us = (limit_ms * 1_000.0) as u64;
    if let Some(times) = times {
        return if of == Of::Ended { times.ended_within(limit_us) } else { times.within(limit_us) };
    }
    let counted =
        |part: &Series| if of == Of::Ended { part.count } else { part.count.saturating_sub(part.failures) };
    let within = |part: &&Series| {
        // Figures are the upper ends of buckets, 0.1% above what was recorded at most.
        let beyond = |us: u64| us as f64 / 1.002 > limit_us as f64 + 1.0;
        if beyond(part.time.min_us) {
            return 0;
        }
        let first = figures(part).into_iter().find(|(_, us)| beyond(*us));
        match first {
            Some((share, _)) => rank(share, part.count).saturating_sub(1),
            None if beyond(part.time.max_us) => part.count.saturating_sub(1),
            None => part.count,
        }
    };
    sum.parts.iter().map(|part| within(part).min(counted(part))).sum()
}

/// How many iterations may still end. When only time ends it: as many as all users make at the speed of the fastest
/// iteration so far.
fn iterations_to_come(so_far: &SoFar<'_>) -> Option<u64> {
    if let Some(known) = so_far.to_come {
        return Some(known);
    }
    let fastest = so_far.workflows.iter().map(|workflow| &workflow.iterations).filter(|all| all.count > 0);
    let fastest = fastest.map(|iterations| iterations.time.min_us).min()?.max(1);
    let left = u64::try_from(so_far.left?.as_micros()).unwrap_or(u64::MAX);
    Some(so_far.account.users.saturating_mul(left.div_ceil(fastest).saturating_add(1)))
}

/// How many of a scope may still end: of a workflow one an iteration; of requests as many as the busiest workflow makes
/// in an iteration, by what was seen so far.
fn to_come(scope: &Scope, so_far: &SoFar<'_>, iterations: u64) -> u64 {
    let each = |requests: u64, workflow: &WorkflowResult, usual: u64| match workflow.iterations.count {
        0 => usual.max(requests),
        count => requests.div_ceil(count),
    };
    let most = match scope {
        Scope::Workflow(_) => 1,
        Scope::Requests => so_far
            .workflows
            .iter()
            .map(|workflow| {
                let requests = workflow.steps.iter().map(|step| step.series.count).sum();
                each(requests, workflow, workflow.steps.len() as u64)
            })
            .max()
            .unwrap_or(1),
        Scope::Step(name) => so_far
            .workflows
            .iter()
            .flat_map(|workflow| {
                let steps = workflow.steps.iter().filter(|step| step.name == *name);
                steps.map(move |step| each(step.series.count, workflow, 1))
            })
            .max()
            .unwrap_or(1),
    };
    iterations.saturating_mul(most.max(1))
}
