//! Tests of the judgement: each rule kept and broken, by counts.

use super::*;
use crate::histogram::Histogram;
use dryrun_record::load::{
    Account, Apdex, ContractsChecked, LoadFailure, Sends, Series, StepResult, WorkflowResult,
};

fn times(us: impl IntoIterator<Item = u64>) -> Histogram {
    let mut histogram = Histogram::new();
    us.into_iter().for_each(|us| histogram.record_us(us));
    histogram
}

fn series(times: &Histogram, failures: u64) -> Series {
    Series {
        count: times.count(),
        failures,
        rate: times.count() as f64 / 10.0,
        time: times.figures(),
        histogram: times.encode(),
        ..Series::default()
    }
}

/// 1 to 200 ms in two requests, odd and even; 10 s.
fn result() -> LoadResult {
    let of = |from: u64| times((from..=200).step_by(2).map(|ms| ms * 1_000));
    let (odd, even) = (of(1), of(2));
    let mut all = odd.clone();
    all.merge(&even);
    let workflow = |name: &str, step: &str, times: &Histogram| WorkflowResult {
        name: name.to_owned(),
        weight: 1,
        iterations: series(times, 0),
        steps: vec![StepResult { name: step.to_owned(), series: series(times, 0) }],
    };
    LoadResult {
        measured_us: 10_000_000,
        account: Account { asked: 200, sent: 200, ended: 200, ..Account::default() },
        requests: series(&all, 0),
        workflows: vec![workflow("odd", "odd", &odd), workflow("publish: all channels", "I POST it", &even)],
        ..LoadResult::default()
    }
}

fn limit(scope: Scope, metric: Metric, limit: f64) -> Threshold {
    Threshold { scope, metric, limit }
}

fn all(metric: Metric, value: f64) -> Threshold {
    limit(Scope::Requests, metric, value)
}

fn judged(result: &LoadResult, thresholds: &[Threshold]) -> LoadResult {
    let mut result = result.clone();
    judge(&mut result, thresholds);
    result
}

/// Verdict and reasons.
fn said(result: &LoadResult, thresholds: &[Threshold]) -> (LoadVerdict, Vec<String>) {
    let judged = judged(result, thresholds);
    (judged.verdict, judged.reasons)
}

fn failure(cause: &str, workflow: &str, step: &str) -> LoadFailure {
    LoadFailure {
        cause: cause.to_owned(),
        workflow: workflow.to_owned(),
        step: step.to_owned(),
        message: "it was wrong".to_owned(),
        count: 3,
        ..LoadFailure::default()
    }
}

#[test]
fn a_limit_is_kept_at_itself_and_missed_beyond() {
    let odd = || Scope::Workflow("odd".to_owned());
    let post = || Scope::Step("I POST it".to_owned());
    let mut result = result();
    result.account.dropped = 5;
    result.account.late = 10;
    result.requests.failures = 4;
    // The slowest four.
    result.requests.failed_histogram = times((197..=200).map(|ms| ms * 1_000)).encode();
    result.requests.apdex = Some(Apdex { limit_us: 1, satisfied: 100, tolerating: 60, score: 0.0 });
    let p95 = Metric::Quantile(0.95);
    for (scope, metric, kept, missed, found) in [
        (Scope::Requests, p95, 190.0, 189.5, 190.0),
        (Scope::Requests, Metric::Quantile(0.5), 100.0, 99.8, 100.0),
        (Scope::Requests, Metric::Quantile(0.97), 194.0, 193.5, 194.0),
        (Scope::Requests, Metric::Max, 200.0, 199.5, 200.0),
        (Scope::Requests, Metric::Mean, 100.6, 100.4, 100.5),
        (Scope::Requests, Metric::FailPercent, 2.0, 1.99, 2.0),
        (Scope::Requests, Metric::Rate, 20.0, 20.1, 20.0),
        (Scope::Requests, Metric::Apdex, 0.65, 0.66, 0.65),
        (Scope::Requests, Metric::DroppedPercent, 2.5, 2.4, 2.5),
        (Scope::Requests, Metric::LatePercent, 5.0, 4.9, 5.0),
        (odd(), p95, 189.0, 188.5, 189.0),
        (odd(), Metric::Rate, 10.0, 10.1, 10.0),
        (post(), p95, 190.0, 189.0, 190.0),
        (Scope::Workflow("publish".to_owned()), Metric::Max, 200.0, 199.0, 200.0),
    ] {
        // Failures and drops are tolerated, so that this one limit decides.
        let around = [all(Metric::FailPercent, 50.0), all(Metric::DroppedPercent, 50.0)];
        for (value, held) in [(kept, true), (missed, false)] {
            let threshold = limit(scope.clone(), metric, value);
            let thresholds: Vec<Threshold> = [threshold].into_iter().chain(around.clone()).collect();
            let judged = judged(&result, &thresholds);
            let line = &judged.thresholds[0];
            assert_eq!(line.held, held, "{line:?}");
            let near = line.found.unwrap();
            assert!((near - found).abs() <= found * 0.0011, "{line:?}: {found}");
            assert_eq!(judged.thresholds.len(), 3);
            let verdict = if held { LoadVerdict::Passed } else { LoadVerdict::ThresholdMissed };
            assert_eq!(judged.verdict, verdict, "{:?}", judged.reasons);
            assert_eq!(judged.reasons.len(), usize::from(!held), "{:?}", judged.reasons);
        }
    }
}

