//! From runs to a verdict on one block of them: [`judge`].

use crate::bootstrap::{Interval, interval};
use crate::outliers::kept;
use crate::verdict::Verdict;

/// Drift below this (about 1%) is not told apart from none, however alike the calibrations of a side are.
const LEAST_DRIFT: f64 = 0.01;

/// What decides. docs/baselines.md says which simulations the defaults come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// How much slower is still tolerated: 0.05 is 5%.
    pub tolerance: f64,
    /// Confidence of the intervals, such as 0.95.
    pub confidence: f64,
    /// Runs of each side before anything is said.
    pub least: usize,
    /// Runs of each side after which it is given up. Between the two, runs are added for as long as it can't be told.
    pub most: usize,
    /// How many resamples a bootstrap takes.
    pub resamples: usize,
    /// Seeds the bootstrap.
    pub seed: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { tolerance: 0.05, confidence: 0.95, least: 5, most: 10, resamples: 4000, seed: 1 }
    }
}

/// Runs of one version.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Side {
    /// For each metric one value a run, all in the same order. Times, in any unit.
    pub metrics: Vec<Vec<f64>>,
    /// What the calibration loop took before each run, in any unit; empty where it was not run.
    pub calibration: Vec<f64>,
}

impl Side {
    /// How many runs.
    pub fn runs(&self) -> usize {
        self.metrics.first().map_or(0, Vec::len)
    }

    fn without(&self, kept: &[bool]) -> Self {
        let keep = |values: &Vec<f64>| {
            values.iter().zip(kept).filter(|(_, kept)| **kept).map(|(value, _)| *value).collect()
        };
        Self { metrics: self.metrics.iter().map(keep).collect(), calibration: self.calibration.clone() }
    }
}

/// What the runs of a block say.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// One for each metric; `None` where nothing can be said.
    pub intervals: Vec<Option<Interval>>,
    /// Runs of old that stood so far from the others that they were left out, from 0.
    pub old_left_out: Vec<usize>,
    /// Runs of new that were.
    pub new_left_out: Vec<usize>,
    /// Which metrics are beyond the tolerance, with confidence: slower. Only those that decide.
    pub slower: Vec<bool>,
    /// What the calibration loop took with new to what it took with old: 1.02 is a machine that got 2% slower.
    pub drift: Option<Interval>,
    /// The verdict.
    pub verdict: Verdict,
    /// What it rests on.
    pub why: Why,
}

/// What a verdict rests on. Metrics are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Every metric that is judged is within the tolerance, with confidence.
    Within,
    /// This metric is beyond the tolerance, with confidence. The clearest, where there are several.
    Beyond(usize),
    /// The interval of this metric lies on both sides of the tolerance. The widest beyond it, where there are several.
    Unclear(usize),
    /// It would be clear, had the machine not drifted as far as it did.
    Drifted(usize),
    /// There are no figures of this metric, or too few runs.
    Nothing(usize),
    /// Beyond in the first block of runs, but not in the repeat.
    Unconfirmed(usize),
}

/// What the calibration loop took with new to what it took with old, with its interval over runs: 1.02 is a machine that
/// got 2% slower. Runs without a calibration are left out; `None` with less than 2 of a side.
pub fn drift(old: &[f64], new: &[f64], rules: &Rules) -> Option<Interval> {
    interval(old, new, rules.confidence, rules.resamples, rules.seed)
}

/// How much of a drift is more than the calibration loop's own noise: the end of its interval that is nearer to 1, and 1
/// when 1 lies within. On a machine that others share, the loop varies by 10% and more from one run to the next.
pub fn certain(drift: Option<Interval>) -> f64 {
    let Some(Interval { low, high, .. }) = drift else { return 1.0 };
    let nearer = if low > 1.0 {
        low
    } else if high < 1.0 {
        high
    } else {
        1.0
    };
    if (nearer - 1.0).abs() < LEAST_DRIFT { 1.0 } else { nearer }
}

