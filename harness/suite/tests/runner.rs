//! Runs from beginning to end: a real service process, real mocks, and a record to look at. Above all: what must fail,
//! fails, for its own reason.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::time::Duration;

use dryrun_record::{Attribution, FailureKind, Isolation, NoticeLevel, Outcome, Record, StepOutcome};
use dryrun_suite::features::Selection;
use dryrun_suite::{ContractMode, IsolationChoice, RunOptions, SuiteError};
use support::{options, run, run_with, target};

fn feature(body: &str) -> String {
    format!("Feature: F\n  Scenario: S\n    {}\n", body.replace(" / ", "\n    "))
}

/// Runs one scenario; its failures as kind and message, and the record.
async fn one(body: &str) -> (Record, Vec<(FailureKind, String)>) {
    one_with(body, options()).await
}

async fn one_with(body: &str, options: RunOptions) -> (Record, Vec<(FailureKind, String)>) {
    let (record, summary) = run_with(&[&feature(body)], target(&[]), options, &Selection::default()).await;
    summary.unwrap();
    let failures =
        record.scenarios[0].failures().map(|failure| (failure.kind, failure.message.clone())).collect();
    (record, failures)
}

#[tokio::test]
async fn a_scenario_passes_with_its_steps_and_exchanges_in_the_record() {
    let (record, failures) = one("Given the service is ready / When I GET \"/publish\" / Then the status is 200 / And the Store received 1 call").await;
    assert_eq!(failures, []);
    let scenario = &record.scenarios[0];
    assert_eq!(scenario.outcome, Some(Outcome::Passed));
    let attempt = scenario.last().unwrap();
    assert_eq!(
        attempt.steps.iter().map(|step| (step.keyword.as_str(), step.outcome)).collect::<Vec<_>>(),
        [
            ("Given", StepOutcome::Passed),
            ("When", StepOutcome::Passed),
            ("Then", StepOutcome::Passed),
            ("And", StepOutcome::Passed)
        ]
    );
    let calls: Vec<_> = attempt
        .exchanges
        .iter()
        .map(|one| (one.service.as_str(), one.attribution, one.request.line()))
        .collect();
    assert_eq!(
        calls,
        [
            ("store", Attribution::Correlation, "POST /documents".to_owned()),
            ("service", Attribution::Own, "GET /publish".to_owned())
        ]
    );
    let head = record.run.as_ref().unwrap();
    assert_eq!((head.isolation, head.selected), (Isolation::Correlation, 1));
    assert_eq!(head.repeat_with, ["--config", "other.toml"]);
    assert!(head.services[0].url.starts_with("http://127.0.0.1:") && head.services[0].operations.len() == 2);
    assert!(
        record.log.iter().any(|(_, _, _, line)| line == "fixture listens"),
        "what was said before the head is kept"
    );
    let totals = record.totals();
    assert_eq!((totals.passed, totals.failed, totals.steps_passed), (1, 0, 4));
}

#[tokio::test]
async fn a_check_that_does_not_hold_fails_and_the_steps_behind_it_are_not_run() {
    let (record, failures) =
        one("When I GET \"/nowhere\" / Then the status is 200 / And the service is ready").await;
    assert_eq!(failures, [(FailureKind::Check, "the status is another".to_owned())]);
    let steps = &record.scenarios[0].last().unwrap().steps;
    assert_eq!(
        steps.iter().map(|step| step.outcome).collect::<Vec<_>>(),
        [StepOutcome::Passed, StepOutcome::Failed, StepOutcome::NotRun]
    );
    assert_eq!(
        (steps[1].failures[0].expected.as_deref(), steps[1].failures[0].found.as_deref()),
        (Some("200"), Some("404"))
    );
}

#[tokio::test]
async fn undefined_and_ambiguous_steps_fail_even_unchecked() {
    let (record, failures) = one("Given nobody knows this / Then the service is ready").await;
    assert_eq!(failures, [(FailureKind::Check, "no phrase of the vocabulary matches this step".to_owned())]);
    assert_eq!(record.scenarios[0].last().unwrap().steps[1].outcome, StepOutcome::NotRun);
    let (_, failures) = one("Given it is twice").await;
    assert!(failures[0].1.starts_with("several phrases match this step"), "{failures:?}");
}

