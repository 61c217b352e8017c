//! Searches on simulated systems: a cliff, a slope with noise, queues.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use dryrun_record::load::{Capacity, CapacityKind, LoadResult, StepFinding};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{End, Points, Search, Settings, Why, knee};

/// Searches to the end; the system says what a step at a rate finds.
fn searched(settings: Settings, mut system: impl FnMut(f64) -> StepFinding) -> (Search, End, Capacity) {
    let mut search = Search::new(settings);
    let mut points = Points::default();
    let end = loop {
        match search.next() {
            Ok(ask) => {
                let finding = system(ask.rate);
                search.tell(ask.rate, finding);
                let why = match finding {
                    StepFinding::Held => Vec::new(),
                    StepFinding::Broke => vec!["p99 was 620 ms".to_owned()],
                    StepFinding::Limited => vec!["the harness was busy".to_owned()],
                };
                points.add(ask.rate, finding, why, &LoadResult::default());
            }
            Err(end) => break end,
        }
    };
    let found = points.found(&search, end);
    (search, end, found)
}

fn cliff(at: f64) -> impl Fn(f64) -> StepFinding {
    move |rate| if rate < at { StepFinding::Held } else { StepFinding::Broke }
}

#[test]
fn a_cliff_is_found_wherever_it_is_and_whatever_comes_first() {
    for at in [3.7, 61.0, 499.0, 1_234.0, 87_000.0] {
        for first in [0.5, 10.0, 700.0] {
            let (search, end, found) = searched(Settings::from(first), cliff(at));
            let End::Bracket { held, broke } = end else { panic!("{at} from {first}: {end:?}") };
            assert!(held < at && broke >= at, "{at} from {first}: {held} to {broke}");
            assert!(broke / held <= 1.05, "{at} from {first}: {held} to {broke}");
            assert_eq!(found.kind, CapacityKind::Knee);
            let (low, knee, high) = (found.low.unwrap(), found.knee.unwrap(), found.high.unwrap());
            assert!(low <= at && at <= high, "{at} from {first}: {low} to {high}");
            assert!((knee / at - 1.0).abs() < 0.05, "{at} from {first}: {knee}");
            assert_eq!(found.first, ["p99 was 620 ms"]);
            assert!(search.steps().len() <= 30, "{at} from {first}: {} steps", search.steps().len());
            let repeats = |end| search.steps().iter().filter(|(rate, _)| *rate == end).count();
            assert!(repeats(held) >= 3 && repeats(broke) >= 3, "both ends are tried three times");
        }
    }
}

#[test]
fn one_step_that_broke_by_chance_does_not_end_the_search() {
    let mut step = 0;
    let (.., end, found) = searched(Settings::from(10.0), |rate| {
        step += 1;
        if step == 2 { StepFinding::Broke } else { cliff(500.0)(rate) }
    });
    assert!(matches!(end, End::Bracket { held, broke } if held < 500.0 && broke >= 500.0), "{end:?}");
    assert_eq!(found.kind, CapacityKind::Knee);
    // And one that held by chance makes no promise.
    let mut step = 0;
    let (_, end, _) = searched(Settings::from(10.0), |rate| {
        step += 1;
        if step == 7 { StepFinding::Held } else { cliff(500.0)(rate) }
    });
    assert!(matches!(end, End::Bracket { held, broke } if held < 500.0 && broke >= 500.0), "{end:?}");
}

#[test]
fn it_ramps_then_bisects_then_repeats() {
    let mut search = Search::new(Settings::from(50.0));
    let mut course = Vec::new();
    while let Ok(ask) = search.next() {
        course.push((ask.rate, ask.why));
        search.tell(ask.rate, cliff(300.0)(ask.rate));
    }
    let ramp = [(50.0, Why::Ramp), (100.0, Why::Ramp), (200.0, Why::Ramp), (400.0, Why::Ramp)];
    assert_eq!(course[..4], ramp);
    assert_eq!(course[4], (283.0, Why::Bisect));
    let first_repeat = course.iter().position(|(_, why)| *why == Why::Repeat).unwrap();
    assert!(course[4..first_repeat].iter().all(|(_, why)| *why == Why::Bisect), "{course:?}");
    assert!(course[first_repeat..].iter().all(|(_, why)| *why == Why::Repeat), "{course:?}");
}

