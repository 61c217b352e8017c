//! [`Choice`]: which workflow a turn plays, and how long its user thinks. Both depend on nothing but the seed and the
//! turn's number, so that shards together play what one process would have played.
//!
//! The numbers are cut into blocks as long as all weights together (divided by what they have in common). Within a block
//! each workflow has exactly its share, in an order that is shuffled anew for each block. So a mix of 1 to 3 is a mix of
//! 1 to 3 after a second as well as after an hour.

use crate::mix::mixed;
use std::time::Duration;

use crate::profile::Think;
use crate::turn::Part;

/// Blocks are no longer than this; weights that need longer ones are drawn, each turn for itself.
const LONGEST_BLOCK: u64 = 10_000;

/// Which workflow a turn plays.
#[derive(Debug)]
pub(super) struct Choice {
    seed: u64,
    /// By part: the sum of its weight and those before it.
    sums: Vec<u64>,
    thinks: Vec<Think>,
    /// The number of the block that `order` is of.
    block: Option<u64>,
    order: Vec<usize>,
}

impl Choice {
    pub(super) fn new(parts: &[Part], seed: u64) -> Self {
        let common = parts.iter().fold(0, |common, part| common_divisor(common, part.weight as u64)).max(1);
        let mut sum = 0;
        let sums = parts.iter().map(|part| {
            sum += part.weight as u64 / common;
            sum
        });
        let sums = sums.collect();
        let thinks = parts.iter().map(|part| part.think).collect();
        Self { seed, sums, thinks, block: None, order: Vec::new() }
    }

    /// The part of a turn.
    pub(super) fn part(&mut self, number: u64) -> usize {
        let whole = self.sums.last().copied().unwrap_or(0);
        if self.sums.len() < 2 || whole == 0 {
            return 0;
        }
        if whole > LONGEST_BLOCK {
            let drawn = below(mixed(self.seed, number), whole);
            return self.sums.partition_point(|sum| *sum <= drawn);
        }
        let block = number / whole;
        if self.block != Some(block) {
            self.shuffle(block);
        }
        self.order[(number % whole) as usize]
    }

    /// How long the user of a turn thinks after it.
    pub(super) fn think(&self, number: u64, part: usize) -> Duration {
        let Some(Think { least, most }) = self.thinks.get(part).copied() else { return Duration::ZERO };
        match most.checked_sub(least) {
            None | Some(Duration::ZERO) => least,
            Some(span) => {
                // 53 bits are what a float holds.
                let share = (mixed(!self.seed, number) >> 11) as f64 / (1_u64 << 53) as f64;
                least + span.mul_f64(share)
            }
        }
    }

    fn shuffle(&mut self, block: u64) {
        self.order.clear();
        for (part, sum) in self.sums.iter().enumerate() {
            self.order.resize(*sum as usize, part);
        }
        let mut state = mixed(self.seed, block);
        for left in (2..=self.order.len()).rev() {
            state = mixed(state, left as u64);
            self.order.swap(left - 1, below(state, left as u64) as usize);
        }
        self.block = Some(block);
    }
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// 64 random bits as a number below `limit`.
fn below(random: u64, limit: u64) -> u64 {
    ((u128::from(random) * u128::from(limit)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(weights: &[usize]) -> Vec<Part> {
        let part = |weight: &usize| Part {
            name: String::new(),
            weight: *weight,
            think: Think { least: Duration::from_millis(100), most: Duration::from_millis(300) },
            steps: Vec::new(),
        };
        weights.iter().map(part).collect()
    }

    fn counts(choice: &mut Choice, numbers: impl Iterator<Item = u64>, parts: usize) -> Vec<u64> {
        let mut counts = vec![0; parts];
        numbers.for_each(|number| counts[choice.part(number)] += 1);
        counts
    }

    #[test]
    fn each_block_has_exactly_the_shares() {
        let mut choice = Choice::new(&parts(&[20, 10, 30]), 7);
        for block in 0..50 {
            assert_eq!(counts(&mut choice, block * 6..(block + 1) * 6, 3), [2, 1, 3]);
        }
        let orders: std::collections::BTreeSet<Vec<usize>> = (0..50)
            .map(|block| (block * 6..(block + 1) * 6).map(|number| choice.part(number)).collect())
            .collect();
        assert!(orders.len() > 15, "the order differs from block to block: {}", orders.len());
    }

    #[test]
    fn shards_together_play_what_one_process_would() {
        let mut whole = Choice::new(&parts(&[5, 3, 1]), 42);
        for count in [2_u64, 3, 9] {
            for index in 0..count {
                let mut shard = Choice::new(&parts(&[5, 3, 1]), 42);
                for number in (index..500).step_by(count as usize) {
                    assert_eq!(shard.part(number), whole.part(number));
                    assert_eq!(shard.think(number, 1), whole.think(number, 1));
                }
            }
        }
        let mut other = Choice::new(&parts(&[5, 3, 1]), 43);
        assert!((0..500).any(|number| other.part(number) != whole.part(number)), "the seed matters");
    }

    #[test]
    fn weights_without_a_common_measure_are_drawn() {
        let mut choice = Choice::new(&parts(&[30_001, 10_000]), 1);
        let counts = counts(&mut choice, 0..40_000, 2);
        assert!(counts[0].abs_diff(30_000) < 500, "{counts:?}");
    }

    #[test]
    fn a_part_of_weight_nothing_is_never_played() {
        let mut choice = Choice::new(&parts(&[1, 0, 1]), 3);
        assert_eq!(counts(&mut choice, 0..1_000, 3), [500, 0, 500]);
    }

    #[test]
    fn think_times_fill_their_bounds_evenly() {
        let choice = Choice::new(&parts(&[1]), 9);
        let times: Vec<f64> = (0..10_000).map(|number| choice.think(number, 0).as_secs_f64()).collect();
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        assert!(times.iter().all(|time| (0.1..=0.3).contains(time)));
        assert!((mean - 0.2).abs() < 0.005, "{mean}");
    }
}
