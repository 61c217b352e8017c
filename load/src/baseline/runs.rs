//! Runs as a baseline keeps them: [`StoredRun`], and as the statistics take them: [`side`].

use dryrun_record::load::LoadResult;
use dryrun_stats::Side;
use serde::{Deserialize, Serialize};

/// The quantiles that are compared: what they are called, and which share of the requests takes no longer.
pub const METRICS: [(&str, f64); 3] = [("p50", 0.50), ("p95", 0.95), ("p99", 0.99)];

/// The figures of one run, all requests together, failures included; times in microseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredRun {
    /// When it began, RFC 3339, UTC.
    pub started: String,
    /// Requests that ended.
    pub requests: u64,
    /// Of these, how many failed.
    pub failures: u64,
    /// Requests that ended a second.
    pub rate: f64,
    /// The mean.
    pub mean_us: f64,
    /// Half took no longer.
    pub p50_us: u64,
    /// 90%.
    pub p90_us: u64,
    /// 95%.
    pub p95_us: u64,
    /// 99%.
    pub p99_us: u64,
    /// 99.9%.
    pub p999_us: u64,
    /// The longest.
    pub max_us: u64,
    /// What the calibration loop took just before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration_us: Option<f64>,
}

impl StoredRun {
    /// The figures of a run. `started` is its beginning in words.
    pub fn of(result: &LoadResult, started: String) -> Self {
        let tenth = |value: f64| (value * 10.0).round() / 10.0;
        let time = &result.requests.time;
        Self {
            started,
            requests: result.requests.count,
            failures: result.requests.failures,
            rate: tenth(result.requests.rate),
            mean_us: tenth(time.mean_us),
            p50_us: time.p50_us,
            p90_us: time.p90_us,
            p95_us: time.p95_us,
            p99_us: time.p99_us,
            p999_us: time.p999_us,
            max_us: time.max_us,
            calibration_us: result.origin.as_ref().and_then(|origin| origin.calibration_us).map(tenth),
        }
    }

    /// The values of [`METRICS`].
    pub fn metrics(&self) -> Vec<f64> {
        vec![self.p50_us as f64, self.p95_us as f64, self.p99_us as f64]
    }
}

/// Runs as the statistics take them.
pub fn side(runs: &[StoredRun]) -> Side {
    let mut metrics = vec![Vec::new(); METRICS.len()];
    for run in runs {
        for (values, value) in metrics.iter_mut().zip(run.metrics()) {
            values.push(value);
        }
    }
    Side { metrics, calibration: runs.iter().filter_map(|run| run.calibration_us).collect() }
}
