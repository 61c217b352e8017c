//! The calibration loop: [`calibrate`].

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How many slices of work are timed.
const SLICES: usize = 25;
/// Slices before them that are not: the clock of an idle CPU takes a moment to get up to speed.
const WARM_UP: usize = 5;
/// Rounds a slice; some milliseconds on a CPU of today.
const ROUNDS: u32 = 400_000;
/// Words of memory that the work goes over: more than a first-level cache holds, less than a second-level one.
const WORDS: usize = 16 * 1024;

/// Times a fixed piece of CPU work: the median over slices, so that a single interruption does not show, but a slower
/// clock, a busy sibling or a machine that others share does. Takes about a tenth of a second.
pub fn calibrate() -> Duration {
    let mut memory = vec![1_u64; WORDS];
    let mut slices: Vec<Duration> = (0..WARM_UP + SLICES)
        .map(|_| {
            let began = Instant::now();
            black_box(work(black_box(&mut memory), ROUNDS));
            began.elapsed()
        })
        .skip(WARM_UP)
        .collect();
    slices.sort_unstable();
    slices[slices.len() / 2]
}

/// Multiplications, shifts and dependent reads and writes.
fn work(memory: &mut [u64], rounds: u32) -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..rounds {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let place = (state % memory.len() as u64) as usize;
        memory[place] = memory[place].wrapping_mul(state | 1).rotate_left(7);
        state = state.wrapping_add(memory[place]);
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The loop is only worth something when the work is always the same, and when more of it takes longer.
    #[test]
    fn the_work_is_fixed_and_is_not_optimised_away() {
        let done = |rounds| work(&mut vec![1; WORDS], rounds);
        assert_eq!(done(1000), done(1000));
        assert_ne!(done(1000), done(1001));
        assert!(calibrate() > Duration::ZERO);
    }
}
