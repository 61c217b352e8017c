//! Breaches on every hop, what is made of them, and how much of a contract a run meets. For each rule the way in which
//! a run could pass without it.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::time::Instant;

use chrono::NaiveDate;
use dryrun_contract::Contract;
use dryrun_mocks::Behaviour;
use dryrun_record::{
    AllowedMode, Coverage, Direction, EventStream, Exchange, FailureKind, Masker, NoticeLevel, Outcome,
    Record,
};
use dryrun_suite::features::Selection;
use dryrun_suite::policy::Exception;
use dryrun_suite::{ContractMode, Gate, RunOptions, rehearse};
use support::{STORE, options, plan, target};

/// The contract of the fixture; `/publish` answers `{"upstream": 200}`.
const TARGET: &str = r#"
openapi: 3.1.0
info: { title: Fixture, version: "1" }
paths:
  /publish:
    get:
      responses:
        "200": { description: ok, content: { application/json: { schema: { type: object, properties: { upstream: { type: integer } } } } } }
        "503": { description: later }
  /publish-badly:
    get: { responses: { "200": { description: ok, content: { application/json: { schema: {} } } } } }
"#;

/// A run and what is special about it.
struct Run {
    steps: &'static str,
    options: RunOptions,
    target: String,
    store: String,
    behaviour: &'static str,
}

impl Run {
    fn of(steps: &'static str) -> Self {
        Self { steps, options: options(), target: TARGET.to_owned(), store: STORE.to_owned(), behaviour: "" }
    }

    fn excepting(mut self, exceptions: &[Exception]) -> Self {
        self.options.exceptions = exceptions.to_vec();
        self.options.today = day("2026-11-23");
        self
    }

    async fn record(self) -> Record {
        let feature = format!("Feature: F\n  Scenario: S\n    {}\n", self.steps.replace(" / ", "\n    "));
        let mut plan = plan(&[&feature], target(&[]), self.options, &Selection::default());
        let all = dryrun_suite::vocabulary::phrases();
        plan.registry = dryrun_suite::Registry::with_phrases(all, &Default::default()).unwrap();
        plan.target.contract = Some(Contract::parse("target.yaml", &self.target).unwrap());
        plan.services[0].spec.contract = Contract::parse("store.yaml", &self.store).unwrap();
        plan.services[0].spec.behaviour = Behaviour::parse("store-behaviour.yaml", self.behaviour).unwrap();
        let events = EventStream::new(Instant::now(), Masker::new(), Vec::new());
        rehearse(plan, events.clone()).await.unwrap();
        events.record()
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn exception(service: &str, operation: Option<&str>, mode: ContractMode, until: &str) -> Exception {
    Exception {
        service: service.to_owned(),
        operation: operation.map(str::to_owned),
        mode,
        reason: "ST-1: known".to_owned(),
        until: day(until),
    }
}

fn failures(record: &Record) -> Vec<(FailureKind, String)> {
    record.scenarios[0].failures().map(|failure| (failure.kind, failure.message.clone())).collect()
}

fn contract(message: &str) -> Vec<(FailureKind, String)> {
    vec![(FailureKind::Contract, message.to_owned())]
}

fn notices(record: &Record, code: &str) -> Vec<(NoticeLevel, String)> {
    let of = record.notices.iter().filter(|notice| notice.code == code);
    of.map(|notice| (notice.level, notice.text.clone())).collect()
}

fn exchange<'r>(record: &'r Record, direction: Direction, path: &str) -> &'r Exchange {
    record.exchanges().find(|one| one.direction == direction && one.request.path == path).unwrap()
}

const BADLY: &str = "When I GET \"/publish-badly\"";
const SENT_BADLY: &str = "the call POST /documents to the Store breaks its contract";

