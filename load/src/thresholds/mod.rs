//! Thresholds: what came of them ([`judge`]), how they stand while a load goes on ([`standing`]), and their [`words`].
//!
//! What did not work decides first. An answer that is wrong in itself (a breach of the contract, a failed check of a
//! scenario, a send that was lost, doubled or made up) is never tolerated. A request that failed by its status, by the
//! transport or by the time limit is a matter of degree: it is tolerated where a `max_fail_percent` is about it, which
//! then decides, and nowhere else.

mod found;
mod functional;
mod so_far;
mod times;

use dryrun_record::load::{LoadResult, LoadVerdict, ThresholdResult};

pub(crate) use found::belongs;
pub use so_far::{SoFar, can_still_hold, standing};
pub use times::Times;

use crate::profile::{Metric, Scope, Threshold};
use found::Found;

/// Judges a result: fills in its thresholds, its verdict and the reasons.
///
/// In this order: something did not work ([`LoadVerdict::Failed`]); a threshold was missed, or arrivals were dropped and
/// no threshold says how many may be; the run was stopped, or measured nothing ([`LoadVerdict::Inconclusive`]); passed. A
/// threshold about something of which nothing was measured does not hold.
pub fn judge(result: &mut LoadResult, thresholds: &[Threshold]) {
    let mut missed = Vec::new();
    let mut unknown = Vec::new();
    let mut results = Vec::with_capacity(thresholds.len());
    for threshold in thresholds {
        let found = found::of_result(threshold, result);
        let line = line(threshold, found, result);
        if !line.held {
            let reason = reason(threshold, found, result);
            // A run that was stopped before it measured something has not missed it.
            let list = if found.is_none() && result.stopped.is_some() { &mut unknown } else { &mut missed };
            list.push(reason);
        }
        results.push(line);
    }
    let account = &result.account;
    if account.dropped > 0 && !thresholds.iter().any(|threshold| threshold.metric == Metric::DroppedPercent) {
        missed.push(format!(
            "{} of {} arrivals never began, and no max_dropped_percent tolerates that",
            account.dropped, account.asked
        ));
    }
    if let Some(why) = &result.stopped {
        unknown.insert(0, format!("the run was ended before its time: {why}"));
    } else if result.requests.count == 0 && result.workflows.iter().all(|w| w.iterations.count == 0) {
        unknown.push("nothing was measured".to_owned());
    }
    let mut reasons = functional::reasons(result, thresholds);
    result.verdict = match (reasons.is_empty(), missed.is_empty(), unknown.is_empty()) {
        (false, ..) => LoadVerdict::Failed,
        (true, false, _) => LoadVerdict::ThresholdMissed,
        (true, true, false) => LoadVerdict::Inconclusive,
        (true, true, true) => LoadVerdict::Passed,
    };
    reasons.extend(missed);
    reasons.extend(unknown);
    result.reasons = reasons;
    result.thresholds = results;
}

/// What came of one threshold; the result stays as it is.
pub fn came_of(threshold: &Threshold, result: &LoadResult) -> ThresholdResult {
    line(threshold, found::of_result(threshold, result), result)
}

fn line(threshold: &Threshold, found: Option<Found>, result: &LoadResult) -> ThresholdResult {
    let value = found.and_then(|found| found.value);
    ThresholdResult {
        text: words(threshold),
        scope: scope(&threshold.scope).to_owned(),
        metric: name(threshold),
        limit: threshold.limit,
        found: value,
        beyond: found.filter(|_| value.is_none()).and_then(|_| found::never(threshold, result)),
        held: found.is_some_and(|found| found.held),
    }
}

/// What the profile calls it: `p95_ms`, `max_fail_percent`.
pub fn name(threshold: &Threshold) -> String {
    match threshold.metric {
        Metric::Quantile(share) => format!("p{}_ms", percent(share).replace('.', "_")),
        Metric::Max => "max_ms".to_owned(),
        Metric::Mean => "mean_ms".to_owned(),
        Metric::FailPercent => "max_fail_percent".to_owned(),
        Metric::Rate => "min_rate".to_owned(),
        Metric::Apdex => "min_apdex".to_owned(),
        Metric::DroppedPercent => "max_dropped_percent".to_owned(),
        Metric::LatePercent => "max_late_percent".to_owned(),
    }
}

/// A threshold in words: `all requests: 95% within 500 ms`.
pub fn words(threshold: &Threshold) -> String {
    let limit = threshold.limit;
    let what = match threshold.metric {
        Metric::Quantile(share) => format!("{}% within {limit} ms", percent(share)),
        Metric::Max => format!("all within {limit} ms"),
        Metric::Mean => format!("{limit} ms on average"),
        Metric::FailPercent if limit == 0.0 => "none fails".to_owned(),
        Metric::FailPercent => format!("at most {limit}% fail"),
        Metric::Rate => format!("at least {limit} a second"),
        Metric::Apdex => format!("apdex at least {limit}"),
        Metric::DroppedPercent if limit == 0.0 => "none dropped".to_owned(),
        Metric::DroppedPercent => format!("at most {limit}% dropped"),
        Metric::LatePercent if limit == 0.0 => "none late".to_owned(),
        Metric::LatePercent => format!("at most {limit}% late"),
    };
    match (&threshold.scope, threshold.metric) {
        (_, Metric::DroppedPercent | Metric::LatePercent) => format!("all arrivals: {what}"),
        (Scope::Requests, _) => format!("all requests: {what}"),
        (Scope::Workflow(name) | Scope::Step(name), _) => format!("{name}: {what}"),
    }
}

/// What a threshold is about, as results name it.
fn scope(scope: &Scope) -> &str {
    match scope {
        Scope::Requests => "requests",
        Scope::Workflow(name) | Scope::Step(name) => name,
    }
}

fn reason(threshold: &Threshold, found: Option<Found>, result: &LoadResult) -> String {
    let words = words(threshold);
    let Some(found) = found else {
        return format!("{words}; nothing was measured");
    };
    let never = found::never(threshold, result);
    let Some(value) = found.value else {
        return format!("{words}; found never: {}, and so never finished", never.unwrap_or_default());
    };
    let value = match threshold.metric {
        Metric::Quantile(_) | Metric::Max | Metric::Mean if value < 10.0 => format!("{value:.3} ms"),
        Metric::Quantile(_) | Metric::Max | Metric::Mean => format!("{value:.1} ms"),
        Metric::FailPercent | Metric::DroppedPercent | Metric::LatePercent => format!("{value:.2}%"),
        Metric::Rate => format!("{value:.1} a second"),
        Metric::Apdex => format!("{value:.3}"),
    };
    let cut = result.account.abandoned;
    match (never, threshold.metric, &threshold.scope) {
        (Some(never), ..) => format!("{words}; found {value} ({never}, which count as slower than any)"),
        (None, Metric::FailPercent | Metric::Apdex, Scope::Requests) if cut > 0 => {
            format!("{words}; found {value} ({cut} were cut off, which count as failed)")
        }
        _ => format!("{words}; found {value}"),
    }
}

/// `95`, `99.9`: a share as percent, without the digits that only floats have.
fn percent(share: f64) -> String {
    ((share * 1e8).round() / 1e6).to_string()
}

#[cfg(test)]
mod tests;
