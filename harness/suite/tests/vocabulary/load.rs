//! Live sessions under load: connections and waits are timed like requests, and frames stand in no record.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dryrun_load::profile::Profile;
use dryrun_load::{LoadPlan, Slice, run};
use dryrun_record::load::{LoadResult, Series};
use dryrun_record::{EventStream, Masker, Record};
use dryrun_suite::check::Known;
use dryrun_suite::features::{Loaded, SourceFile};
use dryrun_suite::load::{LoadSetup, LoadWorld, check};
use dryrun_suite::{About, Registry, RunOptions, TargetPlan};
use dryrun_target::{Readiness, TargetSpec};

const FEATURE: &str = r#"
Feature: Live
  Scenario: Talking
    When "ana" connects to "/ws/live?session_id=s1"
    And "ana" sends the text "{\"type\": \"chat\"}"
    Then within 5 seconds "ana" sees a message where type is "chat"
    When "ana" leaves
  Scenario: Waiting in vain
    When "ana" connects to "/ws/live?session_id=s1"
    Then within 100 ms "ana" sees a message where type is "never"
"#;

async fn load(scenario: &str) -> (LoadResult, Record) {
    let (url, _service) = super::service::start().await;
    let events = EventStream::new(Instant::now(), Masker::new(), Vec::new());
    let options = RunOptions { conventions: super::conventions(), ..RunOptions::default() };
    let ready = Readiness { path: "/ready".to_owned(), within: Duration::from_secs(10) };
    let setup = LoadSetup {
        target: TargetPlan { spec: TargetSpec::Attach { url, ready }, contract: None },
        services: Vec::new(),
        options: RunOptions { conventions: Default::default(), ..options.clone() },
        about: About::default(),
    };
    let world = LoadWorld::start(setup, &events).await.expect("the fixture is sound");
    let text = format!("[closed]\nusers = 2\niterations = 6\n[[workflow]]\nscenario = \"{scenario}\"\n");
    let profile = Arc::new(Profile::parse("p.toml", &text).expect("the fixture is sound"));
    let mut loaded = Loaded::default();
    loaded.add(SourceFile::new("live.feature", FEATURE));
    let registry = Registry::new(&BTreeMap::new()).expect("the fixture is sound");
    let script = check(&profile, &loaded.scenarios, &registry, &Known::default(), &options)
        .expect("the fixture is sound");
    let (parts, muster) = world.stage(&profile, &script, Slice::WHOLE).expect("the fixture is sound");
    let (_keep, stop) = tokio::sync::watch::channel(None);
    let plan = LoadPlan {
        profile,
        parts,
        muster,
        slice: Slice::WHOLE,
        start_at: None,
        judge: true,
        scenario: None,
        on_event: Arc::new(|_| {}),
        gauges: world.gauges().await,
        stop,
        seed: 1,
    };
    let result = run(plan).await.expect("the fixture is sound");
    world.stop().await;
    (result, events.record())
}

fn steps(result: &LoadResult) -> BTreeMap<&str, &Series> {
    result.workflows[0].steps.iter().map(|step| (step.name.as_str(), &step.series)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connecting_and_waiting_are_timed_as_requests_of_their_steps() {
    let (result, record) = load("Talking").await;
    assert_eq!(result.failures, []);
    let steps = steps(&result);
    let waits = ["\"ana\" connects to \"/ws/live?session_id=s1\"", "\"ana\" leaves"];
    for step in waits.into_iter().chain(["within 5 seconds \"ana\" sees a message where type is \"chat\""]) {
        assert_eq!(steps[step].count, 6, "{step}");
    }
    assert_eq!(steps.len(), 3, "what waits for nothing is not timed: {:?}", steps.keys());
    assert!(record.scenarios.is_empty() && record.exchanges().count() == 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_does_not_come_fails_its_step() {
    let (result, _) = load("Waiting in vain").await;
    let steps = steps(&result);
    let wait = steps["within 100 ms \"ana\" sees a message where type is \"never\""];
    assert_eq!((wait.count, wait.failures), (6, 6));
    assert!(wait.time.min_us >= 100_000);
    assert_eq!((result.failures[0].cause.as_str(), result.failures[0].count), ("timeout", 6));
}