#[test]
fn words_names_and_reasons() {
    let step = Scope::Step("I GET \"/a\"".to_owned());
    for (threshold, text, name) in [
        (all(Metric::Quantile(0.95), 500.0), "all requests: 95% within 500 ms", "p95_ms"),
        (all(Metric::Quantile(0.999), 2.5), "all requests: 99.9% within 2.5 ms", "p99_9_ms"),
        (all(Metric::Quantile(0.07), 2.5), "all requests: 7% within 2.5 ms", "p7_ms"),
        (all(Metric::Max, 9.0), "all requests: all within 9 ms", "max_ms"),
        (all(Metric::Mean, 9.0), "all requests: 9 ms on average", "mean_ms"),
        (all(Metric::FailPercent, 1.0), "all requests: at most 1% fail", "max_fail_percent"),
        (limit(step, Metric::FailPercent, 0.0), "I GET \"/a\": none fails", "max_fail_percent"),
        (all(Metric::Rate, 45.0), "all requests: at least 45 a second", "min_rate"),
        (all(Metric::Apdex, 0.9), "all requests: apdex at least 0.9", "min_apdex"),
        (all(Metric::DroppedPercent, 0.0), "all arrivals: none dropped", "max_dropped_percent"),
        (all(Metric::LatePercent, 2.0), "all arrivals: at most 2% late", "max_late_percent"),
    ] {
        assert_eq!((words(&threshold).as_str(), super::name(&threshold).as_str()), (text, name));
    }
    let (_, reasons) = said(&result(), &[all(Metric::Quantile(0.95), 100.0), all(Metric::Rate, 21.0)]);
    assert_eq!(
        reasons,
        [
            "all requests: 95% within 100 ms; found 190.1 ms",
            "all requests: at least 21 a second; found 20.0 a second"
        ]
    );
    let (_, reasons) = said(&result(), &[all(Metric::Quantile(0.005), 0.25)]);
    assert_eq!(reasons, ["all requests: 0.5% within 0.25 ms; found 1.000 ms"]);
    let line =
        &judged(&result(), &[limit(Scope::Workflow("odd".to_owned()), Metric::Max, 500.0)]).thresholds[0];
    assert_eq!((line.scope.as_str(), line.metric.as_str(), line.limit), ("odd", "max_ms", 500.0));
}

#[test]
fn what_was_not_measured_does_not_hold() {
    let nobody = || Scope::Workflow("nobody".to_owned());
    for metric in
        [Metric::Quantile(0.5), Metric::Max, Metric::Mean, Metric::FailPercent, Metric::Rate, Metric::Apdex]
    {
        let threshold = limit(nobody(), metric, 100.0);
        let judged = judged(&result(), std::slice::from_ref(&threshold));
        assert_eq!((judged.thresholds[0].found, judged.thresholds[0].held), (None, false), "{metric:?}");
        assert_eq!(judged.verdict, LoadVerdict::ThresholdMissed);
        assert_eq!(judged.reasons, [format!("{}; nothing was measured", words(&threshold))]);
    }
    let apdex = judged(&result(), &[all(Metric::Apdex, 0.1)]);
    assert!(!apdex.thresholds[0].held, "nobody said what satisfies");
    let nothing = LoadResult::default();
    for metric in [Metric::DroppedPercent, Metric::LatePercent] {
        assert_eq!(said(&nothing, &[all(metric, 100.0)]).0, LoadVerdict::ThresholdMissed);
    }
    let wanted = (LoadVerdict::Inconclusive, vec!["nothing was measured".to_owned()]);
    assert_eq!(said(&nothing, &[]), wanted, "a load of nothing has not passed");
    assert_eq!(said(&result(), &[]), (LoadVerdict::Passed, Vec::new()));
}

