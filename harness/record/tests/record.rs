//! What goes into a stream comes out of its file again, without its secrets.

use dryrun_record::{
    Allowed, AllowedMode, Breach, Coverage, CoverageItem, CoverageKind, Direction, Entry, Event, EventStream,
    Exchange, FORMAT, Failure, FailureKind, JsonLines, MASK, Masker, OperationCoverage, Outcome, ReadError,
    Record, RunKind, RunStarted, ScenarioRef, Sink,
};
use std::sync::{Arc, Mutex};

fn scenario(id: &str) -> ScenarioRef {
    ScenarioRef {
        id: id.to_owned(),
        file: "f.feature".to_owned(),
        line: 3,
        feature: "F".to_owned(),
        rule: None,
        name: "S".to_owned(),
        tags: Vec::new(),
    }
}

fn finished(id: &str, attempt: u32, outcome: Outcome) -> Event {
    Event::ScenarioFinished {
        id: id.to_owned(),
        attempt,
        outcome,
        duration_us: 5,
        failures: vec![Failure::default()],
    }
}

fn exchange(scenario: &str, attempt: u32) -> Exchange {
    serde_json::from_value(serde_json::json!({
        "id": "crm-1", "direction": "to_mock", "service": "crm", "scenario": scenario, "attempt": attempt,
        "attribution": "correlation", "operation": null, "at_us": 77, "duration_us": 5, "response": null,
        "request": {"method": "GET", "path": "/", "headers": [], "body": {"bytes": 0}},
    }))
    .expect("a value of the record")
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a value of the record").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn run() -> RunStarted {
    serde_json::from_value(serde_json::json!({
        "format": FORMAT, "run_id": "r", "started_at": "2026-01-01T00:00:00Z", "tool_version": "0", "command": [],
        "seed": 1, "profile": null, "target": {"name": "s", "url": "http://u:pw@h", "command": null},
        "services": [], "isolation": "serial", "isolation_reason": "", "jobs": 1, "selected": 3,
    }))
    .expect("a value of the record")
}

#[test]
fn the_lines_of_a_run_fold_into_the_same_record_and_hold_no_secret() {
    let file = Shared::default();
    let sinks: Vec<Box<dyn Sink>> = vec![Box::new(JsonLines::new(file.clone()))];
    let stream = EventStream::new(std::time::Instant::now(), Masker::new(), sinks);
    stream.masker().learn("tell-nobody");
    stream.append(Event::RunStarted(Box::new(run())));
    stream.append(Event::ScenarioStarted { scenario: scenario("f.feature:3"), attempt: 1 });
    stream.append(finished("f.feature:3", 1, Outcome::Failed));
    stream.append(Event::ScenarioStarted { scenario: scenario("f.feature:3"), attempt: 2 });
    stream.append(finished("f.feature:3", 2, Outcome::Flaky));
    stream.append(Event::Exchange(Box::new(exchange("f.feature:3", 2))));
    stream.append(Event::Exchange(Box::new(exchange("elsewhere", 1))));
    stream.append(Event::ServiceLog { worker: 0, stream: "stderr".into(), line: "key tell-nobody".into() });
    let (record, closed) = stream.close();
    closed.unwrap();
    let text = String::from_utf8(file.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("tell-nobody") && !text.contains(":pw@"), "{text}");
    let read = Record::read(text.as_bytes()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::to_value(&record).unwrap());
    let totals = read.totals();
    assert_eq!((totals.selected, totals.flaky, totals.failed, totals.not_run), (3, 1, 0, 2));
    assert_eq!(read.scenarios[0].attempts.len(), 2);
    assert_eq!((read.scenarios[0].attempts[1].exchanges.len(), read.loose.len()), (1, 1));
    assert_eq!(read.loose[0].at_us, 77);
}

