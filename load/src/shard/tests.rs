//! Shards, split and merged: the same as the whole, or inconclusive.

use std::time::{Duration, UNIX_EPOCH};

use dryrun_record::load::{
    Account, Apdex, Figures, LoadFailure, LoadResult, LoadStarted, LoadTick, LoadVerdict, Series, Splits,
    StepResult, WorkflowResult,
};

use super::{Clock, Limits, Merged, Reading, Shard, merge};
use crate::histogram::Histogram;
use crate::plan::Slice;
use crate::profile::{Arrivals, Connections, Contracts, Metric, Profile, RateStage, Scope, Shape, Threshold};

/// The agreed start.
const START: Duration = Duration::from_secs(1_800_000_000);

fn profile(p99_ms: f64) -> Profile {
    let lasts = Duration::from_secs(10);
    Profile {
        name: "mixed".to_owned(),
        description: String::new(),
        shape: Shape::Open {
            arrivals: Arrivals::Stages(vec![RateStage { from: 300.0, to: 300.0, lasts }]),
            max_in_flight: 100,
        },
        warm_up: Duration::ZERO,
        timeout: lasts,
        grace: lasts,
        linger: Duration::from_secs(1),
        connections: Connections::default(),
        contracts: Contracts::Full,
        late_after: Duration::from_millis(10),
        apdex: None,
        // What fails and what is dropped is tolerated here; the times are judged.
        thresholds: vec![
            Threshold { scope: Scope::Requests, metric: Metric::Quantile(0.99), limit: p99_ms },
            Threshold { scope: Scope::Requests, metric: Metric::FailPercent, limit: 10.0 },
            Threshold { scope: Scope::Requests, metric: Metric::DroppedPercent, limit: 10.0 },
        ],
        workflows: Vec::new(),
    }
}

/// Times of 3,000 requests: most between 5 and 25 ms, one in 200 above a second.
fn times() -> Vec<u64> {
    (0..3_000_u64)
        .map(|k| {
            let spread = k.wrapping_mul(2_654_435_761) % 20_000;
            if k % 200 == 17 { 1_000_000 + spread * 40 } else { 5_000 + spread }
        })
        .collect()
}

fn histogram(times: &[u64]) -> Histogram {
    let mut histogram = Histogram::new();
    times.iter().for_each(|us| histogram.record_us(*us));
    histogram
}

fn series(times: &[u64]) -> Series {
    let all = histogram(times);
    let heads: Vec<u64> = times.iter().map(|us| us / 2).collect();
    let heads = histogram(&heads);
    // JSON gives the last digit of a mean back as it likes; a whole number is exact.
    let rounded = |figures: Figures| Figures { mean_us: figures.mean_us.round(), ..figures };
    let slowest: Vec<u64> = times.iter().copied().filter(|us| *us > 1_000_000).collect();
    let slow = slowest.len() as u64;
    let count = times.len() as u64;
    Series {
        count,
        failures: slow,
        causes: [("timeout".to_owned(), slow)].into(),
        rate: count as f64 / 10.0,
        time: rounded(all.figures()),
        histogram: all.encode(),
        failed_histogram: histogram(&slowest).encode(),
        apdex: Some(Apdex { limit_us: 20_000, satisfied: count - slow, tolerating: 0, score: 0.9 }),
        ttfb: Some(rounded(heads.figures())),
        splits: Some(Splits { ttfb: heads.encode(), ..Splits::default() }),
        bytes: 10 * count,
        ..Series::default()
    }
}

/// What a process measures that has these times.
fn measured(times: &[u64]) -> LoadResult {
    let count = times.len() as u64;
    let steps = vec![StepResult { name: "read".to_owned(), series: series(times) }];
    LoadResult {
        load: "mixed".to_owned(),
        started_unix_us: START.as_micros() as u64,
        measured_us: 10_000_000,
        account: Account {
            asked: count + 1,
            sent: count,
            dropped: 1,
            ended: count,
            asked_rate: count as f64 / 10.0,
            achieved_rate: count as f64 / 10.0,
            ..Account::default()
        },
        requests: series(times),
        workflows: vec![WorkflowResult {
            name: "reading".to_owned(),
            weight: 1,
            iterations: series(times),
            steps,
        }],
        ..LoadResult::default()
    }
}

