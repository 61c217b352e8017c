//! Which run comes next, and when it is enough: [`Procedure`].

use crate::judge::{Judgement, Rules, Side, Why, judge};
use crate::verdict::Verdict;

/// Whose run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The old version.
    Old,
    /// The new version.
    New,
}

/// Where the runs of old come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Design {
    /// They are made between those of new: old new, new old, old new… so that whatever drifts evenly meets both alike.
    Interleaved,
    /// They were made before.
    Stored(Side),
}

/// What one run gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The metrics.
    pub metrics: Vec<f64>,
    /// What the calibration loop took before it.
    pub calibration: Option<f64>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Make a run.
    Run {
        /// Of whom.
        which: Which,
        /// In the first block (1) or the repeat (2).
        block: usize,
        /// Which run of its side in the block, from 1.
        number: usize,
        /// After so many of each side it is decided or given up; so far it will take at least so many.
        planned: usize,
    },
    /// Nothing: here is the verdict.
    Done(Box<Decision>),
}

/// Runs that are judged together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Block {
    /// Runs of old.
    pub old: Side,
    /// Runs of new.
    pub new: Side,
}

/// The end of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// What it rests on.
    pub why: Why,
    /// What the last block said, and the one before it where there was one.
    pub last: Judgement,
    /// The first block's judgement, when there was a repeat.
    pub first: Option<Judgement>,
}

/// A comparison that is under way: tells which run comes next, takes what it gave, and says when it is enough.
///
/// A block has [`Rules::least`] runs of each side, and one more of each for as long as it can't be told, up to
/// [`Rules::most`]. When a block says slower, a second block of fresh runs must say so too, of the same metric. Only then
/// it is. With [`Design::Stored`] the runs of new are fresh and those of old are the same in both blocks.
#[derive(Debug, Clone)]
pub struct Procedure {
    rules: Rules,
    design: Design,
    judged: Vec<bool>,
    blocks: Vec<Block>,
}

impl Procedure {
    /// A comparison; `judged` has one entry for each metric.
    pub fn new(rules: Rules, design: Design, judged: Vec<bool>) -> Self {
        let mut procedure = Self { rules, design, judged, blocks: Vec::new() };
        procedure.begin_block();
        procedure
    }

    /// What to do next.
    pub fn next(&self) -> Next {
        let block = self.block();
        let (old, new) = (block.old.runs(), block.new.runs());
        let whole = match self.design {
            Design::Interleaved => old == new,
            Design::Stored(_) => true,
        };
        if whole && new >= self.rules.least.max(2) {
            let found = self.judgement(self.blocks.len() - 1);
            let clear = match found.verdict {
                Verdict::Passed => true,
                Verdict::Slower => self.confirmed(&found).is_some() || self.blocks.len() == 1,
                Verdict::Inconclusive => false,
            };
            if (clear || new >= self.rules.most)
                && let Some(decision) = self.decision(found)
            {
                return Next::Done(Box::new(decision));
            }
        }
        let which = match self.design {
            Design::Stored(_) => Which::New,
            Design::Interleaved => [Which::Old, Which::New, Which::New, Which::Old][(old + new) % 4],
        };
        let number = 1 + if which == Which::Old { old } else { new };
        Next::Run { which, block: self.blocks.len(), number, planned: self.rules.least.max(number) }
    }

    /// Takes what the run gave that [`Self::next`] asked for.
    pub fn push(&mut self, which: Which, measured: Measured) {
        let Some(block) = self.blocks.last_mut() else { return };
        let side = if which == Which::Old { &mut block.old } else { &mut block.new };
        for (values, value) in side.metrics.iter_mut().zip(measured.metrics) {
            values.push(value);
        }
        side.calibration.extend(measured.calibration);
        self.repeat_if_suspected();
    }

    /// Rests the verdict on these metrics from now on: whether runs are long enough for one is known when there is one.
    pub fn rely_on(&mut self, judged: Vec<bool>) {
        self.judged = judged;
    }