#[tokio::test]
async fn each_direction_is_checked_without_a_step_and_fails_its_scenario() {
    // What the service answers.
    let strict = TARGET.replace("upstream: { type: integer }", "upstream: { type: string }");
    let record = Run { target: strict, ..Run::of("When I GET \"/publish\"") }.record().await;
    let said = "the answer to GET /publish breaks the contract of the service";
    assert_eq!(failures(&record), contract(said));
    assert_eq!(record.scenarios[0].outcome, Some(Outcome::Failed));
    // What it sends.
    let found = failures(&Run::of(BADLY).record().await);
    assert!(!found.is_empty() && found.iter().all(|one| *one == contract(SENT_BADLY)[0]), "{found:?}");
    // What the mock answers.
    let wrong = Run {
        store: STORE.replace("application/json: { schema: { type: object }, example: { id: \"1\" } }", "application/json: { schema: { type: object, properties: { id: { type: integer } } }, example: { id: 1 } }"),
        behaviour: "operations:\n  POST /documents:\n    answer: { id: \"${request.title}\" }\n",
        ..Run::of("When I GET \"/publish\"")
    };
    let record = wrong.record().await;
    assert_eq!(
        failures(&record),
        contract("the mock of the Store answers POST /documents against its own contract")
    );
    // And none of them when each keeps its contract.
    assert_eq!(failures(&Run::of("When I GET \"/publish\"").record().await), []);
}

#[tokio::test]
async fn one_operation_can_be_held_to_its_contract_where_the_rest_is_not() {
    let strict = || exception("store", Some("POST /documents"), ContractMode::Enforce, "2999-12-31");
    let service = exception("store", None, ContractMode::Warn, "2999-12-31");
    let lax = Run::of(BADLY).excepting(std::slice::from_ref(&service)).record().await;
    assert_eq!(failures(&lax), []);
    let held = Run::of(BADLY).excepting(&[service, strict()]).record().await;
    assert!(failures(&held).contains(&contract(SENT_BADLY)[0]), "{:?}", failures(&held));
    let mut run = Run::of(BADLY).excepting(&[strict()]);
    run.options.contracts = ContractMode::Warn;
    let run = run.record().await;
    assert!(failures(&run).contains(&contract(SENT_BADLY)[0]), "{:?}", failures(&run));
    assert_eq!(notices(&run, "contract-exception-unused"), []);
}

#[tokio::test]
async fn what_is_not_documented_is_a_breach() {
    let other =
        |from: &str, to: &str| Run { target: TARGET.replace(from, to), ..Run::of("When I GET \"/publish\"") };
    for (run, at) in [
        (
            other(
                "\"200\": { description: ok, content: { application/json: { schema: { type: object, p",
                "\"201\": { description: ok, content: { application/json: { schema: { type: object, p",
            ),
            "status",
        ),
        (
            other("application/json: { schema: { type: object, p", "text/csv: { schema: { type: object, p"),
            "media type",
        ),
    ] {
        let record = run.record().await;
        assert_eq!(failures(&record).len(), 1, "{at}");
        let failure = record.scenarios[0].failures().next().unwrap();
        assert_eq!((failure.kind, failure.at.as_deref()), (FailureKind::Contract, Some(at)));
    }
}

#[tokio::test]
async fn a_call_that_the_contract_of_the_service_does_not_know_may_be_answered_with_a_refusal_only() {
    // `/flush` is answered with 200, `/nowhere` with 404.
    let record = Run::of("When I GET \"/flush\"").record().await;
    assert_eq!(failures(&record), contract("the answer to GET /flush breaks the contract of the service"));
    let failure = record.scenarios[0].failures().next().unwrap();
    assert_eq!(
        (failure.at.as_deref(), failure.found.as_deref()),
        (Some("path"), Some("an answer with 200 to GET /flush, which the contract does not know"))
    );
    assert_eq!(failures(&Run::of("When I GET \"/nowhere\"").record().await), []);
    assert_eq!(
        failures(&Run::of("Given the service is ready").record().await),
        [],
        "the configuration names it"
    );
    let mut session = Run::of("When I GET \"/flush\"");
    session.options.conventions.live.join = Some("/flush?session={session}".to_owned());
    assert_eq!(failures(&session.record().await), [], "the path of a session is left out");
    let tolerated = Run::of("When I GET \"/flush\" / Then every call honoured its contract");
    let record =
        tolerated.excepting(&[exception("target", None, ContractMode::Warn, "2027-01-01")]).record().await;
    assert_eq!(failures(&record), []);
}