#[tokio::test]
async fn steps_and_scenarios_run_out_of_time() {
    let short = RunOptions { step_timeout: Duration::from_millis(100), ..options() };
    let (_, failures) = one_with("Given a step waits for nothing", short.clone()).await;
    assert_eq!(failures, [(FailureKind::Timeout, "the step ran out of time after 100 ms".to_owned())]);
    let (_, failures) = one_with("Given a step waits 50 ms for nothing", short.clone()).await;
    assert_eq!(failures, [(FailureKind::Timeout, "the step ran out of time after 150 ms".to_owned())]);
    let (record, failures) = one_with("When I GET \"/hang\"", short).await;
    assert_eq!(failures[0].0, FailureKind::Timeout);
    let hanging = record.exchanges().find(|exchange| exchange.request.path == "/hang").unwrap();
    assert_eq!(hanging.error.as_deref(), Some("no answer before the step ended"));
    let scenario = RunOptions { timeout: Duration::from_millis(100), ..options() };
    let (_, failures) = one_with("Given a step waits for nothing", scenario).await;
    assert_eq!(failures, [(FailureKind::Timeout, "the scenario ran out of time after 100 ms".to_owned())]);
}

#[tokio::test]
async fn a_call_that_no_contract_knows_fails_the_scenario_that_caused_it() {
    let (_, failures) = one("When I GET \"/stray\" / Then the status is 200").await;
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].0, FailureKind::UnexpectedCall);
    assert!(failures[0].1.contains("the Store was called with POST /documets"), "{failures:?}");
}

#[tokio::test]
async fn a_breach_fails_its_scenario_unless_it_was_expected() {
    let (record, failures) = one("When I GET \"/publish-badly\" / Then the status is 200").await;
    assert!(
        !failures.is_empty() && failures.iter().all(|(kind, _)| *kind == FailureKind::Contract),
        "{failures:?}"
    );
    let ids: Vec<&String> = record.scenarios[0].failures().flat_map(|failure| &failure.exchanges).collect();
    assert!(
        record.exchanges().any(|exchange| ids.contains(&&exchange.id)),
        "the failure names an exchange of the record"
    );
    let (_, failures) = one("When I GET \"/publish-badly\" / Given breaches are expected").await;
    assert_eq!(failures, []);
    let (record, failures) =
        one_with("When I GET \"/publish-badly\"", RunOptions { contracts: ContractMode::Warn, ..options() })
            .await;
    assert_eq!(failures, []);
    assert!(
        record
            .notices
            .iter()
            .any(|notice| notice.code == "contract-breach" && notice.level == NoticeLevel::Warning)
    );
}

#[tokio::test]
async fn a_late_call_is_given_to_no_other_scenario() {
    let text = "Feature: F\n  Scenario: First\n    When I GET \"/publish-later\"\n  Scenario: Second\n    When I GET \"/flush\"\n    Then the Store received 0 calls\n";
    let (record, summary) =
        run_with(&[text], target(&[]), RunOptions { jobs: 1, ..options() }, &Selection::default()).await;
    assert_eq!(summary.unwrap().totals.passed, 2);
    let late: Vec<_> = record.notices.iter().filter(|notice| notice.code == "late-call").collect();
    assert_eq!(late.len(), 1);
    assert_eq!(late[0].level, NoticeLevel::Error);
    assert!(late[0].text.contains("a.feature:2"), "{}", late[0].text);
}

#[tokio::test]
async fn a_call_without_correlation_is_told_and_fails_the_run_unless_it_may() {
    let (record, failures) = one("When I GET \"/publish-loose\" / Then the Store received 0 calls").await;
    assert_eq!(failures, []);
    let told: Vec<_> = record.notices.iter().filter(|notice| notice.code == "unattributed-call").collect();
    assert_eq!((told.len(), told[0].level), (1, NoticeLevel::Error));
    assert!(record.loose.iter().any(|exchange| exchange.request.line() == "POST /documents"));
    let (record, _) =
        one_with("When I GET \"/publish-loose\"", RunOptions { unattributed_fails: false, ..options() })
            .await;
    assert!(
        record
            .notices
            .iter()
            .any(|notice| notice.code == "unattributed-call" && notice.level == NoticeLevel::Warning)
    );
}