#[test]
fn every_kind_of_line_can_be_read_again() {
    let exchange = serde_json::json!({
        "id": "crm-1", "direction": "to_mock", "service": "crm", "scenario": "f.feature:3", "attempt": 1,
        "attribution": "correlation", "operation": "GET /health", "at_us": 7, "duration_us": 2,
        "request": {"method": "GET", "path": "/health", "headers": [["accept", "*/*"]], "body": {"bytes": 0}},
        "response": {"status": 200, "headers": [], "body": {"bytes": 2, "text": "{}"}},
    });
    let frame = serde_json::json!({
        "scenario": "f.feature:3", "attempt": 1, "client": "ana", "way": "sent", "at_us": 8, "path": "/ws",
        "body": {"bytes": 2, "text": "hi"},
    });
    let events = [
        Event::RunStarted(Box::new(run())),
        Event::ScenarioStarted { scenario: scenario("f.feature:3"), attempt: 1 },
        Event::Exchange(Box::new(serde_json::from_value(exchange).unwrap())),
        Event::Frame(Box::new(serde_json::from_value(frame).unwrap())),
    ];
    let entries = events.map(|event| Entry { at_us: 9, event });
    let lines: String = entries.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n").collect();
    for (line, entry) in lines.lines().zip(&entries) {
        assert_eq!(serde_json::from_str::<Entry>(line).unwrap(), *entry, "{line}");
    }
    let read = Record::read(lines.as_bytes()).unwrap();
    let attempt = &read.scenarios[0].attempts[0];
    assert_eq!((attempt.exchanges[0].at_us, attempt.frames[0].at_us), (7, 8));
}

#[test]
fn a_killed_run_is_readable_and_a_damaged_one_is_told() {
    let head = serde_json::to_string(&Entry { at_us: 0, event: Event::RunStarted(Box::new(run())) }).unwrap();
    assert!(Record::read(format!("{head}\n{{\"recorded_us\":1,\"ev").as_bytes()).is_ok());
    let damaged = format!("{head}\n{{\"recorded_us\":1,\"ev\n{head}\n");
    assert!(matches!(Record::read(damaged.as_bytes()), Err(ReadError::Line { line: 2, .. })));
    assert!(matches!(Record::read("".as_bytes()), Err(ReadError::Empty)));
    let newer = head.replace("\"format\":1", "\"format\":99");
    assert!(matches!(Record::read(newer.as_bytes()), Err(ReadError::Format(99))));
    let unknown = format!("{newer}\n{{\"recorded_us\":1,\"event\":\"from_the_future\"}}\n{head}\n");
    assert!(matches!(Record::read(unknown.as_bytes()), Err(ReadError::Format(99))));
}