#[tokio::test]
async fn an_exception_holds_for_its_operation_and_is_told_with_its_reason() {
    let narrow = |operation, mode| [exception("store", Some(operation), mode, "2027-01-31")];
    let record = Run::of(BADLY).excepting(&narrow("POST /documents", ContractMode::Warn)).record().await;
    assert_eq!((failures(&record), record.scenarios[0].outcome), (vec![], Some(Outcome::Passed)));
    let told = notices(&record, "contract-breach");
    assert!(
        told.iter().all(|(level, text)| *level == NoticeLevel::Warning
            && text.contains("tolerated until 2027-01-31: ST-1: known")),
        "{told:?}"
    );
    assert!(!told.is_empty());
    let breaches = &exchange(&record, Direction::ToMock, "/documents").breaches;
    let allowed = breaches[0].allowed.as_ref().unwrap();
    assert_eq!(
        (allowed.mode, allowed.reason.as_str(), allowed.until.as_deref()),
        (AllowedMode::Warn, "ST-1: known", Some("2027-01-31"))
    );
    // The same breach, and an exception for something else.
    let record = Run::of(BADLY).excepting(&narrow("GET /health", ContractMode::Warn)).record().await;
    assert_eq!(failures(&record)[0], contract(SENT_BADLY)[0]);
    assert!(exchange(&record, Direction::ToMock, "/documents").breaches[0].allowed.is_none());
    let record = Run::of(BADLY)
        .excepting(&[exception("target", None, ContractMode::Off, "2027-01-31")])
        .record()
        .await;
    assert_eq!(failures(&record)[0], contract(SENT_BADLY)[0]);
    // `off` is not told, and stays in the record; the narrower of two counts.
    let both = [
        exception("store", None, ContractMode::Warn, "2027-01-31"),
        exception("store", Some("POST /documents"), ContractMode::Off, "2027-01-31"),
    ];
    let record = Run::of(BADLY).excepting(&both).record().await;
    assert_eq!((failures(&record), notices(&record, "contract-breach")), (vec![], vec![]));
    let breaches = &exchange(&record, Direction::ToMock, "/documents").breaches;
    assert_eq!(breaches[0].allowed.as_ref().map(|allowed| allowed.mode), Some(AllowedMode::Off));
}

#[tokio::test]
async fn a_step_that_asks_for_contracts_is_spared_by_an_exception_and_not_by_the_setting_of_the_run() {
    let steps = "When I GET \"/publish-badly\" / Then every call honoured its contract";
    let tolerated = [exception("store", None, ContractMode::Off, "2027-01-31")];
    assert_eq!(failures(&Run::of(steps).excepting(&tolerated).record().await), []);
    let mut lenient = Run::of(steps);
    lenient.options.contracts = ContractMode::Off;
    let record = lenient.record().await;
    assert!(!failures(&record).is_empty());
    let [(NoticeLevel::Warning, text)] = &notices(&record, "contracts-off")[..] else {
        panic!("it is not told")
    };
    assert!(text.starts_with("contracts = \"off\" for the whole run"), "{text}");
    let allowed = exchange(&record, Direction::ToMock, "/documents").breaches[0].allowed.clone().unwrap();
    assert_eq!((allowed.mode, allowed.until), (AllowedMode::Off, None));
}

#[tokio::test]
async fn an_exception_that_has_ended_holds_no_more_and_fails_the_run_by_its_name() {
    let ended = [exception("store", Some("POST /documents"), ContractMode::Warn, "2026-11-22")];
    let record = Run::of(BADLY).excepting(&ended).record().await;
    assert_eq!(failures(&record)[0], contract(SENT_BADLY)[0], "it tolerates nothing");
    // Without any breach it fails the run all the same.
    let record = Run::of("When I GET \"/publish\"").excepting(&ended).record().await;
    assert_eq!(failures(&record), []);
    let [(NoticeLevel::Error, text)] = &notices(&record, "contract-exception-ended")[..] else {
        panic!("it is not told")
    };
    assert!(
        text.contains("store, POST /documents ended on 2026-11-22") && text.contains("ST-1: known"),
        "{text}"
    );
    // On its last day it holds, and is warned of.
    let today = [exception("store", None, ContractMode::Warn, "2026-11-23")];
    let record = Run::of(BADLY).excepting(&today).record().await;
    assert_eq!(failures(&record), []);
    assert_eq!(notices(&record, "contract-exception-ends")[0].0, NoticeLevel::Warning);
    for (until, warned) in [("2026-12-07", 1), ("2026-12-08", 0)] {
        let one = [exception("store", None, ContractMode::Warn, until)];
        let record = Run::of(BADLY).excepting(&one).record().await;
        assert_eq!(notices(&record, "contract-exception-ends").len(), warned, "{until}");
    }
}