const FOUR: &str = "Feature: F\n  Scenario Outline: S <n>\n    When I GET \"/publish\"\n    Then the Store received 1 call\n    Examples:\n      | n |\n      | 1 |\n      | 2 |\n      | 3 |\n      | 4 |\n";

#[tokio::test]
async fn without_correlation_each_worker_has_its_own_copy() {
    let workers = RunOptions { workers: 2, ..options() };
    let (record, summary) =
        run_with(&[FOUR], target(&[("PASS_ON", "no")]), workers, &Selection::default()).await;
    let summary = summary.unwrap();
    assert_eq!((summary.isolation, summary.totals.passed), (Isolation::Workers, 4), "{summary:?}");
    assert!(summary.isolation_reason.contains("without the correlation"), "{}", summary.isolation_reason);
    let mut ids: Vec<&str> = record.exchanges().map(|exchange| exchange.id.as_str()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids are unique over all workers");
    let mocks =
        record.exchanges().filter(|exchange| exchange.service == "store" && exchange.scenario.is_some());
    assert!(mocks.into_iter().all(|exchange| exchange.attribution == Attribution::Alone));
}

#[tokio::test]
async fn without_correlation_and_workers_one_runs_after_another() {
    let (record, summary) =
        run_with(&[FOUR], target(&[("PASS_ON", "no"), ("ASK", "no")]), options(), &Selection::default())
            .await;
    let summary = summary.unwrap();
    assert_eq!((summary.isolation, summary.totals.passed), (Isolation::Serial, 4));
    assert!(summary.isolation_reason.contains("made it call no mock"), "{}", summary.isolation_reason);
    assert_eq!(record.run.unwrap().jobs, 1);
    let forced = RunOptions { isolation: IsolationChoice::Forced(Isolation::Serial), ..options() };
    let (_, summary) = run_with(&[FOUR], target(&[]), forced, &Selection::default()).await;
    let reason = summary.unwrap().isolation_reason;
    assert!(
        reason.starts_with("the configuration asks for it; a call that comes later than 50 ms"),
        "{reason}"
    );
}

#[tokio::test]
async fn the_probe_can_be_told_a_request() {
    let probe = RunOptions { probe: Some("/publish".to_owned()), ..options() };
    let (_, summary) = run_with(&[FOUR], target(&[("ASK", "no")]), probe, &Selection::default()).await;
    assert_eq!(summary.unwrap().isolation, Isolation::Correlation);
}

#[tokio::test]
async fn serial_scenarios_run_alone() {
    let text = "Feature: F\n  Scenario Outline: S <n>\n    When I GET \"/publish\"\n    Examples:\n      | n |\n      | 1 |\n      | 2 |\n      | 3 |\n  @serial\n  Scenario: Alone\n    Given nobody else runs\n    When I GET \"/publish\"\n    Then nobody else runs\n  @serial @retry(2)\n  Scenario: Alone again and again\n    Given nobody else runs\n    When I GET \"/third-time\"\n    Then the status is 200\n";
    let (record, summary) = run(&[text, FOUR]).await;
    let failures: Vec<_> = record.scenarios.iter().flat_map(|one| one.failures()).collect();
    assert_eq!((summary.totals.passed, summary.totals.flaky), (8, 1), "{failures:?}");
}

#[tokio::test]
async fn a_scenario_that_passes_on_retry_is_flaky() {
    let text = "Feature: F\n  @retry(3).after(1ms)\n  Scenario: S\n    When I GET \"/third-time\"\n    Then the status is 200\n";
    let (record, summary) = run(&[text]).await;
    assert_eq!((summary.totals.flaky, summary.totals.failed, summary.totals.passed), (1, 0, 0));
    let outcomes: Vec<_> =
        record.scenarios[0].attempts.iter().map(|attempt| (attempt.number, attempt.outcome)).collect();
    assert_eq!(outcomes, [(1, Some(Outcome::Failed)), (2, Some(Outcome::Failed)), (3, Some(Outcome::Flaky))]);
}

#[tokio::test]
async fn what_is_found_at_the_close_is_retried_too() {
    let text = "Feature: F\n  @retry\n  Scenario: S\n    When I GET \"/stray\"\n";
    let (record, summary) = run(&[text]).await;
    assert_eq!((summary.totals.failed, record.scenarios[0].attempts.len()), (1, 2));
}

#[tokio::test]
async fn fail_fast_leaves_the_rest_not_run() {
    let text = "Feature: F\n  Scenario: Bad\n    When I GET \"/stray\"\n  Scenario: Not reached\n    When I GET \"/publish\"\n";
    let fast = RunOptions { fail_fast: true, jobs: 1, ..options() };
    let (_, summary) = run_with(&[text], target(&[]), fast, &Selection::default()).await;
    let totals = summary.unwrap().totals;
    assert_eq!((totals.failed, totals.not_run), (1, 1));
}

#[tokio::test]
async fn a_service_that_dies_is_told_with_its_last_words() {
    let (_, failures) = one("When I GET \"/die\"").await;
    assert_eq!(failures[0].0, FailureKind::Environment);
    let (record, _) = one("When I GET \"/die\"").await;
    let hint = record.scenarios[0].failures().next().unwrap().hint.clone().unwrap();
    assert!(hint.contains("ended") && hint.contains("fixture listens"), "{hint}");
}

#[tokio::test]
async fn a_scenario_may_have_a_service_of_its_own() {
    let (record, failures) =
        one("Given a freshly started service / When I GET \"/publish\" / Then the Store received 1 call")
            .await;
    assert_eq!(failures, []);
    assert_eq!(record.log.iter().filter(|(_, _, _, line)| line == "fixture listens").count(), 2);
}

#[tokio::test]
async fn a_service_that_does_not_start_ends_the_run_with_a_readable_record() {
    let mut spec = target(&[]);
    if let dryrun_target::TargetSpec::Command { command, .. } = &mut spec {
        *command = vec!["/nowhere/at-all".to_owned()];
    }
    let (record, summary) = run_with(&[FOUR], spec, options(), &Selection::default()).await;
    assert!(matches!(summary, Err(SuiteError::Target { .. })), "{summary:?}");
    assert!(record.run.is_some());
    assert!(
        record.notices.iter().any(|notice| notice.code == "no-start" && notice.level == NoticeLevel::Error)
    );
}

#[tokio::test]
async fn an_interrupted_run_ends_in_order() {
    let text = "Feature: F\n  Scenario: S\n    Given a step waits for nothing\n";
    let (record, summary) = support::run_interrupted(&[text]).await;
    let summary = summary.unwrap();
    assert!(summary.interrupted);
    assert_eq!(summary.totals.not_run, 1);
    assert!(
        record
            .notices
            .iter()
            .any(|notice| notice.code == "interrupted" && notice.level == NoticeLevel::Error)
    );
}

#[tokio::test]
async fn the_built_in_vocabulary_runs_from_a_feature_to_the_record() {
    let text = "Feature: F\n  Scenario: Publishing\n    Given the service is ready\n    When I GET \"/publish\"\n    Then the status is 200\n    And the upstream status is 200\n    And the Store received exactly 1 call to \"POST /documents\"\n    And no call was unexpected\n  Scenario: A fault\n    Given the Store answers 503 to \"POST /documents\"\n    When I GET \"/publish\"\n    Then upstream is 503\n  Scenario: Wrong on purpose\n    When I GET \"/publish\"\n    Then upstream is 201\n";
    let (record, summary) = support::run_built_in(text).await;
    let totals = summary.unwrap().totals;
    let failures: Vec<_> = record.scenarios.iter().flat_map(|one| one.failures()).collect();
    assert_eq!((totals.passed, totals.failed), (2, 1), "{failures:?}");
    assert_eq!((failures[0].at.as_deref(), failures[0].found.as_deref()), (Some("upstream"), Some("200")));
}