#[test]
fn a_quantile_without_its_histogram_is_taken_from_the_figures_or_not_at_all() {
    let mut result = result();
    result.requests.histogram.clear();
    assert_eq!(said(&result, &[all(Metric::Quantile(0.95), 191.0)]).0, LoadVerdict::Passed);
    assert_eq!(said(&result, &[all(Metric::Quantile(0.95), 189.0)]).0, LoadVerdict::ThresholdMissed);
    let (verdict, reasons) = said(&result, &[all(Metric::Quantile(0.97), 500.0)]);
    assert_eq!(verdict, LoadVerdict::ThresholdMissed);
    assert!(reasons[0].ends_with("nothing was measured"), "{reasons:?}");
    result.requests.histogram = "no histogram".to_owned();
    assert_eq!(said(&result, &[all(Metric::Quantile(0.97), 500.0)]).0, LoadVerdict::ThresholdMissed);
}

#[test]
fn a_failed_request_is_tolerated_only_where_a_threshold_says_so() {
    for cause in ["status", "transport", "timeout"] {
        let mut result = result();
        result.workflows[0].steps[0].series.failures = 3;
        result.workflows[0].iterations.failures = 3;
        result.requests.failures = 3;
        result.requests.failed_histogram = times([1_000; 3]).encode();
        result.failures = vec![failure(cause, "odd", "")];
        let verdict = |thresholds: &[Threshold]| said(&result, thresholds).0;
        let fails = |scope, percent| limit(scope, Metric::FailPercent, percent);
        let (odd, other) = (|| Scope::Step("odd".to_owned()), || Scope::Step("I POST it".to_owned()));
        let (verdict_alone, reasons) = said(&result, &[all(Metric::Quantile(0.95), 500.0)]);
        assert_eq!(verdict_alone, LoadVerdict::Failed, "nothing said that it is tolerated");
        assert_eq!(reasons, [format!("odd: it was wrong ({cause}, 3 times)")]);
        assert_eq!(verdict(&[fails(Scope::Requests, 5.0)]), LoadVerdict::Passed);
        assert_eq!(verdict(&[fails(Scope::Requests, 1.0)]), LoadVerdict::ThresholdMissed);
        assert_eq!(verdict(&[fails(odd(), 5.0)]), LoadVerdict::Passed);
        assert_eq!(verdict(&[fails(odd(), 0.0)]), LoadVerdict::ThresholdMissed);
        assert_eq!(verdict(&[fails(Scope::Workflow("odd".to_owned()), 5.0)]), LoadVerdict::Passed);
        assert_eq!(verdict(&[fails(other(), 5.0)]), LoadVerdict::Failed, "that is about another request");

        result.failures[0].message = "odd was wrong".to_owned();
        assert_eq!(
            said(&result, &[]).1,
            [format!("odd was wrong ({cause}, 3 times)")],
            "its name is said once"
        );
        result.failures.clear();
        let (verdict, reasons) = said(&result, &[]);
        assert_eq!(verdict, LoadVerdict::Failed, "what the figures count needs no telling");
        assert_eq!(reasons, ["odd: 3 failed, and no max_fail_percent tolerates that"]);
        assert_eq!(said(&result, &[fails(odd(), 5.0)]).0, LoadVerdict::Passed);

        result.failures = vec![failure(cause, "", "")];
        assert_eq!(
            said(&result, &[fails(odd(), 5.0)]).0,
            LoadVerdict::Passed,
            "all that failed is tolerated"
        );
        assert_eq!(said(&result, &[fails(other(), 5.0)]).0, LoadVerdict::Failed);
    }
}

