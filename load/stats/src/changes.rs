//! Change points in a history: [`change_points`].
//!
//! The method is that of Apache Otava: E-divisive with means (Matteson and James, A Nonparametric Approach for Multiple
//! Change Point Analysis of Multivariate Data, arXiv 1306.4933) finds where to look, Student's t-test says whether it is
//! one, in overlapping windows, first with a generous limit and then, from the weakest on, with the strict one (Fleming
//! et al., Hunter: Using Change Point Detection to Hunt for Performance Regressions, arXiv 2301.03034).
//! `tests/otava.rs` holds this against what the package itself finds.

use crate::distributions::t_two_sided;

/// What counts as a change. The defaults are Otava's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangeRules {
    /// How many values are looked at together; windows overlap by half. At least 2.
    pub window: usize,
    /// A change less probable than this by chance counts.
    pub max_p: f64,
    /// A change must be larger than this: 0.05 is 5%.
    pub least: f64,
}

impl Default for ChangeRules {
    fn default() -> Self {
        Self { window: 50, max_p: 0.001, least: 0.0 }
    }
}

/// A place where a history changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// The first value after the change, from 0.
    pub index: usize,
    /// Mean from the change before (or the start) to this one.
    pub before: f64,
    /// Mean from this one to the next (or the end).
    pub after: f64,
    /// How probable such a difference is by chance alone.
    pub p: f64,
}

impl ChangePoint {
    /// How much it is after, relative to before: 0.15 is 15% more.
    pub fn change(&self) -> f64 {
        if self.before == 0.0 { 0.0 } else { self.after / self.before - 1.0 }
    }

    /// The larger of the changes there and back.
    fn magnitude(&self) -> f64 {
        let back = if self.after == 0.0 { 0.0 } else { self.before / self.after - 1.0 };
        self.change().abs().max(back.abs())
    }
}

/// The places where `series` changed, in order.
pub fn change_points(series: &[f64], rules: &ChangeRules) -> Vec<ChangePoint> {
    let generous = match rules.max_p {
        p if p < 0.05 => p * 10.0,
        p if p < 0.5 => p * 2.0,
        p => p,
    };
    merge(series, &split(series, rules.window.max(2), generous), rules)
}