#[tokio::test]
async fn an_exception_that_tolerated_nothing_is_told() {
    let all = [
        exception("store", None, ContractMode::Warn, "2027-01-31"),
        exception("target", None, ContractMode::Off, "2027-01-31"),
    ];
    let record = Run::of(BADLY).excepting(&all).record().await;
    let [(NoticeLevel::Info, text)] = &notices(&record, "contract-exception-unused")[..] else {
        panic!("it is not told")
    };
    assert!(text.starts_with("the exception for target tolerated nothing"), "{text}");
}

#[tokio::test]
async fn what_can_not_be_used_of_a_contract_is_told_and_no_call_of_it_passes() {
    let broken = |text: &str| {
        let broken = "  /broken:\n    get: { responses: { \"200\": { description: d, content: { application/json: { schema: { $ref: \"#/components/schemas/Gone\" } } } } } }\n";
        format!("{}{broken}", text.trim_end_matches(' '))
    };
    let record = Run { target: broken(TARGET), ..Run::of("When I GET \"/publish\"") }.record().await;
    assert_eq!(failures(&record), []);
    let [(NoticeLevel::Warning, text)] = &notices(&record, "contract-unusable")[..] else {
        panic!("it is not told")
    };
    assert!(text.contains("GET /broken") && text.contains("Gone"), "{text}");
    let record = Run { target: broken(TARGET), ..Run::of("When I GET \"/broken\"") }.record().await;
    assert_eq!(failures(&record), contract("the answer to GET /broken breaks the contract of the service"));
    // The service calls one of a mock's.
    let store = STORE.replace(
        "schema: { type: object, required: [title]",
        "schema: { $ref: \"#/components/schemas/Gone\", required: [title]",
    );
    let record = Run { store, ..Run::of("When I GET \"/publish\"") }.record().await;
    let found = failures(&record);
    assert!(found.len() == 1 && found[0].0 == FailureKind::UnexpectedCall, "{found:?}");
    let hint = record.scenarios[0].failures().next().unwrap().hint.clone().unwrap();
    assert!(hint.contains("Gone"), "{hint}");
}

fn coverage<'r>(record: &'r Record, service: &str) -> &'r Coverage {
    record.coverage.iter().find(|coverage| coverage.service == service).unwrap()
}

#[tokio::test]
async fn a_run_measures_how_much_of_each_contract_its_scenarios_met() {
    let mut run = Run::of("When I GET \"/publish\"");
    run.options.gate = Gate { coverage: [("store".to_owned(), 100.0)].into(), unjudged: None };
    let record = run.record().await;
    let store = coverage(&record, "store");
    assert_eq!(store.never_called().map(|one| one.operation.as_str()).collect::<Vec<_>>(), ["GET /health"]);
    let post = store.operations.iter().find(|one| one.operation == "POST /documents").unwrap();
    let met: Vec<(&str, usize)> = post
        .items
        .iter()
        .filter(|item| item.kind != dryrun_record::CoverageKind::Example)
        .map(|item| (item.name.as_str(), item.hits))
        .collect();
    assert_eq!(met, [("called", 1), ("200", 1), ("422", 0), ("body/title", 1)]);
    assert_eq!(post.items[0].scenarios, ["a.feature:2"]);
    assert!(
        store.falls_short() && store.required == Some(100.0),
        "the readiness check's call of GET /health counts for nothing"
    );
    let suggestion = post.items[2].suggestion.as_deref().unwrap();
    assert!(
        suggestion.contains("Given the Store answers 422 to \"POST /documents\"\n  When I GET \"/publish\""),
        "{suggestion}"
    );
    let own = coverage(&record, "target");
    assert_eq!((own.covered, own.total, own.required), (2, 5, None));
    assert_eq!(own.never_called().count(), 1);
}

#[tokio::test]
async fn a_part_of_the_scenarios_is_not_held_against_a_gate() {
    let mut run = Run::of("When I GET \"/publish\"");
    run.options.gate = Gate {
        coverage: [("store".to_owned(), 100.0)].into(),
        unjudged: Some("--tags was given".to_owned()),
    };
    let record = run.record().await;
    assert_eq!(coverage(&record, "store").required, None);
    let [(NoticeLevel::Warning, text)] = &notices(&record, "gate-not-judged")[..] else {
        panic!("it is not told")
    };
    assert!(text.contains("--tags was given"), "{text}");
}
