//! What the tests of the runner share: a plan around the fixture, and phrases of their own.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part; a test may stop at the first surprise"
)]

pub(crate) mod load;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use dryrun_contract::Contract;
use dryrun_mocks::{Behaviour, ServiceSpec};
use dryrun_record::{Entry, Event, EventStream, Masker, Record, Sink};
use dryrun_suite::features::{Loaded, Selection, SourceFile, select};
use dryrun_suite::{
    About, Argument, Call, Keyword, Phrase, Plan, Registry, RunOptions, SentRequest, ServicePlan,
    StepFailure, StepResult, Subject, SuiteError, Summary, TargetPlan, World, rehearse,
};
use dryrun_target::{Guard, Inherit, Readiness, TargetSpec};
use futures::FutureExt;
use futures::future::LocalBoxFuture;

pub(crate) const STORE: &str = r#"
openapi: 3.1.0
info: { title: Store, version: "1" }
paths:
  /health:
    get:
      responses: { "200": { description: ok, content: { application/json: { schema: { type: object }, example: {} } } } }
  /documents:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema: { type: object, required: [title], properties: { title: { type: string } } }
      responses:
        "200": { description: ok, content: { application/json: { schema: { type: object }, example: { id: "1" } } } }
        "422": { description: wrong, content: { application/json: { schema: { type: object }, example: { detail: [] } } } }
"#;

pub(crate) fn service() -> ServiceSpec {
    ServiceSpec {
        key: "store".to_owned(),
        title: "the Store".to_owned(),
        contract: Contract::parse("store.yaml", STORE).unwrap(),
        contract_path: "store.yaml".to_owned(),
        behaviour: Behaviour::empty(),
    }
}

/// The fixture as a target; `env` on top of what it needs.
pub(crate) fn target(env: &[(&str, &str)]) -> TargetSpec {
    let program = env!("CARGO_BIN_EXE_suite-fixture");
    let mut all = BTreeMap::from([
        ("PORT".to_owned(), "${port}".to_owned()),
        ("STORE".to_owned(), "${mocks.store.url}".to_owned()),
    ]);
    all.extend(env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    TargetSpec::Command {
        command: vec![program.to_owned(), "serve".to_owned()],
        env: all,
        inherit: Inherit::default(),
        port: None,
        folder: None,
        ready: Readiness { path: "/ready".to_owned(), within: Duration::from_secs(30) },
        guard: Guard { program: PathBuf::from(program), args: vec!["guard".to_owned(), "--".to_owned()] },
    }
}

pub(crate) fn options() -> RunOptions {
    RunOptions { jobs: 4, seed: 7, step_timeout: Duration::from_secs(30), ..RunOptions::default() }
}

/// Runs features given as texts, `a.feature`, `b.feature`…
pub(crate) async fn run_with(
    features: &[&str],
    target: TargetSpec,
    options: RunOptions,
    selection: &Selection,
) -> (Record, Result<Summary, SuiteError>) {
    let events = EventStream::new(Instant::now(), Masker::new(), Vec::new());
    let summary = rehearse(plan(features, target, options, selection), events.clone()).await;
    (events.record(), summary)
}

/// Runs a feature in the words of the built-in vocabulary.
pub(crate) async fn run_built_in(feature: &str) -> (Record, Result<Summary, SuiteError>) {
    let events = EventStream::new(Instant::now(), Masker::new(), Vec::new());
    let mut plan = plan(&[feature], target(&[]), options(), &Selection::default());
    plan.registry =
        Registry::new(&BTreeMap::from([("the upstream status".to_owned(), "upstream".to_owned())])).unwrap();
    let summary = rehearse(plan, events.clone()).await;
    (events.record(), summary)
}

/// Runs them and cuts the run short as soon as the first scenario has begun.
pub(crate) async fn run_interrupted(features: &[&str]) -> (Record, Result<Summary, SuiteError>) {
    struct Begun(Option<tokio::sync::oneshot::Sender<()>>);
    impl Sink for Begun {
        fn take(&mut self, entry: &Entry) {
            if matches!(entry.event, Event::ScenarioStarted { .. })
                && let Some(begun) = self.0.take()
            {
                let _ = begun.send(());
            }
        }
    }
    let (begun, seen) = tokio::sync::oneshot::channel();
    let events = EventStream::new(Instant::now(), Masker::new(), vec![Box::new(Begun(Some(begun)))]);
    let mut plan = plan(features, target(&[]), options(), &Selection::default());
    plan.interrupt = Some(Box::pin(async move {
        let _ = seen.await;
    }));
    let summary = rehearse(plan, events.clone()).await;
    (events.record(), summary)
}

/// Runs a feature in the words of the built-in vocabulary and some of its own.
pub(crate) async fn run_mixed(
    feature: &str,
    target: TargetSpec,
    options: RunOptions,
) -> (Record, Result<Summary, SuiteError>) {
    let events = EventStream::new(Instant::now(), Masker::new(), Vec::new());
    let mut plan = plan(&[feature], target, options, &Selection::default());
    let all = dryrun_suite::vocabulary::phrases().into_iter().chain(own_phrases());
    plan.registry = Registry::with_phrases(all, &BTreeMap::new()).unwrap();
    let summary = rehearse(plan, events.clone()).await;
    (events.record(), summary)
}

fn own_phrases() -> Vec<Phrase> {
    let then = |pattern, run| Phrase { keyword: Keyword::Then, ..phrase(pattern, run) };
    vec![
        then("the Store is called of itself", |world, _| call_store(world, "x").boxed_local()),
        then("the Store is called of itself with {string}", |world, call| {
            async move { call_store(world, &call.captures[0].text).await }.boxed_local()
        }),
        then("somebody calls the Store", |world, _| {
            async move {
                let url = format!("{}/documents", world.station.mock("store").unwrap().url());
                let call = world.shared.http.post(url).header("content-type", "application/json");
                assert_eq!(call.body("{\"title\": \"x\"}").send().await.unwrap().status(), 200);
                Ok(())
            }
            .boxed_local()
        }),
        then("the service has ended", |world, _| {
            async move {
                while world.target_gone().await.is_none() {
                    tokio::task::yield_now().await;
                }
                Ok(())
            }
            .boxed_local()
        }),
        then("a task of ours panics", |_, _| {
            async {
                let task = tokio::spawn(async { panic!("behind everybody's back") });
                assert!(task.await.is_err());
                Ok(())
            }
            .boxed_local()
        }),
    ]
}

pub(crate) fn plan(
    features: &[&str],
    target: TargetSpec,
    options: RunOptions,
    selection: &Selection,
) -> Plan {
    let mut loaded = Loaded::default();
    for (index, text) in features.iter().enumerate() {
        let name = char::from(b'a' + u8::try_from(index).unwrap());
        loaded.add(SourceFile::new(format!("{name}.feature"), *text));
    }
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    Plan {
        scenarios: select(&loaded, selection).unwrap(),
        registry: Registry::with_phrases(phrases(), &BTreeMap::new()).unwrap(),
        target: TargetPlan { spec: target, contract: None },
        services: vec![ServicePlan { spec: service(), port: None }],
        options,
        library: loaded.scenarios.clone(),
        about: About {
            command: vec!["run".to_owned()],
            repeat_with: vec!["--config".to_owned(), "other.toml".to_owned()],
            run_id: "test".to_owned(),
            started_at: "2026-01-01T00:00:00Z".to_owned(),
            tool_version: "0".to_owned(),
        },
        interrupt: None,
    }
}

pub(crate) async fn run(features: &[&str]) -> (Record, Summary) {
    let (record, summary) = run_with(features, target(&[]), options(), &Selection::default()).await;
    (record, summary.unwrap())
}

type Run = for<'a> fn(&'a mut World, Call) -> LocalBoxFuture<'a, StepResult>;

