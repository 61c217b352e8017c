//! The noise model of the simulations, and comparisons played on it.
//!
//! What a run's quantiles are multiplied with, as a sum of logarithms; `sd` is the standard deviation of p95 from run to
//! run, without drift and outliers:
//! - the machine: an autocorrelated part (AR(1), ρ = 0.3, a quarter of the variance) and an even drift over the whole
//!   comparison (normal, 4% from the first run to the last). The calibration loop sees these, under noise of its own: 10% on
//!   a machine that others share (10% and 21% were measured on one such, with the p50 of the service steady within 0.5%),
//!   0.7% on one that does nothing else;
//! - the run: what all its quantiles share (half of the variance);
//! - the quantile: what belongs to it alone (a quarter). p50 varies 0.8 times as much as p95, p99 1.5 times;
//! - an outlier: one run in 20 is slower by an exponential part of 15% on average, and the loop does not see it;
//! - the session: stored runs were made on another day: normal, 1%, of which the loop sees nothing.

use dryrun_stats::{Design, Measured, Next, Procedure, Rules, Side, Verdict, Which};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// How bad it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noise {
    /// Of p95, from run to run.
    pub(crate) sd: f64,
    /// Standard deviation of the even drift.
    pub(crate) drift: f64,
    /// Of the calibration loop, from run to run, beyond what the machine does to both.
    pub(crate) calibration: f64,
    /// Share of outliers.
    pub(crate) outliers: f64,
    /// Of stored runs against those of today.
    pub(crate) session: f64,
}

impl Noise {
    /// The model above, on a machine that others share.
    pub(crate) fn with(sd: f64) -> Self {
        Self { sd, drift: 0.04, calibration: 0.10, outliers: 0.05, session: 0.01 }
    }
}

impl Noise {
    /// The same on a machine that does nothing else: the calibration loop sees what the machine does.
    pub(crate) fn alone(self) -> Self {
        Self { calibration: 0.007, ..self }
    }
}

/// How p50, p95 and p99 vary, relative to p95.
const SPREAD: [f64; 3] = [0.8, 1.0, 1.5];
/// Their times in ms.
const TIMES: [f64; 3] = [20.0, 48.0, 95.0];

/// A service on a machine, run after run.
pub(crate) struct World {
    rng: StdRng,
    noise: Noise,
    slope: f64,
    wander: f64,
    run: f64,
}

impl World {
    pub(crate) fn new(noise: Noise, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let slope = noise.drift * normal(&mut rng);
        let wander = normal(&mut rng);
        Self { rng, noise, slope, wander, run: 0.0 }
    }

    /// The next run of a version that is slower by `effect` (0.15 is 15%).
    pub(crate) fn run(&mut self, effect: f64) -> Measured {
        let Noise { sd, outliers, calibration, .. } = self.noise;
        // A comparison has about 20 runs.
        let machine = self.slope * (self.run / 20.0 - 0.5) + 0.5 * sd * self.wander;
        self.run += 1.0;
        self.wander = 0.3 * self.wander + (1.0 - 0.09_f64).sqrt() * normal(&mut self.rng);
        let shared = 0.5_f64.sqrt() * sd * normal(&mut self.rng);
        let hit =
            if self.rng.random::<f64>() < outliers { -0.15 * self.rng.random::<f64>().ln() } else { 0.0 };
        let metrics = TIMES
            .iter()
            .zip(SPREAD)
            .map(|(time, spread)| {
                let own = 0.5 * sd * normal(&mut self.rng);
                let run = (shared + own) * spread + machine + hit;
                time * (1.0 + effect) * run.exp()
            })
            .collect();
        let calibrated = Some(5.0 * (machine + calibration * normal(&mut self.rng)).exp());
        Measured { metrics, calibration: calibrated }
    }

    /// Runs that were made on another day.
    pub(crate) fn stored(&mut self, runs: usize) -> Side {
        let shift = (self.noise.session * normal(&mut self.rng)).exp();
        let mut side = Side { metrics: vec![Vec::new(); 3], calibration: Vec::new() };
        for _ in 0..runs {
            let run = self.run(0.0);
            for (values, value) in side.metrics.iter_mut().zip(run.metrics) {
                values.push(value * shift);
            }
            side.calibration.extend(run.calibration);
        }
        side
    }
}

fn normal(rng: &mut StdRng) -> f64 {
    let (a, b): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

/// How comparisons ended.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) slower: usize,
    pub(crate) inconclusive: usize,
    /// Runs of old and new together.
    pub(crate) runs: usize,
}

/// How many runs a stored baseline has, when nothing else is asked for.
const STORED: usize = 10;

/// Plays `count` comparisons of a version that is slower by `effect`, at the default settings: p50 and p95 decide.
pub(crate) fn compare(noise: Noise, stored: bool, effect: f64, count: u64) -> Tally {
    let mut tally = Tally::default();
    for seed in 0..count {
        let mut world = World::new(noise, seed.wrapping_mul(7919) + 17);
        let design = if stored { Design::Stored(world.stored(STORED)) } else { Design::Interleaved };
        let rules = Rules { seed, ..Rules::default() };
        let mut procedure = Procedure::new(rules, design, vec![true, true, false]);
        let verdict = loop {
            match procedure.next() {
                Next::Done(decision) => break decision.verdict,
                Next::Run { which, .. } => {
                    let run = world.run(if which == Which::New { effect } else { 0.0 });
                    procedure.push(which, run);
                    tally.runs += 1;
                }
            }
        };
        match verdict {
            Verdict::Passed => tally.passed += 1,
            Verdict::Slower => tally.slower += 1,
            Verdict::Inconclusive => tally.inconclusive += 1,
        }
    }
    tally
}
