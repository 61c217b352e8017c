//! Ways in which a run could pass without its checks having held. Each must be told.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::time::{Duration, Instant};

use dryrun_record::{EventStream, FailureKind, Isolation, Masker, NoticeLevel, Outcome, Record};
use dryrun_suite::features::Selection;
use dryrun_suite::{IsolationChoice, RunOptions, SuiteError, rehearse};
use support::{options, plan, run_mixed, run_with, target};

fn feature(steps: &str) -> String {
    format!("Feature: F\n  Scenario: S\n    {}\n", steps.replace(" / ", "\n    "))
}

async fn run(steps: &str, options: RunOptions) -> Record {
    let (record, summary) = run_mixed(&feature(steps), target(&[]), options).await;
    summary.unwrap();
    record
}

fn failures(record: &Record) -> Vec<(FailureKind, String)> {
    record.scenarios[0].failures().map(|failure| (failure.kind, failure.message.clone())).collect()
}

fn notices(record: &Record, code: &str) -> Vec<NoticeLevel> {
    record.notices.iter().filter(|notice| notice.code == code).map(|notice| notice.level).collect()
}

#[tokio::test]
async fn what_was_counted_must_still_hold_at_the_end() {
    for (check, said) in [
        ("the Store received nothing", "the Store received nothing"),
        ("the Store received 0 documents", "the Store received 0 of documents"),
        (
            "the Store received exactly 0 calls to \"POST /documents\"",
            "the Store received 0 of POST /documents",
        ),
        ("nothing was published", "nothing was published"),
    ] {
        let steps = format!("When I GET \"/nowhere\" / Then {check} / And the Store is called of itself");
        let record = run(&steps, options()).await;
        let message = format!("`{said}` held when it was checked, and not at the end of the scenario");
        assert_eq!(failures(&record), [(FailureKind::Check, message)], "{check}");
        assert!(!record.scenarios[0].failures().next().unwrap().exchanges.is_empty());
    }
    for (check, later) in [
        ("the Store received 1 document like: / | title | x |", "the Store is called of itself"),
        ("in every call to \"POST /documents\" title is \"x\"", "the Store is called of itself with \"y\""),
        ("nothing was sent twice", "the Store is called of itself"),
    ] {
        let steps = format!("When I GET \"/publish\" / Then {check} / And {later}");
        let found = failures(&run(&steps, options()).await);
        assert!(found.len() == 1 && found[0].1.contains("held when it was checked"), "{check}: {found:?}");
    }
}

#[tokio::test]
async fn what_comes_after_another_act_or_a_while_takes_nothing_back() {
    for steps in [
        // More calls of which the check still holds are no reason to fail.
        "When I GET \"/publish\" / Then nothing was sent twice / And the Store is called of itself with \"y\"",
        "When I GET \"/publish\" / Then in every call to \"POST /documents\" title is \"x\" / And the Store is called of itself",
        "When I GET \"/nowhere\" / Then the Store received nothing / When I GET \"/publish\" / Then the Store received 1 document",
        "When I GET \"/publish\" / Then the Store received 1 document / And the Store is called of itself / And within 5 seconds the Store received 2 calls to \"POST /documents\"",
    ] {
        assert_eq!(failures(&run(steps, options()).await), [], "{steps}");
    }
}

#[tokio::test]
async fn a_call_before_the_first_request_is_no_call_of_this_scenario() {
    let serial = RunOptions { isolation: IsolationChoice::Forced(Isolation::Serial), ..options() };
    let steps =
        "Then somebody calls the Store / When I GET \"/nowhere\" / Then the Store received 1 document";
    let record = run(steps, serial.clone()).await;
    let found = failures(&record);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].0 == FailureKind::Environment && found[0].1.contains("before this scenario"),
        "{found:?}"
    );
    let lenient = RunOptions { unattributed_fails: false, ..serial };
    let record = run(steps, lenient).await;
    assert_eq!((failures(&record), notices(&record, "foreign-call")), (vec![], vec![NoticeLevel::Warning]));
}

#[tokio::test]
async fn a_service_that_ends_after_its_last_answer_is_told() {
    let steps = "When I GET \"/die-afterwards\" / Then the status is 200 / And the service has ended";
    let record = run(steps, options()).await;
    assert_eq!((failures(&record), notices(&record, "service-ended")), (vec![], vec![NoticeLevel::Error]));
    let told = record.notices.iter().find(|notice| notice.code == "service-ended").unwrap();
    assert!(told.text.contains("fixture listens"), "its last words are told: {}", told.text);
    let record = run(&format!("Given a freshly started service / {steps}"), options()).await;
    let found = failures(&record);
    assert!(found.len() == 1 && found[0].0 == FailureKind::Environment, "{found:?}");
    assert_eq!(notices(&record, "service-ended"), []);
}

#[tokio::test]
async fn mocks_that_were_never_called_are_told() {
    let steps = "When I GET \"/nowhere\" / Then the Store received nothing";
    let silent = target(&[("ASK", "no")]);
    let (record, _) = run_mixed(&feature(steps), silent, options()).await;
    assert_eq!(notices(&record, "silent-mocks"), [NoticeLevel::Warning]);
    assert_eq!(notices(&run(steps, options()).await, "silent-mocks"), [], "the probe's calls count");
}

#[tokio::test]
async fn a_scenario_that_stands_there_twice_is_no_second_attempt() {
    let text = feature("When I GET \"/publish\"");
    let mut plan = plan(&[&text], target(&[]), options(), &Selection::default());
    plan.scenarios.push(plan.scenarios[0].clone());
    let events = EventStream::new(Instant::now(), Masker::new(), Vec::new());
    let error = rehearse(plan, events).await.unwrap_err();
    assert!(
        matches!(&error, SuiteError::Configuration(text) if text == "a.feature:2 is selected twice"),
        "{error}"
    );
}

#[tokio::test]
async fn a_background_runs_out_of_time_like_any_step() {
    let text = "Feature: F\n  Background:\n    Given a step waits for nothing\n  Scenario: S\n    When I GET \"/publish\"\n";
    let short = RunOptions { step_timeout: Duration::from_millis(100), ..options() };
    let (record, summary) = run_with(&[text], target(&[]), short, &Selection::default()).await;
    assert_eq!(summary.unwrap().totals.failed, 1);
    assert_eq!(failures(&record)[0].0, FailureKind::Timeout);
    let steps = &record.scenarios[0].last().unwrap().steps;
    assert!(steps[0].background && steps.len() == 2);
}

#[tokio::test]
async fn the_first_failure_for_good_ends_a_fast_run_and_no_failure_before_a_retry() {
    let text = "Feature: F\n  @retry(3)\n  Scenario: Flaky\n    When I GET \"/third-time\"\n    Then the status is 200\n  Scenario: Next\n    When I GET \"/publish\"\n";
    let fast = RunOptions { fail_fast: true, jobs: 1, ..options() };
    let (record, summary) = run_with(&[text], target(&[]), fast, &Selection::default()).await;
    let totals = summary.unwrap().totals;
    assert_eq!((totals.flaky, totals.passed, totals.failed, totals.not_run), (1, 1, 0, 0));
    assert_eq!(record.scenarios[0].outcome, Some(Outcome::Flaky));
}
