//! One step of a search: how long it must be ([`StepLength`]), and what it found ([`judge`]).

use std::time::Duration;

use dryrun_record::load::{LoadResult, LoadVerdict, StepFinding};

use crate::profile::{Metric, Threshold};
use crate::thresholds;

/// Requests in the tail that a quantile needs before it means something: p99 then needs 1,000 requests.
const IN_THE_TAIL: f64 = 10.0;
/// Requests that any step needs.
const AT_LEAST: f64 = 200.0;
/// CPU of the load's own thread, in cores, from which on it is the limit.
const OWN_CPU: f64 = 0.9;
/// The share of arrivals that may begin late, though nothing held them up but the harness.
const OWN_LATE: f64 = 0.01;
/// The share of its rate that a step must have made.
const RATE_MADE: f64 = 0.99;

/// How long steps are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepLength {
    /// Never shorter.
    pub least: Duration,
    /// Never longer; a quantile then rests on fewer requests than it should.
    pub most: Duration,
}

impl StepLength {
    /// At this rate, warm-up left out: long enough for the tightest quantile among the thresholds. The second value is
    /// false when `most` cut it short.
    pub fn at(self, rate: f64, thresholds: &[Threshold]) -> (Duration, bool) {
        let needed = thresholds.iter().map(needed).fold(AT_LEAST, f64::max);
        let wanted = Duration::try_from_secs_f64(needed / rate).unwrap_or(Duration::MAX).max(self.least);
        (wanted.min(self.most), wanted <= self.most)
    }
}

/// How many arrivals a threshold needs.
fn needed(threshold: &Threshold) -> f64 {
    match threshold.metric {
        Metric::Quantile(share) if share < 1.0 => IN_THE_TAIL / (1.0 - share).max(1e-6),
        // As many failures as would be in the tail of such a quantile.
        Metric::FailPercent | Metric::DroppedPercent | Metric::LatePercent if threshold.limit > 0.0 => {
            (IN_THE_TAIL / (threshold.limit / 100.0)).min(100_000.0)
        }
        _ => AT_LEAST,
    }
}

/// What a step found: judges it by the thresholds, which are filled in, and says why it broke or was no step.
///
/// A step that held has held, also when the harness was late: times count from when an arrival should have begun, so that
/// can only have made them longer. It must have made the rate, though. One that broke while the harness itself was the
/// limit tells nothing of the service, whatever its figures are; nor does one that measured nothing.
pub fn judge(result: &mut LoadResult, thresholds: &[Threshold]) -> (StepFinding, Vec<String>) {
    thresholds::judge(result, thresholds);
    match result.verdict {
        LoadVerdict::Passed => match short(result) {
            Some(why) => (StepFinding::Limited, vec![why]),
            None => (StepFinding::Held, Vec::new()),
        },
        LoadVerdict::ThresholdMissed | LoadVerdict::Failed => match limited(result) {
            Some(why) => (StepFinding::Limited, vec![why]),
            None => (StepFinding::Broke, result.reasons.clone()),
        },
        LoadVerdict::Inconclusive => (StepFinding::Limited, result.reasons.clone()),
    }
}

/// Why the step is none of its rate, if it is not.
fn short(result: &LoadResult) -> Option<String> {
    let account = &result.account;
    let (achieved, asked) = (account.achieved_rate, account.asked_rate);
    (achieved < RATE_MADE * asked).then(|| {
        format!("only {achieved:.1} of {asked:.1} arrivals a second began: the harness was the limit")
    })
}

/// Why the harness was the limit, if it was.
fn limited(result: &LoadResult) -> Option<String> {
    let account = &result.account;
    if let Some(cpu) = result.resources.own_cpu.filter(|cpu| *cpu >= OWN_CPU) {
        return Some(format!(
            "the harness used {:.0}% of a core and makes no more from one process",
            cpu * 100.0
        ));
    }
    let full = account.peak_in_flight >= account.users && account.users > 0;
    if !full && account.asked > 0 && account.late as f64 > OWN_LATE * account.asked as f64 {
        let share = 100.0 * account.late as f64 / account.asked as f64;
        let (peak, users) = (account.peak_in_flight, account.users);
        return Some(format!(
            "{share:.1}% of the arrivals began late, with at most {peak} of {users} users busy: the harness or its machine \
             was the limit"
        ));
    }
    None
}

/// Whether a threshold can be searched by. One that asks for a number of requests a second can't: it breaks at low rates.
/// Nor one on late arrivals, which are the harness' own doing or show in the times, which count from the intended start.
pub fn fits(threshold: &Threshold) -> bool {
    !matches!(threshold.metric, Metric::Rate | Metric::LatePercent)
}

#[cfg(test)]
mod tests {
    use dryrun_record::load::{Account, LoadFailure, Resources, Series};

    use super::*;
    use crate::histogram::Histogram;
    use crate::profile::Scope;

    fn p99(limit_ms: f64) -> Threshold {
        Threshold { scope: Scope::Requests, metric: Metric::Quantile(0.99), limit: limit_ms }
    }

    /// 1,000 arrivals whose requests took 10 ms, by a harness at ease.
    fn at_ease() -> LoadResult {
        let mut histogram = Histogram::new();
        histogram.record_n(10_000, 1_000);
        LoadResult {
            measured_us: 10_000_000,
            account: Account {
                asked: 1_000,
                sent: 1_000,
                ended: 1_000,
                asked_rate: 100.0,
                achieved_rate: 99.8,
                peak_in_flight: 7,
                users: 100,
                ..Account::default()
            },
            requests: Series {
                count: 1_000,
                rate: 100.0,
                time: histogram.figures(),
                histogram: histogram.encode(),
                ..Series::default()
            },
            resources: Resources { own_cpu: Some(0.1), ..Resources::default() },
            ..LoadResult::default()
        }
    }

