//! Axes of charts: [`Axis`], where a value stands on it, and ticks that a person would choose.

/// One axis.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    /// Each decade takes the same room.
    pub(crate) log: bool,
    /// Where the grid is, and what stands there.
    pub(crate) ticks: Vec<(f64, String)>,
}

/// Highest to lowest from which on a time axis is logarithmic.
const WIDE: f64 = 25.0;
/// Steps of a time line, seconds.
const STEPS: [f64; 20] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
    10800.0, 21600.0, 43200.0,
];

impl Axis {
    /// From 0 to a round number at or above `most`, with at most about `many` ticks.
    pub(crate) fn from_zero(most: f64, many: usize, text: impl Fn(f64) -> String) -> Self {
        let most = if most.is_finite() && most > 0.0 { most } else { 1.0 };
        let step = round_step(most / many.max(1) as f64);
        let count = (most / step - 1e-9).ceil().max(1.0);
        let ticks = (0..=count as usize).map(|index| index as f64 * step).map(|at| (at, text(at))).collect();
        Self { low: 0.0, high: count * step, log: false, ticks }
    }

    /// From `low` to `high` as they are, with round ticks between them.
    pub(crate) fn between(low: f64, high: f64, many: usize, text: impl Fn(f64) -> String) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        let step = round_step((high - low) / many.max(1) as f64);
        let first = (low / step - 1e-9).ceil();
        let ticks =
            (0..).map(|index| (first + f64::from(index)) * step).take_while(|at| *at <= high + step * 1e-6);
        Self { low, high, log: false, ticks: ticks.map(|at| (at, text(at))).collect() }
    }

    /// For times: logarithmic when they differ widely, else from 0.
    pub(crate) fn of_times(least: f64, most: f64, text: impl Fn(f64) -> String) -> Self {
        if least > 0.0 && most / least >= WIDE {
            Self::decades(least, most, text)
        } else {
            Self::from_zero(most, 5, text)
        }
    }

    /// Logarithmic, with ticks at 1 2 5, or at each decade when there are many.
    pub(crate) fn decades(least: f64, most: f64, text: impl Fn(f64) -> String) -> Self {
        let least = if least.is_finite() && least > 0.0 { least } else { 1.0 };
        let most = if most.is_finite() { most.max(least * 1.01) } else { least * 10.0 };
        let (low, high) = (round_down(least), round_up(most));
        let span = (high / low).log10();
        let wanted: &[f64] = if span <= 2.4 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let ticks = (first..=last)
            .flat_map(|power| wanted.iter().map(move |digit| digit * 10_f64.powi(power)))
            .filter(|at| *at >= low * 0.999 && *at <= high * 1.001)
            .map(|at| (at, text(at)))
            .collect();
        Self { low, high, log: true, ticks }
    }

    /// The time line of a run: ticks at whole minutes and the like, at most about eight.
    pub(crate) fn of_seconds(end: f64, text: impl Fn(f64) -> String) -> Self {
        let high = if end.is_finite() && end > 0.0 { end } else { 1.0 };
        let longest = STEPS[STEPS.len() - 1];
        let days = || longest * (high / longest / 8.0).ceil();
        let step = STEPS.into_iter().find(|step| high / step <= 8.0).unwrap_or_else(days);
        let ticks = (0..).map(|index| f64::from(index) * step).take_while(|at| *at <= high * 1.000_001);
        Self { low: 0.0, high, log: false, ticks: ticks.map(|at| (at, text(at))).collect() }
    }

    /// How far a value stands along the axis, 0 to 1.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let part = if self.log {
            (value.max(self.low) / self.low).log10() / (self.high / self.low).log10()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// From `low` to `high` with these ticks.
    pub(crate) fn with_ticks(low: f64, high: f64, ticks: Vec<(f64, String)>) -> Self {
        Self { low, high, log: false, ticks }
    }

    /// The same axis in a smaller unit: every value is `factor` times as much.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        let ticks = self.ticks.into_iter().map(|(at, text)| (at * factor, text)).collect();
        Self { low: self.low * factor, high: self.high * factor, ticks, ..self }
    }

    /// Its ends.
    pub(crate) fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }
}

/// The 1, 2 or 5 at or above.
fn round_step(step: f64) -> f64 {
    round_up(if step.is_finite() && step > 0.0 { step } else { 1.0 })
}

fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let digit = value / power;
    let digits = [1.0, 2.0, 5.0, 10.0];
    digits.into_iter().find(|one| digit <= one * 1.000_001).unwrap_or(10.0) * power
}

fn round_down(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let digit = value / power;
    [5.0, 2.0].into_iter().find(|one| digit >= one * 0.999_999).unwrap_or(1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::units;

    fn said(axis: &Axis) -> Vec<String> {
        axis.ticks.iter().map(|tick| tick.1.clone()).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(
            said(&Axis::from_zero(987.0, 5, units::plain)),
            ["0", "200", "400", "600", "800", "1,000"]
        );
        assert_eq!(said(&Axis::from_zero(0.0, 4, units::plain)), ["0", "0.5", "1"]);
        assert_eq!(said(&Axis::from_zero(1.0, 2, units::plain)), ["0", "0.5", "1"]);
        assert_eq!(
            said(&Axis::between(0.94, 1.13, 4, |at| format!("{at:.2}"))),
            ["0.95", "1.00", "1.05", "1.10"]
        );
        assert_eq!(
            said(&Axis::of_seconds(10.0, units::moment)),
            ["0:00", "0:02", "0:04", "0:06", "0:08", "0:10"]
        );
        assert_eq!(said(&Axis::of_seconds(14_400.0, units::moment))[..3], ["0:00", "30:00", "1:00:00"]);
    }

    #[test]
    fn widely_spread_times_get_a_logarithmic_axis() {
        let axis = Axis::of_times(1_200.0, 1_904_000.0, units::tick);
        assert!(axis.log);
        assert_eq!(axis.ends(), (1_000.0, 2_000_000.0));
        assert_eq!(said(&axis), ["1 ms", "10 ms", "100 ms", "1 s"]);
        assert!((axis.place(1_000.0), axis.place(2_000_000.0)) == (0.0, 1.0));
        assert!(!Axis::of_times(1_200.0, 9_000.0, units::time).log);
        assert!(!Axis::of_times(0.0, 9_000.0, units::time).log, "zero has no logarithm");
    }

    #[test]
    fn whatever_a_record_says_there_is_an_axis() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 1e-300, 1e300] {
            for axis in [
                Axis::from_zero(value, 5, units::plain),
                Axis::decades(value, value, units::plain),
                Axis::of_times(value, value, units::plain),
                Axis::of_seconds(value.min(1e9), units::plain),
            ] {
                assert!(axis.ticks.len() < 40, "{value}: {:?}", axis.ticks.len());
                assert!((0.0..=1.0).contains(&axis.place(value)), "{value}");
            }
        }
    }
}
