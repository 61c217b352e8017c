//! [`Histogram`]: times as an HDR histogram with the same bounds everywhere, so that any two can be merged exactly.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dryrun_record::load::Figures;
use hdrhistogram::Histogram as Hdr;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};

/// The shortest time that is told apart, microseconds.
const LOW: u64 = 1;
/// The longest, microseconds: an hour. What takes longer counts as an hour.
const HIGH: u64 = 3_600_000_000;
/// Significant digits: a time is known to 0.1%.
const DIGITS: u8 = 3;
/// A new histogram reaches to here (16 KiB) and grows with what it is given. Where buckets lie does not depend on it.
const FIRST_HIGH: u64 = 2047;

/// Times from 1 µs to 1 h, to 3 significant digits. Its size depends on the longest time (16 to 190 KiB), never on how
/// many there are.
#[derive(Debug, Clone)]
pub struct Histogram {
    inner: Hdr<u64>,
}

/// Why a text is no histogram of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistogramError {
    /// Not base64, or cut off.
    #[error("the histogram is not base64: {0}")]
    Base64(String),
    /// Not an HDR histogram, or damaged.
    #[error("the histogram is not in the format HDR V2, deflated: {0}")]
    Format(String),
    /// A histogram with other bounds: merging would lose digits.
    #[error(
        "the histogram's bounds are {low} to {high} µs with {digits} digits; only 1 to 3600000000 µs with 3 digits \
         can be merged and compared"
    )]
    Bounds {
        /// Its shortest time.
        low: u64,
        /// Its longest.
        high: u64,
        /// Its significant digits.
        digits: u8,
    },
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// Without times.
    pub fn new() -> Self {
        let mut inner =
            Hdr::new_with_bounds(LOW, FIRST_HIGH, DIGITS).expect("the bounds are constants and right");
        inner.auto(true);
        Self { inner }
    }

    /// One more time. Below 1 µs it counts as 1 µs, above 1 h as 1 h.
    #[inline]
    pub fn record(&mut self, time: Duration) {
        self.record_us(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// One more time, in microseconds.
    #[inline]
    pub fn record_us(&mut self, us: u64) {
        self.record_n(us, 1);
    }

    /// The same time `count` more times.
    pub fn record_n(&mut self, us: u64, count: u64) {
        self.inner
            .record_n(us.clamp(LOW, HIGH), count)
            .expect("a histogram grows to every time within its bounds");
    }

    /// Takes in all times of `other`, exactly: as if they had been recorded here.
    pub fn merge(&mut self, other: &Self) {
        for bucket in other.inner.iter_recorded() {
            self.record_n(bucket.value_iterated_to(), bucket.count_at_value());
        }
    }

    /// These times without those of `other`, all of which are among them.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut rest = Self::new();
        let mut left = other.buckets().peekable();
        for (us, count) in self.buckets() {
            let gone = left.next_if(|(gone, _)| *gone == us).map_or(0, |(_, gone)| gone);
            rest.record_n(us, count.saturating_sub(gone));
        }
        rest
    }

    /// Forgets all times and keeps its memory.
    pub fn clear(&mut self) {
        if !self.is_empty() {
            self.inner.reset();
        }
    }

    /// How many times.
    pub fn count(&self) -> u64 {
        self.inner.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// The time, in microseconds, that this share (0 to 1) did not exceed; the upper end of its bucket. 0 when empty.
    pub fn quantile(&self, share: f64) -> u64 {
        self.inner.value_at_quantile(share)
    }

    /// The shortest, microseconds; the lower end of its bucket. 0 when empty.
    pub fn min(&self) -> u64 {
        if self.is_empty() { 0 } else { self.inner.min() }
    }

    /// The longest, microseconds; the upper end of its bucket. 0 when empty.
    pub fn max(&self) -> u64 {
        self.inner.max()
    }

    /// The arithmetic mean, microseconds. 0 when empty.
    pub fn mean(&self) -> f64 {
        self.inner.mean()
    }

    /// How many took no longer than `limit_us`, as exactly as buckets tell: the limit's own bucket is counted in.
    pub fn within(&self, limit_us: u64) -> u64 {
        match self.inner.high() {
            // Not even as wide as the limit.
            high if limit_us >= high => self.count(),
            _ => self.inner.count_between(0, limit_us),
        }
    }

    /// What was recorded, ascending: the upper end of each bucket in microseconds, and how many times it holds.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.inner.iter_recorded().map(|bucket| (bucket.value_iterated_to(), bucket.count_at_value()))
    }

    /// What a report tells of it.
    pub fn figures(&self) -> Figures {
        Figures {
            count: self.count(),
            min_us: self.min(),
            mean_us: self.mean(),
            p50_us: self.quantile(0.50),
            p90_us: self.quantile(0.90),
            p95_us: self.quantile(0.95),
            p99_us: self.quantile(0.99),
            p999_us: self.quantile(0.999),
            max_us: self.max(),
        }
    }

    /// As text: HDR V2, deflated, base64. The same times give the same text. Empty when there are none.
    pub fn encode(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        let mut whole = Hdr::<u64>::new_with_bounds(LOW, HIGH, DIGITS).expect("the bounds are right");
        whole.add(&self.inner).expect("no time lies beyond the bounds");
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&whole, &mut bytes).expect("a Vec takes every byte");
        BASE64.encode(bytes)
    }

    /// From text that [`Self::encode`] gave, here or on another machine.
    pub fn decode(text: &str) -> Result<Self, HistogramError> {
        let mut histogram = Self::new();
        let text = text.trim();
        if text.is_empty() {
            return Ok(histogram);
        }
        let bytes = BASE64.decode(text).map_err(|error| HistogramError::Base64(error.to_string()))?;
        let read: Hdr<u64> = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(|error| HistogramError::Format(error.to_string()))?;
        if (read.low(), read.high(), read.sigfig()) != (LOW, HIGH, DIGITS) {
            let (low, high, digits) = (read.low(), read.high(), read.sigfig());
            return Err(HistogramError::Bounds { low, high, digits });
        }
        for bucket in read.iter_recorded() {
            histogram.record_n(bucket.value_iterated_to(), bucket.count_at_value());
        }
        Ok(histogram)
    }
}

