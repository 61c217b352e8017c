//! Verdicts on a load run: [`LoadVerdict`], [`ThresholdResult`], [`Comparison`].

use serde::{Deserialize, Serialize};

/// How a load run ended. The order is that of badness.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadVerdict {
    /// Every check and threshold held.
    Passed,
    /// The figures can't tell: a shard is missing, the noise is too great. Never counted as passed.
    #[default]
    Inconclusive,
    /// A threshold was missed, or a comparison found a slow-down; everything worked.
    ThresholdMissed,
    /// Something did not work: a check, a contract, a send.
    Failed,
}

/// A threshold and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ThresholdResult {
    /// In words: `all requests: 95% within 500 ms`.
    pub text: String,
    /// What it is about: `requests`, or the name of a workflow or step.
    pub scope: String,
    /// As in the profile: `p95_ms`, `max_fail_percent`…
    pub metric: String,
    /// The limit, in the metric's unit.
    pub limit: f64,
    /// What was found; `None` when nothing was measured, or `beyond` says why there is no such figure. Neither holds.
    pub found: Option<f64>,
    /// The share or the request that it is about never finished: `30 of 300 cut off, 5 failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<String>,
    /// Whether it held.
    pub held: bool,
}

/// New against a baseline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The baseline's name, or the command of the old service.
    pub against: String,
    /// `interleaved` or `stored`.
    pub design: String,
    /// Runs of old and of new.
    pub old_runs: u32,
    /// Runs of new.
    pub new_runs: u32,
    /// One for each quantile that was compared.
    pub ratios: Vec<RatioInterval>,
    /// How much slower is still tolerated: 0.10 is 10%.
    pub tolerance: f64,
    /// How far the machine drifted from old to new, by the calibration loop: 0.02 is 2% slower, -0.02 is 2% faster.
    pub drift: Option<f64>,
    /// The ends of its interval, likewise: when 0 lies between them, it may be the loop's own noise.
    #[serde(default)]
    pub drift_interval: Option<(f64, f64)>,
    /// Differences between the environments that weaken the comparison, one sentence each.
    #[serde(default)]
    pub differences: Vec<String>,
    /// The verdict.
    pub verdict: ComparisonVerdict,
    /// Why, one sentence.
    pub reason: String,
}

/// Ratio of a quantile, new to old, with its confidence interval.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RatioInterval {
    /// `p50`, `p95`…
    pub metric: String,
    /// New / old.
    pub ratio: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Confidence, such as 0.99.
    pub confidence: f64,
    /// Whether the verdict rests on it. One that is not was measured on too few requests to mean something, or not asked
    /// for: it is shown, and nothing more.
    #[serde(default)]
    pub judged: bool,
}

/// What a comparison says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonVerdict {
    /// No slower than tolerated, with confidence.
    Passed,
    /// Can't be told.
    #[default]
    Inconclusive,
    /// Slower than tolerated, with confidence, and a repeat confirmed it.
    Slower,
}
