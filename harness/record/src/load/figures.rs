//! Figures over many requests: [`Series`], [`Figures`], [`Apdex`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything known of one kind of request, step or workflow.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// How many ended, failures included.
    pub count: u64,
    /// How many of these failed.
    pub failures: u64,
    /// Failures by cause: `status 503`, `timeout`, `connection refused`, `contract`, `check: the status is 201`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub causes: BTreeMap<String, u64>,
    /// Ended within the measured time, per second of it: whoever they belong to. Those that the warm-up left over are in
    /// it, and those that ended in the grace time are not.
    pub rate: f64,
    /// From the intended start to the end of the body, failures included.
    pub time: Figures,
    /// The same as a histogram: HDR V2, deflated, base64; bounds 1 µs to 1 h, 3 digits. Empty when nothing ended.
    #[serde(default)]
    pub histogram: String,
    /// The times of those that failed, which are in `histogram`, too; written as it is. Empty when none failed. What
    /// failed never finished: a threshold on a share of all counts it as slower than any limit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub failed_histogram: String,
    /// Satisfaction, when a limit is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apdex: Option<Apdex>,
    /// Making a connection, of requests that had to make one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<Figures>,
    /// From sending to the answer's head (time to first byte).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttfb: Option<Figures>,
    /// From the answer's head to the end of its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Figures>,
    /// `connect`, `ttfb` and `body` as histograms, written as `histogram` is. Only in the result of a shard, so that the
    /// merge is exact for them, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub splits: Option<Splits>,
    /// Bytes of the answers' bodies.
    #[serde(default)]
    pub bytes: u64,
}

/// The parts of a request's time as histograms: HDR V2, deflated, base64. Empty: not told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Splits {
    /// Making a connection.
    #[serde(default)]
    pub connect: String,
    /// From sending to the answer's head.
    #[serde(default)]
    pub ttfb: String,
    /// From the answer's head to the end of its body.
    #[serde(default)]
    pub body: String,
}

/// A distribution of times, in microseconds. All 0 when `count` is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// How many values.
    pub count: u64,
    /// The shortest.
    pub min_us: u64,
    /// The arithmetic mean.
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
}

/// Application performance index (apdex.org, technical specification 1.1): satisfied within T, tolerating within 4 T.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Apdex {
    /// T in microseconds.
    pub limit_us: u64,
    /// Within T and not failed.
    pub satisfied: u64,
    /// Within 4 T and not failed.
    pub tolerating: u64,
    /// (satisfied + tolerating / 2) / count, 0 to 1.
    pub score: f64,
}