    /// All blocks so far: one, or two with the repeat.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    fn begin_block(&mut self) {
        let empty = Side { metrics: vec![Vec::new(); self.judged.len()], calibration: Vec::new() };
        let old = match &self.design {
            Design::Interleaved => empty.clone(),
            Design::Stored(old) => old.clone(),
        };
        self.blocks.push(Block { old, new: empty });
    }

    /// Begins the repeat when the first block says slower.
    fn repeat_if_suspected(&mut self) {
        let block = self.block();
        let whole = matches!(self.design, Design::Stored(_)) || block.old.runs() == block.new.runs();
        let enough = block.new.runs() >= self.rules.least.max(2);
        if self.blocks.len() == 1 && whole && enough && self.judgement(0).verdict == Verdict::Slower {
            self.begin_block();
        }
    }

    /// The last block. Invariant: there is one from the beginning.
    fn block(&self) -> &Block {
        &self.blocks[self.blocks.len() - 1]
    }

    fn judgement(&self, block: usize) -> Judgement {
        let Block { old, new } = &self.blocks[block];
        // Each block and each look at it draws its own resamples.
        let seed = self.rules.seed.wrapping_add((block as u64) << 32 | new.runs() as u64);
        judge(old, new, &self.judged, &Rules { seed, ..self.rules })
    }

    /// The metric that is slower in the first block and in the repeat, by what the repeat says; the clearest there, where
    /// there are several. One that is slower in one of them and another in the other confirm nothing: with three metrics
    /// that would be three chances for noise.
    fn confirmed(&self, last: &Judgement) -> Option<usize> {
        if self.blocks.len() < 2 {
            return None;
        }
        // The first block is as it was when it was left: looked at again, it says the same.
        let first = self.judgement(0);
        let low = |metric: &usize| last.intervals[*metric].map_or(0.0, |interval| interval.low);
        (0..last.slower.len())
            .filter(|metric| last.slower[*metric] && first.slower.get(*metric) == Some(&true))
            .max_by(|one, other| low(one).total_cmp(&low(other)))
    }

    /// What the last block's judgement makes of the comparison. `None` while the first says slower: then comes the repeat.
    fn decision(&self, last: Judgement) -> Option<Decision> {
        if self.blocks.len() == 1 {
            return (last.verdict != Verdict::Slower).then_some(Decision {
                verdict: last.verdict,
                why: last.why,
                last,
                first: None,
            });
        }
        let confirmed = self.confirmed(&last);
        let first = self.judgement(0);
        let (verdict, why) = match (confirmed, first.why) {
            (Some(metric), _) => (Verdict::Slower, Why::Beyond(metric)),
            (None, Why::Beyond(metric)) => (Verdict::Inconclusive, Why::Unconfirmed(metric)),
            (None, _) => (Verdict::Inconclusive, last.why),
        };
        Some(Decision { verdict, why, last, first: Some(first) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a comparison; `value` gives the run's metric by side, block and number. Returns the order and the end.
    fn play(design: Design, value: impl Fn(Which, usize, usize) -> f64) -> (String, Decision) {
        let mut procedure = Procedure::new(Rules::default(), design, vec![true]);
        let mut order = String::new();
        loop {
            match procedure.next() {
                Next::Done(decision) => return (order, *decision),
                Next::Run { which, block, number, planned } => {
                    assert!((5..=10).contains(&planned) && number <= planned);
                    order.push(match (which, block) {
                        (Which::Old, 1) => 'o',
                        (Which::New, 1) => 'n',
                        (Which::Old, _) => 'O',
                        (Which::New, _) => 'N',
                    });
                    let metrics = vec![value(which, block, number)];
                    procedure.push(which, Measured { metrics, calibration: Some(1.0) });
                }
            }
        }
    }

    fn ripple(number: usize) -> f64 {
        [100.0, 100.6, 99.5, 100.2, 99.8][number % 5]
    }

    #[test]
    fn five_pairs_in_turn_are_enough_when_it_is_clear() {
        let (order, end) = play(Design::Interleaved, |_, _, number| ripple(number));
        assert_eq!(order, "onnoonnoon");
        assert_eq!((end.verdict, end.why, end.first), (Verdict::Passed, Why::Within, None));
    }

    #[test]
    fn a_slow_down_is_one_when_the_repeat_says_so_too() {
        let slow = |which, _, number| ripple(number) * if which == Which::New { 1.15 } else { 1.0 };
        let (order, end) = play(Design::Interleaved, slow);
        assert_eq!(order, "onnoonnoonONNOONNOON");
        assert_eq!((end.verdict, end.why), (Verdict::Slower, Why::Beyond(0)));
        assert!(end.first.is_some());
    }

    #[test]
    fn a_slow_down_that_the_repeat_does_not_find_is_inconclusive() {
        let slow = |which, block, number| {
            ripple(number) * if which == Which::New && block == 1 { 1.15 } else { 1.0 }
        };
        let (order, end) = play(Design::Interleaved, slow);
        assert_eq!(order, "onnoonnoonONNOONNOON");
        assert_eq!((end.verdict, end.why), (Verdict::Inconclusive, Why::Unconfirmed(0)));
    }

    /// p50 alone at first, p95 alone in the repeat: neither was confirmed. Both slower in both, and it is the clearer.
    #[test]
    fn the_repeat_must_find_the_same_metric_slower() {
        let play = |slow: fn(usize, usize) -> f64| {
            let mut procedure = Procedure::new(Rules::default(), Design::Interleaved, vec![true, true]);
            loop {
                match procedure.next() {
                    Next::Done(decision) => return (*decision, procedure.blocks()[1].new.runs()),
                    Next::Run { which, block, number, .. } => {
                        let factor = |metric| if which == Which::New { slow(block, metric) } else { 1.0 };
                        let metrics = (0..2).map(|metric| ripple(number) * factor(metric)).collect();
                        procedure.push(which, Measured { metrics, calibration: None });
                    }
                }
            }
        };
        let (end, runs) = play(|block, metric| if block == metric + 1 { 1.15 } else { 1.0 });
        assert_eq!((end.verdict, end.why), (Verdict::Inconclusive, Why::Unconfirmed(0)));
        assert_eq!(end.last.verdict, Verdict::Slower, "of the other metric");
        assert_eq!(runs, 10, "more runs might have confirmed it");
        let (end, runs) = play(|block, metric| if (block, metric) == (1, 1) { 1.3 } else { 1.15 });
        assert_eq!((end.verdict, runs), (Verdict::Slower, 5));
        assert!(matches!(end.why, Why::Beyond(_)) && end.last.slower == [true, true]);
    }

    #[test]
    fn what_is_not_clear_gets_more_runs_up_to_the_limit() {
        let border = |which, _, number| ripple(number) * if which == Which::New { 1.05 } else { 1.0 };
        let (order, end) = play(Design::Interleaved, border);
        assert_eq!(order.len(), 20);
        assert_eq!((end.verdict, end.why), (Verdict::Inconclusive, Why::Unclear(0)));
    }

    #[test]
    fn against_stored_runs_only_new_ones_are_made() {
        let stored = || {
            let metrics = vec![(0..5).map(ripple).collect()];
            Design::Stored(Side { metrics, calibration: vec![1.0; 5] })
        };
        let (order, end) = play(stored(), |_, _, number| ripple(number));
        assert_eq!((order.as_str(), end.verdict), ("nnnnn", Verdict::Passed));
        let (order, end) = play(stored(), |_, _, number| ripple(number) * 1.2);
        assert_eq!((order.as_str(), end.verdict), ("nnnnnNNNNN", Verdict::Slower));
    }

    /// The machine gets 3% slower with every run: in turn, this meets both sides alike.
    #[test]
    fn an_even_drift_meets_both_sides_alike() {
        let made = std::cell::Cell::new(0);
        let (_, end) = play(Design::Interleaved, |_, _, number| {
            made.set(made.get() + 1);
            ripple(number) * 1.03_f64.powi(made.get())
        });
        assert!(end.verdict != Verdict::Slower);
        let ratio = end.last.intervals[0].unwrap().ratio;
        assert!((ratio - 1.0).abs() < 0.005, "{ratio}");
    }
}