fn phrase(pattern: &'static str, run: Run) -> Phrase {
    Phrase {
        subject: Subject::Http,
        keyword: Keyword::When,
        pattern,
        meaning: "",
        example: pattern,
        argument: Argument::None,
        run,
    }
}

pub(crate) fn phrases() -> Vec<Phrase> {
    vec![
        phrase("the service is ready", |_, _| async { Ok(()) }.boxed_local()),
        phrase("I GET {string}", |world, call| {
            async move {
                let path = world.expand(&call.captures[0].text)?;
                world.send(SentRequest::new("GET", path)).await
            }
            .boxed_local()
        }),
        phrase("the status is {int}", |world, call| {
            async move {
                let found = world.answer()?.status.to_string();
                let wanted = &call.captures[0].text;
                if found == *wanted {
                    Ok(())
                } else {
                    Err(StepFailure::check("the status is another").compare(wanted, &found))
                }
            }
            .boxed_local()
        }),
        phrase("{service} received {int} call(s)", |world, call| {
            async move {
                let found = world.service(&call.captures[0].text)?.calls().len().to_string();
                if found == call.captures[1].text {
                    Ok(())
                } else {
                    Err(StepFailure::check("another number of calls").compare(&call.captures[1].text, &found))
                }
            }
            .boxed_local()
        }),
        phrase("the harness has a fault", |_, _| async { panic!("a fault of ours") }.boxed_local()),
        phrase("a step waits for nothing", |_, _| futures::future::pending().boxed_local()),
        phrase("a step waits {duration} for nothing", |_, _| futures::future::pending().boxed_local()),
        phrase("a freshly started service", |world, _| {
            async move { world.fresh_service(BTreeMap::new()).await }.boxed_local()
        }),
        phrase("breaches are expected", |world, _| {
            world.breaches_expected = true;
            async { Ok(()) }.boxed_local()
        }),
        phrase("nobody else runs", |world, _| {
            async move {
                let running = world.shared.events.with_record(|record| {
                    record.scenarios.iter().filter(|one| one.outcome.is_none()).count()
                });
                if running == 1 {
                    Ok(())
                } else {
                    Err(StepFailure::check(format!("{running} scenarios run")))
                }
            }
            .boxed_local()
        }),
        phrase("it is (really )twice/twofold", |_, _| async { Ok(()) }.boxed_local()),
        phrase("it is twice", |_, _| async { Ok(()) }.boxed_local()),
    ]
}

async fn call_store(world: &mut World, title: &str) -> StepResult {
    let url = format!("{}/documents", world.station.mock("store").unwrap().url());
    let call = world.shared.http.post(url).header("x-correlation-id", &world.correlation);
    let body = serde_json::json!({ "title": title }).to_string();
    let call = call.header("content-type", "application/json").body(body);
    assert_eq!(call.send().await.unwrap().status(), 200);
    Ok(())
}
