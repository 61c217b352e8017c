//! [`LoadResult`]: what an attack measured, and the judgement by the thresholds.

use serde::{Deserialize, Serialize};

use crate::profile::{Profile, Thresholds};

/// What an attack measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadResult {
    /// The profile's name.
    pub profile: String,
    /// Users who worked at the same time.
    pub users: usize,
    /// From the first request's start to the last one's end, in seconds.
    pub elapsed_s: f64,
    /// Requests made, all kinds.
    pub requests: u64,
    /// Those of them that failed: a status of 400 or above, or no whole answer.
    pub failures: u64,
    /// All kinds together, then each kind in the order of the profile.
    pub total: Figures,
    /// Each kind, in the order of the profile.
    pub per_request: Vec<Figures>,
}

/// The figures of one kind of request, or of all. Times are milliseconds from the sending of a request to the last
/// byte of its answer's body, failed ones included; they are exact (from all values, by nearest rank), 0 without any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The request's name; `all requests` for the total.
    pub name: String,
    /// Requests made.
    pub count: u64,
    /// Those of them that failed.
    pub failures: u64,
    /// Requests a second, over the whole run.
    pub rate: f64,
    /// Half are at most this slow.
    pub p50_ms: f64,
    /// 95% are at most this slow.
    pub p95_ms: f64,
    /// 99% are at most this slow.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

impl Figures {
    pub(crate) fn new(name: &str, mut times_ms: Vec<f64>, failures: u64, elapsed_s: f64) -> Self {
        times_ms.sort_by(f64::total_cmp);
        let quantile = |share: f64| {
            let rank = (share * times_ms.len() as f64).ceil() as usize;
            times_ms.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
        };
        Self {
            name: name.to_owned(),
            count: times_ms.len() as u64,
            failures,
            rate: if elapsed_s > 0.0 { times_ms.len() as f64 / elapsed_s } else { 0.0 },
            p50_ms: quantile(0.50),
            p95_ms: quantile(0.95),
            p99_ms: quantile(0.99),
            max_ms: quantile(1.0),
        }
    }

    fn missed(&self, thresholds: Thresholds, missed: &mut Vec<String>) {
        let Self { name, count, failures, p95_ms, .. } = self;
        if *count == 0 {
            // A check that was configured and did not run is no pass.
            missed.push(format!("{name}: not one was sent, so nothing was measured"));
            return;
        }
        if let Some(limit) = thresholds.p95_ms.filter(|limit| p95_ms > limit) {
            missed.push(format!("{name}: 95% finished within {p95_ms:.1} ms, wanted within {limit} ms"));
        }
        let percent = *failures as f64 * 100.0 / *count as f64;
        if let Some(limit) = thresholds.max_fail_percent.filter(|limit| percent > *limit) {
            missed.push(format!(
                "{name}: {failures} of {count} failed ({percent:.2}%), wanted at most {limit}%"
            ));
        }
    }
}

impl LoadResult {
    /// The thresholds of `profile` that were missed, one sentence each; empty when all were kept.
    pub fn missed(&self, profile: &Profile) -> Vec<String> {
        let mut missed = Vec::new();
        self.total.missed(profile.thresholds, &mut missed);
        for request in &profile.request {
            match self.per_request.iter().find(|figures| figures.name == request.name) {
                Some(figures) => figures.missed(request.thresholds, &mut missed),
                None => missed.push(format!("{}: not in the result", request.name)),
            }
        }
        missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_by_nearest_rank() {
        let figures = Figures::new("a", (1..=200).rev().map(f64::from).collect(), 1, 4.0);
        let seen = (figures.p50_ms, figures.p95_ms, figures.p99_ms, figures.max_ms, figures.rate);
        assert_eq!(seen, (100.0, 190.0, 198.0, 200.0, 50.0));
        assert_eq!(Figures::new("a", vec![3.0], 0, 0.0).p50_ms, 3.0);
    }

    #[test]
    fn thresholds_are_kept_at_the_limit_and_missed_beyond() {
        let judge = |p95_ms, max_fail_percent| {
            let mut missed = Vec::new();
            let figures = Figures::new("a", (1..=100).map(f64::from).collect(), 2, 1.0);
            figures.missed(Thresholds { p95_ms, max_fail_percent }, &mut missed);
            missed
        };
        assert_eq!(judge(Some(95.0), Some(2.0)), Vec::<String>::new());
        assert_eq!(judge(Some(94.9), None), ["a: 95% finished within 95.0 ms, wanted within 94.9 ms"]);
        assert_eq!(judge(None, Some(1.0)), ["a: 2 of 100 failed (2.00%), wanted at most 1%"]);
        let mut missed = Vec::new();
        Figures::new("a", Vec::new(), 0, 1.0).missed(Thresholds::default(), &mut missed);
        assert_eq!(missed, ["a: not one was sent, so nothing was measured"]);
    }
}
