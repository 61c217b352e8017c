//! The seconds of a load run as points of a chart: [`points`]. A run of hours has more seconds than a chart has columns,
//! so a point then stands for several; what was least and most in them is kept.

use dryrun_record::load::LoadTick;

/// Points that a chart has at most.
pub(crate) const MOST: u64 = 600;

/// One or more seconds, one after another.
#[derive(Debug)]
pub(crate) struct Point<'a> {
    ticks: &'a [LoadTick],
}

/// The seconds of a run, folded.
#[derive(Debug)]
pub(crate) struct Sampled<'a> {
    /// Seconds that one point stands for.
    pub(crate) per: u64,
    /// In order; at most [`MOST`].
    pub(crate) points: Vec<Point<'a>>,
}

/// Folds the seconds of a run into at most [`MOST`] points.
pub(crate) fn points(ticks: &[LoadTick]) -> Sampled<'_> {
    folded(ticks, MOST)
}

/// Folds into at most `most` points.
pub(crate) fn folded(ticks: &[LoadTick], most: u64) -> Sampled<'_> {
    let last = ticks.iter().map(|tick| tick.second).max().unwrap_or(0);
    let per = last.div_ceil(most.max(1)).max(1);
    let place = |tick: &LoadTick| tick.second.saturating_sub(1) / per;
    let points = ticks.chunk_by(|one, next| place(one) == place(next)).map(|ticks| Point { ticks });
    Sampled { per, points: points.collect() }
}

impl Point<'_> {
    /// The middle of its seconds. A tick tells of the second before it.
    pub(crate) fn at(&self) -> f64 {
        let (first, last) = (self.first(), self.last());
        (first.saturating_sub(1) + last) as f64 / 2.0
    }

    /// Its first second.
    pub(crate) fn first(&self) -> u64 {
        self.ticks.first().map_or(0, |tick| tick.second)
    }

    /// Its last second.
    pub(crate) fn last(&self) -> u64 {
        self.ticks.last().map_or(0, |tick| tick.second)
    }

    /// The mean over its seconds, of those in which it is known.
    pub(crate) fn mean(&self, of: impl Fn(&LoadTick) -> Option<f64>) -> Option<f64> {
        let known: Vec<f64> = self.ticks.iter().filter_map(of).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    }

    /// The least of its seconds.
    pub(crate) fn least(&self, of: impl Fn(&LoadTick) -> Option<f64>) -> Option<f64> {
        self.ticks.iter().filter_map(of).min_by(f64::total_cmp)
    }

    /// The most of its seconds.
    pub(crate) fn most(&self, of: impl Fn(&LoadTick) -> Option<f64>) -> Option<f64> {
        self.ticks.iter().filter_map(of).max_by(f64::total_cmp)
    }

    /// All of its seconds together.
    pub(crate) fn sum(&self, of: impl Fn(&LoadTick) -> u64) -> u64 {
        self.ticks.iter().map(of).sum()
    }
}

/// A time of a second; none when nothing ended in it.
pub(crate) fn timed(us: fn(&LoadTick) -> u64) -> impl Fn(&LoadTick) -> Option<f64> {
    move |tick| (tick.ended > 0).then(|| us(tick) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(seconds: std::ops::RangeInclusive<u64>) -> Vec<LoadTick> {
        seconds.map(|second| LoadTick { second, ended: 1, max_us: second, ..LoadTick::default() }).collect()
    }

    #[test]
    fn a_short_run_keeps_each_second() {
        let ticks = ticks(1..=600);
        let sampled = points(&ticks);
        assert_eq!((sampled.per, sampled.points.len()), (1, 600));
        assert_eq!(sampled.points[0].at(), 0.5);
    }

    #[test]
    fn a_long_one_keeps_what_was_least_and_most() {
        let mut ticks = ticks(1..=4 * 3600);
        ticks[7_000].max_us = 9_000_000;
        ticks[7_001].ended = 0;
        let sampled = points(&ticks);
        assert_eq!((sampled.per, sampled.points.len()), (24, 600));
        let worst = sampled.points.iter().filter_map(|one| one.most(timed(|tick| tick.max_us)));
        assert_eq!(
            worst.max_by(f64::total_cmp),
            Some(9_000_000.0),
            "a single slow second is not smoothed away"
        );
        let first = &sampled.points[0];
        let max = || timed(|tick| tick.max_us);
        assert_eq!(
            (first.least(max()), first.mean(max()), first.most(max())),
            (Some(1.0), Some(12.5), Some(24.0))
        );
        assert_eq!(sampled.points.iter().map(|one| one.sum(|tick| tick.ended)).sum::<u64>(), 4 * 3600 - 1);
    }

    #[test]
    fn seconds_that_are_missing_stay_missing() {
        let mut all = ticks(1..=3);
        all.extend(ticks(2_001..=2_002));
        let sampled = points(&all);
        assert_eq!((sampled.per, sampled.points.len()), (4, 2));
        assert!(points(&[]).points.is_empty());
    }
}
