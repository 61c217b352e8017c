//! Load in the words of a feature: what is slow, lost, doubled or wrong fails the scenario that asked for the load.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::collections::BTreeMap;
use std::time::Instant;

use dryrun_record::load::LoadVerdict;
use dryrun_record::{EventStream, FailureKind, Masker, Outcome, Record};
use dryrun_suite::conventions::{Claim, Conventions};
use dryrun_suite::features::Selection;
use dryrun_suite::{Registry, RunOptions, rehearse};

const PLAYED: &str = "
  Scenario: Publishing
    When I POST to \"/publish\"
    Then the status is 200
    And the Store received exactly 1 call to \"POST /documents\"
  Scenario: Publishing twice
    When I POST to \"/publish-twice\"
  Scenario: Publishing nothing
    When I POST to \"/publish-nothing\"
  Scenario: Being slow
    When I GET \"/slow\"
  Scenario: Being wrong
    When I GET \"/ready\"
    Then the status is 201
";

/// Runs one more scenario with these steps, which are about the scenarios above.
async fn run(steps: &str) -> Record {
    run_with(steps, &[]).await
}

async fn run_with(steps: &str, env: &[(&str, &str)]) -> Record {
    let lines: String = steps.lines().map(|line| format!("    {}\n", line.trim())).collect();
    let feature = format!("Feature: F\n{PLAYED}  @it\n  Scenario: Load\n{lines}");
    let claim = |request: &str| Claim {
        says: "upstream is 200".to_owned(),
        request: Some(request.to_owned()),
        service: "store".to_owned(),
        call: "POST /documents".to_owned(),
        count: None,
        same: Vec::new(),
    };
    let claims = ["POST /publish", "POST /publish-twice", "POST /publish-nothing"].map(claim).to_vec();
    let options =
        RunOptions { conventions: Conventions { claims, ..Conventions::default() }, ..support::options() };
    let events = EventStream::new(Instant::now(), Masker::new(), Vec::new());
    let selection = Selection { tags: Some("@it".to_owned()), ..Selection::default() };
    let mut plan = support::plan(&[&feature], support::target(env), options, &selection);
    plan.registry = Registry::new(&BTreeMap::new()).unwrap();
    rehearse(plan, events.clone()).await.unwrap();
    events.record()
}

fn failures(record: &Record) -> Vec<(FailureKind, String)> {
    assert_eq!(record.scenarios.len(), 1);
    let own = record.scenarios[0].failures();
    own.map(|one| (one.kind, format!("{} | {}", one.message, one.found.as_deref().unwrap_or_default())))
        .collect()
}

/// The only failure, whose words have this in them.
fn only(record: &Record, part: &str) {
    let all = failures(record);
    assert!(all.len() == 1 && all[0].1.contains(part), "{part}: {all:?}");
    assert_eq!(record.scenarios[0].outcome, Some(Outcome::Failed));
}

