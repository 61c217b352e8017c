//! [`Times`]: what ended of a scope, and which of it failed.

use std::borrow::Cow;

use dryrun_record::load::Series;

use crate::histogram::Histogram;

/// The times of everything that ended, and of those among them that failed. What failed never finished: it lies beyond
/// every limit.
#[derive(Debug, Clone)]
pub struct Times<'a> {
    all: Cow<'a, Histogram>,
    failed: Cow<'a, Histogram>,
}

impl<'a> Times<'a> {
    /// Of `all`, and `failed` among them, if any did.
    pub fn new(all: &'a Histogram, failed: Option<&'a Histogram>) -> Self {
        let failed = failed.map_or_else(|| Cow::Owned(Histogram::new()), Cow::Borrowed);
        Self { all: Cow::Borrowed(all), failed }
    }

    /// Of several parts together.
    pub(crate) fn merged(parts: impl IntoIterator<Item = Times<'a>>) -> Self {
        let mut parts = parts.into_iter();
        let Some(mut first) = parts.next() else {
            return Self { all: Cow::Owned(Histogram::new()), failed: Cow::Owned(Histogram::new()) };
        };
        for part in parts {
            first.all.to_mut().merge(&part.all);
            first.failed.to_mut().merge(&part.failed);
        }
        first
    }

    /// As series tell it; `None` where one does not tell all of its own.
    pub(super) fn of(parts: &[&Series]) -> Option<Self> {
        let read = |part: &&Series| {
            let (all, failed) =
                (Histogram::decode(&part.histogram), Histogram::decode(&part.failed_histogram));
            let (all, failed) = (all.ok()?, failed.ok()?);
            let whole = all.count() == part.count && failed.count() == part.failures;
            whole.then_some(Self { all: Cow::Owned(all), failed: Cow::Owned(failed) })
        };
        parts.iter().map(read).collect::<Option<Vec<_>>>().map(Self::merged)
    }

    /// How many finished.
    pub(super) fn finished(&self) -> u64 {
        self.all.count().saturating_sub(self.failed.count())
    }

    /// How many finished and took no longer.
    pub(crate) fn within(&self, limit_us: u64) -> u64 {
        self.all.within(limit_us).saturating_sub(self.failed.within(limit_us))
    }

    /// How many ended, well or not, and took no longer.
    pub(crate) fn ended_within(&self, limit_us: u64) -> u64 {
        self.all.within(limit_us)
    }

    /// The time of this rank, from 1, among those that finished, in microseconds; `None` beyond the last of them.
    pub(super) fn at_rank(&self, rank: u64) -> Option<u64> {
        if rank > self.finished() {
            return None;
        }
        let finished = match self.failed.is_empty() {
            true => Cow::Borrowed(&*self.all),
            false => Cow::Owned(self.all.without(&self.failed)),
        };
        let mut seen = 0;
        let mut reached = finished.buckets().skip_while(|(_, count)| {
            seen += count;
            seen < rank
        });
        Some(reached.next().map_or(0, |(us, _)| us))
    }
}