    #[test]
    fn a_step_is_long_enough_for_its_tightest_quantile() {
        let length = StepLength { least: Duration::from_secs(5), most: Duration::from_secs(120) };
        let fails = Threshold { scope: Scope::Requests, metric: Metric::FailPercent, limit: 1.0 };
        assert_eq!(length.at(10.0, &[p99(100.0)]), (Duration::from_secs(100), true));
        assert_eq!(length.at(10.0, &[fails]), (Duration::from_secs(100), true));
        assert_eq!(
            length.at(1_000.0, &[p99(100.0)]),
            (Duration::from_secs(5), true),
            "never shorter than asked for"
        );
        assert_eq!(
            length.at(1.0, &[p99(100.0)]),
            (Duration::from_secs(120), false),
            "cut short, and it says so"
        );
        let p50 = Threshold { metric: Metric::Quantile(0.5), ..p99(100.0) };
        assert_eq!(
            length.at(10.0, &[p50]),
            (Duration::from_secs(20), true),
            "a step has 200 requests at least"
        );
    }

    #[test]
    fn a_step_holds_or_says_what_broke() {
        assert_eq!(judge(&mut at_ease(), &[p99(20.0)]), (StepFinding::Held, Vec::new()));
        let (finding, why) = judge(&mut at_ease(), &[p99(9.0)]);
        assert_eq!(finding, StepFinding::Broke);
        assert!(why[0].contains("99%") && why[0].contains("10"), "{why:?}");
        let mut wrong = at_ease();
        let message = "field `id` is missing".to_owned();
        let cause = "contract".to_owned();
        wrong.failures = vec![LoadFailure { cause, message, count: 3, ..LoadFailure::default() }];
        wrong.contracts.breaches = 3;
        assert_eq!(judge(&mut wrong, &[p99(20.0)]).0, StepFinding::Broke);
        let mut dropped = at_ease();
        dropped.account = Account { asked: 1_003, dropped: 3, peak_in_flight: 100, ..dropped.account };
        let (finding, why) = judge(&mut dropped, &[p99(20.0)]);
        assert_eq!(finding, StepFinding::Broke, "the service did not keep up");
        assert!(why[0].contains("3 of 1003"), "{why:?}");
        let mut nothing = at_ease();
        nothing.requests = Series::default();
        assert_eq!(judge(&mut nothing, &[]).0, StepFinding::Limited, "what measured nothing says nothing");
    }

    /// Who refuses most requests at once is fast, and has no capacity: what failed never finished.
    #[test]
    fn a_service_that_refuses_holds_nothing() {
        let (mut times, mut failed) = (Histogram::new(), Histogram::new());
        failed.record_n(1_000, 600);
        times.record_n(10_000, 400);
        times.merge(&failed);
        let mut refuses = at_ease();
        refuses.requests.failures = 600;
        refuses.requests.time = times.figures();
        (refuses.requests.histogram, refuses.requests.failed_histogram) = (times.encode(), failed.encode());
        let p50 = Threshold { metric: Metric::Quantile(0.5), ..p99(20.0) };
        assert_eq!(judge(&mut refuses, &[p50]).0, StepFinding::Broke);
        let line = &refuses.thresholds[0];
        assert_eq!((line.found, line.beyond.as_deref()), (None, Some("600 of 1000 failed")));
    }

    #[test]
    fn a_step_that_broke_while_the_harness_was_the_limit_tells_nothing() {
        let mut busy = at_ease();
        busy.resources.own_cpu = Some(0.97);
        let (finding, why) = judge(&mut busy, &[p99(9.0)]);
        assert_eq!(finding, StepFinding::Limited);
        assert!(why[0].contains("97% of a core"), "{why:?}");
        let mut late = at_ease();
        late.account.late = 30;
        assert_eq!(judge(&mut late, &[p99(9.0)]).0, StepFinding::Limited);
        // Late because all who may be under way are: that is the service's doing.
        let mut full = at_ease();
        full.account.late = 30;
        full.account.peak_in_flight = 100;
        assert_eq!(judge(&mut full, &[p99(9.0)]).0, StepFinding::Broke);
    }

    #[test]
    fn a_step_that_held_has_held_when_it_made_its_rate() {
        let mut late = at_ease();
        late.account.late = 30;
        late.resources.own_cpu = Some(0.97);
        assert_eq!(
            judge(&mut late, &[p99(20.0)]).0,
            StepFinding::Held,
            "a late harness only makes times longer"
        );
        let mut slow = at_ease();
        slow.account.achieved_rate = 90.0;
        let (finding, why) = judge(&mut slow, &[p99(20.0)]);
        assert_eq!(finding, StepFinding::Limited);
        assert!(why[0].contains("only 90.0 of 100.0 arrivals a second"), "{why:?}");
    }

    #[test]
    fn a_least_rate_is_nothing_to_search_by() {
        assert!(fits(&p99(5.0)));
        assert!(!fits(&Threshold { metric: Metric::Rate, ..p99(5.0) }));
        assert!(!fits(&Threshold { metric: Metric::LatePercent, ..p99(5.0) }));
    }
}