#[test]
fn what_a_contract_brings_is_kept_and_masked() {
    let file = Shared::default();
    let sinks: Vec<Box<dyn Sink>> = vec![Box::new(JsonLines::new(file.clone()))];
    let stream = EventStream::new(std::time::Instant::now(), Masker::new(), sinks);
    stream.masker().learn("tell-nobody");
    stream.append(Event::RunStarted(Box::new(RunStarted { kind: RunKind::Verify, ..run() })));
    stream.append(Event::ScenarioStarted { scenario: scenario("f.feature:3"), attempt: 1 });
    let mut call = exchange("f.feature:3", 1);
    call.direction = Direction::ToProvider;
    call.breaches.push(Breach {
        instance_path: "body/api_token".into(),
        found: "the string \"abcdef\" (6 characters)".into(),
        keyword: "minLength".into(),
        allowed: Some(Allowed {
            mode: AllowedMode::Warn,
            reason: "CRM-1, ask tell-nobody".into(),
            until: Some("2026-12-31".into()),
        }),
        ..Breach::default()
    });
    stream.append(Event::Exchange(Box::new(call)));
    let item = CoverageItem {
        kind: CoverageKind::Enum,
        name: "body/key = \"tell-nobody\"".into(),
        scenarios: vec![],
        hits: 0,
        suggestion: Some("When I POST \"tell-nobody\"".into()),
    };
    stream.append(Event::Coverage(Box::new(Coverage {
        service: "crm".into(),
        total: 3,
        covered: 2,
        required: Some(66.7),
        operations: vec![OperationCoverage { items: vec![item], ..OperationCoverage::default() }],
        unusable: vec![("GET /x".into(), "a loop".into())],
        ..Coverage::default()
    })));
    let (record, closed) = stream.close();
    closed.unwrap();
    let text = String::from_utf8(file.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("tell-nobody") && !text.contains("abcdef"), "{text}");
    let read = Record::read(text.as_bytes()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::to_value(&record).unwrap());
    assert_eq!(read.run.as_ref().unwrap().kind, RunKind::Verify);
    let totals = read.totals();
    assert_eq!((totals.provider_calls, totals.mock_calls, totals.breaches), (1, 0, 1));
    let breach = &read.scenarios[0].attempts[0].exchanges[0].breaches[0];
    assert_eq!(breach.found, format!("the string \"{MASK}\" (6 characters)"));
    assert!(
        read.coverage[0].falls_short() && read.coverage[0].percent() > 66.6,
        "{:?}",
        read.coverage[0].percent()
    );
    assert_eq!(read.coverage[0].never_called().count(), 1);
    assert!(!Coverage { required: Some(100.0), ..Coverage::default() }.falls_short(), "nothing to meet");
}

#[test]
fn neither_an_example_nor_what_is_deprecated_counts() {
    let item =
        |kind| CoverageItem { kind, name: String::new(), scenarios: vec![], hits: 0, suggestion: None };
    let mut operation = OperationCoverage::default();
    assert!(operation.counts(&item(CoverageKind::Status)) && !operation.counts(&item(CoverageKind::Example)));
    operation.deprecated = true;
    assert!(!operation.counts(&item(CoverageKind::Status)));
}

#[test]
fn a_record_from_before_coverage_can_still_be_read() {
    let head = concat!(
        r#"{"recorded_us":0,"event":"run_started","format":1,"run_id":"r","started_at":"2026-01-01T00:00:00Z","#,
        r#""tool_version":"0","command":[],"seed":1,"profile":null,"target":{"name":"s","url":"","command":null},"#,
        r#""services":[],"isolation":"serial","isolation_reason":"","jobs":1,"selected":1}"#,
    );
    let call = concat!(
        r#"{"recorded_us":1,"event":"exchange","id":"crm-1","direction":"to_mock","service":"crm","scenario":null,"#,
        r#""attribution":"none","operation":null,"at_us":1,"duration_us":1,"request":{"method":"GET","path":"/","#,
        r#""headers":[],"body":{"bytes":0}},"response":null,"breaches":[{"side":"request","service":"crm","#,
        r#""operation":"GET /","status":null,"instance_path":"body","schema_path":"","found":"a","wanted":"b"}]}"#,
    );
    let end = concat!(
        r#"{"recorded_us":2,"event":"run_finished","verdict":"GO","reasons":[],"totals":{"selected":1,"passed":1,"#,
        r#""failed":0,"flaky":0,"not_run":0,"steps_passed":0,"steps_failed":0,"steps_not_run":0,"mock_calls":1,"#,
        r#""service_calls":0,"breaches":1,"unexpected_calls":0,"unattributed_calls":1},"duration_us":2,"#,
        r#""peak_memory_kib":null}"#,
    );
    let read = Record::read(format!("{head}\n{call}\n{end}\n").as_bytes()).unwrap();
    assert_eq!(read.run.unwrap().kind, RunKind::Rehearsal);
    assert_eq!((read.loose[0].breaches[0].keyword.as_str(), &read.loose[0].breaches[0].allowed), ("", &None));
    assert!(read.coverage.is_empty() && read.finished.is_some());
    assert_eq!(FailureKind::default(), FailureKind::Check);
}