/// The weak change points: those of all windows, with the generous limit. Ascending.
fn split(series: &[f64], window: usize, max_p: f64) -> Vec<usize> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < series.len() {
        let end = (start + window).min(series.len());
        let fresh = divide(&series[start..end], max_p);
        let last = fresh.last().map_or(0, |index| index + start);
        found.extend(fresh.into_iter().map(|index| index + start));
        start = last.max(start + window / 2);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Takes the weakest away, one at a time, until all are strong enough.
///
/// As in Otava, the two behind the one that went are tested anew; the one before it keeps what it was found with, which
/// shorter neighbours gave. That now and then keeps a weak point more, and is so here to find what Otava finds.
fn merge(series: &[f64], cuts: &[usize], rules: &ChangeRules) -> Vec<ChangePoint> {
    let mut points = tested(series, cuts);
    loop {
        let Some(mut weakest) = first_by(&points, |point, best| point.p > best.p) else { return points };
        if points[weakest].p < rules.max_p {
            weakest =
                first_by(&points, |point, best| point.magnitude() < best.magnitude()).unwrap_or(weakest);
            if points[weakest].magnitude() > rules.least {
                return points;
            }
        }
        points.remove(weakest);
        let cuts: Vec<usize> = points.iter().map(|point| point.index).collect();
        let fresh = tested(series, &cuts);
        for place in (weakest..points.len()).take(2) {
            points[place] = fresh[place];
        }
    }
}

/// The first that is better than all before it and no worse than any behind.
fn first_by(points: &[ChangePoint], better: impl Fn(&ChangePoint, &ChangePoint) -> bool) -> Option<usize> {
    let mut best = None;
    for (place, point) in points.iter().enumerate() {
        if best.is_none_or(|best: usize| better(point, &points[best])) {
            best = Some(place);
        }
    }
    best
}

/// What each cut divides: from the cut before it to the cut behind it.
fn tested(series: &[f64], cuts: &[usize]) -> Vec<ChangePoint> {
    let bound = |place: usize| cuts.get(place).copied().unwrap_or(series.len());
    (0..cuts.len())
        .map(|place| {
            let from = if place == 0 { 0 } else { cuts[place - 1] };
            t_test(series, from, cuts[place], bound(place + 1))
        })
        .collect()
}

/// Divides `values` again and again at the place where the two sides differ most, as long as that is significant.
fn divide(values: &[f64], max_p: f64) -> Vec<usize> {
    let sums = DistanceSums::new(values);
    let mut cuts: Vec<usize> = Vec::new();
    loop {
        let bounds: Vec<usize> =
            std::iter::once(0).chain(cuts.iter().copied()).chain(std::iter::once(values.len())).collect();
        let mut best: Option<(f64, usize, usize, usize)> = None;
        for pair in bounds.windows(2).filter(|pair| pair[1] - pair[0] > 1) {
            let (q, cut) = sums.widest(pair[0], pair[1]);
            if best.is_none_or(|(most, ..)| q > most) {
                best = Some((q, pair[0], cut, pair[1]));
            }
        }
        match best {
            Some((_, from, cut, to)) if t_test(values, from, cut, to).p <= max_p => {
                cuts.push(cut);
                cuts.sort_unstable();
            }
            _ => return cuts,
        }
    }
}

/// Sums of the distances |v[i] − v[j]| over rectangles of pairs, each in one step.
struct DistanceSums {
    width: usize,
    /// `sums[i * width + j]`: all pairs (a, b) with a < i and b < j.
    sums: Vec<f64>,
}

impl DistanceSums {
    fn new(values: &[f64]) -> Self {
        let width = values.len() + 1;
        let mut sums = vec![0.0; width * width];
        for i in 1..width {
            let mut row = 0.0;
            for j in 1..width {
                row += (values[i - 1] - values[j - 1]).abs();
                sums[i * width + j] = sums[(i - 1) * width + j] + row;
            }
        }
        Self { width, sums }
    }

    /// Pairs with the first in `a..b` and the second in `c..d`.
    fn between(&self, a: usize, b: usize, c: usize, d: usize) -> f64 {
        let at = |i: usize, j: usize| self.sums[i * self.width + j];
        at(b, d) - at(a, d) - at(b, c) + at(a, c)
    }

    /// Within `from..to`: the cut τ, for which a κ makes `from..τ` and `τ..κ` differ most, and how much that is: Q̂ of the
    /// paper with α = 1. Where several are equal, the earliest.
    fn widest(&self, from: usize, to: usize) -> (f64, usize) {
        let mut best = (f64::NEG_INFINITY, from + 1);
        for cut in from + 1..to {
            let left = (cut - from) as f64;
            // Each pair within a side is in the square twice.
            let within_left = self.between(from, cut, from, cut) / 2.0;
            for end in cut + 1..=to {
                let right = (end - cut) as f64;
                let both = left + right;
                let within_right = self.between(cut, end, cut, end) / 2.0;
                let mut q = 2.0 / both * self.between(from, cut, cut, end);
                if left > 1.0 {
                    q -= 2.0 * right / both / (left - 1.0) * within_left;
                }
                if right > 1.0 {
                    q -= 2.0 * left / both / (right - 1.0) * within_right;
                }
                if q > best.0 {
                    best = (q, cut);
                }
            }
        }
        best
    }
}

/// Student's t-test of `series[from..cut]` against `series[cut..to]`, with one variance for both. Otava hands the test the
/// standard deviation of the population where the test asks for that of the sample; so do we: its limits are meant so.
fn t_test(series: &[f64], from: usize, cut: usize, to: usize) -> ChangePoint {
    let (left, right) = (&series[from..cut], &series[cut..to]);
    let (n1, n2) = (left.len() as f64, right.len() as f64);
    let (before, after) = (left.iter().sum::<f64>() / n1, right.iter().sum::<f64>() / n2);
    let variance = |side: &[f64], mean: f64, n: f64| side.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    let degrees = n1 + n2 - 2.0;
    let p = if degrees <= 0.0 {
        1.0
    } else {
        let pooled =
            ((n1 - 1.0) * variance(left, before, n1) + (n2 - 1.0) * variance(right, after, n2)) / degrees;
        let t = (before - after) / (pooled * (1.0 / n1 + 1.0 / n2)).sqrt();
        // Nothing varies and nothing differs: 0 / 0, no change.
        if t.is_nan() { 1.0 } else { t_two_sided(t.abs(), degrees) }
    };
    ChangePoint { index: cut, before, after, p }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_found_where_it_is() {
        let series: Vec<f64> =
            (0..40).map(|i| if i < 25 { 100.0 } else { 115.0 } + [0.5, -0.5, 1.0, -1.0][i % 4]).collect();
        let found = change_points(&series, &ChangeRules::default());
        assert_eq!(found.iter().map(|point| point.index).collect::<Vec<_>>(), [25]);
        assert!((found[0].change() - 0.15).abs() < 0.01 && found[0].p < 1e-6);
    }

    #[test]
    fn a_history_that_does_not_change_has_none() {
        for series in [vec![], vec![5.0], vec![5.0; 60], (0..60).map(|i| f64::from(i % 3)).collect()] {
            assert_eq!(change_points(&series, &ChangeRules::default()), []);
        }
    }

    #[test]
    fn a_change_that_is_too_small_to_matter_is_none() {
        let series: Vec<f64> =
            (0..40).map(|i| if i < 20 { 100.0 } else { 103.0 } + f64::from(i % 2) * 0.1).collect();
        assert_eq!(change_points(&series, &ChangeRules::default()).len(), 1);
        assert_eq!(change_points(&series, &ChangeRules { least: 0.05, ..ChangeRules::default() }), []);
    }

    /// Q̂ by its definition, pair by pair.
    #[test]
    fn the_sums_are_those_of_the_definition() {
        let values: [f64; 8] = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
        let within = |side: &[f64]| {
            let mut sum = 0.0;
            for (i, a) in side.iter().enumerate() {
                sum += side[i + 1..].iter().map(|b| (a - b).abs()).sum::<f64>();
            }
            let pairs = side.len() * (side.len() - 1) / 2;
            if pairs == 0 { 0.0 } else { sum / pairs as f64 }
        };
        let mut best = (f64::NEG_INFINITY, 0);
        for cut in 1..values.len() {
            for end in cut + 1..=values.len() {
                let (x, y) = (&values[..cut], &values[cut..end]);
                let (n, m) = (x.len() as f64, y.len() as f64);
                let across: f64 = x.iter().map(|a| y.iter().map(|b| (a - b).abs()).sum::<f64>()).sum();
                let q = n * m / (n + m) * (2.0 / (n * m) * across - within(x) - within(y));
                if q > best.0 + 1e-12 {
                    best = (q, cut);
                }
            }
        }
        let found = DistanceSums::new(&values).widest(0, values.len());
        assert_eq!(found.1, best.1);
        assert!((found.0 - best.0).abs() < 1e-9);
    }
}