#[test]
fn a_harness_that_is_the_limit_gives_a_lower_bound_and_never_a_knee() {
    for (capacity, own) in [(1_000.0, 300.0), (5_000.0, 90.0), (301.0, 300.0)] {
        let (_, end, found) = searched(Settings::from(20.0), |rate| {
            if rate >= own { StepFinding::Limited } else { cliff(capacity)(rate) }
        });
        let End::Limited { held: Some(held), at } = end else { panic!("{end:?}") };
        assert!(held < own && at >= own && at / held < 1.06, "{held} to {at}");
        assert_eq!((found.kind, found.knee, found.broke), (CapacityKind::AtLeast, None, None));
        assert!(
            found.text.starts_with("At least") && found.text.contains("the harness was busy"),
            "{}",
            found.text
        );
    }
    // A service that breaks first has its knee, however weak the harness is above.
    let (_, end, found) =
        searched(
            Settings::from(20.0),
            |rate| {
                if rate >= 300.0 { StepFinding::Limited } else { cliff(200.0)(rate) }
            },
        );
    assert!(matches!(end, End::Bracket { held, broke } if held < 200.0 && broke >= 200.0), "{end:?}");
    assert_eq!(found.kind, CapacityKind::Knee);
    // A stretch in between in which the harness hiccups makes the bracket wider, and no more.
    let (_, end, found) = searched(Settings::from(25.0), |rate| {
        if (150.0..170.0).contains(&rate) { StepFinding::Limited } else { cliff(160.0)(rate) }
    });
    assert!(matches!(end, End::Bracket { held, broke } if held < 150.0 && broke >= 170.0), "{end:?}");
    assert!(found.low.unwrap() <= 160.0 && found.high.unwrap() >= 160.0, "{found:?}");
    // Not even the first rate: nothing is known, and nothing is said.
    let (_, end, found) = searched(Settings::from(20.0), |_| StepFinding::Limited);
    assert!(matches!(end, End::Limited { held: None, .. }), "{end:?}");
    assert_eq!((found.kind, found.held), (CapacityKind::Unknown, 0.0));
}

#[test]
fn a_hiccup_of_the_harness_does_not_end_the_search() {
    let mut step = 0;
    let (_, end, _) = searched(Settings::from(10.0), |rate| {
        step += 1;
        if step % 5 == 3 { StepFinding::Limited } else { cliff(500.0)(rate) }
    });
    assert!(matches!(end, End::Bracket { held, broke } if held < 500.0 && broke >= 500.0), "{end:?}");
}

#[test]
fn what_never_holds_and_what_never_breaks_is_said() {
    let settings = Settings { least: 1.0, most: 1_000.0, ..Settings::from(50.0) };
    let (search, end, found) = searched(settings, |_| StepFinding::Broke);
    assert!(matches!(end, End::Nothing { broke } if broke < 2.0), "{end:?}");
    assert_eq!((found.kind, found.held), (CapacityKind::Nothing, 0.0));
    assert!(search.steps().iter().all(|(rate, _)| *rate >= 1.0));
    let (search, end, found) = searched(settings, |_| StepFinding::Held);
    assert_eq!(end, End::Most { held: 1_000.0 });
    assert_eq!((found.kind, found.held, found.knee), (CapacityKind::AtLeast, 1_000.0, None));
    assert_eq!(search.steps().iter().filter(|(rate, _)| *rate == 1_000.0).count(), 3);
    let settings = Settings { most_steps: 4, ..settings };
    let (_, end, found) = searched(settings, cliff(300.0));
    assert!(matches!(end, End::Unknown { held: Some(_), broke: Some(_) }), "{end:?}");
    assert_eq!((found.kind, found.knee), (CapacityKind::Unknown, None));
}