/// The same times, as far as buckets tell.
impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.buckets().eq(other.buckets())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(times: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::new();
        times.into_iter().for_each(|us| histogram.record_us(us));
        histogram
    }

    #[test]
    fn quantiles_are_right_to_three_digits() {
        let figures = of((1..=100_000).rev()).figures();
        let near = |found: u64, wanted: f64| (found as f64 - wanted).abs() / wanted <= 0.001;
        assert_eq!((figures.count, figures.min_us), (100_000, 1));
        assert!(near(figures.p50_us, 50_000.0), "{figures:?}");
        assert!(near(figures.p90_us, 90_000.0), "{figures:?}");
        assert!(near(figures.p95_us, 95_000.0), "{figures:?}");
        assert!(near(figures.p99_us, 99_000.0), "{figures:?}");
        assert!(near(figures.p999_us, 99_900.0), "{figures:?}");
        assert!(near(figures.max_us, 100_000.0), "{figures:?}");
        assert!((figures.mean_us - 50_000.5).abs() / 50_000.5 <= 0.001, "{figures:?}");
    }

    #[test]
    fn without_times_all_figures_are_nothing() {
        assert_eq!(Histogram::new().figures(), Figures::default());
        assert_eq!(Histogram::new().encode(), "");
        assert_eq!(Histogram::decode(""), Ok(Histogram::new()));
    }

    #[test]
    fn what_lies_beyond_the_bounds_counts_as_the_bound() {
        let histogram = of([0, u64::MAX]);
        assert_eq!(histogram.min(), 1);
        assert!(histogram.max() >= HIGH && histogram.max() < HIGH + HIGH / 1000, "{}", histogram.max());
        let mut day = Histogram::new();
        day.record(Duration::from_secs(86_400));
        assert_eq!(day, of([HIGH]));
    }

    #[test]
    fn merging_is_exact_whatever_the_parts() {
        let times: Vec<u64> =
            (0_u64..5_000).map(|k| k.wrapping_mul(2_654_435_761) % 90_000_000 + 1).collect();
        let whole = of(times.iter().copied());
        let mut merged = Histogram::new();
        for part in 0..7 {
            merged.merge(&of(times.iter().copied().skip(part).step_by(7)));
        }
        assert_eq!(merged, whole);
        assert_eq!(merged.encode(), whole.encode());
        assert_eq!(merged.figures(), whole.figures());
        let mut other = whole.clone();
        other.record_us(5);
        assert_ne!(other, whole);
    }

    #[test]
    fn a_text_gives_the_same_histogram_back() {
        let histogram = of([1, 7, 900, 1_901_000, 1_901_000, HIGH]);
        let read = Histogram::decode(&histogram.encode()).unwrap();
        assert_eq!(read, histogram);
        assert_eq!(read.figures(), histogram.figures());
        assert_eq!(read.encode(), histogram.encode());
    }

    #[test]
    fn other_programs_read_the_text_with_our_bounds() {
        let text = of([3_000]).encode();
        let bytes = BASE64.decode(text).unwrap();
        let read: Hdr<u64> = Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
        assert_eq!((read.low(), read.high(), read.sigfig(), read.len()), (1, 3_600_000_000, 3, 1));
    }

    #[test]
    fn a_text_that_is_none_is_refused_with_the_reason() {
        let refused = |text: &str| Histogram::decode(text).unwrap_err();
        assert!(matches!(refused("no!"), HistogramError::Base64(_)));
        assert!(matches!(refused("aGVsbG8gd29ybGQ="), HistogramError::Format(_)));
        let whole = of(1..1000).encode();
        assert!(matches!(refused(&whole[..whole.len() / 8 * 4]), HistogramError::Format(_)));
        let mut other = Hdr::<u64>::new_with_bounds(1, 60_000_000, 2).unwrap();
        other.record(5).unwrap();
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&other, &mut bytes).unwrap();
        let error = refused(&BASE64.encode(bytes));
        assert_eq!(error, HistogramError::Bounds { low: 1, high: 60_000_000, digits: 2 });
        assert!(error.to_string().contains("1 to 60000000 µs with 2 digits"), "{error}");
    }

    #[test]
    fn counts_within_a_limit() {
        let histogram = of([10, 20, 30, 40_000]);
        let within = [9, 10, 30, 39_000, 40_000, u64::MAX].map(|limit| histogram.within(limit));
        assert_eq!(within, [0, 1, 3, 3, 4, 4]);
        assert_eq!(of([500]).within(2_000_000), 1);
    }

    #[test]
    fn what_is_taken_away_is_what_was_put_in() {
        let (good, bad) = (of((1..4_000).step_by(3)), of([2, 2, 900, 70_000, HIGH]));
        let mut all = good.clone();
        all.merge(&bad);
        assert_eq!((all.without(&bad), all.without(&good)), (good, bad.clone()));
        assert_eq!((bad.without(&Histogram::new()), bad.without(&bad)), (bad, Histogram::new()));
    }

    #[test]
    fn memory_does_not_grow_with_the_number_of_times() {
        let mut histogram = of((0..40).map(|power| 1 << power));
        let buckets = histogram.inner.distinct_values();
        for us in 0..200_000 {
            histogram.record_us(us * 17);
        }
        assert_eq!(histogram.inner.distinct_values(), buckets);
        assert!(buckets * 8 < 200 * 1024, "{buckets}");
        histogram.clear();
        assert_eq!(histogram, Histogram::new());
    }
}