#[test]
fn what_is_wrong_in_itself_is_never_tolerated_and_comes_first() {
    let thresholds = [all(Metric::FailPercent, 100.0), all(Metric::Quantile(0.95), 1.0)];
    for cause in ["check", "contract", "unexpected-call", "lost", "doubled", "phantom", "new-kind"] {
        let mut result = result();
        result.failures = vec![failure(cause, "publish: all channels", "I POST it")];
        let (verdict, reasons) = said(&result, &thresholds);
        assert_eq!(verdict, LoadVerdict::Failed, "{cause}");
        assert_eq!(reasons[0], format!("publish: all channels: I POST it: it was wrong ({cause}, 3 times)"));
        assert!(reasons[1].starts_with("all requests: 95% within 1 ms"), "{reasons:?}");
        assert_eq!(reasons.len(), 2);
    }
    type Spoil = fn(&mut LoadResult);
    let spoils: [(Spoil, &str); 5] = [
        (|result| result.sends.lost = 1, "1 send lost: claimed, and never received"),
        (|result| result.sends.doubled = 2, "2 sends doubled: "),
        (|result| result.sends.phantom = 2, "2 sends phantom: "),
        (|result| result.sends.unexpected = 2, "2 sends unexpected: "),
        (|result| result.contracts = ContractsChecked { breaches: 7, ..Default::default() }, "7 breaches"),
    ];
    for (spoil, wanted) in spoils {
        let mut result = result();
        spoil(&mut result);
        let (verdict, reasons) = said(&result, &thresholds[..1]);
        assert_eq!(verdict, LoadVerdict::Failed);
        assert!(reasons.len() == 1 && reasons[0].starts_with(wanted), "{reasons:?}");
    }
    let mut twice = result();
    twice.sends = Sends { lost: 3, ..Sends::default() };
    twice.failures = vec![failure("lost", "", "")];
    assert_eq!(said(&twice, &[]).1.len(), 1, "one send is told once");
}

#[test]
fn many_kinds_are_told_in_part_and_counted() {
    let mut result = result();
    let kind = |n: usize| LoadFailure { message: format!("wrong {n}"), ..failure("check", "odd", "odd:") };
    result.failures = (0..25).map(kind).collect();
    let (_, reasons) = said(&result, &[]);
    assert_eq!(reasons.len(), 21);
    assert_eq!(reasons[0], "odd: odd: wrong 0 (check, 3 times)", "one colon after a step that ends with one");
    assert_eq!(reasons[20], "5 further kinds of failures, 15 times in all");
}

#[test]
fn who_was_cut_off_has_failed_and_is_slower_than_any() {
    let mut result = result();
    result.account.abandoned = 20;
    result.account.sent = 220;
    let (verdict, reasons) = said(&result, &[all(Metric::Quantile(0.5), 150.0)]);
    assert_eq!(verdict, LoadVerdict::Failed);
    assert_eq!(reasons, ["20 of 220 iterations were cut off without an answer when the grace time was over"]);
    // 20 of 220 are 9.1%; 90% of 220 are 198, which 200 would have been without them.
    let fails = |percent| all(Metric::FailPercent, percent);
    assert_eq!(said(&result, &[fails(9.1)]).0, LoadVerdict::Passed);
    assert_eq!(said(&result, &[fails(9.0)]).0, LoadVerdict::ThresholdMissed);
    let quantile = |share, ms| said(&result, &[fails(50.0), all(Metric::Quantile(share), ms)]);
    assert_eq!(quantile(0.9, 198.0).0, LoadVerdict::Passed);
    assert_eq!(quantile(0.9, 197.0).0, LoadVerdict::ThresholdMissed, "without them 180 would do");
    let (verdict, reasons) = quantile(0.95, 60_000.0);
    assert_eq!(verdict, LoadVerdict::ThresholdMissed, "nobody knows how long the last 20 would have taken");
    assert_eq!(
        reasons[0],
        "all requests: 95% within 60000 ms; found never: 20 of 220 cut off, and so never finished"
    );
    let (_, reasons) = quantile(0.9, 100.0);
    let wanted = "found 198.0 ms (20 of 220 cut off, which count as slower than any)";
    assert!(reasons[0].ends_with(wanted), "the tables' 180 ms are those of 200: {reasons:?}");
    for metric in [Metric::Max, Metric::Mean] {
        assert_eq!(said(&result, &[fails(50.0), all(metric, 60_000.0)]).0, LoadVerdict::ThresholdMissed);
    }
    let silent = LoadResult {
        account: Account { asked: 5, sent: 5, abandoned: 5, ..Account::default() },
        ..LoadResult::default()
    };
    let judged = judged(&silent, &[fails(50.0)]);
    assert_eq!((judged.thresholds[0].found, judged.verdict), (Some(100.0), LoadVerdict::ThresholdMissed));
}

