//! [`Tally`]: everything measured of one kind of request, step or workflow.

use std::collections::BTreeMap;
use std::time::Duration;

use dryrun_record::load::{Apdex, Figures, Series, Splits};

use crate::histogram::Histogram;

use super::timing::Timing;

/// So many causes are told apart; those that come later count as `other`.
const CAUSES: usize = 64;
/// Where further causes are counted.
const OTHER: &str = "other";

/// Everything measured of one kind. Its size is bounded, however much it measures.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    time: Histogram,
    /// The times of those that failed.
    failed: Option<Histogram>,
    connect: Option<Histogram>,
    ttfb: Option<Histogram>,
    body: Option<Histogram>,
    failures: u64,
    causes: BTreeMap<String, u64>,
    bytes: u64,
    satisfied: u64,
    tolerating: u64,
    /// Ended within the measured time: those that make the rate. Those of the warm-up may be among them.
    in_time: u64,
}

impl Tally {
    /// One ended so long after it should have begun.
    pub(super) fn ended(&mut self, time: Duration, cause: Option<&str>, limit: Option<Duration>) {
        self.time.record(time);
        match (cause, limit) {
            (Some(cause), _) => {
                self.failures += 1;
                self.failed.get_or_insert_default().record(time);
                add(&mut self.causes, cause, 1);
            }
            (None, Some(limit)) if time <= limit => self.satisfied += 1,
            (None, Some(limit)) if time <= limit * 4 => self.tolerating += 1,
            _ => {}
        }
    }

    /// One ended within the measured time.
    pub(super) fn in_time(&mut self) {
        self.in_time += 1;
    }

    /// The parts of its time, as far as they are known.
    pub(super) fn split(&mut self, timing: &Timing, bytes: u64) {
        self.bytes += bytes;
        if let Some(time) = timing.connect {
            self.connect.get_or_insert_default().record(time);
        }
        if let Some(head) = timing.head {
            self.ttfb.get_or_insert_default().record(head.saturating_duration_since(timing.sent));
            self.body.get_or_insert_default().record(timing.ended.saturating_duration_since(head));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    pub(super) fn count(&self) -> u64 {
        self.time.count()
    }

    /// As a report tells it. `measured` is the time that its rate is over; `whole` gives every histogram.
    pub(super) fn series(&self, measured: Duration, limit: Option<Duration>, whole: bool) -> Series {
        let seconds = measured.as_secs_f64();
        let text = |part: &Option<Histogram>| part.as_ref().map(Histogram::encode).unwrap_or_default();
        Series {
            count: self.count(),
            failures: self.failures,
            causes: self.causes.clone(),
            rate: if seconds > 0.0 { self.in_time as f64 / seconds } else { 0.0 },
            time: self.time.figures(),
            histogram: self.time.encode(),
            failed_histogram: text(&self.failed),
            apdex: limit.map(|limit| self.apdex(limit)),
            connect: self.connect.as_ref().map(Histogram::figures),
            ttfb: self.ttfb.as_ref().map(Histogram::figures),
            body: self.body.as_ref().map(Histogram::figures),
            splits: (whole && self.ttfb.is_some()).then(|| Splits {
                connect: text(&self.connect),
                ttfb: text(&self.ttfb),
                body: text(&self.body),
            }),
            bytes: self.bytes,
        }
    }

    /// As it stands: without texts, causes, splits and quantiles, and, unless it is wanted `whole`, without the mean and
    /// the longest.
    pub(super) fn standing(&self, measured: Duration, limit: Option<Duration>, whole: bool) -> Series {
        let seconds = measured.as_secs_f64();
        let few = Figures { count: self.count(), min_us: self.time.min(), ..Figures::default() };
        let more = || Figures { mean_us: self.time.mean(), max_us: self.time.max(), ..few };
        Series {
            count: self.count(),
            failures: self.failures,
            rate: if seconds > 0.0 { self.in_time as f64 / seconds } else { 0.0 },
            time: if whole { more() } else { few },
            apdex: limit.map(|limit| self.apdex(limit)),
            ..Series::default()
        }
    }

    pub(super) fn times(&self) -> &Histogram {
        &self.time
    }

    /// The times of those that failed, if any did.
    pub(super) fn failed(&self) -> Option<&Histogram> {
        self.failed.as_ref()
    }

    fn apdex(&self, limit: Duration) -> Apdex {
        let Self { satisfied, tolerating, .. } = *self;
        let score = match self.count() {
            0 => 0.0,
            count => (satisfied as f64 + tolerating as f64 / 2.0) / count as f64,
        };
        let limit_us = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX);
        Apdex { limit_us, satisfied, tolerating, score }
    }
}

/// Adds without making a text of its own for a cause that is known.
fn add(causes: &mut BTreeMap<String, u64>, cause: &str, count: u64) {
    if let Some(known) = causes.get_mut(cause) {
        *known += count;
    } else if causes.len() < CAUSES {
        causes.insert(cause.to_owned(), count);
    } else {
        *causes.entry(OTHER.to_owned()).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn apdex_counts_by_the_specification_and_failures_never_satisfy() {
        let mut tally = Tally::default();
        for (ms, cause) in
            [(50, None), (100, None), (101, None), (400, None), (401, None), (10, Some("status 500"))]
        {
            tally.ended(ms * MS, cause, Some(100 * MS));
        }
        let apdex = tally.series(MS, Some(100 * MS), false).apdex.unwrap();
        assert_eq!((apdex.satisfied, apdex.tolerating, apdex.limit_us), (2, 2, 100_000));
        assert!((apdex.score - 3.0 / 6.0).abs() < 1e-12, "{apdex:?}");
    }

    #[test]
    fn the_rate_leaves_out_what_ended_after_the_schedule() {
        let mut tally = Tally::default();
        (0..30).for_each(|_| tally.ended(MS, None, None));
        (0..20).for_each(|_| tally.in_time());
        let series = tally.series(Duration::from_secs(10), None, false);
        assert_eq!((series.count, series.rate), (30, 2.0));
    }

    #[test]
    fn causes_are_counted_and_their_kinds_are_bounded() {
        let mut tally = Tally::default();
        for k in 0..10 * CAUSES {
            tally.ended(MS, Some(&format!("cause {k}")), None);
        }
        tally.ended(MS, Some("cause 1"), None);
        let series = tally.series(MS, None, false);
        assert_eq!(series.causes["cause 1"], 2);
        assert_eq!(series.causes.len(), CAUSES + 1);
        assert_eq!(series.causes.values().sum::<u64>(), series.failures);
    }
}