/// Judges a block. `judged` says of each metric whether the verdict rests on it; the others only get their interval.
///
/// What the machine drifted is held against whichever verdict it would help: when it got slower, the lower end is taken
/// down by as much before anything is called slower; when it got faster, the upper end is taken up before anything is
/// called passed. It counts as far as its own interval lies beyond "no drift", so that the noise of the calibration loop
/// is not taken for drift.
pub fn judge(old: &Side, new: &Side, judged: &[bool], rules: &Rules) -> Judgement {
    let relied = |side: &Side| -> Vec<Vec<f64>> {
        let sound = |values: &&Vec<f64>| values.iter().all(|value| value.is_finite() && *value > 0.0);
        side.metrics
            .iter()
            .zip(judged)
            .filter(|(_, judged)| **judged)
            .map(|(values, _)| values)
            .filter(sound)
            .cloned()
            .collect()
    };
    let (old_relied, new_relied) = (relied(old), relied(new));
    let (old_kept, new_kept) = if old_relied.len() == new_relied.len() && !old_relied.is_empty() {
        kept(&old_relied, &new_relied)
    } else {
        (vec![true; old.runs()], vec![true; new.runs()])
    };
    let drift = drift(&old.calibration, &new.calibration, rules);
    let (old, new) = (old.without(&old_kept), new.without(&new_kept));
    let intervals: Vec<Option<Interval>> = old
        .metrics
        .iter()
        .zip(&new.metrics)
        .map(|(old, new)| interval(old, new, rules.confidence, rules.resamples, rules.seed))
        .collect();
    let counted = certain(drift);
    let (verdict, why) = read(&intervals, judged, counted, rules.tolerance);
    let slower = (0..intervals.len())
        .map(|metric| {
            judged.get(metric) == Some(&true) && beyond(intervals[metric], counted, rules.tolerance)
        })
        .collect();
    let out = |kept: &[bool]| (0..kept.len()).filter(|run| !kept[*run]).collect();
    let (old_left_out, new_left_out) = (out(&old_kept), out(&new_kept));
    Judgement { intervals, old_left_out, new_left_out, slower, drift, verdict, why }
}

/// Whether a metric is slower by more than what is tolerated, also when the machine's part is taken off.
fn beyond(interval: Option<Interval>, drift: f64, tolerance: f64) -> bool {
    interval.is_some_and(|interval| interval.low / drift.max(1.0) > 1.0 + tolerance)
}

