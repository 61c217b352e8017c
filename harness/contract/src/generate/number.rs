//! Numbers between bounds, on a grid of multiples.

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Number, Value};

use super::merge::Flat;
use crate::formats::{NUMBER_KEYWORD, number_range};

/// How far from its only bound a number is made.
const REACH: i128 = 1000;
/// The room that JSON numbers have here.
const LEAST: i128 = i64::MIN as i128;
const MOST: i128 = u64::MAX as i128;

/// The whole numbers that a schema leaves: both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) least: Option<i128>,
    pub(super) most: Option<i128>,
    /// Every value is a multiple of it.
    pub(super) step: i128,
}

impl Whole {
    /// What the schema says about whole numbers.
    pub(super) fn of(flat: &Flat) -> Self {
        let bound = |key: &str| flat.get(key).and_then(Value::as_f64);
        let up = |value: f64| value.ceil() as i128;
        let down = |value: f64| value.floor() as i128;
        let exact = |key: &str| {
            let value = flat.get(key)?;
            value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
        };
        let least = [
            exact("minimum").or_else(|| bound("minimum").map(up)),
            exact("exclusiveMinimum")
                .map(|n| n + 1)
                .or_else(|| bound("exclusiveMinimum").map(|n| down(n) + 1)),
            range(flat).map(|(least, _)| least),
        ];
        let most = [
            exact("maximum").or_else(|| bound("maximum").map(down)),
            exact("exclusiveMaximum").map(|n| n - 1).or_else(|| bound("exclusiveMaximum").map(|n| up(n) - 1)),
            range(flat).map(|(_, most)| most),
        ];
        let step = match flat.get("multipleOf") {
            // The whole multiples of 2.5 are those of 5.
            Some(Value::Number(number)) => decimal(number).map_or(1, |(digits, scale)| {
                let unit = 10_i128.pow(scale);
                digits / common(digits, unit).max(1)
            }),
            _ => 1,
        };
        Self {
            least: least.into_iter().flatten().max(),
            most: most.into_iter().flatten().min(),
            step: step.max(1),
        }
    }

    /// Both ends of the range in which a value is made, as multiples of the step.
    fn grid(self) -> Option<(i128, i128)> {
        let (least, most) = match (self.least, self.most) {
            (Some(least), Some(most)) => (least, most),
            (Some(least), None) => (least, least.saturating_add(REACH.saturating_mul(self.step))),
            (None, Some(most)) => (most.saturating_sub(REACH.saturating_mul(self.step)), most),
            (None, None) => (0, REACH.saturating_mul(self.step)),
        };
        let least = least.max(LEAST).div_euclid(self.step) + i128::from(least.rem_euclid(self.step) != 0);
        let most = most.min(MOST).div_euclid(self.step);
        (least <= most).then_some((least, most))
    }

    /// A value within the bounds.
    pub(super) fn pick(self, rng: &mut StdRng) -> Option<Value> {
        let (least, most) = self.grid()?;
        // A format such as int64 leaves a range in which nothing looks like a number that people write.
        let friendly = (least.max(0), most.min(10 * REACH));
        let (from, to) =
            if friendly.0 <= friendly.1 && most - least > 100 * REACH { friendly } else { (least, most) };
        number(rng.random_range(from..=to) * self.step)
    }

    /// The smallest and the largest value, where there is such a bound.
    pub(super) fn ends(self) -> (Option<i128>, Option<i128>) {
        let Some((least, most)) = self.grid() else {
            return (None, None);
        };
        (self.least.map(|_| least * self.step), self.most.map(|_| most * self.step))
    }
}

/// The range of a number's format, if it has one.
fn range(flat: &Flat) -> Option<(i128, i128)> {
    flat.get(NUMBER_KEYWORD).and_then(Value::as_str).and_then(number_range)
}

/// A whole number as JSON; `None` beyond what JSON numbers hold here.
pub(super) fn number(value: i128) -> Option<Value> {
    let small = i64::try_from(value).map(Number::from);
    small.or_else(|_| u64::try_from(value).map(Number::from)).ok().map(Value::Number)
}

/// A number with a fraction, where the schema leaves room for one.
pub(super) fn fraction(flat: &Flat, rng: &mut StdRng) -> Option<Value> {
    if let Some(Value::Number(step)) = flat.get("multipleOf") {
        return multiple(flat, step, rng);
    }
    let bound = |key: &str| flat.get(key).and_then(Value::as_f64);
    let low = [bound("minimum"), bound("exclusiveMinimum")].into_iter().flatten().reduce(f64::max);
    let high = [bound("maximum"), bound("exclusiveMaximum")].into_iter().flatten().reduce(f64::min);
    let (low, high) = match (low, high) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, low + 1000.0_f64.max(low.abs())),
        (None, Some(high)) => (high - 1000.0_f64.max(high.abs()), high),
        (None, None) => (0.0, 1000.0),
    };
    let value = low + (high / 2.0 - low / 2.0) * 2.0 * rng.random::<f64>();
    let inside = |value: f64| {
        bound("minimum").is_none_or(|least| value >= least)
            && bound("maximum").is_none_or(|most| value <= most)
            && bound("exclusiveMinimum").is_none_or(|least| value > least)
            && bound("exclusiveMaximum").is_none_or(|most| value < most)
    };
    let rounded = (value * 100.0).round() / 100.0;
    let middle = low / 2.0 + high / 2.0;
    let value = [rounded, value, middle, low, high].into_iter().find(|value| inside(*value))?;
    Number::from_f64(value).map(Value::Number)
}

