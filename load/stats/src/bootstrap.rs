//! The bootstrap of a ratio over runs: [`interval`].

use crate::distributions::{normal_tail, t_quantile};

/// A ratio, new to old, with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The ratio of the geometric means over runs.
    pub ratio: f64,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// The confidence interval of new / old, bootstrapped: each resample draws as many runs of either side as there are, with
/// replacement, and takes the ratio of their geometric means. Values are one per run (a quantile's time, above 0).
/// `None` with less than 2 runs on a side or a value that is no positive number: nothing can be said.
///
/// It is the *expanded* percentile interval (Hesterberg, What Teachers Should Know About the Bootstrap, 2015, section
/// 4.3.3; doi 10.1080/00031305.2015.1089789). With 5 runs a side the plain percentile interval holds the truth in 87 of
/// 100 cases where it promises 95: it takes the variance of a sample for that of the population, and the normal
/// distribution for Student's. Both are made good by reading the resamples further out. The studentised interval covers
/// as well, but one slow run makes it several times as wide. docs/baselines.md has the figures.
pub fn interval(old: &[f64], new: &[f64], confidence: f64, resamples: usize, seed: u64) -> Option<Interval> {
    let sound = |side: &[f64]| side.len() >= 2 && side.iter().all(|value| value.is_finite() && *value > 0.0);
    if !sound(old) || !sound(new) || resamples == 0 {
        return None;
    }
    let logs = |side: &[f64]| side.iter().map(|value| value.ln()).collect::<Vec<_>>();
    let (old, new) = (logs(old), logs(new));
    let mut draws = Draws(seed);
    let mut ratios: Vec<f64> = (0..resamples).map(|_| draws.mean(&new) - draws.mean(&old)).collect();
    ratios.sort_by(f64::total_cmp);
    let tail = expanded_tail((1.0 - confidence) / 2.0, old.len(), new.len());
    Some(Interval {
        ratio: (mean(&new) - mean(&old)).exp(),
        low: at(&ratios, tail).exp(),
        high: at(&ratios, 1.0 - tail).exp(),
    })
}

/// How far out the resamples are to be read for an interval that leaves out `tail` on either side.
fn expanded_tail(tail: f64, old: usize, new: usize) -> f64 {
    let fewer = old.min(new) as f64;
    let widening = (fewer / (fewer - 1.0)).sqrt();
    normal_tail(widening * t_quantile(tail, (old + new - 2) as f64))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// SplitMix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014). Kept here so that a record
/// gives the same interval with every later version of any crate.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The mean of as many values as there are, drawn with replacement.
    fn mean(&mut self, values: &[f64]) -> f64 {
        let count = values.len();
        let sum: f64 =
            (0..count).map(|_| values[((u128::from(self.next()) * count as u128) >> 64) as usize]).sum();
        sum / count as f64
    }
}

/// The value below which the share `share` of the sorted values lies, straight between neighbours.
fn at(sorted: &[f64], share: f64) -> f64 {
    let place = share.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_that_of_the_geometric_means() {
        let found = interval(&[10.0, 40.0], &[30.0, 120.0], 0.95, 500, 1).unwrap();
        assert!((found.ratio - 3.0).abs() < 1e-12);
        assert!(found.low <= found.ratio && found.ratio <= found.high);
    }

    #[test]
    fn runs_that_are_all_alike_leave_no_doubt() {
        let found = interval(&[10.0; 5], &[11.5; 5], 0.95, 500, 1).unwrap();
        assert!((found.low - 1.15).abs() < 1e-9 && (found.high - 1.15).abs() < 1e-9);
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let (old, new) = ([10.0, 11.0, 9.8, 10.4, 10.1], [10.2, 10.9, 10.0, 10.6, 9.9]);
        assert_eq!(interval(&old, &new, 0.95, 999, 7), interval(&old, &new, 0.95, 999, 7));
        assert_ne!(interval(&old, &new, 0.95, 999, 7), interval(&old, &new, 0.95, 999, 8));
    }

    #[test]
    fn more_confidence_is_a_wider_interval() {
        let (old, new) = ([10.0, 11.0, 9.8, 10.4, 10.1], [10.2, 10.9, 10.0, 10.6, 9.9]);
        let narrow = interval(&old, &new, 0.80, 4000, 1).unwrap();
        let wide = interval(&old, &new, 0.99, 4000, 1).unwrap();
        assert!(wide.low < narrow.low && narrow.high < wide.high);
    }

    #[test]
    fn nothing_can_be_said_of_one_run_or_of_no_time() {
        assert_eq!(interval(&[1.0], &[1.0, 1.0], 0.95, 100, 1), None);
        assert_eq!(interval(&[1.0, 0.0], &[1.0, 1.0], 0.95, 100, 1), None);
        assert_eq!(interval(&[1.0, f64::NAN], &[1.0, 1.0], 0.95, 100, 1), None);
    }

    /// The first numbers of the published generator for seed 0.
    #[test]
    fn the_draws_are_splitmix64() {
        let mut draws = Draws(0);
        assert_eq!(draws.next(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(draws.next(), 0x6e78_9e6a_a1b9_65f4);
    }

    /// 5 and 5: Student's t of 8 degrees (2.306) times √(5/4) is 2.578, beyond which 0.497% of the normal lie.
    #[test]
    fn the_expansion_is_hesterbergs() {
        assert!((expanded_tail(0.025, 5, 5) - 0.004_968).abs() < 1e-5);
        // With many runs there is nothing left to make good.
        assert!((expanded_tail(0.025, 5000, 5000) - 0.025).abs() < 1e-4);
    }
}
