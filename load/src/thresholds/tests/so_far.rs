//! Tests of how thresholds stand while a load goes on.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// How a threshold stands after `result`, with so many iterations to come.
fn stand(
    result: &LoadResult,
    threshold: &Threshold,
    to_come: Option<u64>,
    exact: bool,
) -> dryrun_record::load::Standing {
    let failed = Histogram::decode(&result.requests.failed_histogram).unwrap();
    let all = Histogram::decode(&result.requests.histogram).unwrap();
    let all = Times::new(&all, Some(&failed));
    let so_far = SoFar {
        requests: &result.requests,
        workflows: &result.workflows,
        account: &result.account,
        times: (exact && threshold.scope == Scope::Requests).then_some(&all),
        elapsed: Duration::from_secs(10),
        to_come,
        left: Some(Duration::from_secs(10)),
        measured: Some(Duration::from_secs(20)),
    };
    assert_eq!(can_still_hold(threshold, &so_far), !standing(threshold, &so_far).lost);
    standing(threshold, &so_far)
}

#[test]
fn a_threshold_is_lost_when_the_best_that_can_come_is_not_enough() {
    let mut result = result();
    result.requests.failures = 6;
    // The slowest six.
    result.requests.failed_histogram = times((195..=200).map(|ms| ms * 1_000)).encode();
    result.account.dropped = 6;
    result.account.late = 6;
    result.requests.apdex = Some(Apdex { limit_us: 1, satisfied: 100, tolerating: 0, score: 0.5 });
    for (metric, value, still, lost) in [
        // 100 of 200 within 100 ms: 95% of all need 1,800 more that are fast.
        (Metric::Quantile(0.95), 100.0, 1_800, 1_799),
        // 6 failed: 1% of 600.
        (Metric::FailPercent, 1.0, 400, 399),
        (Metric::DroppedPercent, 1.0, 400, 399),
        (Metric::LatePercent, 1.0, 400, 399),
        // 200 requests took 20.1 s together.
        (Metric::Mean, 50.5, 200, 195),
        // 30 a second over 20 s are 600.
        (Metric::Rate, 30.0, 400, 399),
        // 100 of 200 satisfied; with 300 more it is 400 of 500.
        (Metric::Apdex, 0.8, 300, 299),
    ] {
        let threshold = all(metric, value);
        assert!(!stand(&result, &threshold, Some(still), true).lost, "{threshold:?}");
        let standing = stand(&result, &threshold, Some(lost), true);
        assert!(standing.lost && !standing.held, "{threshold:?}: {standing:?}");
        assert!(standing.found.is_some());
    }
    for metric in [Metric::FailPercent, Metric::DroppedPercent, Metric::LatePercent] {
        assert!(stand(&result, &all(metric, 0.0), None, true).lost, "{metric:?}: six are too many for none");
    }
    let half =
        Series { failures: 101, failed_histogram: times([1_000; 101]).encode(), ..result.requests.clone() };
    let half = LoadResult { requests: half, ..result.clone() };
    let never = stand(&half, &all(Metric::Quantile(0.5), 500.0), Some(1_000), true);
    assert_eq!((never.found, never.never, never.held, never.lost), (None, true, false, false));
    // The warm-up left 100 over that ended in these 10 s.
    let more = Series { rate: 30.0, ..result.requests.clone() };
    let more = LoadResult { requests: more, ..result.clone() };
    assert!(!stand(&more, &all(Metric::Rate, 30.0), Some(300), true).lost, "300 so far, and 300 to come");
    let max = all(Metric::Max, 199.0);
    assert!(stand(&result, &max, None, true).lost, "one is enough, whatever comes");
    assert!(!stand(&result, &all(Metric::Max, 200.0), Some(0), true).lost);
    let odd = limit(Scope::Workflow("odd".to_owned()), Metric::Quantile(0.5), 1.0);
    assert!(stand(&result, &odd, Some(90), true).lost && !stand(&result, &odd, Some(98), true).lost);
}

#[test]
fn without_histograms_it_is_lost_only_when_the_figures_say_so_for_certain() {
    let mut result = result();
    for part in &mut result.workflows {
        part.iterations.histogram.clear();
        part.steps[0].series.histogram.clear();
    }
    let odd = |ms| limit(Scope::Step("odd".to_owned()), Metric::Quantile(0.95), ms);
    // The median is 99 ms, beyond 90: at most 49 of 100 were within. 95% then need 920 more.
    assert!(stand(&result, &odd(90.0), Some(900), false).lost);
    assert!(!stand(&result, &odd(90.0), Some(920), false).lost);
    assert!(stand(&result, &odd(0.5), Some(1_800), false).lost, "not even the fastest was within");
    let max = limit(Scope::Step("odd".to_owned()), Metric::Max, 150.0);
    assert!(stand(&result, &max, Some(0), false).lost);
}

#[test]
fn users_make_no_more_than_their_fastest_iteration_allows() {
    let mut result = result();
    result.account.users = 2;
    // The fastest took 1 ms: 2 users make at most 20,002 in the 10 s that are left.
    let slow = |share| all(Metric::Quantile(share), 100.0);
    assert!(!stand(&result, &slow(0.99), None, true).lost);
    assert!(stand(&result, &slow(0.999), None, true).lost);
    result.workflows.iter_mut().for_each(|workflow| workflow.iterations.count = 0);
    assert!(!stand(&result, &slow(0.999), None, true).lost, "nothing is known of their speed");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// What is called lost is missed at the end whatever comes; what is not can still hold when all that comes is best.
    #[test]
    fn lost_is_exactly_what_the_best_end_misses(
        seen in proptest::collection::vec((1_u64..50, any::<bool>()), 1..60),
        to_come in 0_u64..60, share in 1_u32..100, ms in 1_u64..50, percent in 0_u32..60,
    ) {
        let failures = seen.iter().filter(|(_, failed)| *failed).count() as u64;
        let before = times(seen.iter().map(|(ms, _)| ms * 1_000));
        let failed = times(seen.iter().filter(|(_, failed)| *failed).map(|(ms, _)| ms * 1_000)).encode();
        let part = |times: &Histogram| Series { failed_histogram: failed.clone(), ..series(times, failures) };
        let mut now = LoadResult { requests: part(&before), ..LoadResult::default() };
        now.account.asked = before.count();
        for threshold in [
            all(Metric::Quantile(f64::from(share) / 100.0), ms as f64),
            all(Metric::FailPercent, f64::from(percent)),
            all(Metric::Max, ms as f64),
        ] {
            let lost = stand(&now, &threshold, Some(to_come), true).lost;
            let mut end = before.clone();
            end.record_n(1, to_come);
            let best = LoadResult { requests: part(&end), ..LoadResult::default() };
            prop_assert_eq!(lost, !judged(&best, std::slice::from_ref(&threshold)).thresholds[0].held, "{:?}", threshold);
        }
        let failures = failures + 1;
        now.requests.failures = failures;
        let fails = all(Metric::FailPercent, f64::from(percent));
        let exact = failures * 100 > u64::from(percent) * (before.count() + to_come);
        prop_assert_eq!(stand(&now, &fails, Some(to_come), true).lost, exact);
    }
}