fn multiple(flat: &Flat, step: &Number, rng: &mut StdRng) -> Option<Value> {
    let (digits, scale) = decimal(step).filter(|(digits, _)| *digits > 0)?;
    let unit = 10_f64.powi(i32::try_from(scale).ok()?);
    let size = digits as f64 / unit;
    let bound = |key: &str| flat.get(key).and_then(Value::as_f64).map(|value| value / size);
    // Bounds counted in steps; a hair of room for what division loses.
    let least = [
        bound("minimum").map(|n| (n - 1e-9).ceil()),
        bound("exclusiveMinimum").map(|n| (n + 1e-9).floor() + 1.0),
    ];
    let most = [
        bound("maximum").map(|n| (n + 1e-9).floor()),
        bound("exclusiveMaximum").map(|n| (n - 1e-9).ceil() - 1.0),
    ];
    let least = least.into_iter().flatten().reduce(f64::max).map(|n| n as i128);
    let most = most.into_iter().flatten().reduce(f64::min).map(|n| n as i128);
    let (least, most) = match (least, most) {
        (Some(least), Some(most)) => (least, most),
        (Some(least), None) => (least, least + REACH),
        (None, Some(most)) => (most - REACH, most),
        (None, None) => (0, REACH),
    };
    if least > most {
        return None;
    }
    let times = rng.random_range(least..=most).checked_mul(digits)?;
    if scale == 0 {
        return number(times);
    }
    // Through its decimal digits, so that 3 × 0.1 is 0.3.
    let text = format!("{times}e-{scale}");
    Number::from_f64(text.parse().ok()?).map(Value::Number)
}

/// A number as digits and how many of them stand behind the point.
pub(super) fn decimal(number: &Number) -> Option<(i128, u32)> {
    let text = number.to_string().to_ascii_lowercase();
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (whole, behind) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let behind = behind.trim_end_matches('0');
    let digits: i128 = format!("{whole}{behind}").parse().ok()?;
    let scale = i64::try_from(behind.len()).ok()? - exponent;
    if scale >= 0 {
        u32::try_from(scale).ok().filter(|scale| *scale <= 18).map(|scale| (digits, scale))
    } else {
        let zeros = u32::try_from(-scale).ok().filter(|zeros| *zeros <= 18)?;
        digits.checked_mul(10_i128.pow(zeros)).map(|digits| (digits, 0))
    }
}

fn common(a: i128, b: i128) -> i128 {
    if b == 0 { a.abs() } else { common(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use serde_json::json;

    fn flat(schema: Value) -> Flat {
        schema.as_object().cloned().unwrap()
    }

    #[test]
    fn whole_numbers_keep_to_bounds_and_steps() {
        let whole = Whole::of(&flat(json!({"exclusiveMinimum": 1.5, "maximum": 20, "multipleOf": 2.5})));
        assert_eq!(whole, Whole { least: Some(2), most: Some(20), step: 5 });
        assert_eq!(whole.ends(), (Some(5), Some(20)));
        let small = Whole::of(&flat(json!({NUMBER_KEYWORD: "uint8", "minimum": -5})));
        assert_eq!((small.least, small.most), (Some(0), Some(255)));
        assert_eq!(
            Whole::of(&flat(json!({"minimum": 6, "maximum": 9, "multipleOf": 5})))
                .pick(&mut StdRng::seed_from_u64(1)),
            None
        );
    }

    #[test]
    fn fractions_keep_to_bounds_and_steps() {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..200 {
            let tenth =
                fraction(&flat(json!({"multipleOf": 0.1, "minimum": 0.25, "maximum": 0.35})), &mut rng);
            assert_eq!(tenth, Some(json!(0.3)));
            let narrow = fraction(&flat(json!({"exclusiveMinimum": 0, "exclusiveMaximum": 0.001})), &mut rng);
            assert!(narrow.and_then(|n| n.as_f64()).is_some_and(|n| n > 0.0 && n < 0.001));
        }
    }

    #[test]
    fn decimals_are_exact() {
        for (text, digits, scale) in
            [("0.01", 1, 2), ("1e-7", 1, 7), ("250", 250, 0), ("1.50", 15, 1), ("2e3", 2000, 0)]
        {
            let number: Number = serde_json::from_str(text).unwrap();
            assert_eq!(decimal(&number), Some((digits, scale)), "{text}");
        }
    }
}