fn tick(second: u64, ended: u64) -> LoadTick {
    LoadTick {
        load: "mixed".to_owned(),
        second,
        ended,
        min_us: 5_000,
        max_us: 100 * ended,
        ..LoadTick::default()
    }
}

/// Shard `index` of `count`, with every `count`-th time.
pub(super) fn shard(index: u32, count: u32, p99_ms: f64) -> Shard {
    let own: Vec<u64> = times().into_iter().skip(index as usize).step_by(count as usize).collect();
    let started = LoadStarted { load: "mixed".to_owned(), ..LoadStarted::default() };
    let ticks = vec![tick(1, 100 + u64::from(index)), tick(2, 50)];
    let clock = Clock { low_us: Some(90_000), high_us: Some(110_000), samples: 25, drift_us: 40 };
    let slice = Slice { index, count };
    let mut shard = Shard::new(
        &profile(p99_ms),
        slice,
        Some(UNIX_EPOCH + START),
        clock,
        (started, ticks),
        measured(&own),
    );
    shard.host = format!("pod-{index}");
    shard
}

pub(super) fn three(p99_ms: f64) -> Vec<Shard> {
    (0..3).map(|index| shard(index, 3, p99_ms)).collect()
}

fn merged(shards: Vec<Shard>) -> Merged {
    merge(Reading { shards, problems: Vec::new() }, &Limits::default()).expect("there are results")
}

/// Not passed, though each threshold held, and for this reason.
pub(super) fn inconclusive(merged: &Merged, reason: &str) {
    let result = &merged.result;
    assert_eq!(result.verdict, LoadVerdict::Inconclusive, "{:?}", result.reasons);
    assert!(
        result.reasons.iter().any(|said| said.contains(reason)),
        "{:?} has no `{reason}`",
        result.reasons
    );
}

#[test]
fn the_merge_is_what_one_process_would_have_found() {
    let whole = measured(&times());
    let merged = merged(three(2_000.0));
    let result = &merged.result;
    assert_eq!(result.verdict, LoadVerdict::Passed, "{:?}", result.reasons);
    for (found, wanted) in [
        (&result.requests, &whole.requests),
        (&result.workflows[0].iterations, &whole.workflows[0].iterations),
        (&result.workflows[0].steps[0].series, &whole.workflows[0].steps[0].series),
    ] {
        // Bucket by bucket, and therefore every figure.
        assert_eq!(found.histogram, wanted.histogram);
        let rounded = |figures: Figures| Figures { mean_us: figures.mean_us.round(), ..figures };
        assert_eq!((rounded(found.time), found.ttfb.map(rounded)), (wanted.time, wanted.ttfb));
        assert_eq!((found.count, found.failures, found.bytes), (wanted.count, wanted.failures, wanted.bytes));
        assert_eq!(found.causes, wanted.causes);
        assert!((found.rate - wanted.rate).abs() < 1e-6);
        let apdex = found.apdex.unwrap();
        assert_eq!(apdex.satisfied, wanted.apdex.unwrap().satisfied);
        assert!((apdex.score - apdex.satisfied as f64 / found.count as f64).abs() < 1e-9);
    }
    assert_eq!((result.account.asked, result.account.sent, result.account.dropped), (3_003, 3_000, 3));
    assert!((result.account.asked_rate - 300.0).abs() < 1e-6);
    assert_eq!(merged.ticks.iter().map(|tick| tick.ended).collect::<Vec<_>>(), [303, 150]);
    assert_eq!((merged.ticks[0].min_us, merged.ticks[0].max_us), (5_000, 10_200));
    assert_eq!(result.shards.len(), 3);
}

