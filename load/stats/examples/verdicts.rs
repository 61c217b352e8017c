//! Prints the table of docs/baselines.md: how comparisons end, by noise and true slow-down. It takes minutes.
#![allow(clippy::print_stdout, reason = "it is what it is for")]

#[path = "../tests/noise/mod.rs"]
mod noise;

use noise::{Noise, Tally, compare};

/// Comparisons a row.
const COUNT: u64 = 500;

fn main() {
    println!("On a machine that others share (the calibration loop varies by 10%):\n");
    table(&[0.02, 0.03, 0.04, 0.06, 0.15].map(Noise::with));
    println!("\nOn one that does nothing else (0.7%):\n");
    table(&[0.02, 0.03, 0.04].map(|sd| Noise::with(sd).alone()));
}

fn table(noises: &[Noise]) {
    println!("| old runs | noise (sd of p95) | truth | passed | slower | inconclusive | runs, mean |");
    println!("|---|---|---|---|---|---|---|");
    for stored in [false, true] {
        for noise in noises {
            for effect in [0.0, 0.05, 0.10, 0.15] {
                row(*noise, stored, effect);
            }
        }
    }
}

fn row(noise: Noise, stored: bool, effect: f64) {
    let Tally { passed, slower, inconclusive, runs } = compare(noise, stored, effect, COUNT);
    let share = |n: usize| n as f64 / COUNT as f64;
    println!(
        "| {} | {:.0}% | {} | {:.1}% | {:.1}% | {:.1}% | {:.1} |",
        if stored { "stored" } else { "in turn" },
        noise.sd * 100.0,
        if effect == 0.0 { "the same".to_owned() } else { format!("{:.0}% slower", effect * 100.0) },
        share(passed) * 100.0,
        share(slower) * 100.0,
        share(inconclusive) * 100.0,
        share(runs),
    );
}
