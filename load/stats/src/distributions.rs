//! The distributions that are needed, and no more: normal, and Student's t by way of the incomplete beta function.
//!
//! Formulas: Abramowitz and Stegun, Handbook of Mathematical Functions, 6.1.41 (gamma, by Lanczos' series), 26.5.8 (the
//! continued fraction of the incomplete beta function) and 26.5.27 (Student's t as a case of it).

use std::f64::consts::PI;

/// ln Γ(x) for x > 0, by Lanczos' approximation (g = 7, 9 terms): 15 digits.
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (PI / (PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let t = x + 7.5;
    let sum = TERMS[1..].iter().zip(1_u8..).fold(TERMS[0], |sum, (term, i)| sum + term / (x + f64::from(i)));
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// The regularised incomplete beta function I_x(a, b).
fn beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    // The fraction converges quickly on one side of the mean only; the other side is its mirror image.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(1.0 - x, b, a) / b
    }
}

/// The continued fraction of [`beta`], from the front (Lentz's method).
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    /// In place of a zero that would be divided by.
    const TINY: f64 = 1e-300;
    let sound = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / sound(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..=500_u16 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / sound(1.0 + even * d);
        c = sound(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / sound(1.0 + odd * d);
        c = sound(1.0 + odd / c);
        let step = d * c;
        fraction *= step;
        if (step - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

/// How probable a t as far from 0 as this is, on both sides together.
pub(crate) fn t_two_sided(t: f64, degrees: f64) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    beta(degrees / (degrees + t * t), degrees / 2.0, 0.5)
}

/// The t above which the share `tail` of Student's distribution lies; `tail` is above 0 and below a half.
pub(crate) fn t_quantile(tail: f64, degrees: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while t_two_sided(high, degrees) / 2.0 > tail && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if t_two_sided(middle, degrees) / 2.0 > tail { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The share of the normal distribution below `-z`, for z > 0. It is Student's with so many degrees of freedom that the
/// difference is below what a bootstrap can tell.
pub(crate) fn normal_tail(z: f64) -> f64 {
    t_two_sided(z, 1e9) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, wanted: f64, within: f64) {
        assert!(((found - wanted) / wanted).abs() < within, "{found} is not near {wanted}");
    }

    /// The tables that every textbook prints.
    #[test]
    fn students_t_as_in_the_tables() {
        near(t_quantile(0.025, 4.0), 2.776_445, 1e-6);
        near(t_quantile(0.025, 8.0), 2.306_004, 1e-6);
        near(t_quantile(0.025, 18.0), 2.100_922, 1e-6);
        near(t_quantile(0.005, 1.0), 63.656_741, 1e-6);
        near(t_two_sided(2.306_004_135, 8.0), 0.05, 1e-8);
        assert_eq!(t_two_sided(0.0, 8.0), 1.0);
        assert_eq!(t_two_sided(f64::INFINITY, 8.0), 0.0);
    }

    /// One and two degrees of freedom have closed forms: tiny tails can be checked exactly.
    #[test]
    fn far_tails_keep_their_digits() {
        near(t_two_sided(1e6, 1.0), 2.0 / (PI * 1e6), 1e-9);
        let t: f64 = 1e4;
        near(t_two_sided(t, 2.0), 2.0 / (t * t + 2.0 + t * (t * t + 2.0).sqrt()), 1e-6);
    }

    #[test]
    fn the_normal_tail_as_in_the_tables() {
        near(normal_tail(1.959_963_985), 0.025, 1e-5);
        near(normal_tail(3.0), 0.001_349_898, 1e-5);
    }
}