#[test]
fn the_merge_is_judged_and_not_the_parts() {
    // Shard 2 has all that is slow: alone it misses its threshold, and the whole keeps it.
    let limit = 26.0;
    let mut slow: Vec<u64> = (0..1_000).map(|k| 5_000 + k * 15).collect();
    slow[..15].fill(500_000);
    let fast: Vec<u64> = (0..1_000).map(|k| 5_000 + k * 15).collect();
    let mut shards = three(limit);
    for (shard, times) in shards.iter_mut().zip([&fast, &fast, &slow]) {
        shard.result = measured(times);
    }
    assert!(shards[2].result.requests.time.p99_us > 26_000);
    let merged_ = merged(shards.clone());
    assert_eq!(merged_.result.verdict, LoadVerdict::Passed, "{:?}", merged_.result.reasons);
    let missed = merged(three(900.0));
    assert_eq!(missed.result.verdict, LoadVerdict::Passed, "{:?}", missed.result.reasons);
    slow[..35].fill(500_000);
    shards[2].result = measured(&slow);
    assert_eq!(merged(shards).result.verdict, LoadVerdict::ThresholdMissed);
}

#[test]
fn a_missing_shard_is_inconclusive_whatever_the_figures() {
    for missing in 0..3 {
        for limit in [2_000.0, 1.0] {
            let mut shards = three(limit);
            shards.remove(missing);
            let merged = merged(shards);
            inconclusive(&merged, &format!("shard {missing} of 3 is missing"));
            assert_eq!(merged.result.shards[missing].problems, ["no result"]);
            assert_eq!(merged.result.shards.len(), 3);
        }
    }
    let only = merged(vec![shard(4, 9, 2_000.0)]);
    inconclusive(&only, "shards 0-3, 5-8 of 9 are missing");
    let limits = Limits { expect: Some(5), ..Limits::default() };
    let fewer = merge(Reading { shards: three(2_000.0), problems: Vec::new() }, &limits).unwrap();
    inconclusive(&fewer, "5 shards are expected, but the results are of a load in 3 parts");
    assert_eq!(merge(Reading::default(), &Limits::default()), None, "nothing at all is no result");
}

#[test]
fn something_that_did_not_work_is_a_failure_even_when_a_shard_is_missing() {
    let mut shards = three(2_000.0);
    shards.remove(0);
    let message = "the answer's id is not the one that was asked for".to_owned();
    let failure = LoadFailure { cause: "check".to_owned(), message, count: 2, ..LoadFailure::default() };
    shards[0].result.failures = vec![failure.clone()];
    shards[1].result.failures = vec![LoadFailure { count: 3, example: "GET /".to_owned(), ..failure }];
    let merged = merged(shards);
    assert_eq!(merged.result.verdict, LoadVerdict::Failed);
    assert!(
        merged.result.reasons.iter().any(|reason| reason.contains("is missing")),
        "{:?}",
        merged.result.reasons
    );
    assert_eq!(merged.result.failures.len(), 1);
    assert_eq!((merged.result.failures[0].count, &*merged.result.failures[0].example), (5, "GET /"));
}

#[test]
fn two_pods_of_one_index_are_inconclusive_and_one_result_twice_is_not() {
    let mut shards = three(2_000.0);
    shards.push(shards[1].clone());
    let twice = merged(shards.clone());
    assert_eq!(twice.result.verdict, LoadVerdict::Passed);
    assert_eq!(twice.result.requests.count, 3_000, "it is counted once");
    assert!(
        twice.result.warnings.iter().any(|warning| warning.contains("given twice")),
        "{:?}",
        twice.result.warnings
    );
    shards[3].host = "pod-1-again".to_owned();
    shards[3].result.started_unix_us += 1_000;
    inconclusive(&merged(shards), "shard 1 ran more than once (on pod-1 and on pod-1-again)");
}

#[test]
fn parts_of_another_load_are_not_merged() {
    let mut shards = three(2_000.0);
    shards[2] = shard(2, 3, 1_999.0);
    let merged_ = merged(shards);
    inconclusive(&merged_, "the result of shard 2 of 3 is of another load: what the profile says differs");
    inconclusive(&merged_, "shard 2 of 3 is missing");
    assert_eq!(merged_.result.requests.count, 2_000);
    let mut shards = three(2_000.0);
    shards[0].run.start_at_unix_us = shards[0].run.start_at_unix_us.map(|at| at - 3_600_000_000);
    inconclusive(&merged(shards), "another start");
    let mut shards = three(2_000.0);
    shards[0].run.version = "0.0.9".to_owned();
    inconclusive(&merged(shards), "dryrun 0.0.9, not");
    let mut shards = three(2_000.0);
    shards[0].result.workflows[0].name = "writing".to_owned();
    inconclusive(&merged(shards), "it played other workflows");
}

