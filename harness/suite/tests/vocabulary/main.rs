//! The whole vocabulary against a real service and real mocks: what holds passes, and what does not fails for its own
//! reason.

mod load;
mod service;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dryrun_contract::{Contract, SchemaSet};
use dryrun_mocks::{Behaviour, MockOptions, MockServer, ServiceSpec};
use dryrun_record::{EventStream, Failure, Isolation, Masker, Outcome, Record};
use dryrun_suite::conventions::Conventions;
use dryrun_suite::features::{Loaded, Selection, SourceFile, select};
use dryrun_suite::{About, IsolationChoice, Plan, Registry, RunOptions, ServicePlan, TargetPlan, rehearse};
use dryrun_target::{Readiness, TargetSpec};
use serde_json::json;

const STORE: &str = include_str!("store.yaml");
const HOLDS: &str = include_str!("holds.feature");
const FAILS: &str = include_str!("fails.feature");
const TARGET: &str = include_str!("target.yaml");
const BEHAVIOUR: &str = "title: the Store\ncollections:\n  notes:\n    id: note_id\n    prefix: n_\n    generate:\n      text: Note ${index}\n";

fn conventions() -> Conventions {
    serde_json::from_value(json!({
        "preview": {"request": "POST /publish", "with": {"preview_only": true}, "live": {"preview_only": false},
                    "sends": [{"field": "document.title", "service": "store", "call": "POST /documents", "sent": "title"}]},
        "claims": [{"says": "published_to contains \"web\"", "service": "store", "call": "POST /documents",
                    "same": [{"answer": "document.title", "sent": "title"}]}],
        "calls": {"store": {"publication": "POST /documents"}},
        "live": {"join": "/ws/live?session_id={session}&client_id={name}&role={role}", "replay": "/replay?session={session}&since={since}"}
    }))
    .expect("the fixture is sound")
}

/// A free port: the mock must be known to the service before the run starts it.
async fn free_port() -> u16 {
    dryrun_target::free_port().await.expect("the fixture is sound")
}

async fn run(text: &str) -> Record {
    let (url, service) = service::start().await;
    let port = free_port().await;
    service.store_is(&format!("http://127.0.0.1:{port}"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vocabulary");
    let options = RunOptions {
        jobs: 4,
        seed: 7,
        conventions: conventions(),
        data: folder.join("data"),
        snapshots: folder.join("snapshots"),
        secrets: BTreeMap::from([("API_KEY".to_owned(), "very-secret-key".to_owned())]),
        isolation: IsolationChoice::Forced(Isolation::Correlation),
        schemas: Some(Arc::new(SchemaSet::load(&folder.join("schemas")).expect("the fixture is sound"))),
        profile: Some("local".to_owned()),
        ..RunOptions::default()
    };
    let mut loaded = Loaded::default();
    loaded.add(SourceFile::new("a.feature", text));
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    let plan = Plan {
        scenarios: select(&loaded, &Selection::default()).expect("the fixture is sound"),
        registry: Registry::new(&BTreeMap::new()).expect("the fixture is sound"),
        target: TargetPlan {
            spec: TargetSpec::Attach {
                url,
                ready: Readiness { path: "/ready".to_owned(), within: Duration::from_secs(10) },
            },
            contract: Some(Contract::parse("target.yaml", TARGET).expect("the fixture is sound")),
        },
        services: vec![ServicePlan {
            spec: ServiceSpec {
                key: "store".to_owned(),
                title: "the Store".to_owned(),
                contract: Contract::parse("store.yaml", STORE).expect("the fixture is sound"),
                contract_path: "store.yaml".to_owned(),
                behaviour: Behaviour::parse("store.yaml", BEHAVIOUR).expect("the fixture is sound"),
            },
            port: Some(port),
        }],
        options,
        library: loaded.scenarios.clone(),
        about: About::default(),
        interrupt: None,
    };
    let events = EventStream::new(Instant::now(), Masker::new(), Vec::new());
    rehearse(plan, events.clone()).await.expect("the fixture is sound");
    events.record()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_holds_passes() {
    let record = run(HOLDS).await;
    let failed: Vec<String> = record
        .scenarios
        .iter()
        .filter(|one| one.outcome != Some(Outcome::Passed))
        .map(|one| format!("{}: {:#?}", one.scenario.name, one.failures().collect::<Vec<_>>()))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!(record.scenarios.len(), HOLDS.matches("Scenario:").count());
}

/// Each scenario of this feature is named after a part of the failure that it must end in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_hold_fails_for_its_own_reason() {
    let record = run(FAILS).await;
    let told = |failure: &Failure| {
        let parts = [
            Some(&failure.message),
            failure.expected.as_ref(),
            failure.found.as_ref(),
            failure.hint.as_ref(),
        ];
        parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" | ")
    };
    let mut wrong = Vec::new();
    for one in &record.scenarios {
        let failures: Vec<String> = one.failures().map(told).collect();
        if one.outcome != Some(Outcome::Failed)
            || !failures.iter().any(|text| text.contains(&one.scenario.name))
        {
            wrong.push(format!("{}: {:?} {failures:#?}", one.scenario.name, one.outcome));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(record.scenarios.len(), FAILS.matches("Scenario:").count());
}

#[tokio::test]
async fn the_mock_keeps_what_the_vocabulary_asks_of_it() {
    let spec = ServiceSpec {
        key: "store".to_owned(),
        title: "the Store".to_owned(),
        contract: Contract::parse("store.yaml", STORE).unwrap(),
        contract_path: "store.yaml".to_owned(),
        behaviour: Behaviour::parse("store.yaml", BEHAVIOUR).unwrap(),
    };
    let mock = MockServer::start(spec, MockOptions::default()).await.unwrap();
    assert_eq!(mock.default_view().collections(), ["notes"]);
    mock.stop().await;
}
