//! Loads on the fixture: its scenarios, a profile in a few words, what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use dryrun_contract::Contract;
use dryrun_load::profile::Profile;
use dryrun_load::{LoadPlan, OnEvent, Slice, run};
use dryrun_record::load::{LoadResult, Series, StepResult};
use dryrun_record::{EventStream, Masker, Record};
use dryrun_suite::check::{Known, KnownService};
use dryrun_suite::conventions::{Claim, Conventions};
use dryrun_suite::features::{Loaded, SourceFile};
use dryrun_suite::load::{LoadSetup, LoadWorld, Refusal, Script, check};
use dryrun_suite::{About, Registry, RunOptions, ServicePlan, TargetPlan};

use super as support;

pub(crate) const FEATURE: &str = r#"
Feature: Load
  Background:
    Given I remember "nobody" as "reader"

  Scenario: Publishing
    When I POST to "/publish"
    Then the status is 200
    And upstream is 200
    And the Store received exactly 1 call to "POST /documents"
    And nothing was sent twice

  Scenario: Publishing twice
    When I POST to "/publish-twice"
    Then the status is 200

  Scenario: Publishing nothing
    When I POST to "/publish-nothing"
    Then the status is 200

  Scenario: Publishing silently
    When I POST to "/publish-silently"
    Then the status is 200

  Scenario: Publishing in the end
    Given the Store answers 503 to "POST /documents" twice, then recovers
    When I POST to "/publish-until-it-works"
    Then the status is 200

  Scenario: Publishing after
    When I POST to "/publish-after"
    Then the status is 200

  Scenario: Publishing badly
    When I POST to "/publish-badly"
    Then the status is 200

  Scenario: Going astray
    When I POST to "/stray"
    Then the status is 200

  Scenario: Two steps
    When I GET "/slow"
    Then the status is 200
    When I GET "/ready"
    Then the status is 200

  Scenario: A wrong check
    When I GET "/ready"
    Then the status is 201

  Scenario: Saying who I am
    When I GET "/echo/${reader}"
    Then said is "${reader}"

  Scenario: Being quoted
    When I GET "/quote?api_key=QRY-key1111" with the headers:
      | Authorization | Bearer HDR-tok123456 |
      | X-API-Key     | HDR-key987654        |
      | Cookie        | session=${password}  |
    Then said is "nothing"

  Scenario: Asking
    When I GET "/nowhere"
    Then the status is 404

  Scenario: Late
    When I POST to "/publish-later"
    Then the status is 200

  Scenario: Flushing
    When I POST to "/flush"
    Then the status is 200

  Scenario: Afresh
    Given a freshly started service
    When I GET "/ready"
"#;

pub(crate) fn claims(pairs: &[(&str, &str)]) -> Vec<Claim> {
    let claim = |(request, says): &(&str, &str)| Claim {
        says: (*says).to_owned(),
        request: Some((*request).to_owned()),
        service: "store".to_owned(),
        call: "POST /documents".to_owned(),
        count: None,
        same: Vec::new(),
    };
    pairs.iter().map(claim).collect()
}

pub(crate) fn options() -> RunOptions {
    let all = [
        "POST /publish",
        "POST /publish-twice",
        "POST /publish-nothing",
        "POST /publish-silently",
        "POST /publish-until-it-works",
    ];
    let all: Vec<(&str, &str)> = all.iter().map(|request| (*request, "upstream is 200")).collect();
    RunOptions {
        conventions: Conventions { claims: claims(&all), ..Conventions::default() },
        ..support::options()
    }
}

pub(crate) fn registry() -> Registry {
    Registry::new(&BTreeMap::new()).unwrap()
}

pub(crate) fn script(profile: &Profile, options: &RunOptions) -> Result<Script, Vec<Refusal>> {
    let mut loaded = Loaded::default();
    loaded.add(SourceFile::new("features/load.feature", FEATURE));
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    let spec = support::service();
    let known = Known {
        services: vec![KnownService {
            key: spec.key,
            title: spec.title,
            contract: spec.contract,
            calls: BTreeMap::new(),
            collections: Vec::new(),
        }],
        ..Known::default()
    };
    check(profile, &loaded.scenarios, &registry(), &known, options)
}

pub(crate) fn profile(text: &str) -> Arc<Profile> {
    Arc::new(Profile::parse("load/profiles/p.toml", text).unwrap_or_else(|error| panic!("{error}")))
}

pub(crate) async fn start(env: &[(&str, &str)], options: RunOptions) -> (LoadWorld, EventStream) {
    start_with(env, options, None).await
}

pub(crate) async fn start_with(
    env: &[(&str, &str)],
    options: RunOptions,
    contract: Option<Contract>,
) -> (LoadWorld, EventStream) {
    let events = EventStream::new(Instant::now(), Masker::new(), Vec::new());
    let setup = LoadSetup {
        target: TargetPlan { spec: support::target(env), contract },
        services: vec![ServicePlan { spec: support::service(), port: None }],
        options,
        about: About::default(),
    };
    (LoadWorld::start(setup, &events).await.unwrap(), events)
}

pub(crate) async fn attack(
    world: &LoadWorld,
    profile: &Arc<Profile>,
    slice: Slice,
    options: &RunOptions,
) -> LoadResult {
    attack_told(world, profile, slice, options, Arc::new(|_| {})).await
}

pub(crate) async fn attack_told(
    world: &LoadWorld,
    profile: &Arc<Profile>,
    slice: Slice,
    options: &RunOptions,
    on_event: OnEvent,
) -> LoadResult {
    let script = script(profile, options).unwrap_or_else(|refused| panic!("{refused:?}"));
    let (parts, muster) = world.stage(profile, &script, slice).unwrap();
    let (_keep, stop) = tokio::sync::watch::channel(None);
    run(LoadPlan {
        profile: Arc::clone(profile),
        parts,
        muster,
        slice,
        start_at: None,
        judge: true,
        scenario: None,
        on_event,
        gauges: world.gauges().await,
        stop,
        seed: 1,
    })
    .await
    .unwrap()
}

/// One load of a profile, and the record that is left.
pub(crate) async fn load(text: &str) -> (LoadResult, Record) {
    let (world, events) = start(&[], options()).await;
    let result = attack(&world, &profile(text), Slice::WHOLE, &options()).await;
    world.stop().await;
    (result, events.record())
}

/// So many iterations of a scenario, two users at a time.
pub(crate) fn times(count: u32, scenario: &str) -> String {
    format!("[closed]\nusers = 2\niterations = {count}\n[[workflow]]\nscenario = \"{scenario}\"\n")
}

pub(crate) fn causes(result: &LoadResult) -> BTreeMap<&str, u64> {
    let mut causes = BTreeMap::new();
    for failure in &result.failures {
        *causes.entry(failure.cause.as_str()).or_default() += failure.count;
    }
    causes
}

pub(crate) fn step<'a>(result: &'a LoadResult, name: &str) -> &'a Series {
    let mut steps = result.workflows.iter().flat_map(|workflow| &workflow.steps);
    &steps.find(|step: &&StepResult| step.name == name).unwrap_or_else(|| panic!("no step {name}")).series
}