#[test]
fn over_many_noisy_systems_the_interval_holds_the_knee_as_often_as_it_says() {
    let (mut within, mut near, mut steps) = (0, 0, 0);
    let runs = 200;
    for seed in 0..runs {
        let mut rng = StdRng::seed_from_u64(seed);
        let at = 10.0 * 100_f64.powf(rng.random::<f64>());
        let width = [0.005, 0.02, 0.05][seed as usize % 3];
        let (search, end, found) = searched(Settings::from(20.0), |rate| {
            let holds = 0.01 + 0.98 / (1.0 + ((rate / at).ln() / width).exp());
            if rng.random::<f64>() < holds { StepFinding::Held } else { StepFinding::Broke }
        });
        steps += search.steps().len();
        let End::Bracket { .. } = end else { continue };
        let (low, knee, high) = (found.low.unwrap(), found.knee.unwrap(), found.high.unwrap());
        within += u64::from(low <= at && at <= high);
        near += u64::from((knee / at - 1.0).abs() < 0.10);
    }
    assert!(within >= runs * 93 / 100, "the interval held the knee in {within} of {runs}");
    assert!(near >= runs * 97 / 100, "the knee was within 10% in {near} of {runs}");
    assert!(steps / runs as usize <= 28, "{} steps on average", steps / runs as usize);
}

/// A queue with `servers` servers (G/M/c, first come first served): whether the p95 of `count` arrivals at an even rate
/// stays within the limit. Times are seconds.
struct Queue {
    servers: usize,
    service: f64,
    limit: f64,
    rng: RefCell<StdRng>,
}

impl Queue {
    fn p95(&self, rate: f64, count: usize) -> f64 {
        let mut rng = self.rng.borrow_mut();
        // When each server is free again, in nanoseconds, the earliest first.
        let mut free: BinaryHeap<Reverse<u64>> = (0..self.servers).map(|_| Reverse(0)).collect();
        let mut times: Vec<f64> = (0..count)
            .map(|k| {
                let came = k as f64 / rate;
                let Reverse(at) = free.pop().expect("there are servers");
                let begins = came.max(at as f64 / 1e9);
                let ends = begins - self.service * (1.0 - rng.random::<f64>()).ln();
                free.push(Reverse((ends * 1e9) as u64));
                ends - came
            })
            .collect();
        times.sort_by(f64::total_cmp);
        times[count * 95 / 100]
    }

    fn step(&self, rate: f64) -> StepFinding {
        let count = (rate * 10.0).max(400.0) as usize;
        if self.p95(rate, count) <= self.limit { StepFinding::Held } else { StepFinding::Broke }
    }
}

#[test]
fn the_knee_of_a_queue_is_found_within_the_stated_error() {
    // Four servers of 20 ms each: 200/s at the very most; the p95 of an unloaded one is 60 ms.
    let queue = |seed| {
        let rng = RefCell::new(StdRng::seed_from_u64(seed));
        Queue { servers: 4, service: 0.020, limit: 0.100, rng }
    };
    // The truth, by brute force: where a very long step is at its limit.
    let (long, mut low, mut high) = (queue(1_000), 50.0, 200.0);
    while high - low > 0.5 {
        let middle = f64::midpoint(low, high);
        if long.p95(middle, 150_000) <= long.limit { low = middle } else { high = middle }
    }
    let (mut within, runs) = (0, 30);
    for seed in 0..runs {
        let queue = queue(seed);
        let (_, end, found) = searched(Settings::from(10.0), |rate| queue.step(rate));
        assert!(matches!(end, End::Bracket { .. }), "seed {seed}: {end:?}");
        let knee = found.knee.unwrap();
        assert!((knee / low - 1.0).abs() < 0.08, "seed {seed}: found {knee}, it is {low}");
        within += u64::from(found.low.unwrap() <= low * 1.01 && low * 0.99 <= found.high.unwrap());
    }
    assert!(within >= runs * 9 / 10, "the interval held the knee in {within} of {runs}");
}

#[test]
fn without_both_outcomes_there_is_no_knee() {
    assert_eq!(knee(&[], 0.95), None);
    assert_eq!(knee(&[(10.0, StepFinding::Held), (20.0, StepFinding::Limited)], 0.95), None);
    assert_eq!(knee(&[(10.0, StepFinding::Broke)], 0.95), None);
    let few = knee(&[(10.0, StepFinding::Held), (20.0, StepFinding::Broke)], 0.95).unwrap();
    let many: Vec<_> = (0..5).flat_map(|_| [(14.0, StepFinding::Held), (15.0, StepFinding::Broke)]).collect();
    let many = knee(&many, 0.95).unwrap();
    assert!(few.low < 10.0 && few.high > 20.0, "two steps tell little: {few:?}");
    assert!(many.high / many.low < 1.25 && many.low < 14.5 && many.high > 14.5, "{many:?}");
}