#[test]
fn a_late_start_beyond_the_limit_is_inconclusive() {
    let mut shards = three(2_000.0);
    shards[1].result.started_unix_us += 490_000;
    let near = merged(shards.clone());
    assert_eq!(near.result.verdict, LoadVerdict::Passed);
    assert_eq!(near.result.shards[1].late_us, 490_000);
    shards[1].result.started_unix_us += 20_000;
    inconclusive(&merged(shards.clone()), "shard 1: it began 510 ms later than agreed; the limit is 500 ms");
    shards[1].result.started_unix_us -= 1_500_000;
    inconclusive(&merged(shards.clone()), "earlier than agreed");
    // Without an agreed moment they are held against the first.
    for shard in &mut shards {
        shard.run.start_at_unix_us = None;
    }
    inconclusive(&merged(shards), "shard 0: it began 990 ms later than the first shard");
}

#[test]
fn a_clock_that_is_off_beyond_the_limit_is_inconclusive() {
    let off = |index: usize, ahead_us: i64| {
        let mut shards = three(2_000.0);
        let clock = &mut shards[index].clock;
        (clock.low_us, clock.high_us) = (Some(ahead_us - 10_000), Some(ahead_us + 10_000));
        merged(shards)
    };
    let near = off(1, 500_000);
    assert_eq!(near.result.verdict, LoadVerdict::Passed, "{:?}", near.result.reasons);
    assert_eq!(near.result.shards[1].clock_skew_us, Some(-400_000));
    assert_eq!(near.result.shards[0].clock_skew_us, Some(0));
    // The target is ahead of it by more than of the others: it is behind.
    inconclusive(&off(1, 700_000), "shard 1: its clock is 600 ms behind the others'; the limit is 500 ms");
    inconclusive(&off(2, -900_000), "shard 2: its clock is 1.0 s ahead of the others'");
    let mut shards = three(2_000.0);
    shards[0].clock.drift_us = -2_000_000;
    inconclusive(&merged(shards), "shard 0: its clock was set back by 2.0 s while the load went on");
    // Where nothing is known, that is said.
    let mut shards = three(2_000.0);
    shards[0].clock = Clock::default();
    let unknown = merged(shards);
    assert_eq!(unknown.result.verdict, LoadVerdict::Passed);
    let warnings = &unknown.result.warnings;
    assert!(
        warnings.iter().any(|warning| warning.starts_with("the clock of shard 0 could not be")),
        "{warnings:?}"
    );
}

#[test]
fn a_part_that_is_not_whole_is_inconclusive() {
    let mut shards = three(2_000.0);
    shards[1].result.stopped = Some("interrupted".to_owned());
    inconclusive(&merged(shards), "shard 1: it was ended before its time: interrupted");
    let mut shards = three(2_000.0);
    shards[1].result.account.sent -= 7;
    inconclusive(&merged(shards), "shard 1: its account does not add up");
    let mut shards = three(2_000.0);
    shards[1].result.requests.count += 1;
    inconclusive(&merged(shards), "holds 1000 times, but 1001 are counted");
    let mut shards = three(2_000.0);
    shards[1].result.requests.histogram = "AAAA".to_owned();
    inconclusive(&merged(shards), "HDR V2");
}

#[test]
fn parts_without_histograms_of_their_splits_tell_no_split() {
    let mut shards = three(2_000.0);
    shards[1].result.requests.splits = None;
    assert_eq!(merged(shards.clone()).result.requests.ttfb, None, "never a guess");
    shards[1].result.requests.ttfb = None;
    let told = merged(shards).result.requests.ttfb;
    assert!(told.is_some_and(|told: Figures| told.count == 2_000), "a shard that measured none adds none");
}