fn read(intervals: &[Option<Interval>], judged: &[bool], drift: f64, tolerance: f64) -> (Verdict, Why) {
    let limit = 1.0 + tolerance;
    let (slowed, hastened) = (drift.max(1.0), drift.min(1.0));
    let mut beyond: Option<(f64, usize)> = None;
    let mut unclear: Option<(f64, usize)> = None;
    let mut drifted = None;
    let mut judged_any = false;
    for (metric, interval) in
        intervals.iter().enumerate().filter(|(metric, _)| judged.get(*metric) == Some(&true))
    {
        let Some(interval) = interval else { return (Verdict::Inconclusive, Why::Nothing(metric)) };
        judged_any = true;
        let (low, high) = (interval.low / slowed, interval.high / hastened);
        if low > limit {
            if beyond.is_none_or(|(most, _)| low > most) {
                beyond = Some((low, metric));
            }
        } else if high > limit {
            if interval.low > limit || interval.high <= limit {
                drifted = drifted.or(Some(metric));
            }
            if unclear.is_none_or(|(most, _)| high > most) {
                unclear = Some((high, metric));
            }
        }
    }
    match (beyond, drifted, unclear) {
        (Some((_, metric)), ..) => (Verdict::Slower, Why::Beyond(metric)),
        (None, Some(metric), _) => (Verdict::Inconclusive, Why::Drifted(metric)),
        (None, None, Some((_, metric))) => (Verdict::Inconclusive, Why::Unclear(metric)),
        (None, None, None) if judged_any => (Verdict::Passed, Why::Within),
        (None, None, None) => (Verdict::Inconclusive, Why::Nothing(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: [f64; 5] = [100.0, 101.0, 99.0, 100.5, 99.5];

    fn side(values: &[f64], calibration: f64) -> Side {
        Side { metrics: vec![values.to_vec()], calibration: vec![calibration; values.len()] }
    }

    fn times(factor: f64) -> Vec<f64> {
        OLD.iter().map(|value| value * factor).collect()
    }

    fn of(factor: f64, machine: f64) -> (Verdict, Why) {
        let found = judge(&side(&OLD, 1.0), &side(&times(factor), machine), &[true], &Rules::default());
        (found.verdict, found.why)
    }

    #[test]
    fn the_same_passes_and_slower_is_slower() {
        assert_eq!(of(1.0, 1.0), (Verdict::Passed, Why::Within));
        assert_eq!(of(0.5, 1.0), (Verdict::Passed, Why::Within));
        assert_eq!(of(1.15, 1.0), (Verdict::Slower, Why::Beyond(0)));
    }

    #[test]
    fn at_the_tolerance_nothing_can_be_told() {
        assert_eq!(of(1.05, 1.0), (Verdict::Inconclusive, Why::Unclear(0)));
    }

    #[test]
    fn a_slow_down_that_the_machine_made_is_none() {
        assert_eq!(of(1.15, 1.15), (Verdict::Inconclusive, Why::Drifted(0)));
        assert_eq!(of(1.15, 1.02), (Verdict::Slower, Why::Beyond(0)), "a drift much smaller than the effect");
    }

    #[test]
    fn a_machine_that_got_faster_hides_nothing() {
        assert_eq!(of(1.0, 0.9), (Verdict::Inconclusive, Why::Drifted(0)));
        assert_eq!(of(1.0, 0.995), (Verdict::Passed, Why::Within), "below what the loop can tell");
    }

    /// A shared machine: the loop takes now 10% less, now 10% more, and the medians differ by 9%. That is its noise.
    #[test]
    fn a_calibration_that_varies_is_no_drift() {
        let varies = |values: [f64; 5]| Side { calibration: values.to_vec(), ..side(&OLD, 1.0) };
        let old = varies([1.0, 1.12, 0.93, 1.1, 1.02]);
        for calibration in [[0.93, 0.9, 1.1, 0.91, 1.05], [1.13, 0.95, 1.2, 1.0, 1.12]] {
            let found = judge(&old, &varies(calibration), &[true], &Rules::default());
            assert_eq!((found.verdict, found.why), (Verdict::Passed, Why::Within));
            let drift = found.drift.unwrap();
            assert!((drift.ratio - 1.0).abs() > 0.04 && drift.low < 1.0 && 1.0 < drift.high, "{drift:?}");
        }
        // What varies and is far slower all the same is a drift: by as much as is sure.
        let mut new = varies([1.5, 1.7, 1.4, 1.65, 1.55]);
        new.metrics = vec![times(1.15)];
        let found = judge(&old, &new, &[true], &Rules::default());
        assert_eq!((found.verdict, found.why), (Verdict::Inconclusive, Why::Drifted(0)));
    }

    #[test]
    fn which_metrics_are_slower_is_told_of_those_that_decide() {
        let with = |factors: [f64; 3]| Side { metrics: factors.map(times).to_vec(), ..side(&OLD, 1.0) };
        let found = judge(&with([1.0; 3]), &with([1.0, 1.15, 1.3]), &[true, true, false], &Rules::default());
        assert_eq!(found.slower, [false, true, false]);
    }

    #[test]
    fn what_is_not_judged_gets_an_interval_and_no_say() {
        let mut old = side(&OLD, 1.0);
        let mut new = side(&OLD, 1.0);
        old.metrics.push(OLD.to_vec());
        new.metrics.push(times(2.0));
        let found = judge(&old, &new, &[true, false], &Rules::default());
        assert_eq!(found.verdict, Verdict::Passed);
        assert!((found.intervals[1].unwrap().ratio - 2.0).abs() < 1e-9);
        assert_eq!(judge(&old, &new, &[true, true], &Rules::default()).why, Why::Beyond(1));
        assert_eq!(judge(&old, &new, &[false, false], &Rules::default()).why, Why::Nothing(0));
    }

    #[test]
    fn without_figures_nothing_passes() {
        let found = judge(&side(&OLD, 1.0), &side(&[0.0; 5], 1.0), &[true], &Rules::default());
        assert_eq!((found.verdict, found.why), (Verdict::Inconclusive, Why::Nothing(0)));
        let found = judge(&side(&OLD, 1.0), &side(&[100.0], 1.0), &[true], &Rules::default());
        assert_eq!((found.verdict, found.why), (Verdict::Inconclusive, Why::Nothing(0)));
    }

    #[test]
    fn one_run_that_stands_out_is_left_out_and_named() {
        let mut new = times(1.0);
        new[3] = 170.0;
        let found = judge(&side(&OLD, 1.0), &side(&new, 1.0), &[true], &Rules::default());
        assert_eq!((found.verdict, found.new_left_out.as_slice()), (Verdict::Passed, [3].as_slice()));
    }
}
