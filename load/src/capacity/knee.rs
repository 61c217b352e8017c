//! Where the knee lies, and how sure that is: [`knee`].
//!
//! Whether a step holds is a matter of chance near the knee: a step is a sample, and queues near their limit are restless.
//! So all steps together are explained by a curve: the chance of holding falls from 1 to 0 around the knee k as
//! `1 / (1 + (rate / k)^(1/s))`, more or less steeply (s), and a few steps in a hundred come out otherwise for reasons that
//! have nothing to do with the rate (`LAPSE`). Every k and s on a grid is weighed by how likely it makes what was found
//! (flat priors on log k and log s); the knee is the median of k, its interval holds 95% of the weight. The same is done in
//! psychophysics to measure thresholds of perception (Kontsevich and Tyler 1999, "Bayesian adaptive estimation of
//! psychometric slope and threshold"). Which rates were tried may depend on what was found before: the likelihood does not
//! mind.

use dryrun_record::load::StepFinding;

/// The share of steps that come out otherwise whatever the rate.
const LAPSE: f64 = 0.02;
/// How much beyond the rates that were tried the knee may lie.
const BEYOND: f64 = 2.0;
/// Grid points for the knee.
const KNEES: usize = 1_001;
/// Widths of the change from holding to breaking, as parts of the rate: from a cliff to a slope.
const WIDTHS: [f64; 9] = [0.0025, 0.005, 0.01, 0.02, 0.03, 0.045, 0.07, 0.1, 0.15];

/// An estimate of the knee, in arrivals a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knee {
    /// The median.
    pub rate: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
    /// How much of the weight lies in the interval.
    pub confidence: f64,
}

/// The knee by these steps, with an interval of this confidence (0.95). Steps in which the harness was the limit don't
/// count. `None` unless something held and something broke.
pub fn knee(steps: &[(f64, StepFinding)], confidence: f64) -> Option<Knee> {
    let told: Vec<(f64, bool)> = steps
        .iter()
        .filter(|(_, finding)| *finding != StepFinding::Limited)
        .map(|(rate, finding)| (rate.ln(), *finding == StepFinding::Held))
        .collect();
    if !told.iter().any(|(_, held)| *held) || told.iter().all(|(_, held)| *held) {
        return None;
    }
    let least = told.iter().map(|(rate, _)| *rate).fold(f64::INFINITY, f64::min) - BEYOND.ln();
    let most = told.iter().map(|(rate, _)| *rate).fold(f64::NEG_INFINITY, f64::max) + BEYOND.ln();
    let at = |point: usize| least + (most - least) * point as f64 / (KNEES - 1) as f64;
    let logs: Vec<Vec<f64>> = (0..KNEES)
        .map(|point| WIDTHS.iter().map(|width| likelihood(&told, at(point), *width)).collect())
        .collect();
    let best = logs.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> =
        logs.iter().map(|widths| widths.iter().map(|log| (log - best).exp()).sum()).collect();
    let total: f64 = weights.iter().sum();
    let quantile = |share: f64| {
        let mut sum = 0.0;
        let point = weights.iter().position(|weight| {
            sum += weight;
            sum >= share * total
        });
        at(point.unwrap_or(KNEES - 1)).exp()
    };
    let tail = (1.0 - confidence) / 2.0;
    Some(Knee { rate: quantile(0.5), low: quantile(tail), high: quantile(1.0 - tail), confidence })
}

/// The logarithm of how likely a knee at `knee` (logarithmic) and this width make what was found.
fn likelihood(told: &[(f64, bool)], knee: f64, width: f64) -> f64 {
    told.iter()
        .map(|(rate, held)| {
            let holds = LAPSE + (1.0 - 2.0 * LAPSE) / (1.0 + ((rate - knee) / width).exp());
            if *held { holds.ln() } else { (1.0 - holds).ln() }
        })
        .sum()
}
