//! How times are spread, read from the histograms of a result: [`decode`], [`quantiles`], [`shares`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dryrun_record::load::Series;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;

/// Characters of a histogram that are looked at: ours have a few thousand.
const LONGEST: usize = 1 << 20;
/// Points of a curve for each factor of ten in the share that took longer.
const DENSE: u32 = 14;

/// A histogram as it stands in the record; none when it is empty or damaged.
pub(crate) fn decode(text: &str) -> Option<Histogram<u64>> {
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let bytes = BASE64.decode(text).ok()?;
    let histogram: Histogram<u64> = Deserializer::new().deserialize(&mut bytes.as_slice()).ok()?;
    (!histogram.is_empty()).then_some(histogram)
}

/// Where a quantile stands on an axis on which 90%, 99% and 99.9% are as far from each other: factors of ten in the
/// share that took longer.
pub(crate) fn nines(quantile: f64) -> f64 {
    -(1.0 - quantile.min(1.0 - 1e-12)).log10()
}

/// Points of the curve of quantiles: [`nines`] and microseconds. From the histogram; else from the figures, which know
/// fewer. It ends where one value is left.
pub(crate) fn quantiles(series: &Series) -> Vec<(f64, f64)> {
    if series.time.count == 0 {
        return Vec::new();
    }
    let end = (series.time.count as f64).log10().clamp(0.31, 6.0);
    if let Some(histogram) = decode(&series.histogram) {
        let steps = (end * f64::from(DENSE)).ceil() as u32;
        let at = |step: u32| end * f64::from(step) / f64::from(steps.max(1));
        let all = (0..steps).map(|step| {
            let nines = at(step);
            (nines, histogram.value_at_quantile(1.0 - 10_f64.powf(-nines)) as f64)
        });
        return all.chain(std::iter::once((end, histogram.max() as f64))).collect();
    }
    let time = &series.time;
    let known = [
        (0.0, time.min_us),
        (0.5, time.p50_us),
        (0.9, time.p90_us),
        (0.95, time.p95_us),
        (0.99, time.p99_us),
        (0.999, time.p999_us),
    ];
    let known = known.into_iter().map(|(quantile, us)| (nines(quantile), us as f64));
    known.filter(|point| point.0 < end).chain(std::iter::once((end, time.max_us as f64))).collect()
}

/// The share of values in each of `many` equal parts of a logarithmic axis from `low` to `high`, as start, end, share.
pub(crate) fn shares(histogram: &Histogram<u64>, low: f64, high: f64, many: u32) -> Vec<(f64, f64, f64)> {
    let all = histogram.len() as f64;
    let edge = |index: u32| low * (high / low).powf(f64::from(index) / f64::from(many));
    let mut counts = vec![0_u64; many as usize];
    for value in histogram.iter_recorded() {
        let part = (value.value_iterated_to() as f64 / low).ln() / (high / low).ln();
        let index = ((part * f64::from(many)).max(0.0) as usize).min(counts.len().saturating_sub(1));
        counts[index] += value.count_at_value();
    }
    let share = |(index, many): (usize, u64)| (edge(index as u32), edge(index as u32 + 1), many as f64 / all);
    counts.into_iter().enumerate().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dryrun_record::load::Figures;
    use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};

    /// A histogram as the load writes it.
    fn encoded(values: impl IntoIterator<Item = u64>) -> String {
        let mut histogram = Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).expect("bounds");
        for value in values {
            histogram.record(value).expect("within the bounds");
        }
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&histogram, &mut bytes).expect("memory takes it");
        BASE64.encode(bytes)
    }

    #[test]
    fn curve_and_figures_agree() {
        let histogram = encoded(1..=10_000);
        let time = Figures { count: 10_000, p90_us: 9_000, max_us: 10_000, ..Figures::default() };
        let series = Series { count: 10_000, time, histogram, ..Series::default() };
        let curve = quantiles(&series);
        let p90 = curve.iter().find(|point| (point.0 - 1.0).abs() < 1e-9).expect("a point at 90%");
        assert!((8_990.0..=9_010.0).contains(&p90.1), "{p90:?}");
        assert_eq!(curve.last().map(|point| point.0), Some(4.0), "it ends where one of ten thousand is left");
        assert!(curve.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 <= two[1].1), "it only rises");
        let few = quantiles(&Series { histogram: "no histogram".into(), ..series });
        assert_eq!(few.first(), Some(&(0.0, 0.0)));
        assert_eq!(few.last(), Some(&(4.0, 10_000.0)), "without a histogram the figures are drawn");
    }

    #[test]
    fn shares_add_up_to_all() {
        let histogram = decode(&encoded([100, 100, 5_000, 90_000])).expect("a histogram");
        let shares = shares(&histogram, 50.0, 100_000.0, 30);
        assert!((shares.iter().map(|one| one.2).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(shares.iter().any(|one| one.0 <= 100.0 && one.1 >= 100.0 && one.2 == 0.5));
    }

    #[test]
    fn what_is_no_histogram_is_none() {
        for text in ["", "AAAA", "not base64 at all!", &"A".repeat(2 << 20)] {
            assert!(decode(text).is_none());
        }
    }
}