/// A service that refuses half of the requests at once, or one whose failures end at the time limit, is not fast.
#[test]
fn who_failed_never_finished_however_soon_it_ended() {
    let mut result = result();
    // The fastest 100 of 200: 1 to 100 ms.
    result.requests.failures = 100;
    result.requests.failed_histogram = times((1..=100).map(|ms| ms * 1_000)).encode();
    let fails = all(Metric::FailPercent, 50.0);
    let quantile = |share: f64, ms: f64| {
        let judged = judged(&result, &[all(Metric::Quantile(share), ms), fails.clone()]);
        (judged.verdict, judged.thresholds[0].clone())
    };
    let (verdict, half) = quantile(0.5, 100.0);
    assert_eq!(
        verdict,
        LoadVerdict::ThresholdMissed,
        "half of all ended within 100 ms, and all of them failed"
    );
    assert!((half.found.unwrap() - 200.0).abs() < 0.3, "{half:?}");
    assert_eq!(quantile(0.5, 200.0).0, LoadVerdict::Passed);
    let (verdict, most) = quantile(0.51, 60_000.0);
    assert_eq!((verdict, most.found), (LoadVerdict::ThresholdMissed, None));
    assert_eq!(most.beyond.as_deref(), Some("100 of 200 failed"));
    let judged = judged(&result, &[all(Metric::Max, 200.0), all(Metric::Mean, 101.0), fails.clone()]);
    assert_eq!(judged.verdict, LoadVerdict::Passed, "the longest and the mean are over all that ended");
    result.account.abandoned = 20;
    let line = came_of(&all(Metric::Quantile(0.5), 500.0), &result);
    assert_eq!(line.beyond.as_deref(), Some("20 of 220 cut off, 100 failed"));
}

#[test]
fn dropped_arrivals_are_never_passed_over() {
    let mut result = result();
    result.account.dropped = 2;
    let (verdict, reasons) = said(&result, &[all(Metric::Quantile(0.95), 500.0)]);
    assert_eq!(verdict, LoadVerdict::ThresholdMissed);
    assert_eq!(reasons, ["2 of 200 arrivals never began, and no max_dropped_percent tolerates that"]);
    assert_eq!(said(&result, &[all(Metric::DroppedPercent, 1.0)]).0, LoadVerdict::Passed);
}

#[test]
fn a_run_that_was_stopped_has_not_passed() {
    let mut result = result();
    result.stopped = Some("interrupted".to_owned());
    let (verdict, reasons) = said(&result, &[all(Metric::Quantile(0.95), 500.0)]);
    assert_eq!(verdict, LoadVerdict::Inconclusive);
    assert_eq!(reasons, ["the run was ended before its time: interrupted"]);
    assert_eq!(said(&result, &[all(Metric::Quantile(0.95), 5.0)]).0, LoadVerdict::ThresholdMissed);
    let unmeasured = [limit(Scope::Workflow("nobody".to_owned()), Metric::Max, 1.0)];
    let (verdict, reasons) = said(&result, &unmeasured);
    assert_eq!((verdict, reasons.len()), (LoadVerdict::Inconclusive, 2), "its turn may not have come yet");
    result.failures = vec![failure("check", "odd", "odd")];
    assert_eq!(said(&result, &[]).0, LoadVerdict::Failed);
}

#[test]
fn judging_again_changes_nothing() {
    let thresholds = [all(Metric::Quantile(0.95), 1.0), all(Metric::Rate, 1.0)];
    let once = judged(&result(), &thresholds);
    assert_eq!(judged(&once, &thresholds), once);
}

mod so_far;