#[tokio::test]
async fn a_load_that_goes_well_passes_and_stands_in_the_record() {
    let record = run("Given the users play:
        | scenario   | weight |
        | Publishing | 2      |
        When 20 users a second arrive for 1 second
        Then 95% of requests finish within 20 seconds and fewer than 1% fail
        And at least 0% of arrivals begin on time
        And nothing was lost or sent twice")
    .await;
    assert_eq!(failures(&record), []);
    assert_eq!(record.scenarios[0].outcome, Some(Outcome::Passed));
    let load = &record.loads[0];
    let result = load.result.as_ref().unwrap();
    assert_eq!(load.started.scenario.as_deref(), Some(record.scenarios[0].scenario.id.as_str()));
    assert_eq!((result.account.asked, result.account.ended, result.sends.received), (20, 20, 20));
    assert_eq!((result.verdict, result.thresholds.len()), (LoadVerdict::Passed, 3));
    assert!(result.thresholds.iter().all(|one| one.held), "{:?}", result.thresholds);
    // None of the iterations stands there; the probe's calls do.
    assert!(record.exchanges().count() < 5 && record.scenarios[0].attempts[0].exchanges.is_empty());
}

#[tokio::test]
async fn a_slow_service_is_found() {
    let record = run("Given each user plays the scenario \"Being slow\"
        When 4 users work for 500 ms
        Then 95% of requests finish within 100 ms and fewer than 1% fail")
    .await;
    only(&record, "`95% of requests finish within 100 ms` does not hold | ");
    let result = record.loads[0].result.as_ref().unwrap();
    assert_eq!((result.verdict, result.thresholds[0].held), (LoadVerdict::ThresholdMissed, false));
}

#[tokio::test]
async fn a_send_that_is_doubled_or_lost_is_found() {
    for (scenario, word) in [("Publishing twice", "sent again"), ("Publishing nothing", "lost")] {
        let record = run(&format!(
            "Given each user plays the scenario \"{scenario}\"
            When 2 users work for 200 ms
            Then fewer than 1% fail
            And nothing was lost or sent twice"
        ))
        .await;
        only(&record, "something was lost or sent twice | ");
        let result = record.loads[0].result.as_ref().unwrap();
        let found = &failures(&record)[0].1;
        assert!(
            found.contains(word) && result.verdict == LoadVerdict::Failed,
            "{found} {:?}",
            result.verdict
        );
    }
}

#[tokio::test]
async fn a_request_that_failed_never_finished() {
    let record = run("Given each user plays the scenario \"Being wrong\"
        When 2 users work for 200 ms
        Then 50% of requests finish within 20 seconds and fewer than 100% fail")
    .await;
    let (all, line) = (failures(&record), &record.loads[0].result.as_ref().unwrap().thresholds[0]);
    assert!(
        all[0].1.contains("finish within 20 seconds` does not hold | never (") && all.len() == 2,
        "{all:?}"
    );
    assert!(
        !line.held && line.found.is_none() && line.beyond.as_ref().unwrap().ends_with(" failed"),
        "{line:?}"
    );
}

#[tokio::test]
async fn what_no_step_speaks_of_fails_the_scenario_all_the_same() {
    let wrong = |then: &str| {
        format!("Given each user plays the scenario \"Being wrong\"\nWhen 2 users work for 200 ms\n{then}")
    };
    only(&run(&wrong("")).await, "`the status is 201` did not hold");
    only(
        &run(&wrong("Then at least 0% of arrivals begin on time")).await,
        "`the status is 201` did not hold",
    );
    only(&run(&wrong("Then fewer than 100% fail")).await, "`fewer than 100% fail` does not hold | 100.00%");
    let record =
        run("Given each user plays the scenario \"Publishing nothing\"\nWhen 2 users work for 200 ms").await;
    only(&record, "which never came");
}

#[tokio::test]
async fn what_can_not_be_played_or_judged_says_why() {
    let nobody = run("When 2 users work for 200 ms").await;
    only(&nobody, "nothing says what the users do");
    let unknown = run("Given each user plays the scenario \"Publishin\"\nWhen 2 users work for 200 ms").await;
    only(&unknown, "did you mean \"Publishing\"?");
    only(&run("Then fewer than 1% fail").await, "there was no load yet");
    let itself = run("Given each user plays the scenario \"Load\"\nWhen 2 users work for 200 ms").await;
    only(&itself, "a load can't be part of a load");
    let alone = "Given each user plays the scenario \"Publishing\"\nWhen 2 users work for 200 ms";
    only(&run_with(alone, &[("PASS_ON", "no")]).await, "looks at the mocks");
    // Of what was sent the sums can be told even then.
    let lost = "Given each user plays the scenario \"Publishing nothing\"\nWhen 2 users work for 200 ms";
    only(&run_with(lost, &[("PASS_ON", "no")]).await, "answers claim POST /documents at store");
    let doubled = lost.replace("nothing", "twice");
    only(&run_with(&doubled, &[("PASS_ON", "no")]).await, "answers claim POST /documents at store");
}
